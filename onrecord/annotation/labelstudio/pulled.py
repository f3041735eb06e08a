"""Tasks that came from a server, read with what the server knows beside them.

Each fault is given the link of its task, and what another's account has saved is a fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from onrecord.annotation.labelstudio.accounts import login_of
from onrecord.annotation.labelstudio.connection import Client, spoken
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.exports.exports import InvalidTasks, sort_tasks
from onrecord.document import Document
from onrecord.exceptions import InvalidInput


class SetAside(msgspec.Struct, frozen=True, kw_only=True):
    """What a pull leaves out of its export: a document's faults, and its annotations as they are."""

    document: str | None
    """None for tasks that are of no document."""
    faults: tuple[str, ...]
    tasks: tuple[Mapping[str, Any], ...]


def read_pulled(
    client: Client, tasks: Sequence[Any], corpus: Corpus, *, annotator: str | None = None
) -> tuple[Document, ...]:
    """The documents of a project's tasks, validated, in the order of the corpus.

    Args:
        client: of the server that the tasks came from.
        tasks: what :func:`onrecord.annotation.labelstudio.client.pull` gave.
        corpus: the articles, registry and targets.
        annotator: whose project it is: nobody else may have saved in it, but the one who made the
            project. None: anybody may.

    Raises:
        InvalidTasks: what is annotated is faulty or not theirs; every fault has its task's link.
        ServerError: the server refuses.
    """
    documents, problems = sort_pulled(client, tasks, corpus, annotator=annotator)
    if not problems and not documents:
        problems = [InvalidInput("has no documents")]
    if problems:
        raise InvalidTasks(problems)
    return documents


def read_sound(
    client: Client, tasks: Sequence[Any], corpus: Corpus, *, annotator: str
) -> tuple[tuple[Document, ...], tuple[SetAside, ...]]:
    """The documents that have no fault, and the others set aside; args as of :func:`read_pulled`.

    An article that nothing was submitted for is in neither.

    Raises:
        InvalidTasks: nothing was submitted for any.
        ServerError: the server refuses.
    """
    documents, problems = sort_pulled(client, tasks, corpus, annotator=annotator)
    faults: dict[str | None, list[str]] = {}
    for problem in problems:
        faults.setdefault(problem.document, []).append(str(problem))
    aside = [
        SetAside(document=document, faults=tuple(found), tasks=tuple(_of(document, tasks)))
        for document, found in faults.items()
    ]
    kept = tuple(
        one
        for one in aside
        if one.document not in corpus.by_id or any(task["annotations"] for task in one.tasks)
    )
    if not documents and not kept:
        raise InvalidTasks(problems or [InvalidInput("has no documents")])
    return documents, kept


def document_of(task: Mapping[str, Any]) -> str | None:
    """The id of the document that a task says it is about."""
    id = task["data"].get("id")
    return id if isinstance(id, str) else None


def sort_pulled(
    client: Client, tasks: Sequence[Any], corpus: Corpus, *, annotator: str | None = None
) -> tuple[tuple[Document, ...], list[InvalidInput]]:
    """The documents without fault, in the order of the corpus, and all faults with their links.

    Args as of :func:`read_pulled`.

    Raises:
        ServerError: the server refuses.
    """
    found, problems = sort_tasks(tasks, corpus.seeds(), corpus.target_ids, corpus.registry)
    if annotator is not None:
        problems += _saved_by_others(client, tasks, annotator)
    faulty = {problem.document for problem in problems}
    documents = (found.get(document.id) for document in corpus if document.id not in faulty)
    return (
        tuple(document for document in documents if document is not None),
        [linked(problem, client, tasks) for problem in problems],
    )


def _of(document: str | None, tasks: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """The tasks of a document with what was saved in them, and nothing of who did."""
    for task in tasks:
        if document_of(task) == document:
            kept = [
                {key: one.get(key) for key in ("id", "was_cancelled", "result")}
                for one in task["annotations"]
            ]
            yield {"id": task["id"], "project": task["project"], "annotations": kept}


def linked(problem: InvalidInput, client: Client, tasks: Sequence[Any]) -> InvalidInput:
    """The same fault with the address at which Label Studio shows its task."""
    of_document = [task for task in tasks if document_of(task) == problem.document]
    if problem.document is None or not of_document:
        return problem
    project, task = of_document[-1]["project"], of_document[-1]["id"]
    link = f"{client._client_wrapper.get_base_url()}/projects/{project}/data?task={task}"
    return InvalidInput(
        f"{problem.reason} ({link})", document=problem.document, field=problem.field
    )


def _saved_by_others(
    client: Client, tasks: Sequence[Any], annotator: str
) -> Iterator[InvalidInput]:
    """A fault for each document that an account has saved whose project it is not.

    Where no account has the annotator's name, as on a server of another's, the project must be of
    one account, whoever that is.
    """
    saved = {id: who for task in tasks if (id := document_of(task)) and (who := _authors(task))}
    if not saved:
        return
    login = _login(annotator)
    with spoken(client):
        names: Mapping[int, str] = {user.id: user.email for user in client.users.list()}
        maker = client.projects.get(tasks[0]["project"]).created_by.id
    theirs = {maker, *(id for id, name in names.items() if name == login)}
    others = set().union(*saved.values()) - theirs
    if login not in names.values() and len(others) < 2:
        return
    for document, authors in saved.items():
        strange = sorted(names.get(id, f"user {id}") for id in authors - theirs)
        if strange:
            reason = f"was saved by {' and '.join(strange)}; this is the project of {annotator}"
            yield InvalidInput(f"{reason} alone", document=document)


def _authors(task: Mapping[str, Any]) -> set[int]:
    """The ids of who made or changed an annotation of the task that counts."""
    kept = [one for one in task["annotations"] if not one.get("was_cancelled")]
    ids = {one.get(key) for one in kept for key in ("completed_by", "updated_by")}
    return {id for id in ids if isinstance(id, int)}


def _login(annotator: str) -> str | None:
    try:
        return login_of(annotator)
    except InvalidInput:
        return None
