"""What Python code may give as a layer's values, and what is told of what it may not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from builders import article

from onrecord.corpus.plain import plain
from onrecord.document import Mention, Quote, Span, Stance
from onrecord.exceptions import InvalidInput

DOCUMENT = article("Oslo waits for Bergen.", "one")


def test_numpys_integers_are_offsets_and_pairs_are_spans() -> None:
    given: Any = {
        "mentions": [Mention(np.int64(0), np.int32(4), "GPE", "norway")],  # type: ignore[arg-type]
        "quotes": [Quote(id="q1", content=((0, 4), [np.int64(5), 10]), cue=(5, 10))],  # type: ignore[arg-type]
        "stances": [Stance(holder="a", target="b", polarity="favor", evidence=[(0, 4)])],  # type: ignore[arg-type]
    }
    made = plain(DOCUMENT.with_layers(**given))
    assert made.mentions == (Mention(0, 4, "GPE", "norway"),)
    assert type(made.mentions[0].start) is int
    assert made.quotes[0].content == (Span(0, 4), Span(5, 10))
    assert made.quotes[0].cue == Span(5, 10)
    assert made.stances[0].evidence == (Span(0, 4),)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a string as an offset": (
        {"mentions": [Mention("0", 4, "GPE")]},  # type: ignore[arg-type]
        r"one: mentions\[0\]\.start: expected an int, got str '0'",
    ),
    "a float as an offset": (
        {"mentions": [Mention(0, 4.0, "GPE")]},  # type: ignore[arg-type]
        r"one: mentions\[0\]\.end: expected an int, got float 4\.0",
    ),
    "a truth value as an offset": (
        {"mentions": [Mention(True, 4, "GPE")]},
        r"one: mentions\[0\]\.start: expected an int, got bool True",
    ),
    "a number as an entity": (
        {"mentions": [Mention(0, 4, "GPE", 3)]},  # type: ignore[arg-type]
        r"one: mentions\[0\]\.entity: expected a str or None, got int 3",
    ),
    "a tuple as a mention": (
        {"mentions": [(0, 4, "GPE")]},
        r"one: mentions\[0\]: expected a Mention, got tuple \(0, 4, 'GPE'\)",
    ),
    "one span in place of several": (
        {"quotes": [Quote(id="q", content=Span(0, 4))]},  # type: ignore[arg-type]
        r"one: quotes\[0\]\.content: expected a list of spans, got Span",
    ),
    "one pair in place of several": (
        {"quotes": [Quote(id="q", content=(0, 4))]},  # type: ignore[arg-type]
        r"one: quotes\[0\]\.content: expected a list of spans, got tuple \(0, 4\)",
    ),
    "words in place of a span": (
        {"stances": [Stance(holder="a", target="b", polarity="favor", evidence=("Oslo",))]},  # type: ignore[arg-type]
        r"one: stances\[0\]\.evidence\[0\]: expected a Span or a pair of ints, got str 'Oslo'",
    ),
    "no speaker's name": (
        {"quotes": [Quote(id="q", content=(Span(0, 4),), speaker=["a"])]},  # type: ignore[arg-type]
        r"one: quotes\[0\]\.speaker: expected a str or None, got list",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_type_is_told_in_pythons_words(name: str) -> None:
    layers, message = WRONG[name]
    with pytest.raises(InvalidInput, match=message) as told:
        plain(DOCUMENT.with_layers(**layers))
    assert "`" not in str(told.value)
    assert "array" not in str(told.value)


def test_a_string_is_no_list_of_mentions() -> None:
    import msgspec

    wrong = msgspec.structs.replace(DOCUMENT, mentions="Oslo")
    with pytest.raises(InvalidInput, match="mentions: expected a list, got str 'Oslo'"):
        plain(wrong)
