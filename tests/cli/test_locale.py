"""What is written to standard output is UTF-8, whatever the locale says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCALES = {
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "ascii, strictly": {"PYTHONIOENCODING": "ascii:strict"},
    "UTF-16": {"PYTHONIOENCODING": "utf-16"},
}
COMMANDS = {
    "show": ("-m", "onrecord", "show", "duvar"),
    "to-conll": ("-m", "onrecord", "convert", "to-conll"),
    "score": ("-m", "onrecord", "score", "eval/predictions/rules.jsonl"),
    "help": ("-m", "onrecord", "score", "--help"),
    "schema": ("-m", "onrecord.corpus.schema"),
}


def output(command: tuple[str, ...], locale: dict[str, str], given: bytes = b"") -> bytes:
    names = {"LC_ALL", "LANG", "PYTHONUTF8", "PYTHONIOENCODING", "PYTEST_ADDOPTS", "COLUMNS"}
    environment = {key: value for key, value in os.environ.items() if key not in names}
    done = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", *command],
        cwd=ROOT,
        env=environment | {"COLUMNS": "100"} | locale,
        input=given,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert b"EncodingWarning" not in done.stderr
    return done.stdout


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("command", COMMANDS)
def test_output_has_the_same_bytes_in_every_locale(command: str, locale: str) -> None:
    here = output(COMMANDS[command], {"LC_ALL": "C.UTF-8"})
    assert output(COMMANDS[command], LOCALES[locale]) == here
    here.decode("utf-8")


@pytest.mark.parametrize("locale", LOCALES)
def test_data_on_standard_input_is_read_in_every_locale(locale: str) -> None:
    rows = '{"id":"duvar","start":0,"end":6,"label":"NORP","text":"Turkey","entity":"çavuşoğlu"}\n'
    command = ("-m", "onrecord", "convert", "spans", "-")
    made = output(command, LOCALES[locale], rows.encode())
    assert '"entity":"çavuşoğlu"'.encode() in made


@pytest.mark.parametrize("locale", LOCALES)
def test_the_leaderboard_is_a_table_in_every_locale(locale: str) -> None:
    command = ("-m", "pytest", "eval/", "-q", "-p", "no:cacheprovider", "--on", "articles")
    board = output((*command, "-k", "trivial"), LOCALES[locale]).decode("utf-8")
    [header] = [line for line in board.splitlines() if line.startswith("system")]
    assert "entities ▼" in header
