"""The public surface: what ``import onrecord`` gives, pinned, and how its values show themselves."""

from __future__ import annotations

import html
import inspect
import pickle
import re
from pathlib import Path

import pytest
from builders import article, corpus, quote, stance

import onrecord
from onrecord.corpus.corpus import Corpus

SURFACE = {
    "constants": "LAYERS MENTION_TYPES NAME_TYPES POLARITIES QUOTATION_MARKS VALUE_TYPES",
    "values": "Corpus Document Entity Interval Mention Meta Output Predictions Probe Probes Quote Registry Span Stance "
    "Target "
    "Zone",
    "results": "Alignment Comparison Predicted ProbeScores Scores",
    "errors": "AuthoringError InvalidDocument InvalidInput OnRecordError ServerError SystemFailure "
    "UnknownId",
    "functions": "agreement align compare derive_form find_errors flatten folds held_out link_names load "
    "load_probes load_seeds normalise_name passages predict_articles read run save score score_probes tokenize validate",
}
"""A change here is a change for users: it belongs in CHANGELOG.md."""


def test_the_surface_is_what_it_is_said_to_be() -> None:
    names = " ".join(SURFACE.values()).split()
    assert sorted(names) == sorted(onrecord.__all__)


@pytest.mark.parametrize("name", SURFACE["functions"].split())
def test_every_function_is_typed_and_says_what_it_does(name: str) -> None:
    function = getattr(onrecord, name)
    signature = inspect.signature(function)
    assert signature.return_annotation is not inspect.Signature.empty
    assert all(
        parameter.annotation is not inspect.Parameter.empty
        for parameter in signature.parameters.values()
    )
    assert len(inspect.getdoc(function) or "") > 40


def test_a_corpus_is_equal_to_itself_loaded_again_and_after_pickling(root: Path) -> None:
    one, other = onrecord.load(root), onrecord.load(root)
    assert one == other
    assert pickle.loads(pickle.dumps(one)) == one
    assert hash(one.registry) == hash(other.registry)
    assert one.registry != onrecord.Registry([])


def test_values_show_themselves_in_one_readable_line(gold: Corpus) -> None:
    scores = onrecord.score(gold, gold.documents)
    compared = onrecord.compare(gold, {"a": gold.documents, "b": gold.bare()})
    for value in (gold, gold["rt"], gold.registry, scores, compared):
        assert len(repr(value)) < 300, type(value)
        assert "\n" not in repr(value)
    assert repr(gold["rt"]).startswith("Document('rt', ")
    assert "quotes 1.000" in repr(scores)


def test_an_unknown_id_says_which_there_are(gold: Corpus) -> None:
    with pytest.raises(KeyError) as told:
        gold["nope"]
    assert str(told.value).startswith("unknown document 'nope' (known: unnamed, duvar, rt, ")
    with pytest.raises(onrecord.UnknownId, match=r"unknown entity 'turkei'; did you mean 'turkey'"):
        gold.registry["turkei"]


def test_a_mention_gives_its_words(gold: Corpus) -> None:
    document = gold["rt"]
    for mention in document.mentions:
        assert mention.of(document.text) == mention.span.of(document.text)


def test_a_notebook_shows_every_character_once_and_escapes_it() -> None:
    document = article("⟦<b>Vold</b>|PERSON|vold⟧ said & “left”.", "one")
    said = quote(document, "q1", "“left”", speaker='"><script>')
    held = stance(document, "vold", "quota", "favor", "said & “left”")
    shown = document.with_layers(quotes=[said], stances=[held])._repr_html_()
    assert "<script>" not in shown
    assert "<b>" not in shown
    words = re.sub(r"<[^>]*>", "", shown.partition("white-space:pre-wrap")[2]).partition(">")[2]
    assert html.unescape(words) == document.text
    for kind in ("mention", "quote", "stance"):
        assert f">{kind}</span>" in shown


def test_overlapping_layers_are_all_over_the_piece_that_they_share(gold: Corpus) -> None:
    from onrecord.markup import Mark, pieces

    marks = [Mark(0, 6, "a", ""), Mark(4, 9, "b", "")]
    assert [(p.start, p.end, [m.kind for m in p.marks]) for p in pieces(10, marks)] == [
        (0, 4, ["a"]), (4, 6, ["a", "b"]), (6, 9, ["b"]), (9, 10, []),
    ]  # fmt: skip


def test_scores_and_comparisons_become_frames_dicts_and_tables(gold: Corpus) -> None:
    scores = onrecord.score(gold, gold.documents)
    frame = scores.to_frame()
    assert list(frame.columns) == ["layer", "f1", "low", "high", "precision", "recall"]
    assert list(frame.layer) == list(onrecord.LAYERS)
    assert scores.to_dict()["quotes"]["f1"] == 1.0
    assert "<td" in scores._repr_html_()
    compared = onrecord.compare(gold, {"a": gold.documents, "<i>": gold.bare()})
    frame = compared.to_frame()
    assert set(frame.system) == {"a", "<i>"}
    assert "&lt;i&gt;" in compared._repr_html_()
    assert compared.to_dict()["layers"]["quotes"]["leader"] == "a"


def test_a_system_is_run_saved_read_and_scored_from_python(tmp_path: Path) -> None:
    articles = corpus(article("⟦Oslo|GPE|norway⟧ waits.", "one"))

    def predict(
        document: onrecord.Document, targets: tuple[onrecord.Target, ...]
    ) -> onrecord.Document:
        return document.with_layers(mentions=[onrecord.Mention(0, 4, "GPE", "norway")])

    output = onrecord.run(predict, articles)
    onrecord.save(output.documents, tmp_path / "mine.jsonl")
    assert onrecord.read(tmp_path / "mine.jsonl", articles) == output.documents
    assert onrecord.score(articles, tmp_path / "mine.jsonl").entities.f1 == 1.0

    class All:
        def predict_all(self, documents: object, targets: object) -> object:
            return documents

    assert onrecord.run(All(), articles).documents == articles.bare()
    with pytest.raises(onrecord.SystemFailure, match="is no system"):
        onrecord.run(All, articles)
    with pytest.raises(onrecord.SystemFailure, match="too many positional arguments"):
        onrecord.run(lambda document: document, articles)


def test_options_reach_a_file_that_is_run_from_python(tmp_path: Path) -> None:
    articles = corpus(article("Oslo waits.", "one"))
    file = tmp_path / "mine.py"
    file.write_text(
        "def predict(document, targets, n=1):\n    assert n == 2\n    return document\n"
    )
    assert onrecord.run(file, articles, options={"n": "2"}).failures == ()
    with pytest.raises(onrecord.SystemFailure, match="options are for a system in a file"):
        onrecord.run(lambda document, targets: document, articles, options={"n": "2"})


def test_passes_in_another_order_agree_as_much_and_others_are_refused(gold: Corpus) -> None:
    one = onrecord.agreement(gold, gold.documents, gold.documents)
    assert onrecord.agreement(gold, gold.documents, gold.documents[::-1]) == one
    with pytest.raises(onrecord.InvalidInput, match="not of the same documents"):
        onrecord.agreement(gold, gold.documents, gold.documents[1:])


def test_values_of_numpy_are_scored_as_they_are_saved(gold: Corpus) -> None:
    import numpy as np

    documents = [
        document.with_layers(
            mentions=[
                onrecord.Mention(np.int64(m.start), np.int64(m.end), m.label, m.entity)  # type: ignore[arg-type]
                for m in document.mentions
            ]
        )
        for document in gold
    ]
    assert onrecord.score(gold, documents).entities.f1 == 1.0
    assert onrecord.find_errors(gold, documents).errors == ()
    onrecord.validate(documents[0], targets=gold.targets)


def test_errors_are_listed_as_a_frame_and_counted_in_a_line(gold: Corpus, root: Path) -> None:
    found = onrecord.find_errors(gold, root / "eval" / "predictions" / "rules.jsonl")
    assert len(found.to_frame()) == len(found.errors)
    assert len(repr(found)) < 300


def test_nothing_that_breaks_a_rule_is_saved(tmp_path: Path) -> None:
    document = article("Oslo waits.", "one")
    wrong = document.with_layers(mentions=[onrecord.Mention(0, 99, "GPE")])
    with pytest.raises(onrecord.InvalidDocument, match="end 99 is past"):
        onrecord.save([document, wrong], tmp_path / "mine.jsonl")
    assert not (tmp_path / "mine.jsonl").exists()
