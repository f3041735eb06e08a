"""Finding another tokenizer's tokens in the text they were made from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
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


def locate_tokens(words: Sequence[str], text: str, begin: int) -> tuple[list[Span], int]:
    """Where words stand in the text, one directly after the other but for white space.

    The words of one sentence are looked for together: they begin at the first place from ``begin``
    on from which all of them follow. Between words white space and characters without a width are
    skipped; quotation marks, dashes, dots and brackets that tokenizers rewrite, and composed and
    decomposed letters, are taken for each other.

    Returns:
        The span of each word and the end of the last. When the words are not all found: the spans
        of as many as can be from one place, and where in the text the next should be.
    """
    patterns = [_pattern(word) for word in words]
    best = _follow(patterns, text, begin)
    for start in range(begin + 1, len(text)):
        if len(best[0]) == len(words):
            break
        found = _follow(patterns, text, start)
        if len(found[0]) > len(best[0]):
            best = found
    return best


def is_blank(character: str) -> bool:
    """Whether a tokenizer may drop the character: white space, controls, zero width."""
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf")


def _follow(
    patterns: Sequence[re.Pattern[str]], text: str, position: int
) -> tuple[list[Span], int]:
    spans: list[Span] = []
    for pattern in patterns:
        found = pattern.match(text, position)
        start = position
        while found is None and start < len(text) and is_blank(text[start]):
            start += 1
            found = pattern.match(text, start)
        if found is None:
            return spans, start
        spans.append(Span(*found.span()))
        position = found.end()
    return spans, position


@lru_cache(maxsize=10_000)
def _pattern(word: str) -> re.Pattern[str]:
    forms = [word, unicodedata.normalize("NFC", word), unicodedata.normalize("NFD", word)]
    choices = [re.escape(form) for form in dict.fromkeys(forms)]
    if word in _REWRITTEN:
        choices.append(_REWRITTEN[word])
    choices.append("".join(_ALIKE.get(character, re.escape(character)) for character in word))
    return re.compile("|".join(choices))
