"""Linking: which names, in all articles together, refer to the same entity."""

from __future__ import annotations

from collections.abc import Sequence

from onrecord.corpus.names import trimmed_ends
from onrecord.document import NAME_TYPES, Document
from onrecord.scoring.clusters import ClusterTable, cluster_table

_NAMES = frozenset(NAME_TYPES)


def table(pairs: Sequence[tuple[Document, Document]]) -> ClusterTable:
    """Clusters of names over all documents, names matched by document and trimmed span.

    Values are left out. A predicted name without an entity is a cluster of its own. The score is
    LEA (Moosavi & Strube 2016), singletons included; for it and for sides without names see
    :class:`~onrecord.scoring.clusters.ClusterTable`.
    """
    gold: list[tuple[str, str]] = []
    predicted: list[tuple[str, str]] = []
    matched: list[tuple[str, str, str]] = []
    for left, right in pairs:
        own, other = clusters(left), clusters(right)
        gold += [(left.id, cluster) for cluster in own.values()]
        predicted += [(left.id, cluster) for cluster in other.values()]
        matched += [(left.id, own[span], other[span]) for span in own if span in other]
    return cluster_table([left.id for left, _ in pairs], gold, predicted, matched)


def clusters(document: Document) -> dict[tuple[int, int], str]:
    """The cluster of each name by its trimmed span.

    ``=`` and the entity's id; ``?`` and the place for a name without one, which is alone.
    """
    found = {}
    text = document.text
    for mention in document.mentions:
        if mention.label in _NAMES:
            person, entity = mention.label == "PERSON", mention.entity
            place = trimmed_ends(mention.start, mention.end, text, person=person)
            if entity is None:
                found[place] = f"?{document.id}:{place[0]}-{place[1]}"
            else:
                found[place] = f"={entity}"
    return found
