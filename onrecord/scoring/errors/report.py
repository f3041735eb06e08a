"""An analysis for people: tables of counts by kind, then the errors with the text around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from onrecord.scoring.errors.analysis import Analysis, Count
from onrecord.scoring.errors.cases import Case, offsets
from onrecord.scoring.errors.context import one_line
from onrecord.scoring.report import Style, render

MOST_COLUMNS = 8
"""With more documents than this a table has no columns for them."""
LEGEND = "⟦gold⟧ ⟨predicted, where it differs⟩; of what is invented and of wrong links: ⟦predicted⟧"


def errors_report(name: str, analysis: Analysis, style: Style = "plain") -> str:
    """A table of counts for each layer, the errors by layer and kind, and the signature.

    Args:
        name: what was analysed.
        analysis: all of it, or what was selected; where errors were left out, it is said.
        style: how tables are drawn; in Markdown the errors stand in fenced blocks.
    """
    markdown = style == "markdown"
    parts = [f"## {one_line(name)}" if markdown else name]
    for layer, counts in groupby(analysis.counts, key=lambda count: count.layer):
        parts.append(_table(layer, list(counts), style))
    numbers = {(count.layer, count.kind): count.n for count in analysis.counts}
    if analysis.errors:
        parts.append(LEGEND)
    for key, cases in groupby(analysis.errors, key=lambda case: (case.layer, case.kind)):
        title = f"{key[0]}: {key[1]} ({numbers[key]})"
        lines = list(_listing(list(cases), numbers[key]))
        if markdown:
            parts += [f"### {title}", "\n".join(["```text", *lines, "```"])]
        else:
            parts.append("\n".join([title, *lines]))
    return "\n\n".join([*parts, analysis.signature])


def _table(layer: str, counts: Sequence[Count], style: Style) -> str:
    documents = list(counts[0].documents)
    columns = documents if len(documents) <= MOST_COLUMNS else []
    rows = []
    for count in counts:
        if count.n or count.kind == "right":
            rows.append([count.kind, _some(count.gold), _some(count.predicted)])
            rows[-1] += [_some(count.documents[document]) for document in columns]
        for subkind, found in count.subkinds.items():
            rows.append(
                [f"  – {subkind}", "", "", *(_some(found[document]) for document in columns)]
            )
    sides = [[c for c in counts if c.gold], [c for c in counts if c.predicted]]
    total = [str(sum(count.n for count in side)) for side in sides]
    for document in columns:
        total.append("/".join(str(sum(c.documents[document] for c in side)) for side in sides))
    return render(
        [layer, "gold", "predicted", *columns], [*rows, ["all (gold/predicted)", *total]], style
    )


def _some(number: int) -> str:
    return str(number) if number else "·"


def _listing(cases: Sequence[Case], number: int) -> Iterator[str]:
    for case in cases:
        yield f"  {_place(case)}  {one_line(_facts(case))}"
        for line in case.context:
            yield f"      {line}"
    if number > len(cases):
        yield f"  … and {number - len(cases)} more"


def _place(case: Case) -> str:
    return ", ".join(f"{item.document} {offsets(item)}" for item in case.gold or case.predicted)


def _facts(case: Case) -> str:
    shown = ", ".join(dict.fromkeys(item.label for item in case.gold or case.predicted))
    other = ", ".join(dict.fromkeys(item.label for item in case.predicted))
    if case.gold and case.predicted and other != shown:
        shown = f"{shown}, predicted {other}"
    if case.subkind is not None:
        shown = f"{shown} ({case.subkind})"
    return shown if case.note is None else f"{shown}; {case.note}"
