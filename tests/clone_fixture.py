"""A copy of the clone whose commands speak to the tests' server, and a sixth article for it.

The article is invented; it lives in these tests and never enters the dataset. ``tests/conftest.py``
imports the fixtures from here.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from builders import quote, stance
from labelstudio_fixture import LabelStudio

from onrecord.annotation.drafts import read_marked
from onrecord.annotation.labelstudio import client as api
from onrecord.annotation.labelstudio.connection import connect
from onrecord.cli import main as cli
from onrecord.corpus.exports.bridge import to_result
from onrecord.document import Document

MARKED = (
    "Harbour talks end without a deal\n\nBy ⟦Nora Lind|PERSON|nora-lind⟧\n\n"
    "⟦Ruritania|GPE|ruritania⟧ and ⟦Sylvania|GPE|sylvania⟧ failed to agree on the harbour of "
    "⟦Veldburg|GPE|veldburg⟧ on ⟦Monday|DATE⟧. “We shall go on talking,” ⟦Ivo Marek|PERSON|ivo-marek⟧ "
    "told reporters. Marek|PERSON added that Sylvania should share the harbour.\n\n"
    "Follow us on the web\n"
).replace("Marek|PERSON added", "⟦Marek|PERSON|ivo-marek⟧ added")
TEXT = (
    "Harbour talks end without a deal\n\nBy Nora Lind\n\nRuritania and Sylvania failed to agree on "
    "the harbour of Veldburg on Monday. “We shall go on talking,” Ivo Marek told reporters. Marek "
    "added that Sylvania should share the harbour.\n\nFollow us on the web\n"
)
REGISTRY = """\
{"id": "nora-lind", "name": "Nora Lind", "label": "PERSON"}
{"id": "ruritania", "name": "Ruritania", "label": "GPE", "actor": true}
{"id": "sylvania", "name": "Sylvania", "label": "GPE", "actor": true}
{"id": "veldburg", "name": "Veldburg", "label": "GPE"}
{"id": "ivo-marek", "name": "Ivo Marek", "label": "PERSON", "aliases": ["Marek"], "offices": ["Ruritanian Prime Minister"], "actor": true, "represents": "ruritania"}
"""
TARGETS = """\
{"id": "harbour-talks", "proposition": "Ruritania & Sylvania should go on talking (\\"the road\\")."}
{"id": "share-harbour", "proposition": "Sylvania should share the harbour."}
"""
ADD = ["--event", "harbour-talks", "--new-event", "--outlet", "The Harbour", "--title"]
ADD += ["Harbour talks end without a deal"]
SYSTEM = """
from onrecord import Mention
description = "Ruritania only"
def predict(document, targets):
    start = document.text.find("Ruritania")
    found = [] if start < 0 else [Mention(start, start + 9, "GPE", "r")]
    return document.with_layers(mentions=found)
"""


def by_anna(seed: Document) -> Document:
    """A pass over the sixth article."""
    seed = seed.with_layers(mentions=read_marked(MARKED, seed.text))
    marek = {"speaker": "ivo-marek", "utterance": "marek-after-the-talks"}
    return seed.with_layers(
        quotes=[
            quote(seed, "q1", "“We shall go on talking,”", cue="told", source="Ivo Marek", **marek),
            quote(seed, "q2", "that Sylvania should share the harbour", cue="added", **marek),
        ],
        stances=[
            stance(seed, "ivo-marek", "harbour-talks", "favor", "We shall go on talking"),
            stance(
                seed, "ivo-marek", "share-harbour", "favor", "Sylvania should share the harbour"
            ),
        ],
    ).canonical()


def by_ben(seed: Document) -> Document:
    """Another, which misses a value and a quote and finds another polarity."""
    other = by_anna(seed)
    first, second = other.stances
    return other.with_layers(
        mentions=[one for one in other.mentions if one.label != "DATE"],
        quotes=[other.quotes[0]],
        stances=[first, msgspec.structs.replace(second, polarity="mixed")],
    )


@pytest.fixture
def studio(request: pytest.FixtureRequest) -> LabelStudio:
    """The server on SQLite, or the one that a test names."""
    running: LabelStudio = request.getfixturevalue(getattr(request, "param", "label_studio"))
    return running


@pytest.fixture
def clone(root: Path, tmp_path: Path, studio: LabelStudio, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the clone whose commands speak to the tests' server."""
    folder = tmp_path / "onrecord"
    ignored = shutil.ignore_patterns("__pycache__", "local")
    for name in ("seeds", "annotation", "data", "eval", "baselines"):
        shutil.copytree(root / name, folder / name, ignore=ignored)
    for name in ("README.md", ".huggingface.yaml", "CITATION.cff", "pyproject.toml"):
        shutil.copy(root / name, folder)
    use(folder, studio, monkeypatch)
    return folder


def use(folder: Path, server: LabelStudio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ONRECORD_ROOT", str(folder))
    monkeypatch.setenv("LABEL_STUDIO_URL", server.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", server.secrets().token)


def run(*arguments: str) -> None:
    assert cli.main(arguments) == 0, arguments


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command says when it ends with exit status 2."""
    capsys.readouterr()
    assert cli.main(arguments) == 2, arguments
    return capsys.readouterr().err


def article(folder: Path, name: str = "harbour.txt", text: str = TEXT) -> str:
    path = folder.parent / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def annotate(annotator: str, document: Document, **fields: Any) -> None:
    """Put a person's work into the task of the document, as the browser would."""
    client = connect()
    (task,) = [task for task in api.pull(client, annotator) if task["data"]["id"] == document.id]
    client.annotations.create(task["id"], result=to_result(document), **fields)
