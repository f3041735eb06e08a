"""The intervals of one score: what they are, where they exist, and what they really cover."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from onrecord.scoring import intervals
from onrecord.scoring.clusters import ClusterTable, cluster_table
from onrecord.scoring.intervals import (
    Interval,
    beta_binomial,
    no_interval,
    score_interval,
    t_quantile,
    wilson,
)
from onrecord.scoring.tables import CountTable, Row

ROOT = Path(__file__).parents[2]


def table(*counts: tuple[float, int, int]) -> CountTable:
    return CountTable(
        tuple(
            Row(document=f"d{number}", tp=tp, gold=gold, predicted=predicted)
            for number, (tp, gold, predicted) in enumerate(counts)
        )
    )


def persons(*seen: str) -> ClusterTable:
    """Each document names the same person, as often as it has letters: ``=`` is seen as that person,
    ``?`` as someone of its own.
    """
    gold = [(f"d{number}", "e") for number, names in enumerate(seen) for _ in names]
    predicted = [
        (f"d{number}", "e" if letter == "=" else f"{number}-{place}")
        for number, names in enumerate(seen)
        for place, letter in enumerate(names)
    ]
    matched = [(d, left, right) for (d, left), (_, right) in zip(gold, predicted, strict=True)]
    return cluster_table([f"d{number}" for number in range(len(seen))], gold, predicted, matched)


@st.composite
def rows(draw: st.DrawFn) -> tuple[int, int, int]:
    gold, predicted = draw(st.integers(0, 9)), draw(st.integers(0, 9))
    return draw(st.integers(0, min(gold, predicted))), gold, predicted


count_tables = st.lists(rows(), max_size=14).map(lambda counts: table(*counts))


# -- beta-binomial --------------------------------------------------------------------------------


def by_quadrature(right: list[int], sizes: list[int]) -> Interval:
    """The same ends, by scipy's beta-binomial: Gauss and Jacobi's quadrature over ρ (its prior is their
    weight), cells of equal width of μ (its prior's distribution is theirs).
    """
    nodes, weights = special.roots_jacobi(80, 1.5, -0.5)
    rho, edges = (nodes + 1) / 2, np.linspace(0, 1, 2001)
    mu = ((edges[1:] + edges[:-1]) / 2)[:, np.newaxis]
    scale = (1 - rho) / rho
    density = np.diff(stats.beta.cdf(edges, 0.5, 0.5))[:, np.newaxis] * weights
    for k, n in zip(right, sizes, strict=True):
        density = density * stats.betabinom.pmf(k, n, mu * scale, (1 - mu) * scale)
    below = np.concatenate([[0], np.cumsum(density.sum(axis=1))])
    low, high = np.interp([0.025, 0.975], below / below[-1], edges)
    return Interval(2 * low / (1 + low), 2 * high / (1 + high))


@pytest.mark.parametrize(
    ("right", "sizes"),
    [
        ([10, 10, 2, 6, 10], [34, 31, 22, 21, 21]),
        ([3, 4, 1], [5, 9, 6]),
        ([12, 12, 12], [20, 20, 20]),
        ([1, 30], [40, 40]),
        ([7], [12]),
    ],
)
def test_the_ends_are_the_posteriors(right: list[int], sizes: list[int]) -> None:
    found, expected = beta_binomial(right, sizes), by_quadrature(right, sizes)
    assert found.low == pytest.approx(expected.low, abs=0.0005)
    assert found.high == pytest.approx(expected.high, abs=0.0005)


def test_a_finer_grid_changes_nothing_that_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [([73, 68, 57, 87, 67], [86, 76, 65, 100, 85]), ([0, 0], [3, 4]), ([5], [5])]
    found = [beta_binomial(*case) for case in cases]
    monkeypatch.setattr(intervals, "_FINE", (2000, 200))
    for one, other in zip(found, (beta_binomial(*case) for case in cases), strict=True):
        assert one.low == pytest.approx(other.low, abs=2e-4)
        assert one.high == pytest.approx(other.high, abs=2e-4)


def test_without_a_hit_the_low_end_is_0_and_without_an_error_the_high_end_is_1() -> None:
    nothing, everything = beta_binomial([0, 0], [5, 7]), beta_binomial([5, 7], [5, 7])
    assert nothing.low == 0
    assert 0 < nothing.high < 0.7
    assert everything.high == 1
    assert 0.5 < everything.low < 1


def test_the_more_documents_agree_the_narrower() -> None:
    widths = []
    for documents in (1, 2, 3, 5, 9):
        found = score_interval(table(*[(8, 10, 10)] * documents))
        assert found is not None
        widths.append(found.high - found.low)
    assert widths == sorted(widths, reverse=True)


def test_documents_without_items_say_nothing() -> None:
    counts = [(3, 5, 6), (4, 9, 5), (2, 2, 3)]
    assert score_interval(table(*counts, *[(0, 0, 0)] * 20)) == score_interval(table(*counts))


def test_credits_may_stand_for_counts() -> None:
    """1.5 of 5 lies between 1 of 5 and 2 of 5."""
    low, between, high = (
        score_interval(table((tp, 3, 3 + math.ceil(tp)), (2, 4, 4))) for tp in (1, 1.5, 2)
    )
    assert low is not None
    assert between is not None
    assert high is not None
    assert low.low < between.low < high.low


# -- Wilson with a floor --------------------------------------------------------------------------


def test_wilsons_interval_of_a_case_worked_by_hand() -> None:
    """Three documents of 10 items, J .6, left out .5, .6 and .7.

    v = 2/3 (.01 + 0 + .01) = 1/75, d = 30/75 / .24 = 5/3, k = 4.302653² · 5/3 / 30 = 1.02849.
    """
    j, left_out = 0.6, (0.5, 0.6, 0.7)
    found = wilson(2 * j / (1 + j), [2 * each / (1 + each) for each in left_out], [10] * 3, 0.05)
    k = 4.302652729911275**2 * (5 / 3) / 30
    half = math.sqrt(k) * math.sqrt(0.24 + k / 4)
    low, high = (0.6 + k / 2 - half) / (1 + k), (0.6 + k / 2 + half) / (1 + k)
    assert found.low == pytest.approx(2 * low / (1 + low))
    assert found.high == pytest.approx(2 * high / (1 + high))


def test_where_documents_are_equal_the_floor_holds() -> None:
    """The correlation is taken to be .05: 100 items in documents of 10 are 100 / 1.45 in effect."""
    found = wilson(0.8, [0.8] * 10, [10] * 10, 0.05)
    j, k = 2 / 3, 1.959964**2 * 1.45 / 100
    half = math.sqrt(k * (j * (1 - j) + k / 4))
    low = (j + k / 2 - half) / (1 + k)
    assert found.low == pytest.approx(2 * low / (1 + low), abs=1e-6)


def test_wilsons_interval_ends_at_0_and_1_where_the_score_does() -> None:
    sizes = [7, 20, 11]
    assert wilson(0.0, [0.0] * 3, sizes, 0.1).low == 0
    assert wilson(1.0, [1.0] * 3, sizes, 0.1).high == 1


def test_from_ten_documents_on_the_documents_tell_the_spread() -> None:
    nine, ten = table(*[(3, 5, 5)] * 9), table(*[(3, 5, 5)] * 10)
    assert score_interval(nine) == beta_binomial([3] * 9, [7] * 9)
    assert score_interval(ten) == wilson(0.6, ten.left_out(), [7] * 10, 0.05)  # type: ignore[arg-type]


def test_where_large_documents_are_harder_many_documents_do_not_make_sure_of_a_wrong_score() -> (
    None
):
    """Half of the documents are small and right, half are large and wrong: F1 is .28."""
    counts = [(4, 4, 4), (0, 10, 10)] * 50
    whole, found = table(*counts), score_interval(table(*counts))
    assert whole.f1 == pytest.approx(2 / 7)
    assert found is not None
    assert found.low < 2 / 7 < found.high
    sizes = [row.gold + row.predicted - row.tp for row in whole.rows]
    assert beta_binomial([row.tp for row in whole.rows], sizes).low > 2 / 7


# -- where there is one ---------------------------------------------------------------------------


@given(count_tables)
@settings(max_examples=60)
def test_counts_have_an_interval_wherever_they_have_a_score_and_it_holds_it(
    table: CountTable,
) -> None:
    found = score_interval(table)
    assert no_interval(table) is None
    if table.f1 is None:
        assert found is None
        return
    assert found is not None
    assert 0 <= found.low <= table.f1 <= found.high <= 1
    assert (found.low == 0) == (table.tp == 0)
    assert (found.high == 1) == (2 * table.tp == table.gold + table.predicted)


@given(count_tables, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_of_documents_changes_no_interval(table: CountTable, random: object) -> None:
    turned = CountTable(table.rows[::-1])
    one, other = score_interval(table), score_interval(turned)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert one.low == pytest.approx(other.low, abs=1e-9)
        assert one.high == pytest.approx(other.high, abs=1e-9)


def test_clusters_have_one_from_three_documents_on_also_where_all_are_equal() -> None:
    perfect = persons("==", "==", "==")
    found = score_interval(perfect)
    assert perfect.f1 == 1
    assert found is not None
    assert 0.2 < found.low < 1
    assert found.high == 1


def test_clusters_without_an_interval_say_why() -> None:
    for few in (persons("==?"), persons("==?", "==", "")):
        assert score_interval(few) is None
        assert no_interval(few) == "fewer than three documents do not tell how far others differ"
    names = ["one", "one", "two", "three"]
    gold = list(zip(names, ["u", "v", "u", "v"], strict=True))
    tied = cluster_table(names[1:], gold, gold, [(d, u, u) for d, u in gold], smallest=2)
    assert tied.f1 == 1
    assert score_interval(tied) is None
    assert no_interval(tied) == "without one there is nothing to score"
    assert no_interval(persons()) is None
    assert score_interval(persons()) is None


@pytest.mark.parametrize("freedom", [1, 4, 9, 100])
@pytest.mark.parametrize("confidence", [0.6, 0.95, 0.99])
def test_the_quantile_is_scipys(freedom: int, confidence: float) -> None:
    quantile = stats.t.ppf((1 + confidence) / 2, freedom)
    assert t_quantile(freedom, confidence) == pytest.approx(quantile, abs=1e-9)
    assert t_quantile(math.inf, confidence) == pytest.approx(stats.norm.ppf((1 + confidence) / 2))


def test_documents_of_equal_counts_are_one_in_an_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    gold = 40 + random.poisson(20, 1000)
    tp = random.binomial(gold, random.beta(8, 2, 1000))
    right, sizes = tp.tolist(), (2 * gold - tp).tolist()
    looked_at = 0

    def counted(base: Any, group: Any) -> Any:
        nonlocal looked_at
        looked_at += np.size(base) * len(group[0])
        return rising(base, group)

    rising = intervals._rising
    monkeypatch.setattr(intervals, "_rising", counted)
    beta_binomial(right, sizes)
    # documents of equal counts are looked at once
    assert looked_at < 3 * 256 * 32 * 100


# -- what they really cover -----------------------------------------------------------------------


def test_the_simulation_of_coverage_runs_and_the_page_is_of_its_shape() -> None:
    """The published page has the tables and rows that the script gives, and its words."""
    script = ROOT / "tests" / "benchmarks" / "coverage.py"
    done = subprocess.run(
        [sys.executable, "-W", "error", script, "--quick", "--markdown", "--jobs", "1"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    page = (ROOT / "docs" / "coverage.md").read_text("utf-8")
    made, published = _without_figures(done.stdout), _without_figures(page)
    assert made == published
    assert sum(line.startswith("|") for line in made) > 150


def _without_figures(page: str) -> list[str]:
    """The page without what depends on the runs, and without the table of what is far off."""
    page = re.sub(r"(?s)(## Where even the best.*?\n\n.*?\n\n).*?(?=\n\n## )", r"\1", page)
    return [
        re.sub(r"[-: ]+", " ", "|".join(line.split("|")[:3]) if line.startswith("|") else line)
        for line in page.splitlines()
    ]
