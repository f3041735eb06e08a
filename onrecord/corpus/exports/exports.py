"""Exports: the committed form of a pass, ``annotation/exports/<pass>.json``.

It is Label Studio's own task list for one project, with id and sha256 in place of the text, and
only what the annotator decided: every result list is in the bridge's canonical form, so that equal
annotations give equal bytes, whichever server, browser or program they came from. A task whose
annotator was shown pre-annotations names the systems that made them, in ``meta.pre_annotations``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from onrecord.corpus.annotated import with_words
from onrecord.corpus.canary import marked
from onrecord.corpus.exports.bridge import read_result, to_result
from onrecord.corpus.exports.offers import chosen, offers
from onrecord.corpus.exports.scheme import LABELS
from onrecord.corpus.files import read_items, write
from onrecord.corpus.registry import Registry
from onrecord.corpus.validation import find_problems
from onrecord.document import Document
from onrecord.exceptions import InvalidDocument, InvalidInput

Seeds = Mapping[str, Document]
"""The articles by id, without layers, in the order of the corpus."""

PreAnnotations = Mapping[str, tuple[str, ...]]
"""The systems whose output the annotator of a document was shown, by the document's id."""

GOLD = Path("annotation", "exports", "gold.json")
"""The gold's export, from a clone's folder."""
PRE_ANNOTATIONS = "pre_annotations"
"""Where a task names them, in its ``meta``."""


_LAYERS = frozenset({"mentions", "quotes", "stances"})
"""What a document has, and no task."""


class InvalidTasks(InvalidInput):
    """Tasks with more than one fault; the message has a line for each, ``problems`` are errors."""

    def __init__(self, problems: Sequence[InvalidInput]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(
            first.reason,
            file=first.file,
            line=first.line,
            document=first.document,
            field=first.field,
        )

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)

    def at(self, *, file: object = None, line: int | None = None) -> InvalidTasks:
        """The same error with the file and line it was found at."""
        return InvalidTasks([problem.at(file=file, line=line) for problem in self.problems])


def read_tasks(
    tasks: object,
    seeds: Seeds,
    targets: Collection[str] | None = None,
    registry: Registry | None = None,
    *,
    partial: bool = False,
) -> tuple[Document, ...]:
    """The documents that a task list annotates, validated, in the order of the seeds.

    Args:
        tasks: what Label Studio exports as JSON, or the committed form of it, as a list or as what
            gives its items one at a time; it must have each seed once, with one annotation that is
            not cancelled (skipped), and nothing else.
        partial: whether seeds may be missing, as long as one is there.
        seeds: the articles by id.
        targets: the ids that stances may use; None leaves them unchecked.
        registry: whose entities the annotations must use; None leaves them unchecked.

    Raises:
        InvalidInput: it is not such a list, or one document in it is faulty;
            :class:`InvalidTasks` when there is more than one fault, with all of them.
    """
    found, problems = sort_tasks(tasks, seeds, targets, registry)
    if not partial:
        problems.extend(missing(id for id in seeds if id not in found))
    elif not found and not problems:
        problems.append(InvalidInput("has no documents"))
    require_sound(problems)
    return tuple(document for id in seeds if (document := found.get(id)) is not None)


def sort_tasks(
    tasks: object,
    seeds: Seeds,
    targets: Collection[str] | None = None,
    registry: Registry | None = None,
) -> tuple[dict[str, Document | None], list[InvalidInput]]:
    """The documents by id, None for a faulty one, and all faults; args as of :func:`read_tasks`.

    Raises:
        InvalidInput: it is no list.
    """
    problems: list[InvalidInput] = []
    found: dict[str, Document | None] = {}
    for one in each_task(tasks, seeds, targets, registry):
        if isinstance(one, Document):
            found[one.id] = one
            continue
        problems.append(one)
        if one.document is not None and one.document in seeds:
            found[one.document] = None
    return found, problems


def each_task(
    tasks: object,
    seeds: Seeds,
    targets: Collection[str] | None = None,
    registry: Registry | None = None,
) -> Iterator[Document | InvalidInput]:
    """The document of each task, one at a time, or each fault of it; args as of :func:`read_tasks`.

    Raises:
        InvalidInput: it is no list, or an article or what gives the items cannot be read.
    """
    if not isinstance(tasks, list | Iterator):
        raise InvalidInput("is not a list of Label Studio's tasks")
    seen: set[str] = set()
    for number, task in enumerate(tasks):
        if not number and isinstance(task, dict) and _LAYERS & task.keys():
            raise InvalidInput(
                "is a JSON array of documents; write each document on a line of its own (JSON Lines)"
            )
        try:
            seed = _seed(number, task, seeds)
            if seed.id in seen:
                raise InvalidInput("is in two tasks", document=seed.id)
            seen.add(seed.id)
            document = _annotated(seed, task, targets, registry)
        except InvalidInput as error:
            if error.file is not None:  # an article's, which is at fault itself
                raise
            yield from _each(error)
        else:
            yield document


def missing(ids: Iterable[str]) -> Iterator[InvalidInput]:
    """That these articles have no task."""
    return (InvalidInput("is missing", document=id) for id in ids)


def require_sound(problems: Sequence[InvalidInput]) -> None:
    """Make sure that there is no fault.

    Raises:
        InvalidInput: there is one; :class:`InvalidTasks` when there are more.
    """
    if problems:
        raise problems[0] if len(problems) == 1 else InvalidTasks(problems)


def find_pre_annotations(tasks: Iterable[Any]) -> dict[str, tuple[str, ...]]:
    """The systems that each task's annotator was shown, where there were any.

    Raises:
        InvalidInput: a task has no id, or its ``meta.pre_annotations`` is no list of names.
    """
    found = {}
    for task in tasks:
        try:
            meta = msgspec.convert(task, _Shown)
        except msgspec.ValidationError as error:
            raise InvalidInput(str(error)) from None
        if meta.meta is not None and meta.meta.pre_annotations:
            found[meta.data.id] = tuple(sorted(set(meta.meta.pre_annotations)))
    return found


class _ShownMeta(msgspec.Struct, frozen=True):
    pre_annotations: tuple[str, ...] = ()


class _ShownData(msgspec.Struct, frozen=True):
    id: str


class _Shown(msgspec.Struct, frozen=True):
    """What of a task says where its annotation began."""

    data: _ShownData
    meta: _ShownMeta | None = None


def _seed(number: int, task: object, seeds: Seeds) -> Document:
    """The article that a task is about."""
    field = f"tasks[{number}]"
    data = task.get("data") if isinstance(task, dict) else None
    if not isinstance(data, dict):
        reason = "has no data; only the export format JSON has all (not JSON-MIN, CSV, CoNLL)"
        raise InvalidInput(reason, field=field)
    id = data.get("id")
    if not isinstance(id, str):
        raise InvalidInput(
            "is missing; is this another project's export?", field=f"{field}.data.id"
        )
    seed = seeds.get(id)
    if seed is None:
        reason = "unknown document: not in the gold yet, or this is another project's export"
        raise InvalidInput(reason, document=id, field=field)
    return seed


def _annotated(
    seed: Document,
    task: Mapping[str, Any],
    targets: Collection[str] | None,
    registry: Registry | None,
) -> Document:
    """The seed with the layers of a task's one annotation, which must be of the seed's text."""
    data = task["data"]
    if data.get("sha256") != seed.sha256:
        reason = f"is not the hash of the article, {seed.sha256}"
        raise InvalidInput(reason, document=seed.id, field="sha256")
    if data.get("text", seed.text) != seed.text:
        raise InvalidInput("is not the article's", document=seed.id, field="text")
    given = task.get("annotations")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise InvalidInput("is not a list of objects", document=seed.id, field="annotations")
    kept = [annotation for annotation in given if not annotation.get("was_cancelled")]
    if not kept:
        skipped = "was skipped; open it and press Cancel skip"
        drafted = "has a draft that was not submitted; open it and press Submit"
        nothing = drafted if task.get("drafts") else "has no submitted annotation"
        reason = skipped if given else nothing
        raise InvalidInput(reason, document=seed.id)
    if len(kept) > 1:
        reason = f"has {len(kept)} annotations; delete all but one in Label Studio"
        raise InvalidInput(reason, document=seed.id)
    read = read_result(seed, kept[0].get("result"))
    broken = find_problems(read.document, targets=targets, registry=registry, unread=read.unread)
    problems = [*read.problems, *(with_words(read.document, problem) for problem in broken)]
    if problems:
        raise InvalidDocument(problems, document=seed.id)
    return read.document


def _each(error: InvalidInput) -> Iterable[InvalidInput]:
    if not isinstance(error, InvalidDocument):
        return [error]
    return [
        InvalidInput(reason, document=error.document, field=field)
        for field, reason in error.problems
    ]


def export_tasks(
    documents: Iterable[Document], pre_annotations: PreAnnotations | None = None
) -> list[dict[str, Any]]:
    """The committed form of the documents' annotations, in the order given."""
    return [
        {
            "data": marked({"id": document.id, "sha256": document.sha256}),
            "annotations": [{"result": [_without_words(item) for item in to_result(document)]}],
            **_meta(document, pre_annotations),
        }
        for document in documents
    ]


def _meta(document: Document, pre_annotations: PreAnnotations | None) -> dict[str, Any]:
    shown = (pre_annotations or {}).get(document.id, ())
    return {"meta": {PRE_ANNOTATIONS: list(shown)}} if shown else {}


def _without_words(item: dict[str, Any]) -> dict[str, Any]:
    if item.get("from_name") not in LABELS:
        return item
    return {**item, "value": {key: item["value"][key] for key in ("start", "end", "labels")}}


def push_tasks(
    documents: Iterable[Document],
    *,
    annotated: bool = True,
    pre_annotations: PreAnnotations | None = None,
    registry: Registry | None = None,
) -> list[dict[str, Any]]:
    """Tasks that Label Studio can import: with the text, and the layers as an annotation.

    The screen offers the ids of the registry; None: it offers none.
    """
    offered = offers(registry)
    return [
        {
            "data": {
                "id": document.id,
                "sha256": document.sha256,
                "text": document.text,
                "outlet": document.meta.outlet or "",
                "title": document.meta.title or "",
                "about": " · ".join(
                    part
                    for part in (document.id, document.meta.outlet, document.meta.title)
                    if part
                ),
                "zones": _zones(document),
                **offered,
            },
            **({"annotations": [annotation(document, registry)]} if annotated else {}),
            **_meta(document, pre_annotations),
        }
        for document in documents
    ]


def _zones(document: Document) -> str:
    """Where the zones of the article begin and end, in one line for the screen."""
    zones = [f"{zone.label} “{_ends(zone.span.of(document.text))}”" for zone in document.zones]
    return "Zones, whose borders no span crosses: " + ", ".join(zones) if zones else ""


def _ends(words: str) -> str:
    """The first and the last of many words."""
    found = words.split()
    if len(found) > 2 * _SHOWN:
        found = [*found[:_SHOWN], "…", *found[-_SHOWN:]]
    return " ".join(found)


_SHOWN = 4
"""How many words are shown of either end of a zone."""


def annotation(document: Document, registry: Registry | None = None) -> dict[str, Any]:
    """The document's layers as a Label Studio annotation, which by itself is no ground truth."""
    return {"result": chosen(to_result(document), registry), "ground_truth": False}


def read_export(
    path: str | Path,
    seeds: Seeds,
    targets: Collection[str] | None = None,
    registry: Registry | None = None,
    *,
    partial: bool = False,
) -> tuple[Document, ...]:
    """The documents of an export, validated; arguments and errors as of :func:`read_tasks`.

    To load an export into Label Studio again: ``push_tasks(read_export(…))``.
    """
    try:
        return read_tasks(read_items(path), seeds, targets, registry, partial=partial)
    except InvalidInput as error:
        raise error.at(file=path) from None


def read_pre_annotations(path: str | Path) -> dict[str, tuple[str, ...]]:
    """What an export says of pre-annotations; see :func:`find_pre_annotations`."""
    try:
        return find_pre_annotations(read_items(path))
    except InvalidInput as error:
        raise error.at(file=path) from None


def encode_export(
    documents: Iterable[Document], pre_annotations: PreAnnotations | None = None
) -> bytes:
    """The committed form of the documents' annotations as canonical JSON, one region a line."""
    tasks = []
    for task in export_tasks(documents, pre_annotations):
        items = (_compact(item) for item in task["annotations"][0]["result"])
        result = b"[\n" + b",\n".join(items) + b"\n]"
        meta = b',"meta":%b' % _compact(task["meta"]) if "meta" in task else b""
        tasks.append(
            b'{"annotations":[{"result":%b}],"data":%b%b}' % (result, _compact(task["data"]), meta)
        )
    return b"[\n" + b",\n".join(tasks) + b"\n]\n"


def _compact(value: object) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def write_export(
    path: str | Path,
    documents: Iterable[Document],
    pre_annotations: PreAnnotations | None = None,
) -> None:
    """Write the documents' annotations in the committed form, whole or not at all.

    Raises:
        InvalidInput: a document breaks a rule, or the file cannot be written.
    """
    write(path, encode_export(documents, pre_annotations))
