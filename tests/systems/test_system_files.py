"""A system's file as a module: what lies beside it, and processes that it starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from builders import article, corpus
from command import onrecord_command

from onrecord.systems.files import import_file, module_name
from onrecord.systems.run import load_system, run

ARTICLES = corpus(article("Oslo waits.", "one"), article("Vold left.", "two"))


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in files.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    return folder / "mine.py"


USES_WORDS = (
    "import words\n"
    "def predict(document, targets):\n"
    "    import later\n"
    "    assert (words.VALUE, later.VALUE) == ({0!r}, {0!r})\n"
    "    return document\n"
)


def test_a_module_beside_the_file_can_be_imported(tmp_path: Path) -> None:
    file = write(
        tmp_path, mine=USES_WORDS.format("a"), words="VALUE = 'a'\n", later="VALUE = 'a'\n"
    )
    assert run(load_system(file), ARTICLES).failures == ()


def test_each_system_has_the_modules_of_its_own_folder(tmp_path: Path) -> None:
    for name in ("a", "b", "a"):
        value = f"VALUE = {name!r}\n"
        file = write(tmp_path / name, mine=USES_WORDS.format(name), words=value, later=value)
        assert run(load_system(file), ARTICLES).failures == ()
        assert sum(str(tmp_path) in place for place in sys.path) == 1


POOL = """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from helper import doubled

def length(text):
    return doubled(len(text))

class Mine:
    def predict_all(self, documents, targets):
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            found = list(pool.map(length, [document.text for document in documents], timeout=60))
        assert found == [2 * len(document.text) for document in documents], found
        return documents
"""


def test_workers_that_a_system_spawns_find_its_functions(tmp_path: Path) -> None:
    file = write(tmp_path, mine=POOL, helper="def doubled(n):\n    return 2 * n\n")
    done = onrecord_command("predict", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 5


def test_another_process_imports_a_file_by_its_name_alone(tmp_path: Path) -> None:
    file = write(tmp_path / "a b – ç", mine="VALUE = 3\n")
    name = module_name(file)
    code = f"import importlib; print(importlib.import_module({name!r}).VALUE)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "3\n"
    assert import_file(file).__name__ == name


@pytest.mark.parametrize("name", ["zz", "f", "f00ff", "fgg"])
def test_a_name_that_holds_no_file_is_no_module(name: str) -> None:
    with pytest.raises(ModuleNotFoundError):
        __import__(f"onrecord.systems.files.{name}")


def test_the_place_of_a_failure_is_the_systems_own_line_and_the_librarys_beneath(
    tmp_path: Path,
) -> None:
    source = "import json\ndef predict(document, targets):\n    return json.loads(document.text)\n"
    file = write(tmp_path, mine=source)
    (first, _) = run(load_system(file), ARTICLES).failures
    assert "(mine.py:3, in decoder.py:" in first.reason
    done = onrecord_command("predict", file, "--document", "rt", "--traceback")
    assert done.returncode == 1
    assert "mine.py:3, in decoder.py:" in done.stderr.splitlines()[0]
    assert "Traceback (most recent call last):" in done.stderr
    broken = write(tmp_path, mine="import json\njson.loads('{')\n")
    done = onrecord_command("predict", broken, "--traceback")
    assert done.returncode == 2
    assert "Traceback (most recent call last):" in done.stderr
