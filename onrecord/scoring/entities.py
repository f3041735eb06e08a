"""Entities: which stretches of text are names or values, and of which type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from onrecord.corpus.names import trimmed_ends, trimmed_items
from onrecord.document import Document, Mention
from onrecord.scoring.tables import CountTable, Row

Item = tuple[int, int, str]
"""Start and end of the trimmed span, and the type."""


def items(document: Document) -> set[Item]:
    """The items of a document that are compared: trimmed span and type."""
    return _trimmed(document.mentions, document.text)


def _trimmed(mentions: Iterable[Mention], text: str) -> set[Item]:
    return {trimmed(mention, text) for mention in mentions}


def count(gold: Document, predicted: Document) -> Row:
    """Mentions of one document that agree in trimmed span and type.

    Micro-averaged over documents this is the exact-match F1 of CoNLL-2003 (Tjong Kim Sang & De
    Meulder 2003), which seqeval computes in strict mode. Mentions of a document do not overlap, so
    that trimming makes no two of them one, and those that are the same untrimmed need not be cut.
    """
    return Row(
        document=gold.id,
        tp=agreeing(gold, predicted),
        gold=len(gold.mentions),
        predicted=len(predicted.mentions),
    )


def agreeing(gold: Document, predicted: Document) -> int:
    """How many mentions of one document agree: as many as :func:`judged` finds, in less time."""
    left = {(mention.start, mention.end, mention.label) for mention in gold.mentions}
    right = {(mention.start, mention.end, mention.label) for mention in predicted.mentions}
    missed, invented = left - right, right - left
    found = len(left) - len(missed)
    if missed and invented:
        places = set(trimmed_items(missed, gold.text))
        found += len(places.intersection(trimmed_items(invented, gold.text)))
    return found


def judged(
    gold: Document, predicted: Document
) -> tuple[list[Mention], list[Mention], list[Mention]]:
    """The gold's mentions that were found, its others, and what was predicted beside them."""
    found, missed, invented = untrimmed_matches(gold, predicted)
    if missed and invented:
        text = gold.text
        own = {trimmed(mention, text): mention for mention in missed}
        others = []
        for mention in invented:
            same = own.pop(trimmed(mention, text), None)
            if same is None:
                others.append(mention)
            else:
                found.append(same)
        return found, list(own.values()), others
    return found, missed, invented


def untrimmed_matches(
    gold: Document, predicted: Document
) -> tuple[list[Mention], list[Mention], list[Mention]]:
    """The mentions that are the same on both sides untrimmed, the gold's others, and the predicted."""
    left = {mention.start: mention for mention in gold.mentions}
    same, right = [], []
    for mention in predicted.mentions:
        other = left.get(mention.start)
        if other is not None and other.end == mention.end and other.label == mention.label:
            same.append(left.pop(mention.start))
        else:
            right.append(mention)
    return same, list(left.values()), right


def trimmed(mention: Mention, text: str) -> Item:
    """The item of one mention."""
    ends = trimmed_ends(mention.start, mention.end, text, person=mention.label == "PERSON")
    return (*ends, mention.label)


def table(pairs: Sequence[tuple[Document, Document]]) -> CountTable:
    """The counts of all documents, given as (gold, prediction); see :func:`count`.

    For sides without mentions see :class:`~onrecord.scoring.tables.CountTable`.
    """
    return CountTable(tuple(count(gold, predicted) for gold, predicted in pairs))
