"""The wheel alone, without a clone: what needs no articles works, what needs them says so."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def installed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel, far from the clone."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, root]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "site")
    return folder / "site"


def onrecord_of(site: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site)}
    environment.pop("ONRECORD_ROOT", None)
    command = [sys.executable, "-m", "onrecord", *arguments]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8"
    )


def test_a_new_event_is_begun_without_any_clone(
    installed: Path, tmp_path: Path, root: Path
) -> None:
    done = onrecord_of(installed, tmp_path, "dataset", "new", "harbour", "--name", "Harbour talks")
    assert (done.returncode, done.stderr) == (0, "")
    made = {str(path.relative_to(tmp_path / "harbour")) for path in tmp_path.rglob("*.*")}
    assert {"README.md", ".huggingface.yaml", "annotation/guidelines.md"} <= made
    guidelines = "annotation/guidelines.md"
    assert (tmp_path / "harbour" / guidelines).read_bytes() == (root / guidelines).read_bytes()
    article = tmp_path / "article.txt"
    article.write_text("Talks end\n\nThe talks in Veldburg ended, Anna Berg said.\n", "utf-8")
    add = ("seeds", "add", str(article), "--event", "talks", "--new-event")
    assert onrecord_of(installed, tmp_path / "harbour", *add).returncode == 0


def test_what_needs_articles_says_where_they_could_come_from(
    installed: Path, tmp_path: Path, root: Path
) -> None:
    done = onrecord_of(installed, tmp_path, "seeds", "list")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "no seeds/manifest.jsonl here or above; set ONRECORD_ROOT to a clone\n"
    done = onrecord_of(installed, tmp_path, "show", "rt", "--gold", str(root))
    assert (done.returncode, done.stderr) == (0, "")


def test_the_wheel_holds_the_library_and_no_article(installed: Path) -> None:
    top = {path.name for path in installed.iterdir()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"onrecord"}
    assert not list(installed.rglob("*.jsonl"))
    assert (installed / "onrecord" / "py.typed").exists()
