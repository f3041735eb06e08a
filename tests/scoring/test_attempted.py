"""Not attempted is not zero: what scores say of a layer that a system leaves out."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from builders import article, corpus, quote, stance
from command import onrecord_command

import onrecord
from onrecord.corpus.predictions import Predictions
from onrecord.document import LAYERS, Document
from onrecord.scoring.report import score_report


def gazette() -> Document:
    document = article("⟦Vold|PERSON|kari-vold⟧ said that ⟦Oslo|GPE|oslo⟧ should raise it.")
    said = quote(document, "q", "should raise it", speaker="kari-vold", utterance="u")
    favours = stance(document, "kari-vold", "quota", "favor", "should raise it")
    return document.with_layers(quotes=[said], stances=[favours])


GOLD = corpus(gazette())
NAMES = (GOLD.documents[0].with_layers(quotes=[], stances=[]),)
"""A system that finds the names, and nothing else."""


def test_a_layer_in_which_nothing_is_found_is_not_scored_unless_it_is_claimed() -> None:
    unsaid = onrecord.score(GOLD, NAMES)
    assert unsaid.layers == ("entities", "linking")
    assert not unsaid.declared
    assert [unsaid[layer].f1 for layer in LAYERS] == [1.0, 1.0, None, None, None]
    claimed = onrecord.score(GOLD, NAMES, layers=["entities", "quotes", "stances"])
    assert claimed.declared
    assert [claimed[layer].f1 for layer in LAYERS] == [1.0, None, 0.0, None, 0.0]
    assert onrecord.score(GOLD, Predictions(NAMES, ["entities", "quotes", "stances"])) == claimed


def test_what_is_not_attempted_has_no_figure_and_keeps_its_table() -> None:
    scores = onrecord.score(GOLD, NAMES, also=True)
    quotes = scores.quotes
    assert (quotes.f1, quotes.precision, quotes.recall, quotes.interval) == (None,) * 4
    assert quotes.table.documents == ("gazette",)
    assert {figure.layer for figure in scores.also} == {"entities", "linking"}
    plain = scores.to_dict()
    assert plain["quotes"]["f1"] is None
    assert plain["layers"] == ("entities", "linking")
    assert repr(scores).startswith("Scores(entities 1.000, linking 1.000, quotes –, utterances –, ")


def test_what_was_said_does_not_change_what_was_predicted() -> None:
    scores = [onrecord.score(GOLD, NAMES), onrecord.score(GOLD, NAMES, layers=LAYERS)]
    assert scores[0].predictions == scores[1].predictions
    assert scores[0].signature == scores[1].signature
    assert scores[0].entities == scores[1].entities


def test_the_output_of_a_run_is_scored_by_what_its_system_says(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    body = "def predict(document, targets):\n    return document\n"
    file.write_text("layers = ('quotes',)\n" + body)
    output = onrecord.run(file, GOLD)
    scores = onrecord.score(GOLD, output)
    assert scores == onrecord.score(GOLD, output.documents)
    assert (scores.quotes.f1, scores.stances.f1) == (0.0, None)
    both = onrecord.compare(GOLD, {"gold": GOLD.documents, "mine": output})
    assert both.layers["quotes"].f1 == {"gold": 1.0, "mine": 0.0}
    assert both.layers["stances"].f1 == {"gold": 1.0, "mine": None}


def test_the_report_says_why_there_is_no_score_and_how_to_have_one() -> None:
    unsaid = score_report("mine", onrecord.score(GOLD, NAMES))
    assert "quotes: not attempted, since no document has one\n" in unsaid
    assert "utterances: not attempted, since no quote has one\n" in unsaid
    assert "to have one scored as 0 all the same, declare layers (docs/predictions.md)" in unsaid
    said = score_report("mine", onrecord.score(GOLD, NAMES, layers=["entities"]))
    assert "linking, quotes, utterances, stances: not attempted, as the predictions say\n" in said
    assert "since" not in said
    all = score_report("mine", onrecord.score(GOLD, NAMES, layers=LAYERS))
    assert "not attempted" not in all
    (row,) = [line.split() for line in unsaid.splitlines() if line.startswith("gazette")]
    assert row == ["gazette", "2/2/2", "2/2/2", "–", "–", "–"]


@pytest.fixture
def names_only(root: Path, tmp_path: Path) -> Path:
    """A published prediction without quotes and stances, as files were written before."""
    file = tmp_path / "names.jsonl"
    gold = onrecord.load(root)
    onrecord.save([d.with_layers(quotes=[], stances=[]) for d in gold], file)
    return file


def test_score_shows_the_layers_that_are_asked_for(names_only: Path) -> None:
    done = onrecord_command(
        "score", names_only, "--layer", "quotes", "--layer", "entities", "--also"
    )
    assert (done.returncode, done.stderr) == (0, "")
    first_cells = [line.split()[0] for line in done.stdout.splitlines() if line]
    assert "linking" not in done.stdout
    assert first_cells[1:4] == ["layer", "entities", "quotes"]
    assert "quotes: not attempted, since no document has one" in done.stdout
    arguments = ("--layer", "quotes", "--by", "document", "--by", "form", "--json")
    answer = msgspec.json.decode(onrecord_command("score", names_only, *arguments).stdout)
    (result,) = answer["results"]
    assert set(result["scores"]) & set(LAYERS) == {"quotes"}
    assert result["scores"]["quotes"]["f1"] is None
    assert result["by"] == {"document": [], "form": []}
    refused = onrecord_command("score", names_only, "--layer", "names")
    assert refused.returncode == 2
    assert "invalid choice: 'names'" in refused.stderr


def test_a_part_of_a_layer_that_is_not_attempted_is_not_shown(names_only: Path) -> None:
    done = onrecord_command("score", names_only, "--by", "document", "--by", "form")
    assert (done.returncode, done.stderr) == (0, "")
    (head,) = [line for line in done.stdout.splitlines() if line.startswith("document")]
    assert head.split() == ["document", "entities", "linking"]


def test_compare_shows_the_layers_that_are_asked_for(root: Path, names_only: Path) -> None:
    gold = names_only.with_name("gold.json")
    shutil.copy(root / "annotation" / "exports" / "gold.json", gold)
    done = onrecord_command("compare", names_only, gold, "--layer", "quotes")
    assert (done.returncode, done.stderr) == (0, "")
    first, *_ = done.stdout.split("\n\n")
    assert [line.split()[:2] for line in first.splitlines()] == [
        ["quotes", "F1"], ["gold", "1.000"], ["names", "–"],
    ]  # fmt: skip
    assert "–: not attempted" in done.stdout
    json = onrecord_command("compare", names_only, gold, "--layer", "quotes", "--json").stdout
    (layer,) = msgspec.json.decode(json)["comparison"]["layers"].items()
    assert layer == (
        "quotes",
        {"f1": {"gold": 1.0, "names": None}, "leader": "gold", "pairs": [],
         "ranks": {"gold": {"best": 1, "worst": 1}}},
    )  # fmt: skip
