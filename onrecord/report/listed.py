"""A system's errors as data for its page, in short form: each string stands in it once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from onrecord.scoring.errors.cases import Case, Item

LISTED = 400
"""Errors of one layer and kind that a page lists at most."""


def errors_data(system: str, cases: Sequence[Case]) -> dict[str, Any]:
    """The errors that a page lists.

    ``cases`` have the numbers of their strings for layer, kind, subkind and document, the place, the
    items of gold and system, and the number of a note. ``of`` is how many there are in all.
    """
    strings: dict[str, int] = {}

    def number(words: str | None) -> int:
        return strings.setdefault(words or "", len(strings))

    def item(one: Item, document: str) -> list[Any]:
        ends = [end for span in one.spans for end in (span.start, span.end)]
        other = [] if one.document == document else [number(one.document)]
        return [number(one.label), ends, *other]

    listed = [
        [
            *map(number, (case.layer, case.kind, case.subkind, case.document)),
            case.start,
            [item(one, case.document) for one in case.gold],
            [item(one, case.document) for one in case.predicted],
            *([number(case.note)] if case.note else []),
        ]
        for case in some(cases)
    ]
    return {"system": system, "strings": list(strings), "cases": listed, "of": len(cases)}


def some(cases: Sequence[Case], limit: int = LISTED) -> list[Case]:
    """Of each layer and kind at most so many, from the first to the last in even steps."""
    counts = Counter((case.layer, case.kind) for case in cases)
    seen: dict[tuple[str, str], int] = defaultdict(int)
    kept = []
    for case in cases:
        key = case.layer, case.kind
        number, of = seen[key], counts[key]
        seen[key] += 1
        if of <= limit or number * limit // of != (number + 1) * limit // of:
            kept.append(case)
    return kept
