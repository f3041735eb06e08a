"""Adjudication: what two passes agree on, and which of their versions stands in the gold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import msgspec

from onrecord.annotation.conflicts import (
    Conflict,
    Difference,
    Item,
    Links,
    Renaming,
    entity_renaming,
    find_differences,
    link_quotes,
    renamed,
    spell,
    utterance_renaming,
)
from onrecord.document import Document, Mention, Quote, Stance

_ABSENT = object()
"""The value of a field of an item that is not there; it equals nothing else."""


class Decision(Conflict, frozen=True, kw_only=True, tag_field="kind", tag="conflict"):
    """A conflict and what became of it, as a line of a record.

    ``stands`` is what the gold has, spelled as ``one`` and ``other`` are; None: it has no such item
    or an empty field. ``rule`` and ``reason`` are the adjudicator's to add.
    """

    decision: Literal["one", "other", "neither"]
    stands: str | None
    rule: str | None = None
    reason: str | None = None

    @property
    def conflict(self) -> Conflict:
        """The conflict alone."""
        return Conflict(**{name: getattr(self, name) for name in Conflict.__struct_fields__})


def in_the_words_of(
    one: Sequence[Document], other: Sequence[Document], shared: Collection[str] = ()
) -> tuple[Document, ...]:
    """The other pass with the first's ids for the entities and utterances that are the same.

    An id that stands for something else in the first pass gets ``-other`` at its end.
    """
    pairs = list(zip(one, other, strict=True))
    linked = [link_quotes(left, right) for left, right in pairs]
    entities = _turned(entity_renaming(pairs, shared), shared)
    utterances = _turned(utterance_renaming(linked), ())
    return tuple(renamed_in(document, entities, utterances) for document in other)


def _turned(renaming: Renaming, shared: Collection[str]) -> Renaming:
    turned = {theirs: mine for mine, theirs in renaming.items()}
    clashing = turned.values() - turned.keys() - {*shared}
    return turned | {id: f"{id}-other" for id in clashing}


def renamed_in(
    document: Document, entities: Renaming, utterances: Renaming | None = None
) -> Document:
    """The document with other ids of entities and utterances, in canonical form."""
    utterances = utterances or {}
    return document.with_layers(
        mentions=[
            msgspec.structs.replace(mention, entity=renamed(mention.entity, entities))
            for mention in document.mentions
        ],
        quotes=[
            msgspec.structs.replace(
                quote,
                speaker=renamed(quote.speaker, entities),
                utterance=renamed(quote.utterance, utterances),
            )
            for quote in document.quotes
        ],
        stances=[
            msgspec.structs.replace(stance, holder=entities.get(stance.holder, stance.holder))
            for stance in document.stances
        ],
    ).canonical()


def agreed(one: Sequence[Document], differences: Sequence[Difference]) -> tuple[Document, ...]:
    """What both passes have, in the first one's words.

    A field that they differ in is left empty where it may be: the entity of a mention, all of a
    quote but its content. An item is left out when they differ in more, or when only one has it.

    Args:
        one: the first pass.
        differences: those of the first pass from the other.
    """
    return tuple(_agreed(document, differences) for document in one)


def _agreed(document: Document, differences: Sequence[Difference]) -> Document:
    differing: dict[Item, set[str]] = {}
    for difference in differences:
        if difference.conflict.document == document.id and difference.one is not None:
            differing.setdefault(difference.one, set()).add(difference.conflict.field)

    mentions = [
        msgspec.structs.replace(mention, entity=None)
        if "entity" in differing.get(mention, ())
        else mention
        for mention in document.mentions
        if not {"item", "label"} & differing.get(mention, set())
    ]
    quotes = [q for q in document.quotes if not {"item", "content"} & differing.get(q, set())]
    kept = {quote.id for quote in quotes}
    return document.with_layers(
        mentions=mentions,
        quotes=[
            msgspec.structs.replace(quote, **dict.fromkeys(_open(quote, differing, kept)))
            for quote in quotes
        ],
        stances=[stance for stance in document.stances if stance not in differing],
    ).canonical()


def _open(
    quote: Quote, differing: Mapping[Item, Collection[str]], kept: Collection[str]
) -> Collection[str]:
    """The fields of a quote that are left empty; a parent that is not kept is one."""
    return {*differing.get(quote, ()), *(() if quote.parent in kept else ("parent",))}


def decide(
    one: Sequence[Document],
    other: Sequence[Document],
    gold: Sequence[Document],
    *,
    shared: Collection[str] = (),
) -> tuple[Decision, ...]:
    """For each conflict of two passes, which version stands in the gold.

    A version stands when the gold's item says the same in what the conflict is about: a mention is
    found by its span, a quote by what it shares of content with that of either pass, a stance by
    holder and target. Names that differ are no difference, as for conflicts.

    Args:
        one: the first pass.
        other: the second, with the first one's ids, as :func:`in_the_words_of` gives it.
        gold: what the adjudicator made, with the same ids or the registry's.
        shared: the entity ids that mean the same in all three.
    """
    documents = {document.id: document for document in gold}
    pairs = [(document, documents[document.id]) for document in one]
    links = {left.id: link_quotes(left, right) for left, right in pairs}
    others = {left.id: link_quotes(left, documents[left.id]) for left in other}
    names = _Names(
        entities=entity_renaming(pairs, shared), utterances=utterance_renaming(links.values())
    )
    return tuple(
        _decide(
            difference,
            documents[difference.conflict.document],
            names,
            links[difference.conflict.document],
            others[difference.conflict.document],
        )
        for difference in find_differences(one, other, shared=shared)
    )


def as_opened(
    one: Sequence[Document],
    other: Sequence[Document],
    decisions: Sequence[Decision],
    *,
    shared: Collection[str] = (),
) -> tuple[Decision, ...]:
    """The decisions that are what the adjudicator began with: nothing, or an empty field.

    They may be meant, or not made yet; nothing tells. Args as of :func:`decide`.
    """
    begun = agreed(one, find_differences(one, other, shared=shared))
    before = decide(one, other, begun, shared=shared)
    return tuple(mine for mine, was in zip(decisions, before, strict=True) if mine == was)


class _Names(msgspec.Struct, frozen=True, kw_only=True):
    """From ids of the passes to those of the gold."""

    entities: Renaming
    utterances: Renaming


def _decide(
    difference: Difference, gold: Document, names: _Names, links: Links, others: Links
) -> Decision:
    conflict = difference.conflict
    found = _partner(difference, gold, names, links, others)
    made = _value(found, conflict.field, _Names(entities={}, utterances={}), {})
    decision: Literal["one", "other", "neither"] = "neither"
    if made == _value(difference.one, conflict.field, names, _ids(links)):
        decision = "one"
    elif made == _value(difference.other, conflict.field, names, _ids(others)):
        decision = "other"
    return Decision(
        **msgspec.structs.asdict(conflict),
        decision=decision,
        stands=spell(found, conflict.field, gold.text),
    )


def _partner(
    difference: Difference, gold: Document, names: _Names, links: Links, others: Links
) -> Item | None:
    """The gold's item that a conflict is about."""
    item = difference.one or difference.other
    if isinstance(item, Mention):
        return next((m for m in gold.mentions if m.span == item.span), None)
    if isinstance(item, Stance):
        key = (names.entities.get(item.holder, item.holder), item.target)
        return next((s for s in gold.stances if (s.holder, s.target) == key), None)
    for rows, quote in ((links, difference.one), (others, difference.other)):
        for left, right in rows:
            if quote is not None and left == quote and right is not None:
                return right
    return None


def _ids(links: Links) -> Mapping[str, str]:
    return {left.id: right.id for left, right in links if left and right}


def _value(item: Item | None, field: str, names: _Names, quotes: Mapping[str, str]) -> object:
    """What an item says in a field, in the gold's ids."""
    match item:
        case None:
            return None if field == "item" else _ABSENT
        case Mention():
            entity = renamed(item.entity, names.entities)
            return {"item": (item.label, entity), "label": item.label, "entity": entity}[field]
        case Stance():
            return item.evidence if field == "evidence" else item.polarity
        case Quote():
            values = {
                "item": (renamed(item.speaker, names.entities), item.content),
                "speaker": renamed(item.speaker, names.entities),
                "utterance": renamed(item.utterance, names.utterances),
                "parent": renamed(item.parent, quotes),
            }
            return values[field] if field in values else getattr(item, field)
