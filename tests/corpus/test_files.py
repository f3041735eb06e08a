"""Reading and writing: bad input gets one line, and nothing is half-written."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from builders import article, corpus, quote
from hypothesis import given
from hypothesis import strategies as st

from onrecord.corpus import files
from onrecord.corpus.corpus import read_predictions
from onrecord.corpus.files import encode_documents, read_bytes, read_documents, read_json, write
from onrecord.document import Document
from onrecord.exceptions import InvalidInput

DOCUMENT = article("⟦Vold|PERSON|v⟧ said “go”.", "one")
DOCUMENT = DOCUMENT.with_layers(quotes=[quote(DOCUMENT, "q", "“go”", cue="said", speaker="v")])
OTHER = article("Oslo waits.", "two")
CORPUS = corpus(DOCUMENT.bare(), OTHER.bare())
GOOD = encode_documents([DOCUMENT, OTHER], text=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "preds.jsonl"


def test_what_is_written_is_read_again(path: Path) -> None:
    write(path, GOOD)
    assert read_predictions(path, CORPUS) == (DOCUMENT, OTHER)
    write(path, encode_documents([DOCUMENT, OTHER], text=True))
    assert [document for _, document in read_documents(path)] == [DOCUMENT, OTHER]


def test_the_order_of_lines_does_not_matter(path: Path) -> None:
    write(path, b"".join(reversed(GOOD.splitlines(keepends=True))))
    assert read_predictions(path, CORPUS) == (DOCUMENT, OTHER)


def test_the_same_documents_give_the_same_bytes() -> None:
    shuffled = DOCUMENT.with_layers(mentions=DOCUMENT.mentions[::-1])
    assert encode_documents([shuffled, OTHER], text=False) == GOOD


def edited(old: str, new: str) -> bytes:
    text = GOOD.decode()
    assert old in text
    return text.replace(old, new, 1).encode()


BAD = {
    "truncated": (GOOD[: GOOD.index(b"\n") - 9] + b"\n", r"preds.jsonl:1: not JSON: Input data"),
    "cut in the second line": (GOOD[:-12], r"preds.jsonl:2: not JSON: "),
    "not UTF-8": (GOOD.replace("“".encode(), b"\xe2\x80", 1) + b'\xff\n', r"preds.jsonl:3: not "),
    "not UTF-8 in a string": (edited('"q"', '"Z"').replace(b"Z", b"\xff\xfe"), r":1: .*not UTF-8"),
    "not an object": (b"[]\n", r"preds.jsonl:1: Expected `object`, got `array`"),
    "unknown document": (edited('"id":"two"', '"id":"six"'), r":2: six: unknown document"),
    "wrong sha256": (
        edited(OTHER.sha256, "0" * 64),
        rf":2: two: sha256: is not the hash of the article, {OTHER.sha256}",
    ),
    "out of range": (edited('"end":4', '"end":5000'), r":1: one: mentions\[0\]: end 5000 is past"),
    "wrong type": (edited('"end":4', '"end":"4"'), r":1: one: mentions\[0\].end: Expected `int`"),
    "missing field": (edited('"end":4,', ""), r":1: one: mentions\[0\]: Object missing required"),
    "unknown field": (
        edited('"mentions"', '"mention"'),
        r":1: one: Object contains unknown field `mention`",
    ),
    "unknown field of a mention": (
        edited('"entity"', '"entty"'),
        r":1: one: mentions\[0\]: Object contains unknown field `entty`",
    ),
    "unknown field of a quote": (
        edited('"utterance"', '"utterence"'),
        r":1: one: quotes\[0\]: Object contains unknown field `utterence`",
    ),
    "not UTF-8 in an id": (b'{"sha256":5,"id":"\xff"}\n', r"preds.jsonl:1: "),
    "overlap": (
        edited('"mentions":[{', '"mentions":[{"start":1,"end":3,"label":"ORG","entity":null},{'),
        r":1: one: mentions\[1\]: overlaps mentions\[0\]",
    ),
    "duplicate line": (GOOD + GOOD, r":3: one: the document of line 1 again"),
    "missing document": (GOOD.splitlines(keepends=True)[0], r"preds.jsonl: two: is missing"),
    "nested too deep": (b"[" * 200_000, r"preds.jsonl:1: not JSON|Expected `object`"),
    "empty file": (b"", r"preds.jsonl: one: is missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_predictions_get_one_line_that_says_where(name: str, path: Path) -> None:
    content, message = BAD[name]
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=message) as caught:
        read_predictions(path, CORPUS)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nothing\.jsonl: no such file"):
        read_predictions(tmp_path / "nothing.jsonl", CORPUS)
    with pytest.raises(InvalidInput, match="is a folder without parts"):
        read_predictions(tmp_path, CORPUS)


@given(st.binary(max_size=60), st.integers(0, len(GOOD)))
def test_no_bytes_crash_the_reader(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, at: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "junk.jsonl"
    path.write_bytes(GOOD[:at] + junk + GOOD[at + len(junk) :])
    try:
        documents = read_predictions(path, CORPUS)
    except InvalidInput:
        return
    assert all(isinstance(document, Document) for document in documents)


def test_a_write_that_fails_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(InvalidInput, match="cannot be written: No space left on device"):
        write(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_is_not_written_over(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is a folder"):
        write(tmp_path, b"x")


def test_a_link_is_followed_and_what_is_no_plain_file_is_left_alone(tmp_path: Path) -> None:
    target, link, pipe = (tmp_path / name for name in ("target", "link", "pipe"))
    write(target, b"old")
    link.symlink_to(target)
    write(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    os.mkfifo(pipe)
    with pytest.raises(InvalidInput, match="is no plain file"):
        write(pipe, b"x")
    with pytest.raises(InvalidInput, match="is a folder"):
        write(f"{tmp_path}/folder/", b"x")


def test_a_new_file_gets_the_users_own_mode(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "new", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


def test_json_of_the_wrong_shape_is_named(path: Path) -> None:
    path.write_text('{"a": [1, "2"]}')
    with pytest.raises(InvalidInput, match=r"preds.jsonl: .*: Expected `int`, got `str`"):
        read_json(path, dict[str, list[int]])
    path.write_bytes(b'{"a": [1')
    with pytest.raises(InvalidInput, match=r"preds.jsonl: not JSON"):
        read_json(path, dict[str, list[int]])


def test_records_are_plain_json_that_others_can_read() -> None:
    record = msgspec.json.decode(GOOD.splitlines()[0])
    assert record == {
        "id": "one",
        "sha256": DOCUMENT.sha256,
        "mentions": [{"start": 0, "end": 4, "label": "PERSON", "entity": "v"}],
        "quotes": [
            {
                "id": "q",
                "content": [{"start": 10, "end": 14}],
                "cue": {"start": 5, "end": 9},
                "source": None,
                "speaker": "v",
                "utterance": None,
                "parent": None,
            }
        ],
        "stances": [],
    }


def test_a_file_that_is_packed_is_read_as_what_was_written(tmp_path: Path) -> None:
    packed = [tmp_path / f"{name}.jsonl.gz" for name in ("one", "other")]
    for path in packed:
        write(path, b'{"id": "gazette"}\n' * 100)
    assert packed[0].read_bytes() == packed[1].read_bytes()
    assert len(packed[0].read_bytes()) < 200
    assert read_bytes(packed[0]) == b'{"id": "gazette"}\n' * 100


@pytest.mark.parametrize("cut", [0, 15])
def test_a_file_that_cannot_be_unpacked_is_named(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "predictions.jsonl.gz"
    write(path, b'{"id": "gazette"}\n' * 100)
    path.write_bytes(path.read_bytes()[:cut] or b"plain")
    with pytest.raises(InvalidInput, match=r"predictions.jsonl.gz: cannot be unpacked"):
        read_bytes(path)


def test_a_byte_order_mark_in_front_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "marked.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b'{"a": 1}\n')
    assert [record for _, record in files.read_records(path, dict)] == [{"a": 1}]
    assert files.read_json(path, dict) == {"a": 1}
