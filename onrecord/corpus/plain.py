"""Documents as Python code makes them: integers of any kind and tuples as spans become plain values.

A dataclass-like value does not check what it is given, so that a mention may hold a string as its
start until it is used. Here it is told, in Python's words.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from onrecord.document import Document, Mention, Quote, Span, Stance
from onrecord.exceptions import InvalidInput

T = TypeVar("T", bound=msgspec.Struct)


def plain(document: Document) -> Document:
    """The document with layers of plain values: ``int`` offsets, spans, strings and tuples.

    Offsets may be anything with ``__index__`` (numpy's integers); a span may be a pair of them.

    Raises:
        InvalidInput: a value is of a wrong type; the message names its field.
    """
    try:
        return document.with_layers(
            mentions=[
                _mention(item, f"mentions[{i}]")
                for i, item in _items(document.mentions, "mentions")
            ],
            quotes=[_quote(item, f"quotes[{i}]") for i, item in _items(document.quotes, "quotes")],
            stances=[
                _stance(item, f"stances[{i}]") for i, item in _items(document.stances, "stances")
            ],
        )
    except InvalidInput as error:
        raise InvalidInput(error.reason, document=str(document.id), field=error.field) from None


def _items(values: Any, field: str) -> Iterable[tuple[int, Any]]:
    if isinstance(values, str | bytes | msgspec.Struct) or not isinstance(values, Iterable):
        raise InvalidInput(f"expected a list, got {_described(values)}", field=field)
    return enumerate(values)


def _struct(value: Any, type: type[T], field: str) -> T:
    if not isinstance(value, type):
        raise InvalidInput(f"expected a {type.__name__}, got {_described(value)}", field=field)
    return value


def _mention(value: Any, field: str) -> Mention:
    item = _struct(value, Mention, field)
    words = type(item.label) is str and (item.entity is None or type(item.entity) is str)
    if words and type(item.start) is type(item.end) is int:
        return item
    return Mention(
        _index(item.start, f"{field}.start"),
        _index(item.end, f"{field}.end"),
        _string(item.label, f"{field}.label"),
        _optional(item.entity, f"{field}.entity"),
    )


def _quote(value: Any, field: str) -> Quote:
    item = _struct(value, Quote, field)
    return Quote(
        id=_string(item.id, f"{field}.id"),
        content=_spans(item.content, f"{field}.content"),
        cue=None if item.cue is None else _span(item.cue, f"{field}.cue"),
        source=None if item.source is None else _span(item.source, f"{field}.source"),
        speaker=_optional(item.speaker, f"{field}.speaker"),
        utterance=_optional(item.utterance, f"{field}.utterance"),
        parent=_optional(item.parent, f"{field}.parent"),
    )


def _stance(value: Any, field: str) -> Stance:
    item = _struct(value, Stance, field)
    return Stance(
        holder=_string(item.holder, f"{field}.holder"),
        target=_string(item.target, f"{field}.target"),
        polarity=_string(item.polarity, f"{field}.polarity"),
        evidence=_spans(item.evidence, f"{field}.evidence"),
    )


def _spans(values: Any, field: str) -> tuple[Span, ...]:
    if isinstance(values, Span) or _is_pair(values):
        raise InvalidInput(f"expected a list of spans, got {_described(values)}", field=field)
    return tuple(_span(item, f"{field}[{i}]") for i, item in _items(values, field))


def _span(value: Any, field: str) -> Span:
    if isinstance(value, Span):
        if type(value.start) is type(value.end) is int:
            return value
        start, end = value.start, value.end
    elif _is_pair(value):
        start, end = value
    else:
        raise InvalidInput(
            f"expected a Span or a pair of ints, got {_described(value)}", field=field
        )
    return Span(_index(start, f"{field}.start"), _index(end, f"{field}.end"))


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2 and all(map(_is_index, value))


def _is_index(value: Any) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)


def _index(value: Any, field: str) -> int:
    if not _is_index(value):
        raise InvalidInput(f"expected an int, got {_described(value)}", field=field)
    return operator.index(value)


def _string(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"expected a str, got {_described(value)}", field=field)
    return str(value)


def _optional(value: Any, field: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise InvalidInput(f"expected a str or None, got {_described(value)}", field=field)
    return None if value is None else str(value)


def _described(value: Any) -> str:
    """The value's type, and what it is where that is short."""
    shown = repr(value)
    return type(value).__name__ + (f" {shown}" if value is not None and len(shown) <= 40 else "")
