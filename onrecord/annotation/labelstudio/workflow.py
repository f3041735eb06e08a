"""The annotation workflow of a clone: its server, its label config, its exports.

Nothing here prints; what was done is returned. ``root`` is the clone's folder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from onrecord.annotation.adjudication import Decision
from onrecord.annotation.conflicts import Conflict
from onrecord.annotation.labelstudio import adjudication, client, server
from onrecord.annotation.labelstudio.connection import Client
from onrecord.annotation.labelstudio.pulled import SetAside, document_of, read_pulled, read_sound
from onrecord.corpus.canary import marked
from onrecord.corpus.corpus import Corpus, load_articles, read_targets
from onrecord.corpus.exports.exports import (
    PreAnnotations,
    find_pre_annotations,
    read_export,
    read_pre_annotations,
    write_export,
)
from onrecord.corpus.exports.scheme import check_config, with_targets
from onrecord.corpus.files import encode_lines, write
from onrecord.corpus.layers import is_export, read_layers, read_two_passes
from onrecord.document import Document, text_hash
from onrecord.exceptions import InvalidInput, ServerError


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """The file that a pull has written, and what is in it; of an adjudication, its decisions too."""

    path: Path
    documents: tuple[Document, ...]
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


class WorkflowStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The clone's server, and the annotators' projects; none when no server answers."""

    server: server.ServerStatus
    projects: tuple[client.ProjectStatus, ...]


def up(
    root: str | Path, *, port: int | None = None, database: str | None = None
) -> server.ServerStatus:
    """Start the clone's Label Studio server, or find the one that runs; see ``server.start``."""
    return server.start(root, port=port, database=database)


def down(root: str | Path) -> server.ServerStatus:
    """Stop the clone's server; its state before. What was annotated is kept."""
    return server.stop(server.data_folder(root))


def status(root: str | Path, *, url: str | None = None, token: str | None = None) -> WorkflowStatus:
    """How the clone's server and its projects are; another server's projects if one is given.

    Raises:
        ServerError: the server that runs or is given refuses.
    """
    local = server.status(server.data_folder(root))
    projects: tuple[client.ProjectStatus, ...] = ()
    if local.state == "running" or client.is_configured(url):
        projects = client.status(client.connect(url, token, root=root))
    return WorkflowStatus(server=local, projects=projects)


def push(
    root: str | Path,
    annotator: str,
    *,
    annotations: str | Path | None = None,
    predictions: str | Path | None = None,
    model_version: str | None = None,
    only: Collection[str] | None = None,
    same_rules: bool = False,
    url: str | None = None,
    token: str | None = None,
) -> client.Pushed:
    """Give the annotator's project the clone's articles; pushes of one clone wait for each other.

    Args:
        root: the clone.
        annotator: whose project; made if there is none.
        annotations: an export or predictions file whose layers become annotations; it need not
            have every article.
        predictions: one whose layers are shown as pre-annotation; likewise.
        model_version: what made the predictions; None: the file's name.
        only: the ids of the articles to give; None: all.
        same_rules: the project may be annotated by guidelines of other words.
        url: the server; None: as :func:`onrecord.annotation.labelstudio.client.connect` finds it.
        token: the user's token; None: likewise.

    Raises:
        InvalidInput: a file is missing or invalid, or the label config is not the corpus's.
        ServerError: the server does not run or refuses.
    """
    corpus = load_articles(root)
    chosen = set(corpus.by_id if only is None else only)
    unknown = sorted(chosen - corpus.by_id.keys())
    if unknown:
        known = ", ".join(corpus.by_id)
        raise InvalidInput(f"unknown document {unknown[0]!r} (known: {known})")
    if predictions is not None and model_version is None:
        model_version = Path(predictions).stem

    def read(path: str | Path | None) -> list[Document]:
        documents = () if path is None else read_layers(path, corpus, partial=True)
        return [document for document in documents if document.id in chosen]

    annotated, predicted = read(annotations), read(predictions)
    shown: PreAnnotations = {}
    if annotations is not None and is_export(annotations):
        shown = read_pre_annotations(annotations)
    config = read_config(root)
    with server.one_push_at_a_time(root):
        return client.push(
            client.connect(url, token, root=root),
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
        )


def push_all(
    root: str | Path,
    *,
    predictions: str | Path | None = None,
    only: Collection[str] | None = None,
    same_rules: bool = False,
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
                url=url,
                token=token,
            )
        except ServerError as error:
            done[project.annotator] = error
    return done


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
            do not wait for those that nothing was submitted for.
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
        return _pull_adjudication(connection, tasks, corpus, path)
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
    write_export(path, documents, shown)
    if not aside and beside.exists():
        beside.unlink()
    in_project = {document_of(task) for task in tasks}
    taken = have | {one.document for one in aside}
    return Pulled(
        path=path,
        documents=documents,
        missing=_missing(corpus, tasks),
        unfinished=tuple(id for id in corpus.by_id if id in in_project and id not in taken),
        pre_annotations=shown,
        set_aside=aside,
        aside=beside if aside else None,
    )


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


def write_config(root: str | Path) -> tuple[Path, int, bool]:
    """Give the clone's label config the choices that its targets are.

    Returns:
        The config's path, the number of targets, and whether it was changed.

    Raises:
        InvalidInput: config or targets are missing or broken.
    """
    path = Path(root) / "annotation" / "label_config.xml"
    targets = read_targets(Path(root) / "annotation" / "targets.jsonl")
    before = read_config(root)
    after = with_targets(before, targets)
    check_config(after, [target.id for target in targets])
    if after != before:
        write(path, after.encode("utf-8"))
    return path, len(targets), after != before


def _pull_adjudication(
    connection: Client, tasks: Sequence[Any], corpus: Corpus, path: Path
) -> Pulled:
    """Write the gold, and beside it what became of every conflict."""
    documents = tuple(document.numbered() for document in read_pulled(connection, tasks, corpus))
    decisions, as_opened = adjudication.read_decisions(connection, tasks, documents, corpus)
    _require_no_loss(path, corpus, documents, tasks)
    record = path.with_name(f"{path.stem}.decisions.jsonl")
    adjudication.write_decisions(record, decisions)
    write_export(path, documents)
    return Pulled(
        path=path,
        documents=documents,
        missing=_missing(corpus, tasks),
        record=record,
        decisions=decisions,
        as_opened=as_opened,
    )


def adjudicate(
    root: str | Path,
    one: str | Path,
    other: str | Path,
    *,
    annotator: str = "adjudication",
    url: str | None = None,
    token: str | None = None,
) -> tuple[Conflict, ...]:
    """Make the project in which two passes are adjudicated; see ``adjudication.push``.

    Args:
        root: the clone.
        one: an export or predictions file of a pass, which is named by the file.
        other: that of another.
        annotator: the name of the project.
        url: the server; None: as :func:`onrecord.annotation.labelstudio.client.connect` finds it.
        token: the user's token; None: likewise.

    Raises:
        InvalidInput: a file is missing or invalid, both have one name, or the label config is not
            the corpus's.
        ServerError: the server does not run or refuses, or the project is of other passes.
    """
    corpus, *passes = read_two_passes(one, other, load_articles(root))
    first, second = (
        adjudication.Pass(name=Path(file).stem, documents=documents)
        for file, documents in zip((one, other), passes, strict=True)
    )
    config = read_config(root)
    with server.one_push_at_a_time(root):
        return adjudication.push(
            client.connect(url, token, root=root),
            annotator,
            first,
            second,
            config=config,
            corpus=corpus,
        )


def read_config(root: str | Path) -> str:
    """The clone's label config.

    Raises:
        InvalidInput: it cannot be read.
    """
    return _read(Path(root) / "annotation" / "label_config.xml")


def read_instruction(root: str | Path) -> str:
    """What annotators read before labelling, as HTML; empty if the clone has none.

    Raises:
        InvalidInput: it cannot be read.
    """
    path = Path(root) / "annotation" / "instruction.html"
    return _read(path) if path.exists() else ""


def hash_guidelines(root: str | Path) -> str:
    """The sha256 of the guidelines, in hexadecimal; empty if the clone has none.

    Raises:
        InvalidInput: they cannot be read.
    """
    path = Path(root) / "annotation" / "guidelines.md"
    return text_hash(_read(path)) if path.exists() else ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", file=path) from None
    except UnicodeDecodeError:
        raise InvalidInput("not UTF-8", file=path) from None
