"""Zones proposed from the layout of an article, line by line, for a person to correct.

A line that holds more than white space is, by the first of these rules that fits:

1. ``headline``: the line is the title, wherever it stands, or it is the first of several lines, has at
   most 20 words and does not end as a sentence does; so is the same line again right after it.
2. ``promo``: it begins with one of the phrases in ``PROMOTION``.
3. ``byline``: it has at most 12 words, does not end as a sentence does, and begins with "By ", "/" or a
   dash or holds the outlet's name; among the first four lines, or the last.
4. ``subhead``: it stands between the headline and a byline; or it has at most 12 words, does not
   end in a full stop, colon, comma or closing quotation mark, and a line of body follows it.
5. ``body``: every other line.

A zone goes on to the next one's first character, so that the zones tile the text. What stands in
the middle of a line (a promotional sentence run together with the text) is not found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from onrecord.document import Span, Zone, ZoneLabel

PROMOTION = (
    "advertisement",
    "also on ",
    "also read",
    "click here",
    "dear reader",
    "download our app",
    "follow us",
    "like this story",
    "more on this",
    "read also",
    "read more",
    "read next",
    "recommended:",
    "related articles",
    "share this",
    "sign up",
    "subscribe",
    "support our journalism",
    "you may also like",
    "your recurring",
)
"""What the promotional lines of a web page begin with, in small letters."""

HEADLINE_WORDS, SHORT_LINE_WORDS = 20, 12

_BYLINE = re.compile(r"by \w|/\w|[-–—]+ ?\w", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…]['\"”’»)]*$")
_NO_SUBHEAD_END = re.compile(r"[.,:;!…'\"”’»]$")


def propose_zones(
    text: str, *, title: str | None = None, outlet: str | None = None
) -> tuple[Zone, ...]:
    """The zones that the layout suggests; they tile the text. None for a text without words.

    Args:
        text: the article.
        title: its title, if known.
        outlet: its outlet, if known, by which a byline is told.
    """
    lines = [Span(*match.span()) for match in re.finditer(r"[^\r\n]*[^\s][^\r\n]*", text)]
    labels = _labels([line.of(text).strip() for line in lines], title, outlet)
    runs = [
        (label, next(iter(group))[0])
        for label, group in groupby(zip(lines, labels, strict=True), key=lambda pair: pair[1])
    ]
    starts = [0, *(line.start for _, line in runs[1:]), len(text)]
    return tuple(
        Zone(starts[number], starts[number + 1], label) for number, (label, _) in enumerate(runs)
    )


def _labels(lines: Sequence[str], title: str | None, outlet: str | None) -> list[ZoneLabel]:
    labels: list[ZoneLabel] = []
    for number, line in enumerate(lines):
        if _is_headline(number, lines, labels, title):
            labels.append("headline")
        elif line.lower().startswith(PROMOTION):
            labels.append("promo")
        elif number in (*range(4), len(lines) - 1) and _is_byline(line, outlet):
            labels.append("byline")
        else:
            labels.append("body")
    _find_subheads(lines, labels)
    return labels


def _is_headline(
    number: int, lines: Sequence[str], before: Sequence[ZoneLabel], title: str | None
) -> bool:
    line = lines[number]
    if title is not None and line.split() == title.split():
        return True
    if number:
        return before[-1] == "headline" and line == lines[number - 1]
    return len(lines) > 1 and len(line.split()) <= HEADLINE_WORDS and not _SENTENCE_END.search(line)


def _is_byline(line: str, outlet: str | None) -> bool:
    if len(line.split()) > SHORT_LINE_WORDS or _SENTENCE_END.search(line):
        return False
    named = outlet is not None and outlet.lower() in line.lower()
    return named or _BYLINE.match(line) is not None


def _find_subheads(lines: Sequence[str], labels: list[ZoneLabel]) -> None:
    """Turn body into subheads: what a byline follows, and short lines with body after them."""
    if "headline" in labels and "byline" in labels:
        byline = labels.index("byline")
        if "body" in labels[byline:]:
            labels[:byline] = ["subhead" if one == "body" else one for one in labels[:byline]]
    for number, line in enumerate(lines[:-1]):
        short = len(line.split()) <= SHORT_LINE_WORDS and not _NO_SUBHEAD_END.search(line)
        if labels[number] == labels[number + 1] == "body" and short:
            labels[number] = "subhead"
