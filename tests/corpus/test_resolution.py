"""Resolution: whom a file's speakers and holders mean, in each of its documents."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from builders import REGISTRY, article, quote, stance

import onrecord
from onrecord.corpus.checking import check_documents
from onrecord.corpus.resolution import find_unresolved, resolve_names
from onrecord.document import Document, Mention


def file_of(*documents: str, speaker: str | None = "e1") -> list[Document]:
    """A file of articles with marked mentions, in each of which ``speaker`` says “go”."""
    return [said(marked, speaker, f"d{n}") for n, marked in enumerate(documents, start=1)]


def said(marked: str, speaker: str | None, id: str) -> Document:
    document = article(f"{marked} and more said “go”.", id=id)
    return document.with_layers(quotes=[quote(document, "q1", "“go”", speaker=speaker)])


def meant(*documents: str, speaker: str = "e1") -> list[str | None]:
    """Whom the speaker means in each document."""
    names = resolve_names(file_of(*documents, speaker=speaker), REGISTRY)
    return [names[f"d{number}"][speaker] for number in range(1, len(documents) + 1)]


def names(*words: str) -> str:
    """A document in which the entity ``e1`` has these names."""
    return " ".join(f"⟦{name}|PERSON|e1⟧" for name in words)


def test_an_entity_of_the_document_is_resolved_by_the_majority_of_its_names() -> None:
    assert meant(names("Vold", "Vold", "Jónsson")) == ["kari-vold"]


def test_spellings_of_one_actor_vote_together() -> None:
    assert meant(names("Vold", "Kari Vold", "Iceland")) == ["kari-vold"]


def test_a_tie_is_unresolved() -> None:
    assert meant(names("Vold", "Jónsson")) == [None]


def test_a_majority_that_names_no_actor_is_unresolved() -> None:
    assert meant(names("Harald", "Harald", "Vold")) == [None]


def test_any_other_string_is_a_name_itself() -> None:
    assert meant(names("Jónsson"), speaker="Kari Vold") == ["kari-vold"]
    assert meant(names("Jónsson"), speaker="e2") == [None]


def test_an_id_given_anew_in_each_document_means_what_it_means_there() -> None:
    assert meant(names("Vold"), names("Jónsson", "Jónsson")) == ["kari-vold", "einar-jonsson"]


def test_an_id_that_its_document_does_not_mention_is_resolved_by_the_whole_file() -> None:
    documents = names("Vold"), names("Vold", "Jónsson", "Jónsson"), "Nobody"
    assert meant(*documents) == ["kari-vold", "einar-jonsson", None]  # two each: a tie
    assert meant(*documents, names("Vold"))[2] == "kari-vold"


def test_mentions_of_its_own_document_decide_even_where_they_name_nobody() -> None:
    assert meant(names("Harald"), names("Vold", "Vold")) == [None, "kari-vold"]


def test_a_name_that_is_an_id_elsewhere_in_the_file_is_that_id() -> None:
    assert meant("⟦Jónsson|PERSON|Vold⟧", "Nobody", speaker="Vold") == ["einar-jonsson"] * 2


def numbered(gold: onrecord.Corpus) -> list[Document]:
    """The gold as of a system that numbers the entities of each document anew: e1, e2, …"""
    made = []
    for document in gold:
        ids: dict[str, str] = {}
        number = itertools.count(1)

        def fresh(id: str | None, ids: dict[str, str] = ids, number=number) -> str | None:
            return id and (ids.get(id) or ids.setdefault(id, f"e{next(number)}"))

        mentions = [
            Mention(m.start, m.end, m.label, fresh(m.entity)) for m in reversed(document.mentions)
        ]
        replace = msgspec.structs.replace
        made.append(
            document.with_layers(
                mentions=mentions[::-1],
                quotes=[replace(q, speaker=ids.get(q.speaker, q.speaker)) for q in document.quotes],
                stances=[replace(s, holder=ids.get(s.holder, s.holder)) for s in document.stances],
            )
        )
    return made


def test_a_gold_whose_entities_are_numbered_anew_in_each_document_is_right(
    gold: onrecord.Corpus,
) -> None:
    """Where all ids of the file voted together, quotes were .435 and stances .662."""
    predictions = numbered(gold)
    clashes = check_documents(predictions, gold.registry).clashes
    assert len(clashes) > 5
    scores = onrecord.score(gold, predictions, also=True)
    assert scores.entities.f1 == scores.quotes.f1 == scores.utterances.f1 == scores.stances.f1 == 1
    assert scores.linking.f1 < 0.5  # in linking, an id is the same entity in all documents
    further = {(m.layer, m.name): m.f1 for m in scores.also if m.layer in ("quotes", "stances")}
    assert {f1 for f1 in further.values() if f1 is not None} == {1.0}, further
    errors = onrecord.find_errors(gold, predictions).errors
    assert {error.layer for error in errors} == {"linking"}


def test_the_gold_has_no_id_that_names_two_actors(gold: onrecord.Corpus) -> None:
    assert check_documents(gold.documents, gold.registry).clashes == {}


def test_an_id_that_names_two_actors_is_found_with_a_document_of_each() -> None:
    documents = file_of(names("Vold"), names("Jónsson", "Jónsson"), names("Kari Vold"))
    assert check_documents(documents, REGISTRY).clashes == {
        "e1": {"kari-vold": "d1", "einar-jonsson": "d2"}
    }


@pytest.mark.parametrize("second", [names("Harald"), names("Vold", "Jónsson"), names("Vold"), "X"])
def test_what_names_nobody_is_no_clash(second: str) -> None:
    assert check_documents(file_of(names("Vold"), second), REGISTRY).clashes == {}


def test_what_names_no_actor_is_counted_as_often_as_it_is_given() -> None:
    documents = [
        said(names("Harald", "Vold", "Harald", "Harald", "Ola"), "e1", "d1"),
        said("Vold", "Vold", "d2"),
        said("Nobody", None, "d3"),
    ]
    documents[0] = documents[0].with_layers(
        stances=[
            stance(documents[0], holder, target, "favor", "more")
            for holder, target in [("the spokesman", "quota"), ("e1", "talks"), ("Oslo", "talks")]
        ]
    )
    found = find_unresolved(documents, REGISTRY)
    assert (found.n, found.total) == (3, 5)
    assert found.given == (("e1", 2), ("the spokesman", 1))
    assert found.mentions == {"e1": ("Harald", "Ola", "Vold")}
