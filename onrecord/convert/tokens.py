"""Finding another tokenizer's tokens in the text they were made from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from onrecord.document import Span

_DOUBLE = '"“”„‟«»'
_SINGLE = "'’‘‚‛`´"
_DASHES = "-\u2010\u2011\u2012–—−"
_ALIKE = {
    character: f"[{re.escape(family)}]"
    for family in (_DOUBLE, _SINGLE, _DASHES)
    for character in family
}
_ALIKE[" "] = r"\s+"

_REWRITTEN = {
    "``": f"[{_DOUBLE}]|[{_SINGLE}]{{2}}",
    "''": f"[{_DOUBLE}]|[{_SINGLE}]{{2}}",
    "--": f"[{re.escape(_DASHES)}]{{1,2}}",
    "...": "…",
    "…": r"\.\.\.",
    "-LRB-": r"\(",
    "-RRB-": r"\)",
    "-LSB-": r"\[",
    "-RSB-": r"\]",
    "-LCB-": r"\{",
    "-RCB-": r"\}",
}
"""What the Penn Treebank's tokenizer and those after it write in place of the text's characters."""

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
"""Letters of scripts that put no space between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""


class Found:
    """Where words stand: the start and end of each, side by side."""

    __slots__ = ("ends", "starts")

    def __init__(self, starts: list[int], ends: list[int]) -> None:
        self.starts = starts
        self.ends = ends

    def __len__(self) -> int:
        return len(self.starts)


def locate_tokens(words: Sequence[str], text: str, begin: int) -> tuple[list[Span], int]:
    """Where words stand in the text, one directly after the other but for white space.

    The words of one sentence are looked for together: they begin at the first place from ``begin``
    on from which all of them follow. Between words white space and characters without a width are
    skipped; quotation marks, dashes, dots and brackets that tokenizers rewrite, and composed and
    decomposed letters, are taken for each other. Where text is passed over, the words begin and end
    at borders of words: "Iran" is not in "Iranian".

    Returns:
        The span of each word and the end of the last. When the words are not all found: the spans
        of as many as can be from one place, and where in the text the next should be.
    """
    found = follow(words, text, begin)
    if len(found) < len(words) or inside_word(text, found.ends[-1] if words else 0):
        found = next(iter(places(words, text, begin)), None) or furthest(words, text, begin)
    spans = [Span(start, end) for start, end in zip(found.starts, found.ends, strict=True)]
    return spans, stop(found, text, begin, len(found) == len(words))


def places(words: Sequence[str], text: str, begin: int, end: int | None = None) -> Iterator[Found]:
    """The places from ``begin`` to ``end`` where all words follow each other, at borders of words."""
    limit = len(text) if end is None else end
    first = _pattern(words[0])
    found = first.search(text, begin, limit)
    while found is not None:
        start = found.start()
        if not inside_word(text, start):
            here = follow(words, text, start)
            if (
                len(here) == len(words)
                and here.ends[-1] <= limit
                and not inside_word(text, here.ends[-1])
            ):
                yield here
        found = first.search(text, start + 1, limit)


def follow(words: Sequence[str], text: str, position: int) -> Found:
    """As many of the words as follow each other from a place on, but for white space."""
    starts: list[int] = []
    ends: list[int] = []
    matches = text.startswith
    for word in words:
        if matches(word, position):
            start, end = position, position + len(word)
        elif matches(" ", position) and matches(word, position + 1):
            start = position + 1
            end = start + len(word)
        else:
            span = _match(word, text, position)
            if span is None:
                break
            start, end = span
        starts.append(start)
        ends.append(end)
        position = end
    return Found(starts, ends)


def furthest(words: Sequence[str], text: str, begin: int) -> Found:
    """As many of the words as follow each other from the place where most of them do."""
    best = follow(words, text, begin)
    if len(best) == len(words):  # all, but they end inside a word
        best = Found(best.starts[:-1], best.ends[:-1])
    first = _pattern(words[0])
    for found in first.finditer(text, begin):
        if inside_word(text, found.start()):
            continue
        here = follow(words, text, found.start())
        if len(best) < len(here) < len(words):
            best = here
    return best


def stop(found: Found, text: str, begin: int, whole: bool) -> int:
    """Where the last word ends; where not all were found, where the next should be."""
    position = found.ends[-1] if len(found) else begin
    while not whole and position < len(text) and is_blank(text[position]):
        position += 1
    return position


def is_blank(character: str) -> bool:
    """Whether a tokenizer may drop the character: white space, controls, zero width."""
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf")


def inside_word(text: str, place: int) -> bool:
    """Whether a word goes on over a place; scripts without spaces between words have no such place."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if unicodedata.combining(after):
        return before.isalnum() or unicodedata.combining(before) > 0
    joined = (before.isalnum() or unicodedata.combining(before) > 0) and after.isalnum()
    return joined and not (_UNSPACED.match(before) or _UNSPACED.match(after))


def _match(word: str, text: str, position: int) -> tuple[int, int] | None:
    """Where a word stands at a place, or behind what may be skipped there."""
    pattern = _pattern(word)
    found = pattern.match(text, position)
    while found is None and position < len(text) and is_blank(text[position]):
        position += 1
        found = pattern.match(text, position)
    return None if found is None else found.span()


@lru_cache(maxsize=10_000)
def _pattern(word: str) -> re.Pattern[str]:
    forms = [word, unicodedata.normalize("NFC", word), unicodedata.normalize("NFD", word)]
    choices = [re.escape(form) for form in dict.fromkeys(forms)]
    if word in _REWRITTEN:
        choices.append(_REWRITTEN[word])
    choices.append("".join(_ALIKE.get(character, re.escape(character)) for character in word))
    return re.compile("|".join(choices))
