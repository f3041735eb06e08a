"""Units smaller than documents: where items belong, and that nothing is lost or counted twice."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
import strategies
from builders import article, corpus, quote, stance
from hypothesis import given
from hypothesis import strategies as st

import onrecord
from onrecord.document import Document, Mention
from onrecord.scoring.comparison import compare
from onrecord.scoring.scores import Scores, score
from onrecord.scoring.tables import CountTable

Counts = tuple[float, int, int]

TEXT = "⟦Vold|PERSON|kari-vold⟧ said we go.\n⟦Oslo|GPE|norway⟧ waits, ⟦Berg|PERSON|b⟧ said.\n\nThe end."


def units(table: CountTable | None) -> dict[str, Counts]:
    assert table is not None
    return {row.document: (row.tp, row.gold, row.predicted) for row in table.rows}


def by_document(table: CountTable | None) -> dict[str, list[float]]:
    sums: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0])
    for unit, counts in units(table).items():
        document = unit.rpartition("#")[0]
        sums[document] = [one + more for one, more in zip(sums[document], counts, strict=True)]
    return sums


def assert_units_add_up(scores: Scores) -> None:
    for layer in ("entities", "quotes", "stances"):
        sums = by_document(scores[layer].units)
        table = scores[layer].table
        assert isinstance(table, CountTable)
        for row in table.rows:
            assert sums.pop(row.document, [0, 0, 0]) == [row.tp, row.gold, row.predicted]
        assert not sums
    assert scores.linking.units is scores.utterances.units is None


def test_a_mention_belongs_to_the_line_in_which_it_begins() -> None:
    gold = article(TEXT)
    wrong = gold.text.index("end")
    predicted = gold.with_layers(
        mentions=[*gold.mentions[:2], Mention(wrong, wrong + 3, "EVENT", None)]
    )
    scores = score(corpus(gold), [predicted])
    assert units(scores.entities.units) == {
        "gazette#0": (1, 1, 1),
        "gazette#1": (1, 2, 1),
        "gazette#2": (0, 0, 1),
    }


def test_a_matched_quote_is_counted_where_the_golds_content_begins() -> None:
    """The prediction begins a line earlier, with the last word of it, and still matches."""
    gold = article("x said.\nThey will all wait for the spring and go.\nThey go.")
    words = "They will all wait for the spring and go"
    place = gold.text.index("said")
    right = gold.with_layers(quotes=[quote(gold, "q1", words)])
    longer = quote(gold, "q1", gold.text[place : place + len("said.\n") + len(words)])
    other = quote(gold, "q2", "They go")
    scores = score(corpus(right), [gold.with_layers(quotes=[longer, other])])
    assert units(scores.quotes.units) == {"gazette#1": (1, 1, 1), "gazette#2": (0, 0, 1)}


def test_stances_of_a_target_are_one_cell() -> None:
    gold = article(TEXT)
    left = [
        stance(gold, "kari-vold", "talks", "favor", "we go"),
        stance(gold, "norway", "talks", "against", "waits"),
    ]
    right = [
        stance(gold, "kari-vold", "talks", "favor", "we go"),
        stance(gold, "norway", "talks", "favor", "waits"),
    ]
    one = gold.with_layers(stances=left)
    scores = score(corpus(one), [gold.with_layers(stances=right)])
    assert units(scores.stances.units) == {"gazette#talks": (1, 2, 2)}


@given(strategies.corpora(), st.booleans())
def test_units_add_up_to_their_document_whatever_the_text(
    case: tuple[onrecord.Corpus, tuple[Document, ...]], zones: bool
) -> None:
    gold, predicted = case
    assert_units_add_up(score(gold, predicted, zones=zones, layers=onrecord.LAYERS))


@pytest.mark.parametrize(
    "file", sorted((Path(__file__).parents[2] / "eval" / "predictions").glob("*.jsonl"))
)
def test_units_of_every_published_row_add_up(file: Path, gold: onrecord.Corpus) -> None:
    assert_units_add_up(score(gold, file, layers=onrecord.LAYERS))


@pytest.fixture(scope="module")
def against_rules(root: Path, gold: onrecord.Corpus) -> dict[str, bool]:
    names = ("crf", "crf-apart", "minilm-ner", "minilm-ner-apart", "rules", "spacy-md", "spacy-sm")
    files = {name: root / "eval" / "predictions" / f"{name}.jsonl" for name in names}
    layer = compare(gold, files).layers["entities"]
    found = {}
    for pair in layer.pairs:
        assert pair.here is not None
        assert not pair.beyond.resolved
        found[pair.system] = pair.here.resolved
    return {layer.leader: True, **found}


def test_these_articles_tell_the_leader_from_systems_that_are_clearly_worse(
    against_rules: dict[str, bool],
) -> None:
    clear = ("spacy-md", "spacy-sm", "crf-apart", "minilm-ner-apart")
    assert all(against_rules[name] for name in clear)


def test_they_do_not_tell_it_from_one_that_is_nearly_as_good(
    against_rules: dict[str, bool],
) -> None:
    assert against_rules["crf"] is False
    assert sorted(against_rules.values()).count(True) == 5  # the leader and the clear ones


def test_units_resolve_what_documents_cannot() -> None:
    """Of the four lines of each of 5 documents the other system finds one: 15 units differ, and only
    with all of them swapped or none is the difference as great; of documents there are but 5.
    """
    marked = "\n".join("⟦Vold|PERSON|v⟧ went to ⟦Oslo|GPE|o⟧." for _ in range(4))
    gold = corpus(*(article(marked, f"g{number}") for number in range(5)))
    worse = [document.with_layers(mentions=document.mentions[:2]) for document in gold]
    (pair,) = compare(gold, {"a": gold.documents, "b": worse}).layers["entities"].pairs
    assert pair.here is not None
    assert pair.here.test is not None
    assert pair.here.test.p == pair.here.test.smallest == 2 / 2**15
    assert pair.here.resolved
    assert pair.beyond.test is not None
    assert pair.beyond.test.p == 2 / 2**5
    assert not pair.beyond.resolved
