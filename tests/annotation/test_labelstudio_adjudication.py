"""Adjudication in a real Label Studio: two passes go in, the gold and its decisions come out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from labelstudio_fixture import LabelStudio, by_hand

from onrecord.annotation.adjudication import Decision
from onrecord.annotation.labelstudio import client as api
from onrecord.annotation.labelstudio import workflow
from onrecord.cli.main import main
from onrecord.corpus.corpus import load_articles, load_seeds
from onrecord.corpus.exports.bridge import from_result, to_result
from onrecord.corpus.exports.exports import read_export, write_export
from onrecord.corpus.files import encode_documents, read_records
from onrecord.document import Document
from onrecord.exceptions import InvalidInput, ServerError


def passes(studio: LabelStudio) -> tuple[list[Document], list[Document]]:
    """Passes with two conflicts in the first article: the speaker of a quote, and a stance."""
    first = [by_hand(seed) for seed in load_seeds(studio.root).values()]
    one, *others = first
    outer, inner = one.quotes
    quotes = [outer, msgspec.structs.replace(inner, speaker="state")]
    second = [one.with_layers(quotes=quotes, stances=one.stances[:1]), *others]
    return first, second


def write_passes(studio: LabelStudio, folder: Path, one: str, other: str) -> list[Path]:
    files = [folder / f"{one}.json", folder / f"{other}.jsonl"]
    first, second = passes(studio)
    write_export(files[0], first)
    files[1].write_bytes(encode_documents(second, text=False))
    return files


def opened(studio: LabelStudio, task: dict[str, Any], seed: Document) -> Document:
    """What the browser begins a task with: the prediction of the project's model version."""
    project = studio.client.projects.get(task["project"])
    assert project.show_collab_predictions
    shown = studio.client.predictions.list(task=task["id"])
    (begun,) = [p.result for p in shown if p.model_version == project.model_version]
    return from_result(seed, begun)


def test_a_conflict_says_what_else_is_to_be_put_back_and_what_is_like_it(
    label_studio: LabelStudio, tmp_path: Path
) -> None:
    studio = label_studio
    seed = next(iter(load_seeds(studio.root).values()))
    whole = by_hand(seed)
    outer, _inner = whole.quotes
    mine = whole.with_layers(quotes=[outer], stances=whole.stances[:1])
    (stance,) = mine.stances
    theirs = mine.with_layers(
        quotes=[msgspec.structs.replace(outer, content=outer.content[1:])],
        stances=[msgspec.structs.replace(stance, holder="state")],
    )
    files = [tmp_path / "mine.json", tmp_path / "theirs.json"]
    for file, document in zip(files, (mine, theirs), strict=True):
        write_export(file, [document])
    workflow.adjudicate(studio.root, *files, annotator="put-back")
    (task,) = api.pull(studio.client, "put-back")
    (begun,) = [
        p.result
        for p in studio.client.predictions.list(task=task["id"])
        if p.model_version == "agreed"
    ]
    told = [item["value"]["text"] for item in begun if item.get("from_name") == "versions"]
    cue, source = (span.of(seed.text) for span in (outer.cue, outer.source) if span is not None)
    words = [span.of(seed.text) for span in outer.content]
    target = stance.target
    assert sorted(told) == [
        ["quote content", f"mine: {' […] '.join(words)}", f"theirs: {words[1]}",
         f"both: cue {cue}, source {source}, speaker durand"],
        ["stance item", "mine: durand mixed " + target, "theirs: –",
         f"perhaps the same stance, theirs: state mixed {target}"],
        ["stance item", "mine: –", f"theirs: state mixed {target}",
         f"perhaps the same stance, mine: durand mixed {target}"],
    ]  # fmt: skip


def test_an_adjudication_gives_the_gold_and_a_record_of_its_decisions(
    label_studio: LabelStudio,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    studio = label_studio
    monkeypatch.setenv("ONRECORD_ROOT", str(studio.root))
    files = write_passes(studio, tmp_path, "anna", "ben")
    command = ["annotate", "adjudicate", *map(str, files)]
    for _ in range(2):  # the second time changes nothing
        assert main(command) == 0
        assert capsys.readouterr() == ("adjudication: 2 conflicts to decide\n", "")

    seeds = load_seeds(studio.root)
    tasks = {task["data"]["id"]: task for task in api.pull(studio.client, "adjudication")}
    first, second = passes(studio)
    for seed, one, other in zip(seeds.values(), first, second, strict=True):
        task = tasks[seed.id]
        shown = {
            p.model_version: from_result(seed, p.result)
            for p in studio.client.predictions.list(task=task["id"])
        }
        assert shown.keys() == {"pass of anna", "pass of ben", "agreed"}
        assert (shown["pass of anna"], shown["pass of ben"]) == (one, other)
        assert task["annotations"] == []
    one, *others = seeds
    assert "anna: –\n    ben: state" in tasks[one]["data"]["conflicts"]
    assert "durand mixed us-turkey-dialogue" in tasks[one]["data"]["conflicts"]
    assert {tasks[id]["data"]["conflicts"] for id in others} == {"None."}
    (agreed,) = [
        p.result
        for p in studio.client.predictions.list(task=tasks[one]["id"])
        if p.model_version == "agreed"
    ]
    told = [item["value"] for item in agreed if item.get("from_name") == "versions"]
    assert [value["text"] for value in told] == [
        ["stance item", "anna: durand mixed us-turkey-dialogue", "ben: –"],
        ["quote speaker", "anna: –", "ben: state"],
    ]
    assert all(value["end"] > value["start"] for value in told)

    link = f"{studio.url}/projects/{tasks[one]['project']}/data?task={tasks[one]['id']}"
    with pytest.raises(InvalidInput) as caught:
        workflow.pull(studio.root, "adjudication")
    assert f"{one}: has no submitted annotation ({link})" in str(caught.value).splitlines()
    assert not (studio.root / "annotation" / "exports" / "adjudication.json").exists()

    gold = []
    for seed, mine, theirs in zip(seeds.values(), first, second, strict=True):
        begun = opened(studio, tasks[seed.id], seed)
        if seed.id == one:
            assert begun == mine.with_layers(stances=mine.stances[:1])
            begun = begun.with_layers(stances=mine.stances, quotes=theirs.quotes)
        studio.client.annotations.create(tasks[seed.id]["id"], result=to_result(begun))
        gold.append(begun)

    assert main(["annotate", "pull", "--annotator", "adjudication"]) == 0
    exports = studio.root / "annotation" / "exports"
    record = exports / "adjudication.decisions.jsonl"
    assert capsys.readouterr().out == (
        f"adjudication: 5 documents, written to {exports / 'adjudication.json'}\n"
        f"adjudication: 2 decisions, written to {record}\n"
    )
    corpus = load_articles(studio.root)
    assert list(read_export(exports / "adjudication.json", corpus.seeds())) == gold
    found = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    assert [(d["kind"], d["document"], d["rule"], d["reason"]) for d in found] == [
        ("conflict", one, None, None)
    ] * 2
    decided = {(d["layer"], d["field"]): (d["decision"], d["stands"]) for d in found}
    assert decided == {
        ("quote", "speaker"): ("other", "state"),
        ("stance", "item"): ("one", "durand mixed us-turkey-dialogue"),
    }
    assert {d["field"]: (d["one"], d["other"]) for d in found} == {
        "speaker": (None, "state"),
        "item": ("durand mixed us-turkey-dialogue", None),
    }

    # Reasons are added by hand; a later pull keeps them while the decision is as it was.
    (made,) = api.pull(studio.client, "adjudication")[0]["annotations"]
    reasons = [d | {"rule": "Q1", "reason": f"because of {d['field']}"} for d in found]
    record.write_text("".join(json.dumps(d) + "\n" for d in reasons), encoding="utf-8")
    kept_stance, changed = gold[0].stances
    favor = msgspec.structs.replace(changed, polarity="favor")
    last = gold[0].with_layers(stances=[kept_stance, favor])
    studio.client.annotations.update(made["id"], result=to_result(last))
    again = workflow.pull(studio.root, "adjudication")
    assert again.documents[0] == last
    assert again.as_opened == ()
    kept = {d.field: d for _, d in read_records(record, Decision)}
    assert kept["speaker"].reason == "because of speaker"
    assert (kept["item"].decision, kept["item"].reason) == ("neither", None)
    assert kept["item"].stands == "durand favor us-turkey-dialogue"

    # What is submitted as it was opened is told, since nobody may have looked at it.
    untouched = first[0].with_layers(stances=first[0].stances[:1])
    studio.client.annotations.update(made["id"], result=to_result(untouched))
    capsys.readouterr()
    assert main(["annotate", "pull", "--annotator", "adjudication"]) == 0
    told = capsys.readouterr().out
    assert f"{one}: 2 stand as the task was opened; look whether" in told
    named = [line for line in told.splitlines() if line.startswith("  ") and "’: " in line]
    assert len(named) == 2, told


def test_a_project_of_other_passes_is_not_mixed_with_these(
    label_studio: LabelStudio, tmp_path: Path
) -> None:
    one, other = write_passes(label_studio, tmp_path, "cora", "dov")
    workflow.adjudicate(label_studio.root, one, other, annotator="second")
    with pytest.raises(ServerError, match="'onrecord: second' is of other passes; pull it"):
        workflow.adjudicate(label_studio.root, other, one, annotator="second")
    workflow.push(label_studio.root, "plain")
    with pytest.raises(ServerError, match="'onrecord: plain' is of other passes; pull it"):
        workflow.adjudicate(label_studio.root, one, other, annotator="plain")


def test_passes_of_one_name_are_refused_before_anything_is_made(
    label_studio: LabelStudio, tmp_path: Path
) -> None:
    one, other = write_passes(label_studio, tmp_path, "same", "same")
    with pytest.raises(InvalidInput, match="passes: 'same' and 'same' cannot be told apart"):
        workflow.adjudicate(label_studio.root, one, other, annotator="third")
    assert "third" not in {project.annotator for project in api.status(label_studio.client)}


def test_a_pass_that_was_taken_away_is_told(label_studio: LabelStudio, tmp_path: Path) -> None:
    studio = label_studio
    one, other = write_passes(studio, tmp_path, "emil", "fay")
    workflow.adjudicate(studio.root, one, other, annotator="fourth")
    for task in api.pull(studio.client, "fourth"):
        seed = load_seeds(studio.root)[task["data"]["id"]]
        studio.client.annotations.create(task["id"], result=to_result(by_hand(seed)))
        for shown in studio.client.predictions.list(task=task["id"]):
            if shown.model_version == "pass of fay":
                studio.client.predictions.delete(shown.id)
    with pytest.raises(ServerError, match="no longer shows all of 'fay'"):
        workflow.pull(studio.root, "fourth")
    assert not list((studio.root / "annotation" / "exports").glob("fourth*"))
