"""LEA with each document left out in turn, without counting the other documents again.

The score of a cluster k is the sum of n(n-1) over the clusters of the other side that share n items
with it, divided by |k|-1. Leaving a document out takes its cells away from the sums of its own
clusters; all others stay. A singleton has no such sum: one that is a singleton on both sides scores
1, and these pairs are counted apart. The work is linear in the cells of the table.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

from onrecord.scoring.tables import Cell, ClusterTable, harmonic_mean

Pair = tuple[str, str]
"""A gold cluster and a predicted cluster."""


def left_out(table: ClusterTable) -> list[float | None]:
    """The F1 of the table without each of its documents, in their order.

    Equal to ``table.without(document).f1`` but for the last bits.
    """
    cells: dict[str, dict[Pair, int]] = defaultdict(dict)
    shared: dict[Pair, int] = defaultdict(int)
    for cell in table.cells:
        pair = cell.gold or "", cell.predicted or ""
        cells[cell.document][pair] = cell.n
        shared[pair] += cell.n
    gold = _Side(table.gold, shared, 0, table.smallest)
    predicted = _Side(table.predicted, shared, 1, table.smallest)
    singles = {pair for pair in shared if gold.sizes[pair[0]] == predicted.sizes[pair[1]] == 1}
    scores = []
    for document in table.documents:
        own = cells[document]
        recall, items = gold.without(document, own)
        precision, others = predicted.without(document, own)
        if table.smallest == 1:
            single = len(singles) - sum(pair in singles for pair in own)
            for pair in gold.made_single(document) | predicted.made_single(document):
                left = (gold.left(document, pair[0]), predicted.left(document, pair[1]))
                single += left == (1, 1) and shared[pair] - own.get(pair, 0) == 1
            recall, precision = recall + single, precision + single
        scores.append(
            harmonic_mean(precision / others if others else None, recall / items if items else None)
        )
    return scores


class _Side:
    """The clusters of one side: their sizes and sums, and the items that each document has."""

    def __init__(
        self, margin: Iterable[Cell], shared: Mapping[Pair, int], column: int, smallest: int
    ) -> None:
        self.shared = shared
        self.column = column
        self.smallest = smallest
        self.sizes: dict[str, int] = defaultdict(int)
        self.in_document: dict[str, dict[str, int]] = defaultdict(dict)
        for cell in margin:
            cluster = (cell.gold, cell.predicted)[column] or ""
            self.sizes[cluster] += cell.n
            self.in_document[cell.document][cluster] = cell.n
        self.sums: dict[str, int] = defaultdict(int)
        self.pairs: dict[str, list[Pair]] = defaultdict(list)
        for pair, n in shared.items():
            self.sums[pair[column]] += n * (n - 1)
            self.pairs[pair[column]].append(pair)
        self.scores = {cluster: _score(self.sums[cluster], n) for cluster, n in self.sizes.items()}
        self.score = math.fsum(self.scores.values())
        self.items = sum(n for n in self.sizes.values() if n >= smallest)

    def without(self, document: str, own: Mapping[Pair, int]) -> tuple[float, int]:
        """The scores of all clusters together, and the items of those that count.

        Args:
            document: the one left out.
            own: its cells. Without n of m shared items, m(m-1) is less by n(2m-n-1).
        """
        less: dict[str, int] = {}
        for pair, n in own.items():
            cluster = pair[self.column]
            less[cluster] = less.get(cluster, 0) + n * (2 * self.shared[pair] - n - 1)
        score, items = self.score, self.items
        for cluster, n in self.in_document[document].items():
            size = self.sizes[cluster]
            score += _score(self.sums[cluster] - less.get(cluster, 0), size - n)
            score -= self.scores[cluster]
            items -= n if size - n >= self.smallest else size if size >= self.smallest else 0
        return score, items

    def made_single(self, document: str) -> set[Pair]:
        """The pairs of the clusters that have one item left without the document."""
        return {
            pair
            for cluster, n in self.in_document[document].items()
            if self.sizes[cluster] - n == 1
            for pair in self.pairs[cluster]
        }

    def left(self, document: str, cluster: str) -> int:
        """The items of a cluster without the document."""
        return self.sizes[cluster] - self.in_document[document].get(cluster, 0)


def _score(total: int, size: int) -> float:
    """The score of all items of a cluster, a singleton left out."""
    return total / (size - 1) if size > 1 else 0.0
