"""Error analysis: what predictions got wrong, item by item, each of exactly one kind.

The items of a layer are those of its score (the same zones, trimming, names and contested items;
a speaker that votes leave open is never wrong). A case is a pair
of a gold and a predicted item, or an item alone, so that the gold items of all kinds add up to the
gold of the score's table, the predicted items to its predictions, and ``right`` to what it counts
as right. Items are paired one to one within a document, kind by kind in the order below: each
takes, of what the kinds before left over, the pairs with the greatest sum of overlap. Ties are
broken by what the items are, never by the order of a list.

Entities (trimmed spans and types; the subkind of a wrong cut is *too long*, *too short* or
*shifted*):

* ``right``: same span, same type
* ``mistyped``: same span, other type
* ``cut-wrong``, ``cut-and-typed-wrong``: overlapping spans, of the same or another type; these two
  are paired together, and between equal overlaps the same type is taken
* ``missed``, ``invented``: the rest of the gold, of the predictions

Linking (names, paired by trimmed span; the score's table counts as found those of the first four):

* ``unlinked``: no entity is predicted, and the gold entity has other names
* ``merged``: the predicted cluster does not *mainly* hold the gold entity, that is, not more names
  of it than of any other; the note says of which most
* ``split``: it does, but so does another cluster that has as many names of the entity, or more
* ``right``: else; a name that is predicted without an entity and is the only one of its entity too
* ``missed``, ``invented``: names without a partner

When all names are right and none is missed or invented, and only then, the clusters are the same.

Quotes (overlap is that of contents, as in the score):

* ``right``: an overlap of 0.8 or more and the same speaker; as many pairs as possible
* ``wrong-speaker``: an overlap of 0.8 or more; the subkind is *none given*, *none in the gold*,
  *unresolved name* (it names no actor) or *other actor*
* ``cut-wrong``: any smaller overlap, between equal ones with the right speaker; the subkind is as
  for entities, with *wrong speaker* where it is wrong too
* ``missed``: the rest of the gold; the subkind is the form of the quote, with *nested* where it is
  inside another
* ``invented``: the rest of the predictions

Utterances (links: pairs of quotes with the same utterance, in one document or two, counted in the
document of the first; clusters of n quotes in the score's table are n(n - 1)/2 links; a predicted
quote stands for the gold quote that the score assigns it to):

* ``right``: gold links of quotes whose predicted quotes are linked too
* ``lost``: gold links of which one quote or both have no predicted quote
* ``not-linked``: other gold links; the predicted quotes have *different utterances*, or one of them
  *no utterance*
* ``wrong-link``: predicted links that are not right; a *quote* is *not in the gold*, or the gold's
  have *different utterances*, or one of them *no utterance*

Stances (holder, target and polarity; overlap is that of evidence, and only the last pair needs it):

* ``right``: all three are the same
* ``wrong-polarity``: same holder and target; with the subkind *several polarities* where the
  prediction gives the holder more than one, all of which are wrong
* ``wrong-holder``: same target and polarity, other holder; first those of the same principal
  (*rolled up right*), then those of an *other principal*, together with the next
* ``unresolved-holder``: same target and polarity, the predicted holder names no actor
* ``wrong-target``: same holder and polarity, overlapping evidence
* ``missed``, ``invented``: the rest; the subkind of an invented one may be *unresolved holder*
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.document import LAYERS, Document
from onrecord.exceptions import InvalidInput
from onrecord.scoring.errors import entities, linking, quotes, stances, utterances
from onrecord.scoring.errors.cases import RIGHT, Case
from onrecord.scoring.material import prepare
from onrecord.scoring.scores import frame, read, signature

if TYPE_CHECKING:
    from pandas import DataFrame

KINDS: Mapping[str, tuple[str, ...]] = {
    "entities": (
        RIGHT,
        "mistyped",
        "cut-wrong",
        "cut-and-typed-wrong",
        "missed",
        "invented",
    ),
    "linking": (RIGHT, "unlinked", "merged", "split", "missed", "invented"),
    "quotes": (RIGHT, "wrong-speaker", "cut-wrong", "missed", "invented"),
    "utterances": (RIGHT, "not-linked", "lost", "wrong-link"),
    "stances": (
        RIGHT,
        "wrong-polarity",
        "wrong-holder",
        "unresolved-holder",
        "wrong-target",
        "missed",
        "invented",
    ),
}
"""The kinds of each layer; equally frequent ones are listed in this order."""


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many cases of a kind there are: in all, in each document, and of each subkind."""

    layer: str
    kind: str
    gold: int
    """The gold items in these cases."""
    predicted: int
    """The predicted items in these cases."""
    documents: dict[str, int]
    subkinds: dict[str, dict[str, int]]

    @property
    def n(self) -> int:
        """The cases."""
        return sum(self.documents.values())


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """Every error of a prediction, and the counts of all kinds."""

    signature: str
    counts: tuple[Count, ...]
    """By layer; of each ``right`` first, then the most frequent."""
    errors: tuple[Case, ...]
    """By layer, kind (in the order of the counts), document and offset."""

    def __repr__(self) -> str:
        found = Counter(case.layer for case in self.errors)
        shown = ", ".join(f"{layer} {found[layer]}" for layer in LAYERS if layer in found)
        return f"Analysis({len(self.errors)} errors: {shown or 'none'}; {self.signature})"

    def to_frame(self) -> DataFrame:
        """A row for each error: layer, kind, subkind, document, start, end, gold, predicted, note, context.

        ``gold`` and ``predicted`` are the words of either side, None where it has no such item.

        Raises:
            OnRecordError: pandas is not installed.
        """
        return frame(
            [
                {
                    "layer": case.layer,
                    "kind": case.kind,
                    "subkind": case.subkind,
                    "document": case.document,
                    "start": case.start,
                    "end": case.end,
                    "gold": " | ".join(item.words for item in case.gold) or None,
                    "predicted": " | ".join(item.words for item in case.predicted) or None,
                    "note": case.note,
                    "context": "\n".join(case.context),
                }
                for case in self.errors
            ]
        )


def find_errors(
    gold: Corpus,
    predictions: str | Path | Iterable[Document],
    *,
    zones: bool = True,
    contested: bool = False,
) -> Analysis:
    """Every error of the predictions; arguments and exceptions are those of ``onrecord.score``."""
    given = prepare(gold, read(gold, predictions), zones=zones, contested=contested)
    pairs = [(left.canonical(), right.canonical()) for left, right in given.pairs]
    cases = [
        *entities.cases(pairs),
        *linking.cases(pairs, gold),
        *quotes.cases(pairs, gold, given.gold_names, given.names),
        *utterances.cases(pairs, given.gold_names, given.names),
        *stances.cases(pairs, gold, given.gold_names, given.names),
    ]
    counts = _counts(cases, [document.id for document in gold.documents])
    rank = {(count.layer, count.kind): number for number, count in enumerate(counts)}
    place = {document.id: number for number, document in enumerate(gold.documents)}

    def order(case: Case) -> tuple[object, ...]:
        items = (*case.gold, *case.predicted)
        both = [(place[item.document], item.spans, item.label) for item in items]
        where = (place[case.document], case.start, case.end, both)
        return (rank[case.layer, case.kind], *where, case.subkind or "", case.note or "")

    errors = sorted((case for case in cases if case.kind != RIGHT), key=order)
    return Analysis(
        signature=signature(gold, zones=zones, contested=contested),
        counts=tuple(counts),
        errors=tuple(errors),
    )


def select(
    analysis: Analysis,
    *,
    layer: str | None = None,
    kind: str | None = None,
    limit: int | None = None,
) -> Analysis:
    """The part of an analysis that is asked for.

    Args:
        analysis: all of it.
        layer: counts and errors of this layer alone.
        kind: errors of this kind alone, and counts of the layers that have it.
        limit: the first errors of each kind in each layer, at most so many; None: all.

    Raises:
        InvalidInput: there is no error of such a kind.
    """
    layers = [name for name in LAYERS if layer in (None, name)]
    known = {name: KINDS[name][1:] for name in layers}
    if kind is not None:
        layers = [name for name in layers if kind in known[name]]
        if not layers:
            names = ", ".join(dict.fromkeys(name for names in known.values() for name in names))
            raise InvalidInput(f"no kind {kind!r} (known: {names})", field=layer)
    errors = []
    taken: Counter[tuple[str, str]] = Counter()
    for case in analysis.errors:
        if case.layer in layers and kind in (None, case.kind):
            taken[case.layer, case.kind] += 1
            if limit is None or taken[case.layer, case.kind] <= limit:
                errors.append(case)
    return Analysis(
        signature=analysis.signature,
        counts=tuple(count for count in analysis.counts if count.layer in layers),
        errors=tuple(errors),
    )


def _counts(cases: Sequence[Case], documents: Sequence[str]) -> list[Count]:
    by_kind: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        by_kind[case.layer, case.kind].append(case)
    counts: list[Count] = []
    for layer in LAYERS:
        kinds = [_count(layer, kind, by_kind[layer, kind], documents) for kind in KINDS[layer]]
        counts += sorted(kinds, key=lambda count: (count.kind != RIGHT, -count.n))
    return counts


def _count(layer: str, kind: str, cases: Sequence[Case], documents: Sequence[str]) -> Count:
    subkinds = Counter(case.subkind for case in cases if case.subkind is not None)
    order = sorted(subkinds.items(), key=lambda item: (-item[1], item[0]))

    def by_document(kept: Iterable[Case]) -> dict[str, int]:
        found = Counter(case.document for case in kept)
        return {document: found[document] for document in documents}

    return Count(
        layer=layer,
        kind=kind,
        gold=sum(bool(case.gold) for case in cases),
        predicted=sum(bool(case.predicted) for case in cases),
        documents=by_document(cases),
        subkinds={
            name: by_document(case for case in cases if case.subkind == name) for name, _ in order
        },
    )
