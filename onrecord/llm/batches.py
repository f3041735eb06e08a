"""Probes in batches: many short passages in one question, the members of a set never together."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from onrecord.llm.prompts import ASKS, Ask
from onrecord.probes.probe import Probe, Probes

ASKED: Mapping[str, Ask] = {
    "entities": "mentions",
    "linking": "mentions",
    "quotes": "quotes",
    "utterances": "quotes",
    "stances": "stances",
}
"""What is asked for, by the layer that a probe is about."""

SIZE = 30
"""Passages in a batch, at most."""


class Batch(msgspec.Struct, frozen=True):
    """Passages that one question is about; in it they are numbered from 1."""

    asked: Ask
    probes: tuple[Probe, ...]


def batches(probes: Probes, *, third: bool = False, size: int = SIZE) -> Iterator[Batch]:
    """All probes, each in one batch with others of its layer.

    A batch has at most one passage of a set, so that no answer can be had by comparing members,
    and passages of several phenomena, members and dresses, so that it does not show what is tested.
    The fixed third of the sets (:meth:`Probes.third`) has batches of its own, which come first.

    Args:
        probes: all of them.
        third: the third alone.
        size: passages in a batch, at most.
    """
    chosen = {probe.set for probe in probes.third()}
    for asked in ASKS:
        sets: dict[str, list[Probe]] = {}
        for probe in probes:
            if ASKED[probe.layer] == asked:
                sets.setdefault(probe.set, []).append(probe)
        ordered = sorted(sets, key=_hash)
        parts = [[one for one in ordered if one in chosen]]
        if not third:
            parts.append([one for one in ordered if one not in chosen])
        for part in parts:
            yield from _split(asked, [sets[one] for one in part], size)


def _split(asked: Ask, sets: Sequence[Sequence[Probe]], size: int) -> Iterator[Batch]:
    """Batches with one passage of each set, turned on by one from set to set."""
    for slot in range(max(map(len, sets), default=0)):
        found = [
            members[(slot + number) % len(members)]
            for number, members in enumerate(sets)
            if slot < len(members)
        ]
        parts = math.ceil(len(found) / size)
        for part in range(parts):
            ordered = sorted(found[part::parts], key=lambda probe: _hash(probe.id))
            yield Batch(asked, tuple(ordered))


def _hash(id: str) -> str:
    return hashlib.sha256(id.encode()).hexdigest()
