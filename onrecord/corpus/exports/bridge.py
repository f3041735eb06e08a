"""The bridge between a document's layers and Label Studio's ``result`` list, both ways.

A mention is a region. A quote is one ``Content`` region for each span of its content, joined by
``continuation``, with a ``Cue`` and a ``Source`` region joined to it; a stance is one ``Evidence``
region for each stretch, joined by ``evidence``. Speaker, utterance, holder, target and polarity are
fields of one region of the group. Offsets are code points, half open, on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from onrecord.corpus.exports.results import Items, Problem, Region, Relation, read_items
from onrecord.corpus.exports.scheme import (
    CONTENT,
    CUE,
    EVIDENCE,
    FIELDS,
    MENTION,
    PART,
    SOURCE,
    TEXT,
)
from onrecord.corpus.validation import Unread, validate
from onrecord.document import Document, Mention, Quote, Span, Stance
from onrecord.exceptions import InvalidDocument

_QUOTE_REGION = "quote-"


def to_result(document: Document) -> list[dict[str, Any]]:
    """A document's layers as a ``result`` list in canonical order.

    Regions come by start, end, label and id, each followed by its fields; relations come last.
    Equal layers give equal lists: ids say where a region is, not when it was made.

    Raises:
        InvalidDocument: the document breaks a rule of :func:`onrecord.corpus.validation.validate`.
    """
    document = validate(document).canonical()
    writer = _Writer(document.text)
    for mention in document.mentions:
        writer.region(MENTION, mention.label, mention.span, entity=mention.entity)
    for quote in document.quotes:
        _write_quote(writer, quote)
    for stance in document.stances:
        first, *others = (writer.region(PART, EVIDENCE, span) for span in stance.evidence)
        writer.fill(first, holder=stance.holder, target=stance.target, polarity=stance.polarity)
        for other in others:
            writer.relate("evidence", first, other)
    return writer.result()


def from_result(seed: Document, result: object) -> Document:
    """The seed with the layers that a ``result`` list holds, in canonical form, not yet validated.

    It takes what this library writes and what the browser makes: ids of any kind, relations
    without a label where the regions leave one reading, drawn in either direction, chained or
    starred, and fields on any region of their group. A quote has the id of its first region
    written by this library, else that of its first region in the text.

    Raises:
        InvalidDocument: the list is malformed or incomplete; ``problems`` has every fault found.
    """
    read = read_result(seed, result)
    if read.problems:
        raise InvalidDocument(read.problems, document=seed.id)
    return read.document


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What can be read of a ``result`` list, every fault, and the fields that are not as meant."""

    document: Document
    problems: tuple[Problem, ...]
    unread: Unread


def read_result(seed: Document, result: object) -> Read:
    """What can be read of a ``result`` list, and every fault; see :func:`from_result`.

    What only follows from another fault is none: a cue belongs to no quote where a relation could
    not be read.

    Raises:
        InvalidDocument: it is no list.
    """
    items = read_items(seed, result)
    reader = _Assembler(items)
    document = seed.with_layers(
        mentions=[reader.mention(region) for region in items.mentions.values()],
        quotes=reader.quotes(),
        stances=reader.stances(),
    )
    return Read(
        document=document.canonical(),
        problems=(*items.problems, *reader.problems),
        unread=reader.unread,
    )


def _write_quote(writer: _Writer, quote: Quote) -> None:
    first = quote_region(quote.id)
    writer.region(PART, CONTENT, quote.content[0], id=first)
    writer.fill(first, speaker=quote.speaker, utterance=quote.utterance)
    for span in quote.content[1:]:
        writer.relate("continuation", first, writer.region(PART, CONTENT, span))
    if quote.cue is not None:
        writer.relate("cue", first, writer.shared(CUE, quote.cue))
    if quote.source is not None:
        writer.relate("source", first, writer.shared(SOURCE, quote.source))
    if quote.parent is not None:
        writer.relate("parent", first, quote_region(quote.parent))


def quote_region(id: str) -> str:
    """The id of the region that stands for a quote; Label Studio cuts an id at ``#``."""
    return _QUOTE_REGION + id.replace("%", "%25").replace("#", "%23")


def _quote_id(region: str) -> str:
    """The id of the quote whose first region this is."""
    if not _is_quote_region(region):
        return region
    escaped = {"%23": "#", "%25": "%"}
    return re.sub("%2[35]", lambda found: escaped[found[0]], region.removeprefix(_QUOTE_REGION))


def _is_quote_region(region: str) -> bool:
    return region.startswith(_QUOTE_REGION) and region != _QUOTE_REGION


class _Written(msgspec.Struct, order=True):
    """A region in the order of the result list, and its fields."""

    start: int
    end: int
    control: str
    label: str
    id: str
    fields: dict[str, str]


class _Writer:
    """Collects regions, fields and relations, and gives them in canonical order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._regions: dict[str, _Written] = {}
        self._relations: set[tuple[str, str, str]] = set()

    def region(
        self, control: str, label: str, span: Span, *, id: str | None = None, **fields: str | None
    ) -> str:
        """Add a region; its id, if none is given, is made from its place."""
        if id is None:
            kind = MENTION if control == MENTION else label.lower()
            id = self._free(f"{kind}-{span.start}-{span.end}")
        self._regions[id] = _Written(span.start, span.end, control, label, id, {})
        self.fill(id, **fields)
        return id

    def shared(self, label: str, span: Span) -> str:
        """The one region that a cue or source has, however many quotes share it."""
        id = f"{label.lower()}-{span.start}-{span.end}"
        return id if id in self._regions else self.region(PART, label, span)

    def fill(self, id: str, **fields: str | None) -> None:
        self._regions[id].fields.update(
            {name: value for name, value in fields.items() if value is not None}
        )

    def relate(self, name: str, one: str, other: str) -> None:
        self._relations.add((one, other, name))

    def result(self) -> list[dict[str, Any]]:
        return [*self._region_items(), *self._relation_items()]

    def _free(self, id: str) -> str:
        number, candidate = 1, id
        while candidate in self._regions:
            number += 1
            candidate = f"{id}-{number}"
        return candidate

    def _region_items(self) -> Iterator[dict[str, Any]]:
        for region in sorted(self._regions.values()):
            span = {"start": region.start, "end": region.end}
            words = self._text[region.start : region.end]
            yield _item(
                region, region.control, "labels", {**span, "text": words, "labels": [region.label]}
            )
            for name, answer in sorted(region.fields.items()):
                kind = FIELDS[name]
                yield _item(region, name, kind.type, {**span, kind.key: [answer]})

    def _relation_items(self) -> Iterator[dict[str, Any]]:
        for one, other, name in sorted(self._relations):
            yield {
                "type": "relation",
                "from_id": one,
                "to_id": other,
                "direction": "right",
                "labels": [name],
            }


def _item(region: _Written, control: str, type: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"id": region.id, "from_name": control, "to_name": TEXT, "type": type, "value": value}


class _Assembler:
    """Puts regions together into quotes and stances, and notes what does not fit."""

    def __init__(self, items: Items) -> None:
        self.problems: list[Problem] = []
        self.unread: dict[Mention | Quote | Stance, set[str]] = {}
        self._items = items
        self._content = self._groups(CONTENT, "continuation")
        self._evidence = self._groups(EVIDENCE, "evidence")

    def mention(self, region: Region) -> Mention:
        entity = self._items.fields.get(region.id, {}).get("entity")
        span = region.span
        mention = Mention(span.start, span.end, region.label, entity.value if entity else None)
        self._note_unread(mention, [region], ("entity",), ())
        return mention

    def quotes(self) -> list[Quote]:
        ids = {first: _group_id(group) for first, group in _each(self._content)}
        parts = self._attached()
        parents = self._parents(ids)
        quotes = []
        for first, group in _each(self._content):
            quotes.append(
                Quote(
                    id=ids[first],
                    content=tuple(region.span for region in group),
                    cue=self._attached_span(group, CUE, parts.get((first, CUE), ())),
                    source=self._attached_span(group, SOURCE, parts.get((first, SOURCE), ())),
                    speaker=self._field(group, "speaker"),
                    utterance=self._field(group, "utterance"),
                    parent=parents.get(first),
                )
            )
            fields, spans = ("speaker", "utterance"), ("content", "cue", "source", "parent")
            self._note_unread(quotes[-1], group, fields, spans)
        return quotes

    def stances(self) -> list[Stance]:
        stances = []
        for _, group in _each(self._evidence):
            fields = {name: self._field(group, name) for name in ("holder", "target", "polarity")}
            missing = [name for name, value in fields.items() if value is None]
            if missing and not any(region.id in self._items.torn for region in group):
                self._problem(group[0], f"{group[0]} has no {' and no '.join(missing)}")
            stances.append(
                Stance(
                    holder=fields["holder"] or "",
                    target=fields["target"] or "",
                    polarity=fields["polarity"] or "",
                    evidence=tuple(region.span for region in group),
                )
            )
            self._note_unread(stances[-1], group, tuple(fields), ("evidence",))
            self.unread.setdefault(stances[-1], set()).update(missing)
        return stances

    def _note_unread(
        self,
        item: Mention | Quote | Stance,
        group: list[Region],
        fields: Iterable[str],
        spans: Iterable[str],
    ) -> None:
        """Note which fields of an item, and which of what relations give it, could not be read."""
        names = [name for name in fields if any((r.id, name) in self._items.lost for r in group)]
        if any(region.id in self._items.torn for region in group):
            names += spans
        if names:
            self.unread.setdefault(item, set()).update(names)

    def _groups(self, label: str, relation: str) -> dict[str, list[Region]]:
        """From each region with this label to all it is joined with, itself too, in text order."""
        regions = {id: r for id, r in self._items.parts.items() if r.label == label}
        groups = {id: [region] for id, region in regions.items()}
        for link in self._relations(relation):
            one, other = groups[link.start], groups[link.end]
            if one is other:
                continue
            one.extend(other)
            for region in other:
                groups[region.id] = one
        for group in groups.values():
            group.sort(key=_text_order)
        return groups

    def _attached(self) -> dict[tuple[str, str], list[Region]]:
        """The cue and source regions of each quote, by the quote's first region and their label."""
        attached: dict[tuple[str, str], list[Region]] = {}
        used = set()
        for link in (*self._relations("cue"), *self._relations("source")):
            ends = [self._items.parts[id] for id in (link.start, link.end)]
            content, part = sorted(ends, key=lambda region: region.label != CONTENT)
            first = self._content[content.id][0].id
            attached.setdefault((first, part.label), []).append(part)
            used.add(part.id)
        for region in self._items.parts.values():
            if region.label in (CUE, SOURCE) and region.id not in used | self._items.torn:
                self._problem(region, f"{region} belongs to no quote")
        return attached

    def _attached_span(
        self, group: list[Region], label: str, parts: Iterable[Region]
    ) -> Span | None:
        parts = sorted(parts, key=_text_order)
        if len({part.span for part in parts}) > 1:
            both = " and ".join(str(part) for part in (parts[0], parts[-1]))
            self._problem(group[0], f"{group[0]} has more than one {label.lower()}: {both}")
        return parts[0].span if parts else None

    def _parents(self, ids: Mapping[str, str]) -> dict[str, str]:
        """The parent's id of each quote that has one, by the quote's first region."""
        parents: dict[str, str] = {}
        for link in self._relations("parent"):
            inner, outer = (self._content[id][0] for id in (link.start, link.end))
            if not link.directed:
                reason = f"'parent' points both ways between {inner} and {outer}"
                self.problems.append((f"result[{link.index}].direction", reason))
            elif parents.setdefault(inner.id, ids[outer.id]) != ids[outer.id]:
                self._problem(inner, f"{inner} has more than one parent")
        return parents

    def _field(self, group: list[Region], name: str) -> str | None:
        """What was filled in for a group, on whichever of its regions."""
        filled = [self._items.fields.get(region.id, {}).get(name) for region in group]
        given = [field for field in filled if field is not None]
        if len({field.value for field in given}) > 1:
            values = " and ".join(sorted({repr(field.value) for field in given}))
            reason = f"{group[0]} has different answers for {name}: {values}"
            self.problems.append((f"result[{given[-1].index}]", reason))
        return given[0].value if given else None

    def _relations(self, name: str) -> Iterator[Relation]:
        return (relation for relation in self._items.relations if relation.name == name)

    def _problem(self, region: Region, reason: str) -> None:
        self.problems.append((f"result[{region.index}]", reason))


def _text_order(region: Region) -> tuple[Span, str]:
    return (region.span, region.id)


def _each(groups: Mapping[str, list[Region]]) -> Iterator[tuple[str, list[Region]]]:
    """Each group once, with the id of its first region."""
    return ((id, group) for id, group in groups.items() if group[0].id == id)


def _group_id(group: list[Region]) -> str:
    written = [region for region in group if _is_quote_region(region.id)]
    return _quote_id((written or group)[0].id)
