"""The measures against those who defined them: their code where it is kept, else their formulas.

seqeval (CoNLL-2003's exact match), nervaluate (SemEval-2013 task 9), scorch (MUC, B³ and CEAFe as
in the CoNLL scorer) and scikit-learn (the F1 of SemEval-2016 task 6) are other people's. For LEA,
for links and for one-to-one pairings no package is kept: there the definition is written out
literally, over sets, pairs and permutations. Random cases are seeded.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

import pytest
from builders import REGISTRY, article
from nervaluate import Evaluator
from scorch import scores as scorch
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2
from sklearn.metrics import f1_score

from onrecord.document import MENTION_TYPES, POLARITIES, Document, Mention, Quote, Span, Stance
from onrecord.scoring import entities
from onrecord.scoring.alignment import (
    LINKED,
    SAME,
    Side,
    assign,
    matches,
    overlap,
    same_speaker,
    side,
)
from onrecord.scoring.breakdown import breakdown
from onrecord.scoring.clusters import ClusterTable, cluster_table
from onrecord.scoring.further import (
    b_cubed,
    boundaries,
    ceaf_e,
    f_avg,
    links,
    muc,
    partial,
    type_only,
)
from onrecord.scoring.material import Material
from onrecord.scoring.tables import CountTable, harmonic_mean

WORDS = 14
PLACES = [Span(4 * number, 4 * number + 3) for number in range(WORDS)]
ARTICLE = article(" ".join(["cod"] * WORDS))
"""An article of words that no rule of trimming touches."""

Run = tuple[int, int, str]
"""The first and the last word of a mention, and its type."""


def runs(rng: random.Random, types: Sequence[str]) -> list[Run]:
    """A flat layer over the article's words."""
    found, word = [], 0
    while word < WORDS:
        length = rng.randint(1, 4)
        if rng.random() < 0.5:
            last = min(word + length, WORDS) - 1
            found.append((word, last, rng.choice(types)))
        word += length
    return found


def like(rng: random.Random, gold: Sequence[Run], types: Sequence[str]) -> list[Run]:
    """A flat layer with some of the gold's mentions, some changed in type or extent, and others."""
    own = [run for run in runs(rng, types) if rng.random() < 0.4]
    for first, last, label in gold:
        first = min(last, first + (rng.random() < 0.2))
        label = rng.choice(types) if rng.random() < 0.2 else label
        if rng.random() < 0.7 and all(last < start or end < first for start, end, _ in own):
            own.append((first, last, label))
    return sorted(own)


def annotated(found: Sequence[Run]) -> Document:
    return ARTICLE.with_layers(
        mentions=[Mention(PLACES[a].start, PLACES[b].end, label) for a, b, label in found]
    )


def layers(
    count: int, seed: int, types: Sequence[str] = MENTION_TYPES
) -> Iterator[tuple[list[Run], list[Run]]]:
    rng = random.Random(seed)
    for _ in range(count):
        gold = runs(rng, types)
        yield gold, like(rng, gold, types)


# -- entities: seqeval ----------------------------------------------------------------------------


def tags(found: Sequence[Run]) -> list[str]:
    tags = ["O"] * WORDS
    for first, last, label in found:
        tags[first : last + 1] = [f"B-{label}"] + [f"I-{label}"] * (last - first)
    return tags


@pytest.mark.parametrize(("documents", "times"), [(1, 200), (10, 60), (2000, 1)])
def test_entities_are_seqevals_strict_iob2(documents: int, times: int) -> None:
    """Micro over all documents of a run, and of each type, which is the breakdown by type."""
    compared = 0
    for seed in range(times):
        pairs = list(layers(documents, seed))
        true, predicted = ([tags(pair[side]) for pair in pairs] for side in (0, 1))
        if all(tag == "O" for tags in true + predicted for tag in tags):
            continue
        report = classification_report(
            true, predicted, mode="strict", scheme=IOB2, output_dict=True, zero_division=0
        )
        material = Material(
            pairs=[(annotated(gold), annotated(own)) for gold, own in pairs],
            gold_names={},
            names={},
            registry=REGISTRY,
        )
        ours = {"micro avg": entities.table(material.pairs)}
        ours |= {part.part: part for part in breakdown(material, "type")}
        assert report.keys() - {"macro avg", "weighted avg"} == ours.keys()
        for name, table in ours.items():
            theirs = report[name]
            assert table.gold == theirs["support"]
            for ratio, number in (
                (table.precision, theirs["precision"]),
                (table.recall, theirs["recall"]),
                (table.f1, theirs["f1-score"]),
            ):
                assert (ratio or 0.0) == pytest.approx(number, abs=1e-12)
                compared += 1
    assert compared >= 57  # 18 types and all of them together, three numbers each


# -- entities: SemEval-2013 task 9 ----------------------------------------------------------------

SCHEMES: dict[str, Callable[[Sequence[tuple[Document, Document]]], CountTable]] = {
    "strict": entities.table,
    "exact": boundaries,
    "partial": partial,
    "ent_type": type_only,
}
"""Our tables by the names that nervaluate gives the schemes."""


def nervaluate(gold: Sequence[Run], predicted: Sequence[Run]) -> dict[str, tuple[float, int, int]]:
    """Of each scheme COR + PAR/2, the gold's mentions and the predicted ones.

    Its spans are inclusive at both ends. The loader is named since the default one raises where
    the first document has no mention.
    """
    true, own = (
        [{"label": label, "start": first, "end": last} for first, last, label in found]
        for found in (gold, predicted)
    )
    results = Evaluator([true], [own], tags=list(MENTION_TYPES), loader="dict").evaluate()
    return {
        scheme: (result.correct + result.partial / 2, result.possible, result.actual)
        for scheme, result in results["overall"].items()
    }


def ours(gold: Sequence[Run], predicted: Sequence[Run]) -> dict[str, tuple[float, int, int]]:
    found = {}
    for scheme, table in SCHEMES.items():
        (row,) = table([(annotated(gold), annotated(predicted))]).rows
        found[scheme] = (row.tp, row.gold, row.predicted)
    return found


def ambiguous(gold: Sequence[Run], predicted: Sequence[Run]) -> bool:
    """Whether a mention of one side overlaps two of the other, so that it matters which is paired."""

    def most(one: Sequence[Run], other: Sequence[Run]) -> int:
        return max((sum(a <= d and c <= b for c, d, _ in other) for a, b, _ in one), default=0)

    return most(gold, predicted) > 1 or most(predicted, gold) > 1


def test_where_matches_are_unambiguous_the_schemes_are_nervaluates() -> None:
    clear = [pair for pair in layers(3000, 0, ["PERSON", "ORG", "GPE"]) if not ambiguous(*pair)]
    assert len(clear) > 1000
    for gold, predicted in clear:
        assert ours(gold, predicted) == nervaluate(gold, predicted)


def test_where_they_are_ambiguous_none_of_nervaluates_orders_beats_ours() -> None:
    rng = random.Random(1)
    better = 0
    for gold, predicted in layers(1000, 1, ["PERSON", "ORG"]):
        theirs = nervaluate(rng.sample(gold, len(gold)), rng.sample(predicted, len(predicted)))
        for scheme, (right, *_) in ours(gold, predicted).items():
            assert right >= theirs[scheme][0]
            better += right > theirs[scheme][0]
    assert better > 0


def test_nervaluate_depends_on_order_where_ours_is_the_greatest_sum() -> None:
    """Type: an ORG over which a PERSON and an ORG are predicted: found, whichever comes first.

    Partial: the first prediction overlaps both gold mentions, the second the last only; one pair
    each is a sum of 1, while the first prediction paired with the last mention leaves 1/2.
    """
    gold, predicted = [(0, 5, "ORG")], [(0, 2, "PERSON"), (3, 5, "ORG")]
    assert nervaluate(gold, predicted)["ent_type"][0] == 0
    assert nervaluate(gold, predicted[::-1])["ent_type"][0] == 1
    assert ours(gold, predicted)["ent_type"] == ours(gold, predicted[::-1])["ent_type"]
    assert ours(gold, predicted)["ent_type"][0] == 1
    gold, predicted = [(0, 3, "ORG"), (5, 9, "ORG")], [(2, 6, "ORG"), (7, 9, "ORG")]
    assert nervaluate(gold, predicted)["partial"][0] == 1
    assert nervaluate(gold[::-1], predicted)["partial"][0] == 0.5
    assert ours(gold, predicted)["partial"] == ours(gold[::-1], predicted)["partial"]
    assert ours(gold, predicted)["partial"][0] == 1


def test_partial_and_type_are_the_greatest_sum_of_all_one_to_one_matchings() -> None:
    def greatest(
        gold: Sequence[Run], predicted: Sequence[Run], credit: Callable[[Run, Run], float]
    ) -> float:
        if not gold:
            return 0.0
        one, rest = gold[0], gold[1:]
        sums = [greatest(rest, predicted, credit)]
        for place, other in enumerate(predicted):
            if one[0] <= other[1] and other[0] <= one[1]:
                left = [*predicted[:place], *predicted[place + 1 :]]
                sums.append(credit(one, other) + greatest(rest, left, credit))
        return max(sums)

    for gold, predicted in layers(1500, 2, ["PERSON", "ORG"]):
        found = ours(gold, predicted)
        assert found["partial"][0] == greatest(
            gold, predicted, lambda a, b: 1.0 if a[:2] == b[:2] else 0.5
        )
        assert found["ent_type"][0] == greatest(gold, predicted, lambda a, b: float(a[2] == b[2]))


# -- linking: scorch, and definitions over sets ---------------------------------------------------

Clusters = list[set[int]]


def clusterings(count: int, seed: int, items: int = 14) -> Iterator[tuple[Clusters, Clusters]]:
    """Two clusterings, either of which may lack items that the other has, or all items."""
    rng = random.Random(seed)
    for _ in range(count):
        sides = []
        for _ in range(2):
            clusters: dict[int, set[int]] = {}
            most, share = rng.randint(1, items), rng.choice([0.0, 0.5, 0.8, 1.0, 1.0])
            for item in range(items):
                if rng.random() < share:
                    clusters.setdefault(rng.randrange(most), set()).add(item)
            sides.append(list(clusters.values()))
        yield sides[0], sides[1]


def table_of(gold: Clusters, predicted: Clusters, *, smallest: int = 1) -> ClusterTable:
    """The table of two clusterings whose items are of three documents."""
    own = {item: str(number) for number, cluster in enumerate(gold) for item in cluster}
    other = {item: str(number) for number, cluster in enumerate(predicted) for item in cluster}
    return cluster_table(
        "012",
        [(str(item % 3), cluster) for item, cluster in own.items()],
        [(str(item % 3), cluster) for item, cluster in other.items()],
        [(str(item % 3), own[item], other[item]) for item in own.keys() & other.keys()],
        smallest=smallest,
    )


def test_b_cubed_and_ceafe_are_scorchs() -> None:
    """Items of one side only count in that side's clusters and are not added to the other.

    So Pradhan et al. (2014) define the measures for predicted mentions, and so scorch's functions
    do; its command first adds what only the response has to the key, as singletons. Where a side
    is empty scorch says 0, and what is not defined is None here. Where no item is common, its CEAFe
    divides by zero; all numbers are 0 then.
    """
    for gold, predicted in clusterings(1500, 0):
        table = table_of(gold, predicted)
        for measure, theirs in ((b_cubed, scorch.b_cubed), (ceaf_e, scorch.ceaf_e)):
            common = set().union(*gold) & set().union(*predicted)
            recall, precision, f1 = theirs(gold, predicted) if common else (0.0, 0.0, 0.0)
            found = measure(table)
            assert (found[0] is None, found[1] is None) == (not predicted, not gold)
            assert (found[0] or 0.0) == pytest.approx(precision, abs=1e-12)
            assert (found[1] or 0.0) == pytest.approx(recall, abs=1e-12)
            assert (harmonic_mean(*found) or 0.0) == pytest.approx(f1, abs=1e-12)


def test_muc_is_scorchs() -> None:
    """Items of one side only are parts of their own when a cluster is cut, in both.

    Where a side has singletons only, and so no link, scorch says 0 for both numbers, as the CoNLL
    scorer does; here the number of that side is None and the other 0, and F1 is the same unless
    neither side has a link.
    """
    for gold, predicted in clusterings(1500, 1):
        recall, precision, f1 = scorch.muc(gold, predicted)
        found = muc(table_of(gold, predicted))
        assert (found[0] is None) == all(len(cluster) == 1 for cluster in predicted)
        assert (found[1] is None) == all(len(cluster) == 1 for cluster in gold)
        assert (found[0] or 0.0) == pytest.approx(precision, abs=1e-12)
        assert (found[1] or 0.0) == pytest.approx(recall, abs=1e-12)
        assert (harmonic_mean(*found) or 0.0) == pytest.approx(f1, abs=1e-12)


def test_ceafe_is_the_best_of_all_alignments_of_clusters() -> None:
    for gold, predicted in clusterings(300, 2, items=5):
        if not gold or not predicted:
            continue
        few, many = sorted((gold, predicted), key=len)
        best = max(
            sum(Fraction(2 * len(a & b), len(a) + len(b)) for a, b in zip(few, order, strict=True))
            for order in itertools.permutations(many, len(few))
        )
        precision, recall = ceaf_e(table_of(gold, predicted))
        assert precision == pytest.approx(float(best / len(predicted)), abs=1e-12)
        assert recall == pytest.approx(float(best / len(gold)), abs=1e-12)


def lea(key: Clusters, response: Clusters) -> Fraction | None:
    """LEA recall as Moosavi & Strube (2016, section 4) write it, over sets of links.

    The sum over entities of importance |k| times resolution, the share of its links that entities
    of the response have, over the sum of importances; a singleton has one link, to itself, that
    only a singleton of the response has.
    """

    def links_of(cluster: set[int]) -> set[tuple[int, int]]:
        if len(cluster) == 1:
            return {(item, item) for item in cluster}
        return set(itertools.combinations(sorted(cluster), 2))

    if not key:
        return None
    resolved = [
        len(k) * sum(Fraction(len(links_of(k) & links_of(r)), len(links_of(k))) for r in response)
        for k in key
    ]
    return Fraction(sum(resolved), sum(len(k) for k in key))


@pytest.mark.parametrize("smallest", [1, 2])
def test_lea_is_its_definition_over_sets_of_links(smallest: int) -> None:
    for gold, predicted in clusterings(1000, 3):
        table = table_of(gold, predicted, smallest=smallest)
        key, response = (
            [cluster for cluster in side if len(cluster) >= smallest] for side in (gold, predicted)
        )
        recall, precision = lea(key, response), lea(response, key)
        assert table.recall == (None if recall is None else pytest.approx(float(recall)))
        assert table.precision == (None if precision is None else pytest.approx(float(precision)))


@pytest.mark.parametrize(
    ("key", "response", "recall", "precision"),
    [
        # Moosavi & Strube's own example. {abc} has 3 links, of which ab is found: 1/3; {defg} has
        # 6, of which fg: 1/6; recall (3 · 1/3 + 4 · 1/6) / 7 = (5/3)/7. {ab} has 1, found; cd of
        # {cd} is none; {fghi} has 6, fg right; precision (2 · 1 + 2 · 0 + 4 · 1/6) / 8 = (8/3)/8.
        ("abc defg", "ab cd fghi", Fraction(5, 21), Fraction(1, 3)),
        # One entity for all: ab found, the singleton c not: recall 2/3. ab is one of the three
        # links of {abc}: precision 3 · 1/3 / 3.
        ("ab c", "abc", Fraction(2, 3), Fraction(1, 3)),
        # Only singletons, one of them in common: half of either side.
        ("a b", "b c", Fraction(1, 2), Fraction(1, 2)),
        # Items of one side only: c is not found, x is not asked. Recall 3 · 1/3 / 3; precision
        # (2 · 1 + 1 · 0) / 3.
        ("abc", "ab x", Fraction(1, 3), Fraction(2, 3)),
        # All apart: no link of {abc} is found, and no singleton is one of the key.
        ("abc", "a b c", Fraction(0), Fraction(0)),
    ],
)
def test_lea_of_cases_worked_by_hand(
    key: str, response: str, recall: Fraction, precision: Fraction
) -> None:
    gold, predicted = (
        [{ord(c) for c in cluster} for cluster in s.split()] for s in (key, response)
    )
    table = table_of(gold, predicted)
    assert table.recall == pytest.approx(float(recall))
    assert table.precision == pytest.approx(float(precision))
    assert (lea(gold, predicted), lea(predicted, gold)) == (recall, precision)


def test_the_textbook_case_of_the_cluster_measures() -> None:
    """{abc}{defg} against {ab}{cd}{fghi}, figures as published: F1 MUC .400, B³ .455, CEAFe .520."""
    table = table_of([{0, 1, 2}, {3, 4, 5, 6}], [{0, 1}, {2, 3}, {5, 6, 7, 8}])
    assert harmonic_mean(*muc(table)) == pytest.approx(0.400, abs=5e-4)
    assert harmonic_mean(*b_cubed(table)) == pytest.approx(0.455, abs=5e-4)
    assert harmonic_mean(*ceaf_e(table)) == pytest.approx(0.520, abs=5e-4)
    assert table.f1 == pytest.approx(0.278, abs=5e-4)


def test_links_are_counted_as_a_loop_over_pairs_counts_them() -> None:
    for gold, predicted in clusterings(500, 4):
        for across in (False, True):

            def pairs(clusters: Clusters, across: bool = across) -> set[tuple[int, int]]:
                return {
                    (one, other)
                    for cluster in clusters
                    for one in cluster
                    for other in cluster
                    if one < other and not (across and one % 3 == other % 3)
                }

            (row,) = links(table_of(gold, predicted, smallest=2), across=across).rows
            assert row.tp == len(pairs(gold) & pairs(predicted))
            assert row.gold == len(pairs(gold))
            assert row.predicted == len(pairs(predicted))


# -- quotes: one-to-one pairings ------------------------------------------------------------------


def said(rng: random.Random, id: str) -> Quote:
    first = rng.randrange(WORDS - 3)
    content = (
        Span(PLACES[first].start, PLACES[first + rng.randint(1, 3)].end - rng.randint(0, 2)),
    )
    source = rng.choice([None, PLACES[0]])
    return Quote(id=id, content=content, source=source, speaker=rng.choice([None, "n", "?", "k"]))


def two_sides(count: int, seed: int) -> Iterator[tuple[Side, Side]]:
    rng = random.Random(seed)
    names = {"n": "norway", "k": "kari-vold", "?": None}
    for _ in range(count):
        quotes = [[said(rng, f"q{n}") for n in range(rng.randint(0, 5))] for _ in range(2)]
        yield side(quotes[0], ARTICLE, names), side(quotes[1], ARTICLE, names)


def matchings(rows: int, columns: Sequence[int]) -> Iterator[list[tuple[int, int]]]:
    """Every one-to-one pairing of some of the rows 0 … rows - 1 with some of the columns."""
    if not rows:
        yield []
        return
    yield from matchings(rows - 1, columns)
    for column in columns:
        rest = [other for other in columns if other != column]
        for pairs in matchings(rows - 1, rest):
            yield [*pairs, (rows - 1, column)]


def test_quotes_are_paired_as_the_best_of_all_one_to_one_pairings() -> None:
    """The headline takes the most pairs; the others the greatest Σo, then speakers, then sources."""
    for gold, predicted in two_sides(150, 5):

        def o(i: int, j: int, gold: Side = gold, predicted: Side = predicted) -> float:
            return overlap(gold.contents[i], predicted.contents[j])

        def speaker(i: int, j: int, gold: Side = gold, predicted: Side = predicted) -> bool:
            return same_speaker(gold.speakers[i], predicted.speakers[j])

        def worth(
            pairs: Sequence[tuple[int, int]], gold: Side = gold, predicted: Side = predicted
        ) -> tuple[float, int, int]:
            return (
                round(sum(o(i, j) for i, j in pairs), 9),
                sum(speaker(i, j) for i, j in pairs),
                sum(gold.quotes[i].source == predicted.quotes[j].source for i, j in pairs),
            )

        every = list(matchings(len(gold.quotes), range(len(predicted.quotes))))
        assert len(matches(gold, predicted)) == max(
            sum(o(i, j) >= SAME and speaker(i, j) for i, j in pairs) for pairs in every
        )
        allowed = [pairs for pairs in every if all(o(i, j) >= LINKED for i, j in pairs)]
        assert worth(assign(gold, predicted)) == max(map(worth, allowed))


# -- stances: SemEval-2016 task 6 -----------------------------------------------------------------


def test_f_avg_is_scikit_learns_macro_f1_of_favor_and_against() -> None:
    """On the gold's pairs; what is predicted of other pairs does not count, and none is a class."""
    rng = random.Random(6)
    actors = [entity.id for entity in REGISTRY if entity.actor]
    compared = 0
    for _ in range(150):
        pairs, true, predicted = [], [], []
        for number in range(rng.randint(1, 4)):
            sides: list[list[Stance]] = [[], []]
            for holder, target in itertools.product(actors, ("quota", "talks")):
                answers = [rng.choice([None, *POLARITIES]) for _ in range(2)]
                for stances, polarity in zip(sides, answers, strict=True):
                    if polarity is not None:
                        evidence = (PLACES[number],)
                        stances.append(
                            Stance(
                                holder=holder, target=target, polarity=polarity, evidence=evidence
                            )
                        )
                if answers[0] is not None:
                    true.append(answers[0])
                    predicted.append(answers[1] or "none")
            gold, own = (ARTICLE.with_layers(stances=stances) for stances in sides)
            pairs.append((gold, own))
        if {"favor", "against"} <= set(true):
            names = {ARTICLE.id: {actor: actor for actor in actors}}
            found = f_avg(Material(pairs=pairs, gold_names=names, names=names, registry=REGISTRY))
            theirs = f1_score(
                true, predicted, labels=["favor", "against"], average="macro", zero_division=0
            )
            assert found == pytest.approx(theirs, abs=1e-12)
            compared += 1
    assert compared > 100
