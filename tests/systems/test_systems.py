"""Systems: what a file must define, and what becomes of one that fails."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from builders import article, corpus

from onrecord.exceptions import SystemFailure
from onrecord.systems.run import Output, load_system, run

ARTICLES = corpus(article("⟦Oslo|GPE|norway⟧ waits.", "one"), article("Vold left.", "two"))

HEAD = "from onrecord import Document, Mention, Quote, Span, Stance\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine.py"


def run_source(file: Path, source: str, **options: str) -> Output:
    file.write_text(HEAD + source, encoding="utf-8")
    return run(load_system(file, options), ARTICLES)


def test_a_function_of_two_lines_is_a_system(file: Path) -> None:
    output = run_source(
        file,
        "def predict(document, targets):\n"
        "    return document.with_layers(mentions=[Mention(0, 4, 'GPE')])\n",
    )
    assert output.failures == ()
    assert [document.mentions[0].end for document in output.documents] == [4, 4]


def test_a_system_gets_the_articles_without_their_layers(file: Path) -> None:
    source = (
        "def predict(document, targets):\n    assert not document.mentions\n    return document"
    )
    assert run_source(file, source).failures == ()


def test_a_class_gets_all_documents_and_the_targets(file: Path) -> None:
    output = run_source(
        file,
        "class Mine:\n"
        "    def predict_all(self, documents, targets):\n"
        "        assert [t.id for t in targets] == ['quota', 'talks']\n"
        "        for document in documents:\n"
        "            yield document\n",
    )
    assert output.failures == ()
    assert output.documents == ARTICLES.bare()


def test_options_reach_the_function_or_the_class(file: Path) -> None:
    source = (
        "def predict(document, targets, word='x'):\n    assert word == 'y'\n    return document"
    )
    assert run_source(file, source, word="y").failures == ()
    source = (
        "class Mine:\n    def __init__(self, word):\n        assert word == 'y'\n"
        "    def predict_all(self, documents, targets):\n        return documents\n"
    )
    assert run_source(file, source, word="y").failures == ()


FAILING = {
    "raises": ("raise ValueError('no\\nwork')", r"ValueError: no work \(mine.py:3\)"),
    "exits": ("raise SystemExit(3)", r"SystemExit: 3 \(mine.py:3\)"),
    "returns nothing": ("return None", "returned NoneType, not a Document"),
    "returns another": (
        "import msgspec; return msgspec.structs.replace(document, id='x')",
        "returned the document 'x'",
    ),
    "changes the text": (
        "import msgspec; return msgspec.structs.replace(document, text='x')",
        "returned another text",
    ),
    "offset out of range": (
        "return document.with_layers(mentions=[Mention(0, 999, 'GPE')])",
        r"mentions\[0\]: end 999 is past the text's 10 characters",
    ),
    "offset of a wrong type": (
        "return document.with_layers(mentions=[Mention('0', 4, 'GPE')])",
        r"mentions\[0\].start: expected an int, got str '0'",
    ),
    "not even a mention": (
        "return document.with_layers(mentions=['Vold'])",
        r"mentions\[0\]: expected a Mention, got str 'Vold'",
    ),
    "what no file can hold": (
        "return document.with_layers(mentions=[Mention(0, 4, 'GPE', chr(0xd800))])",
        "UnicodeEncodeError",
    ),
    "unknown target": (
        "return document.with_layers(stances=[Stance(holder='v', target='whales', "
        "polarity='favor', evidence=(Span(0, 4),))])",
        r"stances\[0\].target: unknown target 'whales'",
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_document_on_which_it_fails_is_empty_and_not_dropped(name: str, file: Path) -> None:
    statement, reason = FAILING[name]
    output = run_source(
        file,
        f"def predict(document, targets):\n    if document.id == 'two': {statement}\n"
        "    return document.with_layers(mentions=[Mention(0, 4, 'GPE')])\n",
    )
    assert [document.id for document in output.documents] == ["one", "two"]
    assert [len(document.mentions) for document in output.documents] == [1, 0]
    (failure,) = output.failures
    assert failure.document == "two"
    import re

    assert re.search(reason, failure.reason), failure.reason
    assert "\n" not in failure.reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise KeyError('x')", "KeyError: 'x'"),
        ("return documents[:1]", "predict_all returned 1 documents for 2"),
        ("return None", "TypeError"),
    ],
)
def test_a_batch_that_fails_fails_for_every_document(body: str, reason: str, file: Path) -> None:
    source = f"class Mine:\n    def predict_all(self, documents, targets):\n        {body}\n"
    output = run_source(file, source)
    assert [failure.document for failure in output.failures] == ["one", "two"]
    assert all(reason in failure.reason for failure in output.failures)
    assert output.documents == ARTICLES.bare()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1", "defines neither or more than one of"),
        ("import nowhere_to_be_found", "ModuleNotFoundError: No module named"),
        ("def predict(", "SyntaxError"),
        ("def predict(document): pass", "predict: too many positional arguments"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("layers = 5\ndef predict(document, targets): pass", "layers: not a list of layers"),
        ("note = 5\ndef predict(document, targets): pass", "note: not a string"),
        ("layers = ['whales']\ndef predict(document, targets): pass", "unknown layer 'whales'"),
        ("class A:\n    def predict_all(self, d, t): pass\nclass B(A): pass", "more than one"),
        (
            "class A:\n    def __init__(self, x): pass\n    def predict_all(self): pass",
            "A: missing a required argument: 'x'",
        ),
    ],
)
def test_a_file_that_is_no_system_is_refused_in_one_line(
    source: str, message: str, file: Path
) -> None:
    file.write_text(source, encoding="utf-8")
    with pytest.raises(SystemFailure) as caught:
        load_system(file)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemFailure, match="no such file"):
        load_system(tmp_path / "nothing.py")


def test_a_layer_that_a_system_does_not_name_must_stay_empty(file: Path) -> None:
    output = run_source(
        file,
        "layers = ('quotes',)\ndef predict(document, targets):\n"
        "    return document.with_layers(mentions=[Mention(0, 4, 'GPE')])\n",
    )
    assert {failure.reason for failure in output.failures} == {
        "has entities, which its layers leave out"
    }


INTERRUPTED = """
from pathlib import Path
calls = Path(__file__).with_suffix(".calls")
def predict(document, targets, word="x"):
    done = calls.read_text().split() if calls.exists() else []
    calls.write_text(" ".join([*done, document.id]))
    if document.id == "two" and not Path(__file__).with_suffix(".go").exists():
        raise KeyboardInterrupt
    return document.with_layers(mentions=[Mention(0, 4, "GPE")])
"""


def interrupted(file: Path, folder: Path) -> None:
    file.write_text(HEAD + INTERRUPTED)
    with pytest.raises(KeyboardInterrupt):
        run(load_system(file), ARTICLES, partial=folder)


def calls(file: Path) -> list[str]:
    return file.with_suffix(".calls").read_text().split()


def test_a_killed_run_goes_on_where_it_was(file: Path, tmp_path: Path) -> None:
    interrupted(file, tmp_path)
    file.with_suffix(".go").touch()
    output = run(load_system(file), ARTICLES, partial=tmp_path)
    assert calls(file) == ["one", "two", "two"]
    assert [len(document.mentions) for document in output.documents] == [1, 1]
    assert output.failures == ()
    assert list(tmp_path.glob("*.partial")) == []


def test_a_run_that_ended_leaves_nothing_to_go_on_from(file: Path, tmp_path: Path) -> None:
    file.write_text(HEAD + INTERRUPTED)
    file.with_suffix(".go").touch()
    for _ in range(2):
        run(load_system(file), ARTICLES, partial=tmp_path)
    assert calls(file) == ["one", "two"] * 2


@pytest.mark.parametrize("change", ["system", "option", "text", "targets", "library"])
def test_nothing_old_is_used_when_anything_changed(
    change: str, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(file, tmp_path)
    file.with_suffix(".go").touch()
    articles, options = ARTICLES, {}
    if change == "system":
        file.write_text(file.read_text() + "\n")
    elif change == "option":
        options = {"word": "y"}
    elif change == "text":
        articles = corpus(article("⟦Oslo|GPE|norway⟧ waits!", "one"), article("Vold left.", "two"))
    elif change == "targets":
        articles = msgspec.structs.replace(ARTICLES, targets=ARTICLES.targets[:1])
    else:
        monkeypatch.setattr("onrecord.systems.resume.library_hash", lambda: "another")
    run(load_system(file, options), articles, partial=tmp_path)
    assert calls(file) == ["one", "two", "one", "two"]


@pytest.mark.parametrize("name", ["part-00000.jsonl", "manifest.jsonl"])
def test_what_is_not_whole_is_done_again(name: str, file: Path, tmp_path: Path) -> None:
    interrupted(file, tmp_path)
    kept = tmp_path / "mine.partial" / name
    kept.write_bytes(kept.read_bytes()[:-20])
    file.with_suffix(".go").touch()
    output = run(load_system(file), ARTICLES, partial=tmp_path)
    assert calls(file) == ["one", "two", "one", "two"]
    assert output.failures == ()


def test_progress_is_told_after_each_document(file: Path) -> None:
    file.write_text(HEAD + "def predict(document, targets):\n    return document\n")
    told: list[tuple[int, int]] = []
    run(load_system(file), ARTICLES, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]
