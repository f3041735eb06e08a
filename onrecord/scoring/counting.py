"""All tables made at once, document by document: what is paired once is counted in every layer.

What was counted of some documents adds up with what was counted of others, here or elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import msgspec

from onrecord.corpus.resolution import Meanings, Names
from onrecord.document import LAYERS, Document
from onrecord.scoring import entities, linking, stances, utterances
from onrecord.scoring.alignment import Side, Sides, links, matches
from onrecord.scoring.clusters import ClusterTable, as_table
from onrecord.scoring.gathering import Gathered, GatheredColumns
from onrecord.scoring.lea import Clusters
from onrecord.scoring.packing import Ids
from onrecord.scoring.tables import CountTable, Scored, Tally
from onrecord.scoring.units import UnitCounts, Units


class Counted(msgspec.Struct, frozen=True):
    """What was counted of some documents, as plain values for another process."""

    documents: list[str]
    tallies: list[list[bytes]]
    gathered: list[GatheredColumns]
    units: UnitCounts | None


class Counting:
    """Tables in the making.

    Args:
        units: take those of units smaller than documents too.
        layers: those that are counted; of the others the tables have nothing.
    """

    def __init__(self, *, units: bool = False, layers: Collection[str] = LAYERS) -> None:
        self.layers = layers
        self.documents = Ids()
        self.entities, self.quotes, self.stances = (Tally(self.documents) for _ in range(3))
        self.linking, self.utterances = Gathered(), Gathered()
        self.units = Units() if units else None

    def add(self, pair: tuple[Document, Document], own: Side, other: Side, meant: Meanings) -> None:
        """Count a document.

        Args:
            pair: gold and prediction, items that do not count already left out.
            own: the gold's quotes, with what its names mean.
            other: those predicted.
            meant: what the prediction's names mean.
        """
        gold, predicted = pair
        self._count_mentions(gold, predicted)
        linked = links(own, other) if own.quotes and other.quotes else []
        matched = matches(own, other, linked) if linked else []
        self.quotes.add(len(matched), len(own.quotes), len(other.quotes))
        self.utterances.add(*utterances.grouped(own, other, linked))
        left, right = stances.held(gold, own.meant), stances.held(predicted, meant)
        same = stances.agreed(left, right) if left and right else set()
        self.stances.add(len(same), len(left), len(right))
        if self.units is not None:
            self.units.add_quotes(gold, own, other, matched)
            self.units.add_stances(gold, left, right, same)

    def add_mentions(self, gold: Document, predicted: Document) -> None:
        """Count the mentions of a document, where no other layer is counted of any document."""
        self._count_mentions(gold, predicted)

    def _count_mentions(self, gold: Document, predicted: Document) -> None:
        self.documents.append(gold.id)
        if self.units is None:
            right = entities.agreeing(gold, predicted)
        else:
            found, missed, invented = entities.judged(gold, predicted)
            right = len(found)
            self.units.add_mentions(gold, found, missed, invented)
        self.entities.add(right, len(gold.mentions), len(predicted.mentions))
        if "linking" in self.layers:
            self.linking.add(*linking.linked(gold, predicted))

    def _pad(self) -> None:
        """Add nothing of the documents in layers that are not counted."""
        for tally in self._tallies:
            tally.pad()
        for gathered in (self.linking, self.utterances):
            gathered.pad(len(self.documents))

    @property
    def _tallies(self) -> tuple[Tally, ...]:
        return self.entities, self.quotes, self.stances

    def encode(self) -> Counted:
        """What was counted, as plain values."""
        self._pad()
        return Counted(
            list(self.documents),
            [tally.encode() for tally in self._tallies],
            [gathered.encode() for gathered in (self.linking, self.utterances)],
            None if self.units is None else self.units.encode(),
        )

    def extend(self, other: Counted) -> None:
        """Add what was counted of further documents, as :meth:`encode` gave it."""
        self._pad()
        self.documents.extend(other.documents)
        for tally, columns in zip(self._tallies, other.tallies, strict=True):
            tally.extend(columns)
        self.linking.extend(other.gathered[0])
        self.utterances.extend(other.gathered[1])
        if self.units is not None and other.units is not None:
            self.units.extend(other.units)

    def columns(self) -> dict[str, Callable[[], Scored]]:
        """What makes that of which the headline of each layer is taken, in little memory.

        The clusters are let go with it, as by :meth:`tables`: each is made once.
        """
        self._pad()
        return {
            "entities": lambda: self.entities,
            "linking": lambda: Clusters(self.linking.columns(self.documents)),
            "quotes": lambda: self.quotes,
            "utterances": lambda: Clusters(self.utterances.columns(self.documents, smallest=2)),
            "stances": lambda: self.stances,
        }

    def tables(self) -> dict[str, CountTable | ClusterTable]:
        """The table of every layer; the clusters are let go."""
        self._pad()
        return {
            "entities": self.entities.table(),
            "linking": as_table(self.linking.columns(self.documents)),
            "quotes": self.quotes.table(),
            "utterances": as_table(self.utterances.columns(self.documents, smallest=2)),
            "stances": self.stances.table(),
        }


def counted(
    pairs: Sequence[tuple[Document, Document]], names: Names, quoted: Sides, *, units: bool = False
) -> Counting:
    """What is counted of all documents.

    Args:
        pairs: (gold, prediction) of each document, items that do not count already left out.
        names: what the prediction's speakers and holders mean.
        quoted: the quotes of both sides.
        units: count smaller units too.
    """
    counting = Counting(units=units)
    for pair, (_, own, other) in zip(pairs, quoted, strict=True):
        counting.add(pair, own, other, names[pair[0].id])
    return counting
