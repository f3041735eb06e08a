"""The registry: the entities that mentions refer to, and the targets that stances are about."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, KeysView, Mapping
from functools import cached_property

import msgspec

from onrecord.corpus.names import comparable, ends_in_title
from onrecord.document import MENTION_TYPES, Document
from onrecord.exceptions import InvalidInput, UnknownId


class Entity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One referent. An ``actor`` can speak or hold a stance; it may speak for what it ``represents``."""

    id: str
    name: str
    label: str
    aliases: tuple[str, ...] = ()
    actor: bool = False
    represents: str | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A proposition that one can be for or against."""

    id: str
    proposition: str


class Registry:
    """The entities by id, and actors by name.

    Raises:
        InvalidInput: an id, name or alias is empty, an id occurs twice, a label is unknown, an
            entity represents one that does
            not exist or itself in the end, or two actors share a name.
    """

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._entities: dict[str, Entity] = {}
        for entity in entities:
            if not entity.id or not all(map(_is_name, (entity.name, *entity.aliases))):
                raise InvalidInput(f"{entity.id!r} has an empty id, name or alias", field="name")
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
        self._actors  # noqa: B018  (two actors of one name are found here)

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
            near = difflib.get_close_matches(id, self._entities, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise UnknownId(f"unknown entity {id!r}{hint}")
        return self._entities[id]

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
    def _actors(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for entity in self:
            if not entity.actor:
                continue
            for name in dict.fromkeys((entity.name, *entity.aliases, entity.id)):
                key = comparable(name)
                other = names.setdefault(key, entity.id)
                if other != entity.id:
                    raise InvalidInput(
                        f"{name!r} names two actors, {other!r} and {entity.id!r}", field="aliases"
                    )
        return names

    def actor(self, name: str) -> str | None:
        """The id of the actor that ``name`` names, by name, alias or the id itself, or None.

        Words in front that end in a title do not matter ("the Norwegian Foreign Minister Vold").
        """
        found = self._actors.get(comparable(name)) or self._actors.get(
            comparable(name, titled=True)
        )
        words = name.split()
        for cut in range(1, len(words)):
            if found is not None:
                break
            if ends_in_title(" ".join(words[:cut])):
                found = self._actors.get(comparable(" ".join(words[cut:])))
        return found

    def principal(self, id: str) -> str:
        """Whom the entity speaks for in the end: what it represents, and so on, else itself."""
        while id in self._entities and (represented := self._entities[id].represents) is not None:
            id = represented
        return id


def _is_name(name: str) -> bool:
    """Whether something of the name is left to be compared; a letter or digit in front is."""
    return name[:1].isalnum() or bool(comparable(name))


Names = Mapping[str, str | None]
"""From a speaker or holder as a file gives it to the actor it means; None where it means none."""


def resolve_names(documents: Iterable[Document], registry: Registry) -> Names:
    """For each speaker and holder of a file, the registry's actor that it names.

    An id that the file's own mentions carry is resolved by the names of those mentions: each
    mention counts once, for the actor it names or, if it names none, for its own spelling; the one
    counted most wins, and a tie is unresolved. Any other string is a name itself.
    """
    documents = tuple(documents)
    named: dict[str, Counter[str]] = {}
    for document in documents:
        for mention in document.mentions:
            if mention.entity is not None:
                name = mention.span.of(document.text)
                named.setdefault(mention.entity, Counter())[name] += 1
    resolved: dict[str, str | None] = {}
    for given in speakers_and_holders(documents):
        if given in resolved:
            continue
        if given in named:
            resolved[given] = _winner(named[given], registry)
        else:
            resolved[given] = registry.actor(given)
    return resolved


def speakers_and_holders(documents: Iterable[Document]) -> Iterator[str]:
    """Whoever a file's quotes and stances name, as often as they do."""
    for document in documents:
        for quote in document.quotes:
            if quote.speaker is not None:
                yield quote.speaker
        for stance in document.stances:
            yield stance.holder


def _winner(names: Mapping[str, int], registry: Registry) -> str | None:
    """The actor that most of the names mean; None where they mean none, and on a tie."""
    votes: Counter[tuple[str | None, str]] = Counter()
    for name, count in names.items():
        actor = registry.actor(name)
        votes[actor, "" if actor else comparable(name)] += count
    first, *rest = votes.most_common(2)
    if rest and rest[0][1] == first[1]:
        return None
    return first[0][0]
