"""Items of two clusterings as they come, document by document or from elsewhere, in little memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from onrecord.scoring.columns import Columns, Margin, Shared
from onrecord.scoring.packing import Counts, Ids, pack, unpack

if TYPE_CHECKING:
    from onrecord.scoring.columns import Numbers


class Names(Sequence[str]):
    """Names in order, each once, in little memory: an array of their bytes in UTF-8, of one width."""

    def __init__(self, names: Numbers) -> None:
        self._names = names

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, index: Any) -> Any:
        return self._names[index].decode(errors=LONE)

    def __iter__(self) -> Iterator[str]:
        return (name.decode(errors=LONE) for name in self._names.tolist())


class GatheredColumns(msgspec.Struct, frozen=True):
    """What :class:`Gathered` holds, as plain values for another process."""

    documents: int
    names: tuple[bytes, bytes]
    """The clusters of either side by number, as a list in MessagePack."""
    arrays: list[bytes]


class _Numbers(dict[str, int]):
    """Clusters, each with its number: how many others had come before it was first asked for."""

    def __missing__(self, cluster: str) -> int:
        number = self[cluster] = len(self)
        return number


class Gathered:
    """Items of two clusterings as they come, document by document, to be counted in the end."""

    def __init__(self) -> None:
        self._empty()
        self._start()

    def _empty(self) -> None:
        self._columns = tuple(Counts() for _ in range(7))
        """The arrays of what was gathered elsewhere, of the first documents, one after the other."""
        self._parts: list[_Part] = []
        """What each of them came with."""
        self._elsewhere = 0
        """Documents of all of them."""

    def _start(self) -> None:
        self._documents = 0
        self._numbers = (_Numbers(), _Numbers())
        """The clusters of either side, each with its number, in the order in which they came."""
        self._matched = (array("i"), array("i"), array("i"))
        """Document, gold cluster and predicted one of each pair of items that match."""
        self._items = ((array("i"), array("i")), (array("i"), array("i")))
        """Document and cluster of each item, of the gold and predicted."""

    def add(
        self,
        gold: Sequence[str],
        predicted: Sequence[str],
        matched: Sequence[tuple[str, str]],
    ) -> None:
        """Add a document: the clusters of its items on either side, and of each pair that match."""
        place = self._documents
        self._documents += 1
        for clusters, numbers, (places, column) in zip(
            (gold, predicted), self._numbers, self._items, strict=True
        ):
            if clusters:
                column.extend(map(numbers.__getitem__, clusters))
                places.extend([place] * len(clusters))
        if matched:
            places, *columns = self._matched
            places.extend([place] * len(matched))
            for numbers, clusters, column in zip(
                self._numbers, zip(*matched, strict=True), columns, strict=True
            ):
                column.extend(map(numbers.__getitem__, clusters))

    def pad(self, documents: int) -> None:
        """Add documents without items until there are so many."""
        self._documents = documents - self._elsewhere

    def encode(self) -> GatheredColumns:
        """What :meth:`add` gathered as plain values."""
        gold, predicted = (
            msgspec.msgpack.encode([name.encode(errors=LONE) for name in numbers])
            for numbers in self._numbers
        )
        arrays = (*self._matched, *(column for side in self._items for column in side))
        return GatheredColumns(
            self._documents, (gold, predicted), [column.tobytes() for column in arrays]
        )

    def extend(self, other: GatheredColumns) -> None:
        """Add what was gathered elsewhere of further documents, as :meth:`encode` gave it."""
        if self._documents:
            self._set_own_aside()
        self._append(other)

    def _set_own_aside(self) -> None:
        own = self.encode()
        self._start()
        self._append(own)

    def _append(self, other: GatheredColumns) -> None:
        for column, more in zip(self._columns, other.arrays, strict=True):
            column.frombytes(more)
        gold, predicted = map(pack, other.names)
        ends = tuple(len(column) for column in self._columns)
        self._parts.append(_Part(other.documents, (gold, predicted), ends))
        self._elsewhere += other.documents

    def columns(self, documents: Ids, smallest: Literal[1, 2] = 1) -> Columns:
        """What was gathered, counted and in order. It is let go on the way: nothing is left here.

        Args:
            documents: their ids.
            smallest: as in :class:`onrecord.scoring.clusters.ClusterTable`.
        """
        import numpy as np

        self._set_own_aside()
        parts, gathered = self._parts, list(self._columns)
        self._empty()
        names, numbers = zip(
            *(_in_order_of_names([part.names[side] for part in parts]) for side in (0, 1)),
            strict=True,
        )
        of = (None, 0, 1, None, 0, None, 1)

        def column(number: int) -> Numbers:
            """One column of all parts: places of documents, or of names among all of a side."""
            values = np.frombuffer(gathered[number].values(), dtype=np.intc)
            gathered[number] = Counts()
            start, first, side = 0, 0, of[number]
            for index, part in enumerate(parts):
                own = values[start : part.ends[number]]
                own[:] = own + first if side is None else numbers[side][index][own]
                start, first = part.ends[number], first + part.documents
            return values

        rank = documents.ranks()
        return Columns(
            documents,
            (names[0], names[1]),
            Shared(*_counted(rank, column(0), column(1), column(2))),
            (
                Margin(*_counted(rank, column(3), column(4))),
                Margin(*_counted(rank, column(5), column(6))),
            ),
            smallest,
        )


class _Part(NamedTuple):
    """What was gathered elsewhere, but for its arrays."""

    documents: int
    names: tuple[bytes, bytes]
    """Compressed."""
    ends: tuple[int, ...]
    """Where each of its arrays ends among those of all parts."""


LONE = "surrogatepass"
"""What is done with half a character, which Python's strings may hold: its order is kept."""
WIDEST = 64
"""Names of up to so many bytes are put into an array of one width."""


def _in_order_of_names(packed: Sequence[bytes]) -> tuple[Sequence[str], list[Numbers]]:
    """All names that are in some of the lists, in order, and for each list their places there."""
    import numpy as np

    widest, plain, counts = 1, True, []
    for each in packed:
        names = msgspec.msgpack.decode(unpack(each), type=list[bytes])
        counts.append(len(names))
        widest = max(widest, max(map(len, names), default=1))
        plain = plain and not any(name.endswith(b"\0") for name in names)
    if plain and widest <= WIDEST:
        every = np.empty(sum(counts), dtype=f"S{widest}")
        start = 0
        for each, count in zip(packed, counts, strict=True):
            every[start : start + count] = msgspec.msgpack.decode(unpack(each), type=list[bytes])
            start += count
        found, places = np.unique(every, return_inverse=True)
        return Names(found), np.split(places.astype(np.intc), np.cumsum(counts)[:-1])
    lists = [msgspec.msgpack.decode(unpack(each), type=list[bytes]) for each in packed]
    # UTF-8 is in the order of characters
    known = sorted({name for names in lists for name in names})
    ranks = {name: rank for rank, name in enumerate(known)}
    return [name.decode(errors=LONE) for name in known], [
        np.array([ranks[name] for name in names], dtype=np.intc) for names in lists
    ]


def _counted(rank: Numbers, document: Numbers, *columns: Numbers) -> list[Numbers]:
    """The rows, each once, in the order of ids and names, and how often each is there."""
    import numpy as np

    order = np.lexsort((*columns[::-1], rank[document]))
    rows = [column[order] for column in (document, *columns)]
    new = np.ones(len(order), dtype=bool)
    if len(order):
        new[1:] = False
        for column in rows:
            new[1:] |= column[1:] != column[:-1]
    first = np.flatnonzero(new)
    n = np.diff(np.append(first, len(order))).astype(np.intc)
    return [*(column[first] for column in rows), n]
