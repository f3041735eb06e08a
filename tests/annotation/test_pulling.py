"""What a pull says: all faults at once with words and links, warnings, and the same before handing in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from clone_fixture import annotate, refused, run

import onrecord
from onrecord.annotation.labelstudio import client as api
from onrecord.annotation.labelstudio.connection import connect
from onrecord.cli import main as cli
from onrecord.corpus.exports.bridge import to_result
from onrecord.document import Document, Mention, Quote


def tasks_of(annotator: str) -> dict[str, Any]:
    return {task["data"]["id"]: task for task in api.pull(connect(), annotator)}


def faulty(rt: Document) -> list[dict[str, Any]]:
    """A pass over an article with a fault of every kind: as the browser saves it."""
    first, *others = rt.mentions
    border = rt.zones[0].end
    start = rt.text.rindex(" ", 0, border - 1) + 1
    end = border + re.match(r"\s*\S+", rt.text[border:]).end()  # type: ignore[union-attr]
    made = rt.with_layers(
        mentions=[
            msgspec.structs.replace(first, entity="S400"),
            *(one for one in others if one.end <= start or one.start >= end),
            Mention(start, end, "DATE"),
        ],
        quotes=[
            msgspec.structs.replace(quote, speaker="bliken") if quote.id == "q2" else quote
            for quote in rt.quotes
        ],
    )
    result = to_result(made)
    dropped = next(item["id"] for item in result if item.get("from_name") == "polarity")
    kept = [
        item for item in result if (item.get("id"), item.get("from_name")) != (dropped, "polarity")
    ]
    cue = next(item for item in result if item.get("labels") == ["cue"])
    return [item for item in kept if item != cue]


def test_all_faults_are_told_at_once_with_words_link_and_the_nearest_ids(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rt = onrecord.load(clone)["rt"]
    run("annotate", "push", "--new", "--annotator", "pull-all", "--document", "rt")
    task = tasks_of("pull-all")["rt"]
    connect().annotations.create(task["id"], result=faulty(rt))
    said = refused(capsys, "annotate", "pull", "--annotator", "pull-all").splitlines()
    link = re.escape(f"/projects/{task['project']}/data?task={task['id']})")
    assert all(re.search(rf" \(http\S+{link}$", line) for line in said)
    expected = [
        r"rt: result\[\d+\]: Cue '\w+' .* belongs to no quote",
        r"rt: result\[\d+\]: Evidence .+ has no polarity",
        r"rt: mentions\[0\]\.entity: unknown entity 'S400' of '\w+': .*; did you mean s-400 \(S-400\)\?",
        r"rt: mentions\[\d+\]: '.+' crosses the border of headline and body, between '.+' and '.+'",
        r"rt: quotes\[\d+\]\.speaker: '.+': unknown entity 'bliken'; did you mean antony-blinken \(Antony",
    ]
    assert len(said) == len(expected), said
    for pattern in expected:
        assert sum(re.match(pattern, line) is not None for line in said) == 1, (pattern, said)


@pytest.mark.parametrize("studio", ["label_studio", "label_studio_on_postgres"], indirect=True)
def test_an_annotator_may_ask_at_any_time_what_a_pull_would_say(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = onrecord.load(clone)
    check = ("annotate", "check", "--annotator", "pull-check")
    assert "there is no project 'onrecord: pull-check'" in refused(capsys, *check)
    for id in ("rt", "ibna", "duvar"):
        run("annotate", "push", "--new", "--annotator", "pull-check", "--document", id)
    annotate("pull-check", gold["ibna"])
    task = tasks_of("pull-check")["rt"]
    made = connect().annotations.create(task["id"], result=faulty(gold["rt"]))
    exports = sorted(path.name for path in (clone / "annotation" / "exports").iterdir())
    capsys.readouterr()
    assert cli.main(check) == 1
    said = capsys.readouterr().out.splitlines()
    assert sorted(line.partition(":")[0] for line in said[:-1]) == ["duvar", *["rt"] * 5]
    assert said[-1] == "pull-check: 1 documents valid, 2 not yet"
    assert sorted(p.name for p in (clone / "annotation" / "exports").iterdir()) == exports
    assert cli.main((*check, "--document", "ibna")) == 0
    assert capsys.readouterr().out == "pull-check: 1 documents valid, 0 not yet\n"
    unknown = refused(capsys, *check, "--document", "ibnaa")
    assert unknown.startswith("--document: unknown document 'ibnaa'; did you mean 'ibna'?")
    expected = refused(capsys, "annotate", "pull", "--annotator", "pull-check")
    assert sorted(expected.splitlines()) == sorted(said[:-1])

    connect().annotations.update(made.id, result=to_result(gold["rt"]))
    annotate("pull-check", gold["duvar"])
    run(*check)
    assert capsys.readouterr().out == "pull-check: 3 documents valid, 0 not yet\n"
    run("annotate", "pull", "--annotator", "pull-check")


def test_a_quote_without_the_utterance_that_it_needs_is_told(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rt = onrecord.load(clone)["rt"]
    outer = {quote.parent for quote in rt.quotes}
    inner = next(quote for quote in rt.quotes if quote.id not in outer and quote.utterance)
    quotes = [without_utterance(one) if one.id == inner.id else one for one in rt.quotes]
    run("annotate", "push", "--new", "--annotator", "pull-u2", "--document", "rt")
    annotate("pull-u2", rt.with_layers(quotes=quotes))
    capsys.readouterr()
    run("annotate", "pull", "--annotator", "pull-u2")
    told = capsys.readouterr()
    assert told.out.startswith("pull-u2: 1 documents, written to ")
    words = inner.content[0].of(rt.text).split()[0]
    assert re.fullmatch(
        rf"warning: rt: quotes\[\d+\]\.utterance: '{re.escape(words)}.*': is empty; every quote but a "
        r"wrapper has one \(U2\)\n",
        told.err,
    )
    run("annotate", "check", "--annotator", "pull-u2")
    assert "is empty; every quote but a wrapper has one (U2)" in capsys.readouterr().err
    run("validate", "annotation/exports/pull-u2.json")
    assert "is empty; every quote but a wrapper has one (U2)" in capsys.readouterr().err


def test_a_new_name_that_is_a_slip_is_told(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rt = onrecord.load(clone)["rt"]
    first, *others = rt.quotes
    quotes = [msgspec.structs.replace(first, speaker="new:bliken"), *others]
    run("annotate", "push", "--new", "--annotator", "pull-slip", "--document", "rt")
    annotate("pull-slip", rt.with_layers(quotes=quotes))
    for action in ("check", "pull"):
        capsys.readouterr()
        run("annotate", action, "--annotator", "pull-slip")
        told = (
            "warning: rt: 'new:bliken' is no entity of the registry; did you mean antony-blinken "
        )
        assert told in capsys.readouterr().err


def without_utterance(quote: Quote) -> Quote:
    return msgspec.structs.replace(quote, utterance=None)


def test_a_partial_pull_without_a_valid_article_keeps_what_was_marked(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rt = onrecord.load(clone)["rt"]
    pull = ("annotate", "pull", "--annotator", "pull-none", "--partial")
    for id in ("rt", "ibna"):
        run("annotate", "push", "--new", "--annotator", "pull-none", "--document", id)
    assert "has no submitted annotation" in refused(capsys, *pull)
    exports = clone / "annotation" / "exports"
    assert not list(exports.glob("pull-none*"))
    task = tasks_of("pull-none")["rt"]
    connect().annotations.create(task["id"], result=faulty(rt))
    capsys.readouterr()
    assert cli.main(pull) == 2
    told = capsys.readouterr()
    aside = exports / "pull-none.aside.jsonl"
    assert told.err == "pull-none: no valid document; no export is written\n"
    assert told.out.count("set aside: rt: ") == 5
    assert f"pull-none: 1 set aside, kept in {aside}" in told.out
    assert "nothing submitted yet: ibna" in told.out
    (row,) = [json.loads(line) for line in aside.read_text("utf-8").splitlines()]
    assert len(row["faults"]) == 5
    assert len(row["tasks"][0]["annotations"][0]["result"]) == len(faulty(rt))
    assert not (exports / "pull-none.json").exists()
