"""Exports: the committed form of a pass, and what is refused as one."""

from __future__ import annotations

import copy
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import documents

from onrecord.corpus.exports.exports import (
    InvalidTasks,
    encode_export,
    export_tasks,
    find_pre_annotations,
    push_tasks,
    read_export,
    read_pre_annotations,
    read_tasks,
    write_export,
)
from onrecord.corpus.exports.scheme import adds_targets, check_config, same_config, with_targets
from onrecord.corpus.files import encode_json
from onrecord.corpus.registry import Entity, Registry, Target
from onrecord.document import Document, Mention, Meta, Quote, Span, Stance, text_hash
from onrecord.exceptions import InvalidInput

CLONE = Path(__file__).resolve().parents[2]
TEXT = "Durand said talks\u00a0go on."


def article(id: str) -> Document:
    return Document(id=id, text=TEXT, sha256=text_hash(TEXT), meta=Meta(file=f"{id}.txt"))


SEEDS = {id: article(id) for id in ("gazette", "courier")}
REGISTRY = Registry([Entity(id="durand", name="Durand", label="PERSON", actor=True)])
PASS = tuple(
    seed.with_layers(
        mentions=[Mention(0, 6, "PERSON", "durand")],
        quotes=[Quote(id="q1", content=(Span(12, 23),), cue=Span(7, 11), speaker="durand")],
        stances=[Stance(holder="durand", target="t", polarity="favor", evidence=(Span(12, 23),))],
    )
    for seed in SEEDS.values()
)


def as_label_studio_exports(pass_: tuple[Document, ...], number: int) -> list[dict[str, Any]]:
    """The tasks as a server gives them: in its order, with its own numbers, names and times."""
    tasks = push_tasks(pass_)
    for task in tasks:
        number += 1
        task |= {"id": number, "drafts": [], "predictions": [3], "created_at": f"2026-11-{number}"}
        task["annotations"][0] |= {
            "id": number,
            "completed_by": {"id": number, "email": f"anna{number}@example.org"},
            "lead_time": number / 7,
            "was_cancelled": False,
            "unique_id": f"u-{number}",
        }
        for item in task["annotations"][0]["result"]:
            if item["type"] != "relation":
                item |= {"origin": "manual", "score": number}
    return tasks


def fault(tasks: Any) -> str:
    with pytest.raises(InvalidInput) as caught:
        read_tasks(tasks, SEEDS, {"t"}, REGISTRY)
    return str(caught.value)


def test_an_export_goes_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "anna.json"
    write_export(path, PASS)
    assert read_export(path, SEEDS, {"t"}, REGISTRY) == PASS


@given(documents(), st.randoms(use_true_random=False))
def test_equal_annotations_are_equal_bytes_wherever_they_came_from(
    document: Document, chance: random.Random
) -> None:
    seeds = {document.id: document.bare()}
    one = as_label_studio_exports((document,), 3)
    chance.shuffle(one[0]["annotations"][0]["result"])
    expected = encode_export([document.canonical()])
    assert encode_export(read_tasks(one, seeds)) == expected
    assert encode_export(read_tasks(json.loads(expected), seeds)) == expected
    assert export_tasks(read_tasks(one, seeds)) == json.loads(expected)


def test_tasks_come_in_the_order_of_the_articles() -> None:
    exported = export_tasks(read_tasks(as_label_studio_exports(PASS, 0)[::-1], SEEDS))
    assert [task["data"]["id"] for task in exported] == ["gazette", "courier"]


def test_an_export_holds_no_text_no_person_and_no_time() -> None:
    exported = encode_export(read_tasks(as_label_studio_exports(PASS, 4), SEEDS)).decode()
    for word in ("talks", "anna", "2026", "lead_time", "completed_by", "manual", "score", "u-5"):
        assert word not in exported
    keys = {key for task in json.loads(exported) for key in task}
    assert keys == {"data", "annotations"}


def test_an_export_can_be_loaded_into_label_studio_again(tmp_path: Path) -> None:
    path = tmp_path / "anna.json"
    write_export(path, PASS)
    tasks = push_tasks(read_export(path, SEEDS))
    assert [task["data"]["text"] for task in tasks] == [TEXT, TEXT]
    assert export_tasks(read_tasks(tasks, SEEDS)) == export_tasks(PASS)


def test_a_skipped_annotation_does_not_count() -> None:
    tasks = as_label_studio_exports(PASS, 0)
    skipped = {**copy.deepcopy(tasks[0]["annotations"][0]), "was_cancelled": True, "result": []}
    tasks[0]["annotations"].append(skipped)
    assert read_tasks(tasks, SEEDS) == PASS


@pytest.mark.parametrize("tasks", [None, {}, "tasks", 5])
def test_what_is_no_task_list_is_refused(tasks: Any) -> None:
    assert fault(tasks) == "is not a list of Label Studio's tasks"


def test_the_minimal_format_is_refused_and_the_right_one_named() -> None:
    first = {"id": 1, "text": TEXT, "mention": []}
    assert fault([first, *export_tasks(PASS)]) == (
        "tasks[0]: has no data; only the export format JSON has all (not JSON-MIN, CSV, CoNLL)"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": {"id": "other"}}, "other: tasks[2]: unknown document: not in the gold yet"),
        ({"data": {"image": "x.png"}}, "tasks[2].data.id: is missing; is this another project"),
    ],
)
def test_another_projects_task_is_refused(change: dict[str, Any], message: str) -> None:
    tasks = [*export_tasks(PASS), {"annotations": [], **change}]
    assert fault(tasks).startswith(message)


def test_another_text_of_the_same_name_is_refused() -> None:
    tasks = push_tasks(PASS)
    tasks[1]["data"]["text"] += " "
    assert fault(tasks) == "courier: text: is not the article's"
    tasks[1]["data"]["sha256"] = "0"
    assert fault(tasks) == f"courier: sha256: is not the hash of the article, {text_hash(TEXT)}"


def test_another_scheme_is_refused() -> None:
    tasks = export_tasks(PASS)
    tasks[0]["annotations"][0]["result"][0]["from_name"] = "label"
    assert "gazette: result[0].from_name: unknown control 'label'" in fault(tasks)


@pytest.mark.parametrize(
    ("annotations", "reason"),
    [
        ([], "has no submitted annotation"),
        ([{"result": [], "was_cancelled": True}], "was skipped; open it and press Cancel skip"),
        ([{"result": []}] * 2, "has 2 annotations; delete all but one in Label Studio"),
        ([7], "annotations: is not a list of objects"),
        ([{}], "result: is not a list"),
        ({}, "annotations: is not a list of objects"),
    ],
)
def test_a_task_needs_exactly_one_annotation(annotations: Any, reason: str) -> None:
    tasks = export_tasks(PASS)
    tasks[1]["annotations"] = annotations
    assert fault(tasks) == f"courier: {reason}"


def test_a_draft_that_was_not_submitted_is_told() -> None:
    tasks = export_tasks(PASS)
    tasks[1] |= {"annotations": [], "drafts": [{"id": 4, "result": []}]}
    assert fault(tasks) == "courier: has a draft that was not submitted; open it and press Submit"


def test_a_missing_and_a_doubled_document_are_named() -> None:
    first, _ = export_tasks(PASS)
    assert fault([first]) == "courier: is missing"
    assert fault([first, first]) == "gazette: is in two tasks\ncourier: is missing"


def test_every_fault_has_a_line_of_its_own_with_file_and_document(tmp_path: Path) -> None:
    tasks = export_tasks(PASS)
    for item in tasks[0]["annotations"][0]["result"]:
        if item["from_name" if "from_name" in item else "type"] in ("entity", "speaker"):
            item["value"]["text"] = ["nobody"]
    tasks[1]["annotations"] = []
    path = tmp_path / "anna.json"
    path.write_bytes(encode_json(tasks))
    with pytest.raises(InvalidTasks) as caught:
        read_export(path, SEEDS, {"t"}, REGISTRY)
    assert str(caught.value).splitlines() == [
        f"{path}: gazette: mentions[0].entity: unknown entity 'nobody' of 'Durand': "
        "not in the registry (new:<name> is new)",
        f"{path}: gazette: quotes[0].speaker: 'talks go on': unknown entity 'nobody'",
        f"{path}: courier: has no submitted annotation",
    ]


def test_faults_of_every_kind_are_told_at_once_and_what_follows_from_them_is_not() -> None:
    """A relation that cannot be read leaves pieces apart, which is no fault of these pieces."""

    def part(label: str, start: int, end: int) -> dict[str, Any]:
        value = {"start": start, "end": end, "labels": [label]}
        return {
            "id": label + str(start),
            "from_name": "part",
            "to_name": "text",
            "type": "labels",
        } | {"value": value}

    def joined(one: str, other: str, *labels: str) -> dict[str, Any]:
        return {"type": "relation", "from_id": one, "to_id": other, "labels": list(labels)}

    result = [
        part("Content", 12, 17),
        part("Content", 18, 23),
        part("Cue", 7, 11),
        part("Source", 0, 6),
        part("Evidence", 12, 23),
        part("Evidence", 0, 11),
        {**part("PERSON", 0, 6), "from_name": "mention"},
        joined("Content12", "Content18"),
        joined("Cue7", "Content12", "parent"),
        joined("Evidence0", "PERSON0"),
    ]
    tasks = push_tasks([SEEDS["gazette"]])
    tasks[0]["annotations"] = [{"result": result}]
    with pytest.raises(InvalidTasks) as caught:
        read_tasks(tasks, SEEDS, {"t"}, REGISTRY, partial=True)
    told = [
        str(problem).removeprefix("gazette: ").split(" between ")[0]
        for problem in caught.value.problems
    ]
    assert told == [
        "result[7].labels: a relation without a label",
        "result[8].labels: 'parent' joins Content and Content, not Cue 'said' (7 to 11) and "
        "Content 'talks' (12 to 17)",
        "result[9]: Evidence 'Durand said' (0 to 11) is joined to the mention PERSON 'Durand' (0 to "
        "6); delete that relation, and join it to a part at the same words",
        "result[3]: Source 'Durand' (0 to 6) belongs to no quote",
        "result[4]: Evidence 'talks\\xa0go on' (12 to 23) has no holder and no target and no polarity",
        "mentions[0].entity: the name 'Durand' has no entity",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (encode_json(export_tasks(PASS))[:-20], r"\d+: not JSON: "),
        (b"", "1: is no JSON array"),
        (b"\xff\xfe", "1: not UTF-8"),
        (b'{"data": 1}', "1: is no JSON array"),
    ],
)
def test_a_file_that_is_no_export_is_refused_in_one_line(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "anna.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        read_export(path, SEEDS)
    assert re.match(f"{re.escape(str(path))}:{reason}", str(caught.value))
    assert "\n" not in str(caught.value)


def test_an_invalid_document_leaves_the_old_export_in_place(tmp_path: Path) -> None:
    path = tmp_path / "anna.json"
    write_export(path, PASS)
    before = path.read_bytes()
    broken = PASS[0].with_layers(mentions=[Mention(3, 3, "DATE")])
    with pytest.raises(InvalidInput, match="is empty"):
        write_export(path, [broken, PASS[1]])
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["anna.json"]


# The label config


def config() -> str:
    return (CLONE / "annotation" / "label_config.xml").read_text("utf-8")


def targets() -> list[str]:
    lines = (CLONE / "annotation" / "targets.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["id"] for line in lines]


def test_the_label_config_is_the_schemes_with_the_corpus_targets() -> None:
    check_config(config(), targets())


def test_each_choice_of_target_tells_its_proposition() -> None:
    from xml.etree import ElementTree

    lines = (CLONE / "annotation" / "targets.jsonl").read_text("utf-8").splitlines()
    propositions = {one["id"]: one["proposition"] for one in map(json.loads, lines)}
    (control,) = ElementTree.fromstring(config()).findall(".//Choices[@name='target']")
    hints = {choice.get("value"): choice.get("hint") for choice in control}
    assert hints == propositions


def test_labels_have_hotkeys_and_colours_of_their_own() -> None:
    from xml.etree import ElementTree

    labels = list(ElementTree.fromstring(config()).iter("Label"))
    assert len(labels) == 22
    for attribute in ("hotkey", "background"):
        assert len({label.get(attribute) for label in labels} - {None}) == 22


def test_no_two_labels_or_choices_share_a_key_and_none_takes_label_studios_own() -> None:
    from xml.etree import ElementTree

    tree = ElementTree.fromstring(config())
    keys = [one.get("hotkey") for one in (*tree.iter("Label"), *tree.iter("Choice"))]
    assert len(keys) == 22 + 3 + len(targets())
    assert len({*keys} - {None}) == len(keys)
    assert not {*keys} & {"u", "enter", "escape", "backspace"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'value="killer-remark"',
            'value="other"',
            "target: the label config lacks 'killer-remark' and has unknown 'other'",
        ),
        (
            'value="PERSON"',
            'value="PER"',
            "mention: the label config lacks 'PERSON' and has unknown 'PER'",
        ),
        ('<Relation value="cue"/>', "", "relations: the label config lacks 'cue'"),
        ('name="holder"', 'name="who"', "holder: is missing from the label config"),
        ("</View>", "", "the label config is not XML: "),
    ],
)
def test_another_label_config_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_config(config().replace(old, new), targets())
    assert str(caught.value).startswith(message)


def test_a_target_that_the_config_lacks_is_refused() -> None:
    with pytest.raises(InvalidInput, match="lacks 'another'"):
        check_config(config(), [*targets(), "another"])


def test_configs_are_compared_but_for_white_space_and_comments() -> None:
    assert same_config(config(), config().replace("    ", "  ").strip())
    assert not same_config(config(), config().replace("favor", "pro"))
    assert not same_config(config(), "")


def test_the_sdk_finds_every_control_and_accepts_what_the_bridge_writes() -> None:
    from label_studio_sdk.label_interface import LabelInterface

    interface = LabelInterface(config())
    interface.validate()
    for document in PASS:
        stance = Stance(holder="x", target="keep-s400", polarity="mixed", evidence=(Span(0, 6),))
        task = push_tasks([document.with_layers(stances=[stance])])[0]
        result = task["annotations"][0]["result"]
        assert interface.validate_prediction({"result": result}, return_errors=True) == []


# Passes over some of the articles, and where they began


def test_a_pass_may_lack_articles_where_that_is_asked_for(tmp_path: Path) -> None:
    tasks = export_tasks(PASS[:1])
    assert fault(tasks) == "courier: is missing"
    assert read_tasks(tasks, SEEDS, {"t"}, REGISTRY, partial=True) == PASS[:1]
    write_export(tmp_path / "some.json", PASS[1:])
    assert read_export(tmp_path / "some.json", SEEDS, partial=True) == PASS[1:]
    with pytest.raises(InvalidInput, match=r"^has no documents$"):
        read_tasks([], SEEDS, partial=True)


def test_pre_annotations_are_named_in_the_export_and_change_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "pass.json"
    plain = encode_export(PASS)
    assert encode_export(PASS, {}) == plain
    write_export(path, PASS, {"courier": ("rules", "trivial")})
    assert read_pre_annotations(path) == {"courier": ("rules", "trivial")}
    assert read_export(path, SEEDS, {"t"}, REGISTRY) == PASS
    meta = b',"meta":{"pre_annotations":["rules","trivial"]}'
    assert path.read_bytes().replace(meta, b"") == plain
    assert find_pre_annotations(push_tasks(PASS, pre_annotations={"gazette": ("a",)})) == {
        "gazette": ("a",)
    }


def test_systems_are_named_once_and_in_one_order() -> None:
    (task, _) = export_tasks(PASS)
    assert find_pre_annotations([task, task | {"meta": None}, task | {"meta": {}}]) == {}
    task["meta"] = {"pre_annotations": ["b", "a", "b"], "other": 1}
    assert find_pre_annotations([task]) == {"gazette": ("a", "b")}


def test_targets_can_be_added_to_a_config_and_nothing_else_can_be_changed() -> None:
    config = (CLONE / "annotation" / "label_config.xml").read_text(encoding="utf-8")
    one, other = (Target(id=id, proposition=f'"{id}" & <more>.') for id in "ab")
    before, after = with_targets(config, [one]), with_targets(config, [one, other])
    check_config(after, ["a", "b"])
    assert adds_targets(before, after)
    assert adds_targets(before, with_targets(config, [other, one]))
    assert adds_targets(before, before)
    assert not adds_targets(after, before)
    reworded = Target(id="a", proposition="Another.")
    assert not adds_targets(before, with_targets(config, [reworded, other]))
    assert not adds_targets(before, after.replace("line-height:2", "line-height:3"))
    assert not adds_targets("<", after)
    assert with_targets(after, []) == with_targets(config, [])


def test_targets_have_hotkeys_where_polarities_have() -> None:
    config = (CLONE / "annotation" / "label_config.xml").read_text(encoding="utf-8")
    config = re.sub(r'(<Choice value="favor")[^>]*/>', r'\1 hotkey="7"/>', config)
    targets = [Target(id=f"t{number}", proposition="Yes.") for number in range(28)]
    made = with_targets(config, targets)
    assert '<Choice value="t0" hotkey="shift+a" hint="Yes."/>' in made
    assert '<Choice value="t25" hotkey="shift+z" hint="Yes."/>' in made
    assert '<Choice value="t26" hint="Yes."/>' in made
    assert adds_targets(with_targets(config, targets[1:]), made)
