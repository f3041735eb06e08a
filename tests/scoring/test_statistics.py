"""How sure scores and differences of few documents are."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from onrecord.scoring import statistics
from onrecord.scoring.clusters import ClusterTable, cluster_table
from onrecord.scoring.statistics import (
    Difference,
    RankRange,
    SwapTest,
    Wins,
    aligned,
    detectable_beyond,
    detectable_here,
    holm,
    jackknife_difference,
    rank_ranges,
    swap_test,
    wins,
)
from onrecord.scoring.tables import CountTable, Row, Table

Counts = tuple[int, int, int]


def table(*counts: Counts) -> CountTable:
    return CountTable(
        tuple(
            Row(document=f"d{number}", tp=tp, gold=gold, predicted=predicted)
            for number, (tp, gold, predicted) in enumerate(counts)
        )
    )


def one_entity_a_document(documents: int, predicted: str) -> ClusterTable:
    """Every document names the same entity twice; a letter a document says what the system saw.

    ``=``: the entity; ``?``: two names of their own.
    """
    gold, seen, matched = [], [], []
    for number, letter in zip(range(documents), predicted, strict=True):
        for name in range(2):
            cluster = "e" if letter == "=" else f"{number}-{name}"
            gold.append((f"d{number}", "e"))
            seen.append((f"d{number}", cluster))
            matched.append((f"d{number}", "e", cluster))
    return cluster_table([f"d{number}" for number in range(documents)], gold, seen, matched)


@st.composite
def rows(draw: st.DrawFn) -> Counts:
    gold, predicted = draw(st.integers(0, 6)), draw(st.integers(0, 6))
    return draw(st.integers(0, min(gold, predicted))), gold, predicted


@st.composite
def count_pairs(draw: st.DrawFn, max_size: int = 7) -> tuple[CountTable, CountTable]:
    pairs = draw(st.lists(st.tuples(rows(), rows()), max_size=max_size))
    return table(*(one for one, _ in pairs)), table(*(other for _, other in pairs))


@st.composite
def cluster_pairs(draw: st.DrawFn) -> tuple[ClusterTable, ClusterTable]:
    """Two systems over the same names: each name has a gold cluster and may be missed."""
    ids = [f"d{number}" for number in range(draw(st.integers(0, 5)))]
    cluster = st.sampled_from("abc")
    name = st.tuples(st.sampled_from(ids) if ids else st.nothing(), cluster)
    names = draw(st.lists(name, max_size=12 if ids else 0))
    smallest = draw(st.sampled_from([1, 2]))

    def system() -> ClusterTable:
        found = [draw(st.none() | cluster) for _ in names]
        kept = [(*item, label) for item, label in zip(names, found, strict=True) if label]
        predicted = [(document, label) for document, _, label in kept]
        return cluster_table(ids, names, predicted, kept, smallest=smallest)

    return system(), system()


pairs = count_pairs() | cluster_pairs()


def in_order(table: CountTable, order: list[int]) -> CountTable:
    return CountTable(tuple(table.rows[index] for index in order))


# -- the difference of two ------------------------------------------------------------------------


def test_the_difference_of_a_case_worked_by_hand() -> None:
    """F1 .75 (left out: 10/12, 6/8, 8/12) against 6/16 (4/12, 2/8, 6/12): 3/8 (1/2, 1/2, 1/6)."""
    one = table((1, 2, 2), (3, 4, 4), (2, 2, 2))
    other = table((1, 2, 2), (2, 4, 4), (0, 2, 2))
    found = jackknife_difference(one, other)
    spread = 2 * (1 / 2 - 7 / 18) ** 2 + (1 / 6 - 7 / 18) ** 2
    half = 4.302652729911275 * math.sqrt(2 / 3 * spread)
    assert found.value == pytest.approx(3 / 8)
    assert found.error == pytest.approx(math.sqrt(2 / 3 * spread))
    assert found.interval is not None
    assert found.interval.low == pytest.approx(3 / 8 - half)
    assert found.interval.high == 1.0  # clipped
    assert 3 / 8 + half > 1


def test_a_difference_of_clusters_leaves_the_document_out_of_both() -> None:
    """All n names are one entity, k are seen as one, the others alone: LEA recall is
    k(k-1) / n(n-1), precision k/n, since a name seen alone scores 0.
    """

    def lea(together: int, total: int) -> float:
        recall = together * (together - 1) / (total * (total - 1))
        precision = together / total
        return 2 * precision * recall / (precision + recall)

    one, other = one_entity_a_document(4, "===?"), one_entity_a_document(4, "==??")
    assert one.f1 == pytest.approx(lea(6, 8))
    found = jackknife_difference(one, other)
    assert found.value == pytest.approx(lea(6, 8) - lea(4, 8))
    left_out = [lea(4, 6) - lea(2, 6)] * 2 + [lea(4, 6) - lea(4, 6)] + [1 - lea(4, 6)]
    deviations = [(value - sum(left_out) / 4) ** 2 for value in left_out]
    assert found.error == pytest.approx(math.sqrt(3 / 4 * sum(deviations)))


@given(pairs)
def test_the_jackknife_is_what_a_literal_loop_gives(pair: tuple[Table, Table]) -> None:
    one, other = pair
    whole = [one.f1, other.f1]
    value = None if None in whole else whole[0] - whole[1]  # type: ignore[operator]
    left_out = []
    for document in one.documents:
        scores = [table.without(document).f1 for table in pair]
        left_out.append(None if None in scores else scores[0] - scores[1])  # type: ignore[operator]
    expected = Difference(value, None, None)
    found = jackknife_difference(one, other)
    known = [value for value in left_out if value is not None]
    count = len(left_out)
    varies = count > 1 and len(known) == count and max(known) - min(known) > 1e-12
    if value is None or not varies:
        assert found == expected
        return
    mean = sum(known) / count
    error = (sum((each - mean) ** 2 for each in known) * (count - 1) / count) ** 0.5
    half = float(stats.t.ppf(0.975, count - 1)) * error
    assert found.value == pytest.approx(value)
    assert found.error == pytest.approx(error)
    assert found.interval is not None
    assert found.interval.low == pytest.approx(max(-1, value - half))
    assert found.interval.high == pytest.approx(min(1, value + half))


@given(pairs)
def test_exchanging_the_systems_negates_the_difference(pair: tuple[Table, Table]) -> None:
    one, other = pair
    forth, back = jackknife_difference(one, other), jackknife_difference(other, one)
    assert forth.error == back.error
    if forth.value is not None:
        assert forth.value == -back.value  # type: ignore[operator]
    if forth.interval is not None:
        assert back.interval is not None
        assert (forth.interval.low, forth.interval.high) == (
            -back.interval.high,
            -back.interval.low,
        )


@given(pairs)
def test_a_copy_of_a_system_has_no_difference_and_no_interval(pair: tuple[Table, Table]) -> None:
    one, _ = pair
    value = None if one.f1 is None else 0.0
    assert jackknife_difference(one, one) == Difference(value, None, None)


def test_what_documents_could_detect_is_blooms_effect() -> None:
    """With 4 degrees of freedom t is 2.776 at 97.5% and .941 at 80%: 3.717 standard errors."""
    difference = Difference(0.3, None, 0.1)
    assert detectable_beyond(difference, 5) == pytest.approx(0.1 * (2.776445 + 0.940965))
    assert detectable_beyond(Difference(0.3, None, None), 5) is None


def test_what_units_could_detect_of_a_case_worked_by_hand() -> None:
    """Four units of 2 gold and 2 predicted; TP 2, 2, 2, 0 against 1, 1, 1, 1: F1 .75 and .5.

    The units add (4 - 3)/16 three times and -3/16 to the one, (2 - 2)/16 to the other.
    """
    one, other = table(*[(2, 2, 2)] * 3, (0, 2, 2)), table(*[(1, 2, 2)] * 4)
    variance = 4 / 3 * (3 * (1 / 16) ** 2 + (3 / 16) ** 2)
    expected = (1.959964 + 0.841621) * math.sqrt(variance)
    assert detectable_here(one, other) == pytest.approx(expected, abs=1e-6)
    assert detectable_here(other, one) == detectable_here(one, other)
    assert detectable_here(one, one) is None
    assert detectable_here(table(), table()) is None


@given(count_pairs())
def test_units_that_only_one_table_has_are_empty_in_the_other(
    pair: tuple[CountTable, CountTable],
) -> None:
    one, other = pair
    few = CountTable(tuple(row for row in one.rows if row.gold + row.predicted))
    left, right = aligned(few, other)
    assert left.documents == right.documents == tuple(sorted(other.documents))
    assert (left.tp, left.gold, left.predicted) == (one.tp, one.gold, one.predicted)
    assert swap_test(left, right) == swap_test(one, other)


def test_tables_of_different_documents_are_not_compared() -> None:
    one, other = table((1, 1, 1)), table((1, 1, 1), (1, 1, 1))
    for function in (jackknife_difference, swap_test, wins):
        with pytest.raises(ValueError, match="different documents"):
            function(one, other)
    with pytest.raises(ValueError, match="different documents"):
        rank_ranges({"one": one, "other": other})


# -- the swap test --------------------------------------------------------------------------------


def test_the_swap_test_of_a_case_worked_by_hand() -> None:
    """Three documents of 4 gold and 4 predicted; TP 4, 3, 3 against 1, 2, 3.

    The third changes nothing. The sums of TP are 10:6 as seen, 7:9 with the first swapped, 9:7 with
    the second, 6:10 with both: 2 of 4 differ by 4 or more.
    """
    one, other = table((4, 4, 4), (3, 4, 4), (3, 4, 4)), table((1, 4, 4), (2, 4, 4), (3, 4, 4))
    assert swap_test(one, other) == SwapTest(p=0.5, smallest=0.5, exact=True)


def test_five_documents_give_no_p_below_one_sixteenth() -> None:
    best, worst = table(*[(4, 4, 4)] * 5), table(*[(0, 4, 4)] * 5)
    assert swap_test(best, worst) == SwapTest(p=0.0625, smallest=0.0625, exact=True)


def test_the_smallest_p_is_one_that_these_counts_can_give() -> None:
    """Of two documents 2^(1-2) is a bound, and here none: F1 is 4/8 against 2/16 as seen, and 6/16
    against 0/8 with the second swapped, so that every assignment differs by 3/8.
    """
    one, other = table((2, 2, 2), (0, 2, 2)), table((0, 2, 2), (1, 2, 10))
    assert swap_test(one, other) == SwapTest(p=1.0, smallest=1.0, exact=True)


@given(count_pairs())
def test_a_copy_of_a_system_against_itself_gives_p_1(pair: tuple[CountTable, CountTable]) -> None:
    one, _ = pair
    assert swap_test(one, one) == SwapTest(p=1.0, smallest=1.0, exact=True)


@given(count_pairs(max_size=5))
def test_the_exact_p_is_what_a_literal_loop_gives(pair: tuple[CountTable, CountTable]) -> None:
    one, other = pair
    both = list(zip(one.rows, other.rows, strict=True))

    def gap(swapped: tuple[bool, ...]) -> float:
        sides = [
            (two, one) if swap else (one, two)
            for swap, (one, two) in zip(swapped, both, strict=True)
        ]
        left, right = (CountTable(tuple(side[number] for side in sides)) for number in (0, 1))
        return abs((left.f1 or 0) - (right.f1 or 0))

    gaps = [gap(swapped) for swapped in itertools.product([False, True], repeat=len(both))]
    p_values = [sum(each >= seen - 1e-12 for each in gaps) / len(gaps) for seen in gaps]
    found = swap_test(one, other)
    assert found.exact
    assert found.p == pytest.approx(p_values[0])
    assert found.smallest == pytest.approx(min(p_values))


@given(count_pairs(), st.randoms(use_true_random=False))
def test_neither_the_side_nor_the_order_of_documents_changes_p(
    pair: tuple[CountTable, CountTable], random: st.random.Random
) -> None:
    one, other = pair
    order = list(range(len(one.rows)))
    random.shuffle(order)
    assert swap_test(one, other) == swap_test(other, one)
    assert swap_test(one, other) == swap_test(in_order(one, order), in_order(other, order))
    assert swap_test(one, other) == swap_test(one, in_order(other, order))
    assert jackknife_difference(one, other) == jackknife_difference(in_order(one, order), other)


def test_the_exact_p_is_scipys() -> None:
    random = np.random.default_rng(7)
    for documents in (2, 5, 8):
        counts = random.integers([0, 9, 9], [9, 18, 18], (2, documents, 3))
        one, other = (table(*(tuple(map(int, row)) for row in side)) for side in counts)
        rows = counts.reshape(-1, 3)

        def gap(left: np.ndarray, right: np.ndarray, rows: np.ndarray = rows) -> float:
            sums = [rows[side].sum(axis=0) for side in (left, right)]
            return abs(float(np.subtract(*(2 * tp / (gold + said) for tp, gold, said in sums))))

        expected = stats.permutation_test(
            (np.arange(documents), np.arange(documents, 2 * documents)),
            gap,
            permutation_type="samples",
            n_resamples=np.inf,
            alternative="greater",
            vectorized=False,
        )
        found = swap_test(one, other)
        assert found.exact
        assert found.p == pytest.approx(expected.pvalue)


def many(documents: int, seed: int) -> CountTable:
    random = np.random.default_rng(seed)
    tp = random.integers(0, 9, documents)
    return table(*((int(n), 10, 10 + int(n) % 3) for n in tp))


def test_beyond_16_documents_that_differ_assignments_are_drawn() -> None:
    same = [(1, 2, 3)] * 20
    one, other = table(*same, *[(9, 9, 9)] * 16), table(*same, *[(0, 9, 9)] * 16)
    assert swap_test(one, other) == SwapTest(p=2**-15, smallest=2**-15, exact=True)
    one, other = table(*[(9, 9, 9)] * 17), table(*[(0, 9, 9)] * 17)
    assert swap_test(one, other, samples=99) == SwapTest(p=0.01, smallest=0.01, exact=False)


def test_the_drawn_p_is_near_the_exact_one(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = many(16, 5), many(16, 15)
    exact = swap_test(one, other)
    monkeypatch.setattr(statistics, "ENUMERATED", 0)
    drawn = swap_test(one, other)
    assert (exact.exact, drawn.exact) == (True, False)
    assert 0.05 < exact.p < 0.95
    assert abs(drawn.p - exact.p) < 4 * math.sqrt(exact.p * (1 - exact.p) / 10_000)


def test_the_seed_alone_decides_what_is_drawn() -> None:
    one, other = many(1000, 1), many(1000, 2)
    order = list(reversed(range(1000)))
    first = swap_test(one, other, seed=1)
    assert first == swap_test(one, other, seed=1)
    assert first == swap_test(other, one, seed=1)
    assert first == swap_test(in_order(one, order), in_order(other, order), seed=1)
    assert len({swap_test(one, other, seed=seed).p for seed in range(5)}) > 1
    assert 1 / 10_001 <= first.p <= 1


def test_the_swap_test_refuses_clusters() -> None:
    clusters = one_entity_a_document(2, "=?")
    with pytest.raises(TypeError, match="tables of counts only"):
        swap_test(clusters, clusters)  # type: ignore[arg-type]


# -- many systems ---------------------------------------------------------------------------------


def test_holm_of_a_case_worked_by_hand() -> None:
    """Sorted .01, .02, .03, .04, times 4, 3, 2, 1: .04, .06, .06, .04, and never falling."""
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.6, 0.5]) == [1.0, 1.0]
    assert holm([]) == []


def test_what_is_no_test_does_not_count_for_holm() -> None:
    assert holm([None, 0.01, None, 0.5]) == [None, 0.02, None, 0.5]
    assert holm([None]) == [None]


@given(st.lists(st.none() | st.floats(0, 1), max_size=8), st.randoms(use_true_random=False))
def test_holm_never_lowers_a_p_and_keeps_their_order(
    values: list[float | None], random: st.random.Random
) -> None:
    adjusted = holm(values)
    known = [(p, q) for p, q in zip(values, adjusted, strict=True) if p is not None]
    for p, q in known:
        assert q is not None
        assert p <= q <= min(1.0, p * len(known)) or q == pytest.approx(p * len(known))
    assert [q for _, q in sorted(known)] == sorted(q for _, q in known)  # type: ignore[type-var]
    order = list(range(len(values)))
    random.shuffle(order)
    assert holm([values[index] for index in order]) == [adjusted[index] for index in order]


def test_wins_count_documents_and_undefined_scores_are_ties() -> None:
    """F1 1/2:1/4, 0:1, 1/3:2/6 (of 3 and 6 items), undefined:0, undefined:undefined."""
    one = table((1, 2, 2), (0, 1, 1), (1, 3, 3), (0, 0, 0), (0, 0, 0))
    other = table((1, 4, 4), (1, 1, 1), (2, 6, 6), (0, 0, 1), (0, 0, 0))
    assert wins(one, other) == Wins(first=1, second=1, ties=3)
    assert wins(other, one) == Wins(first=1, second=1, ties=3)
    assert wins(one, one) == Wins(first=0, second=0, ties=5)


def test_wins_of_clusters_are_by_what_lies_in_a_document() -> None:
    one, other = one_entity_a_document(3, "==?"), one_entity_a_document(3, "=?=")
    assert wins(one, other) == Wins(first=1, second=1, ties=1)
    assert wins(one_entity_a_document(3, "==="), other) == Wins(first=1, second=0, ties=2)


@given(pairs)
def test_scores_of_one_document_and_without_one_are_those_of_smaller_tables(
    pair: tuple[Table, Table],
) -> None:
    one, _ = pair
    for document, alone, without in zip(one.documents, one.alone(), one.left_out(), strict=True):
        rest: Table = one
        for other in one.documents:
            rest = rest if other == document else rest.without(other)
        assert alone == pytest.approx(rest.f1, abs=1e-12)
        assert without == pytest.approx(one.without(document).f1, abs=1e-12)


def test_ranks_range_over_leaving_out_any_document_or_none() -> None:
    """F1 4/8, 3/8, 2/8; without d0 1/4, 3/4, 1/4; without d1 3/4, 0, 1/4."""
    ranges = rank_ranges(
        {
            "first": table((3, 4, 4), (1, 4, 4)),
            "second": table((0, 4, 4), (3, 4, 4)),
            "third": table((1, 4, 4), (1, 4, 4)),
        }
    )
    assert ranges == {
        "first": RankRange(1, 2),
        "second": RankRange(1, 3),
        "third": RankRange(2, 3),
    }


def test_equal_systems_share_the_better_rank_and_undefined_scores_count_as_0() -> None:
    none, zero, good = table((0, 0, 0)), table((0, 0, 1)), table((1, 1, 1))
    ranges = rank_ranges({"none": none, "zero": zero, "good": good, "copy": good})
    assert ranges["good"] == ranges["copy"] == RankRange(1, 1)
    assert ranges["none"] == ranges["zero"] == RankRange(1, 3)  # without the document all are equal
    assert rank_ranges({}) == {}


# -- documents left out and alone -----------------------------------------------------------------


@st.composite
def tables(draw: st.DrawFn) -> Table:
    ids = [f"d{number}" for number in range(draw(st.integers(0, 5)))]
    if draw(st.booleans()):
        counts = st.tuples(st.integers(0, 3), st.integers(3, 6), st.integers(3, 6))
        empty = st.just((0, 0, 0))
        return table(*draw(st.lists(counts | empty, max_size=6)))
    cluster = st.none() | st.integers(0, 3).map(str)
    items = st.lists(st.tuples(st.sampled_from(ids), cluster, cluster), max_size=15)
    found = draw(items) if ids else []
    return cluster_table(
        ids,
        [(document, left) for document, left, _ in found if left],
        [(document, right) for document, _, right in found if right],
        [(document, left, right) for document, left, right in found if left and right],
        smallest=draw(st.sampled_from([1, 2])),
    )


@given(tables())
def test_scores_with_a_document_left_out_are_those_of_the_table_without_it(table: Table) -> None:
    slow = [table.without(document).f1 for document in table.documents]
    assert_same(table.left_out(), slow)


@given(tables())
def test_the_score_of_a_document_alone_is_that_of_the_table_without_all_others(
    table: Table,
) -> None:
    slow = []
    for document in table.documents:
        alone = table
        for other in table.documents:
            if other != document:
                alone = alone.without(other)
        slow.append(alone.f1)
    assert_same(table.alone(), slow)


def assert_same(one: list[float | None], other: list[float | None]) -> None:
    assert [value is None for value in one] == [value is None for value in other]
    known = [[value for value in values if value is not None] for values in (one, other)]
    assert known[0] == pytest.approx(known[1], abs=1e-12)
