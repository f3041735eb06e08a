"""The cases of quotes: speakers and cuts, missed and invented quotes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.corpus.resolution import Meanings, Names
from onrecord.document import Document, Form, Quote, derive_forms
from onrecord.scoring.alignment import SAME, Content, overlap, same_speaker, side
from onrecord.scoring.errors.cases import (
    RIGHT,
    TIE,
    Case,
    Item,
    Pairs,
    actor_name,
    cut,
    is_unresolved,
    make_case,
    make_item,
    pair_off,
)

_ONE_MORE = 1e6
"""What a pair is worth beside its overlap, so that right pairs are as many as possible."""


class _Said(msgspec.Struct, frozen=True):
    """A quote with the characters that count and the speaker it means, as in ``Side``."""

    quote: Quote
    content: Content
    speaker: str | None


def cases(pairs: Pairs, gold: Corpus, gold_names: Names, names: Names) -> Iterator[Case]:
    """Every case of all documents."""
    for left, right in pairs:
        own, other = _said(left, left, gold_names[left.id]), _said(right, left, names[left.id])
        whole = gold[left.id]
        forms = derive_forms(whole.quotes, whole.text)
        form_of = {quote.id: form for quote, form in zip(whole.quotes, forms, strict=True)}
        for one, two in pair_off(own, other, _right, _found, _overlap):
            kind, subkind, note = _judge(one, two, form_of)
            first, second = _item(left, one, gold), _item(left, two, gold)
            yield make_case("quotes", kind, left.text, first, second, subkind=subkind, note=note)


def _said(document: Document, article: Document, meant: Meanings) -> list[_Said]:
    ready = side(document.quotes, article, meant)
    rows = zip(ready.quotes, ready.contents, ready.speakers, strict=True)
    return [_Said(*row) for row in rows]


def _right(one: _Said, other: _Said) -> float:
    found = _found(one, other)
    return _ONE_MORE + found if found and same_speaker(one.speaker, other.speaker) else 0.0


def _found(one: _Said, other: _Said) -> float:
    shared = overlap(one.content, other.content)
    return shared if shared >= SAME else 0.0


def _overlap(one: _Said, other: _Said) -> float:
    shared = overlap(one.content, other.content)
    return shared + TIE * same_speaker(one.speaker, other.speaker) if shared else 0.0


def _judge(
    one: _Said | None, other: _Said | None, form_of: Mapping[str, Form]
) -> tuple[str, str | None, str | None]:
    """Kind, subkind and note; ``form_of``: the gold's quotes by id."""
    if one is None:
        return "invented", None, None
    if other is None:
        nested = "" if one.quote.parent is None else ", nested"
        return "missed", f"{form_of[one.quote.id]}{nested}", None
    right = same_speaker(one.speaker, other.speaker)
    if _found(one, other):
        subkind = None if right else _speaker_error(one.speaker, other.speaker)
        return RIGHT if right else "wrong-speaker", subkind, None
    shared = one.content.shared(other.content)
    subkind = cut(shared, one.content.size, other.content.size)
    note = f"overlap {overlap(one.content, other.content):.2f}"
    return "cut-wrong", subkind if right else f"{subkind}, wrong speaker", note


def _speaker_error(gold: str | None, predicted: str | None) -> str:
    if gold is None:
        return "none in the gold"
    if predicted is None:
        return "none given"
    return "unresolved name" if is_unresolved(predicted) else "other actor"


def _item(document: Document, said: _Said | None, gold: Corpus) -> Item | None:
    if said is None:
        return None
    speaker = "no speaker" if said.speaker is None else actor_name(said.speaker, gold)
    return make_item(document, said.quote.content, speaker)
