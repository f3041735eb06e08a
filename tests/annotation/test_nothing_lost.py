"""Whatever is killed and whenever: the next run ends where an undisturbed one does.

A client is killed at each step that it takes (see ``killed``), a server in the middle of a push.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import killed
import pytest
from labelstudio_fixture import CLONE, LabelStudio, by_hand, copy_clone

from onrecord.annotation.labelstudio import client as api
from onrecord.annotation.labelstudio import server, workflow
from onrecord.annotation.labelstudio.connection import connect
from onrecord.corpus.corpus import load_articles, load_seeds
from onrecord.corpus.exports.bridge import to_result
from onrecord.corpus.exports.exports import annotation, push_tasks, write_export
from onrecord.corpus.exports.offers import chosen
from onrecord.corpus.files import encode_documents
from onrecord.corpus.layers import read_layers
from onrecord.dataset import build as dataset
from onrecord.document import Document
from onrecord.exceptions import ServerError

State = Any


class Desk:
    """A clone of a few articles, whose passes are kept by a server that others use too."""

    def __init__(self, root: Path, articles: int, url: str, token: str) -> None:
        self.root = copy_clone(root)
        manifest = root / "seeds" / "manifest.jsonl"
        lines = manifest.read_bytes().splitlines(keepends=True)
        manifest.write_bytes(b"".join(lines[:articles]))
        self.server = {"url": url, "token": token}
        self.full, self.half = root / "full.json", root / "v1" / "model.jsonl"
        self.half.parent.mkdir()
        self.documents = [by_hand(seed) for seed in load_seeds(root).values()]
        write_export(self.full, self.documents)
        halves = [half(document) for document in self.documents]
        self.half.write_bytes(encode_documents(halves, text=False))
        self.model = root / "model.jsonl"
        self.model.write_bytes(encode_documents(self.documents, text=False))

    @property
    def whole(self) -> dict[str, Any]:
        """All that a push can bring."""
        return {"annotations": self.full, "predictions": self.model} | self.server

    @property
    def client(self) -> Any:
        return connect(self.server["url"], self.server["token"])

    def state(self, annotator: str) -> State:
        """The annotator's project as it is seen from outside."""
        client = self.client
        (project,) = (
            p
            for p in client.projects.list(title=f"onrecord: {annotator}")
            if p.title == f"onrecord: {annotator}"
        )
        tasks = api.pull(client, annotator)
        shown: dict[int, Any] = {}
        for one in client.predictions.list(project=project.id):
            shown.setdefault(one.task, []).append((one.model_version, one.result))
        return {
            "project": (project.label_config, project.model_version),
            "tasks": project.task_number,
            "annotated": project.finished_task_number,
            "documents": sorted(
                (
                    task["data"]["id"],
                    task["data"],
                    task["meta"],
                    [one["result"] for one in task["annotations"]],
                    shown.get(task["id"]),
                )
                for task in tasks
            ),
        }


def half(document: Document) -> Document:
    return document.with_layers(quotes=[], stances=[])


@pytest.fixture
def desk(label_studio: LabelStudio, tmp_path: Path) -> Desk:
    return Desk(tmp_path / "one", 1, label_studio.url, label_studio.secrets().token)


# Push


def test_a_first_push_that_is_killed_at_every_request_is_finished_by_the_next(desk: Desk) -> None:
    calm = killed.run(workflow.push, desk.root, "killed-calm", **desk.whole)
    expected = desk.state("killed-calm")
    assert [len(shown) for *_, shown in expected["documents"]] == [1]
    made = ["POST projects", "POST views", "POST import"]
    made += ["PATCH tasks", "POST predictions", "PATCH projects"]
    assert requests(calm.steps) == made
    for request in made:
        for step in ("body", "answer"):  # half sent, then sent and not answered
            run = killed.run(workflow.push, desk.root, "killed-first", kill=step, **desk.whole)
            assert run.killed
            assert requests(run.steps) == [request]
    assert killed.run(workflow.push, desk.root, "killed-first", **desk.whole).error is None
    assert desk.state("killed-first") == expected


def test_a_push_into_a_project_that_is_killed_at_every_request_is_finished_by_the_next(
    desk: Desk,
) -> None:
    for name in ("killed-calm-2", "killed-second"):
        workflow.push(desk.root, name, predictions=desk.half, **desk.server)
    calm = killed.run(workflow.push, desk.root, "killed-calm-2", **desk.whole)
    expected = desk.state("killed-calm-2")
    assert [len(shown) for *_, shown in expected["documents"]] == [1]
    made = ["POST annotations", "POST predictions", "DELETE predictions", "PATCH projects"]
    assert requests(calm.steps) == made
    for request in made:
        run = killed.run(workflow.push, desk.root, "killed-second", kill="answer", **desk.whole)
        assert run.killed
        assert requests(run.steps) == [request]
    assert killed.run(workflow.push, desk.root, "killed-second", **desk.whole).error is None
    assert desk.state("killed-second") == expected


def requests(steps: list[str]) -> list[str]:
    """The requests among the steps, without the numbers of what they are about."""
    found = (re.fullmatch(r"([A-Z]+) /api/.*?([a-z]+)/?(\d+/)?", step) for step in steps)
    return [f"{one[1]} {one[2]}" for one in found if one]


def test_two_pushes_at_the_same_time_make_no_second_task(desk: Desk) -> None:
    pushes = [killed.start(workflow.push, desk.root, "both", **desk.whole) for _ in range(2)]
    assert [push().error for push in pushes] == [None, None]
    workflow.push(desk.root, "alone", **desk.whole)
    assert desk.state("both") == desk.state("alone")


def test_two_pushes_from_two_clones_are_made_one_by_the_next(desk: Desk, tmp_path: Path) -> None:
    """The lock is the clone's; what two clones make at the same time, a third push sorts out."""
    other = Desk(tmp_path / "other", 1, **desk.server)
    pushes = [killed.start(workflow.push, one.root, "two", **one.whole) for one in (desk, other)]
    for push in pushes:
        push()
    workflow.push(desk.root, "two", **desk.whole)
    workflow.push(desk.root, "alone-2", **desk.whole)
    assert desk.state("two") == desk.state("alone-2")


def test_what_a_killed_push_left_twice_is_taken_away(desk: Desk) -> None:
    workflow.push(desk.root, "twice", **desk.whole)
    expected = desk.state("twice")
    client = desk.client
    (project,) = client.projects.list(title="onrecord: twice")
    registry = load_articles(desk.root).registry
    for annotated in (True, False):
        tasks = push_tasks(desk.documents, annotated=annotated, registry=registry)
        client.projects.import_tasks(project.id, request=tasks)
    first = min(task["id"] for task in api.pull(client, "twice"))
    client.annotations.create(first, **annotation(desk.documents[0], registry))
    result = chosen(to_result(desk.documents[0]), registry)
    client.predictions.create(task=first, result=result, model_version="model")
    client.projects.create(title="onrecord: twice", label_config=project.label_config)
    workflow.push(desk.root, "twice", **desk.whole)
    assert desk.state("twice") == expected


def test_a_second_task_with_other_work_is_named_and_kept(desk: Desk) -> None:
    workflow.push(desk.root, "work", annotations=desk.full, **desk.server)
    (project,) = desk.client.projects.list(title="onrecord: work")
    tasks = push_tasks([half(document) for document in desk.documents])
    desk.client.projects.import_tasks(project.id, request=tasks)
    with pytest.raises(ServerError, match="has two tasks of 'unnamed'; delete one of them"):
        workflow.push(desk.root, "work", annotations=desk.full, **desk.server)
    assert [len(task["annotations"]) for task in api.pull(desk.client, "work")] == [1, 1]


# Pull


def test_a_pull_that_is_killed_anywhere_leaves_a_whole_export_and_nothing_that_git_takes(
    desk: Desk,
) -> None:
    workflow.push(desk.root, "pulled", annotations=desk.full, **desk.server)
    server_had = desk.state("pulled")
    path = desk.root / "annotation" / "exports" / "pulled.json"
    run = killed.run(workflow.pull, desk.root, "pulled", **desk.server)
    assert run.steps == ["mkdir", "open", "fsync", "rename"]
    new = path.read_bytes()
    for step in ("fsync", "rename"):
        path.write_bytes(b"old")
        assert killed.run(workflow.pull, desk.root, "pulled", kill=step, **desk.server).killed
        assert path.read_bytes() == b"old"
    assert in_git(desk.root / "annotation" / "exports") == {"pulled.json"}
    assert killed.run(workflow.pull, desk.root, "pulled", **desk.server).error is None
    assert path.read_bytes() == new == desk.full.read_bytes()
    assert desk.state("pulled") == server_had


def in_git(folder: Path) -> set[str]:
    """The files of a folder that ``git add`` takes, under the rules of this repository."""
    with tempfile.TemporaryDirectory() as repository:
        git = ["git", f"--git-dir={repository}/git", f"--work-tree={folder}"]
        subprocess.run([*git, "init", "-q"], check=True, cwd=folder)
        rules = f"core.excludesFile={CLONE / '.gitignore'}"
        subprocess.run([*git, "-c", rules, "add", "-A"], check=True, cwd=folder)
        listed = subprocess.run([*git, "ls-files"], check=True, cwd=folder, capture_output=True)
    return set(listed.stdout.decode().split())


# Build


def test_a_build_that_is_killed_anywhere_leaves_whole_files_and_the_next_makes_the_rest(
    tmp_path: Path,
) -> None:
    root = tmp_path / "clone"
    for name in ("seeds", "annotation", "data"):
        shutil.copytree(CLONE / name, root / name)
    for name in ("README.md", ".huggingface.yaml", "CITATION.cff"):
        shutil.copy(CLONE / name, root)
    export = root / "annotation" / "exports" / "gold.json"
    gold = export.read_bytes()
    old = contents(root)
    documents = read_layers(export, load_articles(root))
    write_export(export, [documents[0].with_layers(stances=[]), *documents[1:]])
    steps = killed.run(dataset.build, root).steps
    new = contents(root)
    changed = {name for name in old if new[name] != old[name]} - {"annotation/exports/gold.json"}
    assert len(changed) == steps.count("rename") == 6
    for number in (n for n, step in enumerate(steps) if step in ("open", "fsync", "rename")):
        for name in changed:
            (root / name).write_bytes(old[name])
        assert killed.run(dataset.build, root, kill=number).killed
        left = contents(root)
        assert all(left[name] in (old[name], new[name]) for name in changed), number
        dataset.build(root)
        assert contents(root) == new
    assert in_git(root) == set(new)
    export.write_bytes(gold)
    dataset.build(root)
    assert contents(root) == old


def contents(root: Path) -> dict[str, bytes]:
    """Every file by its path, but those that a killed process left beside their place."""
    paths = (p for p in root.rglob("*") if p.is_file() and not p.name.startswith(".onrecord-"))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


# The server


def test_a_push_whose_server_is_killed_is_finished_by_the_next(
    label_studio: LabelStudio, tmp_path: Path
) -> None:
    desk = Desk(tmp_path / "one", 1, label_studio.url, label_studio.secrets().token)
    workflow.push(desk.root, "calm-3", **desk.whole)
    expected = desk.state("calm-3")
    folder = server.data_folder(desk.root)
    shutil.rmtree(folder)
    shutil.copytree(label_studio.folder, folder)
    (folder / "server.json").unlink()
    try:
        started = workflow.up(desk.root)
        desk.server = {"url": str(started.url), "token": desk.server["token"]}
        workflow.push(desk.root, "cut", only=())  # a project as it is to be, without articles
        for made in ("POST import", "POST "):
            assert started.pid is not None
            desk.server = {"url": str(started.url), "token": desk.server["token"]}
            run = killed.run(
                workflow.push, desk.root, "cut", kill="answer", victim=started.pid, **desk.whole
            )
            assert requests(run.steps)[-1].startswith(made)
            assert "ServerError: Label Studio does not answer at" in str(run.error)
            os.waitpid(started.pid, 0)
            assert server.status(folder).state == "stale"
            started = workflow.up(desk.root)
        desk.server = {"url": str(started.url), "token": desk.server["token"]}
        workflow.push(desk.root, "cut", **desk.whole)
        assert desk.state("cut") == expected
    finally:
        workflow.down(desk.root)
