"""Standard input, which can be read once, as something that can be read as often as one likes."""

from __future__ import annotations

import atexit
import functools
import io
import os
import shutil
import sys
import tempfile
from typing import Any, BinaryIO

from onrecord.exceptions import InvalidInput

STANDARD_INPUT = "-"
"""The name by which a file is what standard input holds."""
HELD = 2**20
"""So many bytes are kept in memory; more are in a temporary file, which goes with the process."""


def standard_input() -> BinaryIO:
    """What standard input holds, from its beginning; it is waited for until it ends.

    Raises:
        InvalidInput: there is no room for it.
    """
    kept = _kept()
    if isinstance(kept, InvalidInput):
        raise kept
    if isinstance(kept, bytes):
        return io.BytesIO(kept)
    return io.BufferedReader(_Reader(kept.fileno()), HELD)


class _Reader(io.RawIOBase):
    """Reads a file from a place of its own, whoever else reads it."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._place = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = os.pread(self._file, len(buffer), self._place)
        buffer[: len(found)] = found
        self._place += len(found)
        return len(found)


@functools.cache
def _kept() -> bytes | BinaryIO | InvalidInput:
    given = sys.stdin.buffer
    begin = given.read(HELD)
    if len(begin) < HELD or not hasattr(os, "pread"):
        return begin + given.read()
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115 (it is open to the end)
        atexit.register(file.close)
        file.write(begin)
        shutil.copyfileobj(given, file, HELD)
        file.flush()
    except OSError as error:
        reason = f"cannot be kept in a temporary file: {error.strerror}"
        return InvalidInput(reason, file=STANDARD_INPUT)
    return file
