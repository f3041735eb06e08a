"""Utterances and stances from sentence embeddings, on invented articles with embeddings given."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import msgspec
import numpy as np
import pytest
from builders import REGISTRY, TARGETS, article, quote, stance
from hypothesis import given
from hypothesis import strategies as st

from onrecord import Document, validate
from onrecord.annotation.drafts import Words
from onrecord.systems.files import import_file

SYSTEM = Path(__file__).parents[2] / "baselines" / "minilm.py"


@pytest.fixture(scope="module")
def minilm():
    return import_file(SYSTEM)


QUOTA, TALKS = (target.proposition for target in TARGETS)
ANGLES = {
    QUOTA: 0, "the quota must rise": 5, "the quota is too low": 15, "raise it": 30,
    TALKS: 90, "let us go on talking": 95, "we should not meet again": 105, "the sea is warm": 45,
}  # fmt: skip
"""Each text's vector lies at this angle, in degrees: 60 apart is a cosine of 0.5."""
VECTORS = {
    text: np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    for text, angle in ANGLES.items()
}


def told(id: str, *said: tuple[str, str, str | None]) -> Document:
    """An article that reports what was said: by whom, in which words, under which utterance."""
    lines = [f"{who} said that day: “{words}”." for who, words, _ in said]
    document = article("\n".join(lines), id=id)
    quotes = [
        quote(document, f"q{n}", f"“{words}”", cue=Words("said", occurrence=n), speaker=who,
              utterance=utterance)
        for n, (who, words, utterance) in enumerate(said, start=1)
    ]  # fmt: skip
    return document.with_layers(quotes=quotes)


def gold_of(minilm, *documents: Document):
    """What is learned from when each article is read without itself."""
    return minilm.Gold(
        others={d.id: [other for other in documents if other.id != d.id] for d in documents},
        registry=REGISTRY,
        propositions={target.id: target.proposition for target in TARGETS},
        vectors=VECTORS,
    )


def given_quotes(document: Document) -> Document:
    """The article as the system gets it."""
    bare = [msgspec.structs.replace(q, utterance=None) for q in document.quotes]
    return document.with_layers(mentions=(), quotes=bare, stances=())


def predict(minilm, *documents: Document) -> list[Document]:
    found = minilm.annotate([given_quotes(d) for d in documents], gold_of(minilm, *documents))
    return [validate(d, targets=[t.id for t in TARGETS]) for d in found]


def utterances(documents: Sequence[Document]) -> list[list[str | None]]:
    return [[q.utterance for q in document.quotes] for document in documents]


# ---------------------------------------------------------------- thresholds


@pytest.mark.parametrize(
    ("scores", "right", "wanted", "threshold"),
    [
        ([0.9, 0.5, 0.1], [True, True, False], 2, 0.3),  # all that is right, nothing else
        ([0.9, 0.5, 0.1], [True, False, False], 1, 0.7),
        ([0.9, 0.5, 0.1], [True, False, True], 2, 0.1),  # F1 .8 with all, .67 with one
        ([0.9, 0.5, 0.1], [False, False, False], 2, math.inf),
        ([0.6, 0.6, 0.2], [False, True, False], 1, 0.4),  # equal scores are taken together
        ([], [], 3, math.inf),
    ],
)
def test_the_threshold_is_that_of_the_best_f1(minilm, scores, right, wanted, threshold):
    assert minilm.best_threshold(scores, right, wanted) == pytest.approx(threshold)


candidates = st.lists(
    st.tuples(st.integers(-9, 10).map(lambda n: n / 10), st.booleans()), min_size=1, max_size=12
)


@given(candidates, st.integers(0, 4))
def test_no_other_threshold_has_a_better_f1(minilm, found, missed):
    scores, right = zip(*found, strict=True)
    wanted = sum(right) + missed

    def f1(threshold: float) -> float:
        taken = [hit for score, hit in found if score >= threshold]
        return 2 * sum(taken) / (wanted + len(taken)) if wanted + len(taken) else 0.0

    learned = minilm.best_threshold(scores, right, wanted)
    assert f1(learned) == max(f1(threshold) for threshold in [*scores, math.inf])


# ---------------------------------------------------------------- clusters


def same(numbers: Sequence[int]) -> set[tuple[int, int]]:
    return {(i, j) for i, j in combinations(range(len(numbers)), 2) if numbers[i] == numbers[j]}


def test_items_join_while_their_mean_margin_is_positive(minilm):
    # 0 and 1 join first; 2 is .2 above with 0 and .3 below with 1: on the whole below
    assert same(minilm.clusters([0.5, 0.2, -0.3], 3)) == {(0, 1)}
    assert same(minilm.clusters([0.5, 0.3, -0.2], 3)) == {(0, 1), (0, 2), (1, 2)}
    assert same(minilm.clusters([-0.1], 2)) == set()


def test_what_is_kept_apart_is_not_joined_by_a_third(minilm):
    assert same(minilm.clusters([1.9, 1.9, -math.inf], 3)) in ({(0, 1)}, {(0, 2)})


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_items_need_no_joining(minilm, count):
    assert minilm.clusters([], count) == [1] * count


@given(st.integers(2, 6).flatmap(
    lambda n: st.lists(st.floats(-2, 2) | st.just(-math.inf),
                       min_size=n * (n - 1) // 2, max_size=n * (n - 1) // 2)
))  # fmt: skip
def test_no_cluster_holds_two_that_are_kept_apart(minilm, margins):
    count = round((1 + math.sqrt(1 + 8 * len(margins))) / 2)
    apart = {
        p for p, m in zip(combinations(range(count), 2), margins, strict=True) if m == -math.inf
    }
    assert not same(minilm.clusters(margins, count)) & apart


# ---------------------------------------------------------------- quotes


def test_a_quote_is_its_words_without_marks(minilm):
    document = article("“The cod isn’t gone,”\nsaid Vold, “yet.”")
    found = quote(document, "q1", "“The cod isn’t gone,”", "“yet.”", cue="said", speaker="vold")
    (report,) = minilm.reports(document.with_layers(quotes=[found]))
    assert report.said == "The cod isn’t gone, yet."
    assert report.told == "said The cod isn’t gone, yet."


def test_a_quote_that_mostly_holds_another_and_one_by_nobody_known_are_left_out(minilm):
    document = article("Vold said that Dahl had told her that the sea is warm. It is said “so”.")
    quotes = [
        quote(document, "q1", "that Dahl had told her that the sea is warm", speaker="vold"),
        quote(document, "q2", "that the sea is warm", cue="told", source="Dahl", speaker="dahl",
              parent="q1"),
        quote(document, "q3", "“so”"),
    ]  # fmt: skip
    found = minilm.reports(document.with_layers(quotes=quotes))
    assert [report.quote.id for report in found] == ["q2"]
    alone = minilm.reports(document.with_layers(quotes=quotes[:1]))
    assert [report.quote.id for report in alone] == ["q1"]


# ---------------------------------------------------------------- utterances

A = told("a", ("kari-vold", "the quota must rise", "u1"), ("kari-vold", "the sea is warm", "u2"))
B = told("b", ("kari-vold", "the quota is too low", "u1"), ("einar-jonsson", "raise it", "u3"))
C = told("c", ("kari-vold", "the quota must rise", "u1"), ("kari-vold", "the sea is warm", "u2"))
D = told("d", ("norway", "the quota is too low", "u1"), ("kari-vold", "let us go on talking", "u4"))


def test_quotes_of_one_speaker_that_are_alike_share_an_utterance(minilm):
    a, b, c, _ = utterances(predict(minilm, A, B, C, D))
    assert a[0] == b[0] == c[0]
    assert a[1] == c[1] != a[0]
    assert b[1] not in (*a, *c, b[0])  # however alike, another speaker's


def test_a_speaker_is_joined_with_the_country_once_other_articles_name_her(minilm):
    a, *_, d = utterances(predict(minilm, A, B, C, D))
    assert a[0] == d[0]
    alone = gold_of(minilm, A, B, C, D)._replace(others={"a": [B], "d": [B]})
    vold, other = (minilm.reports(document)[0] for document in (A, D))
    learned = minilm.learn(gold_of(minilm, A, B, C, D).without("a", "d"), alone)
    assert minilm.margin(vold, other, learned, alone) > 0
    unnamed = learned._replace(entities=frozenset({"norway"}))
    assert minilm.margin(vold, other, unnamed, alone) == -math.inf


def test_a_name_counts_as_the_actor_that_it_names(minilm):
    report = minilm.reports(told("a", ("Vold", "raise it", None)))[0]
    assert minilm.principal(report, {"kari-vold"}, REGISTRY) == "norway"
    assert minilm.principal(report, {"norway"}, REGISTRY) == "Vold"
    stranger = minilm.reports(told("a", ("Ola Ness", "raise it", None)))[0]
    assert minilm.principal(stranger, {"kari-vold"}, REGISTRY) == "Ola Ness"


def test_two_articles_are_compared_by_what_neither_teaches(minilm):
    rising = [told(id, ("kari-vold", "the quota must rise", "u1")) for id in "abd"]
    low = told("c", ("kari-vold", "the quota is too low", "u1"))
    gold = gold_of(minilm, *rising, low)
    assert [document.id for document in gold.without("a", "c")] == ["b", "d"]
    a, c = utterances(minilm.annotate([rising[0], low], gold))
    assert a != c  # the others teach that only the same words are the same; c would teach more


def test_with_nothing_to_learn_from_every_quote_is_alone_and_no_stance_is_taken(minilm):
    (found,) = predict(minilm, A)
    assert len(set(utterances([found])[0])) == 2
    assert found.stances == ()


# ---------------------------------------------------------------- stances


def standing(document: Document, *stances: tuple[str, str, str]) -> Document:
    text = document.text.split("\n")[0]
    return document.with_layers(stances=[stance(document, *s, text) for s in stances])


def test_a_speaker_is_for_the_nearest_proposition(minilm):
    teacher = standing(told("t", ("norway", "the quota is too low", "u1"),
                            ("norway", "the sea is warm", "u2")), ("norway", "quota", "favor"))  # fmt: skip
    found, _ = predict(minilm, A, teacher)
    (only,) = found.stances  # the warm sea is nearer to no proposition than what is learned
    assert (only.holder, only.target, only.polarity) == ("kari-vold", "quota", "favor")
    assert [span.of(A.text) for span in only.evidence] == ["“the quota must rise”"]


def test_an_articles_own_stances_teach_it_nothing(minilm):
    found, _ = predict(minilm, standing(A, ("kari-vold", "quota", "favor")), B)
    assert found.stances == ()


def test_of_a_speakers_quotes_on_a_target_the_nearest_counts(minilm):
    document = told("a", ("vold", "raise it", None), ("vold", "the quota must rise", None))
    near = minilm.nearest(minilm.reports(document), gold_of(minilm, document))
    assert {key: report.said for key, (_, report) in near.items()} == {
        ("a", "vold", "quota"): "the quota must rise"
    }


def test_without_targets_there_are_no_stances(minilm):
    gold = gold_of(minilm, A, B)._replace(propositions={})
    assert not any(d.stances for d in minilm.annotate([A, B], gold))


@pytest.mark.parametrize(
    ("told", "proposition", "side"),
    [
        ("said the town should build the bridge", "The town should build a bridge.", "favor"),
        ("said it would not build the bridge", "The town should build a bridge.", "against"),
        ("criticised the plan as too dear", "The town should build a bridge.", "against"),
        ("said it won’t", "The town should build a bridge.", "against"),
        ("denied that it would", "The town should build a bridge.", "against"),
        ("said it would not", "The town should not build a bridge.", "favor"),
        ("said notes were taken by the nobles", "The town should build a bridge.", "favor"),
    ],
)
def test_a_word_of_negation_turns_the_side(minilm, told, proposition, side):
    assert minilm.polarity(told, proposition) == side


# ---------------------------------------------------------------- the system


def test_only_the_known_ways_of_holding_out_are_taken(gold):
    from onrecord import InvalidInput, held_out

    with pytest.raises(InvalidInput, match="neither 'ignore' nor 'together'"):
        held_out(gold, gold, shared_text="apart")


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "weights_of_nothing"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise RuntimeError('this must not be run')")
    (folder / "model.onnx").write_bytes(b"weights")
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder.name


def test_a_packages_file_is_read_without_running_its_code(minilm, package):
    sha256 = hashlib.sha256(b"weights").hexdigest()
    assert minilm.packaged(package, "model.onnx", sha256) == b"weights"


def test_another_file_than_the_one_named_is_refused(minilm, package):
    with pytest.raises(ValueError, match=r"model\.onnx of weights_of_nothing has not the sha256 0"):
        minilm.packaged(package, "model.onnx", "0" * 64)


def test_a_package_that_is_missing_is_named(minilm):
    with pytest.raises(ModuleNotFoundError, match="weights-of-nothing is not installed"):
        minilm.packaged("weights_of_nothing", "model.onnx", "0" * 64)


def test_the_docstring_names_the_files_that_are_checked(minilm):
    for _, name, sha256 in (minilm.MODEL, minilm.TOKENIZER):
        assert name.rpartition("/")[2] in minilm.__doc__
        assert sha256 in minilm.__doc__
