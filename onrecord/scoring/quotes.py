"""Quotes: what was reported as said, and by whom."""

from __future__ import annotations

from collections.abc import Sequence

from onrecord.document import Document
from onrecord.registry import Names
from onrecord.scoring.alignment import count_matches, side
from onrecord.scoring.tables import CountTable, Row


def count(gold: Document, predicted: Document, gold_names: Names, names: Names) -> Row:
    """Quotes of one document found with enough of their content and the right speaker.

    TP is a maximum matching over pairs whose contents overlap by 0.8 or more and whose speakers
    are the same actor, or both null.
    """
    left = side(gold.quotes, gold, gold_names)
    right = side(predicted.quotes, gold, names)
    return Row(
        document=gold.id,
        tp=count_matches(left, right),
        gold=len(left.quotes),
        predicted=len(right.quotes),
    )


def table(
    pairs: Sequence[tuple[Document, Document]], gold_names: Names, names: Names
) -> CountTable:
    """The counts of all documents, given as (gold, prediction)."""
    return CountTable(tuple(count(left, right, gold_names, names) for left, right in pairs))
