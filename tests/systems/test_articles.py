"""Own articles: every form in which they may come, and what is said of one that is not valid."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from onrecord.document import Document, Zone
from onrecord.exceptions import InvalidInput
from onrecord.systems.articles import Articles, Seen
from onrecord.systems.rows import Columns

ROWS = [
    {"id": "one", "text": "Oslo waits.\nVold left.", "url": "left aside"},
    {"id": 2, "text": "“Çok iyi” 👍"},
]
ZONED = {
    "id": "three",
    "text": "Talks\nBuy now!",
    "zones": [{"start": 0, "end": 6, "label": "body"}, {"start": 6, "end": 14, "label": "promo"}],
    "meta": {"outlet": "Gazette", "rating": 5},
}


def lines(path: Path, *rows: Mapping[str, Any]) -> Path:
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def ids(path: Path | str, **options: Any) -> list[str]:
    return [document.id for document in Articles(path, **options)]


def require_same(documents: list[Document]) -> None:
    assert [document.id for document in documents] == ["one", "2", "three"]
    assert [document.text for document in documents] == [str(row["text"]) for row in (*ROWS, ZONED)]
    first, second, third = documents
    assert first.zones == (Zone(0, len(first.text), "body"),)
    assert second.zones == (Zone(0, len(second.text), "body"),)
    assert [zone.label for zone in third.zones] == ["body", "promo"]
    assert third.meta.outlet == "Gazette"


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_lines_of_json_are_articles(name: str, tmp_path: Path) -> None:
    articles = Articles(lines(tmp_path / name, *ROWS, ZONED))
    require_same(list(articles))
    require_same(list(articles))  # they can be gone through again
    assert articles.count() == 3


def test_rows_of_parquet_are_articles(tmp_path: Path) -> None:
    rows = [{**row, "id": str(row["id"])} for row in (*ROWS, ZONED)]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    with pytest.raises(InvalidInput, match=r"has no column 'body' \(known: id, text, url"):
        ids(tmp_path / "a.parquet", columns=Columns(text="body"))
    table = pa.Table.from_pylist(
        [{key: row.get(key) for key in ("id", "text", "zones", "meta")} for row in rows]
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    require_same(list(Articles(tmp_path / "a.parquet")))


def test_what_datasets_reads_are_articles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = tmp_path / "set"
    folder.mkdir()
    lines(folder / "train.jsonl", *({"body": row["text"]} for row in ROWS))
    lines(folder / "test.jsonl", {"body": "Third."})
    columns = Columns(text="body")
    assert ids(f"hf:{folder}", split="train", columns=columns) == ["1", "2"]
    assert Articles(f"hf:{folder}", split="train", columns=columns).count() is None
    with pytest.raises(InvalidInput, match=r"--split: has several \(known: train, test\)"):
        ids(f"hf:{folder}", columns=columns)
    with pytest.raises(InvalidInput, match="has no column 'text'"):
        ids(f"hf:{folder}", split="test")
    with pytest.raises(InvalidInput, match=r"^hf:.*nowhere: cannot be read: "):
        ids(f"hf:{tmp_path / 'nowhere'}")


def test_a_text_that_cannot_be_read_is_named_as_the_folder_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "b.txt").write_bytes(b"one\n\xff")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput, match=r"^texts/b\.txt:2: not UTF-8$"):
        list(Articles("texts"))


def test_a_folder_of_texts_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/10.txt", "a.txt", "c d\x07.txt", "notes.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes("\ufeffOslo\r\nwaits.".encode())
    found = list(Articles(tmp_path))
    assert [document.id for document in found] == ["a", "b/10", "b/2", "c d_"]
    assert {document.text for document in found} == {"Oslo\r\nwaits."}
    assert found[1].meta.file == "b/10.txt"


def test_two_names_that_become_one_id_are_both_told(tmp_path: Path) -> None:
    for name in ("a\x01.txt", "a\x02.txt"):
        (tmp_path / name).write_text("Oslo waits.")
    with pytest.raises(InvalidInput, match=r"a_: is the id of a\x01.txt too"):
        ids(tmp_path)


BAD = {
    "no json": (b'{"id": "x", te}', "a.jsonl:3: not JSON: JSON is malformed: "),
    "no text": (b'{"id": "x"}', "a.jsonl:3: x: Object missing required field `text`"),
    "no id": (b'{"text": "x"}', "a.jsonl:3: id: is missing or empty"),
    "wrong type": (b'{"id": "x", "text": 5}', "a.jsonl:3: x: text: Expected `str`, got `int`"),
    "no utf-8": (b'{"id": "x", "text": "\xff"}', "a.jsonl:3: not UTF-8"),
    "id again": (b'{"id": 2, "text": "x"}', "a.jsonl:3: 2: is the id of line 2 too"),
    "zones": (
        b'{"id": "x", "text": "abc", "zones": [{"start": 0, "end": 2, "label": "body"}]}',
        "a.jsonl:3: x: zones: end at 2, but the text has 3 characters",
    ),
    "label": (
        b'{"id": "x", "text": "abc", "zones": [{"start": 0, "end": 3, "label": "x"}]}',
        "a.jsonl:3: x: zones[0].label: Invalid enum value 'x'",
    ),
    "meta": (
        b'{"id": "x", "text": "abc", "meta": {"words": "many"}}',
        "a.jsonl:3: x: meta.words: Expected `int | null`, got `str`",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_told_with_its_place_after_those_before_it(name: str, tmp_path: Path) -> None:
    line, message = BAD[name]
    path = lines(tmp_path / "a.jsonl", *ROWS)
    path.write_bytes(path.read_bytes() + line + b"\n")
    articles = iter(Articles(path))
    assert [next(articles).id, next(articles).id] == ["one", "2"]
    with pytest.raises(InvalidInput) as told:
        next(articles)
    assert str(told.value).startswith(f"{tmp_path}/{message}")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("nowhere", {}, "nowhere: no such file or folder"),
        ("a.csv", {}, "a.csv: is none of: a folder of *.txt, .jsonl"),
        ("a.jsonl", {"split": "train"}, "--split: is for hf:NAME alone"),
        ("folder", {"columns": Columns(text="x")}, "is a folder of texts, which have no columns"),
    ],
)
def test_what_are_no_articles_is_refused_at_once(
    name: str, options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.csv").touch()
    lines(tmp_path / "a.jsonl", *ROWS)
    with pytest.raises(InvalidInput, match=re.escape(message)):
        Articles(tmp_path / name, **options)


def test_what_holds_none_is_refused_when_they_are_counted(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"has no \*\.txt"):
        Articles(tmp_path).count()
    with pytest.raises(InvalidInput, match="has no articles"):
        Articles(lines(tmp_path / "a.jsonl")).count()


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=3), max_size=40))
def test_ids_are_remembered_with_the_number_they_first_had(names: list[str]) -> None:
    seen = Seen()
    seen._NEW = 4  # type: ignore[misc]  (so that the table is made again and again)
    first: dict[str, int] = {}
    for number, name in enumerate(names, start=1):
        assert seen.add(name, number) == first.get(name)
        first.setdefault(name, number)
