"""Label Studio's ``result`` list, read into regions and relations; what is malformed is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from onrecord.corpus.exports.scheme import (
    CHOSEN,
    CONFLICT,
    FIELDS,
    LABELS,
    MENTION,
    NEW,
    PART,
    RELATIONS,
    TEXT,
    VERSIONS,
    control,
    implied_relation,
)
from onrecord.document import Document, Span
from onrecord.exceptions import InvalidDocument

Problem = tuple[str, str]
"""The field at fault and the reason."""

_DIRECTIONS = ("right", "left", "bi")


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """A labelled span; ``index`` is its place in the result list."""

    index: int
    id: str
    label: str
    span: Span
    words: str

    def __str__(self) -> str:
        words = self.words if len(self.words) <= 40 else f"{self.words[:39]}…"
        return f"{self.label} {words!r} ({self.span.start} to {self.span.end})"


class FieldValue(msgspec.Struct, frozen=True, kw_only=True):
    """What was filled in for one region: such as a speaker or a target."""

    index: int
    name: str
    region: str
    value: str


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """A relation between two parts, ``start`` to ``end`` as its arrow points."""

    index: int
    name: str
    start: str
    end: str
    directed: bool


class Items(msgspec.Struct, frozen=True, kw_only=True):
    """A result list in order: regions by id, apart for mentions and parts, with what they carry."""

    mentions: Mapping[str, Region]
    parts: Mapping[str, Region]
    fields: Mapping[str, Mapping[str, FieldValue]]
    relations: tuple[Relation, ...]
    problems: tuple[Problem, ...]
    """What in the list is not what Label Studio makes of this scheme, and so not read."""
    torn: frozenset[str]
    """The regions that a relation which is not read would have joined to something."""
    lost: frozenset[tuple[str, str]]
    """The regions and the fields of theirs that are not read."""


def _plain(words: str) -> str:
    """The letters and digits: Label Studio writes the ends of lines as backslash and n."""
    return "".join(filter(str.isalnum, words.replace("\\n", "")))


class _Malformed(Exception):
    def __init__(self, field: str, reason: str) -> None:
        self.problem = (field, reason)
        super().__init__(field, reason)


def read_items(seed: Document, result: object) -> Items:
    """The regions, fields and relations of a result list.

    Offsets are code points, half open. The words of a span are those of the seed; its ``value.text``,
    in which white space is not kept, must have the same letters and digits. An id may carry a mention and a part, as when a region is labelled twice in the
    browser. Empty answers are none.

    Raises:
        InvalidDocument: it is no list.
    """
    if not isinstance(result, list):
        raise InvalidDocument([("result", "is not a list")], document=seed.id)
    reader = _Reader(seed.text)
    reader.read(result)
    return Items(
        mentions=reader.regions[MENTION],
        parts=reader.regions[PART],
        fields=reader.fields,
        relations=tuple(reader.relations),
        problems=tuple(reader.problems),
        torn=frozenset(reader.torn),
        lost=frozenset(reader.lost),
    )


def _kind(item: dict[str, Any], index: int) -> str:
    """Whether an item is a region, a field of one, a relation, or a note on where passes differ."""
    field = f"result[{index}]"
    if item.get("type") == "relation":
        return "relation"
    name = _string(item, "from_name", field)
    if name in (CONFLICT, VERSIONS):
        return "note"
    if name in LABELS:
        kind, type = "region", "labels"
    elif name in FIELDS or name in CHOSEN:
        kind, type = "field", control(name).type
    else:
        raise _Malformed(f"{field}.from_name", f"unknown control {name!r}")
    if item.get("type") != type:
        raise _Malformed(
            f"{field}.type", f"is {_short(item.get('type'))}, but {name} gives {type!r}"
        )
    if item.get("to_name") != TEXT:
        raise _Malformed(f"{field}.to_name", f"is {_short(item.get('to_name'))}, not {TEXT!r}")
    return kind


class _Reader:
    """Reads all regions, then their fields, then relations, whatever their order in the list."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.problems: list[Problem] = []
        self.regions: dict[str, dict[str, Region]] = {MENTION: {}, PART: {}}
        self.fields: dict[str, dict[str, FieldValue]] = {}
        self.relations: list[Relation] = []
        self.torn: set[str] = set()
        self.lost: set[tuple[str, str]] = set()
        self._refused: set[object] = set()  # ids whose own problem explains those of others

    def read(self, result: list[object]) -> None:
        sorts: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        for index, item in enumerate(result):
            with self._noting():
                plain = _is_object(item, f"result[{index}]")
                sorts.setdefault(_kind(plain, index), []).append((index, plain))
        readers = {"region": self.region, "field": self.field, "relation": self.relation}
        for kind, read in readers.items():
            for index, item in sorts.get(kind, ()):
                with self._noting():
                    read(index, item)
                    continue
                if kind == "relation":
                    self._tear(item)
                elif kind == "field" and isinstance(item.get("id"), str):
                    name = item["from_name"]
                    self.lost.add((item["id"], CHOSEN.get(name, name)))
        for region, given in self.fields.items():
            for chosen, name in CHOSEN.items():
                if chosen in given:
                    self._fill_in_chosen(region, given.pop(chosen), name)

    def _fill_in_chosen(self, id: str, chosen: FieldValue, name: str) -> None:
        """Let a region's field be what was chosen for it; what was typed besides must agree."""
        given = self.fields[id]
        typed, value = given.get(name), chosen.value
        if value == NEW and typed is not None:
            value = NEW + typed.value.removeprefix(NEW)
        region = self.regions[FIELDS[name].control][id]
        problem = None
        if value == NEW:
            problem = f"{region} has a new {name} without a name; type it, or choose an id"
        elif typed is not None and chosen.value not in (NEW, typed.value):
            problem = (
                f"{region} has the {name} {value!r} chosen and {typed.value!r} typed; "
                "take one of them off"
            )
        if problem is not None:
            self.lost.add((id, name))
            self.problems.append((f"result[{chosen.index}]", problem))
        given[name] = FieldValue(index=chosen.index, name=name, region=id, value=value)

    def _tear(self, relation: dict[str, Any]) -> None:
        ends = (relation.get("from_id"), relation.get("to_id"))
        self.torn.update(id for id in ends if isinstance(id, str))

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except _Malformed as malformed:
            self.problems.append(malformed.problem)

    def region(self, index: int, item: dict[str, Any]) -> None:
        field = f"result[{index}]"
        control, id = item["from_name"], _string(item, "id", field)
        if id in self.regions[control]:
            raise _Malformed(f"{field}.id", f"{id!r} is the id of another {control} region")
        self._refused.add(id)
        value = _object(item, "value", field)
        label = _single(value, "labels", f"{field}.value", "label")
        if label is None:
            raise _Malformed(f"{field}.value.labels", "is empty")
        if label not in LABELS[control]:
            raise _Malformed(f"{field}.value.labels", f"unknown label {label!r}")
        span = self._span(value, f"{field}.value")
        words, said = span.of(self.text), value.get("text")
        if isinstance(said, str) and _plain(said) not in ("", _plain(words)):
            reason = f"is {_short(said)}, but start and end give {_short(words)}"
            raise _Malformed(f"{field}.value.text", reason)
        self.regions[control][id] = Region(index=index, id=id, label=label, span=span, words=words)
        self._refused.discard(id)

    def _span(self, value: dict[str, Any], field: str) -> Span:
        start, end = (_offset(value, key, field) for key in ("start", "end"))
        if start < 0:
            raise _Malformed(f"{field}.start", f"{_short(start)} is negative")
        if end > len(self.text):
            reason = f"{_short(end)} is past the text's {len(self.text)} characters"
            raise _Malformed(f"{field}.end", reason)
        if end <= start:
            raise _Malformed(
                f"{field}.end", f"{_short(end)} is not after the start, {_short(start)}"
            )
        return Span(start, end)

    def field(self, index: int, item: dict[str, Any]) -> None:
        field = f"result[{index}]"
        name, id = item["from_name"], _string(item, "id", field)
        kind = control(name)
        value = _object(item, "value", field)
        answer = _single(value, kind.key, f"{field}.value", "answer")
        region = self.regions[kind.control].get(id)
        if region is None and id in self._refused:
            return
        if region is None:
            raise _Malformed(f"{field}.id", f"there is no {kind.control} region {id!r} for {name}")
        if region.label not in kind.labels:
            raise _Malformed(field, f"{region} takes no {name}")
        if not answer:
            return
        given = self.fields.setdefault(id, {})
        if name in given:
            raise _Malformed(field, f"{region} has a {name} twice")
        given[name] = FieldValue(index=index, name=name, region=id, value=answer)

    def relation(self, index: int, item: dict[str, Any]) -> None:
        field = f"result[{index}]"
        if {_string(item, key, field) for key in ("from_id", "to_id")} & self._refused:
            self._tear(item)
            return
        one, other = (self._end(item, key, field) for key in ("from_id", "to_id"))
        if one is other:
            raise _Malformed(field, f"{one} is joined with itself; delete that relation")
        mentions = [end for end in (one, other) if end.label not in LABELS[PART]]
        if mentions:
            part = other if mentions[0] is one else one
            mend = ", and join it to a part at the same words" if len(mentions) == 1 else ""
            reason = f"{part} is joined to the mention {mentions[0]}; delete that relation{mend}"
            raise _Malformed(field, reason)
        name = self._relation_name(item, field, one, other)
        direction = item.get("direction", "right")
        if direction not in _DIRECTIONS:
            raise _Malformed(f"{field}.direction", f"unknown direction {_short(direction)}")
        if direction == "left":
            one, other = other, one
        self.relations.append(
            Relation(index=index, name=name, start=one.id, end=other.id, directed=direction != "bi")
        )

    def _end(self, item: dict[str, Any], key: str, field: str) -> Region:
        id = _string(item, key, field)
        region = self.regions[PART].get(id) or self.regions[MENTION].get(id)
        if region is None:
            raise _Malformed(f"{field}.{key}", f"{id!r} is no region; relations join parts")
        return region

    def _relation_name(self, item: dict[str, Any], field: str, one: Region, other: Region) -> str:
        name = None
        if item.get("labels") is not None:
            name = _single(item, "labels", field, "label")
        if name is None:
            name = implied_relation(one.label, other.label)
        if name is None:
            which = [each for each, ends in RELATIONS.items() if ends == (one.label, other.label)]
            what = f"; choose {' or '.join(which)} in the tab Relations" if which else ""
            reason = f"a relation without a label between {one} and {other}{what}"
            raise _Malformed(f"{field}.labels", reason)
        if name not in RELATIONS:
            raise _Malformed(f"{field}.labels", f"unknown relation {name!r}")
        if sorted((one.label, other.label)) != sorted(RELATIONS[name]):
            ends = " and ".join(RELATIONS[name])
            reason = f"{name!r} joins {ends}, not {one} and {other}"
            raise _Malformed(f"{field}.labels", reason)
        return name


def _string(item: dict[str, Any], key: str, field: str) -> str:
    value = item.get(key)
    if not isinstance(value, str) or not value:
        raise _Malformed(f"{field}.{key}", "is missing" if value is None else "is not a name")
    return _unicode(value, f"{field}.{key}")


def _unicode(value: str, field: str) -> str:
    """The string, unless it has half a surrogate pair, which no file can hold."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise _Malformed(field, "is not valid Unicode") from None
    return value


def _object(item: dict[str, Any], key: str, field: str) -> dict[str, Any]:
    if item.get(key) is None:
        raise _Malformed(f"{field}.{key}", "is missing")
    return _is_object(item[key], f"{field}.{key}")


def _is_object(value: object, field: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Malformed(field, "is not an object")
    return value


def _offset(value: dict[str, Any], key: str, field: str) -> int:
    offset = value.get(key)
    if offset is None:
        raise _Malformed(f"{field}.{key}", "is missing")
    if not isinstance(offset, int) or isinstance(offset, bool):
        raise _Malformed(f"{field}.{key}", f"is not a whole number but {_short(offset)}")
    return offset


def _single(value: dict[str, Any], key: str, field: str, what: str) -> str | None:
    """The one string in a list, None if the list is empty."""
    given = value.get(key)
    field = f"{field}.{key}"
    if given is None:
        raise _Malformed(field, "is missing")
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise _Malformed(field, "is not a list of strings")
    if len(given) > 1:
        raise _Malformed(field, f"has {len(given)} {what}s where one is allowed")
    return _unicode(given[0], field) if given else None


def _short(value: object) -> str:
    """The value for a message; what Python cannot spell (a huge number, a deep list) by its type."""
    try:
        words = repr(value)
    except (ValueError, RecursionError):
        return f"a {type(value).__name__}"
    return words if len(words) <= 40 else f"{words[:39]}…"
