"""Tables of counts: what scoring keeps of each document, so that all else is arithmetic on them.

A table adds up over documents, and leaving a document out is leaving its rows out. Precision,
recall and F1 are numbers from 0 to 1, or None where they are not defined.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar, Protocol

import msgspec

from onrecord.scoring.packing import Counts, Floats


class Table(Protocol):
    """What intervals and tests need of a table."""

    @property
    def documents(self) -> tuple[str, ...]:
        """The ids of the documents counted, in order."""

    @property
    def precision(self) -> float | None:
        """The share of what was predicted that is right."""

    @property
    def recall(self) -> float | None:
        """The share of the gold that was found."""

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall."""

    def without(self, document: str) -> Table:
        """The table that leaves this document out."""

    def left_out(self) -> list[float | None]:
        """The F1 without each document in turn, in their order, in linear time."""

    def alone(self) -> list[float | None]:
        """The F1 of each document by itself, in their order, in linear time."""


class Scored(Protocol):
    """What a headline and its interval need of a table, or of the columns that one is made of."""

    tied: ClassVar[bool]
    """Whether what is counted joins documents, as clusters do."""

    @property
    def documents(self) -> Sequence[str]:
        """As in :class:`Table`."""

    @property
    def precision(self) -> float | None:
        """As in :class:`Table`."""

    @property
    def recall(self) -> float | None:
        """As in :class:`Table`."""

    @property
    def f1(self) -> float | None:
        """As in :class:`Table`."""

    def left_out(self) -> Sequence[float | None]:
        """As in :class:`Table`."""

    def right(self) -> Sequence[int | float]:
        """What is right in each document."""

    def sizes(self) -> Sequence[int | float]:
        """The items of each document in gold and prediction, those that are right counted once."""


def harmonic_mean(precision: float | None, recall: float | None) -> float | None:
    """F1; None where neither is defined, 0 where only one is or both are 0."""
    if precision is None and recall is None:
        return None
    if not precision or not recall:
        return 0.0
    return 2 * precision * recall / (precision + recall)


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Counts of one document: items right, in the gold and predicted.

    What is right is a whole number where items are found or not, and a sum of credits from 0 to 1
    where they can be found in part.
    """

    document: str
    tp: int | float
    gold: int
    predicted: int


class CountTable(msgspec.Struct, frozen=True, tag="counts", dict=True):
    """True positives, gold items and predicted items per document.

    Micro-averaged: sums over documents come before ratios. Without gold items recall is None and
    without predicted items precision is; F1 is 0 where one side has none and None where both have.
    """

    tied: ClassVar[bool] = False

    rows: tuple[Row, ...]

    @property
    def documents(self) -> tuple[str, ...]:
        return tuple(row.document for row in self.rows)

    @cached_property
    def tp(self) -> int | float:
        """Items right."""
        return sum(row.tp for row in self.rows)

    @cached_property
    def gold(self) -> int:
        """Items in the gold."""
        return sum(row.gold for row in self.rows)

    @cached_property
    def predicted(self) -> int:
        """Items predicted."""
        return sum(row.predicted for row in self.rows)

    @property
    def precision(self) -> float | None:
        return self.tp / self.predicted if self.predicted else None

    @property
    def recall(self) -> float | None:
        return self.tp / self.gold if self.gold else None

    @property
    def f1(self) -> float | None:
        """2 TP / (G + P); None where there is nothing in gold and prediction."""
        return _f1(self.tp, self.gold + self.predicted)

    def without(self, document: str) -> CountTable:
        return CountTable(tuple(row for row in self.rows if row.document != document))

    def left_out(self) -> list[float | None]:
        tp, total = self.tp, self.gold + self.predicted
        return [_f1(tp - row.tp, total - row.gold - row.predicted) for row in self.rows]

    def alone(self) -> list[float | None]:
        return [_f1(row.tp, row.gold + row.predicted) for row in self.rows]

    def right(self) -> list[int | float]:
        return [row.tp for row in self.rows]

    def sizes(self) -> list[int | float]:
        return [row.gold + row.predicted - row.tp for row in self.rows]


class Tally:
    """The counts of a :class:`CountTable` as columns of whole numbers, in little memory."""

    tied: ClassVar[bool] = False

    def __init__(self, documents: Sequence[str]) -> None:
        self.documents = documents
        """Filled by whoever counts: several layers share one list."""
        self._elsewhere = (Counts(), Counts(), Counts())
        """The columns of the first documents, which were counted elsewhere."""
        self._own = (array("i"), array("i"), array("i"))

    def add(self, tp: int, gold: int, predicted: int) -> None:
        """Add the counts of a document."""
        right, own, other = self._own
        right.append(tp)
        own.append(gold)
        other.append(predicted)

    def pad(self) -> None:
        """Add nothing for each of the documents that is not counted yet."""
        for counted, own in zip(self._elsewhere, self._own, strict=True):
            missing = len(self.documents) - len(counted) - len(own)
            own.frombytes(bytes(own.itemsize * missing))

    @property
    def tp(self) -> array[int]:
        """Items right."""
        return self._column(0)

    @property
    def gold(self) -> array[int]:
        """Items in the gold."""
        return self._column(1)

    @property
    def predicted(self) -> array[int]:
        """Items predicted."""
        return self._column(2)

    def _column(self, number: int) -> array[int]:
        return self._elsewhere[number].values() + self._own[number]

    def encode(self) -> list[bytes]:
        """The columns as plain values."""
        return [column.tobytes() for column in (self.tp, self.gold, self.predicted)]

    def extend(self, columns: Sequence[bytes]) -> None:
        """Add the columns of further documents, as :meth:`encode` gave them."""
        for counted, own, more in zip(self._elsewhere, self._own, columns, strict=True):
            counted.frombytes(own.tobytes())
            counted.frombytes(more)
            del own[:]

    @property
    def precision(self) -> float | None:
        predicted = sum(self.predicted)
        return sum(self.tp) / predicted if predicted else None

    @property
    def recall(self) -> float | None:
        gold = sum(self.gold)
        return sum(self.tp) / gold if gold else None

    @property
    def f1(self) -> float | None:
        return _f1(sum(self.tp), sum(self.gold) + sum(self.predicted))

    def left_out(self) -> Sequence[float | None]:
        columns = self.tp, self.gold, self.predicted
        tp, gold, predicted = map(sum, columns)
        total = gold + predicted
        rest = (_f1(tp - t, total - g - p) for t, g, p in zip(*columns, strict=True))
        return Floats(array("d", (math.nan if f1 is None else f1 for f1 in rest)))

    def right(self) -> Sequence[int]:
        return self.tp

    def sizes(self) -> Sequence[int]:
        columns = zip(self.tp, self.gold, self.predicted, strict=True)
        return array("i", (g + p - t for t, g, p in columns))

    def table(self) -> CountTable:
        """The table of a row for each document."""
        rows = zip(self.documents, self.tp, self.gold, self.predicted, strict=True)
        return CountTable(
            tuple(Row(document=id, tp=tp, gold=g, predicted=p) for id, tp, g, p in rows)
        )


def _f1(tp: int | float, total: int) -> float | None:
    return 2 * tp / total if total else None


class Cell(msgspec.Struct, frozen=True, kw_only=True, order=True, gc=False):
    """How many items of a gold cluster are in a predicted cluster, in one document.

    In a margin one of the clusters is None: the items of the other cluster, matched or not.
    """

    document: str
    gold: str | None
    predicted: str | None
    n: int
