"""Resolution: which actors the speakers and holders of a file mean, document by document.

An id that a system gives has the scope that the system gives it: it may stand for one entity in the
whole file, or be given anew in each document. So a speaker or holder that is an id is looked for
among the mentions of its own document first, and among those of the file only where its document
has none. (Linking takes the same id in two documents for one entity: there it is what is scored.)
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

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
    actor = functools.cache(registry.actor)

    @functools.cache
    def anywhere() -> Mapping[str, Mapping[str, int]]:
        return mentioned(documents, {*speakers_and_holders(documents)})

    @functools.cache
    def elsewhere(given: str) -> str | None:
        names = anywhere().get(given)
        return actor(given) if names is None else _winner(names, actor)

    names: dict[str, Meanings] = {}
    for document in documents:
        given = {*speakers_and_holders([document])}
        own = mentioned([document], given) if given else {}
        names[document.id] = {
            name: _winner(own[name], actor) if name in own else elsewhere(name) for name in given
        }
    return names


def speakers_and_holders(documents: Iterable[Document]) -> Iterator[str]:
    """Whoever a file's quotes and stances name, as often as they do."""
    for document in documents:
        for quote in document.quotes:
            if quote.speaker is not None:
                yield quote.speaker
        for stance in document.stances:
            yield stance.holder


def mentioned(documents: Iterable[Document], entities: Collection[str]) -> dict[str, Counter[str]]:
    """For those of the entities that are mentioned, the names of their mentions."""
    found: dict[str, Counter[str]] = {}
    for document in documents:
        for mention in document.mentions:
            if mention.entity is not None and mention.entity in entities:
                name = mention.span.of(document.text)
                found.setdefault(mention.entity, Counter())[name] += 1
    return found


def find_unresolved(documents: Sequence[Document], registry: Registry) -> Unresolved:
    """The speakers and holders that name no actor of the registry."""
    names = resolve_names(documents, registry)
    total = 0
    given: Counter[str] = Counter()
    mentions: dict[str, Counter[str]] = {}
    for document in documents:
        everyone = list(speakers_and_holders([document]))
        nobody = [name for name in everyone if names[document.id][name] is None]
        total += len(everyone)
        given.update(nobody)
        for name, found in mentioned([document], {*nobody}).items():
            mentions.setdefault(name, Counter()).update(found)
    elsewhere = mentioned(documents, given.keys() - mentions.keys())
    return Unresolved(
        total=total,
        given=_by_frequency(given),
        mentions={
            name: tuple(words for words, _ in _by_frequency(found))
            for name, found in (mentions | elsewhere).items()
        },
    )


def _by_frequency(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def find_clashes(
    documents: Iterable[Document], registry: Registry
) -> Mapping[str, Mapping[str, str]]:
    """The entity ids whose mentions name different actors in different documents.

    Returns:
        For each such id the first document that names each of its actors, by actor.
    """
    actor = functools.cache(registry.actor)
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for document in documents:
        entities = {mention.entity for mention in document.mentions if mention.entity is not None}
        for entity, names in mentioned([document], entities).items():
            meant = _winner(names, actor)
            if meant is not None:
                found[entity].setdefault(meant, document.id)
    return {entity: actors for entity, actors in found.items() if len(actors) > 1}


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
