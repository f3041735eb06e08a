"""A system that gives the gold back has no row, and one that is good has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

import onrecord
from onrecord import Corpus, Document, Mention, Predictions
from onrecord.corpus.predictions import encode_predictions
from onrecord.exceptions import OnRecordError
from onrecord.leaderboard.board import standings
from onrecord.leaderboard.own import EVIDENT, require_own
from onrecord.leaderboard.probes import evaluate_on_probes
from onrecord.leaderboard.results import evaluate, read_submission, rescore
from onrecord.systems.given import read_given
from onrecord.systems.loading import System, load_system

COPIES = """
import onrecord
def predict(document, targets):
    return onrecord.load(renamed={renamed})[document.id]
"""
PART = """
import onrecord
def predict(document, targets):
    gold = onrecord.load()[document.id]
    return document.with_layers({layer}=gold.{layer})
"""


def system(tmp_path: Path, code: str, extra: str = "") -> System:
    path = tmp_path / "mine.py"
    path.write_text(f"{extra}\n{code}", encoding="utf-8")
    return load_system(path)


@pytest.mark.parametrize("renamed", [False, True])
def test_a_system_that_gives_the_gold_back_has_no_row(
    renamed: bool, tmp_path: Path, root: Path
) -> None:
    corpus = onrecord.load(root, renamed=renamed)
    with pytest.raises(OnRecordError, match=r"is the gold to the byte, .*row refused") as caught:
        evaluate(system(tmp_path, COPIES.format(renamed=renamed)), corpus, root)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("layer", ["mentions", "quotes", "stances"])
def test_neither_has_one_that_gives_one_layer_of_it_back(
    layer: str, tmp_path: Path, gold: Corpus, root: Path
) -> None:
    with pytest.raises(OnRecordError, match="row refused"):
        evaluate(system(tmp_path, PART.format(layer=layer)), gold, root)


def test_the_gold_is_found_under_other_ids_of_quotes_and_in_another_order(gold: Corpus) -> None:
    shuffled = [
        document.with_layers(
            mentions=document.mentions[::-1],
            quotes=[
                msgspec.structs.replace(q, id=f"x{q.id}", parent=q.parent and f"x{q.parent}")
                for q in reversed(document.quotes)
            ],
        )
        for document in gold
    ]
    with pytest.raises(OnRecordError, match="row refused"):
        require_own(shuffled, gold.documents)


def test_documents_on_which_it_failed_hide_nothing(
    tmp_path: Path, gold: Corpus, root: Path
) -> None:
    fails = COPIES.format(renamed=False).replace(
        "    return", "    assert document.id != 'rt'\n    return"
    )
    with pytest.raises(OnRecordError, match="row refused"):
        evaluate(system(tmp_path, fails), gold, root)


def test_on_probes_too(tmp_path: Path, root: Path) -> None:
    code = "import onrecord\nGOLD = onrecord.load_probes().corpus\n" + (
        "def predict(document, targets):\n    return GOLD[document.id]\n"
    )
    with pytest.raises(OnRecordError, match="row refused"):
        evaluate_on_probes(system(tmp_path, code), onrecord.load_probes(root), root)


def test_what_says_that_it_reads_the_gold_is_shown_and_not_ranked(
    tmp_path: Path, gold: Corpus, root: Path
) -> None:
    reader = system(tmp_path, COPIES.format(renamed=False), "reads_gold = True")
    result, documents = evaluate(reader, gold, root)
    assert documents == gold.documents
    [standing] = standings([result])
    assert (standing.title, standing.results) == (
        "Not ranked: these read the gold they are scored on",
        (result,),
    )


def test_saved_predictions_are_looked_at_too(tmp_path: Path, gold: Corpus, root: Path) -> None:
    path = tmp_path / "saved.jsonl"
    path.write_bytes(encode_predictions(Predictions(gold.documents)))
    with pytest.raises(OnRecordError, match="row refused"):
        rescore(path, read_submission(path.with_suffix(".toml")), gold, root)
    path.with_suffix(".toml").write_text('description = "the gold"\nreference = "gold"\n')
    result, _ = rescore(path, read_submission(path.with_suffix(".toml")), gold, root)
    assert result.reference == "gold"


# -- what has a row --------------------------------------------------------------------------------


def changed(gold: Corpus) -> list[Document]:
    """The gold without one mention."""
    first, *rest = gold
    return [first.with_layers(mentions=first.mentions[1:]), *rest]


def test_one_other_item_is_enough(gold: Corpus) -> None:
    require_own(changed(gold), gold.documents)


def tiny(number: int, entity: str | None = None, label: str = "GPE") -> Sequence[Document]:
    """Documents of one mention each."""
    from builders import article

    marked = f"⟦Oslo|{label}|{entity}⟧ met." if entity else f"⟦1999|{label}⟧ it was."
    return [article(marked, f"d{n}") for n in range(number)]


def test_a_small_corpus_may_be_all_right() -> None:
    few, many = (tiny(number, "oslo") for number in (EVIDENT - 1, EVIDENT))
    require_own(few, few)
    with pytest.raises(OnRecordError):
        require_own(many, many)


def test_values_alone_may_be_all_right() -> None:
    documents = tiny(200, label="DATE")
    assert isinstance(documents[0].mentions[0], Mention)
    require_own(documents, documents)


def test_a_layer_of_few_items_may_be_all_right(gold: Corpus) -> None:
    few = [
        document.with_layers(mentions=(), quotes=document.quotes[:2], stances=())
        for document in gold
    ]
    require_own(few, few)


def test_given_layers_prove_nothing(gold: Corpus) -> None:
    with_quotes = [document.with_layers(mentions=(), stances=()) for document in gold]
    require_own(with_quotes, gold.documents, given=read_given(["quotes"], gold))


def test_nothing_found_is_not_the_gold() -> None:
    empty = [document.bare() for document in tiny(60)]
    require_own(empty, empty)


def test_reads_gold_is_true_or_false(tmp_path: Path) -> None:
    with pytest.raises(onrecord.SystemFailure, match="reads_gold: neither True nor False"):
        system(tmp_path, "def predict(document, targets):\n    return document", "reads_gold = 1")
