"""Promotional text: its zones, and how much of a span lies in them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from onrecord.document import Document, Span, Zone


def promo_zones(document: Document) -> list[Span]:
    """The promotional zones of a document, in order; the zones of a document do not overlap."""
    return promo_of(document.zones)


def promo_of(zones: Iterable[Zone]) -> list[Span]:
    """The promotional ones among zones."""
    return [zone.span for zone in zones if zone.label == "promo"]


def inside(start: int, end: int, zones: Sequence[Span]) -> int:
    """How many characters of a stretch lie in zones, which are in order and do not overlap."""
    found = 0
    for number in range(bisect_right(zones, start, key=_end), len(zones)):
        zone = zones[number]
        if zone.start >= end:
            break
        found += min(end, zone.end) - max(start, zone.start)
    return found


def _end(zone: Span) -> int:
    return zone.end
