"""Converters read an article at a time: memory does not grow with the corpus or with the file."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import spacy
from effort import Alive
from spacy.tokens import Doc, DocBin
from spacy.tokens import Span as Tokens

from onrecord.cli.main import main
from onrecord.convert.answers import Answer
from onrecord.convert.kept import Kept, KeptDocuments
from onrecord.convert.mentions import Mentions
from onrecord.convert.sentences import Block
from onrecord.convert.tokens import Found
from onrecord.corpus.articles import Articles
from onrecord.corpus.corpus import load_seeds
from onrecord.corpus.exports.exports import write_export
from onrecord.corpus.resolution import Nobodies
from onrecord.document import Quote, Span
from onrecord.exceptions import InvalidInput


def test_articles_read_one_at_a_time_are_those_read_at_once(clone: Path) -> None:
    lazy = Articles(clone)
    assert dict(lazy) == load_seeds(clone)
    assert (len(lazy), "d1" in lazy, "d7" in lazy) == (2, True, False)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda c: (c / "seeds" / "d1.txt").write_text("other"), "manifest.jsonl:2: d1: sha256: "),
        (lambda c: (c / "seeds" / "manifest.jsonl").write_text(""), "lists no article"),
        (lambda c: (c / "seeds" / "manifest.jsonl").write_text("{}\n"), "manifest.jsonl:1: "),
        (
            lambda c: (c / "seeds" / "manifest.jsonl").write_bytes(
                (c / "seeds" / "manifest.jsonl").read_bytes() * 2
            ),
            "manifest.jsonl:3: d0: is listed twice",
        ),
    ],
)
def test_what_is_wrong_with_an_article_is_told(
    clone: Path, damage: Callable[[Path], object], message: str
) -> None:
    damage(clone)
    with pytest.raises(InvalidInput, match=message):
        dict(Articles(clone))


def test_predictions_are_in_the_order_of_the_corpus_whatever_that_of_the_file(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", "conll", str(clone / "all.conll"), "--gold", str(clone)]) == 0
    output, told = capsys.readouterr()
    assert [line[:10] for line in output.splitlines()] == ['{"id":"d0"', '{"id":"d1"']
    assert told == ""


def test_no_more_than_a_few_documents_are_held_at_a_time(
    clone_of: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = clone_of(24)
    alive = Alive(monkeypatch, Mentions, "done", lambda one: isinstance(one, Block | Found))
    monkeypatch.setattr("onrecord.convert.kept.HELD", 100)
    command = ["convert", "conll", str(clone / "all.conll"), "--gold", str(clone)]
    assert main([*command, "-o", str(clone / "out.jsonl")]) == 0
    assert len(alive.counts) == 24
    assert 1 <= max(alive.counts) <= 4
    assert (clone / "out.jsonl").read_text().count('"label":"GPE"') == 96


def test_docs_of_spacy_are_made_one_at_a_time(
    clone_of: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = clone_of(12)
    nlp = spacy.blank("en")
    docs = []
    for id in reversed([*Articles(clone)]):
        doc = nlp(Articles(clone)[id].text)
        doc.ents = [Tokens(doc, 0, 1, "GPE")]
        docs.append(doc)
    DocBin(docs=docs).to_disk(clone / "all.spacy")
    docs.clear()
    del doc
    alive = Alive(monkeypatch, Mentions, "done", lambda one: isinstance(one, Doc))
    command = ["convert", "spacy", str(clone / "all.spacy"), "--gold", str(clone)]
    assert main([*command, "-o", str(clone / "out.jsonl")]) == 0
    assert len(alive.counts) == 12
    assert 1 <= max(alive.counts) <= 2
    lines = (clone / "out.jsonl").read_text().splitlines()
    assert [line[:11] for line in lines[:2]] == ['{"id":"d0",', '{"id":"d1",']
    assert all(line.count('"label":"GPE"') == 1 for line in lines)


def test_answers_in_words_are_placed_one_at_a_time(
    clone_of: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = clone_of(12)
    names = [{"text": "Norway", "label": "GPE"}]
    lines = [json.dumps({"id": f"d{n}", "mentions": names}) for n in reversed(range(11))]
    (clone / "words.jsonl").write_text("\n".join(lines), encoding="utf-8")
    alive = Alive(monkeypatch, Kept, "put", lambda one: isinstance(one, Answer))
    monkeypatch.setattr("onrecord.convert.kept.HELD", 100)
    command = ["convert", "answers", str(clone / "words.jsonl"), "--gold", str(clone)]
    assert main([*command, "-o", str(clone / "out.jsonl")]) == 0
    assert len(alive.counts) == 11 + 12  # what was said, and what became of every article
    assert 1 <= max(alive.counts) <= 3
    rows = [json.loads(line) for line in (clone / "out.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == [f"d{n}" for n in range(12)]
    assert [len(row["mentions"]) for row in rows] == [1] * 11 + [0]


@pytest.mark.parametrize("indent", [None, 1])
def test_answers_in_one_array_are_placed_one_at_a_time(
    clone_of: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch, indent: int | None
) -> None:
    clone = clone_of(12)
    names = [{"text": "Norway", "label": "GPE"}]
    answers = [{"id": f"d{n}", "mentions": names} for n in reversed(range(12))]
    (clone / "words.json").write_text(json.dumps(answers, indent=indent), encoding="utf-8")
    alive = Alive(monkeypatch, Kept, "put", lambda one: isinstance(one, Answer))
    command = ["convert", "answers", str(clone / "words.json"), "--gold", str(clone)]
    assert main([*command, "-o", str(clone / "out.jsonl")]) == 0
    assert len(alive.counts) == 24
    assert 1 <= max(alive.counts) <= 3


@pytest.mark.parametrize("indent", [None, 1])
def test_mentions_in_one_array_are_read_one_document_at_a_time(
    clone_of: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch, indent: int | None
) -> None:
    clone = clone_of(12)
    span = {"start": 0, "end": 6, "label": "GPE"}
    records = [{"id": f"d{n}", "spans": [span], "mark": 1} for n in reversed(range(12))]
    (clone / "spans.json").write_text(json.dumps(records, indent=indent), encoding="utf-8")
    records.clear()
    alive = Alive(
        monkeypatch, Mentions, "done", lambda one: type(one) is dict and one.get("mark") == 1
    )
    command = ["convert", "spans", str(clone / "spans.json"), "--gold", str(clone)]
    assert main([*command, "-o", str(clone / "out.jsonl")]) == 0
    assert len(alive.counts) == 12
    assert 1 <= max(alive.counts) <= 2
    assert (clone / "out.jsonl").read_text().count('"label":"GPE"') == 12


def test_tasks_of_an_export_are_read_one_at_a_time(
    clone_of: Callable[[int], Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clone = clone_of(12)
    export = clone / "tasks.json"
    articles = reversed([*Articles(clone).values()])
    quoted = [one.with_layers(quotes=[Quote(id="q1", content=(Span(0, 6),))]) for one in articles]
    write_export(export, quoted)
    quoted.clear()

    def is_task(one: object) -> bool:
        return type(one) is dict and one.keys() == {"annotations", "data"}

    kept = Alive(monkeypatch, KeptDocuments, "put", is_task)
    command = ["convert", "labelstudio", str(export), "--gold", str(clone)]
    assert main([*command, "-o", str(clone / "out.jsonl")]) == 0
    assert len(kept.counts) == 12
    assert 1 <= max(kept.counts) <= 2
    lines = (clone / "out.jsonl").read_text().splitlines()
    assert [line[:10] for line in lines[:2]] == ['{"id":"d0"', '{"id":"d1"']

    checked = Alive(monkeypatch, Nobodies, "add", is_task)
    capsys.readouterr()
    assert main(["validate", str(export), "--gold", str(clone)]) == 0
    assert len(checked.counts) == 12
    assert 1 <= max(checked.counts) <= 2
    output, told = capsys.readouterr()
    assert output == f"{export}: valid: 12 documents, 0 mentions, 12 quotes, 0 stances\n"
    warned = [line.split(": ")[2] for line in told.splitlines()]
    assert warned == [f"d{n}" for n in range(12)]  # in the order of the corpus


def test_what_is_wrong_with_an_article_is_told_with_the_articles_file(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"annotations": [{"result": []}], "data": {"id": "d1", "sha256": "0" * 64}}
    (clone / "tasks.json").write_text(json.dumps([names]))
    (clone / "spans.jsonl").write_text('{"id": "d1", "spans": []}')
    (clone / "words.jsonl").write_text('{"id": "d1", "mentions": []}')
    (clone / "seeds" / "d1.txt").write_text("other")
    for format, file in (
        ("labelstudio", "tasks.json"),
        ("spans", "spans.jsonl"),
        ("answers", "words.jsonl"),
    ):
        assert main(["convert", format, str(clone / file), "--gold", str(clone)]) == 2
        place = f"{clone / 'seeds' / 'manifest.jsonl'}:2: d1: sha256: "
        assert capsys.readouterr()[1].startswith(place)


def test_zones_that_are_wrong_are_told_with_the_articles_file(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = {"annotations": [{"result": []}], "data": {"id": "d1", "sha256": "0" * 64}}
    (clone / "tasks.json").write_text(json.dumps([task]))
    manifest = clone / "seeds" / "manifest.jsonl"
    first, second = manifest.read_text().splitlines()
    manifest.write_text(first + "\n" + second.replace('"start":0', '"start":3'))
    assert main(["convert", "labelstudio", str(clone / "tasks.json"), "--gold", str(clone)]) == 2
    assert capsys.readouterr()[1].startswith(f"{manifest}:2: d1: zones[0]: starts at 3")


def test_what_is_not_kept_is_told_though_the_export_is_written_over(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = clone / "tasks.json"
    write_export(file, Articles(clone).values())
    tasks = json.loads(file.read_text())
    tasks[0]["meta"] = {"batch": "b7"}
    file.write_text(json.dumps(tasks))
    command = ["convert", "labelstudio", str(file), "--gold", str(clone), "-o", str(file)]
    assert main(command) == 0
    assert "d0: meta.batch: is not kept: 'b7'" in capsys.readouterr()[1]


def test_arrays_by_line_are_answers_too(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = ([{"id": id, "mentions": []}] for id in ("d0", "d1"))
    (clone / "words.jsonl").write_text(f"\n {json.dumps(one)}\n{json.dumps(other)}\n")
    assert main(["convert", "answers", str(clone / "words.jsonl"), "--gold", str(clone)]) == 0
    assert capsys.readouterr()[1] == ""


def test_nothing_is_printed_where_an_article_without_an_answer_is_broken(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (clone / "words.jsonl").write_text('{"id": "d0", "mentions": []}')
    (clone / "seeds" / "d1.txt").write_text("other")
    assert main(["convert", "answers", str(clone / "words.jsonl"), "--gold", str(clone)]) == 2
    output, told = capsys.readouterr()
    assert output == ""
    assert "d1: sha256: " in told
    conll = clone / "part.conll"
    conll.write_text("# doc_id = d0\nNorway\tB-GPE\n")
    assert main(["convert", "conll", str(conll), "--gold", str(clone)]) == 2
    assert capsys.readouterr()[0] == ""


def test_no_room_for_what_is_put_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onrecord.convert.kept.HELD", 1)
    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(InvalidInput, match="no temporary file can be written: No space left"):
        Kept().put("d0", b"much")


def full(*_: object, **__: object) -> None:
    """A disk without room."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
