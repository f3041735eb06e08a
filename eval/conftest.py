"""``pytest eval/``: run every system, score it, print the leaderboard."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import onrecord
from onrecord.corpus import Corpus
from onrecord.leaderboard import Result, board, evaluate, save
from onrecord.systems import load_system

EVAL = Path(__file__).parent
ROOT = EVAL.parent
BASELINES = ROOT / "baselines"
LOCAL = EVAL / "results" / "local"

rows = pytest.StashKey[dict[str, Result]]()


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
    config.stash[rows] = {}
    for path in config.getoption("system"):
        if not Path(path).is_file():
            raise pytest.UsageError(f"--system {path}: no such file")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "system_file" in metafunc.fixturenames:
        files = sorted(BASELINES.glob("*.py"))
        files += [Path(path).resolve() for path in metafunc.config.getoption("system")]
        files = list(dict.fromkeys(files))
        metafunc.parametrize("system_file", files, ids=lambda path: path.stem, scope="session")


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return onrecord.load(ROOT)


@pytest.fixture(scope="session")
def result(system_file: Path, corpus: Corpus, request: pytest.FixtureRequest) -> Result:
    """The system's row, run and scored once."""
    try:
        result, documents = evaluate(load_system(system_file), corpus, ROOT)
    except onrecord.OnRecordError as error:
        pytest.fail(str(error), pytrace=False)
    request.config.stash[rows][str(system_file)] = result
    if system_file.parent != BASELINES:
        save(result, documents, LOCAL, LOCAL)
    elif request.config.getoption("update") or not published(system_file).exists():
        save(result, documents, EVAL / "results", EVAL / "predictions")
    return result


def published(system_file: Path) -> Path:
    return EVAL / "results" / f"{system_file.stem}.json"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    results = list(terminalreporter.config.stash[rows].values())
    if not results:
        return
    status = onrecord.load(ROOT).status
    style = "terminal" if sys.stdout.isatty() else "plain"
    terminalreporter.section("leaderboard")
    terminalreporter.write_line(board(results, status, style))
