"""Alignment: words come back as the spans that they were cut from, however they are written."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import documents

import onrecord
from onrecord import Corpus, Document, Span, align

WORDS = [
    "Oslo",
    "Bergen",
    "Vold",
    "said",
    "no",
    "deal",
    "talks",
    "İstanbul",
    "Convention",
    "7",
    "7.5",
    "café",
    "ét",
    "é",
    "the",
]
GAPS = (" ", " ", ", ", "\n", "\u00a0", " – ", ". ")


def words_of(text: str) -> list[Span]:
    """The stretches of letters, digits and what belongs to them."""
    return [Span(*found.span()) for found in re.finditer(r"[\w\u0301.]*[\w\u0301]", text)]


def test_ten_thousand_cuts_come_back() -> None:
    """All words of a text, in order, are their spans; those left out take nothing but their like."""
    rng = random.Random(20210324)
    for _ in range(10_000):
        text = "".join(rng.choice(WORDS) + rng.choice(GAPS) for _ in range(rng.randint(1, 12)))
        spans = words_of(text)
        assert align(text, [span.of(text) for span in spans]).spans == tuple(spans)
        cut = [span for span in spans if rng.random() < 0.6]
        found = align(text, [span.of(text) for span in cut])
        assert not found.missing
        placed = [span for span in found.spans if span is not None]
        assert [span.of(text) for span in placed] == [span.of(text) for span in cut]
        assert all(a.end <= b.start for a, b in pairwise(placed))


@given(documents(), st.randoms(use_true_random=False))
def test_words_of_any_document_come_back(document: Document, rng: random.Random) -> None:
    text = document.text
    spans = [s for s in words_of(text) if any(c.isalnum() for c in s.of(text))]
    found = align(text, [span.of(text) for span in spans])
    assert found.spans == tuple(spans)
    shuffled = rng.sample(spans, len(spans))
    again = align(text, [span.of(text) for span in shuffled], ordered=False)
    assert {*again.spans} == {*spans}


def in_words(corpus: Corpus) -> list[tuple[Document, list[Span]]]:
    return [(one, sorted(mention.span for mention in one.mentions)) for one in corpus]


@pytest.mark.parametrize("renamed", [False, True])
def test_the_gold_s_mentions_come_back(renamed: bool) -> None:
    """In order all of them; in disorder, at least .98 (run-together words are then found elsewhere)."""
    rng = random.Random(1)
    right = shuffled = total = 0
    for document, spans in in_words(onrecord.load(renamed=renamed)):
        text = document.text
        found = align(text, [span.of(text) for span in spans]).spans
        right += sum(a == b for a, b in zip(found, spans, strict=True))
        mixed = rng.sample(spans, len(spans))
        shuffled += len({*align(text, [span.of(text) for span in mixed]).spans} & {*spans})
        total += len(spans)
    assert right == total == 408
    assert shuffled / total >= 0.98


def test_the_gold_s_quotes_come_back() -> None:
    """Contents as a list, cues near contents, sources near cues."""
    counts = [0, 0, 0]
    wrong = []
    for document in onrecord.load():
        text = document.text
        quotes = sorted(document.quotes, key=lambda q: (q.content[0].start, -q.content[0].end))
        contents = [span for quote in quotes for span in quote.content]
        cues = [(q.cue, q.content[0]) for q in quotes if q.cue]
        sources = [(q.source, q.cue or q.content[0]) for q in quotes if q.source]
        found = align(text, [span.of(text) for span in contents], nested=True).spans
        pairs = [*zip(found, contents, strict=True)]
        for one, near in ((cues, [n for _, n in cues]), (sources, [n for _, n in sources])):
            placed = align(text, [span.of(text) for span, _ in one], near=near).spans
            pairs += zip(placed, (span for span, _ in one), strict=True)
        for number, part in enumerate((contents, cues, sources)):
            counts[number] += len(part)
        wrong += [(document.id, a, b) for a, b in pairs if a != b]
    assert counts == [95, 93, 93]
    assert len(wrong) <= 2, wrong  # sources that stand apart from their cue


def spans_of(text: str, words: Sequence[str], **how: bool) -> list[str | None]:
    return [
        None if s is None else f"{s.start}:{s.of(text)}" for s in align(text, words, **how).spans
    ]


def test_a_name_inside_a_longer_one_is_taken_last() -> None:
    text = "He left the Istanbul Convention. Istanbul was calm. The Istanbul Convention holds."
    given = ["Istanbul Convention", "Istanbul", "Istanbul Convention"]
    assert spans_of(text, given) == [
        "12:Istanbul Convention",
        "33:Istanbul",
        "56:Istanbul Convention",
    ]
    assert spans_of(text, ["Istanbul", "Istanbul Convention"], ordered=False) == [
        "33:Istanbul",
        "12:Istanbul Convention",
    ]


@pytest.mark.parametrize(
    ("text", "words", "found", "step"),
    [
        ("Vold said “no deal” today.", '"no deal"', "“no deal”", "typography"),
        ("a five-day stay", "five–day", "five-day", "typography"),
        ("no\u00a0  deal", "no deal", "no\u00a0  deal", "typography"),
        ("no\u200bdeal here", "nodeal", "no\u200bdeal", "typography"),
        ("Cafe\u0301 Nord", "Café Nord", "Cafe\u0301 Nord", "letters"),
        ("ÇAVUŞOĞLU spoke", "Çavuşoğlu", "ÇAVUŞOĞLU", "letters"),
        ("Mr Çavuşoğlu", "Cavusoglu", "Çavuşoğlu", "letters"),
        ("Vold, who fished, sang of rights", "Vold … rights", "Vold, who fished, sang of rights", "gap"),
        ("Vold, who fished, sang", "Vold [...] sang", "Vold, who fished, sang", "gap"),
        ("left Friday, 12 March", "the Friday 12 March,", "Friday, 12 March", "edges"),
        ("the Alliance met", "The Alliance.", "the Alliance", "edges"),
        ("10,000 men", "10000", "10,000", "edges"),
        ("10,000 men", "100", None, None),
    ],
)  # fmt: skip
def test_what_is_overlooked(text: str, words: str, found: str | None, step: str | None) -> None:
    alignment = align(text, [words])
    [place], [span] = alignment.places, alignment.spans
    assert (span and span.of(text), place and place.step) == (found, step)
    if step is not None:
        assert {name: n for name, n in alignment.steps().items() if n} == {step: 1}


def test_a_gap_has_a_span_for_each_part() -> None:
    text = "“The cod,” Vold said, “is gone.”"
    [place] = align(text, ["The cod ... is gone"]).places
    assert place is not None
    assert [span.of(text) for span in place.spans] == ["The cod", "is gone"]
    [ellipsis] = align("The cod … is gone", ["The cod … is gone"]).places
    assert ellipsis is not None
    assert ellipsis.step == "exact"


def test_nothing_is_found_inside_a_word_or_number_but_what_stands_only_so() -> None:
    assert spans_of("Oslotoday the boats left", ["Oslo", "today"]) == ["0:Oslo", "4:today"]
    assert spans_of("Oslotoday. Oslo slept", ["Oslo"]) == ["11:Oslo"]
    assert spans_of("Oslotoday. Oslo slept", ["Oslo", "today", "Oslo"]) == [
        "0:Oslo",
        "4:today",
        "11:Oslo",
    ]
    assert spans_of("7.5 tonnes in 7 boats", ["7"]) == ["14:7"]
    assert spans_of("17,000 and 17", ["17"]) == ["11:17"]


def test_what_is_out_of_order_takes_the_place_nearest_to_its_neighbours() -> None:
    text = "Vold met Dahl. Berg, Holm, Lie, Moe, Ness, Ore, Rud, Sande, Tveit came. Dahl left."
    names = ["Vold", "Berg", "Dahl", "Holm", "Lie", "Moe", "Ness", "Ore", "Rud", "Sande", "Tveit"]
    assert spans_of(text, names)[2] == "9:Dahl"
    assert spans_of(text, ["Berg", "Vold"]) == ["15:Berg", "0:Vold"]


def test_what_is_not_there_is_told_with_what_is_most_like_it() -> None:
    text = "The Norwegian Fisheries Minister spoke."
    alignment = align(text, ["Norwegian Fishery Minister", "…"])
    assert alignment.spans == (None, None)
    near, nothing = alignment.missing
    assert (near.index, near.found) == (0, "Norwegian Fisheries Minister")
    assert (nothing.index, nothing.found) == (1, None)
    [found] = align(text, ["Norwegian Fishery Minister"], edits=True).spans
    assert found == near.nearest


def test_near_prefers_the_sentence_of_the_place() -> None:
    text = "“We are late,” Vold said. “We will hurry,” the captain of the oldest of the boats said."
    start = text.index("“We will")
    content = Span(start, start + len("“We will hurry,”"))
    [cue] = align(text, ["said"], near=[content]).spans
    assert cue == Span(len(text) - 5, len(text) - 1)


@given(st.text(max_size=80), st.lists(st.text(max_size=12), max_size=6), st.booleans())
def test_any_text_and_any_words_give_spans_of_the_text(
    text: str, words: list[str], edits: bool
) -> None:
    found = align(text, words, edits=edits)
    assert len(found.places) == len(words)
    for word, place in zip(words, found.places, strict=True):
        for span in () if place is None else place.spans:
            assert 0 <= span.start < span.end <= len(text)
            if place is not None and place.step == "letters":
                one, other = (
                    unicodedata.normalize("NFKD", w).casefold() for w in (word, span.of(text))
                )
                assert one[:1] == other[:1] or not one[:1].isascii()
