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
from typing import Literal, Protocol

from onrecord.scoring.tables import Cell, harmonic_mean

Pair = tuple[str, str]
"""A gold cluster and a predicted cluster."""
Place = tuple[str, str]
"""A document and a cluster."""


class Clusterings(Protocol):
    """Two clusterings as :class:`~onrecord.scoring.clusters.ClusterTable` counts them."""

    @property
    def documents(self) -> tuple[str, ...]: ...
    @property
    def cells(self) -> tuple[Cell, ...]: ...
    @property
    def gold(self) -> tuple[Cell, ...]: ...
    @property
    def predicted(self) -> tuple[Cell, ...]: ...
    @property
    def smallest(self) -> Literal[1, 2]: ...


def left_out(table: Clusterings) -> list[float | None]:
    """The F1 of the table without each of its documents, in their order.

    Equal to ``table.without(document).f1`` but for the last bits.
    """
    cells = [(cell.document, cell.gold or "", cell.predicted or "", cell.n) for cell in table.cells]
    shared: dict[Pair, int] = defaultdict(int)
    for _, one, two, n in cells:
        shared[one, two] += n
    gold, predicted = _Side(shared, 0), _Side(shared, 1)
    for document, one, two, n in cells:
        # Without n of m shared items, m(m-1) is less by n(2m-n-1).
        less = n * (2 * shared[one, two] - n - 1)
        gold.less[document, one] += less
        predicted.less[document, two] += less
    gold.leave_out(_margin(table.gold, 0), table.smallest)
    predicted.leave_out(_margin(table.predicted, 1), table.smallest)
    singles = _single_pairs(table, shared, gold, predicted)
    return [
        harmonic_mean(
            _share(predicted, document, singles.get(document, 0)),
            _share(gold, document, singles.get(document, 0)),
        )
        for document in table.documents
    ]


class _Side:
    """The clusters of one side: their sizes and sums, and what is left without each document."""

    def __init__(self, shared: Mapping[Pair, int], column: int) -> None:
        self.column = column
        self.sizes: dict[str, int] = defaultdict(int)
        self.own: dict[Place, int] = {}
        """Items of a cluster in a document."""
        self.sums: dict[str, int] = defaultdict(int)
        for pair, n in shared.items():
            self.sums[pair[column]] += n * (n - 1)
        self.less: dict[Place, int] = defaultdict(int)
        """How much less a cluster's sum is without a document."""
        self.score = 0.0
        self.items = 0
        self.change: dict[str, float] = defaultdict(float)
        self.lost: dict[str, int] = defaultdict(int)
        """How the scores of all clusters together, and the items of those that count, change
        without a document."""
        self.made_single: dict[str, list[str]] = defaultdict(list)
        """The clusters that have one item left without a document."""

    def leave_out(self, margin: Iterable[tuple[str, str, int]], smallest: int) -> None:
        """Fill in what follows from the items: (document, cluster, number) of each margin's cell."""
        self.own = {(document, cluster): n for document, cluster, n in margin}
        for (_, cluster), n in self.own.items():
            self.sizes[cluster] += n
        scores = {cluster: _score(self.sums[cluster], n) for cluster, n in self.sizes.items()}
        self.score = math.fsum(scores.values())
        self.items = sum(n for n in self.sizes.values() if n >= smallest)
        for place, n in self.own.items():
            document, cluster = place
            size = self.sizes[cluster]
            rest = size - n
            if total := self.sums[cluster]:
                total -= self.less.get(place, 0)
                self.change[document] += _score(total, rest) - scores[cluster]
            if size >= smallest:
                self.lost[document] += n if rest >= smallest else size
            if rest == 1:
                self.made_single[document].append(cluster)

    def left(self, document: str, cluster: str) -> int:
        """The items of a cluster without the document."""
        return self.sizes[cluster] - self.own.get((document, cluster), 0)


def _single_pairs(
    table: Clusterings, shared: Mapping[Pair, int], gold: _Side, predicted: _Side
) -> dict[str, int]:
    """For each document, the pairs that are singletons on both sides without it."""
    if table.smallest > 1:
        return {}
    own: dict[str, dict[Pair, int]] = defaultdict(dict)
    for cell in table.cells:
        own[cell.document][cell.gold or "", cell.predicted or ""] = cell.n
    pairs: tuple[dict[str, list[Pair]], ...] = (defaultdict(list), defaultdict(list))
    for pair in shared:
        for column, cluster in enumerate(pair):
            pairs[column][cluster].append(pair)
    singles = {pair for pair in shared if gold.sizes[pair[0]] == predicted.sizes[pair[1]] == 1}
    found = {}
    for document in table.documents:
        here = own[document]
        made = {p for cluster in gold.made_single[document] for p in pairs[0][cluster]}
        made |= {p for cluster in predicted.made_single[document] for p in pairs[1][cluster]}
        found[document] = len(singles) - sum(pair in singles for pair in here)
        for pair in made:
            left = (gold.left(document, pair[0]), predicted.left(document, pair[1]))
            found[document] += left == (1, 1) and shared[pair] - here.get(pair, 0) == 1
    return found


def _share(side: _Side, document: str, singles: int) -> float | None:
    """Precision or recall without the document; None where nothing is left that counts."""
    items = side.items - side.lost.get(document, 0)
    return (side.score + side.change.get(document, 0.0) + singles) / items if items else None


def _margin(cells: Iterable[Cell], column: int) -> Iterable[tuple[str, str, int]]:
    return ((c.document, (c.gold, c.predicted)[column] or "", c.n) for c in cells)


def _score(total: int, size: int) -> float:
    """The score of all items of a cluster, a singleton left out."""
    return total / (size - 1) if size > 1 else 0.0
