"""Whether predictions are a system's own, or what the gold has, given back.

A system can read the gold: ``onrecord.load()`` gives it, and so that systems can learn from the other
articles it must. One that gives it back of the very article that it is to read, mostly by mistake,
would have a perfect row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from onrecord.document import Document, Mention, Quote, Stance
from onrecord.exceptions import OnRecordError
from onrecord.systems.given import Given

EVIDENT = 50
"""So many items that name an entity, all the same, are no chance and no skill: names of entities are free,
and readers differ in where a cue, a source or the evidence of a stance ends."""
LAYERS = ("mentions", "quotes", "stances")


def require_own(
    predicted: Sequence[Document],
    gold: Sequence[Document],
    *,
    given: Sequence[Given] = (),
    failed: Collection[str] = (),
) -> None:
    """Make sure that predictions are not the gold.

    They are when every layer in which they have something is the gold's to the byte, in all
    documents, and at least ``EVIDENT`` items of these layers name an entity. Ids of quotes and the
    order of items make no difference. A layer of few items, or of values alone, which a good system may
    have all right, is no proof.

    Args:
        predicted: what a system gave, for the documents of the gold in their order.
        gold: what it is scored on.
        given: layers that it got, which are not looked at.
        failed: documents on which it failed, which are not looked at either.

    Raises:
        OnRecordError: they are the gold.
    """
    pairs = [
        (own.numbered(), true.numbered())
        for own, true in zip(predicted, gold, strict=True)
        if own.id not in failed
    ]
    named = 0
    for layer in LAYERS:
        if any(one.layer == layer for one in given):
            continue
        rows = [(getattr(own, layer), getattr(true, layer)) for own, true in pairs]
        if not any(own for own, _ in rows):
            continue
        if any(msgspec.json.encode(own) != msgspec.json.encode(true) for own, true in rows):
            return
        named += sum(_named(true) for _, true in rows)
    if named >= EVIDENT:
        raise OnRecordError(
            f"what it found is the gold to the byte, {named} items that name an entity: row refused "
            '(what is to read the gold says `reads_gold = True`, or `reference = "gold"` in the '
            "predictions' .toml, and is shown unranked)"
        )


def _named(items: Iterable[Mention | Quote | Stance]) -> int:
    """How many items name an entity."""
    return sum(
        bool(getattr(item, "entity", None) or getattr(item, "speaker", None))
        or isinstance(item, Stance)
        for item in items
    )
