"""When a system is right on a member: every focus item found, no decoy given, by each layer's rule."""

from __future__ import annotations

import msgspec
import pytest

from onrecord.document import Document, Mention, Quote, Span, Stance
from onrecord.probes.outcome import Outcome, outcomes
from onrecord.probes.probe import Probes


def judged(probes: Probes, id: str, document: Document) -> Outcome:
    [outcome] = outcomes([probes[id]], [document], probes.registry)
    return outcome


def test_the_annotation_is_right_on_every_member(probes: Probes) -> None:
    documents = [probe.document for probe in probes]
    found = outcomes(probes.probes, documents, probes.registry)
    assert all(outcome.right for outcome in found)


def test_nothing_is_right_where_the_answer_is_that_there_is_nothing(probes: Probes) -> None:
    documents = [probe.document.bare() for probe in probes]
    right = [o.probe.id for o in outcomes(probes.probes, documents, probes.registry) if o.right]
    assert {id.rpartition("-")[0] for id in right} == {"capital-01-b", "other-occasion-01-b"}


def test_a_quote_counts_with_enough_of_its_content_and_the_right_speaker(probes: Probes) -> None:
    probe = probes["speaker-inversion-01-a-real"]
    [quote], text = probe.document.quotes, probe.document.text
    [span] = quote.content
    other = probe.decoys[0].speaker

    def given(**fields: object) -> Outcome:
        changed: Quote = msgspec.structs.replace(quote, **fields)
        return judged(probes, probe.id, probe.document.with_layers(quotes=[changed]))

    longer = (Span(span.start, span.end + 1),)  # the comma too
    half = (Span(text.index("will"), text.index(" canal")),)
    surname = probes.registry[str(quote.speaker)].name.split()[1]
    assert given(content=longer).right
    assert given(speaker=surname).right
    assert given(content=half).found == (False,)
    assert given(speaker=other) == msgspec.structs.replace(
        given(speaker=other), found=(False,), given=(True,)
    )
    assert given(speaker=None).found == (False,)
    assert given(speaker=None).given == (False,)


def test_a_decoy_spoils_a_member_that_has_its_focus_too(probes: Probes) -> None:
    probe = probes["speaker-inversion-01-a-real"]
    [quote] = probe.document.quotes
    other: Quote = msgspec.structs.replace(quote, id="q2", speaker=probe.decoys[0].speaker)
    outcome = judged(probes, probe.id, probe.document.with_layers(quotes=[quote, other]))
    assert outcome.found == (True,)
    assert outcome.given == (True,)
    assert not outcome.right


def test_ids_of_a_system_mean_what_their_mentions_in_the_passage_say(probes: Probes) -> None:
    probe = probes["speaker-inversion-01-a-real"]
    mentions = [Mention(m.start, m.end, m.label, f"e{m.start}") for m in probe.document.mentions]
    speaker = next(m for m in probe.document.mentions if m.entity == probe.focus[0].speaker)
    quotes = [
        msgspec.structs.replace(probe.document.quotes[0], speaker=f"e{speaker.start}"),
    ]
    document = probe.document.with_layers(mentions=mentions, quotes=quotes)
    assert judged(probes, probe.id, document).right
    again = probes["speaker-inversion-01-b-real"]  # the same ids, for other persons
    both = outcomes(
        [probe, again], [document, again.document.with_layers(quotes=[])], probes.registry
    )
    assert both[0].right


def test_a_stance_counts_with_holder_target_and_polarity(probes: Probes) -> None:
    probe = probes["polarity-01-b-invented"]
    [stance] = probe.document.stances

    def given(*stances: Stance) -> Outcome:
        return judged(probes, probe.id, probe.document.with_layers(stances=stances))

    assert given(stance).right
    assert given(msgspec.structs.replace(stance, evidence=(Span(0, 3),))).right
    flipped = given(msgspec.structs.replace(stance, polarity="favor"))
    assert (flipped.found, flipped.given) == ((False,), (True,))
    assert given(msgspec.structs.replace(stance, holder="Nobody")).found == (False,)


def test_a_hedge_finds_nothing_and_gives_the_decoy(probes: Probes) -> None:
    probe = probes["polarity-01-b-invented"]
    [stance] = probe.document.stances
    name = probes.registry[stance.holder].name
    other: Stance = msgspec.structs.replace(stance, holder=name, polarity="favor")
    hedged = judged(probes, probe.id, probe.document.with_layers(stances=[stance, other]))
    assert (hedged.found, hedged.given) == ((False,), (True,))


def test_a_mention_counts_by_its_trimmed_span_and_type(probes: Probes) -> None:
    probe = probes["one-string-01-a-real"]
    hour, club = probe.document.mentions

    def given(*mentions: Mention) -> Outcome:
        return judged(probes, probe.id, probe.document.with_layers(mentions=mentions))

    assert given(hour, Mention(club.start, club.end, "ORG")).right  # whatever the entity is
    wrong = given(hour, Mention(club.start, club.end, "GPE"))
    assert (wrong.found, wrong.given) == ((False,), (True,))
    assert given(hour).found == (False,)


@pytest.mark.parametrize("entity", ["x", None])
def test_a_link_is_one_id_on_both_mentions(probes: Probes, entity: str | None) -> None:
    original, contrast = probes["capital-01-a-real"], probes["capital-01-b-real"]
    for probe, right in ((original, entity == "x"), (contrast, entity is None)):
        mentions = [Mention(m.start, m.end, m.label, entity) for m in probe.document.mentions]
        assert (
            judged(probes, probe.id, probe.document.with_layers(mentions=mentions)).right is right
        )


def test_an_utterance_is_shared_by_what_stands_for_both_quotes(probes: Probes) -> None:
    probe = probes["other-occasion-01-b-real"]
    one, other = probe.document.quotes
    same = [msgspec.structs.replace(quote, utterance="u") for quote in (one, other)]
    none = [msgspec.structs.replace(quote, utterance=None) for quote in (one, other)]
    assert judged(probes, probe.id, probe.document).right
    assert judged(probes, probe.id, probe.document.with_layers(quotes=same)).given == (True,)
    assert judged(probes, probe.id, probe.document.with_layers(quotes=none)).right
    original = probes["other-occasion-01-a-real"]
    first, second = original.document.quotes
    cut = msgspec.structs.replace(
        first,
        id="x",
        utterance="u",
        content=(Span(first.content[0].start, first.content[0].end - 5),),
    )
    whole = msgspec.structs.replace(second, id="y", utterance="u", speaker=None)
    document = original.document.with_layers(quotes=[whole, cut])
    assert judged(probes, original.id, document).right  # put side by side from half on, any speaker
