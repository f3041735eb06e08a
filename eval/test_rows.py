"""What a row of the leaderboard must fulfil; each system is run once for all of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import onrecord
from onrecord.corpus import Corpus
from onrecord.leaderboard import encode_scores

if TYPE_CHECKING:
    from conftest import Row

UPDATE = "look at what changed, then run with --update"


def test_system_returns_a_valid_document_for_every_article(row: Row) -> None:
    """A document on which it fails counts as empty and is never dropped, but the run fails."""
    problems = "; ".join(f"{failure.document}: {failure.reason}" for failure in row.result.failures)
    if problems:
        pytest.fail(problems, pytrace=False)


def test_row_scores_every_document_of_the_gold(row: Row, corpus: Corpus) -> None:
    assert row.result.scores.documents == tuple(document.id for document in corpus.documents)
    assert row.result.scores.gold == corpus.hash


def test_published_row_reproduces(row: Row) -> None:
    """The scores and the predictions, byte for byte; one that is tried out has none to compare."""
    if not row.is_baseline:
        return
    name = row.file.stem
    try:
        before, predictions = row.published()
    except (onrecord.InvalidInput, OSError) as error:
        pytest.fail(f"{name} has no published row ({error}); {UPDATE}", pytrace=False)
    if encode_scores(before.scores) != encode_scores(row.result.scores):
        pytest.fail(
            f"eval/results/{name}.json was published with other scores "
            f"({before.scores.signature}); {UPDATE}",
            pytrace=False,
        )
    if predictions != row.predictions:
        pytest.fail(f"eval/predictions/{name}.jsonl is not what it gives; {UPDATE}", pytrace=False)


def test_every_published_row_has_its_system() -> None:
    folder = Path(__file__).parent
    systems = {path.stem for path in (folder.parent / "baselines").glob("*.py")}
    published = {path.stem for path in (folder / "results").glob("*.json")}
    published |= {path.stem for path in (folder / "predictions").glob("*.jsonl")}
    assert published <= systems, f"rows without a system: {sorted(published - systems)}"
