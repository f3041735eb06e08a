"""Utterances of other articles, offered in the tasks of a project.

One's own keep a pass blind (rule G2). Those of a file, such as the gold, do not: the tasks that show
them keep its name, as they keep that of a system whose output they show.
"""

from __future__ import annotations

from pathlib import Path

from onrecord.annotation.labelstudio import client as api
from onrecord.annotation.labelstudio.connection import Client, spoken
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.exports.exports import PRE_ANNOTATIONS, find_pre_annotations, sort_tasks
from onrecord.corpus.exports.offers import UTTERANCES, utterance_offers
from onrecord.corpus.layers import read_layers

OWN = "own"
"""Stands for what the annotator has submitted, in place of a file."""


def offer_utterances(
    client: Client, annotator: str, corpus: Corpus, source: str | Path, *, recorded: bool = True
) -> int:
    """Let every task of a project offer the utterances that a pass has in other articles.

    Args:
        client: of the server.
        annotator: whose project.
        corpus: the articles.
        source: an export or predictions file, or ``OWN``: what is submitted in this project and can
            be read.
        recorded: whether tasks keep the name of a file that they show utterances of, as passes must.

    Returns:
        How many tasks offer another list than before.

    Raises:
        InvalidInput: the file is missing or invalid.
        ServerError: there is no such project, or the server refuses.
    """
    tasks = api.pull(client, annotator)
    if source == OWN:
        found, _ = sort_tasks(tasks, corpus.seeds())
        passes = [document for document in found.values() if document is not None]
    else:
        passes = list(read_layers(source, corpus, partial=True))
    changed = 0
    for task in tasks:
        data, meta = task["data"], task.get("meta") or {}
        offered = utterance_offers(passes, data["id"])
        shown = {*find_pre_annotations([task]).get(data["id"], ())}
        if recorded and offered and source != OWN:
            shown.add(f"{UTTERANCES}-of-{Path(source).stem}")
        if shown:
            meta = {**meta, PRE_ANNOTATIONS: sorted(shown)}
        if data.get(UTTERANCES) != offered or meta != (task.get("meta") or {}):
            with spoken(client):
                client.tasks.update(str(task["id"]), data={**data, UTTERANCES: offered}, meta=meta)
            changed += 1
    return changed
