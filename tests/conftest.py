"""What the tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from labelstudio_fixture import label_studio, label_studio_on_postgres, postgres  # noqa: F401  (fixtures)

import onrecord
from onrecord.corpus.corpus import Corpus

settings.register_profile("onrecord", deadline=None, derandomize=True)
settings.load_profile("onrecord")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def gold(root: Path) -> Corpus:
    return onrecord.load(root)
