"""The borders of zones: which spans cross one, and what lies on both sides of promotional text.

Rule G5 of the guidelines: no span crosses the border of a zone, and all spans of one item lie in
promotional text or all outside. That content and evidence do not straddle its border holds for
systems too; the rest for annotations alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from onrecord.document import Document, Span, Zone

Problem = tuple[str, str]
"""The field at fault and the reason."""

_SHOWN = 4
"""How many words are shown on either side of a border."""


def border_problems(document: Document) -> Iterator[Problem]:
    """Every span that crosses the border of a zone, and every cue or source on the other side.

    Content and evidence that straddle the border of promotional text are left to
    :func:`promo_straddle`, which holds for whoever made the document.
    """
    for number, mention in enumerate(document.mentions):
        yield from _crossings(f"mentions[{number}]", mention.span, document)
    for number, quote in enumerate(document.quotes):
        field = f"quotes[{number}]"
        yield from _pieces(f"{field}.content", quote.content, document)
        for name, span in (("cue", quote.cue), ("source", quote.source)):
            if span is not None:
                crossed = list(_crossings(f"{field}.{name}", span, document))
                yield from crossed or _other_side(
                    f"{field}.{name}", name, span, quote.content, document
                )
    for number, stance in enumerate(document.stances):
        yield from _pieces(f"stances[{number}].evidence", stance.evidence, document)


def promo_straddle(spans: Sequence[Span], document: Document) -> str | None:
    """Why the spans of one content or evidence are refused: some of them is promotional, not all."""
    promo = [zone for zone in document.zones if zone.label == "promo"]
    if not promo:
        return None
    shares = [_inside(span, promo) for span in spans]
    if not 0 < sum(shares) < sum(len(span) for span in spans):
        return None
    what = "straddles the border of a promo zone"
    for span in spans:
        for one, other in _crossed(span, document):
            if "promo" in (one.label, other.label):
                return f"{what}, between {_sides(one.end, document)}"
    inside, outside = (
        next(span for span, share in zip(spans, shares, strict=True) if bool(share) == promotional)
        for promotional in (True, False)
    )
    text = document.text
    return f"{what}: {shown(inside.of(text))} is in promo, {shown(outside.of(text))} is not"


def shown(words: str) -> str:
    """Words of the text for a message, in quotes: the first and the last of many."""
    found = words.split()
    if len(found) > 2 * _SHOWN:
        found = [*found[:_SHOWN], "…", *found[-_SHOWN:]]
    return repr(" ".join(found))


def _pieces(field: str, spans: Sequence[Span], document: Document) -> Iterator[Problem]:
    if promo_straddle(spans, document) is None:
        for number, span in enumerate(spans):
            yield from _crossings(f"{field}[{number}]", span, document)


def _crossings(field: str, span: Span, document: Document) -> Iterator[Problem]:
    for one, other in _crossed(span, document):
        words = shown(span.of(document.text))
        border = f"the border of {one.label} and {other.label}"
        yield field, f"{words} crosses {border}, between {_sides(one.end, document)}"


def _crossed(span: Span, document: Document) -> Iterator[tuple[Zone, Zone]]:
    """The zones on both sides of each border that a span crosses."""
    for one, other in pairwise(document.zones):
        if span.start < one.end < span.end:
            yield one, other


def _sides(border: int, document: Document) -> str:
    """The last words before a border and the first after it."""
    before = document.text[:border].split()[-_SHOWN:]
    after = document.text[border:].split()[:_SHOWN]
    return f"{' '.join(before)!r} and {' '.join(after)!r}"


def _other_side(
    field: str, name: str, span: Span, content: Sequence[Span], document: Document
) -> Iterator[Problem]:
    """A cue or source on the other side of the border of promotional text than the content."""
    promo = [zone for zone in document.zones if zone.label == "promo"]
    sides = {bool(_inside(one, promo)) for one in content}
    own = bool(_inside(span, promo))
    if promo and len(sides) == 1 and own not in sides:
        words, said = shown(span.of(document.text)), shown(content[0].of(document.text))
        there, here = ("in", "outside") if own else ("outside", "in")
        yield field, f"{words} is {there} promo, its content {said} {here}: leave the {name} out"


def _inside(span: Span, zones: Sequence[Zone]) -> int:
    """How many characters of a span lie in the zones."""
    return sum(max(0, min(span.end, zone.end) - max(span.start, zone.start)) for zone in zones)
