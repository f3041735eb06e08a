"""Files of documents line by line, so that none need be held as a whole; one file or a folder of parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from onrecord.corpus.files import MARK, byte_lines, is_folder
from onrecord.corpus.stdin import STANDARD_INPUT
from onrecord.exceptions import InvalidInput

_PART = re.compile(r"part-(\d+)\.jsonl(?:\.gz)?")


class RawLine(NamedTuple):
    """A line that holds something: its file, its number there (from 1) and its bytes."""

    file: str
    number: int
    content: bytes


def parts(path: str | Path) -> list[Path]:
    """The files that hold the lines: the file itself, or the parts of a folder by their numbers.

    Raises:
        InvalidInput: the folder has no parts, or two of one number.
    """
    if str(path) == STANDARD_INPUT or not is_folder(path):
        return [Path(path)]
    found: dict[int, Path] = {}
    for file in sorted(Path(path).iterdir()):
        if named := _PART.fullmatch(file.name):
            before = found.setdefault(int(named[1]), file)
            if before is not file:
                raise InvalidInput(f"is the same part as {before.name}", file=file)
    if not found:
        raise InvalidInput("is a folder without parts (part-00000.jsonl and so on)", file=path)
    return [found[number] for number in sorted(found)]


def raw_lines(path: str | Path) -> Iterator[RawLine]:
    """The lines of a file, or of a folder's parts, that hold something.

    Raises:
        InvalidInput: a file cannot be read.
    """
    for part in parts(path):
        name = str(part)
        for number, line in enumerate(byte_lines(part), start=1):
            content = line.removeprefix(MARK) if number == 1 else line
            if content and not content.isspace():
                yield RawLine(name, number, content.removesuffix(b"\n"))
