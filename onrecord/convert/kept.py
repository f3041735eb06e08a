"""Bytes and documents by id, which are put away until all of them are known."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from onrecord.corpus.files import encode_document, standoff
from onrecord.document import Document
from onrecord.exceptions import InvalidInput

HELD = 2**20
"""So many bytes are kept in memory; more are in a temporary file."""


class Kept:
    """Bytes by id, in a temporary file that stays in memory while it is small."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=HELD)  # noqa: SIM115 (finalize closes it)
        weakref.finalize(self, self._file.close)
        self._places: dict[str, tuple[int, int]] = {}

    def __contains__(self, id: object) -> bool:
        return id in self._places

    def __len__(self) -> int:
        return len(self._places)

    def put(self, id: str, content: bytes) -> None:
        """Keep these bytes, in place of what was kept under this id.

        Raises:
            InvalidInput: there is no room for them.
        """
        try:
            place = self._file.seek(0, os.SEEK_END)
            self._file.write(content)
        except OSError as error:
            reason = f"no temporary file can be written: {error.strerror}"
            raise InvalidInput(reason, file=tempfile.gettempdir()) from None
        self._places[id] = (place, len(content))

    def get(self, id: str) -> bytes:
        """The bytes of an id.

        Raises:
            KeyError: there are none.
        """
        place, size = self._places[id]
        self._file.seek(place)
        return self._file.read(size)

    def take(self, id: str) -> bytes:
        """The bytes of an id, which are here no longer.

        Raises:
            KeyError: there are none.
        """
        content = self.get(id)
        del self._places[id]
        return content


class KeptDocuments:
    """Documents by id as :class:`Kept` keeps them, without the texts that their articles have."""

    def __init__(self) -> None:
        self._kept = Kept()
        self._decoder = msgspec.json.Decoder(Document)

    def __contains__(self, id: object) -> bool:
        return id in self._kept

    def put(self, document: Document) -> None:
        """Keep a document's layers.

        Raises:
            InvalidInput: there is no room for them.
        """
        self._kept.put(document.id, msgspec.json.encode(standoff(document)))

    def get(self, id: str) -> Document:
        """The document of an id, without its text.

        Raises:
            KeyError: there is none.
        """
        return self._decoder.decode(self._kept.get(id))

    def take(self, id: str) -> Document:
        """The document of an id, which is here no longer.

        Raises:
            KeyError: there is none.
        """
        return self._decoder.decode(self._kept.take(id))

    def encoded(self, ids: Iterable[str], layers: Sequence[str] | None) -> Iterator[bytes]:
        """The documents of these ids as the lines of a file of predictions, one at a time.

        Args:
            ids: in the order of the lines.
            layers: what each line declares; None: nothing.
        """
        for id in ids:
            yield encode_document(self.get(id), text=False, layers=layers)
