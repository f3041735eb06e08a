"""Making overlapping mentions flat, for systems that find nested or competing ones."""

from __future__ import annotations

from collections.abc import Iterable

from onrecord.document import Mention


def flatten(mentions: Iterable[Mention]) -> list[Mention]:
    """The mentions without overlaps, in text order: the longest wins, then the first, then by type."""
    kept: list[Mention] = []
    order = sorted(mentions, key=lambda m: (m.start - m.end, m.start, m.label, m.entity or ""))
    for mention in order:
        if all(mention.end <= other.start or other.end <= mention.start for other in kept):
            kept.append(mention)
    return sorted(kept, key=lambda m: m.start)
