"""Documents of any text and any number of regions go and come back; what was spoiled is noticed.

``ONRECORD_FUZZ=20000 pytest tests/corpus/test_labelstudio_fuzz.py`` runs that many examples of each property,
new ones every time; without it a few hundred, always the same.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from labelstudio_fixture import CLONE, LabelStudio, push
from strategies import PIECES

from onrecord.annotation.labelstudio import client as api
from onrecord.corpus.corpus import Corpus, load_articles
from onrecord.corpus.exports.bridge import from_result, to_result
from onrecord.corpus.exports.exports import (
    encode_export,
    export_tasks,
    push_tasks,
    read_export,
    read_tasks,
)
from onrecord.document import (
    MENTION_TYPES,
    NAME_TYPES,
    POLARITIES,
    Document,
    Mention,
    Meta,
    Quote,
    Span,
    Stance,
    text_hash,
)
from onrecord.exceptions import InvalidInput

ASKED = os.environ.get("ONRECORD_FUZZ")
fuzz = settings(
    max_examples=int(ASKED or 200),
    derandomize=ASKED is None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
seeds_of_chance = st.integers(0, 2**64)

WILD = (
    *PIECES,
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "👩🏽‍🚀",
    "a\N{COMBINING RING BELOW}\N{COMBINING DIAERESIS}",
    "\N{LINE SEPARATOR}",
    "\N{WORD JOINER}",
    "\N{ZERO WIDTH NO-BREAK SPACE}",
    "\N{RIGHT-TO-LEFT OVERRIDE}ab\N{POP DIRECTIONAL FORMATTING}",
    "\N{IDEOGRAPHIC SPACE}",
    "\r",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x85\r\n",
    "ﷺ",
    "ẞßſ",
    '{"start":0}',
    "</Text>",
)


# Identity


@fuzz
@given(
    seeds_of_chance,
    st.sampled_from([3, 10, 40, 40, 40, 200, 1000]),
    st.sampled_from([0, 1, 2, 3, 5, 5, 8, 12, 20, 200]),
)
def test_a_document_comes_back_whatever_its_text_and_however_many_its_regions(
    number: int, pieces: int, regions: int
) -> None:
    document = wild(random.Random(number), pieces, regions)
    seeds = {document.id: document.bare()}
    assert from_result(document.bare(), json.loads(json.dumps(to_result(document)))) == document
    exported = encode_export([document])
    assert read_tasks(json.loads(exported), seeds) == (document,)
    assert export_tasks([document]) == json.loads(exported)
    pushed = json.loads(json.dumps(push_tasks([document])))
    assert read_tasks(pushed, seeds) == (document,)


def test_a_hundred_thousand_pieces_and_two_thousand_regions_come_back() -> None:
    document = wild(random.Random(1), 100_000, 2000)
    assert len(document.text) > 200_000
    assert read_tasks(json.loads(encode_export([document])), {document.id: document.bare()}) == (
        document,
    )


def test_a_batch_of_wild_documents_comes_back_from_the_server(label_studio: LabelStudio) -> None:
    chance = random.Random(2)
    sizes = [(pieces, regions) for pieces in (3, 40, 1000) for regions in (0, 3, 30, 200)] * 3
    documents = [
        wild(chance, *size, id=f"wild-{number}", targets=("keep-s400", "eu-steps"))
        for number, size in enumerate([*sizes, (50_000, 300)])
    ]
    assert sum(len(to_result(document)) for document in documents) > 10_000
    pushed = push(label_studio, "wild", documents, annotations=documents)
    assert (pushed.tasks, pushed.annotations) == (37, 37)
    tasks = api.pull(label_studio.client, "wild")
    seeds = {document.id: document.bare() for document in documents}
    assert read_tasks(tasks, seeds) == tuple(documents)


def wild(
    chance: random.Random,
    pieces: int,
    regions: int,
    id: str = "wild",
    targets: tuple[str, ...] = ("t", "u"),
) -> Document:
    """A valid document in canonical form, with so many mentions, quotes and stances at the most."""
    text = "".join(chance.choice(WILD) for _ in range(pieces)) + "."
    seed = Document(id=id, text=text, sha256=text_hash(text), meta=Meta(file=f"{id}.txt"))
    visible = [place for place, character in enumerate(text) if not character.isspace()]

    def span() -> Span:
        within = chance.choice(visible)
        start = max(0, within - chance.choice([0, 1, 5, 80]))
        return Span(start, min(len(text), within + chance.choice([1, 2, 9, 120])))

    def apart(spans: list[Span]) -> tuple[Span, ...]:
        kept: list[Span] = []
        for one in sorted(spans):
            if not kept or kept[-1].end <= one.start:
                kept.append(one)
        return tuple(kept)

    def name() -> str | None:
        return chance.choice([None, "durand", "new:Ayşe K.", "e\u0301", "#%23", "\u2028x", "“"])

    mentions = []
    for place in apart([span() for _ in range(regions)]):
        label = chance.choice(MENTION_TYPES)
        entity = name() if label in NAME_TYPES else None
        mentions.append(Mention(place.start, place.end, label, entity))
    quotes: dict[tuple[Span, ...], Quote] = {}
    for number in range(regions):
        content, speaker = apart([span() for _ in range(chance.choice([1, 1, 2, 4]))]), name()
        others = [*quotes.values()]
        quotes.setdefault(
            content,
            Quote(
                id=chance.choice(["q", "q#", "quote-", "%23", "😀"]) + str(number),
                content=content,
                cue=chance.choice([None, span(), *(other.cue for other in others[-3:])]),
                source=chance.choice([None, span(), *(other.source for other in others[-3:])]),
                speaker=speaker,
                utterance=name(),
                parent=chance.choice([None, *(other.id for other in others[-3:])]),
            ),
        )
    stances = [
        Stance(
            holder=f"h{number}",
            target=chance.choice(targets),
            polarity=chance.choice(POLARITIES),
            evidence=apart([span() for _ in range(chance.choice([1, 1, 3]))]),
        )
        for number in range(regions)
    ]
    return seed.with_layers(
        mentions=mentions, quotes=list(quotes.values()), stances=stances
    ).canonical()


# Spoiled exports


@cache
def articles() -> Corpus:
    return load_articles(CLONE)


@cache
def committed() -> list[bytes]:
    """The tasks of the committed exports, each as JSON."""
    files = sorted((CLONE / "annotation" / "exports").glob("*.json"))
    return [json.dumps(task).encode() for file in files for task in json.loads(file.read_bytes())]


@fuzz
@given(seeds_of_chance)
def test_a_spoiled_export_is_refused_or_is_read_as_what_it_says(number: int) -> None:
    chance = random.Random(number)
    task = json.loads(chance.choice(committed()))
    seed = articles()[task["data"]["id"]].bare()
    for _ in range(chance.choice([1, 1, 2, 5])):
        chance.choice(SPOILERS)(chance, task)
    try:
        read = read_tasks([task], {seed.id: seed}, articles().target_ids, articles().registry)
    except InvalidInput:
        return
    assert facts(task) == facts(export_tasks(read)[0])


@fuzz
@given(seeds_of_chance)
def test_spoiled_bytes_are_refused_or_are_read_as_what_they_say(
    tmp_path_factory: pytest.TempPathFactory, number: int
) -> None:
    chance = random.Random(number)
    content = bytearray(b"[" + chance.choice(committed()) + b"]")
    seed = articles()[json.loads(content)[0]["data"]["id"]].bare()
    if chance.random() < 0.3:
        del content[chance.randrange(len(content)) :]
    for _ in range(chance.choice([0, 1, 3])):
        place = chance.randrange(len(content) + 1)
        content[place : place + chance.choice([0, 1, 40])] = chance.choice(BYTES)
    path = tmp_path_factory.getbasetemp() / "spoiled.json"
    path.write_bytes(content)
    try:
        read = read_export(path, {seed.id: seed}, articles().target_ids, articles().registry)
    except InvalidInput:
        return
    assert facts(json.loads(content)[0]) == facts(export_tasks(read)[0])


BYTES = (b"", b"0", b"9", b'"', b"}", b",", b"\x00", b"\xff", b"\xed\xa0\x80", b"null", b"\\ud800")


@pytest.mark.parametrize(
    "file", sorted(CLONE.glob("annotation/exports/*.json")), ids=lambda f: f.stem
)
def test_a_cut_export_is_refused(file: Path, tmp_path: Path) -> None:
    content = file.read_bytes()
    cut = tmp_path / file.name
    for length in random.Random(3).sample(range(len(content) - 1), 50):
        cut.write_bytes(content[:length])
        with pytest.raises(InvalidInput):
            read_export(cut, articles().seeds())


def result_of(task: Any) -> list[Any]:
    """The result list, if the task still has one with something in it."""
    try:
        result = task["annotations"][0]["result"]
    except (LookupError, TypeError):
        return []
    return result if isinstance(result, list) else []


def objects(task: Any) -> list[dict[str, Any]]:
    return [item for item in result_of(task) if isinstance(item, dict)]


def place(chance: random.Random, task: Any) -> tuple[Any, Any]:
    """A container somewhere in the task, and one of its keys or indices."""
    owner, key = {"task": task}, "task"
    while isinstance(owner[key], dict | list) and owner[key] and chance.random() < 0.9:
        owner = owner[key]
        key = chance.choice(list(owner) if isinstance(owner, dict) else range(len(owner)))
    return owner, key


def delete(chance: random.Random, task: Any) -> None:
    owner, key = place(chance, task)
    del owner[key]


def put(chance: random.Random, task: Any) -> None:
    """Something of another kind in the place of anything."""
    owner, key = place(chance, task)
    owner[key] = chance.choice(
        [None, True, False, 0, -1, 7, 1.5, 1e300, 10**30, "", "x", "\ud800", [], ["x"], {}]
    )


def swap(chance: random.Random, task: Any) -> None:
    """Two values of the same key, such as two starts, two ids, two labels."""
    items = chance.choices(objects(task) or [{}], k=2)
    one, other = chance.choice([items, [item.get("value") for item in items]])
    if isinstance(one, dict) and isinstance(other, dict):
        shared = sorted(one.keys() & other.keys())
        for key in shared and [chance.choice(shared)]:
            one[key], other[key] = other[key], one[key]


def repeat(chance: random.Random, task: Any) -> None:
    result = result_of(task)
    if result:
        result.insert(chance.randrange(len(result)), json.loads(json.dumps(chance.choice(result))))


def shift(chance: random.Random, task: Any) -> None:
    """An offset, by a little or a lot."""
    items = [i["value"] for i in objects(task) if isinstance(i.get("value"), dict)]
    value = chance.choice(items or [{}])
    key = chance.choice(["start", "end"])
    if isinstance(value.get(key), int):
        value[key] += chance.choice([-9999, -10, -1, 1, 2, 10, 9999])


def relate(chance: random.Random, task: Any) -> None:
    """A relation turned, hung elsewhere or left dangling, or named otherwise."""
    relations = [item for item in objects(task) if item.get("type") == "relation"]
    ids = [item["id"] for item in objects(task) if isinstance(item.get("id"), str)]
    if not relations or not ids:
        return
    one = chance.choice(relations)
    names = ("cue", "source", "continuation", "parent", "evidence", "other")
    change = chance.randrange(4)
    if change == 0:
        one["from_id"], one["to_id"] = one.get("to_id"), one.get("from_id")
    elif change == 1:
        one[chance.choice(["from_id", "to_id"])] = chance.choice([*ids, "nothing"])
    elif change == 2:
        one["labels"] = chance.choice([[], [chance.choice(names)], ["cue", "source"]])
    else:
        one["direction"] = chance.choice(["left", "bi", "up"])


def rename(chance: random.Random, task: Any) -> None:
    """Another id, label or answer, of those that there are or of none."""
    items = [item for item in objects(task) if isinstance(item.get("value"), dict)]
    if not items:
        return
    one, other = chance.choice(items), chance.choice(items)
    keys = ("labels", "text", "choices")
    key = next((key for key in keys if key in one["value"]), "labels")
    if chance.random() < 0.3:
        one["id"] = chance.choice([other.get("id"), "new", "quote-q99"])
    else:
        one["value"][key] = chance.choice(
            [other["value"].get(key), ["Content"], ["Cue"], ["PERSON"], ["nobody"], ["turkey"]]
        )


SPOILERS: tuple[Callable[[random.Random, Any], None], ...] = (
    delete,
    put,
    swap,
    repeat,
    shift,
    relate,
    rename,
)


def facts(task: Any) -> Any:
    """What a task says, read straight from its items: this knows nothing of the library's reading.

    Regions are named by place and label; those that continue each other are one. It holds for what
    is valid only.
    """
    (annotation,) = (one for one in task["annotations"] if not one.get("was_cancelled"))
    regions: dict[Any, tuple[Any, ...]] = {}
    fields: dict[Any, set[Any]] = {}
    relations = []
    for item in annotation["result"]:
        if item["type"] == "labels":
            value = item["value"]
            key = (item["id"], item["from_name"] == "mention")
            regions[key] = (value["start"], value["end"], value["labels"][0])
        elif item["type"] == "relation":
            relations.append(item)
        else:
            answer = item["value"]["text" if item["type"] == "textarea" else "choices"]
            if answer and answer[0]:
                key = (item["id"], item["from_name"] == "entity")
                fields.setdefault(key, set()).add((item["from_name"], answer[0]))
    head = {key: key for key in regions}

    def first(key: Any) -> Any:
        while head[key] != key:
            key = head[key]
        return key

    links = []
    for item in relations:
        ends = [(item["from_id"], False), (item["to_id"], False)]
        labels = {regions[end][2] for end in ends}
        name = (item.get("labels") or [None])[0]
        if name in ("continuation", "evidence") or (name is None and labels == {"Evidence"}):
            head[first(ends[0])] = first(ends[1])
        elif labels == {"Content"}:
            links.append(ends if item.get("direction", "right") == "right" else ends[::-1])
        else:
            links.append(sorted(ends, key=lambda end: regions[end][2] != "Content"))
    groups: dict[Any, Any] = {}
    for key, region in regions.items():
        group = groups.setdefault(first(key), (set(), set(), Counter()))
        group[0].add(region)
        group[1].update(fields.get(key, ()))

    def named(key: Any) -> Any:
        return (frozenset(groups[first(key)][0]), frozenset(groups[first(key)][1]))

    joined = {(named(one), regions[other][2], named(other)) for one, other in links}
    attached = ("Cue", "Source")
    said = Counter(named(key) for key in groups if regions[key][2] not in attached)
    return (task["data"]["id"], task["data"]["sha256"], said, joined)
