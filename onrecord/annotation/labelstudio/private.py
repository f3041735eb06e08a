"""Files that only their owner can read: what the local server's data folder keeps of secrets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")


def read(path: Path, type: type[T]) -> T | None:
    """The JSON value in a file, decoded as ``type``; None if there is none or it is not one."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=type)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def write(path: Path, value: object) -> None:
    """Write the value as JSON, whole or not at all, for its owner alone."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.encode(value))
    beside.replace(path)
