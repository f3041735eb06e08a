"""How quotes of two documents are put side by side: overlap of contents and the best pairing."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from onrecord.corpus.resolution import Meanings, Names
from onrecord.document import QUOTATION_MARKS, Document, Quote, Span

SAME = 0.8
"""The overlap from which a predicted content counts as the gold's."""
LINKED = 0.5
"""The overlap from which quotes are put side by side for what is asked of pairs of quotes."""


OPEN = "\0open"
"""In place of a gold quote's speaker that readers' votes leave open; no file can give this name."""


Characters = int
"""Positions in a text as a set: the bits of an integer, position 0 the lowest."""


class _Flags(dict[int, str]):
    """1 for the code of a character that counts, 0 for white space and quotation marks."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = "0" if character.isspace() or character in QUOTATION_MARKS else "1"
        return self[code]


_FLAGS = _Flags()


Description = tuple[tuple[Span, ...], str, Span, Span]
"""What a quote says, to be compared: content, speaker, cue and source."""
_NONE = Span(-1, -1)
"""In place of a cue or a source that a quote does not have."""
Order = tuple[Description, list[tuple[str, Description]]]
"""A description and what the quote's utterance holds."""


Reports = Mapping[str, list[tuple[str, Description]]]
"""What each utterance holds: the documents and descriptions of its quotes."""


class Side(msgspec.Struct, frozen=True, gc=False):
    """The quotes of one side of a comparison in one document, ready to be compared."""

    quotes: tuple[Quote, ...]
    contents: tuple[Characters, ...]
    speakers: tuple[str | None, ...]
    """An actor of the registry, None for a null speaker, "?" and the name for an unresolved one."""
    meant: Meanings
    reports: Callable[[], Reports]

    def order(self, quote: Quote) -> Order:
        """What a quote is ordered by, nothing in it being an id that a system gives."""
        return _order(quote, self.meant, self.reports)


Sides = Sequence[tuple[Document, Side, Side]]
"""Each gold document with its quotes and those predicted."""


def sides(
    pairs: Sequence[tuple[Document, Document]], gold_names: Names, names: Names
) -> list[tuple[Document, Side, Side]]:
    """The quotes of all documents, given as (gold, prediction), ready to be put side by side."""
    own = functools.cache(lambda: _reports([left for left, _ in pairs], gold_names))
    other = functools.cache(lambda: _reports([right for _, right in pairs], names))
    return [
        (
            left,
            side(left.quotes, left, gold_names[left.id], own),
            side(right.quotes, left, names[left.id], other),
        )
        for left, right in pairs
    ]


def side(
    quotes: Sequence[Quote],
    document: Document,
    meant: Meanings,
    reports: Callable[[], Reports] = dict,
) -> Side:
    """The quotes with the characters that count and the speakers they mean, in a fixed order.

    The order, by which ties between equal pairings are broken, is one of what the quotes say (see
    :func:`describe`) and of what each utterance holds (``reports``, asked only where there is a
    choice). Ids come last: they decide only between utterances that hold the same, and then alike
    in every document, so that neither the order of a list nor the ids that a system happens to give
    can change a score.
    """
    if len(quotes) > 1:
        quotes = _ordered(quotes, meant, reports)
    text = document.text
    return Side(
        tuple(quotes),
        tuple([content_characters(quote.content, text) for quote in quotes]),
        tuple([_speaker(quote, meant) for quote in quotes]),
        meant,
        reports,
    )


def _ordered(
    quotes: Sequence[Quote], meant: Meanings, reports: Callable[[], Reports]
) -> Sequence[Quote]:
    described = [describe(quote, meant) for quote in quotes]
    if len(set(described)) == len(quotes):
        return [quotes[i] for i in sorted(range(len(quotes)), key=described.__getitem__)]

    def with_ids(quote: Quote) -> tuple[Order, str, str]:
        return _order(quote, meant, reports), quote.utterance or "", quote.speaker or ""

    return sorted(quotes, key=with_ids)


def _order(quote: Quote, meant: Meanings, reports: Callable[[], Reports]) -> Order:
    return describe(quote, meant), reports().get(quote.utterance or "", [])


def describe(quote: Quote, meant: Meanings) -> Description:
    """The content, speaker, cue and source of a quote; unresolved speakers are not told apart."""
    speaker = "" if quote.speaker is None else meant.get(quote.speaker) or "?"
    return tuple(sorted(quote.content)), speaker, quote.cue or _NONE, quote.source or _NONE


def _reports(documents: Sequence[Document], names: Names) -> Reports:
    """What each utterance holds, whatever its id is."""
    reports: dict[str, list[tuple[str, Description]]] = defaultdict(list)
    for document in documents:
        for quote in document.quotes:
            if quote.utterance is not None:
                reports[quote.utterance].append((document.id, describe(quote, names[document.id])))
    return {utterance: sorted(members) for utterance, members in reports.items()}


def _speaker(quote: Quote, meant: Meanings) -> str | None:
    if quote.speaker is None:
        return None
    return meant.get(quote.speaker) or f"?{quote.speaker}"


def content_characters(content: Sequence[Span], text: str) -> Characters:
    """The positions in the content that count: no white space, quotation marks or final stop."""
    characters = 0
    for span in content:
        characters |= (1 << span.end) - (1 << span.start)
    characters &= _counted(text)
    last = characters.bit_length() - 1
    if characters and text[last] == ".":
        characters ^= 1 << last
    return characters


@functools.lru_cache(maxsize=1)
def _counted(text: str) -> Characters:
    """All positions but those of white space and quotation marks."""
    return int("0" + text.translate(_FLAGS)[::-1], 2)


def overlap(gold: Characters, predicted: Characters) -> float:
    """2 |g∩p| / (|g| + |p|) (Dice 1945), from 0 to 1; 0 where both are empty."""
    total = gold.bit_count() + predicted.bit_count()
    return 2 * (gold & predicted).bit_count() / total if total else 0.0


def same_speaker(gold: str | None, predicted: str | None) -> bool:
    """Whether the speakers are the same: null equals only null, unresolved equals nothing.

    One that is open equals any.
    """
    if gold == OPEN:
        return True
    return gold == predicted and not (gold is not None and gold.startswith("?"))


def _meeting(gold: Side, predicted: Side) -> Iterator[tuple[int, int]]:
    """The pairs whose contents can share a character, by where these begin and end."""
    if not gold.quotes or not predicted.quotes:
        return
    ends = [_extent(quote) for quote in predicted.quotes]
    for i, quote in enumerate(gold.quotes):
        start, end = _extent(quote)
        for j, (other_start, other_end) in enumerate(ends):
            if start < other_end and other_start < end:
                yield i, j


def _extent(quote: Quote) -> tuple[int, int]:
    content = quote.content
    if len(content) == 1:
        return content[0].start, content[0].end
    return min(content).start, max(span.end for span in content)


def _is_matching(pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether no index is in two pairs, so that there is nothing to choose."""
    if len(pairs) < 2:
        return True
    return len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)


def matches(gold: Side, predicted: Side) -> list[tuple[int, int]]:
    """A maximum matching over pairs that overlap enough and have the same speaker.

    Its size is that of every maximum matching; which of several it is depends on what the quotes say
    alone, since the sides are ordered by that.

    Returns:
        (gold index, predicted index) of each pair, in order.
    """
    pairs = [
        (i, j)
        for i, j in _meeting(gold, predicted)
        if same_speaker(gold.speakers[i], predicted.speakers[j])
        and overlap(gold.contents[i], predicted.contents[j]) >= SAME
    ]
    if _is_matching(pairs):
        return pairs
    rows, columns = zip(*pairs, strict=True)
    shape = (len(gold.quotes), len(predicted.quotes))
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import maximum_bipartite_matching

    graph = csr_matrix(([1] * len(pairs), (rows, columns)), shape=shape)
    found = maximum_bipartite_matching(graph, perm_type="column")
    return [(i, int(j)) for i, j in enumerate(found) if j >= 0]


def assign(gold: Side, predicted: Side, *, least: float = LINKED) -> list[tuple[int, int]]:
    """The pairs (gold index, predicted index) whose summed overlap is greatest.

    Only pairs with an overlap of ``least`` or more are made. Among pairings of equal overlap (to
    1e-9) the one with more right speakers is taken, then the one with more equal sources, then
    by the order of the sides. Quotes that compete for no pair are paired apart, so that one more
    quote elsewhere changes nothing; exchanging the sides exchanges the indices.
    """
    weights: dict[tuple[int, int], float] = {}
    for i, j in _meeting(gold, predicted):
        value = overlap(gold.contents[i], predicted.contents[j])
        if value >= least:
            speaker = same_speaker(gold.speakers[i], predicted.speakers[j])
            source = gold.quotes[i].source == predicted.quotes[j].source
            weights[i, j] = value + 1e-9 * speaker + 1e-12 * source
    if _is_matching(list(weights)):
        return sorted(weights)
    turned = {(j, i): weight for (i, j), weight in weights.items()}
    pairs = []
    for rows, columns in _competing(weights):
        one = [gold.order(gold.quotes[i]) for i in rows]
        other = [predicted.order(predicted.quotes[j]) for j in columns]
        if one <= other:
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
