"""What is scored beside the headlines: other measures of the same five layers, each with its source.

Every figure but F_avg comes from a table that adds up over documents, like the headlines. A figure
is None where it is not defined: without anything in the gold a recall is not, without anything
predicted a precision is not, without either an F1 is not; where only one side has items F1 is 0.
Unless its docstring says otherwise this holds of every measure here, and one without a source is
this project's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import msgspec

from onrecord.corpus.resolution import Names
from onrecord.document import Document
from onrecord.scoring import alignment, entities, linking, stances, utterances
from onrecord.scoring.alignment import OPEN, Side, assign, overlap, same_speaker, side
from onrecord.scoring.clusters import ClusterTable
from onrecord.scoring.material import Material, Pairs
from onrecord.scoring.tables import CountTable, Row, harmonic_mean

CONLL_TYPES: Mapping[str, str] = {
    "PERSON": "PER",
    "ORG": "ORG",
    "GPE": "LOC",
    "LOC": "LOC",
    "FAC": "LOC",
    "NORP": "MISC",
    "PRODUCT": "MISC",
    "EVENT": "MISC",
    "WORK_OF_ART": "MISC",
    "LAW": "MISC",
    "LANGUAGE": "MISC",
}
"""The four types of CoNLL-2003 (Tjong Kim Sang & De Meulder 2003) that the names' types go into."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measure of a layer: numbers from 0 to 1, or None where they are not defined."""

    layer: str
    name: str
    f1: float | None
    precision: float | None = None
    recall: float | None = None


def further(material: Material) -> tuple[Figure, ...]:
    """Every figure, layer by layer."""
    return (
        figure("entities", "untrimmed", untrimmed(material.pairs)),
        figure("entities", "boundaries", boundaries(material.pairs)),
        figure("entities", "partial", partial(material.pairs)),
        figure("entities", "type", type_only(material.pairs)),
        figure("entities", "CoNLL types", conll_types(material.pairs)),
        *_cluster_figures("linking", linking.table(material.pairs)),
        figure("quotes", "content exact", content_exact(material)),
        figure("quotes", "content overlap", content_overlap(material)),
        figure("quotes", "source", part(material, "source")),
        figure("quotes", "cue", part(material, "cue")),
        figure("quotes", "speaker accuracy", speaker_accuracy(material)),
        *_link_figures(material),
        figure("stances", "holders rolled up", rolled_up(material)),
        Figure(layer="stances", name="F_avg", f1=f_avg(material)),
        figure("stances", "evidence characters", evidence_characters(material)),
        figure("stances", "evidence-gated", evidence_gated(material)),
    )


def figure(layer: str, name: str, table: CountTable | ClusterTable) -> Figure:
    """A table's precision, recall and F1 under this name."""
    return Figure(
        layer=layer, name=name, f1=table.f1, precision=table.precision, recall=table.recall
    )


def _table(
    pairs: Pairs, count: Callable[[Document, Document], tuple[float, int, int]]
) -> CountTable:
    """The table of counts (right, gold, predicted) of each document."""
    rows = []
    for gold, predicted in pairs:
        right, left, other = count(gold, predicted)
        rows.append(Row(document=gold.id, tp=right, gold=left, predicted=other))
    return CountTable(tuple(rows))


# -- entities -------------------------------------------------------------------------------------


def untrimmed(pairs: Pairs) -> CountTable:
    """Mentions that agree in type and in the span as it was given, edges included.

    CoNLL-2003's exact match (Tjong Kim Sang & De Meulder 2003) without trimming.
    """

    def count(gold: Document, predicted: Document) -> tuple[int, int, int]:
        left, right = (
            {(m.start, m.end, m.label) for m in document.mentions} for document in (gold, predicted)
        )
        return len(left & right), len(left), len(right)

    return _table(pairs, count)


def boundaries(pairs: Pairs) -> CountTable:
    """Mentions that agree in the trimmed span, whatever their type.

    SemEval-2013 task 9 (Segura-Bedmar et al. 2013), scheme *exact*.
    """

    def count(gold: Document, predicted: Document) -> tuple[int, int, int]:
        left, right = (
            {(start, end) for start, end, _ in entities.items(document)}
            for document in (gold, predicted)
        )
        return len(left & right), len(left), len(right)

    return _table(pairs, count)


def partial(pairs: Pairs) -> CountTable:
    """Mentions by overlap, whatever their type: 1 for the same trimmed span, 1/2 for a shared part.

    SemEval-2013 task 9 (Segura-Bedmar et al. 2013), scheme *partial*: COR + PAR/2 over the items
    of either side. Mentions are paired one to one so that the sum is greatest.
    """

    def credit(left: entities.Item, right: entities.Item) -> float:
        return 1.0 if left[:2] == right[:2] else 0.5

    return _table(pairs, lambda gold, predicted: _paired(gold, predicted, credit))


def type_only(pairs: Pairs) -> CountTable:
    """Mentions that share a character and have the same type, paired one to one.

    SemEval-2013 task 9 (Segura-Bedmar et al. 2013), scheme *type*.
    """

    def credit(left: entities.Item, right: entities.Item) -> float:
        return float(left[2] == right[2])

    return _table(pairs, lambda gold, predicted: _paired(gold, predicted, credit))


def _paired(
    gold: Document, predicted: Document, credit: Callable[[entities.Item, entities.Item], float]
) -> tuple[float, int, int]:
    """The greatest sum of credits over one-to-one pairs of mentions that share a character.

    The mentions of a side do not overlap, so that pairs never cross, and those that exclude a pair
    are the ones just before it in text order: a walk from left to right finds the greatest sum.
    """
    left, right = sorted(entities.items(gold)), sorted(entities.items(predicted))
    best = [0.0]  # the greatest sum with the first n pairs
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i][0] < right[j][1] and right[j][0] < left[i][1]:
            free = len(pairs)
            while free and (pairs[free - 1][0] == i or pairs[free - 1][1] == j):
                free -= 1
            pairs.append((i, j))
            best.append(max(best[-1], best[free] + credit(left[i], right[j])))
        if left[i][1] <= right[j][1]:
            i += 1
        else:
            j += 1
    return best[-1], len(left), len(right)


def conll_types(pairs: Pairs) -> CountTable:
    """Names, without values, that agree in the trimmed span and in CoNLL-2003's four types."""

    def count(gold: Document, predicted: Document) -> tuple[int, int, int]:
        left, right = (
            {
                (start, end, CONLL_TYPES[label])
                for start, end, label in entities.items(document)
                if label in CONLL_TYPES
            }
            for document in (gold, predicted)
        )
        return len(left & right), len(left), len(right)

    return _table(pairs, count)


# -- linking --------------------------------------------------------------------------------------


def _cluster_figures(layer: str, table: ClusterTable) -> Iterable[Figure]:
    for name, (precision, recall) in {
        "B3": b_cubed(table),
        "MUC": muc(table),
        "CEAFe": ceaf_e(table),
    }.items():
        f1 = harmonic_mean(precision, recall)
        yield Figure(layer=layer, name=name, f1=f1, precision=precision, recall=recall)
    yield figure(layer, "LEA without singletons", msgspec.structs.replace(table, smallest=2))
    precision, recall = lea_by_entity(table)
    f1 = harmonic_mean(precision, recall)
    yield Figure(layer=layer, name="LEA by entity", f1=f1, precision=precision, recall=recall)


PrecisionRecall = tuple[float | None, float | None]


def b_cubed(table: ClusterTable) -> PrecisionRecall:
    """B³ (Bagga & Baldwin 1998): the mean over items of the share of their cluster that is right.

    An item that the other side does not have scores 0, as in the CoNLL scorer (Pradhan et al.
    2014). None for a side without items.
    """

    def mean(sizes: Mapping[str, int], side: int) -> float | None:
        total = sum(sizes.values())
        if not total:
            return None
        return sum(n * n / sizes[pair[side]] for pair, n in table.shared.items()) / total

    return mean(table.predicted_sizes, 1), mean(table.gold_sizes, 0)


def lea_by_entity(table: ClusterTable) -> PrecisionRecall:
    """LEA in which every entity counts once, however often it is named.

    Moosavi & Strube (2016), section 4, weigh the resolution of each entity, the share of its links
    that the other side has, by its importance, and take its size; here every importance is 1. So
    recall is the mean resolution of the gold's entities, and precision that of the predicted ones.
    A singleton is resolved iff it is one on the other side too. None for a side without entities.
    """

    def mean(sizes: Mapping[str, int], others: Mapping[str, int], side: int) -> float | None:
        if not sizes:
            return None
        resolved = 0.0
        for pair, n in table.shared.items():
            size = sizes[pair[side]]
            if size > 1:
                resolved += n * (n - 1) / (size * (size - 1))
            elif others[pair[1 - side]] == 1:
                resolved += 1
        return resolved / len(sizes)

    own, other = table.gold_sizes, table.predicted_sizes
    return mean(other, own, 1), mean(own, other, 0)


def muc(table: ClusterTable) -> PrecisionRecall:
    """MUC (Vilain et al. 1995): the share of the links that hold the clusters of a side together.

    A cluster of k items has k - 1; one is lost for each part beyond the first into which the other
    side cuts it, items that the other side does not have being parts of their own. None where
    there are only singletons, which have no link.
    """

    def share(sizes: Mapping[str, int], side: int) -> float | None:
        links = sum(size - 1 for size in sizes.values())
        if not links:
            return None
        kept = sum(n - 1 for n in table.shared.values() if n)
        return kept / links

    return share(table.predicted_sizes, 1), share(table.gold_sizes, 0)


def ceaf_e(table: ClusterTable) -> PrecisionRecall:
    """CEAFe (Luo 2005): clusters paired one to one, each pair counting 2n / (|k| + |r|).

    Precision is the greatest sum by predicted cluster, recall by gold cluster; None without any.
    """
    gold, predicted = list(table.gold_sizes), list(table.predicted_sizes)
    if not gold or not predicted:
        return (0.0 if predicted else None), (0.0 if gold else None)
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    rows, columns = ({name: n for n, name in enumerate(side)} for side in (gold, predicted))
    similarity = np.zeros((len(gold), len(predicted)))
    for (one, other), n in table.shared.items():
        size = table.gold_sizes[one] + table.predicted_sizes[other]
        similarity[rows[one], columns[other]] = 2 * n / size
    total = float(similarity[linear_sum_assignment(similarity, maximize=True)].sum())
    return total / len(predicted), total / len(gold)


# -- quotes ---------------------------------------------------------------------------------------


def sides(material: Material) -> list[tuple[Document, Side, Side]]:
    """Each gold document with its quotes and those predicted, ready to be put side by side."""
    return [
        (
            gold,
            side(gold.quotes, gold, material.gold_names[gold.id]),
            side(predicted.quotes, gold, material.names[gold.id]),
        )
        for gold, predicted in material.pairs
    ]


def content_exact(material: Material) -> CountTable:
    """Quotes whose contents have the same characters that count, whoever speaks."""
    rows = []
    for gold, left, right in sides(material):
        pairs = assign(left, right, least=1.0)
        rows.append(_row(gold, len(pairs), left, right))
    return CountTable(tuple(rows))


def content_overlap(material: Material) -> CountTable:
    """Quotes by the overlap of their contents, from 0 to 1, summed over the best pairing."""
    rows = []
    for gold, left, right in sides(material):
        pairs = assign(left, right, least=1e-9)
        shared = sum(overlap(left.contents[i], right.contents[j]) for i, j in pairs)
        rows.append(_row(gold, shared, left, right))
    return CountTable(tuple(rows))


def _row(gold: Document, right: float, left: Side, other: Side) -> Row:
    return Row(document=gold.id, tp=right, gold=len(left.quotes), predicted=len(other.quotes))


def part(material: Material, name: str) -> CountTable:
    """Cues or sources that have the same span, of quotes paired by an overlap of 0.5 or more.

    Args:
        material: what to compare.
        name: ``cue`` or ``source``.
    """
    rows = []
    for gold, left, right in sides(material):
        own, other = ([getattr(quote, name) for quote in one.quotes] for one in (left, right))
        same = sum(own[i] is not None and own[i] == other[j] for i, j in assign(left, right))
        given = (sum(span is not None for span in spans) for spans in (own, other))
        counts = dict(zip(("gold", "predicted"), given, strict=True))
        rows.append(Row(document=gold.id, tp=same, **counts))
    return CountTable(tuple(rows))


def speaker_accuracy(material: Material) -> CountTable:
    """Of the quotes paired by an overlap of 0.5 or more, those with the right speaker.

    Precision, recall and F1 of this table are one number, the accuracy of quote attribution
    (O'Keefe et al. 2012). A speaker that votes leave open is not asked for. None where no quotes are paired, as where a side has none.
    """
    rows = []
    for gold, left, right in sides(material):
        pairs = [(i, j) for i, j in assign(left, right) if left.speakers[i] != OPEN]
        same = sum(same_speaker(left.speakers[i], right.speakers[j]) for i, j in pairs)
        rows.append(Row(document=gold.id, tp=same, gold=len(pairs), predicted=len(pairs)))
    return CountTable(tuple(rows))


# -- utterances -----------------------------------------------------------------------------------


def _link_figures(material: Material) -> Iterable[Figure]:
    quoted = alignment.sides(material.pairs, material.gold_names, material.names)
    table = utterances.table(quoted)
    yield figure("utterances", "links", links(table))
    yield figure("utterances", "links across documents", links(table, across=True))


def links(table: ClusterTable, *, across: bool = False) -> CountTable:
    """Pairs of quotes that share an utterance; ``across``: pairs in two documents only.

    Pairwise precision and recall of clusterings (Manning et al. 2008, section 16.3). Links join
    documents, so this table has one row, for all of them together.
    """

    def count(cells: Mapping[tuple[str, ...], Mapping[str, int]]) -> int:
        total = 0
        for parts in cells.values():
            total += _pairs_of(sum(parts.values()))
            if across:
                total -= sum(_pairs_of(n) for n in parts.values())
        return total

    def grouped(side: str) -> dict[tuple[str, ...], dict[str, int]]:
        cells = {"both": table.cells, "gold": table.gold, "predicted": table.predicted}[side]
        groups: dict[tuple[str, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for cell in cells:
            groups[cell.gold or "", cell.predicted or ""][cell.document] += cell.n
        return groups

    return CountTable(
        (
            Row(
                document="all",
                tp=count(grouped("both")),
                gold=count(grouped("gold")),
                predicted=count(grouped("predicted")),
            ),
        )
    )


def _pairs_of(n: int) -> int:
    return n * (n - 1) // 2


# -- stances --------------------------------------------------------------------------------------


def rolled_up(material: Material) -> CountTable:
    """Stances whose holder speaks for the same principal, a minister counting as the country."""
    principal = material.registry.principal

    def rolled(items: Iterable[stances.Item]) -> set[stances.Item]:
        return {
            (holder if holder.startswith("?") else principal(holder), target, polarity)
            for holder, target, polarity in items
        }

    def count(gold: Document, predicted: Document) -> tuple[int, int, int]:
        left, right = (
            stances.items(document, names)
            for document, names in ((gold, material.gold_names), (predicted, material.names))
        )
        same = rolled(stances.sound(left)) & rolled(stances.sound(right))
        return len(same), len(rolled(left)), len(rolled(right))

    return _table(material.pairs, count)


def f_avg(material: Material) -> float | None:
    """The mean of the F1 of favor and of against, on the gold's (document, holder, target) pairs.

    SemEval-2016 task 6 (Mohammad et al. 2016). A pair without a predicted stance, or with two of
    them that differ, is predicted as neither. None where the gold has no favor or no against; 0
    where it has both and nothing is predicted.
    """
    true: dict[str, int] = defaultdict(int)
    guessed: dict[str, int] = defaultdict(int)
    right: dict[str, int] = defaultdict(int)
    for gold, predicted in material.pairs:
        answers: dict[tuple[str, str], set[str]] = defaultdict(set)
        for holder, target, polarity in stances.items(predicted, material.names):
            answers[holder, target].add(polarity)
        for holder, target, polarity in stances.items(gold, material.gold_names):
            true[polarity] += 1
            given = set() if holder.startswith("?") else answers.get((holder, target), set())
            if len(given) == 1:
                (answer,) = given
                guessed[answer] += 1
                right[answer] += answer == polarity
    if not true["favor"] or not true["against"]:
        return None
    return (
        sum(
            2 * right[polarity] / (true[polarity] + guessed[polarity])
            for polarity in ("favor", "against")
        )
        / 2
    )


def evidence_characters(material: Material) -> CountTable:
    """Characters of evidence that a right stance shares with the gold's.

    White space is left out; stances made one by name resolution have the evidence of both.
    """

    def count(gold: Document, predicted: Document) -> tuple[int, int, int]:
        left, right = _evidence(gold, material.gold_names), _evidence(predicted, material.names)
        shared = sum(
            len(left[item] & right[item]) for item in stances.sound(left) & stances.sound(right)
        )
        return (
            shared,
            sum(len(characters) for characters in left.values()),
            sum(len(characters) for characters in right.values()),
        )

    return _table(material.pairs, count)


SHARED = 0.5
"""The share of either side's evidence that must be the other's too, for a stance to be shown."""


def evidence_gated(material: Material) -> CountTable:
    """Stances that are right and rest on the same words: a guess without reading finds none.

    Half of the characters of the predicted evidence, or more, must be in the gold's, and half of
    the gold's in it. White space is left out.
    """

    def shown(one: frozenset[int], other: frozenset[int]) -> bool:
        return len(one & other) >= SHARED * max(len(one), len(other))

    def count(gold: Document, predicted: Document) -> tuple[int, int, int]:
        left, right = _evidence(gold, material.gold_names), _evidence(predicted, material.names)
        same = stances.sound(left) & stances.sound(right)
        return sum(shown(left[item], right[item]) for item in same), len(left), len(right)

    return _table(material.pairs, count)


def _evidence(document: Document, names: Names) -> dict[stances.Item, frozenset[int]]:
    """The characters of evidence of each stance, white space left out."""
    found: dict[stances.Item, frozenset[int]] = defaultdict(frozenset)
    meant = names[document.id]
    for stance in document.stances:
        found[stances.item(stance, meant)] |= frozenset(
            position
            for span in stance.evidence
            for position in range(span.start, span.end)
            if not document.text[position].isspace()
        )
    return dict(found)
