"""What annotations on a server use of a label config, and what another config would take from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from onrecord.corpus.exports.scheme import CHOSEN, CONFLICT, choices


def find_lost(tasks: Iterable[Any], config: str) -> tuple[str, ...]:
    """The labels, relations and choices that the tasks' annotations use and a config lacks.

    Args:
        tasks: as Label Studio exports them.
        config: a label config.

    Returns:
        Each as ``control 'value'``, sorted.

    Raises:
        InvalidInput: the config is not XML.
    """
    known = choices(config)
    return tuple(
        sorted(
            {
                f"{control} {value!r}"
                for task in tasks
                for annotation in task["annotations"]
                for control, value in _used(annotation.get("result") or ())
                if value not in known.get(control, ())
            }
        )
    )


def _used(result: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for item in result:
        if item.get("from_name") in (*CHOSEN, CONFLICT):
            continue
        if item.get("type") == "relation":
            yield from (("relations", label) for label in item.get("labels") or ())
        elif item.get("type") in ("labels", "choices"):
            values = item.get("value", {}).get(item["type"]) or ()
            yield from ((str(item.get("from_name")), value) for value in values)
