"""The same entity score by seqeval, an implementation that is not ours."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import pairwise

from onrecord.document import Document
from onrecord.scoring.entities import Item, items


def seqeval_f1(pairs: Sequence[tuple[Document, Document]]) -> float | None:
    """Strict IOB2 micro F1 by seqeval over (gold, prediction) pairs already filtered by zone.

    Each document is one sequence of tokens, cut at white space and at every boundary of a trimmed
    mention of either side, so that every mention is a whole number of tokens. None where there is
    no mention on either side, as in our own score.
    """
    from seqeval.metrics import f1_score
    from seqeval.scheme import IOB2

    true, predicted = [], []
    for gold, other in pairs:
        left, right = items(gold), items(other)
        tokens = _tokens(gold.text, left | right)
        true.append(_tags(tokens, left))
        predicted.append(_tags(tokens, right))
    if not any(tag != "O" for tags in true + predicted for tag in tags):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where one side has no entity and the score is 0
        return float(f1_score(true, predicted, mode="strict", scheme=IOB2, zero_division=0))


def _tokens(text: str, mentions: set[Item]) -> list[tuple[int, int]]:
    cuts = {0, len(text)} | {edge for start, end, _ in mentions for edge in (start, end)}
    for position, character in enumerate(text):
        if character.isspace():
            cuts |= {position, position + 1}
    edges = sorted(cuts)
    return [(start, end) for start, end in pairwise(edges) if not text[start:end].isspace()]


def _tags(tokens: list[tuple[int, int]], mentions: set[Item]) -> list[str]:
    tags = []
    spans = sorted(mentions)
    position = 0
    for start, end in tokens:
        while position < len(spans) and spans[position][1] <= start:
            position += 1
        inside = position < len(spans) and spans[position][0] <= start and end <= spans[position][1]
        if not inside:
            tags.append("O")
            continue
        first, _, label = spans[position]
        tags.append(f"{'B' if start == first else 'I'}-{label}")
    return tags
