"""Quotes are put side by side in time and memory that grow with the text, not with its square."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from builders import article
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching
from strategies import annotated, corpora, documents, seeds

import onrecord
from onrecord.document import QUOTATION_MARKS, Document, Quote, Span
from onrecord.scoring import alignment
from onrecord.scoring.alignment import (
    LINKED,
    SAME,
    Side,
    assign,
    content_of,
    links,
    matches,
    overlap,
    same_speaker,
    side,
    sides,
)
from onrecord.scoring.material import prepare

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import synthetic

MEANT = {"durand": "durand"}


# -- the definition, written out: sets of positions, and every pair of quotes ------------------------


def positions(content: Sequence[Span], text: str) -> frozenset[int]:
    """The positions that count: no white space, quotation marks or final stop."""
    found = sorted(
        {
            position
            for span in content
            for position in range(span.start, span.end)
            if not text[position].isspace() and text[position] not in QUOTATION_MARKS
        }
    )
    if found and text[found[-1]] == ".":
        found.pop()
    return frozenset(found)


def dice(one: frozenset[int], other: frozenset[int]) -> float:
    total = len(one) + len(other)
    return 2 * len(one & other) / total if total else 0.0


def all_links(gold: Side, predicted: Side, text: str, least: float) -> list[tuple[int, int, float]]:
    own, other = (
        [positions(quote.content, text) for quote in one.quotes] for one in (gold, predicted)
    )
    every = [(i, j, dice(g, p)) for i, g in enumerate(own) for j, p in enumerate(other)]
    return [link for link in every if link[2] >= least]


def defined_matches(gold: Side, predicted: Side, text: str) -> list[tuple[int, int]]:
    pairs = [
        (i, j)
        for i, j, _ in all_links(gold, predicted, text, SAME)
        if same_speaker(gold.speakers[i], predicted.speakers[j])
    ]
    if not pairs:
        return []
    graph = csr_matrix(
        ([1] * len(pairs), tuple(zip(*pairs, strict=True))),
        shape=(len(gold.quotes), len(predicted.quotes)),
    )
    if all(len({pair[side] for pair in pairs}) == len(pairs) for side in (0, 1)):
        return pairs
    found = maximum_bipartite_matching(graph, perm_type="column")
    return [(i, int(j)) for i, j in enumerate(found) if j >= 0]


def defined_assignment(
    gold: Side, predicted: Side, text: str, least: float
) -> list[tuple[int, int]]:
    weights = {
        (i, j): value
        + 1e-9 * same_speaker(gold.speakers[i], predicted.speakers[j])
        + 1e-12 * (gold.quotes[i].source == predicted.quotes[j].source)
        for i, j, value in all_links(gold, predicted, text, least)
    }
    turned = {(j, i): weight for (i, j), weight in weights.items()}
    pairs = []
    for rows, columns in competing(weights):
        one = [gold.order(gold.quotes[i]) for i in rows]
        other = [predicted.order(predicted.quotes[j]) for j in columns]
        if one <= other:
            pairs += heaviest(weights, rows, columns)
        else:
            pairs += [(i, j) for j, i in heaviest(turned, columns, rows)]
    return sorted(pairs)


def competing(weights: Mapping[tuple[int, int], float]) -> list[tuple[list[int], list[int]]]:
    groups: list[tuple[set[int], set[int]]] = []
    for i, j in weights:
        joined = [group for group in groups if i in group[0] or j in group[1]]
        groups = [group for group in groups if group not in joined]
        rows = {i}.union(*(group[0] for group in joined))
        groups.append((rows, {j}.union(*(group[1] for group in joined))))
    return [(sorted(rows), sorted(columns)) for rows, columns in groups]


def heaviest(
    weights: Mapping[tuple[int, int], float], rows: Sequence[int], columns: Sequence[int]
) -> list[tuple[int, int]]:
    matrix = np.array([[weights.get((i, j), 0.0) for j in columns] for i in rows])
    found = zip(*linear_sum_assignment(matrix, maximize=True), strict=True)
    pairs = [(rows[row], columns[column]) for row, column in found]
    return [pair for pair in pairs if pair in weights]


# -- the same by stretches and a sweep --------------------------------------------------------------


@given(documents())
def test_what_counts_of_a_content_is_what_the_definition_says(one: Document) -> None:
    for found in one.quotes:
        content, counted = content_of(found.content, one.text), positions(found.content, one.text)
        assert content.size == len(counted)
        inside = {place for ends in content.stretches for place in range(*ends)}
        assert counted <= inside
        assert all(
            one.text[place].isspace() or one.text[place] in QUOTATION_MARKS
            for place in inside - counted
        )


TEXTS = st.text("ab. “”'\n\u00a0𝒳", min_size=1, max_size=14)


@given(st.data(), TEXTS)
def test_overlap_is_dice_of_the_positions_whatever_the_spans(
    data: st.DataObject, text: str
) -> None:
    """Also where the spans of one side overlap each other, as evidence of two stances may."""
    place = st.integers(0, len(text) - 1)
    span = st.tuples(place, place).map(lambda ends: Span(min(ends), max(ends) + 1))
    one, other = (data.draw(st.lists(span, max_size=4)) for _ in "ab")
    gold, predicted = content_of(one, text), content_of(other, text)
    assert overlap(gold, predicted) == dice(positions(one, text), positions(other, text))
    assert gold.shared(predicted) == len(positions(one, text) & positions(other, text))


@given(st.data(), st.sampled_from([LINKED, 1.0, 1e-9, 0.3]))
def test_the_sweep_finds_what_trying_all_pairs_finds(data: st.DataObject, least: float) -> None:
    document = data.draw(seeds())
    own, other = (side(data.draw(annotated(document)).quotes, document, MEANT) for _ in "ab")
    text = document.text
    assert links(own, other, least) == all_links(own, other, text, least)
    assert matches(own, other) == defined_matches(own, other, text)
    assert assign(own, other, least=least) == defined_assignment(own, other, text, least)


@given(corpora())
def test_with_links_at_hand_nothing_is_paired_otherwise(
    case: tuple[onrecord.Corpus, tuple[Document, ...]],
) -> None:
    material = prepare(*case)
    for document, own, other in sides(material.pairs, material.gold_names, material.names):
        found = links(own, other)
        assert matches(own, other, found) == defined_matches(own, other, document.text)
        expected = defined_assignment(own, other, document.text, LINKED)
        assert assign(own, other, linked=found) == expected


def test_a_synthetic_article_is_paired_as_the_definition_says(gold: onrecord.Corpus) -> None:
    made = synthetic.make(gold, 3, 60, seed=2)
    material = prepare(made.gold, made.predicted)
    for document, own, other in sides(material.pairs, material.gold_names, material.names):
        assert len(own.quotes) > 20
        assert matches(own, other) == defined_matches(own, other, document.text)
        assert assign(own, other) == defined_assignment(own, other, document.text, LINKED)


# -- how much is looked at --------------------------------------------------------------------------


def said(number: int) -> Document:
    """An article of so many sentences, each a quote."""
    sentence = "Vold said “we go home again today.” "
    document = article(sentence * number)
    return document.with_layers(
        quotes=[
            Quote(id=f"q{n}", content=(Span(start, start + 24),), utterance=f"u{n}")
            for n in range(number)
            for start in [n * len(sentence) + len("Vold said ")]
        ]
    )


@pytest.mark.parametrize("number", [50, 400])
def test_each_quote_is_compared_with_those_at_its_place_alone(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice the text is twice the pairs and twice the characters, not four times."""
    compared, counted, count = 0, 0, alignment._count

    def overlap_counted(one: alignment.Content, other: alignment.Content) -> float:
        nonlocal compared
        compared += 1
        return overlap(one, other)

    def characters_counted(text: str, start: int, end: int) -> int:
        nonlocal counted
        counted += end - start
        return count(text, start, end)

    monkeypatch.setattr(alignment, "overlap", overlap_counted)
    monkeypatch.setattr(alignment, "_count", characters_counted)
    gold = said(number)
    shorter = [
        onrecord.Quote(id=q.id, content=(Span(q.content[0].start, q.content[0].end - 9),))
        for q in gold.quotes
    ]
    own, other = side(gold.quotes, gold, {}), side(shorter, gold, {})
    assert len(assign(own, other)) == number
    assert compared == number
    assert counted <= 3 * 24 * number


def test_quotes_that_embrace_each_other_without_a_shared_word_are_not_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Contents in two parts, one at either end of the text: their extents all meet, no words do."""
    text = "word " * 400
    document = article(text)
    quotes = [
        Quote(id=f"q{n}", content=(Span(5 * n, 5 * n + 4), Span(1995 - 5 * n, 1999 - 5 * n)))
        for n in range(150)
    ]
    compared = []
    monkeypatch.setattr(
        alignment, "overlap", lambda one, other: compared.append(1) or overlap(one, other)
    )
    own, other = side(quotes, document, {}), side(quotes, document, {})
    assert len(assign(own, other)) == len(compared) == 150
