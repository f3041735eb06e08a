"""Stances: who, by the text, is for or against what."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from onrecord.corpus.registry import Names
from onrecord.document import Document, Stance
from onrecord.scoring.tables import CountTable, Row

Item = tuple[str, str, str]
"""Holder, target and polarity."""


def items(document: Document, names: Names) -> set[Item]:
    """The stances of a document as a set, holders resolved; duplicates that arise collapse."""
    return {item(stance, names) for stance in document.stances}


def item(stance: Stance, names: Names) -> Item:
    """What is compared of a stance; the holder is an actor, or "?" and a name that means none."""
    return (names.get(stance.holder) or f"?{stance.holder}", stance.target, stance.polarity)


def count(gold: Document, predicted: Document, gold_names: Names, names: Names) -> Row:
    """Stances of one document that agree in holder, target and polarity.

    A holder that names no actor of the registry equals nothing. A measure of this project: exact
    match over sets, so that a stance that is given twice counts once.
    """
    left, right = items(gold, gold_names), items(predicted, names)
    tp = len(agreed(left, right))
    return Row(document=gold.id, tp=tp, gold=len(left), predicted=len(right))


def agreed(left: AbstractSet[Item], right: AbstractSet[Item]) -> set[Item]:
    """The items of both sides whose holder is an actor."""
    return {item for item in left & right if not item[0].startswith("?")}


def table(
    pairs: Sequence[tuple[Document, Document]], gold_names: Names, names: Names
) -> CountTable:
    """The counts of all documents, given as (gold, prediction); see :func:`count`.

    For sides without stances see :class:`~onrecord.scoring.tables.CountTable`.
    """
    return CountTable(tuple(count(left, right, gold_names, names) for left, right in pairs))
