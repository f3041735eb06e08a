"""The articles of a clone, each read when it is asked for: memory does not grow with their number."""

from __future__ import annotations

import weakref
from array import array
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

from onrecord.corpus.corpus import ManifestRecord, each_seed, find_root, read_seed
from onrecord.corpus.files import MARK, byte_lines, decode_line, decode_with
from onrecord.document import Document
from onrecord.exceptions import InvalidInput

_KEPT = 16
"""So many articles that were read last are kept."""


class _Id(msgspec.Struct):
    id: str


class Articles(Mapping[str, Document]):
    """The articles by id, without layers, in the order of the manifest, as in :func:`load_seeds`.

    Args:
        root: the clone; None finds it as :func:`find_root` does.

    Raises:
        InvalidInput: the manifest is missing, lists nothing or an article twice. What is wrong with
            an article is told when it is read.
    """

    def __init__(self, root: str | Path | None = None) -> None:
        self._root = Path(root) if root is not None else find_root()
        self._manifest = self._root / "seeds" / "manifest.jsonl"
        self._order: dict[str, int] = {}
        self._places, self._lines = array("Q"), array("Q")
        self._decoder = msgspec.json.Decoder(ManifestRecord)
        self._get = lru_cache(_KEPT)(self._read)
        place = 0
        for number, line in enumerate(byte_lines(self._manifest), start=1):
            if number == 1 and line.startswith(MARK):
                line, place = line.removeprefix(MARK), len(MARK)
            if line.strip():
                id = decode_line(line, _Id, file=self._manifest, number=number).id
                if id in self._order:
                    raise InvalidInput(
                        "is listed twice", file=self._manifest, line=number, document=id
                    )
                self._order[id] = len(self._order)
                self._places.append(place)
                self._lines.append(number)
            place += len(line)
        self._file = self._manifest.open("rb")
        weakref.finalize(self, self._file.close)
        if not self._order:
            raise InvalidInput("lists no article", file=self._manifest)

    def __getitem__(self, id: str) -> Document:
        return self._get(id)

    def __iter__(self) -> Iterator[str]:
        return iter(self._order)

    def __len__(self) -> int:
        return len(self._order)

    def __contains__(self, id: object) -> bool:
        return id in self._order

    def place(self, id: str) -> int | None:
        """Which article of the manifest, from 0, is the one of an id; None: none is."""
        return self._order.get(id)

    @classmethod
    def checked(cls, root: str | Path) -> Articles:
        """The articles, after each was read once.

        Raises:
            InvalidInput: what is wrong with one, as :func:`load_seeds` tells it.
        """
        for _ in each_seed(root):
            pass
        return cls(root)

    def _read(self, id: str) -> Document:
        order = self._order[id]
        place, number = self._places[order], self._lines[order]
        self._file.seek(place)
        record = decode_with(self._file.readline(), self._decoder, self._manifest, number)
        try:
            return read_seed(self._root, record)
        except InvalidInput as error:
            raise error.at(file=self._manifest, line=number) from None
