"""Tables for people: on a terminal, plain where piped, or as Markdown."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Literal

from onrecord.document import LAYERS
from onrecord.scoring.agreement import Measure
from onrecord.scoring.breakdown import Part
from onrecord.scoring.clusters import ClusterTable
from onrecord.scoring.comparison import Comparison, LayerComparison, Level, Pair
from onrecord.scoring.intervals import Interval, no_interval
from onrecord.scoring.scores import Headline, Headlines, LayerScore, Scores
from onrecord.scoring.statistics import RankRange
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
    reasons = {layer: _no_interval(layer, scores) for layer in layers}
    rows = [_headline(layer, scores) for layer in layers]
    tables = [name, _headlines(rows, scores, reasons, style)]
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


def headlines_report(
    name: str, scores: Headlines, style: Style = "plain", *, layers: Sequence[str] = LAYERS
) -> str:
    """What :func:`score_report` shows of more than 100 documents; arguments as there."""
    rows = [[layer, *_figures(scores[layer])] for layer in layers]
    reasons = {layer: scores[layer].no_interval for layer in layers}
    return f"{name}\n\n{_headlines(rows, scores, reasons, style)}"


def _headlines(
    rows: Sequence[Sequence[str]],
    scores: Scores | Headlines,
    reasons: Mapping[str, str | None],
    style: Style,
) -> str:
    table = render(["layer", "F1", "95% interval", "precision", "recall"], rows, style)
    lines = [f"no interval of {layer}: {why}" for layer, why in reasons.items() if why]
    return "\n".join([table, *_not_attempted(scores, list(reasons)), *lines])


def _figures(score: LayerScore | Headline) -> list[str]:
    shown = (number(value) for value in (score.precision, score.recall))
    return [number(score.f1), interval(score.interval), *shown]


def _headline(layer: str, scores: Scores) -> list[str]:
    if layer in scores.answered:
        return [layer, "given", "", "", ""]
    return [layer, *_figures(scores[layer])]


_NOTHING = {
    "entities": "no document has a mention",
    "linking": "no name has an entity",
    "quotes": "no document has one",
    "utterances": "no quote has one",
    "stances": "no document has one",
}
"""Why a layer counts as not attempted where the predictions say nothing."""


def _not_attempted(scores: Scores | Headlines, layers: Sequence[str]) -> list[str]:
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


def _no_interval(layer: str, scores: Scores) -> str | None:
    """Why a layer that is scored has no interval; None where it has one."""
    return no_interval(scores[layer].table) if scores.attempts(layer) else None


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
    limit = (
        [f"{comparison.limit}: no difference is resolved beyond them"] if comparison.limit else []
    )
    absent = [NOT_ATTEMPTED] if any(v.absent for v in comparison.layers.values()) else []
    how = HOW_TO_READ if style == "markdown" else _HOW_TO_READ_NARROW
    return "\n\n".join([*tables, "\n".join([how, *absent, *limit]), comparison.signature])


def layer_report(layer: LayerComparison, style: Style = "plain", title: str = "system") -> str:
    """The leader of a layer, then every other system against it; at most 100 columns but in Markdown."""
    wide = style == "markdown"
    heads = _COMPARED if wide else _COMPARED_NARROW
    blank = [""] * (len(heads) - 2)
    cells: dict[str, list[str]] = {} if layer.leader is None else {layer.leader: blank}
    cells |= {pair.system: (_wide if wide else _narrow)(pair) for pair in layer.pairs}
    cells |= dict.fromkeys(layer.absent, blank)
    names = list(cells)
    ranks = {name: _rank(rank) for name, rank in layer.ranks.items()}
    rows = [
        [shown, number(layer.f1[name]), ranks.get(name, ""), *cells[name]]
        for name, shown in zip(names, names if wide else _shortened(names), strict=True)
    ]
    return render([title, *heads], rows, style)


HERE = "†"
"""The mark of a system that is worse than the leader on these articles."""
BEYOND = "*"
"""In plain text, the mark of what is resolved beyond these articles; in Markdown that is bold."""

_COMPARED: tuple[str, ...] = (
    "F1", "rank", "difference", "95% interval", "won/tied/lost",
    "here: p", "adjusted", "smallest", "detectable",
    "beyond: p", "adjusted", "smallest", "detectable", "resolved",
)  # fmt: skip
_COMPARED_NARROW: tuple[str, ...] = (
    "F1", "rank", "lead", "95% interval", "w/t/l", "p here", "p beyond", "detects",
)  # fmt: skip
HOW_TO_READ = (
    "rank: with any one document left out, or none; difference: the leader's F1 minus the system's, with\n"
    "its jackknife interval over documents; won/tied/lost: documents, by the leader.\n"
    "here: is the leader better on these articles? Passages (of stances: cells of a document and a\n"
    "target) are swapped between the two. beyond: is it better on others of their kind? Documents are\n"
    "swapped. adjusted: p by Holm's method; smallest: that p could have been; detectable: a difference\n"
    "that would be found in 80% of cases, by one test. resolved: † on these articles (adjusted p <= .05),\n"
    "**beyond** them (0 is outside the interval, and adjusted p <= .05). Linking and utterances have no\n"
    "test, since their clusters join units: there 0 is outside the interval made wider for the number of\n"
    "systems"
)
_HOW_TO_READ_NARROW = (
    "rank: with any one document left out, or none; lead: the leader's F1 minus the system's, with its\n"
    "jackknife interval over documents; w/t/l: documents won, tied and lost by the leader.\n"
    "p here: is the leader better on these articles? Passages (of stances: cells of a document and a\n"
    "target) are swapped between the two. p beyond: is it better on others of their kind? Documents are\n"
    "swapped. Both are adjusted by Holm's method. detects: a lead here/beyond that would be found in 80%\n"
    "of cases, by one test.\n"
    "†: resolved on these articles (p <= .05); *: beyond them (0 is outside the interval, and p <= .05).\n"
    "Linking and utterances have no test, since their clusters join units: there * says that 0 is outside\n"
    "the interval made wider for the number of systems"
)
_WIDEST_NAME = 24


def _shortened(names: Sequence[str]) -> list[str]:
    """The names with their middle cut out where they are long, if they can still be told apart."""
    half = (_WIDEST_NAME - 1) // 2
    short = [
        name if len(name) <= _WIDEST_NAME else f"{name[: _WIDEST_NAME - 1 - half]}…{name[-half:]}"
        for name in names
    ]
    return [name if short.count(cut) > 1 else cut for name, cut in zip(names, short, strict=True)]


def _wide(pair: Pair) -> list[str]:
    resolved = [HERE] if pair.here and pair.here.resolved else []
    resolved += ["**beyond**"] if pair.beyond.resolved else []
    return [
        *_lead(pair),
        *_level(pair.here),
        *_level(pair.beyond),
        " ".join(resolved) or "no",
    ]


def _lead(pair: Pair) -> list[str]:
    return [
        number(pair.difference.value),
        interval(pair.difference.interval),
        f"{pair.wins.first}/{pair.wins.ties}/{pair.wins.second}",
    ]


def _level(level: Level | None) -> list[str]:
    if level is None:
        return [UNDEFINED] * 4
    return [
        p_value(level.test.p if level.test else None),
        p_value(level.adjusted_p),
        p_value(level.test.smallest if level.test else None),
        number(level.detectable),
    ]


def _narrow(pair: Pair) -> list[str]:
    """The cells of a row with adjusted p alone, and the marks beside them."""
    levels = {HERE: pair.here, BEYOND: pair.beyond}
    return [
        *_lead(pair),
        *(
            p_value(level.adjusted_p if level else None)
            + (mark if level and level.resolved else "")
            for mark, level in levels.items()
        ),
        "/".join(_two_decimals(level.detectable if level else None) for level in levels.values()),
    ]


def _two_decimals(value: float | None) -> str:
    return UNDEFINED if value is None else _short(f"{value:.2f}")


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
    return {document: "/".join(map(str, items)) for document, items in table.items().items()}
