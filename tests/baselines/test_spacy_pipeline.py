"""The spaCy baseline with its small pipeline, on invented sentences."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onrecord import Document, Meta, SystemFailure, Zone, validate
from onrecord.document import text_hash
from onrecord.systems.files import import_file
from onrecord.systems.run import System, load_system

FILE = Path(__file__).parents[2] / "baselines" / "spacy_pipeline.py"


@pytest.fixture(scope="module")
def system() -> System:
    return load_system(FILE)


def article(text: str, zones: list[Zone] | tuple[Zone, ...] = (), id: str = "a") -> Document:
    meta = Meta(file="a.txt")
    return Document(id=id, text=text, sha256=text_hash(text), meta=meta, zones=tuple(zones))


def run(system: System, *texts: str) -> list[Document]:
    documents = [article(text, id=f"a{number}") for number, text in enumerate(texts)]
    assert system.predict_all is not None
    return [validate(found) for found in system.predict_all(documents, ())]


def quotes(document: Document) -> list[tuple[tuple[str, ...], str | None, str | None]]:
    return [
        (
            tuple(span.of(document.text) for span in q.content),
            q.cue and q.cue.of(document.text),
            q.source and q.source.of(document.text),
        )
        for q in document.quotes
    ]


def test_labels_are_those_of_the_pipeline(system: System) -> None:
    (found,) = run(system, "Kari Vold sold three boats to Norway on Monday.")
    assert [(m.span.of(found.text), m.label, m.entity) for m in found.mentions] == [
        ("Kari Vold", "PERSON", "kari vold"),
        ("three", "CARDINAL", None),
        ("Norway", "GPE", "norway"),
        ("Monday", "DATE", None),
    ]


def test_names_are_linked_across_articles(system: System) -> None:
    one, other = run(system, "Kari Vold said it was late.", "“The cod,” Vold said, “is gone.”")
    assert [m.span.of(other.text) for m in other.mentions] == ["Vold"]
    assert [m.entity for m in (*one.mentions, *other.mentions)] == ["kari vold", "kari vold"]
    assert [q.speaker for q in other.quotes] == ["kari vold"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“The cod is gone,” Kari Vold said.", [(("“The cod is gone,”",), "said", "Kari Vold")]),
        ('"The cod is gone," Kari Vold said.', [(('"The cod is gone,"',), "said", "Kari Vold")]),
        ("Kari Vold said: “The cod is gone.”", [(("“The cod is gone.”",), "said", "Kari Vold")]),
        (
            "“The cod,” Kari Vold said, “is gone.”",
            [(("“The cod,”", "“is gone.”"), "said", "Kari Vold")],
        ),
        (
            "“We are late. We will hurry,” said Kari Vold.",
            [
                (("“We are late.",), "said", "Kari Vold"),
                (("We will hurry,”",), "said", "Kari Vold"),
            ],
        ),
        (
            "“The cod is gone,” Kari Vold said. “Boats must wait.”",
            [
                (("“The cod is gone,”",), "said", "Kari Vold"),
                (("“Boats must wait.”",), "said", "Kari Vold"),
            ],
        ),
        ("Kari Vold said, “The cod is gone.", [(("“The cod is gone.",), "said", "Kari Vold")]),
    ],
)
def test_quoted_sentences_are_the_verbs_that_they_touch(
    system: System, text: str, expected: list[object]
) -> None:
    (found,) = run(system, text)
    assert quotes(found) == expected


@pytest.mark.parametrize(
    ("text", "content", "cue", "source"),
    [
        ("Kari Vold said that the cod was gone.", "that the cod was gone", "said", "Kari Vold"),
        ("Kari Vold said the cod was “all gone”.", "the cod was “all gone”", "said", "Kari Vold"),
        ("The cod is gone, Kari Vold said.", "The cod is gone", "said", "Kari Vold"),
        ("Norway urged Iceland to come back.", "to come back", "urged", "Norway"),
        (
            "Kari Vold asked whether the lake was safe.",
            "whether the lake was safe",
            "asked",
            "Kari Vold",
        ),
        ("According to Norway, the cod is gone.", "the cod is gone", "According to", "Norway"),
        (
            "The fisheries minister, Kari Vold, said the cod was gone.",
            "the cod was gone",
            "said",
            "The fisheries minister",
        ),
        (
            "Kari Vold left the room, saying the talks were over.",
            "the talks were over",
            "saying",
            "Kari Vold",
        ),
    ],
)
def test_indirect_quotes_are_the_clause_that_the_verb_governs(
    system: System, text: str, content: str, cue: str, source: str
) -> None:
    (found,) = run(system, text)
    assert quotes(found) == [((content,), cue, source)]


def test_a_clause_that_the_verb_interrupts_has_two_stretches(system: System) -> None:
    (found,) = run(system, "The cod, Kari Vold said, is gone.")
    assert quotes(found) == [(("The cod", "is gone"), "said", "Kari Vold")]


def test_clauses_with_their_own_that_are_separate(system: System) -> None:
    (found,) = run(system, "Kari Vold said that the harbour was full and that boats would wait.")
    assert [content for content, _, _ in quotes(found)] == [
        ("that the harbour was full",),
        ("that boats would wait",),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Kari Vold did not say that the cod was gone.",
        "Kari Vold may say that the cod is gone.",
        "Kari Vold hopes that the cod will come back.",
        "Norway will sell the “green” boats.",
    ],
)
def test_what_is_not_said_is_no_quote(system: System, text: str) -> None:
    (found,) = run(system, text)
    assert quotes(found) == []


def test_a_pronoun_is_the_last_person_that_was_a_subject(system: System) -> None:
    (found,) = run(system, "Kari Vold met Einar Jonsson in Oslo. She said the talks were good.")
    assert [q.speaker for q in found.quotes] == ["kari vold"]


def test_it_is_the_last_other_name_that_was_a_subject(system: System) -> None:
    (found,) = run(system, "Norway said it would sign. It added that the boats would wait.")
    assert [q.speaker for q in found.quotes] == ["norway", "norway"]


def test_a_spokesman_speaks_for_the_body(system: System) -> None:
    text = "A spokesman for the Norwegian Fisheries Ministry said the talks would go on."
    (found,) = run(system, text)
    assert [q.speaker for q in found.quotes] == ["norwegian fisheries ministry"]


def test_several_speakers_are_none(system: System) -> None:
    (found,) = run(system, "Kari Vold and Einar Jonsson said the talks were over.")
    assert [q.speaker for q in found.quotes] == [None]


def test_a_nested_report_has_a_parent_and_a_performative_is_none(system: System) -> None:
    (found,) = run(system, "Kari Vold told reporters that Iceland had promised to come back.")
    outer, inner = found.quotes
    assert (inner.parent, inner.speaker) == (outer.id, "iceland")
    (found,) = run(system, "“We urge Iceland to come back,” Kari Vold said.")
    assert len(found.quotes) == 1


def test_a_clause_whose_parts_cross_is_read_in_text_order(system: System) -> None:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

    doc = Doc(
        Vocab(),
        words=["Vold", "said", "boats", "are", "here", "too"],
        pos=["PROPN", "VERB", "NOUN", "AUX", "ADV", "ADV"],
        lemmas=["Vold", "say", "boat", "be", "here", "too"],
        heads=[1, 1, 4, 4, 1, 2],
        deps=["nsubj", "ROOT", "nsubj", "aux", "ccomp", "advmod"],
    )
    line = import_file(FILE).Line(0, doc)
    (report,) = line.reports()
    assert [span.of(doc.text) for span in report.content] == ["boats are here too"]


def test_a_pipeline_without_a_parser_gives_no_quotes(tmp_path: Path) -> None:
    import spacy

    folder = tmp_path / "blank"
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "GPE", "pattern": "Norway"}, {"label": "MISC", "pattern": "cod"}])  # type: ignore[attr-defined]
    nlp.to_disk(folder)
    (found,) = run(load_system(FILE, {"model": str(folder)}), "Norway said the cod was gone.")
    assert [(m.label, m.entity) for m in found.mentions] == [("GPE", "norway")]
    assert found.quotes == ()


def test_an_unknown_pipeline_is_refused() -> None:
    with pytest.raises(SystemFailure, match="no_such_pipeline"):
        load_system(FILE, {"model": "no_such_pipeline"})


def test_two_runs_agree(system: System) -> None:
    text = "Kari Vold said that Norway wants a lower quota. “We must act,” she added."
    assert run(system, text, text) == run(system, text, text)


WORDS = """“ " ’ ‘ ' « » . , : ? - – said that told asked to and he “We Vold Norway Oslo Mr. 0 who
according adding 12 March 3% $5 not wants fine town 𝒳 ﷺ É ß ı U.S. Ministry of he I urge"""
PIECES = st.sampled_from([*WORDS.split(), "\n", "\r\n", "  "])
TEXTS = st.one_of(st.text(max_size=100), st.lists(PIECES, max_size=40).map(" ".join))


@settings(max_examples=150)
@given(st.data())
def test_any_text_gives_a_valid_document(system: System, data: st.DataObject) -> None:
    text = data.draw(TEXTS)
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=3)))
    edges = [0, *(c for c in cuts if c < len(text)), len(text)]
    labels = data.draw(st.lists(st.sampled_from(["body", "promo"]), min_size=4, max_size=4))
    zones = [Zone(a, b, labels[n]) for n, (a, b) in enumerate(pairwise(edges))]
    document = article(text, zones if text else ())
    assert system.predict_all is not None
    (found,) = system.predict_all([document], ())
    validate(found)
    assert found.bare() == document
