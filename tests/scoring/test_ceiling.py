"""The readers' own score in stances, worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from builders import article, corpus, stance
from hypothesis import given
from hypothesis import strategies as st

import onrecord
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.votes import Answer, Vote, is_contested
from onrecord.scoring.ceiling import expert_stances


def voted(*cells: Mapping[str, int]) -> Corpus:
    """A corpus whose readers voted on so many cells, of other targets each."""
    document = article("Norway wants the quota.")
    gold = document.with_layers(
        stances=[stance(document, "norway", "t0", "favor", "wants the quota")]
    )
    votes = tuple(
        Vote(
            id=f"gazette/norway/t{number}",
            doc_id="gazette",
            ask="stance",
            holder="norway",
            target=f"t{number}",
            quotes=(),
            answers=tuple(Answer(answer, n) for answer, n in answers.items()),
            contested=is_contested(answers.values()),
        )
        for number, answers in enumerate(cells)
    )
    return msgspec.structs.replace(corpus(gold), votes=votes)


def counts(gold: Corpus, *, contested: bool = False) -> tuple[float, int, int]:
    table = expert_stances(gold, contested=contested)
    assert table is not None
    return table.tp, table.gold, table.predicted


def test_readers_of_one_mind_are_right_and_none_is_no_stance() -> None:
    assert counts(voted({"favor": 6}, {"none": 6})) == (6, 6, 6)


def test_each_reader_is_held_against_the_others() -> None:
    # five favor: the other four and the none are 4 to 1, .8, decided: favor is right
    # one none: the others are five to none: favor is right, and the reader gave none
    assert counts(voted({"favor": 5, "none": 1})) == (5, 6, 5)
    # four favor: the others are 3 to 2, .6, open, and left out; two none: 4 to 1, decided
    assert counts(voted({"favor": 4, "none": 2})) == (0, 2, 0)
    # with what is open: favor is most frequent for all six
    assert counts(voted({"favor": 4, "none": 2}), contested=True) == (4, 6, 4)
    # another polarity is a stance that is given and one that is missed
    assert counts(voted({"favor": 5, "against": 1})) == (5, 6, 6)


def test_a_tie_of_the_others_is_broken_by_the_gold() -> None:
    # of each favor the others are 1 favor and 3 none: none is right; of each none they are 2 and 2
    split = {"favor": 2, "none": 3}
    assert counts(voted(split), contested=True) == (0, 3, 2)  # t0: the gold has favor
    assert counts(voted({"none": 1}, split), contested=True) == (0, 0, 2)  # t1: it has none


def test_there_is_no_ceiling_without_two_readers() -> None:
    assert expert_stances(voted()) is None
    assert expert_stances(voted({"favor": 1})) is None


cells = st.lists(
    st.dictionaries(
        st.sampled_from(["favor", "against", "mixed", "none"]),
        st.integers(1, 5),
        min_size=1,
    ).filter(lambda answers: sum(answers.values()) > 1),
    min_size=1,
    max_size=4,
)


@given(cells, st.booleans())
def test_it_is_what_a_loop_over_single_readers_counts(
    asked: list[dict[str, int]], contested: bool
) -> None:
    tp = right_to_give = given_ones = 0
    for number, answers in enumerate(asked):
        readers = [answer for answer, n in answers.items() for _ in range(n)]
        for place, own in enumerate(readers):
            others = readers[:place] + readers[place + 1 :]
            most = max(others.count(answer) for answer in others)
            if not contested and most / len(others) <= 0.75:
                continue
            first = {answer for answer in others if others.count(answer) == most}
            right = first.pop() if len(first) == 1 else ("favor" if number == 0 else "none")
            given_ones += own != "none"
            right_to_give += right != "none"
            tp += own == right != "none"
    assert counts(voted(*asked), contested=contested) == (tp, right_to_give, given_ones)


def test_the_golds_readers_agree_nearly_always(gold: onrecord.Corpus) -> None:
    without, with_contested = (expert_stances(gold, contested=c) for c in (False, True))
    assert without is not None
    assert with_contested is not None
    assert (without.tp, without.gold, without.predicted) == (449, 458, 453)
    assert (with_contested.tp, with_contested.gold, with_contested.predicted) == (465, 480, 475)
    assert without.f1 == pytest.approx(0.986, abs=5e-4)
    assert with_contested.f1 == pytest.approx(0.974, abs=5e-4)
