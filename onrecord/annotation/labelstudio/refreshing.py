"""What tasks show of their articles and offer of the registry, brought up to date."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onrecord.annotation.labelstudio.connection import Client
from onrecord.corpus.exports.exports import push_tasks
from onrecord.corpus.exports.offers import ACTORS, ENTITIES
from onrecord.corpus.registry import Registry
from onrecord.document import Document

_SHOWN = ("about", "outlet", "title", "zones")
"""What of a task's data says how the article is laid out and what is known of it."""


def refresh(
    client: Client,
    documents: Mapping[str, Document],
    present: Mapping[str, Mapping[str, Any]],
    registry: Registry | None,
) -> tuple[int, tuple[str, ...]]:
    """Let tasks that nobody has begun show their articles as these are now, and all offer the registry.

    Args:
        client: of the server that has the tasks.
        documents: the articles by id.
        present: the project's tasks by document.
        registry: whose ids every task offers, begun or not; None: what they offer stays.

    Returns:
        How many tasks were changed, and the documents that somebody has begun, with an annotation
        or a draft, and that show another title, outlet or other zones.
    """
    changed, begun = 0, []
    for id, document in documents.items():
        task = present.get(id)
        if task is None:
            continue
        (now,) = push_tasks([document], annotated=False, registry=registry)
        wanted = {key: now["data"][key] for key in _SHOWN}
        if _differs(task["data"], wanted) and (task["annotations"] or task.get("drafts")):
            begun.append(id)
            wanted = {}
        if registry is not None:
            wanted |= {key: now["data"][key] for key in (ENTITIES, ACTORS)}
        if _differs(task["data"], wanted):
            client.tasks.update(str(task["id"]), data={**task["data"], **wanted})
            changed += 1
    return changed, tuple(begun)


def _differs(data: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return any(data.get(key) != value for key, value in wanted.items())
