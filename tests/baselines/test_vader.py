"""VADER's polarity of given stance pairs, on invented text."""

from __future__ import annotations

from pathlib import Path

from builders import article, corpus, stance

import onrecord
from onrecord import Stance
from onrecord.annotation.drafts import Words
from onrecord.document import Document
from onrecord.systems.files import import_file
from onrecord.systems.given import read_given
from onrecord.systems.run import load_system, run

FILE = Path(__file__).parents[2] / "baselines" / "vader.py"


def filled(document: Document, *pairs: tuple[str, str], polarity: str = "mixed") -> list[Stance]:
    """The stances that the system makes of pairs of holder and target."""
    words = Words(document.text.split()[0], occurrence=1)
    stances = [stance(document, holder, target, polarity, words) for holder, target in pairs]
    gold = corpus(document.with_layers(stances=stances))
    given = read_given(["stances"], gold)
    output = run(load_system(FILE), gold, given=given)
    assert output.failures == ()
    assert onrecord.score(gold, output.documents, given=given).stances.f1 == 0.0  # never mixed
    return list(output.documents[0].stances)


def evidence(document: Document, found: Stance) -> list[str]:
    return [span.of(document.text) for span in found.evidence]


def test_polarity_is_the_sign_of_the_sentence_that_names_the_holder() -> None:
    document = article(
        "Boats left. Kari Vold praised the excellent cod quota. Jónsson called it a terrible mistake."
    )
    found = {
        s.holder: s for s in filled(document, ("kari-vold", "quota"), ("einar-jonsson", "quota"))
    }
    assert found["kari-vold"].polarity == "favor"
    assert found["einar-jonsson"].polarity == "against"
    assert evidence(document, found["kari-vold"]) == ["Kari Vold praised the excellent cod quota."]
    assert evidence(document, found["einar-jonsson"]) == ["Jónsson called it a terrible mistake."]


def test_of_the_holders_sentences_that_with_most_words_of_the_target_counts() -> None:
    document = article("Vold smiled, happy and proud. Vold condemned the awful cod quota.")
    (found,) = filled(document, ("kari-vold", "quota"))
    assert evidence(document, found) == ["Vold condemned the awful cod quota."]
    assert found.polarity == "against"


def test_without_a_sentence_of_the_holder_all_count() -> None:
    document = article("Boats left. The town hates the cod quota.")
    (found,) = filled(document, ("norway", "quota"))
    assert evidence(document, found) == ["The town hates the cod quota."]
    assert found.polarity == "against"


def test_a_neutral_sentence_is_favor() -> None:
    document = article("Norway has a cod quota.")
    assert [s.polarity for s in filled(document, ("norway", "quota"))] == ["favor"]


def test_sentences_end_at_stops_lines_and_zones_but_not_after_titles() -> None:
    document = article("Mr. Vold left. “No.” Boats wait\nHe has 3.5 boats today", promo="today")
    found = import_file(FILE).sentences(document)
    assert [span.of(document.text) for span in found] == [
        "Mr. Vold left.",
        "“No.”",
        "Boats wait",
        "He has 3.5 boats",
        "today",
    ]


def test_without_pairs_there_is_nothing_to_say() -> None:
    gold = corpus(article("Norway has a cod quota."))
    output = run(load_system(FILE), gold)
    assert output.failures == ()
    assert output.documents[0].stances == ()
