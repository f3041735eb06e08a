"""What every measure is taken of: gold and prediction side by side, and what names mean in each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.corpus.registry import Registry
from onrecord.corpus.resolution import Names, resolve_names
from onrecord.document import Document
from onrecord.scoring.alignment import OPEN
from onrecord.scoring.left_out import counted_stances, with_open_speakers
from onrecord.scoring.stances import Cell
from onrecord.scoring.zones import scored

Pairs = Sequence[tuple[Document, Document]]
"""(gold, prediction) of each document."""


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs of documents, items that do not count left out, with the names of either side."""

    pairs: Pairs
    gold_names: Names
    names: Names
    registry: Registry


def prepare(
    gold: Corpus, documents: Sequence[Document], *, zones: bool = True, contested: bool = False
) -> Material:
    """The material of a comparison; the zones of the gold are those of the prediction too.

    Args:
        gold: the corpus with its layers and registry.
        documents: the prediction, a document for each of the corpus, in its order.
        zones: leave out items in promotional text; False counts them.
        contested: count what readers' votes leave open; False leaves such stances out, on both
            sides, and takes any speaker of such a quote for right.
    """
    pairs = pair(gold, documents, zones=zones)
    gold_names = _gold_names(gold, [left for left, _ in pairs])
    names = resolve_names([right for _, right in pairs], gold.registry)
    cells: dict[str, set[Cell]] = defaultdict(set)
    speakers: dict[str, set[str]] = defaultdict(set)
    if not contested:
        for document, holder, target in gold.contested:
            cells[document].add((holder, target))
        for document, quote in gold.contested_speakers:
            speakers[document].add(quote)
    made = []
    for both in pairs:
        id = both[0].id
        left, right = counted_stances(
            both, gold_names[id], names[id], zones=zones, contested=cells[id]
        )
        made.append((with_open_speakers(left, speakers[id]), right))
    return Material(
        pairs=made,
        gold_names=gold_names,
        names=names,
        registry=gold.registry,
    )


def pair(gold: Corpus, documents: Sequence[Document], *, zones: bool = True) -> Pairs:
    """(gold, prediction) of each document, mentions and quotes that do not count left out.

    Of stances :func:`prepare` alone can say which count, since it knows what names mean.
    """
    pairs = [
        (
            left,
            right
            if right.zones == left.zones
            else msgspec.structs.replace(right, zones=left.zones),
        )
        for left, right in zip(gold.documents, documents, strict=True)
    ]
    if not zones:
        return pairs
    return [(scored(left, left), scored(right, left)) for left, right in pairs]


def _gold_names(gold: Corpus, documents: Sequence[Document]) -> Names:
    """The gold's speakers and holders are the registry's ids; only actors among them have a name.

    A pass that stands in for the gold may have names of its own, which mean what they mean in a
    prediction.
    """
    given = {quote.speaker for document in documents for quote in document.quotes}
    given |= {stance.holder for document in documents for stance in document.stances}
    if all(name is None or name in gold.registry for name in given):
        actors = {entity.id: entity.id for entity in gold.registry if entity.actor}
        actors[OPEN] = OPEN
        return dict.fromkeys((document.id for document in documents), actors)
    names = resolve_names(documents, gold.registry)
    return {id: {**meant, OPEN: OPEN} for id, meant in names.items()}
