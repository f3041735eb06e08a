"""The page and the schema of predictions: they say what the reader and the validator do."""

from __future__ import annotations

import ast
import copy
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from builders import REGISTRY, TARGETS, article, corpus, quote, stance
from hypothesis import given
from jsonschema import Draft202012Validator
from strategies import documents

from onrecord.corpus import annotated, borders, validation
from onrecord.corpus import corpus as corpora
from onrecord.corpus.corpus import find_root, load_seeds
from onrecord.corpus.files import encode_documents, encode_json, read_documents
from onrecord.corpus.layers import read_layers
from onrecord.corpus.schema import line_schema
from onrecord.corpus.validation import find_problems, validate
from onrecord.document import Document, text_hash
from onrecord.exceptions import InvalidInput

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "predictions.md").read_text(encoding="utf-8")
PUBLISHED = sorted((ROOT / "eval" / "predictions").glob("*.jsonl"))
SCHEMA = Draft202012Validator(line_schema())
IDS = [target.id for target in TARGETS]

Line = dict[str, Any]
Change = Callable[[Line], object]


def good() -> Document:
    document = article(
        "⟦Kari Vold|PERSON|kari-vold⟧ said on ⟦Monday|DATE⟧ that ⟦Iceland|GPE|iceland⟧ had asked "
        "for talks. Read more here.",
        promo="Read more",
    )
    content = "that Iceland had asked for talks"
    quotes = [
        quote(document, "q1", content, cue="said", source="Kari Vold", speaker="kari-vold"),
        quote(document, "q2", "talks", cue="asked", source="Iceland", parent="q1"),
    ]
    stances = [stance(document, "iceland", "talks", "favor", "had asked for talks")]
    return document.with_layers(quotes=quotes, stances=stances)


GOOD = good()
SECOND = article("Oslo waits.", "courier-2")
CORPUS, BOTH = corpus(GOOD.bare()), corpus(GOOD.bare(), SECOND)
LINE: Line = json.loads(encode_documents([GOOD], text=False))
OTHER: Line = json.loads(encode_documents([SECOND], text=False))
WHOLE: Line = json.loads(encode_documents([GOOD], text=True))
ANOTHER_QUOTE = {"id": "q3", "content": [{"start": 0, "end": 4}]}


def changed(change: Change, line: Line = LINE) -> Line:
    line = copy.deepcopy(line)
    change(line)
    return line


def as_bytes(line: Line) -> bytes:
    return json.dumps(line).encode()


# -- the schema ------------------------------------------------------------------------------------


def test_the_published_schema_is_what_the_types_give() -> None:
    published = (ROOT / "docs" / "predictions.schema.json").read_bytes()
    again = "python -m onrecord.corpus.schema > docs/predictions.schema.json"
    assert published == encode_json(line_schema()), again
    Draft202012Validator.check_schema(json.loads(published))


def test_the_module_prints_the_schema() -> None:
    command = [sys.executable, "-W", "error", "-m", "onrecord.corpus.schema"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stdout == encode_json(line_schema())


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_published_predictions_are_valid_by_the_schema(path: Path) -> None:
    for line in path.read_bytes().splitlines():
        SCHEMA.validate(json.loads(line))


def test_documents_of_the_dataset_are_valid_by_the_schema() -> None:
    for line in (ROOT / "data" / "documents" / "test.jsonl").read_bytes().splitlines():
        SCHEMA.validate(json.loads(line))


@given(documents())
def test_what_is_written_is_valid_by_the_schema(document: Document) -> None:
    for text in (True, False):
        SCHEMA.validate(json.loads(encode_documents([document], text=text)))


MALFORMED: dict[str, Change] = {
    "no id": lambda d: d.pop("id"),
    "no hash": lambda d: d.pop("sha256"),
    "a hash that is none": lambda d: d.update(sha256="0" * 63),
    "an unknown field": lambda d: d.update(tokens=["quotes"]),
    "no layers": lambda d: d.update(layers=[]),
    "an unknown layer": lambda d: d.update(layers=["verbs"]),
    "null for a list": lambda d: d.update(mentions=None),
    "a wrong zone": lambda d: d.update(zones=[{"start": 0, "end": 9, "label": "footer"}]),
    "an offset in words": lambda d: d["mentions"][0].update(start="0"),
    "an offset with a fraction": lambda d: d["mentions"][0].update(start=0.5),
    "a negative offset": lambda d: d["mentions"][0].update(start=-1),
    "an end at the start": lambda d: d["mentions"][0].update(start=0, end=0),
    "an unknown type": lambda d: d["mentions"][0].update(label="PER"),
    "a value with an entity": lambda d: d["mentions"][1].update(entity="monday"),
    "an empty entity": lambda d: d["mentions"][0].update(entity=""),
    "a mention without a type": lambda d: d["mentions"][0].pop("label"),
    "a pair as a span": lambda d: d["quotes"][0].update(content=[[0, 4]]),
    "one span in place of a list": lambda d: d["quotes"][0].update(content={"start": 0, "end": 4}),
    "no content": lambda d: d["quotes"][0].update(content=[]),
    "a quote without an id": lambda d: d["quotes"][0].pop("id"),
    "an empty id": lambda d: d["quotes"][0].update(id="", parent=None),
    "an empty speaker": lambda d: d["quotes"][0].update(speaker=""),
    "an empty utterance": lambda d: d["quotes"][0].update(utterance=""),
    "a cue of words": lambda d: d["quotes"][0].update(cue="said"),
    "no holder": lambda d: d["stances"][0].update(holder=None),
    "an empty holder": lambda d: d["stances"][0].update(holder=""),
    "an unknown polarity": lambda d: d["stances"][0].update(polarity="neutral"),
    "no evidence": lambda d: d["stances"][0].update(evidence=[]),
}


def test_the_good_line_is_valid_by_schema_and_reader(tmp_path: Path) -> None:
    SCHEMA.validate(LINE)
    (tmp_path / "good.jsonl").write_bytes(as_bytes(LINE))
    assert read_layers(tmp_path / "good.jsonl", CORPUS) == (GOOD,)


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_line_is_refused_by_schema_and_reader(name: str, tmp_path: Path) -> None:
    line = changed(MALFORMED[name])
    assert not SCHEMA.is_valid(line)
    (tmp_path / "bad.jsonl").write_bytes(as_bytes(line))
    with pytest.raises(InvalidInput):
        read_layers(tmp_path / "bad.jsonl", CORPUS)


# -- the page's example ----------------------------------------------------------------------------


def block(head: str) -> str:
    found = re.search(rf"^```{re.escape(head)}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found, head
    return found[1]


def test_the_line_on_the_page_is_the_first_that_its_program_writes(tmp_path: Path) -> None:
    (tmp_path / "seeds").symlink_to(ROOT / "seeds", target_is_directory=True)
    program = block("python make_predictions.py")
    subprocess.run([sys.executable, "-W", "error", "-c", program], cwd=tmp_path, check=True)
    file = tmp_path / "predictions.jsonl"
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]
    assert json.loads(block("json unnamed.json")) == lines[0]
    for line in lines:
        SCHEMA.validate(line)
    found = [validate(document) for _, document in read_documents(file, load_seeds(ROOT))]
    layers = ("mentions", "quotes", "stances")
    counts = [sum(len(getattr(document, layer)) for document in found) for layer in layers]
    said = "{} documents, {} mentions, {} quotes, {} stances".format(len(found), *counts)
    assert f"predictions.jsonl: valid: {said}" in PAGE


# -- the page's table of messages ------------------------------------------------------------------


class Row(NamedTuple):
    """A row of the table: what it says of the field, and the message, with … for what differs."""

    fields: str
    message: str

    def fits(self, field: str | None, reason: str) -> bool:
        if not fits(self.message, reason):
            return False
        named = re.findall("`([^`]+)`", self.fields)
        if not named:
            return self.fields == "any" or field is None
        return any(fits(name, field or "") for name in named)


def fits(words: str, said: str) -> bool:
    return re.fullmatch(re.escape(words).replace("…", ".+"), said, re.DOTALL) is not None


def table() -> list[Row]:
    rows = []
    for line in PAGE.partition("\n## What `validate` says\n")[2].splitlines():
        if line.startswith("|") and "`" in line:
            fields, message, cure = (cell.strip() for cell in line.strip("|").split("|"))
            code = re.fullmatch(r"(`+) ?(.+?) ?\1", message)
            assert code, line
            assert cure, line
            rows.append(Row(fields, code[2]))
    return rows


BROKEN: dict[str, Change] = {
    "negative": lambda d: d["mentions"][0].update(start=-1),
    "past the end": lambda d: d["mentions"][0].update(end=5000),
    "empty": lambda d: d["mentions"][0].update(end=0),
    "blank": lambda d: d["mentions"][0].update(start=4, end=5),
    "overlap": lambda d: d["mentions"].append({"start": 5, "end": 12, "label": "PERSON"}),
    "same span": lambda d: d["mentions"].append(d["mentions"][0]),
    "type": lambda d: d["mentions"][0].update(label="SHIP"),
    "type of another system": lambda d: d["mentions"][0].update(label="PER"),
    "small letters": lambda d: d["mentions"][0].update(label="person"),
    "value with an entity": lambda d: d["mentions"][0].update(label="DATE"),
    "empty entity": lambda d: d["mentions"][0].update(entity=""),
    "empty quote id": lambda d: d["quotes"][0].update(id=""),
    "quote id twice": lambda d: d["quotes"][0].update(id="q2"),
    "no content": lambda d: d["quotes"][0].update(content=[]),
    "content past the end": lambda d: d["quotes"][0].update(content=[{"start": 0, "end": 99}]),
    "content over itself": lambda d: d["quotes"][0].update(
        content=[{"start": 20, "end": 30}, {"start": 25, "end": 40}]
    ),
    "content twice": lambda d: d["quotes"][0].update(content=[{"start": 20, "end": 30}] * 2),
    "content into promo": lambda d: d["quotes"][0].update(content=[{"start": 20, "end": 70}]),
    "content on both sides of promo": lambda d: d["quotes"][0].update(
        content=[{"start": 20, "end": 30}, {"start": 59, "end": 63}]
    ),
    "blank cue": lambda d: d["quotes"][0].update(cue={"start": 4, "end": 5}),
    "source past the end": lambda d: d["quotes"][0].update(source={"start": 70, "end": 80}),
    "empty speaker": lambda d: d["quotes"][0].update(speaker=""),
    "empty utterance": lambda d: d["quotes"][0].update(utterance=""),
    "quote twice": lambda d: d["quotes"].append({**d["quotes"][0], "id": "q3"}),
    "content with two speakers": lambda d: d["quotes"].append(
        {**d["quotes"][0], "id": "q3", "speaker": "somebody"}
    ),
    "unknown parent": lambda d: d["quotes"][0].update(parent="q9"),
    "circle of parents": lambda d: d["quotes"][0].update(parent="q2"),
    "empty holder": lambda d: d["stances"][0].update(holder=""),
    "unknown target": lambda d: d["stances"][0].update(target="tasks"),
    "unknown polarity": lambda d: d["stances"][0].update(polarity="favour"),
    "no evidence": lambda d: d["stances"][0].update(evidence=[]),
    "evidence into promo": lambda d: d["stances"][0].update(evidence=[{"start": 44, "end": 70}]),
    "evidence on both sides of promo": lambda d: d["stances"][0].update(
        evidence=[{"start": 44, "end": 49}, {"start": 59, "end": 63}]
    ),
    "evidence over itself": lambda d: d["stances"][0].update(
        evidence=[{"start": 44, "end": 50}, {"start": 45, "end": 55}]
    ),
    "stance twice": lambda d: d["stances"].append(d["stances"][0]),
    "margin of a mention": lambda d: d["mentions"][0].update(end=10),
    "margin of a content": lambda d: d["quotes"][1].update(content=[{"start": 0, "end": 10}]),
    "name without an entity": lambda d: d["mentions"][0].update(entity=None),
    "unknown entity": lambda d: d["mentions"][0].update(entity="nobody"),
    "misspelt entity": lambda d: d["mentions"][0].update(entity="kari-volt"),
    "mention over a border": lambda d: d["mentions"].append(
        {"start": 52, "end": 63, "label": "DATE"}
    ),
    "cue in promo": lambda d: d["quotes"][0].update(cue={"start": 59, "end": 63}),
    "source outside promo": lambda d: d["quotes"][0].update(content=[{"start": 64, "end": 68}]),
    "utterance of another form": lambda d: d["quotes"][0].update(utterance="Asked!"),
    "child outside its parent": lambda d: d["quotes"].append({**ANOTHER_QUOTE, "parent": "q1"}),
    "misspelt speaker": lambda d: d["quotes"][0].update(speaker="Kari Volt"),
    "unknown speaker": lambda d: d["quotes"][0].update(speaker="nobody"),
    "speaker who is no actor": lambda d: d["quotes"][0].update(speaker="oslo"),
    "unknown holder": lambda d: d["stances"][0].update(holder="nobody"),
    "holder who is no actor": lambda d: d["stances"][0].update(holder="oslo"),
    "hash": lambda d: d.update(sha256=text_hash("")),
    "empty zone": lambda d: d["zones"].insert(0, {"start": 0, "end": 0, "label": "body"}),
    "gap of zones": lambda d: d["zones"][1].update(start=60),
    "zones too short": lambda d: d["zones"].pop(),
}
"""What breaks each rule of the validator."""


def problems(name: str) -> list[tuple[str, str]]:
    document = msgspec.convert(changed(BROKEN[name], WHOLE), Document)
    return list(find_problems(document, targets=IDS, registry=REGISTRY))


FILES: dict[str, bytes] = {
    "list of documents": b"[" + as_bytes(LINE) + b"]",
    "list of something": b"[1]",
    "empty list": b"[]",
    "missing": b"",
    "half a line": as_bytes(LINE)[:40],
    "Latin-1": b'{"id": "\xe9"}',
    "twice": as_bytes(LINE) + b"\n" + as_bytes(LINE),
    "unknown document": as_bytes({**LINE, "id": "courier"}),
    "another hash": as_bytes({**LINE, "sha256": text_hash("")}),
    "another text": as_bytes({**LINE, "text": "Vold said no."}),
    "null": b"null",
    "wrong type": as_bytes(changed(lambda d: d["mentions"][0].update(start="0"))),
    "missing field": as_bytes(changed(lambda d: d["mentions"][0].pop("label"))),
    "unknown field": as_bytes(changed(lambda d: d.update(tokens=[]))),
    "no layers": as_bytes({**LINE, "layers": []}),
    "other layers": as_bytes({**LINE, "layers": ["quotes"]}) + b"\n" + as_bytes(OTHER),
    "unknown layer": as_bytes({**LINE, "layers": ["verbs"]}),
    "wrong zone": as_bytes({**LINE, "zones": [{"start": 0, "end": 1, "label": "footer"}]}),
}
"""What the reader refuses before there is a document."""


def refused(path: Path, *, partial: bool = False) -> tuple[str | None, str]:
    with pytest.raises(InvalidInput) as caught:
        read_layers(path, BOTH, partial=partial)
    return caught.value.field, caught.value.reason


def refusals(folder: Path) -> Iterator[tuple[str | None, str]]:
    for content in FILES.values():
        path = folder / "file.jsonl"
        path.write_bytes(content)
        yield refused(path, partial=content.startswith(b"["))  # as the command reads exports
    yield refused(folder / "nowhere.jsonl")
    yield refused(folder)
    yield refused(folder / ("x" * 300))
    yield refused(folder / "my.py")


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str | None, str]:
    """What is said where there is no clone."""
    monkeypatch.delenv("ONRECORD_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(corpora, "__file__", str(tmp_path / "corpus.py"))
    with pytest.raises(InvalidInput) as caught:
        find_root()
    return caught.value.field, caught.value.reason


@pytest.mark.parametrize("name", BROKEN)
def test_every_message_of_the_validator_is_in_the_table(name: str) -> None:
    found = problems(name)
    assert found
    for field, reason in found:
        assert any(row.fits(field, reason) for row in table()), (field, reason)


def test_every_message_of_the_reader_is_in_the_table(
    tmp_path: Path, outside: tuple[str | None, str]
) -> None:
    for field, reason in [*refusals(tmp_path), outside]:
        assert any(row.fits(field, reason) for row in table()), (field, reason)


def test_every_row_of_the_table_is_a_message(
    tmp_path: Path, outside: tuple[str | None, str]
) -> None:
    said = [*(one for name in BROKEN for one in problems(name)), *refusals(tmp_path), outside]
    for row in table():
        assert any(row.fits(field, reason) for field, reason in said), row


def test_no_words_of_the_validator_are_missing_from_the_page() -> None:
    """So that a new message, which nothing above brings about, is not forgotten."""
    said = " ".join(PAGE.split())
    modules = (validation, annotated, borders)
    words = [
        words
        for module in modules
        for words in literals(inspect.getsource(module))
        if " " in words.strip()
    ]
    assert "is its own ancestor" in words
    assert [one for one in words if one not in said] == []


def literals(source: str) -> Iterator[str]:
    """The literal parts of the strings in a module's functions, docstrings left out."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef):
            docstring = ast.get_docstring(function, clean=False)
            constants = [
                node.value for node in ast.walk(function) if isinstance(node, ast.Constant)
            ]
            for value in constants:
                if isinstance(value, str) and value != docstring:
                    yield value.strip(" '\",;:?")
