"""Utterances: which quotes, in all articles together, report the same act."""

from __future__ import annotations

from onrecord.scoring.alignment import Sides, assign
from onrecord.scoring.clusters import ClusterTable, cluster_table


def table(sides: Sides) -> ClusterTable:
    """Clusters of two or more quotes over all documents.

    A predicted quote stands for the gold quote it is assigned to: the pairing of greatest summed
    overlap, among overlaps of 0.5 or more. Quotes without an utterance are in no cluster. The
    score is LEA (Moosavi & Strube 2016); for it and for sides without clusters see
    :class:`~onrecord.scoring.clusters.ClusterTable`.
    """
    gold: list[tuple[str, str]] = []
    predicted: list[tuple[str, str]] = []
    matched: list[tuple[str, str, str]] = []
    for left, own, other in sides:
        gold += [(left.id, q.utterance) for q in own.quotes if q.utterance is not None]
        predicted += [(left.id, q.utterance) for q in other.quotes if q.utterance is not None]
        for i, j in assign(own, other):
            one, two = own.quotes[i].utterance, other.quotes[j].utterance
            if one is not None and two is not None:
                matched.append((left.id, one, two))
    ids = [left.id for left, _, _ in sides]
    return cluster_table(ids, gold, predicted, matched, smallest=2)
