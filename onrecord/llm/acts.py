"""Utterances across articles: all quotes of a prediction in one question, and its answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from onrecord.convert.answers import find_object
from onrecord.document import Document, Quote, Span
from onrecord.llm.prompts import Prompt, ask_acts

_STOP = re.compile(r"(?<=[a-z\d”\"’)][.!?…])\s|(?<=[.!?…][”\"’])\s|\n")


class Groups(msgspec.Struct, frozen=True):
    """Which quotes report the same act, by their numbers in the question."""

    groups: list[list[str]]


def acts_prompt(documents: Sequence[Document]) -> Prompt:
    """The question which quotes of the documents report the same act of saying.

    Quotes are numbered over all documents. Those that only wrap others are left out, as is
    what stands beyond the sentences that a quote is in.
    """
    return ask_acts(
        (number, document.id, quote.speaker or "not said", _shown(quote, document.text))
        for number, document, quote in _numbered(documents)
    )


def join_acts(documents: Sequence[Document], raw: str) -> list[Document] | None:
    """The documents with the utterances that an answer says; None where it cannot be read.

    Quotes of one document keep what they share. Numbers that there are not are passed over.
    """
    answer = find_object(raw, Groups)
    if answer is None:
        return None
    known = {
        number: (document.id, quote.id, quote.utterance or "")
        for number, document, quote in _numbered(documents)
    }
    joined: dict[str, str] = {}

    def root(utterance: str) -> str:
        while joined.get(utterance, utterance) != utterance:
            utterance = joined[utterance]
        return utterance

    for group in answer.groups:
        utterances = [known[number][2] for number in group if number in known]
        for other in utterances[1:]:
            joined[root(other)] = root(utterances[0])
    return [_renamed(document, {u: root(u) for u in joined}) for document in documents]


def _renamed(document: Document, names: Mapping[str, str]) -> Document:
    quotes = [
        msgspec.structs.replace(quote, utterance=names.get(quote.utterance or "", quote.utterance))
        for quote in document.quotes
    ]
    return document.with_layers(quotes=quotes)


def _numbered(documents: Sequence[Document]) -> list[tuple[str, Document, Quote]]:
    """The quotes that have an utterance, with their numbers."""
    found = [(document, q) for document in documents for q in document.quotes if q.utterance]
    return [(f"q{number}", *pair) for number, pair in enumerate(found, start=1)]


def _shown(quote: Quote, text: str) -> str:
    """The sentences that a quote is in, its content in brackets, on one line."""
    spans = [span for span in (*quote.content, quote.cue, quote.source) if span is not None]
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    before = [found.end() for found in _STOP.finditer(text, 0, start + 1) if found.end() <= start]
    after = _STOP.search(text, end - 1)
    around = Span(before[-1] if before else 0, after.start() if after else len(text))
    shown, position = "", around.start
    for span in quote.content:
        shown += f"{text[position : span.start]}[{span.of(text)}]"
        position = span.end
    return " ".join((shown + text[position : around.end]).split())
