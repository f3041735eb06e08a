"""Stances: who, by the text, is for or against what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from onrecord.corpus.resolution import Meanings, Names
from onrecord.document import Document, Stance
from onrecord.scoring.tables import CountTable, Row

Cell = tuple[str, str]
"""Holder and target."""
Item = tuple[str, str, str]
"""Holder, target and polarity."""


def items(document: Document, names: Names) -> set[Item]:
    """The stances of a document as a set, holders resolved; duplicates that arise collapse."""
    return held(document, names[document.id])


def held(document: Document, meant: Meanings) -> set[Item]:
    """The same as :func:`items`, with what the names of this document mean."""
    return {item(stance, meant) for stance in document.stances}


def item(stance: Stance, meant: Meanings) -> Item:
    """What is compared of a stance; the holder is an actor, or "?" and a name that means none."""
    return (*cell(stance, meant), stance.polarity)


def cell(stance: Stance, meant: Meanings) -> Cell:
    """Whose stance on what it is; the holder as in :func:`item`."""
    return (meant.get(stance.holder) or f"?{stance.holder}", stance.target)


def sound(items: Collection[Item]) -> set[Item]:
    """The items that can be right: their holder is an actor, and takes no other side beside it.

    Two names of one holder with contrary polarities on one target are a hedge, and both are wrong.
    """
    if len(items) == 1:
        return {item for item in items if item[0][:1] != "?"}
    polarities = Counter((holder, target) for holder, target, _ in items)
    return {item for item in items if item[0][:1] != "?" and polarities[item[:2]] == 1}


def count(gold: Document, predicted: Document, gold_names: Names, names: Names) -> Row:
    """Stances of one document that agree in holder, target and polarity.

    A holder that names no actor of the registry equals nothing, and neither do two polarities of one
    holder on one target. A measure of this project: exact match over sets, so that a stance that is
    given twice counts once.
    """
    left, right = items(gold, gold_names), items(predicted, names)
    return Row(document=gold.id, tp=len(agreed(left, right)), gold=len(left), predicted=len(right))


def agreed(left: Collection[Item], right: Collection[Item]) -> set[Item]:
    """The items of both sides that are right; see :func:`sound`."""
    return sound(left) & sound(right)


def table(
    pairs: Sequence[tuple[Document, Document]], gold_names: Names, names: Names
) -> CountTable:
    """The counts of all documents, given as (gold, prediction); see :func:`count`.

    For sides without stances see :class:`~onrecord.scoring.tables.CountTable`.
    """
    return CountTable(tuple(count(left, right, gold_names, names) for left, right in pairs))
