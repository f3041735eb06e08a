"""What the nominal 95% intervals and the tests really do, on simulated systems.

    python tests/benchmarks/coverage.py [--quick] [--markdown] [--jobs N]

``--markdown`` prints the page ``docs/coverage.md``. Documents are drawn from populations whose true
score is known (``populations.py``); of LEA, which depends on the number of documents, the true value
is the mean over all runs. The library's own functions do the arithmetic; beside them stand what it
did before and what others do. A run without an interval counts as one that does not cover.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import populations
from numpy.typing import NDArray
from populations import POPULATIONS, Compared, Random, compared
from scipy.sparse import csr_matrix

from onrecord.scoring import intervals
from onrecord.scoring.clusters import ClusterTable
from onrecord.scoring.comparison import compare_layer
from onrecord.scoring.intervals import (
    Interval,
    jackknife_variance,
    score_interval,
    t_quantile,
    wilson,
)
from onrecord.scoring.report import Style, render
from onrecord.scoring.scores import LayerScore
from onrecord.scoring.statistics import (
    detectable_beyond,
    detectable_here,
    jackknife_difference,
    swap_test,
)
from onrecord.scoring.tables import CountTable

SEED = 20210324
DOCUMENTS = (2, 3, 5, 10, 20, 100)
RESAMPLES = 1000
"""Of the bootstrap; of clusters a fifth."""
SWAPS = 1000
"""Draws of the swap test where units are too many to enumerate."""
UNDERSTOOD = (0.3, 0.6, 0.85, 0.95, 0.99)
LEADS = (0.0, 0.1, 0.2)
OFF = 3
"""Points from 95 beyond which a coverage is named."""

Table = CountTable | ClusterTable
Method = Callable[[Table, Random], Interval | None]


# -- the methods ----------------------------------------------------------------------------------


def jackknife(table: Table, _: Random) -> Interval | None:
    """The delete-one jackknife with Student's t, clipped: what OnRecord had before."""
    left_out = [f1 for f1 in table.left_out() if f1 is not None]
    if len(left_out) < len(table.documents) or max(left_out) - min(left_out) < 1e-12:
        return None
    half = t_quantile(len(left_out) - 1) * math.sqrt(jackknife_variance(left_out))
    score = table.f1 or 0.0
    return Interval(max(0.0, score - half), min(1.0, score + half))


def bootstrap(table: Table, random: Random) -> Interval | None:
    """The 2.5% and 97.5% points of F1 on documents drawn anew with replacement."""
    documents = len(table.documents)
    many = isinstance(table, ClusterTable)
    weights = _resamples(random, documents, RESAMPLES // 5 if many else RESAMPLES)
    scores = lea(table, weights) if isinstance(table, ClusterTable) else _f1(table, weights)
    return Interval(*map(float, np.nanquantile(scores, [0.025, 0.975])))


def _resamples(random: Random, documents: int, number: int) -> NDArray[Any]:
    """How often each document is drawn: (samples, documents)."""
    return random.multinomial(documents, np.full(documents, 1 / documents), number)


def _f1(table: CountTable, weights: NDArray[Any]) -> NDArray[Any]:
    counts = np.array([(2 * row.tp, row.gold + row.predicted) for row in table.rows], float)
    sums = weights @ counts
    return np.asarray(sums[:, 0] / np.maximum(sums[:, 1], 1))


def lea(table: ClusterTable, weights: NDArray[Any]) -> NDArray[Any]:
    """F1 of LEA with each document taken so many times: one score a row of weights."""
    documents = {document: i for i, document in enumerate(table.documents)}

    def sums(keys: Sequence[Any], cells: Iterable[Any]) -> tuple[dict[Any, int], NDArray[Any]]:
        index = {key: i for i, key in enumerate(dict.fromkeys(keys))}
        rows, columns = [index[key] for key in keys], [documents[c.document] for c in cells]
        shape = (len(index), len(documents))
        matrix = csr_matrix(([c.n for c in cells], (rows, columns)), shape=shape)
        return index, matrix @ weights.T

    pairs, shared = sums([(c.gold, c.predicted) for c in table.cells], table.cells)
    gold, gold_sizes = sums([c.gold for c in table.gold], table.gold)
    predicted, predicted_sizes = sums([c.predicted for c in table.predicted], table.predicted)
    left = gold_sizes[[gold[one] for one, _ in pairs]]
    right = predicted_sizes[[predicted[two] for _, two in pairs]]
    counts = (left >= table.smallest) & (right >= table.smallest)

    def mean(own: NDArray[Any], sizes: NDArray[Any]) -> NDArray[Any]:
        links = np.where(own > 1, shared * (shared - 1) / np.maximum(own - 1, 1), 0.0)
        single = (left == 1) & (right == 1) & (shared == 1)
        total = np.where(sizes >= table.smallest, sizes, 0).sum(axis=0)
        return np.asarray(((links + single) * counts).sum(axis=0) / np.where(total, total, np.nan))

    recall, precision = mean(left, gold_sizes), mean(right, predicted_sizes)
    with np.errstate(invalid="ignore", divide="ignore"):
        f1 = 2 * precision * recall / (precision + recall)
    return np.where(precision + recall == 0, 0.0, f1)


def clustered_wilson(table: Table, _: Random) -> Interval | None:
    """inspect-ai's ``ci_wilson(cluster=)`` on the scale J, documents as clusters.

    Wilson on the effective number of items J(1-J)/v (Korn & Graubard 1998), at most all of them, with
    t(D - 1); all of them where J is 0 or 1 or v is 0. v is the clustered variance of the mean; of LEA
    the jackknife's.
    """
    sizes = np.array(table.sizes(), float)
    items, documents = sizes.sum(), len(sizes)
    if table.f1 is None:
        return None
    j = table.f1 / (2 - table.f1)
    if isinstance(table, CountTable):
        residuals = np.array([row.tp for row in table.rows]) - j * sizes
        variance = documents / (documents - 1) * float((residuals**2).sum()) / items**2
    else:
        left_out = [f1 for f1 in table.left_out() if f1 is not None]
        variance = jackknife_variance([f1 / (2 - f1) for f1 in left_out]) if left_out else 0.0
    known = 0 < j < 1 and variance > 0
    effective = min(items, j * (1 - j) / variance) if known else items
    k = t_quantile(documents - 1) ** 2 / effective
    half = math.sqrt(k * (j * (1 - j) + k / 4))
    ends = (max(0.0, (j + k / 2 - half) / (1 + k)), min(1.0, (j + k / 2 + half) / (1 + k)))
    return Interval(*(2 * end / (1 + end) for end in ends))


def beta_binomial(table: Table, _: Random) -> Interval | None:
    assert isinstance(table, CountTable)
    return intervals.beta_binomial([row.tp for row in table.rows], table.sizes())


def floored_wilson(table: Table, _: Random) -> Interval | None:
    counted = [n for n in table.sizes() if n]
    left_out = [f1 for f1 in table.left_out() if f1 is not None]
    assert table.f1 is not None
    return wilson(table.f1, left_out, counted, intervals.FLOOR_OF_COUNTS)


OF_CLUSTERS: Mapping[str, Method] = {
    "OnRecord": lambda table, _: score_interval(table),
    "jackknife-t": jackknife,
    "bootstrap": bootstrap,
    "clustered Wilson": clustered_wilson,
}
OF_COUNTS: Mapping[str, Method] = {
    **OF_CLUSTERS,
    "beta-binomial": beta_binomial,
    "floored Wilson": floored_wilson,
}


# -- one score ------------------------------------------------------------------------------------


class Setting(NamedTuple):
    """One population, one true score, one number of documents."""

    kind: str
    """``counts`` or ``clusters``."""
    population: str
    f1: float
    """Of clusters, the share of items that are understood."""
    documents: int
    runs: int
    seed: int


class Covered(NamedTuple):
    """A setting with the true score and, of each method, percent of runs covered and mean width.

    A method that gives no interval in any run is left out.
    """

    setting: Setting
    true: float
    shares: Mapping[str, float]
    widths: Mapping[str, float]


def settings(quick: bool) -> list[Setting]:
    found = [
        ("counts", population.name, f1, documents, 500)
        for population in POPULATIONS
        for documents in DOCUMENTS
        for f1 in population.f1s
    ]
    found += [
        ("clusters", name, understood, documents, {20: 300, 100: 150}.get(documents, 500))
        for name in ("names", "utterances")
        for documents in DOCUMENTS
        for understood in UNDERSTOOD
    ]
    return [
        Setting(kind, name, f1, documents, 2 if quick else runs, number)
        for number, (kind, name, f1, documents, runs) in enumerate(found)
    ]


def cover(setting: Setting) -> Covered:
    """Run a setting."""
    random = np.random.default_rng([SEED, setting.seed])
    methods = OF_COUNTS if setting.kind == "counts" else OF_CLUSTERS
    draw, true = _drawing(setting)
    ends: dict[str, list[Interval | None]] = {name: [] for name in methods}
    scores = []
    for _ in range(setting.runs):
        table = draw(random)
        scores.append(table.f1 or 0.0)
        for name, method in methods.items():
            ends[name].append(method(table, random))
    true = math.fsum(scores) / len(scores) if true is None else true
    shares, widths = {}, {}
    for name, all in ends.items():
        given = [one for one in all if one is not None]
        if given:
            shares[name] = 100 * sum(one.low <= true <= one.high for one in given) / len(all)
            widths[name] = math.fsum(one.high - one.low for one in given) / len(given)
    return Covered(setting, true, shares, widths)


def _drawing(setting: Setting) -> tuple[Callable[[Random], Table], float | None]:
    documents, f1 = setting.documents, setting.f1
    if setting.kind == "clusters":
        make = {"names": populations.names, "utterances": populations.utterances}
        return (lambda random: make[setting.population](random, documents, f1)), None
    population = next(one for one in POPULATIONS if one.name == setting.population)
    draw = population.at(f1)
    return (lambda random: draw(random, documents).system(random)), population.true(f1)


# -- two systems ----------------------------------------------------------------------------------


class Contest(NamedTuple):
    """Two systems, or ten; how they differ and on how many documents."""

    name: str
    documents: int
    f1s: tuple[float, ...]
    apart: float
    runs: int
    seed: int


class Decided(NamedTuple):
    """A contest with percent of runs (and the mean power of one test) by name."""

    contest: Contest
    shares: Mapping[str, float | None]


def contests(quick: bool) -> list[Contest]:
    found = []
    for documents in DOCUMENTS:
        for name, apart in (("alike in each document", 0.0), ("each with luck of its own", 0.7)):
            for base in (0.5, 0.8, 0.95):
                for lead in LEADS if base == 0.5 else LEADS[:1]:
                    found.append((name, documents, (base + lead, base), apart, 500))
    found += [("ten equal systems", documents, (0.5,) * 10, 0.0, 200) for documents in (5, 10, 20)]
    return [Contest(*one[:-1], 2 if quick else one[-1], number) for number, one in enumerate(found)]


def decide(contest: Contest) -> Decided:
    """Run a contest."""
    random = np.random.default_rng([SEED, 7, contest.seed])
    shares: dict[str, list[float]] = defaultdict(list)
    for _ in range(contest.runs):
        systems = compared(random, contest.documents, contest.f1s, contest.apart)
        for name, value in (_pair if len(systems) == 2 else _many)(systems, contest, random):
            shares[name].append(value)
    return Decided(contest, {name: 100 * float(np.mean(v)) for name, v in shares.items()})


def _pair(
    systems: Sequence[Compared], contest: Contest, random: Random
) -> Iterable[tuple[str, float]]:
    one, other = systems
    lead = contest.f1s[0] - contest.f1s[1]
    difference = jackknife_difference(one.documents, other.documents)
    interval = difference.interval
    yield "jackknife-t covers", interval is not None and interval.low <= lead <= interval.high
    low, high = _paired_bootstrap(one.documents, other.documents, random)
    yield "bootstrap covers", low <= lead <= high
    yield "p here", swap_test(one.units, other.units, samples=SWAPS).p <= 0.05
    yield "p beyond", swap_test(one.documents, other.documents, samples=SWAPS).p <= 0.05
    yield "0 outside", interval is not None and not interval.low <= 0 <= interval.high
    yield "detects here", detectable_here(one.units, other.units) or 0.0
    yield "detects beyond", detectable_beyond(difference, contest.documents) or 0.0


def _paired_bootstrap(one: CountTable, other: CountTable, random: Random) -> tuple[float, float]:
    weights = _resamples(random, len(one.documents), RESAMPLES)
    gaps = _f1(one, weights) - _f1(other, weights)
    low, high = np.quantile(gaps, [0.025, 0.975])
    return float(low), float(high)


def _many(
    systems: Sequence[Compared], contest: Contest, random: Random
) -> Iterable[tuple[str, float]]:
    scores = {}
    for number, one in enumerate(systems):
        table = one.documents
        scores[f"s{number}"] = LayerScore(table.f1, None, None, None, table, one.units)
    pairs = compare_layer(scores).pairs
    yield "p here", any(pair.here is not None and pair.here.resolved for pair in pairs)
    yield "p beyond", any(pair.beyond.resolved for pair in pairs)


# -- the page -------------------------------------------------------------------------------------


def number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def summary(found: Sequence[Covered], methods: Iterable[str], style: Style) -> str:
    """Lowest to highest coverage over the true scores, with the mean width."""
    groups: dict[tuple[str, int], list[Covered]] = defaultdict(list)
    for one in found:
        groups[one.setting.population, one.setting.documents].append(one)
    rows = []
    for (population, documents), group in groups.items():
        cells = []
        for name in methods:
            shares = [one.shares[name] for one in group if name in one.shares]
            widths = [one.widths[name] for one in group if name in one.widths]
            range = f"{min(shares):.0f}-{max(shares):.0f}" if shares else "none"
            cells.append(f"{range} ({math.fsum(widths) / len(widths):.2f})" if widths else range)
        rows.append([population, str(documents), *cells])
    return render(["population", "docs", *methods], rows, style)


def by_score(found: Sequence[Covered], style: Style) -> str:
    """What OnRecord's interval covers, by true score."""
    groups: dict[tuple[str, int], dict[float, float]] = defaultdict(dict)
    for one in found:
        shares = groups[one.setting.population, one.setting.documents]
        if "OnRecord" in one.shares:
            shares[one.setting.f1] = one.shares["OnRecord"]
    scores = sorted({one.setting.f1 for one in found})
    rows = [
        [population, str(documents), *(number(shares.get(score)) for score in scores)]
        for (population, documents), shares in groups.items()
    ]
    return render(["population", "docs", *(f"{score:g}" for score in scores)], rows, style)


def far_off(found: Sequence[Covered], style: Style) -> str:
    """Where even the method that is nearest to 95 is off by more than three points."""
    rows = []
    for one in found:
        nearest = min(one.shares, key=lambda name: abs(one.shares[name] - 95))
        if abs(one.shares[nearest] - 95) > OFF:
            setting = one.setting
            rows.append(
                [
                    setting.population,
                    str(setting.documents),
                    f"{one.true:.2f}",
                    number(one.shares.get("OnRecord"), 1),
                    number(one.shares[nearest], 1),
                    nearest,
                ]
            )
    return render(["population", "docs", "true", "OnRecord", "best", "which"], rows, style)


PAIRED = ("jackknife-t covers", "bootstrap covers", "p here", "p beyond")


def pairs_table(found: Sequence[Decided], style: Style) -> str:
    rows = []
    for contest, shares in found:
        if len(contest.f1s) == 2:
            lead = contest.f1s[0] - contest.f1s[1]
            detects = (f"{shares[f'detects {level}'] / 100:.2f}" for level in ("here", "beyond"))  # type: ignore[operator]
            cells = [number(shares[name]) for name in PAIRED]
            row = [contest.name, str(contest.documents), f"{contest.f1s[1]:g}", f"{lead:.1f}"]
            rows.append([*row, *cells, *detects])
    heads = ["two systems", "docs", "F1", "lead", *PAIRED, "detects here", "detects beyond"]
    return render(heads, rows, style)


def many_table(found: Sequence[Decided], style: Style) -> str:
    rows = [
        [contest.name, str(contest.documents), *(number(shares[n]) for n in ("p here", "p beyond"))]
        for contest, shares in found
        if len(contest.f1s) > 2
    ]
    return render(["systems", "docs", "resolved here", "resolved beyond"], rows, style)


def report(scores: Sequence[Covered], decided: Sequence[Decided], style: Style) -> str:
    """Everything, as a page or as text."""
    counts = [one for one in scores if one.setting.kind == "counts"]
    clusters = [one for one in scores if one.setting.kind == "clusters"]
    clusters_score = "Of LEA, by the share of items that the system understands:"
    parts = [
        HEAD,
        SCORES,
        summary(counts, OF_COUNTS, style),
        CLUSTERS,
        summary(clusters, OF_CLUSTERS, style),
        BY_SCORE,
        by_score(counts, style),
        clusters_score,
        by_score(clusters, style),
        FAR_OFF,
        far_off(scores, style),
        PAIRS,
        pairs_table(decided, style),
        MANY,
        many_table(decided, style),
    ]
    return "\n\n".join(parts) + "\n"


HEAD = """# What the intervals cover, and what the tests find

Made by `python tests/benchmarks/coverage.py --markdown > docs/coverage.md`; not edited by hand.
All figures but widths are percent of simulated runs: 500 a setting (of clusters 300 with twenty
documents, 150 with a hundred), so that a coverage of 95 is known to about one point either way."""
SCORES = """## One score: entities, quotes, stances

Each cell: the lowest and the highest coverage over true F1 of .05, .2, .5, .8, .95 and .98, and the
mean width of the interval. Aim: 95.

- *OnRecord* is the beta-binomial with fewer than ten documents, the floored Wilson from ten on.
- *jackknife-t* is what OnRecord had before; *bootstrap* the percentile bootstrap over documents;
  *clustered Wilson* that of inspect-ai. They stand here on the same scale and the same documents.
- *alike*: all documents equally hard; *beta*, *logit-normal*: unequally, whatever their size (*few
  items*: 4 a document in place of 20; *gold's sizes*: 61 to 92); *harder when large*: twice the items,
  half the odds; *over-predicting*: precision half of recall, to F1 of .6; *one in ten broken*: nothing
  is predicted there."""
CLUSTERS = """## One score: linking and utterances

OnRecord's is the floored Wilson, with a higher floor; with two documents it gives none. The share of
items that the system understands goes from .3 to .99."""
BY_SCORE = """## OnRecord's interval by true F1

Of F1 (of *one in ten broken*, of the documents that are not):"""
FAR_OFF = f"""## Where even the best is off by more than {OFF} points

Above 98 an interval is too wide, which errs on the safe side; below 92 it is too narrow."""
PAIRS = """## Two systems

*jackknife-t covers*, *bootstrap covers*: the interval of the difference over documents holds the true
one, which is the lead. *p here*, *p beyond*: p is at most .05 when passages, or documents, are swapped;
with a lead of 0 that is a false alarm, else it is power. *detects*: the mean of what the library says
would be found in 80% of cases. Documents have seven passages of three items.

Where each system has its own luck with a document, two systems that are equal beyond these documents
are not equal on them, and the test on these documents finds that: its alarms are right there, and are
no ground to say anything of other documents. That is why the two levels are never mixed."""
MANY = """## Ten equal systems

Runs in which the leader is called better than at least one of the other nine. The leader is the best of
ten by the same scores, which Holm's method does not know of."""


def main() -> None:
    parser = argparse.ArgumentParser(description="How far the intervals and tests keep to 95%.")
    parser.add_argument("--quick", action="store_true", help="few runs: to see that it works")
    parser.add_argument("--markdown", action="store_true", help="the page docs/coverage.md")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    given = parser.parse_args()
    with ProcessPoolExecutor(given.jobs) as pool:
        scores = list(pool.map(cover, settings(given.quick), chunksize=4))
        decided = list(pool.map(decide, contests(given.quick)))
    sys.stdout.write(report(scores, decided, "markdown" if given.markdown else "plain"))


if __name__ == "__main__":
    main()
