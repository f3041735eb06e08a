"""What a tool attached to tasks, annotations and regions that an export does not keep.

A person can write a note on a region in Label Studio, a model gives scores, and other tools add fields of
their own. A document has no place for them; whoever brings them here is told, the notes in full.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from onrecord.corpus.exports.scheme import LABELS
from onrecord.exceptions import InvalidInput

_READ = frozenset({"id", "from_name", "to_name", "type", "value"})
_READ_OF_RELATIONS = frozenset({"type", "from_id", "to_id", "direction", "labels"})
_READ_OF_VALUES = frozenset({"start", "end", "text", "labels", "choices"})
_MACHINERY = frozenset(
    [
        "origin",
        "parentID",
        "hidden",
        "locked",
        "readonly",
        "collapsed",
        "image_rotation",
        "original_width",
        "original_height",
        "normalization",
        "globalOffsets",
        "startOffset",
        "endOffset",
        "item_index",
        "selected",
    ]
)
"""What Label Studio's screen adds for itself."""
_READ_OF_ANNOTATIONS = frozenset({"result", "was_cancelled", "ground_truth"})
_MACHINERY_OF_ANNOTATIONS = frozenset(
    [
        "id",
        "unique_id",
        "completed_by",
        "created_username",
        "created_ago",
        "created_at",
        "updated_at",
        "updated_by",
        "lead_time",
        "result_count",
        "task",
        "project",
        "prediction",
        "parent_prediction",
        "parent_annotation",
        "last_action",
        "last_created_by",
        "draft_created_at",
        "import_id",
        "bulk_created",
        "model_version",
        "agreement",
        "comment_count",
        "unresolved_comment_count",
        "state",
    ]
)


def find_attached(tasks: Iterable[Any]) -> Iterator[InvalidInput]:
    """What of the tasks an export does not keep, a warning for each note and for each sort of field.

    Args:
        tasks: what Label Studio exports as JSON; what is malformed in it is left to others.
    """
    for task in tasks:
        if not isinstance(task, Mapping):
            continue
        data = task.get("data")
        id = data.get("id") if isinstance(data, Mapping) else None
        document = id if isinstance(id, str) else None
        for field, reason in _of_task(task):
            yield InvalidInput(reason, document=document, field=field)


def _of_task(task: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    meta = task.get("meta")
    for key, value in meta.items() if isinstance(meta, Mapping) else ():
        if key != "pre_annotations" and not _is_empty(value):
            yield f"meta.{key}", f"is not kept: {_short(value)}"
    drafts = task.get("drafts")
    if isinstance(drafts, list) and drafts:
        yield "drafts", f"not submitted, so not kept: {len(drafts)}"
    for key in ("comments", "comment_count"):
        value = task.get(key)
        if not _is_empty(value) and value != 0:
            number = len(value) if isinstance(value, list) else value
            yield key, f"not kept: {number}"
            break
    given = task.get("annotations")
    for annotation in given if isinstance(given, list) else ():
        if isinstance(annotation, Mapping) and not annotation.get("was_cancelled"):
            yield from _of_annotation(annotation)


def _of_annotation(annotation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in annotation.items():
        known = key in _READ_OF_ANNOTATIONS or key in _MACHINERY_OF_ANNOTATIONS
        if not known and not _is_empty(value):
            yield f"annotation.{key}", f"is not kept: {_short(value)}"
    result = annotation.get("result")
    others: Counter[str] = Counter()
    for item in result if isinstance(result, list) else ():
        if isinstance(item, Mapping):
            yield from _notes(item)
            others.update(_other_fields(item))
    for key, number in sorted(others.items()):
        yield f"result.{key}", f"not kept, of {number} region{'s' * (number > 1)}"


def _notes(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The notes that a person wrote on a region: ``meta.text``, as Label Studio keeps them."""
    meta = item.get("meta")
    written = meta.get("text") if isinstance(meta, Mapping) else None
    for note in written if isinstance(written, list) else [written]:
        if not _is_empty(note):
            yield "note", f"on {_region(item)}, not kept: {_short(note, 500)}"


def _other_fields(item: Mapping[str, Any]) -> Iterator[str]:
    read = _READ_OF_RELATIONS if item.get("type") == "relation" else _READ
    for key, value in item.items():
        if key == "meta" and isinstance(value, Mapping):
            rest = (name for name, one in value.items() if name != "text" and not _is_empty(one))
            yield from (f"meta.{name}" for name in rest)
        elif key not in read and key not in _MACHINERY and not _is_empty(value):
            yield str(key)
    value = item.get("value")
    if isinstance(value, Mapping) and item.get("from_name") in LABELS:
        known = _READ_OF_VALUES | _MACHINERY
        yield from (
            f"value.{name}"
            for name, one in value.items()
            if name not in known and not _is_empty(one)
        )


def _region(item: Mapping[str, Any]) -> str:
    value = item.get("value")
    if not isinstance(value, Mapping):
        return f"{item.get('type')} {item.get('from_id') or item.get('id')}"
    labels = value.get("labels")
    label = labels[0] if isinstance(labels, list) and labels else item.get("from_name")
    words = value.get("text")
    said = f" {_short(words, 40)}" if isinstance(words, str) else ""
    return f"{label}{said} ({value.get('start')} to {value.get('end')})"


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})


def _short(value: Any, most: int = 80) -> str:
    words = repr(value)
    return words if len(words) <= most else f"{words[: most - 1]}…"
