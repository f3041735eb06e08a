"""How sure it is that one system is better than another: on these articles, and beyond them.

Two questions, never mixed. *Beyond* these articles the unit is the document: would the difference be
found on other documents of their kind? *On* them the unit is smaller (a passage, or a cell of a
document and a target): does one system do better here, other than by chance from unit to unit? All is
arithmetic on tables of counts, a unit a row; nothing is scored again, and the order of rows never
matters.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from onrecord.scoring.intervals import Interval, jackknife_variance, t_quantile
from onrecord.scoring.tables import CountTable, Row, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOLERANCE = 1e-12
"""Scores that are closer than this are the same."""
ENUMERATED = 16
"""Up to so many units that differ, the swap test goes through every assignment."""
POWER = 0.8
"""The share of cases in which a difference that counts as detectable is found."""


class Difference(msgspec.Struct, frozen=True):
    """The F1 of one system minus that of another; None where it is not defined or not known."""

    value: float | None
    interval: Interval | None
    error: float | None
    """The standard error."""


class SwapTest(msgspec.Struct, frozen=True):
    """The p of a swap test, the smallest that it could have given, and whether these are exact."""

    p: float
    smallest: float
    """Of these units' counts, had the better of each been the same system's, or any other way
    round; where assignments are drawn, 1 / (1 + samples)."""
    exact: bool


class Wins(msgspec.Struct, frozen=True):
    """On how many documents the first system is better, the second is, or neither."""

    first: int
    second: int
    ties: int


class RankRange(msgspec.Struct, frozen=True):
    """The best and the worst rank of a system; 1 is the best there is."""

    best: int
    worst: int


def jackknife_difference(one: Table, other: Table) -> Difference:
    """How far apart two systems' F1 is, with the 95% delete-one jackknife interval over documents.

    θ ± t(D-1) · sqrt((D-1)/D · Σ(θ₋d - mean)²) with θ = F1 of one minus F1 of the other, each document
    left out of both: Tukey's jackknife variance with Student's t (Efron & Tibshirani 1993, chapter
    11); clipped to [-1, 1]. It is None where F1 is not defined with a document left out, where the
    difference does not change by leaving any out, since then nothing is known of its spread, and for
    fewer than two documents.

    Of two equal systems it leaves out 0 in at most 7% of runs in simulation (``docs/coverage.md``);
    that is why it is kept where the interval of one score is another.

    Raises:
        ValueError: the tables are of different documents.
    """
    _require_same_documents(one, other)
    value = _minus(one.f1, other.f1)
    left, right = _by_id(one, one.left_out()), _by_id(other, other.left_out())
    error = _error([_minus(left[id], right[id]) for id in one.documents])
    if value is None or error is None:
        return Difference(value, None, None)
    half = t_quantile(len(one.documents) - 1) * error
    return Difference(value, Interval(max(-1.0, value - half), min(1.0, value + half)), error)


def detectable_beyond(difference: Difference, documents: int) -> float | None:
    """The true difference that its interval would tell from 0 in 80% of samples of documents.

    (t₀.₉₇₅ + t₀.₈₀) · error with D - 1 degrees of freedom, the minimum detectable effect of Bloom
    (1995); of one test at 5%, before p is adjusted. None where the error is not known.
    """
    if difference.error is None:
        return None
    freedom = documents - 1
    return (t_quantile(freedom) + t_quantile(freedom, 2 * POWER - 1)) * difference.error


def detectable_here(one: CountTable, other: CountTable) -> float | None:
    """The true difference on these articles that the test over units would find in 80% of cases.

    (1.96 + 0.84) · sqrt(n/(n-1) · Σ(dᵤ - eᵤ)²), with dᵤ = (2 TPᵤ - F (Gᵤ + Pᵤ)) / (G + P) what unit u
    adds to one system's F1 by the delta method, eᵤ to the other's, and n the units in which a system
    or the gold has an item. Of one test at 5%, before p is adjusted. None where the units' counts do
    not differ.
    """
    one, other = aligned(one, other)
    gaps = _shares(one) - _shares(other)
    units = len(one.rows)
    variance = float((gaps**2).sum())
    if units < 2 or variance < TOLERANCE**2:
        return None
    normal = t_quantile(math.inf) + t_quantile(math.inf, 2 * POWER - 1)
    return normal * math.sqrt(variance * units / (units - 1))


def _shares(table: CountTable) -> NDArray[Any]:
    """What each unit adds to F1 by the delta method; the sum is 0."""
    import numpy as np

    counts = _counts(table)
    total = max(float(counts[:, 1].sum()), 1.0)
    f1 = float(counts[:, 0].sum()) / total
    return np.asarray((counts[:, 0] - f1 * counts[:, 1]) / total)


def aligned(one: CountTable, other: CountTable) -> tuple[CountTable, CountTable]:
    """Both tables with a row for each unit of either, in the order of their ids.

    Tables of units leave out those without an item, which a system may have where the other has none.
    """
    left, right = ({row.document: row for row in table.rows} for table in (one, other))
    units = sorted(left.keys() | right.keys())

    def all(rows: Mapping[str, Row]) -> CountTable:
        none = (Row(document=unit, tp=0, gold=0, predicted=0) for unit in units)
        return CountTable(tuple(rows.get(row.document, row) for row in none))

    return all(left), all(right)


def swap_test(
    one: CountTable, other: CountTable, *, seed: int = 0, samples: int = 10_000
) -> SwapTest:
    """The paired randomisation test of no difference in F1 that swaps whole units.

    Fisher's randomisation test as Yeh (2000), Berg-Kirkpatrick et al. (2012) and Dror et al. (2018)
    use it for F1: if the systems are alike, each unit's counts could as well be the other system's. p
    is the share of assignments of the units' counts to the systems in which the F1 differ at least as
    much as they do, on either side. Units on which both have the same counts change nothing and are
    left out. Up to 16 others, p is exact, over all 2^n assignments, and at least 2^(1-n), since the
    assignment that was seen and its mirror image always count; ``smallest`` is the share of the
    assignments whose difference is the greatest. Beyond, p is (1 + e) / (1 + samples) with e of the
    drawn assignments as extreme (Davison & Hinkley 1997, section 4.2.5). A system without anything in
    gold and prediction counts as 0 here.

    Args:
        one: a system's table, of documents or of smaller units.
        other: another's.
        seed: of the drawing, where assignments are drawn.
        samples: how many are drawn.

    Raises:
        TypeError: a table is not of counts. Scores of clusters tie documents together, so that
            swapping whole units is no valid test of them: it alarms too often.
        ValueError: the tables are of different units (see :func:`aligned`).
    """
    if not isinstance(one, CountTable) or not isinstance(other, CountTable):
        raise TypeError("swapping units is a test for tables of counts only")
    _require_same_documents(one, other)
    import numpy as np

    first, second = _counts(one), _counts(other)
    gaps = first - second
    gaps = gaps[gaps.any(axis=1)]
    totals = first.sum(axis=0), second.sum(axis=0)
    observed = abs(_f1(totals[0]) - _f1(totals[1]))
    exact = len(gaps) <= ENUMERATED
    extreme = greatest = 0
    for swapped in _every(len(gaps)) if exact else _drawn(len(gaps), samples, seed):
        moved = swapped @ gaps
        difference = np.abs(_f1(totals[0] - moved) - _f1(totals[1] + moved))
        extreme += int(np.count_nonzero(difference >= observed - TOLERANCE))
        greatest = int(np.count_nonzero(difference >= difference.max() - TOLERANCE))
    if exact:
        number = 2 ** len(gaps)
        return SwapTest(extreme / number, greatest / number, exact=True)
    return SwapTest((1 + extreme) / (1 + samples), 1 / (1 + samples), exact=False)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """The p values adjusted for their number by Holm's step-down method (Holm 1979).

    Those that are None are no tests: they stay None and do not count.
    """
    known = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, index) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        adjusted[index] = highest
    return adjusted


def wins(one: Table, other: Table) -> Wins:
    """On how many documents each system's F1 is the better one.

    A document counts by itself (of clusters, what lies in it). Where a score is not defined, it is
    a tie.

    Raises:
        ValueError: the tables are of different documents.
    """
    _require_same_documents(one, other)
    left, right = _by_id(one, one.alone()), _by_id(other, other.alone())
    gaps = [_minus(left[id], right[id]) or 0.0 for id in one.documents]
    first = sum(gap > TOLERANCE for gap in gaps)
    second = sum(gap < -TOLERANCE for gap in gaps)
    return Wins(first, second, len(gaps) - first - second)


def rank_ranges(tables_by_system: Mapping[str, Table]) -> dict[str, RankRange]:
    """Each system's best and worst rank by F1 when any one document is left out, or none.

    The best F1 has rank 1, equal ones share the better rank, one that is not defined counts as 0.

    Raises:
        ValueError: the tables are of different documents.
    """
    tables = list(tables_by_system.values())
    for table in tables[1:]:
        _require_same_documents(tables[0], table)
    documents = tables[0].documents if tables else ()
    scorings = [[table.f1 for table in tables]]
    left_out = [_by_id(table, table.left_out()) for table in tables]
    scorings += [[scores[id] for scores in left_out] for id in documents]
    rankings = [_ranks([score or 0.0 for score in scores]) for scores in scorings]
    return {
        name: RankRange(min(ranks), max(ranks))
        for name, ranks in zip(tables_by_system, zip(*rankings, strict=True), strict=True)
    }


def _error(left_out: Sequence[float | None]) -> float | None:
    """The jackknife standard error, from the values with each document left out."""
    values = [value for value in left_out if value is not None]
    if len(left_out) < 2 or len(values) < len(left_out) or max(values) - min(values) < TOLERANCE:
        return None
    return math.sqrt(jackknife_variance(values))


def _by_id(table: Table, scores: Sequence[float | None]) -> dict[str, float | None]:
    """The scores, one for each of the table's documents, by its id."""
    return dict(zip(table.documents, scores, strict=True))


def _minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _ranks(scores: Sequence[float]) -> list[int]:
    return [1 + sum(other > score + TOLERANCE for other in scores) for score in scores]


def _require_same_documents(one: Table, other: Table) -> None:
    if sorted(one.documents) != sorted(other.documents):
        raise ValueError("the tables are of different documents")


def _counts(table: CountTable) -> NDArray[Any]:
    """2 TP and G + P of each document, one a row, in the order of their ids."""
    import numpy as np

    rows = sorted(table.rows, key=lambda row: row.document)
    counts = [(2 * row.tp, row.gold + row.predicted) for row in rows]
    return np.array(counts, dtype=np.float64).reshape(-1, 2)


def _f1(counts: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    return np.asarray(counts[..., 0] / np.maximum(counts[..., 1], 1.0))


def _every(count: int) -> Iterator[NDArray[Any]]:
    """All assignments of so many documents: 1 is swapped, 0 is not; one assignment a row."""
    import numpy as np

    numbers = np.arange(2**count)[:, np.newaxis]
    yield (numbers >> np.arange(count) & 1).astype(np.float64)


def _drawn(count: int, samples: int, seed: int) -> Iterator[NDArray[Any]]:
    """So many random assignments, in parts that fit into little memory."""
    import numpy as np

    generator = np.random.default_rng(seed)
    part = 256
    for start in range(0, samples, part):
        size = (min(part, samples - start), count)
        yield generator.integers(0, 2, size=size, dtype=np.uint8).astype(np.float64)
