"""The annotation workflow of a clone: its server, its label config, its exports.

Nothing here prints; what was done is returned. ``root`` is the clone's folder.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from onrecord.annotation.conflicts import Conflict
from onrecord.annotation.labelstudio import adjudication, client, server
from onrecord.annotation.labelstudio.offering import offer_utterances
from onrecord.annotation.labelstudio.pulling import Checked, Pulled, check, pull
from onrecord.annotation.labelstudio.pushing import push, push_all, without_project
from onrecord.annotation.labelstudio.screen import (
    hash_guidelines,
    read_config,
    read_instruction,
    write_config,
)
from onrecord.corpus.corpus import load_articles
from onrecord.corpus.exports.exports import GOLD
from onrecord.corpus.layers import read_two_passes
from onrecord.corpus.validation import unknown
from onrecord.exceptions import InvalidInput

__all__ = [
    "Checked",
    "Pulled",
    "WorkflowStatus",
    "adjudicate",
    "check",
    "down",
    "hash_guidelines",
    "pull",
    "push",
    "push_all",
    "read_config",
    "read_instruction",
    "status",
    "up",
    "without_project",
    "write_config",
]


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


def adjudicate(
    root: str | Path,
    one: str | Path,
    other: str | Path,
    *,
    annotator: str = "adjudication",
    only: Collection[str] | None = None,
    url: str | None = None,
    token: str | None = None,
) -> tuple[Conflict, ...]:
    """Make the project in which two passes are adjudicated; see ``adjudication.push``.

    Its tasks offer the utterances that the gold has in other articles, since an act that is in the
    gold has its id there.

    Args:
        root: the clone.
        one: an export or predictions file of a pass, which is named by the file.
        other: that of another.
        annotator: the name of the project.
        only: the ids of the articles to adjudicate; None: all that both passes have.
        url: the server; None: as :func:`onrecord.annotation.labelstudio.client.connect` finds it.
        token: the user's token; None: likewise.

    Raises:
        InvalidInput: a file is missing or invalid, both have one name, or the label config is not
            the corpus's.
        ServerError: the server does not run or refuses, or the project is of other passes.
    """
    everything = load_articles(root)
    corpus, *passes = read_two_passes(one, other, everything)
    chosen = set(corpus.by_id if only is None else only)
    for id in sorted(chosen - corpus.by_id.keys()):
        raise InvalidInput(f"{unknown('document', id, list(corpus.by_id))} in both passes")
    articles = tuple(document for document in corpus.documents if document.id in chosen)
    corpus = msgspec.structs.replace(corpus, documents=articles)
    first, second = (
        adjudication.Pass(
            name=Path(file).stem,
            documents=tuple(document for document in documents if document.id in chosen),
        )
        for file, documents in zip((one, other), passes, strict=True)
    )
    config = read_config(root)
    gold = Path(root) / GOLD
    connection = client.connect(url, token, root=root)
    with server.one_push_at_a_time(root):
        found = adjudication.push(
            connection,
            annotator,
            first,
            second,
            config=config,
            corpus=corpus,
            instruction=read_instruction(root),
        )
        if gold.exists():
            offer_utterances(connection, annotator, everything, gold, recorded=False)
        return found
