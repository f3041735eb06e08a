"""Quotes: what was reported as said, and by whom."""

from __future__ import annotations

from onrecord.document import Document
from onrecord.scoring.alignment import Side, Sides, matches
from onrecord.scoring.tables import CountTable, Row


def count(document: Document, left: Side, right: Side) -> Row:
    """Quotes of one document found with enough of their content and the right speaker.

    TP is a maximum matching over pairs whose contents overlap by 0.8 or more and whose speakers
    are the same actor, or both null. A measure of this project; the overlap is Dice's (1945).
    """
    return Row(
        document=document.id,
        tp=len(matches(left, right)),
        gold=len(left.quotes),
        predicted=len(right.quotes),
    )


def table(sides: Sides) -> CountTable:
    """The counts of all documents; see :func:`count`.

    For sides without quotes see :class:`~onrecord.scoring.tables.CountTable`.
    """
    return CountTable(tuple(count(document, left, right) for document, left, right in sides))
