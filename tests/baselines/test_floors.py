"""The floors of what is only remembered: they give what the other articles have, and nothing of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import REGISTRY, TARGETS, article, quote, stance, write_gold

from onrecord import Corpus, Document, Registry
from onrecord.systems.run import load_system, run

BASELINES = Path(__file__).parents[2] / "baselines"


@pytest.fixture
def articles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """Three articles; what the third says is in none of the others."""
    monkeypatch.setenv("ONRECORD_ROOT", str(tmp_path))
    one = article("⟦Kari Vold|PERSON|vold⟧ said the boats would stay in ⟦Oslo|GPE|norway⟧.", "one")
    one = one.with_layers(
        quotes=[quote(one, "q1", "the boats would stay in Oslo", cue="said", speaker="vold")],
        stances=[
            stance(one, "vold", "quota", "favor", "said"),
            stance(one, "norway", "talks", "against", "Oslo"),
        ],
    )
    two = article("⟦Oslo|GPE|norway⟧ waits. ⟦Vold|PERSON|vold⟧ said “no boats”.", "two")
    two = two.with_layers(
        stances=[
            stance(two, "vold", "quota", "favor", "“no boats”"),
            stance(two, "norway", "quota", "against", "waits"),
        ]
    )
    three = article("Kari Vold said that Oslo would wait. Hamar agrees.", "three")
    gold = Corpus((one, two, three), Registry(REGISTRY), TARGETS)
    write_gold(tmp_path, gold)
    return gold


def read(name: str, gold: Corpus) -> dict[str, Document]:
    output = run(load_system(BASELINES / f"{name}.py"), gold)
    assert output.failures == ()
    return {document.id: document for document in output.documents}


def test_names_of_the_others_are_found_again_with_their_type_and_entity(articles: Corpus) -> None:
    three = read("repeat", articles)["three"]
    assert [(m.of(three.text), m.label, m.entity) for m in three.mentions] == [
        ("Kari Vold", "PERSON", "vold"),
        ("Oslo", "GPE", "norway"),
    ]


def test_a_quote_is_what_follows_a_cue_of_the_others(articles: Corpus) -> None:
    (found,) = read("repeat", articles)["three"].quotes
    text = articles["three"].text
    assert [span.of(text) for span in found.content] == ["that Oslo would wait"]
    assert found.speaker == "vold"


def test_all_stances_of_the_others_are_repeated_whatever_the_article_says(articles: Corpus) -> None:
    three = read("repeat", articles)["three"]
    assert sorted((s.holder, s.target, s.polarity) for s in three.stances) == [
        ("norway", "quota", "against"),
        ("norway", "talks", "against"),
        ("vold", "quota", "favor"),
    ]


def test_nothing_of_an_articles_own_annotation_is_repeated(articles: Corpus) -> None:
    one = read("repeat", articles)["one"]
    assert ("norway", "talks") not in {(s.holder, s.target) for s in one.stances}
    assert "Kari Vold" not in {m.of(one.text) for m in one.mentions}  # the other article has "Vold"


def test_priors_guess_the_commonest_holder_and_polarity_of_each_target(articles: Corpus) -> None:
    found = read("priors", articles)
    assert sorted((s.holder, s.target, s.polarity) for s in found["three"].stances) == [
        ("norway", "talks", "against"),
        ("vold", "quota", "favor"),
    ]
    assert [(s.target, s.polarity) for s in found["one"].stances] == [("quota", "against")]


def test_stances_on_targets_that_there_are_not_are_left_out(articles: Corpus) -> None:
    other = Corpus(articles.documents[2:], articles.registry, TARGETS[:1])
    found = read("repeat", other)["three"].stances
    assert {s.target for s in found} == {TARGETS[0].id}
