"""The articles of a clone, each read when it is asked for: memory does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

from onrecord.corpus.corpus import ManifestRecord, find_root, read_seed
from onrecord.corpus.files import byte_lines, decode_line
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
        self._places: dict[str, tuple[int, int]] = {}
        self._get = lru_cache(_KEPT)(self._read)
        place = 0
        for number, line in enumerate(byte_lines(self._manifest), start=1):
            if line.strip():
                id = decode_line(line, _Id, file=self._manifest, number=number).id
                if id in self._places:
                    raise InvalidInput(
                        "is listed twice", file=self._manifest, line=number, document=id
                    )
                self._places[id] = (place, number)
            place += len(line)
        if not self._places:
            raise InvalidInput("lists no article", file=self._manifest)

    def __getitem__(self, id: str) -> Document:
        return self._get(id)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, id: object) -> bool:
        return id in self._places

    def _read(self, id: str) -> Document:
        place, number = self._places[id]
        with self._manifest.open("rb") as file:
            file.seek(place)
            line = file.readline()
        record = decode_line(line, ManifestRecord, file=self._manifest, number=number)
        try:
            return read_seed(self._root, record)
        except InvalidInput as error:
            raise error.at(file=self._manifest, line=number) from None
