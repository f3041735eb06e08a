"""The rows side by side: scores with their intervals as marks on one scale."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from onrecord.document import LAYERS
from onrecord.leaderboard.board import behind
from onrecord.leaderboard.results import Result
from onrecord.scoring.report import HERE, interval, number

WIDTH = 100
"""Of the scale from 0 to 1, in units of the picture."""


class Cell(msgspec.Struct, frozen=True):
    """A score as words and, from 0 to :data:`WIDTH`, as a point on a line."""

    words: str
    interval: str
    value: float | None
    low: float | None = None
    high: float | None = None


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


def tables(results: Sequence[Result], pages: Sequence[str]) -> list[Table]:
    """The rows from the text alone, those that got a layer, and annotators' passes, each apart.

    Args:
        results: the rows.
        pages: the systems that have a page.
    """
    parts = {
        "From the text alone": [r for r in results if not r.reference and not r.scores.given],
        "Given a layer": [r for r in results if not r.reference and r.scores.given],
        "Annotators’ passes, to compare with": [r for r in results if r.reference],
    }
    made = []
    for title, found in parts.items():
        ranked = [r for r in found if not r.reference and not r.scores.given]
        marked = {layer: behind(ranked, layer) for layer in LAYERS}
        lines = tuple(_line(result, pages, marked) for result in _ordered(found))
        made += [Table(title, lines)] if found else []
    return made


def _ordered(results: Sequence[Result]) -> list[Result]:
    def scores(result: Result) -> tuple[float, ...]:
        return tuple(-(result.scores[layer].f1 or -1.0) for layer in LAYERS)

    return sorted(results, key=lambda result: (scores(result), result.name))


def _line(result: Result, pages: Sequence[str], marked: Mapping[str, Collection[str]]) -> Line:
    documents = len(result.scores.documents)
    seconds = result.run.seconds
    return Line(
        name=result.name,
        linked=result.name in pages,
        description=result.description.replace("`", ""),
        note="; ".join([*([f"given {', '.join(result.scores.given)}"] * bool(result.scores.given)),
                        *([result.note] if result.note else [])]),
        documents=f"{documents - len(result.failures)}/{documents}",
        seconds="" if seconds is None else f"{seconds:.2f}",
        cells=tuple(_cell(result, layer, result.name in marked[layer]) for layer in LAYERS),
    )  # fmt: skip


def _cell(result: Result, layer: str, behind: bool) -> Cell:
    if layer in result.scores.answered:
        return Cell("given", "", None)
    score = result.scores[layer]
    if score.f1 is None or layer not in result.scores.layers:
        return Cell("–", "", None)
    known = score.interval
    return Cell(
        number(score.f1) + HERE * behind,
        interval(known) if known is not None else "",
        score.f1,
        None if known is None else round(WIDTH * known.low, 1),
        None if known is None else round(WIDTH * known.high, 1),
    )
