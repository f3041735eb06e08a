"""``pytest eval/``: run every system, score it, print the leaderboard.

Its options are those of this folder alone; they are not there in a pytest that is run elsewhere.
"""

from __future__ import annotations

import shutil
import sys
import warnings
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from entries import LOCAL, PREDICTIONS, RESULTS, ROOT, Entry, Row, find_entries

import onrecord
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.predictions import Predictions
from onrecord.document import LAYERS
from onrecord.leaderboard.board import WIDTH, board
from onrecord.leaderboard.results import (
    Result,
    Submission,
    evaluate,
    load_result,
    read_submission,
    rescore,
    save,
)
from onrecord.systems.run import About, load_system, progress_line, row_note

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling
    from xdist.workermanage import WorkerController

entries = pytest.StashKey[list[Entry]]()
results = pytest.StashKey[dict[str, Result]]()
"""The rows that were made, by name."""
not_run = pytest.StashKey[dict[str, str]]()
"""The rows that were not run, each with what was done without it and why."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("leaderboard")
    group.addoption(
        "--system",
        action="append",
        default=[],
        metavar="FILE",
        help="also run the system in this Python file, or score the predictions in this .jsonl file "
        "(repeatable); its result goes to eval/results/local/ and is not published",
    )
    group.addoption(
        "--layer",
        action="append",
        default=[],
        choices=LAYERS,
        help="only this layer's column, and only systems that attempt it (repeatable)",
    )
    group.addoption(
        "--sort",
        choices=LAYERS,
        metavar="LAYER",
        help="the column that orders the rows (default: the first)",
    )
    group.addoption(
        "--update",
        action="store_true",
        help="publish: write results, predictions and eval/LEADERBOARD.md anew in place of comparing",
    )
    group.addoption(
        "--extras",
        action="store_true",
        help="run the baselines that need an extra too, where that is installed, in place of scoring "
        "their saved predictions",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[results] = {}
    config.stash[entries] = []
    config.stash[not_run] = {}
    if config.getoption("sort") not in (None, *shown_layers(config)):
        raise pytest.UsageError(f"--sort {config.getoption('sort')}: --layer leaves it out")
    if config.getoption("update") and config.getoption("numprocesses", None):
        raise pytest.UsageError("--update makes rows one after the other; leave out -n")
    names: dict[str, Path] = {}
    for entry in find_entries(config.getoption("system")):
        if not entry.file.is_file():
            raise pytest.UsageError(f"{entry.file}: no such file")
        if entry.name in names:
            raise pytest.UsageError(f"{entry.file}: {names[entry.name]} has the same name")
        names[entry.name] = entry.file
        if is_taken_out(entry, extras=config.getoption("extras")):
            reason = "no row: it has no saved predictions; --extras runs it"
            config.stash[not_run][entry.name] = reason
        elif entry.may_attempt(shown_layers(config)):
            config.stash[entries].append(entry)


def shown_layers(config: pytest.Config) -> list[str]:
    return [layer for layer in LAYERS if layer in (config.getoption("layer") or LAYERS)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "entry" in metafunc.fixturenames:
        found = metafunc.config.stash[entries]
        metafunc.parametrize("entry", found, ids=lambda entry: entry.name, scope="session")


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return onrecord.load(ROOT)


@pytest.fixture(scope="session")
def row(entry: Entry, corpus: Corpus, request: pytest.FixtureRequest) -> Row:
    """The system, run and scored once; a warning of its is shown, not made an error."""
    config = request.config
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            if entry.file.suffix == ".jsonl" or is_left_alone(entry, config):
                result, documents = score_saved(entry, corpus)
            else:
                with watched(config):
                    result, documents = run_system(entry, corpus)
    except onrecord.OnRecordError as error:
        config.stash[not_run][entry.name] = f"no row: {error}"
        pytest.fail(str(error), pytrace=False)
    row = Row(entry, result, documents)
    config.stash[results][entry.name] = result
    if not entry.is_published:
        save(result, documents, LOCAL, LOCAL)
    elif config.getoption("update") and not result.failures:
        save(result, documents, RESULTS, PREDICTIONS)
    return row


def is_taken_out(entry: Entry, *, extras: bool) -> bool:
    """Whether a baseline that needs an extra has no row, since it has not been run on this gold."""
    published = (RESULTS / f"{entry.name}.json", PREDICTIONS / f"{entry.name}.jsonl")
    if not entry.is_published:
        return False
    return entry.needs_an_extra and not extras and not any(path.exists() for path in published)


def is_left_alone(entry: Entry, config: pytest.Config) -> bool:
    """Whether saved predictions stand for a baseline that needs an extra: one not asked for, or
    one that cannot be loaded here, which is told; what is to be published must run."""
    if not (entry.needs_an_extra and entry.is_published):
        return False
    if not config.getoption("extras"):
        return True
    try:
        load_system(entry.file, entry.variant.options)
    except onrecord.SystemFailure as error:
        if config.getoption("update"):
            raise
        reason = f"not run, scored from saved predictions: {error}"
        config.stash[not_run][entry.name] = reason
        return True
    return False


def run_system(entry: Entry, corpus: Corpus) -> tuple[Result, Predictions]:
    system = load_system(entry.file, entry.variant.options, name=entry.name)
    told = progress_line(entry.name)
    given = entry.given(corpus)
    return evaluate(system, corpus, ROOT, given=given, partial=LOCAL, progress=told)


def score_saved(entry: Entry, corpus: Corpus) -> tuple[Result, Predictions]:
    """Score predictions from their file; how a baseline's were made stays as it was published."""
    if isinstance(entry.about, About):
        about = Submission(
            description=entry.about.description,
            note=row_note(entry.about, entry.name),
            layers=entry.about.layers,
        )
        path = PREDICTIONS / f"{entry.name}.jsonl"
        result, documents = rescore(path, about, corpus, ROOT, given=entry.given(corpus))
        published = RESULTS / f"{entry.name}.json"
        if published.exists():
            result = result.with_run(load_result(published).run)
        return result, documents
    about = read_submission(entry.file.with_suffix(".toml"))
    return rescore(entry.file, about, corpus, ROOT)


def watched(config: pytest.Config) -> AbstractContextManager[None]:
    """Where a terminal is watched, a run writes to it as it goes on; else all is captured."""
    manager: pytest.CaptureManager = config.pluginmanager.getplugin("capturemanager")
    return manager.global_and_fixture_disabled() if sys.__stdout__.isatty() else nullcontext()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """With ``-n``: all tests of a row go to one worker, so that its system is run once."""
    if config.getoption("dist") not in {"load", "loadgroup"}:
        return None
    from xdist.scheduler import LoadGroupScheduling

    names = {entry.name for entry in config.stash[entries]}

    class RowScheduling(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            row = nodeid.rpartition("[")[2].removesuffix("]")
            return row if row in names else super()._split_scope(nodeid)

    return RowScheduling(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of ``-n`` sends what it made to where the board is printed."""
    sent: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if sent is not None:
        sent["results"] = msgspec.json.encode(session.config.stash[results])
        sent["not_run"] = session.config.stash[not_run]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    """What a worker sent; one that was killed sent nothing."""
    sent: dict[str, Any] = getattr(node, "workeroutput", {})
    stash = node.config.stash
    if "results" in sent:
        stash[results] |= msgspec.json.decode(sent["results"], type=dict[str, Result])
        stash[not_run] |= sent["not_run"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    config = terminalreporter.config
    layers = shown_layers(config)
    made = config.stash[results].values()
    shown = [r for r in made if not r.scores.layers or set(r.scores.layers) & set(layers)]
    if not shown:
        return
    terminal = sys.stdout.isatty()
    style = "terminal" if terminal else "plain"
    width = shutil.get_terminal_size((WIDTH, 24)).columns if terminal else WIDTH
    sort = config.getoption("sort")
    terminalreporter.section("leaderboard")
    terminalreporter.write_line(
        board(shown, onrecord.load(ROOT), style, layers=layers, sort=sort, width=width)
    )
    for name, reason in sorted(config.stash[not_run].items()):
        terminalreporter.write_line(f"{name}: {reason}")
