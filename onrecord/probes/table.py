"""Tables of outcomes: sets and members right, and how sure the share of sets is.

The unit is the set. It is right when all its members are, in every dress in which it was run; its
members and dresses are not independent of each other, sets are.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from onrecord.exceptions import InvalidInput
from onrecord.probes.dresses import Dress
from onrecord.probes.outcome import Outcome
from onrecord.probes.probe import Probe
from onrecord.probes.sources import Change, Layer
from onrecord.scoring.intervals import CONFIDENCE, Interval, t_quantile


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A member in a dress, and whether the system was right on it."""

    member: str
    dress: Dress
    change: Change | None
    right: bool


class SetRow(msgspec.Struct, frozen=True, kw_only=True):
    """A set with all its members, in every dress in which it was run."""

    set: str
    phenomenon: str
    layer: Layer
    cells: tuple[Cell, ...]

    @property
    def right(self) -> bool:
        """Whether every member is right."""
        return all(cell.right for cell in self.cells)


class Share(msgspec.Struct, frozen=True):
    """How many of how many are right; the interval is of the share."""

    right: int
    of: int
    interval: Interval | None

    @property
    def value(self) -> float | None:
        """The share, from 0 to 1; None of nothing."""
        return self.right / self.of if self.of else None


class ProbeTable(msgspec.Struct, frozen=True):
    """The sets that a system was run on, in the order of the probes; a part of them is one again."""

    rows: tuple[SetRow, ...]

    @property
    def sets(self) -> Share:
        """The sets that are right, with the exact 95% interval of their share."""
        right = sum(row.right for row in self.rows)
        return Share(right, len(self.rows), exact_interval(right, len(self.rows)))

    @property
    def members(self) -> Share:
        """The members that are right, in all dresses, with a 95% interval that has sets as units."""
        counts = [(sum(cell.right for cell in row.cells), len(row.cells)) for row in self.rows]
        right, total = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
        return Share(right, total, ratio_interval(counts))

    def part(
        self,
        *,
        layer: str | None = None,
        phenomenon: str | None = None,
        dress: str | None = None,
    ) -> ProbeTable:
        """The table of one layer, phenomenon or dress; of a dress, sets count by it alone."""
        return ProbeTable(
            tuple(
                msgspec.structs.replace(row, cells=cells)
                for row in self.rows
                if layer in (None, row.layer) and phenomenon in (None, row.phenomenon)
                if (cells := tuple(c for c in row.cells if dress in (None, c.dress)))
            )
        )

    def only(self, layers: Collection[str]) -> ProbeTable:
        """The table of these layers."""
        return ProbeTable(tuple(row for row in self.rows if row.layer in layers))

    def changed(self, change: Change | None) -> Share:
        """The members right of those with this change; None: of the originals."""
        counts = [
            (sum(cell.right for cell in cells), len(cells))
            for row in self.rows
            if (cells := [cell for cell in row.cells if cell.change == change])
        ]
        right, total = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
        return Share(right, total, ratio_interval(counts))

    def names(self, field: str) -> tuple[str, ...]:
        """The layers or phenomena (``layer``, ``phenomenon``) of the rows, each once."""
        return tuple(dict.fromkeys(getattr(row, field) for row in self.rows))


def tabulate(outcomes: Iterable[Outcome]) -> ProbeTable:
    """The table of a system's outcomes, a row for each set."""
    cells: dict[str, list[Cell]] = {}
    first: dict[str, Probe] = {}
    for outcome in outcomes:
        probe = outcome.probe
        first.setdefault(probe.set, probe)
        cells.setdefault(probe.set, []).append(
            Cell(
                member=probe.member,
                dress=probe.dress,
                change=probe.change,
                right=outcome.right,
            )
        )
    return ProbeTable(
        tuple(
            SetRow(
                set=set,
                phenomenon=probe.phenomenon,
                layer=probe.layer,
                cells=tuple(cells[set]),
            )
            for set, probe in first.items()
        )
    )


def whole_sets(probes: Sequence[Probe], ids: Iterable[str]) -> Iterator[Probe]:
    """The probes that a system was run on, which must be all of some sets.

    Args:
        probes: all there are.
        ids: of the documents that the system was run on.

    Raises:
        InvalidInput: of a set some members are there and others are not.
    """
    there = frozenset(ids)
    begun = {probe.set for probe in probes if probe.id in there}
    for probe in probes:
        if probe.set not in begun:
            continue
        if probe.id not in there:
            reason = f"is missing, and others of the set {probe.set} are there; a set counts whole"
            raise InvalidInput(reason, document=probe.id)
        yield probe


def exact_interval(right: int, of: int) -> Interval | None:
    """The exact 95% interval of a share (Clopper & Pearson 1934); None of nothing.

    Its bounds are quantiles of beta distributions: those shares of which so many right, or so few,
    would be seen in 2.5% of samples. It covers 95% of the time or more, whatever the share is.
    """
    if not of:
        return None
    from scipy.special import betaincinv

    tail = (1 - CONFIDENCE) / 2
    low = float(betaincinv(right, of - right + 1, tail)) if right else 0.0
    high = float(betaincinv(right + 1, of - right, 1 - tail)) if right < of else 1.0
    return Interval(low, high)


def ratio_interval(counts: Sequence[tuple[int, int]]) -> Interval | None:
    """The 95% interval of Σ right / Σ of over independent groups, given as (right, of) each.

    The share ± t(n-1) times its delete-one jackknife error, clipped to [0, 1]: members of a set are
    not independent, sets are. None for fewer than two groups, or where all leave the share alike.
    """
    n = len(counts)
    right, total = sum(r for r, _ in counts), sum(t for _, t in counts)
    if n < 2 or not total:
        return None
    left_out = [(right - r) / (total - t) for r, t in counts if total > t]
    mean = math.fsum(left_out) / len(left_out)
    variance = (n - 1) / n * math.fsum((value - mean) ** 2 for value in left_out)
    if not variance:
        return None
    half = t_quantile(n - 1) * math.sqrt(variance)
    return Interval(max(0.0, right / total - half), min(1.0, right / total + half))
