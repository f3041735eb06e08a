"""Error analysis: each error is of the right kind, and the kinds add up to the score's tables."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from math import comb
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from builders import REGISTRY, TARGETS, article, corpus, quote, stance
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import TARGETS as TARGET_IDS
from strategies import annotated, seeds

import onrecord
from onrecord.annotation.drafts import locate
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.layers import load_gold
from onrecord.corpus.registry import Entity, Registry, Target
from onrecord.document import POLARITIES, Document, Mention, Quote, Span
from onrecord.exceptions import InvalidInput
from onrecord.scoring.clusters import ClusterTable
from onrecord.scoring.errors.analysis import KINDS, Analysis, find_errors, select
from onrecord.scoring.errors.cases import Case
from onrecord.scoring.errors.context import context
from onrecord.scoring.errors.report import errors_report
from onrecord.scoring.tables import CountTable

T = TypeVar("T")

PREDICTIONS = sorted((Path(__file__).parents[2] / "eval" / "predictions").glob("*.jsonl"))


def kinds(analysis: Analysis, layer: str) -> list[tuple[str, str | None]]:
    return [(case.kind, case.subkind) for case in analysis.errors if case.layer == layer]


def right(analysis: Analysis, layer: str) -> int:
    return next(c.n for c in analysis.counts if (c.layer, c.kind) == (layer, "right"))


# -- entities -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "label", "kind"),
    [
        ("Kari Vold", "PERSON", None),
        ("Minister Kari Vold", "PERSON", None),  # its title is trimmed
        ("Kari Vold", "ORG", ("mistyped", None)),
        ("Kari", "PERSON", ("cut-wrong", "too short")),
        ("Kari Vold of", "PERSON", ("cut-wrong", "too long")),
        ("Vold of", "PERSON", ("cut-wrong", "shifted")),
        ("Vold", "ORG", ("cut-and-typed-wrong", "too short")),
    ],
)
def test_a_mention_is_mistyped_or_cut_wrong(
    words: str, label: str, kind: tuple[str, str | None] | None
) -> None:
    gold = article("Minister ⟦Kari Vold|PERSON|kari-vold⟧ of fish spoke")
    span = locate(words, gold.text)
    predicted = gold.with_layers(mentions=[Mention(span.start, span.end, label, "e")])
    found = find_errors(corpus(gold), [predicted])
    assert kinds(found, "entities") == ([kind] if kind else [])
    assert right(found, "entities") == (kind is None)


def test_mentions_that_share_nothing_are_missed_and_invented() -> None:
    gold = article("⟦Oslo|GPE|norway⟧ waits")
    found = find_errors(corpus(gold), [gold.with_layers(mentions=[Mention(5, 10, "GPE", "e")])])
    assert kinds(found, "entities") == [("missed", None), ("invented", None)]
    assert kinds(found, "linking") == [("missed", None), ("invented", None)]
    missed, invented = found.errors[:2]
    assert (missed.gold[0].words, missed.predicted) == ("Oslo", ())
    assert (invented.gold, invented.predicted[0].words) == ((), "waits")
    assert (missed.start, missed.end, missed.context) == (0, 4, ("⟦Oslo⟧ waits",))


def test_the_greatest_overlap_is_paired_then_the_same_type() -> None:
    gold = article("⟦North Sea Council|ORG|c⟧ met")
    halves = [Mention(0, 5, "ORG", "a"), Mention(6, 17, "LOC", "b")]
    found = find_errors(corpus(gold), [gold.with_layers(mentions=halves)])
    assert kinds(found, "entities") == [("cut-and-typed-wrong", "too short"), ("invented", None)]
    gold = article("⟦aa bb|ORG|c⟧ met")
    halves = [Mention(0, 2, "LOC", "a"), Mention(3, 5, "ORG", "b")]
    found = find_errors(corpus(gold), [gold.with_layers(mentions=halves)])
    assert kinds(found, "entities") == [("cut-wrong", "too short"), ("invented", None)]
    assert found.errors[0].predicted[0].words == "bb"


# -- linking --------------------------------------------------------------------------------------


def linked(*entities: str | None) -> list[tuple[str, str, str | None]]:
    """Gold: Oslo, Oslo, Oslo (norway), Vold, Vold (kari-vold). Kind, words, note of each error."""
    gold = article(
        "⟦Oslo|GPE|norway⟧ ⟦Oslo|GPE|norway⟧ ⟦Oslo|GPE|norway⟧ "
        "⟦Vold|PERSON|kari-vold⟧ ⟦Vold|PERSON|kari-vold⟧"
    )
    mentions = [
        Mention(mention.start, mention.end, mention.label, entity)
        for mention, entity in zip(gold.mentions, entities, strict=True)
    ]
    found = find_errors(corpus(gold), [gold.with_layers(mentions=mentions)])
    assert right(found, "linking") == 5 - len(found.errors)
    return [(case.kind, case.gold[0].words, case.note) for case in found.errors]


def test_other_names_of_clusters_are_no_error() -> None:
    assert linked("a", "a", "a", "b", "b") == []


def test_a_name_without_an_entity_is_unlinked_unless_it_is_alone_in_the_gold() -> None:
    assert linked("a", "a", None, "b", "b") == [("unlinked", "Oslo", None)]
    gold = article("⟦Oslo|GPE|norway⟧ waits")
    predicted = gold.with_layers(mentions=[Mention(0, 4, "GPE")])
    assert find_errors(corpus(gold), [predicted]).errors == ()


def test_a_name_is_merged_into_the_cluster_that_mainly_holds_another_entity() -> None:
    note = "the cluster has 3 of Norway, 1 of this"
    assert linked("a", "a", "a", "a", "b") == [("merged", "Vold", note)]


def test_a_name_is_split_from_the_cluster_that_has_most_of_its_entity() -> None:
    assert linked("a", "a", "c", "b", "b") == [
        ("split", "Oslo", "the cluster has 1 of 3 names, 'a' has 2")
    ]


def test_at_a_tie_nothing_is_the_main_thing() -> None:
    assert [kind for kind, *_ in linked("a", "a", "a", "b", "c")] == ["split", "split"]
    assert [kind for kind, *_ in linked(None, "a", "b", "a", "b")] == ["merged"] * 4 + ["unlinked"]


# -- quotes ---------------------------------------------------------------------------------------


def spoken() -> Document:
    document = article(
        "⟦Vold|PERSON|kari-vold⟧ said that boats wait in the harbour. "
        "⟦Jónsson|PERSON|einar-jonsson⟧ said “we go home.”"
    )
    return document.with_layers(
        quotes=[
            quote(document, "q1", "that boats wait in the harbour", speaker="kari-vold"),
            quote(document, "q2", "“we go home.”"),
        ]
    )


FIRST = "that boats wait in the harbour"


@pytest.mark.parametrize(
    ("words", "speaker", "error"),
    [
        ("boats wait in the harbour", "Vold", None),
        (FIRST, None, ("wrong-speaker", "none given")),
        (FIRST, "the harbour", ("wrong-speaker", "unresolved name")),
        (FIRST, "Jónsson", ("wrong-speaker", "other actor")),
        ("boats wait", "Vold", ("cut-wrong", "too short")),
        ("boats wait", None, ("cut-wrong", "too short, wrong speaker")),
        ("Vold said that boats wait in the harbour. Jónsson said", "Vold",
         ("cut-wrong", "too long")),
        ("Vold said that boats", "Vold", ("cut-wrong", "shifted")),
    ],
)  # fmt: skip
def test_a_quote_has_the_wrong_speaker_or_is_cut_wrong(
    words: str, speaker: str | None, error: tuple[str, str] | None
) -> None:
    gold = spoken()
    other = quote(gold, "b", "“we go home.”")
    predicted = gold.with_layers(quotes=[quote(gold, "a", words, speaker=speaker), other])
    found = find_errors(corpus(gold), [predicted])
    assert kinds(found, "quotes") == ([error] if error else [])


def test_a_speaker_where_the_gold_has_none() -> None:
    gold = spoken()
    predicted = gold.with_layers(
        quotes=[gold.quotes[0], quote(gold, "b", "“we go home.”", speaker="Jónsson")]
    )
    found = find_errors(corpus(gold), [predicted])
    assert kinds(found, "quotes") == [("wrong-speaker", "none in the gold")]
    labels = (found.errors[0].gold[0].label, found.errors[0].predicted[0].label)
    assert labels == ("no speaker", "Einar Jónsson")


def test_missed_quotes_are_told_apart_by_form_and_nesting() -> None:
    document = article("Vold said that Jónsson said “we go home” now. Jónsson said that boats wait")
    gold = document.with_layers(
        quotes=[
            quote(document, "q1", "that Jónsson said “we go home” now"),
            quote(document, "q2", "“we go home”", parent="q1"),
            quote(document, "q3", "that boats wait"),
        ]
    )
    found = find_errors(corpus(gold), [gold.bare()])
    assert kinds(found, "quotes") == [
        ("missed", "mixed"),
        ("missed", "direct, nested"),
        ("missed", "indirect"),
    ]


def test_of_two_copies_the_better_one_is_right_and_the_other_invented() -> None:
    gold = spoken()
    copies = [
        quote(gold, "a", "boats wait in the harbour", speaker="Vold"),
        quote(gold, "b", FIRST, speaker="Kari Vold"),
        quote(gold, "c", "“we go home.”"),
    ]
    found = find_errors(corpus(gold), [gold.with_layers(quotes=copies)])
    assert kinds(found, "quotes") == [("invented", None)]
    assert found.errors[0].predicted[0].words == "boats wait in the harbour"


def test_right_quotes_are_as_many_as_the_score_can_find() -> None:
    """Five pairs of equal contents have more overlap than the six pairs of 0.8 that are possible."""
    document = article("abcdefghijklmnopqrstuvwxyz")

    def window(start: int) -> Quote:
        return Quote(id=f"{start}", content=(Span(start, start + 10),))

    gold = document.with_layers(quotes=[window(start) for start in range(0, 12, 2)])
    predicted = document.with_layers(quotes=[window(start) for start in range(2, 14, 2)])
    assert onrecord.score(corpus(gold), [predicted]).quotes.table.tp == 6
    assert right(find_errors(corpus(gold), [predicted]), "quotes") == 6


# -- utterances -----------------------------------------------------------------------------------


def reports(*utterances: str | None, found: bool = True) -> list[Document]:
    documents = []
    for number, utterance in enumerate(utterances):
        document = article(f"Vold said that boats {number} wait. It rains.", f"d{number}")
        words = f"that boats {number} wait" if found else "It rains"
        documents.append(
            document.with_layers(quotes=[quote(document, "q", words, utterance=utterance)])
        )
    return documents


def test_gold_links_are_right_not_linked_or_lost() -> None:
    gold = corpus(*reports("u", "u"))
    assert find_errors(gold, reports("a", "a")).errors == ()
    for other, why in [("b", "different utterances"), (None, "no utterance")]:
        analysis = find_errors(gold, reports("a", other))
        assert kinds(analysis, "utterances") == [("not-linked", why)]
    one_lost = [reports("a", "a")[0], reports("a", "a", found=False)[1]]
    analysis = find_errors(gold, one_lost)
    assert kinds(analysis, "utterances") == [
        ("lost", "one quote not found"),
        ("wrong-link", "quote not in the gold"),
    ]
    lost = next(case for case in analysis.errors if case.kind == "lost")
    assert lost.note == "not found: d1 10–27"
    assert [item.document for item in lost.gold] == ["d0", "d1"]
    analysis = find_errors(gold, [document.bare() for document in gold])
    assert kinds(analysis, "utterances") == [("lost", "neither quote found")]


def test_predicted_links_between_utterances_are_wrong() -> None:
    for one, why in [("v", "different utterances"), (None, "no utterance")]:
        gold = corpus(*reports("u", one))
        assert kinds(find_errors(gold, reports("a", "a")), "utterances") == [("wrong-link", why)]


# -- stances --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holder", "target", "polarity", "evidence", "errors"),
    [
        ("Vold", "quota", "favor", "asks for cod", []),
        ("Vold", "quota", "against", "asks for cod",
         [("wrong-polarity", "favor taken for against")]),
        ("Norway", "quota", "favor", "Iceland waits", [("wrong-holder", "rolled up right")]),
        ("Iceland", "quota", "favor", "Iceland waits", [("wrong-holder", "other principal")]),
        ("the fleet", "quota", "favor", "asks", [("unresolved-holder", None)]),
        ("Vold", "talks", "favor", "asks", [("wrong-target", None)]),
        ("Vold", "talks", "favor", "Iceland waits", [("missed", None), ("invented", None)]),
        ("Vold", "talks", "against", "asks", [("missed", None), ("invented", None)]),
        ("the fleet", "talks", "favor", "asks",
         [("missed", None), ("invented", "unresolved holder")]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_stance(
    holder: str,
    target: str,
    polarity: str,
    evidence: str,
    errors: list[tuple[str, str | None]],
) -> None:
    document = article("Vold asks for cod. Iceland waits.")
    gold = document.with_layers(
        stances=[stance(document, "kari-vold", "quota", "favor", "asks for cod")]
    )
    predicted = document.with_layers(stances=[stance(document, holder, target, polarity, evidence)])
    found = find_errors(corpus(gold), [predicted])
    assert kinds(found, "stances") == errors
    assert right(found, "stances") == (not errors)


def test_a_stance_is_paired_with_the_holder_of_the_same_principal_first() -> None:
    document = article("Vold asks. Iceland asks.")
    gold = document.with_layers(
        stances=[
            stance(document, "kari-vold", "quota", "favor", "Vold asks"),
            stance(document, "iceland", "quota", "favor", "Iceland asks"),
        ]
    )
    predicted = document.with_layers(
        stances=[
            stance(document, "somebody", "quota", "favor", "Vold asks"),
            stance(document, "Norway", "quota", "favor", "Iceland asks"),
        ]
    )
    found = find_errors(corpus(gold), [predicted])
    assert kinds(found, "stances") == [
        ("wrong-holder", "rolled up right"),
        ("unresolved-holder", None),
    ]


# -- all layers -----------------------------------------------------------------------------------

ACTORS = Registry(
    [
        Entity(id="durand", name="Durand", label="PERSON", actor=True, represents="state"),
        Entity(id="state", name="State", label="ORG", actor=True),
    ]
)


@st.composite
def altered(draw: st.DrawFn, document: Document) -> Document:
    """The document with some of its items left out and others changed."""

    def changed(value: str | None, *others: str | None) -> str | None:
        return draw(st.sampled_from([value, *others]))

    def kept() -> bool:
        return draw(st.booleans())

    replace = msgspec.structs.replace
    return document.with_layers(
        mentions=[
            replace(m, entity=changed(m.entity, "x", None)) if m.is_name else m
            for m in document.mentions
            if kept()
        ],
        quotes=[
            replace(q, utterance=changed(q.utterance, "x", None), parent=None)
            for q in document.quotes
            if kept()
        ],
        stances=[
            replace(s, polarity=changed(s.polarity, *POLARITIES))
            for s in document.stances
            if kept()
        ],
    )


@st.composite
def compared(draw: st.DrawFn) -> tuple[Corpus, list[Document]]:
    gold, predicted = [], []
    for id in ("one", "two"):
        seed = draw(seeds(id))
        gold.append(draw(annotated(seed)))
        predicted.append(draw(annotated(seed) | altered(gold[-1])))
    targets = tuple(Target(id=id, proposition=id) for id in TARGET_IDS)
    return Corpus(tuple(gold), ACTORS, targets), predicted


@st.composite
def clustered(draw: st.DrawFn) -> tuple[Corpus, list[Document]]:
    """Few entities and utterances with many names and quotes, in two documents."""
    ids = st.sampled_from(["a", "b", None])

    def drawn(id: str, share: float) -> Document:
        mentions, quotes = [], []
        for number in range(5):
            start = 10 * number
            if draw(st.floats(0, 1)) < share:
                mentions.append(Mention(start, start + 4, "GPE", draw(ids)))
            if draw(st.floats(0, 1)) < share:
                content = (Span(start, start + draw(st.integers(4, 9))),)
                quotes.append(Quote(id=f"{number}", content=content, utterance=draw(ids)))
        return article("Oslo waits" * 5, id).with_layers(mentions=mentions, quotes=quotes)

    gold = corpus(*(drawn(id, 1) for id in ("one", "two")))
    return gold, [drawn(id, 0.9) for id in ("one", "two")]


def counted(table: CountTable | ClusterTable, layer: str) -> tuple[Counter[str], ...]:
    """What a table has as right (in linking: found), in the gold and predicted, by document."""
    if isinstance(table, CountTable):
        return tuple(
            Counter({row.document: getattr(row, side) for row in table.rows if getattr(row, side)})
            for side in ("tp", "gold", "predicted")
        )
    if layer == "linking":
        sides = []
        for cells in (table.cells, table.gold, table.predicted):
            side: Counter[str] = Counter()
            for cell in cells:
                side[cell.document] += cell.n
            sides.append(side)
        return tuple(sides)
    sizes = (table.shared, table.gold_sizes, table.predicted_sizes)
    return tuple(
        Counter({"all": n}) if (n := sum(comb(size, 2) for size in side.values())) else Counter()
        for side in sizes
    )


def assert_adds_up(gold: Corpus, predictions: list[Document]) -> None:
    analysis = find_errors(gold, predictions)
    scores = onrecord.score(gold, predictions, layers=onrecord.LAYERS)
    for layer in onrecord.LAYERS:
        counts = [count for count in analysis.counts if count.layer == layer]
        assert {count.kind for count in counts} == set(KINDS[layer])
        sides: list[Counter[str]] = []
        for side in ("right", "gold", "predicted"):
            total: Counter[str] = Counter()
            for count in counts:
                both = count.gold == count.predicted == count.n
                assert both or count.n == count.gold + count.predicted
                taken = count.kind == "right" if side == "right" else getattr(count, side)
                if layer == "linking" and side == "right":
                    taken = both
                if taken:
                    total.update({d: n for d, n in count.documents.items() if n})
            sides.append(total)
        if layer == "utterances":
            sides = [Counter({"all": n}) if (n := side.total()) else Counter() for side in sides]
        assert tuple(sides) == counted(scores[layer].table, layer), layer
        for count in counts:
            listed = [
                case for case in analysis.errors if (case.layer, case.kind) == (layer, count.kind)
            ]
            assert len(listed) == (0 if count.kind == "right" else count.n)
    linking = [case for case in analysis.errors if case.layer == "linking"]
    assert (scores.linking.f1 in (None, 1.0)) == (not linking)


@given(compared() | clustered())
def test_kinds_add_up_to_the_scores_tables(pair: tuple[Corpus, list[Document]]) -> None:
    assert_adds_up(*pair)


@pytest.mark.parametrize("file", PREDICTIONS, ids=lambda path: path.stem)
def test_kinds_of_the_published_predictions_add_up(file: Path, gold: Corpus) -> None:
    assert_adds_up(gold, list(onrecord.corpus.layers.read_layers(file, gold)))


@settings(max_examples=50)
@given(compared() | clustered(), st.integers(0, 10**6))
def test_the_order_of_a_list_never_changes_an_analysis(
    pair: tuple[Corpus, list[Document]], seed: int
) -> None:
    gold, predictions = pair
    shuffle = random.Random(seed)

    def mixed(items: Sequence[T]) -> tuple[T, ...]:
        return tuple(shuffle.sample(items, len(items)))

    def shuffled(document: Document) -> Document:
        replace = msgspec.structs.replace
        return document.with_layers(
            mentions=mixed(document.mentions),
            quotes=mixed([replace(q, content=mixed(q.content)) for q in document.quotes]),
            stances=mixed([replace(s, evidence=mixed(s.evidence)) for s in document.stances]),
        )

    other = Corpus(tuple(map(shuffled, gold.documents)), gold.registry, gold.targets)
    again = find_errors(other, [shuffled(document) for document in reversed(predictions)])
    expected = find_errors(gold, predictions)
    assert (again.counts, again.errors) == (expected.counts, expected.errors)


def test_the_gold_against_itself_has_no_error(gold: Corpus) -> None:
    for zones in (True, False):
        analysis = find_errors(gold, gold.documents, zones=zones)
        assert analysis.errors == ()
        assert {count.kind for count in analysis.counts if count.n} == {"right"}


def test_promo_text_does_not_count_unless_asked_for() -> None:
    gold = corpus(article("⟦Oslo|GPE|o⟧ waits. Read ⟦Havnytt|ORG|h⟧", promo="Read"))
    predictions = gold.bare()
    assert kinds(find_errors(gold, predictions), "entities") == [("missed", None)]
    assert len(kinds(find_errors(gold, predictions, zones=False), "entities")) == 2


def test_errors_come_by_layer_then_frequency_then_place() -> None:
    documents = [
        article("⟦Oslo|GPE|a⟧ and ⟦Oslo|GPE|a⟧ on ⟦Monday|DATE⟧", "one"),
        article("⟦Oslo|GPE|a⟧ on ⟦Monday|DATE⟧", "two"),
    ]
    gold = Corpus(tuple(documents), REGISTRY, TARGETS)
    predictions = [
        documents[0].with_layers(mentions=[Mention(0, 4, "ORG", "a")]),
        documents[1].bare(),
    ]
    errors = [e for e in find_errors(gold, predictions).errors if e.layer == "entities"]
    places = [(e.kind, e.document, e.start) for e in errors]
    assert places == [
        ("missed", "one", 9),
        ("missed", "one", 17),
        ("missed", "two", 0),
        ("missed", "two", 8),
        ("mistyped", "one", 0),
    ]


def test_a_part_of_an_analysis(gold: Corpus) -> None:
    analysis = find_errors(gold, gold.bare())
    part = select(analysis, kind="missed", limit=2)
    assert [(e.layer, e.kind) for e in part.errors] == [
        (layer, "missed") for layer in ("entities", "linking", "quotes", "stances") for _ in "12"
    ]
    assert {count.layer for count in select(analysis, layer="quotes").counts} == {"quotes"}
    with pytest.raises(InvalidInput, match=r"utterances: no kind 'missed' \(known: not-linked, l"):
        select(analysis, layer="utterances", kind="missed")
    with pytest.raises(InvalidInput, match="no kind 'right'"):
        select(analysis, kind="right")


# -- the text around ------------------------------------------------------------------------------


def test_context_marks_the_gold_and_what_differs() -> None:
    text = "President\r\n  Kari\tVold\x1b of fish"
    assert context(text, [Span(13, 22)]) == "President ⟦Kari Vold⟧ of fish"
    assert context(text, [Span(13, 22)], [Span(18, 22)]) == "President ⟦Kari ⟨Vold⟩⟧ of fish"
    assert context("ab", [Span(0, 1)], [Span(0, 2)]) == "⟨⟦a⟧b⟩"
    assert context("abc", [Span(0, 2)], [Span(1, 3)]) == "⟦a⟨b⟧c⟩"
    assert context("abcd", [Span(0, 1), Span(2, 3)]) == "⟦a⟧b⟦c⟧d"


def test_context_is_about_forty_characters_on_each_side_and_shortens_what_is_long() -> None:
    text = "word " * 100 + "here" + " word" * 100
    shown = context(text, [Span(500, 504)])
    before, _, after = shown.partition("⟦here⟧")
    assert before == "… " + "word " * 8
    assert after == " word" * 8 + " …"
    whole = context(text, [Span(0, len(text))])
    assert whole.startswith("⟦word word")
    assert " … " in whole
    assert len(whole) <= 85


@settings(max_examples=30)
@given(compared())
def test_every_line_of_a_report_can_be_printed(pair: tuple[Corpus, list[Document]]) -> None:
    report = errors_report("file", find_errors(*pair))
    assert all(line.isprintable() for line in report.split("\n"))


# -- the command ----------------------------------------------------------------------------------


def errors_command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "onrecord",
        "errors",
        *map(str, arguments),
    ]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


@pytest.mark.parametrize("name", ["rules", "trivial"])
def test_the_command_lists_ten_of_a_kind(name: str, root: Path, gold: Corpus) -> None:
    file = root / "eval" / "predictions" / f"{name}.jsonl"
    done = errors_command(file)
    assert (done.returncode, done.stderr) == (0, "")
    analysis = find_errors(gold, file)
    missed = next(c for c in analysis.counts if (c.layer, c.kind) == ("quotes", "missed"))
    listing = done.stdout.partition(f"\nquotes: missed ({missed.n})\n")[2].partition("\n\n")[0]
    lines = listing.splitlines()
    assert len([line for line in lines if not line.startswith("      ")]) == 11
    assert lines[-1] == f"  … and {missed.n - 10} more"
    assert done.stdout.endswith(f"\n\n{analysis.signature}\n")
    everything = errors_command(file, "--limit", "0").stdout
    assert "more" not in [line.rpartition(" ")[2] for line in everything.splitlines()]
    for case in analysis.errors:
        assert all(f"\n      {line}\n" in everything for line in case.context)


def test_the_command_leaves_out_what_is_not_attempted_and_says_so(root: Path) -> None:
    file = root / "eval" / "predictions" / "surface-quotes.jsonl"
    done = errors_command(file, "--limit", "1")
    assert "not attempted: entities, linking, quotes, stances" in done.stdout, done.stdout
    layers = {
        case["layer"]
        for case in msgspec.json.decode(errors_command(file, "--json").stdout)["errors"]
    }
    assert layers == {"utterances"}
    one = errors_command(file, "--layer", "stances", "--limit", "1").stdout
    assert "not attempted" not in one
    assert "missed" in one


def test_the_command_as_json_is_canonical_and_complete(root: Path, gold: Corpus) -> None:
    file = root / "eval" / "predictions" / "rules.jsonl"
    done = errors_command(file, "--json")
    answer = msgspec.json.decode(done.stdout)
    analysis = find_errors(gold, file)
    assert set(answer) == {"file", "status", "signature", "counts", "errors"}
    assert len(answer["errors"]) == len(analysis.errors)
    assert msgspec.convert(answer["errors"], tuple[Case, ...]) == analysis.errors
    for error in answer["errors"]:
        for item in (*error["gold"], *error["predicted"]):
            spans = [Span(span["start"], span["end"]) for span in item["spans"]]
            text = gold[item["document"]].text
            assert item["words"] == " […] ".join(span.of(text) for span in spans)
    assert errors_command(file, "--json").stdout == done.stdout


def test_the_command_takes_an_export_and_one_layer_and_kind(root: Path) -> None:
    exports = root / "annotation" / "exports"
    done = errors_command(exports / "annotator-3.json", "--layer", "entities", "--kind", "missed")
    assert done.returncode == 0
    assert "\nentities: missed (1)\n  duvar 1821–1828  DATE\n" in done.stdout
    assert "stances" not in done.stdout
    assert errors_command(exports / "gold.json").stdout.count(": ") == 0


def test_the_command_takes_a_pass_or_a_clone_as_gold(root: Path) -> None:
    one = root / "annotation" / "exports" / "annotator-1.json"
    done = errors_command(one, "--gold", one)
    assert done.stdout.startswith("DRAFT GOLD: one annotation pass")
    assert "missed" not in done.stdout
    assert errors_command(one, "--gold", root).stdout == errors_command(one).stdout
    rules = root / "eval" / "predictions" / "rules.jsonl"  # whose entities are its own
    assert find_errors(load_gold(rules), rules).counts[0].kind == "right"


def test_the_command_in_markdown(root: Path) -> None:
    file = root / "eval" / "predictions" / "rules.jsonl"
    done = errors_command(file, "--markdown", "--layer", "quotes")
    assert "| quotes " in done.stdout
    assert "### quotes: missed (" in done.stdout
    assert done.stdout.count("```") == 2 * done.stdout.count("###")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.jsonl"], "nothing.jsonl: no such file"),
        (["{rules}", "--kind", "x"], "no kind 'x' (known: mistyped, "),
        (["{rules}", "--limit", "-1"], "--limit: -1 is less than 0"),
        (["{rules}", "--gold", "nothing"], "nothing: no such file"),
    ],
)
def test_bad_input_gets_one_line(arguments: list[str], message: str, root: Path) -> None:
    rules = str(root / "eval" / "predictions" / "rules.jsonl")
    done = errors_command(*(argument.format(rules=rules) for argument in arguments))
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_command_has_help() -> None:
    assert "--layer" in errors_command("--help").stdout
