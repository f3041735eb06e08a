"""The further measures and the breakdowns, on examples worked out by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec
import pytest
from builders import article, corpus, quote, stance

import onrecord
from onrecord.annotation.drafts import Words
from onrecord.document import MENTION_TYPES, VALUE_TYPES, Document, Mention, Span, Zone
from onrecord.scoring.breakdown import KEYS, Key, Part, breakdown
from onrecord.scoring.material import prepare

Numbers = tuple[float | None, float | None, float | None]
"""Precision, recall and F1."""


def figures(gold: Sequence[Document], predicted: Sequence[Document]) -> dict[str, Numbers]:
    found = onrecord.score(corpus(*gold), predicted, also=True, layers=onrecord.LAYERS).also
    return {f"{f.layer}: {f.name}": (f.precision, f.recall, f.f1) for f in found}


def marked(document: Document, *mentions: tuple[str, str, str | None]) -> Document:
    """The document with mentions given as words that occur once, type and entity."""
    made = []
    for words, label, entity in mentions:
        assert document.text.count(words) == 1
        start = document.text.index(words)
        made.append(Mention(start, start + len(words), label, entity))
    return document.with_layers(mentions=made)


# -- entities -------------------------------------------------------------------------------------


def test_entities_untrimmed_by_boundaries_in_part_by_type_and_in_conlls_types() -> None:
    text = article("The Typhoon of Kari Vold left Oslo Harbour and Norway on Monday, says Havnytt.")
    gold = marked(
        text,
        ("Typhoon", "PRODUCT", "t"),
        ("Kari Vold", "PERSON", "k"),
        ("Oslo Harbour", "FAC", "h"),
        ("Norway", "GPE", "n"),
        ("Monday", "DATE", None),
        ("Havnytt", "ORG", "r"),
    )
    predicted = marked(
        text,
        ("The Typhoon", "PRODUCT", "t"),  # right once trimmed
        ("Kari Vold", "ORG", "k"),  # wrong type
        ("Oslo", "FAC", "h"),  # a part
        ("Norway", "LOC", "n"),  # a wrong type, of the same of CoNLL's
        ("Havnytt", "ORG", "r"),  # right
        ("left", "EVENT", None),  # nothing in the gold
        ("says", "DATE", None),  # nothing either
    )
    found = figures([gold], [predicted])
    # gold 6, predicted 7: F1 is 2 TP / 13
    # as given: Havnytt alone
    assert found["entities: untrimmed"] == pytest.approx((1 / 7, 1 / 6, 2 / 13))
    # the same span: Typhoon, Kari Vold, Norway, Havnytt
    assert found["entities: boundaries"] == pytest.approx((4 / 7, 4 / 6, 8 / 13))
    # and half for Oslo
    assert found["entities: partial"] == pytest.approx((4.5 / 7, 4.5 / 6, 9 / 13))
    # a shared part and the same type: Typhoon, Oslo, Havnytt
    assert found["entities: type"] == pytest.approx((3 / 7, 3 / 6, 6 / 13))
    # MISC Typhoon, LOC Norway, ORG Havnytt; of 5 gold names (not Monday) and 6 predicted ones
    assert found["entities: CoNLL types"] == pytest.approx((3 / 6, 3 / 5, 6 / 11))


@pytest.mark.parametrize(
    "types",
    [
        {"PERSON"},
        {"ORG"},
        {"GPE", "LOC", "FAC"},
        {"NORP", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE"},
        set(VALUE_TYPES),
    ],
)
def test_conlls_types_take_the_names_types_together(types: set[str]) -> None:
    text = article("Vold left.")
    for one in MENTION_TYPES:
        for other in types:
            gold, predicted = (marked(text, ("Vold", label, None)) for label in (one, other))
            found = figures([gold], [predicted])["entities: CoNLL types"]
            if other in VALUE_TYPES:
                assert found[0] is None
            else:
                assert found[0] == (one in types)


# -- linking --------------------------------------------------------------------------------------


def test_linking_by_b_cubed_muc_ceafe_and_lea_without_singletons() -> None:
    one, two = article("Vold of Oslo in Norway.", "one"), article("Vold, Norway, Iceland.", "two")
    gold = [
        marked(one, ("Vold", "PERSON", "k"), ("Oslo", "GPE", "n"), ("Norway", "GPE", "n")),
        marked(two, ("Vold", "PERSON", "k"), ("Norway", "GPE", "n"), ("Iceland", "GPE", "i")),
    ]
    predicted = [
        marked(
            one,
            ("Vold", "PERSON", "A"),
            ("Oslo", "GPE", "B"),
            ("Norway", "GPE", "B"),
            ("of", "ORG", None),
        ),
        marked(two, ("Vold", "PERSON", "A"), ("Norway", "GPE", "C"), ("Iceland", "GPE", "C")),
    ]
    found = figures(gold, predicted)
    # gold k {Vold Vold}, n {Oslo Norway | Norway}, i {Iceland}: 6 names
    # predicted A {Vold Vold}, B {Oslo Norway}, C {Norway Iceland}, {of}: 7 names
    # recall: k 2·2/2, n 2·2/3 + 1/3, i 1: 14/3 of 6; precision: A 2, B 2, C 1/2 + 1/2, 0: 5 of 7
    assert found["linking: B3"] == pytest.approx((5 / 7, 7 / 9, 2 * 35 / 63 / (94 / 63)))
    # links: k 1 of 1, n 1 of 2, i none: 2 of 3; A 1 of 1, B 1 of 1, C 0 of 1: 2 of 3
    assert found["linking: MUC"] == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    # k-A 1, n-B 2·2/5, i-C 2·1/3: 37/15 over 4 predicted and 3 gold clusters
    assert found["linking: CEAFe"] == pytest.approx((37 / 60, 37 / 45, 2 * 37 / 15 / 7))
    # every entity once: k 1, n 1 of 3 links, i 0, of 3; A 1, B 1, C 0 and {of} 0, of 4
    assert found["linking: LEA by entity"] == pytest.approx((2 / 4, 4 / 9, 2 * 2 / 9 / (17 / 18)))
    # without i and {of}: k 2·1, n 2·1/2 + 0, of 5; A 2·1, B 2·1, C 0, of 6
    assert found["linking: LEA without singletons"] == pytest.approx((4 / 6, 3 / 5, 12 / 19))


def test_clusters_of_one_have_no_link_and_are_left_out_without_singletons() -> None:
    gold = marked(article("Vold of Oslo"), ("Vold", "PERSON", "k"), ("Oslo", "GPE", "n"))
    assert figures([gold], [gold])["linking: MUC"] == (None, None, None)
    assert figures([gold], [gold])["linking: LEA without singletons"] == (None, None, None)
    joined = marked(gold, ("Vold", "PERSON", "k"), ("Oslo", "GPE", "k"))
    assert figures([gold], [joined])["linking: MUC"] == (0.0, None, 0.0)
    assert figures([joined], [gold])["linking: MUC"] == (None, 0.0, 0.0)


def test_naming_the_frequent_entities_alone_is_little_where_each_counts_once(
    gold: onrecord.Corpus,
) -> None:
    counts = Counter(m.entity for d in gold for m in d.mentions if m.entity is not None)
    frequent = {entity for entity, _ in counts.most_common(8)}
    found = onrecord.score(
        gold,
        [d.with_layers(mentions=[m for m in d.mentions if m.entity in frequent]) for d in gold],
        also=True,
    )
    by_entity = {f.name: f.f1 for f in found.also}["LEA by entity"]
    assert found.linking.f1 == pytest.approx(0.882, abs=5e-4)
    assert by_entity == pytest.approx(2 * 8 / (8 + 39))  # 8 of 39 entities, none invented


# -- quotes ---------------------------------------------------------------------------------------


def test_quotes_by_content_source_cue_and_speaker() -> None:
    document = article("Vold said aaaaaaaa. Oslo said bbbb cccc. They say dddd.")
    first, second = Words("said", occurrence=1), Words("said", occurrence=2)
    gold = document.with_layers(
        quotes=[
            quote(document, "1", "aaaaaaaa", speaker="kari-vold", source="Vold", cue=first),
            quote(document, "2", "bbbb cccc", speaker="norway", source="Oslo", cue=second),
            quote(document, "3", "dddd", source="They", cue="say"),
        ]
    )
    predicted = document.with_layers(
        quotes=[
            quote(document, "a", "aaaaaaaa.", speaker="Vold", source="Vold"),
            quote(document, "b", "bbbb", speaker="Iceland", source="Oslo", cue=second),
            quote(document, "c", "They say dddd", cue="They"),
            quote(document, "d", "Vold"),
        ]
    )
    found = figures([gold], [predicted])
    # o: 1-a 1 (the stop does not count), 2-b 2·4/12, 3-c 2·4/15; d has nothing; gold 3, predicted 4
    assert found["quotes: content exact"] == pytest.approx((1 / 4, 1 / 3, 2 / 7))
    shared = 1 + 2 / 3 + 8 / 15
    assert found["quotes: content overlap"] == pytest.approx((shared / 4, shared / 3, 22 / 35))
    # all three pairs have o of 1/2 or more; sources: 3 in the gold, 2 predicted, both right
    assert found["quotes: source"] == pytest.approx((2 / 2, 2 / 3, 4 / 5))
    # cues: 3 in the gold, 2 predicted, that of b right
    assert found["quotes: cue"] == pytest.approx((1 / 2, 1 / 3, 2 / 5))
    # speakers of the three pairs: Vold, and null for null
    assert found["quotes: speaker accuracy"] == pytest.approx((2 / 3, 2 / 3, 2 / 3))


def test_content_that_lacks_a_letter_is_not_exact() -> None:
    document = article("Vold said a boat waits in the harbour of Oslo.")
    gold = document.with_layers(
        quotes=[quote(document, "1", "a boat waits in the harbour of Oslo")]
    )
    nearly = document.with_layers(
        quotes=[quote(document, "1", "boat waits in the harbour of Oslo")]
    )
    found = figures([gold], [nearly])
    assert found["quotes: content exact"] == (0.0, 0.0, 0.0)
    assert found["quotes: content overlap"][2] == pytest.approx(2 * 27 / 55)


def test_speakers_sources_and_cues_are_not_asked_of_quotes_that_share_less_than_half() -> None:
    document = article("Vold said aaaa bbbb cccc.")
    gold = document.with_layers(
        quotes=[quote(document, "1", "aaaa bbbb cccc", speaker="kari-vold", source="Vold")]
    )
    for content, pairs in (("aaaa", 1), ("aaa", 0)):  # 2·4/16 and 2·3/15
        predicted = document.with_layers(
            quotes=[
                msgspec.structs.replace(
                    gold.quotes[0], content=(Span(10, 10 + len(content)),), speaker="Vold"
                )
            ]
        )
        found = figures([gold], [predicted])
        assert found["quotes: content overlap"][0] == 2 * len(content) / (12 + len(content))
        assert found["quotes: source"][0] == pairs
        assert found["quotes: speaker accuracy"][0] == (1.0 if pairs else None)


# -- utterances -----------------------------------------------------------------------------------


def test_links_of_utterances_and_those_across_documents() -> None:
    def said(id: str, *utterances: str | None) -> Document:
        document = article("One said aaaa. Two said bbbb.", id)
        return document.with_layers(
            quotes=[
                quote(document, content, content, utterance=utterance)
                for content, utterance in zip(("aaaa", "bbbb"), utterances, strict=False)
            ]
        )

    gold = [said("0", "u", "u"), said("1", "u", "v"), said("2", "v")]
    predicted = [said("0", "A", None), said("1", "B", "B"), said("2", "B")]
    found = figures(gold, predicted)
    # gold: u has 3 links, v 1; predicted: B has 3; of these that of v, 1b-2a, is right
    assert found["utterances: links"] == pytest.approx((1 / 3, 1 / 4, 2 / 7))
    # 0a-0b of the gold and 1a-1b of the prediction are within a document
    assert found["utterances: links across documents"] == pytest.approx((1 / 2, 1 / 3, 2 / 5))


# -- stances --------------------------------------------------------------------------------------

NORTH = article("Vold wants the quota raised, Iceland does not, and both want talks.")


def held(*stances: tuple[str, str, str, str]) -> Document:
    return NORTH.with_layers(stances=[stance(NORTH, *parts) for parts in stances])


def test_holders_are_rolled_up_to_whom_they_represent() -> None:
    gold = held(
        ("kari-vold", "quota", "favor", "wants the quota"),
        ("iceland", "quota", "against", "does not"),
        ("norway", "talks", "favor", "want talks"),
    )
    predicted = held(
        ("Norway", "quota", "favor", "wants the quota"),  # Vold's principal
        ("Vold", "quota", "favor", "wants the quota"),  # the same when rolled up
        ("Jónsson", "quota", "favor", "does not"),  # Iceland's minister, wrong polarity
        ("Oslo", "talks", "favor", "want talks"),  # right
        ("nobody", "talks", "against", "want talks"),  # no actor
    )
    # gold 3, predicted 4 of which two are right
    found = figures([gold], [predicted])
    assert found["stances: holders rolled up"] == pytest.approx((2 / 4, 2 / 3, 4 / 7))


def test_f_avg_is_asked_on_the_golds_pairs() -> None:
    gold = held(
        ("kari-vold", "quota", "favor", "quota"),
        ("norway", "talks", "favor", "talks"),
        ("norway", "quota", "favor", "quota"),
        ("iceland", "quota", "against", "quota"),
        ("einar-jonsson", "talks", "against", "talks"),
        ("einar-jonsson", "quota", "mixed", "quota"),
    )
    predicted = held(
        ("Vold", "quota", "favor", "quota"),  # right
        ("norway", "talks", "against", "talks"),
        ("norway", "quota", "favor", "quota"),  # right, but for the next: two that differ are none
        ("Oslo", "quota", "against", "quota"),
        ("iceland", "quota", "against", "quota"),  # right
        ("Jónsson", "talks", "favor", "talks"),
        ("Jónsson", "quota", "favor", "quota"),
        ("iceland", "talks", "favor", "talks"),  # no pair of the gold
    )
    # favor: 1 right, 3 in the gold, 3 predicted: 2/6; against: 1 right, 2 and 2: 2/4
    found = figures([gold], [predicted])
    assert found["stances: F_avg"] == (None, None, pytest.approx((1 / 3 + 1 / 2) / 2))


@pytest.mark.parametrize("polarity", ["favor", "against"])
def test_f_avg_is_not_defined_where_the_gold_has_one_polarity_only(polarity: str) -> None:
    gold = held(("norway", "talks", polarity, "talks"))
    assert figures([gold], [gold])["stances: F_avg"] == (None, None, None)


def test_a_holder_that_means_no_actor_equals_nothing_in_any_measure() -> None:
    gold = held(("new:crew", "quota", "favor", "quota"), ("new:crew", "talks", "against", "talks"))
    found = figures([gold], [gold])
    assert found["stances: holders rolled up"] == (0.0, 0.0, 0.0)
    assert found["stances: F_avg"] == (None, None, 0.0)
    assert found["stances: evidence characters"] == (0.0, 0.0, 0.0)


def test_evidence_is_compared_by_character_where_the_stance_is_right() -> None:
    gold = held(
        ("kari-vold", "quota", "favor", "wants the quota"),
        ("iceland", "quota", "against", "does not"),
    )
    predicted = held(
        ("Vold", "quota", "favor", "the quota raised"),
        ("iceland", "quota", "favor", "does not"),
    )
    # 13 + 7 characters in the gold, 14 + 7 predicted, "thequota" in common
    found = figures([gold], [predicted])
    assert found["stances: evidence characters"] == pytest.approx((8 / 21, 8 / 20, 16 / 41))


def test_stances_made_one_by_name_resolution_have_the_evidence_of_both() -> None:
    gold = held(("kari-vold", "quota", "favor", "wants the quota"))
    predicted = held(("Vold", "quota", "favor", "wants"), ("Kari Vold", "quota", "favor", "quota"))
    # 10 of 13 characters, nothing else
    found = figures([gold], [predicted])
    assert found["stances: evidence characters"] == pytest.approx((1.0, 10 / 13, 20 / 23))


# -- empty sides ----------------------------------------------------------------------------------


def full() -> list[Document]:
    """Two documents in which every measure is defined."""
    documents = []
    for id in ("one", "two"):
        document = article(
            "⟦Vold|PERSON|kari-vold⟧ said “we go.” ⟦Oslo|GPE|norway⟧ wants talks, no quota.", id
        )
        said = quote(
            document,
            "q",
            "“we go.”",
            cue="said",
            source="Vold",
            speaker="kari-vold",
            utterance="go",
        )
        wanted = stance(document, "norway", "talks", "favor", "wants talks")
        refused = stance(document, "norway", "quota", "against", "no quota")
        documents.append(document.with_layers(quotes=[said], stances=[wanted, refused]))
    return documents


def bare() -> list[Document]:
    return [document.bare() for document in full()]


MEASURES = (
    "entities: untrimmed",
    "entities: boundaries",
    "entities: partial",
    "entities: type",
    "entities: CoNLL types",
    "linking: B3",
    "linking: MUC",
    "linking: CEAFe",
    "linking: LEA without singletons",
    "linking: LEA by entity",
    "quotes: content exact",
    "quotes: content overlap",
    "quotes: source",
    "quotes: cue",
    "quotes: speaker accuracy",
    "quotes: with contested",
    "utterances: links",
    "utterances: links across documents",
    "stances: holders rolled up",
    "stances: F_avg",
    "stances: evidence characters",
    "stances: evidence-gated",
    "stances: with contested",
)


def test_these_are_all_measures() -> None:
    assert tuple(figures(full(), full())) == MEASURES


@pytest.mark.parametrize("name", MEASURES)
def test_empty_sides(name: str) -> None:
    """Without gold there is no recall, without prediction no precision, without both no F1."""
    in_gold, in_prediction = (None, 0.0, 0.0), (0.0, None, 0.0)
    perfect: Numbers = (1.0, 1.0, 1.0)
    if name == "quotes: speaker accuracy":  # asked of pairs, and there is none
        in_gold = in_prediction = (None, None, None)
    if name == "stances: F_avg":  # asked on the gold's pairs
        in_gold, in_prediction, perfect = (None, None, 0.0), (None, None, None), (None, None, 1.0)
    assert figures(full(), full())[name] == perfect
    assert figures(full(), bare())[name] == in_gold
    assert figures(bare(), full())[name] == in_prediction
    assert figures(bare(), bare())[name] == (None, None, None)


# -- breakdowns -----------------------------------------------------------------------------------


def parts(
    gold: Sequence[Document], predicted: Sequence[Document], by: Key
) -> dict[tuple[str, str], Part]:
    found = breakdown(prepare(corpus(*gold), predicted), by)
    return {(part.part, part.layer): part for part in found}


def numbers(part: Part) -> tuple[float | None, float | None, float | None, int, int]:
    return part.precision, part.recall, part.f1, part.gold, part.predicted


def test_by_document_every_layer_is_scored_within_it() -> None:
    gold = full()
    first, second = gold
    predicted = [first, second.with_layers(mentions=second.mentions[:1], quotes=[])]
    found = parts(gold, predicted, "document")
    assert [part for part, layer in found if layer == "quotes"] == ["one", "two"]
    assert numbers(found["one", "entities"]) == (1.0, 1.0, 1.0, 2, 2)
    assert numbers(found["two", "entities"]) == (1.0, 0.5, 2 / 3, 2, 1)
    assert numbers(found["two", "linking"]) == (1.0, 0.5, pytest.approx(2 / 3), 2, 1)
    assert numbers(found["two", "quotes"]) == (None, 0.0, 0.0, 1, 0)
    assert numbers(found["two", "stances"]) == (1.0, 1.0, 1.0, 2, 2)
    # the two reports of the utterance are in two documents, so that neither has a cluster
    assert numbers(found["one", "utterances"]) == (None, None, None, 0, 0)


def test_by_outlet_documents_of_one_newsroom_are_taken_together() -> None:
    def of(document: Document, outlet: str | None) -> Document:
        return msgspec.structs.replace(
            document, meta=msgspec.structs.replace(document.meta, outlet=outlet)
        )

    one, two = full()
    unnamed = msgspec.structs.replace(one, id="three")
    gold = [of(one, "Gazette"), of(two, "Gazette"), of(unnamed, None)]
    predicted = [gold[0], gold[1].bare(), gold[2]]
    found = parts(gold, predicted, "outlet")
    assert {part for part, _ in found} == {"Gazette", "(not named)"}
    assert numbers(found["Gazette", "quotes"]) == (1.0, 0.5, 2 / 3, 2, 1)
    assert numbers(found["Gazette", "utterances"]) == (None, 0.0, 0.0, 2, 0)
    assert numbers(found["(not named)", "quotes"]) == (1.0, 1.0, 1.0, 1, 1)


def test_by_type_a_mention_belongs_to_the_type_that_its_side_gives_it() -> None:
    text = article("Vold, Oslo, Norway and Havnytt met on Monday.")
    gold = marked(text, ("Vold", "PERSON", "k"), ("Oslo", "GPE", "n"), ("Norway", "GPE", "n"))
    predicted = marked(text, ("Vold", "ORG", "k"), ("Oslo", "GPE", "n"), ("Havnytt", "GPE", "h"))
    found = parts([gold], [predicted], "type")
    assert list(found) == [("PERSON", "entities"), ("ORG", "entities"), ("GPE", "entities")]
    assert numbers(found["PERSON", "entities"]) == (None, 0.0, 0.0, 1, 0)
    assert numbers(found["ORG", "entities"]) == (0.0, None, 0.0, 0, 1)
    assert numbers(found["GPE", "entities"]) == (0.5, 0.5, 0.5, 2, 2)


def test_by_form_a_quote_is_found_whatever_form_the_other_side_gives_it() -> None:
    document = article("Vold said “we go.” and “they wait”, and that boats “sail” soon.")
    contents = ("“we go.”", "“they wait”", "that boats “sail” soon")
    gold = document.with_layers(quotes=[quote(document, c, c) for c in contents])
    bare = ("we go", "they wait", "that boats “sail” soon")
    predicted = document.with_layers(quotes=[quote(document, c, c) for c in bare])
    found = parts([gold], [predicted], "form")
    # both direct quotes are found, none is predicted as direct: precision is not defined
    assert numbers(found["direct", "quotes"]) == (None, 1.0, 0.0, 2, 0)
    assert numbers(found["indirect", "quotes"]) == (1.0, None, 0.0, 0, 2)
    assert numbers(found["mixed", "quotes"]) == (1.0, 1.0, 1.0, 1, 1)


def test_by_nesting_quotes_inside_others_are_told_from_the_rest() -> None:
    document = article("Vold said that Oslo wants boats and says “no rain”, said Iceland.")
    whole, inner = "that Oslo wants boats and says “no rain”", "“no rain”"
    outer = quote(document, "1", whole, speaker="kari-vold")
    nested = quote(document, "2", inner, speaker="norway", parent="1")
    gold = document.with_layers(quotes=[outer, nested])
    alone = quote(document, "2", inner, speaker="norway")
    found = parts([gold], [document.with_layers(quotes=[alone])], "nesting")
    # the nested quote is found; the one predicted as outer is in the gold; 1 of 1 outer is missed
    assert numbers(found["outer", "quotes"]) == (1.0, 0.0, 0.0, 1, 1)
    assert numbers(found["nested", "quotes"]) == (None, 1.0, 0.0, 1, 0)


def test_by_zone_an_item_is_where_it_begins_in_the_golds_zones() -> None:
    text = "Oslo waits\nVold said “we go.” and wants talks. Read Havnytt"
    document = article(text)
    cuts = [0, text.index("\n") + 1, text.index("Read"), len(text)]
    labels = ("headline", "body", "promo")
    zoned = msgspec.structs.replace(
        document,
        zones=tuple(Zone(a, b, label) for a, b, label in zip(cuts, cuts[1:], labels, strict=False)),
    )
    mentioned = marked(
        zoned, ("Oslo", "GPE", "n"), ("Vold", "PERSON", "kari-vold"), ("Havnytt", "ORG", "h")
    )
    gold = mentioned.with_layers(
        quotes=[quote(document, "q", "“we go.”", speaker="kari-vold")],
        stances=[stance(document, "kari-vold", "talks", "favor", "wants talks")],
    )
    across = Mention(0, text.index("Vold") + 4, "GPE", "n")  # begins in the headline
    predicted = gold.with_layers(mentions=[across, gold.mentions[2]])
    for zones in (predicted.zones, ()):  # zones are given: a system's own do not count
        found = parts([gold], [msgspec.structs.replace(predicted, zones=zones)], "zone")
        assert {part for part, _ in found} == {"headline", "body"}  # promotion does not count
        assert numbers(found["headline", "entities"]) == (0.0, 0.0, 0.0, 1, 1)
        assert numbers(found["body", "entities"]) == (None, 0.0, 0.0, 1, 0)
        assert numbers(found["body", "quotes"]) == (1.0, 1.0, 1.0, 1, 1)
        assert numbers(found["body", "stances"]) == (1.0, 1.0, 1.0, 1, 1)


@pytest.mark.parametrize("by", KEYS)
def test_empty_sides_broken_down(by: Key) -> None:
    """A part without gold has no recall, one without prediction no precision.

    Where neither side has an item there is a part only by document and by outlet.
    """
    whole = by in ("document", "outlet")
    empty_gold, empty_prediction = parts(bare(), full(), by), parts(full(), bare(), by)
    assert empty_gold
    assert empty_gold.keys() == empty_prediction.keys()
    for key in empty_gold:
        if key[1] == "utterances":  # clusters within the part, and here there is none
            continue
        count = empty_prediction[key].gold
        assert count > 0
        assert numbers(empty_prediction[key]) == (None, 0.0, 0.0, count, 0)
        assert numbers(empty_gold[key]) == (0.0, None, 0.0, 0, count)
    nothing = parts(bare(), bare(), by)
    assert len(nothing) == (10 if whole else 0)
    assert all(numbers(part) == (None, None, None, 0, 0) for part in nothing.values())
