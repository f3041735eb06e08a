"""Given layers: what a system that builds on mentions, quotes or stance pairs gets to build on.

``mentions`` are spans with their types, without entities; ``quotes`` are whole but for their
utterances; ``stances`` are pairs of holder and target, with an empty polarity and no evidence. They
are the gold's, or those of a file. Results on the gold's layers are a track of their own and are
never ranked with those of systems that start from the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.corpus.layers import read_layers
from onrecord.document import Document, Mention
from onrecord.exceptions import InvalidInput

GOLD = "gold"
GIVABLE: dict[str, str | None] = {"mentions": "entities", "quotes": "quotes", "stances": None}
"""The layers that can be given, each with the score that it answers beforehand."""


class Given(msgspec.Struct, frozen=True):
    """A layer that a system gets, and whose it is: ``gold`` or the name of a file."""

    layer: str
    source: str
    documents: tuple[Document, ...]

    def __str__(self) -> str:
        return f"{self.layer}={self.source}"


def read_given(values: Iterable[str], gold: Corpus) -> tuple[Given, ...]:
    """The layers that ``LAYER`` (the gold's) or ``LAYER=FILE`` ask for, in the order of layers.

    Raises:
        InvalidInput: there is no such layer, it is given twice, or the file is invalid.
    """
    found: dict[str, Given] = {}
    for value in values:
        layer, named, file = value.partition("=")
        if layer not in GIVABLE:
            known = ", ".join(GIVABLE)
            raise InvalidInput(f"unknown layer {layer!r} (known: {known})", field="--given")
        if layer in found:
            raise InvalidInput(f"{layer} is given twice", field="--given")
        documents = read_layers(file, gold) if named else gold.documents
        found[layer] = Given(layer, Path(file).stem if named else GOLD, documents)
    return tuple(found[layer] for layer in GIVABLE if layer in found)


def supply(articles: Sequence[Document], given: Sequence[Given]) -> tuple[Document, ...]:
    """The articles with the given layers, as a system gets them."""
    supplied = []
    for index, article in enumerate(articles):
        for one in given:
            article = article.with_layers(**{one.layer: _bared(one.documents[index], one.layer)})
        supplied.append(article)
    return tuple(supplied)


def require_given(documents: Sequence[Document], given: Sequence[Given]) -> None:
    """Make sure that predictions have the layers that they were given.

    Raises:
        InvalidInput: a document has another layer than it was given.
    """
    for one in given:
        for document, source in zip(documents, one.documents, strict=True):
            if set(_bared(document, one.layer)) != set(_bared(source, one.layer)):
                raise InvalidInput(
                    f"are not those of {one.source}, which --given says they are",
                    document=document.id,
                    field=one.layer,
                )


def _bared(document: Document, layer: str) -> list[Any]:
    """The items of a layer without what is asked of a system."""
    if layer == "mentions":
        return [Mention(m.start, m.end, m.label) for m in document.mentions]
    if layer == "quotes":
        return [msgspec.structs.replace(quote, utterance=None) for quote in document.quotes]
    return [
        msgspec.structs.replace(stance, polarity="", evidence=()) for stance in document.stances
    ]
