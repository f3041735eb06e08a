"""``pytest eval/`` as a user runs it, in a clone of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from making import other_boards

import onrecord
from onrecord.corpus.canary import CANARY
from onrecord.corpus.layers import read_layers
from onrecord.leaderboard.board import board, legend, page
from onrecord.leaderboard.probes import ProbeResult, load_probe_result, probes_board
from onrecord.leaderboard.renamed import changes, renamed_board
from onrecord.leaderboard.results import Result, load_result
from onrecord.scoring.clusters import cluster_table
from onrecord.scoring.scores import LayerScore

ROOT = Path(__file__).parents[2]
GOOD = """
from onrecord import Mention
note = "a note of mine"
layers = ("entities",)
def predict(document, targets):
    return document.with_layers(mentions=[Mention(0, 4, "GPE")])
"""
BAD = """
def predict(document, targets):
    if document.id == "rt":
        raise ValueError("no idea")
    return document
"""


@pytest.fixture
def clone(root: Path, tmp_path: Path) -> Path:
    """A clone with the floor as its only baseline, so that a run is short."""
    folder = tmp_path / "onrecord"
    ignore = shutil.ignore_patterns("local", "__pycache__")
    for name in ("seeds", "annotation", "data", "eval"):
        shutil.copytree(root / name, folder / name, ignore=ignore)
    for path in (*folder.glob("eval/results/**/*"), *folder.glob("eval/predictions/**/*")):
        if path.is_file() and path.stem != "trivial":
            path.unlink()
    trivial, renamed = (
        load_result(folder / "eval" / "results" / place / "trivial.json")
        for place in (".", "renamed")
    )
    probed = load_probe_result(folder / "eval" / "results" / "probes" / "trivial.json")
    others = other_boards([trivial], [renamed], [probed])
    board = page([trivial], onrecord.load(root), others)
    (folder / "eval" / "LEADERBOARD.md").write_text(board, "utf-8")
    (folder / "baselines").mkdir()
    shutil.copy(root / "baselines" / "trivial.py", folder / "baselines")
    shutil.copy(root / "pyproject.toml", folder)
    return folder


def leaderboard(clone: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "eval/", "-q", "-p", "no:cacheprovider"]
    environment = {**os.environ, "COLUMNS": "100"}
    environment.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(
        [*command, *map(str, arguments)], cwd=clone, capture_output=True, text=True, env=environment
    )


def test_the_board_shows_every_baseline_with_intervals(clone: Path) -> None:
    done = leaderboard(clone)
    assert done.returncode == 0, done.stdout
    assert "DRAFT GOLD" not in done.stdout
    header = next(line for line in done.stdout.splitlines() if line.startswith("system"))
    assert header.split() == [
        "system", "docs", "entities", "▼", "linking", "quotes", "utterances", "stances",
    ]  # fmt: skip
    row = next(line for line in done.stdout.splitlines() if line.startswith("trivial"))
    assert row.split()[1] == "5/5"
    published = load_result(clone / "eval" / "results" / "trivial.json")
    assert row.split()[2] == f"{published.scores.entities.f1:.3f}".removeprefix("0")
    assert published.scores.signature in done.stdout


WAYS = {
    "two workers, warnings are errors": ("{eval}", "-n", "2", "-W", "error"),
    "importlib with two workers": ("{eval}", "--import-mode=importlib", "-n", "2"),
    "beside other tests, importlib": ("{own}/test_other.py", "{eval}", "--import-mode=importlib"),
    "another configuration, importlib": ("{eval}", "-c", "{own}/pytest.ini", "--import-mode=importlib"),
    "no cache, no workers to be had": ("{eval}", "-p", "no:cacheprovider", "-p", "no:xdist"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_the_board_is_printed_however_pytest_is_started(
    way: str, clone: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    (own / "test_other.py").write_text("def test_other():\n    pass\n")
    arguments = [one.format(eval=clone / "eval", own=own) for one in WAYS[way]]
    environment = {key: os.environ[key] for key in os.environ if key != "PYTEST_ADDOPTS"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments, "--on", "articles"],
        cwd=own,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^=+ leaderboard =+\n(.*\n)*?trivial +5/5 ", done.stdout, re.MULTILINE)


def test_a_run_leaves_what_is_published_alone(clone: Path) -> None:
    def files() -> dict[Path, bytes]:
        return {p: p.read_bytes() for p in clone.rglob("*.json*") if "local" not in p.parts}

    before = files()
    leaderboard(clone)
    assert files() == before


def test_a_system_of_ones_own_gets_a_row_and_publishes_nothing(clone: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(GOOD)
    done = leaderboard(clone, "--system", mine)
    assert done.returncode == 0, done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith("mine")).split()
    assert row[1] == "5/5"
    assert row[3:] == ["–"] * 4  # layers it does not attempt
    assert "mine: a note of mine" in done.stdout
    assert not (clone / "eval" / "results" / "mine.json").exists()
    result = load_result(clone / "eval" / "results" / "local" / "mine.json")
    assert result.scores.layers == ("entities",)
    predictions = (clone / "eval" / "results" / "local" / "mine.jsonl").read_text()
    assert len(predictions.splitlines()) == 5


def test_a_system_that_fails_on_a_document_is_marked_and_fails_the_run(
    clone: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(BAD)
    done = leaderboard(clone, "--system", mine)
    assert done.returncode == 1
    assert "rt: ValueError: no idea (mine.py:4)" in done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith("mine")).split()
    assert row[1] == "4/5"


def test_a_file_that_is_no_system_fails_in_one_line(clone: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text("x = 1")
    done = leaderboard(clone, "--system", mine)
    assert done.returncode == 1
    assert "mine.py: defines neither or more than one of" in done.stdout
    assert "Traceback" not in done.stdout
    done = leaderboard(clone, "--system", tmp_path / "nothing.py")
    assert done.returncode == 4
    assert "nothing.py: no such file" in done.stderr


def test_a_published_row_that_does_not_reproduce_fails_until_it_is_updated(clone: Path) -> None:
    path = clone / "eval" / "results" / "trivial.json"
    text = path.read_text()
    path.write_text(text.replace('"tp": ', '"tp": 1', 1))
    done = leaderboard(clone)
    assert done.returncode == 1
    assert "eval/results/trivial.json was published with other scores" in done.stdout
    done = leaderboard(clone, "--update")
    assert done.returncode == 0, done.stdout
    restored = msgspec.json.decode(path.read_bytes())
    assert restored["scores"] == msgspec.json.decode(text)["scores"]
    assert leaderboard(clone).returncode == 0


def test_a_baseline_without_a_published_row_fails_until_it_is_published(clone: Path) -> None:
    path = clone / "eval" / "results" / "trivial.json"
    path.unlink()
    done = leaderboard(clone)
    assert done.returncode == 1
    assert "trivial has no published row" in done.stdout
    assert not path.exists()


def test_a_baseline_that_needs_an_extra_can_be_taken_out_with_its_files(clone: Path) -> None:
    (clone / "baselines" / "big.py").write_text('extra = "big"\n' + GOOD)
    done = leaderboard(clone)
    assert done.returncode == 0, done.stdout
    assert "big: no row: it has no saved predictions; make leaderboard-full runs it" in done.stdout
    trivial = clone / "eval" / "predictions" / "trivial.jsonl"
    lines = re.sub(r'"layers":\[[^]]*\],?', "", trivial.read_text("utf-8"))  # big says it itself
    trivial.with_name("big.jsonl").write_text(lines, "utf-8")
    done = leaderboard(clone)
    assert done.returncode == 1
    assert "big has no published row" in done.stdout


def test_what_builds_on_another_row_is_made_after_it(clone: Path) -> None:
    (clone / "baselines" / "zulu.py").write_text(GOOD)
    building = 'variants = {"alpha": {"given": ["mentions=zulu"]}}\n' + GOOD
    (clone / "baselines" / "alpha.py").write_text(building)
    done = leaderboard(clone, "--update")
    assert done.returncode == 0, done.stdout
    assert leaderboard(clone).returncode == 0


def test_a_row_whose_predictions_lack_an_article_is_listed_at_the_end(clone: Path) -> None:
    trivial = clone / "eval" / "predictions" / "trivial.jsonl"
    lines = trivial.read_text("utf-8").splitlines(keepends=True)
    trivial.with_name("old.jsonl").write_text("".join(lines[1:]), "utf-8")
    trivial.with_name("old.toml").write_text(SUBMISSION, "utf-8")
    done = leaderboard(clone, "--update")
    assert done.returncode == 1
    (listed,) = [line for line in done.stdout.splitlines() if line.startswith("old: ")]
    assert listed == (
        "old: its saved predictions lack unnamed: have them made anew, as eval/predictions/old.jsonl"
    )


def test_published_predictions_are_compared_too_and_every_row_has_its_system(clone: Path) -> None:
    predictions = clone / "eval" / "predictions" / "trivial.jsonl"
    predictions.write_text(predictions.read_text() + "\n")
    shutil.copy(
        clone / "eval" / "results" / "trivial.json", clone / "eval" / "results" / "ghost.json"
    )
    done = leaderboard(clone)
    assert done.returncode == 1
    assert "eval/predictions/trivial.jsonl is not what it gives" in done.stdout
    assert "rows without a system: ['ghost']" in done.stdout


def test_a_row_with_a_failed_document_is_not_published(clone: Path) -> None:
    (clone / "baselines" / "mine.py").write_text(BAD)
    done = leaderboard(clone, "--update")
    assert done.returncode == 1
    assert not (clone / "eval" / "results" / "mine.json").exists()


def test_a_warning_of_a_system_is_no_failure(clone: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text("import warnings\nwarnings.warn('old', DeprecationWarning)\n" + GOOD)
    done = leaderboard(clone, "--system", mine)
    assert done.returncode == 0, done.stdout


def test_where_nothing_can_be_kept_rows_are_made_all_the_same(clone: Path, tmp_path: Path) -> None:
    """A plain file in the folder's place stands for a read-only checkout, which root could write to."""
    mine = tmp_path / "mine.py"
    mine.write_text(GOOD)
    (clone / "eval" / "results" / "local").write_text("no folder")
    done = leaderboard(clone, "--system", mine)
    assert done.returncode == 0, done.stdout
    assert any(line.startswith("mine") and "5/5" in line for line in done.stdout.splitlines())
    told = "eval/results/local cannot be written: Not a directory: no run is resumed, no row of your own kept"
    assert done.stdout.count(told) == 1, done.stdout


def test_what_a_system_leaves_open_is_told_with_its_row(clone: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(GOOD.replace("    return", "    open(__file__)\n    return"))
    done = leaderboard(clone, "--system", mine, "-W", "error")
    assert done.returncode == 0, done.stdout
    assert "mine: left open: unclosed file" in done.stdout


def test_two_systems_of_one_name_are_refused(clone: Path, tmp_path: Path) -> None:
    other = tmp_path / "trivial.py"
    other.write_text(GOOD)
    done = leaderboard(clone, "--system", other)
    assert done.returncode == 4
    assert "baselines/trivial.py has the same name" in done.stderr


@pytest.fixture(scope="module")
def gold(root: Path) -> onrecord.Corpus:
    return onrecord.load(root)


def published(root: Path, name: str) -> Result:
    return load_result(root / "eval" / "results" / f"{name}.json")


def test_rules_beat_the_floor_in_every_layer_and_are_far_from_perfect(root: Path) -> None:
    rules, trivial = published(root, "rules"), published(root, "trivial")
    for layer in rules.scores.layers:
        better, floor = rules.scores[layer].f1, trivial.scores[layer].f1
        assert better is not None
        assert floor is not None
        assert better > floor
        assert better < 1
    layers = rules.scores.layers
    mean = sum(rules.scores[layer].f1 or 0 for layer in layers) / len(layers)
    assert mean < 0.8


def test_the_board_does_not_depend_on_the_order_of_rows(root: Path, gold: onrecord.Corpus) -> None:
    rows = [published(root, name) for name in ("rules", "trivial")]
    assert board(rows, gold) == board(rows[::-1], gold)
    assert board(rows, gold).splitlines()[2].startswith("rules")
    assert page(rows, gold) == page(rows[::-1], gold)
    assert "DRAFT" not in board(rows, gold)
    assert "DRAFT" in board(rows, msgspec.structs.replace(gold, status="draft"))


def test_results_of_another_gold_or_scorer_are_refused_by_name(
    root: Path, gold: onrecord.Corpus
) -> None:
    rules, trivial = published(root, "rules"), published(root, "trivial")
    for change, reason in (
        ({"gold": "0" * 64}, "rules: scored against gold 000000000000, this is gold "),
        ({"scorer": 0}, "rules: scored by scorer 0, this is scorer 4"),
    ):
        old = msgspec.structs.replace(rules, scores=msgspec.structs.replace(rules.scores, **change))
        for make in (board, page):
            with pytest.raises(onrecord.OnRecordError, match=f"^{reason}"):
                make([old, trivial], gold)


def as_row(result: Result, name: str, note: str | None = None, **figures: float | None) -> Result:
    """The result under another name; of the layers that are named with these F1, else not attempted."""
    layers = {
        layer: msgspec.structs.replace(result.scores[layer], f1=figures.get(layer))
        for layer in onrecord.LAYERS
    }
    scores = msgspec.structs.replace(result.scores, layers=tuple(figures), **layers)
    return msgspec.structs.replace(result, name=name, note=note, scores=scores)


def names(printed: str) -> list[str]:
    """The systems of the first table, in order."""
    first = printed.split("\n\n")[0].splitlines()
    return [line.split()[0] for line in first[2:] if not line.startswith(" ")]


def test_rows_are_ordered_by_one_column_whatever_other_systems_do(
    root: Path, gold: onrecord.Corpus
) -> None:
    """Where it is not attempted, by the next column; so a bad system moves none of the others."""
    rules = published(root, "rules")
    rows = [
        as_row(rules, "quotes-well", quotes=0.9),
        as_row(rules, "quotes-ill", quotes=0.1, stances=1.0),
        as_row(rules, "links", linking=0.1, quotes=0.2),
        as_row(rules, "names", entities=0.2),
        as_row(rules, "all", entities=0.3, linking=0.0, quotes=0.0, utterances=0.0, stances=0.1),
    ]
    order = ["all", "names", "links", "quotes-well", "quotes-ill"]
    assert names(board(rows, gold)) == order
    bad = as_row(rules, "bad", **dict.fromkeys(onrecord.LAYERS, 0.0))
    assert names(board([*rows, bad], gold)) == ["all", "names", "bad", *order[2:]]
    by_quotes = board(rows, gold, sort="quotes")
    assert names(by_quotes) == ["quotes-well", "links", "quotes-ill", "all", "names"]
    assert by_quotes.splitlines()[1].split()[2:6] == ["entities", "linking", "quotes", "▼"]
    assert board(rows, gold).splitlines()[1].split()[2:4] == ["entities", "▼"]


def test_references_stand_apart_and_are_not_ranked(root: Path, gold: onrecord.Corpus) -> None:
    rows = [published(root, name) for name in ("annotator-1", "annotator-3", "trivial")]
    systems, references, _ = board(rows, gold).split("\n\n")
    assert "annotator" not in systems
    assert references.startswith("References, not ranked: annotators' passes\nsystem")
    assert "▼" not in references
    assert "## References, not ranked" in page(rows, gold)


def test_each_mark_on_the_board_has_one_line_that_explains_it(
    root: Path, gold: onrecord.Corpus
) -> None:
    rules = published(root, "rules")
    whole = as_row(rules, "whole", **dict.fromkeys(onrecord.LAYERS, 0.5))
    marks = ("–: not attempted", "given: ")
    plain = board([whole], gold)
    assert not any(mark in plain for mark in marks)
    assert "▼: this column orders the rows" in plain
    assert "docs: " in plain
    part = as_row(rules, "part", entities=0.5)
    helped = msgspec.structs.replace(
        whole, scores=msgspec.structs.replace(whole.scores, given=("quotes=rules",))
    )
    for row, mark in zip((part, helped), marks, strict=True):
        lines = board([row], gold).splitlines()
        assert [line.startswith(mark) for line in lines].count(True) == 1
        assert f"- {mark}" in page([row], gold)


def test_notes_are_cut_to_the_width_and_whole_on_the_page(
    root: Path, gold: onrecord.Corpus
) -> None:
    note = "trained on " + "many other articles, " * 9 + "and on this one"
    row = as_row(published(root, "rules"), "mine", note, entities=0.5)
    for width in (60, 100):
        printed = board([row], gold, width=width)
        (line,) = [line for line in printed.splitlines() if line.startswith("mine: ")]
        assert width - 20 < len(line) <= width
        assert line.endswith(" …")
        assert "…: the note goes on in eval/LEADERBOARD.md" in printed
    assert note not in printed
    assert note in page([row], gold)
    assert note in board([row], gold, width=1000)
    assert "…" not in board([row], gold, width=1000)


def test_systems_that_got_gold_layers_stand_apart(root: Path, gold: onrecord.Corpus) -> None:
    rules, trivial = published(root, "rules"), published(root, "trivial")
    helped = msgspec.structs.replace(
        trivial, scores=msgspec.structs.replace(trivial.scores, given=("quotes=gold",))
    )
    first, second, _ = board([rules, helped], gold).split("\n\n")
    assert "trivial" not in first
    assert second.startswith("Given the gold's quotes\nsystem")
    assert second.splitlines()[2].split()[:5] == ["trivial", "5/5", ".303", ".390", "given"]


@pytest.fixture(scope="module")
def rescored(root: Path, gold: onrecord.Corpus) -> list[Result]:
    """Two published rows with the scores that their predictions have now."""
    found = []
    for name in ("rules", "trivial"):
        scores = onrecord.score(gold, root / "eval" / "predictions" / f"{name}.jsonl")
        found.append(msgspec.structs.replace(published(root, name), scores=scores))
    return found


def marked(text: str) -> list[str]:
    """The cells with a mark, what the legend says left out."""
    table = text.partition("From the text alone")[2].partition("\nF1 (linking")[0]
    table = table.partition("\n### ")[0]
    return [cell for cell in re.split(r"[|\s]+", table) if "*" in cell or "†" in cell]


def test_what_the_leader_is_better_than_on_these_articles_is_marked(
    rescored: list[Result], gold: onrecord.Corpus
) -> None:
    """In stances p is above .05; in linking and utterances there is no test."""
    assert marked(board(rescored, gold)) == [".303†", ".000†"]
    shown = board(rescored, gold)
    assert "†: the best of its column is better than it on these articles (p <= .05" in shown
    assert "bold: better than every other" in page(rescored, gold)
    assert marked(page(rescored, gold)) == [".303†", ".000†"]
    assert "†" not in board(rescored, gold, layers=("linking",)).partition("\nF1 (linking")[0]


def test_the_leader_is_marked_only_where_it_is_resolved_beyond_them(
    rescored: list[Result], gold: onrecord.Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Five documents cannot give p below 0.0625: no difference" in board(rescored, gold)
    monkeypatch.setattr("onrecord.scoring.comparison.ALPHA", 0.07)
    cells = marked(board(rescored, gold))
    assert "*.921" in cells
    assert "*.262" not in cells  # the interval of the difference holds 0
    assert "**.921**" in marked(page(rescored, gold))


def test_the_board_says_why_a_score_has_no_interval(
    rescored: list[Result], gold: onrecord.Corpus
) -> None:
    """All that is left of the utterances is in two articles."""
    rules, trivial = rescored
    lone = cluster_table(
        ["rt", "duvar"],
        [("rt", "u"), ("duvar", "u")],
        [("rt", "x"), ("duvar", "x")],
        [("rt", "u", "x"), ("duvar", "u", "x")],
        smallest=2,
    )
    utterances = LayerScore(1.0, 1.0, 1.0, None, lone)
    scores = msgspec.structs.replace(trivial.scores, utterances=utterances)
    shown = board([msgspec.structs.replace(trivial, scores=scores)], gold)
    assert "no interval: utterances of trivial, fewer than three documents" in shown
    assert "no interval" not in board([rules, trivial], gold)


def test_the_legend_fits_a_terminal(rescored: list[Result], gold: onrecord.Corpus) -> None:
    assert max(map(len, legend(gold, rescored).splitlines())) <= 100


def test_published_results_name_how_they_were_made(root: Path) -> None:
    for path in sorted((root / "eval" / "results").glob("*.json")):
        result = load_result(path)
        assert result.name == path.stem
        assert result.failures == ()
        assert set(result.run.packages) == {"msgspec", "numpy", "scipy", "seqeval", "python"}
        assert (root / "eval" / "predictions" / f"{path.stem}.jsonl").exists()


def test_the_readme_shows_lines_of_the_board_as_they_are(root: Path, gold: onrecord.Corpus) -> None:
    rows = [load_result(path) for path in sorted((root / "eval" / "results").glob("*.json"))]
    readme = (root / "README.md").read_text("utf-8")
    _, _, shown = readme.partition("The first prints this")
    lines = shown.split("```")[1].strip("\n").splitlines()
    whole = iter(board(rows, gold).splitlines())
    assert all(line == "..." or line in whole for line in lines), "not the board's lines in order"
    assert any(line.startswith("gold:") for line in lines)


def test_the_page_is_made_with_update_and_fails_when_it_is_old(clone: Path) -> None:
    file = clone / "eval" / "LEADERBOARD.md"
    assert leaderboard(clone, "--update").returncode == 0
    assert CANARY in file.read_text("utf-8")
    assert "| trivial |" in file.read_text("utf-8")
    file.write_text("old")
    done = leaderboard(clone)
    assert done.returncode == 1
    assert "eval/LEADERBOARD.md is not what eval/results/ gives" in done.stdout


def test_predictions_from_a_file_get_a_row(clone: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.jsonl"
    shutil.copy(clone / "eval" / "predictions" / "trivial.jsonl", mine)
    done = leaderboard(clone, "--system", mine)
    assert done.returncode == 0, done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith(("mine", "triv"))]
    assert rows[0][1:] == rows[1][1:]
    mine.write_text("{}\n")
    done = leaderboard(clone, "--system", mine)
    assert done.returncode == 1
    assert "mine.jsonl:1: Object missing required field `id`" in done.stdout


def lines_of(printed: str, name: str) -> list[list[str]]:
    return [line.split() for line in printed.splitlines() if line.startswith(f"{name} ")]


def test_a_prediction_file_shows_the_layers_that_its_system_attempts(
    clone: Path, tmp_path: Path, gold: onrecord.Corpus
) -> None:
    """As README says: predict, then score the file; what the system leaves out is no zero."""
    (tmp_path / "mine.py").write_text(GOOD)
    for name in ("said", "unsaid"):
        output = onrecord.run(tmp_path / "mine.py", gold)
        documents = output.documents if name == "said" else list(output.documents)
        onrecord.save(documents, tmp_path / f"{name}.jsonl")
    files = [tmp_path / "said.jsonl", tmp_path / "unsaid.jsonl"]
    done = leaderboard(clone, "--system", files[0], "--system", files[1])
    assert done.returncode == 0, done.stdout
    for name in ("said", "unsaid"):
        (row,) = lines_of(done.stdout, name)
        assert row[1] == "5/5"
        assert row[3:] == ["–"] * 4
    claimed = tmp_path / "claimed.jsonl"
    onrecord.save(output.documents, claimed, layers=["entities", "stances"])
    done = leaderboard(clone, "--system", claimed)
    (row,) = lines_of(done.stdout, "claimed")
    assert row[3:] == ["–", "–", "–", ".000†"]


SUBMISSION = """
description = "My system"
note = "trained on nothing"
layers = ["entities", "linking"]
"""


def submit(clone: Path, about: str = SUBMISSION) -> Path:
    predictions = clone / "eval" / "predictions"
    lines = (predictions / "trivial.jsonl").read_text("utf-8")
    lines = re.sub(r'"layers":\[[^]]*\],?', "", lines)  # the description says what is attempted
    (predictions / "mine.jsonl").write_text(lines)
    (predictions / "mine.toml").write_text(about)
    return predictions


def test_a_submission_is_published_by_one_command_and_checked_from_then_on(clone: Path) -> None:
    predictions = submit(clone)
    done = leaderboard(clone)
    assert done.returncode == 1
    assert "mine has no published row" in done.stdout
    assert leaderboard(clone, "--update").returncode == 0
    result = load_result(clone / "eval" / "results" / "mine.json")
    assert (result.description, result.note) == ("My system", "trained on nothing")
    assert (result.run.system, result.run.seconds) == (None, None)
    done = leaderboard(clone)
    assert done.returncode == 0, done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith("mine")).split()
    assert row[-3:] == ["–"] * 3
    (predictions / "mine.toml").unlink()
    assert "rows without a system: ['mine']" in leaderboard(clone).stdout


def test_a_submission_and_its_description_agree_on_what_is_attempted(
    clone: Path, gold: onrecord.Corpus
) -> None:
    """One of them says it; published predictions say it themselves."""
    predictions = submit(clone)
    assert leaderboard(clone, "--update").returncode == 0
    file = predictions / "mine.jsonl"
    assert onrecord.read(file, gold).layers == ("entities", "linking")
    (predictions / "mine.toml").write_text('description = "My system"')
    done = leaderboard(clone)
    assert done.returncode == 0, done.stdout
    (row,) = lines_of(done.stdout, "mine")
    assert row[-3:] == ["–"] * 3
    (predictions / "mine.toml").write_text(SUBMISSION.replace("linking", "quotes"))
    done = leaderboard(clone)
    assert done.returncode == 1
    reason = "layers: are entities, linking; its description says entities, quotes"
    assert f"mine.jsonl: {reason}" in done.stdout


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ("note = 'x'", "mine.toml: Object missing required field `description`"),
        ("description = 'x'\nauthor = 'y'", "mine.toml: Object contains unknown field `author`"),
        ("description = 'x'\nlayers = ['names']", "mine.toml: layers: unknown layer 'names'"),
        ("description = ''", "mine.toml: description: is not one line"),
        ("description", "mine.toml: not TOML: "),
    ],
)
def test_a_faulty_description_is_told_in_one_line(clone: Path, about: str, reason: str) -> None:
    submit(clone, about)
    done = leaderboard(clone)
    assert done.returncode == 1
    assert reason in done.stdout
    assert "Traceback" not in done.stdout


def test_one_layer_alone_shows_its_column_and_the_systems_that_attempt_it(
    clone: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(GOOD)
    done = leaderboard(clone, "--system", mine, "--layer", "quotes", "--layer", "stances")
    assert done.returncode == 0, done.stdout
    header = next(line for line in done.stdout.splitlines() if line.startswith("system"))
    assert header.split() == ["system", "docs", "quotes", "▼", "stances"]
    assert "mine" not in done.stdout


def test_the_options_are_those_of_the_leaderboard_alone(root: Path, tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text("def test_x(): pass")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--update"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 4
    assert "unrecognized arguments: --update" in done.stderr


def test_the_write_up_shows_what_the_results_give(root: Path) -> None:
    command = [sys.executable, "-W", "error", root / "eval" / "write_up.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_reference_rows_are_the_passes(root: Path, gold: onrecord.Corpus) -> None:
    for name in ("annotator-1", "annotator-2", "annotator-3"):
        export = read_layers(root / "annotation" / "exports" / f"{name}.json", gold)
        row = read_layers(root / "eval" / "predictions" / f"{name}.jsonl", gold)
        assert [d.numbered() for d in export] == [d.numbered() for d in row]
    order = board([published(root, f"annotator-{n}") for n in (1, 2, 3)], gold).splitlines()
    assert order[0] == "References, not ranked: annotators' passes"
    assert order[2].startswith("annotator-3")


def test_a_column_can_be_chosen_that_orders_the_rows(clone: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(GOOD)
    done = leaderboard(clone, "--system", mine, "--sort", "stances")
    assert done.returncode == 0, done.stdout
    header = next(line for line in done.stdout.splitlines() if line.startswith("system"))
    assert header.split()[-2:] == ["stances", "▼"]
    done = leaderboard(clone, "--sort", "stances", "--layer", "quotes")
    assert done.returncode == 4
    assert "--sort stances: --layer leaves it out" in done.stderr


def test_several_processes_print_the_board_that_one_prints(clone: Path, tmp_path: Path) -> None:
    """Each row is made in one of them, once, and sent to where the board is printed."""
    runs = tmp_path / "runs"
    noting = f"    with open({str(runs)!r}, 'a') as file:\n        print(document.id, file=file)\n    return"
    (tmp_path / "mine.py").write_text(GOOD.replace("    return", noting))
    (tmp_path / "broken.py").write_text("x = 1")
    systems = ("--system", tmp_path / "mine.py", "--system", tmp_path / "broken.py")
    alone, together = leaderboard(clone, *systems), leaderboard(clone, *systems, "-n", "2")
    assert (alone.returncode, together.returncode) == (1, 1)
    passages = len(onrecord.load_probes(clone))
    assert len(runs.read_text().split()) == 2 * (5 + 5 + passages)  # articles, renamed ones, probes
    boards = [
        done.stdout.partition("= leaderboard =")[2].partition("= short test summary")[0]
        for done in (alone, together)
    ]
    assert boards[0].count("trivial") > 1
    assert "broken: no row: " in boards[0]
    assert boards[0].splitlines()[1:-1] == boards[1].splitlines()[1:-1]
    done = leaderboard(clone, "--update", "-n", "2")
    assert done.returncode == 4
    assert "--update makes rows one after the other; leave out -n" in done.stderr


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_the_rows_and_other_tests_are_made_in_one_call(root: Path, clone: Path, mode: str) -> None:
    (clone / "tests").mkdir()
    for path in root.glob("tests/*.py"):
        if not path.name.startswith("test_"):
            shutil.copy(path, clone / "tests")
    (clone / "tests" / "test_beside.py").write_text("def test_beside(root): assert root.exists()\n")
    done = leaderboard(clone, "tests/test_beside.py", f"--import-mode={mode}")
    assert done.returncode == 0, done.stdout
    assert "8 passed" in done.stdout
    assert lines_of(done.stdout, "trivial")


# Renamed articles and probes


def test_one_board_can_be_asked_for(clone: Path) -> None:
    heads = {
        "articles": "From the text alone\n",
        "renamed": "With all names replaced\n",
        "probes": "On the probes. From the text alone\n",
    }
    for text in heads:
        done = leaderboard(clone, "--on", text)
        assert done.returncode == 0, done.stdout
        shown = {name for name, head in heads.items() if f"\n{head}" in done.stdout}
        assert shown == {text}


def test_a_system_of_ones_own_has_a_row_on_every_board(clone: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(GOOD)
    done = leaderboard(clone, "--system", mine)
    assert done.returncode == 0, done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith("mine ")]
    assert [len(row) for row in rows[:2]] == [7, 6]
    local = clone / "eval" / "results" / "local"
    for text in ("renamed", "probes"):
        assert (local / text / "mine.json").exists()
        assert (local / text / "mine.jsonl").exists()
        assert not (clone / "eval" / "results" / text / "mine.json").exists()
    result = load_probe_result(local / "probes" / "mine.json")
    there = {probe.set for probe in onrecord.load_probes(clone) if probe.layer == "entities"}
    assert set(result.sets) == there
    assert result.layers == ("entities",)


@pytest.mark.parametrize("text", ["renamed", "probes"])
def test_a_published_row_of_another_board_must_reproduce_too(clone: Path, text: str) -> None:
    path = clone / "eval" / "results" / text / "trivial.json"
    before = path.read_text()
    path.write_text(
        before.replace('"tp": ', '"tp": 1', 1) if text == "renamed" else before.replace("-", "+", 1)
    )
    assert path.read_text() != before
    done = leaderboard(clone)
    assert done.returncode == 1
    assert f"eval/results/{text}/trivial.json was published with other" in done.stdout
    assert leaderboard(clone, "--update").returncode == 0
    assert msgspec.json.decode(path.read_bytes()).keys() == msgspec.json.decode(before).keys()
    path.unlink()
    done = leaderboard(clone)
    assert "trivial has no published row" in done.stdout


def test_a_system_that_fails_on_a_passage_fails_the_run(clone: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(BAD.replace('"rt"', '"capital-01-a-real"'))
    done = leaderboard(clone, "--system", mine, "--on", "probes")
    assert done.returncode == 1
    assert "capital-01-a-real: ValueError: no idea (mine.py:4)" in done.stdout


def rows_on_probes(probes: onrecord.Probes, **right: float) -> list[ProbeResult]:
    """Systems of the layer of quotes that have the first sets right, as large a share as is said."""
    sets = [set for set, dress in probes.sets() if dress == "real"]
    members = {set: len(of) for (set, _), of in probes.sets().items()}
    quotes = [set for set in sets if probes.sets()[set, "real"][0].layer == "quotes"]
    base = load_probe_result(ROOT / "eval" / "results" / "probes" / "trivial.json")
    return [
        msgspec.structs.replace(
            base,
            name=name,
            layers=("quotes",),
            sets={
                set: dict.fromkeys(
                    ("invented", "real"), ("+" if n < share * len(quotes) else "-") * members[set]
                )
                for n, set in enumerate(quotes)
            },
        )
        for name, share in right.items()
    ]


def test_what_is_better_than_all_others_on_the_probes_is_marked() -> None:
    probes = onrecord.load_probes(ROOT)
    results = rows_on_probes(probes, strong=0.9, middling=0.4, weak=0.1)
    shown = probes_board(results, probes, layers=["quotes"])
    rows = [line.split() for line in shown.splitlines() if " sets " in line and "[" in line]
    assert [(row[0], row[3].startswith("*")) for row in rows] == [
        ("strong", True),
        ("middling", False),
        ("weak", False),
    ]
    assert "quotes: of 3 pairs of systems 3 are told apart (3 by sets, 3 by members)" in shown
    alike = rows_on_probes(probes, one=0.5, other=0.51)
    assert "of 1 pairs of systems 0 are told apart" in probes_board(alike, probes)
    assert "*" not in probes_board(alike, probes).partition("*: better")[0]


def test_a_row_on_a_third_of_the_sets_says_so() -> None:
    probes = onrecord.load_probes(ROOT)
    [whole] = rows_on_probes(probes, whole=0.5)
    third = {probe.set for probe in probes.third()}
    part = msgspec.structs.replace(
        whole, name="part", sets={set: of for set, of in whole.sets.items() if set in third}
    )
    shown = probes_board([whole, part], probes)
    assert f"part: run on {len(part.sets)} of {len(whole.sets)} sets" in shown
    assert "whole: run on" not in shown


def test_results_on_other_probes_are_refused() -> None:
    probes = onrecord.load_probes(ROOT)
    [row] = rows_on_probes(probes, mine=0.5)
    for field, value in (("probes", "0" * 64), ("scorer", 0)):
        other = msgspec.structs.replace(row, **{field: value})
        with pytest.raises(onrecord.OnRecordError, match="mine: scored"):
            probes_board([other], probes)
    [id, *_] = row.sets
    short = msgspec.structs.replace(row, sets={id: {"invented": "+", "real": "+"}})
    with pytest.raises(onrecord.InvalidInput, match="not as many members as there are"):
        probes_board([short], probes)


def test_the_change_on_renamed_articles_is_the_difference_of_the_scores() -> None:
    one, other = (
        load_result(ROOT / "eval" / "results" / folder / "rules.json")
        for folder in (".", "renamed")
    )
    for layer, change in changes(one, other).items():
        assert change.value == pytest.approx(other.scores[layer].f1 - one.scores[layer].f1)
    assert changes(one, one)["entities"].value == 0
    row = next(
        line for line in renamed_board({"rules": one}, [other]).splitlines() if "rules" in line
    )
    assert row.split()[1] == f"{other.scores.entities.f1:.3f}".removeprefix("0")
