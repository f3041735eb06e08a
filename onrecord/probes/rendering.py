"""Rendering: a member of a source, dressed, becomes a document with offsets found by code."""

from __future__ import annotations

import msgspec

from onrecord.annotation.drafts import (
    DraftQuote,
    DraftStance,
    Locator,
    Words,
    locate,
    locate_layers,
    split_marked,
)
from onrecord.document import (
    NAME_TYPES,
    Document,
    Mention,
    Meta,
    Quote,
    Span,
    Stance,
    Zone,
    text_hash,
)
from onrecord.exceptions import AuthoringError
from onrecord.probes.dresses import DRESSES, Cast, Dress, Wardrobe
from onrecord.probes.probe import Item, Probe
from onrecord.probes.sources import LETTERS, Source, SourceItem, SourceMember, SourceSet


def render_source(source: Source, wardrobe: Wardrobe) -> list[Probe]:
    """Every member of every set in all dresses, the members of a set side by side.

    Raises:
        AuthoringError: as in :func:`render`.
    """
    return [
        render(source, of, number, dress, wardrobe)
        for of in source.sets
        for dress in DRESSES
        for number in range(len(of.members))
    ]


def render(source: Source, of: SourceSet, number: int, dress: Dress, wardrobe: Wardrobe) -> Probe:
    """A member of a set in a dress.

    Args:
        source: the phenomenon.
        of: the set.
        number: which member, from 0, the original.
        dress: whether countries are invented or real.
        wardrobe: the names.

    Raises:
        AuthoringError: a variable or an entity is unknown, or words do not occur exactly as said.
    """
    member, letter = of.members[number], LETTERS[number]
    try:
        cast = wardrobe.cast(of.id, dress)
        document = _document(member, f"{of.id}-{letter}-{dress}", source.phenomenon, cast)
        return Probe(
            set=of.id,
            phenomenon=source.phenomenon,
            layer=source.layer,
            member=letter,
            dress=dress,
            edit=member.edit,
            change=member.change,
            focus=_items(member.focus, "focus", document, cast),
            decoys=_items(member.decoys, "decoys", document, cast),
            document=document,
        )
    except AuthoringError as error:
        raise AuthoringError(f"{of.id}-{letter}: {error}") from None


def _document(member: SourceMember, id: str, phenomenon: str, cast: Cast) -> Document:
    text, marked = split_marked(cast.fill(member.text.strip()))
    quotes, stances = locate_layers(
        [_filled_quote(quote, cast) for quote in member.quotes],
        [_filled_stance(stance, cast) for stance in member.stances],
        text,
    )
    return Document(
        id=id,
        text=text,
        sha256=text_hash(text),
        meta=Meta(file=f"{phenomenon}.toml", language="en", words=len(text.split())),
        zones=(Zone(0, len(text), "body"),) if text else (),
        mentions=tuple(_mention(mention, text, cast) for mention in marked),
        quotes=tuple(_quote(quote, id, cast) for quote in quotes),
        stances=tuple(_stance(stance, cast) for stance in stances),
    ).canonical()


def _filled_quote(quote: DraftQuote, cast: Cast) -> DraftQuote:
    return msgspec.structs.replace(
        quote,
        content=tuple(_filled(words, cast) for words in quote.content),
        cue=quote.cue and _filled(quote.cue, cast),
        source=quote.source and _filled(quote.source, cast),
    )


def _filled_stance(stance: DraftStance, cast: Cast) -> DraftStance:
    return msgspec.structs.replace(
        stance, evidence=tuple(_filled(words, cast) for words in stance.evidence)
    )


def _filled(words: Locator, cast: Cast) -> Locator:
    if isinstance(words, str):
        return cast.fill(words)
    within = None if words.within is None else cast.fill(words.within)
    return Words(cast.fill(words.text), words.occurrence, within)


def _mention(mention: Mention, text: str, cast: Cast) -> Mention:
    if mention.entity is None:
        return mention
    try:
        return msgspec.structs.replace(mention, entity=cast.entity(mention.entity))
    except AuthoringError as error:
        raise AuthoringError(f"text: {mention.of(text)!r}: {error}") from None


def _quote(quote: Quote, id: str, cast: Cast) -> Quote:
    try:
        speaker = None if quote.speaker is None else cast.entity(quote.speaker)
    except AuthoringError as error:
        raise AuthoringError(f"{quote.id}.speaker: {error}") from None
    utterance = None if quote.utterance is None else f"{id}-{quote.utterance}"
    return msgspec.structs.replace(quote, speaker=speaker, utterance=utterance)


def _stance(stance: Stance, cast: Cast) -> Stance:
    try:
        return msgspec.structs.replace(stance, holder=cast.entity(stance.holder))
    except AuthoringError as error:
        raise AuthoringError(f"stance on {stance.target}: holder: {error}") from None


def _items(
    items: tuple[SourceItem, ...], field: str, document: Document, cast: Cast
) -> tuple[Item, ...]:
    found = []
    for number, item in enumerate(items):
        try:
            found.append(_item(item, document, cast))
        except AuthoringError as error:
            raise AuthoringError(f"{field}[{number}]: {error}") from None
    return tuple(found)


def _item(item: SourceItem, document: Document, cast: Cast) -> Item:
    if item.quote is not None:
        quote = _quote_of_id(item.quote, document)
        return Item(kind="quote", spans=quote.content, speaker=quote.speaker, quotes=(quote.id,))
    if item.content is not None:
        words = item.content if isinstance(item.content, tuple) else (item.content,)
        spans = tuple(sorted(locate(_filled(one, cast), document.text) for one in words))
        if item.speaker is None:
            return Item(kind="content", spans=spans)
        return Item(kind="quote", spans=spans, speaker=cast.entity(item.speaker))
    if item.mention is not None:
        locator = _filled(Words(item.mention, item.occurrence, item.within), cast)
        return Item(kind="mention", spans=(locate(locator, document.text),), label=item.type)
    if item.stance is not None:
        holder, target, polarity = item.stance
        return Item(kind="stance", holder=cast.entity(holder), target=target, polarity=polarity)
    if item.link is not None:
        return Item(kind="link", spans=tuple(_name(one, document, cast) for one in item.link))
    assert item.same is not None
    for id in item.same:
        _quote_of_id(id, document)
    return Item(kind="same", quotes=item.same)


def _quote_of_id(id: str, document: Document) -> Quote:
    for quote in document.quotes:
        if quote.id == id:
            return quote
    raise AuthoringError(f"there is no quote {id!r}")


def _name(words: Locator, document: Document, cast: Cast) -> Span:
    """Where words of a link are, which must be a name that is marked."""
    span = locate(_filled(words, cast), document.text)
    if not any(m.span == span and m.label in NAME_TYPES for m in document.mentions):
        raise AuthoringError(f"{span.of(document.text)!r} is not marked as a name")
    return span
