"""Which of several systems is better on the probes: exact paired tests over sets, all pairs.

Two things can be compared, the sets right and the members right. The unit is the set in both: whole
sets are swapped between two systems, never members.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Literal

import msgspec

from onrecord.document import LAYERS
from onrecord.probes.table import ProbeTable, SetRow
from onrecord.scoring.intervals import Interval, t_quantile
from onrecord.scoring.statistics import holm

ALPHA = 0.01
"""A pair is resolved when its adjusted p is at most this."""

Count = Literal["sets", "members"]
"""What is counted of a system: sets that are right as a whole, or members right in each."""


class PairOnProbes(msgspec.Struct, frozen=True, kw_only=True):
    """Two systems on the sets that both were run on, the one with more right first."""

    better: str
    other: str
    sets: int
    won: int
    """Sets that only the first system has right; of members, in which it has more of them right."""
    lost: int
    """Sets that only the second has right; of members, in which it has more of them right."""
    difference: float
    """The share of sets, or of members, right of the first minus that of the second."""
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


def compare_pairs(
    tables: Mapping[str, ProbeTable], count: Count = "sets"
) -> tuple[PairOnProbes, ...]:
    """Every pair of systems on the sets that both have; p adjusted over all of the pairs.

    Args:
        tables: of one layer, by the system's name; a pair without a set in common is left out.
        count: what is compared.
    """
    shares = {name: getattr(table, count).value or 0.0 for name, table in tables.items()}
    order = sorted(tables, key=lambda name: (-shares[name], name))
    pairs = [
        pair
        for one, other in combinations(order, 2)
        if (pair := _pair(one, other, tables[one], tables[other], count)) is not None
    ]
    adjusted = holm([pair.p for pair in pairs])
    return tuple(
        msgspec.structs.replace(pair, adjusted_p=p)
        for pair, p in zip(pairs, adjusted, strict=True)
        if p is not None
    )


def compare_layers(
    tables: Mapping[str, ProbeTable], count: Count = "sets"
) -> dict[str, tuple[PairOnProbes, ...]]:
    """Every pair of systems in each layer, among those that attempt it; see :func:`compare_pairs`."""
    parts = {
        layer: {
            name: part for name, table in tables.items() if (part := table.part(layer=layer)).rows
        }
        for layer in LAYERS
    }
    return {layer: compare_pairs(found, count) for layer, found in parts.items() if len(found) > 1}


def _pair(
    one: str, other: str, left: ProbeTable, right: ProbeTable, count: Count
) -> PairOnProbes | None:
    theirs = {row.set: row for row in right.rows}
    both = [(row, theirs[row.set]) for row in left.rows if row.set in theirs]
    if not both:
        return None
    differences = [_count(a, count) - _count(b, count) for a, b in both]
    if sum(differences) < 0:
        one, other = other, one
        differences = [-difference for difference in differences]
    sizes = [len(row.cells) if count == "members" else 1 for row, _ in both]
    p = paired_p(differences)
    return PairOnProbes(
        better=one,
        other=other,
        sets=len(both),
        won=sum(difference > 0 for difference in differences),
        lost=sum(difference < 0 for difference in differences),
        difference=sum(differences) / sum(sizes),
        interval=_paired_interval(differences, sum(sizes) / len(sizes)),
        p=p,
        adjusted_p=p,
    )


def _count(row: SetRow, count: Count) -> int:
    return row.right if count == "sets" else sum(cell.right for cell in row.cells)


def paired_p(differences: Iterable[int]) -> float:
    """The exact two-sided p that two systems are alike, from their difference in each set.

    Of all ways to swap sets between the systems, the share in which the sum of the differences is
    at least as far from nothing as it is (a randomization test, Fisher 1935, all swaps counted).
    Where each difference is -1, 0 or 1 it is the exact test of McNemar (1947), the sign test.
    """
    unlike = [difference for difference in differences if difference]
    observed = abs(sum(unlike))
    ways = Counter({0: 1})
    for size in unlike:
        swapped: Counter[int] = Counter()
        for total, number in ways.items():
            swapped[total + size] += number
            swapped[total - size] += number
        ways = swapped
    extreme = sum(number for total, number in ways.items() if abs(total) >= observed)
    return extreme / (1 << len(unlike))


def _paired_interval(differences: Sequence[int], size: float) -> Interval | None:
    """The t interval of the mean difference of a set over its mean size; None where all are alike."""
    n = len(differences)
    if n < 2 or len(set(differences)) == 1:
        return None
    mean = sum(differences) / n
    variance = math.fsum((d - mean) ** 2 for d in differences) / (n - 1)
    half = t_quantile(n - 1) * math.sqrt(variance / n)
    return Interval(max(-1.0, (mean - half) / size), min(1.0, (mean + half) / size))
