"""The registry: the entities that mentions refer to, and the targets that stances are about."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, KeysView
from functools import cached_property

import msgspec

from onrecord.corpus.names import comparable
from onrecord.corpus.naming import Actor, Directory
from onrecord.document import MENTION_TYPES
from onrecord.exceptions import InvalidInput, UnknownId


class Entity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One referent. An ``actor`` can speak or hold a stance; it may speak for what it ``represents``.

    ``offices`` are those that a person holds at the time of the articles, each with whose it is (“US
    Secretary of State”). One that two actors hold names neither.
    """

    id: str
    name: str
    label: str
    aliases: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    actor: bool = False
    represents: str | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A proposition that one can be for or against."""

    id: str
    proposition: str


NEAR = 0.6
"""How like an id, name or alias must be to what was given (Ratcliff and Obershelp), to be named."""


class Registry:
    """The entities by id, and actors by name.

    Raises:
        InvalidInput: an id, name, alias or office is empty, an id occurs twice, a label is unknown,
            an entity represents one that does not exist or itself in the end, or two actors share
            a name.
    """

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._entities: dict[str, Entity] = {}
        for entity in entities:
            names = (entity.name, *entity.aliases, *entity.offices)
            if not entity.id or not all(map(_is_name, names)):
                reason = f"{entity.id!r} has an empty id, name, alias or office"
                raise InvalidInput(reason, field="name")
            if entity.id in self._entities:
                raise InvalidInput(f"duplicate entity {entity.id!r}", field="id")
            if entity.label not in MENTION_TYPES:
                raise InvalidInput(f"{entity.id}: unknown type {entity.label!r}", field="label")
            self._entities[entity.id] = entity
        for entity in self:
            if entity.represents is not None and entity.represents not in self._entities:
                raise InvalidInput(
                    f"{entity.id} represents an unknown entity {entity.represents!r}",
                    field="represents",
                )
        for entity in self:
            if entity.represents is not None:
                self._require_end(entity)
        self._directory  # noqa: B018  (two actors of one name are found here)

    @classmethod
    def checked(cls, entities: Iterable[Entity]) -> Registry:
        """The registry of entities that have made one before, and need not be checked again."""
        registry = cls.__new__(cls)
        registry._entities = {entity.id: entity for entity in entities}
        return registry

    def _require_end(self, entity: Entity) -> None:
        seen = {entity.id}
        represented = entity.represents
        while represented is not None:
            if represented in seen:
                raise InvalidInput(f"{entity.id} represents itself in the end", field="represents")
            seen.add(represented)
            represented = self._entities[represented].represents

    def __iter__(self) -> Iterator[Entity]:
        return iter(self._entities.values())

    def __len__(self) -> int:
        return len(self._entities)

    @property
    def ids(self) -> KeysView[str]:
        """The ids of the entities, in their order."""
        return self._entities.keys()

    def __contains__(self, id: object) -> bool:
        return id in self._entities

    def __getitem__(self, id: str) -> Entity:
        if id not in self._entities:
            near = self.nearest(id, n=1)
            hint = f"; did you mean {near[0].id!r}?" if near else ""
            raise UnknownId(f"unknown entity {id!r}{hint}")
        return self._entities[id]

    def nearest(self, given: str, n: int = 3, *, least: float = NEAR) -> tuple[Entity, ...]:
        """The entities whose id, name or alias is most like what was given, the nearest first.

        None has a smaller share of letters in common than ``least``.

        Those that differ in case, diacritics, spaces and marks alone are preferred to all others.
        """
        wanted = _letters(given)
        same = [entity for form, entity in self._forms if wanted and form == wanted]
        if same:
            return tuple(dict.fromkeys(same))[:n]
        matcher = difflib.SequenceMatcher(b=wanted)
        rated: dict[Entity, float] = {}
        for form, entity in self._forms:
            matcher.set_seq1(form)
            if min(matcher.real_quick_ratio(), matcher.quick_ratio()) >= least:
                rated[entity] = max(rated.get(entity, 0.0), matcher.ratio())
        least = max(least, max(rated.values(), default=0.0) - _MUCH)
        found = [entity for entity, ratio in rated.items() if ratio >= least]
        return tuple(sorted(found, key=lambda entity: (-rated[entity], entity.id))[:n])

    @cached_property
    def _forms(self) -> tuple[tuple[str, Entity], ...]:
        """Every id, name and alias in its letters and digits, with its entity."""
        return tuple(
            (_letters(name), entity)
            for entity in self
            for name in (entity.id, entity.name, *entity.aliases)
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Registry):
            return NotImplemented
        return self._entities == other._entities

    def __hash__(self) -> int:
        return hash(tuple(self._entities))

    def __repr__(self) -> str:
        actors = sum(entity.actor for entity in self)
        return f"Registry({len(self)} entities, {actors} of them actors)"

    @cached_property
    def _directory(self) -> Directory:
        return Directory(
            Actor(
                id=entity.id,
                names=(entity.name, *entity.aliases),
                offices=entity.offices,
                label=entity.label,
                principal=self.principal(entity.id),
            )
            for entity in self
            if entity.actor
        )

    def actor(self, name: str) -> str | None:
        """The id of the actor that ``name`` names, or None where it names nobody, or may mean two.

        A name, alias, office or the id itself, in any of the forms of :mod:`onrecord.corpus.naming`:
        “the Norwegian Foreign Minister Vold”, “K. Vold”, “Vold, Norway’s minister”.
        """
        return self._directory.actor(name)

    def finder(self) -> Callable[[str], str | None]:
        """:meth:`actor`, for who needs nothing else of the registry: it keeps actors alone."""
        return self._directory.actor

    def principal(self, id: str) -> str:
        """Whom the entity speaks for in the end: what it represents, and so on, else itself."""
        while id in self._entities and (represented := self._entities[id].represents) is not None:
            id = represented
        return id


_MUCH = 0.15
"""What is so much less like it than the nearest is not."""


def _letters(name: str) -> str:
    """The letters and digits of a name, without case and diacritics."""
    return "".join(filter(str.isalnum, comparable(name)))


def _is_name(name: str) -> bool:
    """Whether something of the name is left to be compared; a letter or digit in front is."""
    return name[:1].isalnum() or bool(comparable(name))
