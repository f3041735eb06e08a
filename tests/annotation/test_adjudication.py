"""Adjudication of two passes: what they agree on, and which version stands."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from builders import article, quote, stance

import onrecord
from onrecord.annotation.adjudication import agreed, decide, in_the_words_of
from onrecord.annotation.conflicts import find_conflicts, find_differences
from onrecord.corpus.corpus import load_articles
from onrecord.corpus.exports.bridge import to_result
from onrecord.corpus.files import read_records
from onrecord.corpus.layers import read_layers
from onrecord.document import Document, Mention


def one() -> Document:
    document = article(
        "⟦Vold|PERSON|vold⟧ said “we go.” ⟦Jónsson|PERSON|jonsson⟧ of ⟦Iceland|GPE|iceland⟧ "
        "said that boats wait. ⟦Vold|PERSON|vold⟧ wants talks."
    )
    quotes = [
        quote(document, "q1", "“we go.”", speaker="vold", cue="Vold said"),
        quote(document, "q2", "that boats wait", speaker="jonsson", utterance="boats-wait"),
    ]
    stances = [stance(document, "vold", "talks", "favor", "wants talks")]
    return document.with_layers(quotes=quotes, stances=stances).canonical()


def changed(document: Document, number: int, **fields: Any) -> Document:
    """The document with other fields of a quote."""
    quotes = list(document.quotes)
    quotes[number] = msgspec.structs.replace(quotes[number], **fields)
    return document.with_layers(quotes=quotes)


def decisions(left: Document, right: Document, gold: Document) -> list[tuple[str, str, str | None]]:
    found = decide([left], in_the_words_of([left], [right]), [gold])
    return [(decision.field, decision.decision, decision.stands) for decision in found]


def test_each_conflict_is_decided_by_what_the_gold_has() -> None:
    document = one()
    other = changed(changed(document, 0, cue=None), 1, speaker="iceland").with_layers(stances=[])
    gold = changed(document, 1, speaker="iceland")
    assert decisions(document, other, gold) == [
        ("cue", "one", "Vold said"),
        ("speaker", "other", "iceland"),
        ("item", "one", "vold favor talks"),
    ]


def test_what_is_of_neither_pass_is_told() -> None:
    document = one()
    other = changed(document, 1, speaker="iceland").with_layers(stances=[])
    against = [stance(document, "vold", "talks", "against", "wants talks")]
    gold = changed(document, 1, speaker=None).with_layers(stances=against)
    assert decisions(document, other, gold) == [
        ("speaker", "neither", None),
        ("item", "neither", "vold against talks"),
    ]


def test_an_item_that_is_gone_is_of_the_pass_that_lacked_it_or_of_neither() -> None:
    document = one()
    other = changed(document.with_layers(stances=[]), 0, cue=None)
    gold = document.with_layers(quotes=document.quotes[1:], stances=[])
    assert decisions(document, other, gold) == [("cue", "neither", None), ("item", "other", None)]


def test_a_mention_is_decided_by_its_span() -> None:
    document = one()
    vold, *others, again = document.mentions
    renamed = Mention(vold.start, vold.end, "ORG", "vold")
    other = document.with_layers(mentions=[renamed, *others])
    gold = document.with_layers(mentions=[renamed, *others, again])
    assert decisions(document, other, gold) == [
        ("label", "other", "ORG"),
        ("item", "one", "PERSON vold"),
    ]


def test_the_adjudicator_may_use_other_ids() -> None:
    document = one()
    other = changed(document, 1, utterance=None)
    named = {"vold": "kari-vold", "jonsson": "einar-jonsson", "iceland": "iceland"}
    gold = document.with_layers(
        mentions=[
            Mention(m.start, m.end, m.label, named[m.entity or ""]) for m in document.mentions
        ],
        quotes=[
            msgspec.structs.replace(
                q, id=f"x{q.id}", speaker=named[q.speaker or ""], utterance=q.utterance and "wait"
            )
            for q in document.quotes
        ],
    )
    assert decisions(document, other, gold) == [("utterance", "one", "wait")]


def test_what_both_have_is_agreed_and_what_differs_is_left_open() -> None:
    document = one()
    vold, jonsson, iceland, again = document.mentions
    other = changed(changed(document, 0, cue=None), 1, speaker="iceland").with_layers(
        mentions=[vold, jonsson, Mention(iceland.start, iceland.end, "LOC", "iceland"), again],
        stances=[stance(document, "vold", "talks", "favor", "talks")],
    )
    (both,) = agreed([document], find_differences([document], [other]))
    assert both.mentions == (vold, jonsson, again)
    assert both.quotes == changed(changed(document, 0, cue=None), 1, speaker=None).quotes
    assert both.stances == ()
    fields = [conflict.field for conflict in find_conflicts([document], [both])]
    assert fields == ["cue", "item", "speaker", "item"]


def test_a_quote_whose_parent_is_left_open_has_none() -> None:
    document = changed(one(), 1, parent="q1")
    other = document.with_layers(quotes=[msgspec.structs.replace(document.quotes[1], parent=None)])
    (both,) = agreed([document], find_differences([document], [other]))
    assert [(q.id, q.parent) for q in both.quotes] == [("q2", None)]
    assert to_result(both)


def test_the_other_pass_is_shown_in_the_first_ones_words() -> None:
    document = one()
    renamed = document.with_layers(
        mentions=[
            Mention(m.start, m.end, m.label, m.entity and f"new:{m.entity}")
            for m in document.mentions
        ],
        quotes=[
            msgspec.structs.replace(
                q, speaker=f"new:{q.speaker}", utterance=q.utterance and "waiting"
            )
            for q in document.quotes
        ],
        stances=[msgspec.structs.replace(s, holder=f"new:{s.holder}") for s in document.stances],
    )
    assert in_the_words_of([document], [renamed]) == (document,)


def test_a_name_that_means_another_is_kept_apart() -> None:
    document = one()
    other = changed(changed(document, 1, utterance="waiting"), 0, utterance="boats-wait")
    (shown,) = in_the_words_of([document], [other])
    assert [quote.utterance for quote in shown.quotes] == ["boats-wait-other", "boats-wait"]


# The real passes


@pytest.fixture(scope="module")
def passes(root: Path) -> list[tuple[Document, ...]]:
    articles = load_articles(root)
    exports = root / "annotation" / "exports"
    first, second = (
        tuple(d.canonical() for d in read_layers(exports / f"annotator-{n}.json", articles))
        for n in (1, 2)
    )
    return [first, in_the_words_of(first, second, articles.registry.ids)]


def test_the_decisions_on_the_gold_are_found_again(
    root: Path, gold: onrecord.Corpus, passes: list[tuple[Document, ...]]
) -> None:
    """All 26: the record was written by hand, before there was a program for it."""
    path = root / "annotation" / "adjudication.jsonl"
    records = [record for _, record in read_records(path, dict) if record["kind"] == "conflict"]
    found = decide(*passes, gold.documents, shared=gold.registry.ids)
    assert [decision.decision for decision in found] == [r["decision"] for r in records]
    assert [msgspec.to_builtins(decision.conflict) for decision in found] == [
        {name: record[name] for name in ("document", "layer", "field", "start", "end", "words")}
        | {name: record[name] for name in ("one", "other")}
        for record in records
    ]


@pytest.mark.parametrize(("number", "name"), [(0, "one"), (1, "other")])
def test_a_pass_taken_whole_stands_in_every_conflict(
    gold: onrecord.Corpus, passes: list[tuple[Document, ...]], number: int, name: str
) -> None:
    found = decide(*passes, passes[number], shared=gold.registry.ids)
    assert Counter(decision.decision for decision in found) == {name: 26}
    for decision in found:
        assert decision.stands == getattr(decision, name)


def test_what_is_agreed_conflicts_with_neither_pass_but_where_they_differ(
    gold: onrecord.Corpus, passes: list[tuple[Document, ...]]
) -> None:
    differences = find_differences(*passes, shared=gold.registry.ids)
    both = agreed(passes[0], differences)
    places = {(d.conflict.document, d.conflict.layer) for d in differences}
    for documents in passes:
        for conflict in find_conflicts(documents, both, shared=gold.registry.ids):
            assert (conflict.document, conflict.layer) in places
            assert conflict.other is None
    for document in both:
        assert to_result(document)
