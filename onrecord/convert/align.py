"""Alignment: where the words that somebody gives stand in a text.

A language model, or a person, says words and no offsets. One word stands in a text many times, and
what is said is not always written as the text has it. So a list is aligned as a whole: of all ways
to place its items one after the other, that which places most of them, then that which changes
least of their words.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

import msgspec

from onrecord.document import Span

Step = Literal["exact", "typography", "letters", "gap", "edges", "edits"]
"""What had to be overlooked to find an item.

``exact``: nothing. ``typography``: other quotation marks, dashes, white space, characters without a
width. ``letters``: case, diacritics, composed or decomposed. ``gap``: an ellipsis (… or ...) for
words left out. ``edges``: a comma, or an article or punctuation at the edges. ``edits``: some letters.
"""
STEPS: tuple[Step, ...] = get_args(Step)

LONGEST_GAP = 1000
"""Characters that an ellipsis may stand for, at most."""
ALIKE = 0.85
"""From this ratio of difflib on, words that differ in some letters are taken for each other."""

NEAR = 0.5
"""From this ratio on, words are told as the nearest to some that are not there."""


class Placed(msgspec.Struct, frozen=True):
    """An item in the text: one span, or where it has a gap one for each of its parts."""

    spans: tuple[Span, ...]
    step: Step

    @property
    def span(self) -> Span:
        """From its first character to its last."""
        return Span(self.spans[0].start, self.spans[-1].end)


class Missing(msgspec.Struct, frozen=True):
    """An item that is not in the text, or for which no place is left.

    ``nearest``: the stretch most like it and its words; None where the item has none.
    """

    index: int
    words: str
    nearest: Span | None
    found: str | None


class Alignment(msgspec.Struct, frozen=True):
    """A list of words in a text: for each item its place, or None."""

    places: tuple[Placed | None, ...]
    missing: tuple[Missing, ...]

    @property
    def spans(self) -> tuple[Span | None, ...]:
        """For each item the stretch from its first character to its last, or None."""
        return tuple(None if place is None else place.span for place in self.places)

    def steps(self) -> dict[Step, int]:
        """How many items were found in each step."""
        counted = dict.fromkeys(STEPS, 0)
        for place in self.places:
            if place is not None:
                counted[place.step] += 1
        return counted


def align(
    text: str,
    words: Sequence[str],
    *,
    ordered: bool | None = None,
    nested: bool = False,
    near: Sequence[Span | None] | None = None,
    edits: bool = False,
) -> Alignment:
    """Where words stand in a text.

        align("Oslo insists. Vold left Oslo.", ["Oslo", "Vold", "Oslo"]).spans
        # (Span(start=0, end=4), Span(start=14, end=18), Span(start=24, end=28))

    Items in text order are aligned as a whole: most items placed, one after the other; of such ways
    that which overlooks least, then the one with the fewest items that overlap, then the first.
    What has no place in the order then takes a free one, the nearest to its neighbours in the list.
    An item is not found inside a longer word, or number, unless it stands there only so: in the
    text or, of items in order, between its neighbours (as in ``Oslotoday``, a missing space).

    Args:
        text: the text; spans are of it as it is.
        words: the items.
        ordered: whether they are in text order; None: if as many as nine of ten can be.
        nested: whether one item may lie inside another, as quotes do, or be the same stretch. Else
            one that overlaps another is placed last.
        near: for each item a place that it should be near to. Then neither order nor what other
            items have counts: several may have one place.
        edits: whether to look for words that differ in some letters, when all else fails.
    """
    finder = _Finder(text, edits)
    found = [finder.find(item) for item in words]
    places: list[Placed | None] = [None] * len(words)
    if near is not None:
        places = [_nearest(text, *pair) for pair in zip(found, near, strict=True)]
    else:
        if ordered is not False:
            places = _in_order(found, [finder.inside(item) for item in words], nested)
        findable = sum(map(bool, found))
        if ordered is None and 10 * sum(map(bool, places)) < 9 * findable:
            places = [None] * len(words)
        places = _fill(text, found, places, nested)
    missing = [
        Missing(index, item, *_most_alike(text, item))
        for index, (item, place) in enumerate(zip(words, places, strict=True))
        if place is None
    ]
    return Alignment(tuple(places), tuple(missing))


# ---------------------------------------------------------------- places of one item

_MARKS = dict.fromkeys("\"“”„‟«»'’‘‚‛‹›`´", "'")
_DASHES = dict.fromkeys("-\u2010\u2011\u2012–—−", "-")
_ALIKE = _MARKS | _DASHES
_ELLIPSIS = re.compile(r"\s*(?:\[\s*)?(?:…|\.{3,})(?:\s*\])?\s*")
_ARTICLE = re.compile(r"(?:an?|the)\s+(?=\S)", re.IGNORECASE)
_EDGES = " \t\r\n\u00a0,;:.!?\"“”„‟«»'’‘‚‛‹›`´()[]-–—"


class _Folded(NamedTuple):
    """A text with differences overlooked, and where each of its characters is from."""

    text: str
    starts: list[int]
    ends: list[int]


class _Finder:
    """All places of an item in one text, from the first step that finds any."""

    def __init__(self, text: str, edits: bool) -> None:
        self.text, self.edits = text, edits
        self._folded: dict[Callable[[str], str], _Folded] = {}
        self._known: dict[str, tuple[Placed, ...]] = {}

    def inside(self, item: str) -> list[Placed]:
        """The places of an item that are inside a longer word, exactly as it is."""
        spans = self._occurrences(item, _exact)
        return [Placed((span,), "exact") for span in spans if not _is_whole(self.text, span)]

    def find(self, item: str) -> tuple[Placed, ...]:
        """The places, in text order; those of the first three steps together."""
        if item not in self._known:
            self._known[item] = self._find(item.strip())
        return self._known[item]

    def _find(self, item: str) -> tuple[Placed, ...]:
        if not any(character.isalnum() for character in item):
            return ()
        steps = (self._whole, self._with_gap, self._bare)
        for step in steps:
            found = step(item)
            if found:
                return found
        if self.edits:
            nearest, ratio = _alike(self.text, item)
            if nearest is not None and ratio >= ALIKE:
                return (Placed((nearest,), "edits"),)
        return ()

    def _whole(self, item: str) -> tuple[Placed, ...]:
        """The item as it is, in other typography or letters; inside words if there is nothing else."""
        inside: dict[Span, Step] = {}
        found: dict[Span, Step] = {}
        for step, fold in _FOLDS:
            for span in self._occurrences(item, fold):
                (found if _is_whole(self.text, span) else inside).setdefault(span, step)
        if not found and inside:
            best = min(STEPS.index(step) for step in inside.values())
            found = {span: step for span, step in inside.items() if STEPS.index(step) == best}
        return tuple(Placed((span,), step) for span, step in sorted(found.items()))

    def _with_gap(self, item: str) -> tuple[Placed, ...]:
        parts = [part for part in _ELLIPSIS.split(item) if any(map(str.isalnum, part))]
        if len(parts) < 2:
            return self._whole(parts[0]) if parts and parts[0] != item else ()
        places = [self._whole(part) for part in parts]
        found = []
        for first in places[0]:
            spans = [first.span]
            for options in places[1:]:
                after = (o.span for o in options if o.span.start >= spans[-1].end)
                following = next(after, None)
                if following is None or following.start - spans[-1].end > LONGEST_GAP:
                    break
                spans.append(following)
            if len(spans) == len(parts):
                found.append(Placed(tuple(spans), "gap"))
        return tuple(found)

    def _bare(self, item: str) -> tuple[Placed, ...]:
        """The item without what its edges may have too much, or whatever commas there are."""
        bare = item.strip(_EDGES)
        options = [bare, _ARTICLE.sub("", bare, count=1)]
        for option in dict.fromkeys(options):
            spans = [place.span for place in self._whole(option)] if option != item else []
            spans = spans or [
                span
                for span in self._occurrences(option, _without_commas)
                if _is_whole(self.text, span)
            ]
            if spans:
                return tuple(Placed((span,), "edges") for span in spans)
        return ()

    def _occurrences(self, item: str, fold: Callable[[str], str]) -> Iterator[Span]:
        if fold not in self._folded:
            self._folded[fold] = _fold_text(self.text, fold)
        text, starts, ends = self._folded[fold]
        wanted = _fold_text(item, fold).text.strip()
        position = text.find(wanted) if wanted else -1
        while position >= 0:
            yield Span(starts[position], ends[position + len(wanted) - 1])
            position = text.find(wanted, position + 1)


def _exact(cluster: str) -> str:
    return cluster


def _typography(cluster: str) -> str:
    if cluster.isspace():
        return " "
    return "".join(_ALIKE.get(c, c) for c in cluster if unicodedata.category(c) != "Cf")


def _letters(cluster: str) -> str:
    plain = unicodedata.normalize("NFKD", _typography(cluster).replace("ı", "i")).casefold()
    return "".join(c for c in plain if not unicodedata.combining(c))


def _without_commas(cluster: str) -> str:
    return "" if cluster == "," else _letters(cluster)


_FOLDS: tuple[tuple[Step, Callable[[str], str]], ...] = (
    ("exact", _exact),
    ("typography", _typography),
    ("letters", _letters),
)


def _fold_text(text: str, fold: Callable[[str], str]) -> _Folded:
    """The text folded; runs of white space are one space but for the exact step."""
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    folded = lru_cache(maxsize=4096)(fold)
    for start, end in pairwise(_borders(text, fold is _exact)):
        new = folded(text[start:end])
        if new == " " and out and out[-1] == " " and fold is not _exact:
            ends[-1] = end
            continue
        out += new
        starts += [start] * len(new)
        ends += [end] * len(new)
    return _Folded("".join(out), starts, ends)


def _borders(text: str, every: bool) -> list[int]:
    """Where characters begin; those that combine with the one before them belong to it."""
    if every or text.isascii():
        return list(range(len(text) + 1))
    return [i for i, c in enumerate(text) if i == 0 or not unicodedata.combining(c)] + [len(text)]


def _is_whole(text: str, span: Span) -> bool:
    """Whether the span begins and ends at a border of a word or number."""
    return not (_joined(text, span.start) or _joined(text, span.end))


def _joined(text: str, place: int) -> bool:
    """Whether a word or a number goes on over a place."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if before.isalnum() and (after.isalnum() or unicodedata.combining(after)):
        return True
    two = text[max(place - 2, 0) : place + 2]
    if before in ".," and after.isdigit():
        return len(two) > 2 and two[0].isdigit()
    return after in ".," and before.isdigit() and text[place + 1 : place + 2].isdigit()


# ---------------------------------------------------------------- places of a list

_STOP = re.compile(r"(?:(?<=[a-z\d”\"’)])[.!?…]|[.!?…][”\"’])\s|\n")
"""Between two sentences; a single capital before a stop is taken for an initial."""

_Score = tuple[int, int, int, int]
"""Items placed; what they cost, which overlap, and where they stand, each counted below zero."""


class _Chain(NamedTuple):
    """Items placed one after the other: the last of them, and the chain before it."""

    score: _Score
    item: int
    place: Placed | None
    before: _Chain | None


class _Best:
    """The best chain up to each key, for growing keys: a Fenwick tree of maxima."""

    def __init__(self, keys: Sequence[tuple[int, int]]) -> None:
        self.keys = sorted({*keys})
        self.tree: list[_Chain | None] = [None] * (len(self.keys) + 1)

    def add(self, key: tuple[int, int], chain: _Chain) -> None:
        node = bisect_left(self.keys, key) + 1
        while node < len(self.tree):
            known = self.tree[node]
            if known is None or chain.score > known.score:
                self.tree[node] = chain
            node += node & -node

    def below(self, key: tuple[int, int]) -> _Chain | None:
        node, best = bisect_left(self.keys, key), None
        while node:
            known = self.tree[node]
            if known is not None and (best is None or known.score > best.score):
                best = known
            node -= node & -node
        return best


def _in_order(
    found: Sequence[Sequence[Placed]], inside: Sequence[Sequence[Placed]], nested: bool
) -> list[Placed | None]:
    """The best chain of places, as a list with None for items that have none in it.

    Args:
        found: the places of each item.
        inside: those inside a longer word, which cost more than any other.
        nested: whether it is no fault if items overlap.
    """
    all = [*zip(found, inside, strict=True)]
    spans = [place.span for options in all for kind in options for place in kind]
    by_end = _Best([(span.end, 0) for span in spans])
    by_start = _Best([(span.start, -span.end) for span in spans])
    root = _Chain((0, 0, 0, 0), -1, None, None)
    best = root
    for index, (whole, within) in enumerate(all):
        made = []
        priced = [(place, STEPS.index(place.step)) for place in whole]
        priced += [(place, len(STEPS)) for place in within if place not in whole]
        for place, cost in priced:
            span = place.span
            apart = by_end.below((span.start, 1))
            across = by_start.below((span.start, -span.end))
            chains = [_extend(root, index, place, cost)]
            if apart is not None:
                chains.append(_extend(apart, index, place, cost))
            if across is not None and across.place is not None:
                meets = across.place.span.end > span.start
                chains.append(_extend(across, index, place, cost, meets and not nested))
            made.append(max(chains, key=lambda chain: chain.score))
        for chain in made:
            assert chain.place is not None
            span = chain.place.span
            by_end.add((span.end, 0), chain)
            by_start.add((span.start, -span.end), chain)
            if chain.score > best.score:
                best = chain
    places: list[Placed | None] = [None] * len(found)
    while best.before is not None:
        places[best.item] = best.place
        best = best.before
    return places


def _extend(chain: _Chain, index: int, place: Placed, cost: int, overlap: bool = False) -> _Chain:
    placed, costs, overlaps, position = chain.score
    score = (placed + 1, costs - cost, overlaps - overlap, position - place.span.start)
    return _Chain(score, index, place, chain)


def _fill(
    text: str, found: Sequence[Sequence[Placed]], places: Sequence[Placed | None], nested: bool
) -> list[Placed | None]:
    """The places with those of the items that have none yet: longest first, nothing twice."""
    filled = list(places)
    open = [index for index, place in enumerate(places) if place is None and found[index]]
    shuffled = not any(places)
    taken = [place.span for place in places if place is not None]
    used = {*taken}
    for index in sorted(open, key=lambda i: (-len(found[i][0].span), i)):
        options = [place for place in found[index] if place.span not in used]
        if nested and not options:  # the report inside a report may be all of a piece of it
            options = [*found[index]]
        if not nested:
            apart = [p for p in options if not any(_meet(p.span, other) for other in taken)]
            options = apart or options
        if options:
            where = None if shuffled else _between(filled, index)
            filled[index] = place = _nearest(text, options, where)
            if place is not None:
                taken.append(place.span)
                used.add(place.span)
    return filled


def _between(places: Sequence[Placed | None], index: int) -> Span | None:
    """The place of the nearest item before, else after, that has one."""
    for other in (*reversed(places[:index]), *places[index + 1 :]):
        if other is not None:
            return other.span
    return None


def _nearest(text: str, options: Sequence[Placed], place: Span | None) -> Placed | None:
    """The option nearest to a place: outside it, in its sentence, by characters; else the first."""

    def distance(option: Placed) -> tuple[int, int, int, int]:
        span, step = option.span, STEPS.index(option.step)
        if place is None:
            return (step, 0, 0, span.start)
        begin, end = min(span.end, place.end), max(span.start, place.start)
        stops = len(_STOP.findall(text, begin, end))
        return (_meet(span, place), stops, max(end - begin, 0), span.start)

    return min(options, key=distance, default=None)


def _meet(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


# ---------------------------------------------------------------- what is most like an item

_WORD = re.compile(r"\w+")


def _most_alike(text: str, item: str) -> tuple[Span | None, str | None]:
    span, ratio = _alike(text, item)
    return (span, span.of(text)) if span is not None and ratio >= NEAR else (None, None)


def _alike(text: str, item: str) -> tuple[Span | None, float]:
    """The stretch of whole words that is most like the item, and by what ratio of difflib."""
    number = len(_WORD.findall(item))
    words = [Span(*found.span()) for found in _WORD.finditer(text)]
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(item.casefold())
    best, ratio = None, 0.0
    for first in range(len(words) if number else 0):
        for last in {first + number - 2, first + number - 1, first + number}:
            if first <= last < len(words):
                span = Span(words[first].start, words[last].end)
                matcher.set_seq1(span.of(text).casefold())
                if matcher.real_quick_ratio() > ratio and matcher.quick_ratio() > ratio:
                    exact = matcher.ratio()
                    if exact > ratio:
                        best, ratio = span, exact
    return best, ratio
