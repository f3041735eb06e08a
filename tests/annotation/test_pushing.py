"""What a push gives: to whom, which articles, and what it brings up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from clone_fixture import REGISTRY, annotate, refused, run

import onrecord
from onrecord.annotation.labelstudio import client as api
from onrecord.annotation.labelstudio import workflow
from onrecord.annotation.labelstudio.accounts import make_account
from onrecord.annotation.labelstudio.connection import connect
from onrecord.cli import main as cli
from onrecord.corpus.corpus import load_seeds
from onrecord.corpus.exports.bridge import to_result
from onrecord.corpus.exports.exports import write_export


def tasks_of(annotator: str) -> dict[str, Any]:
    return {task["data"]["id"]: task for task in api.pull(connect(), annotator)}


@pytest.mark.parametrize("studio", ["label_studio", "label_studio_on_postgres"], indirect=True)
def test_zones_that_were_corrected_reach_the_tasks_that_nobody_has_begun(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    push = ("annotate", "push", "--new", "--annotator", "push-zones")
    run(*push)
    gold = onrecord.load(clone)
    annotate("push-zones", gold["duvar"])
    before = tasks_of("push-zones")
    draft = {"result": to_result(gold["ibna"]), "draft_id": 0}
    client = connect()
    client._client_wrapper.httpx_client.request(
        f"api/tasks/{before['ibna']['id']}/drafts", method="POST", json=draft
    )
    for document in ("rt", "duvar", "ibna"):
        words = " ".join(load_seeds(clone)[document].text.split()[:20])
        run("seeds", "zones", document, "--begin", f"subhead={words}")
    capsys.readouterr()
    run(*push)
    told = capsys.readouterr()
    assert told.out.endswith("0 new tasks, 0 new annotations, 0 new pre-annotations, 1 refreshed\n")
    assert told.err == (
        "push-zones: duvar, ibna: somebody has begun it, so the screen still shows the title, outlet "
        "and zones of then\n"
    )
    after = tasks_of("push-zones")
    assert ": subhead “" in after["rt"]["data"]["zones"]
    assert [after[id]["data"] == before[id]["data"] for id in before] == [
        id != "rt" for id in before
    ]
    assert after["rt"]["id"] == before["rt"]["id"]
    assert after["duvar"]["annotations"] == before["duvar"]["annotations"]
    run(*push)
    assert "refreshed" not in capsys.readouterr().out
    said = refused(capsys, "annotate", "pull", "--annotator", "push-zones").splitlines()
    assert [line for line in said if "has a draft that was not submitted; open it" in line] == [
        line for line in said if line.startswith("ibna: ")
    ]


def test_an_entity_that_the_registry_got_is_offered_in_every_task(clone: Path) -> None:
    push = ("annotate", "push", "--new", "--annotator", "push-offer")
    run(*push)
    annotate("push-offer", onrecord.load(clone)["rt"])
    before = tasks_of("push-offer")
    path = clone / "annotation" / "registry.jsonl"
    path.write_text(path.read_text("utf-8") + REGISTRY, encoding="utf-8")
    run(*push)
    after = tasks_of("push-offer")
    for id, task in after.items():
        offered = {choice["alias"] for choice in task["data"]["entities"]}
        assert {"ivo-marek", "veldburg"} <= offered
        assert {choice["alias"] for choice in task["data"]["actors"]} >= {"ivo-marek", "sylvania"}
        rest = {"entities", "actors"}
        assert without(task["data"], rest) == without(before[id]["data"], rest)
        assert task["annotations"] == before[id]["annotations"]


def without(data: dict[str, Any], keys: set[str]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in keys}


def test_annotations_are_given_with_their_articles_alone(clone: Path) -> None:
    gold = onrecord.load(clone)
    write_export(clone / "rt.json", [gold["rt"]])
    push = ("annotate", "push", "--new", "--annotator", "push-some")
    run(*push, "--document", "ibna")
    run(*push, "--annotations", "rt.json")
    assert tasks_of("push-some").keys() == {"ibna", "rt"}
    run(*push)
    assert len(tasks_of("push-some")) == 5


def test_annotations_over_a_border_are_not_given(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rt = onrecord.load(clone)["rt"]
    border = rt.zones[0].end
    over = onrecord.Mention(border - 3, border + 3, "DATE")
    others = [m for m in rt.mentions if m.end <= over.start or m.start >= over.end]
    onrecord.save([rt.with_layers(mentions=[*others, over])], "pass.jsonl")
    push = ("annotate", "push", "--new", "--annotator", "push-over")
    said = refused(capsys, *push, "--annotations", "pass.jsonl")
    assert said.startswith("pass.jsonl: rt: mentions[")
    assert "crosses the border of headline and body, between '" in said
    assert "push-over" not in {one.annotator for one in api.status(connect())}


def test_a_slip_in_a_name_makes_no_project_unless_it_is_said_to_be_new(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    push = ("annotate", "push", "--document", "rt", "--annotator")
    run(*push, "push-carla", "--new")
    run(*push, "push-carla")
    for slip in ("push-crala", "Push-Carla"):
        said = refused(capsys, *push, slip)
        assert said.startswith(
            f"--annotator: unknown annotator '{slip}'; did you mean 'push-carla'?"
        )
        assert said.endswith("; say --new to make a project of this name\n")
    assert {"push-crala", "Push-Carla"}.isdisjoint(one.annotator for one in api.status(connect()))


def test_what_a_push_offers_is_told_once(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("annotate", "push", "--new", "--annotator", "push-once", "--document", "rt")
    capsys.readouterr()
    offer = ("--offer-utterances", "annotation/exports/annotator-1.json")
    run("annotate", "push", "--annotator", "push-once", "--document", "rt", *offer)
    assert capsys.readouterr().out.splitlines() == [
        "push-once: 0 new tasks, 0 new annotations, 0 new pre-annotations",
        "push-once: 1 tasks offer other utterances than before",
    ]


@pytest.mark.parametrize("studio", ["label_studio", "label_studio_on_postgres"], indirect=True)
def test_who_can_log_in_and_has_no_project_is_told_and_needs_no_word_to_get_one(
    studio: Any, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_account(studio.root, "push-dora")
    run("annotate", "push", "--new", "--annotator", "push-emil", "--document", "rt")
    assert "push-dora" in workflow.without_project(clone)
    capsys.readouterr()
    cli.main(
        ["annotate", "push", "--all", "--document", "rt"]
    )  # others may have a project that is older
    line = (
        "push-dora can log in and has no project: onrecord annotate push --annotator push-dora "
        "--document rt\n"
    )
    assert line in capsys.readouterr().err
    run("annotate", "push", "--annotator", "push-dora", "--document", "rt")
    capsys.readouterr()
    cli.main(["annotate", "push", "--all", "--document", "rt"])
    assert "push-dora can log in" not in capsys.readouterr().err
