"""What the intervals and tests on the probes do, on simulated systems.

    python tests/benchmarks/power.py [--quick] [--markdown]

``--markdown`` prints the page ``docs/power.md``. A set has three members in two dresses. What a system
does on a set depends on how hard the set is for every system, how hard it is for this one, and chance:
logit of the probability that a member is right = level + shared + own, both normal. The true shares
come from many more sets than are drawn. The library's own functions do the arithmetic.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from onrecord.probes.comparison import ALPHA, compare_pairs, paired_p
from onrecord.probes.table import Cell, ProbeTable, SetRow, exact_interval, ratio_interval
from onrecord.scoring.report import Style, render

SEED = 20260324
CELLS = 6
"""Three members in two dresses."""
SETS = (35, 47, 60, 75, 180)
"""As many as the layers have, and as all must have together."""
LEVELS = {"weak": -1.5, "middling": 0.5, "strong": 3.0}
"""The level of the weaker system."""
SPREADS = {"alike": (1.0, 0.5), "unlike": (1.0, 1.5)}
"""How far sets differ for every system, and for this one alone: systems that fail on the same sets, and
systems that fail on others."""
PAIRS = (1, 45)
"""Pairs of systems of a layer: two systems, ten systems. Holm's method then asks the first for p <= .01
divided by so many."""
MANY = 200_000
"""Sets by which true shares are known."""

Right = NDArray[Any]
"""How many of the six cells of each set are right."""


def drawn(random: np.random.Generator, level: float, shared: Right, own: float) -> Right:
    """The members right of a system in each set."""
    logit = level + shared + own * random.standard_normal(shared.shape)
    return random.binomial(CELLS, 1 / (1 + np.exp(-logit)))


class Truth(NamedTuple):
    sets: float
    members: float


def truth(level: float, spread: tuple[float, float]) -> Truth:
    random = np.random.default_rng(SEED)
    right = drawn(random, level, spread[0] * random.standard_normal(MANY), spread[1])
    return Truth(float((right == CELLS).mean()), float(right.mean() / CELLS))


def swap_p(differences: NDArray[Any]) -> float:
    """As :func:`paired_p`, in floating point and fast."""
    sizes = np.abs(differences[differences != 0]).astype(int)
    observed = abs(int(differences.sum()))
    reach = int(sizes.sum())
    ways = np.zeros(2 * reach + 1)
    ways[reach] = 1.0
    for size in sizes:
        ways = (np.roll(ways, size) + np.roll(ways, -size)) / 2
    totals = np.abs(np.arange(-reach, reach + 1))
    return float(min(1.0, ways[totals >= observed].sum()))


def p_values(one: Right, other: Right) -> dict[str, float]:
    sets = (one == CELLS).astype(int) - (other == CELLS).astype(int)
    return {"sets": swap_p(sets), "members": swap_p(one - other)}


class Found(NamedTuple):
    """What the tests found at one lead of the better system, in shares of the runs."""

    lead: dict[str, float]
    """The true difference, of sets and of members."""
    power: dict[tuple[str, int], float]
    """By what is counted and the number of pairs."""


def found(runs: int, sets: int, level: float, spread: tuple[float, float], step: float) -> Found:
    weak, strong = truth(level, spread), truth(level + step, spread)
    random = np.random.default_rng([SEED, sets, int(100 * step), int(10 * level) % 1000])
    hits: dict[tuple[str, int], int] = dict.fromkeys(itertools.product(weak._fields, PAIRS), 0)
    for _ in range(runs):
        shared = spread[0] * random.standard_normal(sets)
        better = drawn(random, level + step, shared, spread[1])
        other = drawn(random, level, shared, spread[1])
        for count, p in p_values(better, other).items():
            for pairs in PAIRS:
                hits[count, pairs] += p <= ALPHA / pairs
    lead = {count: getattr(strong, count) - getattr(weak, count) for count in weak._fields}
    return Found(lead, {key: number / runs for key, number in hits.items()})


def smallest(steps: list[Found], count: str, pairs: int) -> float | None:
    """The least true difference that four of five runs find, between the leads that were tried."""
    for before, after in itertools.pairwise(steps):
        low, high = before.power[count, pairs], after.power[count, pairs]
        if low < 0.8 <= high:
            part = (0.8 - low) / (high - low)
            return before.lead[count] + part * (after.lead[count] - before.lead[count])
    return None


def power_rows(quick: bool) -> Iterator[list[str]]:
    runs, leads = (40, (0.0, 1.5, 4.0)) if quick else (500, tuple(0.25 * n for n in range(17)))
    for sets, (who, level), (how, spread) in itertools.product(
        SETS, LEVELS.items(), SPREADS.items()
    ):
        steps = [found(runs, sets, level, spread, step) for step in leads]
        weak = truth(level, spread)
        cells = [
            _points(smallest(steps, count, pairs)) for count in Truth._fields for pairs in PAIRS
        ]
        wrong = max(steps[0].power[count, 1] for count in Truth._fields)
        start = f"{who} ({100 * weak.sets:.0f}, {100 * weak.members:.0f})"
        yield [str(sets), start, how, *cells, f"{100 * wrong:.1f}"]


def _points(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f}"


def coverage_rows(quick: bool) -> Iterator[list[str]]:
    runs = 40 if quick else 1000
    for sets, (who, level), (how, spread) in itertools.product(
        SETS, LEVELS.items(), SPREADS.items()
    ):
        true, better = truth(level, spread), truth(level + 1, spread)
        random = np.random.default_rng([SEED, 7, sets, int(10 * level) % 1000])
        covered = dict.fromkeys(("sets", "members", "difference", "members difference"), 0)
        for _ in range(runs):
            shared = spread[0] * random.standard_normal(sets)
            one = drawn(random, level, shared, spread[1])
            other = drawn(random, level + 1, shared, spread[1])
            intervals = {
                "sets": (exact_interval(int((one == CELLS).sum()), sets), true.sets),
                "members": (ratio_interval([(int(n), CELLS) for n in one]), true.members),
            }
            for count, name in (("sets", "difference"), ("members", "members difference")):
                [pair] = compare_pairs({"a": _table(one), "b": _table(other)}, count)  # type: ignore[arg-type]
                sign = 1 if pair.better == "b" else -1
                lead = sign * (getattr(better, count) - getattr(true, count))
                intervals[name] = (pair.interval, lead)
            for name, (known, value) in intervals.items():
                covered[name] += known is not None and known.low <= value <= known.high
        shares = (f"{100 * covered[name] / runs:.0f}" for name in covered)
        yield [str(sets), who, how, *shares]


def _table(right: Right) -> ProbeTable:
    rows = (
        SetRow(
            set=str(number),
            phenomenon="simulated",
            layer="quotes",
            cells=tuple(
                Cell(member=str(cell), dress="real", change=None, right=cell < n)
                for cell in range(CELLS)
            ),
        )
        for number, n in enumerate(right)
    )
    return ProbeTable(tuple(rows))


PAGE = """# What the tests on the probes find

Made by `python tests/benchmarks/power.py --markdown > docs/power.md`; not edited by hand. All figures are
percent, of simulated systems. A set has six passages: three members in two dresses. Sets are not equally
hard; *alike* systems fail on much the same sets, *unlike* ones on others.

## The smallest difference that is found

Each cell: by how many points the better of two systems must truly be ahead, so that four of five runs
resolve it (p at most .01). *Start* is where the weaker one stands: its true shares of sets and of members
right. *1 pair*: two systems; *45 pairs*: ten systems, for the pair that Holm's method asks most of. –: no
lead that was tried is enough, since all that is left to gain is too little. *False*: how often two equal
systems are told apart, the larger of both tests; at most 1 is promised.

{power}

## What the intervals cover

How often the interval holds the true value; the aim is 95. *Sets*: the exact interval of the share of sets
right. *Members*: that of members right. The last two are of the difference of two systems, one a step ahead.

{coverage}
"""


def report(quick: bool, style: Style) -> str:
    check()
    power = render(
        [
            "sets",
            "start",
            "systems",
            "sets: 1 pair",
            "45 pairs",
            "members: 1 pair",
            "45 pairs",
            "false",
        ],
        list(power_rows(quick)),
        style,
    )
    coverage = render(
        ["sets", "start", "systems", "sets", "members", "difference of sets", "of members"],
        list(coverage_rows(quick)),
        style,
    )
    return PAGE.format(power=power, coverage=coverage)


def check() -> None:
    """The fast p is the library's."""
    random = np.random.default_rng(SEED)
    for _ in range(20):
        differences = random.integers(-CELLS, CELLS + 1, 30)
        assert math.isclose(swap_p(differences), paired_p(differences.tolist()), rel_tol=1e-9)


def main() -> None:
    parser = argparse.ArgumentParser(description="What the tests on the probes find.")
    parser.add_argument("--quick", action="store_true", help="few runs: to see that it works")
    parser.add_argument("--markdown", action="store_true", help="the page docs/power.md")
    given = parser.parse_args()
    sys.stdout.write(report(given.quick, "markdown" if given.markdown else "plain"))


if __name__ == "__main__":
    main()
