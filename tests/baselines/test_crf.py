"""The conditional random fields, trained for real on invented articles."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from builders import TARGETS, article, quote, write_gold

from onrecord import Corpus, Document, Entity, Mention, Quote, Registry, Span
from onrecord.annotation.drafts import Words, locate
from onrecord.corpus.files import encode_documents
from onrecord.systems.files import import_file
from onrecord.systems.run import Output, load_system, run

SYSTEM = Path(__file__).parents[2] / "baselines" / "crf.py"

PEOPLE = ("Kari Vold", "Einar Dahl", "Mona Berg", "Olav Lund", "Anna Moe")
PLACES = ("Oslo", "Bergen", "Hamar", "Molde", "Bergen")
CLAIMS = ("the cod is gone", "the quota must rise", "the boats are old", "the sea is warm")


def told(number: int) -> Document:
    """An article in which one person says something on each of four lines."""
    person, place = PEOPLE[number], PLACES[number]
    names = [person, person.split()[1]] * 2
    lines = [f"⟦{place}|GPE|{place}⟧ waits."]
    lines += [f"⟦{n}|PERSON|{person}⟧ said that {c}." for n, c in zip(names, CLAIMS, strict=True)]
    document = article("\n".join(lines), id=f"a{number}")
    quotes = [
        quote(document, f"q{n}", f"that {claim}", cue=Words("said", occurrence=n), speaker=person)
        for n, claim in enumerate(CLAIMS, start=1)
    ]
    return document.with_layers(quotes=quotes)


ARTICLES = tuple(told(number) for number in range(5))


def corpus(*documents: Document) -> Corpus:
    people = [Entity(id=name, name=name, label="PERSON", actor=True) for name in PEOPLE]
    places = [Entity(id=name, name=name, label="GPE") for name in sorted(set(PLACES))]
    return Corpus(documents, Registry([*people, *places]), TARGETS)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ONRECORD_ROOT", str(tmp_path))
    return tmp_path


def predict(clone: Path, *documents: Document, **options: str) -> Output:
    """What the system finds when these articles are the gold that it trains on."""
    gold = corpus(*documents)
    write_gold(clone, gold)
    return run(load_system(SYSTEM, options), gold)


@pytest.fixture(scope="module")
def crf():
    return import_file(SYSTEM)


def names(document: Document) -> set[tuple[str, str]]:
    return {(m.span.of(document.text), m.label) for m in document.mentions}


def test_it_finds_in_an_article_what_the_others_taught_it(clone):
    output = predict(clone, *ARTICLES)
    assert output.failures == ()
    for found, gold in zip(output.documents, ARTICLES, strict=True):
        assert [q.content for q in found.quotes] == [q.content for q in gold.quotes]
        assert [q.cue for q in found.quotes] == [q.cue for q in gold.quotes]
        assert names(found) == names(gold)


def test_the_speaker_is_the_name_before_the_cue(clone):
    found = predict(clone, *ARTICLES).documents[0]
    assert [q.speaker for q in found.quotes] == ["kari vold", "vold"] * 2
    assert found.quotes[0].source.of(found.text) == "Kari Vold"


def test_names_of_one_spelling_are_one_entity_in_all_articles(clone):
    found = predict(clone, *ARTICLES).documents
    one, other = (
        next(m.entity for m in found[n].mentions if m.span.of(found[n].text) == "Bergen")
        for n in (1, 4)
    )
    assert one == other == "bergen"


def test_the_same_gold_gives_the_same_bytes(clone):
    first, second = (predict(clone, *ARTICLES).documents for _ in range(2))
    assert encode_documents(first, text=False) == encode_documents(second, text=False)


def relabelled(document: Document) -> Document:
    """The article with all its names called works of art and nothing said."""
    mentions = [msgspec.structs.replace(m, label="WORK_OF_ART") for m in document.mentions]
    return document.with_layers(mentions=mentions, quotes=())


def test_an_articles_own_gold_does_not_change_what_is_found_in_it(clone):
    before = predict(clone, *ARTICLES).documents
    after = predict(clone, *ARTICLES[:4], relabelled(ARTICLES[4])).documents
    assert after[4] == before[4]
    assert after[:4] != before[:4]


def test_articles_that_share_text_are_held_out_together_if_asked(clone):
    twin = msgspec.structs.replace(ARTICLES[0], id="twin")
    apart = [
        predict(clone, *ARTICLES, other, shared_text="together").documents[0]
        for other in (twin, relabelled(twin))
    ]
    assert apart[0] == apart[1]
    seen = [predict(clone, *ARTICLES[:2], relabelled(t)).documents[0] for t in (twin, ARTICLES[2])]
    assert "WORK_OF_ART" in {m.label for m in seen[0].mentions}


def test_no_model_is_trained_on_the_article_that_it_reads(crf):
    with pytest.raises(ValueError, match="a0 is to be held out"):
        crf.LeaveOneOut().read(ARTICLES[0], ARTICLES)


def test_what_is_no_article_is_read_by_a_model_of_them_all_trained_once(clone, crf, monkeypatch):
    write_gold(clone, corpus(*ARTICLES[1:]))
    trained = []
    fit = crf.fit
    monkeypatch.setattr(crf, "fit", lambda *given: trained.append(given) or fit(*given))
    reader = crf.LeaveOneOut()
    others = [
        msgspec.structs.replace(ARTICLES[0].bare(), id=f"other-{number}") for number in range(3)
    ]
    found = [reader.predict_all([other], TARGETS)[0] for other in others]
    assert [names(document) for document in found] == [names(ARTICLES[0])] * 3
    assert len(trained) == 2  # one field for names, one for quotes


def test_with_nothing_left_to_train_on_nothing_is_found(clone):
    output = predict(clone, ARTICLES[0])
    assert output.failures == ()
    assert output.documents == (ARTICLES[0].bare(),)


def test_a_gold_without_quotes_and_names_teaches_to_find_none(clone):
    output = predict(clone, *(document.bare() for document in ARTICLES[:3]))
    assert output.failures == ()
    assert not any(document.mentions or document.quotes for document in output.documents)


def test_only_the_known_ways_of_holding_out_are_taken():
    with pytest.raises(Exception, match="'apart' is none of: ignore, together"):
        load_system(SYSTEM, {"shared_text": "apart"})


# ---------------------------------------------------------------- tags and features


def tokens_of(crf, document):
    return list(crf.tokenize(document.text, Span(0, len(document.text))))


def test_tags_give_back_the_stretches_that_they_were_made_of(crf):
    document = article("Vold Dahl met in New York.")
    chunks = [(locate(w, document.text), label) for w, label in
              (("Vold", "PERSON"), ("Dahl", "PERSON"), ("New York", "GPE"))]  # fmt: skip
    tokens = tokens_of(crf, document)
    tags = crf.to_tags(tokens, chunks)
    assert tags == ["B-PERSON", "B-PERSON", "O", "O", "B-GPE", "I-GPE", "O"]
    assert crf.to_chunks(tokens, tags) == chunks


def test_an_inside_tag_that_follows_nothing_begins_a_stretch(crf):
    tokens = [Span(0, 1), Span(2, 3), Span(4, 5), Span(6, 7)]
    found = crf.to_chunks(tokens, ["I-cue", "I-content", "O", "I-content"])
    assert found == [(Span(0, 1), "cue"), (Span(2, 3), "content"), (Span(6, 7), "content")]


def test_of_a_report_within_a_report_the_outer_is_learned(crf):
    document = article("Vold said that Dahl had told her that the sea is warm.")
    inner = quote(document, "q2", "that the sea is warm", cue="told", parent="q1")
    outer = quote(document, "q1", "that Dahl had told her that the sea is warm", cue="said")
    tokens = tokens_of(crf, document)
    tags = crf.to_tags(tokens, crf.quote_chunks(document.with_layers(quotes=[inner, outer])))
    chunks = [(s.of(document.text), label) for s, label in crf.to_chunks(tokens, tags)]
    assert chunks == [("said", "cue"), ("that Dahl had told her that the sea is warm", "content")]


def test_what_stands_between_quotation_marks_is_told_apart(crf):
    assert crf.quoted(["A", '"', "b", '"', "c", "“", "d", "«", "”", "e"]) == [
        False, True, True, True, False, True, True, True, True, False,
    ]  # fmt: skip
    assert crf.quoted(["it", "’", "s", "“", "open"]) == [False, False, False, True, True]


def test_a_shape_keeps_kinds_of_characters(crf):
    assert [crf.shape(w) for w in ("Åse", "NATO", "40", "S-400", "")] == ["Xx", "X", "d", "X-d", ""]


def test_sentences_tile_a_line(crf):
    text = "Mr. Vold left. “Where to?” he asked. No one knew"
    found = crf.sentences(text, Span(0, len(text)))
    assert [s.of(text) for s in found] == [
        "Mr. Vold left. ",
        "“Where to?” he asked. ",
        "No one knew",
    ]


def test_every_token_has_the_features_of_its_place(crf):
    document = article("Vold said: “Go.” She left.")
    tokens = tokens_of(crf, document)
    found = crf.features(document, Span(0, len(document.text)), tokens)
    assert len(found) == len(tokens)
    assert {"word=Vold", "from-start=0", "-1:lower=", "1:lower=said", "zone=body"} <= {*found[0]}
    assert "quoted=True" in found[4]
    assert "from-start=0" in found[7]


# ---------------------------------------------------------------- quotes of a line


def quotes_of(crf, marked, contents, cues):
    document = article(marked)
    line = Span(0, len(document.text))
    chunks = [(locate(words, document.text), "content") for words in contents]
    chunks += [(locate(words, document.text), "cue") for words in cues]
    sentences = crf.sentences(document.text, line)
    return crf.to_quotes(chunks, document.mentions, sentences, 0), document.text


def test_a_content_takes_the_nearest_cue(crf):
    found, text = quotes_of(
        crf,
        "⟦Vold|PERSON|vold⟧ said the cod is gone. The sea is warm, ⟦Dahl|PERSON|dahl⟧ added.",
        ["the cod is gone", "The sea is warm"],
        ["said", "added"],
    )
    assert [(q.cue.of(text), q.speaker) for q in found] == [("said", "vold"), ("added", "dahl")]


def test_of_two_names_as_near_the_one_before_the_cue_speaks(crf):
    told = "⟦Vold|PERSON|vold⟧ told ⟦Dahl|PERSON|dahl⟧ the cod is gone."
    found, _ = quotes_of(crf, told, ["the cod is gone"], ["told"])
    assert [q.speaker for q in found] == ["vold"]


def test_a_name_in_what_is_said_is_not_the_speaker(crf):
    found, _ = quotes_of(
        crf,
        "After lunch ⟦Vold|PERSON|vold⟧ calmly said ⟦Norway|GPE|norway⟧ waits.",
        ["Norway waits"],
        ["said"],
    )
    assert [q.speaker for q in found] == ["vold"]


@pytest.mark.parametrize("kind", ["NORP", "FAC", "DATE"])
def test_only_persons_organisations_and_countries_speak(crf, kind):
    document = article("Monday said the cod is gone.")
    chunks = [(Span(13, 28), "content"), (Span(7, 11), "cue")]
    (found,) = crf.to_quotes(chunks, [Mention(0, 6, kind)], [Span(0, 28)], 0)
    assert found.speaker is None
    assert found.source is None
    assert found.cue.of(document.text) == "said"


def test_a_name_of_another_sentence_is_not_the_speaker(crf):
    found, _ = quotes_of(
        crf, "⟦Vold|PERSON|vold⟧ left. He said it is cold.", ["it is cold"], ["said"]
    )
    assert [q.speaker for q in found] == [None]


def test_without_a_cue_there_is_no_speaker(crf):
    found, text = quotes_of(
        crf, "⟦Vold|PERSON|vold⟧: “The cod is gone.”", ["“The cod is gone.”"], []
    )
    assert found == [Quote(id="q1", content=(locate("“The cod is gone.”", text),))]
