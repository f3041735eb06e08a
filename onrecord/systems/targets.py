"""Targets from a file of one's own: JSON Lines, JSON or YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from onrecord.corpus.corpus import read_targets
from onrecord.corpus.files import read_json, read_text
from onrecord.corpus.registry import Target
from onrecord.exceptions import InvalidInput


def read_own_targets(path: str | Path) -> tuple[Target, ...]:
    """The targets in a file: each has an ``id`` and a ``proposition``.

    JSON Lines as in ``annotation/targets.jsonl``, or by the name's ending JSON or YAML: a list of such,
    or a proposition by each id.

    Raises:
        InvalidInput: the file cannot be read, is no such thing, or has an id twice.
    """
    kind = Path(path).suffix
    if kind in (".yaml", ".yml"):
        values = _read_yaml(path)
    elif kind == ".json":
        values = read_json(path, Any)
    else:
        return _require(read_targets(path), path)
    if isinstance(values, dict):
        values = [{"id": id, "proposition": proposition} for id, proposition in values.items()]
    try:
        return _require(msgspec.convert(values, tuple[Target, ...]), path)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$")
        raise InvalidInput(reason, file=path, field=place.rstrip("`") or None) from None


def _read_yaml(path: str | Path) -> Any:
    import yaml

    try:
        return yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        raise InvalidInput(
            f"not YAML: {getattr(error, 'problem', error)}", file=path, line=line
        ) from None


def _require(targets: tuple[Target, ...], path: str | Path) -> tuple[Target, ...]:
    """Make sure that there are targets, each with an id of its own and a proposition."""
    if not targets:
        raise InvalidInput("has no targets", file=path)
    seen: set[str] = set()
    for target in targets:
        if not target.id or not target.proposition.strip():
            raise InvalidInput(f"target {target.id!r} has an empty id or proposition", file=path)
        if target.id in seen:
            raise InvalidInput(f"duplicate target {target.id!r}", file=path)
        seen.add(target.id)
    return targets
