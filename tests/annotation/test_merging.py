"""Merging: what annotators called new gets the ids of the registry."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from builders import article, quote, stance

import onrecord
from onrecord.annotation.merging import merge, near_warnings
from onrecord.cli import main as cli
from onrecord.corpus.corpus import Corpus, load_articles
from onrecord.corpus.layers import read_layers
from onrecord.corpus.registry import Entity, Registry
from onrecord.exceptions import InvalidInput
from onrecord.scoring.scores import score

REGISTRY = Registry(
    [
        Entity(id="turkey", name="Turkey", label="GPE", aliases=("Turkish", "Ankara"), actor=True),
        Entity(id="ankara", name="Ankara", label="GPE"),
        Entity(id="sky-news", name="Sky News", label="ORG", aliases=("the channel",)),
        Entity(id="sky", name="Sky", label="ORG", aliases=("the channel",)),
    ]
)
TEXT = "⟦Türkiye|GPE|new:Turkey⟧ and ⟦Ankara|GPE|new:Ankara⟧ told ⟦the Turkish|NORP|new:them⟧ of ⟦Ünal|PERSON|new:Ünal⟧."


def test_a_new_entity_is_found_by_its_name_then_by_its_mentions() -> None:
    document = article(TEXT)
    document = document.with_layers(
        quotes=[quote(document, "q1", "of Ünal", cue="told", speaker="new:Turkey")],
        stances=[stance(document, "new:Ünal", "t", "favor", "told")],
    )
    merged = merge([document], REGISTRY)
    assert merged.found == {"new:Turkey": "turkey", "new:Ankara": "ankara", "new:them": "turkey"}
    (made,) = merged.documents
    assert [m.entity for m in made.mentions] == ["turkey", "ankara", "turkey", "new:Ünal"]
    assert made.quotes[0].speaker == "turkey"
    assert made.stances[0].holder == "new:Ünal"
    assert merged.proposed == (
        Entity(id="unal", name="Ünal", label="PERSON", aliases=("Ünal",), actor=True),
    )
    assert merged.unknown == ("new:Ünal",)
    assert merge(merged.documents, Registry([*REGISTRY, *merged.proposed])).proposed == ()


def test_a_name_of_two_entities_is_of_neither_until_it_is_said() -> None:
    document = article("⟦The channel|ORG|new:the channel⟧ reported.")
    merged = merge([document], REGISTRY)
    assert merged.found == {}
    assert merged.documents == (document,)
    assert [entity.id for entity in merged.proposed] == ["channel"]
    said = merge([document], REGISTRY, {"new:the channel": "sky"})
    assert [m.entity for m in said.documents[0].mentions] == ["sky"]


def test_a_new_name_like_one_of_the_registry_is_told_as_a_slip_perhaps() -> None:
    text = "⟦They|GPE|new:turky⟧ told ⟦Ankara|GPE|new:Ankara⟧ of ⟦Ünal|PERSON|new:Ünal⟧."
    document = article(text)
    document = document.with_layers(
        quotes=[quote(document, "q1", "of Ünal", cue="told", speaker="new:turky")]
    )
    (told,) = near_warnings([document], REGISTRY)
    assert told.document == document.id
    assert told.reason == (
        "'new:turky' of 'They' is no entity of the registry; did you mean turkey (Turkey)?"
    )


def test_ordinary_new_names_are_not_told(gold: onrecord.Corpus) -> None:
    names = ["Italy", "Spain", "Austria", "Senate", "Sputnik", "F-15", "Nikos Dendias", "Mali"]
    text = " ".join(f"⟦{name}|GPE|new:{name}⟧" for name in names)
    assert list(near_warnings([article(text)], gold.registry)) == []


def test_of_what_is_said_nothing_is_told() -> None:
    document = article("⟦They|GPE|new:turky⟧ left.")
    assert list(near_warnings([document], REGISTRY, {"new:turky": "turkey"})) == []


def test_new_names_that_are_alike_or_found_by_words_alone_are_told() -> None:
    text = "⟦Ünal Dendias|PERSON|new:Ünal Dendas⟧ left ⟦Turkey|GPE|new:Turkei⟧ and ⟦Oslo|GPE|new:Oslo⟧."
    document = article(text)
    document = document.with_layers(
        stances=[stance(document, "new:Ünal Dendias", "t", "favor", "left")]
    )
    assert [told.reason for told in near_warnings([document], REGISTRY)] == [
        "'new:Turkei' of 'Turkey' is taken for turkey (Turkey) by the words that are marked, not by "
        "its name",
        "'new:Ünal Dendas' of 'Ünal Dendias' and 'new:Ünal Dendias' are alike; are they one entity?",
    ]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"new:x": "sky"}, "--is: 'new:x' is not used"),
        ({"new:the channel": "moon"}, "--is: 'moon' is not in the registry"),
    ],
)
def test_what_is_said_must_be_there(said: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        merge([article("⟦The channel|ORG|new:the channel⟧ reported.")], REGISTRY, said)


def test_a_published_pass_gets_the_ids_of_the_gold(
    root: Path,
    gold: Corpus,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The passes were made without the registry; merged, their names are the gold's own."""
    monkeypatch.setenv("ONRECORD_ROOT", str(root))
    export = tmp_path / "annotator-1.json"
    shutil.copy(root / "annotation" / "exports" / "annotator-1.json", export)
    assert cli.main(["annotate", "merge", str(export)]) == 0
    said = capsys.readouterr().out
    assert "new:Ankara is ankara\n" in said
    documents = read_layers(export, load_articles(root))
    used = {mention.entity for document in documents for mention in document.mentions}
    assert used - {None} == {m.entity for document in gold for m in document.mentions} - {None}
    assert score(gold, documents).linking.f1 == 1.0
    before = export.read_bytes()
    assert cli.main(["annotate", "merge", str(export)]) == 0
    assert export.read_bytes() == before


def test_what_is_in_no_registry_is_proposed_and_ends_in_status_1(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("seeds", "annotation"):
        shutil.copytree(root / name, tmp_path / name)
    registry = tmp_path / "annotation" / "registry.jsonl"
    lines = registry.read_text("utf-8").splitlines(keepends=True)
    (reddit,) = [line for line in lines if '"id":"reddit"' in line]
    registry.write_text("".join(line for line in lines if line != reddit), "utf-8")
    monkeypatch.setenv("ONRECORD_ROOT", str(tmp_path))
    export = str(tmp_path / "annotation" / "exports" / "annotator-1.json")
    for command in (["agreement", export, export], ["annotate", "conflicts", export, export]):
        assert cli.main(command) == 0
        assert capsys.readouterr().err.startswith("not in the registry, so nobody: new:Reddit; ")
    assert cli.main(["annotate", "merge", export]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[-2].startswith("1 name no entity of the registry, or several.")
    proposed = json.loads(said[-1])
    assert proposed["id"] == "reddit"
    with registry.open("a", encoding="utf-8") as file:
        file.write(said[-1] + "\n")
    assert cli.main(["annotate", "merge", export]) == 0
    assert '"new:' not in Path(export).read_text("utf-8")
