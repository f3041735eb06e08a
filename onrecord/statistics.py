"""How sure a score of few documents is."""

from __future__ import annotations

import math

import msgspec

from onrecord.scoring.tables import Table

CONFIDENCE = 0.95


class Interval(msgspec.Struct, frozen=True):
    """A confidence interval, its ends between 0 and 1."""

    low: float
    high: float


def jackknife_interval(table: Table) -> Interval | None:
    """The 95% delete-one jackknife interval of the table's F1, with documents as units.

    θ ± t(D-1) · sqrt((D-1)/D · Σ(θ₋d - mean)²), clipped to [0, 1]: Tukey's jackknife variance with
    Student's t (Efron & Tibshirani 1993, chapter 11). None where F1 is not defined with a document
    left out, or does not change by leaving any out, since then nothing is known of its spread;
    None for fewer than two documents. With five documents a nominal 95% covers somewhat less.
    """
    count = len(table.documents)
    score = table.f1
    if score is None or count < 2:
        return None
    scores = [value for value in table.left_out() if value is not None]
    if len(scores) < count or max(scores) - min(scores) < 1e-12:
        return None
    mean = math.fsum(scores) / count
    variance = (count - 1) / count * math.fsum((value - mean) ** 2 for value in scores)
    half = t_quantile(count - 1) * math.sqrt(variance)
    return Interval(max(0.0, score - half), min(1.0, score + half))


def t_quantile(freedom: int) -> float:
    """The two-sided 95% quantile of Student's t with this many degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 1 - (1 - CONFIDENCE) / 2))
