"""What a push that was interrupted can leave twice, and taking the second away.

A request of a client that was killed may be carried out after the next push has looked. Only what
holds nothing of its own is taken away: an empty project, an annotation equal to another of its task,
a task without annotations or with the same ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from onrecord.annotation.labelstudio.connection import Client
from onrecord.corpus.exports.offers import ACTORS, ENTITIES, UTTERANCES
from onrecord.exceptions import ServerError


def drop_projects(client: Client, projects: Iterable[Any], kept: Any) -> None:
    """Delete the projects that are not the one kept, all of which are without tasks."""
    for project in projects:
        if project.id != kept.id and not project.task_number:
            remove(client.projects, project.id)


def drop_tasks(
    client: Client, tasks: Iterable[Any], documents: Collection[str], title: str
) -> list[Any]:
    """The tasks, one for each of the documents, after doubled tasks and annotations are deleted.

    Raises:
        ServerError: two tasks of a document both hold work, and not the same.
    """
    kept: list[Any] = []
    first: dict[str, Any] = {}
    for task in sorted(tasks, key=lambda task: (not _is_worked_on(task), task["id"])):
        id = task["data"].get("id")
        if id not in documents:
            kept.append(task)
        elif id not in first:
            first[id] = task
            kept.append(task)
            _drop_annotations(client, task)
        elif _adds_nothing(task, first[id]):
            remove(client.tasks, str(task["id"]))
        else:
            raise ServerError(f"project {title!r} has two tasks of {id!r}; delete one of them")
    return kept


def remove(collection: Any, id: int | str) -> None:
    """Delete one of a collection of the server; that it is gone already is as well."""
    from label_studio_sdk.core.api_error import ApiError

    try:
        collection.delete(id)
    except ApiError as error:
        if error.status_code != 404:
            raise


def _is_worked_on(task: Any) -> bool:
    return bool(task["annotations"] or task.get("drafts"))


def _adds_nothing(task: Any, first: Any) -> bool:
    """Whether a task has nothing that an earlier one of its document has not."""
    made = _made(first)
    same = task["data"].get("sha256") == first["data"].get("sha256")
    return same and all(one in made for one in _made(task)) and not task.get("drafts")


def _article(task: Any) -> dict[str, Any]:
    """A task's data without what it offers to choose from, which grows with the registry."""
    return {k: v for k, v in task["data"].items() if k not in (ENTITIES, ACTORS, UTTERANCES)}


def _made(task: Any) -> list[Any]:
    return [_content(annotation) for annotation in task["annotations"]]


def _content(annotation: Any) -> tuple[Any, ...]:
    """What makes two annotations the same."""
    return tuple(annotation.get(key) for key in ("result", "was_cancelled", "completed_by"))


def _drop_annotations(client: Client, task: Any) -> None:
    """Delete every annotation that an earlier one equals; none while a draft is being worked on."""
    if task.get("drafts"):
        return
    kept: list[Any] = []
    for annotation in sorted(task["annotations"], key=lambda annotation: annotation["id"]):
        if _content(annotation) in map(_content, kept):
            remove(client.annotations, annotation["id"])
        else:
            kept.append(annotation)
    task["annotations"] = kept
