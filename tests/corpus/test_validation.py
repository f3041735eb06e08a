"""The validator: every promise about a document, each broken once."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from builders import REGISTRY, TARGETS, article, quote, stance

from onrecord.corpus.validation import validate, validate_layers
from onrecord.document import Document, Mention, Quote, Span, Stance, Zone
from onrecord.exceptions import InvalidDocument

IDS = frozenset(target.id for target in TARGETS)


@pytest.fixture
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


def test_a_good_document_passes_and_comes_back_itself(good: Document) -> None:
    assert validate(good, targets=IDS, registry=REGISTRY) == good


def mention(change: Callable[[Mention], Mention]) -> Callable[[Document], Document]:
    return lambda d: d.with_layers(mentions=[change(d.mentions[0]), *d.mentions[1:]])


def quoted(**fields: object) -> Callable[[Document], Document]:
    def change(d: Document) -> Document:
        return d.with_layers(quotes=[msgspec.structs.replace(d.quotes[0], **fields), d.quotes[1]])

    return change


def held(**fields: object) -> Callable[[Document], Document]:
    return lambda d: d.with_layers(stances=[msgspec.structs.replace(d.stances[0], **fields)])


def whole(**fields: object) -> Callable[[Document], Document]:
    return lambda d: msgspec.structs.replace(d, **fields)


BROKEN = {
    "sha256": (whole(sha256="0" * 64), "sha256: is not the hash of the text"),
    "zone gap": (
        lambda d: whole(zones=(Zone(0, 3, "body"), *d.zones[1:]))(d),
        "zones[1]: starts at 59, but the zone before ends at 3",
    ),
    "zones short": (whole(zones=(Zone(0, 5, "body"),)), "zones: end at 5, but the text has 74"),
    "zone empty": (
        lambda d: whole(zones=(Zone(0, 0, "body"), *d.zones))(d),
        "zones[0]: is empty",
    ),
    "past the end": (
        mention(lambda m: Mention(m.start, 5000, m.label, m.entity)),
        "mentions[0]: end 5000 is past the text's 74 characters",
    ),
    "negative": (
        mention(lambda m: Mention(-1, m.end, m.label, m.entity)),
        "mentions[0]: start -1 is negative",
    ),
    "empty mention": (
        mention(lambda m: Mention(m.end, m.end, m.label, m.entity)),
        "mentions[0]: is empty (9 to 9)",
    ),
    "blank mention": (
        mention(lambda m: Mention(4, 5, m.label, m.entity)),
        "mentions[0]: holds nothing but white space",
    ),
    "unknown type": (
        mention(lambda m: Mention(m.start, m.end, "SHIP", m.entity)),
        "mentions[0].label: unknown type 'SHIP'",
    ),
    "value with entity": (
        mention(lambda m: Mention(m.start, m.end, "DATE", m.entity)),
        "mentions[0].entity: a DATE is a value and refers to no entity",
    ),
    "empty entity": (
        mention(lambda m: Mention(m.start, m.end, m.label, "")),
        "mentions[0].entity: is empty; null means none",
    ),
    "overlap": (
        lambda d: d.with_layers(mentions=[*d.mentions, Mention(5, 12, "PERSON", "kari-vold")]),
        "mentions[3]: overlaps mentions[0]",
    ),
    "duplicate mention": (
        lambda d: d.with_layers(mentions=[*d.mentions, d.mentions[1]]),
        "mentions[3]: is the same span as mentions[1]",
    ),
    "no content": (quoted(content=()), "quotes[0].content: is empty"),
    "content out of range": (
        quoted(content=(Span(0, 99),)),
        "quotes[0].content[0]: end 99 is past",
    ),
    "content overlaps itself": (
        quoted(content=(Span(20, 30), Span(25, 40))),
        "quotes[0].content[1]: overlaps quotes[0].content[0]",
    ),
    "content straddles promo": (
        quoted(content=(Span(20, 70),)),
        "quotes[0].content: straddles the border of a promo zone",
    ),
    "cue out of range": (quoted(cue=Span(70, 80)), "quotes[0].cue: end 80 is past"),
    "source blank": (quoted(source=Span(4, 5)), "quotes[0].source: holds nothing but white"),
    "duplicate quote id": (quoted(id="q2"), "quotes[1].id: 'q2' is already the id of quotes[0]"),
    "duplicate quote": (
        lambda d: d.with_layers(quotes=[*d.quotes, msgspec.structs.replace(d.quotes[0], id="q3")]),
        "quotes[2]: has the content and speaker of quotes[0]",
    ),
    "unknown parent": (quoted(parent="q9"), "quotes[0].parent: unknown quote 'q9'"),
    "parent loop": (quoted(parent="q2"), "quotes[0].parent: 'q1' is its own ancestor"),
    "own parent": (quoted(parent="q1"), "quotes[0].parent: 'q1' is its own ancestor"),
    "empty utterance": (quoted(utterance=""), "quotes[0].utterance: is empty; null means none"),
    "unknown target": (held(target="whales"), "stances[0].target: unknown target 'whales'"),
    "unknown polarity": (held(polarity="for"), "stances[0].polarity: unknown polarity 'for'"),
    "no evidence": (held(evidence=()), "stances[0].evidence: is empty"),
    "evidence straddles promo": (
        held(evidence=(Span(44, 49), Span(56, 60))),
        "stances[0].evidence: straddles the border of a promo zone",
    ),
    "no holder": (held(holder=""), "stances[0].holder: is empty"),
    "two stances of one holder on one target": (
        lambda d: d.with_layers(
            stances=[d.stances[0], msgspec.structs.replace(d.stances[0], polarity="against")]
        ),
        "stances[1]: has the holder and target of stances[0]",
    ),
    "unknown entity": (
        mention(lambda m: Mention(m.start, m.end, m.label, "nobody")),
        "mentions[0].entity: unknown entity 'nobody'",
    ),
    "name without entity": (
        mention(lambda m: Mention(m.start, m.end, m.label)),
        "mentions[0].entity: the name 'Kari Vold' has no entity",
    ),
    "speaker is no actor": (quoted(speaker="oslo"), "quotes[0].speaker: 'oslo' is no actor"),
    "unknown holder": (held(holder="nobody"), "stances[0].holder: unknown entity 'nobody'"),
    "white space at an edge": (
        mention(lambda m: Mention(m.start, 10, m.label, m.entity)),
        "mentions[0]: 'Kari Vold ' begins or ends with white space",
    ),
    "utterance of a wrong form": (
        quoted(utterance="Asked for talks "),
        "quotes[0].utterance: 'Asked for talks ' is not of small letters, digits and hyphens",
    ),
    "child outside its parent": (
        quoted(content=(Span(25, 32),)),
        "quotes[1].parent: its content is not inside that of 'q1'",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_named_with_its_field(name: str, good: Document) -> None:
    change, message = BROKEN[name]
    with pytest.raises(InvalidDocument) as caught:
        validate(change(good), targets=IDS, registry=REGISTRY)
    assert str(caught.value).startswith("gazette: ")
    reported = [f"{field}: {reason}" for field, reason in caught.value.problems]
    assert any(problem.startswith(message) for problem in reported), reported


def test_a_systems_own_entities_and_speakers_are_free(good: Document) -> None:
    document = good.with_layers(
        mentions=[Mention(0, 9, "PERSON")],
        quotes=[Quote(id="a", content=(Span(20, 25),), speaker="whoever")],
        stances=[Stance(holder="e7", target="quota", polarity="mixed", evidence=(Span(0, 4),))],
    )
    assert validate(document, targets=IDS) == document


def test_an_annotator_may_use_a_new_entity(good: Document) -> None:
    document = good.with_layers(mentions=[Mention(0, 9, "PERSON", "new:Kari Vold")])
    assert validate(document, targets=IDS, registry=REGISTRY) == document


def test_all_problems_are_kept_and_the_first_is_shown(good: Document) -> None:
    document = good.with_layers(mentions=[Mention(0, 99, "SHIP"), Mention(1, 1, "GPE")])
    with pytest.raises(InvalidDocument, match=r"and \d more") as caught:
        validate(document)
    assert len(caught.value.problems) >= 3


def test_spans_in_a_list_are_checked_as_those_in_a_tuple() -> None:
    document = article("Vold said that cod waits. She said “we go.”", "d")
    quotes = (quote(document, "q1", "cod waits"), quote(document, "q2", "we go"))
    lists = [msgspec.structs.replace(one, content=list(one.content)) for one in quotes]
    layers = document.with_layers(quotes=lists)
    assert validate_layers(layers, targets=()) is layers
