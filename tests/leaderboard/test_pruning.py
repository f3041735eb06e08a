"""A gold that has grown: which rows are missing is told in a line each, and they can be taken out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import onrecord_command
from test_leaderboard import clone, leaderboard  # noqa: F401  (a fixture)

import onrecord
from onrecord.exceptions import InvalidInput
from onrecord.leaderboard.pruning import TAKEN_OUT, prune

REPLAY = """
layers = ("entities",)
note = "knows four articles"
def predict(document, targets):
    if document.id == "rt":
        raise LookupError("the model was not asked about it")
    return document
"""


@pytest.fixture
def grown(root: Path, clone: Path) -> Path:  # noqa: F811
    """A clone with two rows that cannot be made: saved predictions and answers that lack an article."""
    for suffix in (".jsonl", ".toml"):
        name = f"annotator-1{suffix}"
        shutil.copy(root / "eval" / "predictions" / name, clone / "eval" / "predictions" / name)
    saved = clone / "eval" / "predictions" / "annotator-1.jsonl"
    lines = saved.read_text("utf-8").splitlines(keepends=True)
    saved.write_text("".join(one for one in lines if '"id":"rt"' not in one), encoding="utf-8")
    (clone / "baselines" / "replay.py").write_text(REPLAY, encoding="utf-8")
    return clone


def test_why_a_row_is_missing_is_told_where_no_other_is_shown(grown: Path) -> None:
    done = leaderboard(grown, "-k", "annotator-1", "--on", "articles")
    assert done.returncode == 1
    board, _, told = done.stdout.partition("rows that are missing")
    assert "F1 (" not in board
    assert "annotator-1: " in told
    assert "rt" in told


def command(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:  # noqa: F811
    environment = {**os.environ, "ONRECORD_ROOT": str(clone)}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "onrecord", "leaderboard", *arguments],
        capture_output=True,
        text=True,
        env=environment,
    )


def test_rows_that_cannot_be_made_are_told_in_a_line_each_and_taken_out(grown: Path) -> None:
    done = leaderboard(grown, "--update")
    assert done.returncode == 1
    last = done.stdout.partition("rows that are missing")[2].splitlines()
    assert [line.partition(": ")[0] for line in last[1:5]] == [
        "2 rows could not be made; the others are written, the page is not without these:",
        "annotator-1",
        "replay",
        "Take out those that you cannot make, then update again",
    ]
    assert (
        "its saved predictions lack rt: with an export of all articles, onrecord convert" in last[2]
    )
    assert "fails on rt (LookupError: the model was not asked about it" in last[3]
    assert "ask it about rt (docs/language-models.md)" in last[3]
    assert len(last) == 6
    assert "FAILED" not in done.stdout
    assert "ERROR" not in done.stdout
    assert " not made in " in last[5]

    said = command(grown, "prune", "annotator-1", "replay")
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines()[-1] == "2 rows taken out: annotator-1, replay"
    assert not list((grown / "eval").rglob("annotator-1.*"))
    assert (grown / TAKEN_OUT).read_text("utf-8") == "replay\n"
    done = leaderboard(grown, "--update")
    assert done.returncode == 0, done.stdout
    assert "replay: taken out: eval/taken_out.txt has it" in done.stdout
    assert (grown / "eval" / "results" / "probes" / "replay.json").exists()
    assert leaderboard(grown).returncode == 0


def test_the_rows_of_another_gold_are_taken_out_together_when_all_is_said(grown: Path) -> None:
    result = grown / "eval" / "results" / "trivial.json"
    assert prune(grown).rows == ()
    other = result.with_name("other.json")
    text = result.read_text("utf-8")
    other.write_text(text.replace(onrecord.load(grown).hash, "0" * 64), encoding="utf-8")
    (grown / "eval" / "results" / "renamed" / "other.json").write_text(
        (grown / "eval" / "results" / "renamed" / "trivial.json").read_text("utf-8"),
        encoding="utf-8",
    )
    said = command(grown, "prune")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == ("which? of another gold: other; name rows, or say --all for these\n")
    assert other.exists()
    assert command(grown, "prune", "--all", "trivial").returncode == 2
    said = command(grown, "prune", "--all")
    assert (said.returncode, said.stderr) == (0, "")
    *removed, last = said.stdout.splitlines()
    assert last == "1 rows taken out: other"
    assert {line.split("/")[-2] for line in removed} == {"results", "renamed"}
    assert not other.exists()
    assert result.exists()


def test_a_row_that_there_is_not_is_refused_and_nothing_is_removed(grown: Path) -> None:
    before = {path for path in grown.rglob("*") if path.is_file()}
    with pytest.raises(InvalidInput, match=r"unknown row 'trivail'; did you mean 'trivial'\?"):
        prune(grown, ["annotator-1", "trivail"])
    assert {path for path in grown.rglob("*") if path.is_file()} >= before
    done = onrecord_command("leaderboard", "prune", "--help")
    assert "eval/taken_out.txt" in done.stdout
