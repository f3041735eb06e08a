"""What goes wrong in a system: the document, and why, in one line."""

from __future__ import annotations

import traceback
from pathlib import Path

import msgspec


class Failure(msgspec.Struct, frozen=True):
    """A document on which a system failed, and why, in one line."""

    document: str
    reason: str


class Failed(Failure, frozen=True):
    """The same with Python's traceback, where the system raised."""

    traceback: str = ""


def one_line(error: BaseException, own: Path | None) -> str:
    """The error in one line, with the last line of the system's own file that led to it.

    Where the error was raised in another file, that place stands beneath.
    """
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    here = None if own is None else str(own.resolve())
    ours = [frame for frame in frames if str(Path(frame[0]).resolve()) == here]
    places = list(dict.fromkeys([*ours[-1:], *frames[-1:]]))
    shown = ", in ".join(f"{Path(file).name}:{line}" for file, line in places)
    place = f" ({shown})" if shown else ""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}{place}" if text else f"{type(error).__name__}{place}"
