"""Which of several systems is better on the probes: exact paired tests over sets, all pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import msgspec

from onrecord.document import LAYERS
from onrecord.probes.table import ProbeTable
from onrecord.scoring.intervals import Interval, t_quantile
from onrecord.scoring.statistics import holm

ALPHA = 0.01
"""A pair is resolved when its adjusted p is at most this."""


class PairOnProbes(msgspec.Struct, frozen=True, kw_only=True):
    """Two systems on the sets that both were run on, the one with more of them right first."""

    better: str
    other: str
    sets: int
    only_better: int
    """Sets that only the first system has right."""
    only_other: int
    """Sets that only the second has right."""
    difference: float
    """The share of sets right of the first minus that of the second."""
    interval: Interval | None
    """The 95% interval of the difference, paired by sets."""
    p: float
    """Of the exact paired test, see :func:`paired_p`."""
    adjusted_p: float
    """p adjusted by Holm's method for the number of pairs of the layer."""

    @property
    def resolved(self) -> bool:
        """Whether the first is better, at the 1% level."""
        return self.difference > 0 and self.adjusted_p <= ALPHA


def compare_pairs(tables: Mapping[str, ProbeTable]) -> tuple[PairOnProbes, ...]:
    """Every pair of systems on the sets that both have; p adjusted over all of the pairs.

    Args:
        tables: of one layer, by the system's name; a pair without a set in common is left out.
    """
    shares = {name: table.sets.value or 0.0 for name, table in tables.items()}
    order = sorted(tables, key=lambda name: (-shares[name], name))
    pairs = [
        pair
        for one, other in combinations(order, 2)
        if (pair := _pair(one, other, tables[one], tables[other])) is not None
    ]
    adjusted = holm([pair.p for pair in pairs])
    return tuple(
        msgspec.structs.replace(pair, adjusted_p=p)
        for pair, p in zip(pairs, adjusted, strict=True)
        if p is not None
    )


def compare_layers(
    tables: Mapping[str, ProbeTable],
) -> dict[str, tuple[PairOnProbes, ...]]:
    """Every pair of systems in each layer, among those that attempt it; see :func:`compare_pairs`."""
    parts = {
        layer: {
            name: part for name, table in tables.items() if (part := table.part(layer=layer)).rows
        }
        for layer in LAYERS
    }
    return {layer: compare_pairs(found) for layer, found in parts.items() if len(found) > 1}


def _pair(one: str, other: str, left: ProbeTable, right: ProbeTable) -> PairOnProbes | None:
    theirs = {row.set: row.right for row in right.rows}
    both = [(row.right, theirs[row.set]) for row in left.rows if row.set in theirs]
    if not both:
        return None
    wins = sum(a and not b for a, b in both)
    losses = sum(b and not a for a, b in both)
    if losses > wins:
        one, other, wins, losses = other, one, losses, wins
        both = [(b, a) for a, b in both]
    p = paired_p(wins, losses)
    return PairOnProbes(
        better=one,
        other=other,
        sets=len(both),
        only_better=wins,
        only_other=losses,
        difference=(wins - losses) / len(both),
        interval=_paired_interval([a - b for a, b in both]),
        p=p,
        adjusted_p=p,
    )


def paired_p(wins: int, losses: int) -> float:
    """The exact two-sided p that two systems are alike (McNemar 1947; the sign test).

    Of the sets that exactly one has right, each is as likely the one's as the other's: twice the
    lower tail of a binomial with probability ½, at most 1. Swapping whole sets between the systems
    at random gives the same p.
    """
    n, fewer = wins + losses, min(wins, losses)
    tail = sum(math.comb(n, k) for k in range(fewer + 1))
    return min(1.0, 2 * tail / (1 << n))


def _paired_interval(differences: Sequence[int]) -> Interval | None:
    """The t interval of the mean of differences, each -1, 0 or 1; None where all are alike."""
    n = len(differences)
    if n < 2 or len(set(differences)) == 1:
        return None
    mean = sum(differences) / n
    variance = math.fsum((d - mean) ** 2 for d in differences) / (n - 1)
    half = t_quantile(n - 1) * math.sqrt(variance / n)
    return Interval(max(-1.0, mean - half), min(1.0, mean + half))
