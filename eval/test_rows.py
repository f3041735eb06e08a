"""What a row of the leaderboard must fulfil; each system is run once for all of it."""

from __future__ import annotations

import pytest
from entries import EVAL, Row, find_entries

import onrecord
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import write
from onrecord.leaderboard.board import page
from onrecord.leaderboard.results import encode_scores, load_result

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
    if not row.entry.is_published:
        return
    name = row.entry.name
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
    """A variant of a file in baselines/, or predictions with a description."""
    systems = {entry.name for entry in find_entries([])}
    published = {path.stem for path in (EVAL / "results").glob("*.json")}
    published |= {path.stem for path in (EVAL / "predictions").glob("*.jsonl")}
    assert published <= systems, f"rows without a system: {sorted(published - systems)}"


def test_the_leaderboard_page_is_what_the_results_give(
    corpus: Corpus, request: pytest.FixtureRequest
) -> None:
    """With ``--update`` it is made; results of another gold or scorer are named, never mixed."""
    results = [load_result(path) for path in sorted((EVAL / "results").glob("*.json"))]
    file = EVAL / "LEADERBOARD.md"
    try:
        content = page(results, corpus).encode()
    except onrecord.OnRecordError as error:
        pytest.fail(f"{error}; {UPDATE}", pytrace=False)
    if request.config.getoption("update"):
        write(file, content)
    elif not file.exists() or file.read_bytes() != content:
        pytest.fail(f"eval/LEADERBOARD.md is not what eval/results/ gives; {UPDATE}", pytrace=False)
