"""What is packed comes out as it went in, also over the borders of what is compressed together."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onrecord.scoring.packing import Counts, Floats, Ids

numbers = st.lists(st.integers(-(2**31), 2**31 - 1), max_size=9)


@contextmanager
def few() -> Iterator[None]:
    """So few are packed together that there are borders."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Counts, "SIZE", 4)
        patch.setattr(Ids, "SIZE", 4)
        yield


@given(st.lists(numbers, max_size=5))
@few()
def test_numbers_come_out_in_their_order(parts: list[list[int]]) -> None:
    counts = Counts()
    for part in parts:
        counts.frombytes(array("i", part).tobytes())
    assert counts.values() == counts.values() == array("i", chain.from_iterable(parts))
    assert len(counts) == sum(map(len, parts))


@given(st.lists(st.text(max_size=5), max_size=20))
@few()
def test_ids_come_out_in_their_order(given: list[str]) -> None:
    ids = Ids()
    ids.extend(given)
    assert list(ids) == list(ids) == given
    assert len(ids) == len(given)
    assert ids[:3] == given[:3]
    places = ids.ranks().tolist()
    in_order = sorted(given)
    assert [in_order[place] for place in places] == given
    assert sorted(places) == list(range(len(given)))


@given(st.lists(st.none() | st.floats(0, 1), max_size=9))
def test_what_is_not_defined_is_none(given: list[float | None]) -> None:
    floats = Floats(array("d", (math.nan if one is None else one for one in given)))
    assert list(floats) == list(floats) == given
    assert len(floats) == len(given)
    assert floats[1:] == given[1:]


def test_counts_take_a_small_part_of_their_bytes() -> None:
    counts, ids = Counts(), Ids()
    for number in range(100):
        counts.frombytes(array("i", [number % 3] * 1000).tobytes())
        ids.extend(f"an-article-of-{number}-{n}" for n in range(100))
    assert 0 < sum(map(len, counts._packed)) < 4 * 100_000 / 20
    assert 0 < sum(map(len, ids._packed)) < sum(map(len, ids)) / 3
