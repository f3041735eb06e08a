"""What a result says of the clone that it was made in."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from onrecord.leaderboard.results import Run, describe_run


def git(folder: Path, *arguments: str) -> str:
    names = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return subprocess.run(
        ["git", *names, "-C", str(folder), *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    ).stdout.strip()


def repository(folder: Path, *names: str) -> str:
    """A repository with these files; its commit."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}\n")
    git(folder, "init", "-q")
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", "files")
    return git(folder, "rev-parse", "HEAD")


def state(run: Run) -> tuple[str | None, bool | None]:
    return run.commit, run.dirty


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    repository(folder, "data/build.json", "seeds/one.txt", "eval/results/a.json")
    return folder


def described(root: Path) -> tuple[str | None, bool | None]:
    return state(describe_run(root, system=None, seconds=None))


def test_the_commit_is_the_clones(clone: Path) -> None:
    commit = git(clone, "rev-parse", "HEAD")
    assert described(clone) == (commit, False)
    (clone / "eval" / "results" / "a.json").write_text("what a run writes")
    assert described(clone) == (commit, False)
    (clone / "seeds" / "one.txt").write_text("changed")
    assert described(clone) == (commit, True)


def test_an_archive_inside_another_repository_has_no_commit(tmp_path: Path) -> None:
    repository(tmp_path, "other.txt")
    archive = tmp_path / "archive"
    (archive / "data").mkdir(parents=True)
    (archive / "data" / "build.json").write_text("{}\n")
    (tmp_path / "other.txt").write_text("changed")
    assert described(archive) == (None, None)


def test_a_corpus_that_a_larger_repository_keeps_has_its_commit(tmp_path: Path) -> None:
    commit = repository(tmp_path, "events/talks/data/build.json", "other.txt")
    (tmp_path / "other.txt").write_text("changed")
    assert described(tmp_path / "events" / "talks") == (commit, False)


@pytest.mark.parametrize("names", [("GIT_DIR",), ("GIT_DIR", "GIT_WORK_TREE"), ("GIT_INDEX_FILE",)])
def test_variables_that_name_another_repository_change_nothing(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    before = described(clone)
    other = tmp_path / "other"
    repository(other, "data/build.json")
    values = {
        "GIT_DIR": other / ".git",
        "GIT_WORK_TREE": other,
        "GIT_INDEX_FILE": other / ".git" / "index",
    }
    for name in names:
        monkeypatch.setenv(name, str(values[name]))
    assert described(clone) == before
    bare = tmp_path / "bare"
    bare.mkdir()
    assert described(bare) == (None, None)


def test_without_git_there_is_no_commit(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert described(clone) == (None, None)


def test_the_state_is_read_without_a_trace(clone: Path) -> None:
    index = clone / ".git" / "index"
    before = index.stat().st_mtime_ns
    os.utime(clone / "seeds" / "one.txt")  # git would refresh its index
    described(clone)
    assert index.stat().st_mtime_ns == before
