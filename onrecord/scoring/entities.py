"""Entities: which stretches of text are names or values, and of which type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from onrecord.corpus.names import trimmed_ends
from onrecord.document import Document, Mention
from onrecord.scoring.tables import CountTable, Row

Item = tuple[int, int, str]
"""Start and end of the trimmed span, and the type."""


def items(document: Document) -> set[Item]:
    """The items of a document that are compared: trimmed span and type."""
    return _trimmed(document.mentions, document.text)


def _trimmed(mentions: Iterable[Mention], text: str) -> set[Item]:
    return {
        (*trimmed_ends(m.start, m.end, text, person=m.label == "PERSON"), m.label) for m in mentions
    }


def count(gold: Document, predicted: Document) -> Row:
    """Mentions of one document that agree in trimmed span and type.

    Micro-averaged over documents this is the exact-match F1 of CoNLL-2003 (Tjong Kim Sang & De
    Meulder 2003), which seqeval computes in strict mode. Mentions of a document do not overlap, so
    that trimming makes no two of them one, and those that are the same untrimmed need not be cut.
    """
    left = {mention.start: mention for mention in gold.mentions}
    right = []
    for mention in predicted.mentions:
        other = left.get(mention.start)
        if other is not None and other.end == mention.end and other.label == mention.label:
            del left[mention.start]
        else:
            right.append(mention)
    same = len(gold.mentions) - len(left)
    cut = _trimmed(left.values(), gold.text) & _trimmed(right, gold.text)
    return Row(
        document=gold.id,
        tp=same + len(cut),
        gold=len(gold.mentions),
        predicted=len(predicted.mentions),
    )


def table(pairs: Sequence[tuple[Document, Document]]) -> CountTable:
    """The counts of all documents, given as (gold, prediction); see :func:`count`.

    For sides without mentions see :class:`~onrecord.scoring.tables.CountTable`.
    """
    return CountTable(tuple(count(gold, predicted) for gold, predicted in pairs))
