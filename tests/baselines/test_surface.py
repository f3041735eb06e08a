"""The floors of linking and utterances, on invented text."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import article, corpus, quote, stance

import onrecord
from onrecord.annotation.drafts import Words
from onrecord.document import Document
from onrecord.exceptions import SystemFailure
from onrecord.systems.given import read_given
from onrecord.systems.run import load_system, run

BASELINES = Path(__file__).parents[2] / "baselines"


def linked(match: str, *texts: str) -> list[dict[str, str | None]]:
    """The entity of each name by its words, with mentions given."""
    gold = corpus(*(article(text, f"a{number}") for number, text in enumerate(texts)))
    system = load_system(BASELINES / "surface.py", {"match": match})
    output = run(system, gold, given=read_given(["mentions"], gold))
    assert output.failures == ()
    return [{m.span.of(d.text): m.entity for m in d.mentions} for d in output.documents]


def test_names_of_one_spelling_are_one_entity() -> None:
    one, other = linked(
        "string",
        "⟦Norway|GPE|x⟧ met ⟦Kari Vold|PERSON|y⟧",
        "⟦Vold|PERSON|y⟧ left ⟦NORWAY|GPE|x⟧ for ⟦Norway|GPE|x⟧",
    )
    assert one["Norway"] == other["Norway"]
    assert len({one["Kari Vold"], other["Vold"], other["NORWAY"], other["Norway"]}) == 4


def test_case_diacritics_article_and_possessive_do_not_matter() -> None:
    one, other = linked(
        "name",
        "⟦Jónsson|PERSON|x⟧ of ⟦the Nordic Council|ORG|y⟧ in ⟦Işık|GPE|z⟧",
        "⟦JONSSON|PERSON|x⟧ and ⟦Nordic Council's|ORG|y⟧ ⟦Isik|GPE|z⟧",
    )
    assert one["Jónsson"] == other["JONSSON"]
    assert one["the Nordic Council"] == other["Nordic Council's"]
    assert one["Işık"] == other["Isik"]


def test_a_surname_joins_the_one_full_name_that_ends_in_it() -> None:
    one, other = linked(
        "name", "⟦Kari Vold|PERSON|x⟧ met ⟦Per Holm|PERSON|y⟧", "⟦Vold|PERSON|x⟧ left"
    )
    assert other["Vold"] == one["Kari Vold"] != one["Per Holm"]


def test_a_surname_of_two_persons_is_that_of_its_own_article_or_of_neither() -> None:
    one, other, third = linked(
        "name",
        "⟦Kari Vold|PERSON|x⟧ said no, ⟦Vold|PERSON|x⟧ repeated",
        "⟦Jon Vold|PERSON|y⟧ said yes",
        "⟦Vold|PERSON|x⟧ left",
    )
    assert one["Vold"] == one["Kari Vold"] != other["Jon Vold"]
    assert third["Vold"] not in (one["Kari Vold"], other["Jon Vold"])


def test_only_a_person_is_a_surname() -> None:
    (found,) = linked("name", "⟦Kari Berg|PERSON|x⟧ lives in ⟦Berg|GPE|y⟧")
    assert found["Berg"] != found["Kari Berg"]


def test_a_value_has_no_entity() -> None:
    (found,) = linked("name", "⟦three|CARDINAL⟧ boats")
    assert found == {"three": None}


def test_an_unknown_way_to_match_is_refused() -> None:
    with pytest.raises(SystemFailure, match="match is 'sound', neither 'string' nor 'name'"):
        load_system(BASELINES / "surface.py", {"match": "sound"})


def uttered(*documents: Document) -> list[list[str | None]]:
    gold = corpus(*documents)
    system = load_system(BASELINES / "surface_quotes.py")
    output = run(system, gold, given=read_given(["quotes"], gold))
    assert output.failures == ()
    return [[q.utterance for q in document.quotes] for document in output.documents]


def test_the_same_words_of_the_same_speaker_are_one_utterance() -> None:
    text = "“The cod is gone,” Vold said. The cod was gone. The cod is gone, Holm said."
    one = article(text, "a")
    one = one.with_layers(
        quotes=[
            quote(one, "q1", "“The cod is gone,”", speaker="kari-vold"),
            quote(one, "q2", "The cod was gone", speaker="kari-vold"),
            quote(one, "q3", "The cod is gone, Holm", speaker="einar-jonsson"),
        ]
    )
    two = article("Vold: the cod is gone", "b")
    two = two.with_layers(quotes=[quote(two, "q1", "the cod is gone", speaker="kari-vold")])
    (first, reworded, another), (repeat,) = uttered(one, two)
    assert first == repeat
    assert len({first, reworded, another}) == 3


def test_the_same_words_of_two_speakers_are_two_utterances() -> None:
    document = article("The cod is gone, Vold said. The cod is gone, Jónsson said.")
    contents = [Words("The cod is gone", occurrence=number) for number in (1, 2)]
    speakers = ["kari-vold", "einar-jonsson"]
    quotes = [
        quote(document, f"q{number}", content, speaker=speaker)
        for number, (content, speaker) in enumerate(zip(contents, speakers, strict=True))
    ]
    ((one, other),) = uttered(document.with_layers(quotes=quotes))
    assert one != other


def test_the_floor_of_polarities_says_favor_to_every_pair() -> None:
    document = article("Norway rejects the cod quota.\nIt wants more.")
    against = stance(document, "norway", "quota", "against", Words("rejects the cod quota"))
    gold = corpus(document.with_layers(stances=[against]))
    output = run(load_system(BASELINES / "favor.py"), gold, given=read_given(["stances"], gold))
    assert output.failures == ()
    (found,) = output.documents[0].stances
    assert (found.holder, found.target, found.polarity) == ("norway", "quota", "favor")
    assert [s.of(document.text) for s in found.evidence] == ["Norway rejects the cod quota."]


def test_the_floors_score_on_what_they_are_given() -> None:
    gold = corpus(article("⟦Kari Vold|PERSON|kari-vold⟧ said ⟦Vold|PERSON|kari-vold⟧ waits"))
    given = read_given(["mentions"], gold)
    output = run(load_system(BASELINES / "surface.py"), gold, given=given)
    scores = onrecord.score(gold, output.documents, given=given)
    assert scores.linking.f1 == 1.0
    assert scores.answered == {"entities"}
