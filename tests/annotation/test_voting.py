"""Readers' files become one file of votes, item by item, and what does not fit is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders import article, corpus, quote, write_gold
from command import assert_refused, onrecord_command

from onrecord.annotation.votes import collect_votes
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import encode_lines
from onrecord.corpus.votes import Answer
from onrecord.exceptions import InvalidInput

Line = dict[str, object]

QUOTA = "gazette/norway/quota"
TALKS = "gazette/kari-vold/talks"


def gold() -> Corpus:
    document = article("Vold said that cod waits, and told us “cod waits”.")
    return corpus(
        document.with_layers(
            quotes=[quote(document, "q1", "that cod waits"), quote(document, "q2", "“cod waits”")]
        )
    )


def cell(cell: str, answer: str) -> Line:
    return {"cell": cell, "answer": answer, "why": f"reads as {answer}"}


def lines(path: Path, *records: Line) -> Path:
    path.write_bytes(encode_lines(records))
    return path


def question(**fields: object) -> Line:
    asked = {"question": "u", "document": "gazette", "ask": "utterance", "quotes": ["q1", "q2"]}
    return asked | fields


def test_each_item_has_its_counts_and_the_readers_in_order(tmp_path: Path) -> None:
    one = lines(
        tmp_path / "one.jsonl",
        {"question": "u", "answer": "yes", "why": "one act"},
        cell(QUOTA, "favor"),
        cell(TALKS, "none"),
    )
    other = lines(
        tmp_path / "other.jsonl",
        cell(TALKS, "none"),
        cell(QUOTA, "none"),
        {"question": "u", "answer": "no", "why": "two"},
    )
    asked = lines(tmp_path / "questions.jsonl", question())
    talks, quota, same = collect_votes([one, other], gold(), asked)
    assert (talks.holder, talks.target, talks.votes) == ("kari-vold", "talks", (Answer("none", 2),))
    assert quota.votes == (Answer("favor", 1), Answer("none", 1))
    assert [reader.why for reader in quota.readers] == ["reads as favor", "reads as none"]
    assert same.words == ("that cod waits", "“cod waits”")
    assert [reader.answer for reader in same.readers] == ["yes", "no"]


def test_the_order_in_which_a_reader_went_does_not_matter(tmp_path: Path) -> None:
    given = [cell(QUOTA, "favor"), cell(TALKS, "none")]
    one = lines(tmp_path / "one.jsonl", *given)
    other = lines(tmp_path / "other.jsonl", *reversed(given))
    assert collect_votes([one], gold()) == collect_votes([other], gold())


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([], "other.jsonl: has no answers"),
        (
            [cell(QUOTA, "none"), cell(TALKS, "none")],
            f"one.jsonl: has no answer to '{TALKS}', which others have",
        ),
        ([cell(QUOTA, "none")] * 2, f"other.jsonl:2: answers '{QUOTA}' twice"),
        ([cell("quota", "none")], "other.jsonl:1: 'quota' is not document/holder/target"),
        ([{"answer": "none", "why": ""}], "other.jsonl:1: answers no cell or question, or both"),
        (
            [{"question": "x", "answer": "yes", "why": ""}],
            "other.jsonl:1: unknown question 'x'",
        ),
    ],
)
def test_a_readers_file_at_fault_is_told(given: list[Line], reason: str, tmp_path: Path) -> None:
    one = lines(tmp_path / "one.jsonl", cell(QUOTA, "favor"))
    other = lines(tmp_path / "other.jsonl", *given)
    with pytest.raises(InvalidInput) as caught:
        collect_votes([one, other], gold())
    assert str(caught.value).endswith(reason)


def test_a_question_about_no_quote_is_told(tmp_path: Path) -> None:
    one = lines(tmp_path / "one.jsonl", cell(QUOTA, "favor"))
    asked = lines(tmp_path / "questions.jsonl", question(quotes=["q1", "q9"]))
    with pytest.raises(InvalidInput, match=r"questions\.jsonl:1: gazette: unknown quote 'q9'"):
        collect_votes([one], gold(), asked)


def test_the_command_writes_the_votes_of_a_clone(tmp_path: Path) -> None:
    write_gold(tmp_path, gold())
    seed = gold().documents[0]
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / seed.meta.file).write_text(seed.text, encoding="utf-8")
    (tmp_path / "seeds" / "manifest.jsonl").write_text("")
    one = lines(tmp_path / "one.jsonl", cell(QUOTA, "favor"))
    other = lines(tmp_path / "other.jsonl", cell(QUOTA, "none"))
    output = tmp_path / "annotation" / "votes.jsonl"
    done = onrecord_command("annotate", "votes", one, other, cwd=tmp_path)
    assert done.stdout == f"1 items, 2 readers, 1 contested: {output}\n"
    (vote,) = map(json.loads, output.read_text(encoding="utf-8").splitlines())
    assert vote["votes"] == [{"answer": "favor", "votes": 1}, {"answer": "none", "votes": 1}]
    before = output.read_bytes()
    lines(other, cell(TALKS, "none"))
    assert_refused(onrecord_command("annotate", "votes", one, other, cwd=tmp_path), "no answer to")
    assert output.read_bytes() == before
