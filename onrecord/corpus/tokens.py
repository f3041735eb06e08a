"""The fixed tokenizer of the ``entities`` config, which knows no gold, and its BIO tags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from onrecord.document import MENTION_TYPES, Document, Mention, Span
from onrecord.exceptions import InvalidInput

TAGS: tuple[str, ...] = (
    "O",
    *(f"{prefix}-{label}" for label in MENTION_TYPES for prefix in ("B", "I")),
)
"""The tags of the ``entities`` config: IOB2 over the 18 OntoNotes types."""

_WORD = re.compile(r"\d+|(?:[^\W\d_][\u0300-\u036f]*)+|[^\w\s]|_")


def tokenize(text: str, within: Span) -> Iterator[Span]:
    """The tokens of a stretch of text, in order, as spans of the whole text.

    A token is a run of digits, a run of letters or one other character that is not white space;
    runs of letters are cut before a capital that follows a small letter and after two or more
    capitals that small letters follow, since words run together in some sources. Combining marks
    stay with their letter.
    """
    for match in _WORD.finditer(text, within.start, within.end):
        start = match.start()
        for position in range(start + 1, match.end()):
            if _is_break(text, start, position):
                yield Span(start, position)
                start = position
        yield Span(start, match.end())


def _is_break(text: str, start: int, position: int) -> bool:
    before, here = text[position - 1], text[position]
    if before.islower() and here.isupper():
        return True
    acronym = position - start > 1 and text[start:position].isupper()
    return acronym and here.islower()


def passages(document: Document) -> Iterator[Span]:
    """The stretches that rows of the ``entities`` config hold: lines, cut where a zone ends."""
    zones = [zone.span for zone in document.zones] or [Span(0, len(document.text))]
    for zone in zones:
        for match in re.finditer(r"[^\r\n]+", document.text[zone.start : zone.end]):
            if match[0].strip():
                yield Span(zone.start + match.start(), zone.start + match.end())


def tag(tokens: Sequence[Span], mentions: Sequence[Mention], document: Document) -> list[str]:
    """The IOB2 tag of each token.

    Raises:
        InvalidInput: a mention begins or ends inside a token.
    """
    tags = ["O"] * len(tokens)
    starts = {token.start: index for index, token in enumerate(tokens)}
    ends = {token.end: index for index, token in enumerate(tokens)}
    for mention in mentions:
        if mention.start not in starts or mention.end not in ends:
            words = mention.span.of(document.text)
            raise InvalidInput(
                f"{words!r} at {mention.start} is not a whole number of tokens",
                document=document.id,
                field="mentions",
            )
        first, last = starts[mention.start], ends[mention.end]
        tags[first] = f"B-{mention.label}"
        for index in range(first + 1, last + 1):
            tags[index] = f"I-{mention.label}"
    return tags
