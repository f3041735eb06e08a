"""What a run is made of: whatever a system can be seen to depend on, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from builders import article, corpus

from onrecord.exceptions import SystemFailure
from onrecord.systems.loading import System, load_system
from onrecord.systems.lots import Conditions
from onrecord.systems.parts import Parts
from onrecord.systems.resume import changed, made_of
from onrecord.systems.run import Output, run

ARTICLES = corpus(article("Oslo waits.", "one"), article("Vold left.", "two"))

SYSTEM = """
import words
from package.inner import deep
import importlib
resources = ("names.txt", "lists")
def predict(document, targets, file="", size=1):
    import scipy, later
    importlib.import_module("named")
    return document
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in {
        "mine.py": SYSTEM,
        "words.py": "import further\n",
        "further.py": "import words\n",
        "later.py": "",
        "named.py": "",
        "unused.py": "",
        "package/__init__.py": "",
        "package/inner.py": "from . import other\ndeep = 1\n",
        "package/other.py": "",
        "names.txt": "Vold\n",
        "lists/a.txt": "Oslo\n",
        "option.txt": "x\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


def made(folder: Path, **options: str) -> dict[str, str]:
    return dict(made_of(load_system(folder / "mine.py", options), Conditions()))


@pytest.mark.parametrize(
    "name",
    [
        "mine.py",
        "words.py",
        "further.py",
        "later.py",
        "named.py",
        "package/__init__.py",
        "package/inner.py",
        "package/other.py",
        "names.txt",
    ],
)
def test_what_a_system_imports_from_its_folder_or_names_is_seen(name: str, folder: Path) -> None:
    before = made(folder)
    (folder / name).write_text((folder / name).read_text() + "\n# another\n")
    assert changed(before, made(folder)) == [name]


def test_a_folder_of_resources_is_seen_and_what_is_not_imported_is_not(folder: Path) -> None:
    before = made(folder)
    (folder / "unused.py").write_text("x = 1\n")
    assert changed(before, made(folder)) == []
    (folder / "lists" / "b.txt").write_text("Bergen\n")
    assert changed(before, made(folder)) == ["lists"]


def test_a_clone_beside_the_system_is_not_read_through(folder: Path) -> None:
    (folder / "onrecord").mkdir()
    (folder / "onrecord" / "__init__.py").touch()
    source = (folder / "mine.py").read_text()
    (folder / "mine.py").write_text(source + "from onrecord import Mention\nimport plain.inner\n")
    (folder / "plain").mkdir()
    (folder / "plain" / "inner.py").touch()
    (folder / "plain" / "other.py").touch()
    system = System(
        name="mine", description="", note=None, layers=None, options={}, source="",
        path=folder / "mine.py",
    )  # fmt: skip
    names = dict(made_of(system, Conditions()))
    assert "plain/inner.py" in names
    assert not {"onrecord/__init__.py", "plain/other.py"} & names.keys()


def test_files_that_options_name_are_seen_wherever_they_are_named_from(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder / "lists")
    for value in (str(folder / "option.txt"), "option.txt", "../option.txt"):
        before = made(folder, file=value)
        (folder / "option.txt").write_text(f"{value} is another\n")
        (name,) = set(changed(before, made(folder, file=value)))
        assert name.endswith("option.txt")
    assert changed(made(folder, size="2"), made(folder, size="3")) == ["the options"]


def test_releases_of_packages_and_of_python_are_seen(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = made(folder)
    assert before["scipy"]
    assert "numpy" not in before
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.1")
    monkeypatch.setattr("platform.python_version", lambda: "2.7")
    assert changed(before, made(folder)) == ["Python", "scipy"]


@pytest.mark.parametrize(
    ("source", "message"),
    [("resources = 5", "resources: not a list of files"), ("resources = 'no.txt'", "no such file")],
)
def test_resources_that_are_not_there_are_refused(
    source: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(f"{source}\ndef predict(document, targets):\n    pass\n")
    with pytest.raises(SystemFailure, match=message):
        load_system(tmp_path / "mine.py")


INTERRUPTED = """
from pathlib import Path
from onrecord import Mention
import words
go = Path(__file__).with_suffix(".go")
def predict(document, targets):
    if document.id == "two" and not go.exists():
        raise KeyboardInterrupt
    return document.with_layers(mentions=[Mention(0, 4, words.LABEL)])
"""


def interrupted(folder: Path) -> tuple[Callable[[], Output], list[str]]:
    """A run that was stopped after the first of two documents, and what the next one tells."""
    (folder / "mine.py").write_text(INTERRUPTED)
    (folder / "words.py").write_text("LABEL = 'GPE'\n")
    with pytest.raises(KeyboardInterrupt):
        run(folder / "mine.py", ARTICLES, partial=folder)
    (folder / "mine.go").touch()
    told: list[str] = []
    return lambda: run(folder / "mine.py", ARTICLES, partial=folder, tell=told.append), told


def labels(output: Output) -> list[str]:
    return [document.mentions[0].label for document in output.documents]


def test_a_resumed_run_says_how_many_documents_are_of_when(tmp_path: Path) -> None:
    again, told = interrupted(tmp_path)
    assert labels(again()) == ["GPE", "GPE"]
    (line,) = told
    assert line.startswith("goes on: 1 document was predicted by 20")
    assert line.endswith(" and is reused (--anew: predict all again)")


def test_a_changed_word_list_gives_no_mixture(tmp_path: Path) -> None:
    again, told = interrupted(tmp_path)
    (tmp_path / "words.py").write_text("LABEL = 'ORG'  # changed\n")
    assert labels(again()) == ["ORG", "ORG"]
    assert told == ["starts anew: words.py changed since the interrupted run"]


def test_where_nothing_can_be_kept_rows_are_made_and_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def predict(document, targets):\n    return document\n")
    (tmp_path / "file").touch()
    told: list[str] = []
    output = run(tmp_path / "mine.py", ARTICLES, partial=tmp_path / "file", tell=told.append)
    assert output.documents == ARTICLES.bare()
    place = tmp_path / "file" / "mine.partial" / "manifest.jsonl"
    assert told == [f"resuming is off: {place}: cannot be written: Not a directory"]


def test_two_runs_at_a_time_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    again, told = interrupted(tmp_path)
    place = tmp_path / "mine.partial"
    with Parts(place, "mine", {}) as others:
        others.add(5, "key", b"content", 1, ())
        assert labels(again()) == ["GPE", "GPE"]
        assert told == [f"resuming is off: {place}: another run is at work here"]
        assert others.content(5) == b"content"
        others.clear()
    assert not place.exists()
    told.clear()

    def broken(line: str) -> None:
        raise LookupError

    (tmp_path / "mine.go").unlink()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "mine.py", ARTICLES, partial=tmp_path)
    (tmp_path / "mine.go").touch()
    with pytest.raises(LookupError):
        run(tmp_path / "mine.py", ARTICLES, partial=tmp_path, tell=broken)
    assert labels(again()) == ["GPE", "GPE"]
    assert not any("another run" in line for line in told)
    told.clear()
    assert labels(again()) == ["GPE", "GPE"]
    assert told == []


def test_articles_that_changed_are_done_again(tmp_path: Path) -> None:
    again, told = interrupted(tmp_path)
    other = msgspec.structs.replace(ARTICLES, documents=ARTICLES.documents[::-1])
    assert run(tmp_path / "mine.py", other, partial=tmp_path).failures == ()
    assert labels(again()) == ["GPE", "GPE"]
    assert told == []
