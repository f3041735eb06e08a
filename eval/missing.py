"""Rows that cannot be made on the gold as it is: each in a line, with what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from entries import PREDICTIONS, ROOT, Entry

from onrecord.leaderboard.results import Result

KIND = "not made"
"""What pytest counts tests of such rows as."""
_ROW = re.compile(r"\[(.+)\]$")


def missing_rows(
    entries: Iterable[Entry], results: Iterable[Mapping[str, Result]], refused: Mapping[str, str]
) -> dict[str, str]:
    """What to do about each published row that could not be made, by its name.

    Args:
        entries: what was to be run.
        results: the rows that were made, of each board.
        refused: why no row was made at all, where none was.
    """
    made = list(results)
    found: dict[str, str] = {}
    for entry in entries:
        failures = [
            one for board in made if entry.name in board for one in board[entry.name].failures
        ]
        if not entry.is_published:
            continue
        if entry.name in refused:
            found[entry.name] = _remedy(entry, refused[entry.name])
        elif failures:
            lacking = ", ".join(dict.fromkeys(failure.document for failure in failures))
            unasked = "was not asked" in failures[0].reason
            how = f"ask it about {lacking} (docs/language-models.md)" if unasked else "mend it"
            found[entry.name] = f"fails on {lacking} ({failures[0].reason}): {how}"
    return found


def _remedy(entry: Entry, reason: str) -> str:
    lacking = re.search(r": ([^:\s]+): is missing \(", reason)
    if lacking is None:
        return reason
    what = f"its saved predictions lack {lacking[1]}"
    if entry.is_system:
        return f"{what}: make leaderboard-full ARGS=--update makes them anew"
    export = ROOT / "annotation" / "exports" / f"{entry.name}.json"
    name = (PREDICTIONS / f"{entry.name}.jsonl").relative_to(ROOT)
    if export.exists():
        export = export.relative_to(ROOT)
        return f"{what}: with an export of all articles, onrecord convert labelstudio {export} -o {name}"
    return f"{what}: have them made anew, as {name}"


def set_aside(stats: dict[str, list[Any]], rows: Mapping[str, str]) -> None:
    """Count the failed tests of these rows, and those that follow from them, as not made."""
    if not rows:
        return
    for kind in ("failed", "error"):
        for report in stats.pop(kind, []):
            row = _ROW.search(report.nodeid)
            follows = row is None and report.nodeid.endswith("page_is_what_the_results_give")
            follows = follows or (row is not None and row[1] in rows)
            stats.setdefault(KIND if follows else kind, []).append(report)


def lines(rows: Mapping[str, str], *, update: bool) -> list[str]:
    """The rows with what to do, and how to go on without them."""
    written = "; the others are written, the page is not without these" if update else ""
    said = [f"{name}: {remedy}" for name, remedy in sorted(rows.items())]
    return [
        f"{len(said)} rows could not be made{written}:",
        *said,
        "Take out those that you cannot make, then update again: onrecord leaderboard prune NAME... (or --all, "
        "for all that are of another gold)",
    ]
