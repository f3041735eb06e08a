"""The probes: systems by phenomena as a map, and each set with its members side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from onrecord.leaderboard.probes import RIGHT, TEXT_ALONE, ProbeResult, table_of, tracks
from onrecord.probes.dresses import Dress
from onrecord.probes.probe import Probe, Probes, told
from onrecord.scoring.report import interval, number


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


class Standing(msgspec.Struct, frozen=True):
    """A system in a layer of the probes, and which others the tests say it is better than."""

    name: str
    sets: str
    members: str
    better: tuple[str, ...]


def standings(results: Sequence[ProbeResult], probes: Probes) -> list[tuple[str, list[Standing]]]:
    """For each layer the systems that attempt it from the text alone, the best first.

    Better is what the test finds by sets or by members (see :mod:`onrecord.probes.comparison`).
    """
    track = next(one for one in tracks(results, probes) if one.title == TEXT_ALONE)
    found = []
    for layer in track.pairs["sets"]:
        rows = []
        for name, table in track.tables.items():
            part = table.part(layer=layer)
            if not part.rows:
                continue
            pairs = [*track.pairs["sets"][layer], *track.pairs["members"][layer]]
            better = sorted({pair.other for pair in pairs if pair.resolved and pair.better == name})
            shares = [part.sets, part.members]
            sets, members = (f"{number(one.value)} {interval(one.interval)}" for one in shares)
            rows.append((-(shares[1].value or 0.0), Standing(name, sets, members, tuple(better))))
        found.append(
            (layer, [row for _, row in sorted(rows, key=lambda one: (one[0], one[1].name))])
        )
    return found


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
