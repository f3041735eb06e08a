"""The rows side by side: scores with their intervals as marks on one scale, and which are better for sure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from onrecord.document import LAYERS
from onrecord.leaderboard.board import leader_and_behind, standings
from onrecord.leaderboard.probes import Track
from onrecord.leaderboard.results import Result
from onrecord.scoring.intervals import Interval
from onrecord.scoring.report import HERE, interval, number

WIDTH = 100
"""Of the scale from 0 to 1, in units of the picture."""


class Cell(msgspec.Struct, frozen=True):
    """A score as words and, from 0 to :data:`WIDTH`, as a point on a line."""

    words: str
    interval: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    better: tuple[int, ...] = ()
    """The numbers of the lines in whose column it is better for sure."""


class Line(msgspec.Struct, frozen=True):
    """A system: its name, whether it has a page, what is known of it, its cells."""

    name: str
    linked: bool
    description: str
    note: str
    documents: str
    seconds: str
    cells: tuple[Cell, ...]


class Table(msgspec.Struct, frozen=True):
    """Rows that may be compared with each other."""

    title: str
    lines: tuple[Line, ...]
    counted: str = "docs"
    """What the number beside a name counts."""


Better = Mapping[str, Mapping[str, Collection[str]]]
"""By layer and system, the systems that it is better than for sure."""


def tables(results: Sequence[Result], pages: Collection[str]) -> list[Table]:
    """The rows as the leaderboard has them: from the text alone, annotators' passes, given a layer.

    Args:
        results: the rows.
        pages: the systems that have a page.
    """
    made = []
    for standing in standings(results):
        better: dict[str, dict[str, Collection[str]]] = {}
        for layer in LAYERS:
            leader, behind = leader_and_behind(standing.results, layer)
            better[layer] = {} if leader is None else {leader: behind}
        numbers = {result.name: n for n, result in enumerate(standing.results)}
        lines = tuple(_line(result, pages, better, numbers) for result in standing.results)
        made.append(Table(standing.title, lines))
    return made


def probe_tables(tracks: Sequence[Track], pages: Collection[str]) -> list[Table]:
    """The same for the shares of sets right on the probes; of them every pair is tested."""
    made = []
    for track in tracks:
        numbers = {result.name: n for n, result in enumerate(track.results)}
        better: dict[str, dict[str, list[str]]] = {}
        for layer, pairs in track.pairs["sets"].items():
            for pair in pairs:
                if pair.resolved:
                    better.setdefault(layer, {}).setdefault(pair.better, []).append(pair.other)
        lines = []
        for result in track.results:
            shares = {layer: track.tables[result.name].part(layer=layer).sets for layer in LAYERS}
            cells = tuple(
                Cell("–")
                if share.value is None
                else _cell(
                    share.value, share.interval, _numbers(better, layer, result.name, numbers)
                )
                for layer, share in shares.items()
            )
            about = result.description.replace("`", "")
            seconds = _seconds(result.run.seconds)
            sets = str(len(result.sets))
            linked = result.name in pages
            lines.append(Line(result.name, linked, about, result.note or "", sets, seconds, cells))
        made.append(Table(track.title, tuple(lines), "sets"))
    return made


def _line(
    result: Result, pages: Collection[str], better: Better, numbers: Mapping[str, int]
) -> Line:
    documents = len(result.scores.documents)
    given = result.scores.given
    notes = [f"given {', '.join(given)}"] if given else []
    notes += [result.note] if result.note else []
    return Line(
        name=result.name,
        linked=result.name in pages,
        description=result.description.replace("`", ""),
        note="; ".join(notes),
        documents=f"{documents - len(result.failures)}/{documents}",
        seconds=_seconds(result.run.seconds),
        cells=tuple(_of_layer(result, layer, better, numbers) for layer in LAYERS),
    )


def _of_layer(result: Result, layer: str, better: Better, numbers: Mapping[str, int]) -> Cell:
    if layer in result.scores.answered:
        return Cell("given")
    score = result.scores[layer]
    if score.f1 is None or layer not in result.scores.layers:
        return Cell("–")
    is_behind = any(result.name in others for others in better.get(layer, {}).values())
    beaten = _numbers(better, layer, result.name, numbers)
    return _cell(score.f1, score.interval, beaten, HERE * is_behind)


def _numbers(better: Better, layer: str, name: str, numbers: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(sorted(numbers[other] for other in better.get(layer, {}).get(name, ())))


def _cell(value: float, known: Interval | None, better: tuple[int, ...], mark: str = "") -> Cell:
    return Cell(
        number(value) + mark,
        interval(known) if known is not None else "",
        value,
        None if known is None else round(WIDTH * known.low, 1),
        None if known is None else round(WIDTH * known.high, 1),
        better,
    )


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.2f}"
