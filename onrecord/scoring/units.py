"""Units smaller than a document: the tables by which systems are compared on these very articles.

Of entities and quotes the unit is the passage (:func:`onrecord.corpus.tokens.passages`): an item
belongs to the one in which it begins, a quote to the one in which its content begins, and what is
matched is counted on both sides where the gold's item is. Of stances it is the cell of a document and
a target. The rows of a document's units add up to its row of the layer's table. Clusters join
documents: linking and utterances have no units.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence

from onrecord.corpus.resolution import Names
from onrecord.corpus.tokens import passages
from onrecord.document import Document, Quote
from onrecord.scoring import entities, stances
from onrecord.scoring.alignment import Sides, matches
from onrecord.scoring.tables import CountTable, Row


class _Counter:
    """Items by unit: right, in the gold and predicted."""

    def __init__(self) -> None:
        self.counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])

    def add(self, unit: str, *, tp: int = 0, gold: int = 0, predicted: int = 0) -> None:
        """Add items to those of a unit."""
        counts = self.counts[unit]
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


def unit_tables(
    pairs: Sequence[tuple[Document, Document]], gold_names: Names, names: Names, quoted: Sides
) -> dict[str, CountTable]:
    """The table of units of each layer that has some.

    Args:
        pairs: (gold, prediction) of each document, items that do not count already left out.
        gold_names: what the gold's speakers and holders mean.
        names: what the prediction's mean.
        quoted: the quotes of both sides.
    """
    places = {gold.id: _Passages(gold) for gold, _ in pairs}
    return {
        "entities": _entity_units(pairs, places),
        "quotes": _quote_units(quoted, places),
        "stances": _stance_units(pairs, gold_names, names),
    }


Places = Mapping[str, _Passages]
"""The passages of each document by its id."""


def _entity_units(pairs: Sequence[tuple[Document, Document]], places: Places) -> CountTable:
    """Mentions by passage; what is right is right as in :func:`onrecord.scoring.entities.count`."""
    counter = _Counter()
    for gold, predicted in pairs:
        place = places[gold.id]
        same, left, right = entities.untrimmed_matches(gold, predicted)
        for mention in same:
            counter.add(place.unit(mention.start), tp=1, gold=1, predicted=1)
        own = {entities.trimmed(mention, gold.text): mention for mention in left}
        for mention in left:
            counter.add(place.unit(mention.start), gold=1)
        for mention in right:
            found = own.pop(entities.trimmed(mention, gold.text), None)
            unit = place.unit((found or mention).start)
            counter.add(unit, predicted=1, tp=found is not None)
    return counter.table()


def _quote_units(sides: Sides, places: Places) -> CountTable:
    """Quotes by passage; what is right is right as in :func:`onrecord.scoring.quotes.count`."""
    counter = _Counter()
    for document, left, right in sides:
        place = places[document.id]
        matched = {j: i for i, j in matches(left, right)}
        for quote in left.quotes:
            counter.add(place.unit(_start(quote)), gold=1)
        for j, quote in enumerate(right.quotes):
            found = left.quotes[matched[j]] if j in matched else quote
            counter.add(place.unit(_start(found)), predicted=1, tp=j in matched)
    return counter.table()


def _start(quote: Quote) -> int:
    return min(span.start for span in quote.content)


def _stance_units(
    pairs: Sequence[tuple[Document, Document]], gold_names: Names, names: Names
) -> CountTable:
    """Stances by document and target; right as in :func:`onrecord.scoring.stances.count`."""
    counter = _Counter()
    for gold, predicted in pairs:
        left, right = stances.items(gold, gold_names), stances.items(predicted, names)
        same = stances.agreed(left, right)
        for item in left:
            counter.add(unit_id(gold.id, item[1]), gold=1, tp=item in same)
        for item in right:
            counter.add(unit_id(gold.id, item[1]), predicted=1)
    return counter.table()
