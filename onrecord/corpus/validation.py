"""The one validator: what every document must fulfil, whoever made it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise

from onrecord.corpus.annotated import annotation_problems
from onrecord.corpus.borders import promo_straddle
from onrecord.corpus.plain import plain
from onrecord.corpus.registry import Registry, Target
from onrecord.corpus.zones import inside, promo_zones
from onrecord.document import (
    MENTION_TYPES,
    NAME_TYPES,
    POLARITIES,
    Document,
    Mention,
    Quote,
    Span,
    Stance,
    text_hash,
)
from onrecord.exceptions import InvalidDocument

_TYPES = frozenset(MENTION_TYPES)
_NAMES = frozenset(NAME_TYPES)

Problem = tuple[str, str]
"""The field at fault and the reason."""
Unread = Mapping[Mention | Quote | Stance, Collection[str]]
"""The fields of items that could not be read, of which nothing is said but that."""


def validate(
    document: Document,
    *,
    targets: Collection[str | Target] | None = None,
    registry: Registry | None = None,
) -> Document:
    """The document itself, if it breaks no rule; numpy's integers and pairs as spans become plain.

    Args:
        document: what to check.
        targets: those that stances may use, or their ids; None leaves the targets unchecked.
        registry: given for annotations, whose entities must be the registry's; a system's own
            entity ids have the scope of its file and are free.

    Raises:
        InvalidDocument: it breaks at least one rule; all broken rules are in ``problems``.
    """
    document = plain(document)
    ids = None
    if targets is not None:
        ids = [one.id if isinstance(one, Target) else one for one in targets]
    _require_none(document, find_problems(document, targets=ids, registry=registry))
    return document


def validate_layers(document: Document, *, targets: Collection[str]) -> Document:
    """The document itself, if its layers break no rule; its article has been checked before.

    Raises:
        InvalidDocument: as in :func:`validate`.
    """
    _require_none(document, _layer_problems(document, targets))
    return document


def find_problems(
    document: Document,
    *,
    targets: Collection[str] | None = None,
    registry: Registry | None = None,
    unread: Unread | None = None,
) -> Iterator[Problem]:
    """Every broken rule of the document, as (field, reason); see :func:`validate`.

    Args:
        document: what to check.
        targets: the ids that stances may use; None leaves them unchecked.
        registry: given for annotations.
        unread: what of the document's items is not there because it could not be read; what would
            only follow from that is no problem.
    """
    closed = _closed(document, unread or {})
    if document.sha256 != text_hash(document.text):
        yield "sha256", "is not the hash of the text"
    yield from _zone_problems(document)
    problems = _layer_problems(document, targets, closed)
    if registry is not None:
        problems = chain(problems, annotation_problems(document, registry, closed))
    yield from (one for one in problems if one[0] not in closed)


def _closed(document: Document, unread: Unread) -> frozenset[str]:
    """The unread fields by their names, such as ``quotes[3].content``."""
    items: dict[str, Sequence[Mention | Quote | Stance]] = {
        "mentions": document.mentions,
        "quotes": document.quotes,
        "stances": document.stances,
    }
    return frozenset(
        f"{layer}[{number}].{name}"
        for layer, of_layer in items.items()
        for number, item in enumerate(of_layer if unread else ())
        for name in unread.get(item, ())
    )


def _layer_problems(
    document: Document, targets: Collection[str] | None, closed: Collection[str] = ()
) -> Iterator[Problem]:
    if document.mentions and not _all_sound(document.mentions, document.text):
        yield from _mention_problems(document)
    if document.quotes:
        yield from _quote_problems(document, closed)
    if document.stances:
        yield from _stance_problems(document, targets, closed)


def unknown(what: str, value: str, known: Collection[str]) -> str:
    """Why a value is refused: the nearest one that is known, then all."""
    known = known if isinstance(known, Sequence) else sorted(known)
    near = difflib.get_close_matches(value, known, n=1) or [
        name for name in known if name.casefold() == value.casefold()
    ]
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"unknown {what} {value!r}{hint} (known: {', '.join(known) or 'none'})"


def _unknown_type(label: str) -> str:
    if label.upper() in _TYPES:
        return f"unknown type {label!r}: types are written in capitals, {label.upper()!r}"
    other = _ELSEWHERE.get(label.upper())
    if other is not None:
        known = ", ".join(MENTION_TYPES)
        return f"unknown type {label!r}; did you mean {other}? (known: {known})"
    return unknown("type", label, MENTION_TYPES)


_ELSEWHERE = {"PER": "'PERSON'", "LOCATION": "'LOC' or 'GPE'", "ORGANIZATION": "'ORG'"}
"""Names of other type systems for what has another name here."""


def _require_none(document: Document, problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise InvalidDocument(found, document=document.id)


def _zone_problems(document: Document) -> Iterator[Problem]:
    position = 0
    for number, zone in enumerate(document.zones):
        if zone.end <= zone.start:
            yield f"zones[{number}]", f"is empty ({zone.start} to {zone.end})"
        if zone.start != position:
            reason = f"starts at {zone.start}, but the zone before ends at {position}"
            yield f"zones[{number}]", reason
        position = zone.end
    if document.zones and position != len(document.text):
        yield "zones", f"end at {position}, but the text has {len(document.text)} characters"


def _is_sound(span: Span | Mention, text: str) -> bool:
    """Whether the span lies in the text and holds more than white space."""
    start, end = span.start, span.end
    return 0 <= start < end <= len(text) and not text[start:end].isspace()


def _span_problem(span: Span | Mention, text: str) -> str:
    """Why a span is not sound."""
    if span.start < 0:
        return f"start {span.start} is negative"
    if span.end > len(text):
        return f"end {span.end} is past the text's {len(text)} characters"
    if span.end <= span.start:
        return f"is empty ({span.start} to {span.end})"
    return "holds nothing but white space"


def _all_sound(mentions: Sequence[Mention], text: str) -> bool:
    """A quick look: whether the mentions are in order and none needs to be looked at closely."""
    end, length, names, types = 0, len(text), _NAMES, _TYPES
    for mention in mentions:
        start = mention.start
        if start < end:
            return False
        end = mention.end
        if not start < end <= length or text[start].isspace():
            return False
        entity = mention.entity
        if mention.label not in names and (entity is not None or mention.label not in types):
            return False
        if entity == "":
            return False
    return True


def _mention_problems(document: Document) -> Iterator[Problem]:
    for number, mention in enumerate(document.mentions):
        label, entity = mention.label, mention.entity
        if not _is_sound(mention, document.text):
            yield f"mentions[{number}]", _span_problem(mention, document.text)
        if label not in _TYPES:
            yield f"mentions[{number}].label", _unknown_type(label)
        elif label not in _NAMES and entity is not None:
            yield f"mentions[{number}].entity", f"a {label} is a value and refers to no entity"
        if entity == "":
            yield f"mentions[{number}].entity", "is empty; null means none"
    yield from _overlaps("mentions", document.mentions)


def _overlaps(field: str, spans: Sequence[Span | Mention]) -> Iterator[Problem]:
    if len(spans) < 2 or all(one.end <= other.start for one, other in pairwise(spans)):
        return
    order = sorted(range(len(spans)), key=lambda i: (spans[i].start, spans[i].end, i))
    furthest: int | None = None
    for index in order:
        if furthest is not None and spans[index].start < spans[furthest].end:
            one, other = sorted((furthest, index))
            first, second = spans[one], spans[other]
            same = (first.start, first.end) == (second.start, second.end)
            how = "is the same span as" if same else "overlaps"
            yield f"{field}[{other}]", f"{how} {field}[{one}]"
        if furthest is None or spans[index].end > spans[furthest].end:
            furthest = index


def _quote_problems(document: Document, closed: Collection[str]) -> Iterator[Problem]:
    promo = promo_zones(document)
    first: dict[str, int] = {}
    contents: dict[tuple[Span, ...], int] = {}
    for number, quote in enumerate(document.quotes):
        if (
            not closed
            and _is_plain_quote(quote, document.text, promo)
            and first.setdefault(quote.id, number) == number
            and contents.setdefault(tuple(quote.content), number) == number
        ):
            continue
        field = f"quotes[{number}]"
        if not quote.id:
            yield f"{field}.id", "is empty"
        elif first.setdefault(quote.id, number) != number:
            yield f"{field}.id", f"{quote.id!r} is already the id of quotes[{first[quote.id]}]"
        if not _is_plain(quote.content, document.text, promo):
            yield from _spans_problems(f"{field}.content", quote.content, document, promo)
        for name, span in (("cue", quote.cue), ("source", quote.source)):
            if span is not None and not _is_sound(span, document.text):
                yield f"{field}.{name}", _span_problem(span, document.text)
        for name, value in (("speaker", quote.speaker), ("utterance", quote.utterance)):
            if value == "":
                yield f"{field}.{name}", "is empty; null means none"
        if f"{field}.content" in closed:
            continue
        content = tuple(sorted(quote.content))
        before = contents.setdefault(content, number)
        if before != number:
            same = document.quotes[before].speaker == quote.speaker
            what = "content and speaker" if same else "content"
            other = "" if same else " with another speaker"
            yield field, f"has the {what} of quotes[{before}]{other}"
    yield from _parent_problems(document.quotes)


def _parent_problems(quotes: Sequence[Quote]) -> Iterator[Problem]:
    if all(quote.parent is None for quote in quotes):
        return
    parents = {quote.id: quote.parent for quote in quotes}
    in_circles = _in_circles(parents)
    for number, quote in enumerate(quotes):
        field = f"quotes[{number}].parent"
        if quote.parent is None:
            continue
        if quote.parent not in parents:
            yield field, f"unknown quote {quote.parent!r}"
        elif quote.id in in_circles:
            yield field, f"{quote.id!r} is its own ancestor"


def _in_circles(parents: Mapping[str, str | None]) -> set[str]:
    """The quotes that are their own ancestors; every quote is walked through once."""
    found: set[str] = set()
    seen: set[str] = set()
    for first in parents:
        path: dict[str, int] = {}
        quote: str | None = first
        while quote is not None and quote in parents and quote not in seen:
            seen.add(quote)
            path[quote] = len(path)
            quote = parents[quote]
        if quote in path:
            found.update(list(path)[path[quote] :])
    return found


def _is_plain(spans: Sequence[Span], text: str, promo: Sequence[Span]) -> bool:
    """A quick look: whether there is one span, which needs not be looked at closely."""
    if len(spans) != 1 or promo:
        return False
    start, end = spans[0].start, spans[0].end
    return 0 <= start < end <= len(text) and not text[start].isspace()


def _is_plain_quote(quote: Quote, text: str, promo: Sequence[Span]) -> bool:
    """A quick look: whether nothing in the quote needs to be looked at closely, others apart."""
    return (
        _is_plain(quote.content, text, promo)
        and (quote.cue is None or _is_sound(quote.cue, text))
        and (quote.source is None or _is_sound(quote.source, text))
        and quote.id != ""
        and quote.speaker != ""
        and quote.utterance != ""
    )


def _spans_problems(
    field: str, spans: Sequence[Span], document: Document, promo: Sequence[Span]
) -> Iterator[Problem]:
    """What is wrong with the content of a quote or the evidence of a stance."""
    if not spans:
        yield field, "is empty"
        return
    broken = False
    for number, span in enumerate(spans):
        if not _is_sound(span, document.text):
            broken = True
            yield f"{field}[{number}]", _span_problem(span, document.text)
    yield from _overlaps(field, spans)
    if promo and not broken:
        within = sum(inside(span.start, span.end, promo) for span in spans)
        if 0 < within < sum(len(span) for span in spans):
            yield field, promo_straddle(spans, document) or "straddles the border of a promo zone"


def _stance_problems(
    document: Document, targets: Collection[str] | None, closed: Collection[str]
) -> Iterator[Problem]:
    first: dict[tuple[str, str], int] = {}
    promo = promo_zones(document)
    for number, stance in enumerate(document.stances):
        key = (stance.holder, stance.target)
        if (
            not closed
            and stance.holder
            and (targets is None or stance.target in targets)
            and stance.polarity in POLARITIES
            and _is_plain(stance.evidence, document.text, promo)
            and first.setdefault(key, number) == number
        ):
            continue
        field = f"stances[{number}]"
        if not stance.holder:
            yield f"{field}.holder", "is empty"
        if targets is not None and stance.target not in targets:
            yield f"{field}.target", unknown("target", stance.target, targets)
        if stance.polarity not in POLARITIES:
            yield f"{field}.polarity", unknown("polarity", stance.polarity, POLARITIES)
        if not _is_plain(stance.evidence, document.text, promo):
            yield from _spans_problems(f"{field}.evidence", stance.evidence, document, promo)
        if {f"{field}.holder", f"{field}.target"} & {*closed}:
            continue
        if first.setdefault(key, number) != number:
            yield field, f"has the holder and target of stances[{first[key]}]"
