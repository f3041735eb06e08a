"""The gold against what it was made from: every disagreement has a recorded decision."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

import onrecord
from onrecord.annotation.conflicts import find_conflicts
from onrecord.annotation.repeats import repeat_warnings
from onrecord.corpus.corpus import load_articles
from onrecord.corpus.files import read_records
from onrecord.corpus.layers import read_layers
from onrecord.document import Document

REPORTING = re.compile(
    r"\b(?:sa(?:y|ys|id|ying)|t(?:ell|ells|old|elling)|stat(?:e|es|ed|ing)|claim\w*|argu\w+"
    r"|add(?:s|ed|ing)|repeat(?:s|ed|ing)?|reiterat\w*|remind\w*|ask(?:s|ed|ing)?"
    r"|urg(?:e|es|ed|ing)|call(?:s|ed|ing)?|propos\w+|offer\w*|suggest\w*|threaten\w*|promis\w*"
    r"|warn\w*|den(?:y|ies|ied|ying)|tweet\w*|describ\w*|critici\w*|express\w*|voic\w*"
    r"|announc\w*|declar\w*|stress\w*|emphasi\w*|inform(?:s|ed|ing)?|mention\w*|assert\w*"
    r"|acknowledg\w*|discuss\w*|rais(?:e|es|ed|ing)|reject\w*|refus\w*|dismiss\w*|oppos\w*"
    r"|agree\w*|accus\w*|condemn\w*|insist\w*|demand\w*|request\w*|characteri\w*"
    r"|report(?:s|ed|ing)?|according|statement|release|view|believe|fears|want(?:s|ed)?"
    r"|supports?|speak|rul(?:ed|ing) out|press(?:ed|ure)|conclud\w*|vow\w*|pledg\w*)\b",
    re.IGNORECASE,
)
"""A broad list of verbs and nouns that can report what somebody said."""

DECISIONS = {
    "conflict": {"one", "other", "neither"},
    "finding": {"accepted", "accepted in another way", "declined"},
}


def read_pass(root: Path, name: str) -> tuple[Document, ...]:
    """A published pass; it need not have articles that came later."""
    path = root / "annotation" / "exports" / f"{name}.json"
    return read_layers(path, load_articles(root), partial=True)


@pytest.fixture(scope="module")
def records(root: Path) -> list[dict[str, Any]]:
    return [record for _, record in read_records(root / "annotation" / "adjudication.jsonl", dict)]


def test_every_conflict_of_the_two_passes_has_a_decision(
    root: Path, records: list[dict[str, Any]]
) -> None:
    one, other = read_pass(root, "annotator-1"), read_pass(root, "annotator-2")
    found = find_conflicts(one, other)
    annotated = {document.id for document in one}
    decided = [r for r in records if r["kind"] == "conflict" and r["document"] in annotated]
    fields = [*msgspec.structs.fields(found[0])]
    names = [field.name for field in fields]
    assert [{name: record[name] for name in names} for record in decided] == [
        msgspec.to_builtins(conflict) for conflict in found
    ]


def test_every_decision_names_a_rule_and_a_reason(records: list[dict[str, Any]]) -> None:
    for record in records:
        assert record["decision"] in DECISIONS[record["kind"]]
        assert record["rule"]
        assert record["reason"]


def test_where_both_passes_agree_the_gold_differs_only_as_a_finding_says(
    root: Path, gold: onrecord.Corpus, records: list[dict[str, Any]]
) -> None:
    """Conflicts of the gold with both passes at once are those that decisions made."""
    both: list[set[tuple[str, str, str, int]]] = []
    for name in ("annotator-1", "annotator-2"):
        passed = read_pass(root, name)
        found = find_conflicts(passed, [gold[document.id] for document in passed])
        both.append({(c.document, c.layer, c.field, c.start) for c in found})
    decided = [r for r in records if r["decision"] in {"neither", "accepted"}]
    decided += [r for r in records if r["decision"] == "accepted in another way"]
    places = {record["document"] for record in decided}
    differing = both[0] & both[1]
    assert {document for document, *_ in differing} <= places
    assert len(differing) <= len(decided)


def test_every_entity_and_target_of_the_files_is_used_or_says_why(
    root: Path, gold: onrecord.Corpus
) -> None:
    used = {m.entity for d in gold for m in d.mentions}
    used |= {q.speaker for d in gold for q in d.quotes}
    used |= {s.holder for d in gold for s in d.stances}
    assert {entity.id for entity in gold.registry} <= used
    targets = {s.target for d in gold for s in d.stances}
    sheet = (root / "DATASHEET.md").read_text(encoding="utf-8")
    for target in gold.targets:
        assert target.id in targets or f"`{target.id}`" in sheet, target.id


def test_every_name_of_an_actor_is_an_alias(gold: onrecord.Corpus) -> None:
    for document in gold:
        for mention in document.mentions:
            if mention.entity is not None and gold.registry[mention.entity].actor:
                words = mention.span.of(document.text)
                assert gold.registry.actor(words) == mention.entity, (document.id, words)


def test_the_same_name_has_the_same_type_and_entity_throughout(gold: onrecord.Corpus) -> None:
    """But for the capitals, which are the government here and the city there."""
    found: dict[str, set[tuple[str, str | None]]] = {}
    for document in gold:
        for mention in document.mentions:
            if mention.is_name:
                words = mention.span.of(document.text)
                found.setdefault(words, set()).add((mention.label, mention.entity))
    several = {words for words, kinds in found.items() if len(kinds) > 1}
    assert several == {"Ankara", "Washington"}


def unmarked_report_words(document: Document) -> list[tuple[int, str]]:
    """Words of the list outside promo text that are in no cue and in no name."""
    taken: set[int] = set()
    for span in [q.cue for q in document.quotes if q.cue] + [m.span for m in document.mentions]:
        taken.update(range(span.start, span.end))
    for zone in document.zones:
        if zone.label == "promo":
            taken.update(range(zone.start, zone.end))
    names = {"State"}  # of a title, Secretary of State
    return [
        (match.start(), match[0])
        for match in REPORTING.finditer(document.text)
        if match.start() not in taken and match[0] not in names
    ]


def test_every_word_that_could_report_is_a_cue_or_listed_with_a_reason(
    root: Path, gold: onrecord.Corpus
) -> None:
    records = [r for _, r in read_records(root / "annotation" / "not_reports.jsonl", dict)]
    listed = [(record["document"], record["start"], record["word"]) for record in records]
    assert listed == [(d.id, start, word) for d in gold for start, word in unmarked_report_words(d)]
    assert all(record["rule"] and record["reason"] for record in records)


def test_every_quotation_mark_is_in_the_content_of_a_quote(gold: onrecord.Corpus) -> None:
    for document in gold:
        inside = {
            position
            for quote in document.quotes
            for span in quote.content
            for position in range(span.start, span.end)
        }
        for position, character in enumerate(document.text):
            before = document.text[position - 1 : position]
            apostrophe = character in "‘'" and before.isalnum()
            if character in "“”\"‘'" and not apostrophe:
                assert position in inside, (
                    document.id,
                    document.text[position - 20 : position + 20],
                )


def test_what_outlets_repeat_word_for_word_is_one_utterance(gold: onrecord.Corpus) -> None:
    """Seven words in a row in two quotes, reports inside them left out."""
    assert list(repeat_warnings(gold.documents)) == []
    renamed = [
        msgspec.structs.replace(quote, utterance=quote.utterance and f"{quote.utterance}-x")
        for quote in gold["bulgarianmilitary"].quotes
    ]
    document = gold["bulgarianmilitary"].with_layers(quotes=renamed)
    others = [other for other in gold if other.id != document.id]
    assert [str(one) for one in repeat_warnings([document], others)] == [
        "bulgarianmilitary: utterance: 'blinken-urges-not-retain-s400-x' shares 'not to retain the "
        "russian s 400' with 'blinken-urges-not-retain-s400' of unnamed; if it is the same act, give "
        "both one id (U1)"
    ]
