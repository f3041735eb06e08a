"""The probes: systems by phenomena as a map, and each set with its members side by side."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from onrecord.leaderboard.probes import RIGHT, ProbeResult, Track, table_of
from onrecord.probes.dresses import Dress
from onrecord.probes.failures import Answer, given_by
from onrecord.probes.probe import Probe, Probes, told
from onrecord.probes.score import ProbeScores
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
    numbers: tuple[int, ...]
    """Of the lines of these."""


def standings(track: Track) -> list[tuple[str, list[Standing]]]:
    """For each layer the systems that attempt it, the best first.

    Better is what the test finds by sets or by members (see :mod:`onrecord.probes.comparison`).
    """
    found = []
    for layer in track.pairs["sets"]:
        parts = {name: table.part(layer=layer) for name, table in track.tables.items()}
        parts = {name: part for name, part in parts.items() if part.rows}
        order = sorted(parts, key=lambda name: (-(parts[name].members.value or 0.0), name))
        pairs = [*track.pairs["sets"][layer], *track.pairs["members"][layer]]
        rows = []
        for name in order:
            better = {pair.other for pair in pairs if pair.resolved and pair.better == name}
            sets, members = (
                f"{number(share.value)} {interval(share.interval)}"
                for share in (parts[name].sets, parts[name].members)
            )
            beaten = tuple(n for n, other in enumerate(order) if other in better)
            rows.append(Standing(name, sets, members, tuple(order[n] for n in beaten), beaten))
        found.append((layer, rows))
    return found


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


class Member(msgspec.Struct, frozen=True):
    """A member of a set: its text in pieces, each with whether it differs from the original's."""

    letter: str
    edit: str
    pieces: tuple[tuple[str, bool], ...]
    focus: tuple[str, ...]
    decoys: tuple[str, ...]


class Set(msgspec.Struct, frozen=True):
    """A set in one dress, and the systems by the members that they have right."""

    name: str
    dress: Dress
    members: tuple[Member, ...]
    marks: tuple[tuple[str, tuple[str, ...]], ...]
    """A mark for each member, and the systems of which that is so; those with most right first."""
    by_system: Mapping[str, str]
    """The marks of each system that was run on it."""
    same: bool
    """Whether it has the very words that it has in the dress before."""


def sets(results: Sequence[ProbeResult], probes: Probes) -> dict[str, list[Set]]:
    """The sets of each phenomenon."""
    found: dict[str, list[Set]] = {}
    texts: dict[str, list[str]] = {}
    for (name, dress), members in probes.sets().items():
        words = [probe.document.text for probe in members]
        same = texts.setdefault(name, words) == words and texts[name] is not words
        by_system = {
            result.name: marks
            for result in results
            if len(marks := result.sets.get(name, {}).get(dress, "")) == len(members)
        }
        grouped: dict[str, list[str]] = defaultdict(list)
        for system, marks in by_system.items():
            grouped[marks].append(system)
        order = sorted(grouped, key=lambda marks: (-marks.count(RIGHT), marks))
        first = members[0].document.text
        found.setdefault(members[0].phenomenon, []).append(
            Set(
                name,
                dress,
                tuple(_member(probe, first) for probe in members),
                tuple((_spaced(marks), tuple(grouped[marks])) for marks in order),
                by_system,
                same,
            )
        )
    return found


def _spaced(marks: str) -> str:
    return " ".join("+" if mark == RIGHT else "−" for mark in marks)


def _member(probe: Probe, original: str) -> Member:
    document = probe.document
    return Member(
        letter=probe.member,
        edit=f"{probe.change}: {probe.edit}" if probe.change else "the original",
        pieces=_pieces(original, document.text),
        focus=tuple(told(item, document) for item in probe.focus),
        decoys=tuple(told(item, document) for item in probe.decoys),
    )


def _pieces(original: str, text: str) -> tuple[tuple[str, bool], ...]:
    """The text in pieces, each with whether it differs from the original."""
    one, other = (re.findall(r"\s+|\w+|[^\w\s]", words) for words in (original, text))
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return tuple(
        ("".join(other[start:end]), tag != "equal")
        for tag, _, _, start, end in matcher.get_opcodes()
        if start < end
    )


def answers(
    sets: Sequence[Set], probes: Probes, scores: Mapping[str, ProbeScores]
) -> dict[str, Any]:
    """What each system gave on the members of these sets, as data for their page.

    ``items`` has each answer once: what stands before its words, where they begin and end, what
    stands after them. ``sets`` has for each set and system its marks and, member by member, the
    numbers of its answers; null of a system that was not run on it.

    Args:
        sets: of one phenomenon, in the order of the page.
        probes: all of them.
        scores: of each system whose predictions are kept.
    """
    ids = {(p.set, p.dress, p.member): p.id for p in probes}
    gave = {
        name: {outcome.probe.id: outcome for outcome in score.outcomes}
        for name, score in scores.items()
    }
    items: dict[Answer, int] = {}
    rows = []
    for one in sets:
        members = [ids[one.name, one.dress, member.letter] for member in one.members]
        row: list[Any] = []
        for name in scores:
            if name not in one.by_system or members[0] not in gave[name]:
                row.append(None)
                continue
            given = [
                [items.setdefault(a, len(items)) for a in given_by(gave[name][id])]
                for id in members
            ]
            row.append([one.by_system[name], given])
        rows.append(row)
    plain = [
        [a.before, [end for span in a.spans for end in (span.start, span.end)], a.after]
        for a in items
    ]
    layer = next(p.layer for p in probes if p.set == sets[0].name)
    return {"layer": layer, "systems": list(scores), "items": plain, "sets": rows}
