"""Bytes by id, which are put away until all of them are known."""

from __future__ import annotations

import os
import tempfile
import weakref

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
