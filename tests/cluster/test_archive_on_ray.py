"""``onrecord predict --engine ray``: an archive on a cluster, as in one process, whatever dies meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from command import assert_refused, onrecord_command
from leftovers import wait_until_none

N, EACH = 120, 10
SHARDS = N // EACH

PREDICT = """
import re, time
from words import PLACES
from onrecord import Mention

def predict(document, targets, pause=0.0):
    time.sleep(pause)
    print("read", document.id)
    if "fails" in document.text:
        raise ValueError("it fails")
    found = re.finditer("|".join(PLACES), document.text)
    return document.with_layers(mentions=[Mention(m.start(), m.end(), "GPE") for m in found])
"""
PREDICT_ALL = """
import uuid
from onrecord import Mention
from words import PLACES

class Mine:
    def __init__(self):
        self.calls = 0

    def predict_all(self, documents, targets):
        self.calls += 1
        return [d.with_layers(mentions=[Mention(0, 4, "GPE")]) for d in documents]
"""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A folder with articles and two systems."""
    lines = [
        json.dumps({"id": f"a{n}", "text": f"Oslo waits {n}. {'Bergen ' * (n % 5)}"})
        for n in range(N)
    ]
    lines[77] = json.dumps({"id": "a77", "text": "This one fails."})
    (tmp_path / "articles.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    folder = tmp_path / "system"
    folder.mkdir()
    (folder / "words.py").write_text("PLACES = ['Oslo', 'Bergen']\n", encoding="utf-8")
    (folder / "each.py").write_text(PREDICT, encoding="utf-8")
    (folder / "together.py").write_text(PREDICT_ALL, encoding="utf-8")
    return tmp_path


def arguments(archive: Path, system: str, output: str, *more: str) -> list[str]:
    return [
        "predict", f"{archive}/system/{system}.py", "--articles", f"{archive}/articles.jsonl",
        "--shard-size", str(EACH), "-o", f"{archive}/{output}/", *more,
    ]  # fmt: skip


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def start(*given: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "onrecord", *given],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
        process_group=0,
    )


def wait_for_shards(folder: Path, more_than: int, running: subprocess.Popen[str]) -> None:
    while len(list(folder.glob("part-*.jsonl"))) <= more_than:
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)


@pytest.mark.parametrize("system", ["each", "together"])
def test_an_archive_on_a_cluster_has_the_bytes_of_one_process(
    cluster: Any, archive: Path, system: str
) -> None:
    one = onrecord_command(*arguments(archive, system, "one"))
    ray = ["--engine", "ray", "--address", cluster.address]
    other = onrecord_command(*arguments(archive, system, "ray", *ray))
    assert other.stdout == ""
    told = [line for line in one.stderr.splitlines() if line[:5] != "read "]
    assert other.stderr.splitlines() == told  # what a system prints stays in Ray's logs
    assert other.returncode == one.returncode == (1 if system == "each" else 0)
    assert len(files(archive / "one")) > SHARDS
    assert files(archive / "ray") == files(archive / "one")


def test_a_lost_node_and_two_killed_runs_leave_no_trace_in_the_predictions(
    cluster: Any, archive: Path
) -> None:
    pause = ["--option", "pause=0.02"]
    onrecord_command(*arguments(archive, "each", "one", *pause))
    ray = [*pause, "--engine", "ray", "--address", cluster.address]
    for killed in range(2):
        running = start(*arguments(archive, "each", "ray", *ray))
        wait_for_shards(archive / "ray", 2 * killed, running)
        running.kill()
        running.communicate()
        assert len(files(archive / "ray")) <= SHARDS
    before = len(list((archive / "ray").glob("part-*.jsonl")))
    running = start(*arguments(archive, "each", "ray", *ray))
    wait_for_shards(archive / "ray", before, running)
    cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
    out, errors = running.communicate()
    assert out == ""
    assert "a77: ValueError: it fails (each.py:10) (counts as empty)" in errors
    assert running.returncode == 1
    assert files(archive / "ray") == files(archive / "one")


def test_an_interrupt_ends_ray_and_keeps_what_is_done(archive: Path, ray_folder: Path) -> None:
    more = ["--option", "pause=0.05", "--engine", "ray", "--jobs", "2"]
    running = start(*arguments(archive, "each", "ray", *more), TMPDIR=str(ray_folder))
    wait_for_shards(archive / "ray", 0, running)
    os.killpg(running.pid, signal.SIGINT)
    out, errors = running.communicate()
    assert (out, running.returncode) == ("", 130)
    assert errors.splitlines()[-1].startswith("stopped; what is done is kept")
    assert "Traceback" not in errors
    wait_until_none(ray_folder)
    assert len(list((archive / "ray").glob("part-*.jsonl"))) < SHARDS


def test_an_address_without_a_cluster_is_one_line(archive: Path) -> None:
    ray = ["--engine", "ray", "--address", "127.0.0.1:9"]
    done = onrecord_command(*arguments(archive, "each", "ray", *ray))
    assert_refused(done, "--address: 127.0.0.1:9: [Errno 111] Connection refused")
