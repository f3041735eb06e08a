"""The probes: systems by phenomena as a map, and each set with its members side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from onrecord.leaderboard.probes import RIGHT, ProbeResult, table_of
from onrecord.probes.dresses import Dress
from onrecord.probes.probe import Probe, Probes, told


class Heat(msgspec.Struct, frozen=True):
    """A share of sets right as words, and its tenth, by which a cell is coloured."""

    words: str
    tenth: int | None


class Phenomenon(msgspec.Struct, frozen=True):
    """A row of the map."""

    name: str
    layer: str
    sets: int
    cells: tuple[Heat, ...]


class Member(msgspec.Struct, frozen=True):
    """A member of a set, and who is right on it."""

    letter: str
    edit: str
    text: str
    focus: tuple[str, ...]
    decoys: tuple[str, ...]
    right: tuple[bool | None, ...]
    """For each system; None of one that was not run on it."""


class Set(msgspec.Struct, frozen=True):
    """A set in one dress."""

    name: str
    dress: str
    members: tuple[Member, ...]


def heat(results: Sequence[ProbeResult], probes: Probes) -> list[Phenomenon]:
    """The shares of sets right by phenomenon, of each system."""
    tables = [table_of(result, probes) for result in results]
    layers = {probe.phenomenon: probe.layer for probe in probes}
    counts = {name: len({p.set for p in probes if p.phenomenon == name}) for name in layers}
    order = sorted(layers, key=lambda name: (layers[name], name))
    return [
        Phenomenon(
            name,
            layers[name],
            counts[name],
            tuple(_heat(table.part(phenomenon=name).sets) for table in tables),
        )
        for name in order
    ]


def _heat(share: object) -> Heat:
    value, right, of = (getattr(share, name) for name in ("value", "right", "of"))
    return Heat("–", None) if value is None else Heat(f"{right}/{of}", round(10 * value))


def sets(results: Sequence[ProbeResult], probes: Probes) -> dict[str, list[Set]]:
    """The sets of each phenomenon."""
    found: dict[str, list[Set]] = {}
    for (name, dress), members in probes.sets().items():
        marks = [_marks(result.sets, name, dress, len(members)) for result in results]
        made = Set(
            name,
            dress,
            tuple(
                _member(probe, [None if one is None else one[n] for one in marks])
                for n, probe in enumerate(members)
            ),
        )
        found.setdefault(members[0].phenomenon, []).append(made)
    return found


def _marks(
    made: Mapping[str, Mapping[Dress, str]], name: str, dress: Dress, number: int
) -> list[bool] | None:
    marks = made.get(name, {}).get(dress, "")
    return [mark == RIGHT for mark in marks] if len(marks) == number else None


def _member(probe: Probe, right: Sequence[bool | None]) -> Member:
    document = probe.document
    return Member(
        letter=probe.member,
        edit=f"{probe.change}: {probe.edit}" if probe.change else "the original",
        text=document.text,
        focus=tuple(told(item, document) for item in probe.focus),
        decoys=tuple(told(item, document) for item in probe.decoys),
        right=tuple(right),
    )
