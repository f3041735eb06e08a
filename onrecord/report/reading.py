"""Layers as data for the pages, in short form: the script draws them on the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from onrecord.document import Document, Span
from onrecord.scoring.errors.cases import Case, Item


def layers(document: Document, meant: Mapping[str, str | None]) -> list[list[Any]]:
    """The items of a document: kind, spans, who or what, on what else two readings agree, more, parts.

    Args:
        document: with its layers.
        meant: which actor each speaker and holder means.
    """
    items: list[list[Any]] = []
    for mention in document.mentions:
        spans = [[mention.start, mention.end]]
        items.append(["mention", spans, "", mention.label, mention.entity or ""])
    for quote in document.quotes:
        actor = meant.get(quote.speaker or "") or quote.speaker or "nobody"
        parts = [
            [kind, *_ends(one)]
            for kind, one in (("cue", quote.cue), ("source", quote.source))
            if one
        ]
        more = f"{quote.id}, utterance {quote.utterance or 'none'}"
        more += f", in {quote.parent}" if quote.parent else ""
        items.append(["quote", [_ends(span) for span in quote.content], actor, "", more, parts])
    for stance in document.stances:
        actor = meant.get(stance.holder) or stance.holder
        spans = [_ends(span) for span in stance.evidence]
        items.append(["stance", spans, actor, f"{stance.polarity} on {stance.target}", ""])
    return items


def cases(errors: Sequence[Case]) -> list[list[Any]]:
    """Errors: layer, kind, subkind, document, place, and what the gold and the system have."""
    return [
        [
            case.layer,
            case.kind,
            case.subkind or "",
            case.document,
            case.start,
            case.end,
            [_item(one, case.document) for one in case.gold],
            [_item(one, case.document) for one in case.predicted],
            case.note or "",
        ]
        for case in errors
    ]


def _item(item: Item, document: str) -> list[Any]:
    """Its document where it is another than the case's, its spans, and what it is taken for."""
    return [
        "" if item.document == document else item.document,
        [_ends(span) for span in item.spans],
        item.label,
    ]


def _ends(span: Span) -> list[int]:
    return [span.start, span.end]
