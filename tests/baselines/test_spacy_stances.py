"""The spaCy baseline for stances, on invented passages and propositions."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onrecord import Document, Meta, Span, Target, Zone, validate
from onrecord.document import text_hash
from onrecord.systems.run import System, load_system

FILE = Path(__file__).parents[2] / "baselines" / "spacy_stances.py"
TRUCE = "The truce should be extended."
TREATY = "Norway should leave the treaty."
SANCTIONS = "The sanctions against Iceland should be lifted."
TALKS = "Peru and Chile should hold border talks."
WATER = "The water of the lake is unsafe."
ENVOY = "It was wrong to expel the envoy."
JETS = "Finland should buy the Kestrel jets."


@pytest.fixture(scope="module")
def system() -> System:
    return load_system(FILE)


def article(text: str, zones: tuple[Zone, ...] = ()) -> Document:
    meta = Meta(file="a.txt")
    return Document(id="a", text=text, sha256=text_hash(text), meta=meta, zones=zones)


def run(system: System, document: Document, *propositions: str) -> Document:
    assert system.predict_all is not None
    targets = [Target(id=f"t{n}", proposition=words) for n, words in enumerate(propositions)]
    (found,) = system.predict_all([document], targets)
    return validate(found, targets=frozenset(target.id for target in targets))


def stances(system: System, text: str, *propositions: str) -> set[tuple[str, str, str]]:
    found = run(system, article(text), *propositions)
    return {(s.holder, s.target, s.polarity) for s in found.stances}


def held(system: System, text: str, proposition: str) -> dict[str, str]:
    return {holder: polarity for holder, _, polarity in stances(system, text, proposition)}


def evidence(system: System, text: str, proposition: str) -> dict[str, str]:
    found = run(system, article(text), proposition)
    return {s.holder: s.evidence[0].of(text) for s in found.stances}


@pytest.mark.parametrize(
    ("text", "proposition", "expected"),
    [
        ("Kari Vold called for an extension of the truce.", TRUCE, "favor"),
        ("Kari Vold urged Norway to leave the treaty.", TREATY, "favor"),
        ("Kari Vold demanded that Norway leave the treaty.", TREATY, "favor"),
        ("Kari Vold opposes an extension of the truce.", TRUCE, "against"),
        ("The extension of the truce was rejected by Kari Vold.", TRUCE, "against"),
        ("Kari Vold is against an extension of the truce.", TRUCE, "against"),
        ("Kari Vold ruled out the purchase of the Kestrel jets.", JETS, "against"),
    ],
)
def test_words_of_attitude_give_their_subject_or_agent_a_stance(
    system: System, text: str, proposition: str, expected: str
) -> None:
    assert held(system, text, proposition) == {"Kari Vold": expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Norway no longer supports an extension of the truce.", "against"),
        ("Norway does not oppose an extension of the truce.", "favor"),
        ("Norway refused to support an extension of the truce.", "against"),
        ("Norway dropped its opposition to an extension of the truce.", "favor"),
        ("Norway is not ready to extend the truce.", "against"),
        ("Norway rejected calls for an extension of the truce.", "against"),
    ],
)
def test_negation_turns_a_stance_and_turns_it_back(
    system: System, text: str, expected: str
) -> None:
    assert held(system, text, TRUCE) == {"Norway": expected}


def test_contraries_turn_a_stance(system: System) -> None:
    assert held(system, "Norway wants to stay in the treaty.", TREATY) == {"Norway": "against"}
    keeps = "Sweden wants to maintain the sanctions against Iceland."
    assert held(system, keeps, SANCTIONS) == {"Sweden": "against"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Norway will extend the truce if Iceland pays.", "will extend the truce if Iceland pays"),
        (
            "Norway will not extend the truce before the vote.",
            "will not extend the truce before the vote",
        ),
    ],
)
def test_a_condition_makes_mixed_and_is_evidence(system: System, text: str, expected: str) -> None:
    assert held(system, text, TRUCE) == {"Norway": "mixed"}
    assert evidence(system, text, TRUCE) == {"Norway": expected}


@pytest.mark.parametrize(
    ("text", "proposition"),
    [
        ("Norway and Iceland discussed an extension of the truce.", TRUCE),
        ("Norway is considering leaving the treaty.", TREATY),
        ("Kari Vold asked whether the water of the lake was unsafe.", WATER),
        ("“Should the truce be extended?” Kari Vold asked.", TRUCE),
        ("Finland could buy the Kestrel jets.", JETS),
        ("Kari Vold predicted that the truce would be extended.", TRUCE),
        ("Officials want an extension of the truce.", TRUCE),
        ("The water of the lake is unsafe.", WATER),
    ],
)
def test_talk_questions_and_the_outlets_voice_are_no_stance(
    system: System, text: str, proposition: str
) -> None:
    assert held(system, text, proposition) == {}


def test_an_act_of_another_actor_or_on_another_thing_is_no_stance(system: System) -> None:
    assert held(system, "Iceland left the treaty.", TREATY) == {}
    assert held(system, "Finland bought the Havblikk trawlers.", JETS) == {}


def test_acts_show_a_stance_of_each_that_does_them(system: System) -> None:
    assert held(system, "Norway left the treaty in May.", TREATY) == {"Norway": "favor"}
    text = "Peru and Chile are holding border talks."
    assert held(system, text, TALKS) == {"Peru": "favor", "Chile": "favor"}
    assert held(system, "Norway's withdrawal from the treaty began.", TREATY) == {"Norway": "favor"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kari Vold said that the truce should be extended.", "favor"),
        ("“The truce must not be extended,” Kari Vold said.", "against"),
        ("“I am tired. The truce must be extended,” Kari Vold told the crowd.", "favor"),
        ("According to Kari Vold, the truce must be extended.", "favor"),
        ("Kari Vold does not think the truce should be extended.", "against"),
        ("Kari Vold said that extending the truce would be a mistake.", "against"),
    ],
)
def test_what_ought_to_be_is_the_stance_of_who_says_so(
    system: System, text: str, expected: str
) -> None:
    assert held(system, text, TRUCE) == {"Kari Vold": expected}


def test_facts_are_asserted_or_denied(system: System) -> None:
    said = "The water of the lake is unsafe, Kari Vold said."
    assert held(system, said, WATER) == {"Kari Vold": "favor"}
    denied = "Kari Vold denied that the water of the lake is unsafe."
    assert held(system, denied, WATER) == {"Kari Vold": "against"}


def test_a_reported_attitude_is_of_whom_it_is_reported(system: System) -> None:
    text = "Kari Vold said Iceland had urged Norway to leave the treaty."
    assert held(system, text, TREATY) == {"Iceland": "favor"}


def test_judging_an_act_leaves_the_act_a_stance(system: System) -> None:
    text = "Iceland criticised Norway for leaving the treaty."
    assert held(system, text, TREATY) == {"Iceland": "against", "Norway": "favor"}
    wish = "Iceland rejected Norway's demand for an extension of the truce."
    assert held(system, wish, TRUCE) == {"Iceland": "against", "Norway": "favor"}


def test_what_is_only_urged_is_no_stance_of_the_one_urged(system: System) -> None:
    text = "Iceland warned Norway against leaving the treaty."
    assert held(system, text, TREATY) == {"Iceland": "against"}


def test_a_judgement_in_the_proposition_turns_the_sign(system: System) -> None:
    assert held(system, "Sweden condemned the expulsion of the envoy.", ENVOY) == {
        "Sweden": "favor"
    }
    assert held(system, "Sweden expelled the envoy.", ENVOY) == {"Sweden": "against"}


def test_pronouns_for_holders_and_for_what_was_met_last(system: System) -> None:
    text = "Kari Vold came to Oslo. She wants the truce extended. Einar Dahl is against it."
    assert held(system, text, TRUCE) == {"Kari Vold": "favor", "Einar Dahl": "against"}
    later = "Kari Vold spoke. She wants the truce extended, and Einar Dahl left."
    assert held(system, later, TRUCE) == {"Kari Vold": "favor"}
    both = "Peru and Chile met in Lima. They agreed to hold border talks."
    assert held(system, both, TALKS) == {"Peru": "favor", "Chile": "favor"}


def test_the_latest_stance_counts_once(system: System) -> None:
    text = "In May Norway said it would stay in the treaty. In June Norway decided to leave the treaty."
    assert held(system, text, TREATY) == {"Norway": "favor"}
    past = "Norway once opposed an extension of the truce."
    assert held(system, past, TRUCE) == {}


def test_capitals_and_peoples_are_their_country(system: System) -> None:
    assert held(system, "Oslo wants to leave the treaty.", TREATY) == {"Norway": "favor"}
    text = "The Norwegian government decided to leave the treaty."
    assert held(system, text, TREATY) == {"Norway": "favor"}


def test_a_surname_alone_is_the_full_name(system: System) -> None:
    text = "Kari Vold came late.\nVold wants the truce extended."
    assert held(system, text, TRUCE) == {"Kari Vold": "favor"}


def test_a_thing_is_reached_by_the_acts_that_bring_it_about(system: System) -> None:
    stadium = "The stadium should be built in Larvik."
    text = "Kari Vold will vote against the construction of the stadium in Larvik."
    assert held(system, text, stadium) == {"Kari Vold": "against"}
    relations = "India and Nepal should improve relations."
    assert held(system, "Nepal wants better relations with India.", relations) == {"Nepal": "favor"}


def test_the_nearest_of_several_targets(system: System) -> None:
    text = "Kari Vold wants the truce to be monitored. Einar Dahl urged an extension of the truce."
    assert stances(system, text, TRUCE, "The truce should be monitored.") == {
        ("Kari Vold", "t1", "favor"),
        ("Einar Dahl", "t0", "favor"),
    }


@pytest.mark.parametrize(
    ("text", "proposition", "expected"),
    [
        ("Kari Vold urged Norway to leave the treaty.", TREATY, "urged Norway to leave the treaty"),
        ("Kari Vold no longer wants the truce extended.", TRUCE, "no longer wants the truce extended"),
        ("Kari Vold said that the truce should be extended.", TRUCE, "the truce should be extended"),
        ("Kari Vold is against an extension of the truce.", TRUCE, "against an extension of the truce"),
    ],
)  # fmt: skip
def test_evidence_runs_from_the_predicate_to_the_end_of_what_it_governs(
    system: System, text: str, proposition: str, expected: str
) -> None:
    assert evidence(system, text, proposition) == {"Kari Vold": expected}


def test_evidence_in_the_body_goes_before_the_headline(system: System) -> None:
    head = "Norway wants the truce extended\n"
    text = head + "\nNorway called for an extension of the truce."
    cut = len(head)
    zones = (Zone(0, cut, "headline"), Zone(cut, len(text), "body"))
    (stance,) = run(system, article(text, zones), TRUCE).stances
    assert [span.of(text) for span in stance.evidence] == ["called for an extension of the truce"]
    assert stance.evidence == (Span(text.index("called"), len(text) - 1),)


def test_no_targets_and_no_text(system: System) -> None:
    assert run(system, article("Norway left the treaty.")).stances == ()
    assert run(system, article(""), TRUCE).stances == ()
    assert run(system, article("Norway left."), "", "?", "Norway", "the (").stances == ()


WORDS = st.sampled_from(
    [
        "Norway",
        "Vold",
        "she",
        "it",
        "they",
        "wants",
        "refused",
        "to",
        "not",
        "extend",
        "extending",
        "leave",
        "the",
        "truce",
        "treaty",
        "talks",
        "if",
        "“",
        "”",
        ",",
        ".",
        "?",
        "said",
        "that",
        "should",
        "be",
        "was",
        "against",
        "for",
        "of",
        "by",
        "its",
        "demand",
        "plan",
        "whether",
        "\n",
        "\u2028",
        "é",
        "😀",
        "(",
        "—",
    ]
)


@settings(max_examples=60, deadline=None)
@given(words=st.lists(WORDS, max_size=40))
def test_any_text_gives_the_same_valid_stances_twice(system: System, words: list[str]) -> None:
    document = article(" ".join(words))
    found = run(system, document, TRUCE, TREATY, WATER, ENVOY, TALKS)
    assert found == run(system, document, TRUCE, TREATY, WATER, ENVOY, TALKS)
    for stance in found.stances:
        for span in stance.evidence:
            assert span.of(document.text) == span.of(document.text).strip()
