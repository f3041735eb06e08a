"""Where two passes disagree: every item, one by one, for an adjudicator to decide.

The passes need not use the same ids: entities are put side by side by the mentions they share,
utterances by the quotes they share, and only what differs beyond that is a conflict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from onrecord.document import Document, Mention, Quote, Span, Stance
from onrecord.scoring.alignment import assign, side

Renaming = Mapping[str, str]
"""From an id of the one pass to the id of the other that stands for the same."""


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """One disagreement. ``one`` and ``other`` are the versions; None: the pass has no such item.

    ``field`` is what differs: ``item`` where only one pass has it, else a field of the item.
    """

    document: str
    layer: str
    field: str
    start: int
    end: int
    words: str
    one: str | None
    other: str | None


def find_conflicts(one: Sequence[Document], other: Sequence[Document]) -> tuple[Conflict, ...]:
    """All disagreements of two passes over the same articles, in text order.

    Args:
        one: a pass, a document for each article.
        other: another, in the same order.
    """
    pairs = list(zip(one, other, strict=True))
    entities = _entity_renaming(pairs)
    linked = [_linked(left, right) for left, right in pairs]
    utterances = _utterance_renaming(linked)
    found: list[Conflict] = []
    for (left, right), quotes in zip(pairs, linked, strict=True):
        conflicts = [
            *_mention_conflicts(left, right, entities),
            *_quote_conflicts(left, right, quotes, entities, utterances),
            *_stance_conflicts(left, right, entities),
        ]
        found += sorted(conflicts, key=lambda c: (c.start, c.end, c.layer, c.field, c.one or ""))
    return tuple(found)


def _entity_renaming(pairs: Iterable[tuple[Document, Document]]) -> Renaming:
    """Entities of the one pass by those of the other with which they share most mentions."""
    shared: Counter[tuple[str, str]] = Counter()
    for left, right in pairs:
        spans = {mention.span: mention.entity for mention in right.mentions}
        for mention in left.mentions:
            entity = spans.get(mention.span)
            if mention.entity is not None and entity is not None:
                shared[mention.entity, entity] += 1
    return _one_to_one(shared)


def _one_to_one(shared: Counter[tuple[str, str]]) -> Renaming:
    """The pairing that takes the most shared first, then equal ids; one left keeps its name."""
    renaming: dict[str, str] = {}
    taken: set[str] = set()
    order = sorted(shared.items(), key=lambda item: (-item[1], item[0][0] != item[0][1], item[0]))
    for (left, right), _ in order:
        if left not in renaming and right not in taken:
            renaming[left] = right
            taken.add(right)
    return renaming


def _linked(left: Document, right: Document) -> list[tuple[Quote | None, Quote | None]]:
    """The quotes of both passes side by side by what they share of content; None for no partner."""
    first, second = side(left.quotes, left, {}), side(right.quotes, left, {})
    pairs = assign(first, second, least=0.3)
    rows: list[tuple[Quote | None, Quote | None]] = [
        (first.quotes[i], second.quotes[j]) for i, j in pairs
    ]
    rows += [(q, None) for i, q in enumerate(first.quotes) if i not in {i for i, _ in pairs}]
    rows += [(None, q) for j, q in enumerate(second.quotes) if j not in {j for _, j in pairs}]
    return rows


def _utterance_renaming(
    linked: Iterable[Sequence[tuple[Quote | None, Quote | None]]],
) -> Renaming:
    shared: Counter[tuple[str, str]] = Counter()
    for rows in linked:
        for left, right in rows:
            if left and right and left.utterance is not None and right.utterance is not None:
                shared[left.utterance, right.utterance] += 1
    return _one_to_one(shared)


def _mention_conflicts(left: Document, right: Document, entities: Renaming) -> Iterator[Conflict]:
    first = {mention.span: mention for mention in left.mentions}
    second = {mention.span: mention for mention in right.mentions}
    for span in sorted(first.keys() | second.keys()):
        one, other = first.get(span), second.get(span)
        if one is None or other is None:
            yield _conflict(left, "mention", "item", [span], _named(one), _named(other))
            continue
        if one.label != other.label:
            yield _conflict(left, "mention", "label", [span], one.label, other.label)
        if _renamed(one.entity, entities) != other.entity:
            yield _conflict(left, "mention", "entity", [span], one.entity, other.entity)


def _quote_conflicts(
    left: Document,
    right: Document,
    rows: Sequence[tuple[Quote | None, Quote | None]],
    entities: Renaming,
    utterances: Renaming,
) -> Iterator[Conflict]:
    ids = {one.id: other.id for one, other in rows if one and other}
    text = left.text
    for one, other in rows:
        if one is None or other is None:
            quote = one or other
            assert quote is not None
            said = f"{quote.speaker or '–'}: {_spelled(quote.content, text)}"
            mine, theirs = (said, None) if one else (None, said)
            yield _conflict(left, "quote", "item", quote.content, mine, theirs)
            continue
        spans = {
            "content": (one.content, other.content),
            "cue": (_listed(one.cue), _listed(other.cue)),
            "source": (_listed(one.source), _listed(other.source)),
        }
        for field, (first, second) in spans.items():
            if first != second:
                mine, theirs = _spelled(first, text) or None, _spelled(second, text) or None
                yield _conflict(left, "quote", field, one.content, mine, theirs)
        values = {
            "speaker": (one.speaker, _renamed(one.speaker, entities), other.speaker),
            "parent": (one.parent, _renamed(one.parent, ids), other.parent),
            "utterance": (one.utterance, _renamed(one.utterance, utterances), other.utterance),
        }
        for field, (own, renamed, answer) in values.items():
            if renamed != answer:
                yield _conflict(left, "quote", field, one.content, own, answer)


def _stance_conflicts(left: Document, right: Document, entities: Renaming) -> Iterator[Conflict]:
    first = {(entities.get(s.holder, s.holder), s.target): s for s in left.stances}
    second = {(s.holder, s.target): s for s in right.stances}
    keys = [*first, *(key for key in second if key not in first)]
    for key in keys:
        one, other = first.get(key), second.get(key)
        stance = one or other
        assert stance is not None
        mine, theirs = _position(one), _position(other)
        if one is None or other is None:
            yield _conflict(left, "stance", "item", stance.evidence, mine, theirs)
            continue
        if one.polarity != other.polarity:
            yield _conflict(left, "stance", "polarity", one.evidence, mine, theirs)
        if one.evidence != other.evidence:
            mine = f"{mine}: {_spelled(one.evidence, left.text)}"
            theirs = f"{theirs}: {_spelled(other.evidence, left.text)}"
            yield _conflict(left, "stance", "evidence", one.evidence, mine, theirs)


def _renamed(id: str | None, renaming: Renaming) -> str | None:
    return id if id is None else renaming.get(id, id)


def _named(mention: Mention | None) -> str | None:
    return None if mention is None else f"{mention.label} {mention.entity or ''}".strip()


def _position(stance: Stance | None) -> str | None:
    return None if stance is None else f"{stance.holder} {stance.polarity} {stance.target}"


def _listed(span: Span | None) -> tuple[Span, ...]:
    return () if span is None else (span,)


def _spelled(spans: Sequence[Span], text: str) -> str:
    return " […] ".join(span.of(text) for span in spans)


def _conflict(
    document: Document,
    layer: str,
    field: str,
    spans: Sequence[Span],
    one: str | None,
    other: str | None,
) -> Conflict:
    return Conflict(
        document=document.id,
        layer=layer,
        field=field,
        start=spans[0].start,
        end=spans[-1].end,
        words=_spelled(spans, document.text),
        one=one,
        other=other,
    )
