"""What an interrupted run has done, kept so that the next one goes on from there.

It is used once: a run that comes to its end removes it, so that a later run starts afresh. An entry
counts only for the same system (file and options), targets, library and document, given layers
included.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

import msgspec

from onrecord.corpus.files import encode_documents
from onrecord.document import Document


class _Entry(msgspec.Struct, frozen=True):
    key: str
    document: Document


class Unfinished:
    """The documents that a run has done so far, in a file of one line each.

    Args:
        folder: where the file is.
        name: the system's name.
        key: what a run must share with the interrupted one.
    """

    def __init__(self, folder: Path, name: str, key: str) -> None:
        self.path = folder / f"{name}.partial.jsonl"
        self._key = key
        self._done: dict[str, Document] = {}
        decoder = msgspec.json.Decoder(_Entry)
        for line in self.path.read_bytes().split(b"\n") if self.path.exists() else []:
            try:
                entry = decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue  # the line that was being written when the run was killed
            self._done[entry.key] = entry.document

    def get(self, article: Document) -> Document | None:
        """What the interrupted run gave for this article."""
        return self._done.get(self._entry_key(article))

    def add(self, article: Document, result: Document) -> None:
        """Keep what the system gave for this article."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = msgspec.json.encode(_Entry(self._entry_key(article), result))
        with self.path.open("ab") as file:
            file.write(b"\n" + line)
            file.flush()
            os.fsync(file.fileno())

    def remove(self) -> None:
        """Forget all: the run has come to its end."""
        self.path.unlink(missing_ok=True)

    def _entry_key(self, article: Document) -> str:
        digest = hashlib.sha256(self._key.encode("ascii"))
        digest.update(encode_documents([article], text=True))
        return digest.hexdigest()


@cache
def library_hash() -> str:
    """A sha256 over the library's own source, so that a changed library never goes on from an old run."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
