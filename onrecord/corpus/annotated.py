"""What annotations must fulfil beyond a system's output: the registry's ids, borders, forms."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from onrecord.corpus.borders import border_problems, shown
from onrecord.corpus.registry import NEAR, Registry
from onrecord.document import Document, Span
from onrecord.exceptions import InvalidInput

Problem = tuple[str, str]
"""The field at fault and the reason."""

_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MARGIN = "{!r} begins or ends with white space"
_ITEM = re.compile(r"(mentions|quotes|stances)\[(\d+)\]")
_WHOLE_ITEM = re.compile(_ITEM.pattern + r"(?![.\w])")


def annotation_problems(
    document: Document, registry: Registry, closed: Collection[str] = ()
) -> Iterator[Problem]:
    """Every rule of annotations that a document breaks, as (field, reason).

    Args:
        document: what to check.
        registry: the entities that there are.
        closed: the fields that could not be read, such as ``quotes[3].content``.
    """
    text = document.text
    for field, numbers, span in _spans_of_statements(document):
        words = text[span.start : span.end]
        if words != words.strip():
            yield field.format(*numbers), _MARGIN.format(words)
    for number, mention in enumerate(document.mentions):
        entity, words = mention.entity, text[mention.start : mention.end]
        if words != words.strip():
            yield f"mentions[{number}]", _MARGIN.format(words)
        if entity is None and mention.is_name:
            yield f"mentions[{number}].entity", f"the name {words!r} has no entity"
        elif entity is not None and not _known(entity, registry):
            reason = (
                f"unknown entity {entity!r} of {words!r}: not in the registry (new:<name> is new)"
            )
            yield f"mentions[{number}].entity", reason + did_you_mean(entity, registry)
    yield from border_problems(document)
    contents = {quote.id: (number, quote.content) for number, quote in enumerate(document.quotes)}
    for number, quote in enumerate(document.quotes):
        if quote.utterance is not None and not _KEBAB.fullmatch(quote.utterance):
            reason = f"{quote.utterance!r} is not of small letters, digits and hyphens (a-b-1)"
            yield f"quotes[{number}].utterance", reason
        if quote.speaker is not None:
            yield from _actor_problems(f"quotes[{number}].speaker", quote.speaker, registry)
        if quote.parent in contents and f"quotes[{number}].content" not in closed:
            outer, content = contents[quote.parent]
            if f"quotes[{outer}].content" not in closed and not _within(quote.content, content):
                reason = f"its content is not inside that of {quote.parent!r}"
                yield f"quotes[{number}].parent", reason
    for number, stance in enumerate(document.stances):
        yield from _actor_problems(f"stances[{number}].holder", stance.holder, registry)


def utterance_warnings(documents: Iterable[Document]) -> Iterator[InvalidInput]:
    """The quotes that need an utterance and have none, by rule U2: all but those that hold others.

    Whether one that holds others only wraps them (Q28), and so has none, is for a reader to tell.
    """
    for document in documents:
        holders = {quote.parent for quote in document.quotes}
        for number, quote in enumerate(document.quotes):
            if quote.utterance is None and quote.id not in holders:
                reason = "is empty; every quote but a wrapper has one (U2)"
                field, reason = with_words(document, (f"quotes[{number}].utterance", reason))
                yield InvalidInput(reason, document=document.id, field=field)


def with_words(document: Document, problem: Problem) -> Problem:
    """The problem with the words of the items that it is about, unless it has them."""
    field, reason = problem
    reason = _WHOLE_ITEM.sub(lambda item: _with_its_words(document, item[0]), reason)
    words = _words_of(document, field)
    return (field, reason) if words is None or words in reason else (field, f"{words}: {reason}")


def _with_its_words(document: Document, item: str) -> str:
    words = _words_of(document, item)
    return item if words is None else f"{item} ({words})"


def _words_of(document: Document, field: str) -> str | None:
    item = _ITEM.match(field)
    if item is None:
        return None
    number, spans = int(item[2]), list[Span]()
    if number >= len(getattr(document, item[1])):
        return None
    if item[1] == "mentions":
        spans = [document.mentions[number].span]
    elif item[1] == "quotes":
        spans = list(document.quotes[number].content)
    else:
        spans = list(document.stances[number].evidence)
    words = " […] ".join(span.of(document.text) for span in spans)
    return shown(words) if words.strip() else None


def _spans_of_statements(document: Document) -> Iterator[tuple[str, tuple[int, ...], Span]]:
    """Every span of a quote or stance: the form of its field's name and the numbers that go in."""
    for number, quote in enumerate(document.quotes):
        for index, span in enumerate(quote.content):
            yield "quotes[{}].content[{}]", (number, index), span
        if quote.cue is not None:
            yield "quotes[{}].cue", (number,), quote.cue
        if quote.source is not None:
            yield "quotes[{}].source", (number,), quote.source
    for number, stance in enumerate(document.stances):
        for index, span in enumerate(stance.evidence):
            yield "stances[{}].evidence[{}]", (number, index), span


def _known(entity: str, registry: Registry) -> bool:
    """Whether annotations may use the entity: one of the registry, or a new one to be merged."""
    return entity in registry or (entity.startswith("new:") and len(entity) > len("new:"))


def _actor_problems(field: str, entity: str, registry: Registry) -> Iterator[Problem]:
    if not _known(entity, registry):
        yield field, f"unknown entity {entity!r}{did_you_mean(entity, registry)}"
    elif entity in registry and not registry[entity].actor:
        yield field, f"{entity!r} is no actor"


def did_you_mean(entity: str, registry: Registry, *, least: float = NEAR) -> str:
    """The end of a message about an unknown id: the nearest ids with their names, if any is near.

    ``least`` is as in :meth:`onrecord.corpus.registry.Registry.nearest`.
    """
    near = [f"{one.id} ({one.name})" for one in registry.nearest(entity, least=least)]
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _within(inner: Sequence[Span], outer: Sequence[Span]) -> bool:
    return all(any(o.start <= i.start and i.end <= o.end for o in outer) for i in inner)
