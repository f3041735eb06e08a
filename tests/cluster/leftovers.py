"""Processes that a Ray has left."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path


def processes_of(folder: Path) -> set[int]:
    """The processes that have a file open in the folder, as all of a Ray do whose logs are there."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):  # it has ended, or is another user's
            if link.readlink().is_relative_to(folder):
                found.add(int(link.parts[2]))
    return found - {os.getpid()}


def wait_until_none(folder: Path) -> None:
    """No process of the Ray of this folder is left, or the test hangs."""
    while processes_of(folder):
        time.sleep(0.2)
