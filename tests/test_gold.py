"""The gold against what it was made from: every disagreement has a recorded decision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

import onrecord
from onrecord.conflicts import find_conflicts
from onrecord.corpus import load_articles, read_layers
from onrecord.document import Document
from onrecord.files import read_records

DECISIONS = {
    "conflict": {"one", "other", "neither"},
    "finding": {"accepted", "accepted in another way", "declined"},
}


def read_pass(root: Path, name: str) -> tuple[Document, ...]:
    return read_layers(root / "annotation" / "exports" / f"{name}.json", load_articles(root))


@pytest.fixture(scope="module")
def records(root: Path) -> list[dict[str, Any]]:
    return [record for _, record in read_records(root / "annotation" / "adjudication.jsonl", dict)]


def test_every_conflict_of_the_two_passes_has_a_decision(
    root: Path, records: list[dict[str, Any]]
) -> None:
    found = find_conflicts(read_pass(root, "annotator-1"), read_pass(root, "annotator-2"))
    decided = [record for record in records if record["kind"] == "conflict"]
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
        found = find_conflicts(read_pass(root, name), gold.documents)
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
