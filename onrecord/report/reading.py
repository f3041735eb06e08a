"""Layers of an article as data for its page, in short form: the script draws them on the text."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping
from typing import Any

from onrecord.document import Document, Span

KINDS = ("mention", "quote", "stance")
"""Of items, in the order of their numbers in the data."""


class Readings:
    """What each system and the gold have in one article; an item that several have is kept once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._readings: dict[str, array[int]] = {}

    def add(self, name: str, document: Document, meant: Mapping[str, str | None]) -> None:
        """Add a reading.

        Args:
            name: whose it is.
            document: the article with its layers.
            meant: which actor each speaker and holder means.
        """
        shorts = (_json(item) for item in items(document, meant))
        numbers = (self._numbers.setdefault(short, len(self._numbers)) for short in shorts)
        self._readings[name] = array("I", numbers)

    def __iter__(self) -> Iterable[str]:
        return iter(self._readings)

    @property
    def names(self) -> list[str]:
        """Whose readings there are, in order."""
        return list(self._readings)

    def json(self) -> str:
        """``items``, each once, and ``readings``: by name, the numbers of the items."""
        readings = {name: list(numbers) for name, numbers in self._readings.items()}
        return f'{{"items":[{",".join(self._numbers)}],"readings":{_json(readings)}}}'


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def items(document: Document, meant: Mapping[str, str | None]) -> Iterable[list[Any]]:
    """The items of a document, what is empty at the end left out.

    Each has the number of its kind, where it begins and ends (and begins again), who or what it is, on
    what else two readings agree, what else is known, and its parts: cue and source.
    """
    for mention in document.mentions:
        yield _short(0, [mention.start, mention.end], "", mention.label, mention.entity or "")
    for quote in document.quotes:
        actor = meant.get(quote.speaker or "") or quote.speaker or "nobody"
        parts = [
            [kind, one.start, one.end]
            for kind, one in (("cue", quote.cue), ("source", quote.source))
            if one
        ]
        more = f"{quote.id}, utterance {quote.utterance or 'none'}"
        more += f", in {quote.parent}" if quote.parent else ""
        yield _short(1, _ends(quote.content), actor, "", more, parts)
    for stance in document.stances:
        actor = meant.get(stance.holder) or stance.holder
        yield _short(2, _ends(stance.evidence), actor, f"{stance.polarity} on {stance.target}")


def _short(*values: Any) -> list[Any]:
    found = list(values)
    while not found[-1]:
        found.pop()
    return found


def _ends(spans: Iterable[Span]) -> list[int]:
    return [end for span in spans for end in (span.start, span.end)]
