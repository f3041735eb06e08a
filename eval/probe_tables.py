"""The tables of ``eval/PROBES.md``, made from the published rows on the probes and the blind readings."""

from __future__ import annotations

from collections.abc import Sequence

from entries import PROBES, ROOT

import onrecord
from onrecord.document import LAYERS
from onrecord.leaderboard.probes import COUNTS, Track, load_probe_result, told_apart, tracks
from onrecord.probes.comparison import PairOnProbes
from onrecord.probes.dresses import DRESSES
from onrecord.probes.files import reading_files
from onrecord.probes.readings import read_readings
from onrecord.probes.report import agreement_report
from onrecord.probes.sources import Change
from onrecord.probes.table import ProbeTable
from onrecord.scoring.report import UNDEFINED, number, render

CHANGES: tuple[tuple[str, Change | None], ...] = (
    ("originals", None),
    ("contrasts", "contrast"),
    ("invariances", "invariance"),
)


def tables() -> dict[str, str]:
    """Each table by its name on the page."""
    probes = onrecord.load_probes(ROOT)
    results = [load_probe_result(path) for path in sorted(PROBES.results.glob("*.json"))]
    found = tracks(results, probes)
    alone = found[0]
    return {
        "agreement": agreement_report(read_readings(reading_files(ROOT), probes), "markdown"),
        "phenomena": "\n\n".join(phenomena_tables(alone)),
        "dresses": dresses_table(alone),
        "changes": changes_table(alone),
        "apart": "\n".join(f"- {line}" for line in told_apart(alone)),
        "order": order_table(alone),
        "given": "\n\n".join(
            f"{track.title}:\n\n{given_table(track)}" for track in found if track is not alone
        ),
    }


def phenomena_tables(track: Track) -> list[str]:
    """A table for each layer: phenomena by systems, the share of members right and how many sets are."""
    shown = []
    for layer in LAYERS:
        names = attempting(track, layer)
        if not names:
            continue
        parts = {name: track.tables[name].part(layer=layer) for name in names}
        phenomena = list(
            dict.fromkeys(p for part in parts.values() for p in part.names("phenomenon"))
        )
        rows = [
            [
                phenomenon,
                *(members_and_sets(parts[name].part(phenomenon=phenomenon)) for name in names),
            ]
            for phenomenon in phenomena
        ]
        shown.append(render([layer, *names], rows, "markdown"))
    return shown


def attempting(track: Track, layer: str) -> list[str]:
    """The systems of a track that attempt a layer, in the track's order."""
    return [r.name for r in track.results if track.tables[r.name].part(layer=layer).rows]


def members_and_sets(table: ProbeTable) -> str:
    sets = table.sets
    return f"{number(table.members.value)} ({sets.right}/{sets.of})" if sets.of else UNDEFINED


def dresses_table(track: Track) -> str:
    """Members right with invented and with real names, by layer."""
    rows = []
    for result in track.results:
        cells = []
        for layer in LAYERS:
            part = track.tables[result.name].part(layer=layer)
            shares = [number(part.part(dress=dress).members.value) for dress in DRESSES]
            cells.append(" / ".join(shares) if part.rows else UNDEFINED)
        rows.append([result.name, *cells])
    return render(["system", *LAYERS], rows, "markdown")


def changes_table(track: Track) -> str:
    """Members right among originals, contrasts and invariances, over all layers that are attempted."""
    rows = [
        [
            result.name,
            *(number(track.tables[result.name].changed(change).value) for _, change in CHANGES),
        ]
        for result in track.results
    ]
    return render(["system", *(name for name, _ in CHANGES)], rows, "markdown")


def order_table(track: Track) -> str:
    """For each layer and system what it is better than, by sets and by members."""
    rows = []
    for layer in LAYERS:
        for name in attempting(track, layer):
            better = (
                beaten(track.pairs[count].get(layer, ()), name) or UNDEFINED for count in COUNTS
            )
            rows.append([layer, name, *better])
    return render(
        ["layer", "system", "better by sets than", "better by members than"], rows, "markdown"
    )


def beaten(pairs: Sequence[PairOnProbes], name: str) -> str:
    return ", ".join(pair.other for pair in pairs if pair.resolved and pair.better == name)


def given_table(track: Track) -> str:
    rows = [
        [
            result.name,
            *(members_and_sets(track.tables[result.name].part(layer=layer)) for layer in LAYERS),
        ]
        for result in track.results
    ]
    return render(["system", *LAYERS], rows, "markdown")
