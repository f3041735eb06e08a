"""What a new user runs into first, each as typed at a prompt."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from command import assert_refused, onrecord_command

import onrecord
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import encode_documents
from onrecord.corpus.stdin import HELD

SYSTEM = "def predict(document, targets):\n    return document\n"


@pytest.fixture
def perfect(tmp_path: Path, gold: Corpus) -> Path:
    path = tmp_path / "perfect.jsonl"
    path.write_bytes(encode_documents(gold.documents, text=False))
    return path


def changed(perfect: Path, tmp_path: Path, **first_mention: object) -> Path:
    """The perfect predictions with another first mention in their first document."""
    lines = perfect.read_text(encoding="utf-8").splitlines()
    record = json.loads(lines[0])
    record["mentions"][0] |= first_mention
    path = tmp_path / "changed.jsonl"
    path.write_text("\n".join([json.dumps(record), *lines[1:]]), encoding="utf-8")
    return path


def test_the_version_is_printed() -> None:
    assert onrecord_command("--version").stdout == f"onrecord {onrecord.__version__}\n"


def test_predictions_are_read_from_standard_input(perfect: Path) -> None:
    command = [sys.executable, "-m", "onrecord", "score", "-"]
    done = subprocess.run(command, input=perfect.read_bytes(), capture_output=True, check=True)
    expected = onrecord_command("score", perfect).stdout.replace(str(perfect), "-")
    assert done.stdout.decode() == expected
    done = subprocess.run(command, input=b"{\n", capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"-:1: not JSON")


def test_standard_input_waits_in_a_temporary_file_and_leaves_nothing(
    perfect: Path, root: Path, tmp_path: Path
) -> None:
    (folder := tmp_path / "temporary").mkdir()
    export = root / "annotation" / "exports" / "gold.json"
    command = [sys.executable, "-m", "onrecord", "validate", "-"]
    much = b"\n" * HELD
    for file, more in ((perfect, b""), (perfect, much), (export, much)):
        done = subprocess.run(
            command,
            input=file.read_bytes() + more,
            capture_output=True,
            check=True,
            env={**os.environ, "TMPDIR": str(folder)},
        )
        expected = onrecord_command("validate", file).stdout.replace(str(file), "-")
        assert done.stdout.decode() == expected
        assert [*folder.iterdir()] == []
    done = subprocess.run(
        command,
        input=perfect.read_bytes() + much,
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )
    assert done.returncode == 2
    assert done.stderr.startswith(b"-: cannot be kept in a temporary file: File too large")
    assert done.stderr.count(b"\n") == 1


def test_a_clone_is_named_where_one_is_in_none(perfect: Path, root: Path, tmp_path: Path) -> None:
    """Every verb that reads articles takes --gold PATH, or the clone that $ONRECORD_ROOT names."""
    system = tmp_path / "mine.py"
    system.write_text(SYSTEM)
    spans = tmp_path / "spans.jsonl"
    spans.write_text('{"id": "rt", "start": 0, "end": 4, "label": "GPE"}\n')
    commands: list[list[str | Path]] = [
        ["predict", system], ["validate", perfect], ["show", "rt"], ["show", "rt", perfect],
        ["convert", "to-conll"], ["convert", "spans", spans],
    ]  # fmt: skip
    for command in commands:
        expected = onrecord_command(*command)
        assert expected.returncode == 0, expected.stderr
        named = onrecord_command(*command, "--gold", root)
        assert (named.stdout, named.returncode) == (expected.stdout, 0)
        missing = onrecord_command(*command, "--gold", tmp_path / "nowhere")
        assert missing.returncode == 2
        assert "nowhere" in missing.stderr
        assert "no such file" in missing.stderr or "holds no dataset" in missing.stderr
    done = subprocess.run(
        [sys.executable, "-m", "onrecord", "validate", perfect],
        env={**os.environ, "ONRECORD_ROOT": str(tmp_path / "nowhere")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert_refused(done, "nowhere")


def test_loading_a_folder_without_a_dataset_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(onrecord.InvalidInput, match=r"there is no data/build\.json in it"):
        onrecord.load(tmp_path)


def test_predict_can_be_tried_on_a_few_articles(tmp_path: Path) -> None:
    system = tmp_path / "mine.py"
    system.write_text(SYSTEM)
    done = onrecord_command("predict", system, "--document", "rt", "--document", "duvar")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["duvar", "rt"]
    assert_refused(
        onrecord_command("predict", system, "--document", "herald"),
        "unknown document 'herald' (known: unnamed, duvar, rt, bulgarianmilitary, ibna)",
    )


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("PER", "unknown type 'PER'; did you mean 'PERSON'? (known: PERSON, NORP, "),
        ("person", "unknown type 'person': types are written in capitals, 'PERSON'"),
        ("LOCATION", "did you mean 'LOC' or 'GPE'?"),
        ("PERSONS", "did you mean 'PERSON'?"),
        ("zzz", "unknown type 'zzz' (known: PERSON, "),
    ],
)
def test_an_unknown_type_is_told_with_the_nearest(
    label: str, message: str, perfect: Path, tmp_path: Path
) -> None:
    done = onrecord_command("validate", changed(perfect, tmp_path, label=label))
    assert_refused(done, f"changed.jsonl:1: unnamed: mentions[0].label: {message}"[:40])
    assert message in done.stderr


def test_an_unknown_target_is_told_with_the_nearest(perfect: Path, tmp_path: Path) -> None:
    path = tmp_path / "aims.jsonl"
    path.write_text(perfect.read_text("utf-8").replace('"keep-s400"', '"keep-s-400"'), "utf-8")
    done = onrecord_command("validate", path)
    assert "unknown target 'keep-s-400'; did you mean 'keep-s400'? (known: " in done.stderr


def test_a_system_is_not_scored_before_it_was_run(tmp_path: Path) -> None:
    system = tmp_path / "mine.py"
    system.write_text(SYSTEM)
    for verb in ("score", "validate", "errors"):
        assert_refused(
            onrecord_command(verb, system), "is a system; run it first: onrecord predict"
        )


def test_a_json_array_of_predictions_is_not_taken_for_an_export(
    perfect: Path, tmp_path: Path
) -> None:
    lines = perfect.read_text("utf-8").splitlines()
    path = tmp_path / "array.json"
    path.write_text(f"[{','.join(lines)}]", "utf-8")
    assert_refused(
        onrecord_command("score", path),
        "is a JSON array of documents; write each document on a line of its own (JSON Lines)",
    )


def test_a_score_is_broken_down_in_as_many_ways_as_are_asked_for(perfect: Path) -> None:
    done = onrecord_command("score", perfect, "--by", "form", "--by", "zone")
    heads = [block.split()[0] for block in done.stdout.split("\n\n")[3:5]]
    assert heads == ["form", "zone"]
    assert "gold and predicted items are counted apart" in done.stdout
    found = json.loads(onrecord_command("score", perfect, "--by", "form", "--json").stdout)
    assert list(found["results"][0]["by"]) == ["form"]


def test_data_on_standard_output_is_the_same_bytes_under_any_locale(perfect: Path) -> None:
    printed = []
    for locale in ({"LC_ALL": "C.UTF-8"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}):
        environment = {**os.environ, **locale, "PYTHONCOERCECLOCALE": "0"}
        environment.pop("PYTHONIOENCODING", None)
        command = [sys.executable, "-m", "onrecord", "show", "duvar", perfect]
        done = subprocess.run(command, capture_output=True, check=True, env=environment)
        printed.append(done.stdout)
    assert printed[0] == printed[1]
    assert "Çavuşoğlu".encode() in printed[0]


def test_a_clone_is_the_same_bytes_under_any_configuration_of_git(
    root: Path, tmp_path: Path
) -> None:
    """With line ends turned to those of Windows by git, where .gitattributes lets it."""
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "-c", "core.autocrlf=true", "clone", "-q", "--depth", "1", f"file://{root}", clone],
        check=True, capture_output=True,
    )  # fmt: skip
    for name in ("seeds/manifest.jsonl", "data/documents/test.jsonl", "annotation/guidelines.md"):
        assert b"\r\n" not in (clone / name).read_bytes()
    onrecord.load(clone)
    status = subprocess.run(
        ["git", "-C", clone, "-c", "core.autocrlf=true", "status", "--porcelain"],
        check=True, capture_output=True,
    )  # fmt: skip
    assert status.stdout == b""
