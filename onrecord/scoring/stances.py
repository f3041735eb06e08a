"""Stances: who, by the text, is for or against what."""

from __future__ import annotations

from collections.abc import Sequence

from onrecord.corpus.resolution import Meanings, Names
from onrecord.document import Document, Stance
from onrecord.scoring.tables import CountTable, Row

Item = tuple[str, str, str]
"""Holder, target and polarity."""


def items(document: Document, names: Names) -> set[Item]:
    """The stances of a document as a set, holders resolved; duplicates that arise collapse."""
    meant = names[document.id]
    return {item(stance, meant) for stance in document.stances}


def item(stance: Stance, meant: Meanings) -> Item:
    """What is compared of a stance; the holder is an actor, or "?" and a name that means none."""
    return (meant.get(stance.holder) or f"?{stance.holder}", stance.target, stance.polarity)


def count(gold: Document, predicted: Document, gold_names: Names, names: Names) -> Row:
    """Stances of one document that agree in holder, target and polarity.

    A holder that names no actor of the registry equals nothing. A measure of this project: exact
    match over sets, so that a stance that is given twice counts once.
    """
    left, right = items(gold, gold_names), items(predicted, names)
    known = {item for item in left & right if not item[0].startswith("?")}
    return Row(document=gold.id, tp=len(known), gold=len(left), predicted=len(right))


def table(
    pairs: Sequence[tuple[Document, Document]], gold_names: Names, names: Names
) -> CountTable:
    """The counts of all documents, given as (gold, prediction); see :func:`count`.

    For sides without stances see :class:`~onrecord.scoring.tables.CountTable`.
    """
    return CountTable(tuple(count(left, right, gold_names, names) for left, right in pairs))
