"""A system over own articles: shards, what is kept of a killed run, and what must not change the bytes."""

from __future__ import annotations

import gzip
import io
import os
import re
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import archives
import msgspec
import pytest
from archives import EACH, TOGETHER, calls, write_articles, write_system

import onrecord
from onrecord.corpus.files import read_documents
from onrecord.corpus.registry import Target
from onrecord.document import text_hash
from onrecord.exceptions import InvalidInput, SystemFailure
from onrecord.systems.articles import Articles
from onrecord.systems.engines import Processes, Serial

HERE = Path(__file__).parent


@pytest.fixture
def system(tmp_path: Path) -> Path:
    return write_system(tmp_path, EACH)


def predict(system: Path, articles: Path, output: Path | str, **options: Any) -> list[str]:
    """Predict; what was told."""
    told: list[str] = []
    onrecord.predict_articles(system, articles, output, tell=told.append, **options)
    return told


def shards(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("part-*.jsonl"))}


def test_a_file_has_a_line_for_each_article_in_their_order(system: Path, tmp_path: Path) -> None:
    articles = write_articles(tmp_path, 120)
    done = onrecord.predict_articles(system, articles, tmp_path / "o.jsonl")
    assert (done.documents, done.failures, done.reused, done.failures_file) == (120, 0, 0, None)
    seeds = {document.id: document for document in Articles(articles)}
    found = [document for _, document in read_documents(tmp_path / "o.jsonl", seeds)]
    assert [document.id for document in found] == list(seeds)
    assert all(document.mentions[0].entity == "Vold" for document in found)
    assert not (tmp_path / "o.jsonl.partial").exists()


def test_the_same_lines_are_a_file_shards_a_stream_or_packed(system: Path, tmp_path: Path) -> None:
    articles = write_articles(tmp_path, 25)
    predict(system, articles, tmp_path / "o.jsonl")
    content = (tmp_path / "o.jsonl").read_bytes()
    predict(system, articles, f"{tmp_path}/shards/", shard_size=10)
    assert b"".join(shards(tmp_path / "shards").values()) == content
    assert list(shards(tmp_path / "shards")) == [f"part-0000{n}.jsonl" for n in range(3)]
    predict(system, articles, tmp_path / "o.jsonl.gz")
    assert gzip.decompress((tmp_path / "o.jsonl.gz").read_bytes()) == content
    stream = io.BytesIO()
    onrecord.predict_articles(system, articles, stream, shard_size=10)
    assert stream.getvalue() == content


@pytest.mark.parametrize("source", [EACH, TOGETHER], ids=["each", "together"])
def test_two_processes_give_the_bytes_of_one(source: str, tmp_path: Path) -> None:
    system, articles = write_system(tmp_path, source), write_articles(tmp_path, 55, a7="raise it")
    for jobs in (1, 2):
        engine = Serial() if jobs == 1 else Processes(2)
        predict(system, articles, f"{tmp_path}/{jobs}/", shard_size=10, engine=engine)
    assert len(shards(tmp_path / "1")) == 6
    for path in (tmp_path / "1").iterdir():
        assert path.read_bytes() == (tmp_path / "2" / path.name).read_bytes(), path.name
    assert len(list((tmp_path / "2").iterdir())) == len(list((tmp_path / "1").iterdir()))


def test_a_document_that_fails_is_empty_and_listed_again_when_nothing_is_left_to_do(
    system: Path, tmp_path: Path
) -> None:
    articles, output = write_articles(tmp_path, 5, a3="raise it"), f"{tmp_path}/out/"
    for _ in range(2):
        done = onrecord.predict_articles(system, articles, output)
        assert (done.documents, done.failures) == (5, 1)
        (failure,) = done.first_failures
        assert failure.document == "a3"
        assert failure.reason.startswith("ValueError: no luck (mine.py:")
        assert done.failures_file == tmp_path / "out" / "failures.jsonl"
        listed = msgspec.json.decode(done.failures_file.read_bytes(), type=dict[str, str])
        assert listed == {"document": "a3", "reason": failure.reason}
    assert done.reused == 5
    onrecord.predict_articles(system, write_articles(tmp_path, 5), output)
    assert not (tmp_path / "out" / "failures.jsonl").exists()


@pytest.mark.parametrize("source", [EACH, TOGETHER], ids=["each", "together"])
def test_only_the_documents_that_kill_a_worker_fail(source: str, tmp_path: Path) -> None:
    system = write_system(tmp_path, source)
    articles = write_articles(tmp_path, 30, a12="die now")
    told: list[str] = []
    done = onrecord.predict_articles(
        system, articles, f"{tmp_path}/out/", engine=Processes(2), shard_size=10, tell=told.append
    )
    (failure,) = done.first_failures
    assert failure.document == "a12"
    assert failure.reason == "the worker was killed by signal 9 (tried 2 times)"
    assert done.documents == 30
    assert told == ["a worker died on the documents a10 to a19; they were read one by one"]
    lines = b"".join(shards(tmp_path / "out").values()).splitlines()
    found = [msgspec.json.decode(line) for line in lines]
    assert [one["id"] for one in found] == [f"a{n}" for n in range(30)]
    assert [one["id"] for one in found if not one["mentions"]] == ["a12"]
    done = onrecord.predict_articles(system, articles, f"{tmp_path}/out/", shard_size=10)
    assert (done.reused, done.failures) == (30, 1)


def test_a_stream_has_its_lines_in_order_even_if_some_come_late(
    system: Path, tmp_path: Path
) -> None:
    articles, stream = write_articles(tmp_path, 30, a2="die now"), io.BytesIO()
    onrecord.predict_articles(system, articles, stream, engine=Processes(2), shard_size=10)
    ids = [msgspec.json.decode(line)["id"] for line in stream.getvalue().splitlines()]
    assert ids == [f"a{n}" for n in range(30)]


# -- killed runs ----------------------------------------------------------------------------------


def interrupted(system: Path, articles: Path, output: Path | str, after: int = 3) -> None:
    """A run that ends after so many shards as if it were killed."""

    def progress(done: int, total: int | None) -> None:
        nonlocal after
        after -= 1
        if not after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        onrecord.predict_articles(system, articles, output, shard_size=10, progress=progress)


@pytest.mark.parametrize("name", ["o.jsonl", "out/"])
def test_a_run_that_goes_on_does_what_is_missing_and_says_so(
    name: str, system: Path, tmp_path: Path
) -> None:
    articles, output = write_articles(tmp_path, 60), f"{tmp_path}/{name}"
    interrupted(system, articles, output)
    assert len(calls(system)) == 30
    told = predict(system, articles, output, shard_size=10)
    assert calls(system) == [f"a{n}" for n in range(30, 60)]
    (line,) = told
    assert re.fullmatch(
        r"goes on: 30 documents were predicted by \d{4}-\d\d-\d\d \d\d:\d\d and are reused "
        r"\(--anew: predict all again\)",
        line,
    )
    whole = tmp_path / "whole.jsonl"
    predict(system, articles, whole)
    parts = shards(Path(output)).values() if name == "out/" else [Path(output).read_bytes()]
    assert b"".join(parts) == whole.read_bytes()


def test_a_run_can_begin_anew(system: Path, tmp_path: Path) -> None:
    articles, output = write_articles(tmp_path, 60), tmp_path / "o.jsonl"
    interrupted(system, articles, output)
    calls(system)
    assert predict(system, articles, output, shard_size=10, anew=True) == []
    assert len(calls(system)) == 60


def test_a_finished_file_is_made_anew_and_finished_shards_are_reused(
    system: Path, tmp_path: Path
) -> None:
    articles = write_articles(tmp_path, 30)
    for output, again in ((tmp_path / "o.jsonl", 30), (f"{tmp_path}/out/", 0)):
        predict(system, articles, output)
        calls(system)
        predict(system, articles, output)
        assert len(calls(system)) == again
    manifest = (tmp_path / "out" / "manifest.jsonl").read_bytes()
    predict(system, articles, f"{tmp_path}/out/", anew=True)
    assert len(calls(system)) == 30
    assert (tmp_path / "out" / "manifest.jsonl").read_bytes() == manifest


def test_an_article_that_changed_costs_its_own_shard(system: Path, tmp_path: Path) -> None:
    articles, output = write_articles(tmp_path, 60), f"{tmp_path}/out/"
    predict(system, articles, output, shard_size=10)
    calls(system)
    write_articles(tmp_path, 60, a25="Vold left.")
    predict(system, articles, output, shard_size=10)
    assert calls(system) == [f"a{n}" for n in range(20, 30)]
    predict(system, write_articles(tmp_path, 35), output, shard_size=10)
    assert calls(system) == [*(f"a{n}" for n in range(20, 30)), *(f"a{n}" for n in range(30, 35))]
    assert list(shards(tmp_path / "out")) == [f"part-0000{n}.jsonl" for n in range(4)]


def test_a_shard_that_is_not_whole_is_done_again(system: Path, tmp_path: Path) -> None:
    articles, output = write_articles(tmp_path, 30), tmp_path / "out"
    predict(system, articles, f"{output}/", shard_size=10)
    before = shards(output)
    calls(system)
    (output / "part-00001.jsonl").write_bytes(before["part-00001.jsonl"][:-9])
    (output / "part-00002.jsonl").unlink()
    predict(system, articles, output, shard_size=10)
    assert calls(system) == [f"a{n}" for n in range(10, 30)]
    assert shards(output) == before


def test_a_folder_with_shards_of_another_run_is_refused_before_the_run(
    system: Path, tmp_path: Path
) -> None:
    articles, output = write_articles(tmp_path, 30), f"{tmp_path}/out/"
    predict(system, articles, output)
    before = shards(tmp_path / "out")
    calls(system)
    with pytest.raises(InvalidInput, match=r"another run \(the options differs\); name another"):
        predict(system, articles, output, options={"word": "men"})
    assert (calls(system), shards(tmp_path / "out")) == ([], before)
    predict(system, articles, output, options={"word": "men"}, anew=True)
    assert shards(tmp_path / "out") != before
    (tmp_path / "out" / "manifest.jsonl").unlink()
    with pytest.raises(InvalidInput, match=r"another run \(manifest.jsonl differs\)"):
        predict(system, articles, output, options={"word": "men"})


def test_a_folder_that_was_there_stays_though_nothing_comes_into_it(
    system: Path, tmp_path: Path
) -> None:
    (tmp_path / "bad.jsonl").write_text("{}\n")
    (tmp_path / "out").mkdir()
    for output in ("out/", "other/", "o.jsonl"):
        with pytest.raises(InvalidInput, match=r"bad\.jsonl:1: "):
            predict(system, tmp_path / "bad.jsonl", f"{tmp_path}/{output}")
    left = {path.name for path in tmp_path.iterdir()} - {"__pycache__"}
    assert left == {"out", "bad.jsonl", "mine.py"}


@pytest.mark.parametrize("output", ["o.jsonl", "out/"])
def test_a_second_run_to_the_same_place_is_refused_while_the_first_is_at_work(
    output: str, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(WAITS, encoding="utf-8")
    articles = write_articles(tmp_path, 5)
    command = [sys.executable, "-m", "onrecord", "predict", "mine.py", "--articles", articles]
    first = subprocess.Popen([*command, "-o", output], cwd=tmp_path, stderr=subprocess.PIPE)
    try:
        while not (tmp_path / "waits").exists():
            assert first.poll() is None
            time.sleep(0.01)
        second = subprocess.run(
            [*command, "-o", output], cwd=tmp_path, capture_output=True, text=True
        )
        folder = tmp_path / ("out" if output == "out/" else "o.jsonl.partial")
        assert second.returncode == 2
        assert second.stderr == f"{folder}: another run is at work here\n"
    finally:
        (tmp_path / "go").touch()
        _, told = first.communicate(timeout=60)
    assert first.returncode == 0, told
    made = tmp_path / "out" / "part-00000.jsonl" if output == "out/" else tmp_path / "o.jsonl"
    assert made.read_bytes().count(b"\n") == 5
    assert not (tmp_path / "o.jsonl.partial").exists()
    again = subprocess.run([*command, "-o", output], cwd=tmp_path, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr


def test_a_run_that_was_killed_leaves_no_lock_though_a_process_of_its_system_lives(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.py").write_text(FORKS, encoding="utf-8")
    articles = write_articles(tmp_path, 3)
    command = [sys.executable, "-m", "onrecord", "predict", "mine.py", "--articles", articles]
    first = subprocess.Popen([*command, "-o", "o.jsonl"], cwd=tmp_path)
    child = tmp_path / "child"
    try:
        while not (child.exists() and child.read_text()):
            assert first.poll() is None
            time.sleep(0.01)
        first.kill()
        first.wait()
        again = subprocess.run(
            [*command, "-o", "o.jsonl"], cwd=tmp_path, capture_output=True, text=True
        )
        assert again.returncode == 0, again.stderr
        os.kill(int(child.read_text()), 0)  # it is still there
    finally:
        os.kill(int(child.read_text()), signal.SIGKILL)


FORKS = """
import os, time
from pathlib import Path
here = Path(__file__).parent / "child"
def predict(document, targets):
    if not here.exists():
        child = os.fork()
        if not child:
            os.setsid()
            time.sleep(600)
            os._exit(0)
        here.write_text(str(child))
        time.sleep(600)
    return document
"""


WAITS = """
import time
from pathlib import Path
here = Path(__file__).parent
def predict(document, targets):
    (here / "waits").touch()
    while not (here / "go").exists():
        time.sleep(0.01)
    return document
"""


def test_a_file_is_begun_anew_when_something_changed_and_that_is_told(
    system: Path, tmp_path: Path
) -> None:
    articles, output = write_articles(tmp_path, 60), tmp_path / "o.jsonl"
    interrupted(system, articles, output)
    calls(system)
    targets = [Target(id="t", proposition="All should meet.")]
    told = predict(system, articles, output, shard_size=10, targets=targets)
    assert told == ["starts anew: the targets changed since the interrupted run"]
    assert len(calls(system)) == 60


def test_a_bad_line_is_found_before_the_run(system: Path, tmp_path: Path) -> None:
    articles = write_articles(tmp_path, 30)
    with articles.open("a") as file:
        file.write('{"id": "a3", "text": "again"}\n')
    with pytest.raises(InvalidInput, match=r"articles.jsonl:31: a3: is the id of line 4 too"):
        predict(system, articles, tmp_path / "o.jsonl")
    assert calls(system) == []


def test_what_was_predicted_before_documents_ended_badly_is_kept(
    system: Path, tmp_path: Path
) -> None:
    good = list(Articles(write_articles(tmp_path, 25)))

    def documents(*, ends_badly: bool) -> Any:
        yield from good
        if ends_badly:
            raise InvalidInput("has no text", document="a25")

    output = tmp_path / "o.jsonl"
    for engine in (Serial(), Processes(2)):
        with pytest.raises(InvalidInput, match="a25: has no text"):
            onrecord.predict_articles(
                system, documents(ends_badly=True), output, shard_size=10, engine=engine
            )
        assert not output.exists()
    calls(system)
    onrecord.predict_articles(system, documents(ends_badly=False), output, shard_size=10)
    assert calls(system) == [f"a{n}" for n in range(20, 25)]


def test_what_is_no_file_runs_here_and_in_no_other_process(tmp_path: Path) -> None:
    articles = write_articles(tmp_path, 3)
    done = onrecord.predict_articles(lambda document, targets: document, articles, io.BytesIO())
    assert done.documents == 3
    with pytest.raises(SystemFailure, match="is no file: only a file can run in other processes"):
        onrecord.predict_articles(
            lambda document, targets: document, articles, io.BytesIO(), engine=Processes(2)
        )


def wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_run_that_is_killed_twice_gives_the_same_bytes(jobs: str, tmp_path: Path) -> None:
    slow = EACH.replace("    start =", "    import time; time.sleep(0.02)\n    start =")
    system, articles = write_system(tmp_path, slow), write_articles(tmp_path, 100, a50="raise it")
    command = [sys.executable, archives.__file__, str(system), str(articles)]
    for part in (2, 5):
        process = subprocess.Popen(
            [*command, f"{tmp_path}/out/", jobs, "10"], start_new_session=True
        )
        wait_for(tmp_path / "out" / f"part-0000{part}.jsonl")
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    done = subprocess.run(
        [*command, f"{tmp_path}/out/", jobs, "10"], capture_output=True, text=True, check=True
    )
    first, last = done.stdout.splitlines()
    assert re.match(r"goes on: [6-9]0 documents were predicted by", first), first
    assert last == "100 documents, 1 failures"
    predict(system, articles, f"{tmp_path}/whole/", shard_size=10)
    for path in (tmp_path / "whole").iterdir():
        assert path.read_bytes() == (tmp_path / "out" / path.name).read_bytes()
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        p.name for p in (tmp_path / "whole").iterdir()
    }


def test_texts_do_not_stay_in_memory(system: Path, tmp_path: Path) -> None:
    template = next(iter(Articles(write_articles(tmp_path, 1))))

    def documents() -> Any:
        for number in range(400):
            text = f"{number} " * 10_000
            yield msgspec.structs.replace(
                template, id=f"a{number}", text=text, sha256=text_hash(text), zones=()
            )

    tracemalloc.start()
    try:
        done = onrecord.predict_articles(system, documents(), f"{tmp_path}/out/", shard_size=10)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (done.documents, done.failures) == (400, 0)
    assert peak < 400 * 20_000 / 2
