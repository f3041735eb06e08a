"""Entities: which stretches of text are names or values, and of which type."""

from __future__ import annotations

from collections.abc import Sequence

from onrecord.document import Document
from onrecord.names import trimmed_ends
from onrecord.scoring.tables import CountTable, Row

Item = tuple[int, int, str]
"""Start and end of the trimmed span, and the type."""


def items(document: Document) -> set[Item]:
    """The items of a document that are compared: trimmed span and type."""
    text = document.text
    found = set()
    for mention in document.mentions:
        label = mention.label
        start, end = trimmed_ends(mention.start, mention.end, text, person=label == "PERSON")
        found.add((start, end, label))
    return found


def count(gold: Document, predicted: Document) -> Row:
    """Mentions of one document that agree in trimmed span and type.

    Micro-averaged over documents this is the exact-match F1 of CoNLL-2003 (Tjong Kim Sang & De
    Meulder 2003), which seqeval computes in strict mode.
    """
    left, right = items(gold), items(predicted)
    return Row(document=gold.id, tp=len(left & right), gold=len(left), predicted=len(right))


def table(pairs: Sequence[tuple[Document, Document]]) -> CountTable:
    """The counts of all documents, given as (gold, prediction); see :func:`count`.

    For sides without mentions see :class:`~onrecord.scoring.tables.CountTable`.
    """
    return CountTable(tuple(count(gold, predicted) for gold, predicted in pairs))
