"""The textacy baseline without textacy: how it mends marks and what it makes of triples."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onrecord import QUOTATION_MARKS, Document, Meta, Span, SystemFailure, Zone
from onrecord.document import text_hash
from onrecord.systems.files import import_file
from onrecord.systems.run import load_system

FILE = Path(__file__).parents[2] / "baselines" / "textacy_quotes.py"


@pytest.fixture(scope="module")
def baseline() -> ModuleType:
    return import_file(FILE)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("“The cod is gone,” Vold said.", '"The cod is gone," Vold said.'),
        ("«Gone», „gone“ and ‘gone’", '"Gone", "gone" and "gone"'),
        ("'Gone,' Vold said. It's Vold's.", "\"Gone,\" Vold said. It's Vold's."),
        ("The ministers’ talks", "The ministers  talks"),
        ("“The ministers’ talks,” she said", '"The ministers  talks," she said'),
        ("“Holm said ‘no deal’ to us,” she said", '"Holm said  no deal  to us," she said'),
        ("“The cod is gone.", '"The cod is gone."'),
        ("The cod,” Vold said. “Gone,” she added.", 'The cod,  Vold said. "Gone," she added.'),
        ('"One," "two', '"One," "two"'),
    ],
)
def test_marks_are_mended(baseline: ModuleType, line: str, expected: str) -> None:
    assert baseline.mended(line) == expected


@given(st.text("“”„«»‘’'\"`´ab 9.,", max_size=40))
def test_mended_lines_balance_and_keep_their_offsets(baseline: ModuleType, line: str) -> None:
    mended = baseline.mended(line)
    assert len(mended) - len(line) in (0, 1)
    for place, (before, after) in enumerate(zip(line, mended, strict=False)):
        if before not in QUOTATION_MARKS:
            assert after == before
        elif after not in ' "':  # an apostrophe
            assert line[place - 1].isalnum()
            assert line[place + 1].isalnum()
    free = [
        place
        for place, mark in enumerate(mended)
        if mark == '"' and not (mended[place - 1 : place].isalnum() and mended[place + 1 : place + 2].isalnum())
    ]  # fmt: skip
    assert len(free) % 2 == 0


def test_a_triple_becomes_a_quote_with_offsets_of_the_article(baseline: ModuleType) -> None:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

    text = "Talks.\n“The cod is gone, Kari Vold has said"
    line = Span(7, len(text))
    words = ['"', "The", "cod", "is", "gone", ",", "Kari", "Vold", "has", "said", '"']
    spaces = [False, True, True, True, False, True, True, True, True, False, False]
    pos = ["PUNCT", "DET", "NOUN", "AUX", "VERB", "PUNCT", "PROPN", "PROPN", "AUX", "VERB", "PUNCT"]
    doc = Doc(Vocab(), words=words, spaces=spaces, pos=pos)
    (quote,) = baseline.quotes_of([([doc[6], doc[7]], [doc[8], doc[9]], doc[0:5])], text, line)
    assert [span.of(text) for span in quote.content] == ["“The cod is gone"]
    assert (quote.cue.of(text), quote.source.of(text)) == ("said", "Kari Vold")
    assert quote.speaker == "Kari Vold"
    (quote,) = baseline.quotes_of([([doc[7]], [doc[9]], doc[0:11])], text, line)
    assert quote.content[0].end == len(text)


def test_lines_are_cut_at_the_borders_of_zones(baseline: ModuleType) -> None:
    text = "One two\nthree"
    zones = (Zone(0, 4, "body"), Zone(4, len(text), "promo"))
    document = Document(
        id="a", text=text, sha256=text_hash(text), meta=Meta(file="a.txt"), zones=zones
    )
    assert [span.of(text) for span in baseline.lines(document)] == ["One ", "two", "three"]
    assert baseline.straddles(Span(2, 6), zones[1])
    assert not baseline.straddles(Span(0, 4), zones[1])
    assert not baseline.straddles(Span(4, 7), zones[1])


def test_an_unknown_input_is_refused() -> None:
    with pytest.raises(SystemFailure, match="input is 'clean', neither 'raw' nor 'mended'"):
        load_system(FILE, {"input": "clean"})
