"""The bridge: a document's layers as Label Studio's result list, and back."""

from __future__ import annotations

import copy
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import documents, seeds

from onrecord.corpus.exports.bridge import from_result, to_result
from onrecord.corpus.exports.scheme import LABELS
from onrecord.corpus.validation import validate
from onrecord.document import Document, Mention, Meta, Quote, Span, Stance, text_hash
from onrecord.exceptions import InvalidDocument, InvalidInput

TEXT = "Marie Durand of İzmir said talks 😀 “go on”, and she warned\r\nthat sanctions hurt."
Item = dict[str, Any]


def article(text: str = TEXT) -> Document:
    return Document(id="gazette", text=text, sha256=text_hash(text), meta=Meta(file="gazette.txt"))


def at(words: str, text: str = TEXT) -> Span:
    assert text.count(words) == 1, words
    return Span(text.index(words), text.index(words) + len(words))


def region(id: str, label: str, words: str) -> Item:
    span = at(words)
    return {
        "id": id,
        "from_name": "part" if label in LABELS["part"] else "mention",
        "to_name": "text",
        "type": "labels",
        "origin": "manual",
        "value": {"start": span.start, "end": span.end, "text": "?", "labels": [label]},
    }


def answer(id: str, name: str, *given: str) -> Item:
    choice = name in ("target", "polarity")
    return {
        "id": id,
        "from_name": name,
        "to_name": "text",
        "type": "choices" if choice else "textarea",
        "origin": "manual",
        "value": {"start": 0, "end": 1, "choices" if choice else "text": list(given)},
    }


def link(one: str, other: str, *labels: str, direction: str = "right") -> Item:
    item = {"type": "relation", "from_id": one, "to_id": other, "direction": direction}
    return {**item, "labels": list(labels)} if labels else item


def stance(id: str) -> list[Item]:
    return [
        answer(id, "holder", "durand"),
        answer(id, "target", "t"),
        answer(id, "polarity", "favor"),
    ]


def read(*items: Item) -> Document:
    return from_result(article(), list(items))


def faults(*items: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDocument) as caught:
        from_result(article(), list(items))
    assert caught.value.document == "gazette"
    return list(caught.value.problems)


TALKS, WARNED = (
    region("a", "Content", "talks 😀 “go on”"),
    region("b", "Content", "that sanctions hurt"),
)
SAID, CUE2 = region("c", "Cue", "said"), region("d", "Cue", "warned")
DURAND, SHE = region("s", "Source", "Marie Durand"), region("t", "Source", "she")
HURT, ON = region("e", "Evidence", "sanctions hurt"), region("f", "Evidence", "go on")


# Identity


@given(documents())
def test_a_document_comes_back_as_it_went(document: Document) -> None:
    assert validate(document) == document
    assert from_result(document.bare(), to_result(document)) == document.canonical()


@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_layers_and_results_does_not_matter(
    document: Document, chance: random.Random
) -> None:
    result = to_result(document)
    assert to_result(document.canonical()) == result
    chance.shuffle(result)
    assert from_result(document.bare(), result) == document.canonical()


@given(documents(), st.randoms(use_true_random=False))
def test_what_the_browser_makes_of_a_document_means_the_same(
    document: Document, chance: random.Random
) -> None:
    again = from_result(document.bare(), as_in_the_browser(to_result(document), chance))
    assert again == document.canonical()


@given(documents(), st.randoms(use_true_random=False))
def test_random_region_ids_become_quote_ids_and_nothing_else_changes(
    document: Document, chance: random.Random
) -> None:
    result = to_result(document)
    ids = sorted({item["id"] for item in result if "id" in item})
    new = {id: f"r{number}x" for number, id in enumerate(chance.sample(ids, len(ids)))}
    for item in result:
        item.update({key: new[item[key]] for key in ("id", "from_id", "to_id") if key in item})
    again = from_result(document.bare(), result)
    assert again.mentions == document.canonical().mentions
    assert again.stances == document.canonical().stances
    assert sorted(without_ids(again)) == sorted(without_ids(document))
    assert {quote.id for quote in again.quotes} <= set(new.values())


def without_ids(document: Document) -> list[str]:
    """Quotes with the quote that a parent's id means in its place."""
    by_id = {quote.id: quote for quote in document.canonical().quotes}

    def spelled(quote: Quote | None) -> str:
        if quote is None:
            return "-"
        parent = spelled(by_id.get(quote.parent or ""))
        return repr(
            (quote.content, quote.cue, quote.source, quote.speaker, quote.utterance, parent)
        )

    return [spelled(quote) for quote in by_id.values()]


def as_in_the_browser(result: list[Item], chance: random.Random) -> list[Item]:
    """Other ids where they carry nothing, chains for stars, arrows turned, labels left out."""
    items = copy.deepcopy(result)
    regions = {item["id"]: item for item in items if item.get("type") == "labels"}
    new = {
        id: id if id.startswith("quote-") else f"{chance.getrandbits(60):x}-{number}"
        for number, id in enumerate(regions)
    }
    ends: dict[tuple[str, str], str] = {}
    for item in items:
        if item["type"] == "relation":
            name = item["labels"][0]
            if name in ("continuation", "evidence"):
                star = (name, item["from_id"])
                item["from_id"] = (
                    ends.get(star, item["from_id"]) if chance.random() < 0.5 else star[1]
                )
                ends[star] = item["to_id"]
            if name != "parent" and chance.random() < 0.5:
                item["from_id"], item["to_id"] = item["to_id"], item["from_id"]
                item["direction"] = chance.choice(["left", "right", "bi"])
            elif name == "parent" and chance.random() < 0.5:
                item["from_id"], item["to_id"] = item["to_id"], item["from_id"]
                item["direction"] = "left"
            if name in ("cue", "source", "evidence") and chance.random() < 0.5:
                del item["labels"]
            item["from_id"], item["to_id"] = new[item["from_id"]], new[item["to_id"]]
        else:
            item |= {"id": new[item["id"]], "origin": "manual", "meta": {"text": ["note"]}}
            if item["type"] == "labels":
                item["value"]["text"] = "\\n".join(item["value"]["text"].split())
    chance.shuffle(items)
    return items


def test_a_document_without_layers_is_an_empty_list() -> None:
    assert to_result(article()) == []
    assert read() == article()


def test_an_invalid_document_is_not_written() -> None:
    with pytest.raises(InvalidDocument, match=r"mentions\[0\]: end 5000 is past"):
        to_result(article().with_layers(mentions=[Mention(0, 5000, "DATE")]))


# What is written


def test_regions_come_in_text_order_each_with_its_fields_and_relations_come_last() -> None:
    document = article().with_layers(
        mentions=[Mention(*tuple_of(at("Marie Durand")), "PERSON", "durand")],
        quotes=[
            Quote(
                id="q1",
                content=(at("talks"), at("“go on”")),
                cue=at("said"),
                source=at("Marie Durand"),
                speaker="durand",
                utterance="u",
            )
        ],
    )
    shapes = [
        (item.get("id"), item["from_name"]) if "id" in item else tuple(item["labels"])
        for item in to_result(document)
    ]
    assert shapes == [
        ("mention-0-12", "mention"),
        ("mention-0-12", "entity"),
        ("source-0-12", "part"),
        ("cue-22-26", "part"),
        ("quote-q1", "part"),
        ("quote-q1", "speaker"),
        ("quote-q1", "utterance"),
        ("content-35-42", "part"),
        ("continuation",),
        ("cue",),
        ("source",),
    ]


def tuple_of(span: Span) -> tuple[int, int]:
    return (span.start, span.end)


def test_a_shared_cue_and_source_are_one_region_each() -> None:
    cue, source = at("said"), at("Marie Durand")
    quotes = [
        Quote(id="q1", content=(at("talks"),), cue=cue, source=source),
        Quote(id="q2", content=(at("“go on”"),), cue=cue, source=source),
    ]
    result = to_result(article().with_layers(quotes=quotes))
    labels = [item["value"]["labels"][0] for item in result if item["type"] == "labels"]
    assert sorted(labels) == ["Content", "Content", "Cue", "Source"]


def test_two_stances_on_one_stretch_are_two_regions() -> None:
    stretch = (at("sanctions hurt"),)
    stances = [
        Stance(holder="durand", target=target, polarity="against", evidence=stretch)
        for target in ("t", "u")
    ]
    result = to_result(article().with_layers(stances=stances))
    ids = [item["id"] for item in result if item["type"] == "labels"]
    assert ids == ["evidence-65-79", "evidence-65-79-2"]


def test_a_quote_id_keeps_what_label_studio_would_cut_off() -> None:
    quotes = [Quote(id="q#1", content=(at("talks"),)), Quote(id="q%231", content=(at("hurt"),))]
    document = article().with_layers(quotes=quotes)
    result = to_result(document)
    assert not any("#" in item["id"] for item in result)
    assert from_result(article(), result) == document


# What is read


def test_an_annotation_made_in_the_browser_is_read() -> None:
    document = read(
        TALKS,
        WARNED,
        SAID,
        CUE2,
        DURAND,
        SHE,
        region("m", "GPE", "İzmir"),
        answer("m", "entity", "izmir"),
        answer("a", "speaker", "durand"),
        link("a", "c"),
        link("s", "a"),
        link("b", "d", "cue"),
        link("t", "b", "source", direction="bi"),
        link("b", "a", "parent"),
        HURT,
        ON,
        link("e", "f"),
        *stance("f"),
    )
    assert document.mentions == (Mention(*tuple_of(at("İzmir")), "GPE", "izmir"),)
    assert document.quotes == (
        Quote(
            id="a",
            content=(at("talks 😀 “go on”"),),
            cue=at("said"),
            source=at("Marie Durand"),
            speaker="durand",
        ),
        Quote(
            id="b",
            content=(at("that sanctions hurt"),),
            cue=at("warned"),
            source=at("she"),
            parent="a",
        ),
    )
    assert document.stances == (
        Stance(
            holder="durand",
            target="t",
            polarity="favor",
            evidence=(at("go on"), at("sanctions hurt")),
        ),
    )


def test_offsets_count_code_points_and_words_are_the_texts_own() -> None:
    item = region("a", "Content", "warned\r\nthat")
    item["value"]["text"] = "warned\\nthat"
    assert read(item).quotes[0].content[0].of(TEXT) == "warned\r\nthat"


def test_an_arrow_to_the_left_makes_the_other_end_the_child() -> None:
    document = read(TALKS, WARNED, link("a", "b", "parent", direction="left"))
    assert {quote.id: quote.parent for quote in document.quotes} == {"a": None, "b": "a"}


def test_relations_may_join_any_region_of_a_group() -> None:
    more = region("z", "Content", "she warned")
    document = read(TALKS, WARNED, more, SAID, link("b", "a", "continuation"), link("b", "c"))
    inner, outer = sorted(document.quotes, key=lambda quote: quote.id == "a")
    assert (outer.id, len(outer.content), outer.cue) == ("a", 2, at("said"))
    assert inner.content == (at("she warned"),)


def test_fields_may_be_on_any_region_of_their_group() -> None:
    document = read(TALKS, WARNED, link("a", "b", "continuation"), answer("b", "speaker", "durand"))
    assert [quote.speaker for quote in document.quotes] == ["durand"]


def test_a_quote_keeps_its_id_when_a_span_is_put_in_front() -> None:
    old = {**WARNED, "id": "quote-q7"}
    document = read(TALKS, old, link("a", "quote-q7", "continuation"))
    assert [quote.id for quote in document.quotes] == ["q7"]


def test_one_region_with_two_kinds_of_label_is_a_mention_and_a_part() -> None:
    name = {**DURAND, "from_name": "mention"}
    name["value"] = {**DURAND["value"], "labels": ["PERSON"]}
    document = read(name, DURAND, TALKS, answer("s", "entity", "durand"), link("a", "s"))
    assert document.mentions[0].entity == "durand"
    assert document.quotes[0].source == at("Marie Durand")


def test_an_empty_answer_is_none() -> None:
    assert (
        read(TALKS, answer("a", "speaker"), answer("a", "utterance", "")).quotes[0].speaker is None
    )


def test_parent_loops_are_left_to_the_validator() -> None:
    document = read(TALKS, WARNED, link("a", "b", "parent"), link("b", "a", "parent"))
    with pytest.raises(InvalidDocument, match="is its own ancestor"):
        validate(document)


# What is refused


def broken(item: Item, path: str, value: Any = None) -> Item:
    """The item with something else at the path, or nothing if the value is ``...``."""
    item = copy.deepcopy(item)
    *way, last = path.split(".")
    place = item
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return item


@pytest.mark.parametrize(
    ("path", "value", "field", "reason"),
    [
        ("from_name", "labels", "from_name", "unknown control 'labels'"),
        ("from_name", ..., "from_name", "is missing"),
        ("to_name", "image", "to_name", "is 'image', not 'text'"),
        ("type", "choices", "type", "is 'choices', but part gives 'labels'"),
        ("id", ..., "id", "is missing"),
        ("id", 5, "id", "is not a name"),
        ("id", "\ud800", "id", "is not valid Unicode"),
        ("value", ..., "value", "is missing"),
        ("value", [], "value", "is not an object"),
        ("value.start", ..., "value.start", "is missing"),
        ("value.start", "27", "value.start", "is not a whole number but '27'"),
        ("value.start", 27.0, "value.start", "is not a whole number but 27.0"),
        ("value.start", True, "value.start", "is not a whole number but True"),
        ("value.start", -1, "value.start", "-1 is negative"),
        ("value.end", 5000, "value.end", "5000 is past the text's 80 characters"),
        ("value.end", 27, "value.end", "27 is not after the start, 27"),
        ("value.labels", ["PERSON"], "value.labels", "unknown label 'PERSON'"),
        ("value.labels", [], "value.labels", "is empty"),
        ("value.labels", ["Cue", "Source"], "value.labels", "has 2 labels where one is allowed"),
        ("value.labels", "Cue", "value.labels", "is not a list of strings"),
        ("value.labels", ..., "value.labels", "is missing"),
    ],
)
def test_a_malformed_region_is_named(path: str, value: Any, field: str, reason: str) -> None:
    assert faults(WARNED, broken(TALKS, path, value)) == [(f"result[1].{field}", reason)]


def test_a_number_that_cannot_be_spelled_is_named_all_the_same() -> None:
    end = broken(TALKS, "value.end", 10**5000)
    assert faults(end) == [("result[0].value.end", "a int is past the text's 80 characters")]


@pytest.mark.parametrize(
    ("item", "field", "reason"),
    [
        (answer("a", "speaker", "x", "y"), "value.text", "has 2 answers where one is allowed"),
        (answer("x", "speaker", "y"), "id", "there is no part region 'x' for speaker"),
        (
            broken(answer("a", "speaker", "x"), "value.text", "x"),
            "value.text",
            "is not a list of strings",
        ),
        (answer("a", "entity", "x"), "id", "there is no mention region 'a' for entity"),
        (answer("e", "target", "t", "u"), "value.choices", "has 2 answers where one is allowed"),
        (link("a", "x", "cue"), "to_id", "'x' is no region; relations join parts"),
        (link("a", "e", "because"), "labels", "unknown relation 'because'"),
        (link("a", "c", "cue", "source"), "labels", "has 2 labels where one is allowed"),
        (broken(link("a", "c"), "direction", "up"), "direction", "unknown direction 'up'"),
        (broken(link("a", "c"), "from_id", 5), "from_id", "is not a name"),
        (broken(link("a", "c"), "labels", "cue"), "labels", "is not a list of strings"),
    ],
)
def test_a_malformed_field_or_relation_is_named(item: Item, field: str, reason: str) -> None:
    around = [TALKS, SAID, HURT, *stance("e"), region("m", "GPE", "İzmir"), link("a", "c")]
    if item["type"] == "choices":
        around.remove(answer("e", "target", "t"))
    assert (f"result[{len(around)}].{field}", reason) in faults(*around, item)


@pytest.mark.parametrize(
    ("items", "fault"),
    [
        ((TALKS, TALKS), ("result[1].id", "'a' is the id of another part region")),
        (
            (TALKS, answer("a", "holder", "x")),
            ("result[1]", "Content 'talks 😀 “go on”' (27 to 42) takes no holder"),
        ),
        (
            (TALKS, answer("a", "speaker", "x"), answer("a", "speaker", "x")),
            ("result[2]", "Content 'talks 😀 “go on”' (27 to 42) has a speaker twice"),
        ),
        (
            (TALKS, WARNED, link("a", "b")),
            (
                "result[2].labels",
                "a relation without a label between Content 'talks 😀 “go on”' (27 to 42)"
                " and Content 'that sanctions hurt' (60 to 79)"
                "; choose continuation or parent in the tab Relations",
            ),
        ),
        (
            (TALKS, region("m", "GPE", "İzmir"), link("m", "a", "cue")),
            (
                "result[2]",
                "Content 'talks 😀 “go on”' (27 to 42) is joined to the mention GPE 'İzmir' (16 to 21); "
                "delete that relation, and join it to a part at the same words",
            ),
        ),
        (
            (region("m", "GPE", "İzmir"), link("m", "m")),
            (
                "result[1]",
                "GPE 'İzmir' (16 to 21) is joined with itself; delete that relation",
            ),
        ),
        (
            (TALKS, link("a", "a")),
            (
                "result[1]",
                "Content 'talks 😀 “go on”' (27 to 42) is joined with itself; delete that relation",
            ),
        ),
        (
            (TALKS, SAID, link("a", "c", "source")),
            (
                "result[2].labels",
                "'source' joins Content and Source, not Content 'talks 😀 “go on”' (27 to 42)"
                " and Cue 'said' (22 to 26)",
            ),
        ),
        ((SAID,), ("result[0]", "Cue 'said' (22 to 26) belongs to no quote")),
        ((SHE,), ("result[0]", "Source 'she' (48 to 51) belongs to no quote")),
        (
            (TALKS, SAID, CUE2, link("a", "c"), link("d", "a")),
            (
                "result[0]",
                "Content 'talks 😀 “go on”' (27 to 42) has more than one cue:"
                " Cue 'said' (22 to 26) and Cue 'warned' (52 to 58)",
            ),
        ),
        (
            (HURT, answer("e", "holder", "x")),
            ("result[0]", "Evidence 'sanctions hurt' (65 to 79) has no target and no polarity"),
        ),
        (
            (
                TALKS,
                WARNED,
                link("a", "b", "continuation"),
                answer("a", "speaker", "x"),
                answer("b", "speaker", "y"),
            ),
            (
                "result[4]",
                "Content 'talks 😀 “go on”' (27 to 42) has different answers for speaker:"
                " 'x' and 'y'",
            ),
        ),
        (
            (
                TALKS,
                WARNED,
                region("z", "Content", "she"),
                link("z", "a", "parent"),
                link("z", "b", "parent"),
            ),
            ("result[2]", "Content 'she' (48 to 51) has more than one parent"),
        ),
        (
            (TALKS, WARNED, link("a", "b", "parent", direction="bi")),
            (
                "result[2].direction",
                "'parent' points both ways between Content 'talks 😀 “go on”' (27 to 42)"
                " and Content 'that sanctions hurt' (60 to 79)",
            ),
        ),
    ],
)
def test_what_does_not_fit_together_is_named(
    items: tuple[Item, ...], fault: tuple[str, str]
) -> None:
    assert faults(*items) == [fault]


def test_two_cue_regions_on_the_same_words_are_one_cue() -> None:
    again = {**SAID, "id": "c2"}
    assert read(TALKS, SAID, again, link("a", "c"), link("a", "c2")).quotes[0].cue == at("said")


def test_all_faults_are_reported_at_once_and_none_that_another_explains() -> None:
    unknown = broken(TALKS, "value.labels", ["Quote"])
    found = faults(unknown, answer("a", "speaker", "x"), SAID, link("a", "c"), "nonsense")
    assert found == [
        ("result[4]", "is not an object"),
        ("result[0].value.labels", "unknown label 'Quote'"),
    ]


@pytest.mark.parametrize("result", [None, {}, "", 3, True])
def test_a_result_that_is_no_list_is_refused(result: Any) -> None:
    with pytest.raises(InvalidDocument, match=r"^gazette: result: is not a list$"):
        from_result(article(), result)


# Arbitrary JSON

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(
        ["part", "mention", "Content", "Cue", "relation", "quote-q1", "text", "\udfff"]
    )
)
json_values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "value", "type", "labels", "from_id"]) | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def accepted_or_refused(seed: Document, result: Any) -> None:
    """It is refused as invalid input, or read into a document that goes and comes back."""
    try:
        document = validate(from_result(seed, result))
    except InvalidInput:
        return
    assert from_result(seed, to_result(document)) == document


@given(seeds(), json_values)
def test_arbitrary_json_is_refused_without_a_crash(seed: Document, result: Any) -> None:
    accepted_or_refused(seed, result)
    accepted_or_refused(seed, [result])


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(documents(), st.data())
def test_mutated_results_are_refused_without_a_crash(
    document: Document, data: st.DataObject
) -> None:
    result: Any = to_result(document)
    for _ in range(data.draw(st.integers(1, 4))):
        result = mutated(result, data)
    accepted_or_refused(document.bare(), result)


def mutated(value: Any, data: st.DataObject) -> Any:
    """The value with one thing in it replaced, removed, doubled or exchanged."""
    if not isinstance(value, (list, dict)) or not value or data.draw(st.integers(0, 9)) == 0:
        return data.draw(json_values)
    value = copy.copy(value)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = data.draw(st.sampled_from(keys))
    action = data.draw(st.sampled_from(["enter", "enter", "enter", "remove", "exchange", "double"]))
    if action == "remove":
        del value[key]
    elif action == "exchange":
        other = data.draw(st.sampled_from(keys))
        value[key], value[other] = value[other], value[key]
    elif action == "double" and isinstance(value, list):
        value.append(copy.deepcopy(value[key]))
    else:
        value[key] = mutated(value[key], data)
    return value


# Weight


def test_the_bridge_imports_neither_the_sdk_nor_a_server() -> None:
    program = (
        "import sys, onrecord.annotation.labelstudio.workflow as w, onrecord.corpus.exports.bridge;"
        "heavy = {'label_studio_sdk', 'httpx', 'pandas', 'label_studio', 'urllib.request'};"
        "sys.exit(sorted(heavy & set(sys.modules)) or 0)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
