"""Tables of two clusterings: what scoring keeps of linking and utterances in each document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec

from onrecord.scoring.columns import Columns, Margin, Shared
from onrecord.scoring.gathering import Gathered
from onrecord.scoring.lea import Clusters
from onrecord.scoring.packing import Ids
from onrecord.scoring.tables import Cell

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ClusterTable(msgspec.Struct, frozen=True, tag="clusters", dict=True):
    """Two clusterings over the same documents, as counts per document and pair of clusters.

    ``cells`` counts matched items, ``gold`` and ``predicted`` (the margins) all items of a cluster.
    Clusters of fewer than ``smallest`` items, in the documents that the table has, do not count:
    all clusters do, or all but singletons. Without gold clusters that count recall is None and
    without predicted ones precision is; F1 is 0 where one side has none and None where both have.
    """

    tied: ClassVar[bool] = True

    documents: tuple[str, ...]
    cells: tuple[Cell, ...]
    gold: tuple[Cell, ...]
    predicted: tuple[Cell, ...]
    smallest: Literal[1, 2] = 1

    @cached_property
    def columns(self) -> Columns:
        """The cells as columns of numbers, of which all that is expensive is taken."""
        return _columns(self)

    @cached_property
    def gold_sizes(self) -> Mapping[str, int]:
        """Items of each gold cluster that counts."""
        return self._sizes(0)

    @cached_property
    def predicted_sizes(self) -> Mapping[str, int]:
        """Items of each predicted cluster that counts."""
        return self._sizes(1)

    def _sizes(self, side: int) -> dict[str, int]:
        sizes = self.columns.sizes[side].tolist()
        names = self.columns.names[side]
        return {name: n for name, n in zip(names, sizes, strict=True) if n >= self.smallest}

    @cached_property
    def shared(self) -> Mapping[tuple[str, str], int]:
        """Matched items of each pair of clusters that count."""
        gold_sizes, predicted_sizes = self.gold_sizes, self.predicted_sizes
        gold, predicted = self.columns.names
        pairs = self.columns.pairs
        found = zip(pairs.gold.tolist(), pairs.predicted.tolist(), pairs.n.tolist(), strict=True)
        named = ((gold[one], predicted[two], n) for one, two, n in found)
        return {
            (one, two): n for one, two, n in named if one in gold_sizes and two in predicted_sizes
        }

    @cached_property
    def lea(self) -> Clusters:
        """The score of the columns."""
        return Clusters(self.columns)

    @property
    def recall(self) -> float | None:
        """LEA recall; None without gold clusters.

        Mean over the items of one side of the share of their links that the other side has:
        link-based entity-aware metric (Moosavi & Strube 2016, section 4), in mention form. An item
        of cluster k that is in cluster r of the other side scores (|k∩r| - 1) / (|k| - 1); the
        item of a singleton scores 1 if it is a singleton there too, else 0.
        """
        return self.lea.recall

    @property
    def precision(self) -> float | None:
        """LEA precision, the same the other way round; None without predicted clusters."""
        return self.lea.precision

    @property
    def f1(self) -> float | None:
        """The harmonic mean of LEA precision and recall.

        None where neither side has a cluster that counts; 0 where only one side has, or where
        both precision and recall are 0.
        """
        return self.lea.f1

    def without(self, document: str) -> ClusterTable:
        def rest(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
            return tuple(cell for cell in cells if cell.document != document)

        return ClusterTable(
            tuple(id for id in self.documents if id != document),
            rest(self.cells),
            rest(self.gold),
            rest(self.predicted),
            self.smallest,
        )

    def left_out(self) -> list[float | None]:
        return list(self.lea.left_out())

    def right(self) -> list[int]:
        return list(self.lea.right())

    def sizes(self) -> list[int]:
        return list(self.lea.sizes())

    def items(self) -> dict[str, tuple[int, int, int]]:
        """The items of clusters that count in each document: matched, in the gold, predicted."""
        counts = zip(*(column.tolist() for column in self.columns.items), strict=True)
        return dict(zip(self.documents, counts, strict=True))

    def alone(self) -> list[float | None]:
        return self.columns.alone()


def cluster_table(
    documents: Iterable[str],
    gold: Iterable[tuple[str, str]],
    predicted: Iterable[tuple[str, str]],
    matched: Iterable[tuple[str, str, str]],
    *,
    smallest: Literal[1, 2] = 1,
) -> ClusterTable:
    """The table of two clusterings, counted from their items.

    Args:
        documents: the ids of the documents, in order.
        gold: (document, cluster) of each gold item.
        predicted: (document, cluster) of each predicted item.
        matched: (document, gold cluster, predicted cluster) of each pair of items that match.
        smallest: clusters with fewer items do not count; 2 leaves out singletons.
    """
    gathered, ids = Gathered(), Ids()
    by_document = [_by_document(items) for items in (gold, predicted, matched)]
    for document in documents:
        own, other, both = (found.get(document, []) for found in by_document)
        ids.append(document)
        gathered.add([c for (c,) in own], [c for (c,) in other], [(a, b) for a, b in both])
    return as_table(gathered.columns(ids, smallest))


def _by_document(items: Iterable[tuple[str, ...]]) -> Mapping[str, list[tuple[str, ...]]]:
    """What items have beside their document, by document."""
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for document, *clusters in items:
        found[document].append(tuple(clusters))
    return found


def as_table(columns: Columns) -> ClusterTable:
    """The table that the columns are of."""
    ids = tuple(columns.documents)
    gold, predicted = map(list, columns.names)

    def margin(side: int) -> tuple[Cell, ...]:
        document, cluster, n = columns.margins[side]
        rows = zip(document.tolist(), cluster.tolist(), n.tolist(), strict=True)
        if side:
            return tuple(
                Cell(document=ids[d], gold=None, predicted=predicted[c], n=n) for d, c, n in rows
            )
        return tuple(Cell(document=ids[d], gold=gold[c], predicted=None, n=n) for d, c, n in rows)

    cells = zip(*(column.tolist() for column in columns.cells), strict=True)
    table = ClusterTable(
        ids,
        tuple(
            Cell(document=ids[d], gold=gold[g], predicted=predicted[p], n=n) for d, g, p, n in cells
        ),
        margin(0),
        margin(1),
        columns.smallest,
    )
    vars(table)["columns"] = columns  # as the property would make them
    return table


def _columns(table: ClusterTable) -> Columns:
    import numpy as np

    places = {document: place for place, document in enumerate(table.documents)}
    gold = sorted({cell.gold or "" for cells in (table.cells, table.gold) for cell in cells})
    predicted = sorted(
        {cell.predicted or "" for cells in (table.cells, table.predicted) for cell in cells}
    )
    ranks = [{name: rank for rank, name in enumerate(names)} for names in (gold, predicted)]

    def column(values: Iterable[int]) -> NDArray[Any]:
        return np.fromiter(values, dtype=np.int64)

    def document(cells: Sequence[Cell]) -> NDArray[Any]:
        return column(places[cell.document] for cell in cells)

    def n(cells: Sequence[Cell]) -> NDArray[Any]:
        return column(cell.n for cell in cells)

    def cluster(cells: Sequence[Cell], side: int) -> NDArray[Any]:
        return column(ranks[side][(cell.gold, cell.predicted)[side] or ""] for cell in cells)

    margins = [
        Margin(document(cells), cluster(cells, side), n(cells))
        for side, cells in enumerate((table.gold, table.predicted))
    ]
    return Columns(
        table.documents,
        (gold, predicted),
        Shared(
            document(table.cells), cluster(table.cells, 0), cluster(table.cells, 1), n(table.cells)
        ),
        (margins[0], margins[1]),
        table.smallest,
    )
