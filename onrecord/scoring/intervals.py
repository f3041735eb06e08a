"""How sure one score of few documents is: an interval that covers the true score 95 times in 100.

The unit is the document. Intervals are made on the scale J = TP / (TP + FP + FN), on which the items
of a document are right or wrong, n = G + P - TP of them, and mapped back by F = 2J / (1 + J). Two
methods, each where it covers better in simulation (``tests/benchmarks/coverage.py``, whose figures
are in ``docs/coverage.md``):

=============================================  ===================================================
counts in fewer than ten documents             beta-binomial: what the spread between so few
                                               documents may be is said by a prior
counts in ten or more, clusters in three or    Wilson with a floor under the design effect: the
more                                           spread is that of the documents, whatever its form
=============================================  ===================================================

From ten documents on the beta-binomial is left, since it holds the mean of the documents for the
score: where large documents are harder and F1 is .5 it covers 83% with five, 47% with twenty and 1%
with a hundred, Wilson's interval 92%, 93% and 93%. Clusters that join documents are cut by leaving
one out, and two documents then tell nothing: of utterances the interval would cover 66 to 77%.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from onrecord.scoring.tables import Scored

if TYPE_CHECKING:
    from numpy.typing import NDArray

METHODS = "betabinomial+wilson"
"""The intervals' part of a signature."""
CONFIDENCE = 0.95
MANY = 10
"""From so many documents with items, the documents themselves tell the spread of counts."""
FEWEST = 3
"""Clusters in fewer documents with items have no interval."""
FLOOR_OF_COUNTS, FLOOR_OF_CLUSTERS = 0.05, 0.1
"""The least correlation of right and wrong within a document that Wilson's interval reckons with.

It is greater for clusters: one wrong name changes the score of every name of its entity. Of 250
simulated runs with LEA of .98 in twenty documents .05 would have covered 84%, .1 covered 89%."""

_COARSE, _FINE = (24, 12), (256, 32)
"""Points of the posterior's grid, for μ and for ρ: where it looks for the mass, and where it sums."""
_NEGLIGIBLE = 20.0
"""Nats below the top from which the posterior does not count."""


class Interval(msgspec.Struct, frozen=True):
    """A confidence interval: of a score between 0 and 1, of a difference between -1 and 1."""

    low: float
    high: float


def score_interval(table: Scored) -> Interval | None:
    """The 95% interval of the table's F1.

    Of counts there is one wherever there is a score, also of a single document: how unlike other
    documents may be is then said by the prior alone. Of clusters there is none where
    :func:`no_interval` says why. The interval holds the score; that of a beta-binomial is made wider
    where its mean, to which each document adds, is far from the score, to which each item does.
    """
    f1 = table.f1
    if f1 is None:
        return None
    sizes = table.sizes()
    documents = sum(n > 0 for n in sizes)
    if not table.tied and documents < MANY:
        found = beta_binomial(table.right(), sizes)
        return Interval(min(found.low, f1), max(found.high, f1))
    left_out = array(
        "d", (one for one, n in zip(table.left_out(), sizes, strict=True) if n and one is not None)
    )
    if (table.tied and documents < FEWEST) or len(left_out) < documents:
        return None
    floor = FLOOR_OF_CLUSTERS if table.tied else FLOOR_OF_COUNTS
    found = wilson(f1, left_out, array("d", filter(None, sizes)), floor)
    return Interval(min(found.low, f1), max(found.high, f1))  # but for the last bit


def no_interval(table: Scored) -> str | None:
    """Why a score that is defined has no interval; None where it has one, or there is no score."""
    if not table.tied or table.f1 is None:
        return None
    sizes = table.sizes()
    if sum(n > 0 for n in sizes) < FEWEST:
        return "fewer than three documents do not tell how far others differ"
    for document, n, f1 in zip(table.documents, sizes, table.left_out(), strict=True):
        if n and f1 is None:
            return f"without {document} there is nothing to score"
    return None


def beta_binomial(right: Sequence[float], sizes: Sequence[float]) -> Interval:
    """The interval of F1 from the posterior of a beta-binomial's mean.

    The items right in a document are TP ~ BetaBinomial(n, μ, ρ), with ρ the correlation of two
    items of one document (Skellam 1948); μ ~ Beta(1/2, 1/2), Jeffreys' prior, and ρ ~ Beta(1/2, 5/2),
    of mean 1/6, above all that real systems show here. The ends are the 2.5% and the 97.5% point of μ
    in the posterior, summed on a grid; the low end is 0 where nothing is right, the high end 1 where
    everything is. The points are those of the exact posterior to about .0002.

    Sums of credits (a measure that finds items in part) may stand for counts: the gamma function goes
    through the factorials. Credits vary less than hits and misses of the same mean, so that the
    interval is then a little wide rather than narrow.

    Args:
        right: TP of each document.
        sizes: n = G + P - TP of each; those of 0 say nothing. One at least is greater.
    """
    import numpy as np

    tp, n = np.asarray(right, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    groups = [_grouped(counts) for counts in (tp, n - tp, n)]
    half_pi = math.pi / 2
    mean = spread = (0.0, half_pi)
    for points in (_COARSE, _COARSE):
        mean_edges, spread_edges = _edges(mean, points[0]), _edges(spread, points[1])
        close = _log_posterior(mean_edges, spread_edges, groups) > -_NEGLIGIBLE
        mean = _range(mean_edges, np.any(close, axis=1))
        spread = _range(spread_edges, np.any(close, axis=0))
    mean_edges, spread_edges = _edges(mean, _FINE[0]), _edges(spread, _FINE[1])
    mass = np.exp(_log_posterior(mean_edges, spread_edges, groups)).sum(axis=1)
    below = np.concatenate([[0.0], np.cumsum(mass)])
    tails = ((1 - CONFIDENCE) / 2 * below[-1], (1 + CONFIDENCE) / 2 * below[-1])
    low, high = (math.sin(float(angle)) ** 2 for angle in np.interp(tails, below, mean_edges))
    return Interval(
        _to_f1(low) if tp.any() else 0.0,
        _to_f1(high) if (n - tp > 0).any() else 1.0,
    )


Group = tuple["NDArray[Any]", "NDArray[Any]"]
"""Counts greater than 0 and how many documents have each."""


def _grouped(counts: NDArray[Any]) -> Group:
    import numpy as np

    values, times = np.unique(counts[counts > 0], return_counts=True)
    return values, times


def _edges(ends: tuple[float, float], cells: int) -> NDArray[Any]:
    import numpy as np

    return np.linspace(*ends, cells + 1)


def _range(edges: NDArray[Any], close: Any) -> tuple[float, float]:
    """The ends of the cells that are close, with one more cell on either side."""
    cells = close.nonzero()[0]
    return float(edges[max(cells[0] - 1, 0)]), float(edges[min(cells[-1] + 2, len(edges) - 1)])


def _log_posterior(
    mean_edges: NDArray[Any], spread_edges: NDArray[Any], groups: Sequence[Group]
) -> NDArray[Any]:
    """The logarithm of the posterior in the middle of each cell, its greatest value 0.

    The angles a and b with μ = sin² a and ρ = sin² b have the priors 1 and cos⁴ b. A document's
    likelihood is B(α + TP, β + n - TP) / B(α, β) with α + β = (1 - ρ)/ρ = 1/tan² b, α = μ(α + β):
    rising factorials of α, β and α + β, each of which depends on one count only.
    """
    import numpy as np

    a, b = ((edges[1:] + edges[:-1]) / 2 for edges in (mean_edges, spread_edges))
    total = 1 / np.tan(b) ** 2
    right, wrong, all_items = groups
    log = _rising(np.sin(a)[:, np.newaxis] ** 2 * total, right)
    log = log + _rising(np.cos(a)[:, np.newaxis] ** 2 * total, wrong) - _rising(total, all_items)
    log = log + 4 * np.log(np.cos(b))
    return np.asarray(log - log.max())


def _rising(base: NDArray[Any], group: Group) -> NDArray[Any]:
    """The sum over documents of log Γ(base + count) - log Γ(base)."""
    from scipy.special import gammaln

    values, times = group
    risen = gammaln(base[..., None] + values) @ times.astype(float)
    return risen - times.sum() * gammaln(base)  # type: ignore[no-any-return]


def wilson(f1: float, left_out: Sequence[float], sizes: Sequence[float], floor: float) -> Interval:
    """Wilson's interval (1927) of F1 with a design effect, under which there is a floor.

    With J of all N = Σn items and v the jackknife variance of J over the D documents, the design
    effect is d = v N / (J (1 - J)) (Kish 1965; where J is 0 or 1, (J N + 1/2) / (N + 1) is in its
    place in the divisor), and m = Σn² / N the size of an item's document on average. Then

        k = max(t² d, 1.96² (1 + (m - 1) floor)) / N

    with Student's t(D - 1), and the ends are [J + k/2 ± √k √(J (1 - J) + k/4)] / (1 + k). The floor is
    for documents that happen to be equal, or without an error: the spread that they show is 0.

    Args:
        f1: the score.
        left_out: the score with each document left out.
        sizes: n = G + P - TP of each document, greater than 0; two documents or more.
        floor: the least correlation of the items of a document.
    """
    documents, items = len(sizes), math.fsum(sizes)
    j = f1 / (2 - f1)
    inner = j if 0 < j < 1 else (j * items + 0.5) / (items + 1)
    design = (
        jackknife_variance(array("d", (f1 / (2 - f1) for f1 in left_out)))
        * items
        / (inner * (1 - inner))
    )
    least = 1 + (math.fsum(n * n for n in sizes) / items - 1) * floor
    k = max(t_quantile(documents - 1) ** 2 * design, t_quantile(math.inf) ** 2 * least) / items
    half = math.sqrt(k * (j * (1 - j) + k / 4))
    low, high = (j + k / 2 - half) / (1 + k), (j + k / 2 + half) / (1 + k)
    return Interval(_to_f1(max(0.0, low)), _to_f1(min(1.0, high)))


def jackknife_variance(values: Sequence[float]) -> float:
    """(D - 1)/D Σ (θ₋d - mean)², from θ with each document left out (Tukey 1958)."""
    mean = math.fsum(values) / len(values)
    return (len(values) - 1) / len(values) * math.fsum((value - mean) ** 2 for value in values)


def t_quantile(freedom: float, confidence: float = CONFIDENCE) -> float:
    """The two-sided quantile of Student's t with so many degrees of freedom; of infinity, normal."""
    from scipy.special import ndtri, stdtrit

    point = 1 - (1 - confidence) / 2
    return float(ndtri(point) if math.isinf(freedom) else stdtrit(freedom, point))


def _to_f1(j: float) -> float:
    return 2 * j / (1 + j)
