"""A name that is read from a file leads nowhere: what is written stays in its folder."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

import onrecord
from onrecord.annotation.labelstudio.client import project_title
from onrecord.corpus.corpus import load_articles, load_seeds
from onrecord.corpus.exports.exports import encode_export, read_export, read_tasks, write_export
from onrecord.corpus.files import encode_lines, write
from onrecord.corpus.layers import read_layers
from onrecord.dataset import build as dataset
from onrecord.dataset.standoff import join, release, write_all
from onrecord.exceptions import InvalidInput, SystemFailure
from onrecord.systems.run import read_about

HOSTILE = (
    "../x",
    "../../../x",
    "/tmp/x",
    "a/b",
    "..",
    ".",
    "",
    "x\x00y",
    "x\ny",
    "\u202ex",
    "x" * 5000,
    "C:\\x",
    "~/x",
)
PASSES = sorted((Path(__file__).parents[2] / "annotation" / "exports").glob("*.json"))


@pytest.fixture
def clone(root: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "deep" / "er" / "clone"
    for name in ("seeds", "annotation"):
        shutil.copytree(root / name, folder / name)
    for name in ("README.md", ".huggingface.yaml", "CITATION.cff"):
        shutil.copy(root / name, folder)
    return folder


def change(path: Path, number: int, **fields: Any) -> None:
    """Other values for some fields of a line."""
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    rows[number] |= fields
    path.write_bytes(encode_lines(rows))


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", [name for name in HOSTILE if not name.startswith(("C:", "~"))])
def test_a_manifest_names_files_of_the_seeds_only(clone: Path, name: str) -> None:
    change(clone / "seeds" / "manifest.jsonl", 0, file=name)
    with pytest.raises(InvalidInput) as caught:
        load_seeds(clone)
    assert "manifest.jsonl:1: unnamed: file: " in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("id", HOSTILE)
def test_a_documents_id_is_no_path_in_a_build_or_a_pull(
    clone: Path, tmp_path: Path, id: str
) -> None:
    """Every place that an article's id reaches: seeds, export, votes, data and the release."""
    change(clone / "seeds" / "manifest.jsonl", 0, id=id)
    export = clone / "annotation" / "exports" / "gold.json"
    tasks = json.loads(export.read_bytes())
    tasks[0]["data"]["id"] = id
    export.write_text(json.dumps(tasks))
    write_export(export, read_layers(export, load_articles(clone)))
    votes = clone / "annotation" / "votes.jsonl"
    for number, line in enumerate(votes.read_bytes().splitlines()):
        if json.loads(line)["document"] == "unnamed":
            change(votes, number, document=id)
    dataset.build(clone)
    write_all(release(clone), tmp_path / "release")
    write_all(join(tmp_path / "release", clone / "seeds"), tmp_path / "joined")
    inside = (clone, tmp_path / "release", tmp_path / "joined")
    assert files(tmp_path) == {path for folder in inside for path in files(folder)}
    assert {path.relative_to(clone / "data") for path in files(clone / "data")} == {
        path.relative_to(tmp_path / "joined") for path in files(tmp_path / "joined")
    }
    assert onrecord.load(clone).documents[0].id == id


@pytest.mark.parametrize("id", HOSTILE)
def test_a_task_of_an_unknown_document_is_refused(clone: Path, id: str) -> None:
    tasks = json.loads((clone / "annotation" / "exports" / "gold.json").read_bytes())
    tasks[0]["data"]["id"] = id
    with pytest.raises(InvalidInput, match="unknown document: not in the gold yet, or"):
        read_tasks(tasks, load_seeds(clone))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_release_says_what_the_articles_are_called_and_not_where_anything_is_written(
    root: Path, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "deep" / "release"
    write_all(release(root), folder)
    change(folder / "manifest.jsonl", 0, file=name)
    change(folder / "targets" / "test.jsonl", 0, id=name)
    croissant = json.loads((folder / "croissant.json").read_bytes())
    croissant["distribution"][0]["contentUrl"] = name
    (folder / "croissant.json").write_text(json.dumps(croissant))
    before = files(tmp_path)
    with pytest.raises(InvalidInput):
        join(folder, root / "seeds")
    assert files(tmp_path) == before


@pytest.mark.parametrize("name", HOSTILE)
def test_an_annotators_name_is_no_path(name: str) -> None:
    with pytest.raises(InvalidInput, match="is not one word of at most 40"):
        project_title(name)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_variants_name_is_a_plain_file_name(tmp_path: Path, name: str) -> None:
    """Results and predictions are written under it."""
    system = tmp_path / "system.py"
    system.write_text(f"variants = {{{name!r}: {{}}}}\n\ndef predict(document):\n    return {{}}\n")
    with pytest.raises(SystemFailure, match="is not a plain file name"):
        read_about(system)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("x\x00y", "cannot be written"),
        ("x" * 5000, "cannot be written: File name too long"),
        ("folder/", "is a folder"),
    ],
)
def test_a_file_that_cannot_be_written_is_named_in_one_line(
    tmp_path: Path, name: str, reason: str
) -> None:
    with pytest.raises(InvalidInput, match=reason) as caught:
        write(f"{tmp_path}/{name}", b"")
    assert "\n" not in str(caught.value)
    assert files(tmp_path) == set()


def test_a_name_that_no_file_has_is_named_in_one_line(
    tmp_path: Path, gold: onrecord.Corpus
) -> None:
    for name in ("x\x00y", "x" * 5000):
        with pytest.raises(InvalidInput, match="cannot be read"):
            read_layers(tmp_path / name, gold)


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    write(tmp_path / ("x" * 255), b"content")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"content"]


# What is committed


@pytest.mark.parametrize("path", PASSES, ids=lambda path: path.stem)
def test_a_committed_export_holds_what_its_documents_say_and_nothing_else(
    path: Path, root: Path
) -> None:
    assert encode_export(read_export(path, load_seeds(root))) == path.read_bytes()


SECRETS: dict[str, Callable[[str], object]] = {
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.\w").search,
    "a token": re.compile(r"\b[0-9a-f]{40}\b").search,
    "a name of one": re.compile(r"(?i)\"(e-?mail|user(name)?|token|password|api_?key)\"").search,
}


@pytest.mark.parametrize("folder", ["annotation/exports", "data", "eval/predictions"])
def test_no_committed_pass_or_prediction_holds_a_secret(root: Path, folder: str) -> None:
    for path in sorted((root / folder).rglob("*.json*")):
        text = path.read_text(encoding="utf-8")
        for name, finds in SECRETS.items():
            assert not finds(text), (path, name)


def test_what_a_server_says_of_people_does_not_reach_an_export(root: Path) -> None:
    tasks = msgspec.json.decode(PASSES[0].read_bytes())
    person = {"id": 1, "email": "anna@example.org", "token": "0" * 40, "password": "secret"}
    for task in tasks:
        task |= {"updated_by": [person], "comment_authors": [person], "meta": person}
        task["data"] |= {"email": "anna@example.org"}
        task["annotations"][0] |= {"completed_by": person, "prediction": person}
        for item in task["annotations"][0]["result"]:
            item["meta"] = {"text": ["by anna@example.org"]}
    assert encode_export(read_tasks(tasks, load_seeds(root))) == PASSES[0].read_bytes()
