"""Arrays are read item by item, and give what reading them at once gives."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onrecord.corpus.arrays import array_items
from onrecord.corpus.files import read_items
from onrecord.exceptions import InvalidInput

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=8,
)


def cut(text: str, size: int) -> Iterator[str]:
    """The text in pieces of so many characters."""
    return (text[at : at + size] for at in range(0, len(text), size))


@given(
    st.lists(VALUES),
    st.integers(1, 12),
    st.sampled_from([None, 0, 2]),
    st.text("\n\r\t ", max_size=3),
)
def test_items_are_those_of_the_array_however_it_is_cut(
    values: list[Any], size: int, indent: int | None, space: str
) -> None:
    text = f"{space}{json.dumps(values, indent=indent, ensure_ascii=False)}{space}"
    assert [json.loads(item) for _, item in array_items(cut(text, size))] == values


@given(st.lists(VALUES, min_size=1), st.integers(1, 12), st.data())
def test_what_is_no_array_is_found_wherever_it_is_cut(
    values: list[Any], size: int, data: st.DataObject
) -> None:
    text = json.dumps(values)
    at = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(InvalidInput):
        list(array_items(cut(text[:at], size)))
    with pytest.raises(InvalidInput):
        list(array_items(cut(f"{text}{data.draw(st.sampled_from('],}1x'))}", size)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "1: is no JSON array"),
        ('\n{"data": 1}', "2: is no JSON array"),
        ('[\n{"a": 1},\n{"a" 1}]', "3: not JSON: Expecting ':' delimiter, at character 6"),
        ('[{"a":\n"b}]', "2: not JSON: Unterminated string starting, at character 1"),
        ("[1,\n2\n3]", "3: not JSON: no comma or end of the array after an item, at character 1"),
        ("[1,\n]", "2: not JSON: Expecting value, at character 1"),
        ("[1", "1: not JSON: no comma or end of the array after an item, at character 3"),
        ("[1, 2.]", "1: not JSON: no comma or end of the array after an item, at character 6"),
        ("[1]\n\n [2]", "3: not JSON: something follows the array, at character 2"),
        ("[NaN]", "1: not JSON: JSON is malformed"),
        ('["\\ud800"]', "1: not JSON: "),
        ("[" * 100_000, "1: not JSON: "),
        ("[" * 100_000 + "]" * 100_000, "1: not JSON: "),
    ],
)
def test_a_file_that_is_no_array_is_refused_with_the_line(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(InvalidInput) as caught:
        list(read_items(path))
    assert str(caught.value).startswith(f"{path}:{reason}")


@given(st.lists(st.lists(VALUES), min_size=1), st.integers(1, 12))
def test_arrays_that_follow_each_other_are_one_where_they_may_be(
    arrays: list[list[Any]], size: int
) -> None:
    text = "\n".join(map(json.dumps, arrays))
    items = [json.loads(item) for _, item in array_items(cut(text, size), several=True)]
    assert items == [item for array in arrays for item in array]


@given(st.integers(1, 12))
def test_the_place_of_a_fault_does_not_depend_on_the_pieces(size: int) -> None:
    text = '[{"a": [1, 2]},\n  {"b": "cc", "d": 5 "e": 6}]'
    with pytest.raises(InvalidInput) as caught:
        list(array_items(cut(text, size)))
    assert (caught.value.line, caught.value.reason) == (
        2,
        "not JSON: Expecting ',' delimiter, at character 22",
    )


def test_no_more_than_a_piece_and_an_item_is_held() -> None:
    taken = 0

    def pieces() -> Iterator[str]:
        nonlocal taken
        yield "["
        for number in range(1000):
            taken += 1
            yield f'{{"number": {number}}},'
        yield "{}]"

    for number, _ in enumerate(array_items(pieces())):
        assert taken <= number + 3


def test_a_long_item_is_not_looked_at_for_each_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    scan = json.JSONDecoder.raw_decode

    def counted(self: json.JSONDecoder, text: str, at: int = 0) -> Any:
        looks.append(at)
        return scan(self, text, at)

    monkeypatch.setattr(json.JSONDecoder, "raw_decode", counted)
    [(_, item)] = array_items(cut(f'["{"x" * 10_000}"]', 10))
    assert len(item) == 10_002
    assert len(looks) <= 12


def test_a_file_is_read_without_its_mark_and_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.json.gz"
    path.write_bytes(gzip.compress(b'\xef\xbb\xbf[{"a": "\xc3\xa9"}]'))
    assert list(read_items(path)) == [{"a": "é"}]
    path.with_suffix("").write_bytes(b'["\xff"]')
    with pytest.raises(InvalidInput, match=r"a\.json:1: not UTF-8"):
        list(read_items(path.with_suffix("")))
