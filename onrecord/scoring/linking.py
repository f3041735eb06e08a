"""Linking: which names, in all articles together, refer to the same entity."""

from __future__ import annotations

from collections.abc import Sequence

from onrecord.corpus.names import trimmed_ends
from onrecord.document import NAME_TYPES, Document, Mention
from onrecord.scoring.clusters import ClusterTable, as_table
from onrecord.scoring.gathering import Gathered
from onrecord.scoring.packing import Ids

_NAMES = frozenset(NAME_TYPES)

Linked = tuple[list[str], list[str], list[tuple[str, str]]]
"""The clusters of the names of the gold and of the prediction, and of each two names that match."""


def table(pairs: Sequence[tuple[Document, Document]]) -> ClusterTable:
    """Clusters of names over all documents, names matched by document and trimmed span.

    Values are left out. A predicted name without an entity is a cluster of its own. The score is
    LEA (Moosavi & Strube 2016), singletons included; for it and for sides without names see
    :class:`~onrecord.scoring.clusters.ClusterTable`.
    """
    gathered, ids = Gathered(), Ids()
    for left, right in pairs:
        ids.append(left.id)
        gathered.add(*linked(left, right))
    return as_table(gathered.columns(ids))


def linked(gold: Document, predicted: Document) -> Linked:
    """The clusters of one document's names.

    Names of a document do not overlap, so that those which are the same untrimmed match each other
    and no other, and need not be cut.
    """
    left = {mention.start: mention for mention in gold.mentions if mention.label in _NAMES}
    own, other, matched, right = [], [], [], []
    for mention in predicted.mentions:
        if mention.label not in _NAMES:
            continue
        same = left.get(mention.start)
        if same is not None and same.end == mention.end and _as_trimmed(same, mention):
            entity = same.entity
            one = f"={entity}" if entity is not None else _cluster(same, gold)
            entity = mention.entity
            two = f"={entity}" if entity is not None else _cluster(mention, gold)
            own.append(one)
            other.append(two)
            matched.append((one, two))
            del left[mention.start]
        else:
            right.append(mention)
    places = {_place(mention, gold): _cluster(mention, gold) for mention in left.values()}
    own += places.values()
    for mention in right:
        two = _cluster(mention, gold)
        other.append(two)
        found = places.get(_place(mention, gold)) if places else None
        if found is not None:
            matched.append((found, two))
    return own, other, matched


def clusters(document: Document) -> dict[tuple[int, int], str]:
    """The cluster of each name by its trimmed span.

    ``=`` and the entity's id; ``?`` and the place for a name without one, which is alone.
    """
    return {
        _place(mention, document): _cluster(mention, document)
        for mention in document.mentions
        if mention.label in _NAMES
    }


def _as_trimmed(one: Mention, other: Mention) -> bool:
    """Whether trimming treats the two alike: titles are cut off persons alone."""
    return one.label == other.label or (one.label == "PERSON") == (other.label == "PERSON")


def _place(mention: Mention, document: Document) -> tuple[int, int]:
    person = mention.label == "PERSON"
    return trimmed_ends(mention.start, mention.end, document.text, person=person)


def _cluster(mention: Mention, document: Document) -> str:
    if mention.entity is not None:
        return f"={mention.entity}"
    start, end = _place(mention, document)
    return f"?{document.id}:{start}-{end}"
