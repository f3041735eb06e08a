"""What tasks show of their articles, brought up to date where nobody has begun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onrecord.annotation.labelstudio.connection import Client
from onrecord.corpus.exports.exports import push_tasks
from onrecord.document import Document

_SHOWN = ("about", "outlet", "title", "zones")
"""What of a task's data says how the article is laid out and what is known of it."""


def refresh(
    client: Client, documents: Mapping[str, Document], present: Mapping[str, Mapping[str, Any]]
) -> tuple[int, tuple[str, ...]]:
    """Let tasks that nobody has begun show their articles as these are now.

    Args:
        client: of the server that has the tasks.
        documents: the articles by id.
        present: the project's tasks by document.

    Returns:
        How many tasks were changed, and the documents that somebody has begun, with an annotation
        or a draft, and that show another title, outlet or other zones.
    """
    changed, begun = 0, []
    for id, document in documents.items():
        task = present.get(id)
        if task is None:
            continue
        (wanted,) = push_tasks([document], annotated=False)
        shown = {key: wanted["data"][key] for key in _SHOWN}
        if all(task["data"].get(key) == value for key, value in shown.items()):
            continue
        if task["annotations"] or task.get("drafts"):
            begun.append(id)
        else:
            client.tasks.update(str(task["id"]), data={**task["data"], **shown})
            changed += 1
    return changed, tuple(begun)
