"""What the tests share."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from clone_fixture import clone, studio  # noqa: F401  (fixtures)
from hypothesis import settings
from labelstudio_fixture import label_studio, label_studio_on_postgres, postgres  # noqa: F401  (fixtures)

import onrecord
from onrecord.corpus.corpus import Corpus

settings.register_profile("onrecord", deadline=None, derandomize=True)
settings.load_profile("onrecord")

ROOT = Path(__file__).parent.parent

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # as in the background of a shell; programs that tests start would inherit it, and not hear Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)


SERVED = {"label_studio", "label_studio_on_postgres", "postgres"}
"""Fixtures that start a server."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several workers (``-n``), what needs a server is done by one, which starts it once."""
    for item in items:
        if SERVED & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("server"))


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def gold(root: Path) -> Corpus:
    return onrecord.load(root)
