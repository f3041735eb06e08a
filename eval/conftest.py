"""``pytest eval/``: run every system, score it, print the leaderboard.

Its options are those of this folder alone; they are not there in a pytest that is run elsewhere.
"""

from __future__ import annotations

import io
import shutil
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

# pyproject.toml says it too, but not to a pytest with another configuration (-c, another folder)
if str(Path(__file__).parent) not in sys.path:
    sys.path.insert(0, str(Path(__file__).parent))

from entries import ARTICLES, PROBES, RENAMED, ROOT, Entry, Place, find_entries
from making import ProbeRow, Row, make_probe_row, make_row
from missing import lines, missing_rows, set_aside

import onrecord
from onrecord.corpus.corpus import Corpus
from onrecord.document import LAYERS
from onrecord.leaderboard.board import WIDTH, board
from onrecord.leaderboard.probes import ProbeResult, probes_board
from onrecord.leaderboard.pruning import TAKEN_OUT, read_taken_out
from onrecord.leaderboard.renamed import renamed_board
from onrecord.leaderboard.results import Result, load_result
from onrecord.scoring.report import Style
from onrecord.systems.run import load_system

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling
    from xdist.workermanage import WorkerController

entries = pytest.StashKey[list[Entry]]()
elsewhere = pytest.StashKey[list[Entry]]()
"""Those that have no row on the articles, and may have one on the probes."""
results = pytest.StashKey[dict[str, Result]]()
"""The rows that were made, by name."""
renamed_results = pytest.StashKey[dict[str, Result]]()
"""Those on the renamed articles."""
probe_results = pytest.StashKey[dict[str, ProbeResult]]()
"""Those on the probes."""
not_run = pytest.StashKey[dict[str, str]]()
"""The rows that were not run, each with what was done without it and why."""


TEXTS = ("articles", "renamed", "probes")
"""What there is a board of."""


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
        "--on",
        action="append",
        default=[],
        choices=TEXTS,
        help="only the board on these texts (repeatable; default: all)",
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
    config.stash[renamed_results] = {}
    config.stash[probe_results] = {}
    config.stash[entries], config.stash[elsewhere] = [], []
    config.stash[not_run] = {}
    if config.getoption("sort") not in (None, *shown_layers(config)):
        raise pytest.UsageError(f"--sort {config.getoption('sort')}: --layer leaves it out")
    if config.getoption("update") and config.getoption("numprocesses", None):
        raise pytest.UsageError("--update makes rows one after the other; leave out -n")
    names: dict[str, Path] = {}
    taken_out = read_taken_out(ROOT)
    found = find_entries(config.getoption("system"))
    for entry in found:
        if not entry.file.is_file():
            raise pytest.UsageError(f"{entry.file}: no such file")
        if entry.name in names:
            raise pytest.UsageError(f"{entry.file}: {names[entry.name]} has the same name")
        names[entry.name] = entry.file
        if entry.is_published and entry.is_system and entry.name in taken_out:
            reason = f"taken out: {TAKEN_OUT} has it; without its line there it is run"
            config.stash[not_run][entry.name] = reason
            config.stash[elsewhere].append(entry)
        elif is_taken_out(entry, extras=config.getoption("extras")):
            reason = "no row: it has no saved predictions; make leaderboard-full runs it"
            config.stash[not_run][entry.name] = reason
            config.stash[elsewhere].append(entry)
        elif entry.may_attempt(shown_layers(config)):
            config.stash[entries].append(entry)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Have the board in UTF-8 whatever the locale says; else pytest writes it as one line of escapes."""
    if not session.config.pluginmanager.hasplugin("terminalreporter"):
        return
    file = getattr(session.config.get_terminal_writer(), "_file", None)
    if isinstance(file, io.TextIOWrapper):
        file.reconfigure(encoding="utf-8", errors="backslashreplace")


def shown_layers(config: pytest.Config) -> list[str]:
    return [layer for layer in LAYERS if layer in (config.getoption("layer") or LAYERS)]


def shown_texts(config: pytest.Config) -> list[str]:
    return [text for text in TEXTS if text in (config.getoption("on") or TEXTS)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for text, fixture in zip(TEXTS, ("entry", "renamed_entry", "probe_entry"), strict=True):
        if fixture in metafunc.fixturenames:
            found = entries_on(text, metafunc.config)
            metafunc.parametrize(fixture, found, ids=lambda entry: entry.name, scope="session")


def entries_on(text: str, config: pytest.Config) -> list[Entry]:
    """The entries that have a row on these texts; of those that need an extra, which is not asked for,
    the ones with saved predictions. Some variants have none on the probes, as their file says."""
    if text not in shown_texts(config):
        return []
    if text == "articles":
        return config.stash[entries]
    place = RENAMED if text == "renamed" else PROBES
    there = []
    candidates = config.stash[entries]
    if text == "probes":  # which are not of the gold, so that a row taken out keeps its own there
        more = [e for e in config.stash[elsewhere] if e.may_attempt(shown_layers(config))]
        candidates = sorted([*candidates, *more], key=lambda entry: entry.builds_on_another)
    for entry in candidates:
        if not (entry.can_be_renamed if text == "renamed" else entry.can_be_probed):
            continue
        saved = (place.predictions / f"{entry.name}.jsonl").exists()
        if (
            config.getoption("extras")
            or not entry.needs_an_extra
            or saved
            or not entry.is_published
        ):
            there.append(entry)
    return there


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return onrecord.load(ROOT)


@pytest.fixture(scope="session")
def renamed() -> Corpus:
    return onrecord.load(ROOT, renamed=True)


@pytest.fixture(scope="session")
def probes() -> onrecord.Probes:
    return onrecord.load_probes(ROOT)


@pytest.fixture(scope="session")
def row(entry: Entry, corpus: Corpus, request: pytest.FixtureRequest) -> Row:
    """The system, run and scored once."""
    row = on_texts(entry, corpus, ARTICLES, request.config)
    request.config.stash[results][entry.name] = row.result
    return row


@pytest.fixture(scope="session")
def renamed_row(renamed_entry: Entry, renamed: Corpus, request: pytest.FixtureRequest) -> Row:
    """The system on the renamed articles."""
    row = on_texts(renamed_entry, renamed, RENAMED, request.config)
    request.config.stash[renamed_results][renamed_entry.name] = row.result
    return row


@pytest.fixture(scope="session")
def probe_row(
    probe_entry: Entry, probes: onrecord.Probes, request: pytest.FixtureRequest
) -> ProbeRow:
    """The system on the probes."""
    config = request.config
    saved = is_left_alone(probe_entry, config)
    try:
        with nullcontext() if saved else watched(config):
            update = config.getoption("update")
            row = make_probe_row(probe_entry, probes, saved=saved, update=update)
    except onrecord.OnRecordError as error:
        config.stash[not_run].setdefault(probe_entry.name, f"no row on the probes: {error}")
        pytest.fail(str(error), pytrace=False)
    config.stash[probe_results][probe_entry.name] = row.result
    return row


def on_texts(entry: Entry, corpus: Corpus, place: Place, config: pytest.Config) -> Row:
    saved = not entry.is_system or is_left_alone(entry, config)
    try:
        with nullcontext() if saved else watched(config):
            return make_row(entry, corpus, place, saved=saved, update=config.getoption("update"))
    except onrecord.OnRecordError as error:
        config.stash[not_run].setdefault(entry.name, f"{REFUSED}{error}")
        pytest.fail(str(error), pytrace=False)


def is_taken_out(entry: Entry, *, extras: bool) -> bool:
    """Whether a baseline that needs an extra has no row, since it has not been run on this gold."""
    published = (
        ARTICLES.results / f"{entry.name}.json",
        ARTICLES.predictions / f"{entry.name}.jsonl",
    )
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


SENT: tuple[tuple[str, pytest.StashKey[Any], Any], ...] = (
    ("results", results, dict[str, Result]),
    ("renamed", renamed_results, dict[str, Result]),
    ("probes", probe_results, dict[str, ProbeResult]),
)
"""What the workers of ``-n`` send."""


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of ``-n`` sends what it made to where the board is printed.

    There, what failed since a row cannot be made on this gold is told once for each row.
    """
    sent: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if sent is not None:
        for name, key, _ in SENT:
            sent[name] = msgspec.json.encode(session.config.stash[key])
        sent["not_run"] = session.config.stash[not_run]
        return
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    if reporter is not None:
        set_aside(reporter.stats, find_missing(session.config))


def find_missing(config: pytest.Config) -> dict[str, str]:
    """The published rows that could not be made on the articles, with what to do about each."""
    stash = config.stash
    refused = {
        name: reason.removeprefix(REFUSED)
        for name, reason in stash[not_run].items()
        if reason.startswith(REFUSED)
    }
    return missing_rows(stash[entries], (stash[results], stash[renamed_results]), refused)


REFUSED = "no row: "
"""How it is told why no row was made."""


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    """What a worker sent; one that was killed sent nothing."""
    sent: dict[str, Any] = getattr(node, "workeroutput", {})
    stash = node.config.stash
    if "not_run" in sent:
        for name, key, type in SENT:
            stash[key] |= msgspec.json.decode(sent[name], type=type)
        stash[not_run] |= sent["not_run"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    config = terminalreporter.config
    layers = shown_layers(config)
    made = config.stash[results]
    shown = [r for r in made.values() if not r.scores.layers or set(r.scores.layers) & set(layers)]
    terminal = sys.stdout.isatty()
    style: Style = "terminal" if terminal else "plain"
    width = shutil.get_terminal_size((WIDTH, 24)).columns if terminal else WIDTH
    blocks = []
    if shown:
        sort = config.getoption("sort")
        corpus = onrecord.load(ROOT)
        blocks.append(board(shown, corpus, style, layers=layers, sort=sort, width=width))
    if renamed := list(config.stash[renamed_results].values()):
        articles = {path.stem: load_result(path) for path in ARTICLES.results.glob("*.json")} | made
        blocks.append(renamed_board(articles, renamed, style, layers=layers))
    if probed := list(config.stash[probe_results].values()):
        blocks.append(probes_board(probed, onrecord.load_probes(ROOT), style, layers=layers))
    missing = find_missing(config)
    if blocks:
        terminalreporter.section("leaderboard")
        terminalreporter.write_line("\n\n".join(blocks))
        for name, reason in sorted(config.stash[not_run].items()):
            if name not in missing:
                terminalreporter.write_line(f"{name}: {reason}")
        terminalreporter.write_line(
            "To look at it in a browser: make report, then open report/index.html"
        )
    if missing:
        terminalreporter.section("rows that are missing")
        said = lines(missing, update=config.getoption("update"))
        terminalreporter.write_line("\n".join(said))
