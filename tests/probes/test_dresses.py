"""The names of probes: whom a set's variables mean, and that no name means two."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onrecord.corpus.names import plain
from onrecord.exceptions import AuthoringError, InvalidInput
from onrecord.probes.dresses import DRESSES, Country, Dress, Wardrobe

SETS = st.from_regex(r"[a-z]{3,12}-[0-9]{2}", fullmatch=True)


@pytest.mark.parametrize("dress", DRESSES)
def test_there_are_at_least_eight_countries_of_either_dress(
    wardrobe: Wardrobe, dress: Dress
) -> None:
    assert sum(country.dress == dress for country in wardrobe.countries) >= 8


@given(id=SETS)
def test_no_two_variables_of_a_set_share_a_name(wardrobe: Wardrobe, id: str) -> None:
    for dress in DRESSES:
        cast = wardrobe.cast(id, dress)
        own = [
            name
            for variable, name in cast.words.items()
            if not variable.endswith((".last", ".plain", ".firm", ".club", ".ship", ".novel"))
        ]
        assert len(own) == len(set(own))
        assert len(set(cast.entities.values())) == len(cast.entities)


@given(id=SETS)
def test_a_set_has_the_same_persons_without_a_country_in_both_dresses(
    wardrobe: Wardrobe, id: str
) -> None:
    invented, real = (wardrobe.cast(id, dress) for dress in DRESSES)
    for variable, entity in invented.entities.items():
        same = real.entities[variable] == entity
        assert same == (variable[0] not in "ABC"), variable


@given(id=SETS)
def test_minister_and_first_woman_have_diacritics_in_both_dresses(
    wardrobe: Wardrobe, id: str
) -> None:
    for dress in DRESSES:
        words = wardrobe.cast(id, dress).words
        for variable in ("A.minister", "W1"):
            assert words[variable] != words[f"{variable}.plain"] == plain(words[variable])


def test_a_name_more_moves_few_sets(wardrobe: Wardrobe) -> None:
    more = msgspec.structs.replace(wardrobe, towns=(*wardrobe.towns, "Zwillerdam"))
    sets = [f"set-{number}" for number in range(200)]
    moved = [
        id
        for id in sets
        if more.cast(id, "real").words["T1"] != wardrobe.cast(id, "real").words["T1"]
    ]
    assert {more.cast(id, "real").words["T1"] for id in moved} == {"Zwillerdam"}
    assert len(moved) < 200 * 3 / len(wardrobe.towns)


def test_officials_speak_for_their_country_and_a_city_is_no_actor(wardrobe: Wardrobe) -> None:
    registry, cast = wardrobe.registry(), wardrobe.cast("polarity-01", "real")
    country = cast.entities["A"]
    for variable in ("A.minister", "A.president", "A.envoy", "A.ministry"):
        assert registry.principal(cast.entities[variable]) == country
    assert registry.principal(cast.entities["A.minister.kin"]) == cast.entities["A.minister.kin"]
    assert not registry[cast.entities["A.capital"]].actor
    for form in ("A", "A.adj", "A.people", "A.capital", "A.long"):
        assert registry.actor(cast.words[form]) == country, form
    adjective = cast.words["A.adj"]
    assert registry.actor(f"the {adjective} foreign minister") == cast.entities["A.minister"]


def test_a_surname_that_two_share_means_the_one_with_the_office(wardrobe: Wardrobe) -> None:
    registry, cast = wardrobe.registry(), wardrobe.cast("namesakes-01", "invented")
    assert cast.words["A.minister.kin.last"] == cast.words["A.minister.last"]
    assert registry.actor(cast.words["A.minister.last"]) == cast.entities["A.minister"]
    assert registry.actor(cast.words["A.minister.kin"]) == cast.entities["A.minister.kin"]


def test_a_name_that_two_have_is_refused(wardrobe: Wardrobe) -> None:
    twin: Country = msgspec.structs.replace(wardrobe.countries[0], name="Elsewhere")
    doubled = msgspec.structs.replace(wardrobe, countries=(*wardrobe.countries, twin))
    with pytest.raises(InvalidInput, match=r"two entities have the id"):
        doubled.registry()


@pytest.mark.parametrize(
    ("words", "message"),
    [("{D} said", r"unknown variable \{D\}"), ("{A.king}", r"unknown variable \{A.king\}")],
)
def test_an_unknown_variable_is_named(wardrobe: Wardrobe, words: str, message: str) -> None:
    with pytest.raises(AuthoringError, match=message):
        wardrobe.cast("polarity-01", "real").fill(words)
    with pytest.raises(AuthoringError, match=r"unknown entity '\{A\}' \(without braces\)"):
        wardrobe.cast("polarity-01", "real").entity("{A}")
