"""The five headline scores, on examples worked out by hand."""

from __future__ import annotations

import random
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from builders import REGISTRY, TARGETS, article, corpus, quote, stance
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from strategies import annotated, seeds

import onrecord
from onrecord.annotation.drafts import Words
from onrecord.corpus.predictions import Predictions
from onrecord.document import LAYERS, MENTION_TYPES, Document, Mention, Quote, Span
from onrecord.exceptions import InvalidInput
from onrecord.scoring import entities
from onrecord.scoring.alignment import (
    assign,
    content_of,
    matches,
    overlap,
    same_speaker,
    side,
)
from onrecord.scoring.clusters import cluster_table
from onrecord.scoring.scores import Scores, score_entities
from onrecord.scoring.seqeval_check import seqeval_f1
from onrecord.scoring.tables import CountTable, Row


def scores(gold: Document, predicted: Document, **options: bool) -> Scores:
    return onrecord.score(corpus(gold), [predicted], **options)


# -- entities -------------------------------------------------------------------------------------


def test_a_mention_counts_when_trimmed_span_and_type_agree() -> None:
    gold = article(
        "The ⟦Typhoon|PRODUCT|t⟧ of ⟦Kari Vold|PERSON|k⟧ left ⟦Oslo|GPE|o⟧ on ⟦Monday|DATE⟧"
    )
    spans = [m.span for m in gold.mentions]
    predicted = gold.with_layers(
        mentions=[
            Mention(0, spans[0].end, "PRODUCT", "x"),  # with its article: trimmed
            Mention(spans[1].start, spans[1].end, "ORG", "y"),  # wrong type
            Mention(spans[2].start, spans[2].end, "GPE", "z"),  # right
        ]
    )
    score = scores(gold, predicted).entities
    assert score.table == CountTable((Row(document="gazette", tp=2, gold=4, predicted=3),))
    assert score.f1 == pytest.approx(4 / 7)
    assert score.precision == pytest.approx(2 / 3)
    assert score.recall == pytest.approx(1 / 2)


def test_a_title_in_front_does_not_count_for_a_person_and_does_for_others() -> None:
    gold = article("⟦Minister Kari Vold|PERSON|k⟧ of ⟦President Harding|FAC|h⟧")
    person, place = gold.mentions
    shorter = [
        Mention(person.start + len("Minister "), person.end, "PERSON", "k"),
        Mention(place.start + len("President "), place.end, "FAC", "h"),
    ]
    assert scores(gold, gold.with_layers(mentions=shorter)).entities.table.tp == 1


def test_nothing_in_gold_and_prediction_is_undefined_not_perfect() -> None:
    empty = article("Nothing.")
    assert [scores(empty, empty)[layer].f1 for layer in LAYERS] == [None] * 5


def test_a_corpus_without_documents_has_no_score() -> None:
    nothing = onrecord.score(corpus(), [])
    assert [nothing[layer].f1 for layer in LAYERS] == [None] * 5


def test_nothing_predicted_is_zero_where_it_was_attempted() -> None:
    gold = full_gold()
    nothing = Predictions([gold.bare()], LAYERS)
    found = onrecord.score(corpus(gold), nothing)
    assert [found[layer].f1 for layer in LAYERS] == [0.0] * 5
    assert [scores(gold, gold.bare())[layer].f1 for layer in LAYERS] == [None] * 5


def test_promo_text_does_not_count_unless_asked_for() -> None:
    gold = article("⟦Oslo|GPE|o⟧ waits. Read ⟦Havnytt|ORG|h⟧", promo="Read")
    predicted = gold.with_layers(mentions=[*gold.mentions[:1], Mention(18, 22, "GPE")])
    assert scores(gold, gold.bare()).entities.table.gold == 1
    assert scores(gold, gold.bare(), zones=False).entities.table.gold == 2
    straddling = gold.with_layers(mentions=[Mention(5, 16, "GPE")])
    assert scores(gold, straddling).entities.table.predicted == 1  # not wholly in promo
    assert scores(gold, predicted).entities.f1 == 1.0


@st.composite
def mention_layers(draw: st.DrawFn) -> tuple[Document, Document]:
    words = st.sampled_from(["Oslo", "the", "Vold’s", "“Havn”", "an", "x", "Mr.", " ", "a"])
    text = " ".join(draw(st.lists(words, min_size=1, max_size=12)))
    document = article(text)

    def layer() -> list[Mention]:
        cuts = draw(st.lists(st.integers(0, len(text)), unique=True, max_size=8))
        return [
            Mention(start, end, draw(st.sampled_from(MENTION_TYPES[:3])))
            for start, end in pairwise(sorted(cuts))
            if text[start:end].strip() and draw(st.booleans())
        ]

    return document.with_layers(mentions=layer()), document.with_layers(mentions=layer())


@given(mention_layers())
def test_entities_equal_seqeval_strict(pair: tuple[Document, Document]) -> None:
    gold, predicted = pair
    row = entities.count(gold, predicted)
    ours = CountTable((row,)).f1
    theirs = seqeval_f1([pair])
    assert (ours is None) == (theirs is None)
    assert ours is None or ours == pytest.approx(theirs, abs=1e-12)


# -- linking --------------------------------------------------------------------------------------


def test_lea_of_the_textbook_case() -> None:
    """{abc}{defg} against {ab}{cd}{fghi}: LEA F1 .278 (Moosavi & Strube 2016, worked example)."""
    gold = {"a": "1", "b": "1", "c": "1", "d": "2", "e": "2", "f": "2", "g": "2"}
    predicted = dict(a="1", b="1", c="2", d="2", f="3", g="3", h="3", i="3")  # noqa: C408
    table = cluster_table(
        ["x"],
        [("x", cluster) for cluster in gold.values()],
        [("x", cluster) for cluster in predicted.values()],
        [("x", gold[item], predicted[item]) for item in gold.keys() & predicted.keys()],
    )
    # recall: a, b: 1/2 each; f, g: 1/3 each; over 7. precision: a, b: 1 each; f, g: 1/3; over 8
    assert table.recall == pytest.approx((1 + 2 / 3) / 7)
    assert table.precision == pytest.approx((2 + 2 / 3) / 8)
    assert table.f1 == pytest.approx(0.278, abs=5e-4)


def test_names_are_linked_over_documents_and_a_singleton_counts_only_as_one() -> None:
    one = article("⟦Oslo|GPE|norway⟧ met ⟦Vold|PERSON|kari-vold⟧ on ⟦Monday|DATE⟧", "one")
    two = article("⟦Norway|GPE|norway⟧ waits", "two")
    gold = corpus(one, two)
    split = [
        one.with_layers(mentions=[Mention(0, 4, "GPE"), Mention(9, 13, "PERSON")]),
        two,
    ]
    table = onrecord.score(gold, split).linking.table
    # gold {Oslo, Norway} {Vold}; predicted {Oslo} {Vold} {Norway}: only the singleton Vold is right
    assert table.recall == pytest.approx(1 / 3)
    assert table.precision == pytest.approx(1 / 3)
    assert onrecord.score(gold, [one, two]).linking.f1 == 1.0


def test_linking_matches_the_span_and_leaves_the_type_to_entities() -> None:
    gold = article("⟦Oslo|GPE|o⟧ and ⟦Oslo|GPE|o⟧")
    predicted = gold.with_layers(
        mentions=[Mention(m.start, m.end, "ORG", "e") for m in gold.mentions]
    )
    assert scores(gold, predicted).linking.f1 == 1.0
    assert scores(gold, predicted).entities.f1 == 0.0


# -- quotes ---------------------------------------------------------------------------------------


def test_overlap_leaves_out_space_marks_and_a_final_stop() -> None:
    text = "“We go on.” and"
    whole = content_of([Span(0, 11)], text)
    assert (whole.stretches, whole.size) == (((1, 9),), len("Wegoon"))
    assert overlap(whole, content_of([Span(1, 9)], text)) == 1.0
    assert overlap(whole, content_of([Span(4, 9)], text)) == pytest.approx(2 * 4 / 10)
    nothing = content_of([Span(9, 11)], text)
    assert overlap(nothing, nothing) == overlap(whole, nothing) == 0.0


@given(st.data())
def test_quotes_are_paired_as_scipy_pairs_them(data: st.DataObject) -> None:
    """With nothing to choose there is a short way; the result is that of the whole matrix."""
    document = data.draw(seeds())
    own, other = (
        side(data.draw(annotated(document)).quotes, document, {"durand": "durand"}) for _ in "ab"
    )
    overlaps = np.array([[overlap(g, p) for p in other.contents] for g in own.contents])
    overlaps = overlaps.reshape(len(own.quotes), len(other.quotes))
    linked = np.where(overlaps >= 0.5, overlaps, 0.0)
    best = linked[linear_sum_assignment(linked, maximize=True)].sum()
    assert sum(overlaps[pair] for pair in assign(own, other)) == pytest.approx(best, abs=1e-6)
    right = [[same_speaker(s, t) for t in other.speakers] for s in own.speakers]
    found = (overlaps >= 0.8) & np.array(right, dtype=bool).reshape(overlaps.shape)
    matched = found.astype(int)[linear_sum_assignment(found, maximize=True)].sum()
    pairs = matches(own, other)
    assert len(pairs) == matched
    assert pairs == sorted(pairs)
    assert all(found[i, j] for i, j in pairs)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)


def two_quotes() -> Document:
    document = article(
        "⟦Vold|PERSON|kari-vold⟧ said that boats wait in the harbour. "
        "⟦Jónsson|PERSON|einar-jonsson⟧ said “we go.”"
    )
    return document.with_layers(
        quotes=[
            quote(document, "q1", "that boats wait in the harbour", speaker="kari-vold"),
            quote(document, "q2", "“we go.”", speaker="einar-jonsson"),
        ]
    )


def test_a_quote_counts_with_enough_content_and_the_right_speaker() -> None:
    gold = two_quotes()
    first, second = gold.quotes
    nearly = quote(gold, "a", "boats wait in the harbour", speaker="Kari Vold")
    assert overlap(
        content_of(first.content, gold.text), content_of(nearly.content, gold.text)
    ) == pytest.approx(2 * 21 / (25 + 21))
    wrong = quote(gold, "b", "“we go.”", speaker="Kari Vold")
    table = scores(gold, gold.with_layers(quotes=[nearly, wrong])).quotes.table
    assert table.rows[0] == Row(document="gazette", tp=1, gold=2, predicted=2)
    short = quote(gold, "a", "boats wait", speaker="Kari Vold")
    assert scores(gold, gold.with_layers(quotes=[short, second])).quotes.table.tp == 1


def test_a_speakerless_quote_matches_only_a_speakerless_quote() -> None:
    document = article("Boats wait, “it is late.” ⟦Vold|PERSON|kari-vold⟧ left.")
    gold = document.with_layers(quotes=[quote(document, "q", "“it is late.”")])
    for speaker, tp in [(None, 1), ("Vold", 0), ("nobody", 0)]:
        predicted = gold.with_layers(quotes=[quote(gold, "p", "“it is late.”", speaker=speaker)])
        assert scores(gold, predicted).quotes.table.tp == tp


def test_an_unresolved_speaker_equals_nothing() -> None:
    gold = two_quotes()
    predicted = gold.with_layers(quotes=[quote(gold, "p", "“we go.”", speaker="somebody")])
    assert scores(gold, predicted).quotes.table.tp == 0


def test_quotes_are_matched_one_to_one() -> None:
    gold = two_quotes()
    copies = [
        quote(gold, "a", "“we go.”", speaker="Jónsson"),
        quote(gold, "b", "we go", speaker="Einar Jónsson"),
    ]
    row = scores(gold, gold.with_layers(quotes=copies)).quotes.table.rows[0]
    assert row == Row(document="gazette", tp=1, gold=2, predicted=2)


# -- pairs of quotes ------------------------------------------------------------------------------

BOATS = article(
    "Vold said “we go.” Then he said that the boats wait. Elsewhere it rained, he said."
)
THAT, THE_BOATS, WAIT = "that the boats wait", "that the", "boats wait"
SAID, THEN = Words("said", occurrence=1), Words("said", occurrence=2)


def beside(gold: list[Quote], predicted: list[Quote]) -> set[tuple[str, str]]:
    """The ids of the quotes that are put side by side."""
    names = {"norway": "norway", "iceland": "iceland", "kari-vold": "kari-vold"}
    left, right = side(gold, BOATS, names), side(predicted, BOATS, names)
    return {(left.quotes[i].id, right.quotes[j].id) for i, j in assign(left, right)}


def test_the_name_of_an_unresolved_speaker_does_not_decide_between_quotes() -> None:
    gold = [quote(BOATS, "g", THAT, cue=THEN, speaker="norway")]

    def predicted(one: str, two: str) -> list[Quote]:
        return [
            quote(BOATS, "a", THAT, speaker=one),
            quote(BOATS, "b", THAT, cue=THEN, speaker=two),
        ]

    assert beside(gold, predicted("e1", "e2")) == beside(gold, predicted("e2", "e1"))


def test_a_quote_elsewhere_changes_no_pair() -> None:
    gold = [
        quote(BOATS, "g1", THE_BOATS, speaker="norway"),
        quote(BOATS, "g2", THAT, cue=SAID, speaker="iceland"),
        quote(BOATS, "g3", THAT, cue=THEN, speaker="kari-vold"),
    ]
    predicted = [quote(BOATS, "p1", WAIT, cue=SAID), quote(BOATS, "p2", THAT, speaker="e")]
    elsewhere = quote(BOATS, "p3", "Elsewhere it rained", speaker="norway")
    assert beside(gold, predicted) == beside(gold, [*predicted, elsewhere])


def test_exchanging_gold_and_prediction_changes_no_pair() -> None:
    gold = [
        quote(BOATS, "g1", "“we go.”", cue=SAID, speaker="norway"),
        quote(BOATS, "g2", THAT, cue=THEN),
    ]
    predicted = [
        quote(BOATS, "p1", THAT, speaker="kari-vold"),
        quote(BOATS, "p2", THAT, cue=THEN, speaker="e"),
    ]
    back = {(one, other) for other, one in beside(predicted, gold)}
    assert beside(gold, predicted) == back


# -- utterances -----------------------------------------------------------------------------------


def reports(*utterances: str | None) -> list[Document]:
    documents = []
    for number, utterance in enumerate(utterances):
        document = article(f"⟦Vold|PERSON|kari-vold⟧ said that boats {number} wait.", f"d{number}")
        content = f"that boats {number} wait"
        found = quote(document, "q", content, speaker="kari-vold", utterance=utterance)
        documents.append(document.with_layers(quotes=[found]))
    return documents


def test_utterances_are_clusters_of_two_or_more_reports() -> None:
    gold = corpus(*reports("u", "u", "u", "v"))
    assert onrecord.score(gold, reports("a", "a", "a", None)).utterances.f1 == 1.0
    assert onrecord.score(gold, reports("a", "b", "c", "d")).utterances.f1 == 0.0
    split = onrecord.score(gold, reports("a", "a", "b", "b")).utterances
    # {0,1,2} against {0,1} {2,3}: 0 and 1 keep one of their two links, 2 keeps none
    assert split.recall == pytest.approx((1 / 2 + 1 / 2) / 3)
    assert split.precision == pytest.approx((1 + 1) / 4)


def test_a_document_left_out_takes_its_reports_with_it() -> None:
    table = onrecord.score(corpus(*reports("u", "u", "v")), reports("a", "a", "a")).utterances.table
    assert table.without("d2").f1 == 1.0
    assert table.without("d1").gold_sizes == {}
    assert table.without("d1").f1 == 0.0


def test_names_decide_between_quotes_of_equal_overlap() -> None:
    """The same words with their marks and without, which do not count."""
    document = article("⟦Vold|PERSON|kari-vold⟧ and ⟦Jónsson|PERSON|einar-jonsson⟧ said “we go.”")

    def both(vold: str, jonsson: str) -> Document:
        spoken = [("kari-vold", "“we go.”", vold), ("einar-jonsson", "we go", jonsson)]
        return document.with_layers(
            quotes=[quote(document, s, words, speaker=s, utterance=u) for s, words, u in spoken]
        )

    other = reports("u")[0]
    gold = corpus(both("u", "v"), other)
    assert onrecord.score(gold, [both("a", "b"), reports("a")[0]]).utterances.f1 == 1.0
    assert onrecord.score(gold, [both("b", "a"), reports("a")[0]]).utterances.f1 == 0.0


def test_the_ids_of_quotes_never_change_a_score() -> None:
    """Two quotes on the same words by names of one speaker, in two utterances."""
    document = article("⟦Vold|PERSON|kari-vold⟧ said “we go.”")

    def said(one: str, two: str) -> Document:
        spoken = [(one, "“we go.”", "Vold", "a"), (two, "we go", "Kari Vold", "b")]
        return document.with_layers(
            quotes=[quote(document, id, w, speaker=s, utterance=u) for id, w, s, u in spoken]
        )

    own = quote(document, "q", "“we go.”", speaker="kari-vold", utterance="u")
    gold = corpus(document.with_layers(quotes=[own]), reports("u")[0])
    other = reports("a")[0]
    results = {onrecord.score(gold, [said(*ids), other]).utterances.f1 for ids in ("xy", "yx")}
    assert len(results) == 1


def test_a_pass_is_understood_by_its_registry_ids_where_it_has_no_mention() -> None:
    gold = full_gold()
    bare = gold.with_layers(mentions=[])
    assert scores(gold, bare).quotes.f1 == 1.0
    assert scores(gold, bare).stances.f1 == 1.0


def test_names_in_promo_text_do_not_decide_who_speaks() -> None:
    text = "⟦Vold|PERSON|e⟧ said “we go.” Read ⟦Jónsson|PERSON|e⟧ and ⟦Jónsson|PERSON|e⟧"
    document = article(text, promo="Read")
    gold = document.with_layers(quotes=[quote(document, "q", "“we go.”", speaker="kari-vold")])
    predicted = document.with_layers(quotes=[quote(document, "q", "“we go.”", speaker="e")])
    assert scores(gold, predicted).quotes.f1 == 1.0
    assert scores(gold, predicted, zones=False).quotes.f1 == 0.0


# -- stances --------------------------------------------------------------------------------------


def test_stances_are_a_set_of_holder_target_and_polarity() -> None:
    document = article("⟦Vold|PERSON|kari-vold⟧ wants the quota, ⟦Iceland|GPE|iceland⟧ does not.")
    gold = document.with_layers(
        stances=[
            stance(document, "kari-vold", "quota", "favor", "wants the quota"),
            stance(document, "iceland", "quota", "against", "does not"),
        ]
    )
    predicted = document.with_layers(
        stances=[
            stance(document, "Kari Vold", "quota", "favor", "wants"),
            stance(document, "Vold", "quota", "favor", "wants the quota"),  # the same: collapses
            stance(document, "Iceland", "quota", "favor", "does not"),  # wrong polarity
            stance(document, "somebody", "talks", "favor", "does not"),  # unresolved
        ]
    )
    table = scores(gold, predicted).stances.table
    assert table.rows == (Row(document="gazette", tp=1, gold=2, predicted=3),)


def test_a_holder_that_means_no_actor_equals_nothing() -> None:
    document = article("The crew wants the quota.")
    gold = document.with_layers(stances=[stance(document, "new:crew", "quota", "favor", "wants")])
    assert scores(gold, gold).stances.table.rows == (
        Row(document="gazette", tp=0, gold=1, predicted=1),
    )


# -- all layers -----------------------------------------------------------------------------------


def full_gold() -> Document:
    document = article(
        "⟦Vold|PERSON|kari-vold⟧ said “we go.” ⟦Oslo|GPE|norway⟧ said that they go and wants talks."
    )
    return document.with_layers(
        quotes=[
            quote(document, "q1", "“we go.”", speaker="kari-vold", utterance="go"),
            quote(document, "q2", "that they go", speaker="norway", utterance="go"),
        ],
        stances=[stance(document, "norway", "talks", "favor", "wants talks")],
    )


def test_the_gold_scored_against_itself_is_perfect() -> None:
    gold = full_gold()
    assert [scores(gold, gold)[layer].f1 for layer in LAYERS] == [1.0] * 5


def test_entities_alone_have_the_score_that_they_have_among_all_layers() -> None:
    gold = article("⟦Vold|PERSON|k⟧ left ⟦Oslo|GPE|o⟧. Read ⟦Havnytt|ORG|h⟧", promo="Read")
    predicted = [gold.with_layers(mentions=gold.mentions[1:])]
    for zones in (True, False):
        alone = score_entities(corpus(gold), predicted, zones=zones)
        among_all = onrecord.score(corpus(gold), predicted, zones=zones).entities
        assert alone == msgspec.structs.replace(among_all, units=None)


def test_the_real_gold_scored_against_itself_is_perfect(gold: onrecord.Corpus) -> None:
    result = onrecord.score(gold, gold.documents)
    assert [result[layer].f1 for layer in LAYERS] == [1.0] * 5


@given(seed=st.integers(0, 10**6))
def test_the_order_of_a_list_never_changes_a_score(seed: int) -> None:
    shuffle = random.Random(seed)
    gold, predicted = full_gold(), two_quotes_like(full_gold())

    def shuffled(document: Document) -> Document:
        return document.with_layers(
            mentions=shuffle.sample(document.mentions, len(document.mentions)),
            quotes=shuffle.sample(document.quotes, len(document.quotes)),
            stances=shuffle.sample(document.stances, len(document.stances)),
        )

    assert scores(shuffled(gold), shuffled(predicted)) == scores(gold, predicted)


def two_quotes_like(document: Document) -> Document:
    more = [
        quote(document, "p1", "we go", speaker="Vold", utterance="a"),
        quote(document, "p2", "they go", speaker="Oslo", utterance="a"),
        quote(document, "p3", "they go and wants", speaker="Vold", utterance="b"),
    ]
    return document.with_layers(quotes=more)


def test_predictions_must_be_of_exactly_the_golds_documents() -> None:
    gold = corpus(*reports("u", "u"))
    one, two = gold.documents
    with pytest.raises(InvalidInput, match="d1: is missing"):
        onrecord.score(gold, [one])
    with pytest.raises(InvalidInput, match="d0: is given twice"):
        onrecord.score(gold, [one, one, two])
    with pytest.raises(InvalidInput, match="gazette: unknown document"):
        onrecord.score(gold, [one, two, article("x")])
    with pytest.raises(InvalidInput, match="d1: text: is not the gold's text"):
        onrecord.score(gold, [one, article("x", "d1")])


def test_the_signature_names_what_a_score_depends_on() -> None:
    gold = corpus(*reports("u", "u"))
    signature = onrecord.score(gold, gold.documents).signature
    assert signature == (
        f"gold:{gold.hash[:12]}|docs:2|zones:no-promo|contested:no|trim:yes|overlap:0.8"
        "|ci:betabinomial+wilson|scorer:4"
    )
    other = onrecord.Corpus(gold.documents, REGISTRY, TARGETS[:1])
    assert other.hash != gold.hash
