"""The board on a terminal and ``eval/LEADERBOARD.md``: what results say side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from onrecord.corpus.canary import CANARY
from onrecord.corpus.corpus import Corpus
from onrecord.document import LAYERS
from onrecord.leaderboard.results import Result, require_current
from onrecord.scoring.comparison import compare_layer, limit
from onrecord.scoring.intervals import no_interval
from onrecord.scoring.report import (
    BEYOND,
    HERE,
    HOW_TO_READ,
    NOT_ATTEMPTED,
    Style,
    interval,
    layer_report,
    number,
    render,
)
from onrecord.scoring.scores import LayerScore
from onrecord.systems.given import GOLD

WIDTH = 100
"""Columns of the legend and the notes where no terminal has another number."""
BOLD = "**"
SORTED = "▼"
"""Stands at the head of the column by which the rows of a table are ordered."""


class Standing(msgspec.Struct, frozen=True):
    """A table of rows that may be compared with each other, in order."""

    title: str
    results: tuple[Result, ...]
    column: str | None
    """The layer by which the rows are ordered; None: they are not ranked."""


def board(
    results: Sequence[Result],
    corpus: Corpus,
    style: Style = "plain",
    *,
    layers: Sequence[str] = LAYERS,
    sort: str | None = None,
    width: int = WIDTH,
) -> str:
    """The tables of all results with what one must know to read them.

    Rows are ordered by one column, so that no row moves when another system joins. What the leader
    of a column is better than on these articles has †; a leader that is better than every other beyond
    them is marked too (see :func:`onrecord.scoring.comparison.compare`). Annotators' passes stand in a
    table of their own, systems that got layers of the gold in others.

    Args:
        results: the rows, in any order.
        corpus: the gold.
        style: how tables are to look.
        layers: the columns.
        sort: the layer that orders the rows; None: the first column.
        width: columns of the terminal, to which the legend is broken and notes are cut.

    Raises:
        OnRecordError: a result was made with another gold or scorer.
    """
    require_current(results, corpus)
    tracks = list(standings(results, layers, sort))
    blocks = ["\n".join([track.title, _table(track, layers, style)]) for track in tracks]
    marks = [line for mark in _legend_of_cells(results, layers) for line in _broken(mark, width)]
    notes = [
        _cut(f"{result.name}: {note}", width)
        for track in tracks
        for result in track.results
        if (note := _note(result))
    ]
    if any(note.endswith(_CUT) for note in notes):
        notes.append(f"{_CUT.strip()}: the note goes on in eval/LEADERBOARD.md")
    signatures = sorted({_common(result) for result in results})
    legend_and_notes = "\n".join([legend(corpus), *marks, *notes, *signatures])
    return "\n\n".join([*_draft(corpus), *blocks, legend_and_notes])


def legend(corpus: Corpus, style: Style = "plain") -> str:
    """What the numbers and the marks beside them are, and what they cannot say."""
    few = limit(len(corpus))
    beyond = "bold" if style == "markdown" else BEYOND
    lines = [
        "F1 (linking, utterances: LEA), with the interval that holds the score on other articles of this",
        "kind in about 95 of 100 cases, as far as simulation can tell (docs/coverage.md).",
        f"{HERE}: the best of its column is better than it on these articles (p <= .05 by swapping passages;",
        "of stances, targets; adjusted by Holm's method). Linking and utterances have no such test.",
        f"{beyond}: better than every other of its column beyond these articles too.",
        *([f"{few[0].upper()}{few[1:]}: no difference is resolved beyond them."] if few else []),
    ]
    return "\n".join(lines)


def _legend_of_cells(results: Sequence[Result], layers: Sequence[str]) -> list[str]:
    """One line for each mark that stands on the board, beside those of :func:`legend`."""
    cells = [(result, layer) for result in results for layer in layers]
    marks = {
        f"{SORTED}: this column orders the rows; systems without a score in it follow, by their next one": True,
        "docs: articles done; one on which a system failed counts as empty": True,
        NOT_ATTEMPTED: any(
            layer not in {*result.scores.layers, *result.scores.answered} for result, layer in cells
        ),
        "given: the system got this layer, from the gold or another row, and is not scored in it (of stances it gets who and what, and is scored)": any(
            layer in result.scores.answered for result, layer in cells
        ),
    }
    reasons = sorted({why for result in results for why in _reasons(result, layers)})
    return [
        *(mark for mark, shown in marks.items() if shown),
        *(f"no interval: {why}" for why in reasons),
    ]


def _reasons(result: Result, layers: Sequence[str]) -> Iterator[str]:
    """Why scores that the row shows have no interval."""
    for layer in layers:
        why = no_interval(result.scores[layer].table) if _attempts(result, layer) else None
        if why is not None:
            yield f"{layer} of {result.name}, {why}"


def page(results: Sequence[Result], corpus: Corpus, others: Sequence[str] = ()) -> str:
    """``eval/LEADERBOARD.md``: the board, every leader against the rest, and the further measures.

    Args:
        results: the rows on the articles.
        corpus: the gold.
        others: the boards of probes and renamed articles, each with its heading.

    Raises:
        OnRecordError: a result was made with another gold or scorer.
    """
    require_current(results, corpus)
    parts = [
        "# Leaderboard",
        f"<!-- {CANARY} -->",
        "Made by `make leaderboard ARGS=--update` from `results/`; not edited by hand. "
        "[CONTRIBUTING.md](../CONTRIBUTING.md) says how to add a row.",
        *_draft(corpus),
        legend(corpus, "markdown"),
        "\n".join(f"- {mark}" for mark in _legend_of_cells(results, LAYERS)),
    ]
    tracks = list(standings(results, LAYERS, None))
    for track in tracks:
        marks = {layer: _marks(track.results, layer) for layer in LAYERS}
        rows = [_row(result, marks) for result in track.results]
        parts += [f"## {track.title}", render(_head(track, LAYERS), rows, "markdown")]
        for layer in LAYERS:
            attempting = [result for result in track.results if _attempts(result, layer)]
            if attempting:
                parts += [f"### {layer.capitalize()}"]
            scores = _ranked(track.results, layer)
            if scores:
                parts += [layer_report(compare_layer(scores), "markdown")]
            if attempting:
                parts += [_further(attempting, layer)]
    parts += others
    parts += ["## How to read the comparisons", HOW_TO_READ, "## Systems"]
    parts += ["\n".join(_about(result) for track in tracks for result in track.results)]
    signatures = sorted({f"`{_common(result)}`" for result in results})
    return "\n\n".join([*parts, "  \n".join(signatures)]) + "\n"


def _draft(corpus: Corpus) -> list[str]:
    drafted = corpus.status == "draft"
    return ["DRAFT GOLD: one annotation pass, not yet adjudicated."] if drafted else []


def standings(
    results: Sequence[Result], layers: Sequence[str] = LAYERS, sort: str | None = None
) -> Iterator[Standing]:
    """Systems from the text alone, then annotators' passes, then systems that got gold layers."""
    systems: dict[str, list[Result]] = {}
    references = []
    for result in results:
        if result.reference is not None:
            references.append(result)
            continue
        gold = [one.partition("=")[0] for one in result.scores.given if one.endswith(f"={GOLD}")]
        systems.setdefault(" and ".join(gold), []).append(result)
    columns = sorted(layers, key=lambda layer: layer != sort)  # this one first
    if "" in systems:
        yield _ordered("From the text alone", systems.pop(""), columns)
    passes = [one for one in references if one.reference != "gold"]
    if passes:
        apart_first = sorted(passes, key=lambda r: (r.reference or "", r.name))
        yield Standing("References, not ranked: annotators' passes", tuple(apart_first), None)
    readers = sorted((r for r in references if r.reference == "gold"), key=lambda r: r.name)
    if readers:
        yield Standing("Not ranked: these read the gold they are scored on", tuple(readers), None)
    for given, rows in sorted(systems.items()):
        yield _ordered(f"Given the gold's {given}", rows, columns)


def _ordered(title: str, results: Sequence[Result], columns: Sequence[str]) -> Standing:
    """The rows by their F1 in the first column, where that is not known by the next, then by name.

    The column that orders a table is the first in which any of its rows has a score.
    """

    def standing(result: Result) -> list[tuple[bool, float]]:
        tried = [(_attempts(result, layer), result.scores[layer].f1 or 0.0) for layer in columns]
        return [(not attempts, -f1 if attempts else 0.0) for attempts, f1 in tried]

    rows = sorted(results, key=lambda result: (standing(result), result.name))
    filled = (layer for layer in columns if any(_attempts(result, layer) for result in rows))
    return Standing(title, tuple(rows), next(filled, None))


def _attempts(result: Result, layer: str) -> bool:
    return result.scores.attempts(layer)


def _ranked(results: Sequence[Result], layer: str) -> dict[str, LayerScore]:
    """The layer's score of each system that attempts it, references left out."""
    return {
        result.name: result.scores[layer]
        for result in results
        if _attempts(result, layer) and result.reference is None
    }


class _Marks(NamedTuple):
    """The systems of a layer that its leader is better than on these articles; the leader, if it is
    better than every other beyond them; and who leads.
    """

    here: frozenset[str]
    beyond: str | None
    leader: str | None


def _marks(results: Sequence[Result], layer: str) -> _Marks:
    scores = _ranked(results, layer)
    if len(scores) < 2:
        return _Marks(frozenset(), None, next(iter(scores), None))
    compared = compare_layer(scores)
    here = frozenset(p.system for p in compared.pairs if p.here is not None and p.here.resolved)
    best = all(pair.beyond.resolved for pair in compared.pairs)
    return _Marks(here, compared.leader if best else None, compared.leader)


def leader_and_behind(results: Sequence[Result], layer: str) -> tuple[str | None, frozenset[str]]:
    """The best of a layer, and the systems that it is better than on these articles, as † says."""
    marks = _marks(results, layer)
    return marks.leader, marks.here


def _table(track: Standing, layers: Sequence[str], style: Style) -> str:
    """The track with an interval beneath each score."""
    marks = {layer: _marks(track.results, layer) for layer in layers}
    rows: list[list[str]] = []
    for result in track.results:
        cells = (_cell(result, layer, marks[layer], BEYOND) for layer in layers)
        rows.append([result.name, _done(result), *cells])
        rows.append(["", "", *(_interval(result, layer) for layer in layers)])
    return render(_head(track, layers), rows, style)


def _head(track: Standing, layers: Sequence[str]) -> list[str]:
    names = [f"{layer} {SORTED}" if layer == track.column else layer for layer in layers]
    return ["system", "docs", *names]


def _done(result: Result) -> str:
    documents = len(result.scores.documents)
    return f"{documents - len(result.failures)}/{documents}"


def _cell(result: Result, layer: str, marks: _Marks, beyond: str) -> str:
    """The score with its marks; ``beyond`` is put around the leader's, or in front of it."""
    if layer in result.scores.answered:
        return "given"
    shown = number(result.scores[layer].f1)
    if result.name == marks.beyond:
        return f"{beyond}{shown}{beyond if beyond == BOLD else ''}"
    return shown + (HERE if result.name in marks.here else "")


def _interval(result: Result, layer: str) -> str:
    known = result.scores[layer].interval if _attempts(result, layer) else None
    return interval(known) if known is not None else ""


def _row(result: Result, marks: Mapping[str, _Marks]) -> list[str]:
    """A row of the page, with each interval beside its score."""
    cells = (
        f"{_cell(result, layer, marks[layer], BOLD)} {_interval(result, layer)}".strip()
        for layer in LAYERS
    )
    return [result.name, _done(result), *cells]


def _further(results: Sequence[Result], layer: str) -> str:
    names = [figure.name for figure in results[0].scores.also if figure.layer == layer]
    rows = [[r.name, *(number(f.f1) for f in r.scores.also if f.layer == layer)] for r in results]
    return render(["also (F1)", *names], rows, "markdown")


def _about(result: Result) -> str:
    note = f" Note: {_note(result)}." if _note(result) else ""
    return f"- **{result.name}**: {result.description}{note}"


def _note(result: Result) -> str:
    """What a reader of the row must know, with the layers of another row that it got."""
    given = [f"given {one}" for one in result.scores.given if not one.endswith(f"={GOLD}")]
    return "; ".join([*given, *([result.note] if result.note else [])])


def _common(result: Result) -> str:
    """The signature without the layers given, which the tables and notes tell."""
    return result.scores.signature.partition("|given:")[0]


_CUT = " …"


def _cut(line: str, width: int) -> str:
    """The line, ended at a word where it is wider than the terminal."""
    if len(line) <= width:
        return line
    return textwrap.wrap(line, width - len(_CUT), break_on_hyphens=False)[0] + _CUT


def _broken(mark: str, width: int) -> list[str]:
    """A line of the legend in lines no wider than the terminal, further ones indented."""
    return textwrap.wrap(mark, width, subsequent_indent="  ", break_on_hyphens=False)
