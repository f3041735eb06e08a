"""What a tool attached to tasks and regions is never silently gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from onrecord import Corpus
from onrecord.cli.main import main
from onrecord.corpus.exports.attached import find_attached
from onrecord.corpus.exports.exports import export_tasks, push_tasks

Task = dict[str, Any]


@pytest.fixture
def tasks(gold: Corpus) -> list[Task]:
    return push_tasks(gold)


def told(tasks: list[Task]) -> list[str]:
    return [str(one) for one in find_attached(tasks)]


def first_region(task: Task) -> Task:
    region: Task = task["annotations"][0]["result"][0]
    return region


def test_nothing_is_told_of_what_this_library_writes(gold: Corpus, tasks: list[Task]) -> None:
    assert told(tasks) == []
    assert told(export_tasks(gold, {gold.documents[0].id: ("rules",)})) == []


def test_nothing_is_told_of_what_label_studio_adds_for_itself(tasks: list[Task]) -> None:
    region = first_region(tasks[0])
    region |= {"origin": "manual", "hidden": False, "parentID": "x", "meta": {"text": [""]}}
    region["value"] |= {"globalOffsets": {"start": 0, "end": 4}}
    tasks[0] |= {"comment_count": 0, "drafts": [], "meta": {}, "id": 7, "created_at": "2026"}
    tasks[0]["annotations"][0] |= {"lead_time": 12.5, "completed_by": 1, "id": 3, "unique_id": "u"}
    tasks[0]["annotations"][0] |= {"unresolved_comment_count": 1, "state": "CREATED"}
    assert told(tasks) == []


def test_a_note_on_a_region_is_told_in_full(tasks: list[Task]) -> None:
    note = "is this the ministry or the minister? " * 4
    first_region(tasks[1])["meta"] = {"text": [note]}
    [line] = told(tasks)
    region = first_region(tasks[1])
    assert line.startswith(f"{tasks[1]['data']['id']}: note: on {region['value']['labels'][0]} ")
    assert repr(note) in line


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda t: first_region(t).update(score=0.0), "result.score: not kept, of 1 region"),
        (lambda t: first_region(t).update(meta={"seen": 2}), "result.meta.seen: not kept, of 1"),
        (lambda t: first_region(t)["value"].update(certainty="low"), "result.value.certainty: "),
        (lambda t: t.update(meta={"batch": "b7"}), "meta.batch: is not kept: 'b7'"),
        (lambda t: t.update(drafts=[{}, {}]), "drafts: not submitted, so not kept: 2"),
        (lambda t: t.update(comment_count=3), "comment_count: not kept: 3"),
        (lambda t: t["annotations"][0].update(review="odd"), "annotation.review: is not kept"),
    ],
)
def test_other_fields_are_told(damage: Any, message: str, tasks: list[Task]) -> None:
    damage(tasks[0])
    [line] = told(tasks)
    assert line.startswith(f"{tasks[0]['data']['id']}: {message}")
    assert "\n" not in line


def test_fields_of_many_regions_are_told_once(tasks: list[Task]) -> None:
    for item in tasks[0]["annotations"][0]["result"]:
        item["score"] = 0.7
    [line] = told(tasks)
    assert line.endswith(f"of {len(tasks[0]['annotations'][0]['result'])} regions")


@pytest.mark.parametrize("spoiled", [[None, 3, {}], [{"data": 1}], [{"annotations": [1]}]])
def test_what_is_malformed_is_left_to_others(spoiled: list[Any]) -> None:
    assert told(spoiled) == []


def test_convert_tells_it(
    tasks: list[Task], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first_region(tasks[0])["meta"] = {"text": ["unsure"]}
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    assert main(["convert", "labelstudio", str(path), "-o", str(tmp_path / "out.jsonl")]) == 0
    assert f"{path}: {tasks[0]['data']['id']}: note: on " in capsys.readouterr()[1]
