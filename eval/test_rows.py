"""What a row of the leaderboard must fulfil; each system is run once for all of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from entries import EVAL, PROBES, RENAMED, find_entries
from making import ProbeRow, Row, other_boards

import onrecord
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import write
from onrecord.corpus.predictions import encode_predictions
from onrecord.leaderboard.board import page
from onrecord.leaderboard.probes import load_probe_result
from onrecord.leaderboard.results import encode_scores, load_result
from onrecord.systems.run import Failure

UPDATE = "look at what changed, then run with --update"


def test_system_returns_a_valid_document_for_every_article(row: Row) -> None:
    """A document on which it fails counts as empty and is never dropped, but the run fails."""
    assert_no_failures(row.result.failures)


def assert_no_failures(failures: Sequence[Failure]) -> None:
    problems = "; ".join(f"{failure.document}: {failure.reason}" for failure in failures)
    if problems:
        pytest.fail(problems, pytrace=False)


def test_row_scores_every_document_of_the_gold(row: Row, corpus: Corpus) -> None:
    assert row.result.scores.documents == tuple(document.id for document in corpus.documents)
    assert row.result.scores.gold == corpus.hash


def test_published_row_reproduces(row: Row) -> None:
    """The scores and the predictions, byte for byte; one that is tried out has none to compare."""
    require_reproduced(row, "")


def test_published_row_on_renamed_articles_reproduces(renamed_row: Row) -> None:
    assert_no_failures(renamed_row.result.failures)
    require_reproduced(renamed_row, "renamed/")


def test_published_row_on_probes_reproduces(probe_row: ProbeRow) -> None:
    """Which members of which sets are right, and the predictions, byte for byte."""
    assert_no_failures(probe_row.result.failures)
    entry = probe_row.entry
    if not entry.is_published:
        return
    try:
        before, predictions = probe_row.published()
    except (onrecord.InvalidInput, OSError) as error:
        pytest.fail(f"{entry.name} has no published row ({error}); {UPDATE}", pytrace=False)
    if before.reproducible() != probe_row.result.reproducible():
        name = f"eval/results/probes/{entry.name}.json"
        pytest.fail(f"{name} was published with other members right; {UPDATE}", pytrace=False)
    made = probe_row.documents
    if made is not None and encode_predictions(made) != predictions:
        name = f"eval/predictions/probes/{entry.name}.jsonl"
        pytest.fail(f"{name} is not what it gives; {UPDATE}", pytrace=False)


def require_reproduced(row: Row, folder: str) -> None:
    if not row.entry.is_published:
        return
    name = f"{folder}{row.entry.name}"
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
    for place in (RENAMED, PROBES):
        published |= {path.stem for path in place.results.glob("*.json")}
        published |= {path.stem for path in place.predictions.glob("*.jsonl")}
    assert published <= systems, f"rows without a system: {sorted(published - systems)}"


def test_the_leaderboard_page_is_what_the_results_give(
    corpus: Corpus, request: pytest.FixtureRequest
) -> None:
    """With ``--update`` it is made; results of another gold or scorer are named, never mixed."""
    results = [load_result(path) for path in sorted((EVAL / "results").glob("*.json"))]
    renamed = [load_result(path) for path in sorted(RENAMED.results.glob("*.json"))]
    probed = [load_probe_result(path) for path in sorted(PROBES.results.glob("*.json"))]
    file = EVAL / "LEADERBOARD.md"
    try:
        others = other_boards(results, renamed, probed)
        content = page(results, corpus, others).encode()
    except onrecord.OnRecordError as error:
        pytest.fail(f"{error}; {UPDATE}", pytrace=False)
    if request.config.getoption("update"):
        write(file, content)
    elif not file.exists() or file.read_bytes() != content:
        pytest.fail(f"eval/LEADERBOARD.md is not what eval/results/ gives; {UPDATE}", pytrace=False)
