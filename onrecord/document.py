"""The document model: an article and what it says, as frozen values.

Everything is a :class:`Document`: a seed is one without layers, an annotator's pass, the gold and a
system's output are ones with layers. Offsets are Python ``str`` indices (Unicode code points), half
open, into the text exactly as it is in the seed; the text is never normalised.

None of these values can hold itself, so the garbage collector need not look at them (``gc=False``):
it would do so again and again while a large corpus is read.
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeVar, get_args

import msgspec

from onrecord.markup import Mark, article_html

T = TypeVar("T")

NameType = Literal[
    "PERSON",
    "NORP",
    "FAC",
    "ORG",
    "GPE",
    "LOC",
    "PRODUCT",
    "EVENT",
    "WORK_OF_ART",
    "LAW",
    "LANGUAGE",
]
ValueType = Literal["DATE", "TIME", "PERCENT", "MONEY", "QUANTITY", "ORDINAL", "CARDINAL"]
MentionType = NameType | ValueType
ZoneLabel = Literal["headline", "byline", "subhead", "body", "promo"]
Polarity = Literal["favor", "against", "mixed"]
Form = Literal["direct", "mixed", "indirect"]

NAME_TYPES: tuple[str, ...] = get_args(NameType)
VALUE_TYPES: tuple[str, ...] = get_args(ValueType)
MENTION_TYPES: tuple[str, ...] = NAME_TYPES + VALUE_TYPES
"""The 18 OntoNotes types: names refer to an entity, values do not."""
ZONE_LABELS: tuple[str, ...] = get_args(ZoneLabel)
POLARITIES: tuple[str, ...] = get_args(Polarity)
_NAMES = frozenset(NAME_TYPES)

LAYERS = ("entities", "linking", "quotes", "utterances", "stances")
"""The five layers that are scored, in the order of the leaderboard's columns."""

QUOTATION_MARKS = frozenset("\"'“”‘’„‟‚‛«»‹›`´")
"""Characters that open or close quoted matter; an apostrophe inside a word is not told apart here."""


class Span(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True, gc=False):
    """A stretch of text, ``start`` included and ``end`` not, in code points."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters of this span in ``text``."""
        return text[self.start : self.end]

    def __len__(self) -> int:
        return self.end - self.start


class Zone(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True, gc=False):
    """A part of the article's layout; the zones of a document tile its text. Given, not annotated."""

    start: int
    end: int
    label: ZoneLabel

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


class Mention(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True, gc=False):
    """A name or a value in the text. ``entity`` is whom a name refers to; null for value types."""

    start: int
    end: int
    label: str
    entity: str | None = None

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    def of(self, text: str) -> str:
        """The characters of this mention in ``text``."""
        return text[self.start : self.end]

    @property
    def is_name(self) -> bool:
        """Whether the type is one of the eleven whose mentions refer to an entity."""
        return self.label in _NAMES


class Quote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A reported act of saying or writing.

    ``content`` is what was said, in one or more spans in text order; ``cue`` the reporting
    expression; ``source`` the phrase that names the speaker; ``speaker`` the entity it means;
    ``utterance`` the act reported, shared by all reports of it; ``parent`` the quote whose content
    holds this report.
    """

    id: str
    content: tuple[Span, ...]
    cue: Span | None = None
    source: Span | None = None
    speaker: str | None = None
    utterance: str | None = None
    parent: str | None = None


class Stance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A position the text ascribes to ``holder`` on a target's proposition, and the words that show it."""

    holder: str
    target: str
    polarity: str
    evidence: tuple[Span, ...]


class Meta(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What is known of an article; null where the text itself does not say."""

    file: str
    outlet: str | None = None
    title: str | None = None
    date: str | None = None
    language: str | None = None
    event: str | None = None
    words: int | None = None


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """An article with its layers: mentions, quotes and stances."""

    id: str
    text: str
    sha256: str
    meta: Meta
    zones: tuple[Zone, ...] = ()
    mentions: tuple[Mention, ...] = ()
    quotes: tuple[Quote, ...] = ()
    stances: tuple[Stance, ...] = ()

    def __repr__(self) -> str:
        return (
            f"Document({self.id!r}, {len(self.text)} characters, {len(self.mentions)} mentions, "
            f"{len(self.quotes)} quotes, {len(self.stances)} stances)"
        )

    def _repr_html_(self) -> str:
        """The article with its layers coloured, as a notebook shows it."""
        return article_html(self.text, list(marks(self)))

    def bare(self) -> Document:
        """The same article without its layers, as a system gets it."""
        return msgspec.structs.replace(self, mentions=(), quotes=(), stances=())

    def with_layers(
        self,
        *,
        mentions: tuple[Mention, ...] | list[Mention] | None = None,
        quotes: tuple[Quote, ...] | list[Quote] | None = None,
        stances: tuple[Stance, ...] | list[Stance] | None = None,
    ) -> Document:
        """The same article with the given layers in place of its own; None keeps a layer."""
        return msgspec.structs.replace(
            self,
            mentions=self.mentions if mentions is None else tuple(mentions),
            quotes=self.quotes if quotes is None else tuple(quotes),
            stances=self.stances if stances is None else tuple(stances),
        )

    def canonical(self) -> Document:
        """The same document with every list in the one order that files use."""
        return msgspec.structs.replace(
            self,
            mentions=_mentions_in_order(self.mentions),
            quotes=_ordered([_in_text_order(quote) for quote in self.quotes], _quote_order),
            stances=_ordered([_evidence_in_order(s) for s in self.stances], _stance_order),
        )

    def numbered(self) -> Document:
        """The same document with quotes named q1, q2, … in text order, the longer first.

        Ids that Label Studio's browser makes are random; these follow from what was annotated.
        """
        order = sorted(self.quotes, key=_numbering)
        ids = {quote.id: f"q{number}" for number, quote in enumerate(order, start=1)}
        quotes = [
            msgspec.structs.replace(
                quote, id=ids[quote.id], parent=quote.parent and ids[quote.parent]
            )
            for quote in self.quotes
        ]
        return self.with_layers(quotes=quotes).canonical()


def marks(document: Document) -> Iterator[Mark]:
    """What is marked in an article: mentions, contents, sources and cues of quotes, evidence."""
    for mention in document.mentions:
        words = " ".join(part for part in (mention.label, mention.entity) if part)
        yield Mark(mention.start, mention.end, "mention", words)
    for quote in document.quotes:
        words = f"{quote.id}: {quote.speaker or '–'}"
        parts = {"source": quote.source, "cue": quote.cue}
        for span in quote.content:
            yield Mark(span.start, span.end, "quote", words)
        for kind, part in parts.items():
            if part is not None:
                yield Mark(part.start, part.end, kind, f"{kind} of {quote.id}")
    for stance in document.stances:
        for span in stance.evidence:
            words = f"{stance.holder} {stance.polarity} {stance.target}"
            yield Mark(span.start, span.end, "stance", words)


def _numbering(quote: Quote) -> tuple[int, int, tuple[Span, ...], str]:
    content = tuple(sorted(quote.content))
    return (content[0].start, -content[-1].end, content, quote.speaker or "")


def _mention_order(mention: Mention) -> tuple[int, int, str, str]:
    return (mention.start, mention.end, mention.label, mention.entity or "")


def _mentions_in_order(mentions: tuple[Mention, ...]) -> tuple[Mention, ...]:
    starts = [mention.start for mention in mentions]
    if all(map(operator.lt, starts, starts[1:])):
        return mentions
    return _ordered(mentions, _mention_order)


def _ordered(items: Sequence[T], key: Callable[[T], Any]) -> tuple[T, ...]:
    return tuple(sorted(items, key=key) if len(items) > 1 else items)


def _in_text_order(quote: Quote) -> Quote:
    if len(quote.content) < 2:
        return quote
    return msgspec.structs.replace(quote, content=tuple(sorted(quote.content)))


def _evidence_in_order(stance: Stance) -> Stance:
    if len(stance.evidence) < 2:
        return stance
    return msgspec.structs.replace(stance, evidence=tuple(sorted(stance.evidence)))


def _quote_order(quote: Quote) -> tuple[tuple[Span, ...], str]:
    return (quote.content, quote.id)


def _stance_order(stance: Stance) -> tuple[tuple[Span, ...], str, str, str]:
    return (stance.evidence, stance.holder, stance.target, stance.polarity)


def text_hash(text: str) -> str:
    """The sha256 of the text's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def derive_form(quote: Quote, quotes: Sequence[Quote], text: str) -> Form:
    """The form of a quote from quotation marks: direct, mixed or indirect.

    *direct*: every letter and digit of the content stands within marks; *mixed*: some do;
    *indirect*: none does. Marks are read over the contents of all statements made under the same
    cue by the same source, in text order, since sentences of one quotation are separate quotes and
    only the first opens and the last closes; the marks around a report that holds this one are not
    its own. Marks need not balance, since in the sources they do not: one that opens and is not
    closed runs to the end of these contents; one that closes what nothing opened shows that some
    of its quote was quoted, but not from where, so that the form is mixed. A mark between letters,
    or after one with nothing open, is an apostrophe.

    Args:
        quote: one of ``quotes``.
        quotes: all quotes of the document.
        text: the document's text.
    """
    together = [quote]
    if quote.cue is not None:
        together = [other for other in quotes if _act(other) == _act(quote)]
    return _form(quote, _marks(together, text), text)


def derive_forms(quotes: Sequence[Quote], text: str) -> list[Form]:
    """The form of each quote of a document, in their order, as :func:`derive_form` gives it.

    The marks of an act are read once, so that many quotes take no more time than they have words.
    """
    acts: dict[_Act, list[Quote]] = {}
    for quote in quotes:
        if quote.cue is not None:
            acts.setdefault(_act(quote), []).append(quote)
    marks = {act: _marks(together, text) for act, together in acts.items()}
    return [_form(quote, marks.get(_act(quote)) or _marks([quote], text), text) for quote in quotes]


_Act = tuple[Span | None, Span | None, str | None]
"""What the statements of one act have in common: cue, source and the report that holds them."""


def _act(quote: Quote) -> _Act:
    return quote.cue, quote.source, quote.parent


_Marks = tuple[set[int], set[int]]
"""The positions that marks enclose, and those of marks that close what nothing opened."""


def _marks(together: Sequence[Quote], text: str) -> _Marks:
    return _quoted(sorted({span for quote in together for span in quote.content}), text)


def _form(quote: Quote, marks: _Marks, text: str) -> Form:
    within, strays = marks
    own = {position for span in quote.content for position in range(span.start, span.end)}
    flags = [position in within for position in own if text[position].isalnum()]
    if flags and all(flags):
        return "direct"
    return "mixed" if strays & own or any(flags) else "indirect"


_CLOSED_BY = {"“": "”", "„": "“”", "‘": "’", "‚": "‘’", "«": "»", "‹": "›"}
_CLOSING = frozenset("”’»›")
_STRAIGHT = frozenset("\"'")


def _quoted(content: Sequence[Span], text: str) -> _Marks:
    positions: list[int] = []
    enclosed: set[int] = set()
    strays: set[int] = set()
    opened: list[tuple[int, str]] = []
    for span in content:
        for position in range(span.start, span.end):
            character = text[position]
            before = text[position - 1] if position > span.start else " "
            after = text[position + 1] if position + 1 < span.end else " "
            closes = bool(opened) and character in opened[-1][1]
            apostrophe = character in "'’" and before.isalnum() and (after.isalnum() or not closes)
            if apostrophe:
                pass
            elif closes:
                start, _ = opened.pop()
                enclosed.update(positions[start:])
            elif character in _CLOSED_BY:
                opened.append((len(positions), _CLOSED_BY[character]))
            elif character in _CLOSING or (
                character in _STRAIGHT and (before.isalnum() or before in ".,!?")
            ):
                strays.add(position)
            elif character in _STRAIGHT:
                opened.append((len(positions), character))
            positions.append(position)
    if opened:
        enclosed.update(positions[opened[0][0] :])
    return enclosed, strays
