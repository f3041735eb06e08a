"""Columns of millions of rows in little memory: what is not needed just now is compressed."""

from __future__ import annotations

import math
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from onrecord.scoring.columns import Numbers

_LEVEL = 1
"""Of zlib: the quickest."""


def pack(content: bytes) -> bytes:
    """The bytes, compressed."""
    return zlib.compress(content, _LEVEL)


def unpack(packed: bytes) -> bytes:
    """What :func:`pack` was given."""
    return zlib.decompress(packed)


class Counts:
    """Whole numbers of 32 bits in their order. All but the last some are compressed."""

    SIZE = 2**15
    """So many are compressed together, or somewhat more."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._length = 0
        self._last = array("i")

    def frombytes(self, content: bytes) -> None:
        """Add the numbers of an array's bytes."""
        self._last.frombytes(content)
        if len(self._last) >= self.SIZE:
            self._pack()

    def __len__(self) -> int:
        return self._length + len(self._last)

    def _pack(self) -> None:
        self._length += len(self._last)
        self._packed.append(pack(self._last.tobytes()))
        self._last = array("i")

    def values(self) -> array[int]:
        """All of them; a new array each time."""
        values = array("i")
        for packed in self._packed:
            values.frombytes(unpack(packed))
        values.extend(self._last)
        return values


class Ids(Sequence[str]):
    """Ids of many documents in their order. All but the last some are compressed."""

    SIZE = 4096
    """So many are compressed together."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._last: list[str] = []

    def append(self, id: str) -> None:
        """Add an id."""
        self._last.append(id)
        if len(self._last) == self.SIZE:
            self._packed.append(pack(msgspec.msgpack.encode(self._last)))
            self._last = []

    def extend(self, ids: Iterable[str]) -> None:
        """Add ids."""
        for id in ids:
            self.append(id)

    def __len__(self) -> int:
        return self.SIZE * len(self._packed) + len(self._last)

    def __iter__(self) -> Iterator[str]:
        for packed in self._packed:
            yield from msgspec.msgpack.decode(unpack(packed), type=list[str])
        yield from self._last

    def __getitem__(self, index: Any) -> Any:
        return list(self)[index]

    def ranks(self) -> Numbers:
        """The place of each id in their sorted list."""
        import numpy as np

        ranks = np.arange(len(self), dtype=np.intc)
        if not all(one <= other for one, other in pairwise(self)):
            ids = list(self)
            ranks[sorted(ranks.tolist(), key=ids.__getitem__)] = np.arange(len(ids), dtype=np.intc)
        return ranks


class Floats(Sequence["float | None"]):
    """Floats in their order, None where one is not defined, in eight bytes each.

    Args:
        values: the floats, NaN where one is not defined.
    """

    def __init__(self, values: array[float]) -> None:
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[float | None]:
        return (None if math.isnan(value) else value for value in self._values)

    def __getitem__(self, index: Any) -> Any:
        return list(self)[index]
