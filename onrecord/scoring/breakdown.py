"""The headline scores of a part: one document, outlet, type, form, nesting or zone at a time.

What is found of a part of the gold may be any of what is predicted, and the other way round: the
recall of direct quotes is the share of the gold's direct quotes that the prediction holds, whatever
form it gives them; their precision is the share of the quotes predicted as direct that the gold
holds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, get_args

import msgspec

from onrecord.document import (
    LAYERS,
    MENTION_TYPES,
    ZONE_LABELS,
    Document,
    Mention,
    Quote,
    derive_forms,
)
from onrecord.scoring import entities, quotes, stances
from onrecord.scoring.alignment import sides
from onrecord.scoring.clusters import ClusterTable
from onrecord.scoring.material import Material, Pairs
from onrecord.scoring.scores import tables
from onrecord.scoring.tables import CountTable, harmonic_mean

Key = Literal["document", "outlet", "type", "form", "nesting", "zone"]
KEYS: tuple[Key, ...] = get_args(Key)
"""What scores can be broken down by."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The score of one layer in one part; ``gold`` and ``predicted`` count the part's items."""

    part: str
    layer: str
    f1: float | None
    precision: float | None
    recall: float | None
    gold: int
    predicted: int


def breakdown(material: Material, by: Key) -> tuple[Part, ...]:
    """The parts in their natural order, each with the layers that it can be asked of.

    Documents and outlets have all five layers (clusters within the part only), types are those of
    entities, form and nesting those of quotes; zones have entities, quotes and stances, an item
    being in the zone where it begins. Recall is None in a part of which the gold has no item,
    precision in one of which the prediction has none; F1 is 0 where only one of them is defined.
    Documents and outlets are there even without items; of the rest, parts without any are not.
    """
    if by == "document":
        return _by_pairs(material, lambda document: document.id)
    if by == "outlet":
        return _by_pairs(material, lambda document: document.meta.outlet or "(not named)")
    return tuple(
        part
        for name in _NAMES[by]
        for layer, parts in _KEYS[by].items()
        if (part := _part(material, layer, parts, name)) is not None
    )


def _by_pairs(material: Material, name: Callable[[Document], str]) -> tuple[Part, ...]:
    groups: dict[str, list[tuple[Document, Document]]] = {}
    for gold, predicted in material.pairs:
        groups.setdefault(name(gold), []).append((gold, predicted))
    parts = []
    for part, pairs in groups.items():
        found = tables(pairs, material.gold_names, material.names)
        for layer in LAYERS:
            table = found[layer]
            in_gold, in_prediction = _items(table)
            parts.append(
                Part(
                    part=part,
                    layer=layer,
                    f1=table.f1,
                    precision=table.precision,
                    recall=table.recall,
                    gold=in_gold,
                    predicted=in_prediction,
                )
            )
    return tuple(parts)


def _items(table: CountTable | ClusterTable) -> tuple[int, int]:
    """How many items of the gold and of the prediction count."""
    if isinstance(table, CountTable):
        return table.gold, table.predicted
    return sum(table.gold_sizes.values()), sum(table.predicted_sizes.values())


PartsOf = Callable[[Document, Sequence[Any]], Iterable[str]]
"""The part that each of a document's items belongs to."""


def _part(material: Material, layer: str, parts: PartsOf, name: str) -> Part | None:
    """The score of a layer in one part; None where neither side has an item of it."""

    def only(document: Document) -> Document:
        field = _FIELDS[layer]
        items = getattr(document, field)
        of = parts(document, items)
        kept = [item for item, part in zip(items, of, strict=True) if part == name]
        return document.with_layers(**{field: kept})

    pairs = material.pairs
    of_gold = _count(layer, [(only(gold), predicted) for gold, predicted in pairs], material)
    of_predicted = _count(layer, [(gold, only(predicted)) for gold, predicted in pairs], material)
    if not of_gold.gold and not of_predicted.predicted:
        return None
    precision, recall = of_predicted.precision, of_gold.recall
    return Part(
        part=name,
        layer=layer,
        f1=harmonic_mean(precision, recall),
        precision=precision,
        recall=recall,
        gold=of_gold.gold,
        predicted=of_predicted.predicted,
    )


def _count(layer: str, pairs: Pairs, material: Material) -> CountTable:
    if layer == "entities":
        return entities.table(pairs)
    if layer == "quotes":
        return quotes.table(sides(pairs, material.gold_names, material.names))
    return stances.table(pairs, material.gold_names, material.names)


def _forms(document: Document, quotes: Sequence[Quote]) -> Iterable[str]:
    return derive_forms(quotes, document.text)


def _types(document: Document, mentions: Sequence[Mention]) -> Iterable[str]:
    return (mention.label for mention in mentions)


def _nesting(document: Document, quotes: Sequence[Quote]) -> Iterable[str]:
    return ("outer" if quote.parent is None else "nested" for quote in quotes)


def _zone(start: Callable[[Any], int]) -> PartsOf:
    def zones(document: Document, items: Sequence[Any]) -> Iterable[str]:
        ends = [zone.end for zone in document.zones]
        labels = [*(zone.label for zone in document.zones), ""]
        return (labels[bisect_right(ends, start(item))] for item in items)

    return zones


_FIELDS = {"entities": "mentions", "quotes": "quotes", "stances": "stances"}
_NAMES: Mapping[str, Sequence[str]] = {
    "type": MENTION_TYPES,
    "form": ("direct", "mixed", "indirect"),
    "nesting": ("outer", "nested"),
    "zone": ZONE_LABELS,
}
_KEYS: Mapping[str, Mapping[str, PartsOf]] = {
    "type": {"entities": _types},
    "form": {"quotes": _forms},
    "nesting": {"quotes": _nesting},
    "zone": {
        "entities": _zone(lambda mention: mention.start),
        "quotes": _zone(lambda quote: min(quote.content).start),
        "stances": _zone(lambda stance: min(stance.evidence).start),
    },
}
