"""Merging: entities that annotators wrote as ``new:<name>`` get the registry's ids."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from onrecord.annotation.adjudication import renamed_in
from onrecord.corpus.annotated import did_you_mean
from onrecord.corpus.exports.scheme import NEW
from onrecord.corpus.names import comparable
from onrecord.corpus.registry import Entity, Registry
from onrecord.corpus.resolution import speakers_and_holders
from onrecord.document import Document
from onrecord.exceptions import InvalidInput


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """Documents with the registry's ids, and what has none yet."""

    documents: tuple[Document, ...]
    found: Mapping[str, str]
    """From what annotators wrote to the registry's id."""
    unknown: tuple[str, ...]
    """What names no entity of the registry, or several."""
    proposed: tuple[Entity, ...]
    """For each of these an entry that the registry could have, to be looked at."""


def merge(
    documents: Sequence[Document], registry: Registry, said: Mapping[str, str] | None = None
) -> Merged:
    """The documents with the registry's id for every ``new:<name>`` that names one entity of it.

    The name that was written is looked for among names and ids, then among aliases; else the words
    of the mentions are. What only one entity answers to is that entity.

    Args:
        documents: a pass, or the gold.
        registry: the entities that there are.
        said: ids for some, whatever they are called.

    Raises:
        InvalidInput: ``said`` has an id that the registry has not, or a name that is not used.
    """
    said = said or {}
    words: dict[str, Counter[str]] = {id: Counter() for id in _new(documents)}
    labels: dict[str, Counter[str]] = {id: Counter() for id in words}
    for document in documents:
        for mention in document.mentions:
            if mention.entity in words:
                words[mention.entity][mention.span.of(document.text)] += 1
                labels[mention.entity][mention.label] += 1
    for id, entity in said.items():
        if id not in words:
            raise InvalidInput(f"{id!r} is not used", field="--is")
        if entity not in registry:
            hint = did_you_mean(entity, registry)
            raise InvalidInput(f"{entity!r} is not in the registry{hint}", field="--is")
    names = _owners((entity, [entity.id, entity.name]) for entity in registry)
    owners = _owners((entity, [entity.id, entity.name, *entity.aliases]) for entity in registry)

    def find(id: str) -> str | None:
        written = [id.removeprefix(NEW)]
        return _owner(written, names) or _owner(written, owners) or _owner(words[id], owners)

    found = {id: owner for id in words if (owner := said.get(id) or find(id))}
    acting = {*speakers_and_holders(documents)}
    taken = {*registry.ids}
    proposed = []
    unknown = tuple(sorted(words.keys() - found.keys()))
    for id in unknown:
        name = id.removeprefix(NEW)
        ((label, _),) = labels[id].most_common(1) or [("PERSON", 0)]
        proposed.append(
            Entity(
                id=_free(name, taken),
                name=name,
                label=label,
                aliases=tuple(sorted(words[id])),
                actor=id in acting,
            )
        )
        taken.add(proposed[-1].id)
    merged = tuple(renamed_in(document, found) for document in documents)
    return Merged(documents=merged, found=found, unknown=unknown, proposed=tuple(proposed))


def near_warnings(
    documents: Sequence[Document], registry: Registry, said: Mapping[str, str] | None = None
) -> Iterator[InvalidInput]:
    """New entities whose name may be a slip: it is like one of the registry or like another new one.

    What :func:`merge` finds by its name is none; what it finds by the words of mentions is told with
    the entity that it will be. Of those in ``said`` nothing is told.
    """
    merged = merge(documents, registry, said)
    new = sorted({*_new(documents)} - {*(said or ())})
    named = _owners((entity, [entity.id, entity.name, *entity.aliases]) for entity in registry)
    reasons: dict[str, str] = {}
    for id in new:
        name, found = id.removeprefix(NEW), merged.found.get(id)
        if found is None:
            near = did_you_mean(name, registry, least=_ALIKE)
            like = next((each for each in new if each > id and _is_like(name, each)), None)
            if near:
                reasons[id] = f"is no entity of the registry{near}"
            elif like is not None:
                reasons[id] = f"and {like!r} are alike; are they one entity?"
        elif found not in named.get(comparable(name), ()):
            meant = f"{found} ({registry[found].name})"
            reasons[id] = f"is taken for {meant} by the words that are marked, not by its name"
    for document in documents:
        words = {m.entity: m.span.of(document.text) for m in reversed(document.mentions)}
        for id in sorted(reasons.keys() & {*_new([document])}):
            of = f" of {words[id]!r}" if id in words else ""
            yield InvalidInput(f"{id!r}{of} {reasons[id]}", document=document.id)


def _is_like(name: str, other: str) -> bool:
    one, two = comparable(name), comparable(other.removeprefix(NEW))
    matcher = difflib.SequenceMatcher(a=one, b=two)
    quick = min(matcher.real_quick_ratio(), matcher.quick_ratio())
    return quick >= _ALIKE and matcher.ratio() >= _ALIKE


_ALIKE = 0.85
"""From this share of letters on, two names may be one, such as Dendias and Dendas."""


def _new(documents: Sequence[Document]) -> Iterator[str]:
    named = (mention.entity for document in documents for mention in document.mentions)
    for id in (*named, *speakers_and_holders(documents)):
        if id is not None and id.startswith(NEW):
            yield id


def _owners(named: Iterable[tuple[Entity, Iterable[str]]]) -> Mapping[str, set[str]]:
    """The ids of the entities that a name, in the form in which names are compared, may mean."""
    owners: dict[str, set[str]] = {}
    for entity, names in named:
        for name in names:
            owners.setdefault(comparable(name), set()).add(entity.id)
    return owners


def _owner(names: Iterable[str], owners: Mapping[str, set[str]]) -> str | None:
    """The one entity that the names name; None where it is none, or more than one."""
    ids = set().union(*(owners.get(comparable(name), set()) for name in names))
    return ids.pop() if len(ids) == 1 else None


def _free(name: str, taken: set[str]) -> str:
    """An id of small letters, digits and hyphens that is not taken."""
    plain = re.sub(r"[^a-z0-9]+", "-", comparable(name)).strip("-") or "entity"
    number, id = 1, plain
    while id in taken:
        number += 1
        id = f"{plain}-{number}"
    return id
