"""An article with its layers, to be read by a person."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from onrecord.corpus.votes import Vote
from onrecord.document import Document, Form, Mention, Quote, Span, Zone, derive_forms

WIDTH = 96


def show(document: Document, votes: Sequence[Vote] = ()) -> str:
    """The article by zones with its mentions marked in the text, then its quotes and stances.

    A mention is shown as ``[words|TYPE entity]``; everything else by its words and offsets. What
    the votes on the article leave open is shown with them, stances that it has not too.
    """
    contested = {
        (vote.holder, vote.target) if vote.ask == "stance" else vote.quotes: _split(vote)
        for vote in votes
        if vote.contested and vote.doc_id == document.id and vote.ask in ("stance", "speaker")
    }
    meta = document.meta
    known = [part for part in (meta.outlet, meta.title, meta.date) if part]
    lines = [f"{document.id}: {' · '.join(known) or meta.file}", ""]
    for zone in document.zones or (Zone(0, len(document.text), "body"),):
        lines += _zone_lines(zone, document)
    counts = (
        f"{len(document.mentions)} mentions, {len(document.quotes)} quotes, "
        f"{len(document.stances)} stances"
    )
    lines += [counts]
    if document.quotes:
        lines += ["", "QUOTES"]
        forms = derive_forms(document.quotes, document.text)
        for quote, form in zip(document.quotes, forms, strict=True):
            lines += _quote_lines(quote, form, document)
            if (quote.id,) in contested:
                lines += _wrapped("speaker contested", contested[quote.id,])
    if document.stances:
        lines += ["", "STANCES"]
        for stance in document.stances:
            lines.append(f"  {stance.holder} | {stance.polarity} | {stance.target}")
            lines += _wrapped("evidence", _words(stance.evidence, document.text))
            if split := contested.pop((stance.holder, stance.target), None):
                lines += _wrapped("contested", split)
    absent = [(cell, split) for cell, split in contested.items() if len(cell) == 2]
    if absent:
        lines += ["", "NO STANCE, BUT CONTESTED"]
        lines += [f"  {holder} | {target} | {split}" for (holder, target), split in absent]
    return "\n".join(lines)


def _split(vote: Vote) -> str:
    """How readers split, in words."""
    return ", ".join(f"{each.votes} {each.answer or 'nobody'}" for each in vote.answers)


def _zone_lines(zone: Zone, document: Document) -> Iterator[str]:
    yield f"({zone.label})"
    inside = [m for m in document.mentions if m.start < zone.end and zone.start < m.end]
    for paragraph in _marked(zone.span, inside, document.text).splitlines():
        if paragraph.strip():
            yield textwrap.fill(paragraph.strip(), WIDTH, break_on_hyphens=False)
    yield ""


def _marked(zone: Span, mentions: Sequence[Mention], text: str) -> str:
    parts = []
    position = zone.start
    for mention in sorted(mentions):
        label = " ".join(part for part in (mention.label, mention.entity) if part)
        start = max(mention.start, position)
        end = min(mention.end, zone.end)
        parts += [text[position:start], f"[{text[start:end]}|{label}]"]
        position = end
    parts.append(text[position : zone.end])
    return "".join(parts)


def _quote_lines(quote: Quote, form: Form, document: Document) -> Iterator[str]:
    text = document.text
    facts = [quote.id, form, f"speaker {quote.speaker or '–'}"]
    facts += [f"utterance {quote.utterance or '–'}"]
    if quote.parent is not None:
        facts.append(f"in {quote.parent}")
    yield "  " + " | ".join(facts)
    if quote.source is not None or quote.cue is not None:
        source, cue = (
            f"{span.of(text)} ({span.start}–{span.end})" if span else "–"
            for span in (quote.source, quote.cue)
        )
        yield from _wrapped("source, cue", f"{source}; {cue}")
    yield from _wrapped("content", _words(quote.content, text))


def _words(spans: Sequence[Span], text: str) -> str:
    return " […] ".join(f"{span.of(text)} ({span.start}–{span.end})" for span in spans)


def _wrapped(name: str, words: str) -> list[str]:
    lead = f"      {name}: "
    return textwrap.wrap(
        words, WIDTH, initial_indent=lead, subsequent_indent="        ", break_on_hyphens=False
    )
