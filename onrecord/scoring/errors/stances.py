"""The cases of stances: holders, targets, polarities, missed and invented stances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.corpus.resolution import Names
from onrecord.document import Document, Span, Stance
from onrecord.scoring.alignment import Content, content_of, overlap
from onrecord.scoring.errors.cases import (
    RIGHT,
    Case,
    Item,
    Pairs,
    actor_name,
    is_unresolved,
    make_case,
    make_item,
    pair_off,
)
from onrecord.scoring.stances import Item as Position
from onrecord.scoring.stances import item, sound


class _Held(msgspec.Struct, frozen=True):
    """A stance as the score takes it, with the evidence of all stances that it is made of."""

    position: Position
    spans: tuple[Span, ...]
    evidence: Content
    sound: bool
    """Whether it can be right: see :func:`onrecord.scoring.stances.sound`."""

    @property
    def holder(self) -> str | None:
        """The actor, or None for a name that means none."""
        return None if is_unresolved(self.position[0]) else self.position[0]


def cases(pairs: Pairs, gold: Corpus, gold_names: Names, names: Names) -> Iterator[Case]:
    """Every case of all documents."""

    def rolled_up(one: _Held, other: _Held) -> float:
        if one.holder is None or other.holder is None:
            return 0.0
        principals = {gold.registry.principal(holder) for holder in (one.holder, other.holder)}
        return _other_holder(one, other) if len(principals) == 1 else 0.0

    steps = (_same, _other_polarity, rolled_up, _other_holder, _other_target)
    for left, right in pairs:
        for one, two in pair_off(_held(left, gold_names), _held(right, names), *steps):
            kind, subkind = _judge(one, two)
            if one and two and kind == "wrong-holder":
                subkind = "rolled up right" if rolled_up(one, two) else "other principal"
            first, second = _item(left, one, gold), _item(left, two, gold)
            yield make_case("stances", kind, left.text, first, second, subkind=subkind)


def _held(document: Document, names: Names) -> list[_Held]:
    made: dict[Position, list[Stance]] = defaultdict(list)
    for stance in document.stances:
        made[item(stance, names[document.id])].append(stance)
    held = []
    right = sound(made)
    for position, stances in sorted(made.items()):
        spans = tuple(sorted({span for stance in stances for span in stance.evidence}))
        evidence = content_of(spans, document.text)
        held.append(_Held(position, spans, evidence, position in right))
    return held


def _same(one: _Held, other: _Held) -> float:
    return one.sound and other.sound and one.position == other.position


def _other_polarity(one: _Held, other: _Held) -> float:
    return one.holder is not None and one.position[:2] == other.position[:2]


def _other_holder(one: _Held, other: _Held) -> float:
    same = one.position[1:] == other.position[1:]
    return 1 + overlap(one.evidence, other.evidence) if same else 0.0


def _other_target(one: _Held, other: _Held) -> float:
    same = one.holder is not None and one.holder == other.holder
    same = same and one.position[2] == other.position[2]
    return overlap(one.evidence, other.evidence) if same else 0.0


def _judge(one: _Held | None, other: _Held | None) -> tuple[str, str | None]:
    """Kind and subkind."""
    if one is None or other is None:
        unresolved = other is not None and other.holder is None
        return ("missed" if one else "invented"), "unresolved holder" if unresolved else None
    if _same(one, other):
        return RIGHT, None
    if _other_polarity(one, other):
        if not (one.sound and other.sound):
            return "wrong-polarity", "several polarities"
        return "wrong-polarity", f"{one.position[2]} taken for {other.position[2]}"
    if _other_holder(one, other):
        return ("unresolved-holder" if other.holder is None else "wrong-holder"), None
    return "wrong-target", None


def _item(document: Document, held: _Held | None, gold: Corpus) -> Item | None:
    if held is None:
        return None
    holder, target, polarity = held.position
    return make_item(document, held.spans, f"{actor_name(holder, gold)} {polarity} {target}")
