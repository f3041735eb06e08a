"""The baseline of token classifiers, on a tiny BERT made here and invented text."""

import importlib.util
import json
import socket
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from builders import article, corpus
from transformers import BertConfig, BertForTokenClassification, BertTokenizerFast

from onrecord import SystemFailure, folds
from onrecord.document import MENTION_TYPES, Span
from onrecord.systems.run import load_system, run

SYSTEM = Path(__file__).parents[2] / "baselines" / "transformers_ner.py"

MARKED = """⟦Norwegian|NORP|norway⟧ minister ⟦Kari Vold|PERSON|kari-vold⟧ met the ⟦WTO|ORG|wto⟧ in ⟦Oslo|GPE|oslo⟧.
“⟦Oslo|GPE|oslo⟧,” said ⟦Jónsson|PERSON|einar-jonsson⟧ on ⟦12 May|DATE⟧; ⟦Vold|PERSON|kari-vold⟧’s boat sank.
"""
WORDS = ["minister", "met", "the", "in", "said", "on", "boat", "sank", "norwegian", "vo", "##ld"]
CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,;:’“”-"


@pytest.fixture(scope="module")
def baseline():
    spec = importlib.util.spec_from_file_location("transformers_ner", SYSTEM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.be_repeatable()
    module.EPOCHS, module.RATE = 60, 0.01  # a model of a few thousand weights learns otherwise
    return module


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """A BERT with random weights, whose windows hold 24 sub-words."""
    folder = tmp_path_factory.mktemp("encoder")
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = [*special, *WORDS, *CHARACTERS, *(f"##{c}" for c in CHARACTERS)]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    tokenizer = BertTokenizerFast.from_pretrained(folder, model_max_length=24)
    tokenizer.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=24,
    )
    torch.manual_seed(1)
    BertForTokenClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def trained(baseline, encoder):
    """Tokenizer and model, trained until they know the invented article by heart."""
    return baseline.train(encoder, [article(MARKED)])


def save(trained, folder, labels=None):
    tokenizer, model = trained
    tokenizer.save_pretrained(folder)
    before = model.config.id2label
    model.config.id2label = labels or before
    model.save_pretrained(folder)
    model.config.id2label = before
    return str(folder)


def names(document, mentions):
    return [(m.span.of(document.text), m.label) for m in mentions]


def test_mentions_have_the_characters_of_whole_words(baseline, trained):
    document = article(MARKED)
    found = baseline.find_mentions(*trained, document.bare())
    assert names(document, found) == names(document, document.mentions)
    assert [m.span for m in found] == [m.span for m in document.mentions]


def test_a_word_of_many_sub_words_and_a_letter_of_two_characters_stay_whole(baseline, trained):
    document = article(MARKED.replace("Jónsson", "Jo\u0301nsson"))
    found = baseline.find_mentions(*trained, document.bare())
    assert ("Jo\u0301nsson", "PERSON") in names(document, found)


def test_names_alike_but_for_case_and_diacritics_are_one_entity_and_values_are_none(
    baseline, trained
):
    document = article(MARKED)
    found = baseline.find_mentions(*trained, document.bare())
    entities = {m.span.of(document.text): m.entity for m in found}
    assert entities["Jónsson"] == "jonsson"
    assert entities["12 May"] is None
    assert len({m.entity for m in found if m.span.of(document.text) == "Oslo"}) == 1
    for alike in ("the WTO", "Wto’s", "WTO’", "wto"):
        assert baseline.entity_of(alike) == "wto"


def test_a_checkpoint_in_a_folder_is_used_as_it_is_and_without_a_connection(
    baseline, trained, tmp_path, monkeypatch
):
    def refuse(*_):
        raise AssertionError("a connection was tried")

    folder = save(trained, tmp_path)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    document = article(MARKED)
    output = run(load_system(SYSTEM, {"model": folder}), corpus(document.bare()))
    assert output.failures == ()
    assert names(document, output.documents[0].mentions) == names(document, document.mentions)


def test_conlls_places_are_gpe_and_its_misc_is_left_out(baseline, trained, tmp_path):
    def conll(tag):
        prefix, _, type = tag.rpartition("-")
        renamed = {"O": "O", "PERSON": "PER", "ORG": "ORG", "GPE": "LOC"}.get(type, "MISC")
        return f"{prefix}-{renamed}".lstrip("-")

    labels = {number: conll(tag) for number, tag in enumerate(baseline.TAGS)}
    folder = save(trained, tmp_path, labels)
    document = article(MARKED)
    output = run(load_system(SYSTEM, {"model": folder}), corpus(document.bare()))
    left = [m for m in document.mentions if m.label in ("PERSON", "ORG", "GPE")]
    assert names(document, output.documents[0].mentions) == names(document, left)


def test_ontonotes_loc_stays_loc(baseline, trained):
    _, model = trained
    assert ("B", "LOC") in baseline.read_labels(model)


def test_types_of_another_scheme_are_refused(trained, tmp_path):
    labels = {number: f"B-GENE{number}" for number in range(37)}
    with pytest.raises(SystemFailure, match="'GENE0' is neither OntoNotes' nor CoNLL's"):
        load_system(SYSTEM, {"model": save(trained, tmp_path, labels)})


@pytest.mark.parametrize(
    ("options", "reason"), [({}, "no checkpoint is named"), ({"train": "all"}, "train is 'all'")]
)
def test_options_that_name_nothing_are_refused(options, reason):
    with pytest.raises(SystemFailure, match=reason):
        load_system(SYSTEM, options)


def test_a_long_line_is_read_to_its_end_in_windows(baseline, trained):
    tokenizer, model = trained
    line = MARKED.split("\n")[0]
    document = article(" ".join([line] * 20))
    assert len(baseline.windows(tokenizer, [document.text])["input_ids"]) > 10
    (characters,) = baseline.label_characters(tokenizer, model, [document.text])
    text = document.text
    assert sorted(characters) == [i for i, c in enumerate(text) if not c.isspace()]


def test_what_was_learned_in_windows_is_found_in_windows(baseline, encoder):
    line = MARKED.split("\n")[0]
    document = article(" ".join([line] * 6))
    found = baseline.find_mentions(*baseline.train(encoder, [document]), document.bare())
    assert [m.span for m in found] == [m.span for m in document.mentions]


def test_an_article_without_words_has_no_mentions(baseline, trained):
    assert baseline.find_mentions(*trained, article(" \n")) == []


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["B-PER", "I-PER", "O", "B-PER"], [(0, 2), (3, 4)]),
        (["I-PER", "I-PER", "B-PER", "O"], [(0, 2), (2, 3)]),
        (["B-PER", "E-PER", "S-PER", "I-ORG"], [(0, 2), (2, 3), (3, 4)]),
        (["B-PER", "L-PER", "I-PER", "U-PER"], [(0, 2), (2, 3), (3, 4)]),
        (["PER", "PER", "ORG", "O"], [(0, 2), (2, 3)]),
    ],
)
def test_every_scheme_of_tags_is_read(baseline, tags, expected):
    words = [Span(i, i + 1) for i in range(len(tags))]
    labels = [(prefix, None if type == "O" else type) for prefix, _, type in
              (tag.rpartition("-") for tag in tags)]  # fmt: skip
    assert [(start, end) for start, end, _ in baseline.chunks(words, labels)] == expected


def test_training_twice_gives_the_same_weights(baseline, encoder, trained):
    _, again = baseline.train(encoder, [article(MARKED)])
    weights = trained[1].state_dict()
    assert all(torch.equal(weights[name], value) for name, value in again.state_dict().items())


def test_training_reads_the_tokens_and_tags_of_the_entities_config(baseline, gold, root):
    content = (root / "data" / "entities" / "test.jsonl").read_bytes()
    rows = [json.loads(line) for line in content.splitlines()]
    names = ["O", *(f"{prefix}-{type}" for type in MENTION_TYPES for prefix in "BI")]
    assert names == baseline.TAGS
    lines = [(d, line) for d in gold for line in baseline.passages(d)]
    assert len(lines) == len(rows)
    for (document, line), row in zip(lines, rows, strict=True):
        words = list(baseline.tokenize(document.text, line))
        found = baseline.tag(document, words)
        expected = [names.index(tag) for tag in row["tags"]]
        assert list(found.items()) == list(zip(row["starts"], expected, strict=True))


@pytest.mark.parametrize(("training", "shared_text"), [("others", "ignore"), ("apart", "together")])
def test_an_article_is_read_by_a_model_that_was_trained_on_others(
    baseline, encoder, gold, monkeypatch, training, shared_text
):
    trained_on = []
    original = baseline.train

    def watch(checkpoint, documents):
        trained_on.append([document.id for document in documents])
        return original(checkpoint, documents)

    monkeypatch.setattr(baseline, "train", watch)
    monkeypatch.setattr(baseline, "EPOCHS", 1)
    system = baseline.TokenClassifier(model=encoder, train=training)
    found = system.predict_all(gold.bare(), gold.targets)
    assert [document.id for document in found] == [document.id for document in gold]
    rest = [[d.id for d in others] for others, _ in folds(gold, shared_text=shared_text)]
    assert trained_on == rest
    for document, ids in zip(gold, trained_on, strict=True):
        assert document.id not in ids
    for document in found:
        assert all(a.end <= b.start for a, b in pairwise(document.mentions))


def test_minilm_is_read_only_if_it_is_the_published_one(baseline, tmp_path, monkeypatch):
    folder = Path(baseline.find_minilm())
    assert {path.name for path in folder.iterdir()} >= set(baseline.MINILM_FILES)
    other = tmp_path / baseline.MINILM
    (other / "model").mkdir(parents=True)
    (other / "__init__.py").touch()
    (other / "model" / "config.json").write_text("{}")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match=r"config\.json .* is not the published one"):
        baseline.find_minilm()
