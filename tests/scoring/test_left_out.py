"""What is left out of the headline: contested items and promotional stances; hedges, which are wrong."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from builders import article, corpus, quote, stance, write_gold
from command import onrecord_command
from hypothesis import given
from hypothesis import strategies as st
from strategies import ACTORS, corpora

import onrecord
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import encode_documents
from onrecord.corpus.resolution import resolve_names
from onrecord.corpus.votes import Answer, Ask, Vote
from onrecord.document import Document
from onrecord.exceptions import InvalidInput
from onrecord.scoring.breakdown import breakdown
from onrecord.scoring.comparison import compare
from onrecord.scoring.errors.analysis import find_errors
from onrecord.scoring.material import prepare
from onrecord.scoring.scores import Scores
from onrecord.scoring.tables import CountTable

Counts = tuple[float, int, int]
"""Right, in the gold, predicted."""

TEXT = "Norway wants the quota. Iceland fears it. Vold said that cod waits."


def open_vote(document: str, ask: Ask, item: tuple[str, ...]) -> Vote:
    """A vote that leaves the item open: (holder, target) of a stance, or a quote."""
    holder, target = item if ask == "stance" else (None, None)
    return Vote(
        id=f"{document}/{item}",
        doc_id=document,
        ask=ask,
        holder=holder,
        target=target,
        quotes=() if ask == "stance" else item,
        answers=(Answer("favor", 1), Answer("none", 1)),
        contested=True,
    )


def voted(gold: Corpus, *votes: Vote) -> Corpus:
    return msgspec.structs.replace(gold, votes=votes)


def counts(scores: Scores, layer: str = "stances") -> Counts:
    table = scores[layer].table
    assert isinstance(table, CountTable)
    return table.tp, table.gold, table.predicted


def with_stances(document: Document, *given: tuple[str, str, str, str]) -> Document:
    return document.with_layers(stances=[stance(document, *each) for each in given])


# -- contested stances ----------------------------------------------------------------------------


def test_a_contested_cell_counts_on_neither_side_whatever_the_polarity() -> None:
    text = article(TEXT)
    norway = open_vote("gazette", "stance", ("norway", "quota"))
    vold = open_vote("gazette", "stance", ("kari-vold", "talks"))
    gold = with_stances(
        text,
        ("norway", "quota", "favor", "wants the quota"),
        ("iceland", "quota", "against", "fears it"),
    )
    predicted = with_stances(
        text,
        ("Oslo", "quota", "against", "wants the quota"),  # Norway's, by its capital
        ("iceland", "quota", "against", "fears it"),
        ("Vold", "talks", "favor", "said"),  # open, and not in the gold
        ("nobody", "quota", "favor", "said"),  # means no actor, so nothing that was voted on
    )
    open_gold = voted(corpus(gold), norway, vold)
    assert counts(onrecord.score(open_gold, [predicted])) == (1, 1, 2)
    assert counts(onrecord.score(open_gold, [predicted], contested=True)) == (1, 2, 4)
    assert counts(onrecord.score(corpus(gold), [predicted])) == (1, 2, 4)


def test_a_cell_is_contested_in_its_own_article_only() -> None:
    one, two = (
        with_stances(article(TEXT, id), ("norway", "quota", "favor", "wants the quota"))
        for id in ("one", "two")
    )
    gold = voted(corpus(one, two), open_vote("one", "stance", ("norway", "quota")))
    assert counts(onrecord.score(gold, [one, two])) == (1, 1, 1)


def test_errors_and_parts_leave_out_what_the_score_leaves_out() -> None:
    text = article(TEXT)
    gold = with_stances(text, ("norway", "quota", "favor", "wants the quota"))
    predicted = with_stances(text, ("norway", "quota", "against", "wants the quota"))
    open_gold = voted(corpus(gold), open_vote("gazette", "stance", ("norway", "quota")))
    assert find_errors(open_gold, [predicted]).errors == ()
    (case,) = find_errors(open_gold, [predicted], contested=True).errors
    assert case.kind == "wrong-polarity"
    parts = breakdown(prepare(open_gold, [predicted]), "document")
    assert {(p.gold, p.predicted) for p in parts if p.layer == "stances"} == {(0, 0)}


@given(corpora(), st.data())
def test_leaving_out_is_the_same_as_not_having_had_the_stances(
    case: tuple[Corpus, tuple[Document, ...]], data: st.DataObject
) -> None:
    """The oracle takes the cells out of both files, names resolved as they are in the whole file."""
    gold, predictions = case
    cells = [(d.id, holder, target) for d in gold for holder in ACTORS for target in ("quota",)]
    chosen = data.draw(st.sets(st.sampled_from(cells)))
    votes = [open_vote(id, "stance", (holder, target)) for id, holder, target in chosen]
    found = onrecord.score(voted(gold, *votes), predictions, zones=False)
    names = resolve_names(predictions, gold.registry)

    def without(document: Document) -> Document:
        kept = [
            s
            for s in document.stances
            if (document.id, names[document.id].get(s.holder) or s.holder, s.target) not in chosen
        ]
        return document.with_layers(stances=kept)

    golds = [
        d.with_layers(stances=[s for s in d.stances if (d.id, s.holder, s.target) not in chosen])
        for d in gold
    ]
    bare = onrecord.score(corpus(*golds), [without(d) for d in predictions], zones=False)
    assert found.stances.table == bare.stances.table


# -- contested speakers ---------------------------------------------------------------------------


@pytest.mark.parametrize("speaker", ["kari-vold", "Jónsson", "nobody", None])
def test_a_quote_with_a_contested_speaker_is_right_with_anybody(speaker: str | None) -> None:
    text = article(TEXT)
    gold = voted(
        corpus(text.with_layers(quotes=[quote(text, "q1", "that cod waits", speaker="norway")])),
        open_vote("gazette", "speaker", ("q1",)),
    )
    predicted = text.with_layers(quotes=[quote(text, "a", "that cod waits", speaker=speaker)])
    found = onrecord.score(gold, [predicted], also=True)
    assert counts(found, "quotes") == (1, 1, 1)
    assert counts(onrecord.score(gold, [predicted], contested=True), "quotes") == (0, 1, 1)
    figures = {f"{f.layer}: {f.name}": f.f1 for f in found.also}
    assert figures["quotes: speaker accuracy"] is None  # nobody is asked for
    assert figures["quotes: with contested"] == 0
    assert find_errors(gold, [predicted]).errors == ()


def test_the_content_of_a_quote_with_a_contested_speaker_still_counts() -> None:
    text = article(TEXT)
    gold = voted(
        corpus(text.with_layers(quotes=[quote(text, "q1", "that cod waits", speaker="norway")])),
        open_vote("gazette", "speaker", ("q1",)),
    )
    other = text.with_layers(quotes=[quote(text, "a", "Iceland fears it", speaker="norway")])
    assert counts(onrecord.score(gold, [other]), "quotes") == (0, 1, 1)
    missed, invented = find_errors(gold, [other]).errors
    assert (missed.kind, missed.gold[0].label) == ("missed", "any speaker (contested)")
    assert invented.kind == "invented"


def test_no_name_in_a_file_is_taken_for_a_contested_speaker() -> None:
    text = article(TEXT)
    gold = corpus(text.with_layers(quotes=[quote(text, "q1", "that cod waits", speaker="norway")]))
    for name in ("\0open", "?", "any speaker (contested)"):
        guess = text.with_layers(quotes=[quote(text, "a", "that cod waits", speaker=name)])
        assert counts(onrecord.score(gold, [guess]), "quotes") == (0, 1, 1)


# -- settings -------------------------------------------------------------------------------------


def test_the_signature_says_whether_contested_items_count() -> None:
    gold = corpus(article(TEXT))
    plain, counted = (onrecord.score(gold, gold.documents, contested=c) for c in (False, True))
    assert "|zones:no-promo|contested:no|" in plain.signature
    assert "|zones:no-promo|contested:yes|" in counted.signature
    with pytest.raises(InvalidInput, match="other settings"):
        compare(gold, {"a": plain, "b": counted})
    assert (
        "|contested:yes|" in compare(gold, {"a": counted, "b": counted}, contested=True).signature
    )


def test_the_commands_count_contested_items_where_asked(tmp_path: Path) -> None:
    text = article(TEXT)
    gold = with_stances(text, ("norway", "quota", "favor", "wants the quota"))
    write_gold(tmp_path, voted(corpus(gold), open_vote("gazette", "stance", ("norway", "quota"))))
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_bytes(encode_documents([text], text=False))
    files = [str(tmp_path / f"{name}.jsonl") for name in ("a", "b")]
    for verb, given_files in (("score", files), ("compare", files), ("errors", files[:1])):
        for option, setting in (([], "no"), (["--contested"], "yes")):
            done = onrecord_command(verb, *given_files, "--gold", str(tmp_path), *option)
            assert done.returncode == 0, done.stderr
            assert f"|contested:{setting}|" in done.stdout
    done = onrecord_command(
        "errors", files[0], "--gold", str(tmp_path), "--contested", "--layer", "stances"
    )
    assert "missed" in done.stdout


# -- promotional text -----------------------------------------------------------------------------

PROMO = "Norway wants the quota. Subscribe now: Norway wants the quota, Iceland fears it."


@pytest.mark.parametrize(
    ("where_gold", "where_predicted", "expected"),
    [
        ("body", "body", (1, 1, 1)),
        ("body", "promo", (1, 1, 1)),  # a right stance, found in another place
        ("promo", "body", (0, 0, 0)),  # the gold's cell does not count, wherever it is found
        ("promo", "promo", (0, 0, 0)),
        ("none", "body", (0, 0, 1)),
        ("none", "promo", (0, 0, 1)),  # where a guess points does not make it free
    ],
)
@pytest.mark.parametrize("polarity", ["favor", "against"])
def test_whether_a_stance_counts_is_decided_by_the_golds_cell(
    where_gold: str, where_predicted: str, expected: Counts, polarity: str
) -> None:
    text = article(PROMO, promo="Subscribe")
    promo = PROMO.index("Norway", 1)

    def at(where: str, polarity: str) -> Document:
        if where == "none":
            return text
        start = 0 if where == "body" else promo
        made = stance(text, "norway", "quota", polarity, "wants the quota,")
        span = msgspec.structs.replace(
            made.evidence[0], start=start + 7, end=start + 7 + len("wants the quota")
        )
        return text.with_layers(stances=[msgspec.structs.replace(made, evidence=(span,))])

    gold = corpus(at(where_gold, "favor"))
    predicted = at(where_predicted, polarity)
    right = expected[0] if polarity == "favor" else 0
    assert counts(onrecord.score(gold, [predicted])) == (right, *expected[1:])
    total = (int(where_gold != "none"), 1)
    assert counts(onrecord.score(gold, [predicted], zones=False))[1:] == total


# -- hedges ---------------------------------------------------------------------------------------


def test_two_names_of_one_holder_with_contrary_polarities_are_both_wrong() -> None:
    text = article(TEXT)
    gold = with_stances(text, ("norway", "quota", "favor", "wants the quota"))
    hedge = with_stances(
        text,
        ("norway", "quota", "favor", "wants the quota"),
        ("Oslo", "quota", "against", "wants the quota"),
    )
    found = onrecord.score(corpus(gold), [hedge], also=True)
    assert counts(found) == (0, 1, 2)
    figures = {f.name: f.f1 for f in found.also if f.layer == "stances"}
    assert figures == {
        "holders rolled up": 0,
        "F_avg": None,
        "evidence characters": 0,
        "evidence-gated": 0,
        "with contested": 0,
    }
    assert [(c.kind, c.subkind) for c in find_errors(corpus(gold), [hedge]).errors] == [
        ("wrong-polarity", "several polarities"),
        ("invented", None),
    ]


def test_two_names_of_one_holder_with_one_polarity_are_one_stance() -> None:
    text = article(TEXT)
    gold = with_stances(text, ("norway", "quota", "favor", "wants the quota"))
    twice = with_stances(
        text,
        ("norway", "quota", "favor", "wants the quota"),
        ("Oslo", "quota", "favor", "wants"),
    )
    assert counts(onrecord.score(corpus(gold), [twice])) == (1, 1, 1)


def test_one_content_with_two_speakers_is_invalid() -> None:
    text = article(TEXT)
    quotes = [
        quote(text, "a", "Norway wants the quota"),
        quote(text, "b", "that cod waits", speaker="norway"),
        quote(text, "c", "that cod waits", speaker="iceland"),
    ]
    with pytest.raises(InvalidInput) as caught:
        onrecord.score(corpus(text), [text.with_layers(quotes=quotes)])
    reason = "gazette: quotes[2]: has the content of quotes[1] with another speaker"
    assert str(caught.value) == reason


# -- evidence -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("wants the quota", True),
        ("wants the", True),  # 8 of 13 characters, all of its own
        ("wants", False),  # 5 of 13
        ("Norway wants the quota. Iceland", False),  # 13 of 27, white space left out
        ("Norway wants the quota", True),  # 13 of 19
        ("fears it", False),
    ],
)
def test_evidence_must_share_half_of_its_characters_both_ways(words: str, right: bool) -> None:
    text = article(TEXT)
    gold = with_stances(text, ("norway", "quota", "favor", "wants the quota"))
    predicted = with_stances(text, ("norway", "quota", "favor", words))
    found = onrecord.score(corpus(gold), [predicted], also=True)
    assert counts(found) == (1, 1, 1)
    gated = {f.name: f for f in found.also}["evidence-gated"]
    assert gated.f1 == gated.precision == gated.recall == right
