"""Names: trimming and comparison; and registries of them."""

from __future__ import annotations

import pytest
import strategies
from builders import REGISTRY
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple

from onrecord.corpus.names import comparable, trim, trimmed_items
from onrecord.corpus.registry import Entity, Registry
from onrecord.document import Document, Span
from onrecord.exceptions import InvalidInput


@pytest.mark.parametrize(
    ("words", "trimmed"),
    [
        ("the Typhoon", "Typhoon"),
        ("The “Typhoon”", "Typhoon"),
        ("Norway's", "Norway"),
        ("Norway’s ", "Norway"),
        ("“the Norwegian’s”", "Norwegian"),
        ("Athens", "Athens"),
        ("Theodore", "Theodore"),
        ("S-400s", "S-400s"),
        ("the", "the"),
        ("'s", "s"),
        ("“”", "“”"),
        ("Minister Vold", "Minister Vold"),
    ],
)
def test_trimming_cuts_what_the_minimal_name_leaves_out(words: str, trimmed: str) -> None:
    assert trim(Span(0, len(words)), words).of(words) == trimmed


@pytest.mark.parametrize(
    ("words", "trimmed"),
    [
        ("Foreign Minister Kari Vold", "Kari Vold"),
        ("the Secretary of State Vold", "Vold"),
        ("Mr. Vold’s", "Vold"),
        ("Minister", "Minister"),
        ("Secretary-General Vold", "Vold"),
        ("Kingsley", "Kingsley"),
    ],
)
def test_a_person_also_loses_a_title(words: str, trimmed: str) -> None:
    assert trim(Span(0, len(words)), words, person=True).of(words) == trimmed


@given(st.text(max_size=40), st.booleans())
def test_trimming_is_idempotent_and_stays_inside(text: str, person: bool) -> None:
    whole = Span(0, len(text))
    once = trim(whole, text, person=person)
    assert 0 <= once.start <= once.end <= len(text)
    assert trim(once, text, person=person) == once


@given(
    st.lists(
        st.sampled_from(
            ["Oslo", "the ", "An ", "Mr. ", "Minister ", "’s", "“", " ", "ſir ", "mİss "]
        )
        | st.text(max_size=3)
    ).map("".join),
    st.booleans(),
)
def test_names_with_plain_edges_are_trimmed_as_all_others(text: str, person: bool) -> None:
    """A blank on both sides takes away the short way that most names go."""
    padded = trim(Span(0, len(text) + 2), f" {text} ", person=person)
    plain = trim(Span(0, len(text)), text, person=person)
    if text.strip(" ") and padded.of(f" {text} ") != f" {text} ":
        assert padded.of(f" {text} ") == plain.of(text)


def test_names_compare_without_case_diacritics_and_dotless_i() -> None:
    assert comparable("Mevlüt ÇAVUŞOĞLU’s") == comparable("mevlut cavusoglu")
    assert comparable("Diyarbakır") == comparable("DIYARBAKIR")
    assert comparable("Kari\u00a0 Vold") == comparable("Kari Vold")
    assert comparable("Vold") != comparable("Volds")


def test_a_capital_means_its_country_since_only_actors_speak() -> None:
    assert REGISTRY.actor("Oslo") == "norway"


def test_two_actors_may_not_share_a_name() -> None:
    with pytest.raises(InvalidInput, match="'VOLD' names two actors, 'a' and 'b'"):
        Registry(
            [
                Entity(id="a", name="Vold", label="PERSON", actor=True),
                Entity(id="b", name="B", label="PERSON", aliases=("VOLD",), actor=True),
            ]
        )


@given(strategies.documents())
def test_many_items_are_trimmed_as_each_of_them(document: Document) -> None:
    items = [(m.start, m.end, m.label) for m in document.mentions]
    each = [
        (*astuple(trim(m.span, document.text, person=m.label == "PERSON")), m.label)
        for m in document.mentions
    ]
    assert list(trimmed_items(items, document.text)) == each


@pytest.mark.parametrize(
    ("entities", "message"),
    [
        ([("a", "GPE", None), ("a", "GPE", None)], "duplicate entity 'a'"),
        ([("", "GPE", None)], "has an empty id, name, alias or office"),
        ([("a", "SHIP", None)], "unknown type 'SHIP'"),
        ([("a", "GPE", "b")], "represents an unknown entity 'b'"),
        ([("a", "GPE", "b"), ("b", "GPE", "a")], "a represents itself in the end"),
    ],
)
def test_a_broken_registry_is_refused(
    entities: list[tuple[str, str, str | None]], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        Registry(Entity(id=i, name=i, label=t, represents=r) for i, t, r in entities)


def test_the_principal_is_at_the_end_of_the_chain() -> None:
    chain = [("spokeswoman", "ministry"), ("ministry", "norway"), ("norway", None)]
    registry = Registry(Entity(id=i, name=i, label="ORG", represents=r) for i, r in chain)
    assert registry.principal("spokeswoman") == "norway"
    assert registry.principal("norway") == "norway"
    assert registry.principal("unknown") == "unknown"
