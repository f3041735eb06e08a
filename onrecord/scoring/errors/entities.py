"""The cases of entities: mentions cut, typed, missed and invented."""

from __future__ import annotations

from collections.abc import Iterator

from onrecord.document import Document, Span
from onrecord.scoring.entities import Item as Entity
from onrecord.scoring.entities import items
from onrecord.scoring.errors.cases import (
    RIGHT,
    TIE,
    Case,
    Item,
    Pairs,
    cut,
    make_case,
    make_item,
    pair_off,
)


def cases(pairs: Pairs) -> Iterator[Case]:
    """Every case of all documents."""
    for left, right in pairs:
        steps = (_same, _same_span, _overlap)
        for one, other in pair_off(sorted(items(left)), sorted(items(right)), *steps):
            kind, subkind = _judge(one, other)
            first, second = _item(left, one), _item(left, other)
            yield make_case("entities", kind, left.text, first, second, subkind=subkind)


def _same(one: Entity, other: Entity) -> float:
    return one == other


def _same_span(one: Entity, other: Entity) -> float:
    return one[:2] == other[:2]


def _overlap(one: Entity, other: Entity) -> float:
    """Dice's overlap of the characters, and a little more for the same type."""
    shared = _shared(one, other)
    return 2 * shared / (_size(one) + _size(other)) + TIE * (one[2] == other[2]) if shared else 0.0


def _shared(one: Entity, other: Entity) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def _size(item: Entity) -> int:
    return item[1] - item[0]


def _judge(one: Entity | None, other: Entity | None) -> tuple[str, str | None]:
    if one is None or other is None:
        return ("missed" if one else "invented"), None
    if _same_span(one, other):
        return (RIGHT if one == other else "mistyped"), None
    kind = "cut-wrong" if one[2] == other[2] else "cut-and-typed-wrong"
    return kind, cut(_shared(one, other), _size(one), _size(other))


def _item(document: Document, item: Entity | None) -> Item | None:
    return make_item(document, [Span(item[0], item[1])], item[2]) if item else None
