"""What the check finds in a source; each fault is one line that says where and what."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onrecord.exceptions import InvalidInput
from onrecord.probes.checking import Checker, differing_stretches, phrases_of
from onrecord.probes.files import read_sources
from onrecord.probes.sources import read_source

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.toml"))
POLARITY = (SAMPLES[0].parent / "polarity.toml").read_text(encoding="utf-8")


def found(checker: Checker, tmp_path: Path, source: str) -> list[str]:
    path = tmp_path / "polarity.toml"
    path.write_text(source, encoding="utf-8")
    return [str(problem) for problem in checker.check(read_sources([path]))]


def test_the_samples_lack_nothing(checker: Checker) -> None:
    assert checker.check(read_sources(SAMPLES)) == []


FAULTS = [
    (
        'focus = [{stance = ["A", "extend-truce", "against"]}]\ndecoys = '
        '[{stance = ["A", "extend-truce", "favor"]}]',
        "",
        "polarity-01-b: has no focus and no decoys",
    ),
    ("change = \"contrast\"\n", "", "polarity-01-b: has no change"),
    ('edit = "the wish is negated"\n', "", "polarity-01-b: has no edit"),
    ('change = "contrast"', 'change = "invariance"', "polarity-01-b: is an invariance, and its"),
    ('change = "invariance"', 'change = "contrast"', "polarity-01-c: is a contrast, and has"),
    (
        "no longer wants the truce extended. ⟦{B}|GPE|B⟧ has yet to answer.",
        "no longer wants the truce extended. ⟦{B}|GPE|B⟧ has yet to decide.",
        "polarity-01-b: differs from the original in 2 stretches: '' → 'no longer'; 'answer'",
    ),
    ("⟦{B}|GPE|B⟧ has yet", "⟦{B}|GPE|B⟧ and Oslo have yet", "-a: 'Oslo' is capitalised in mid"),
    ("⟦{B}|GPE|B⟧ has yet", "⟦{B}|GPE|B⟧ and Kenya have yet", "-a: the name 'Kenya' is no variable"),
    ("⟦{B}|GPE|B⟧ has yet", "⟦Bergen|GPE|B⟧ has yet", "-a: the name 'Bergen' is no variable"),
    ("⟦{B}|GPE|B⟧ has yet", "{B} has yet", "-a: the variable {B} is not marked as a mention"),
    ("⟦{B}|GPE|B⟧ has yet", "⟦{Q}|GPE|B⟧ has yet", "-a: unknown variable {Q}"),
    ("⟦{B}|GPE|B⟧ has yet", "⟦{B}|GPE|Q⟧ has yet", "-a: text: "),
    ("⟦{B}|GPE|B⟧ has yet", "⟦{B}|LAND|B⟧ has yet", "-a: mentions[1].label: unknown type 'LAND'"),
    ('evidence = ["no longer', 'evidence = ["nolonger', "does not occur"),
    ('evidence = ["wants the truce extended"]', 'evidence = ["e"]', "'e' does not occur"),
    ('holder = "A"', 'holder = "C"', "C is not mentioned in the passage"),
    ('holder = "A"', 'holder = "A.capital"', "is no actor"),
    ('target = "extend-truce"', 'target = "extend-peace"', "unknown target 'extend-peace'"),
    (
        'focus = [{stance = ["A", "extend-truce", "against"]}]',
        'focus = [{stance = ["B", "extend-truce", "against"]}]',
        "polarity-01-b: focus[0]: stance B against extend-truce: the annotation has no such item",
    ),
    (
        'decoys = [{stance = ["A", "extend-truce", "favor"]}]',
        'decoys = [{stance = ["A", "extend-truce", "against"]}]',
        "polarity-01-b: decoys[0]: stance A against extend-truce: the annotation has it",
    ),
    (
        'decoys = [{stance = ["A", "extend-truce", "favor"]}]',
        'decoys = [{mention = "{A}", type = "ORG"}]',
        "is of the layer entities, the phenomenon of stances",
    ),
    (
        "no longer wants the truce extended.",
        "wants the truce extended.",
        "polarity-01-b: has the words of the original",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "message"), FAULTS)
def test_a_fault_is_told(
    checker: Checker, tmp_path: Path, before: str, after: str, message: str
) -> None:
    assert before in POLARITY
    problems = found(checker, tmp_path, POLARITY.replace(before, after, 1))
    assert any(message in problem for problem in problems), problems
    assert all(problem.startswith(f"{tmp_path / 'polarity.toml'}:6: ") for problem in problems)
    assert not any("\n" in problem for problem in problems)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("[[sets]]", "[sets", "not TOML"),
        ('id = "polarity-01"', 'id = "Polarity 1"', "is not of small letters"),
        ('change = "contrast"', 'change = "other"', "change"),
        (
            'focus = [{stance = ["A", "extend-truce", "against"]}]',
            "focus = [{}]",
            "this gives nothing",
        ),
        (
            'focus = [{stance = ["A", "extend-truce", "against"]}]',
            'focus = [{mention = "{A}"}]',
            "`mention` and `type` go together",
        ),
    ],
)
def test_what_is_no_source_is_refused(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    path = tmp_path / "polarity.toml"
    path.write_text(POLARITY.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(InvalidInput, match=message) as caught:
        read_source(path)
    assert str(caught.value).startswith(str(path))


def test_the_same_sentence_in_two_sets_is_told(checker: Checker, tmp_path: Path) -> None:
    second = POLARITY[POLARITY.index("[[sets]]") :].replace("polarity-01", "polarity-02")
    problems = found(
        checker, tmp_path, POLARITY + second.replace("{A}", "{C}").replace("|A⟧", "|C⟧")
    )
    assert any("polarity-02: has a sentence of polarity-01, names aside" in p for p in problems)


def test_a_phrase_of_the_articles_is_told(checker: Checker, tmp_path: Path) -> None:
    phrases = phrases_of("The delegation no longer wants the truce extended.")
    strict = msgspec.structs.replace(checker, phrases=phrases)
    assert found(checker, tmp_path, POLARITY) == []
    [problem] = found(strict, tmp_path, POLARITY)
    assert problem.endswith(
        "polarity-01-b: has a phrase of the articles or the guidelines: "
        "'no longer wants the truce extended'"
    )


def test_the_id_of_another_set_is_told(checker: Checker, tmp_path: Path) -> None:
    second = POLARITY[POLARITY.index("[[sets]]") :]
    assert any(
        "is already the id of a set" in p for p in found(checker, tmp_path, POLARITY + second)
    )


ONE = ["{A}", "said", "on", "the", "second", "day", "that", "{B}", "had", "left", "."]


@pytest.mark.parametrize(
    ("other", "count"),
    [
        ("{A} said on the second day that {B} had left .", 0),
        ("{A} never said on the second day that {B} had left .", 1),
        ("{A} denied that {B} had left .", 1),
        ("{B} said on the second day that {A} had left .", 1),  # two names change places
        ("on the second day {A} said that {B} had left .", 1),  # a move
        ("{A} did not say that {B} had left .", 1),
        ("{B} had left on the second day that {A} said .", 1),  # an exchange
        ("“ {A} said on the second day that {B} had left . ”", 1),  # punctuation alone
        ("“ {A} said on the second day that {B} will leave . ”", 1),
        ("{C} said on the second day that {B} will leave .", 2),
        ("{C} said on the second day that {A} had left .", 2),  # no exchange
    ],
)
def test_how_many_stretches_differ(other: str, count: int) -> None:
    assert len(differing_stretches(ONE, other.split())) == count


@given(
    before=st.lists(st.sampled_from("abcdef"), max_size=8),
    one=st.lists(st.sampled_from("uvw"), max_size=4),
    other=st.lists(st.sampled_from("xyz"), max_size=4),
    after=st.lists(st.sampled_from("ghijkl"), max_size=8),
)
def test_one_replaced_stretch_is_one(
    before: list[str], one: list[str], other: list[str], after: list[str]
) -> None:
    stretches = differing_stretches([*before, *one, *after], [*before, *other, *after])
    assert len(stretches) == (0 if one == other else 1)
