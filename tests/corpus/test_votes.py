"""Votes: what they leave open, how they are read, and that they are part of the gold's identity."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from builders import REGISTRY, TARGETS, article, corpus, quote, stance, write_gold
from hypothesis import given
from hypothesis import strategies as st

import onrecord
from onrecord.corpus.corpus import Corpus, read_vote_rows
from onrecord.corpus.files import encode_lines, read_records
from onrecord.corpus.show import show
from onrecord.corpus.votes import (
    Answer,
    ReaderAnswer,
    Vote,
    VoteRecord,
    count_answers,
    is_contested,
    read_votes,
)
from onrecord.document import Document
from onrecord.exceptions import InvalidInput

IDS = {target.id for target in TARGETS}


def gazette() -> Document:
    document = article("Vold said that cod waits. Norway wants the quota.")
    return document.with_layers(
        quotes=[quote(document, "q1", "that cod waits", speaker="kari-vold")],
        stances=[stance(document, "norway", "quota", "favor", "wants the quota")],
    )


def record(*answers: str | None, **fields: object) -> VoteRecord:
    """A line on Norway's quota, or on what the fields say, answered by a reader each."""
    asked = {"ask": "stance", "holder": "norway", "target": "quota"} | fields
    return msgspec.convert(
        {
            "document": "gazette",
            "votes": count_answers(answers),
            "readers": [ReaderAnswer(answer, "so it reads") for answer in answers],
            **asked,
        },
        VoteRecord,
        from_attributes=True,
    )


def read(path: Path, *records: VoteRecord) -> tuple[Vote, ...]:
    path.write_bytes(encode_lines(records))
    return read_votes(path, [gazette()], REGISTRY, IDS)


# -- what is contested ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ([6], False),
        ([5, 1], False),  # one of six sees it: less than a quarter
        ([4, 2], True),
        ([3, 3], True),
        ([3, 1], True),  # a quarter, which is in
        ([7, 2], False),
        ([2, 2, 2], True),  # no answer has more than three quarters
        ([4, 1, 1], True),
        ([1], False),
        ([], False),
    ],
)
def test_an_item_is_contested_where_no_answer_has_more_than_three_quarters(
    votes: list[int], expected: bool
) -> None:
    assert is_contested(votes) == expected


@given(st.integers(1, 40), st.integers(0, 40))
def test_between_a_stance_and_none_the_share_lies_from_a_quarter_to_three_quarters(
    n: int, favor: int
) -> None:
    favor = min(favor, n)
    assert is_contested([favor, n - favor]) == (n <= 4 * favor <= 3 * n)


@given(st.lists(st.sampled_from(["favor", "against", "none", None]), max_size=9))
def test_the_order_of_the_readers_does_not_change_the_counts(answers: list[str | None]) -> None:
    counted = count_answers(answers)
    assert counted == count_answers(reversed(answers))
    assert {each.answer: each.votes for each in counted} == Counter(answers)


# -- reading --------------------------------------------------------------------------------------


def test_a_line_becomes_a_vote_and_stances_come_before_questions(tmp_path: Path) -> None:
    speaker = record(
        None,
        "norway",
        ask="speaker",
        holder=None,
        target=None,
        quotes=["q1"],
        words=["that cod waits"],
    )
    found = read(tmp_path / "votes.jsonl", speaker, record("favor", "favor", "none"))
    assert [vote.ask for vote in found] == ["stance", "speaker"]
    assert found[0].answers == (Answer("favor", 2), Answer("none", 1))
    assert found[0].contested
    assert found[1].quotes == ("q1",)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (record("favor", document="other"), "other: unknown document 'other' (known: gazette)"),
        (record("favor", holder="oslo"), "gazette: holder: 'oslo' is no actor of the registry"),
        (record("favor", target="fish"), "gazette: target: unknown target 'fish'"),
        (record("perhaps"), "gazette: readers: 'perhaps' is no answer to 'stance'"),
        (record(None), "gazette: readers: None is no answer to 'stance'"),
        (record(), "gazette: readers: are missing"),
        (
            record("favor", votes=[Answer("favor", 2)]),
            "gazette: votes: are not what the readers answered",
        ),
        (
            record("yes", ask="quote", holder=None, target=None, quotes=["q9"], words=["cod"]),
            "gazette: quotes: unknown quote 'q9'",
        ),
        (
            record("yes", ask="quote", holder=None, target=None, quotes=["q1"], words=["cod"]),
            "gazette: quotes: 'q1' has other words: 'that cod waits'",
        ),
        (
            record("yes", ask="utterance", holder=None, target=None, quotes=["q1"], words=["cod"]),
            "gazette: quotes: 'utterance' is asked of 2, each with its words",
        ),
        (record("yes", ask="quote"), "gazette: ask: only a stance has holder and target"),
    ],
)
def test_a_line_at_fault_is_told_with_its_place(
    line: VoteRecord, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "votes.jsonl"
    with pytest.raises(InvalidInput) as caught:
        read(path, line)
    assert str(caught.value).startswith(f"{path}:1: {reason}")


def test_an_item_is_voted_on_once(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidInput, match=r"votes\.jsonl:2: gazette: .* is voted on in another line"
    ):
        read(tmp_path / "votes.jsonl", record("favor"), record("none"))


# -- the corpus -----------------------------------------------------------------------------------


def voted(*answers: str) -> Corpus:
    counts = count_answers(answers)
    vote = Vote(
        id="gazette/norway/quota",
        doc_id="gazette",
        ask="stance",
        holder="norway",
        target="quota",
        quotes=(),
        answers=counts,
        contested=is_contested(answer.votes for answer in counts),
    )
    return msgspec.structs.replace(corpus(gazette()), votes=(vote,))


def test_the_hash_changes_with_what_is_contested_and_is_the_old_one_without_votes() -> None:
    plain, open_, closed = corpus(gazette()), voted("favor", "none"), voted("favor", "favor")
    assert len({plain.hash, open_.hash, closed.hash}) == 3
    assert msgspec.structs.replace(open_, votes=()).hash == plain.hash
    assert open_.contested == {("gazette", "norway", "quota")}
    assert closed.contested == plain.contested == frozenset()


def test_votes_are_loaded_with_the_data_and_a_corpus_need_not_have_any(tmp_path: Path) -> None:
    for name, gold in (("with", voted("favor", "none")), ("without", corpus(gazette()))):
        write_gold(tmp_path / name, gold)
        assert onrecord.load(tmp_path / name) == gold
    assert read_vote_rows(tmp_path / "without" / "data" / "votes" / "test.jsonl") == ()


def test_votes_in_other_bytes_are_the_same_and_changed_ones_are_refused(tmp_path: Path) -> None:
    write_gold(tmp_path, voted("favor", "none"))
    path = tmp_path / "data" / "votes" / "test.jsonl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"votes":1', '"votes": 1'), encoding="utf-8")
    assert onrecord.load(tmp_path) == voted("favor", "none")
    path.write_text(text.replace("true", "false"), encoding="utf-8")
    with pytest.raises(InvalidInput, match="was changed since it was built"):
        onrecord.load(tmp_path)


def test_the_golds_votes_are_those_of_the_annotation(root: Path, gold: Corpus) -> None:
    path = root / "annotation" / "votes.jsonl"
    assert gold.votes == read_votes(path, gold.documents, gold.registry, gold.target_ids)
    records = [line for _, line in read_records(path, VoteRecord)]
    assert {len(line.readers) for line in records} == {6}
    assert encode_lines(records) == path.read_bytes()


def test_the_gold_is_what_the_votes_decide_where_they_do(gold: Corpus) -> None:
    stances = {(d.id, s.holder, s.target): s.polarity for d in gold for s in d.stances}
    for vote in gold.votes:
        if vote.ask == "stance" and not vote.contested:
            now = stances.get((vote.doc_id, vote.holder or "", vote.target or ""), "none")
            assert vote.answers[0].answer == now, vote
        if vote.ask == "utterance":
            one, other = (
                next(q.utterance for q in gold[vote.doc_id].quotes if q.id == id)
                for id in vote.quotes
            )
            assert (one == other) == (vote.answers[0].answer == "yes")


def test_every_stance_of_the_gold_was_voted_on(gold: Corpus) -> None:
    cells = {(v.doc_id, v.holder, v.target) for v in gold.votes if v.ask == "stance"}
    assert {(d.id, s.holder, s.target) for d in gold for s in d.stances} <= cells


def test_eight_cells_and_one_speaker_are_contested(gold: Corpus) -> None:
    assert gold.contested == {
        ("unnamed", "antony-blinken", "us-turkey-ties"),
        ("unnamed", "european-union", "eu-punish"),
        ("unnamed", "mevlut-cavusoglu", "s400-working-group"),
        ("duvar", "united-states", "keep-s400"),
        ("rt", "hulusi-akar", "us-turkey-ties"),
        ("ibna", "antony-blinken", "us-turkey-ties"),
        ("ibna", "mevlut-cavusoglu", "us-turkey-ties"),
        ("ibna", "turkey", "arms-from-allies"),
    }
    assert gold.contested_speakers == {("unnamed", "q25")}


def test_what_is_contested_is_shown_with_the_article_and_where_it_has_no_stance() -> None:
    def vote(holder: str) -> Vote:
        answers = count_answers(["favor", "none"])
        return Vote(
            id=f"gazette/{holder}/quota",
            doc_id="gazette",
            ask="stance",
            holder=holder,
            target="quota",
            quotes=(),
            answers=answers,
            contested=True,
        )

    shown = show(gazette(), [vote("norway"), vote("iceland")])
    assert "wants the quota (33–48)\n      contested: 1 favor, 1 none" in shown
    assert shown.endswith("NO STANCE, BUT CONTESTED\n  iceland | quota | 1 favor, 1 none")
    assert "contested" not in show(gazette()).lower()
