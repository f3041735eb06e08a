"""``pytest eval/``: run every system, score it, print the leaderboard.

Its options are those of this folder alone; they are not there in a pytest that is run elsewhere.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NamedTuple

import pytest

import onrecord
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import encode_documents
from onrecord.document import LAYERS, Document
from onrecord.leaderboard.board import board
from onrecord.leaderboard.results import (
    Result,
    Submission,
    evaluate,
    load_result,
    read_submission,
    rescore,
    save,
)
from onrecord.systems.given import Given, read_given
from onrecord.systems.run import About, Variant, load_system, progress_line, read_about, row_note

EVAL = Path(__file__).parent
ROOT = EVAL.parent
BASELINES = ROOT / "baselines"
RESULTS = EVAL / "results"
PREDICTIONS = EVAL / "predictions"
LOCAL = RESULTS / "local"


class Entry(NamedTuple):
    """A row to be made: a variant of a system's file, or saved predictions."""

    name: str
    file: Path
    about: About | Submission | None
    """What the file says of itself; None where it cannot be read, which the row then tells."""
    variant: Variant = Variant()

    @property
    def is_published(self) -> bool:
        return self.file.parent in {BASELINES, PREDICTIONS}

    @property
    def builds_on_another(self) -> bool:
        """Whether it gets what another row predicts, which is then to be made first."""
        return any("=" in layer for layer in self.variant.given)

    @property
    def needs_an_extra(self) -> bool:
        return isinstance(self.about, About) and self.about.extra is not None

    def attempts(self, layers: Sequence[str]) -> bool:
        return self.about is None or bool(set(self.about.layers) & set(layers))

    def given(self, corpus: Corpus) -> tuple[Given, ...]:
        """The layers it gets: the gold's, or those that another row's predictions hold."""
        values = (value.partition("=") for value in self.variant.given)
        files = [f"{layer}={PREDICTIONS / row}.jsonl" if row else layer for layer, _, row in values]
        return read_given(files, corpus)


class Row(NamedTuple):
    """An entry with its result and predictions, new and published."""

    entry: Entry
    result: Result
    documents: Sequence[Document]

    @property
    def predictions(self) -> bytes:
        return encode_documents(self.documents, text=False)

    def published(self) -> tuple[Result, bytes]:
        predictions = PREDICTIONS / f"{self.entry.name}.jsonl"
        return load_result(RESULTS / f"{self.entry.name}.json"), predictions.read_bytes()


entries = pytest.StashKey[list[Entry]]()
rows = pytest.StashKey[list[Row]]()
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
    config.stash[rows] = []
    config.stash[entries] = []
    config.stash[not_run] = {}
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
        elif entry.attempts(config.getoption("layer") or LAYERS):
            config.stash[entries].append(entry)


def find_entries(given: Sequence[str]) -> list[Entry]:
    """The baselines, the submitted predictions, and what was asked for."""
    submitted = [path.with_suffix(".jsonl") for path in PREDICTIONS.glob("*.toml")]
    own = sorted([*BASELINES.glob("*.py"), *submitted], key=lambda path: path.stem)
    files = dict.fromkeys([*own, *(Path(path).resolve() for path in given)])
    found = [entry for file in files for entry in read_entries(file)]
    return sorted(found, key=lambda entry: entry.builds_on_another)


def read_entries(file: Path) -> list[Entry]:
    try:
        if file.suffix == ".jsonl":
            return [Entry(file.stem, file, read_submission(file.with_suffix(".toml")))]
        about = read_about(file)
    except onrecord.OnRecordError:
        return [Entry(file.stem, file, None)]
    return [Entry(name, file, about, variant) for name, variant in about.variants.items()]


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
    config.stash[rows].append(row)
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


def run_system(entry: Entry, corpus: Corpus) -> tuple[Result, tuple[Document, ...]]:
    system = load_system(entry.file, entry.variant.options, name=entry.name)
    told = progress_line(entry.name)
    given = entry.given(corpus)
    return evaluate(system, corpus, ROOT, given=given, partial=LOCAL, progress=told)


def score_saved(entry: Entry, corpus: Corpus) -> tuple[Result, tuple[Document, ...]]:
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    config = terminalreporter.config
    results = [row.result for row in config.stash[rows]]
    if not results:
        return
    layers = [layer for layer in LAYERS if layer in (config.getoption("layer") or LAYERS)]
    style = "terminal" if sys.stdout.isatty() else "plain"
    terminalreporter.section("leaderboard")
    terminalreporter.write_line(board(results, onrecord.load(ROOT), style, layers=layers))
    for name, reason in config.stash[not_run].items():
        terminalreporter.write_line(f"{name}: {reason}")
