"""Answers in words: mentions, quotes and stances as a language model or a person writes them.

An answer is a JSON object for each document, with words of the text where predictions have offsets
and names where they have ids. Here it becomes predictions: :mod:`onrecord.convert.align` finds the
words; names stay names, which the registry resolves when the file is scored. Nothing is dropped in
silence: what an item lacked is a count and a line.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, TypeVar

import msgspec

from onrecord.convert.align import Missing, Placed, align
from onrecord.corpus.flat import flatten
from onrecord.corpus.linking import normalise_name
from onrecord.corpus.validation import unknown, validate
from onrecord.document import (
    MENTION_TYPES,
    NAME_TYPES,
    POLARITIES,
    Document,
    Mention,
    Quote,
    Span,
    Stance,
)

T = TypeVar("T")

Words = Annotated[str, msgspec.Meta(description="words of the text, copied exactly")]
Name = Annotated[str, msgspec.Meta(description="a full usual name")]
Type = Annotated[str, msgspec.Meta(extra_json_schema={"enum": [*MENTION_TYPES]})]
Side = Annotated[str, msgspec.Meta(extra_json_schema={"enum": [*POLARITIES]})]
Label = Annotated[str, msgspec.Meta(description="any label, shared by quotes of one act of saying")]


class SaidMention(msgspec.Struct, frozen=True):
    """A mention: its words, its type and, for a name, whom or what it means."""

    text: Words
    label: Type
    entity: Name | None = None


class SaidQuote(msgspec.Struct, frozen=True):
    """A quote: what was said, in one piece or more, the words that report it, and who spoke."""

    content: list[Words]
    cue: Words | None = None
    source: Words | None = None
    speaker: Name | None = None
    utterance: Label | int | None = None


class SaidStance(msgspec.Struct, frozen=True):
    """A stance: whose it is, on which target, and the words that show it."""

    holder: Name
    target: str
    polarity: Side
    evidence: list[Words]


class Answer(msgspec.Struct, frozen=True):
    """What is said of one document; a list that is left out was not asked for."""

    id: str
    mentions: list[Any] | None = None
    quotes: list[Any] | None = None
    stances: list[Any] | None = None


class Answers(msgspec.Struct, frozen=True):
    """What is said of some documents, in one JSON object."""

    documents: list[Answer]


LAYERS_OF = {
    "mentions": ("entities", "linking"),
    "quotes": ("quotes", "utterances"),
    "stances": ("stances",),
}
"""The layers that an answer's lists attempt."""


_ITEMS = {"mentions": SaidMention, "quotes": SaidQuote, "stances": SaidStance}


def answer_schema(asked: str) -> dict[str, Any]:
    """The JSON Schema of an answer to a question for one of the three lists, without references.

    Every field must be there, null where there is nothing, as endpoints that hold a model to a
    schema want it.
    """
    (item,), parts = msgspec.json.schema_components([_ITEMS[asked]], ref_template="{name}")
    one = {"type": "object", "properties": {"id": {"type": "string"}, asked: _list(item)}}
    whole = {"type": "object", "properties": {"documents": _list(one)}}

    def inline(value: Any) -> Any:
        if isinstance(value, list):
            return [inline(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return inline(parts[value["$ref"]])
        plain = {k: inline(v) for k, v in value.items() if k not in ("title", "default")}
        if plain.get("type") == "object":
            plain |= {"required": [*plain["properties"]], "additionalProperties": False}
        return plain

    schema: dict[str, Any] = inline(whole)
    return schema


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


class Faults(msgspec.Struct, frozen=True):
    """What was wrong with answers: how often, by kind, and a line for each."""

    counts: Counter[str]
    lines: list[str]

    def add(self, kind: str, document: str, line: str) -> None:
        """Count a fault and keep its line."""
        self.counts[kind] += 1
        self.lines.append(f"{document}: {line}")

    def told(self) -> Iterator[str]:
        """The lines, those that are alike as one, and then the counts."""
        for line, number in Counter(self.lines).items():
            yield line if number == 1 else f"{line} ({number} times)"
        for kind, number in sorted(self.counts.items()):
            yield f"{kind}: {number}"


def no_faults() -> Faults:
    """Nothing was wrong so far."""
    return Faults(Counter(), [])


def listed(names: Sequence[str], most: int = 10) -> str:
    """The names with commas, of many the first ones."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


# ---------------------------------------------------------------- what a model wrote

_THINKING = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)


def find_answer(raw: str) -> Answers | None:
    """The last JSON object in a model's words that is an answer; None where there is none.

    What stands in blocks of thinking does not count; where everything does, as in a model that never
    closes them, nothing is there. Fences and talk around the object do no harm.
    """
    return find_object(raw, Answers)


def find_object(raw: str, form: type[T]) -> T | None:
    """The last JSON object of a form in a model's words; None where there is none."""
    if "</think>" in raw and "<think>" not in raw:  # the opening tag is often in the prompt
        raw = raw.rpartition("</think>")[2]
    found = None
    for value in _objects(_THINKING.sub(" ", raw)):
        try:
            found = msgspec.convert(_plain(value), form)
        except msgspec.ValidationError:
            continue
    return found


def _objects(raw: str) -> Iterator[Any]:
    """The JSON objects in a text, outermost ones, in order."""
    decoder = json.JSONDecoder(strict=False)
    position = raw.find("{")
    while position >= 0:
        try:
            value, end = decoder.raw_decode(raw, position)
        except (ValueError, RecursionError):
            end = position + 1
        else:
            yield value
        position = raw.find("{", end)


def _plain(value: Any) -> Any:
    """An answer with ids as strings, since models write ``"id": 1``, and a sole document unwrapped."""
    if not isinstance(value, dict):
        return value
    documents = value.get("documents")
    if documents is None and value.keys() & LAYERS_OF.keys():
        documents = [{"id": "1", **value}]
    if isinstance(documents, dict):
        documents = [documents]
    if not isinstance(documents, list):
        return value
    return {"documents": [_with_id(one, len(documents)) for one in documents]}


def _with_id(document: Any, number: int) -> Any:
    if not isinstance(document, dict):
        return document
    given = document.get("id", "1" if number == 1 else None)
    return document | {"id": str(given)} if isinstance(given, int | str) else document


# ---------------------------------------------------------------- from words to spans


def place(document: Document, answer: Answer, targets: Iterable[str], faults: Faults) -> Document:
    """A document with the layers that an answer gives in words.

    Args:
        document: the article.
        answer: what is said of it.
        targets: the ids of the targets that there are.
        faults: what was wrong is added here.
    """
    placer = _Placer(document, faults)
    layers: dict[str, Any] = {}
    if answer.mentions is not None:
        layers["mentions"] = placer.mentions(answer.mentions)
    if answer.quotes is not None:
        layers["quotes"] = placer.quotes(answer.quotes)
    if answer.stances is not None:
        layers["stances"] = placer.stances(answer.stances, [*targets])
    return validate(document.bare().with_layers(**layers))


class _Placer:
    """Finds the words of one answer in its document."""

    def __init__(self, document: Document, faults: Faults) -> None:
        self.document, self.text, self.faults = document, document.text, faults
        self.promo = [zone.span for zone in document.zones if zone.label == "promo"]

    def mentions(self, given: Sequence[Any]) -> list[Mention]:
        said = self._read(given, SaidMention, "mentions")
        labels = [one.label.strip().upper().replace(" ", "_") for one in said]
        alignment = align(self.text, [one.text for one in said])
        self._count("mentions", alignment.places, alignment.missing)
        found = []
        for one, label, span in zip(said, labels, alignment.spans, strict=True):
            if label not in MENTION_TYPES:
                self._fault("items of no type", unknown("type", one.label, MENTION_TYPES))
            elif span is not None:
                entity = normalise_name(one.entity or one.text) if label in NAME_TYPES else None
                found.append(Mention(span.start, span.end, label, entity))
        flat = flatten(found)
        if len(flat) < len({*found}):
            kept = {*flat}
            for mention in sorted({*found} - kept):
                self._fault("mentions that overlap another", repr(mention.of(self.text)))
        return flat

    def quotes(self, given: Sequence[Any]) -> list[Quote]:
        said = self._read(given, SaidQuote, "quotes")
        pieces = [(number, piece) for number, one in enumerate(said) for piece in one.content]
        alignment = align(self.text, [piece for _, piece in pieces], nested=True)
        self._count("contents", alignment.places, alignment.missing)
        contents: list[list[Span]] = [[] for _ in said]
        for (number, _), placed in zip(pieces, alignment.places, strict=True):
            contents[number] += placed.spans if placed is not None else ()
        spans = [self._tidy(content) for content in contents]
        kept = [number for number, content in enumerate(spans) if content]
        cues = self._near([said[n].cue for n in kept], [spans[n][0] for n in kept], "cues")
        places = [cue or spans[n][0] for cue, n in zip(cues, kept, strict=True)]
        sources = self._near([said[n].source for n in kept], places, "sources")
        quotes: dict[tuple[Span, ...], Quote] = {}
        for cue, source, number in zip(cues, sources, kept, strict=True):
            one, content = said[number], spans[number]
            if content in quotes:
                self._fault("quotes given twice", repr(content[0].of(self.text)))
                continue
            quotes[content] = Quote(
                id=f"q{len(quotes) + 1}",
                content=content,
                cue=cue,
                source=source,
                speaker=_name(one.speaker),
                utterance=self._act(one.utterance),
            )
        return [*with_parents([*quotes.values()])]

    def stances(self, given: Sequence[Any], targets: Sequence[str]) -> list[Stance]:
        stances: dict[tuple[str, str], Stance] = {}
        for one in self._read(given, SaidStance, "stances"):
            polarity, holder = one.polarity.strip().casefold(), _name(one.holder)
            if one.target not in targets:
                self._fault("items of no target", unknown("target", one.target, targets))
                continue
            if polarity not in POLARITIES:
                reason = unknown("polarity", one.polarity, POLARITIES)
                self._fault("items that are not of the form", f"stance of {one.holder!r}: {reason}")
                continue
            if holder is None:
                self._fault("items that are not of the form", "a stance of nobody")
                continue
            alignment = align(self.text, one.evidence)
            self._count("evidence", alignment.places, alignment.missing)
            found = [span for placed in alignment.places if placed for span in placed.spans]
            found = found or [lost.nearest for lost in alignment.missing if lost.nearest]
            evidence = self._tidy(found)
            key = (holder, one.target)
            if key in stances:
                self._fault("stances given twice", f"{holder} on {one.target}")
            elif evidence:
                stances[key] = Stance(
                    holder=holder, target=one.target, polarity=polarity, evidence=evidence
                )
        return [*stances.values()]

    def _read(self, given: Sequence[Any], form: type[T], field: str) -> list[T]:
        """The items that have the form; a string for a list of one is taken, too."""
        found = []
        for number, item in enumerate(given):
            if isinstance(item, dict):
                lists = {
                    name: [item[name]]
                    for name in ("content", "evidence")
                    if isinstance(item.get(name), str)
                }
                item = {**item, **lists}
            try:
                one = msgspec.convert(item, form)
            except msgspec.ValidationError as error:
                reason = str(error).replace(" - at `$", " - at `")
                self._fault("items that are not of the form", f"{field}[{number}]: {reason}")
                continue
            halved = [name for name in _NAMES if not _is_text(getattr(one, name, None))]
            if halved:
                reason = f"{field}[{number}].{halved[0]}: half of a character"
                self._fault("items that are not of the form", reason)
                continue
            found.append(one)
        return found

    def _near(
        self, words: Sequence[str | None], places: Sequence[Span], what: str
    ) -> list[Span | None]:
        """For each the words' place nearest to a span; None for no words."""
        given = [n for n, one in enumerate(words) if one is not None and one.strip()]
        wanted = [words[n] or "" for n in given]
        alignment = align(self.text, wanted, near=[places[n] for n in given])
        self._count(what, alignment.places, alignment.missing)
        found: list[Span | None] = [None] * len(words)
        for number, span in zip(given, alignment.spans, strict=True):
            found[number] = span
        return found

    def _count(
        self, what: str, places: Sequence[Placed | None], missing: Sequence[Missing]
    ) -> None:
        for placed in places:
            if placed is not None and placed.step != "exact":
                self.faults.counts[f"{what} found but for {placed.step}"] += 1
        for lost in missing:
            near = f"; most like it is {lost.found!r}" if lost.found else ""
            self._fault(f"{what} without a place in the text", f"{lost.words!r}{near}")

    def _fault(self, kind: str, line: str) -> None:
        self.faults.add(kind, self.document.id, f"{kind}: {line}")

    def _tidy(self, spans: Iterable[Span]) -> tuple[Span, ...]:
        """Spans in order and apart, on one side of the border of promotional text."""
        found: list[Span] = []
        for span in sorted({*spans}):
            if not found or found[-1].end <= span.start:
                found.append(span)
        inside = [
            any(span.start < p.end and p.start < span.end for p in self.promo) for span in found
        ]
        if any(inside):
            outside = [s for span in found for s in _without(span, self.promo, self.text)]
            return tuple(outside) or tuple(found)
        return tuple(found)

    def _act(self, utterance: str | int | None) -> str | None:
        label = "" if utterance is None else str(utterance).strip()
        return f"{self.document.id}-u{label}" if label else None


def _without(span: Span, zones: Sequence[Span], text: str) -> list[Span]:
    """What of a span lies in none of the zones, without white space at its edges."""
    left = [span]
    for zone in zones:
        left = [
            Span(*ends)
            for one in left
            for ends in (
                (one.start, min(one.end, zone.start)),
                (max(one.start, zone.end), one.end),
            )
            if ends[0] < ends[1]
        ]
    found = []
    for one in left:
        words = one.of(text)
        start = one.start + len(words) - len(words.lstrip())
        end = one.end - (len(words) - len(words.rstrip()))
        if start < end:
            found.append(Span(start, end))
    return found


_NAMES = ("entity", "speaker", "utterance", "holder")
"""The fields that predictions take over as they are written."""


def _is_text(value: str | int | None) -> bool:
    """Whether a file can hold it: a string may have half of a surrogate pair."""
    return not isinstance(value, str) or not any("\ud800" <= one <= "\udfff" for one in value)


def _name(given: str | None) -> str | None:
    return (given or "").strip() or None


def with_parents(quotes: Sequence[Quote]) -> list[Quote]:
    """Each quote with the shortest one whose content holds its own and is longer as its parent."""

    def size(quote: Quote) -> int:
        return sum(map(len, quote.content))

    def holds(outer: Quote, quote: Quote) -> bool:
        return size(outer) > size(quote) and all(
            any(o.start <= s.start and s.end <= o.end for o in outer.content) for s in quote.content
        )

    found = []
    for quote in quotes:
        outer = min((one for one in quotes if holds(one, quote)), key=size, default=None)
        found.append(msgspec.structs.replace(quote, parent=None if outer is None else outer.id))
    return found
