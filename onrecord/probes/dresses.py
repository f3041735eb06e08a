"""Dresses: the names that the variables of probes stand for, and the registry of all of them.

A set is rendered once in each dress: with invented names throughout, and with real countries and
capitals but invented persons. Whom its variables mean follows from the set's id alone
(``Wardrobe.cast``), so that rendering is the same everywhere and a name more in a pool moves few
sets. Persons without a country, organisations, outlets, towns, rivers and bridges have the same
names in both dresses: what differs is what a gazetteer knows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol, TypeVar, get_args

import msgspec

from onrecord.corpus.names import plain, slug
from onrecord.corpus.registry import Entity, Registry
from onrecord.exceptions import AuthoringError, InvalidInput

Dress = Literal["invented", "real"]
DRESSES: tuple[Dress, ...] = get_args(Dress)

VARIABLE = re.compile(r"\{([^{}]*)\}")
"""A variable in words, such as ``{A.minister.last}``."""


class Country(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A country with its persons.

    ``cast`` says which of them are women: in ``A`` minister and envoy, in ``B`` the president. The
    variables ``A`` and ``C`` mean countries of the first cast, ``B`` one of the second.
    """

    dress: Dress
    cast: Literal["A", "B"]
    name: str
    adjective: str
    people: str
    capital: str
    official: str
    minister: str
    president: str
    envoy: str
    kin: str | None = None
    """The first name of a man with the minister's surname."""


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Someone who speaks for no country; ``part`` says which variables may mean them."""

    part: Literal["W1", "W", "M"]
    name: str
    kin: str | None = None


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A company or group."""

    name: str
    acronym: str


class Wardrobe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All names there are: pools from which a set is dressed."""

    countries: tuple[Country, ...]
    people: tuple[Person, ...]
    bodies: tuple[Body, ...]
    outlets: tuple[str, ...]
    towns: tuple[str, ...]
    rivers: tuple[str, ...]
    bridges: tuple[str, ...]

    def cast(self, set: str, dress: Dress) -> Cast:
        """What the variables of a set mean in a dress."""
        roles: list[tuple[str, Sequence[_Role]]] = []
        first, second = (
            _drawn(
                [c for c in self.countries if c.dress == dress and c.cast == kind],
                f"{set}/{dress}/{kind}",
                _country_key,
            )
            for kind in ("A", "B")
        )
        for variable, country in zip("ABC", (first[0], second[0], first[1]), strict=True):
            roles.append((variable, list(_country_roles(country))))
        for part, variables in (("W1", ("W1",)), ("W", ("W2", "W3")), ("M", ("M1", "M2", "M3"))):
            pool = [person for person in self.people if person.part == part]
            drawn = _drawn(pool, f"{set}/{part}", _person_key)
            for variable, person in zip(variables, drawn, strict=False):
                roles.append((variable, list(_person_roles(person))))
        bodies = _drawn(self.bodies, f"{set}/O", _body_key)
        for variable, body in zip(("O1", "O2", "O3"), bodies, strict=False):
            roles.append((variable, list(_body_roles(body))))
        for letter, pool_of_names, make in (
            ("N", self.outlets, _outlet_roles),
            ("T", self.towns, _town_roles),
            ("L", self.rivers, _river_roles),
            ("F", self.bridges, _bridge_roles),
        ):
            names = _drawn(pool_of_names, f"{set}/{letter}", str)
            for number, name in enumerate(names[: _COUNTS[letter]], start=1):
                roles.append((f"{letter}{number}", list(make(name))))
        return Cast(roles)

    def registry(self) -> Registry:
        """The entities of all dresses.

        Raises:
            InvalidInput: two actors share a name.
        """
        found: dict[str, Entity] = {}
        for entity in self._entities():
            if entity.id in found:
                raise InvalidInput(f"two entities have the id {entity.id!r}")
            found[entity.id] = entity
        return Registry(found.values())

    def _entities(self) -> Iterator[Entity]:
        for country in self.countries:
            yield from (role.entity for role in _country_roles(country))
        for person in self.people:
            yield from (role.entity for role in _person_roles(person))
        for body in self.bodies:
            yield from (role.entity for role in _body_roles(body))
        for names, make in (
            (self.outlets, _outlet_roles),
            (self.towns, _town_roles),
            (self.rivers, _river_roles),
            (self.bridges, _bridge_roles),
        ):
            for name in names:
                yield from (role.entity for role in make(name))


_COUNTS = {"N": 2, "T": 2, "L": 1, "F": 1}


def read_wardrobe(path: str | Path) -> Wardrobe:
    """The names in ``annotation/probes/dresses.toml``.

    Raises:
        InvalidInput: the file cannot be read, or is not one of dresses.
    """
    try:
        wardrobe = msgspec.toml.decode(Path(path).read_bytes(), type=Wardrobe)
        wardrobe.registry()
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", file=path) from None
    except InvalidInput as error:
        raise error.at(file=path) from None
    except ValueError as error:
        raise InvalidInput(str(error), file=path) from None
    return wardrobe


class _Role(msgspec.Struct, frozen=True):
    """An entity, how its variable goes on after the letter, and the words of its forms."""

    suffix: str
    entity: Entity
    forms: Mapping[str, str]


class Cast:
    """What the variables of one set mean in one dress."""

    def __init__(self, roles: Sequence[tuple[str, Sequence[_Role]]]) -> None:
        self.entities: dict[str, str] = {}
        """The registry's id by the variable of an entity, such as ``A.minister``."""
        self.words: dict[str, str] = {}
        """The words by the variable of a form, such as ``A.minister.last``."""
        for letter, found in roles:
            for role in found:
                variable = letter + role.suffix
                self.entities[variable] = role.entity.id
                for form, words in role.forms.items():
                    self.words[variable + form] = words

    def fill(self, words: str) -> str:
        """The words with every variable replaced.

        Raises:
            AuthoringError: a variable is unknown.
        """
        return VARIABLE.sub(self._word, words)

    def _word(self, match: re.Match[str]) -> str:
        if match[1] not in self.words:
            raise AuthoringError(f"unknown variable {match[0]}")
        return self.words[match[1]]

    def entity(self, variable: str) -> str:
        """The registry's id of the entity that a variable means.

        Raises:
            AuthoringError: it means none.
        """
        if variable not in self.entities:
            hint = " (without braces)" if "{" in variable else ""
            raise AuthoringError(f"unknown entity {variable!r}{hint}")
        return self.entities[variable]


def _names(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _country_roles(country: Country) -> Iterator[_Role]:
    id, name, adjective = slug(country.name), country.name, country.adjective
    aliases = _names(
        name,
        adjective,
        country.people,
        country.capital,
        country.official,
        f"{adjective} government",
        f"government of {name}",
    )
    yield _Role(
        "",
        Entity(id=id, name=name, label="GPE", aliases=aliases, actor=True),
        {
            "": name,
            ".adj": adjective,
            ".people": country.people,
            ".capital": country.capital,
            ".long": country.official,
        },
    )
    capital = Entity(
        id=f"{slug(country.capital)}-city",
        name=country.capital,
        label="GPE",
        aliases=(country.capital,),
    )
    yield _Role(".capital", capital, {})
    ministry = f"{adjective} Foreign Ministry"
    yield _Role(
        ".ministry",
        Entity(
            id=f"{id}-foreign-ministry",
            name=ministry,
            label="ORG",
            aliases=_names(
                ministry, f"Foreign Ministry of {name}", f"Ministry of Foreign Affairs of {name}"
            ),
            actor=True,
            represents=id,
        ),
        {"": ministry},
    )
    for role, person, office in (
        (".minister", country.minister, "foreign minister"),
        (".president", country.president, "president"),
        (".envoy", country.envoy, "envoy"),
    ):
        offices = (f"{adjective} {office}", f"{office} of {name}")
        yield _person(role, person, represents=id, offices=offices)
    if country.kin is not None:
        yield _kin(".minister.kin", country.kin, country.minister)


def _person_roles(person: Person) -> Iterator[_Role]:
    yield _person("", person.name)
    last = person.name.partition(" ")[2]
    if person.part == "M":
        firm = Entity(id=f"{slug(last)}-firm", name=last, label="ORG", aliases=(last,))
        yield _Role(".firm", firm, {"": last})
    if person.kin is not None:
        yield _kin(".kin", person.kin, person.name)


def _person(
    suffix: str, name: str, *, represents: str | None = None, offices: Sequence[str] = ()
) -> _Role:
    first, _, last = name.partition(" ")
    aliases = _names(name, plain(name), last, plain(last), first)
    entity = Entity(
        id=slug(name),
        name=name,
        label="PERSON",
        aliases=aliases,
        offices=tuple(offices),
        actor=True,
        represents=represents,
    )
    return _Role(suffix, entity, {"": name, ".first": first, ".last": last, ".plain": plain(name)})


def _kin(suffix: str, first: str, name: str) -> _Role:
    """Someone of another's surname, which alone is an alias of the other."""
    last = name.partition(" ")[2]
    full = f"{first} {last}"
    aliases = _names(full, plain(full), first)
    entity = Entity(id=slug(full), name=full, label="PERSON", aliases=aliases, actor=True)
    return _Role(suffix, entity, {"": full, ".first": first, ".last": last, ".plain": plain(full)})


def _body_roles(body: Body) -> Iterator[_Role]:
    entity = Entity(
        id=slug(body.name),
        name=body.name,
        label="ORG",
        aliases=_names(body.name, body.acronym),
        actor=True,
    )
    yield _Role("", entity, {"": body.name, ".short": body.acronym})


def _outlet_roles(name: str) -> Iterator[_Role]:
    entity = Entity(id=slug(name), name=name, label="ORG", aliases=(name,), actor=True)
    yield _Role("", entity, {"": name})


def _town_roles(name: str) -> Iterator[_Role]:
    yield _Role("", Entity(id=slug(name), name=name, label="GPE", aliases=(name,)), {"": name})
    club = Entity(id=f"{slug(name)}-club", name=name, label="ORG", aliases=(name,), actor=True)
    yield _Role(".club", club, {"": name})


def _river_roles(name: str) -> Iterator[_Role]:
    yield _Role("", Entity(id=slug(name), name=name, label="LOC", aliases=(name,)), {"": name})
    ship = Entity(id=f"{slug(name)}-ship", name=name, label="PRODUCT", aliases=(name,))
    yield _Role(".ship", ship, {"": name})


def _bridge_roles(name: str) -> Iterator[_Role]:
    yield _Role("", Entity(id=slug(name), name=name, label="FAC", aliases=(name,)), {"": name})
    novel = Entity(id=f"{slug(name)}-novel", name=name, label="WORK_OF_ART", aliases=(name,))
    yield _Role(".novel", novel, {"": name})


T = TypeVar("T", contravariant=True)
Pooled = TypeVar("Pooled")


class _Key(Protocol[T]):
    def __call__(self, value: T, /) -> str: ...


def _country_key(country: Country) -> str:
    return country.name


def _person_key(person: Person) -> str:
    return person.name


def _body_key(body: Body) -> str:
    return body.name


def _drawn(pool: Sequence[Pooled], salt: str, key: _Key[Pooled]) -> list[Pooled]:
    """The pool in an order that the salt fixes (highest random weight, Thaler & Ravishankar 1998)."""

    def weight(one: Pooled) -> str:
        return hashlib.sha256(f"{salt}/{key(one)}".encode()).hexdigest()

    return sorted(pool, key=weight)
