"""Sets and members right, intervals of shares, and tests of pairs; scipy is the oracle."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onrecord.exceptions import InvalidInput
from onrecord.probes.comparison import compare_layers, compare_pairs, paired_p
from onrecord.probes.outcome import outcomes
from onrecord.probes.probe import Probes
from onrecord.probes.table import (
    Cell,
    ProbeTable,
    SetRow,
    exact_interval,
    ratio_interval,
    tabulate,
    whole_sets,
)


def row(name: str, *right: bool, layer: str = "quotes") -> SetRow:
    """A set of two members in two dresses."""
    cells = [
        Cell(member=member, dress=dress, change=change, right=ok)
        for (dress, (member, change)), ok in zip(
            itertools.product(("invented", "real"), (("a", None), ("b", "contrast"))),
            right,
            strict=True,
        )
    ]
    return SetRow(set=name, phenomenon="p", layer=layer, cells=tuple(cells))  # type: ignore[arg-type]


TABLE = ProbeTable(
    (
        row("one", True, True, True, True),
        row("two", True, True, True, False),
        row("three", False, False, False, True),
        row("four", True, True, True, True, layer="stances"),
    )
)


def test_a_set_is_right_when_all_its_members_are_in_both_dresses() -> None:
    assert (TABLE.sets.right, TABLE.sets.of) == (2, 4)
    assert (TABLE.members.right, TABLE.members.of) == (12, 16)
    quotes = TABLE.part(layer="quotes")
    assert (quotes.sets.right, quotes.sets.of) == (1, 3)
    assert [quotes.part(dress=dress).sets.right for dress in ("invented", "real")] == [2, 1]
    assert (quotes.changed(None).right, quotes.changed("contrast").right) == (4, 4)
    assert quotes.changed("invariance").of == 0
    assert quotes.changed("invariance").value is None


def test_the_table_is_of_the_outcomes(probes: Probes) -> None:
    documents = [
        probe.document.bare() if probe.id == "polarity-01-b-real" else probe.document
        for probe in probes
    ]
    table = tabulate(outcomes(probes.probes, documents, probes.registry))
    assert [r.set for r in table.rows if not r.right] == ["polarity-01"]
    assert (table.sets.right, table.sets.of) == (4, 5)
    assert table.part(dress="invented").sets.right == 5
    assert table.part(phenomenon="polarity").members.right == 5
    assert table.names("layer") == ("linking", "entities", "utterances", "stances", "quotes")


def test_a_set_counts_whole_or_not_at_all(probes: Probes) -> None:
    ids = [probe.id for probe in probes if probe.set == "capital-01"]
    assert [probe.id for probe in whole_sets(probes.probes, ids)] == ids
    with pytest.raises(InvalidInput, match="a set counts whole"):
        list(whole_sets(probes.probes, ids[1:]))


@given(data=st.data(), of=st.integers(1, 300))
def test_the_interval_of_a_share_is_scipys(data: st.DataObject, of: int) -> None:
    from scipy.stats import binomtest

    right = data.draw(st.integers(0, of))
    interval = exact_interval(right, of)
    expected = binomtest(right, of).proportion_ci(0.95, "exact")
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-8)


def test_the_interval_of_none_of_ten() -> None:
    interval = exact_interval(0, 10)
    assert interval is not None
    assert (interval.low, interval.high) == (0.0, pytest.approx(1 - 0.025**0.1))  # by hand
    assert exact_interval(0, 0) is None


def test_members_of_a_set_are_not_independent() -> None:
    alike = ratio_interval([(4, 4), (0, 4), (4, 4), (0, 4)])
    apart = ratio_interval([(1, 1), (0, 1)] * 8)
    assert alike is not None
    assert apart is not None
    assert alike.high - alike.low > apart.high - apart.low
    assert ratio_interval([(1, 1)]) is None
    assert ratio_interval([(2, 2), (4, 4)]) is None


def test_the_interval_of_groups_of_one_size_is_the_t_interval_of_their_means() -> None:
    import numpy as np
    from scipy.stats import t

    counts = [(4, 4), (1, 4), (2, 4), (3, 4), (1, 4)]
    shares = np.array([right / of for right, of in counts])
    half = t.ppf(0.975, 4) * shares.std(ddof=1) / np.sqrt(5)
    interval = ratio_interval(counts)
    assert interval is not None
    assert interval.low == pytest.approx(shares.mean() - half)


@given(wins=st.integers(0, 60), losses=st.integers(0, 60))
def test_the_paired_p_is_the_exact_binomial_test(wins: int, losses: int) -> None:
    from scipy.stats import binomtest

    n = wins + losses
    expected = binomtest(wins, n).pvalue if n else 1.0
    assert paired_p([1] * wins + [-1] * losses + [0]) == pytest.approx(expected, rel=1e-9)


@given(differences=st.lists(st.integers(-8, 8), min_size=1, max_size=9))
def test_the_paired_p_is_that_of_swapping_sets(differences: list[int]) -> None:
    observed = abs(sum(differences))
    swaps = list(itertools.product((1, -1), repeat=len(differences)))
    extreme = sum(
        abs(sum(sign * d for sign, d in zip(signs, differences, strict=True))) >= observed
        for signs in swaps
    )
    assert paired_p(differences) == pytest.approx(extreme / len(swaps))


def sets(right: str) -> ProbeTable:
    return ProbeTable(tuple(row(f"s{i}", *[mark == "+"] * 4) for i, mark in enumerate(right)))


def test_every_pair_is_tested_and_adjusted_for_all_of_them() -> None:
    pairs = compare_pairs(
        {"weak": sets("-" * 20), "strong": sets("+" * 20), "half": sets("+-" * 10)}
    )
    named = {(pair.better, pair.other): pair for pair in pairs}
    assert list(named) == [("strong", "half"), ("strong", "weak"), ("half", "weak")]
    best = named["strong", "weak"]
    assert (best.won, best.lost, best.difference) == (20, 0, 1.0)
    assert best.p == 2 * 0.5**20
    assert best.adjusted_p == pytest.approx(3 * best.p)
    assert best.resolved
    near = named["half", "weak"]
    assert near.p == 2 * 0.5**10
    assert near.adjusted_p == pytest.approx(2 * near.p)
    assert near.interval is not None
    assert near.interval.low < 0.5 < near.interval.high


def test_members_can_differ_where_sets_do_not() -> None:
    """One system has three members of four right everywhere, the other one: no set of either is."""
    three = ProbeTable(tuple(row(f"s{i}", True, True, True, False) for i in range(12)))
    one = ProbeTable(tuple(row(f"s{i}", True, False, False, False) for i in range(12)))
    [by_sets] = compare_pairs({"one": one, "three": three})
    assert (by_sets.p, by_sets.difference, by_sets.resolved) == (1.0, 0.0, False)
    [pair] = compare_pairs({"one": one, "three": three}, "members")
    assert (pair.better, pair.won, pair.lost, pair.difference) == ("three", 12, 0, 0.5)
    assert pair.p == 2 * 0.5**12
    assert pair.resolved


def test_systems_are_compared_on_the_sets_that_both_have() -> None:
    part = ProbeTable(sets("++++").rows[2:])
    [pair] = compare_pairs({"all": sets("+---"), "part": part})
    assert (pair.better, pair.sets, pair.won) == ("part", 2, 2)
    assert (
        compare_pairs({"one": ProbeTable(part.rows[:1]), "other": ProbeTable(part.rows[1:])}) == ()
    )


def test_a_layer_that_one_system_attempts_has_no_pairs() -> None:
    layers = compare_layers({"one": TABLE, "other": TABLE.part(layer="quotes")})
    assert list(layers) == ["quotes"]
