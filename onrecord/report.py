"""Tables for people: on a terminal, plain where piped, or as Markdown."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Literal

from onrecord.agreement import Measure
from onrecord.scoring import LAYERS, LayerScore, Scores
from onrecord.scoring.breakdown import Part
from onrecord.scoring.tables import ClusterTable, CountTable
from onrecord.statistics import Interval

Style = Literal["terminal", "plain", "markdown"]
UNDEFINED = "–"


def render(headers: Sequence[str], rows: Sequence[Sequence[str]], style: Style = "plain") -> str:
    """A table as text: the first column to the left, the others to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    boxes = {"terminal": box.SIMPLE_HEAD, "plain": None, "markdown": box.MARKDOWN}
    table = Table(box=boxes[style], pad_edge=style != "plain", header_style="")
    for number, header in enumerate(headers):
        justify: Literal["left", "right"] = "right" if number else "left"
        table.add_column(Text(header), justify=justify, no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(file=io.StringIO(), width=1000, color_system=None)
    with console.capture() as capture:
        console.print(table)
    lines = (line.rstrip() for line in capture.get().splitlines())
    return "\n".join(line for line in lines if line)


def number(value: float | None) -> str:
    """A score with three decimals and no leading zero; – where it is not defined."""
    if value is None:
        return UNDEFINED
    text = f"{value:.3f}"
    return text.removeprefix("0")


def interval(value: Interval | None) -> str:
    """An interval with two decimals, or – where there is none."""
    if value is None:
        return UNDEFINED
    low, high = (f"{end:.2f}".removeprefix("0") for end in (value.low, value.high))
    return f"[{low}, {high}]"


def score_report(name: str, scores: Scores, style: Style = "plain") -> str:
    """The headline of every layer, its table per document, and further measures, if taken."""
    headline = render(
        ["layer", "F1", "95% interval", "precision", "recall"],
        [_headline(layer, scores) for layer in LAYERS],
        style,
    )
    by_document = render(
        ["found/gold/predicted", *LAYERS],
        [
            [document, *(_counts(scores[layer], document) for layer in LAYERS)]
            for document in scores.documents
        ],
        style,
    )
    tables = [name, headline, by_document]
    if scores.also:
        rows = [
            [f"{f.layer}: {f.name}", number(f.f1), number(f.precision), number(f.recall)]
            for f in scores.also
        ]
        tables.append(render(["also", "F1", "precision", "recall"], rows, style))
    return "\n\n".join(tables)


def _headline(layer: str, scores: Scores) -> list[str]:
    if layer in scores.answered:
        return [layer, "given", "", "", ""]
    score = scores[layer]
    shown = (number(value) for value in (score.precision, score.recall))
    return [layer, number(score.f1), interval(score.interval), *shown]


def breakdown_report(by: str, parts: Sequence[Part], style: Style = "plain") -> str:
    """A row for each part: F1 of each layer, or all figures where the parts are of one layer."""
    layers = [layer for layer in LAYERS if any(part.layer == layer for part in parts)]
    if len(layers) == 1:
        rows = [
            [p.part, number(p.f1), number(p.precision), number(p.recall), f"{p.gold}/{p.predicted}"]
            for p in parts
        ]
        return render([by, "F1", "precision", "recall", "gold/predicted"], rows, style)
    found: dict[str, dict[str, str]] = {}
    for part in parts:
        found.setdefault(part.part, {})[part.layer] = number(part.f1)
    rows = [[name, *(row.get(layer, "") for layer in layers)] for name, row in found.items()]
    return render([by, *layers], rows, style)


def agreement_report(measures: Sequence[Measure], style: Style = "plain") -> str:
    """A row for each figure of agreement, over all documents and in each."""
    documents = list(measures[0].documents)
    rows = [
        [
            f"{measure.layer}: {measure.name}",
            number(measure.overall),
            *(number(measure.documents[document]) for document in documents),
        ]
        for measure in measures
    ]
    return render(["agreement", "all", *documents], rows, style)


def _counts(score: LayerScore, document: str) -> str:
    """Items found, in the gold and predicted; of clusters, the items of those that count."""
    table = score.table
    if isinstance(table, CountTable):
        row = next(row for row in table.rows if row.document == document)
        return f"{row.tp}/{row.gold}/{row.predicted}"
    assert isinstance(table, ClusterTable)
    gold, predicted = table.gold_sizes, table.predicted_sizes
    inside = [cell for cell in table.cells if cell.gold in gold and cell.predicted in predicted]
    sides = (
        inside,
        [cell for cell in table.gold if cell.gold in gold],
        [cell for cell in table.predicted if cell.predicted in predicted],
    )
    return "/".join(
        str(sum(cell.n for cell in cells if cell.document == document)) for cells in sides
    )
