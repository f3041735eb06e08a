"""Utterances: which quotes, in all articles together, report the same act."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from onrecord.document import Document, Span
from onrecord.registry import Names
from onrecord.scoring.alignment import Side, assign, side
from onrecord.scoring.tables import ClusterTable, cluster_table


def table(
    pairs: Sequence[tuple[Document, Document]], gold_names: Names, names: Names
) -> ClusterTable:
    """Clusters of two or more quotes over all documents.

    A predicted quote stands for the gold quote it is assigned to: the pairing of greatest summed
    overlap, among overlaps of 0.5 or more. Quotes without an utterance are in no cluster. The
    score is LEA (see :class:`~onrecord.scoring.tables.ClusterTable`).
    """
    gold: list[tuple[str, str]] = []
    predicted: list[tuple[str, str]] = []
    matched: list[tuple[str, str, str]] = []
    for left, own, other, assigned in aligned(pairs, gold_names, names):
        gold += [(left.id, q.utterance) for q in own.quotes if q.utterance is not None]
        predicted += [(left.id, q.utterance) for q in other.quotes if q.utterance is not None]
        for i, j in assigned:
            one, two = own.quotes[i].utterance, other.quotes[j].utterance
            if one is not None and two is not None:
                matched.append((left.id, one, two))
    ids = [left.id for left, _ in pairs]
    return cluster_table(ids, gold, predicted, matched, smallest=2)


def aligned(
    pairs: Sequence[tuple[Document, Document]], gold_names: Names, names: Names
) -> Iterator[tuple[Document, Side, Side, list[tuple[int, int]]]]:
    """Of each document the quotes of gold and prediction, and which stands for which, by index."""
    own_reports = _reports([left for left, _ in pairs])
    other_reports = _reports([right for _, right in pairs])
    for left, right in pairs:
        own = side(left.quotes, left, gold_names, own_reports)
        other = side(right.quotes, left, names, other_reports)
        yield left, own, other, assign(own, other)


def _reports(documents: Sequence[Document]) -> dict[str, list[tuple[str, tuple[Span, ...]]]]:
    """What each utterance holds: the documents and contents of its quotes, whatever its id is."""
    reports: dict[str, list[tuple[str, tuple[Span, ...]]]] = defaultdict(list)
    for document in documents:
        for quote in document.quotes:
            if quote.utterance is not None:
                reports[quote.utterance].append((document.id, tuple(sorted(quote.content))))
    return {utterance: sorted(members) for utterance, members in reports.items()}
