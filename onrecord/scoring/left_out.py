"""What is left out of the headline though it is there: promotional stances and contested items.

Both are decided by the gold alone, on both sides alike, so that no prediction can choose what it is
scored on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from onrecord.corpus.resolution import Meanings
from onrecord.document import Document, Stance
from onrecord.scoring.alignment import OPEN
from onrecord.scoring.stances import Cell, cell
from onrecord.scoring.zones import is_promotional

Pair = tuple[Document, Document]
"""Gold and prediction of one document."""


def counted_stances(
    pair: Pair,
    gold_meant: Meanings,
    meant: Meanings,
    *,
    zones: bool = True,
    contested: Collection[Cell] = (),
) -> Pair:
    """The documents with the stances that count.

    A cell (holder and target) of the gold whose evidence lies in promotional text as a whole does
    not count, wherever a prediction finds evidence for it; any other cell of the gold does. What is
    predicted of a cell that the gold has not is left out iff its own evidence lies in promotional
    text as a whole. Contested cells do not count, whatever the polarity.

    Args:
        pair: gold and prediction.
        gold_meant: what the gold's holders mean in this document.
        meant: what the prediction's mean.
        zones: whether promotional text is left out.
        contested: the cells of this document that do not count.
    """
    gold, predicted = pair
    zones = zones and any(zone.label == "promo" for zone in gold.zones)
    if not (zones or contested):
        return pair
    in_body = {
        cell(stance, gold_meant)
        for stance in gold.stances
        if not (zones and is_promotional(stance, gold))
    }
    in_promo = {cell(stance, gold_meant) for stance in gold.stances} - in_body

    def kept(stances: Sequence[Stance], meant: Meanings) -> list[Stance]:
        return [
            stance
            for stance in stances
            if (place := cell(stance, meant)) not in contested
            and place not in in_promo
            and (place in in_body or not (zones and is_promotional(stance, gold)))
        ]

    return (
        gold.with_layers(stances=kept(gold.stances, gold_meant)),
        predicted.with_layers(stances=kept(predicted.stances, meant)),
    )


def with_open_speakers(gold: Document, quotes: Collection[str]) -> Document:
    """The gold's document, in which these quotes are right with any speaker or none."""
    if not quotes:
        return gold
    return gold.with_layers(
        quotes=[
            msgspec.structs.replace(quote, speaker=OPEN) if quote.id in quotes else quote
            for quote in gold.quotes
        ]
    )
