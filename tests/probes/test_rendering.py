"""Rendering: words and variables in, documents with offsets out."""

from __future__ import annotations

import pytest

from onrecord.corpus.validation import find_problems
from onrecord.probes.dresses import DRESSES, Wardrobe
from onrecord.probes.probe import Probes


def test_a_member_is_a_document_with_its_spans_where_the_words_are(
    probes: Probes, wardrobe: Wardrobe
) -> None:
    probe = probes["speaker-inversion-01-b-real"]
    words = wardrobe.cast("speaker-inversion-01", "real").words
    text = probe.document.text
    assert text == (
        f"{words['A']} will reopen the canal, {words['B.minister']} told {words['A.minister']} "
        f"in {words['B.capital']}."
    )
    assert [(m.of(text), m.label) for m in probe.document.mentions] == [
        (words["A"], "GPE"),
        (words["B.minister"], "PERSON"),
        (words["A.minister"], "PERSON"),
        (words["B.capital"], "GPE"),
    ]
    [quote] = probe.document.quotes
    assert [span.of(text) for span in quote.content] == [f"{words['A']} will reopen the canal"]
    assert quote.cue is not None
    assert quote.cue.of(text) == "told"
    assert (probe.change, probe.edit) == ("contrast", "the two ministers change places")
    assert probe.focus[0].speaker == quote.speaker != probe.decoys[0].speaker


def test_every_rendering_keeps_the_rules(probes: Probes) -> None:
    for probe in probes:
        problems = find_problems(
            probe.document, targets=probes.corpus.target_ids, registry=probes.registry
        )
        assert list(problems) == [], probe.id


def test_dresses_differ_in_names_alone(probes: Probes) -> None:
    for probe in probes:
        other = probes[probe.id.replace("-invented", "-real")]
        assert [m.label for m in probe.document.mentions] == [
            m.label for m in other.document.mentions
        ]
        assert len(probe.document.text.split()) == len(other.document.text.split())
        assert [item.kind for item in probe.focus] == [item.kind for item in other.focus]


def test_no_two_members_share_an_utterance(probes: Probes) -> None:
    seen: dict[str, str] = {}
    for probe in probes:
        for quote in probe.document.quotes:
            assert quote.utterance is not None
            assert seen.setdefault(quote.utterance, probe.id) == probe.id
    [one, other] = probes["other-occasion-01-a-real"].document.quotes
    assert one.utterance == other.utterance == "other-occasion-01-a-real-u1"


def test_a_set_has_its_members_in_both_dresses(probes: Probes) -> None:
    sets = probes.sets()
    assert len(sets) == 2 * 5
    for (_, dress), members in sets.items():
        assert [probe.member for probe in members] == list("abc")[: len(members)]
        assert {probe.dress for probe in members} == {dress} <= set(DRESSES)


@pytest.mark.parametrize("id", ["capital-01-b-real", "capital-01-b-invented"])
def test_a_capital_where_something_happens_is_the_city(probes: Probes, id: str) -> None:
    city, country = probes[id].document.mentions
    assert city.entity is not None
    assert city.entity.endswith("-city")
    assert country.entity != city.entity
