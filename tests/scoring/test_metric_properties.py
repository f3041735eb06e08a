"""What holds of every measure, whatever the corpus: headlines and further measures alike."""

from __future__ import annotations

import random
from collections.abc import Callable

import msgspec
import pytest
from builders import REGISTRY, TARGETS
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import corpora

import onrecord
from onrecord.corpus.corpus import Corpus
from onrecord.document import LAYERS, Document, Mention, Quote, Span, Stance, Zone, text_hash
from onrecord.exceptions import InvalidInput
from onrecord.scoring.alignment import side
from onrecord.scoring.breakdown import KEYS, breakdown
from onrecord.scoring.clusters import ClusterTable
from onrecord.scoring.entities import agreeing, judged
from onrecord.scoring.further import further, links
from onrecord.scoring.material import Material, prepare
from onrecord.scoring.scores import Scores, tables
from onrecord.scoring.tables import CountTable

Case = tuple[Corpus, tuple[Document, ...]]
Numbers = tuple[float | None, float | None, float | None]
"""Precision, recall and F1."""

every_corpus = given(corpora())
fewer = settings(max_examples=25)


def measures(material: Material) -> dict[str, Numbers]:
    """Every headline and further measure by its name."""
    found = tables(material.pairs, material.gold_names, material.names)
    numbers = {layer: (t.precision, t.recall, t.f1) for layer, t in found.items()}
    for figure in further(material):
        name = f"{figure.layer}: {figure.name}"
        numbers[name] = (figure.precision, figure.recall, figure.f1)
    return numbers


def of(case: Case) -> dict[str, Numbers]:
    return measures(prepare(*case))


def same(one: dict[str, Numbers], other: dict[str, Numbers]) -> bool:
    """Whether all numbers are the same but for the order in which a float was summed."""
    assert one.keys() == other.keys()
    return all(one[name] == pytest.approx(other[name], abs=1e-12) for name in one)


def test_a_corpus_without_documents_has_no_number() -> None:
    found = of((Corpus((), REGISTRY, TARGETS), ()))
    assert set(found.values()) == {(None, None, None)}


@fewer
@every_corpus
def test_every_number_is_from_0_to_1(case: Case) -> None:
    material = prepare(*case)
    numbers = [n for figure in measures(material).values() for n in figure]
    for key in KEYS:
        numbers += [n for p in breakdown(material, key) for n in (p.precision, p.recall, p.f1)]
    assert all(number is None or 0 <= number <= 1 for number in numbers)


@fewer
@every_corpus
def test_f1_is_the_harmonic_mean_of_precision_and_recall(case: Case) -> None:
    for name, (precision, recall, f1) in of(case).items():
        if name == "stances: F_avg":
            assert precision is None
            assert recall is None
        elif precision is None and recall is None:
            assert f1 is None
        elif not precision or not recall:
            assert f1 == 0
        else:
            assert f1 == pytest.approx(2 * precision * recall / (precision + recall))


@fewer
@every_corpus
def test_the_gold_itself_is_perfect_wherever_a_measure_is_defined(case: Case) -> None:
    gold, _ = case
    for numbers in of((gold, gold.documents)).values():
        assert numbers in [(1.0, 1.0, 1.0), (None, None, None), (None, None, 1.0)]


@fewer
@every_corpus
def test_what_has_nothing_in_common_is_0(case: Case) -> None:
    """The prediction is moved to a second copy of each text, its stances to another target."""
    gold, predictions = case
    golds = [doubled(document, 0, "quota") for document in gold]
    others = [doubled(document, len(document.text) + 1, "talks") for document in predictions]
    found = of((Corpus(tuple(golds), REGISTRY, TARGETS), tuple(others)))
    for name, (precision, recall, f1) in found.items():
        assert not precision
        assert not recall
        assert not f1
        if name in LAYERS:
            assert (f1 is None) == (precision is None and recall is None)


def doubled(document: Document, offset: int, target: str) -> Document:
    """The document over its text twice, its items moved, its stances all on one target."""

    def moved(span: Span) -> Span:
        return Span(span.start + offset, span.end + offset)

    text = f"{document.text} {document.text}"
    return msgspec.structs.replace(
        document,
        text=text,
        sha256=text_hash(text),
        zones=(),
        mentions=tuple(
            Mention(m.start + offset, m.end + offset, m.label, m.entity) for m in document.mentions
        ),
        quotes=tuple(
            msgspec.structs.replace(
                quote,
                content=tuple(map(moved, quote.content)),
                cue=quote.cue and moved(quote.cue),
                source=quote.source and moved(quote.source),
            )
            for quote in document.quotes
        ),
        stances=tuple(
            msgspec.structs.replace(s, target=target, evidence=tuple(map(moved, s.evidence)))
            for s in {stance.holder: stance for stance in document.stances}.values()
        ),
    )


@fewer
@every_corpus
def test_exchanging_gold_and_prediction_exchanges_precision_and_recall(case: Case) -> None:
    """But for F_avg, which is asked on the gold's pairs alone."""
    material = prepare(*case)
    back = Material(
        pairs=[(predicted, gold) for gold, predicted in material.pairs],
        gold_names=material.names,
        names=material.gold_names,
        registry=material.registry,
    )
    forth = measures(material)
    for name, (precision, recall, f1) in measures(back).items():
        if name != "stances: F_avg":
            assert forth[name] == pytest.approx((recall, precision, f1), abs=1e-12), name


@fewer
@given(case=corpora(), seed=st.integers(0, 2**32))
def test_the_order_of_no_list_matters(case: Case, seed: int) -> None:
    gold, predictions = case
    shuffle = random.Random(seed)

    def mixed(items: tuple) -> tuple:
        return tuple(shuffle.sample(items, len(items)))

    def shuffled(document: Document) -> Document:
        return msgspec.structs.replace(
            document,
            mentions=mixed(document.mentions),
            quotes=mixed(
                tuple(
                    msgspec.structs.replace(quote, content=mixed(quote.content))
                    for quote in document.quotes
                )
            ),
            stances=mixed(
                tuple(
                    msgspec.structs.replace(stance, evidence=mixed(stance.evidence))
                    for stance in document.stances
                )
            ),
        )

    def scores(one: Corpus, other: tuple[Document, ...]) -> Scores:
        return onrecord.score(one, other, also=True)

    other = Corpus(tuple(shuffled(d) for d in gold), REGISTRY, TARGETS)
    mixed_up = mixed(tuple(shuffled(document) for document in predictions))
    assert scores(other, mixed_up) == scores(gold, predictions)
    for key in KEYS:
        one = breakdown(prepare(other, [shuffled(d) for d in predictions]), key)
        assert one == breakdown(prepare(gold, predictions), key)


@fewer
@every_corpus
def test_the_ids_that_a_system_gives_never_matter(case: Case) -> None:
    """Ids of quotes and utterances, and of entities that a mention outside promotion has."""
    gold, predictions = case
    material = prepare(gold, predictions)
    entities = {m.entity for _, d in material.pairs for m in d.mentions if m.entity is not None}
    fresh = {entity: f"~{entity}" for entity in entities}
    backwards = {"e1": "~z", "e2": "~y", "e3": "~x", "a": "r", "b": "q", "c": "p"}

    def name(given: str | None) -> str | None:
        return backwards.get(given, fresh[given]) if given in fresh else given

    def renamed(document: Document) -> Document:
        ids = {q.id: f"r{n}" for n, q in enumerate(reversed(document.quotes))}
        return document.with_layers(
            mentions=[Mention(m.start, m.end, m.label, name(m.entity)) for m in document.mentions],
            quotes=[
                msgspec.structs.replace(
                    quote,
                    id=ids[quote.id],
                    parent=ids.get(quote.parent),
                    speaker=name(quote.speaker),
                    utterance=backwards.get(quote.utterance, quote.utterance),
                )
                for quote in document.quotes
            ],
            stances=[
                msgspec.structs.replace(stance, holder=name(stance.holder))
                for stance in document.stances
            ],
        )

    other = prepare(gold, [renamed(document) for document in predictions])
    assert same(measures(other), measures(material))
    for key in KEYS:
        for one, two in zip(breakdown(other, key), breakdown(material, key), strict=True):
            assert msgspec.structs.astuple(one) == pytest.approx(msgspec.structs.astuple(two))


TAIL = " Elsewhere it rained."


def with_room(document: Document) -> Document:
    """The document with a sentence more, in which there is no item."""
    text = document.text + TAIL
    zones = (*document.zones, Zone(len(document.text), len(text), "body"))
    return msgspec.structs.replace(document, text=text, sha256=text_hash(text), zones=zones)


def never_helps(case: Case, layers: set[str], more: Callable[[Document, Span], Document]) -> None:
    gold = Corpus(tuple(with_room(document) for document in case[0]), REGISTRY, TARGETS)
    predictions = [with_room(document) for document in case[1]]
    words = Span(len(predictions[0].text) - len(TAIL) + 1, len(predictions[0].text) - 1)
    added = [more(predictions[0], words), *predictions[1:]]
    before, after = of((gold, predictions)), of((gold, added))
    for name in before:
        if name.split(":")[0] in layers:
            for number, then in zip(after[name], before[name], strict=True):
                assert (number or 0) <= (then or 0) + 1e-12, name


@fewer
@given(corpora(), st.sampled_from(["PERSON", "GPE", "DATE"]), st.sampled_from(["e1", "e2", "x"]))
def test_a_mention_of_nothing_in_the_gold_never_helps(case: Case, label: str, entity: str) -> None:
    referent = None if label == "DATE" else entity

    def more(document: Document, words: Span) -> Document:
        mention = Mention(words.start, words.end, label, referent)
        return document.with_layers(mentions=[*document.mentions, mention])

    never_helps(case, {"entities", "linking"}, more)


@fewer
@given(corpora(), st.sampled_from([None, "norway", "e1"]), st.sampled_from([None, "a", "x"]))
def test_a_quote_of_nothing_in_the_gold_never_helps(
    case: Case, speaker: str | None, utterance: str | None
) -> None:
    def more(document: Document, words: Span) -> Document:
        quote = Quote(
            id="new",
            content=(words,),
            cue=words,
            source=words,
            speaker=speaker,
            utterance=utterance,
        )
        return document.with_layers(quotes=[*document.quotes, quote])

    never_helps(case, {"quotes", "utterances"}, more)


@fewer
@given(corpora(), st.sampled_from(["favor", "against", "mixed"]))
def test_a_stance_of_nobody_in_the_gold_never_helps(case: Case, polarity: str) -> None:
    def more(document: Document, words: Span) -> Document:
        stance = Stance(holder="rain", target="quota", polarity=polarity, evidence=(words,))
        return document.with_layers(stances=[*document.stances, stance])

    never_helps(case, {"stances"}, more)


@fewer
@given(corpora(), st.data())
def test_a_duplicate_is_an_error(case: Case, data: st.DataObject) -> None:
    gold, predictions = case
    document = data.draw(st.sampled_from(predictions))
    layers = {
        "mentions": [*document.mentions],
        "quotes": [msgspec.structs.replace(q, id=f"{q.id}-again") for q in document.quotes],
        "stances": [*document.stances],
    }
    filled = [name for name, items in layers.items() if items]
    assume(filled)
    layer = data.draw(st.sampled_from(filled))
    again = data.draw(st.sampled_from(layers[layer]))
    twice = document.with_layers(**{layer: [*getattr(document, layer), again]})
    others = [other for other in predictions if other.id != document.id]
    with pytest.raises(InvalidInput, match=rf"{document.id}: {layer}\["):
        onrecord.score(gold, [twice, *others])


@fewer
@every_corpus
def test_tables_add_up_over_documents(case: Case) -> None:
    """The table of all documents holds the rows or cells of each, and their sums are its counts."""
    material = prepare(*case)
    whole = tables(material.pairs, material.gold_names, material.names)
    parts = [tables([pair], material.gold_names, material.names) for pair in material.pairs]
    for layer in LAYERS:
        table, alone = whole[layer], [part[layer] for part in parts]
        assert table.documents == tuple(id for part in alone for id in part.documents)
        if isinstance(table, CountTable):
            assert table.rows == tuple(row for part in alone for row in part.rows)
            assert table.tp == sum(part.tp for part in alone)
            assert table.gold == sum(part.gold for part in alone)
            assert table.predicted == sum(part.predicted for part in alone)
        elif layer == "linking" or not tied(material):
            assert isinstance(table, ClusterTable)
            for field in ("cells", "gold", "predicted"):
                assert getattr(table, field) == tuple(
                    cell for part in alone for cell in getattr(part, field)
                )


def tied(material: Material) -> bool:
    """Whether a side has two quotes in one document that nothing but their utterance tells apart.

    Which of them is put beside a quote of the other side is then decided by what their utterances
    hold in the other documents.
    """
    for gold, predicted in material.pairs:
        for document, names in ((gold, material.gold_names), (predicted, material.names)):
            found = side(document.quotes, document, names)
            keys = {
                (contents, speaker, quote.cue, quote.source)
                for contents, speaker, quote in zip(
                    found.contents, found.speakers, found.quotes, strict=True
                )
            }
            if len(keys) < len(found.quotes):
                return True
    return False


@every_corpus
def test_as_many_mentions_agree_as_are_found(case: Case) -> None:
    for gold, predicted in prepare(*case).pairs:
        found, missed, invented = judged(gold, predicted)
        assert agreeing(gold, predicted) == len(found)
        assert len(found) + len(missed) == len(gold.mentions)
        assert len(found) + len(invented) == len(predicted.mentions)


@fewer
@every_corpus
def test_leaving_a_document_out_of_a_table_is_scoring_without_it(case: Case) -> None:
    """With what names mean in the whole file, since leaving out is arithmetic on tables."""
    material = prepare(*case)
    whole = tables(material.pairs, material.gold_names, material.names)
    for table in whole.values():
        rests = [table.without(document).f1 for document in table.documents]
        assert table.left_out() == pytest.approx(rests, abs=1e-12)
    for gold, _ in material.pairs:
        rest = [pair for pair in material.pairs if pair[0].id != gold.id]
        scored = tables(rest, material.gold_names, material.names)
        for layer in LAYERS:
            if layer != "utterances" or not tied(material):
                assert whole[layer].without(gold.id) == scored[layer]
        if not tied(material):
            assert links(whole["utterances"].without(gold.id)) == links(scored["utterances"])


@fewer
@every_corpus
def test_a_document_broken_down_is_the_score_of_it_alone(case: Case) -> None:
    material = prepare(*case)
    parts = breakdown(material, "document")
    for gold, predicted in material.pairs:
        alone = tables([(gold, predicted)], material.gold_names, material.names)
        for layer in LAYERS:
            (part,) = (p for p in parts if (p.part, p.layer) == (gold.id, layer))
            assert (part.precision, part.recall, part.f1) == (
                alone[layer].precision,
                alone[layer].recall,
                alone[layer].f1,
            )
