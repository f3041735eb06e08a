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
from onrecord.corpus import Corpus
from onrecord.document import Document
from onrecord.files import encode_documents
from onrecord.leaderboard import (
    Result,
    board,
    evaluate,
    load_result,
    read_submission,
    rescore,
    save,
)
from onrecord.scoring import LAYERS
from onrecord.systems import load_system, progress_line

EVAL = Path(__file__).parent
ROOT = EVAL.parent
BASELINES = ROOT / "baselines"
RESULTS = EVAL / "results"
PREDICTIONS = EVAL / "predictions"
LOCAL = RESULTS / "local"


class Row(NamedTuple):
    """A system that was run or whose predictions were scored, and what is published of it."""

    file: Path
    result: Result
    documents: Sequence[Document]

    @property
    def is_published(self) -> bool:
        return self.file.parent in {BASELINES, PREDICTIONS}

    @property
    def predictions(self) -> bytes:
        return encode_documents(self.documents, text=False)

    def published(self) -> tuple[Result, bytes]:
        name = self.file.stem
        predictions = PREDICTIONS / f"{name}.jsonl"
        return load_result(RESULTS / f"{name}.json"), predictions.read_bytes()


rows = pytest.StashKey[list[Row]]()


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


def pytest_configure(config: pytest.Config) -> None:
    config.stash[rows] = []
    names: dict[str, Path] = {}
    for file in system_files(config):
        if not file.is_file():
            raise pytest.UsageError(f"--system {file}: no such file")
        if file.stem in names:
            raise pytest.UsageError(f"--system {file}: {names[file.stem]} has the same name")
        names[file.stem] = file


def system_files(config: pytest.Config) -> list[Path]:
    """The baselines, the submitted predictions, and what was asked for."""
    submitted = [path.with_suffix(".jsonl") for path in PREDICTIONS.glob("*.toml")]
    own = sorted([*BASELINES.glob("*.py"), *submitted], key=lambda path: path.stem)
    given = [Path(path).resolve() for path in config.getoption("system")]
    return list(dict.fromkeys([*own, *given]))


def attempts(file: Path, layers: Sequence[str]) -> bool:
    """Whether a system attempts one of the layers; one that cannot be loaded fails as a row."""
    try:
        if file.suffix == ".jsonl":
            attempted = read_submission(file.with_suffix(".toml")).layers
        else:
            attempted = load_system(file).layers
    except onrecord.OnRecordError:
        return True
    return bool(set(attempted) & set(layers))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "system_file" in metafunc.fixturenames:
        files = system_files(metafunc.config)
        asked = metafunc.config.getoption("layer")
        if asked:
            files = [file for file in files if attempts(file, asked)]
        metafunc.parametrize("system_file", files, ids=lambda path: path.stem, scope="session")


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return onrecord.load(ROOT)


@pytest.fixture(scope="session")
def row(system_file: Path, corpus: Corpus, request: pytest.FixtureRequest) -> Row:
    """The system, run and scored once; a warning of its is shown, not made an error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            if system_file.suffix == ".jsonl":
                result, documents = rescore(system_file, corpus, ROOT)
            else:
                system = load_system(system_file)
                with watched(request):
                    told = progress_line(system.name)
                    result, documents = evaluate(system, corpus, ROOT, partial=LOCAL, progress=told)
    except onrecord.OnRecordError as error:
        pytest.fail(str(error), pytrace=False)
    row = Row(system_file, result, documents)
    request.config.stash[rows].append(row)
    if not row.is_published:
        save(result, documents, LOCAL, LOCAL)
    elif request.config.getoption("update") and not result.failures:
        save(result, documents, RESULTS, PREDICTIONS)
    return row


def watched(request: pytest.FixtureRequest) -> AbstractContextManager[None]:
    """Where a terminal is watched, a run writes to it as it goes on; else all is captured."""
    manager: pytest.CaptureManager = request.config.pluginmanager.getplugin("capturemanager")
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
