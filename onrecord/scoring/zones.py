"""What is left out of scoring: items that lie in promotional text as a whole.

Mentions and quotes go by their own place. Stances go by the gold's cell, which names must be known
for: see :mod:`onrecord.scoring.left_out`.
"""

from __future__ import annotations

from collections.abc import Sequence

from onrecord.corpus.zones import inside, promo_zones
from onrecord.document import Document, Mention, Span, Stance


def scored(document: Document, zones: Document) -> Document:
    """The document without the mentions and quotes whose characters all lie in promo zones.

    Args:
        document: gold or prediction.
        zones: the document whose zones hold, the gold.
    """
    promo = promo_zones(zones)
    if not promo:
        return document
    first = promo[0].start
    return document.with_layers(
        mentions=[m for m in document.mentions if m.end <= first or is_outside(m, promo)],
        quotes=[q for q in document.quotes if any(is_outside(span, promo) for span in q.content)],
    )


def is_promotional(stance: Stance, zones: Document) -> bool:
    """Whether all characters of a stance's evidence lie in promo zones."""
    promo = promo_zones(zones)
    return bool(promo) and not any(is_outside(span, promo) for span in stance.evidence)


def is_outside(span: Span | Mention, promo: Sequence[Span]) -> bool:
    """Whether a character of the span lies outside the promo zones."""
    return inside(span.start, span.end, promo) < span.end - span.start
