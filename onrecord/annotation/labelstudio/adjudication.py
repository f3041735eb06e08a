"""Adjudication in Label Studio: a project that shows two passes and what they agree on.

Each task has three predictions: ``agreed``, with which its annotation begins, and one for each pass,
to compare. Its data name the passes and list the conflicts. What the adjudicator submits is the gold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from onrecord.annotation.adjudication import Decision, agreed, as_opened, decide, in_the_words_of
from onrecord.annotation.conflicts import Conflict, Difference, find_differences, is_like
from onrecord.annotation.labelstudio import client as api
from onrecord.annotation.labelstudio.connection import Client, spoken
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.exports.bridge import from_result
from onrecord.corpus.exports.scheme import CONFLICT, TEXT, VERSIONS
from onrecord.corpus.files import encode_lines, read_records, write
from onrecord.document import Document, Quote, Stance
from onrecord.exceptions import InvalidInput, ServerError

AGREED = "agreed"
"""The model version of what both passes have."""


INSTRUCTION = """\
<p>The task begins with what both passes have, and with a region labelled <b>Conflict</b> for each thing that they
differ in, first in the list at the right: click it, and beside the text stands what differs, with the version of each
pass. Nothing of that stands yet. Mark or fill in what is right, leave out what is not, delete the Conflict
(Backspace), and go to the next; then Submit. Submit a task without conflicts too.</p>
<br>
<p>To see the passes themselves, open the task by a click on its line in the list: each is a tab above the text, under
“pass of” and its name. The tab with your own login is what you submit.</p>
"""
"""What Label Studio shows before a task of this project."""


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """A pass and what it is called, which is not what both agree on."""

    name: str
    documents: tuple[Document, ...]


def push(
    client: Client,
    annotator: str,
    one: Pass,
    other: Pass,
    *,
    config: str,
    corpus: Corpus,
    instruction: str = "",
) -> tuple[Conflict, ...]:
    """Make the project in which two passes are adjudicated; made already, nothing is changed.

    Args:
        client: from :func:`onrecord.annotation.labelstudio.client.connect`.
        annotator: the name of the project.
        one: the first pass, whose ids are used for both.
        other: the second.
        config: the clone's label config.
        corpus: the articles, registry and targets.
        instruction: what annotators work by, as HTML.

    Returns:
        The conflicts to be decided.

    Raises:
        InvalidInput: the passes have one name, or the config is not the corpus's.
        ServerError: the project is of other passes, or the server refuses.
    """
    if len({one.name, other.name, AGREED}) < 3:
        reason = f"{one.name!r} and {other.name!r} cannot be told apart; rename a file"
        raise InvalidInput(reason, field="passes")
    shared = corpus.registry.ids
    first = tuple(document.canonical() for document in one.documents)
    second = in_the_words_of(first, other.documents, shared)
    differences = find_differences(first, second, shared=shared)
    conflicts = tuple(difference.conflict for difference in differences)
    data = {
        document.id: {
            "one": one.name,
            "other": other.name,
            "conflicts": _listed(conflicts, document, one.name, other.name),
        }
        for document in first
    }
    _require_same(client, annotator, data)
    shown = {
        _shown_as(one.name): first,
        _shown_as(other.name): second,
        AGREED: agreed(first, differences),
    }
    for name, documents in shown.items():
        api.push(
            client,
            annotator,
            corpus.bare(),
            config=_with_conflicts(config),
            targets=corpus.target_ids,
            about=f"What the passes {one.name} and {other.name} differ in, decided for the gold.",
            instruction=INSTRUCTION + instruction,
            predictions=documents,
            model_version=name,
            data=data,
            notes=_marked(differences, one.name, other.name) if name == AGREED else None,
            registry=corpus.registry,
        )
    return conflicts


def _require_same(client: Client, annotator: str, data: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse a project that was made of other passes."""
    with spoken(client):
        tasks = api.find_tasks(client, annotator) or []
    for task in tasks:
        given = data.get(task["data"].get("id"), {})
        if any(task["data"].get(key) != value for key, value in given.items()):
            title = api.project_title(annotator)
            raise ServerError(f"project {title!r} is of other passes; pull it and rename it first")


def _listed(conflicts: Iterable[Conflict], document: Document, one: str, other: str) -> str:
    """The conflicts of a document as text, numbered."""
    lines = []
    found = [conflict for conflict in conflicts if conflict.document == document.id]
    for number, conflict in enumerate(found, start=1):
        place = f"{conflict.start}-{conflict.end}"
        lines.append(f"{number}. {conflict.layer} {conflict.field} ({place}): {conflict.words}")
        lines += [f"    {one}: {conflict.one or '–'}", f"    {other}: {conflict.other or '–'}"]
    return "\n".join(lines) or "None."


def _shown_as(name: str) -> str:
    """The tab of a pass, told from that of the annotator who made it and now adjudicates."""
    return f"pass of {name}"


def _marked(differences: Sequence[Difference], one: str, other: str) -> dict[str, list[Any]]:
    """The conflicts by document, each as a region that holds what differs, as a ``result`` list."""
    marked: dict[str, list[Any]] = {}
    for difference in differences:
        conflict = difference.conflict
        items = marked.setdefault(conflict.document, [])
        span = {"start": conflict.start, "end": conflict.end}
        region = {"id": f"conflict-{len(items) // 2 + 1}", "to_name": TEXT}
        said = [
            f"{conflict.layer} {conflict.field}",
            f"{one}: {conflict.one or '–'}",
            f"{other}: {conflict.other or '–'}",
            *_beside(difference, differences, one, other),
        ]
        label, text = {**span, "labels": [CONFLICT.title()]}, {**span, "text": said}
        items += [
            {**region, "from_name": CONFLICT, "type": "labels", "value": label},
            {**region, "from_name": VERSIONS, "type": "textarea", "value": text},
        ]
    return marked


def _beside(
    difference: Difference, differences: Iterable[Difference], one: str, other: str
) -> Iterator[str]:
    """What one needs who puts the item back: the rest of a quote, or the stance that may be the same."""
    item, conflict = difference.one or difference.other, difference.conflict
    if isinstance(item, Quote) and difference.rest:
        both = difference.one is not None and difference.other is not None
        whose = "both" if both else one if difference.one is not None else other
        rest = ", ".join(f"{field} {words}" for field, words in difference.rest.items())
        yield f"{whose}: {rest}"
    if isinstance(item, Stance) and conflict.field == "item":
        name = other if difference.one is not None else one
        for like in differences:
            if is_like(difference, like):
                yield f"perhaps the same stance, {name}: {like.conflict.one or like.conflict.other}"
                return


_SCREEN = f"""\
<View>
  <View style="display:none">
    <Labels name="{CONFLICT}" toName="{TEXT}">
      <Label value="{CONFLICT.title()}" background="#d50000" hotkey="ctrl+alt+shift+9"/>
    </Labels>
  </View>
  <View visibleWhen="region-selected" whenTagName="{CONFLICT}">
    <Header size="6" value="What the passes differ in; delete it (Backspace) once it is decided."/>
    <TextArea name="{VERSIONS}" toName="{TEXT}" perRegion="true" whenLabelValue="{CONFLICT.title()}"
              maxSubmissions="4"/>
  </View>
</View>
"""
"""What the label config of an adjudication has besides: conflicts as regions, their versions as fields."""


def _with_conflicts(config: str) -> str:
    """The label config with what shows conflicts, first beside the text."""
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(config)
    except (ElementTree.ParseError, ValueError) as error:
        raise InvalidInput(f"the label config is not XML: {error}") from None
    side = root.find(".//View[@className='onrecord-side']")
    (root if side is None else side).insert(0, ElementTree.fromstring(_SCREEN))
    return ElementTree.tostring(root, encoding="unicode")


def is_adjudication(tasks: Sequence[Any]) -> bool:
    """Whether the tasks are of a project that :func:`push` has made."""
    return bool(tasks) and all({"one", "other", "conflicts"} <= {*task["data"]} for task in tasks)


def read_decisions(
    client: Client, tasks: Sequence[Any], gold: Sequence[Document], corpus: Corpus
) -> tuple[tuple[Decision, ...], tuple[Decision, ...]]:
    """What the gold makes of every conflict of the two passes that a project shows.

    Returns:
        The decisions, and those among them that stand as their tasks were opened.

    Raises:
        ServerError: the project no longer has both passes, or the server refuses.
    """
    names = [tasks[0]["data"][key] for key in ("one", "other")]
    with spoken(client):
        shown = list(client.predictions.list(project=tasks[0]["project"]))
    seeds = corpus.seeds()
    ids = {task["id"]: task["data"]["id"] for task in tasks}
    passes: list[tuple[Document, ...]] = []
    for name in names:
        found = {
            ids[p.task]: p.result
            for p in shown
            if p.model_version in (name, _shown_as(name)) and p.task in ids
        }
        if found.keys() != {document.id for document in gold}:
            raise ServerError(f"the project no longer shows all of {name!r}; adjudicate it again")
        passes.append(
            tuple(from_result(seeds[document.id], found[document.id]) for document in gold)
        )
    one, other = passes
    shared = corpus.registry.ids
    decisions = decide(one, other, gold, shared=shared)
    return decisions, as_opened(one, other, decisions, shared=shared)


def write_decisions(path: Path, decisions: Sequence[Decision]) -> None:
    """Write a record of decisions; rules and reasons in the one that is there are kept.

    They are kept where conflict, decision and what stands are as they were.

    Raises:
        InvalidInput: there is a file that is no such record, or it cannot be written.
    """
    kept: dict[Decision, Decision] = {}
    if path.exists():
        kept = {_bare(record): record for _, record in read_records(path, Decision)}
    write(path, encode_lines(kept.get(decision, decision) for decision in decisions))


def _bare(decision: Decision) -> Decision:
    return msgspec.structs.replace(decision, rule=None, reason=None)
