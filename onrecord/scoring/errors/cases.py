"""What an analysis is made of: items in words, cases of one kind, and items paired off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.document import Document, Span
from onrecord.scoring.alignment import OPEN
from onrecord.scoring.errors.context import context

G = TypeVar("G")
P = TypeVar("P")

Pairs = list[tuple[Document, Document]]
"""(gold, prediction) of each document."""

RIGHT = "right"
TIE = 1e-9
"""A weight that decides between pairings of equal overlap and nothing else."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What one side has: where, the words there and what they are taken for."""

    document: str
    spans: tuple[Span, ...]
    words: str
    label: str
    """The type, entity, speaker, utterance or stance, as a person would say it."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A pair of items, or one item, of one kind.

    ``gold`` and ``predicted`` hold one item, the two quotes of a link, or none. ``context`` has a
    line for each place: the text around the gold's words, which are in ⟦⟧, and the predicted ones
    in ⟨⟩ where they differ; without a gold item it is the predicted words that are in ⟦⟧. ``note``
    says what else is known.
    """

    layer: str
    kind: str
    subkind: str | None
    document: str
    start: int
    end: int
    gold: tuple[Item, ...]
    predicted: tuple[Item, ...]
    note: str | None
    context: tuple[str, ...]


def make_case(
    layer: str,
    kind: str,
    text: str,
    gold: Item | None,
    predicted: Item | None,
    *,
    subkind: str | None = None,
    note: str | None = None,
) -> Case:
    """The case of a pair or of an item alone, in the document of this text."""
    shown = gold or predicted
    assert shown is not None
    others = predicted.spans if predicted and predicted.spans != shown.spans else ()
    return Case(
        layer=layer,
        kind=kind,
        subkind=subkind,
        document=shown.document,
        start=shown.spans[0].start,
        end=shown.spans[-1].end,
        gold=() if gold is None else (gold,),
        predicted=() if predicted is None else (predicted,),
        note=note,
        context=(context(text, shown.spans, others),),
    )


def make_item(document: Document, spans: Sequence[Span], label: str) -> Item:
    """The item with its words."""
    words = " […] ".join(span.of(document.text) for span in spans)
    return Item(document=document.id, spans=tuple(spans), words=words, label=label)


def offsets(item: Item) -> str:
    """Where the item begins and ends, in words."""
    return f"{item.spans[0].start}–{item.spans[-1].end}"


def pair_off(
    gold: Sequence[G], predicted: Sequence[P], *steps: Callable[[G, P], float]
) -> list[tuple[G | None, P | None]]:
    """The items of both sides one to one, then those without a partner.

    Each step weighs the pairs of what the steps before left over and makes the pairing of the
    greatest sum of weights; pairs of weight 0 are not made. Ties are broken by the order given.
    """
    from scipy.optimize import linear_sum_assignment

    left, right = list(gold), list(predicted)
    pairs: list[tuple[G | None, P | None]] = []
    for step in steps:
        if not left or not right:
            break
        weights = [[step(one, other) for other in right] for one in left]
        rows, columns = linear_sum_assignment(weights, maximize=True)
        made = {int(i): int(j) for i, j in zip(rows, columns, strict=True) if weights[i][j]}
        pairs += [(left[i], right[j]) for i, j in made.items()]
        left = [item for i, item in enumerate(left) if i not in made]
        right = [item for j, item in enumerate(right) if j not in made.values()]
    return [*pairs, *((item, None) for item in left), *((None, item) for item in right)]


def cut(shared: int, gold: int, predicted: int) -> str:
    """How the characters of a predicted item, which are not the gold's, differ from them.

    Args:
        shared: how many characters both have.
        gold: how many the gold's item has.
        predicted: how many the predicted one has.
    """
    if shared == gold:
        return "too long"
    return "too short" if shared == predicted else "shifted"


def is_unresolved(actor: str) -> bool:
    """Whether a resolved speaker or holder is "?" and a name that means no actor."""
    return actor.startswith("?")


def actor_name(actor: str, gold: Corpus) -> str:
    """The name of a resolved speaker or holder; one that is unresolved as it was given, quoted."""
    if actor == OPEN:
        return "any speaker (contested)"
    return repr(actor[1:]) if is_unresolved(actor) else entity_name(actor, gold)


def entity_name(id: str, gold: Corpus) -> str:
    """The name in the registry; the id itself of an entity that is not in it."""
    return gold.registry[id].name if id in gold.registry else id
