"""The engine of a cluster: the same results as one process, whichever worker or node dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import pytest
from builders import article
from leftovers import wait_until_none
from works import DiesAtFirst, Reads, Refuses, Runs, Told

from onrecord.exceptions import InvalidInput, SystemFailure
from onrecord.systems.engines import Lost, Serial, engine
from onrecord.systems.ray_engine import RayEngine

SYSTEM = """
import re
from words import PLACES
from onrecord import Mention

def predict(document, targets):
    found = re.finditer("|".join(PLACES), document.text)
    return document.with_layers(mentions=[Mention(m.start(), m.end(), "GPE") for m in found])
"""


def echoes(n: int) -> list[bytes]:
    return [b"echo %d" % number for number in range(n)]


def results(n: int) -> list[bytes | Lost]:
    return [b"%d" % number for number in range(n)]


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A system's file with a module beside it."""
    (tmp_path / "words.py").write_text("PLACES = ['Oslo', 'Bergen']\n", encoding="utf-8")
    file = tmp_path / "mine.py"
    file.write_text(SYSTEM, encoding="utf-8")
    return file


def test_a_cluster_gives_what_one_process_gives_also_when_a_node_is_lost(
    cluster: Any, system: Path
) -> None:
    articles = [article(f"Oslo waits {n}. {'Bergen ' * (n % 7)}", str(n)) for n in range(60)]
    items = [msgspec.json.encode(one) for one in articles]
    expected = list(Serial().map(Runs(str(system)), items))
    engine = RayEngine(cluster.address)
    assert list(engine.map(Runs(str(system)), items)) == expected

    running = engine.map(Runs(str(system)), items)
    found = [next(running) for _ in range(20)]
    cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
    assert found + list(running) == expected

    large = [b"double " + bytes([65 + number]) * 5_000_000 for number in range(12)]
    assert list(engine.map(Told(), large)) == [item * 2 for item in large]


def test_a_lost_node_costs_its_item_one_try(cluster: Any) -> None:
    items = [b"sleep 3", b"sleep 3", *echoes(10)]
    running = RayEngine(cluster.address, tries=2).map(Told(), [b"echo a", *items])
    assert next(running) == b"a"
    cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
    assert list(running) == [b"sleep 3", b"sleep 3", *results(10)]


def test_a_dead_worker_costs_its_item_a_try_and_then_the_item_alone(
    cluster: Any, tmp_path: Path
) -> None:
    engine = RayEngine(cluster.address, tries=2)
    once = f"die {tmp_path / 'once'}".encode()
    items = [b"die", *echoes(9), once, *echoes(9), b"exit"]
    assert list(engine.map(Told(), items)) == [
        Lost(0, "the worker died", 2), *results(9), once, *results(9),
        Lost(20, "the worker died", 2),
    ]  # fmt: skip
    assert list(engine.map(DiesAtFirst(str(tmp_path / "first")), echoes(3))) == results(3)
    with pytest.raises(SystemFailure, match="cannot be set up: the worker died"):
        list(engine.map(DiesAtFirst(), echoes(3)))


def test_a_work_is_sent_with_the_files_that_it_reads(cluster: Any, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("Oslo", encoding="utf-8")
    work = Reads(str(tmp_path))
    assert list(Serial().map(work, [b"words.txt"])) == [f"{tmp_path}/words.txt: Oslo".encode()]
    (found,) = RayEngine(cluster.address).map(work, [b"words.txt"])
    assert isinstance(found, bytes)
    assert found.endswith(b"words.txt: Oslo")
    assert not found.startswith(str(tmp_path).encode())


def test_what_a_work_raises_is_told(cluster: Any, tmp_path: Path) -> None:
    engine = RayEngine(cluster.address)
    running = engine.map(Told(), [b"echo 0", b"raise"])
    assert next(running) == b"0"
    with pytest.raises(SystemFailure, match=r"^item 1: ValueError: a comma is missing\n"):
        next(running)
    with pytest.raises(SystemFailure, match=r"^words\.txt: has no words\n"):
        list(engine.map(Refuses("has no words"), echoes(3)))
    with pytest.raises(SystemFailure, match=r"mine\.py: no such file"):
        list(engine.map(Runs(str(tmp_path / "mine.py")), [b""]))


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("127.0.0.1:9", "Connection refused"),
        ("ray://127.0.0.1:10001", "is not HOST:PORT or auto"),
        ("head", "is not HOST:PORT or auto"),
    ],
)
def test_an_address_without_a_cluster_is_refused(address: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^--address: {address}: .*{reason}"):
        list(engine("ray", address=address).map(Told(), echoes(1)))


def test_what_is_no_cluster_is_refused_at_once_and_so_is_a_cluster_without_its_token(
    cluster: Any, tmp_path: Path
) -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        Thread(target=server.handle_request, daemon=True).start()
        address = f"127.0.0.1:{server.server_port}"
        with pytest.raises(InvalidInput, match=f"^--address: {address}: .*no Ray"):
            list(RayEngine(address).map(Told(), echoes(1)))
    program = tmp_path / "program.py"
    program.write_text(
        "from works import Told\n"
        "from onrecord.systems.ray_engine import RayEngine\n"
        f"print(list(RayEngine({cluster.address!r}).map(Told(), [b'pid'])))\n",
        encoding="utf-8",
    )
    running = start(program, tmp_path, RAY_AUTH_MODE="token")
    _, errors = running.communicate()
    assert "InvalidInput: --address: " in errors
    assert "no authentication token was found" in errors


# -- a Ray that is started for the run ------------------------------------------------------------

PROGRAM = """
import sys
from works import Told
from onrecord.systems.ray_engine import RayEngine

if __name__ == "__main__":
    for result in RayEngine(None, jobs=2).map(Told(), [item.encode() for item in sys.argv[1:]]):
        print(result, flush=True)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    file = tmp_path / "program.py"
    file.write_text(PROGRAM, encoding="utf-8")
    return file


def start(program: Path, folder: Path, *items: str, **more: str) -> subprocess.Popen[str]:
    own = {name: value for name, value in os.environ.items() if name[:4] != "RAY_"}
    own |= {"HOME": str(program.parent), "TMPDIR": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-W", "error", program, *items],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=own | more,
        process_group=0,
    )


def test_ray_is_started_for_a_run_and_says_nothing_and_leaves_nothing(
    program: Path, ray_folder: Path
) -> None:
    running = start(program, ray_folder, "echo 1", "print word", "die", "echo 2")
    out, errors = running.communicate()
    assert out.splitlines() == [
        "b'1'", "b'print word'", "Lost(number=2, reason='the worker died', tries=3)", "b'2'",
    ]  # fmt: skip
    assert errors == ""
    assert running.returncode == 0
    assert list(program.parent.iterdir()) == [program]  # nothing in the home
    wait_until_none(ray_folder)
    assert list(ray_folder.iterdir()) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_ray_ends_with_the_program_that_started_it(
    program: Path, ray_folder: Path, how: signal.Signals
) -> None:
    running = start(program, ray_folder, "echo 1", "sleep 600", "sleep 600")
    assert running.stdout is not None
    assert running.stdout.readline() == "b'1'\n"
    if how == signal.SIGINT:
        os.killpg(running.pid, how)  # as a terminal does
    else:
        running.kill()
    running.communicate()
    assert running.returncode == -how
    # killed, it leaves Ray's agents waiting a minute for their server
    wait_until_none(ray_folder)
