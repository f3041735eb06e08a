"""Disagreements of two passes: each is listed once, and nothing else is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from builders import article, quote, stance

import onrecord
from onrecord.annotation.conflicts import Conflict, find_conflicts, find_differences, is_like
from onrecord.annotation.drafts import locate
from onrecord.corpus.files import encode_documents
from onrecord.document import Document, Mention, Span


def one() -> Document:
    document = article(
        "⟦Vold|PERSON|vold⟧ said “we go.” ⟦Jónsson|PERSON|jonsson⟧ of ⟦Iceland|GPE|iceland⟧ "
        "said that boats wait. ⟦Vold|PERSON|vold⟧ wants talks."
    )
    quotes = [
        quote(document, "q1", "“we go.”", speaker="vold"),
        quote(document, "q2", "that boats wait", speaker="jonsson", utterance="boats-wait"),
    ]
    stances = [stance(document, "vold", "talks", "favor", "wants talks")]
    return document.with_layers(quotes=quotes, stances=stances)


def renamed(document: Document) -> Document:
    """The same pass by an annotator who calls everything otherwise."""

    def new(id: str | None) -> str | None:
        return id and f"new:{id}"

    return document.with_layers(
        mentions=[msgspec.structs.replace(m, entity=new(m.entity)) for m in document.mentions],
        quotes=[
            msgspec.structs.replace(
                q, id=f"x{q.id}", speaker=new(q.speaker), utterance=q.utterance and "waiting-boats"
            )
            for q in document.quotes
        ],
        stances=[msgspec.structs.replace(s, holder=f"new:{s.holder}") for s in document.stances],
    )


def listed(left: Document, right: Document) -> list[tuple[str, str, str | None, str | None]]:
    return [(c.layer, c.field, c.one, c.other) for c in find_conflicts([left], [right])]


def located(words: str) -> Span:
    return locate(words, one().text)


def test_other_ids_for_the_same_are_no_conflict() -> None:
    assert listed(one(), one()) == []
    assert listed(one(), renamed(one())) == []


def test_two_ids_of_the_registry_are_never_the_same() -> None:
    document = one()
    vold, jonsson, iceland, again = document.mentions
    other = document.with_layers(
        mentions=[
            vold,
            jonsson,
            Mention(iceland.start, iceland.end, "GPE", "reykjavik"),
            again,
        ]
    )
    assert listed(document, other) == []
    (found,) = find_conflicts([document], [other], shared={"iceland", "reykjavik"})
    assert (found.field, found.one, found.other) == ("entity", "iceland", "reykjavik")
    assert find_conflicts([document], [other], shared={"iceland"}) == ()


def test_a_mention_that_one_pass_lacks_or_types_or_links_otherwise() -> None:
    vold, _, iceland, again = one().mentions
    other = one().with_layers(
        mentions=[
            Mention(vold.start, vold.end, "ORG", "vold"),
            Mention(iceland.start, iceland.end, "GPE", "iceland"),
            Mention(again.start, again.end, "PERSON", "jonsson"),
        ]
    )
    assert listed(one(), other) == [
        ("mention", "label", "PERSON", "ORG"),
        ("mention", "item", "PERSON jonsson", None),
        ("mention", "entity", "vold", "jonsson"),
    ]


@pytest.mark.parametrize(
    ("field", "change", "versions"),
    [
        ("speaker", {"speaker": "iceland"}, ("jonsson", "iceland")),
        ("utterance", {"utterance": None}, ("boats-wait", None)),
        ("cue", {"cue": located("Iceland said")}, (None, "Iceland said")),
        ("content", {"content": (located("boats wait"),)}, ("that boats wait", "boats wait")),
    ],
)
def test_a_field_of_a_quote(
    field: str, change: dict[str, object], versions: tuple[str | None, str | None]
) -> None:
    first, second = one().quotes
    other = one().with_layers(quotes=[first, msgspec.structs.replace(second, **change)])
    assert listed(one(), other) == [("quote", field, *versions)]


def test_a_quote_or_stance_that_one_pass_lacks() -> None:
    document = one()
    other = document.with_layers(quotes=document.quotes[1:], stances=[])
    assert listed(document, other) == [
        ("quote", "item", "vold: “we go.”", None),
        ("stance", "item", "vold favor talks", None),
    ]
    assert listed(other, document) == [
        ("quote", "item", None, "vold: “we go.”"),
        ("stance", "item", None, "vold favor talks"),
    ]


def test_a_stance_of_another_polarity_or_evidence() -> None:
    document = one()
    against = document.with_layers(stances=[stance(document, "vold", "talks", "against", "talks")])
    assert listed(document, against) == [
        ("stance", "evidence", "vold favor talks: wants talks", "vold against talks: talks"),
        ("stance", "polarity", "vold favor talks", "vold against talks"),
    ]


def test_every_change_to_the_gold_is_found(gold: onrecord.Corpus) -> None:
    assert find_conflicts(gold.documents, gold.documents) == ()
    for document in gold:
        for index in range(len(document.quotes)):
            fewer = document.quotes[:index] + document.quotes[index + 1 :]
            other = document.with_layers(quotes=fewer)
            items = [c for c in find_conflicts([document], [other]) if c.field == "item"]
            assert len(items) == 1


def test_the_command_lists_them_and_writes_them(gold: onrecord.Corpus, tmp_path: Path) -> None:
    changed = [d.with_layers(stances=d.stances[1:]) for d in gold]
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for file, documents in zip(files, (gold.documents, changed), strict=True):
        file.write_bytes(encode_documents(documents, text=False))
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "onrecord",
        "annotate",
        "conflicts",
        *files,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("5 conflicts\n")
    assert done.stdout.count("stance.item") == 5
    output = tmp_path / "conflicts.jsonl"
    subprocess.run([*command, "-o", output], capture_output=True, check=True)
    lines = output.read_bytes().splitlines()
    assert [msgspec.json.decode(line, type=Conflict).layer for line in lines] == ["stance"] * 5


def test_a_quote_that_is_not_agreed_on_says_what_else_is() -> None:
    document = one()
    vold, jonsson = document.quotes
    said = Span(located("Vold said").start + 5, located("Vold said").end)
    whole = msgspec.structs.replace(vold, cue=said, utterance="we-go")
    bare = (Span(vold.content[0].start + 1, vold.content[0].end - 1),)
    shorter = msgspec.structs.replace(whole, content=bare, utterance="going")
    left, right = (document.with_layers(quotes=[quote, jonsson]) for quote in (whole, shorter))
    (found,) = find_differences([left], [right])
    assert found.conflict.field == "content"
    # the utterance is called otherwise, but no other field differs
    assert found.rest == {"cue": "said", "speaker": "vold"}
    (gone,) = find_differences([left], [left.with_layers(quotes=[jonsson])])
    assert gone.rest == {"cue": "said", "speaker": "vold", "utterance": "we-go"}


def test_a_stance_of_another_holder_is_like_the_one_that_the_other_pass_has() -> None:
    document = one()
    theirs = [
        stance(document, "iceland", "talks", "favor", "wants talks"),
        stance(document, "jonsson", "boats", "favor", "wants talks"),
    ]
    found = find_differences([document], [document.with_layers(stances=theirs)])
    (mine,) = (one for one in found if one.one is not None)
    like = [one.conflict.other for one in found if is_like(mine, one)]
    assert like == ["iceland favor talks"]
    assert len(found) == 3
    assert not is_like(mine, mine)
