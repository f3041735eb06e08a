"""Words in their surroundings, for people: the text around spans, with the spans marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from onrecord.document import Span

AROUND = 40
"""About how many characters are shown before and after the spans."""
LONGEST = 80
"""A longer stretch between two marks is shown by its two ends, of about half as many characters."""


def context(text: str, spans: Sequence[Span], others: Sequence[Span] = ()) -> str:
    """The text around spans in one line: ``spans`` marked ⟦⟧, ``others`` of the same text ⟨⟩."""
    marks = sorted([*_marks(spans, "⟦⟧", 0), *_marks(others, "⟨⟩", 1)])
    first, last = marks[0][0], marks[-1][0]
    before, after = one_line(text[:first]), one_line(text[last:])
    parts = [before if len(before) <= AROUND else f"… {_tail(before, AROUND)}"]
    for (position, *_, mark), (following, *_) in pairwise(marks):
        within = one_line(text[position:following])
        if len(within) > LONGEST:
            within = f"{_head(within, LONGEST // 2)} … {_tail(within, LONGEST // 2)}"
        parts += [mark, within]
    parts += [marks[-1][-1], after if len(after) <= AROUND else f"{_head(after, AROUND)} …"]
    return "".join(parts).strip()


def one_line(text: str) -> str:
    """The text with line breaks, control characters and runs of white space as one space each."""
    printable = " ".join(map(_printable, text.split("\n")))
    words = " ".join(printable.split())
    if not words:
        return " " if printable else ""
    return f"{' ' * (printable[0] == ' ')}{words}{' ' * (printable[-1] == ' ')}"


def _printable(text: str) -> str:
    """The text with a space in place of what cannot be printed, which most lines do not have."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text)


def _marks(
    spans: Sequence[Span], marks: str, rank: int
) -> Iterator[tuple[int, bool, int, int, str]]:
    """Where marks stand, sortable: at one place the inner closes before, the outer opens first."""
    for span in spans:
        yield (span.start, True, -span.end, rank, marks[0])
        yield (span.end, False, -span.start, -rank, marks[1])


def _head(text: str, size: int) -> str:
    """The first characters of a longer text, to the end of a word where one ends near."""
    space = text.rfind(" ", 0, size + 1)
    return text[: space if space > size // 2 else size]


def _tail(text: str, size: int) -> str:
    """The last characters of a longer text, from the beginning of a word where one begins near."""
    cut = text[-size - 1 :]
    space = cut.find(" ")
    return cut[space + 1 if 0 <= space < size // 2 else 1 :]
