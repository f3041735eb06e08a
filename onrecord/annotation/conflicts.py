"""Where two passes disagree: every item, one by one, for an adjudicator to decide.

The passes need not use the same ids: entities are put side by side by the mentions they share,
utterances by the quotes they share, and only what differs beyond that is a conflict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from onrecord.document import Document, Mention, Quote, Span, Stance
from onrecord.scoring.alignment import assign, side

Renaming = Mapping[str, str]
"""From an id of the one pass to the id of the other that stands for the same."""

Item = Mention | Quote | Stance
Pairs = Sequence[tuple[Document, Document]]
Links = Sequence[tuple[Quote | None, Quote | None]]
"""The quotes of one article in two passes side by side; None: the pass has no such quote."""


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


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict with the items of both passes that it is about."""

    conflict: Conflict
    one: Item | None
    other: Item | None
    rest: Mapping[str, str] = {}
    """Of a quote that is not agreed on as a whole, the fields besides its content that are, in words."""


def find_conflicts(
    one: Sequence[Document], other: Sequence[Document], *, shared: Collection[str] = ()
) -> tuple[Conflict, ...]:
    """All disagreements of two passes over the same articles, in text order.

    Args:
        one: a pass, a document for each article.
        other: another, in the same order.
        shared: the entity ids that mean the same in both passes, such as the registry's.
    """
    return tuple(found.conflict for found in find_differences(one, other, shared=shared))


def find_differences(
    one: Sequence[Document], other: Sequence[Document], *, shared: Collection[str] = ()
) -> tuple[Difference, ...]:
    """The conflicts of :func:`find_conflicts` with their items."""
    pairs = list(zip(one, other, strict=True))
    entities = entity_renaming(pairs, shared)
    linked = [link_quotes(left, right) for left, right in pairs]
    utterances = utterance_renaming(linked)
    found: list[Difference] = []
    for (left, right), quotes in zip(pairs, linked, strict=True):
        differences = [
            *_mention_differences(left, right, entities),
            *_quote_differences(left, quotes, entities, utterances),
            *_stance_differences(left, right, entities),
        ]
        found += sorted(differences, key=_order)
    return tuple(found)


def _order(difference: Difference) -> tuple[int, int, str, str, str]:
    conflict = difference.conflict
    return (conflict.start, conflict.end, conflict.layer, conflict.field, conflict.one or "")


def entity_renaming(pairs: Pairs, shared: Collection[str] = ()) -> Renaming:
    """Entities of the one pass by those of the other with which they share most mentions.

    No id that is ``shared`` stands for another one that is.
    """
    fixed = frozenset(shared)
    counts: Counter[tuple[str, str]] = Counter()
    for left, right in pairs:
        spans = {mention.span: mention.entity for mention in right.mentions}
        for mention in left.mentions:
            entity = spans.get(mention.span)
            if mention.entity is None or entity is None:
                continue
            if mention.entity == entity or mention.entity not in fixed or entity not in fixed:
                counts[mention.entity, entity] += 1
    return _one_to_one(counts)


def _one_to_one(counts: Counter[tuple[str, str]]) -> Renaming:
    """The pairing that takes the most shared first, then equal ids; one left keeps its name."""
    renaming: dict[str, str] = {}
    taken: set[str] = set()
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0][0] != item[0][1], item[0]))
    for (left, right), _ in order:
        if left not in renaming and right not in taken:
            renaming[left] = right
            taken.add(right)
    return renaming


def link_quotes(left: Document, right: Document) -> Links:
    """The quotes of two passes over one article side by side, by what they share of content."""
    first, second = side(left.quotes, left, {}), side(right.quotes, left, {})
    pairs = assign(first, second, least=0.3)
    rows: list[tuple[Quote | None, Quote | None]] = [
        (first.quotes[i], second.quotes[j]) for i, j in pairs
    ]
    rows += [(q, None) for i, q in enumerate(first.quotes) if i not in {i for i, _ in pairs}]
    rows += [(None, q) for j, q in enumerate(second.quotes) if j not in {j for _, j in pairs}]
    return rows


def utterance_renaming(linked: Iterable[Links]) -> Renaming:
    """Utterances of the one pass by those of the other with which they share most quotes."""
    counts: Counter[tuple[str, str]] = Counter()
    for rows in linked:
        for left, right in rows:
            if left and right and left.utterance is not None and right.utterance is not None:
                counts[left.utterance, right.utterance] += 1
    return _one_to_one(counts)


def _mention_differences(
    left: Document, right: Document, entities: Renaming
) -> Iterator[Difference]:
    first = {mention.span: mention for mention in left.mentions}
    second = {mention.span: mention for mention in right.mentions}
    for span in sorted(first.keys() | second.keys()):
        one, other = first.get(span), second.get(span)
        if one is None or other is None:
            yield _difference(left, "mention", "item", [span], one, other)
            continue
        if one.label != other.label:
            yield _difference(left, "mention", "label", [span], one, other)
        if renamed(one.entity, entities) != other.entity:
            yield _difference(left, "mention", "entity", [span], one, other)


def _quote_differences(
    left: Document, rows: Links, entities: Renaming, utterances: Renaming
) -> Iterator[Difference]:
    ids = {one.id: other.id for one, other in rows if one and other}
    for one, other in rows:
        if one is None or other is None:
            quote = one or other
            assert quote is not None
            yield _difference(left, "quote", "item", quote.content, one, other)
            continue
        differing = {
            "content": one.content != other.content,
            "cue": one.cue != other.cue,
            "source": one.source != other.source,
            "speaker": renamed(one.speaker, entities) != other.speaker,
            "parent": renamed(one.parent, ids) != other.parent,
            "utterance": renamed(one.utterance, utterances) != other.utterance,
        }
        for field, differs in differing.items():
            if differs:
                yield _difference(left, "quote", field, one.content, one, other)


def _stance_differences(
    left: Document, right: Document, entities: Renaming
) -> Iterator[Difference]:
    first = {(entities.get(s.holder, s.holder), s.target): s for s in left.stances}
    second = {(s.holder, s.target): s for s in right.stances}
    keys = [*first, *(key for key in second if key not in first)]
    for key in keys:
        one, other = first.get(key), second.get(key)
        stance = one or other
        assert stance is not None
        if one is None or other is None:
            yield _difference(left, "stance", "item", stance.evidence, one, other)
            continue
        if one.polarity != other.polarity:
            yield _difference(left, "stance", "polarity", one.evidence, one, other)
        if one.evidence != other.evidence:
            yield _difference(left, "stance", "evidence", one.evidence, one, other)


def renamed(id: str | None, renaming: Renaming) -> str | None:
    """The id's name in the other pass; one that is not paired keeps its name."""
    return id if id is None else renaming.get(id, id)


def spell(item: Item | None, field: str, text: str) -> str | None:
    """A version of an item or of one of its fields as an adjudicator reads it."""
    match item:
        case None:
            return None
        case Mention():
            whole = f"{item.label} {item.entity or ''}".strip()
            return {"item": whole, "label": item.label, "entity": item.entity}[field]
        case Quote():
            return _spell_quote(item, field, text)
        case Stance():
            position = f"{item.holder} {item.polarity} {item.target}"
            return f"{position}: {_words(item.evidence, text)}" if field == "evidence" else position


def _spell_quote(quote: Quote, field: str, text: str) -> str | None:
    match field:
        case "item":
            return f"{quote.speaker or '–'}: {_words(quote.content, text)}"
        case "content":
            return _words(quote.content, text)
        case "cue" | "source":
            span: Span | None = getattr(quote, field)
            return None if span is None else span.of(text)
        case _:
            value: str | None = getattr(quote, field)
            return value


def _words(spans: Sequence[Span], text: str) -> str:
    return " […] ".join(span.of(text) for span in spans)


def _difference(
    document: Document,
    layer: str,
    field: str,
    spans: Sequence[Span],
    one: Item | None,
    other: Item | None,
) -> Difference:
    conflict = Conflict(
        document=document.id,
        layer=layer,
        field=field,
        start=spans[0].start,
        end=spans[-1].end,
        words=_words(spans, document.text),
        one=spell(one, field, document.text),
        other=spell(other, field, document.text),
    )
    rest: dict[str, str] = {}
    if field in ("item", "content"):
        rest = _rest([item for item in (one, other) if isinstance(item, Quote)], document.text)
    return Difference(conflict=conflict, one=one, other=other, rest=rest)


def _rest(quotes: Sequence[Quote], text: str) -> dict[str, str]:
    """What all versions of a quote say in their fields besides its content."""
    found = {}
    for field in ("cue", "source", "speaker", "utterance"):
        said = {_spell_quote(quote, field, text) for quote in quotes}
        words = said.pop() if len(said) == 1 else None
        if words is not None:
            found[field] = words
    return found


def is_like(one: Difference, other: Difference) -> bool:
    """Whether a stance of one pass alone may be the one of the other pass alone, said otherwise.

    They rest on words that they share, and differ in holder or in target, not in both.
    """
    mine, theirs = one.one or one.other, other.one or other.other
    if not isinstance(mine, Stance) or not isinstance(theirs, Stance):
        return False
    places = {(found.conflict.document, found.conflict.field) for found in (one, other)}
    sides = {found.one is None for found in (one, other)}
    if len(places) > 1 or one.conflict.field != "item" or len(sides) == 1:
        return False
    same = (mine.holder == theirs.holder) + (mine.target == theirs.target)
    return same == 1 and any(
        a.start < b.end and b.start < a.end for a in mine.evidence for b in theirs.evidence
    )
