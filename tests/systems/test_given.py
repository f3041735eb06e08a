"""Layers that a system gets in place of finding them."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import article, corpus, quote, stance

import onrecord
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import encode_documents
from onrecord.exceptions import InvalidInput
from onrecord.systems.given import Given, read_given, supply
from onrecord.systems.run import load_system, run


@pytest.fixture
def gold() -> Corpus:
    document = article("⟦Kari Vold|PERSON|kari-vold⟧ said ⟦Norway|GPE|norway⟧ waits.")
    return corpus(
        document.with_layers(
            quotes=[
                quote(document, "q1", "Norway waits", speaker="kari-vold", utterance="norway-waits")
            ],
            stances=[stance(document, "norway", "quota", "against", "waits")],
        )
    )


def test_what_is_given_leaves_out_what_is_asked(gold: Corpus) -> None:
    (document,) = supply(gold.bare(), read_given(["mentions", "quotes", "stances"], gold))
    assert [(m.label, m.entity) for m in document.mentions] == [("PERSON", None), ("GPE", None)]
    (found,) = document.quotes
    assert (found.speaker, found.utterance) == ("kari-vold", None)
    (pair,) = document.stances
    assert (pair.holder, pair.target, pair.polarity, pair.evidence) == ("norway", "quota", "", ())


def test_only_what_is_asked_for_is_given(gold: Corpus) -> None:
    (document,) = supply(gold.bare(), read_given(["quotes"], gold))
    assert document.quotes
    assert not document.mentions
    assert not document.stances


def test_a_layer_can_come_from_a_file(gold: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_bytes(encode_documents([document.bare() for document in gold], text=False))
    (given,) = read_given([f"mentions={file}"], gold)
    assert (given.layer, given.source) == ("mentions", "mine")
    assert supply(gold.bare(), [given]) == gold.bare()


@pytest.mark.parametrize(
    ("values", "reason"),
    [(["names"], "unknown layer 'names'"), (["quotes", "quotes"], "quotes is given twice")],
)
def test_a_wrong_layer_is_refused(values: list[str], reason: str, gold: Corpus) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read_given(values, gold)


def test_a_system_for_one_layer_builds_on_what_it_gets(gold: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "same.py"
    file.write_text(
        "from onrecord import Mention\n"
        "layers = ('linking',)\n"
        "def predict(document, targets):\n"
        "    linked = [Mention(m.start, m.end, m.label, m.span.of(document.text))\n"
        "              for m in document.mentions]\n"
        "    return document.with_layers(mentions=linked)\n"
    )
    given = read_given(["mentions"], gold)
    output = run(load_system(file), gold, given=given)
    assert output.failures == ()
    scores = onrecord.score(gold, output.documents, given=given)
    assert scores.linking.f1 == 1.0
    assert scores.given == ("mentions=gold",)
    assert scores.answered == {"entities"}
    assert scores.signature.endswith("|given:mentions=gold")


def test_predictions_without_what_they_were_given_are_refused(gold: Corpus) -> None:
    given = [Given("quotes", "gold", gold.documents)]
    assert onrecord.score(gold, gold.documents, given=given).quotes.f1 == 1.0
    with pytest.raises(InvalidInput, match="are not those of gold, which --given says they are"):
        onrecord.score(gold, gold.bare(), given=given)
