"""Giving an annotator's project a clone's articles; see :mod:`onrecord.annotation.labelstudio.workflow`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from onrecord.annotation.labelstudio import adjudication, client, offering, server
from onrecord.annotation.labelstudio.accounts import find_logins
from onrecord.annotation.labelstudio.connection import Client
from onrecord.annotation.labelstudio.screen import hash_guidelines, read_config, read_instruction
from onrecord.corpus.borders import border_problems
from onrecord.corpus.corpus import load_articles
from onrecord.corpus.exports.exports import InvalidTasks, PreAnnotations, read_pre_annotations
from onrecord.corpus.layers import is_export, read_layers
from onrecord.corpus.validation import unknown
from onrecord.document import Document
from onrecord.exceptions import InvalidInput, ServerError


def push(
    root: str | Path,
    annotator: str,
    *,
    annotations: str | Path | None = None,
    predictions: str | Path | None = None,
    model_version: str | None = None,
    only: Collection[str] | None = None,
    same_rules: bool = False,
    new: bool = True,
    utterances: str | Path | None = None,
    url: str | None = None,
    token: str | None = None,
) -> client.Pushed:
    """Give the annotator's project the clone's articles; pushes of one clone wait for each other.

    Args:
        root: the clone.
        annotator: whose project; made if there is none.
        annotations: an export or predictions file whose layers become annotations; it need not
            have every article, and only those that it has are given.
        predictions: one whose layers are shown as pre-annotation; likewise.
        model_version: what made the predictions; None: the file's name.
        only: the ids of the articles to give; None: all, or those of ``annotations``.
        same_rules: the project may be annotated by guidelines of other words.
        new: the project may be made although nobody of this name has a login; False refuses that
            as a slip, where there are projects of others.
        utterances: an export or predictions file whose utterance ids are offered, with their words,
            in the articles other than theirs; ``offering.OWN``: those that the annotator has
            submitted; None: what is offered stays.
        url: the server; None: as :func:`onrecord.annotation.labelstudio.client.connect` finds it.
        token: the user's token; None: likewise.

    Raises:
        InvalidInput: a file is missing or invalid, or the label config is not the corpus's.
        ServerError: the server does not run or refuses.
    """
    corpus = load_articles(root)
    chosen = set(corpus.by_id if only is None else only)
    for id in sorted(chosen - corpus.by_id.keys()):
        raise InvalidInput(unknown("document", id, list(corpus.by_id)))
    if predictions is not None and model_version is None:
        model_version = Path(predictions).stem

    def read(path: str | Path | None) -> list[Document]:
        documents = () if path is None else read_layers(path, corpus, partial=True)
        return [document for document in documents if document.id in chosen]

    annotated, predicted = read(annotations), read(predictions)
    if annotations is not None and only is None:
        chosen = {document.id for document in annotated}
        predicted = [document for document in predicted if document.id in chosen]
    _require_within_zones(annotated, annotations)
    shown: PreAnnotations = {}
    if annotations is not None and is_export(annotations):
        shown = read_pre_annotations(annotations)
    config = read_config(root)
    connection = client.connect(url, token, root=root)
    with server.one_push_at_a_time(root):
        if not new:
            _require_known(connection, annotator)
        pushed = client.push(
            connection,
            annotator,
            [document for document in corpus.bare() if document.id in chosen],
            config=config,
            targets=corpus.target_ids,
            instruction=read_instruction(root),
            guidelines=hash_guidelines(root),
            same_rules=same_rules,
            annotations=annotated,
            predictions=predicted,
            model_version=model_version,
            pre_annotations=shown,
            registry=corpus.registry,
        )
        if utterances is None:
            return pushed
        offered = offering.offer_utterances(connection, annotator, corpus, utterances)
        return msgspec.structs.replace(pushed, utterances=offered)


def _require_known(connection: Client, annotator: str) -> None:
    """Refuse a name that has neither project nor login, where others have a project."""
    client.project_title(annotator)
    projects = [project.annotator for project in client.status(connection)]
    if not projects or annotator in projects:
        return
    having = {name.lower() for name in projects}
    waiting = {*find_logins(connection)} - having
    if annotator.lower() not in waiting:
        raise InvalidInput(
            f"{unknown('annotator', annotator, sorted({*projects, *waiting}))}; say --new to make a "
            "project of this name",
            field="--annotator",
        )


def without_project(
    root: str | Path, *, url: str | None = None, token: str | None = None
) -> tuple[str, ...]:
    """The annotators who can log in and have no project, whom :func:`push_all` leaves out.

    Raises:
        ServerError: the server does not run or refuses.
    """
    connection = client.connect(url, token, root=root)
    having = {project.annotator.casefold() for project in client.status(connection)}
    return tuple(name for name in find_logins(connection) if name not in having)


def _require_within_zones(documents: Sequence[Document], file: str | Path | None) -> None:
    """Refuse annotations that a pull would refuse for the borders of zones (G5)."""
    problems = [
        InvalidInput(reason, file=file, document=document.id, field=field)
        for document in documents
        for field, reason in border_problems(document)
    ]
    if problems:
        raise InvalidTasks(problems)


def push_all(
    root: str | Path,
    *,
    predictions: str | Path | None = None,
    only: Collection[str] | None = None,
    same_rules: bool = False,
    utterances: str | Path | None = None,
    url: str | None = None,
    token: str | None = None,
) -> dict[str, client.Pushed | ServerError]:
    """Give every annotator's project that there is the clone's articles; what came of each.

    Args as of :func:`push`. A project that refuses does not keep the others from theirs. One in
    which passes are adjudicated is left out: its articles are those of the passes.

    Raises:
        InvalidInput: as :func:`push`.
        ServerError: the server does not run, refuses, or has no annotator's project.
    """
    connection = client.connect(url, token, root=root)
    projects = [
        project
        for project in client.status(connection)
        if not adjudication.is_adjudication(client.pull(connection, project.annotator))
    ]
    if not projects:
        raise ServerError("there is no annotator's project yet; push with --annotator makes one")
    done: dict[str, client.Pushed | ServerError] = {}
    for project in projects:
        try:
            done[project.annotator] = push(
                root,
                project.annotator,
                predictions=predictions,
                only=only,
                same_rules=same_rules,
                utterances=utterances,
                url=url,
                token=token,
            )
        except ServerError as error:
            done[project.annotator] = error
    return done
