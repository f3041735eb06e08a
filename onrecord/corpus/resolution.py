"""Resolution: which actors the speakers and holders of a file mean, document by document.

An id that a system gives has the scope that the system gives it: it may stand for one entity in the
whole file, or be given anew in each document. So a speaker or holder that is an id is looked for
among the mentions of its own document first, and among those of the file only where its document
has none. (Linking takes the same id in two documents for one entity: there it is what is scored.)
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, KeysView, Mapping, Sequence

import msgspec

from onrecord.corpus.names import comparable
from onrecord.corpus.registry import Registry
from onrecord.document import Document

Meanings = Mapping[str, str | None]
"""From a speaker or holder as one document gives it to the actor it means; None: it means none."""
Names = Mapping[str, Meanings]
"""The meanings of each document, by its id."""
_Actor = Callable[[str], str | None]


class Unresolved(msgspec.Struct, frozen=True, kw_only=True):
    """The speakers and holders of a file that name no actor."""

    total: int
    """How many speakers and holders there are; null is none."""
    given: tuple[tuple[str, int], ...]
    """Those that name no actor, as given, and how often; the most frequent first."""
    mentions: Mapping[str, tuple[str, ...]]
    """For those that are ids of entities, the names of their mentions, the most frequent first: in the
    documents where they name no actor, or in all where these have none."""

    @property
    def n(self) -> int:
        """How many name no actor."""
        return sum(count for _, count in self.given)


def resolve_names(documents: Iterable[Document], registry: Registry) -> Names:
    """For each document's speakers and holders, the registry's actors that they name.

    An id that mentions of the document carry is resolved by the names of these mentions: each
    mention counts once, for the actor it names or, if it names none, for its own spelling; the one
    counted most wins, and a tie is unresolved. Where the document has no mention with that id, those
    of all documents count. Any other string is a name itself, see :meth:`Registry.actor`.
    """
    documents = tuple(documents)

    @functools.cache
    def anywhere() -> Mapping[str, Mapping[str, int]]:
        return mentioned(documents, {*speakers_and_holders(documents)})

    resolver = Resolver(registry.actor, lambda given: anywhere().get(given))
    return {document.id: resolver.meanings(document) for document in documents}


KEPT = 2**16
"""So many names are looked up once, however often they are given: some 15 MB in each place where names
are looked up, if there are so many."""


class Resolver:
    """What the speakers and holders of one document after the other mean; see :func:`resolve_names`.

    Args:
        actor: which actor of the registry a string names, if it does.
        anywhere: the names of an id's mentions in all documents, each with its number; None where it
            has no mention. It is asked for what its own document does not mention.
    """

    def __init__(self, actor: _Actor, anywhere: Callable[[str], Mapping[str, int] | None]) -> None:
        self._actor: _Actor = functools.lru_cache(KEPT)(actor)
        self._elsewhere = functools.lru_cache(KEPT)(self._by_all)
        self._anywhere = anywhere

    def meanings(self, document: Document) -> Meanings:
        """What each speaker and holder of the document means."""
        if not document.quotes and not document.stances:
            return {}
        given = {quote.speaker for quote in document.quotes}
        given |= {stance.holder for stance in document.stances}
        given.discard(None)
        own = mentioned([document], given)
        actor = self._actor
        return {
            name: _winner(own[name], actor) if name in own else self._elsewhere(name)
            for name in given
            if name is not None
        }

    def _by_all(self, given: str) -> str | None:
        names = self._anywhere(given)
        return self._actor(given) if names is None else _winner(names, self._actor)


def speakers_and_holders(documents: Iterable[Document]) -> Iterator[str]:
    """Whoever a file's quotes and stances name, as often as they do."""
    for document in documents:
        for quote in document.quotes:
            if quote.speaker is not None:
                yield quote.speaker
        for stance in document.stances:
            yield stance.holder


def mentioned(
    documents: Iterable[Document], entities: Collection[str | None]
) -> dict[str, dict[str, int]]:
    """For those of the entities that are mentioned, the names of their mentions, with their number."""
    found: dict[str, dict[str, int]] = {}
    for document in documents:
        text = document.text
        for mention in document.mentions:
            entity = mention.entity
            if entity is not None and entity in entities:
                name = text[mention.start : mention.end]
                names = found.setdefault(entity, {})
                names[name] = names.get(name, 0) + 1
    return found


def find_unresolved(documents: Sequence[Document], registry: Registry) -> Unresolved:
    """The speakers and holders that name no actor of the registry."""
    nobodies = Nobodies(registry)
    for document in documents:
        nobodies.add(document)
    return nobodies.found(mentioned(documents, nobodies.elsewhere))


class Nobodies:
    """The speakers and holders that name no actor, counted one document after the other."""

    def __init__(self, registry: Registry) -> None:
        self._actor: _Actor = functools.lru_cache(KEPT)(registry.actor)
        self._total = 0
        self._given: Counter[str] = Counter()
        self._mentions: dict[str, Counter[str]] = {}
        self._elsewhere: Counter[str] = Counter()

    def add(self, document: Document) -> None:
        """Count those of a document."""
        everyone = Counter(speakers_and_holders([document]))
        own = mentioned([document], everyone.keys())
        self._total += everyone.total()
        for name, count in everyone.items():
            if name not in own:
                self._elsewhere[name] += count
            elif _winner(own[name], self._actor) is None:
                self._given[name] += count
                self._mentions.setdefault(name, Counter()).update(own[name])

    @property
    def elsewhere(self) -> KeysView[str]:
        """Those that some document gives and does not mention."""
        return self._elsewhere.keys()

    def found(self, anywhere: Mapping[str, Mapping[str, int]]) -> Unresolved:
        """Those that name no actor.

        Args:
            anywhere: what :func:`mentioned` finds in all documents for those of ``elsewhere``.
        """
        given = self._given.copy()
        mentions: dict[str, Mapping[str, int]] = {**self._mentions}
        for name, count in self._elsewhere.items():
            names = anywhere.get(name)
            if (self._actor(name) if names is None else _winner(names, self._actor)) is None:
                given[name] += count
                if names is not None:
                    mentions.setdefault(name, names)
        return Unresolved(
            total=self._total,
            given=_by_frequency(given),
            mentions={
                name: tuple(words for words, _ in _by_frequency(names))
                for name, names in mentions.items()
            },
        )


def _by_frequency(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


class Clashes:
    """The entity ids that name different actors, found one document after the other, in any order."""

    def __init__(self, registry: Registry) -> None:
        self._actor: _Actor = functools.lru_cache(KEPT)(registry.actor)
        self._found: dict[str, dict[str, tuple[int, int]]] = {}
        """For each id and actor where it is named first: the document, and the id's number there."""

    def add(self, document: Document, place: int) -> None:
        """Look at a document, which is in this place of the corpus."""
        entities = {mention.entity for mention in document.mentions if mention.entity is not None}
        for number, (entity, names) in enumerate(mentioned([document], entities).items()):
            meant = _winner(names, self._actor)
            if meant is not None:
                actors = self._found.setdefault(entity, {})
                actors[meant] = min(actors.get(meant, (place, number)), (place, number))

    def found(self) -> dict[str, dict[str, int]]:
        """For each such id the place of the first document that names each of its actors."""
        clashing = {id: actors for id, actors in self._found.items() if len(actors) > 1}
        return {
            id: {actor: at[0] for actor, at in sorted(actors.items(), key=_second)}
            for id, actors in sorted(clashing.items(), key=lambda item: min(item[1].values()))
        }


def _second(item: tuple[str, tuple[int, int]]) -> tuple[int, int]:
    return item[1]


def _winner(names: Mapping[str, int], actor: _Actor) -> str | None:
    """The actor that most of the names mean; None where they mean none, and on a tie."""
    if len(names) == 1:
        return actor(*names)
    votes: Counter[tuple[str | None, str]] = Counter()
    for name, count in names.items():
        meant = actor(name)
        votes[meant, "" if meant else comparable(name)] += count
    first, *rest = votes.most_common(2)
    if rest and rest[0][1] == first[1]:
        return None
    return first[0][0]
