"""Agreement of two passes, on examples worked out by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from builders import article, corpus, quote, stance

import onrecord
from onrecord.corpus.files import encode_documents
from onrecord.document import Document, Mention
from onrecord.scoring.agreement import Measure, agreement
from onrecord.scoring.scores import predictions_hash


def figures(one: Document, other: Document) -> dict[str, float | None]:
    found = agreement(corpus(one.bare()), [one], [other])
    return {f"{measure.layer}: {measure.name}": measure.overall for measure in found}


def full() -> Document:
    document = article(
        "⟦Vold|PERSON|kari-vold⟧ said “we go.” ⟦Jónsson|PERSON|einar-jonsson⟧ of "
        "⟦Iceland|GPE|iceland⟧ said that boats wait and wants talks, not the quota."
    )
    quotes = [
        quote(document, "q1", "“we go.”", speaker="kari-vold", utterance="go"),
        quote(document, "q2", "that boats wait", speaker="einar-jonsson", utterance="go"),
    ]
    stances = [
        stance(document, "einar-jonsson", "talks", "favor", "wants talks"),
        stance(document, "einar-jonsson", "quota", "against", "not the quota"),
    ]
    return document.with_layers(quotes=quotes, stances=stances)


def test_a_pass_agrees_with_itself() -> None:
    assert set(figures(full(), full()).values()) == {1.0}


def test_empty_passes_have_no_figures() -> None:
    empty = article("Nothing here.")
    assert set(figures(empty, empty).values()) == {None}


def test_exchanging_the_passes_changes_nothing(gold: onrecord.Corpus) -> None:
    one = gold.documents
    other = tuple(d.with_layers(mentions=d.mentions[::2], quotes=d.quotes[1:]) for d in gold)
    forth, back = agreement(gold, one, other), agreement(gold, other, one)
    for left, right in zip(forth, back, strict=True):
        assert left.overall == pytest.approx(right.overall)
        assert left.documents == pytest.approx(right.documents)


def test_a_mention_of_another_extent_overlaps_and_one_of_another_type_does_not() -> None:
    one = full()
    vold, jonsson, iceland = one.mentions
    wider = Mention(jonsson.start, iceland.end, "PERSON", "einar-jonsson")
    other = one.with_layers(mentions=[Mention(vold.start, vold.end, "ORG", "kari-vold"), wider])
    found = figures(one, other)
    assert found["entities: F1 exact"] == 0.0
    assert found["entities: F1 overlapping"] == pytest.approx(2 * 1 / 5)


def test_alpha_of_types_is_krippendorffs() -> None:
    """Types PPGG against PPGP: o(P,P)=4, o(G,G)=2, o(P,G)=1 each way; n(P)=5, n(G)=3, n=8.

    Observed disagreement 2/8, expected 2·5·3/(8·7) = 30/56: alpha = 1 - (2/8)/(30/56) = 8/15.
    """
    one = article("⟦A|PERSON|a⟧ ⟦B|PERSON|b⟧ ⟦C|GPE|c⟧ ⟦D|GPE|d⟧")
    *same, last = one.mentions
    other = one.with_layers(mentions=[*same, Mention(last.start, last.end, "PERSON", "d")])
    assert figures(one, other)["entities: alpha of types"] == pytest.approx(8 / 15)


def test_alpha_of_tokens_counts_words_inside_contents() -> None:
    """Ten words, 4 inside for one and 3 of these for the other: 3 both in, 1 apart, 6 both out.

    n(in) = 7, n(out) = 13, n = 20: alpha = 1 - (2/20) / (2·7·13/(20·19)) = 1 - .1·380/182.
    """
    document = article("Vold said that the boats wait and then she left")
    one = document.with_layers(quotes=[quote(document, "q", "that the boats wait")])
    other = document.with_layers(quotes=[quote(document, "q", "the boats wait")])
    alpha = figures(one, other)["quotes: alpha of tokens"]
    assert alpha == pytest.approx(1 - 0.1 * 380 / 182)
    assert figures(one, other)["quotes: F1 content exact"] == 0.0
    content = 2 * len("theboatswait") / (len("theboatswait") + len("thattheboatswait"))
    assert figures(one, other)["quotes: F1 content overlapping"] == pytest.approx(content)


def test_entities_new_to_the_registry_are_compared_by_their_names() -> None:
    one = full()
    renamed = {"kari-vold": "new:Kari Vold", "einar-jonsson": "new:Jónsson", "iceland": "new:I"}
    other = one.with_layers(
        mentions=[msgspec.structs.replace(m, entity=renamed[m.entity or ""]) for m in one.mentions],
        quotes=[msgspec.structs.replace(q, speaker=renamed[q.speaker or ""]) for q in one.quotes],
        stances=[msgspec.structs.replace(s, holder=renamed[s.holder]) for s in one.stances],
    )
    assert set(figures(one, other).values()) == {1.0}


def test_the_command_prints_a_row_for_each_figure(gold: onrecord.Corpus, tmp_path: Path) -> None:
    file = tmp_path / "pass.jsonl"
    file.write_bytes(encode_documents(gold.documents, text=False))
    command = [sys.executable, "-W", "error", "-m", "onrecord", "agreement", file, file]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    header, *rows, _, line = done.stdout.splitlines()
    assert header.split() == ["agreement", "all", *gold.by_id]
    linking = next(row for row in rows if row.startswith("linking"))
    assert linking.split()[-6:] == ["1.000"] * 6
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
    answer = msgspec.json.decode(done.stdout)
    assert len(msgspec.convert(answer["measures"], list[Measure])) == len(rows)
    hashed = predictions_hash(gold.documents)[:12]
    assert answer["signature"] == line
    assert line.startswith(f"one:{hashed}|other:{hashed}|docs:5|zones:all|")
    done = subprocess.run([*command, "--markdown"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("| agreement")
