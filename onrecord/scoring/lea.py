"""LEA with each document left out in turn, without counting the other documents again.

The score of a cluster k is the sum of n(n-1) over the clusters of the other side that share n items
with it, divided by |k|-1. Leaving a document out takes its cells away from the sums of its own
clusters; all others stay. A singleton has no such sum: one that is a singleton on both sides scores
1, and these pairs are counted apart. The work is linear in the cells of the table.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from onrecord.scoring.tables import Cell, ClusterTable, harmonic_mean

Pair = tuple[str, str]
"""A gold cluster and a predicted cluster."""


def left_out(table: ClusterTable) -> list[float | None]:
    """The F1 of the table without each of its documents, in their order.

    Equal to ``table.without(document).f1`` but for the last bits.
    """
    cells: dict[str, dict[Pair, int]] = defaultdict(dict)
    shared: Counter[Pair] = Counter()
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
            candidates = gold.made_single(document) | predicted.made_single(document)
            made = sum(
                shared[pair] - own.get(pair, 0) == 1
                and gold.size_without(document, pair[0]) == 1
                and predicted.size_without(document, pair[1]) == 1
                for pair in candidates
            )
            single = len(singles) - sum(pair in singles for pair in own) + made
            recall, precision = recall + single, precision + single
        scores.append(
            harmonic_mean(precision / others if others else None, recall / items if items else None)
        )
    return scores


class _Side:
    """The clusters of one side with their sums."""

    def __init__(
        self, margin: Iterable[Cell], shared: Mapping[Pair, int], column: int, smallest: int
    ) -> None:
        self.column = column
        self.smallest = smallest
        self.in_document: dict[str, dict[str, int]] = defaultdict(dict)
        self.sizes: Counter[str] = Counter()
        for cell in margin:
            cluster = (cell.gold, cell.predicted)[column] or ""
            self.in_document[cell.document][cluster] = cell.n
            self.sizes[cluster] += cell.n
        self.sums: Counter[str] = Counter()
        self.pairs: dict[str, list[Pair]] = defaultdict(list)
        for pair, n in shared.items():
            self.sums[pair[column]] += n * (n - 1)
            self.pairs[pair[column]].append(pair)
        self.shared = shared
        self.score = sum(_share(self.sums[cluster], n) for cluster, n in sorted(self.sizes.items()))
        self.items = sum(self._counted(n) for n in self.sizes.values())

    def without(self, document: str, own: Mapping[Pair, int]) -> tuple[float, int]:
        """The sum of the scores of the clusters' items, singletons left out, and how many count.

        Args:
            document: the one left out.
            own: its cells.
        """
        less: Counter[str] = Counter()
        for pair, n in own.items():
            rest = self.shared[pair] - n
            less[pair[self.column]] += self.shared[pair] * (self.shared[pair] - 1) - rest * (
                rest - 1
            )
        score, items = self.score, self.items
        for cluster, n in self.in_document[document].items():
            size, sum_ = self.sizes[cluster], self.sums[cluster]
            score += _share(sum_ - less[cluster], size - n) - _share(sum_, size)
            items += self._counted(size - n) - self._counted(size)
        return score, items

    def made_single(self, document: str) -> set[Pair]:
        """The pairs of the clusters that have one item left without the document."""
        return {
            pair
            for cluster in self.in_document[document]
            if self.size_without(document, cluster) == 1
            for pair in self.pairs[cluster]
        }

    def size_without(self, document: str, cluster: str) -> int:
        return self.sizes[cluster] - self.in_document[document].get(cluster, 0)

    def _counted(self, size: int) -> int:
        return size if size >= self.smallest else 0


def _share(total: int, size: int) -> float:
    """The score of all items of a cluster, a singleton left out."""
    return total / (size - 1) if size > 1 else 0.0
