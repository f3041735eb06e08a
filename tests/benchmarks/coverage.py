"""What the nominal 95% intervals and the swap test really do, on simulated systems.

    python tests/benchmarks/coverage.py [--quick]

Documents are drawn from a population whose F1 is known; they are of uneven size (a negative
binomial of mean 20 gold items) and difficulty (a beta of the wanted mean, 10 as its concentration).
Two systems meet the same documents with the same difficulties and err independently:

counts   both err in the same way: TP binomial, false positives Poisson, F1 as wanted exactly
unlike   the same F1 by other ways: the second predicts fewer items, more of them right
clusters LEA over names of a cast of 30 (frequencies as 1/rank); a name that is not understood is
         a cluster of its own or goes to someone else; the true value is the mean LEA of corpora of
         that many documents, taken over all runs

The library's own functions do the arithmetic; a run without an interval counts as one that does
not cover, and as no false alarm.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from onrecord.scoring.clusters import ClusterTable, cluster_table
from onrecord.scoring.report import render
from onrecord.scoring.statistics import (
    Interval,
    jackknife_difference,
    jackknife_interval,
    swap_test,
)
from onrecord.scoring.tables import CountTable, Row

SEED = 20210324
CAST = 30
CONCENTRATION = 10
UNDERSTOOD = 0.85
SAMPLES = 1_000
"""Draws of the swap test where documents are too many to enumerate."""

Table = CountTable | ClusterTable
Draw = Callable[[np.random.Generator, int], tuple[Table, Table]]


class Regime(NamedTuple):
    name: str
    f1: float | None
    documents: int
    runs: int
    draw: Draw


class Outcome(NamedTuple):
    """What one run gave: the first system's F1 and interval, and what compares it to the second."""

    f1: float
    interval: Interval | None
    difference: Interval | None
    p: float | None


def regimes(quick: bool) -> list[Regime]:
    runs = {5: 3000, 10: 3000, 20: 3000}
    cluster_runs = {5: 1000, 10: 500, 20: 250}
    if quick:
        runs, cluster_runs = dict.fromkeys(runs, 50), dict.fromkeys(runs, 10)
    found = [
        Regime("counts", f1, documents, runs[documents], like(f1))
        for f1 in (0.05, 0.2, 0.5, 0.8, 0.95, 0.98)
        for documents in runs
    ]
    found += [Regime("unlike", 0.5, documents, runs[documents], unlike) for documents in runs]
    return found + [
        Regime("clusters", None, documents, cluster_runs[documents], clusters) for documents in runs
    ]


def like(f1: float) -> Draw:
    def draw(random: np.random.Generator, documents: int) -> tuple[Table, Table]:
        gold, ease = articles(random, documents, f1)
        return counts(random, gold, ease, 1 - ease), counts(random, gold, ease, 1 - ease)

    return draw


def unlike(random: np.random.Generator, documents: int) -> tuple[Table, Table]:
    """F1 of .5 twice: 2·.5/(1 + 1), and 2·.4/(1 + .6)."""
    gold, ease = articles(random, documents, 0.5)
    return counts(random, gold, ease, 1 - ease), counts(random, gold, 0.8 * ease, 0.4 * (1 - ease))


def articles(
    random: np.random.Generator, documents: int, mean: float
) -> tuple[np.ndarray, np.ndarray]:
    """Gold items and ease (the share of them that a system gets right, on average) of each."""
    gold = 1 + random.poisson(random.gamma(2, 9.5, documents))
    ease = random.beta(CONCENTRATION * mean, CONCENTRATION * (1 - mean), documents)
    return gold, ease


def counts(
    random: np.random.Generator, gold: np.ndarray, recall: np.ndarray, false: np.ndarray
) -> CountTable:
    """A system's table; ``false`` is the mean number of false positives for each gold item."""
    tp = random.binomial(gold, recall)
    predicted = tp + random.poisson(gold * false)
    return CountTable(
        tuple(
            Row(document=f"d{i}", tp=int(tp[i]), gold=int(gold[i]), predicted=int(predicted[i]))
            for i in range(len(gold))
        )
    )


def clusters(random: np.random.Generator, documents: int) -> tuple[Table, Table]:
    sizes, ease = articles(random, documents, UNDERSTOOD)
    frequency = 1 / np.arange(1, CAST + 1)
    names = [random.choice(CAST, size, p=frequency / frequency.sum()) for size in sizes]
    gold = [(f"d{i}", f"e{entity}") for i, cast in enumerate(names) for entity in cast]
    ids = [f"d{i}" for i in range(documents)]

    def system() -> ClusterTable:
        predicted = []
        for i, cast in enumerate(names):
            fate = random.random(len(cast))
            other = random.integers(0, CAST, len(cast))
            for j, entity in enumerate(cast):
                alone = fate[j] > (1 + ease[i]) / 2
                cluster = entity if fate[j] < ease[i] else other[j]
                predicted.append((f"d{i}", f"alone-{i}-{j}" if alone else f"e{cluster}"))
        matched = [
            (document, left, right)
            for (document, left), (_, right) in zip(gold, predicted, strict=True)
        ]
        return cluster_table(ids, gold, predicted, matched)

    return system(), system()


def run(one: Table, other: Table) -> Outcome:
    p = None
    if isinstance(one, CountTable) and isinstance(other, CountTable):
        p = swap_test(one, other, samples=SAMPLES).p
    difference = jackknife_difference(one, other).interval
    return Outcome(one.f1 or 0.0, jackknife_interval(one), difference, p)


def simulate(regime: Regime, random: np.random.Generator) -> list[str]:
    """The regime's row of the table."""
    outcomes = [run(*regime.draw(random, regime.documents)) for _ in range(regime.runs)]
    true = regime.f1
    if true is None:
        true = math.fsum(outcome.f1 for outcome in outcomes) / regime.runs
    given = [outcome.interval for outcome in outcomes if outcome.interval is not None]
    covering = sum(interval.low <= true <= interval.high for interval in given)
    differences = [outcome.difference for outcome in outcomes if outcome.difference is not None]
    alarms = sum(not interval.low <= 0 <= interval.high for interval in differences)
    p_values = [outcome.p for outcome in outcomes if outcome.p is not None]

    def share(number: int, total: int = regime.runs) -> str:
        return f"{100 * number / total:.1f}" if total else "–"

    return [
        f"{regime.name} {true:.2f}",
        str(regime.documents),
        str(regime.runs),
        share(covering),
        share(covering, len(given)),
        share(regime.runs - len(given)),
        share(alarms),
        share(regime.runs - len(differences)),
        share(sum(p <= 0.05 for p in p_values), len(p_values)),
        share(sum(p <= 0.0625 for p in p_values), len(p_values)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="How far the intervals and the test keep to 95%.")
    parser.add_argument("--quick", action="store_true", help="few runs: to see that it works")
    rows = [
        simulate(regime, np.random.default_rng([SEED, number]))
        for number, regime in enumerate(regimes(parser.parse_args().quick))
    ]
    headers = ["true F1", "docs", "runs", "covers", "covers if given", "no interval"]
    headers += ["false alarms", "no interval", "p <= .05", "p <= .0625"]
    sys.stdout.write(f"{render(headers, rows)}\n\n{LEGEND}\n")


LEGEND = """Percent of runs. covers: the interval of one F1 holds the true one (a run without an interval does
not); false alarms: the interval of the difference of two systems with the same true F1 leaves out 0;
p: the swap test of the same two."""


if __name__ == "__main__":
    main()
