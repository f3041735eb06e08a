"""The interval of a score of few documents."""

from __future__ import annotations

import math

import pytest
from scipy import stats

from onrecord.scoring.tables import CountTable, Row
from onrecord.statistics import jackknife_interval, t_quantile


def table(*counts: tuple[int, int, int]) -> CountTable:
    return CountTable(
        tuple(
            Row(document=f"d{number}", tp=tp, gold=gold, predicted=predicted)
            for number, (tp, gold, predicted) in enumerate(counts)
        )
    )


def test_the_interval_of_a_case_worked_by_hand() -> None:
    """F1 of (1,2,2) (3,4,4) (2,2,2): 12/16; left out: 10/12, 6/8, 8/12; mean .75."""
    interval = jackknife_interval(table((1, 2, 2), (3, 4, 4), (2, 2, 2)))
    spread = (10 / 12 - 0.75) ** 2 + 0 + (8 / 12 - 0.75) ** 2
    half = 4.302652729911275 * math.sqrt(2 / 3 * spread)  # t with 2 degrees of freedom
    assert interval is not None
    assert interval.low == pytest.approx(0.75 - half)
    assert interval.high == 1.0  # clipped
    assert 0.75 + half > 1


def test_where_leaving_out_changes_nothing_there_is_no_interval() -> None:
    assert jackknife_interval(table((2, 2, 2), (3, 3, 3))) is None
    assert jackknife_interval(table((0, 2, 2), (0, 3, 3))) is None


def test_where_a_score_without_a_document_is_undefined_there_is_no_interval() -> None:
    assert jackknife_interval(table((1, 2, 2), (0, 0, 0))) is None
    assert jackknife_interval(table((1, 2, 2))) is None
    assert jackknife_interval(table()) is None


@pytest.mark.parametrize("freedom", [1, 4, 9, 100])
def test_the_quantile_is_scipys(freedom: int) -> None:
    assert t_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), abs=1e-10)
