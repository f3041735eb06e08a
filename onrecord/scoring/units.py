"""Units smaller than a document: the tables by which systems are compared on these very articles.

Of entities and quotes the unit is the passage (:func:`onrecord.corpus.tokens.passages`): an item
belongs to the one in which it begins, a quote to the one in which its content begins, and what is
matched is counted on both sides where the gold's item is. Of stances it is the cell of a document and
a target. The rows of a document's units add up to its row of the layer's table. Clusters join
documents: linking and utterances have no units.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable

from onrecord.corpus.tokens import passages
from onrecord.document import Document, Mention
from onrecord.scoring import stances
from onrecord.scoring.alignment import Side, start_of
from onrecord.scoring.tables import CountTable, Row

UnitCounts = dict[str, dict[str, list[int]]]
"""For each layer the items of each unit: right, in the gold and predicted."""


class _Counter:
    """Items by unit: right, in the gold and predicted."""

    def __init__(self) -> None:
        self.counts: dict[str, list[int]] = {}

    def add(self, unit: str, tp: int, gold: int, predicted: int) -> None:
        """Add items to those of a unit."""
        counts = self.counts.get(unit)
        if counts is None:
            self.counts[unit] = [tp, gold, predicted]
            return
        counts[0] += tp
        counts[1] += gold
        counts[2] += predicted

    def table(self) -> CountTable:
        """A row for each unit with an item, in the order of their ids."""
        return CountTable(
            tuple(
                Row(document=unit, tp=tp, gold=gold, predicted=predicted)
                for unit, (tp, gold, predicted) in sorted(self.counts.items())
            )
        )


class _Passages:
    """The passages of a document by position."""

    def __init__(self, document: Document) -> None:
        self.starts = [passage.start for passage in passages(document)]
        self.ids = [unit_id(document.id, str(n)) for n in range(max(1, len(self.starts)))]

    def unit(self, position: int) -> str:
        """The passage that holds a position; of one between passages, that before."""
        return self.ids[max(0, bisect_right(self.starts, position) - 1)]


def unit_id(document: str, unit: str) -> str:
    """The id of a document's unit: the number of a passage, from 0, or a target."""
    return f"{document}#{unit}"


class Units:
    """The tables of units of each layer that has some, in the making."""

    def __init__(self) -> None:
        self.layers = {layer: _Counter() for layer in ("entities", "quotes", "stances")}
        self._places: tuple[Document, _Passages] | None = None

    def encode(self) -> UnitCounts:
        """What was counted, as plain values."""
        return {layer: counter.counts for layer, counter in self.layers.items()}

    def extend(self, other: UnitCounts) -> None:
        """Add the units of further documents, as :meth:`encode` gave them."""
        for layer, counts in other.items():
            self.layers[layer].counts.update(counts)

    def tables(self) -> dict[str, CountTable]:
        """The table of each layer."""
        return {layer: counter.table() for layer, counter in self.layers.items()}

    def _passages(self, document: Document) -> _Passages:
        """Those of the document; asked for again and again while it is counted."""
        if self._places is None or self._places[0] is not document:
            self._places = document, _Passages(document)
        return self._places[1]

    def add_mentions(
        self,
        gold: Document,
        found: Iterable[Mention],
        missed: Iterable[Mention],
        invented: Iterable[Mention],
    ) -> None:
        """Add mentions by passage, as :func:`onrecord.scoring.entities.judged` gives them."""
        place, counter = self._passages(gold), self.layers["entities"]
        for counts, mentions in (((1, 1, 1), found), ((0, 1, 0), missed), ((0, 0, 1), invented)):
            for mention in mentions:
                counter.add(place.unit(mention.start), *counts)

    def add_quotes(
        self, gold: Document, own: Side, other: Side, matched: Iterable[tuple[int, int]]
    ) -> None:
        """Add quotes by passage, as :func:`onrecord.scoring.alignment.matches` pairs them."""
        if not own.quotes and not other.quotes:
            return
        place, counter = self._passages(gold), self.layers["quotes"]
        partners = {j: i for i, j in matched}
        for quote in own.quotes:
            counter.add(place.unit(start_of(quote)), 0, 1, 0)
        for j, quote in enumerate(other.quotes):
            found = own.quotes[partners[j]] if j in partners else quote
            counter.add(place.unit(start_of(found)), int(j in partners), 0, 1)

    def add_stances(
        self,
        gold: Document,
        left: Iterable[stances.Item],
        right: Iterable[stances.Item],
        same: Collection[stances.Item],
    ) -> None:
        """Add stances by document and target: the gold's, those predicted, those that are right."""
        counter = self.layers["stances"]
        for item in left:
            counter.add(unit_id(gold.id, item[1]), int(item in same), 1, 0)
        for item in right:
            counter.add(unit_id(gold.id, item[1]), 0, 0, 1)
