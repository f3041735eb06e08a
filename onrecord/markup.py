"""Text with marks on it as HTML: overlapping marks never hide one another.

The text is cut wherever a mark begins or ends; each piece is one element that names the kinds of
all marks over it and, in its title, says what they are. All that comes from a text or a mark is
escaped. Knows nothing of documents, so that documents can use it.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Mark(NamedTuple):
    """A stretch of text, half open in code points, with its kind and what is said of it."""

    start: int
    end: int
    kind: str
    words: str


class Piece(NamedTuple):
    """A stretch of text over which the same marks lie."""

    start: int
    end: int
    marks: tuple[Mark, ...]


_LIGHT = {
    "mention": "background:#cfe3ff",
    "quote": "border-bottom:2px solid #2e7d32",
    "source": "border-top:2px solid #b26a00",
    "cue": "border-top:2px dotted #b26a00",
    "stance": "box-shadow:inset 0 -.45em #f6d5e5",
}
"""How each kind looks; all of them can be seen together."""


def pieces(length: int, marks: Sequence[Mark]) -> Iterator[Piece]:
    """The text of this length, cut at every border of a mark, with the marks over each piece."""
    borders = {0, length, *(mark.start for mark in marks), *(mark.end for mark in marks)}
    cuts = sorted(border for border in borders if 0 <= border <= length)
    opening: dict[int, list[int]] = {}
    for number, mark in enumerate(marks):
        opening.setdefault(max(mark.start, 0), []).append(number)
    over: list[int] = []
    for start, end in itertools.pairwise(cuts):
        over = [number for number in over if marks[number].end > start]
        over = sorted([*over, *(n for n in opening.get(start, []) if marks[n].end > start)])
        yield Piece(start, end, tuple(marks[number] for number in over))


def article_html(text: str, marks: Sequence[Mark]) -> str:
    """The text with its marks, and what the kinds look like; for a notebook."""
    parts = []
    for piece in pieces(len(text), marks):
        words = html.escape(text[piece.start : piece.end])
        kinds = dict.fromkeys(mark.kind for mark in piece.marks)
        if kinds:
            look = ";".join(_LIGHT.get(kind, "") for kind in kinds)
            title = html.escape("\n".join(mark.words for mark in piece.marks), quote=True)
            words = f'<span style="{look}" title="{title}">{words}</span>'
        parts.append(words)
    shown = dict.fromkeys(mark.kind for mark in marks)
    key = " ".join(
        f'<span style="{_LIGHT.get(kind, "")}">{html.escape(kind)}</span>' for kind in shown
    )
    return (
        f'<div style="color:#111;background:#fff;padding:.5em;line-height:1.9">'
        f'<p style="margin:0 0 .5em">{key}</p>'
        f'<div style="white-space:pre-wrap">{"".join(parts)}</div></div>'
    )


def table_html(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, every cell escaped; the first column to the left, the others to the right."""

    def cells(values: Sequence[str], tag: str) -> str:
        return "".join(
            f'<{tag} style="text-align:{"right" if number else "left"}">{html.escape(value)}</{tag}>'
            for number, value in enumerate(values)
        )

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<table><thead><tr>{cells(headers, 'th')}</tr></thead><tbody>{body}</tbody></table>"
