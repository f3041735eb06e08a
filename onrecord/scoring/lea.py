"""LEA with each document left out in turn, without counting the other documents again.

The score of a cluster k is the sum of n(n-1) over the clusters of the other side that share n items
with it, divided by |k|-1. Leaving a document out takes its cells away from the sums of its own
clusters; all others stay. A singleton has no such sum: one that is a singleton on both sides scores
1, and these pairs are counted apart. The work is n log n in the cells of the table.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from onrecord.scoring.columns import Columns, Margin, harmonic_means, here, ordering, share
from onrecord.scoring.packing import Floats
from onrecord.scoring.tables import harmonic_mean

if TYPE_CHECKING:
    from onrecord.scoring.columns import Numbers

_MANY = 2**15
"""So many cells are looked up at once, since each takes some memory."""


class Clusters:
    """Two clusterings with their LEA, as columns; see :class:`onrecord.scoring.clusters.ClusterTable`."""

    tied: ClassVar[bool] = True

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.documents = columns.documents

    @cached_property
    def precision(self) -> float | None:
        return self.columns.lea(1)

    @cached_property
    def recall(self) -> float | None:
        return self.columns.lea(0)

    @property
    def f1(self) -> float | None:
        return harmonic_mean(self.precision, self.recall)

    def left_out(self) -> Sequence[float | None]:
        return self._left_out

    @cached_property
    def _left_out(self) -> Floats:
        return left_out(self.columns)

    def right(self) -> Sequence[int]:
        matched, _, _ = self.columns.items
        return array("i", matched.tobytes())

    def sizes(self) -> Sequence[int]:
        matched, gold, predicted = self.columns.items
        return array("i", (gold + predicted - matched).tobytes())


def left_out(columns: Columns) -> Floats:
    """The F1 of the table without each of its documents, in their order.

    Equal to ``table.without(document).f1`` but for the last bits.
    """
    single = _single_pairs(columns)
    recall, precision = (_without(columns, side, single) for side in (0, 1))
    return Floats(array("d", harmonic_means(precision, recall).tobytes()))


def _without(columns: Columns, side: int, single: Numbers) -> Numbers:
    """Recall (side 0) or precision (1) without each document; NaN where nothing is left that counts."""
    import numpy as np

    margin, sizes, smallest = columns.margins[side], columns.sizes[side], columns.smallest
    number = len(columns.documents)
    own = sizes.astype(np.intc)[margin.cluster]
    rest = own - margin.n
    gone = np.where(rest >= smallest, margin.n, own)
    gone *= own >= smallest
    items = sizes[sizes >= smallest].sum() - np.bincount(margin.document, gone, number)
    del gone, own
    score, change = _change(columns, side, rest)
    return share(score + change + single, items)


def _change(columns: Columns, side: int, rest: Numbers) -> tuple[float, Numbers]:
    """The scores of all clusters of a side, and how their sum changes without each document.

    Args:
        columns: the clusterings.
        side: 0 for the gold, 1 for the prediction.
        rest: for each cell of the margin, the items that its cluster has in other documents.
    """
    import numpy as np

    pairs, margin, sizes = columns.pairs, columns.margins[side], columns.sizes[side]
    sums = np.bincount(pairs.cluster(side), pairs.n * (pairs.n - 1), len(sizes))
    scores = _scores(sums, sizes)
    left = np.asarray(sums, dtype=float)[margin.cluster]
    changed = left != 0
    left -= _less(columns, side)
    left = _scores(left, rest)
    left -= scores[margin.cluster]
    change = np.bincount(margin.document[changed], left[changed], len(columns.documents))
    return math.fsum(scores.tolist()), change


def _less(columns: Columns, side: int) -> Numbers:
    """How much less the sum of a cluster is without a document, for each cell of the margin.

    Without n of m shared items, m(m-1) is less by n(2m-n-1).
    """
    import numpy as np

    cells, pairs, margin = columns.cells, columns.pairs, columns.margins[side]
    width = max(1, len(columns.sizes[side]))
    places = margin.document.astype(np.int64) * width + margin.cluster
    order = ordering(places)
    found = np.zeros(len(margin.n))
    for start in range(0, len(cells.n), _MANY):
        part = slice(start, start + _MANY)
        wanted = cells.document[part].astype(np.int64) * width + cells.cluster(side)[part]
        cell = np.searchsorted(places, wanted, sorter=order)
        n = cells.n[part].astype(np.int64)
        less = n * (2 * pairs.n[pairs.of[part]] - n - 1)
        np.add.at(found, cell if order is None else order[cell], less)
    return found


def _single_pairs(columns: Columns) -> Numbers:
    """For each document, how many pairs are singletons on both sides without it."""
    import numpy as np

    number = len(columns.documents)
    if columns.smallest > 1:
        return np.zeros(number)
    cells, pairs, sizes = columns.cells, columns.pairs, columns.sizes
    single = (sizes[0][pairs.gold] == 1) & (sizes[1][pairs.predicted] == 1)
    found = single.sum() - np.bincount(cells.document[single[pairs.of]], minlength=number)
    made = [_made_single(columns, side) for side in (0, 1)]
    candidates = np.unique(np.concatenate(made))
    document, pair = np.divmod(candidates, max(1, len(pairs.n)))
    left = [
        sizes[side][pairs.cluster(side)[pair]]
        - here(margin, document, pairs.cluster(side)[pair], len(sizes[side]))
        for side, margin in enumerate(columns.margins)
    ]
    alone = (left[0] == 1) & (left[1] == 1)
    document, pair = document[alone], pair[alone]
    shared = _shared_here(columns, document, pair)
    kept = document[pairs.n[pair] - shared == 1]
    return np.asarray(found + np.bincount(kept, minlength=number), dtype=float)


def _made_single(columns: Columns, side: int) -> Numbers:
    """The pairs of each cluster that has one item left without a document, as document · pairs + pair."""
    import numpy as np

    margin, pairs = columns.margins[side], columns.pairs
    made = columns.sizes[side][margin.cluster] - margin.n == 1
    document, cluster = margin.document[made].astype(np.int64), margin.cluster[made]
    order = np.argsort(pairs.cluster(side), kind="stable")
    first, last = (
        np.searchsorted(pairs.cluster(side), cluster, side=end, sorter=order)
        for end in ("left", "right")
    )
    many = last - first
    starts = np.repeat(first - (np.cumsum(many) - many), many)
    pair = order[starts + np.arange(many.sum())] if len(order) else np.zeros(0, dtype=np.int64)
    return np.asarray(np.repeat(document, many) * max(1, len(pairs.n)) + pair)


def _shared_here(columns: Columns, document: Numbers, pair: Numbers) -> Numbers:
    """The items that pairs of clusters share in documents."""
    cells, pairs = columns.cells, columns.pairs
    return here(Margin(cells.document, pairs.of, cells.n), document, pair, len(pairs.n))


def _scores(sums: Numbers, sizes: Numbers) -> Numbers:
    """The scores of all items of clusters, singletons left out."""
    import numpy as np

    found: Numbers = np.zeros(len(sizes))
    np.divide(sums, sizes - 1, out=found, where=sizes > 1)
    return found
