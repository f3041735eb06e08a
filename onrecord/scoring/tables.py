"""Tables of counts: what scoring keeps of each document, so that all else is arithmetic on them.

A table adds up over documents, and leaving a document out is leaving its rows out. Precision,
recall and F1 are numbers from 0 to 1, or None where they are not defined.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Literal, Protocol

import msgspec


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


class ClusterTable(msgspec.Struct, frozen=True, tag="clusters", dict=True):
    """Two clusterings over the same documents, as counts per document and pair of clusters.

    ``cells`` counts matched items, ``gold`` and ``predicted`` (the margins) all items of a cluster.
    Clusters of fewer than ``smallest`` items, in the documents that the table has, do not count:
    all clusters do, or all but singletons. Without gold clusters that count recall is None and
    without predicted ones precision is; F1 is 0 where one side has none and None where both have.
    """

    documents: tuple[str, ...]
    cells: tuple[Cell, ...]
    gold: tuple[Cell, ...]
    predicted: tuple[Cell, ...]
    smallest: Literal[1, 2] = 1

    @cached_property
    def gold_sizes(self) -> Mapping[str, int]:
        """Items of each gold cluster that counts."""
        return self._sizes((cell.gold, cell.n) for cell in self.gold)

    @cached_property
    def predicted_sizes(self) -> Mapping[str, int]:
        """Items of each predicted cluster that counts."""
        return self._sizes((cell.predicted, cell.n) for cell in self.predicted)

    def _sizes(self, margin: Iterable[tuple[str | None, int]]) -> dict[str, int]:
        sizes: dict[str, int] = defaultdict(int)
        for cluster, n in margin:
            if cluster is not None:
                sizes[cluster] += n
        return {cluster: n for cluster, n in sorted(sizes.items()) if n >= self.smallest}

    @cached_property
    def shared(self) -> Mapping[tuple[str, str], int]:
        """Matched items of each pair of clusters that count."""
        gold_sizes, predicted_sizes = self.gold_sizes, self.predicted_sizes
        shared: dict[tuple[str, str], int] = defaultdict(int)
        for cell in self.cells:
            if cell.gold in gold_sizes and cell.predicted in predicted_sizes:
                assert cell.gold is not None
                assert cell.predicted is not None
                shared[cell.gold, cell.predicted] += cell.n
        return dict(sorted(shared.items()))

    @property
    def recall(self) -> float | None:
        """LEA recall; None without gold clusters."""
        return self._lea(self.gold_sizes, self.predicted_sizes, 0)

    @property
    def precision(self) -> float | None:
        """LEA precision; None without predicted clusters."""
        return self._lea(self.predicted_sizes, self.gold_sizes, 1)

    def _lea(self, sizes: Mapping[str, int], others: Mapping[str, int], side: int) -> float | None:
        """Mean over the items of one side of the share of their links that the other side has.

        Link-based entity-aware metric (Moosavi & Strube 2016, section 4), in mention form: an item
        of cluster k that is in cluster r of the other side scores (|k∩r| - 1) / (|k| - 1); the
        item of a singleton scores 1 if it is a singleton there too, else 0.
        """
        total = sum(sizes.values())
        if not total:
            return None
        score = 0.0
        for pair, n in self.shared.items():
            own, other = pair[side], pair[1 - side]
            if sizes[own] > 1:
                score += n * (n - 1) / (sizes[own] - 1)
            elif others[other] == 1:
                score += 1
        return score / total

    @property
    def f1(self) -> float | None:
        """The harmonic mean of LEA precision and recall.

        None where neither side has a cluster that counts; 0 where only one side has, or where
        both precision and recall are 0.
        """
        return harmonic_mean(self.precision, self.recall)

    def without(self, document: str) -> ClusterTable:
        def rest(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
            return tuple(cell for cell in cells if cell.document != document)

        return ClusterTable(
            tuple(id for id in self.documents if id != document),
            rest(self.cells),
            rest(self.gold),
            rest(self.predicted),
            self.smallest,
        )

    def left_out(self) -> list[float | None]:
        from onrecord.scoring.lea import left_out

        return left_out(self)

    def alone(self) -> list[float | None]:
        cells, gold, predicted = map(_by_document, (self.cells, self.gold, self.predicted))
        tables = (
            ClusterTable(
                (id,), tuple(cells[id]), tuple(gold[id]), tuple(predicted[id]), self.smallest
            )
            for id in self.documents
        )
        return [table.f1 for table in tables]


def _by_document(cells: Iterable[Cell]) -> Mapping[str, list[Cell]]:
    found: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        found[cell.document].append(cell)
    return found


def cluster_table(
    documents: Iterable[str],
    gold: Iterable[tuple[str, str]],
    predicted: Iterable[tuple[str, str]],
    matched: Iterable[tuple[str, str, str]],
    *,
    smallest: Literal[1, 2] = 1,
) -> ClusterTable:
    """The table of two clusterings, counted from their items.

    Args:
        documents: the ids of the documents, in order.
        gold: (document, cluster) of each gold item.
        predicted: (document, cluster) of each predicted item.
        matched: (document, gold cluster, predicted cluster) of each pair of items that match.
        smallest: clusters with fewer items do not count; 2 leaves out singletons.
    """
    return ClusterTable(
        tuple(documents),
        tuple(
            Cell(document=document, gold=left, predicted=right, n=n)
            for (document, left, right), n in sorted(Counter(matched).items())
        ),
        tuple(
            Cell(document=document, gold=cluster, predicted=None, n=n)
            for (document, cluster), n in sorted(Counter(gold).items())
        ),
        tuple(
            Cell(document=document, gold=None, predicted=cluster, n=n)
            for (document, cluster), n in sorted(Counter(predicted).items())
        ),
        smallest,
    )
