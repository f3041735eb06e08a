"""What a row of the leaderboard must fulfil; each system is run once for all three."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import BASELINES, published

from onrecord.corpus import Corpus
from onrecord.leaderboard import Result, encode_scores, load_result


def test_system_returns_a_valid_document_for_every_article(result: Result) -> None:
    """A document on which it fails counts as empty and is never dropped, but the run fails."""
    problems = "; ".join(f"{failure.document}: {failure.reason}" for failure in result.failures)
    if problems:
        pytest.fail(problems, pytrace=False)


def test_row_scores_every_document_of_the_gold(result: Result, corpus: Corpus) -> None:
    assert result.scores.documents == tuple(document.id for document in corpus.documents)
    assert result.scores.gold == corpus.hash


def test_published_scores_reproduce(result: Result, system_file: Path) -> None:
    if system_file.parent != BASELINES:
        return  # a system that is tried out has nothing published to compare with
    before = load_result(published(system_file))
    if encode_scores(before) != encode_scores(result):
        pytest.fail(
            f"eval/results/{system_file.stem}.json was published with other scores "
            f"({before.scores.signature}); look at what changed, then run with --update",
            pytrace=False,
        )
