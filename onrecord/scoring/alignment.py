"""How quotes of two documents are put side by side: overlap of contents and the best pairing."""

from __future__ import annotations

import functools
import re
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


_UNCOUNTED = re.compile(rf"[\s{re.escape(''.join(sorted(QUOTATION_MARKS)))}]+")
"""White space and quotation marks."""


class Content(msgspec.Struct, frozen=True, dict=True):
    """The characters of a content that count: no white space, quotation marks or final stop.

    They are held as stretches of the text, so that a long text costs a short quote nothing.
    """

    stretches: tuple[tuple[int, int], ...]
    """In text order and apart, each beginning and ending with a character that counts."""
    text: str

    @functools.cached_property
    def size(self) -> int:
        """How many characters count."""
        return sum(_count(self.text, start, end) for start, end in self.stretches)

    def shared(self, other: Content) -> int:
        """How many characters count in both, which are contents of one text."""
        if self.stretches == other.stretches:
            return self.size
        return sum(
            _count(self.text, *common) for common in _common(self.stretches, other.stretches)
        )


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
    contents: tuple[Content, ...]
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
    if not quotes:
        return Side((), (), (), meant, reports)
    text = document.text
    return Side(
        tuple(quotes),
        tuple([content_of(quote.content, text) for quote in quotes]),
        tuple([_speaker(quote, meant) for quote in quotes]),
        meant,
        reports,
    )


def _ordered(
    quotes: Sequence[Quote], meant: Meanings, reports: Callable[[], Reports]
) -> Sequence[Quote]:
    starts = [start_of(quote) for quote in quotes]
    if len(set(starts)) == len(quotes):  # a description begins with the start of the content
        return [quotes[i] for i in sorted(range(len(quotes)), key=starts.__getitem__)]
    described = [describe(quote, meant) for quote in quotes]
    if len(set(described)) == len(quotes):
        return [quotes[i] for i in sorted(range(len(quotes)), key=described.__getitem__)]

    def with_ids(quote: Quote) -> tuple[Order, str, str]:
        return _order(quote, meant, reports), quote.utterance or "", quote.speaker or ""

    return sorted(quotes, key=with_ids)


def start_of(quote: Quote) -> int:
    """Where the content of a quote begins."""
    content = quote.content
    return content[0].start if len(content) == 1 else min(span.start for span in content)


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


def content_of(spans: Sequence[Span], text: str) -> Content:
    """The content of these spans, in any order."""
    if len(spans) == 1:
        start, end = spans[0].start, spans[0].end
        if start < end and text[start].isalnum() and text[end - 1].isalnum():
            return Content(((start, end),), text)  # as most are
    stretches: list[tuple[int, int]] = []
    for span in sorted(spans) if len(spans) > 1 else spans:
        start, end = span.start, span.end
        if stretches and start < stretches[-1][1]:
            start = stretches[-1][1]
        if trimmed := _trimmed(text, start, end):
            stretches.append(trimmed)
    if stretches:
        start, end = stretches[-1]
        if text[end - 1] == ".":
            stretches[-1:] = [trimmed] if (trimmed := _trimmed(text, start, end - 1)) else []
    return Content(tuple(stretches), text)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The ends of a stretch without what does not count at its edges; None where nothing counts."""
    while start < end and ((edge := text[start]) in QUOTATION_MARKS or edge.isspace()):
        start += 1
    while start < end and ((edge := text[end - 1]) in QUOTATION_MARKS or edge.isspace()):
        end -= 1
    return (start, end) if start < end else None


def _count(text: str, start: int, end: int) -> int:
    return len(_UNCOUNTED.sub("", text[start:end]))


def _common(
    one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The stretches that two lists of stretches, each in order and apart, have in common."""
    i = j = 0
    while i < len(one) and j < len(other):
        start, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if start < end:
            yield start, end
        if one[i][1] <= other[j][1]:
            i += 1
        else:
            j += 1


def overlap(gold: Content, predicted: Content) -> float:
    """2 |g∩p| / (|g| + |p|) (Dice 1945), from 0 to 1; 0 where both are empty."""
    if gold.stretches == predicted.stretches:
        return 1.0 if gold.stretches else 0.0
    shared = gold.shared(predicted)
    return 2 * shared / (gold.size + predicted.size) if shared else 0.0


def same_speaker(gold: str | None, predicted: str | None) -> bool:
    """Whether the speakers are the same: null equals only null, unresolved equals nothing.

    One that is open equals any.
    """
    if gold == OPEN:
        return True
    return gold == predicted and not (gold is not None and gold.startswith("?"))


def _meeting(gold: Side, predicted: Side) -> list[tuple[int, int]]:
    """The pairs of contents with stretches that meet, in order.

    A sweep over both sides' stretches in text order: each is looked at once, and beside it only
    those that are open where it begins.
    """
    stretches = [
        (start, end, side, index)
        for side, contents in enumerate((gold.contents, predicted.contents))
        for index, content in enumerate(contents)
        for start, end in content.stretches
    ]
    stretches.sort()
    found: set[tuple[int, int]] = set()
    open: tuple[list[tuple[int, int]], ...] = ([], [])
    for start, end, side, index in stretches:
        others = open[1 - side]
        if others:
            others[:] = [other for other in others if other[0] > start]
            for _, other in others:
                found.add((other, index) if side else (index, other))
        open[side].append((end, index))
    return sorted(found)


def _is_matching(pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether no index is in two pairs, so that there is nothing to choose."""
    if len(pairs) < 2:
        return True
    return len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)


Link = tuple[int, int, float]
"""A gold quote and a predicted one by their indices, and the overlap of their contents."""


def links(gold: Side, predicted: Side, least: float = LINKED) -> list[Link]:
    """The pairs of quotes whose contents overlap by ``least`` or more, in order; 0 never does."""
    found = []
    for i, j in _meeting(gold, predicted):
        value = overlap(gold.contents[i], predicted.contents[j])
        if value >= least:
            found.append((i, j, value))
    return found


def matches(
    gold: Side, predicted: Side, linked: Sequence[Link] | None = None
) -> list[tuple[int, int]]:
    """A maximum matching over pairs that overlap enough and have the same speaker.

    Its size is that of every maximum matching; which of several it is depends on what the quotes say
    alone, since the sides are ordered by that.

    Args:
        gold: the gold's quotes.
        predicted: the prediction's.
        linked: their :func:`links`, where they are at hand.

    Returns:
        (gold index, predicted index) of each pair, in order.
    """
    pairs = [
        (i, j)
        for i, j, value in (links(gold, predicted, SAME) if linked is None else linked)
        if value >= SAME and same_speaker(gold.speakers[i], predicted.speakers[j])
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


def assign(
    gold: Side,
    predicted: Side,
    *,
    least: float = LINKED,
    linked: Sequence[Link] | None = None,
) -> list[tuple[int, int]]:
    """The pairs (gold index, predicted index) whose summed overlap is greatest.

    Only pairs with an overlap of ``least`` or more are made. Among pairings of equal overlap (to
    1e-9) the one with more right speakers is taken, then the one with more equal sources, then
    by the order of the sides. Quotes that compete for no pair are paired apart, so that one more
    quote elsewhere changes nothing; exchanging the sides exchanges the indices.

    Args:
        gold: the gold's quotes.
        predicted: the prediction's.
        least: the overlap from which pairs are made, greater than 0.
        linked: the :func:`links` of that overlap, where they are at hand.
    """
    found = links(gold, predicted, least) if linked is None else linked
    pairs = [(i, j) for i, j, _ in found]
    if _is_matching(pairs):
        return pairs
    weights: dict[tuple[int, int], float] = {}
    for i, j, value in found:
        speaker = same_speaker(gold.speakers[i], predicted.speakers[j])
        source = gold.quotes[i].source == predicted.quotes[j].source
        weights[i, j] = value + 1e-9 * speaker + 1e-12 * source
    turned = {(j, i): weight for (i, j), weight in weights.items()}
    pairs = []
    for rows, columns in _competing(weights):
        if len(rows) == len(columns) == 1:
            pairs.append((rows[0], columns[0]))
            continue
        own = [gold.quotes[i] for i in rows]
        other = [predicted.quotes[j] for j in columns]
        first = _comes_first(gold, own, predicted, other)
        one = _heaviest(weights, rows, columns) if first is not False else []
        two = [(i, j) for j, i in _heaviest(turned, columns, rows)] if not first else []
        if first is None and sorted(one) != sorted(two):
            first = list(map(gold.order, own)) <= list(map(predicted.order, other))
        pairs += two if first is False else one
    return sorted(pairs)


def _comes_first(
    gold: Side, own: Sequence[Quote], predicted: Side, other: Sequence[Quote]
) -> bool | None:
    """Whether the gold's quotes are ordered before those predicted, by the first of either side.

    None where these say the same, so that it takes what their utterances hold to tell.
    """
    one, two = describe(own[0], gold.meant), describe(other[0], predicted.meant)
    return None if one == two else one < two


Weights = Mapping[tuple[int, int], float]


def _competing(weights: Weights) -> list[tuple[list[int], list[int]]]:
    """The rows and columns of each connected part of a bipartite graph, both in order."""
    by_row: dict[int, list[int]] = defaultdict(list)
    by_column: dict[int, list[int]] = defaultdict(list)
    for i, j in weights:
        by_row[i].append(j)
        by_column[j].append(i)
    parts = []
    seen: set[int] = set()
    for first in by_row:
        if first in seen:
            continue
        rows, columns, waiting = {first}, set[int](), [first]
        while waiting:
            for j in by_row[waiting.pop()]:
                if j not in columns:
                    columns.add(j)
                    new = [i for i in by_column[j] if i not in rows]
                    rows.update(new)
                    waiting += new
        seen |= rows
        parts.append((sorted(rows), sorted(columns)))
    return parts


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
