"""Utterances: which quotes, in all articles together, report the same act."""

from __future__ import annotations

from collections.abc import Sequence

from onrecord.scoring.alignment import Link, Side, Sides, assign
from onrecord.scoring.clusters import ClusterTable, as_table
from onrecord.scoring.gathering import Gathered
from onrecord.scoring.packing import Ids

Grouped = tuple[list[str], list[str], list[tuple[str, str]]]
"""The utterances of the quotes of either side, and of each two quotes that are put side by side."""


def table(sides: Sides) -> ClusterTable:
    """Clusters of two or more quotes over all documents.

    A predicted quote stands for the gold quote it is assigned to: the pairing of greatest summed
    overlap, among overlaps of 0.5 or more. Quotes without an utterance are in no cluster. The
    score is LEA (Moosavi & Strube 2016); for it and for sides without clusters see
    :class:`~onrecord.scoring.clusters.ClusterTable`.
    """
    gathered, ids = Gathered(), Ids()
    for left, own, other in sides:
        ids.append(left.id)
        gathered.add(*grouped(own, other))
    return as_table(gathered.columns(ids, smallest=2))


def grouped(own: Side, other: Side, linked: Sequence[Link] | None = None) -> Grouped:
    """The utterances of one document's quotes; ``linked`` as in :func:`assign`."""
    matched = []
    if own.quotes and other.quotes:
        for i, j in assign(own, other, linked=linked):
            one, two = own.quotes[i].utterance, other.quotes[j].utterance
            if one is not None and two is not None:
                matched.append((one, two))
    return (
        [quote.utterance for quote in own.quotes if quote.utterance is not None],
        [quote.utterance for quote in other.quotes if quote.utterance is not None],
        matched,
    )
