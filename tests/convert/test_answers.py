"""Answers in words: what a file may be, what becomes of it, and that nothing is lost in silence."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import TARGETS, article, corpus
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import onrecord
from onrecord.cli.main import main
from onrecord.convert import from_answers
from onrecord.convert.answer_files import document_schema
from onrecord.convert.answers import find_answer, no_faults, place
from onrecord.corpus.files import encode_json
from onrecord.corpus.predictions import encode_predictions
from onrecord.document import Document
from onrecord.exceptions import InvalidInput

ROOT = Path(__file__).parents[2]
GAZETTE = article(
    "Vold says no\nKari Vold told reporters that Einar Jónsson had asked for a loan.\nRead more: Vold\n",
    promo="Read more",
)
COURIER = article("Norway paid.\n", "courier")
ARTICLES = corpus(GAZETTE, COURIER)
TARGET = TARGETS[0].id
Saved = Callable[..., Path]

ANSWER: dict[str, Any] = {
    "id": "gazette",
    "mentions": [
        {"text": "Vold", "label": "PERSON", "entity": "Kari Vold"},
        {"text": "Kari Vold", "label": "person", "entity": "Kari Vold"},
        {"text": "Einar Jonsson", "label": "PERSON", "entity": "Einar Jónsson"},
        {"text": "Vold", "label": "PERSON", "entity": "Kari Vold"},
    ],
    "quotes": [
        {
            "content": ["no"],
            "cue": "says",
            "source": "Vold",
            "speaker": "Kari Vold",
            "utterance": 1,
        },
        {
            "content": ["that Einar Jónsson had asked for a loan"],
            "cue": "told",
            "source": "Kari Vold",
            "speaker": "Kari Vold",
            "utterance": "2",
        },
        {
            "content": ["for a loan"],
            "cue": "asked",
            "source": "Einar Jónsson",
            "speaker": "Einar Jónsson",
            "utterance": "2",
        },
    ],
    "stances": [
        {"holder": "Kari Vold", "target": TARGET, "polarity": "Against", "evidence": ["says no"]}
    ],
}


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    def save(content: Any, name: str = "a.json") -> Path:
        path = tmp_path / name
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
        return path

    return save


def words(document: Document) -> list[tuple[str, int]]:
    return [(mention.of(document.text), mention.start) for mention in document.mentions]


def test_words_become_spans_and_names_stay_names(saved: Saved) -> None:
    converted = from_answers([saved(ANSWER)], ARTICLES)
    document = converted.documents[0]
    text = document.text
    assert words(document) == [("Vold", 0), ("Kari Vold", 13), ("Einar Jónsson", 43), ("Vold", 90)]
    assert {m.entity for m in document.mentions} == {"kari vold", "einar jonsson"}
    first, outer, inner = document.quotes
    assert [q.cue and q.cue.of(text) for q in document.quotes] == ["says", "told", "asked"]
    assert (first.source and first.source.start, inner.parent) == (0, outer.id)
    assert outer.utterance == inner.utterance != first.utterance
    assert [q.speaker for q in document.quotes] == ["Kari Vold", "Kari Vold", "Einar Jónsson"]
    [stance] = document.stances
    assert (stance.holder, stance.polarity) == ("Kari Vold", "against")
    assert converted.documents.layers == onrecord.LAYERS
    assert converted.notes == (
        "mentions found but for letters: 1",
        "not in the input, so empty: courier",
    )


@pytest.mark.parametrize(
    "form",
    [
        lambda a: json.dumps([a]),
        lambda a: json.dumps({"documents": [a]}),
        lambda a: json.dumps(a) + "\n\n" + json.dumps({"id": "courier", "mentions": []}),
        lambda a: "\ufeff" + json.dumps({k: a[k] for k in ("id", "mentions")})
        + "\n" + json.dumps({k: a[k] for k in ("id", "quotes", "stances")}),
    ],
    ids=["list", "documents", "lines", "a layer a line"],
)  # fmt: skip
def test_all_forms_of_a_file_are_one(form: Callable[[Any], str], saved: Saved) -> None:
    plain = from_answers([saved(ANSWER, "one.json")], ARTICLES).documents
    assert tuple(from_answers([saved(form(ANSWER))], ARTICLES).documents) == tuple(plain)


def test_what_was_not_asked_for_is_not_attempted(saved: Saved) -> None:
    made = from_answers([saved({"id": "gazette", "stances": []})], ARTICLES)
    assert made.documents.layers == ("stances",)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            {"id": "tribune", "mentions": []},
            r"unknown document 'tribune' \(known: gazette, courier",
        ),
        ([ANSWER, ANSWER], "gazette: mentions: is given again"),
        ('{"id": "gazette"}\n{', r"a.json:2: not JSON, which one object .*: '{'"),
        ({"mentions": []}, "no answer for a document: .*missing required field `id`"),
        ({"id": "gazette", "mentions": {}}, "no answer for a document: Expected `array"),
        ({"documents": []}, "a.json: has no answers"),
        ("", "has no answers"),
        ({"id": "gazette", "sha256": "0", "mentions": []}, "are predictions already"),
        (
            {"model": "m", "documents": [{"id": "gazette", "sha256": "0"}], "raw": ""},
            "are raw answers",
        ),
        (
            {"id": "gazette", "mentions": [{"text": "Atlantis", "label": "LOC"}]},
            "none of the 1 items could be placed: gazette: mentions without a place .*'Atlantis'",
        ),
    ],
)
def test_what_is_no_answer_is_refused(content: Any, reason: str, saved: Saved) -> None:
    with pytest.raises(InvalidInput, match=reason):
        from_answers([saved(content)], ARTICLES)


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        (r'{"text": "Vold \ud83d", "label": "PERSON"}', r"'Vold \ud83d'; most like it is 'Vold'"),
        (r'{"text": "Vold", "label": "PERSON", "entity": "a\ud83d"}', "half of a character"),
        ('{"text": "Vold", "label": "PERSON", "entity": NaN}', "got `float`"),
        ('{"text": "Vold", "label": "PERSON", "entity": 1e400}', "got `float`"),
    ],
)
def test_what_no_file_can_hold_is_a_fault(item: str, fault: str, saved: Saved) -> None:
    """A model may stop in the middle of a character, and write numbers that are none."""
    whole = '{"text": "Einar Jónsson", "label": "PERSON"}'
    path = saved(f'{{"id": "gazette", "mentions": [{item}, {whole}]}}')
    converted = from_answers([path], ARTICLES)
    assert words(converted.documents[0]) == [("Einar Jónsson", 43)]
    assert fault in converted.notes[0]
    encode_predictions(converted.documents)


@pytest.mark.parametrize("lines", [1, 2])
def test_answers_may_come_through_a_pipe(lines: int, tmp_path: Path, saved: Saved) -> None:
    other = {"id": "courier", "mentions": []}
    content = "\n".join(map(json.dumps, [ANSWER, other][:lines]))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(content,))
    writer.start()
    try:
        piped = from_answers([pipe], ARTICLES)
    finally:
        writer.join()
    assert piped == from_answers([saved(content)], ARTICLES)


def test_a_report_that_is_all_of_a_piece_of_another_keeps_its_place() -> None:
    text = "“The ban must go,” Vold said on Monday that Jónsson had said, “and soon.”\n"
    document = article(text)
    quotes = [{"content": ["“The ban must go,”", "“and soon.”"]}, {"content": ["“and soon.”"]}]
    found = find_answer(json.dumps({"documents": [{"id": "1", "quotes": quotes}]}))
    assert found is not None
    outer, inner = place(document, found.documents[0], [], no_faults()).quotes
    assert inner.content == outer.content[1:]
    assert inner.parent == outer.id


def test_each_fault_is_told_and_harms_nothing_else() -> None:
    odd = {
        "id": "gazette",
        "mentions": [
            {"text": "Kari Vold", "label": "PERSON"},
            {"text": "Vold told", "label": "ORG"},
            {"text": "Liv Sande", "label": "PERSON"},
            {"text": "a loan", "label": "DEBT"},
            {"text": 7, "label": "GPE"},
            "Vold",
        ],
        "quotes": [
            {"content": "for a loan", "cue": "begged", "speaker": ""},
            {"content": ["for a loan"]},
            {"content": []},
        ],
        "stances": [
            {"holder": "Kari Vold", "target": "nothing", "polarity": "favor", "evidence": ["no"]},
            {"holder": "Kari Vold", "target": TARGET, "polarity": "for", "evidence": ["no"]},
            {"holder": "Kari Vold", "target": TARGET, "polarity": "favor", "evidence": ["asks a loan"]},
            {"holder": "Kari Vold", "target": TARGET, "polarity": "mixed", "evidence": ["no"]},
        ],
    }  # fmt: skip
    found = find_answer(json.dumps({"documents": [odd]}))
    assert found is not None
    faults = no_faults()
    document = place(GAZETTE, found.documents[0], [TARGET], faults)
    assert [w for w, _ in words(document)] == ["Kari Vold"]
    [quote] = document.quotes
    assert (quote.cue, quote.speaker) == (None, None)
    [stance] = document.stances
    assert stance.evidence[0].of(document.text) == "asked for a loan"  # the most like it
    assert dict(faults.counts) == {
        "items that are not of the form": 3,
        "items of no type": 1,
        "items of no target": 1,
        "mentions without a place in the text": 1,
        "mentions that overlap another": 1,
        "cues without a place in the text": 1,
        "quotes given twice": 1,
        "evidence without a place in the text": 1,
        "stances given twice": 1,
    }
    assert "gazette: mentions without a place in the text: 'Liv Sande'" in "\n".join(faults.lines)


def test_content_that_runs_into_promotional_text_is_cut_before_it() -> None:
    answer = {"id": "gazette", "quotes": [{"content": ["for a loan. Read more"]}]}
    found = find_answer(json.dumps({"documents": [answer]}))
    assert found is not None
    [quote] = place(GAZETTE, found.documents[0], [], no_faults()).quotes
    assert [span.of(GAZETTE.text) for span in quote.content] == ["for a loan."]


@pytest.mark.parametrize(
    ("raw", "ids"),
    [
        ('{"documents": [{"id": 1}]}', ["1"]),
        ('{"mentions": []}', ["1"]),
        ('{"documents": {"id": "x", "mentions": []}}', ["x"]),
        ('a {b} {"documents": [{"id": "1"}]} and {"documents": [{"id": "2"}]} {"c": 1}', ["2"]),
        ('<think>{"documents": [{"id": "1"}]}</think>{"documents": [{"id": "2"}]}', ["2"]),
        ('…</think>{"documents": [{"id": "2"}]}', ["2"]),
        ('<think>{"documents": [{"id": "1"}]}', None),
        ("[" * 10_000 + "{" * 10_000, None),
        ("", None),
    ],
)
def test_the_last_answer_in_a_model_s_words_counts(raw: str, ids: list[str] | None) -> None:
    found = find_answer(raw)
    assert (found and [one.id for one in found.documents]) == ids


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["id", "documents", "mentions", "quotes", "text", "label", "content", "x"]),
        inner, max_size=4,
    ),
)  # fmt: skip


@given(JSON, st.text(max_size=20))
def test_no_answer_whatever_breaks_a_document(value: Any, around: str) -> None:
    found = find_answer(f"{around}{json.dumps(value)}{around}")
    for one in found.documents if found is not None else ():
        document = place(GAZETTE, one, [TARGET], no_faults())
        assert document.text == GAZETTE.text


def test_the_published_schema_is_that_of_the_code() -> None:
    published = (ROOT / "docs" / "answers.schema.json").read_bytes()
    assert published == encode_json(document_schema())
    validator = Draft202012Validator(document_schema())
    strict = {**ANSWER, "mentions": ANSWER["mentions"][:1], "stances": []}
    validator.validate(strict)
    assert not validator.is_valid({"id": "gazette", "quotes": [{"cue": "said"}]})


def test_the_command_reads_words_and_tells_what_it_could_not_place(
    saved: Saved, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    mentions = [{"text": "Çavuşoğlu", "label": "PERSON"}, {"text": "Atlantis", "label": "LOC"}]
    path, made = saved({"id": "duvar", "mentions": mentions}), tmp_path / "p.jsonl"
    assert main(["convert", "answers", str(path), "-o", str(made)]) == 0
    told = capsys.readouterr().err
    assert "duvar: mentions without a place in the text: 'Atlantis'" in told
    assert main(["validate", str(made)]) == 0
