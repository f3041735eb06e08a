"""What Label Studio's screen offers to choose from: the registry's ids, and utterances that there are.

A task's data hold the choices, so that the label config is the same for every registry. Each choice
reads as an entity's names, or as an utterance's id and words, all of which a search finds, and gives
the id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from onrecord.corpus.exports.scheme import CHOSEN, FIELDS, NEW
from onrecord.corpus.registry import Entity, Registry
from onrecord.document import Document

ENTITIES = "entities"
"""Where a task's data have the choices of a mention's entity."""
ACTORS = "actors"
"""Where they have those of a speaker or holder."""
UTTERANCES = "utterances"
"""Where they have those of a quote's utterance."""

_NO_KEY = "ctrl+alt+shift+0"
"""A key that nobody presses: Label Studio gives a choice without one whatever letter is free."""
_DESIGNATION = re.compile(r"\b([A-Za-z]+)-(\d)")
"""Letters and a number, as a weapon or a law has."""
_CHOSEN_FOR = {name: chosen for chosen, name in CHOSEN.items()}


def offers(registry: Registry | None) -> dict[str, list[dict[str, str]]]:
    """The choices that a task's data have of a registry; None: only what stands for a new id.

    A search takes the first choice that has what was typed. So the shortest names come first: “Turk”
    finds Turkey before the Turkish minister.
    """
    entities = () if registry is None else tuple(registry)
    actors = (entity for entity in entities if entity.actor)
    return {ENTITIES: _choices(entities), ACTORS: _choices(actors), UTTERANCES: []}


def _choices(entities: Iterable[Entity]) -> list[dict[str, str]]:
    inorder = sorted(entities, key=lambda one: (len(one.name), one.name, one.id))
    new = _offer("new: …", NEW)  # few letters, since a search would find each of them
    return [new, *(_offer(_named(entity), entity.id) for entity in inorder)]


def utterance_offers(passes: Iterable[Document], document: str) -> list[dict[str, str]]:
    """A choice for each utterance that articles other than this one report, by their ids.

    It has the id, the speaker, and how each article words it.
    """
    words: dict[str, list[str]] = {}
    for other in passes:
        for quote in other.quotes:
            if quote.utterance is not None and other.id != document:
                said = " … ".join(span.of(other.text) for span in quote.content)
                by = f"{quote.speaker or 'nobody named'} in {other.id}"
                words.setdefault(quote.utterance, []).append(f"“{' '.join(said.split())}” ({by})")
    return [_offer(" · ".join((id, *said)), id) for id, said in sorted(words.items())]


def _offer(name: str, id: str) -> dict[str, str]:
    """A choice; Label Studio would resolve a dollar sign."""
    shown = name.replace("$", "\N{FULLWIDTH DOLLAR SIGN}")
    return {"value": shown, "alias": id, "hotkey": _NO_KEY}


def _named(entity: Entity) -> str:
    """All that the entity is called, once each; F-35 also without its hyphen."""
    names = (entity.name, entity.id, *entity.aliases, *entity.offices)
    joined = (_DESIGNATION.sub(r"\1\2", name) for name in names)
    return " · ".join(dict.fromkeys((*names, *joined)))


def chosen(
    result: Iterable[Mapping[str, Any]], registry: Registry | None
) -> list[Mapping[str, Any]]:
    """A ``result`` list as the screen shows it: ids that are offered are chosen, others are typed.

    With what :func:`onrecord.corpus.exports.bridge.to_result` writes, in its order. A new id is
    chosen to be new, and typed.
    """
    offered = {
        name: {choice["alias"] for choice in offers(registry)[where]}
        for name, where in (("entity", ENTITIES), ("speaker", ACTORS), ("holder", ACTORS))
    }
    items: list[Mapping[str, Any]] = []
    for item in result:
        name = item.get("from_name")
        if name not in offered:
            items.append(item)
            continue
        (id,) = item["value"][FIELDS[name].key]
        is_new = id.startswith(NEW)
        is_offered = id in offered[name] and not is_new
        if is_offered or (is_new and id != NEW):
            items.append(_choice(item, id if is_offered else NEW))
        if not is_offered:
            items.append(item)
    return items


def _choice(item: Mapping[str, Any], choice: str) -> dict[str, Any]:
    span = {key: item["value"][key] for key in ("start", "end")}
    return {
        **item,
        "from_name": _CHOSEN_FOR[item["from_name"]],
        "type": "choices",
        "value": {**span, "choices": [choice]},
    }
