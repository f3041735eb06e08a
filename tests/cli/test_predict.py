"""``onrecord predict`` as a user runs it: own articles, destinations, and systems that misbehave."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from command import assert_refused, onrecord_command

SYSTEM = """
from pathlib import Path
from onrecord import Mention, Span, Stance
ran = Path(__file__).with_suffix(".ran")
def predict(document, targets):
    ran.touch()
    if "RAISE" in document.text:
        raise ValueError("no luck")
    stances = [Stance(holder="x", target=t.id, polarity="favor", evidence=(Span(0, 4),)) for t in targets]
    return document.with_layers(mentions=[Mention(0, 4, "GPE", "x")], stances=stances[:1])
"""


@pytest.fixture
def system(tmp_path: Path) -> Path:
    return write(tmp_path, SYSTEM)


def write(folder: Path, source: str) -> Path:
    file = folder / "mine.py"
    file.write_text(source)
    return file


def write_articles(folder: Path, *texts: str) -> Path:
    path = folder / "articles.jsonl"
    rows = ({"id": f"a{number}", "text": text} for number, text in enumerate(texts))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def ids(content: str) -> list[str]:
    return [msgspec.json.decode(line)["id"] for line in content.splitlines()]


def test_own_articles_are_predicted_to_a_file_or_printed(system: Path, tmp_path: Path) -> None:
    articles = write_articles(tmp_path, "Oslo waits.", "Bonn too.")
    done = onrecord_command("predict", system, "--articles", articles, "-o", tmp_path / "o.jsonl")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    printed = onrecord_command("predict", system, "--articles", articles)
    assert printed.stdout == (tmp_path / "o.jsonl").read_text()
    assert ids(printed.stdout) == ["a0", "a1"]
    two = onrecord_command("predict", system, "--articles", articles, "--jobs", "2")
    assert (two.returncode, two.stdout, two.stderr) == (0, printed.stdout, "")


def test_the_articles_of_the_clone_are_the_same_with_two_processes(
    system: Path, tmp_path: Path
) -> None:
    one, two = (onrecord_command("predict", system, "--jobs", jobs) for jobs in ("1", "2"))
    assert (one.returncode, one.stderr, one.stdout.count("\n")) == (0, "", 5)
    assert (two.returncode, two.stderr, two.stdout) == (0, "", one.stdout)


def test_targets_of_ones_own_are_given_to_the_system(system: Path, tmp_path: Path) -> None:
    articles = write_articles(tmp_path, "Oslo waits.")
    (tmp_path / "targets.yaml").write_text("quota: Norway should raise the quota.\n")
    done = onrecord_command(
        "predict", system, "--articles", articles, "--targets", tmp_path / "targets.yaml"
    )
    assert msgspec.json.decode(done.stdout)["stances"][0]["target"] == "quota"


def test_failures_are_told_listed_and_told_again_by_a_run_that_goes_on(
    system: Path, tmp_path: Path
) -> None:
    articles = write_articles(tmp_path, "Oslo waits.", *["RAISE"] * 22)
    command = ("predict", system, "--articles", articles, "-o", f"{tmp_path}/out/")
    done = onrecord_command(*command, "--traceback")
    assert (done.returncode, done.stdout) == (1, "")
    first, *_, last = done.stderr.splitlines()
    assert first == f"{system}: a1: ValueError: no luck (mine.py:8) (counts as empty)"
    assert last == f"{system}: and 2 more; all are in {tmp_path}/out/failures.jsonl"
    assert done.stderr.count("Traceback") == 20
    again = onrecord_command(*command)
    assert again.returncode == 1
    assert re.match(rf"{system}: goes on: 23 documents were predicted by ", again.stderr)
    assert again.stderr.splitlines()[1:] == [
        line for line in done.stderr.splitlines() if line.startswith(str(system))
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--targets", "t.yaml"], "--targets: is for --articles alone"),
        (["--shard-size", "5"], "--shard-size: is for --articles alone"),
        (["--articles", "ARTICLES", "--probes"], "--probes: has no meaning with --articles"),
        (["--articles", "ARTICLES", "--given", "mentions"], "--given: has no meaning with"),
        (["--articles", "ARTICLES", "--shard-size", "0"], "--shard-size: 0 is not at least 1"),
        (["--articles", "ARTICLES", "--jobs", "0"], "--jobs: 0 is not at least 1"),
        (["--articles", "nowhere"], "nowhere: no such file or folder"),
        (["--articles", "ARTICLES", "--split", "x"], "--split: is for hf:NAME alone"),
    ],
)
def test_options_without_sense_are_refused(
    options: list[str], message: str, system: Path, tmp_path: Path
) -> None:
    articles = str(write_articles(tmp_path, "Oslo waits."))
    given = [articles if option == "ARTICLES" else option for option in options]
    assert_refused(onrecord_command("predict", system, *given), message)


# -- destinations ---------------------------------------------------------------------------------

LONG = "n" * 300
REFUSED = {
    "a folder": ("folder", "folder: is a folder"),
    "a full device": ("/dev/full", "/dev/full: is no plain file"),
    "standard output by its name": ("/dev/stdout", "/dev/stdout: is no plain file"),
    "a name too long": (f"{LONG}.jsonl", "cannot be written: File name too long"),
    "a folder's name too long": (f"{LONG}/o.jsonl", "cannot be written: File name too long"),
    "in a file": ("file/o.jsonl", "cannot be written: Not a directory"),
    "no permission": ("/proc/o.jsonl", "/proc/o.jsonl: cannot be written: "),
}


@pytest.mark.parametrize("own", [False, True], ids=["the articles", "own"])
@pytest.mark.parametrize("name", REFUSED)
def test_a_destination_that_cannot_be_written_is_refused_before_the_run(
    name: str, own: bool, system: Path, tmp_path: Path
) -> None:
    output, message = REFUSED[name]
    if own and name == "a folder":
        output, message = "file/", "file/: cannot be written: Not a directory"
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    given = ["--articles", write_articles(tmp_path, "Oslo waits.")] if own else []
    output = output if output.startswith("/") else f"{tmp_path}/{output}"
    assert_refused(onrecord_command("predict", system, *given, "-o", output), message)
    assert not system.with_suffix(".ran").exists()
    assert {path.name for path in tmp_path.iterdir()} <= {
        "__pycache__", "articles.jsonl", "file", "folder", "mine.py",
    }  # fmt: skip


def test_a_converter_refuses_a_destination_before_it_reads(tmp_path: Path) -> None:
    done = onrecord_command("convert", "conll", "nowhere.conll", "-o", tmp_path)
    assert_refused(done, f"{tmp_path}: is a folder")


def test_a_missing_folder_is_made_when_there_is_something_to_write(
    system: Path, tmp_path: Path
) -> None:
    done = onrecord_command("predict", system, "-o", tmp_path / "a" / "b" / "o.jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["o.jsonl"]


IN_THE_WAY = """
    Path(OUTPUT).mkdir(exist_ok=True)
    return document.with_layers("""


def test_what_cannot_be_written_in_the_end_is_kept_and_named(system: Path, tmp_path: Path) -> None:
    output = tmp_path / "o.jsonl"
    onrecord_command("predict", system, "-o", output)
    content = output.read_bytes()
    output.unlink()
    write(
        tmp_path,
        SYSTEM.replace(
            "\n    return document.with_layers(", IN_THE_WAY.replace("OUTPUT", repr(str(output)))
        ),
    )
    done = onrecord_command("predict", system, "-o", output)
    assert_refused(done, f"{output}: is a folder; what was made is kept in ")
    kept = Path(done.stderr.rpartition("kept in ")[2].strip())
    assert kept.read_bytes() == content
    kept.unlink()


def test_parts_that_cannot_be_put_together_stay_until_they_can(
    system: Path, tmp_path: Path
) -> None:
    output, articles = tmp_path / "o.jsonl", write_articles(tmp_path, *["Oslo waits."] * 120)
    limit = "    import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, -1))\n"
    write(tmp_path, SYSTEM.replace("    ran.touch()\n", f"    ran.touch()\n{limit}"))
    command = ("predict", system, "--articles", articles, "-o", output)
    done = onrecord_command(*command)
    kept = tmp_path / "o.jsonl.partial"
    reason = f"{output}: cannot be written: File too large; what was predicted is kept in {kept}"
    assert_refused(done, reason)
    assert not output.exists()
    system.with_suffix(".ran").unlink()
    done = onrecord_command(*command)
    assert done.returncode == 0
    assert "goes on: 120 documents were predicted by" in done.stderr
    assert not system.with_suffix(".ran").exists()
    assert ids(output.read_text()) == [f"a{number}" for number in range(120)]
    assert not kept.exists()


@pytest.mark.parametrize("own", [False, True], ids=["the articles", "own"])
def test_what_a_full_standard_output_does_not_take_is_kept(
    own: bool, system: Path, tmp_path: Path
) -> None:
    given = ["--articles", str(write_articles(tmp_path, "Oslo waits."))] if own else []
    command = [sys.executable, "-m", "onrecord", "predict", str(system), *given]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("output: No space left on device; what was ")
    kept = Path(done.stderr.rpartition("kept in ")[2].strip())
    files = sorted(kept.glob("part-*.jsonl")) if kept.is_dir() else [kept]
    assert len(ids("".join(file.read_text() for file in files))) == (1 if own else 5)
    for file in (*kept.glob("*"), *files):
        file.unlink(missing_ok=True)
    if kept.is_dir():
        kept.rmdir()


def test_a_reader_that_has_enough_ends_the_run_quietly(system: Path, tmp_path: Path) -> None:
    articles = write_articles(tmp_path, *["Oslo waits."] * 2000)
    command = f"{sys.executable} -m onrecord predict {system} --articles {articles} | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert (ids(done.stdout), done.stderr) == (["a0"], "")


# -- systems that misbehave -----------------------------------------------------------------------

MISBEHAVES = """
import os, subprocess, sys, threading
def predict(document, targets):
    os.chdir("/")
    os.write(1, b"native\\n")
    subprocess.run(["echo", "child"])
    print("python")
    open(__file__)
    return document
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_a_system_does_to_its_process_does_not_reach_the_predictions(
    jobs: str, tmp_path: Path
) -> None:
    system, articles = write(tmp_path, MISBEHAVES), write_articles(tmp_path, "Oslo waits.")
    options = ["--articles", articles.name, "--jobs", jobs]
    printed = onrecord_command("predict", system.name, *options, "-o", "-", cwd=tmp_path)
    assert ids(printed.stdout) == ["a0"]
    assert printed.returncode == 0
    told = printed.stderr.splitlines()
    assert sorted(told[:3]) == ["child", "native", "python"]
    assert told[3:] == [
        f"mine.py: left open: unclosed file <_io.TextIOWrapper name='{system}' mode='r' encoding='UTF-8'>"
    ]
    onrecord_command("predict", system.name, *options, "-o", "sub/o.jsonl", cwd=tmp_path)
    assert (tmp_path / "sub" / "o.jsonl").read_text() == printed.stdout
    onrecord_command("predict", system.name, *options, "-o", "sub/shards/", cwd=tmp_path)
    assert (tmp_path / "sub" / "shards" / "part-00000.jsonl").read_text() == printed.stdout


def test_the_output_on_the_clones_articles_does_not_move_either(tmp_path: Path) -> None:
    system = write(tmp_path, MISBEHAVES)
    done = onrecord_command("predict", system.name, "-o", "sub/o.jsonl", cwd=tmp_path)
    assert done.returncode == 0
    assert ids((tmp_path / "sub" / "o.jsonl").read_text())[0] == "unnamed"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_thread_that_a_system_leaves_does_not_hold_up_the_end(jobs: str, tmp_path: Path) -> None:
    source = (
        "import threading\n"
        "def predict(document, targets):\n"
        "    threading.Thread(target=threading.Event().wait, name='left').start()\n"
        "    return document\n"
    )
    system, articles = write(tmp_path, source), write_articles(tmp_path, "Oslo waits.")
    done = onrecord_command("predict", system, "--articles", articles, "--jobs", jobs)
    assert (done.returncode, ids(done.stdout)) == (0, ["a0"])
    if jobs == "1":
        assert (
            done.stderr == "a thread that the system started does not end (left): not waited for\n"
        )


def test_threads_that_end_are_waited_for(tmp_path: Path) -> None:
    source = (
        "import threading, time\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(2)\n"
        "def predict(document, targets):\n"
        "    return pool.submit(lambda: document).result()\n"
    )
    done = onrecord_command("predict", write(tmp_path, source))
    assert (done.returncode, done.stderr, len(ids(done.stdout))) == (0, "", 5)


# -- Ctrl-C ---------------------------------------------------------------------------------------


def interrupted(command: list[str], folder: Path, ready: Path) -> tuple[int, str]:
    """Run until the file is there, press Ctrl-C; the exit status and what was told."""
    process = subprocess.Popen(
        [sys.executable, "-m", "onrecord", *command], cwd=folder, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    while not ready.exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate()
    return process.returncode, told


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_keeps_what_is_done(jobs: str, tmp_path: Path) -> None:
    source = SYSTEM.replace("    ran.touch()\n", "    import time; time.sleep(0.05)\n")
    system, articles = write(tmp_path, source), write_articles(tmp_path, *["Oslo waits."] * 30)
    command = ["predict", str(system), "--articles", str(articles), "--jobs", jobs, "-o", "out/"]
    command += ["--shard-size", "5"]
    status, told = interrupted(command, tmp_path, tmp_path / "out" / "part-00001.jsonl")
    assert (status, told) == (
        130, "stopped; what is done is kept, and the same command goes on from there\n",
    )  # fmt: skip
    done = onrecord_command(*command, cwd=tmp_path)
    assert done.returncode == 0
    assert "goes on: " in done.stderr


@pytest.mark.parametrize("verb", ["score", "validate", "errors", "show rt", "convert spans"])
def test_ctrl_c_ends_every_verb_with_one_line_and_status_130(verb: str, tmp_path: Path) -> None:
    """The verb waits for its input at a pipe, which it opens when it has begun."""
    pipe = tmp_path / "preds.jsonl"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [sys.executable, "-m", "onrecord", *verb.split(), str(pipe)],
        stderr=subprocess.PIPE,
        text=True,
    )
    with pipe.open("w"):  # it is open when the other side is
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
    assert (process.returncode, told) == (130, "stopped\n")
