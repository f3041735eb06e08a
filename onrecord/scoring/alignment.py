"""How quotes of two documents are put side by side: overlap of contents and the best pairing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from onrecord.document import QUOTATION_MARKS, Document, Quote, Span
from onrecord.registry import Names

SAME = 0.8
"""The overlap from which a predicted content counts as the gold's."""
LINKED = 0.5
"""The overlap from which quotes are put side by side for what is asked of pairs of quotes."""


class Side(msgspec.Struct, frozen=True):
    """The quotes of one side of a comparison in one document, ready to be compared."""

    quotes: tuple[Quote, ...]
    contents: tuple[frozenset[int], ...]
    speakers: tuple[str | None, ...]
    """An actor of the registry, None for a null speaker, "?" and the name for an unresolved one."""
    order: tuple[str, ...]
    """What each quote is ordered by, nothing in it being an id that a system gives."""


def side(
    quotes: Sequence[Quote],
    document: Document,
    names: Names,
    reports: Mapping[str, Sequence[object]] | None = None,
) -> Side:
    """The quotes with the characters that count and the speakers they mean, in a fixed order.

    The order, by which ties between equal pairings are broken, is one of what the quotes say (see
    :func:`describe`) and of ``reports``, what each utterance holds. Ids come last: they decide only
    between utterances that hold the same, and then alike in every document, so that neither the
    order of a list nor the ids that a system happens to give can change a score.
    """

    def order(quote: Quote) -> str:
        return repr((describe(quote, names), (reports or {}).get(quote.utterance or "", ())))

    ordered = tuple(sorted(quotes, key=lambda q: (order(q), q.utterance or "", q.speaker or "")))
    return Side(
        ordered,
        tuple(content_characters(quote.content, document.text) for quote in ordered),
        tuple(_speaker(quote, names) for quote in ordered),
        tuple(order(quote) for quote in ordered),
    )


def describe(quote: Quote, names: Names) -> str:
    """The content, speaker, cue and source of a quote; unresolved speakers are not told apart."""
    speaker = None if quote.speaker is None else names.get(quote.speaker) or "?"
    return repr((sorted(quote.content), speaker, quote.cue, quote.source))


def _speaker(quote: Quote, names: Names) -> str | None:
    if quote.speaker is None:
        return None
    return names.get(quote.speaker) or f"?{quote.speaker}"


def content_characters(content: Sequence[Span], text: str) -> frozenset[int]:
    """The positions in the content that count: no white space, quotation marks or final stop."""
    positions = [
        position
        for span in sorted(content)
        for position in range(span.start, span.end)
        if not text[position].isspace() and text[position] not in QUOTATION_MARKS
    ]
    if positions and text[positions[-1]] == ".":
        positions.pop()
    return frozenset(positions)


def overlap(gold: frozenset[int], predicted: frozenset[int]) -> float:
    """2 |g∩p| / (|g| + |p|), from 0 to 1; 0 where both are empty."""
    total = len(gold) + len(predicted)
    return 2 * len(gold & predicted) / total if total else 0.0


def same_speaker(gold: str | None, predicted: str | None) -> bool:
    """Whether the speakers are the same: null equals only null, unresolved equals nothing."""
    return gold == predicted and not (gold is not None and gold.startswith("?"))


def count_matches(gold: Side, predicted: Side) -> int:
    """The size of a maximum matching over pairs that overlap enough and have the same speaker."""
    if not gold.quotes or not predicted.quotes:
        return 0
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import maximum_bipartite_matching

    pairs = [
        (i, j)
        for i, content in enumerate(gold.contents)
        for j, other in enumerate(predicted.contents)
        if same_speaker(gold.speakers[i], predicted.speakers[j]) and overlap(content, other) >= SAME
    ]
    if not pairs:
        return 0
    rows, columns = zip(*pairs, strict=True)
    shape = (len(gold.quotes), len(predicted.quotes))
    graph = csr_matrix(([1] * len(pairs), (rows, columns)), shape=shape)
    return int((maximum_bipartite_matching(graph, perm_type="column") >= 0).sum())


def assign(gold: Side, predicted: Side, *, least: float = LINKED) -> list[tuple[int, int]]:
    """The pairs (gold index, predicted index) whose summed overlap is greatest.

    Only pairs with an overlap of ``least`` or more are made. Among pairings of equal overlap (to
    1e-9) the one with more right speakers is taken, then the one with more equal sources, then
    by the order of the sides. Quotes that compete for no pair are paired apart, so that one more
    quote elsewhere changes nothing; exchanging the sides exchanges the indices.
    """
    weights = {}
    for i, content in enumerate(gold.contents):
        for j, other in enumerate(predicted.contents):
            value = overlap(content, other)
            if value >= least:
                speaker = same_speaker(gold.speakers[i], predicted.speakers[j])
                source = gold.quotes[i].source == predicted.quotes[j].source
                weights[i, j] = value + 1e-9 * speaker + 1e-12 * source
    turned = {(j, i): weight for (i, j), weight in weights.items()}
    pairs = []
    for rows, columns in _competing(weights):
        if [gold.order[i] for i in rows] <= [predicted.order[j] for j in columns]:
            pairs += _heaviest(weights, rows, columns)
        else:
            pairs += [(i, j) for j, i in _heaviest(turned, columns, rows)]
    return sorted(pairs)


Weights = Mapping[tuple[int, int], float]


def _competing(weights: Weights) -> list[tuple[list[int], list[int]]]:
    """The rows and columns of each connected part of a bipartite graph, both in order."""
    groups: list[tuple[set[int], set[int]]] = []
    for i, j in weights:
        joined = [group for group in groups if i in group[0] or j in group[1]]
        groups = [group for group in groups if group not in joined]
        groups.append(
            (
                {i}.union(*(rows for rows, _ in joined)),
                {j}.union(*(columns for _, columns in joined)),
            )
        )
    return [(sorted(rows), sorted(columns)) for rows, columns in groups]


def _heaviest(
    weights: Weights, rows: Sequence[int], columns: Sequence[int]
) -> list[tuple[int, int]]:
    """The one-to-one pairs of these rows and columns whose summed weight is greatest."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    matrix = np.array([[weights.get((i, j), 0.0) for j in columns] for i in rows])
    found = zip(*linear_sum_assignment(matrix, maximize=True), strict=True)
    pairs = [(rows[row], columns[column]) for row, column in found]
    return [pair for pair in pairs if pair in weights]
