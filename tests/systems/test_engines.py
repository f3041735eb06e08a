"""Engines: the same results in the same order, whoever does the work and whoever dies of it."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from works import DiesAtFirst, HasChildren, Refuses, Told

from onrecord.exceptions import InvalidInput, SystemFailure
from onrecord.systems.engines import Engine, Lost, Processes, Serial, engine

TWO = Processes(2)
ENGINES = pytest.mark.parametrize("engine", [Serial(), TWO], ids=["serial", "two"])
HERE = Path(__file__).parents[1]


def echoes(n: int) -> list[bytes]:
    return [b"echo %d" % number for number in range(n)]


def results(n: int) -> list[bytes | Lost]:
    return [b"%d" % number for number in range(n)]


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


def wait_until_gone(folder: Path) -> None:
    """Those whose ids are in the folder have ended, or the test hangs."""
    while not all(gone(int(file.name)) for file in folder.iterdir()):
        time.sleep(0.05)


@ENGINES
def test_results_come_in_the_order_of_the_items(engine: Engine) -> None:
    items = [b"sleep 0.3", *echoes(30)]
    assert list(engine.map(Told(), items)) == [b"sleep 0.3", *results(30)]
    assert list(engine.map(Told(), [])) == []


@ENGINES
def test_items_are_drawn_as_they_are_needed(engine: Engine) -> None:
    drawn = 0

    def endless() -> Iterator[bytes]:
        nonlocal drawn
        for number in itertools.count():
            drawn += 1
            yield b"echo %d" % number

    mapped = engine.map(Told(), endless())
    assert drawn == 0
    assert list(itertools.islice(mapped, 20)) == results(20)
    assert drawn <= 28
    mapped.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


@ENGINES
def test_large_items_and_results_pass(engine: Engine) -> None:
    items = [b"double " + bytes([65 + number]) * 1_000_000 for number in range(9)]
    assert list(engine.map(Told(), items)) == [item * 2 for item in items]


@ENGINES
def test_what_the_work_raises_comes_after_the_results_before_it(engine: Engine) -> None:
    mapped = engine.map(Told(), [b"sleep 0.2", b"echo 1", b"raise", b"echo 3"])
    assert [next(mapped), next(mapped)] == [b"sleep 0.2", b"1"]
    with pytest.raises(SystemFailure, match=r"^item 2: ValueError: a comma is missing\n"):
        next(mapped)


@ENGINES
def test_what_the_items_raise_comes_after_the_results_before_it(engine: Engine) -> None:
    def items() -> Iterator[bytes]:
        yield from echoes(3)
        raise InvalidInput("is no JSON", file="archive.jsonl", line=4)

    mapped = engine.map(Told(), items())
    assert [next(mapped) for _ in range(3)] == results(3)
    with pytest.raises(InvalidInput, match=r"^archive\.jsonl:4: is no JSON$"):
        next(mapped)


@ENGINES
def test_a_work_that_cannot_be_set_up_says_why(engine: Engine) -> None:
    with pytest.raises(SystemFailure, match=r"^words\.txt: has no words\n"):
        list(engine.map(Refuses("has no words"), echoes(3)))


def test_several_processes_do_the_work_and_none_is_left() -> None:
    done = set(TWO.map(Told(), itertools.chain([b"sleep 0.5"] * 2, [b"pid"] * 20)))
    assert str(os.getpid()).encode() not in done
    assert multiprocessing.active_children() == []


def test_no_more_processes_start_than_there_are_items(tmp_path: Path) -> None:
    assert list(Processes(8).map(Told(str(tmp_path)), echoes(2))) == results(2)
    assert len(list(tmp_path.iterdir())) <= 2


def test_an_item_whose_worker_is_killed_once_is_tried_again(tmp_path: Path) -> None:
    items = [b"echo 0", f"die {tmp_path / 'once'}".encode(), *echoes(20)]
    assert list(TWO.map(Told(), items)) == [b"0", items[1], *results(20)]


def test_an_item_that_kills_its_worker_each_time_is_lost_and_nothing_else() -> None:
    items = [b"die", *echoes(9), b"exit", *echoes(9), b"die"]
    assert list(TWO.map(Told(), items)) == [
        Lost(0, "the worker was killed by signal 9", 2), *results(9),
        Lost(10, "the worker ended with exit status 3", 2), *results(9),
        Lost(20, "the worker was killed by signal 9", 2),
    ]  # fmt: skip
    assert multiprocessing.active_children() == []


def test_tries_are_counted_for_each_item() -> None:
    lost = list(Processes(2, tries=3).map(Told(), [b"die", b"die"]))
    assert lost == [Lost(n, "the worker was killed by signal 9", 3) for n in range(2)]


def test_a_worker_that_dies_while_it_is_set_up_costs_no_item_a_try(tmp_path: Path) -> None:
    assert list(TWO.map(DiesAtFirst(str(tmp_path / "once")), echoes(5))) == results(5)


def test_a_work_that_kills_every_worker_while_it_is_set_up_is_told() -> None:
    with pytest.raises(SystemFailure, match="cannot be set up: the worker was killed by signal 9"):
        list(TWO.map(DiesAtFirst(), itertools.repeat(b"echo 1")))


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_a_death_is_noticed_and_cleared_up_where_a_system_has_left_processes(
    tmp_path: Path, method: str
) -> None:
    items = [b"die", *echoes(3)]
    assert list(TWO.map(HasChildren(str(tmp_path), method), items)) == [
        Lost(0, "the worker was killed by signal 9", 2),
        *results(3),
    ]
    wait_until_gone(tmp_path)


# -- as a program: what is printed, Ctrl-C, and a sudden end ---------------------------------------

PROGRAM = """
import sys
from works import HasChildren, Told
from onrecord.systems.engines import Processes

if __name__ == "__main__":
    kind, folder, *items = sys.argv[1:]
    work = HasChildren(folder, "spawn") if kind == "children" else Told(folder)
    for result in Processes(2).map(work, [item.encode() for item in items]):
        print(result.decode(), flush=True)
"""


@pytest.fixture
def program(tmp_path: Path) -> tuple[Path, Path]:
    """A program that prints the results of the items that it is given, and its workers' folder."""
    file, folder = tmp_path / "program.py", tmp_path / "pids"
    file.write_text(PROGRAM, encoding="utf-8")
    folder.mkdir()
    return file, folder


def start(program: tuple[Path, Path], *items: str, kind: str = "told") -> subprocess.Popen[str]:
    file, folder = program
    return subprocess.Popen(
        [sys.executable, "-W", "error", file, kind, folder, *items],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        process_group=0,
    )


def test_what_a_worker_prints_goes_to_standard_error(program: tuple[Path, Path]) -> None:
    out, errors = start(program, "print word", "echo 1").communicate()
    assert out == "print word\n1\n"
    assert sorted(errors) == sorted("word\nword")


@pytest.mark.parametrize("kind", ["told", "children"])
def test_an_interrupt_ends_all_workers_and_what_they_started(
    program: tuple[Path, Path], kind: str
) -> None:
    running = start(program, "echo 1", "sleep 600", "sleep 600", "sleep 600", kind=kind)
    assert running.stdout is not None
    assert running.stdout.readline() == "1\n"
    os.killpg(running.pid, signal.SIGINT)
    _, errors = running.communicate()
    assert errors.count("KeyboardInterrupt") == 1, errors  # the program's own
    assert running.returncode == -signal.SIGINT
    wait_until_gone(program[1])


@pytest.mark.parametrize("kind", ["told", "children"])
def test_workers_end_when_the_program_is_killed(program: tuple[Path, Path], kind: str) -> None:
    running = start(program, "echo 1", "sleep 600", "sleep 600", "sleep 600", kind=kind)
    assert running.stdout is not None
    assert running.stdout.readline() == "1\n"
    running.kill()
    running.communicate()
    wait_until_gone(program[1])


def test_an_engine_is_had_by_its_name() -> None:
    assert isinstance(engine("local"), Serial)
    assert isinstance(engine("local", jobs=1), Serial)
    two = engine("local", jobs=2)
    assert isinstance(two, Processes)
    assert two.jobs == 2
    with pytest.raises(InvalidInput, match=r"^--jobs: 0 is not at least 1$"):
        engine("local", jobs=0)
    with pytest.raises(InvalidInput, match=r"^--address: is for --engine ray alone$"):
        engine("local", address="127.0.0.1:6379")
