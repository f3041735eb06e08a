"""Systems compared: the leader of each layer against the others, and what few documents can tell."""

from __future__ import annotations

import msgspec
import pytest
from builders import article, corpus, quote
from scipy import stats

import onrecord
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import encode_json
from onrecord.corpus.predictions import Predictions
from onrecord.document import Document
from onrecord.scoring.comparison import Comparison, compare
from onrecord.scoring.intervals import Interval
from onrecord.scoring.report import comparison_report, interval, p_value
from onrecord.scoring.statistics import RankRange, SwapTest, Wins

NAMES = ("Vold", "Jónsson", "Berg", "Dahl")
ENTITIES = ("kari-vold", "einar-jonsson", "berg", "dahl")


def gazette(number: int) -> Document:
    """Four persons are named, and two of them say something."""
    said = " said we go. ", " said they wait. ", " came. ", " slept. "
    marked = "".join(
        f"⟦{name}|PERSON|{entity}⟧{words}"
        for name, entity, words in zip(NAMES, ENTITIES, said, strict=True)
    )
    document = article(marked, f"g{number}")
    quotes = [
        quote(document, "q1", "we go", speaker="kari-vold", utterance="go"),
        quote(document, "q2", "they wait", speaker="einar-jonsson", utterance="wait"),
    ]
    return document.with_layers(quotes=quotes)


def gazettes(count: int) -> Corpus:
    return corpus(*(gazette(number) for number in range(count)))


def finds(gold: Corpus, *numbers: int) -> Predictions:
    """A system that finds so many of the names of each document, and no quote, though it tries."""
    found = (
        document.with_layers(mentions=document.mentions[:number], quotes=[])
        for document, number in zip(gold, numbers, strict=True)
    )
    return Predictions(found, ["entities", "linking", "quotes", "utterances"])


def test_every_number_of_a_case_worked_by_hand() -> None:
    """Six documents of 4 names; found 4 of each, and 1, 1, 1, 2, 2, 2 of them: F1 1 and 18/33.

    Left out, a document with 1 leaves 16/28, one with 2 leaves 14/27. Only with all documents
    swapped or none is the difference as great: p is 2/64.
    """
    gold = gazettes(6)
    comparison = compare(gold, {"all": gold.documents, "some": finds(gold, 1, 1, 1, 2, 2, 2)})
    layer = comparison.layers["entities"]
    assert layer.leader == "all"
    assert layer.f1 == {"all": 1.0, "some": pytest.approx(18 / 33)}
    assert layer.ranks == {"all": RankRange(1, 1), "some": RankRange(2, 2)}
    (pair,) = layer.pairs
    left_out = [1 - 16 / 28] * 3 + [1 - 14 / 27] * 3
    mean = sum(left_out) / 6
    half = stats.t.ppf(0.975, 5) * (5 / 6 * sum((each - mean) ** 2 for each in left_out)) ** 0.5
    assert pair.system == "some"
    assert pair.difference.value == pytest.approx(15 / 33)
    assert pair.difference.error == pytest.approx(half / stats.t.ppf(0.975, 5))
    ratio = 1 + stats.t.ppf(0.8, 5) / stats.t.ppf(0.975, 5)
    assert pair.beyond.detectable == pytest.approx(half * ratio)
    assert pair.difference.interval is not None
    assert pair.difference.interval.low == pytest.approx(15 / 33 - half)
    assert pair.difference.interval.high == pytest.approx(15 / 33 + half)
    assert pair.beyond.test == SwapTest(2 / 64, 2 / 64, exact=True)
    assert pair.beyond.adjusted_p == 2 / 64
    assert pair.wins == Wins(6, 0, 0)
    assert pair.beyond.resolved
    assert comparison.limit is None


def test_five_documents_resolve_nothing_in_any_layer() -> None:
    gold = gazettes(5)
    comparison = compare(gold, {"all": gold.documents, "some": finds(gold, 1, 1, 1, 2, 2)})
    assert comparison.limit == "five documents cannot give p below 0.0625"
    (pair,) = comparison.layers["entities"].pairs
    assert pair.difference.interval is not None
    assert pair.difference.interval.low > 0
    assert pair.beyond.test is not None
    assert pair.beyond.test.p == 0.0625
    pairs = [pair for layer in comparison.layers.values() for pair in layer.pairs]
    assert len(pairs) == 4
    assert not any(pair.beyond.resolved for pair in pairs)
    assert "five documents cannot give p below 0.0625: no difference is resolved beyond them" in (
        comparison_report(comparison)
    )


@pytest.mark.parametrize(
    ("documents", "limit"),
    [
        (1, "one document cannot give p below 1"),
        (2, "two documents cannot give p below 0.5"),
        (6, None),
    ],
)
def test_the_limit_is_that_of_the_number_of_documents(documents: int, limit: str | None) -> None:
    gold = gazettes(documents)
    assert compare(gold, {"a": gold.documents, "b": gold.documents}).limit == limit


def test_systems_that_do_not_differ_are_unresolved() -> None:
    gold = gazettes(6)
    some = finds(gold, 1, 2, 3, 1, 2, 3)
    comparison = compare(gold, {"copy": some, "some": some})
    for name in ("entities", "linking", "quotes", "utterances"):
        layer = comparison.layers[name]
        assert layer.leader == "copy"  # the first by name
        (pair,) = layer.pairs
        assert pair.difference.interval is None
        assert pair.wins == Wins(0, 0, 6)
        for level in (pair.here, pair.beyond):
            assert level is None or not level.resolved
            assert level is None or level.test in (None, SwapTest(1.0, 1.0, exact=True))


def test_one_layer_can_be_resolved_and_another_not() -> None:
    """Who finds no quote loses by all of them everywhere; nothing is then known of the spread."""
    gold = gazettes(6)
    comparison = compare(gold, {"all": gold.documents, "some": finds(gold, 1, 1, 1, 2, 2, 2)})
    (quotes,) = comparison.layers["quotes"].pairs
    assert quotes.difference.value == 1.0
    assert quotes.difference.interval is None
    assert quotes.beyond.test is not None
    assert quotes.beyond.test.p == 2 / 64
    assert not quotes.beyond.resolved
    assert comparison.layers["stances"].f1 == {"all": None, "some": None}
    assert comparison.layers["entities"].pairs[0].beyond.resolved


def test_a_system_has_no_part_in_a_layer_that_it_does_not_attempt() -> None:
    gold = gazettes(3)
    names = Predictions(finds(gold, 1, 2, 3), ["entities"])
    systems = {"all": gold.documents, "names": names, "some": finds(gold, 3, 3, 3)}
    comparison = compare(gold, systems)
    entities, linking = comparison.layers["entities"], comparison.layers["linking"]
    assert [pair.system for pair in entities.pairs] == ["some", "names"]
    assert [pair.system for pair in linking.pairs] == ["some"]
    assert (linking.f1["names"], set(linking.ranks)) == (None, {"all", "some"})
    two = {name: systems[name] for name in ("all", "some")}
    assert linking.pairs == compare(gold, two).layers["linking"].pairs
    last = comparison_report(comparison).split("\n\n")[1].splitlines()[-1]
    assert last.split() == ["names", "–"]
    rows = [row for row in comparison._rows() if row["layer"] == "linking"]
    assert [(row["system"], row["f1"] is None) for row in rows] == [
        ("all", False), ("some", False), ("names", True),
    ]  # fmt: skip


def test_a_layer_that_fewer_than_two_systems_attempt_has_no_pairs() -> None:
    gold = gazettes(3)
    names = Predictions(finds(gold, 1, 2, 3), ["entities"])
    comparison = compare(gold, {"all": gold.documents, "names": names})
    quotes, stances = comparison.layers["quotes"], comparison.layers["stances"]
    assert (quotes.leader, quotes.pairs) == ("all", ())
    assert quotes.f1 == {"all": 1.0, "names": None}
    assert (stances.leader, stances.pairs, stances.ranks) == (None, (), {})
    assert "–: not attempted" in comparison_report(comparison)
    assert msgspec.json.decode(encode_json(comparison), type=Comparison) == comparison


def test_a_small_p_alone_resolves_nothing() -> None:
    gold = gazettes(6)
    systems = {"all": gold.documents, "some": finds(gold, 0, 0, 3, 3, 3, 3)}
    (pair,) = compare(gold, systems).layers["entities"].pairs
    assert pair.beyond.adjusted_p == 2 / 64
    assert pair.difference.interval is not None
    assert pair.difference.interval.low < 0 < pair.difference.interval.high
    assert not pair.beyond.resolved


def test_p_is_adjusted_for_the_number_of_systems() -> None:
    """Two tests at 2/64 each give 4/64, which is past 0.05."""
    gold = gazettes(6)
    systems = {
        "all": gold.documents,
        "most": finds(gold, 1, 1, 1, 2, 2, 2),
        "some": finds(gold, 1, 1, 1, 1, 2, 2),
    }
    pairs = compare(gold, systems).layers["entities"].pairs
    assert [pair.system for pair in pairs] == ["most", "some"]
    for pair in pairs:
        assert pair.beyond.test is not None
        assert (pair.beyond.test.p, pair.beyond.adjusted_p) == (2 / 64, 4 / 64)
        assert pair.difference.interval is not None
        assert pair.difference.interval.low > 0
        assert not pair.beyond.resolved


def test_scores_of_clusters_have_no_p_and_are_resolved_with_their_error_shared_by_all_pairs() -> (
    None
):
    """Of two systems there is one pair, of six 15; 5 (the leader's) would not be enough."""
    gold = gazettes(6)
    few = {"all": gold.documents, "some": finds(gold, 1, 1, 2, 2, 3, 4)}
    (pair,) = compare(gold, few).layers["linking"].pairs
    assert (pair.here, pair.beyond.test, pair.beyond.adjusted_p) == (None, None, None)
    assert pair.beyond.resolved
    copies = {f"some-{number}": few["some"] for number in range(4)}
    pairs = compare(gold, few | copies).layers["linking"].pairs
    assert [again.difference for again in pairs] == [pair.difference] * 5
    assert not any(again.beyond.resolved for again in pairs)
    assert pair.difference.value is not None
    assert pair.difference.error is not None
    ratio = pair.difference.value / pair.difference.error
    five, fifteen = (stats.t.ppf(1 - 0.025 / m, 5) for m in (5, 15))
    assert five < ratio < fifteen


def test_the_order_of_systems_and_documents_changes_nothing() -> None:
    gold = gazettes(6)
    one, other = finds(gold, 1, 1, 4, 2, 2, 2), finds(gold, 4, 3, 1, 1, 1, 1)
    forth = compare(gold, {"one": one, "other": other, "all": gold.documents})
    turned = [Predictions(system[::-1], system.layers) for system in (other, one)]
    back = compare(gold, {"all": gold.documents, "other": turned[0], "one": turned[1]})
    assert encode_json(forth) == encode_json(back)
    assert comparison_report(forth) == comparison_report(back)


def test_a_comparison_is_read_back_from_its_json() -> None:
    gold = gazettes(3)
    comparison = compare(gold, {"a": gold.documents, "b": finds(gold, 1, 2, 3)})
    assert msgspec.json.decode(encode_json(comparison), type=Comparison) == comparison


def test_scores_stand_for_predictions_when_made_the_same_way() -> None:
    gold = gazettes(3)
    some = finds(gold, 1, 2, 3)
    scores = onrecord.score(gold, some)
    plain = compare(gold, {"a": gold.documents, "b": some})
    assert compare(gold, {"a": gold.documents, "b": scores}) == plain
    other_zones = onrecord.score(gold, some, zones=False)
    other_gold = onrecord.score(gazettes(2), some[:2])
    for wrong in (other_zones, other_gold):
        with pytest.raises(onrecord.InvalidInput, match="b was scored with another gold or other"):
            compare(gold, {"a": gold.documents, "b": wrong})
    all_zones = compare(gold, {"a": gold.documents, "b": other_zones}, zones=False)
    assert "|zones:all|" in all_zones.signature


@pytest.mark.parametrize("count", [0, 1])
def test_a_comparison_takes_two_systems(count: int) -> None:
    gold = gazettes(1)
    systems = dict.fromkeys(["a"][:count], gold.documents)
    with pytest.raises(onrecord.InvalidInput, match="two or more systems"):
        compare(gold, systems)


def test_an_empty_corpus_is_compared_without_a_figure() -> None:
    gold = corpus()
    comparison = compare(gold, {"a": (), "b": ()})
    assert comparison.limit == "no documents cannot give p below 1"
    assert "–" in comparison_report(comparison)


def test_the_report_has_a_table_for_each_layer_and_ends_with_the_signature() -> None:
    gold = gazettes(6)
    systems = {"all": gold.documents, "some": finds(gold, 1, 1, 1, 2, 2, 2)}
    report = comparison_report(compare(gold, systems))
    tables = report.split("\n\n")
    assert [table.split()[0] for table in tables[:5]] == list(onrecord.LAYERS)
    header, leader, other = tables[0].splitlines()
    assert header.split()[1:4] == ["F1", "rank", "lead"]
    assert leader.split() == ["all", "1.000", "1"]
    cells = ["some", ".545", "2", ".455", "[.30,", ".61]", "6/0/0", ".0312†", ".0312*", ".17/.21"]
    assert other.split() == cells
    signature = report.splitlines()[-1]
    assert signature.startswith(f"gold:{gold.hash[:12]}|docs:6|")
    assert signature.endswith("|p:swap|units:passages+cells|adjust:holm|samples:10000|seed:0")
    markdown = comparison_report(compare(gold, systems), "markdown")
    assert markdown.startswith("| entities")


def test_numbers_below_1_have_no_leading_zero_whatever_their_sign() -> None:
    assert interval(Interval(-0.25, 0.5)) == "[-.25, .50]"
    assert interval(Interval(-1.0, 1.0)) == "[-1.00, 1.00]"
    assert [p_value(p) for p in (1.0, 0.0625, 0.00009, None)] == ["1.0000", ".0625", "<.0001", "–"]
