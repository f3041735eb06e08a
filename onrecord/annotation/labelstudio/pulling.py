"""Bringing an annotator's work back as an export; see :mod:`onrecord.annotation.labelstudio.workflow`."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from onrecord.annotation.adjudication import Decision
from onrecord.annotation.labelstudio import adjudication, client
from onrecord.annotation.labelstudio.connection import Client
from onrecord.annotation.labelstudio.pulled import (
    SetAside,
    document_of,
    linked,
    read_pulled,
    read_sound,
    sort_pulled,
)
from onrecord.annotation.merging import near_warnings
from onrecord.annotation.repeats import repeat_warnings
from onrecord.corpus.annotated import utterance_warnings
from onrecord.corpus.canary import marked
from onrecord.corpus.corpus import Corpus, load_articles
from onrecord.corpus.exports.attached import find_attached
from onrecord.corpus.exports.exports import (
    GOLD,
    PreAnnotations,
    find_pre_annotations,
    read_export,
    write_export,
)
from onrecord.corpus.files import encode_lines, write
from onrecord.corpus.validation import unknown
from onrecord.document import Document
from onrecord.exceptions import InvalidInput


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """The file that a pull has written, and what is in it; of an adjudication, its decisions too."""

    path: Path
    documents: tuple[Document, ...]
    """None of a partial pull that found no valid article: then there is no file but ``aside``."""
    warnings: tuple[InvalidInput, ...] = ()
    """What is no fault and may be one: quotes that need an utterance and have none; new entities with
    a name like one of the registry's; in an adjudication, acts that the gold has under another id; and
    what was attached to tasks and regions that the file does not keep, such as notes."""
    missing: tuple[str, ...] = ()
    """The articles of the corpus that are not in the project."""
    pre_annotations: PreAnnotations = {}
    unfinished: tuple[str, ...] = ()
    """The articles in the project for which nothing was submitted."""
    set_aside: tuple[SetAside, ...] = ()
    aside: Path | None = None
    """The file beside it with what was set aside."""
    record: Path | None = None
    decisions: tuple[Decision, ...] = ()
    as_opened: tuple[Decision, ...] = ()
    """Those among them that stand as their tasks were opened."""


def pull(
    root: str | Path,
    annotator: str,
    output: str | Path | None = None,
    *,
    partial: bool = False,
    url: str | None = None,
    token: str | None = None,
) -> Pulled:
    """Write what the annotator has done as an export, after all of it is found valid.

    Every article that is in the project must be annotated; one that is not there is not missed.
    Quotes are named q1, q2, … in text order, so that the same annotations give the same bytes. Of
    an adjudication, the decisions are written beside the export, as ``<export>.decisions.jsonl``.
    What a partial pull sets aside is beside it as ``<export>.aside.jsonl``.

    Args:
        root: the clone.
        annotator: whose project.
        output: the file; None: ``annotation/exports/<annotator>.json``.
        partial: write the articles that are valid, set the faulty ones aside with their faults, and
            do not wait for those that nothing was submitted for. Where none is valid, only what is
            set aside is written.
        url: the server; None: as :func:`onrecord.annotation.labelstudio.client.connect` finds it.
        token: the user's token; None: likewise.

    Raises:
        InvalidInput: something is not annotated, breaks a rule or was saved by another annotator;
            all faults are in the message, one a line, each with its document and the link of its
            task. Or the file has articles that the project has not, or was changed after they were
            saved there. Nothing is written.
        ServerError: the server does not run or refuses, or there is no such project.
    """
    corpus = load_articles(root)
    connection = client.connect(url, token, root=root)
    tasks = client.pull(connection, annotator)
    path = Path(output) if output else Path(root) / "annotation" / "exports" / f"{annotator}.json"
    if adjudication.is_adjudication(tasks):
        if partial:
            raise InvalidInput("is an adjudication, which is pulled as a whole", field=annotator)
        return _pull_adjudication(connection, tasks, corpus, path, root)
    aside: tuple[SetAside, ...] = ()
    if partial:
        found, aside = read_sound(connection, tasks, corpus, annotator=annotator)
    else:
        found = read_pulled(connection, tasks, corpus, annotator=annotator)
    documents = tuple(document.numbered() for document in found)
    _require_no_loss(path, corpus, documents, tasks)
    have = {document.id for document in documents}
    shown = find_pre_annotations(task for task in tasks if document_of(task) in have)
    beside = path.with_name(f"{path.stem}.aside.jsonl")
    if aside:
        write(beside, encode_lines(marked(msgspec.to_builtins(one)) for one in aside))
    if documents:
        write_export(path, documents, shown)
    if not aside and beside.exists():
        beside.unlink()
    in_project = {document_of(task) for task in tasks}
    taken = have | {one.document for one in aside}
    return Pulled(
        path=path,
        documents=documents,
        warnings=(*_warnings(documents, corpus), *find_attached(tasks)),
        missing=_missing(corpus, tasks),
        unfinished=tuple(id for id in corpus.by_id if id in in_project and id not in taken),
        pre_annotations=shown,
        set_aside=aside,
        aside=beside if aside else None,
    )


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a pull of a project would say now."""

    valid: tuple[str, ...]
    """The articles that are submitted and without fault."""
    faults: tuple[InvalidInput, ...]
    """Every fault, with the link of its task; an article not yet submitted is one."""
    warnings: tuple[InvalidInput, ...]


def check(
    root: str | Path,
    annotator: str,
    *,
    only: Collection[str] | None = None,
    url: str | None = None,
    token: str | None = None,
) -> Checked:
    """What :func:`pull` would say of the annotator's project; nothing is written or changed.

    Args:
        root: the clone.
        annotator: whose project.
        only: the ids of the articles to look at; None: all that are in the project.
        url: as of :func:`pull`.
        token: the same.

    Raises:
        InvalidInput: seeds, registry or targets are missing or break the rules, or an article is not
            in the project.
        ServerError: the server does not run or refuses, or there is no such project.
    """
    corpus = load_articles(root)
    connection = client.connect(url, token, root=root)
    tasks = client.pull(connection, annotator)
    if only is not None:
        there = [id for task in tasks if (id := document_of(task)) is not None]
        for id in sorted({*only} - {*there}):
            raise InvalidInput(unknown("document", id, there), field="--document")
        tasks = [task for task in tasks if document_of(task) in only]
    decided = adjudication.is_adjudication(tasks)
    whose = None if decided else annotator
    documents, problems = sort_pulled(connection, tasks, corpus, annotator=whose)
    numbered = [document.numbered() for document in documents]
    warnings = (
        _adjudication_warnings(numbered, corpus, root) if decided else _warnings(numbered, corpus)
    )
    return Checked(
        valid=tuple(document.id for document in documents),
        faults=tuple(problems),
        warnings=tuple(linked(warning, connection, tasks) for warning in warnings),
    )


def _warnings(documents: Sequence[Document], corpus: Corpus) -> tuple[InvalidInput, ...]:
    """What is no fault and may be one."""
    return (*utterance_warnings(documents), *near_warnings(documents, corpus.registry))


def _adjudication_warnings(
    documents: Sequence[Document], corpus: Corpus, root: str | Path
) -> tuple[InvalidInput, ...]:
    """What is no fault of adjudicated articles and may be one: also acts that the gold has otherwise."""
    gold = Path(root) / GOLD
    others: Sequence[Document] = ()
    if gold.exists():
        with contextlib.suppress(InvalidInput):  # which `dataset build` tells
            others = read_export(gold, corpus.seeds(), partial=True)
    here = {document.id for document in documents}
    others = [document for document in others if document.id not in here]
    return (*_warnings(documents, corpus), *repeat_warnings(documents, others))


def _missing(corpus: Corpus, tasks: Sequence[Any]) -> tuple[str, ...]:
    """The articles that no task is about."""
    have = {document_of(task) for task in tasks}
    return tuple(document.id for document in corpus.documents if document.id not in have)


def _require_no_loss(
    path: Path, corpus: Corpus, documents: Sequence[Document], tasks: Sequence[Any]
) -> None:
    """Refuse to replace an export by one that lacks articles, or has older annotations, of it."""
    if not path.exists():
        return
    try:
        before = read_export(path, corpus.seeds(), partial=True)
    except InvalidInput:
        return
    have = {document.id for document in documents}
    lost = [document.id for document in before if document.id not in have]
    if lost:
        in_project = {document_of(task) for task in tasks}
        reason = (
            "this pull leaves out; mend and submit it"
            if in_project.issuperset(lost)
            else "the project has not; push it with --annotations first"
        )
        raise InvalidInput(
            f"has {', '.join(lost)}, which {reason}, or name another file with -o", file=path
        )
    saved = {document_of(task): max(_saved(task), default=0.0) for task in tasks}
    now, written = {document.id: document for document in documents}, path.stat().st_mtime
    newer = [
        document.id
        for document in before
        if document.numbered() != now[document.id] and saved[document.id] < written
    ]
    if newer:
        reason = (
            f"was changed after {', '.join(newer)} was saved in Label Studio, and differs; put the "
            "file elsewhere, or name another with -o"
        )
        raise InvalidInput(reason, file=path)


def _saved(task: Mapping[str, Any]) -> Iterator[float]:
    """When the task's annotations were last saved, in seconds of the epoch."""
    for annotation in task["annotations"]:
        yield datetime.fromisoformat(annotation["updated_at"]).timestamp()


def _pull_adjudication(
    connection: Client, tasks: Sequence[Any], corpus: Corpus, path: Path, root: str | Path
) -> Pulled:
    """Write the gold, and beside it what became of every conflict."""
    documents = tuple(document.numbered() for document in read_pulled(connection, tasks, corpus))
    decisions, as_opened = adjudication.read_decisions(connection, tasks, documents, corpus)
    _require_no_loss(path, corpus, documents, tasks)
    warnings = _adjudication_warnings(documents, corpus, root)
    record = path.with_name(f"{path.stem}.decisions.jsonl")
    adjudication.write_decisions(record, decisions)
    write_export(path, documents)
    return Pulled(
        path=path,
        documents=documents,
        warnings=warnings,
        missing=_missing(corpus, tasks),
        record=record,
        decisions=decisions,
        as_opened=as_opened,
    )
