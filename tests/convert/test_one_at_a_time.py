"""Converters read an article at a time: memory does not grow with the corpus or with the file."""

from __future__ import annotations

import errno
import gc
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc, DocBin, Span

from onrecord.cli.main import main
from onrecord.convert.answers import Answer
from onrecord.convert.kept import Kept
from onrecord.convert.mentions import Mentions
from onrecord.convert.sentences import Block
from onrecord.convert.tokens import Found
from onrecord.corpus.articles import Articles
from onrecord.corpus.corpus import load_seeds
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
    clone = clone_of(60)
    held = []
    done = Mentions.done

    def counted(self: Mentions, document: str) -> None:
        done(self, document)
        gc.collect()
        held.append(sum(isinstance(one, Block | Found) for one in gc.get_objects()))

    monkeypatch.setattr(Mentions, "done", counted)
    monkeypatch.setattr("onrecord.convert.kept.HELD", 100)
    command = ["convert", "conll", str(clone / "all.conll"), "--gold", str(clone)]
    assert main([*command, "-o", str(clone / "out.jsonl")]) == 0
    assert len(held) == 60
    assert max(held) <= 4
    assert (clone / "out.jsonl").read_text().count('"label":"GPE"') == 240


def test_docs_of_spacy_are_made_one_at_a_time(
    clone_of: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = clone_of(30)
    nlp = spacy.blank("en")
    docs = []
    for id in reversed([*Articles(clone)]):
        doc = nlp(Articles(clone)[id].text)
        doc.ents = [Span(doc, 0, 1, "GPE")]
        docs.append(doc)
    DocBin(docs=docs).to_disk(clone / "all.spacy")
    docs.clear()
    del doc
    held = []
    done = Mentions.done

    def alive() -> int:
        gc.collect()
        return sum(isinstance(one, Doc) for one in gc.get_objects())

    def counted(self: Mentions, document: str) -> None:
        done(self, document)
        held.append(alive() - others)

    others = alive()
    monkeypatch.setattr(Mentions, "done", counted)
    command = ["convert", "spacy", str(clone / "all.spacy"), "--gold", str(clone)]
    assert main([*command, "-o", str(clone / "out.jsonl")]) == 0
    assert len(held) == 30
    assert 1 <= max(held) <= 2
    lines = (clone / "out.jsonl").read_text().splitlines()
    assert [line[:11] for line in lines[:2]] == ['{"id":"d0",', '{"id":"d1",']
    assert all(line.count('"label":"GPE"') == 1 for line in lines)


def test_answers_in_words_are_placed_one_at_a_time(
    clone_of: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = clone_of(30)
    names = [{"text": "Norway", "label": "GPE"}]
    lines = [json.dumps({"id": f"d{n}", "mentions": names}) for n in reversed(range(29))]
    (clone / "words.jsonl").write_text("\n".join(lines), encoding="utf-8")
    held = []
    put = Kept.put

    def counted(self: Kept, id: str, content: bytes) -> None:
        put(self, id, content)
        gc.collect()
        held.append(sum(isinstance(one, Answer) for one in gc.get_objects()))

    monkeypatch.setattr(Kept, "put", counted)
    monkeypatch.setattr("onrecord.convert.kept.HELD", 100)
    command = ["convert", "answers", str(clone / "words.jsonl"), "--gold", str(clone)]
    assert main([*command, "-o", str(clone / "out.jsonl")]) == 0
    assert len(held) == 29 + 30  # what was said, and what became of every article
    assert 1 <= max(held) <= 3
    rows = [json.loads(line) for line in (clone / "out.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == [f"d{n}" for n in range(30)]
    assert [len(row["mentions"]) for row in rows] == [1] * 29 + [0]


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
