"""What is left out of scoring: items that lie in promotional text as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from onrecord.document import Document, Mention, Span


def scored(document: Document, zones: Document) -> Document:
    """The document without the items whose characters all lie in promo zones.

    Args:
        document: gold or prediction.
        zones: the document whose zones hold, the gold.
    """
    promo = [zone.span for zone in zones.zones if zone.label == "promo"]
    if not promo:
        return document

    def kept(spans: Sequence[Span]) -> bool:
        return any(_outside(span, promo) for span in spans)

    return document.with_layers(
        mentions=[m for m in document.mentions if _outside(m, promo)],
        quotes=[q for q in document.quotes if kept(q.content)],
        stances=[s for s in document.stances if kept(s.evidence)],
    )


def _outside(span: Span | Mention, promo: Sequence[Span]) -> bool:
    """Whether a character of the span lies outside the promo zones, which do not overlap."""
    inside = 0
    for zone in promo:
        if span.start < zone.end and zone.start < span.end:
            inside += min(span.end, zone.end) - max(span.start, zone.start)
    return inside < span.end - span.start
