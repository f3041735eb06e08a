"""The board on a terminal and ``eval/LEADERBOARD.md``: what results say side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

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
    Style,
    interval,
    layer_report,
    number,
    render,
)
from onrecord.scoring.scores import LayerScore
from onrecord.systems.given import GOLD

BOLD = "**"


def board(
    results: Sequence[Result],
    corpus: Corpus,
    style: Style = "plain",
    *,
    layers: Sequence[str] = LAYERS,
) -> str:
    """The table of all results with what one must know to read it.

    Rows are ordered by the share of the other systems that a system beats, summed over the layers, one
    half counting where it attempts none; that is an order and no score. What a layer's leader is better than on these
    articles has †; a leader that is better than every other beyond them is marked too (see
    :func:`onrecord.scoring.comparison.compare`).
    Systems that got layers of the gold stand in a table of their own.

    Raises:
        OnRecordError: a result was made with another gold or scorer.
    """
    require_current(results, corpus)
    blocks = []
    for title, track in _tracks(results):
        ordered = _ordered(track, layers)
        marks = {layer: _marks(ordered, layer) for layer in layers}
        rows: list[list[str]] = []
        for result in ordered:
            done = len(result.scores.documents) - len(result.failures)
            head = [result.name, f"{done}/{len(result.scores.documents)}"]
            rows.append([*head, *(_cell(result, layer, marks[layer], BEYOND) for layer in layers)])
            rows.append(["", "", *(_interval(result, layer) for layer in layers)])
        blocks.append("\n".join([*title, render(["system", "docs", *layers], rows, style)]))
    notes = [f"{r.name}: {note}" for r in _ordered(results, layers) if (note := _note(r))]
    signatures = sorted({_common(result) for result in results})
    return "\n\n".join(
        [*_draft(corpus), *blocks, "\n".join([legend(corpus, results), *notes, *signatures])]
    )


def legend(corpus: Corpus, results: Sequence[Result], style: Style = "plain") -> str:
    """How to read the board, what its marks mean, and what it cannot say."""
    few = limit(len(corpus))
    mark = "bold" if style == "markdown" else BEYOND
    lines = [
        "F1 (linking, utterances: LEA), with the interval that holds the score on other articles of this",
        "kind in about 95 of 100 cases, as far as simulation can tell (docs/coverage.md).",
        f"{HERE}: the best of its column is better than it on these articles (p <= .05 by swapping passages;",
        "of stances, targets; adjusted by Holm's method). Linking and utterances have no such test.",
        f"{mark}: better than every other of its column beyond these articles too.",
        *([f"{few[0].upper()}{few[1:]}: no difference is resolved beyond them."] if few else []),
    ]
    reasons = sorted({why for result in results for why in _reasons(result)})
    return "\n".join([*lines, *(f"No interval: {why}." for why in reasons)])


def _reasons(result: Result) -> Iterator[str]:
    """Why scores that the row shows have no interval."""
    for layer in LAYERS:
        why = no_interval(result.scores[layer].table) if _attempts(result, layer) else None
        if why is not None:
            yield f"{layer} of {result.name}, {why}"


def page(results: Sequence[Result], corpus: Corpus) -> str:
    """``eval/LEADERBOARD.md``: the board, every leader against the rest, and the further measures.

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
    ]
    for title, track in _tracks(results):
        ordered = _ordered(track, LAYERS)
        parts += ["".join(["## ", *(title or ["From the text alone"])])]
        marks = {layer: _marks(ordered, layer) for layer in LAYERS}
        rows = [_row(result, marks) for result in ordered]
        parts += [render(["system", "docs", *LAYERS], rows, "markdown")]
        if not title:
            parts += [legend(corpus, results, "markdown")]
        for layer in LAYERS:
            scores = _ranked(ordered, layer)
            if scores:
                parts += [
                    f"### {layer.capitalize()}",
                    layer_report(compare_layer(scores), "markdown"),
                ]
                parts += [_further([r for r in ordered if _attempts(r, layer)], layer)]
    parts += ["## How to read the comparisons", HOW_TO_READ, "## Systems"]
    parts += ["\n".join(_about(result) for result in _ordered(results, LAYERS))]
    signatures = sorted({f"`{_common(result)}`" for result in results})
    return "\n\n".join([*parts, "  \n".join(signatures)]) + "\n"


def _draft(corpus: Corpus) -> list[str]:
    drafted = corpus.status == "draft"
    return ["DRAFT GOLD: one annotation pass, not yet adjudicated."] if drafted else []


def _tracks(results: Sequence[Result]) -> Iterator[tuple[list[str], list[Result]]]:
    """The results from the text alone, without a title, then those of systems that got gold layers."""
    tracks: dict[str, list[Result]] = {}
    for result in results:
        gold = [one.partition("=")[0] for one in result.scores.given if one.endswith(f"={GOLD}")]
        tracks.setdefault(" and ".join(gold), []).append(result)
    for given, track in sorted(tracks.items()):
        yield ([f"Given the gold's {given}"] if given else []), track


def _ordered(results: Sequence[Result], layers: Sequence[str]) -> list[Result]:
    """References last; the others by the share of systems they beat, one half where they try not."""
    ranked = {
        layer: [score.f1 or 0.0 for score in _ranked(results, layer).values()] for layer in layers
    }

    def beaten(result: Result, layer: str) -> float:
        if not _attempts(result, layer):
            return 0.5
        own, all = result.scores[layer].f1 or 0.0, ranked[layer]
        return sum(other < own for other in all) / max(1, len(all) - 1)

    def standing(result: Result) -> float:
        return sum(beaten(result, layer) for layer in layers)

    return sorted(results, key=lambda r: (r.reference or "", -standing(r), r.name))


def _attempts(result: Result, layer: str) -> bool:
    return layer in result.layers and layer not in result.scores.answered


def _ranked(results: Sequence[Result], layer: str) -> dict[str, LayerScore]:
    """The layer's score of each system that attempts it, references left out."""
    return {
        result.name: result.scores[layer]
        for result in results
        if _attempts(result, layer) and result.reference is None
    }


class _Marks(NamedTuple):
    """The systems of a layer that its leader is better than on these articles; the leader, if it is
    better than every other beyond them.
    """

    here: frozenset[str]
    beyond: str | None


def _marks(results: Sequence[Result], layer: str) -> _Marks:
    scores = _ranked(results, layer)
    if len(scores) < 2:
        return _Marks(frozenset(), None)
    compared = compare_layer(scores)
    here = frozenset(p.system for p in compared.pairs if p.here is not None and p.here.resolved)
    best = all(pair.beyond.resolved for pair in compared.pairs)
    return _Marks(here, compared.leader if best else None)


def _cell(result: Result, layer: str, marks: _Marks, beyond: str) -> str:
    """The score with its marks; ``beyond`` is put around the leader's, or in front of it."""
    if layer in result.scores.answered:
        return "given"
    shown = number(result.scores[layer].f1 if _attempts(result, layer) else None)
    if result.name == marks.beyond:
        return f"{beyond}{shown}{beyond if beyond == BOLD else ''}"
    return shown + (HERE if result.name in marks.here else "")


def _interval(result: Result, layer: str) -> str:
    known = result.scores[layer].interval if _attempts(result, layer) else None
    return interval(known) if known is not None else ""


def _row(result: Result, marks: Mapping[str, _Marks]) -> list[str]:
    """A row of the page, with each interval beside its score."""
    done = len(result.scores.documents) - len(result.failures)
    cells = (
        f"{_cell(result, layer, marks[layer], BOLD)} {_interval(result, layer)}".strip()
        for layer in LAYERS
    )
    return [result.name, f"{done}/{len(result.scores.documents)}", *cells]


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
