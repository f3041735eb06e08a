"""What predictions say that their system attempts: written, read, and left unsaid."""

from __future__ import annotations

import copy
import pickle
import random
from pathlib import Path

import pytest
from builders import article, corpus, quote, stance
from hypothesis import given
from hypothesis import strategies as st
from strategies import documents

import onrecord
from onrecord.corpus.corpus import read_predictions
from onrecord.corpus.files import encode_documents, write
from onrecord.corpus.predictions import Predictions, encode_predictions, evident_layers
from onrecord.document import LAYERS, Document
from onrecord.scoring.scores import predictions_hash

ONE = article("⟦Vold|PERSON|v⟧ said “we go” on ⟦Monday|DATE⟧.", "one")
ONE = ONE.with_layers(quotes=[quote(ONE, "q", "“we go”", cue="said", speaker="v")])
TWO = article("Oslo waits.", "two")
CORPUS = corpus(ONE.bare(), TWO.bare())
SAID = encode_documents([ONE, TWO], text=False, layers=("entities", "quotes"))
UNSAID = encode_documents([ONE, TWO], text=False)

layers = st.lists(st.sampled_from(LAYERS), min_size=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "preds.jsonl"


def test_a_file_says_in_every_line_what_its_system_attempts(path: Path) -> None:
    onrecord.save([ONE, TWO], path, layers=["quotes", "entities", "quotes"])
    assert path.read_bytes() == SAID
    assert SAID.count(b',"layers":["entities","quotes"],') == 2
    read = onrecord.read(path, CORPUS)
    assert read == (ONE, TWO)
    assert read.layers == read.attempted == ("entities", "quotes")
    assert repr(read) == "Predictions(2 documents: entities, quotes)"


def test_a_file_that_says_nothing_is_read_as_before(path: Path) -> None:
    onrecord.save([ONE, TWO], path)
    assert path.read_bytes() == UNSAID
    read = onrecord.read(path, CORPUS)
    assert read == (ONE, TWO)
    assert read.layers is None
    assert read.attempted == ("entities", "linking", "quotes")


def test_lines_may_be_shuffled_and_put_together_from_shards(path: Path) -> None:
    shards = [encode_predictions(Predictions([one], ["entities", "quotes"])) for one in (TWO, ONE)]
    write(path, b"".join(shards))
    read = read_predictions(path, CORPUS)
    assert (read, read.layers) == ((ONE, TWO), ("entities", "quotes"))
    lines = SAID.splitlines(keepends=True)
    random.Random(0).shuffle(lines)
    write(path, b"".join(lines).replace(b'["entities","quotes"]', b'["quotes","entities"]', 1))
    assert read_predictions(path, CORPUS).layers == ("entities", "quotes")


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (
            b'["entities"]',
            "2: two: layers: entities, but in line 1 entities, quotes; every line must say the same",
        ),
        (
            b"null",
            "2: two: layers: not there, but in line 1 entities, quotes; every line must say the same",
        ),
        (b"[]", "2: layers: is empty"),
        (b'["names"]', "2: layers: unknown layer 'names' (known: entities, linking, quotes, "),
        (b'"entities"', "2: two: layers: Expected `array | null`, got `str`"),
    ],
)
def test_a_file_whose_lines_differ_is_refused_in_one_line(
    path: Path, second: bytes, reason: str
) -> None:
    first, other = SAID.splitlines(keepends=True)
    write(path, first + other.replace(b'["entities","quotes"]', second))
    with pytest.raises(onrecord.InvalidInput) as refused:
        read_predictions(path, CORPUS)
    assert str(refused.value).startswith(f"{path}:{reason}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("entities", "layers: not a list of layers"),
        ([], "layers: is empty"),
        (["entities", "names"], "layers: unknown layer 'names'"),
    ],
)
def test_what_is_no_list_of_layers_is_refused(wrong: list[str], reason: str, path: Path) -> None:
    for use in (
        lambda: Predictions([ONE, TWO], wrong),
        lambda: onrecord.save([ONE, TWO], path, wrong),
        lambda: onrecord.score(corpus(ONE, TWO), [ONE, TWO], layers=wrong),
    ):
        with pytest.raises(onrecord.InvalidInput, match=reason):
            use()
    assert not path.exists()


@given(documents(), layers)
def test_what_is_said_changes_no_hash_and_is_kept(document: Document, said: list[str]) -> None:
    predictions = Predictions([document], said)
    assert predictions_hash(predictions) == predictions_hash([document])
    assert predictions.layers == tuple(layer for layer in LAYERS if layer in said)
    for kept in (copy.deepcopy(predictions), pickle.loads(pickle.dumps(predictions))):
        assert (kept, kept.layers) == (predictions, predictions.layers)


HOLDS = {
    "nothing": (TWO, ()),
    "a value": (article("on ⟦Monday|DATE⟧"), ("entities",)),
    "a name of no entity": (article("⟦Oslo|GPE⟧"), ("entities",)),
    "a name of an entity": (article("⟦Oslo|GPE|oslo⟧"), ("entities", "linking")),
    "a quote": (TWO.with_layers(quotes=[quote(TWO, "q", "waits")]), ("quotes",)),
    "a quote with its utterance": (
        TWO.with_layers(quotes=[quote(TWO, "q", "waits", utterance="u")]),
        ("quotes", "utterances"),
    ),
    "a stance": (
        TWO.with_layers(stances=[stance(TWO, "v", "talks", "favor", "waits")]),
        ("stances",),
    ),
}


@pytest.mark.parametrize("what", HOLDS)
def test_unsaid_a_layer_is_attempted_where_a_document_has_something(what: str) -> None:
    document, found = HOLDS[what]
    assert evident_layers([document]) == found
    assert evident_layers([TWO, document]) == found


def test_a_run_says_what_its_system_says(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    body = "def predict(document, targets):\n    return document\n"
    file.write_text('layers = ["quotes", "entities"]\n' + body)
    output = onrecord.run(file, CORPUS)
    assert output.documents.layers == ("entities", "quotes")
    onrecord.save(output.documents, tmp_path / "mine.jsonl")
    assert read_predictions(tmp_path / "mine.jsonl", CORPUS).layers == ("entities", "quotes")
    file.write_text(body)
    assert onrecord.run(file, CORPUS).documents.layers is None
    assert onrecord.run(lambda document, targets: document, CORPUS).documents.layers is None


def test_a_pass_attempts_all_layers(root: Path, gold: onrecord.Corpus) -> None:
    export = root / "annotation" / "exports" / "annotator-1.json"
    assert onrecord.read(export, gold).layers == LAYERS
