"""Taking rows out of the leaderboard: those that cannot be made on the gold as it is now.

A row on the probes stays: the probes are not the gold's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from onrecord.corpus.files import read_json, write
from onrecord.corpus.gold import Build
from onrecord.corpus.validation import unknown
from onrecord.exceptions import InvalidInput, OnRecordError
from onrecord.leaderboard.results import load_result
from onrecord.systems.run import About, read_about

TAKEN_OUT = Path("eval", "taken_out.txt")
"""The baselines that are not run although they need no extra: a name a line."""
_BOARDS = (Path(), Path("renamed"))
"""The folders of the boards that the gold changes, below results and predictions."""
_KINDS = {"results": (".json",), "predictions": (".jsonl", ".toml")}


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """The rows that were taken out, and the files of theirs."""

    rows: tuple[str, ...]
    files: tuple[Path, ...]


def prune(root: str | Path, rows: Collection[str] = ()) -> Pruned:
    """Take rows out of the boards of the articles and of the renamed ones.

    What is published of them is removed, and a baseline that would be run all the same is listed in
    ``TAKEN_OUT``; without its line there it is run again.

    Args:
        root: the clone.
        rows: their names; none: those that were published on another gold.

    Raises:
        InvalidInput: there is no such row, or no data; nothing is removed.
    """
    root = Path(root)
    published = {name: tuple(_files(root, name)) for name in _published(root)}
    baselines = _baselines(root)
    chosen = sorted(set(rows)) if rows else of_another_gold(root)
    for name in chosen:
        if name not in published and name not in baselines:
            raise InvalidInput(unknown("row", name, sorted({*published, *baselines})))
    files = tuple(path for name in chosen for path in published.get(name, ()))
    kept = read_taken_out(root)
    listed = sorted(
        kept | {name for name in chosen if name in baselines and not baselines[name].extra}
    )
    if listed != sorted(kept):
        write(root / TAKEN_OUT, "".join(f"{name}\n" for name in listed).encode())
    for path in files:
        path.unlink()
    return Pruned(rows=tuple(chosen), files=files)


def read_taken_out(root: str | Path) -> frozenset[str]:
    """The baselines that were taken out, though they need no extra."""
    path = Path(root) / TAKEN_OUT
    return frozenset(path.read_text("utf-8").split()) if path.exists() else frozenset()


def _published(root: Path) -> set[str]:
    """The names of the rows that something is published of."""
    folders = [root / "eval" / kind / board for kind in _KINDS for board in _BOARDS]
    suffixes = {suffix for of_kind in _KINDS.values() for suffix in of_kind}
    return {path.stem for one in folders for path in one.glob("*") if path.suffix in suffixes}


def _files(root: Path, name: str) -> Iterator[Path]:
    """What is published of a row."""
    for kind, suffixes in _KINDS.items():
        for board in _BOARDS:
            for suffix in suffixes:
                path = root / "eval" / kind / board / f"{name}{suffix}"
                if path.exists():
                    yield path


def of_another_gold(root: str | Path) -> list[str]:
    """The rows whose results are not of the gold as it is, or on the renamed articles as they are."""
    root = Path(root)
    made = read_json(root / "data" / "build.json", Build)
    found = set()
    for board, gold in zip(_BOARDS, (made.gold, made.renamed), strict=True):
        for path in (root / "eval" / "results" / board).glob("*.json"):
            if load_result(path).scores.gold != gold:
                found.add(path.stem)
    return sorted(found)


def _baselines(root: Path) -> dict[str, About]:
    """What the files of the baselines say, by row; one that cannot be read gives none."""
    found: dict[str, About] = {}
    for file in sorted((root / "baselines").glob("*.py")):
        try:
            about = read_about(file)
        except OnRecordError:
            continue
        found |= dict.fromkeys(about.variants, about)
    return found
