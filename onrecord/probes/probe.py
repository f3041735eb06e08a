"""A probe: one member of a set in one dress, a document with what it is about; and all of them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.corpus.registry import Registry, Target
from onrecord.document import Document, Polarity, Span
from onrecord.exceptions import UnknownId
from onrecord.probes.dresses import Dress
from onrecord.probes.sources import Change, Layer

Kind = Literal["mention", "link", "quote", "content", "same", "stance"]

LAYER_OF: Mapping[Kind, Layer] = {
    "mention": "entities",
    "link": "linking",
    "quote": "quotes",
    "content": "quotes",
    "same": "utterances",
    "stance": "stances",
}
"""The layer by whose rule an item of each kind is judged."""


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that a member is about (focus), or a wrong answer to it (decoy).

    ``mention``: the span and ``label``. ``link``: two spans that are one entity. ``quote``: the
    spans of the content and the ``speaker`` (null is nobody). ``content``: the spans of the content,
    whoever speaks. ``same``: the ids of two ``quotes`` that are one utterance. ``stance``:
    ``holder``, ``target`` and ``polarity``.
    """

    kind: Kind
    spans: tuple[Span, ...] = ()
    label: str | None = None
    speaker: str | None = None
    quotes: tuple[str, ...] = ()
    holder: str | None = None
    target: str | None = None
    polarity: Polarity | None = None

    @property
    def layer(self) -> Layer:
        """The layer by whose rule the item is judged."""
        return LAYER_OF[self.kind]


class Probe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A member of a set in a dress. ``edit`` and ``change`` are null of the original."""

    set: str
    phenomenon: str
    layer: Layer
    member: str
    dress: Dress
    edit: str | None
    change: Change | None
    focus: tuple[Item, ...]
    decoys: tuple[Item, ...]
    document: Document

    def __repr__(self) -> str:
        return f"Probe({self.id!r}, {self.phenomenon}, {self.change or 'original'})"

    @property
    def id(self) -> str:
        """The document's id: set, letter of the member and dress."""
        return self.document.id


class Probes(msgspec.Struct, frozen=True, dict=True):
    """All probes, members of a set side by side, with their registry and targets."""

    probes: tuple[Probe, ...]
    registry: Registry
    targets: tuple[Target, ...]

    def __iter__(self) -> Iterator[Probe]:
        return iter(self.probes)

    def __len__(self) -> int:
        return len(self.probes)

    def __getitem__(self, id: str) -> Probe:
        if id not in self.by_id:
            raise UnknownId(f"unknown probe {id!r}")
        return self.by_id[id]

    def __repr__(self) -> str:
        sets = len({probe.set for probe in self.probes})
        phenomena = len({probe.phenomenon for probe in self.probes})
        return f"Probes({len(self)} members in all dresses, {sets} sets, {phenomena} phenomena)"

    @cached_property
    def by_id(self) -> Mapping[str, Probe]:
        """The probes by their document's id."""
        return {probe.id: probe for probe in self.probes}

    @cached_property
    def corpus(self) -> Corpus:
        """The passages as any other corpus: what systems are run on."""
        documents = tuple(probe.document for probe in self.probes)
        return Corpus(documents, self.registry, self.targets, apart=True)

    @cached_property
    def hash(self) -> str:
        """A sha256 over the probes, their registry and targets: what a result was made with."""
        parts = (self.probes, list(self.registry), self.targets)
        return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()

    def third(self) -> Probes:
        """A fixed third of the sets, of every phenomenon alike: for systems that are slow.

        Of each phenomenon those sets whose id has the lowest sha256.
        """
        ids: dict[str, list[str]] = {}
        for probe in self.probes:
            ids.setdefault(probe.phenomenon, []).append(probe.set)
        kept: set[str] = set()
        for sets in ids.values():
            ordered = sorted({*sets}, key=lambda one: hashlib.sha256(one.encode()).hexdigest())
            kept |= {*ordered[: math.ceil(len(ordered) / 3)]}
        probes = tuple(probe for probe in self.probes if probe.set in kept)
        return msgspec.structs.replace(self, probes=probes)

    def sets(self) -> dict[tuple[str, Dress], tuple[Probe, ...]]:
        """The members of each set in each dress."""
        found: dict[tuple[str, Dress], list[Probe]] = {}
        for probe in self.probes:
            found.setdefault((probe.set, probe.dress), []).append(probe)
        return {key: tuple(members) for key, members in found.items()}


def told(item: Item, document: Document) -> str:
    """An item of focus or decoys in words."""
    words = [f"‘{span.of(document.text)}’" for span in item.spans]
    if item.kind == "mention":
        return f"{words[0]} is {item.label}"
    if item.kind == "link":
        (one, other), (first, second) = words, item.spans
        return f"{one} at {first.start} and {other} at {second.start} are one entity"
    if item.kind == "quote":
        return f"{item.speaker or 'nobody named'} says {' … '.join(words)}"
    if item.kind == "content":
        return f"somebody says {' … '.join(words)}"
    if item.kind == "same":
        contents = {
            quote.id: " … ".join(span.of(document.text) for span in quote.content)
            for quote in document.quotes
        }
        return " and ".join(f"‘{contents[id]}’" for id in item.quotes) + " are one utterance"
    return f"{item.holder} is {item.polarity} on {item.target}"
