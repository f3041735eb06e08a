"""The annotation workflow of a clone: its server, its label config, its exports.

Nothing here prints; what was done is returned. ``root`` is the clone's folder.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from onrecord.corpus import load_articles, read_layers
from onrecord.document import Document
from onrecord.errors import InvalidInput
from onrecord.labelstudio import client, server
from onrecord.labelstudio.exports import read_tasks, write_export


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """The file that a pull has written, and what is in it."""

    path: Path
    documents: tuple[Document, ...]


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
    url: str | None = None,
    token: str | None = None,
) -> client.Pushed:
    """Give the annotator's project the clone's articles; pushes of one clone wait for each other.

    Args:
        root: the clone.
        annotator: whose project; made if there is none.
        annotations: an export or predictions file whose layers become annotations.
        predictions: one whose layers are shown as pre-annotation.
        model_version: what made the predictions; None: the file's name.
        url: the server; None: as :func:`onrecord.labelstudio.client.connect` finds it.
        token: the user's token; None: likewise.

    Raises:
        InvalidInput: a file is missing or invalid, or the label config is not the corpus's.
        ServerError: the server does not run or refuses.
    """
    corpus = load_articles(root)
    if predictions is not None and model_version is None:
        model_version = Path(predictions).stem
    annotated = None if annotations is None else read_layers(annotations, corpus)
    predicted = None if predictions is None else read_layers(predictions, corpus)
    config = read_config(root)
    with server.one_push_at_a_time(root):
        return client.push(
            client.connect(url, token, root=root),
            annotator,
            corpus.bare(),
            config=config,
            targets=corpus.target_ids,
            annotations=annotated,
            predictions=predicted,
            model_version=model_version,
        )


def pull(
    root: str | Path,
    annotator: str,
    output: str | Path | None = None,
    *,
    url: str | None = None,
    token: str | None = None,
) -> Pulled:
    """Write what the annotator has done as an export, after all of it is found valid.

    Quotes are named q1, q2, … in text order, so that the same annotations give the same bytes.

    Args:
        root: the clone.
        annotator: whose project.
        output: the file; None: ``annotation/exports/<annotator>.json``.
        url: the server; None: as :func:`onrecord.labelstudio.client.connect` finds it.
        token: the user's token; None: likewise.

    Raises:
        InvalidInput: something is not annotated or breaks a rule; all faults are in the message,
            one a line, each with its document. Nothing is written.
        ServerError: the server does not run or refuses, or there is no such project.
    """
    corpus = load_articles(root)
    tasks = client.pull(client.connect(url, token, root=root), annotator)
    found = read_tasks(tasks, corpus.seeds(), corpus.target_ids, corpus.registry)
    documents = tuple(document.numbered() for document in found)
    path = Path(output) if output else Path(root) / "annotation" / "exports" / f"{annotator}.json"
    write_export(path, documents)
    return Pulled(path=path, documents=documents)


def read_config(root: str | Path) -> str:
    """The clone's label config.

    Raises:
        InvalidInput: it cannot be read.
    """
    path = Path(root) / "annotation" / "label_config.xml"
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", file=path) from None
    except UnicodeDecodeError:
        raise InvalidInput("not UTF-8", file=path) from None
