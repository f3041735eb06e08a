"""What a project shows of itself: its title and card, its list of tasks, and what annotators read.

The instruction, which a button shows beside every task, also holds the guidelines, the targets and the
registry, each to be unfolded, and with them the hash of the guidelines that the project is annotated by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from onrecord.annotation.labelstudio.connection import Client
from onrecord.corpus.registry import Entity, Target
from onrecord.document import text_hash
from onrecord.exceptions import InvalidInput, ServerError

TITLE = "onrecord: "
_ANNOTATOR = re.compile(r"\w[\w.-]{0,39}")  # with the prefix, Label Studio takes 50 characters
_HASH = "guidelines-sha256-"
_RECORDED = re.compile(_HASH + "([0-9a-f]{64})")
_SHOWN = re.compile("shown-sha256-[0-9a-f]{64}")
_RECORDED_BEFORE = re.compile("Guidelines: sha256 ([0-9a-f]{64})")
"""As the description of a project had it, before the instruction had."""

_SHOWN_IN_LIST = ("data.id", "data.outlet", "data.title", "completed_at", "annotators")
_COUNTS = ("total_annotations", "cancelled_annotations", "total_predictions")
_COLUMNS = (
    *_SHOWN_IN_LIST,
    *_COUNTS,
    *(f"data.{name}" for name in ("sha256", "text", "about", "zones")),
    *(f"data.{name}" for name in ("entities", "actors", "utterances")),
    *(f"data.{name}" for name in ("one", "other", "conflicts")),
    *("id", "inner_id", "annotations_results", "annotations_ids", "predictions_score"),
    *("predictions_model_versions", "predictions_results", "file_upload", "storage_filename"),
    *("created_at", "updated_at", "updated_by", "avg_lead_time", "draft_exists"),
)


def project_title(annotator: str) -> str:
    """The title of an annotator's project.

    Raises:
        InvalidInput: the name is not one word of at most 40 letters, digits, ``_``, ``.`` and ``-``.
    """
    if not _ANNOTATOR.fullmatch(annotator):
        reason = f"{annotator!r} is not one word of at most 40 letters, digits, _ . and -"
        raise InvalidInput(reason, field="annotator")
    return TITLE + annotator


def pass_of(annotator: str) -> str:
    """What the card of an annotator's project says."""
    return f"The pass of {annotator}: who is mentioned, who said what, and who stands where."


def shown(about: str, instruction: str, guidelines: str) -> dict[str, Any]:
    """What a project has of its card and of what annotators read, as Label Studio's fields."""
    return {
        "description": about,
        "expert_instruction": recording(instruction, guidelines),
        "show_instruction": bool(instruction),
    }


def bring_up_to_date(client: Client, project: Any, fields: Mapping[str, Any]) -> None:
    """Let a project show these fields, and a list of articles by their names.

    An instruction that is empty leaves the one that there is.
    """
    now = {name: value for name, value in fields.items() if value}
    recorded = _SHOWN.search(project.expert_instruction or "")
    wanted = _SHOWN.search(now.get("expert_instruction", ""))
    old = wanted is not None and (recorded is None or recorded[0] != wanted[0])
    if old or project.description != now["description"]:
        client.projects.update(project.id, **now)
    if not client.views.list(project=project.id):
        client.views.create(project=project.id, data=_list_of_articles())


def recording(instruction: str, guidelines: str) -> str:
    """The instruction with its own hash and that of the guidelines, which nobody sees.

    Label Studio changes the spelling of HTML that it is given, so that this is what tells whether it
    has the same.
    """
    marks = [f"{_HASH}{guidelines}"] if guidelines else []
    marks += [f"shown-sha256-{text_hash(instruction + guidelines)}"] if instruction or marks else []
    return instruction + "".join(f'<a name="{mark}"></a>' for mark in marks)


def require_guidelines(project: Any, tasks: Iterable[Any], guidelines: str) -> None:
    """Refuse a project in which somebody works by other guidelines.

    Raises:
        ServerError: it is annotated, and not by these.
    """
    recorded = _RECORDED.search(project.expert_instruction or "")
    before = recorded or _RECORDED_BEFORE.match(project.description or "")
    if not guidelines or before is None or before[1] == guidelines:
        return
    if any(task["annotations"] for task in tasks):
        raise ServerError(
            f"project {project.title!r} is annotated by other guidelines ({before[1][:12]}, now "
            f"{guidelines[:12]}); finish it by those, or push with --same-rules if only words changed"
        )


def _list_of_articles() -> Any:
    """The one tab of a project's page: articles by their names, and how far each is."""

    def hidden(shown: Iterable[str]) -> list[str]:
        return [f"tasks:{name}" for name in _COLUMNS if name not in shown]

    columns = {
        "explore": hidden((*_SHOWN_IN_LIST, *_COUNTS)),
        "labeling": hidden(("data.id", "total_annotations")),
    }
    return {"title": "Articles", "type": "list", "target": "tasks", "hiddenColumns": columns}


def reference(guidelines: str, targets: Iterable[Target], registry: Iterable[Entity]) -> str:
    """Guidelines, targets and registry as HTML, each folded; Markdown in, and no HTML of it let through."""
    from markdown_it import MarkdownIt

    render = MarkdownIt("commonmark", {"html": False}).enable("table").render
    folded = {
        "Guidelines": _plain_links(render(guidelines)),
        "Targets": _table((one.id, one.proposition) for one in targets),
        "Registry": _table(
            (one.id, one.name, one.label, ", ".join((*one.aliases, *one.offices)))
            for one in registry
        ),
    }
    return "".join(
        f"<details><summary><b>{title}</b></summary>{html}</details>\n"
        for title, html in folded.items()
        if html
    )


def _plain_links(html: str) -> str:
    """The words of links: an address within the page or the clone leads nowhere on the server."""
    return re.sub(r'<a href="(?!https?:)[^"]*">(.*?)</a>', r"\1", html, flags=re.DOTALL)


def _table(rows: Iterable[Iterable[str]]) -> str:
    """The rows as an HTML table, whatever is in them; nothing if there is none."""
    made = "".join(
        f"<tr>{''.join(f'<td>{escape(cell, quote=False)}</td>' for cell in row)}</tr>"
        for row in rows
    )
    return f'<table border="1" cellpadding="4"><tbody>{made}</tbody></table>' if made else ""
