"""The annotation workflow of a clone: its server, its label config, its exports.

Nothing here prints; what was done is returned. ``root`` is the clone's folder.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from onrecord.corpus import Corpus, is_export, load_articles, read_layers, read_targets
from onrecord.document import Document
from onrecord.errors import InvalidInput, ServerError
from onrecord.files import write
from onrecord.labelstudio import client, server
from onrecord.labelstudio.exports import (
    PreAnnotations,
    find_pre_annotations,
    read_export,
    read_pre_annotations,
    read_tasks,
    write_export,
)
from onrecord.labelstudio.scheme import check_config, with_targets


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """The file that a pull has written, and what is in it."""

    path: Path
    documents: tuple[Document, ...]
    missing: tuple[str, ...] = ()
    """The articles of the corpus that are not in the project."""
    pre_annotations: PreAnnotations = {}


class WorkflowStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The clone's server, and the annotators' projects; none when no server answers."""

    server: server.ServerStatus
    projects: tuple[client.ProjectStatus, ...]


def up(root: str | Path, *, port: int | None = None) -> server.ServerStatus:
    """Start the clone's Label Studio server, or find the one that runs; see ``server.start``."""
    return server.start(root, port=port)


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
    url: str | None = None,
    token: str | None = None,
) -> client.Pushed:
    """Give the annotator's project the clone's articles.

    Args:
        root: the clone.
        annotator: whose project; made if there is none.
        annotations: an export or predictions file whose layers become annotations; it need not
            have every article.
        predictions: one whose layers are shown as pre-annotation; likewise.
        model_version: what made the predictions; None: the file's name.
        only: the ids of the articles to give; None: all.
        url: the server; None: as :func:`onrecord.labelstudio.client.connect` finds it.
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
    return client.push(
        client.connect(url, token, root=root),
        annotator,
        [document for document in corpus.bare() if document.id in chosen],
        config=config,
        targets=corpus.target_ids,
        instruction=read_instruction(root),
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
    url: str | None = None,
    token: str | None = None,
) -> dict[str, client.Pushed | ServerError]:
    """Give every annotator's project that there is the clone's articles; what came of each.

    Args as of :func:`push`. A project that refuses does not keep the others from theirs.

    Raises:
        InvalidInput: as :func:`push`.
        ServerError: the server does not run, refuses, or has no annotator's project.
    """
    projects = client.status(client.connect(url, token, root=root))
    if not projects:
        raise ServerError("there is no annotator's project yet; push with --annotator makes one")
    done: dict[str, client.Pushed | ServerError] = {}
    for project in projects:
        try:
            done[project.annotator] = push(
                root, project.annotator, predictions=predictions, only=only, url=url, token=token
            )
        except ServerError as error:
            done[project.annotator] = error
    return done


def pull(
    root: str | Path,
    annotator: str,
    output: str | Path | None = None,
    *,
    url: str | None = None,
    token: str | None = None,
) -> Pulled:
    """Write what the annotator has done as an export, after all of it is found valid.

    Every article that is in the project must be annotated; one that is not there is not missed.
    Quotes are named q1, q2, … in text order, so that the same annotations give the same bytes.

    Args:
        root: the clone.
        annotator: whose project.
        output: the file; None: ``annotation/exports/<annotator>.json``.
        url: the server; None: as :func:`onrecord.labelstudio.client.connect` finds it.
        token: the user's token; None: likewise.

    Raises:
        InvalidInput: something is not annotated or breaks a rule; all faults are in the message,
            one a line, each with its document. Or the file has articles that the project has not.
            Nothing is written.
        ServerError: the server does not run or refuses, or there is no such project.
    """
    corpus = load_articles(root)
    tasks = client.pull(client.connect(url, token, root=root), annotator)
    seeds = corpus.seeds()
    found = read_tasks(tasks, seeds, corpus.target_ids, corpus.registry, partial=True)
    documents = tuple(document.numbered() for document in found)
    have = {document.id for document in documents}
    path = Path(output) if output else Path(root) / "annotation" / "exports" / f"{annotator}.json"
    _require_no_loss(path, corpus, have)
    shown = find_pre_annotations(tasks)
    write_export(path, documents, shown)
    missing = tuple(id for id in seeds if id not in have)
    return Pulled(path=path, documents=documents, missing=missing, pre_annotations=shown)


def _require_no_loss(path: Path, corpus: Corpus, documents: Collection[str]) -> None:
    """Refuse to replace an export by one that lacks articles which it has."""
    if not path.exists():
        return
    try:
        before = read_export(path, corpus.seeds(), partial=True)
    except InvalidInput:
        return
    lost = [document.id for document in before if document.id not in documents]
    if lost:
        reason = (
            f"has {', '.join(lost)}, which the project has not; push it with --annotations first, "
            "or name another file with -o"
        )
        raise InvalidInput(reason, file=path)


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


def read_config(root: str | Path) -> str:
    """The clone's label config.

    Raises:
        InvalidInput: it cannot be read.
    """
    return _read(Path(root) / "annotation" / "label_config.xml")


def read_instruction(root: str | Path) -> str | None:
    """What annotators read before labelling, as HTML; None if the clone has none.

    Raises:
        InvalidInput: it cannot be read.
    """
    path = Path(root) / "annotation" / "instruction.html"
    return _read(path) if path.exists() else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", file=path) from None
    except UnicodeDecodeError:
        raise InvalidInput("not UTF-8", file=path) from None
