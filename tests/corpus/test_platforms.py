"""What an operating system without POSIX's locks can do, and what it is told of the rest."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NO_LOCKS = """
import os, sys
sys.modules["fcntl"] = None  # as on Windows
for name in ("O_NOFOLLOW", "O_NONBLOCK", "setsid", "killpg"):
    delattr(os, name)
from onrecord.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
NEEDS = "needs Linux or macOS; on Windows use WSL, the Windows Subsystem for Linux\n"


def without_locks(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", NO_LOCKS, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
    )


@pytest.mark.parametrize(
    "command",
    [
        ("score", "eval/predictions/trivial.jsonl"),
        ("validate", "eval/predictions/trivial.jsonl"),
        ("convert", "to-conll"),
        ("show", "rt"),
        ("predict", "baselines/trivial.py"),
    ],
)
def test_reading_and_scoring_need_no_locks(command: tuple[str, ...], root: Path) -> None:
    arguments = [str(root / one) if "/" in one else one for one in command]
    done = without_locks(*arguments)
    assert done.returncode == 0, done.stderr


def test_what_changes_a_corpus_says_what_it_needs(root: Path, tmp_path: Path) -> None:
    for name in ("seeds", "annotation"):
        shutil.copytree(root / name, tmp_path / "clone" / name)
    article = tmp_path / "new.txt"
    article.write_text("Oslo met.\n", encoding="utf-8")
    before = {path: path.read_bytes() for path in (tmp_path / "clone" / "seeds").iterdir()}
    run = (
        f"import os; os.environ['ONRECORD_ROOT'] = {str(tmp_path / 'clone')!r}\n{NO_LOCKS}",
        "seeds", "add", str(article), "--event", "talks", "--new-event",
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", *run], capture_output=True, encoding="utf-8", cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (2, f"changing a corpus {NEEDS}")
    assert {p: p.read_bytes() for p in (tmp_path / "clone" / "seeds").iterdir()} == before


def test_several_processes_say_what_they_need(root: Path) -> None:
    done = without_locks("predict", root / "baselines" / "trivial.py", "--jobs", "2")
    assert (done.returncode, done.stderr) == (2, f"work in several processes {NEEDS}")
