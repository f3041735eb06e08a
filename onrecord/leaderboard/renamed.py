"""What systems lose on the renamed articles: each score there beside that on the articles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from onrecord.document import LAYERS
from onrecord.leaderboard.results import Result
from onrecord.scoring.report import Style, interval, number, render
from onrecord.scoring.statistics import Difference, jackknife_difference

HOW_TO_READ_RENAMED = (
    "F1 on the articles with all names replaced by invented ones; beneath it, what that is more or less\n"
    "than on the articles, with the interval that the difference has on other articles of this kind."
)


def changes(articles: Result, renamed: Result) -> dict[str, Difference]:
    """The F1 on the renamed articles minus that on the articles, of each layer that is scored."""
    return {
        layer: jackknife_difference(renamed.scores[layer].table, articles.scores[layer].table)
        for layer in LAYERS
        if articles.scores.attempts(layer) and renamed.scores.attempts(layer)
    }


def renamed_board(
    articles: Mapping[str, Result],
    renamed: Sequence[Result],
    style: Style = "plain",
    *,
    layers: Sequence[str] = LAYERS,
) -> str:
    """A row for each system, in the order of their loss in the first column.

    Args:
        articles: the results on the articles, by name; a row without one shows no change.
        renamed: those on the renamed articles.
        style: how the table is to look.
        layers: the columns.
    """
    shown = [
        (result, changes(articles[result.name], result) if result.name in articles else {})
        for result in renamed
        if set(result.scores.layers) & set(layers)
    ]

    def loss(row: tuple[Result, Mapping[str, Difference]]) -> tuple[list[float], str]:
        result, found = row
        values = (found[layer].value if layer in found else None for layer in layers)
        return [1.0 if value is None else value for value in values], result.name

    rows = []
    for result, found in sorted(shown, key=loss):
        scores = (
            number(result.scores[layer].f1 if result.scores.attempts(layer) else None)
            for layer in layers
        )
        rows.append([result.name, *scores])
        rows.append(["", *(_change(found.get(layer)) for layer in layers)])
    table = render(["system", *layers], rows, style)
    gap = "\n\n" if style == "markdown" else "\n"
    return f"With all names replaced{gap}{table}\n\n{HOW_TO_READ_RENAMED}"


def _change(difference: Difference | None) -> str:
    if difference is None or difference.value is None:
        return ""
    shown = number(abs(difference.value))
    sign = "" if shown == number(0.0) else "+" if difference.value > 0 else "-"
    known = difference.interval
    return f"{sign}{shown}" + ("" if known is None else f" {interval(known)}")
