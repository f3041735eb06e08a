"""Naming: whom a string names, in the forms in which systems give names; and whom it does not."""

from __future__ import annotations

import pytest
from builders import REGISTRY
from effort import lines
from hypothesis import given
from hypothesis import strategies as st

from onrecord.corpus.corpus import load_articles
from onrecord.corpus.naming import FORMS, LONGEST
from onrecord.corpus.registry import Entity, Registry

ACTORS: dict[str, list[str]] = {
    "turkey": [
        "Turkey,", "Turkey", "TURKEY", "turkey", "Turkey’s", "“Turkey”", "Turkey:", "(Turkey)", "Turkiye",
        "Republic of Türkiye", "the Republic of Turkey", "Turkish Republic", "Turkey's government",
        "Turkish gov't", "Government of Turkey", "government of Türkiye", "the government in Ankara",
        "Ankara government", "Erdogan's government", "the Erdogan administration", "Turkish side",
        "the Turkish delegation", "the people of Turkey", "Turkey (Ankara)",
        "President Erdogan's government", "a spokesman for the Turkish government",
    ],
    "united-states": [
        "US", "U.S.", "U.S", "U.S.,", "the US", "US’s", "U. S.", "USA", "the United States", "America’s", "US Gov.",
        "Biden administration", "the Biden administration,", "Biden's administration", "US administration",
        "United States government", "U.S. gov’t", "us government", "White House administration",
        "the previous White House administration", "new Biden administration", "Trump administration",
        "USA (United States of America)", "American people",
    ],
    "russia": ["Kremlin", "the Kremlin.", "Russian govt", "Putin’s Russia", "Moscow's government"],
    "afghanistan": ["the Afghan government", "Afghan side"],
    "libya": ["Libya's new government", "the new government in Libya"],
    "european-union": ["European Union (EU)", "EU", "the E.U.", "E.U", "EU bloc", "the European Union,"],
    "nato": [
        "NATO alliance", "the NATO Alliance", "N.A.T.O.", "Nato", "North Atlantic Alliance",
        "NATO (North Atlantic Treaty Organization)", "a spokeswoman for NATO", "NATO spokesperson",
    ],
    "north-atlantic-council": ["North Atlantic Council (NAC)", "NATO’s North Atlantic Council"],
    "us-state-department": [
        "State Dept.", "US State Dept", "the U.S. State Dept.", "America's State Department", "State Department",
        "U.S. Dept. of State", "State Department of the United States", "Department of State (U.S.)",
    ],
    "white-house": ["the White House", "White House spokesman", "White House, Washington"],
    "taliban": ["the Taliban", "Taliban movement", "Taliban group", "Taliban’s spokesman"],
    "antony-blinken": [
        "Blinken.", "Blinken", "BLINKEN", "antony-blinken", "Sec. Blinken", "Secretary Blinken", "Secy Blinken",
        "Mr. Blinken", "Antony J Blinken", "Antony J. Blinken", "A. Blinken", "A.J. Blinken", "Blinken, Antony",
        "Antony Blinken, US Secretary of State", "US Secretary of State, Antony Blinken",
        "US Secretary of State Antony J. Blinken", "Secretary of State Antony Blinken", "SecState Blinken",
        "America’s Secretary of State Antony Blinken", "US Secretary of State", "the U.S. Secretary of State",
        "America's Secretary of State", "United States’ Secretary of State", "Secretary of State of the USA",
        "Sec. of State", "Antony Blinken (US)", "Antony Blinken – the US secretary of state",
        "Blinken, who took office in January", "Biden's Secretary of State Antony Blinken",
        "Antony Blinken of the United States", "America's Blinken", "the American diplomat Antony Blinken",
    ],
    "joe-biden": [
        "Joseph R. Biden Jr.", "Joseph R. Biden, Jr.", "Joe Biden Jr", "J. Biden", "Biden", "Pres. Biden",
        "US President Joe Biden", "President of the United States", "the US president", "U.S. Pres. Biden",
        "President Joe Biden of the United States", "the American leader", "former Vice President Joe Biden",
    ],
    "mevlut-cavusoglu": [
        "FM Cavusoglu", "Turkish FM Mevlut Cavusoglu", "Turkish FM", "Foreign Minister Çavuşoğlu",
        "Turkey’s foreign minister", "Turkey’s foreign minister Mevlut Cavusoglu", "Mr Çavusoğlu", "M. Cavusoglu",
        "Turkey's Minister of Foreign Affairs", "the Turkish Minister for Foreign Affairs, Mevlüt Çavuşoğlu",
        "Foreign Minister of Turkey", "Mevlut Cavusoglu of Turkey", "Minister of Foreign Affairs Mevlut Cavusoglu",
        "Cavusoglu, Mevlut", "Turkey’s Cavusoglu", "Çavuşoğlu (Turkish Foreign Minister)",
    ],
    "recep-tayyip-erdogan": [
        "Recep T. Erdogan", "R. T. Erdogan", "R.T. Erdoğan", "Turkish President", "President of Turkey",
        "the Turkish leader", "President Recep Tayyip Erdoğan", "President of Turkey Recep Tayyip Erdogan",
        "Turkey’s President Erdogan", "Erdogan, the Turkish president", "Turkish leader Erdogan",
    ],
    "vladimir-putin": ["Russia’s Vladimir Putin", "V. Putin", "Russian President Putin", "Russia's president"],
    "hulusi-akar": [
        "Turkey’s defense minister, Hulusi Akar", "Turkish Defence Minister", "Defense Minister Akar",
        "Hulusi Akar, Minister of National Defence", "Turkish Minister of National Defense Hulusi Akar",
    ],
    "jens-stoltenberg": [
        "NATO Secretary-General Jens Stoltenberg", "NATO Secretary General", "Secretary General of NATO",
        "NATO chief Stoltenberg", "NATO's chief", "NATO Sec-Gen Stoltenberg", "Jens Stoltenberg (NATO)",
        "Stoltenberg, Secretary-General of the North Atlantic Alliance",
    ],
    "ned-price": [
        "State Department Spokesman Ned Price", "State Dept. spokesperson Ned Price", "Spokesman Ned Price",
        "Ned Price, State Department spokesman", "Ned Price, the State Department", "US spokesperson Price",
    ],
}  # fmt: skip
"""By actor of the registry of March 2021, strings that name it."""

NOBODY = {
    "a pronoun, not the country": ["us", "Us", "“us”", " us,", "he", "it", "we", "they", "who"],
    "not the person's country or body": [
        "Russian President Biden", "US President Erdogan", "Turkish Secretary of State Blinken",
        "Russia’s Joe Biden", "Greek Foreign Minister Cavusoglu", "President of Russia Joe Biden",
        "US Defense Secretary Hulusi Akar", "Biden of Russia", "Antony Blinken (Turkey)",
        "NATO Secretary-General Blinken", "Turkey's State Department",
    ],
    "an office that another actor holds": [
        "Turkish Foreign Minister Erdogan", "US President Antony Blinken", "Secretary of State Biden",
    ],
    "a title is a person's": ["General Ankara", "Mr. Turkey", "President NATO", "Secretary Washington"],
    "an office that nobody in the registry holds": [
        "Greek Foreign Minister", "US Vice President", "former US President", "Deputy Foreign Minister of Turkey",
        "Turkish Prime Minister", "Secretary of Defense", "US foreign minister", "EU foreign policy chief",
    ],
    "an office without whose it is": ["President", "the president", "the foreign minister", "Secretary", "spokesman"],
    "two actors": [
        "Turkey, Greece", "Turkey and the United States", "US-Turkey", "US/Turkey", "Biden and Putin", "US; Turkey",
        "Antony Blinken and Mevlut Cavusoglu", "Blinken told Foreign Minister Cavusoglu", "Turkey, Cavusoglu",
        "Blinken and Foreign Minister Cavusoglu",
    ],
    "a spokesman in the registry, or the body": ["State Department spokesman", "a spokesman for the State Department"],
    "with somebody who is no actor": [
        "Blinken, Le Drian", "John Smith (Turkey)", "Josep Borrell, European Union", "Le Drian, Secretary Blinken",
    ],
    "other people and things": [
        "Jill Biden", "Emine Erdogan", "Robert Blinken", "Rose Biden", "K. Blinken", "Turkish officials", "NATO officials",
        "a friend of Minister Cavusoglu", "Erdogan's wife", "adviser to President Erdogan", "Turkey’s purchase",
        "Russian S-400", "Turkish Foreign Ministry", "US state", "Voice of America", "North America", "pro-Turkey",
        "NATO council", "NATO administration", "Sylvanian government", "both ministers", "Kremlin spokesman Peskov",
        "Biden official", "Ministry of Foreign Affairs of Turkey", "Moscow-based analysts", "oil price", "", ".", "’s",
        "people in Washington", "Turkey (officials)", "Erdogan, wife", "Biden’s officials",
    ],
}  # fmt: skip
"""Strings that name no actor of the registry of March 2021, by the reason."""


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_articles().registry


@pytest.mark.parametrize(("name", "actor"), [(n, a) for a, names in ACTORS.items() for n in names])
def test_a_name_that_a_reasonable_system_gives_is_the_actors(
    name: str, actor: str, registry: Registry
) -> None:
    assert registry.actor(name) == actor


@pytest.mark.parametrize(
    ("reason", "name"), [(reason, name) for reason, names in NOBODY.items() for name in names]
)
def test_what_names_nobody_or_may_mean_two_is_unresolved(
    reason: str, name: str, registry: Registry
) -> None:
    assert registry.actor(name) is None, reason


HARBOUR = Registry(
    [
        Entity(
            id="ruritania",
            name="Ruritania",
            label="GPE",
            aliases=("Ruritanian", "Strelsau", "Kingdom of Ruritania"),
            actor=True,
        ),
        Entity(id="sylvania", name="Sylvania", label="GPE", aliases=("Sylvanian",), actor=True),
        Entity(id="new-sund", name="New Sund", label="GPE", actor=True),
        Entity(
            id="it",
            name="Institute of Tides",
            label="ORG",
            aliases=("IT", "Ruritanian Institute of Tides"),
            actor=True,
            represents="ruritania",
        ),
        Entity(
            id="stone-house", name="Stone House", label="ORG", actor=True, represents="sylvania"
        ),
        Entity(id="nordvann", name="Nordvann AS", label="ORG", aliases=("Nordvann",), actor=True),
        Entity(
            id="ivo-marek",
            name="Ivo Marek",
            label="PERSON",
            aliases=("Ivo František Marek",),
            offices=("Ruritanian Prime Minister", "Ruritanian Minister of Defence"),
            actor=True,
            represents="ruritania",
        ),
        Entity(
            id="irena-marek",
            name="Irena Marek",
            label="PERSON",
            offices=("Sylvanian Fisheries Minister", "Nordvann Chairwoman"),
            actor=True,
            represents="sylvania",
        ),
        Entity(
            id="per-holm",
            name="Per Holm",
            label="PERSON",
            aliases=("Holm",),
            offices=("Nordvann Director", "Nordvann Chairman"),
            actor=True,
            represents="nordvann",
        ),
    ]
)
"""Another event's: a court, two persons of one surname and initial, an acronym that is a pronoun."""

HARBOUR_NAMES: dict[str | None, list[str]] = {
    "ruritania": [
        "Kingdom of Ruritania", "Ruritanian Kingdom", "Kingdom of Ruritania government", "Strelsau government",
        "Ruritanian cabinet", "Ivo Marek's government", "the then Ruritanian government",
    ],
    "sylvania": ["former Stone House administration", "Stone House administration", "Sylvania."],
    "new-sund": ["New Sund government", "New Sund's new government", "government of New Sund", "New Sund"],
    "it": ["IT", "I.T.", "the “IT”", "IT’s", "Strelsau Institute of Tides", "Institute of Tides (IT)", "IT group"],
    "stone-house": ["a Stone House spokesperson"],
    "nordvann": ["Nordvann AS,", "a Nordvann spokesman", "a spokeswoman for Nordvann", "NORDVANN"],
    "ivo-marek": [
        "Ivo Marek", "Ivo F. Marek", "Ivo Frantisek Marek", "PM Ivo Marek", "Ruritanian PM", "Prime Minister of Ruritania",
        "Ruritania’s Defense Minister", "Minister of Defence of Ruritania", "Marek, Ivo", "I. F. Marek",
        "Ruritania's Ivo Marek", "Ivo Marek, the Ruritanian prime minister",
    ],
    "irena-marek": [
        "Irena Marek", "Sylvanian Fisheries Minister Irena Marek", "Sylvania's minister of fisheries",
        "Minister of Fisheries Irena Marek", "Irena Marek (Sylvania)", "Irena Marek, Fisheries Minister",
    ],
    "per-holm": ["Nordvann director", "Director Holm", "P. Holm", "Per Holm of Nordvann", "Nordvann chief Holm", "Director of Nordvann"],
    None: [
        "it", "It", "that", "Marek", "I. Marek", "Mr. Marek", "Prime Minister Marek", "Sylvanian Prime Minister Ivo Marek",
        "Nordvann chairman", "Nordvann Chairperson", "Harbour Master Holm and Ivo Marek", "New Ruritania",
        "Ruritanian fisheries minister", "Ivo Holm", "Irena F. Marek", "Fisheries Minister Ivo Holm", "US", "Turkey",
        "Director Nordvann", "Sylvania’s Per Holm", "Stone Houses", "IT staff",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "actor"), [(name, actor) for actor, names in HARBOUR_NAMES.items() for name in names]
)
def test_the_forms_serve_the_registry_of_another_event(name: str, actor: str | None) -> None:
    assert HARBOUR.actor(name) == actor


def test_the_tables_are_long_enough_and_without_repeats() -> None:
    for table in (ACTORS, NOBODY, HARBOUR_NAMES):
        strings = [name for names in table.values() for name in names]
        assert len(strings) == len(set(strings))
    assert sum(len(names) for table in (ACTORS, NOBODY) for names in table.values()) >= 150


@pytest.mark.parametrize(
    ("name", "actor"),
    [
        ("Minister Einar Jonsson", "einar-jonsson"),
        ("Norwegian Foreign Minister Kari Vold", "kari-vold"),
        ("kari-vold", "kari-vold"),
        ("the Minister", None),
        ("a friend of Vold", None),
        ("Icelandic Foreign Minister Kari Vold", None),
    ],
)
def test_a_registry_without_offices_knows_names_and_titles(name: str, actor: str | None) -> None:
    assert REGISTRY.actor(name) == actor


def test_an_office_that_two_hold_is_nobodys_but_stands_in_front_of_both() -> None:
    assert HARBOUR.actor("Nordvann chairman") is None
    assert HARBOUR.actor("Chairman Per Holm") == "per-holm"
    assert HARBOUR.actor("Nordvann Chairman Per Holm") == "per-holm"


def test_what_all_articles_call_an_actor_is_still_its_name(registry: Registry) -> None:
    for entity in registry:
        if entity.actor:
            for name in (entity.name, *entity.aliases, entity.id):
                assert registry.actor(name) == entity.id
                assert registry.actor(f" the {name}, ") == entity.id
                assert registry.actor(f"{name}’s") == entity.id


WORDS = st.sampled_from(
    [
        "Holm", "Per", "I.", "Marek", "Ivo", "Nordvann", "IT", "us", "Ruritanian", "Sylvania", "US",
        "President", "Minister", "Foreign", "Director", "spokesman", "government", "new", "Jr.", "Le",
        "of", "for", "the", "and", "’s", ",", "(", ")", "–", ".",
    ]
)  # fmt: skip


@given(st.lists(WORDS, max_size=2 * LONGEST).map(" ".join) | st.text(max_size=60))
def test_any_string_names_one_actor_or_none(name: str) -> None:
    actor = HARBOUR.actor(name)
    assert actor is None or (HARBOUR[actor].actor and HARBOUR.actor(f" {name} ") == actor)


@given(st.lists(WORDS, max_size=8).map(" ".join))
def test_the_order_of_the_registry_does_not_matter(name: str) -> None:
    assert Registry(reversed(list(HARBOUR))).actor(name) == HARBOUR.actor(name)


@pytest.mark.parametrize(
    "words",
    ["spokesman of ", "Marek’s ", "government ", "Minister ", ", ", "(", "a’", "IT of ", " " * 10],
)
def test_a_string_of_any_length_is_read_at_once(words: str) -> None:
    def effort(times: int) -> int:
        registry = Registry(HARBOUR)  # which remembers nothing
        registry.actor("Holm")
        return lines(lambda: registry.actor(words * times + "Holm"))

    assert max(effort(LONGEST // 2), effort(LONGEST)) < 10_000
    assert effort(10_000) < 11 * max(effort(1_000), 1_000)


def test_every_form_says_what_it_is_with_examples() -> None:
    for form in FORMS:
        assert "“" in (form.__doc__ or ""), form.__name__
