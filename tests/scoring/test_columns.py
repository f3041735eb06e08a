"""The arithmetic on columns gives what the definitions give on cells, to the last bit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onrecord.scoring.clusters import ClusterTable, as_table, cluster_table
from onrecord.scoring.gathering import Gathered
from onrecord.scoring.packing import Ids
from onrecord.scoring.tables import CountTable, Row, Tally

Names = tuple[
    list[str],
    list[tuple[str, str]],
    list[tuple[str, str]],
    list[tuple[str, str, str]],
    Literal[1, 2],
]
"""Documents, (document, cluster) of the items of either side, matched items, and the least size."""


@st.composite
def clusterings(draw: st.DrawFn) -> Names:
    """Documents in any order, items of few clusters, some on one side only."""
    ids = draw(st.permutations(["d1", "d10", "d2", "b", "d"]))[: draw(st.integers(0, 5))]
    cluster = st.sampled_from(["=a", "=b", "=aa", "?b:0-1", "?", "é"])
    gold, predicted, matched = [], [], []
    for document in ids:
        for _ in range(draw(st.integers(0, 5))):
            own, other = draw(st.none() | cluster), draw(st.none() | cluster)
            gold += [(document, own)] if own else []
            predicted += [(document, other)] if other else []
            if own and other and draw(st.booleans()):
                matched.append((document, own, other))
    return list(ids), gold, predicted, matched, draw(st.sampled_from([1, 2]))


def sizes(items: list[tuple[str, str]], smallest: int) -> dict[str, int]:
    counted = Counter(cluster for _, cluster in items)
    return {cluster: n for cluster, n in sorted(counted.items()) if n >= smallest}


def shared(names: Names) -> dict[tuple[str, str], int]:
    _, gold, predicted, matched, smallest = names
    own, other = sizes(gold, smallest), sizes(predicted, smallest)
    counted = Counter((one, two) for _, one, two in matched if one in own and two in other)
    return dict(sorted(counted.items()))


def lea(names: Names, side: int) -> float | None:
    """Moosavi & Strube (2016), section 4, written out; floats are added in the order of names."""
    both = [sizes(items, names[4]) for items in (names[1], names[2])]
    own, other = both[side], both[1 - side]
    total = sum(own.values())
    if not total:
        return None
    score = 0.0
    for pair, n in shared(names).items():
        if own[pair[side]] > 1:
            score += n * (n - 1) / (own[pair[side]] - 1)
        elif other[pair[1 - side]] == 1:
            score += 1
    return score / total


def of_one(names: Names, document: str) -> Names:
    _, gold, predicted, matched, smallest = names
    return (
        [document],
        [item for item in gold if item[0] == document],
        [item for item in predicted if item[0] == document],
        [item for item in matched if item[0] == document],
        smallest,
    )


def table(names: Names) -> ClusterTable:
    return cluster_table(*names[:4], smallest=names[4])


@given(clusterings())
def test_lea_is_its_definition_to_the_last_bit(names: Names) -> None:
    found = table(names)
    assert (found.recall, found.precision) == (lea(names, 0), lea(names, 1))
    assert dict(found.gold_sizes) == sizes(names[1], names[4])
    assert dict(found.predicted_sizes) == sizes(names[2], names[4])
    assert list(found.shared.items()) == list(shared(names).items())
    assert found.alone() == [table(of_one(names, document)).f1 for document in names[0]]


@given(clusterings())
def test_cells_are_counted_and_in_the_order_of_ids_and_names(names: Names) -> None:
    found = table(names)
    cells = [(cell.document, cell.gold, cell.predicted, cell.n) for cell in found.cells]
    assert cells == [(*key, n) for key, n in sorted(Counter(names[3]).items())]
    margins: Mapping[str, list[tuple[str, str]]] = {"gold": names[1], "predicted": names[2]}
    for side, items in margins.items():
        margin = [(c.document, getattr(c, side), c.n) for c in getattr(found, side)]
        assert margin == [(*key, n) for key, n in sorted(Counter(items).items())]


@given(clusterings())
def test_a_table_read_from_a_file_has_the_scores_of_the_one_written(names: Names) -> None:
    """A table keeps cells; columns are made of them anew where it was not counted here."""
    made = table(names)
    read = ClusterTable(made.documents, made.cells, made.gold, made.predicted, made.smallest)
    assert "columns" not in vars(read)
    assert read == made
    assert (read.f1, read.left_out(), read.alone()) == (made.f1, made.left_out(), made.alone())
    assert read.items() == made.items()


@given(clusterings())
def test_without_a_document_is_what_the_rest_gives(names: Names) -> None:
    found = table(names)
    without = [found.without(document).f1 for document in names[0]]
    assert found.left_out() == pytest.approx(without, nan_ok=True)


@given(st.lists(st.tuples(*(st.integers(0, 4),) * 3)))
def test_a_tally_is_a_table_in_columns(counts: list[tuple[int, int, int]]) -> None:
    documents = [f"d{number}" for number in range(len(counts))]
    rows = [
        Row(document=document, tp=tp, gold=tp + gold, predicted=tp + predicted)
        for document, (tp, gold, predicted) in zip(documents, counts, strict=True)
    ]
    tally, border = Tally(documents), len(rows) // 3
    for start, end in ((0, border), (border, 2 * border), (2 * border, len(rows))):
        part = Tally(documents[start:end])
        counted = part if start == border else tally  # the second third is counted elsewhere
        for row in rows[start:end]:
            counted.add(int(row.tp), row.gold, row.predicted)
        if counted is part:
            tally.extend(part.encode())
    whole = CountTable(tuple(rows))
    assert tally.table() == whole
    for part in ("precision", "recall", "f1"):
        assert getattr(tally, part) == getattr(whole, part)
    assert list(tally.left_out()) == whole.left_out()
    assert list(tally.right()) == whole.right()
    assert list(tally.sizes()) == whole.sizes()


def test_what_is_not_counted_is_padded_with_nothing() -> None:
    ids = Ids()
    tally, elsewhere = Tally(ids), Tally(["c"])
    ids.extend("ab")
    tally.add(1, 2, 3)
    for _ in range(2):
        tally.pad()
    elsewhere.pad()
    tally.extend(elsewhere.encode())
    ids.extend("cd")
    tally.pad()
    assert [*zip(tally.tp, tally.gold, tally.predicted, strict=True)] == [
        (1, 2, 3),
        *[(0,) * 3] * 3,
    ]


def test_what_is_gathered_in_any_order_of_documents_is_one_table() -> None:
    parts = {"b": (["=x"], ["=y"], [("=x", "=y")]), "a": (["=x", "=x"], [], []), "c": ([], [], [])}
    tables = []
    for order in ("abc", "cba"):
        gathered, ids = Gathered(), Ids()
        for document in order:
            ids.append(document)
            gathered.add(*parts[document])
        tables.append(as_table(gathered.columns(ids)))
    one, other = tables
    assert (one.cells, one.gold, one.predicted) == (other.cells, other.gold, other.predicted)
    assert one.f1 == other.f1
    by_document: dict[str, float | None] = defaultdict(float)
    by_document.update(zip(other.documents, other.left_out(), strict=True))
    assert [by_document[id] for id in one.documents] == one.left_out()
