"""Two clusterings as columns of numbers, on which the arithmetic of many cells is fast and compact.

Documents are their places in the list of ids, clusters their places in the sorted list of names, so
that the order of numbers is that of names: sums run over pairs of clusters and over cells in one fixed
order, and the last bits of a score do not depend on how its cells were gathered.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]


class Margin(NamedTuple):
    """The items of each cluster of one side in each document: three columns of equal length."""

    document: Numbers
    cluster: Numbers
    n: Numbers


class Shared(NamedTuple):
    """The matched items of each pair of clusters in each document: four columns of equal length."""

    document: Numbers
    gold: Numbers
    predicted: Numbers
    n: Numbers

    def cluster(self, side: int) -> Numbers:
        """The column of the gold's clusters (0) or of the predicted ones (1)."""
        return self.predicted if side else self.gold


class Pairs(NamedTuple):
    """Each pair of clusters that share items, in the order of their names."""

    gold: Numbers
    predicted: Numbers
    n: Numbers
    """The items they share."""
    of: Numbers
    """The pair of each cell."""

    def cluster(self, side: int) -> Numbers:
        """As in :class:`Shared`."""
        return self.predicted if side else self.gold


class Columns:
    """The cells of two clusterings; see :class:`onrecord.scoring.clusters.ClusterTable`."""

    def __init__(
        self,
        documents: Sequence[str],
        names: tuple[Sequence[str], Sequence[str]],
        cells: Shared,
        margins: tuple[Margin, Margin],
        smallest: Literal[1, 2] = 1,
    ) -> None:
        self.documents = documents
        self.names = names
        """The clusters of the gold and the predicted ones, sorted."""
        self.cells = cells
        self.margins = margins
        """The items of the gold and the predicted ones."""
        self.smallest = smallest

    @cached_property
    def sizes(self) -> tuple[Numbers, Numbers]:
        """The items of each cluster of the gold and of the prediction, whether it counts or not."""
        one, other = (
            _sums(margin.cluster, margin.n, len(names))
            for margin, names in zip(self.margins, self.names, strict=True)
        )
        return one, other

    @cached_property
    def pairs(self) -> Pairs:
        """The pairs of clusters that share items, whether they count or not."""
        import numpy as np

        width = max(1, len(self.names[1]))
        keys = self.cells.gold.astype(np.int64) * width + self.cells.predicted
        found, of = np.unique(keys, return_inverse=True)
        del keys
        of = of.astype(np.intc)
        return Pairs(found // width, found % width, _sums(of, self.cells.n, len(found)), of)

    def counts(self, side: int) -> Numbers:
        """Whether each cluster of the gold (0) or the prediction (1) counts."""
        import numpy as np

        return np.asarray(self.sizes[side] >= max(1, self.smallest))

    def lea(self, side: int) -> float | None:
        """LEA recall (side 0) or precision (1); None where that side has no cluster that counts."""
        import numpy as np

        sizes = self.sizes[side]
        total = int(sizes[self.counts(side)].sum())
        if not total:
            return None
        pairs = self.pairs
        counted = self.counts(0)[pairs.gold] & self.counts(1)[pairs.predicted]
        own = sizes[pairs.cluster(side)][counted]
        other = self.sizes[1 - side][pairs.cluster(1 - side)][counted]
        n = pairs.n[counted]
        terms = np.where(own > 1, n * (n - 1) / np.maximum(own - 1, 1), (other == 1).astype(float))
        return in_order(terms) / total

    @cached_property
    def items(self) -> tuple[Numbers, Numbers, Numbers]:
        """For each document its items of clusters that count: matched, in the gold, predicted."""
        import numpy as np

        own, other = self.counts(0), self.counts(1)
        cells, number = self.cells, len(self.documents)
        kept = own[cells.gold] & other[cells.predicted]
        matched = _sums(cells.document[kept], cells.n[kept], number).astype(np.intc)
        gold, predicted = (
            _sums(margin.document, margin.n * counted[margin.cluster], number).astype(np.intc)
            for margin, counted in zip(self.margins, (own, other), strict=True)
        )
        return matched, gold, predicted

    def alone(self) -> list[float | None]:
        """The F1 of each document by itself, in their order."""
        import numpy as np

        cells, number = self.cells, len(self.documents)
        order = np.lexsort((cells.predicted, cells.gold, cells.document))
        document, n = cells.document[order], cells.n[order].astype(np.int64)
        sizes = [
            here(margin, document, cells.cluster(side)[order], len(self.names[side]))
            for side, margin in enumerate(self.margins)
        ]
        counted = (sizes[0] >= self.smallest) & (sizes[1] >= self.smallest)
        shares = []
        for side, margin in enumerate(self.margins):
            own, other = sizes[side], sizes[1 - side]
            terms = np.where(
                own > 1, n * (n - 1) / np.maximum(own - 1, 1), (other == 1).astype(float)
            )
            scores = np.bincount(document[counted], terms[counted], number)
            kept = margin.n >= self.smallest
            totals = _sums(margin.document[kept], margin.n[kept], number)
            shares.append(share(scores, totals))
        means: list[float] = harmonic_means(shares[1], shares[0]).tolist()
        return [None if math.isnan(mean) else mean for mean in means]


def here(margin: Margin, document: Numbers, cluster: Numbers, width: int) -> Numbers:
    """The items of clusters in documents, each pair of them looked up in a margin; 0 if not there."""
    import numpy as np

    width = max(1, width)
    places = margin.document.astype(np.int64) * width + margin.cluster
    wanted = document.astype(np.int64) * width + cluster
    if not len(places):
        return np.zeros(len(wanted), dtype=np.int64)
    order = ordering(places)
    at = np.minimum(np.searchsorted(places, wanted, sorter=order), len(places) - 1)
    if order is not None:
        at = order[at]
    return np.where(places[at] == wanted, margin.n[at], 0)


def ordering(values: Numbers) -> Numbers | None:
    """What puts the values in order; None: they are."""
    import numpy as np

    in_order_already = bool((values[1:] >= values[:-1]).all())
    return None if in_order_already else np.argsort(values, kind="stable")


def in_order(terms: Numbers) -> float:
    """The sum of floats, added one after the other."""
    import numpy as np

    return float(np.cumsum(terms)[-1]) if len(terms) else 0.0


def share(scores: Numbers, totals: Numbers) -> Numbers:
    """Scores divided by totals; NaN where there is nothing."""
    import numpy as np

    found: Numbers = np.full(len(totals), np.nan)
    np.divide(scores, totals, out=found, where=totals != 0)
    return found


def harmonic_means(precision: Numbers, recall: Numbers) -> Numbers:
    """As :func:`onrecord.scoring.tables.harmonic_mean`, with NaN for what is not defined."""
    import numpy as np

    means = 2 * precision
    means *= recall
    some = (means != 0) & ~np.isnan(means)
    with np.errstate(divide="ignore"):
        np.divide(means, precision + recall, out=means, where=some)
    means[~some] = 0.0
    means[np.isnan(precision) & np.isnan(recall)] = np.nan
    return means


def _sums(group: Numbers, n: Numbers, groups: int) -> Numbers:
    """The sum of whole numbers in each group."""
    import numpy as np

    return np.bincount(group, n, groups).astype(np.int64)
