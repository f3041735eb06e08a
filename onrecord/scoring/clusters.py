"""Tables of two clusterings: what scoring keeps of linking and utterances in each document."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Literal

import msgspec

from onrecord.scoring.lea import left_out
from onrecord.scoring.tables import Cell, harmonic_mean


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
        return left_out(self)

    def items(self) -> dict[str, tuple[int, int, int]]:
        """The items of clusters that count in each document: matched, in the gold, predicted."""
        gold, predicted = self.gold_sizes, self.predicted_sizes
        sides = (
            (cell for cell in self.cells if cell.gold in gold and cell.predicted in predicted),
            (cell for cell in self.gold if cell.gold in gold),
            (cell for cell in self.predicted if cell.predicted in predicted),
        )
        found = {document: [0, 0, 0] for document in self.documents}
        for side, cells in enumerate(sides):
            for cell in cells:
                found[cell.document][side] += cell.n
        return {document: (n[0], n[1], n[2]) for document, n in found.items()}

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
