"""Tables for people: on a terminal, plain where piped, or as Markdown."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Literal

from onrecord.document import LAYERS
from onrecord.scoring.agreement import Measure
from onrecord.scoring.breakdown import Part
from onrecord.scoring.clusters import ClusterTable
from onrecord.scoring.comparison import Comparison, LayerComparison, Pair
from onrecord.scoring.scores import Scores
from onrecord.scoring.statistics import Interval, RankRange
from onrecord.scoring.tables import CountTable

Style = Literal["terminal", "plain", "markdown"]
UNDEFINED = "–"
NOT_ATTEMPTED = f"{UNDEFINED}: not attempted: the system says so, or has nothing there at all; see docs/predictions.md"
LISTED = 100
"""Up to so many documents have a line of their own in the report of scores."""


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
    console = Console(file=io.StringIO(), width=100_000, color_system=None)
    with console.capture() as capture:
        console.print(table)
    lines = [line.rstrip() for line in capture.get().splitlines() if line.strip()]
    if style == "markdown":
        first, *others = lines[1].strip("|").split("|")
        lines[1] = "|".join(["", first, *(f"{rule[:-1]}:" for rule in others), ""])
    return "\n".join(lines)


def number(value: float | None) -> str:
    """A score with three decimals and no leading zero; – where it is not defined."""
    if value is None:
        return UNDEFINED
    return _short(f"{value:.3f}")


def interval(value: Interval | None) -> str:
    """An interval with two decimals, or – where there is none."""
    if value is None:
        return UNDEFINED
    return f"[{_short(f'{value.low:.2f}')}, {_short(f'{value.high:.2f}')}]"


def p_value(value: float | None) -> str:
    """A p value with four decimals and no leading zero; – where there is no test."""
    if value is None:
        return UNDEFINED
    return "<.0001" if value < 0.0001 else _short(f"{value:.4f}")


def _short(text: str) -> str:
    """A number without the zero before its point."""
    return re.sub(r"^(-?)0\.", r"\1.", text)


def score_report(
    name: str, scores: Scores, style: Style = "plain", *, layers: Sequence[str] = LAYERS
) -> str:
    """The headline of every layer, its table per document, and further measures, if taken.

    The table per document is left out where there are more than 100; JSON has it.

    Args:
        name: what was scored.
        scores: its scores.
        style: how tables are to look.
        layers: the layers to show.
    """
    headline = render(
        ["layer", "F1", "95% interval", "precision", "recall"],
        [_headline(layer, scores) for layer in layers],
        style,
    )
    tables = [name, "\n".join([headline, *_not_attempted(scores, layers)])]
    if len(scores.documents) <= LISTED:
        counts = [_counts(scores, layer) for layer in layers]
        by_document = [[id, *(items[id] for items in counts)] for id in scores.documents]
        tables.append(render(["found/gold/predicted", *layers], by_document, style))
    further = [figure for figure in scores.also if figure.layer in layers]
    if further:
        rows = [
            [f"{f.layer}: {f.name}", number(f.f1), number(f.precision), number(f.recall)]
            for f in further
        ]
        tables.append(render(["also", "F1", "precision", "recall"], rows, style))
    return "\n\n".join(tables)


def _headline(layer: str, scores: Scores) -> list[str]:
    if layer in scores.answered:
        return [layer, "given", "", "", ""]
    score = scores[layer]
    shown = (number(value) for value in (score.precision, score.recall))
    return [layer, number(score.f1), interval(score.interval), *shown]


_NOTHING = {
    "entities": "no document has a mention",
    "linking": "no name has an entity",
    "quotes": "no document has one",
    "utterances": "no quote has one",
    "stances": "no document has one",
}
"""Why a layer counts as not attempted where the predictions say nothing."""


def _not_attempted(scores: Scores, layers: Sequence[str]) -> list[str]:
    """Why layers have no score, and how to claim one that only happens to hold nothing."""
    left_out = [layer for layer in layers if layer not in scores.layers]
    if not left_out:
        return []
    if scores.declared:
        return [f"{', '.join(left_out)}: not attempted, as the predictions say"]
    return [
        *(f"{layer}: not attempted, since {_NOTHING[layer]}" for layer in left_out),
        "to have one scored as 0 all the same, declare layers (docs/predictions.md)",
    ]


_APART = (
    "gold and predicted items are counted apart, each by its own side's value: one that both sides\n"
    "have may be in two rows"
)


def breakdown_report(by: str, parts: Sequence[Part], style: Style = "plain") -> str:
    """A row for each part: F1 of each layer, or all figures where the parts are of one layer."""
    layers = [layer for layer in LAYERS if any(part.layer == layer for part in parts)]
    if len(layers) == 1:
        rows = [
            [p.part, number(p.f1), number(p.precision), number(p.recall), f"{p.gold}/{p.predicted}"]
            for p in parts
        ]
        table = render([by, "F1", "precision", "recall", "gold/predicted"], rows, style)
        return f"{table}\n{_APART}" if by in ("form", "nesting") else table
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


def comparison_report(comparison: Comparison, style: Style = "plain") -> str:
    """A table for each layer, the leader first, then how to read it, then the signature."""
    tables = [layer_report(value, style, layer) for layer, value in comparison.layers.items()]
    limit = [f"{comparison.limit}: no difference is resolved"] if comparison.limit else []
    absent = [NOT_ATTEMPTED] if any(v.absent for v in comparison.layers.values()) else []
    how = HOW_TO_READ if style == "markdown" else _HOW_TO_READ_NARROW
    return "\n\n".join([*tables, "\n".join([how, *absent, *limit]), comparison.signature])


def layer_report(layer: LayerComparison, style: Style = "plain", title: str = "system") -> str:
    """The leader of a layer, then every other system against it; at most 100 columns but in Markdown."""
    if style == "markdown":
        return render([title, *_COMPARED], _compared(layer), style)
    compared = _compared(layer)
    short = _shortened([name for name, *_ in compared])
    rows = [[name, *_narrow(cells)] for name, (_, *cells) in zip(short, compared, strict=True)]
    return render([title, *_COMPARED_NARROW], rows, style)


_COMPARED = (
    "F1", "rank", "difference", "95% interval", "detectable", "won/tied/lost", "p", "adjusted p",
    "smallest p", "resolved",
)  # fmt: skip
_COMPARED_NARROW = (
    "F1", "rank", "lead", "95% interval", "detects", "w/t/l", "p", "adj. p", "resolved",
)  # fmt: skip
HOW_TO_READ = (
    "rank: with any one document left out, or none; difference: the leader's F1 minus the system's;\n"
    "detectable: a smaller difference would not be told from none; won/tied/lost: documents, by the\n"
    "leader; p: documents swapped between the two (adjusted: Holm's method; smallest: that p can be);\n"
    "resolved: 0 is outside the interval and adjusted p <= .05; in linking and utterances, where there\n"
    "is no p, 0 is outside the interval made wider for the number of systems"
)
_HOW_TO_READ_NARROW = (
    "rank: with any one document left out, or none; lead: the leader's F1 minus the system's;\n"
    "detects: a smaller lead would not be told from none; w/t/l: documents won, tied and lost by the\n"
    "leader; p: documents swapped between the two (adj.: adjusted by Holm's method);\n"
    "resolved: 0 is outside the interval and the adjusted p <= .05; in linking and utterances, where\n"
    "there is no p, 0 is outside the interval made wider for the number of systems"
)
_WIDEST_NAME = 26


def _shortened(names: Sequence[str]) -> list[str]:
    """The names with their middle cut out where they are long, if they can still be told apart."""
    half = (_WIDEST_NAME - 1) // 2
    short = [
        name if len(name) <= _WIDEST_NAME else f"{name[: _WIDEST_NAME - 1 - half]}…{name[-half:]}"
        for name in names
    ]
    return [name if short.count(cut) > 1 else cut for name, cut in zip(names, short, strict=True)]


def _narrow(cells: Sequence[str]) -> list[str]:
    """The cells of a row without the smallest p, which is one for all rows of few documents."""
    return [cell for head, cell in zip(_COMPARED, cells, strict=True) if head != "smallest p"]


def _compared(layer: LayerComparison) -> list[list[str]]:
    def row(system: str, *cells: str) -> list[str]:
        return [system, number(layer.f1[system]), _rank(layer.ranks[system]), *cells]

    blank = [""] * (len(_COMPARED) - 2)
    leader = [] if layer.leader is None else [row(layer.leader, *blank)]
    return [
        *leader,
        *(row(pair.system, *_against_leader(pair)) for pair in layer.pairs),
        *([system, UNDEFINED, "", *blank] for system in layer.absent),
    ]


def _against_leader(pair: Pair) -> list[str]:
    return [
        number(pair.difference.value),
        interval(pair.difference.interval),
        number(pair.difference.detectable),
        f"{pair.wins.first}/{pair.wins.ties}/{pair.wins.second}",
        p_value(pair.test.p if pair.test else None),
        p_value(pair.adjusted_p),
        p_value(pair.test.smallest if pair.test else None),
        "yes" if pair.resolved else "no",
    ]


def _rank(ranks: RankRange) -> str:
    return str(ranks.best) if ranks.best == ranks.worst else f"{ranks.best}-{ranks.worst}"


def _counts(scores: Scores, layer: str) -> dict[str, str]:
    """Items found, in the gold and predicted of each document; of clusters, those that count."""
    if layer not in scores.layers:
        return dict.fromkeys(scores.documents, UNDEFINED)
    table = scores[layer].table
    if isinstance(table, CountTable):
        return {row.document: f"{row.tp}/{row.gold}/{row.predicted}" for row in table.rows}
    assert isinstance(table, ClusterTable)
    gold, predicted = table.gold_sizes, table.predicted_sizes
    sides = (
        (cell for cell in table.cells if cell.gold in gold and cell.predicted in predicted),
        (cell for cell in table.gold if cell.gold in gold),
        (cell for cell in table.predicted if cell.predicted in predicted),
    )
    items = {document: [0, 0, 0] for document in table.documents}
    for side, cells in enumerate(sides):
        for cell in cells:
            items[cell.document][side] += cell.n
    return {document: "/".join(map(str, counts)) for document, counts in items.items()}
