"""Populations of documents whose true score is known, for ``coverage.py``.

A document has gold items and an *ease*, the share of them that a system gets right on average. Unless
its population says otherwise, sizes are 1 + a negative binomial, of mean 20 and very uneven, false
positives are Poisson and as many as items are missed, so that true F1 is the mean ease.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import nbinom

from onrecord.scoring.clusters import ClusterTable, cluster_table
from onrecord.scoring.tables import CountTable, Row

CONCENTRATION = 10
"""Of the beta from which ease is drawn: documents differ by about .15 around .5."""
BROKEN = 0.1
CAST, UTTERANCES = 30, 25
GOLD_SIZES = (78, 73, 61, 92, 71)
"""Mentions of the five articles."""

Array = NDArray[np.float64]
Random = np.random.Generator


class Counts(NamedTuple):
    """Documents of one draw: gold items, mean share found, mean false positives for a gold item."""

    gold: NDArray[np.int64]
    ease: Array
    false: Array

    def system(self, random: Random) -> CountTable:
        """What one system finds; systems of one draw err independently."""
        tp = random.binomial(self.gold, self.ease)
        predicted = tp + random.poisson(self.gold * self.false)
        return count_table(tp, self.gold, predicted)


Draw = Callable[[Random, int], Counts]


class Population(NamedTuple):
    """A way to draw documents, by the F1 that a healthy system has in it."""

    name: str
    at: Callable[[float], Draw]
    f1s: tuple[float, ...] = (0.05, 0.2, 0.5, 0.8, 0.95, 0.98)
    true: Callable[[float], float] = lambda f1: f1


def count_table(
    tp: Sequence[int] | Array, gold: Sequence[int] | Array, predicted: Sequence[int] | Array
) -> CountTable:
    """A table from a count of each document."""
    rows = zip(tp, gold, predicted, strict=True)
    return CountTable(
        tuple(
            Row(document=f"d{i:03}", tp=int(t), gold=int(g), predicted=int(p))
            for i, (t, g, p) in enumerate(rows)
        )
    )


def sizes(random: Random, documents: int, mean: float = 20) -> NDArray[np.int64]:
    return 1 + random.poisson(random.gamma(2, (mean - 1) / 2, documents))


def _beta(mean: float) -> Callable[[float], Draw]:
    def at(f1: float) -> Draw:
        def draw(random: Random, documents: int) -> Counts:
            return _even(sizes(random, documents, mean), _eases(random, documents, f1))

        return draw

    return at


def _eases(random: Random, documents: int, mean: float) -> Array:
    return random.beta(CONCENTRATION * mean, CONCENTRATION * (1 - mean), documents)


def _even(gold: NDArray[np.int64], ease: Array) -> Counts:
    return Counts(gold, ease, 1 - ease)


def _large(f1: float) -> Draw:
    def draw(random: Random, documents: int) -> Counts:
        return _even(random.choice(GOLD_SIZES, documents), _eases(random, documents, f1))

    return draw


def _alike(f1: float) -> Draw:
    def draw(random: Random, documents: int) -> Counts:
        return _even(sizes(random, documents), np.full(documents, f1))

    return draw


_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(60)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def _logit_normal(f1: float) -> Draw:
    centre = brentq(lambda c: float(expit(c + _NODES) @ _WEIGHTS) - f1, -30, 30)

    def draw(random: Random, documents: int) -> Counts:
        ease = expit(centre + random.normal(size=documents))
        return _even(sizes(random, documents), ease)

    return draw


def _harder_when_large(f1: float) -> Draw:
    """With twice the items, the odds of getting one right are half."""
    size = np.arange(1, 600)
    share = nbinom.pmf(size - 1, 2, 2 / (2 + 19)) * size
    share = share / share.sum()

    def mean(centre: float) -> float:
        ease = expit(centre - np.log(size / 20)[:, np.newaxis] + 0.5 * _NODES) @ _WEIGHTS
        return float(share @ ease)

    centre = brentq(lambda c: mean(c) - f1, -30, 30)

    def draw(random: Random, documents: int) -> Counts:
        gold = sizes(random, documents)
        ease = expit(centre - np.log(gold / 20) + 0.5 * random.normal(size=documents))
        return _even(gold, ease)

    return draw


def _over_predicting(f1: float) -> Draw:
    """Precision is half of recall: 3/4 and 3/2 of F1; false positives vary by document."""
    recall, precision = 1.5 * f1, 0.75 * f1

    def draw(random: Random, documents: int) -> Counts:
        ease = _eases(random, documents, recall)
        false = recall * (1 / precision - 1) * random.gamma(5, 1 / 5, documents)
        return Counts(sizes(random, documents), ease, false)

    return draw


def _broken(f1: float) -> Draw:
    def draw(random: Random, documents: int) -> Counts:
        healthy = random.random(documents) >= BROKEN
        ease = _eases(random, documents, f1)
        return Counts(sizes(random, documents), ease * healthy, (1 - ease) * healthy)

    return draw


POPULATIONS = (
    Population("alike", _alike),
    Population("beta", _beta(20)),
    Population("beta, few items", _beta(4)),
    Population("beta, gold's sizes", _large),
    Population("logit-normal", _logit_normal),
    Population("harder when large", _harder_when_large),
    Population("over-predicting", _over_predicting, (0.05, 0.2, 0.5, 0.6)),
    Population(
        "one in ten broken",
        _broken,
        true=lambda f1: 2 * (1 - BROKEN) * f1 / (2 - BROKEN),
    ),
)
"""Of a broken document nothing is predicted; of the others F1 is as it says."""


# -- clusters -------------------------------------------------------------------------------------


def names(random: Random, documents: int, understood: float) -> ClusterTable:
    """Names of a cast of 30, frequent as 1/rank, in documents of 20.

    A name that is not understood is a cluster of its own or goes to someone else.
    """
    return _clusters(random, documents, understood, CAST, 1 / np.arange(1, CAST + 1), 1)


def utterances(random: Random, documents: int, understood: float) -> ClusterTable:
    """Quotes, 20 a document, of 25 utterances; clusters of one do not count."""
    return _clusters(random, documents, understood, UTTERANCES, np.ones(UTTERANCES), 2)


def _clusters(
    random: Random, documents: int, understood: float, cast: int, weight: Array, smallest: int
) -> ClusterTable:
    ease = _eases(random, documents, understood)
    gold, predicted = [], []
    for i, size in enumerate(sizes(random, documents)):
        members = random.choice(cast, size, p=weight / weight.sum())
        fate = random.random(size)
        other = random.integers(0, cast, size)
        for j, entity in enumerate(members):
            alone = fate[j] > (1 + ease[i]) / 2
            cluster = entity if fate[j] < ease[i] else other[j]
            gold.append((f"d{i:03}", f"e{entity}"))
            predicted.append((f"d{i:03}", f"alone-{i}-{j}" if alone else f"e{cluster}"))
    ids = [f"d{i:03}" for i in range(documents)]
    matched = [(d, left, right) for (d, left), (_, right) in zip(gold, predicted, strict=True)]
    return cluster_table(ids, gold, predicted, matched, smallest=1 if smallest == 1 else 2)


# -- systems compared -----------------------------------------------------------------------------

PASSAGES, IN_PASSAGE = 7, 3
"""Passages of a document, on average, and items of a passage."""


class Compared(NamedTuple):
    """A system's table of documents and its table of passages."""

    documents: CountTable
    units: CountTable


def compared(
    random: Random, documents: int, f1s: Sequence[float], apart: float = 0
) -> list[Compared]:
    """Systems on the same documents, whose passages are easy or hard for all of them alike.

    Args:
        random: of the drawing.
        documents: how many.
        f1s: the F1 of each system.
        apart: how far a system's own luck with a document moves it, in standard deviations of the
            logit; equal for none of them beyond these documents.
    """
    passages = 2 + random.poisson(PASSAGES - 2, documents)
    of = np.repeat(np.arange(documents), passages)
    gold = 1 + random.poisson(IN_PASSAGE - 1, len(of))
    common = random.normal(0, 0.5, documents)[of] + random.normal(0, 0.5, len(of))
    found = []
    for f1 in f1s:
        spread = np.sqrt(0.5 + apart**2)
        centre = brentq(
            lambda c, s=spread, f=f1: float(expit(c + s * _NODES) @ _WEIGHTS) - f, -9, 9
        )
        ease = expit(centre + common + apart * random.normal(size=documents)[of])
        tp = random.binomial(gold, ease)
        counts = np.stack([tp, gold, tp + random.poisson(gold * (1 - ease))])
        sums = [np.bincount(of, row, documents) for row in counts]
        found.append(Compared(count_table(*sums), count_table(*counts)))
    return found
