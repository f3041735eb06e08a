"""``pytest eval/``: run every system, score it, print the leaderboard."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

import onrecord
from onrecord.corpus import Corpus
from onrecord.document import Document
from onrecord.files import encode_documents
from onrecord.leaderboard import Result, board, evaluate, load_result, save
from onrecord.systems import load_system

EVAL = Path(__file__).parent
ROOT = EVAL.parent
BASELINES = ROOT / "baselines"
RESULTS = EVAL / "results"
PREDICTIONS = EVAL / "predictions"
LOCAL = RESULTS / "local"


class Row(NamedTuple):
    """A system that was run: what it gave, and what is published of it, if it is a baseline."""

    file: Path
    result: Result
    documents: Sequence[Document]

    @property
    def is_baseline(self) -> bool:
        return self.file.parent == BASELINES

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
        help="also run the system in this Python file (repeatable); its result goes to "
        "eval/results/local/ and is not published",
    )
    group.addoption(
        "--update",
        action="store_true",
        help="publish: write results and predictions of baselines/ anew in place of comparing",
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
    given = [Path(path).resolve() for path in config.getoption("system")]
    return list(dict.fromkeys([*sorted(BASELINES.glob("*.py")), *given]))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "system_file" in metafunc.fixturenames:
        files = system_files(metafunc.config)
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
            result, documents = evaluate(load_system(system_file), corpus, ROOT)
    except onrecord.OnRecordError as error:
        pytest.fail(str(error), pytrace=False)
    row = Row(system_file, result, documents)
    request.config.stash[rows].append(row)
    if not row.is_baseline:
        save(result, documents, LOCAL, LOCAL)
    elif request.config.getoption("update") and not result.failures:
        save(result, documents, RESULTS, PREDICTIONS)
    return row


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    results = [row.result for row in terminalreporter.config.stash[rows]]
    if not results:
        return
    status = onrecord.load(ROOT).status
    style = "terminal" if sys.stdout.isatty() else "plain"
    terminalreporter.section("leaderboard")
    terminalreporter.write_line(board(results, status, style))
