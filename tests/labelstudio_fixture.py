"""Real Label Studio servers for the tests: each started once, in a temporary folder, on a free port.

``tests/conftest.py`` imports the fixtures from here. Without a server's program the tests that
use it fail: they are never skipped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from postgres_fixture import Postgres, run_postgres

from onrecord.annotation.labelstudio import client as api
from onrecord.annotation.labelstudio import server, workflow
from onrecord.annotation.labelstudio.connection import connect
from onrecord.document import Document, Mention, Quote, Span, Stance

CLONE = Path(__file__).resolve().parents[1]


class LabelStudio(NamedTuple):
    """A clone made of copies, whose own server runs."""

    root: Path
    url: str
    pid: int

    @property
    def folder(self) -> Path:
        return server.data_folder(self.root)

    @property
    def client(self) -> Any:
        return connect(root=self.root)

    def secrets(self) -> server.Credentials:
        credentials = server.read_credentials(self.folder)
        assert credentials is not None
        return credentials


def copy_clone(root: Path) -> Path:
    """The seeds, targets, instruction and label config of the clone, and a registry of invented entities."""
    shutil.copytree(CLONE / "seeds", root / "seeds")
    (root / "annotation").mkdir()
    for name in ("instruction.html", "label_config.xml", "targets.jsonl"):
        shutil.copy(CLONE / "annotation" / name, root / "annotation" / name)
    (root / "annotation" / "registry.jsonl").write_text(
        '{"id": "durand", "name": "Marie Durand", "label": "PERSON", "actor": true}\n'
        '{"id": "state", "name": "Ruritania", "label": "GPE", "actor": true}\n',
        encoding="utf-8",
    )
    return root


@contextmanager
def run_label_studio(root: Path, database: str | None = None) -> Iterator[LabelStudio]:
    """A running server of a clone of its own; stopped at the end."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY", "ONRECORD_DATABASE_URL"):
            patch.delenv(name, raising=False)
        if "ONRECORD_LABEL_STUDIO" not in os.environ:
            patch.setenv("ONRECORD_LABEL_STUDIO", str(server.find_executable(CLONE)))
        copy_clone(root)
        started = workflow.up(root, database=database)
        try:
            assert started.url is not None
            assert started.pid is not None
            yield LabelStudio(root, started.url, started.pid)
        finally:
            workflow.down(root)


@pytest.fixture(scope="session")
def label_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudio]:
    """One server for the session, with SQLite."""
    with run_label_studio(tmp_path_factory.mktemp("clone")) as running:
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the session."""
    with run_postgres() as running:
        yield running


@pytest.fixture(scope="session")
def label_studio_on_postgres(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres
) -> Iterator[LabelStudio]:
    """One server for the session, with PostgreSQL."""
    with run_label_studio(tmp_path_factory.mktemp("clone"), postgres.url()) as running:
        yield running


TARGETS = ("keep-s400", "us-turkey-dialogue", "eu-steps")


def by_hand(seed: Document) -> Document:
    """Layers with everything that a document can have, on the first words of any article."""
    words = [Span(*match.span()) for match in re.finditer(r"\w+", seed.text)]
    first, second, third = words[0], words[2], words[4]
    return seed.with_layers(
        mentions=[
            Mention(first.start, first.end, "PERSON", "durand"),
            Mention(*ends(third), "DATE"),
        ],
        quotes=[
            Quote(id="q1", content=(first, third), cue=second, source=first, speaker="durand"),
            Quote(id="q2", content=(third,), cue=second, parent="q1", utterance="u1"),
        ],
        stances=[
            Stance(holder="durand", target=target, polarity="mixed", evidence=(first, second))
            for target in TARGETS[:2]
        ],
    ).canonical()


def ends(span: Span) -> tuple[int, int]:
    return (span.start, span.end)


def push(studio: LabelStudio, annotator: str, documents: Any, **given: Any) -> api.Pushed:
    config = workflow.read_config(studio.root)
    targets = [
        json.loads(line)["id"]
        for line in (studio.root / "annotation" / "targets.jsonl").read_text("utf-8").splitlines()
    ]
    return api.push(
        studio.client, annotator, documents, **{"config": config, "targets": targets} | given
    )
