"""Ids that are chosen on the screen: what is offered, and that a choice is what typing it would be."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import documents

from onrecord.corpus.corpus import load_articles
from onrecord.corpus.exports.bridge import from_result, to_result
from onrecord.corpus.exports.exports import (
    annotation,
    encode_export,
    push_tasks,
    read_export,
    read_tasks,
)
from onrecord.corpus.exports.offers import (
    ACTORS,
    ENTITIES,
    UTTERANCES,
    chosen,
    offers,
    utterance_offers,
)
from onrecord.corpus.exports.scheme import CHOSEN, NEW
from onrecord.corpus.registry import Entity, Registry
from onrecord.document import Document, Mention, Meta, Quote, Span, Stance, text_hash
from onrecord.exceptions import InvalidDocument, InvalidInput

CLONE = Path(__file__).resolve().parents[2]
TEXT = "Durand said Sylvania must talk."
SEED = Document(id="quay", text=TEXT, sha256=text_hash(TEXT), meta=Meta(file="quay.txt"))
REGISTRY = Registry(
    [
        Entity(
            id="durand",
            name="Marie Durand",
            label="PERSON",
            aliases=("Durand", "Marie Durand"),
            offices=("Sylvanian minister",),
            actor=True,
        ),
        Entity(id="sylvania", name="Sylvania", label="GPE", actor=True),
        Entity(id="five", name="Bar $text", label="FAC"),
        Entity(id="k-9", name="K-9 boats", label="PRODUCT", aliases=("K-9",)),
    ]
)
MENTIONED = {"start": 0, "end": 6}


def item(name: str, value: dict[str, Any], **more: Any) -> dict[str, Any]:
    type = "labels" if "labels" in value else "choices" if "choices" in value else "textarea"
    span = {**MENTIONED, **value}
    return {"id": "r", "from_name": name, "to_name": "text", "type": type, "value": span, **more}


DURAND = item("mention", {"labels": ["PERSON"]})


def entity_of(*fields: dict[str, Any]) -> str | None:
    (mention,) = from_result(SEED, [DURAND, *fields]).mentions
    return mention.entity


def test_every_entity_is_offered_by_all_of_its_names_and_only_actors_to_speak() -> None:
    offered = offers(REGISTRY)
    assert [(one["value"], one["alias"]) for one in offered[ENTITIES]] == [
        ("new: …", NEW),
        ("Sylvania · sylvania", "sylvania"),
        ("Bar ＄text · five", "five"),
        ("K-9 boats · k-9 · K-9 · K9 boats · k9 · K9", "k-9"),
        ("Marie Durand · durand · Durand · Sylvanian minister", "durand"),
    ]
    assert [one["alias"] for one in offered[ACTORS]] == [NEW, "sylvania", "durand"]
    new = offered[ENTITIES][:1]
    assert offers(None) == {ENTITIES: new, ACTORS: new, UTTERANCES: []}


def test_no_choice_has_a_letter_for_its_key() -> None:
    keys = {one["hotkey"] for choices in offers(REGISTRY).values() for one in choices}
    assert keys == {"ctrl+alt+shift+0"}


def test_a_task_offers_what_the_registry_has() -> None:
    (task,) = push_tasks([SEED], registry=REGISTRY)
    assert task["data"].items() >= offers(REGISTRY).items()


def test_an_utterance_is_offered_with_every_wording_that_other_articles_give_it() -> None:
    def saying(id: str, span: Span, speaker: str | None) -> Document:
        quote = Quote(id="q", content=(span,), speaker=speaker, utterance="must-talk")
        article = Document(id=id, text=TEXT, sha256=SEED.sha256, meta=Meta(file=f"{id}.txt"))
        return article.with_layers(quotes=[quote])

    passes = [saying("gazette", Span(12, 30), "durand"), saying("courier", Span(21, 30), None)]
    (offered,) = utterance_offers(passes, "quay")
    assert (offered["alias"], offered["value"]) == (
        "must-talk",
        "must-talk · “Sylvania must talk” (durand in gazette) · “must talk” (nobody named in courier)",
    )
    (own,) = utterance_offers(passes, "gazette")
    assert own["value"] == "must-talk · “must talk” (nobody named in courier)"
    assert utterance_offers(passes[:1], "gazette") == []


def test_what_was_chosen_is_what_typing_it_would_be() -> None:
    assert entity_of(item("entity-id", {"choices": ["durand"]})) == "durand"
    assert entity_of(item("entity", {"text": ["durand"]})) == "durand"
    assert entity_of(*reversed(both("durand", "durand"))) == "durand"
    assert entity_of(item("entity-id", {"choices": []})) is None


def both(choice: str, typed: str) -> list[dict[str, Any]]:
    return [item("entity-id", {"choices": [choice]}), item("entity", {"text": [typed]})]


def test_a_new_one_is_named_with_or_without_its_prefix() -> None:
    assert entity_of(*both(NEW, "new:Marie")) == entity_of(*both(NEW, "Marie")) == "new:Marie"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            both("durand", "new:Marie"),
            "PERSON 'Durand' (0 to 6) has the entity 'durand' chosen and 'new:Marie' typed; "
            "take one of them off",
        ),
        (
            [item("entity-id", {"choices": [NEW]})],
            "PERSON 'Durand' (0 to 6) has a new entity without a name; type it, or choose an id",
        ),
        (
            [item("entity-id", {"choices": ["durand", "sylvania"]})],
            "has 2 answers where one is allowed",
        ),
        (
            [item("entity-id", {"text": ["durand"]})],
            "is 'textarea', but entity-id gives 'choices'",
        ),
        (
            [item("speaker-id", {"choices": ["durand"]})],
            "there is no part region 'r' for speaker-id",
        ),
    ],
)
def test_a_choice_that_says_two_things_or_none_is_a_fault_in_words(
    fields: list[dict[str, Any]], reason: str
) -> None:
    with pytest.raises(InvalidDocument) as caught:
        from_result(SEED, [DURAND, *fields])
    assert [problem for _, problem in caught.value.problems] == [reason]


def test_chosen_and_typed_that_differ_are_one_fault_and_not_two() -> None:
    result = [DURAND, *both("durand", "nobody")]
    tasks = [{"data": {"id": "quay", "sha256": SEED.sha256}, "annotations": [{"result": result}]}]
    with pytest.raises(InvalidInput) as caught:
        read_tasks(tasks, {"quay": SEED}, (), REGISTRY)
    assert str(caught.value).count("\n") == 0
    assert "has the entity 'durand' chosen and 'nobody' typed" in str(caught.value)


def test_speaker_and_holder_are_chosen_on_any_piece_of_their_item() -> None:
    document = SEED.with_layers(
        quotes=[Quote(id="q1", content=(Span(12, 20), Span(21, 30)), speaker="durand")],
        stances=[
            Stance(
                holder="new:Nobody",
                target="t",
                polarity="favor",
                evidence=(Span(12, 20), Span(21, 25)),
            )
        ],
    ).canonical()
    shown = chosen(to_result(document), REGISTRY)
    by_name = {one["from_name"]: one["value"] for one in shown if one.get("from_name") in NAMES}
    assert by_name["speaker-id"]["choices"] == ["durand"]
    assert by_name["holder-id"]["choices"] == [NEW]
    assert by_name["holder"]["text"] == ["new:Nobody"]
    assert "speaker" not in by_name
    assert from_result(SEED, shown) == document


NAMES = {*CHOSEN, *CHOSEN.values()}


@given(documents(), st.data())
def test_any_layers_come_back_whatever_the_registry_has(document: Document, data: Any) -> None:
    ids = [one.entity for one in document.mentions] + [one.holder for one in document.stances]
    ids += [one.speaker for one in document.quotes]
    known = data.draw(st.sets(st.sampled_from([id for id in ids if id] or ["nobody"])))
    registry = Registry.checked(
        Entity(id=id, name="A", label="PERSON", actor=data.draw(st.booleans()))
        for id in sorted(known)
    )
    result = annotation(document, registry)["result"]
    assert from_result(document.bare(), copy.deepcopy(result)) == document.canonical()


@pytest.mark.parametrize("name", ["gold", "annotator-1", "annotator-2", "annotator-3"])
def test_the_published_passes_are_the_same_bytes_after_being_shown(name: str) -> None:
    corpus = load_articles(CLONE)
    path = CLONE / "annotation" / "exports" / f"{name}.json"
    documents = read_export(path, corpus.seeds())
    tasks = push_tasks(documents, registry=corpus.registry)
    if name == "gold":
        used = {
            one["from_name"]
            for task in tasks
            for one in task["annotations"][0]["result"]
            if "from_name" in one
        }
        assert used & NAMES == {"entity-id", "speaker-id", "holder-id", "utterance"}
    assert encode_export(read_tasks(tasks, corpus.seeds())) == path.read_bytes()


def test_the_sdk_accepts_what_was_chosen() -> None:
    from label_studio_sdk.label_interface import LabelInterface

    interface = LabelInterface((CLONE / "annotation" / "label_config.xml").read_text("utf-8"))
    document = SEED.with_layers(mentions=[Mention(0, 6, "PERSON", "durand")])
    (task,) = push_tasks([document], registry=REGISTRY)
    result = task["annotations"][0]["result"]
    assert {one["from_name"] for one in result} == {"mention", "entity-id"}
    assert interface.validate_prediction({"result": result}, return_errors=True) == []
