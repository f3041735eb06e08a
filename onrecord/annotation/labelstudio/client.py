"""A Label Studio server as the keeper of passes: one project per annotator, filled and read back.

The open-source edition lets every user see and change every annotation of a project, so passes are
kept apart as projects titled ``onrecord: <annotator>``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from onrecord.annotation.labelstudio.connection import Client, connect, is_configured, spoken
from onrecord.annotation.labelstudio.doubles import drop_projects, drop_tasks, remove
from onrecord.annotation.labelstudio.projects import (
    TITLE,
    bring_up_to_date,
    pass_of,
    project_title,
    require_guidelines,
    shown,
)
from onrecord.annotation.labelstudio.refreshing import refresh
from onrecord.annotation.labelstudio.usage import find_lost
from onrecord.corpus.exports.bridge import from_result, to_result
from onrecord.corpus.exports.exports import (
    PRE_ANNOTATIONS,
    PreAnnotations,
    annotation,
    find_pre_annotations,
    push_tasks,
)
from onrecord.corpus.exports.offers import chosen
from onrecord.corpus.exports.scheme import adds_targets, check_config, same_config
from onrecord.corpus.registry import Registry
from onrecord.document import Document
from onrecord.exceptions import InvalidInput, ServerError

__all__ = [
    "ProjectStatus",
    "Pushed",
    "connect",
    "is_configured",
    "project_title",
    "pull",
    "push",
    "status",
]


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """How much a push has added; what was there already is not counted."""

    tasks: int = 0
    annotations: int = 0
    predictions: int = 0
    refreshed: int = 0
    """Tasks that offered another registry, or that nobody has begun and that showed another title,
    outlet or other zones of their article."""
    begun: tuple[str, ...] = ()
    """The documents that somebody has begun and that still show another title, outlet or zones."""
    utterances: int = 0
    """The tasks that offer other utterances to choose from than before."""


class ProjectStatus(msgspec.Struct, frozen=True, kw_only=True):
    """An annotator's project: how many documents it has, and how many are annotated."""

    annotator: str
    tasks: int
    annotated: int


def push(
    client: Client,
    annotator: str,
    documents: Iterable[Document],
    *,
    config: str,
    targets: Collection[str],
    about: str = "",
    instruction: str = "",
    guidelines: str = "",
    same_rules: bool = False,
    annotations: Iterable[Document] | None = None,
    predictions: Iterable[Document] | None = None,
    model_version: str | None = None,
    pre_annotations: PreAnnotations | None = None,
    data: Mapping[str, Mapping[str, str]] | None = None,
    notes: Mapping[str, Iterable[Any]] | None = None,
    registry: Registry | None = None,
) -> Pushed:
    """Give an annotator's project the documents it lacks; made if there is none.

    Everything is checked before anything is changed, and nothing that an annotator made is. A
    project whose config lacks nothing but new targets gets them, and a task that nobody has begun
    the article's title, outlet and zones as they are now, and every task the registry. A task that is shown predictions
    keeps the name of what made them, in its ``meta``. A push that was interrupted anywhere, or
    whose server was, is finished by the next one.

    Args:
        client: from :func:`connect`.
        annotator: whose project.
        documents: the articles.
        config: the label config, as in ``annotation/label_config.xml``.
        targets: the ids of the corpus's targets.
        about: what the project's card says; empty: whose pass it is.
        instruction: what it shows before labelling and on a button, as HTML; empty: what it does.
        guidelines: the sha256 of the guidelines, which the instruction keeps.
        same_rules: the guidelines' words have changed but not their rules.
        annotations: documents whose layers become their task's annotation.
        predictions: documents whose layers are shown as pre-annotation, in place of earlier ones
            of the same ``model_version``.
        model_version: the name of what made the predictions.
        pre_annotations: what the annotators of ``annotations`` were shown.
        data: what new tasks carry further, by document.
        notes: what the predictions show before their layers, by document, as a ``result`` list.
        registry: whose ids new tasks offer to choose from; None: none.

    Raises:
        InvalidInput: the config has not exactly these targets, or a given document breaks a rule.
        ServerError: the project has another config, another text of a document or another
            annotation of it, or is annotated by other guidelines; or the server refuses.
    """
    check_config(config, targets)
    title = project_title(annotator)
    fields = shown(about or pass_of(annotator), instruction, guidelines)
    articles = {document.id: document for document in documents}
    annotated = _within(articles, annotations or ())
    predicted = _within(articles, predictions or ())
    results = {
        id: [*(notes or {}).get(id, ()), *chosen(to_result(one), registry)]
        for id, one in predicted.items()
    }
    with spoken(client):
        found = _titled(client, title)
        project = _chosen(found, title)
        current = "" if project is None else project.label_config or ""
        outdated = project is not None and not same_config(current, config)
        tasks = [] if project is None else _download(client, project.id)
        if outdated and not adds_targets(current, config):
            lost = ", ".join(find_lost(tasks, config))
            how = f" and uses {lost}, which the new one lacks" if lost else ""
            raise ServerError(
                f"project {title!r} has another label config{how}; pull it and rename it first"
            )
        if project is not None and not same_rules:
            require_guidelines(project, tasks, guidelines)
        if project is not None:
            drop_projects(client, found, project)
            tasks = drop_tasks(client, tasks, articles, title)
        present = _present(tasks, articles, title)
        fresh = _fresh_annotations(annotated, present, title)
        if project is None:
            client.projects.create(title=title, label_config=config, **fields)
            found = _titled(client, title)
            project = _chosen(found, title)
            drop_projects(client, found, project)
        elif outdated:
            client.projects.update(project.id, label_config=config)
        bring_up_to_date(client, project, fields)
        refreshed, begun = refresh(client, articles, present, registry)
        added = _import(
            client, project.id, articles, present, fresh, pre_annotations, data or {}, registry
        )
        for id, document in fresh.items():
            if id in present:
                made = annotation(document, registry)
                client.annotations.create(present[id]["id"], **made)
                _note(client, present[id], (pre_annotations or {}).get(id, ()))
        if added or fresh:
            drop_tasks(client, _download(client, project.id), articles, title)
        predictions_added = _predict(client, project.id, results, model_version or "onrecord")
    return Pushed(
        tasks=added,
        annotations=len(fresh),
        predictions=predictions_added,
        refreshed=refreshed,
        begun=begun,
    )


def _within(documents: Mapping[str, Document], given: Iterable[Document]) -> dict[str, Document]:
    """The given documents by id, which must be among those pushed."""
    found = {document.id: document for document in given}
    for id, document in found.items():
        if id not in documents or documents[id].sha256 != document.sha256:
            raise InvalidInput("is not among the documents that are pushed", document=id)
    return found


def _titled(client: Client, title: str) -> list[Any]:
    return [project for project in client.projects.list(title=title) if project.title == title]


def _chosen(found: Collection[Any], title: str) -> Any:
    """The one of these projects that has tasks; the first if none has; None if there is none."""
    filled = [project for project in found if project.task_number]
    if len(filled) > 1:
        raise ServerError(f"{len(filled)} projects are titled {title!r}; rename all but one")
    return next(iter(filled), None) or min(found, key=lambda project: project.id, default=None)


def _download(client: Client, project: int) -> list[Any]:
    """All tasks of a project, annotated or not, as Label Studio exports them."""
    chunks = client.projects.exports.download_sync(
        project, export_type="JSON", download_all_tasks=True
    )
    return msgspec.json.decode(b"".join(chunks), type=list[Any])


def _present(
    tasks: Iterable[Any], documents: Mapping[str, Document], title: str
) -> dict[str, dict[str, Any]]:
    """The project's tasks by document; one made from another text is refused."""
    present: dict[str, dict[str, Any]] = {}
    for task in tasks:
        id = task["data"].get("id")
        if id in documents and task["data"].get("sha256") != documents[id].sha256:
            raise ServerError(f"project {title!r} has another text of {id!r}; use a new annotator")
        present[str(id)] = task
    return present


def _fresh_annotations(
    annotated: Mapping[str, Document], present: Mapping[str, Mapping[str, Any]], title: str
) -> dict[str, Document]:
    """The annotations that the project has not; one that differs from what is there is refused."""
    fresh = {}
    for id, document in annotated.items():
        existing = present[id]["annotations"] if id in present else []
        if not existing:
            fresh[id] = document
        elif not any(_same(document, one.get("result")) for one in existing):
            raise ServerError(
                f"project {title!r} has another annotation of {id!r}; pull it (--partial leaves out "
                "what is faulty), and delete it there"
            )
    return fresh


def _same(document: Document, result: object) -> bool:
    try:
        return from_result(document.bare(), result) == document.canonical()
    except InvalidInput:
        return False


def _import(
    client: Client,
    project: int,
    documents: Mapping[str, Document],
    present: Collection[str],
    annotated: Mapping[str, Document],
    pre_annotations: PreAnnotations | None,
    data: Mapping[str, Mapping[str, str]],
    registry: Registry | None,
) -> int:
    """Make the tasks that are missing, with their annotations; how many."""
    missing = [id for id in documents if id not in present]
    tasks = [
        task
        for id in missing
        for task in push_tasks(
            [annotated.get(id, documents[id])],
            annotated=id in annotated,
            pre_annotations=pre_annotations if id in annotated else None,
            registry=registry,
        )
    ]
    for task in tasks:
        task["data"] |= data.get(task["data"]["id"], {})
    if tasks:
        client.projects.import_tasks(project, request=tasks)
    return len(tasks)


def _predict(client: Client, project: int, results: Mapping[str, Any], model_version: str) -> int:
    """Show the results as predictions; how many were not shown already."""
    if not results:
        return 0
    tasks = {task["data"].get("id"): task for task in _download(client, project)}
    for id in results:
        _note(client, tasks[id], [model_version])
    added = _show(client, project, tasks, results, model_version)
    if added:
        _show(client, project, tasks, results, model_version)  # an interrupted push's came late
    client.projects.update(project, model_version=model_version, show_collab_predictions=True)
    return added


def _show(
    client: Client,
    project: int,
    tasks: Mapping[Any, Any],
    results: Mapping[str, Any],
    model_version: str,
) -> int:
    """Make each result the one prediction of this version for its task; how many are new."""
    earlier: dict[int, list[Any]] = {}
    for prediction in client.predictions.list(project=project):
        if prediction.model_version == model_version:
            earlier.setdefault(prediction.task, []).append(prediction)
    added = 0
    for id, result in results.items():
        task = tasks[id]["id"]
        old = earlier.get(task, [])
        kept = next((prediction for prediction in old if prediction.result == result), None)
        if kept is None:
            client.predictions.create(task=task, result=result, model_version=model_version)
            added += 1
        for prediction in old:
            if prediction is not kept:
                remove(client.predictions, prediction.id)
    return added


def _note(client: Client, task: Mapping[str, Any], shown: Collection[str]) -> None:
    """Let a task keep the names of the systems whose output its annotator is shown."""
    before = find_pre_annotations([task]).get(task["data"]["id"], ())
    if not set(shown) <= set(before):
        meta = {**(task.get("meta") or {}), PRE_ANNOTATIONS: sorted({*before, *shown})}
        client.tasks.update(str(task["id"]), meta=meta)


def pull(client: Client, annotator: str) -> list[Any]:
    """All tasks of an annotator's project with their annotations, as Label Studio exports them.

    A task's ``meta`` also names what made the prediction that an annotation was begun from.

    Raises:
        ServerError: there is no such project, or the server refuses.
    """
    with spoken(client):
        tasks = find_tasks(client, annotator)
    if tasks is None:
        raise ServerError(
            f"there is no project {project_title(annotator)!r}; "
            f"`onrecord annotate push --annotator {annotator}` makes it"
        )
    return tasks


def find_tasks(client: Client, annotator: str) -> list[Any] | None:
    """The tasks as :func:`pull` gives them; None if there is no such project."""
    title = project_title(annotator)
    project = _chosen(_titled(client, title), title)
    if project is None:
        return None
    return _with_parents(client, project.id, _download(client, project.id))


def _with_parents(client: Client, project: int, tasks: list[Any]) -> list[Any]:
    """The tasks with the models of their annotations' parent predictions, whoever showed these."""
    parents = {
        task["id"]: {one.get("parent_prediction") for one in task["annotations"]} - {None}
        for task in tasks
    }
    if any(parents.values()):
        models = {
            prediction.id: prediction.model_version or "unknown"
            for prediction in client.predictions.list(project=project)
        }
        for task in tasks:
            shown = {models.get(parent, "unknown") for parent in parents[task["id"]]}
            if shown:
                shown |= {*find_pre_annotations([task]).get(task["data"].get("id"), ())}
                task["meta"] = {**(task.get("meta") or {}), PRE_ANNOTATIONS: sorted(shown)}
    return tasks


def status(client: Client) -> tuple[ProjectStatus, ...]:
    """The annotators' projects by name, and how far they are.

    Raises:
        ServerError: the server refuses.
    """
    with spoken(client):
        projects = [p for p in client.projects.list() if (p.title or "").startswith(TITLE)]
        return tuple(
            ProjectStatus(
                annotator=(project.title or "").removeprefix(TITLE),
                tasks=project.task_number or 0,
                annotated=project.finished_task_number or 0,
            )
            for project in sorted(projects, key=lambda project: project.title or "")
        )
