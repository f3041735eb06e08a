"""What is left out of scoring: items that lie in promotional text as a whole.

Mentions and quotes go by their own place. Stances go by the gold's cell, which names must be known
for: see :mod:`onrecord.scoring.left_out`.
"""

from __future__ import annotations

from collections.abc import Sequence

from onrecord.document import Document, Mention, Span, Stance


def scored(document: Document, zones: Document) -> Document:
    """The document without the mentions and quotes whose characters all lie in promo zones.

    Args:
        document: gold or prediction.
        zones: the document whose zones hold, the gold.
    """
    promo = _promo(zones)
    if not promo:
        return document
    return document.with_layers(
        mentions=[m for m in document.mentions if _outside(m, promo)],
        quotes=[q for q in document.quotes if any(_outside(span, promo) for span in q.content)],
    )


def is_promotional(stance: Stance, zones: Document) -> bool:
    """Whether all characters of a stance's evidence lie in promo zones."""
    promo = _promo(zones)
    return bool(promo) and not any(_outside(span, promo) for span in stance.evidence)


def _promo(zones: Document) -> list[Span]:
    return [zone.span for zone in zones.zones if zone.label == "promo"]


def _outside(span: Span | Mention, promo: Sequence[Span]) -> bool:
    """Whether a character of the span lies outside the promo zones, which do not overlap."""
    inside = 0
    for zone in promo:
        if span.start < zone.end and zone.start < span.end:
            inside += min(span.end, zone.end) - max(span.start, zone.start)
    return inside < span.end - span.start
