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
    not count, wherever a prediction finds evidence for it; every other cell does, those that the gold
    has not among them: where a prediction points decides nothing. Contested cells do not count,
    whatever the polarity.

    Args:
        pair: gold and prediction.
        gold_meant: what the gold's holders mean in this document.
        meant: what the prediction's mean.
        zones: whether promotional text is left out.
        contested: the cells of this document that do not count.
    """
    gold, predicted = pair
    in_body, in_promo = set[Cell](), set[Cell]()
    for stance in gold.stances:
        places = in_promo if zones and is_promotional(stance, gold) else in_body
        places.add(cell(stance, gold_meant))
    left_out = (in_promo - in_body) | set(contested)
    if not left_out:
        return pair

    def kept(stances: Sequence[Stance], meant: Meanings) -> list[Stance]:
        return [stance for stance in stances if cell(stance, meant) not in left_out]

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
