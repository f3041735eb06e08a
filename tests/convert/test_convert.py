"""Converters: what other tools write becomes predictions, and predictions become CoNLL files."""

from __future__ import annotations

import csv
import io
import json
import pickle
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
import spacy
import srsly
from builders import article, corpus
from hypothesis import example, given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities
from spacy.tokens import Doc, DocBin, Span
from strategies import documents

from onrecord.cli.main import main
from onrecord.convert import from_conll, from_spacy, from_spans, read_spacy, to_conll
from onrecord.convert.bio import Tag, chunks
from onrecord.convert.tokens import locate_tokens
from onrecord.corpus.corpus import Corpus, read_predictions
from onrecord.corpus.exports.exports import push_tasks
from onrecord.corpus.files import encode_documents
from onrecord.document import LAYERS, Document, Mention
from onrecord.exceptions import InvalidInput

GAZETTE = article("⟦Kari Vold|PERSON|kari-vold⟧ of ⟦Oslo|GPE|norway⟧ met “⟦Einar|PERSON⟧” (twice).\n"
                  "⟦Norway|GPE|norway⟧ ⟦Iceland|GPE|iceland⟧ agreed – on ⟦Monday|DATE⟧…\n")  # fmt: skip
COURIER = article("⟦Norway|GPE|norway⟧ paid.\n", "courier")
ARTICLES = corpus(GAZETTE, COURIER)
NLP = spacy.blank("en")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """``onrecord convert`` with arguments: exit status, standard output, standard error."""

    def convert(*arguments: str | Path) -> tuple[int, str, str]:
        status = main(["convert", *map(str, arguments)])
        return status, *capsys.readouterr()

    return convert


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    def write(content: str, name: str = "input") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8"))
        return path

    return write


def spans_of(document: Document) -> list[tuple[int, int, str]]:
    return [(mention.start, mention.end, mention.label) for mention in sorted(document.mentions)]


def words_of(document: Document) -> list[tuple[str, str]]:
    return [(m.span.of(document.text), m.label) for m in sorted(document.mentions)]


def lines(*rows: str, document: str = "gazette") -> str:
    """A CoNLL file of one document; ``/`` stands for the tab, an empty row for a blank line."""
    return "\n".join([f"# doc_id = {document}", *(row.replace("/", "\t") for row in rows), ""])


# -- CoNLL files -----------------------------------------------------------------------------------


def test_the_gold_as_conll_and_back_has_every_span_and_type(
    run: Run, tmp_path: Path, gold: Corpus
) -> None:
    made, back = tmp_path / "gold.conll", tmp_path / "back.jsonl"
    assert run("to-conll", "-o", made) == (0, "", "")
    assert run("conll", made, "-o", back) == (0, "", "")
    assert run("to-conll", back)[1] == made.read_text(encoding="utf-8")
    for document, one in zip(gold, read_predictions(back, gold), strict=True):
        assert spans_of(document) == spans_of(one)
        assert one.mentions
        assert all(mention.entity is None for mention in one.mentions)


@given(document=documents())
@example(document=article("⟦Norway|GPE⟧ # ⟦Oslo|GPE⟧⟦Oslo|GPE⟧\n#\u2028_⟦#|ORG⟧ = 1"))
def test_what_conll_cannot_hold_is_named_and_all_else_comes_back(
    document: Document, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = to_conll([document])
    left_out = {error.field for error in made.left_out}
    kept = [m for i, m in enumerate(document.mentions) if f"mentions[{i}]" not in left_out]
    path = tmp_path_factory.getbasetemp() / "any.conll"
    path.write_bytes(made.text.encode("utf-8"))
    converted = from_conll([path], corpus(document))
    assert spans_of(converted.documents[0]) == spans_of(document.with_layers(mentions=kept))
    assert not [note for note in converted.notes if "in no token" in note or "read as" in note]


def test_a_mention_that_is_no_whole_token_is_left_out_and_named(
    run: Run, tmp_path: Path, gold: Corpus
) -> None:
    first = gold.documents[0]
    newline = first.text.index("\n")
    odd = [
        Mention(0, 4, "ORG"),
        Mention(25, 41, "PERSON"),
        Mention(newline - 5, newline + 5, "LAW"),
    ]
    predictions = [d.with_layers(mentions=odd if d is first else []) for d in gold]
    path = tmp_path / "odd.jsonl"
    path.write_bytes(encode_documents(predictions, text=False))
    status, output, told = run("to-conll", path)
    assert status == 1
    one, other = told.splitlines()
    assert one == (
        f"{path}: unnamed: mentions[0]: 'Turk' at 0 is not a whole number of tokens of one line "
        "(left out)"
    )
    assert "mentions[2]" in other
    assert [row for row in output.splitlines() if "\t" in row and not row.endswith("\tO")] == [
        "Mevlüt\tB-PERSON",
        "Çavuşoğlu\tI-PERSON",
    ]


SCHEMES = {
    "IOB2": "B-PERSON I-PERSON O B-GPE B-GPE B-GPE",
    "IOB1": "I-PERSON I-PERSON O I-GPE B-GPE B-GPE",
    "BIOES": "B-PERSON E-PERSON O S-GPE S-GPE S-GPE",
    "BILOU": "B-PERSON L-PERSON O U-GPE U-GPE U-GPE",
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_says_the_same(scheme: str, tmp_path: Path) -> None:
    flash = corpus(article("Kari Vold, Norway Iceland Oslo"))
    words = ["Kari", "Vold", ",", "Norway", "Iceland", "Oslo"]
    path = tmp_path / "flash.conll"
    rows = [f"{word} {tag}" for word, tag in zip(words, SCHEMES[scheme].split(), strict=True)]
    path.write_text(lines(*rows))
    converted = from_conll([path], flash)
    assert words_of(converted.documents[0]) == [
        ("Kari Vold", "PERSON"),
        ("Norway", "GPE"),
        ("Iceland", "GPE"),
        ("Oslo", "GPE"),
    ]
    said = f"{path}: read as IOB1 (B only between adjacent entities of one label)"
    assert converted.notes == ((said,) if scheme == "IOB1" else ())


tags = st.lists(st.sampled_from(["O", *(f"{p}-{x}" for p in "BIESLU" for x in ("GPE", "ORG"))]))


@given(tags)
def test_chunks_are_those_that_seqeval_reads_after_conlleval(sequence: list[str]) -> None:
    made = chunks([Tag(tag[0], tag[2:]) for tag in sequence])
    known = [tag.replace("L-", "E-").replace("U-", "S-") for tag in sequence]
    assert [(c.label, c.first, c.last) for c in made] == get_entities(known)


@pytest.mark.parametrize(
    ("rows", "mentions", "note"),
    [
        (
            ["Kari/I-PERSON", "Vold/I-PERSON", "of/O", "Oslo/B-GPE"],
            ["Kari Vold", "Oslo"],
            "entities whose tags IOB2 does not allow, read as conlleval reads them: 1, "
            "the first at line 2",
        ),
        (["Kari/B-PERSON", "Vold/I-ORG"], ["Kari", "Vold"], "tags IOB2 does not allow, read as conlleval reads them: 1,"),
        (["Kari/B-PERSON", "", "Vold/I-PERSON"], ["Kari", "Vold"], "the first at line 4"),
        (["Kari/B-PERSON", "Vold/I-PERSON", "of/O", "Oslo/S-GPE"], ["Kari Vold", "Oslo"],
         "tags BIOES does not allow, read as conlleval reads them: 1,"),
        (["Kari/E-PERSON", "Vold/I-PERSON"], ["Kari", "Vold"], "conlleval reads them: 2,"),
    ],
)  # fmt: skip
def test_invalid_sequences_are_read_as_conlleval_does_and_counted(
    rows: list[str], mentions: list[str], note: str, tmp_path: Path
) -> None:
    path = tmp_path / "broken.conll"
    path.write_text(lines(*rows))
    converted = from_conll([path], ARTICLES)
    assert [words for words, _ in words_of(converted.documents[0])] == mentions
    (said,) = [one for one in converted.notes if "conlleval" in one]
    assert said.startswith(f"{path}: ")
    assert note in said


REWRITTEN = """Kari Vold of Oslo met `` Einar '' -LRB- twice -RRB- .
Norway Iceland agreed -- on Monday ..."""


@pytest.mark.parametrize("text", [REWRITTEN, REWRITTEN.replace("``", '"').replace("''", "”")])
def test_tokens_that_treebank_tokenizers_rewrite_are_found(text: str, tmp_path: Path) -> None:
    path = tmp_path / "rewritten.conll"
    labels = {"Einar": "B-PERSON", "...": "B-DATE", "-LRB-": "B-ORG", "twice": "I-ORG"}
    sentences = [[f"{w}/{labels.get(w, 'O')}" for w in s.split()] for s in text.splitlines()]
    path.write_text(lines(*sentences[0], "", *sentences[1]), encoding="utf-8")
    converted = from_conll([path], ARTICLES)
    expected = [("Einar", "PERSON"), ("(twice", "ORG"), ("…", "DATE")]
    assert words_of(converted.documents[0]) == expected
    assert converted.notes == ("not in the input, so without mentions: courier",)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_composed_and_decomposed_letters_are_the_same(form: str) -> None:
    text = "Çavuşoğlu said"
    for word in (text.split()[0], unicodedata.normalize("NFD", text.split()[0])):
        here = unicodedata.normalize(form, text)
        (span,), _ = locate_tokens([word], here, 0)
        assert span.of(here) == here.split()[0]


def test_characters_without_a_width_may_be_in_no_token() -> None:
    text = "Oslo\u200b \u200epaid"
    spans, _ = locate_tokens(["Oslo", "paid"], text, 0)
    assert [span.of(text) for span in spans] == ["Oslo", "paid"]


def test_a_token_is_taken_as_it_is_before_it_is_taken_as_rewritten() -> None:
    spans, _ = locate_tokens(["''", "'"], "'' '", 0)
    assert [(span.start, span.end) for span in spans] == [(0, 2), (3, 4)]


def test_sentences_left_out_are_counted_and_the_next_is_found(tmp_path: Path) -> None:
    path = tmp_path / "partial.conll"
    path.write_text(lines("Iceland/B-GPE", "agreed/O"))
    converted = from_conll([path], ARTICLES)
    assert words_of(converted.documents[0]) == [("Iceland", "GPE")]
    assert f"{path}: gazette: characters of the article that are in no token: 48" in converted.notes


def test_a_repeated_word_is_found_where_its_sentence_is(tmp_path: Path) -> None:
    path = tmp_path / "later.conll"
    here = article("Oslo met Oslo. Oslo paid.")
    path.write_text(lines("Oslo/B-GPE", "paid/O", "./O"))
    (document,) = from_conll([path], corpus(here)).documents
    assert spans_of(document) == [(15, 19, "GPE")]


def test_documents_begin_with_a_docstart_too(tmp_path: Path) -> None:
    path = tmp_path / "two.conll"
    path.write_text(
        "\ufeff-DOCSTART- (courier) -X- O\r\n\r\nNorway NNP I-NP B-GPE\r\npaid VBD I-VP O\r\n"
        "-DOCSTART- (gazette)\r\nKari NNP I-NP B-PERSON\r\n",
        encoding="utf-8",
    )
    gazette, courier = from_conll([path], ARTICLES).documents
    assert words_of(gazette) == [("Kari", "PERSON")]
    assert words_of(courier) == [("Norway", "GPE")]


def test_columns_can_be_named(run: Run, file: Callable[[str], Path]) -> None:
    path = file("# id = unnamed\n# text = Turkish\n1\tTurkish\tB-NORP\t_\n")
    status, output, _ = run("conll", path, "--token-column", "2", "--tag-column", "3")
    assert status == 0
    assert '"mentions":[{"start":0,"end":7,"label":"NORP","entity":null}]' in output


def test_tokens_of_another_tokenizer_are_found_in_all_articles(
    run: Run, tmp_path: Path, gold: Corpus
) -> None:
    path, output = tmp_path / "spacy.conll", tmp_path / "spacy.jsonl"
    made = []
    for document in gold:
        doc = NLP(document.text)
        spans = [doc.char_span(m.start, m.end, m.label) for m in document.mentions]
        doc.ents = [span for span in spans if span is not None]
        rows = [
            f"{t.text} {f'{t.ent_iob_}-{t.ent_type_}'.strip('-')}" for t in doc if t.text.strip()
        ]
        made.append("\n".join([f"# doc_id = {document.id}", *rows, ""]))
    path.write_text("\n".join(made), encoding="utf-8")
    assert run("conll", path, "-o", output) == (0, "", "")
    for document, found in zip(gold, read_predictions(output, gold), strict=True):
        doc = NLP(document.text)
        whole = [m for m in document.mentions if doc.char_span(m.start, m.end) is not None]
        assert spans_of(found) == spans_of(document.with_layers(mentions=whole))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            lines("Kari/B-PERSON", "Volt/I-PERSON"),
            ":3: gazette: token 'Volt' is not found where the article has "
            "'Vold of Oslo met “Einar” (twic', at character 5",
        ),
        (lines("agreed/O", "", "Kari/O"), ":4: gazette: token 'Kari' is not found where"),
        (
            lines("Norway/O", "paid/O", "./O", "Oslo/O", document="courier"),
            ":5: courier: token 'Oslo' is not found where the article ends, at character 13",
        ),
        (lines("Kari/B-PER"), ":2: gazette: unknown type 'PER'"),
        (lines("Kari/PERSON"), ":2: gazette: 'PERSON' is no tag of IOB2"),
        (lines("Kari"), ":2: gazette: has 1 column, 2 are needed"),
        ("Kari\tO\n", ":1: a token of no document"),
        ("-DOCSTART- -X- O O\n\nSweden\tO\n", ":1: a document without an id"),
        ("\n# doc_id = herald\n", ":2: unknown document 'herald' (known: gazette, courier)"),
        (
            lines("Kari/O") + lines("paid/O", document="courier") + lines("Vold/O"),
            "input:5: gazette again, which begins at ",
        ),
    ],
)
def test_a_faulty_conll_file_is_refused_with_its_line(
    content: str, message: str, file: Callable[[str], Path]
) -> None:
    path = file(content)
    with pytest.raises(InvalidInput) as caught:
        from_conll([path], ARTICLES)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_document_is_in_one_file_only(file: Callable[..., Path]) -> None:
    one, other = file(lines("Kari/O"), "one"), file(lines("Vold/O"), "other")
    with pytest.raises(InvalidInput, match=f"other:1: gazette again, which begins at {one}:1"):
        from_conll([one, other], ARTICLES)


def test_text_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "turkish.conll"
    path.write_bytes("# doc_id = gazette\nÇavuş\tO\n".encode("iso8859-9"))
    with pytest.raises(InvalidInput, match=r"turkish\.conll:2: not UTF-8"):
        from_conll([path], ARTICLES)


# -- labels ----------------------------------------------------------------------------------------


def test_conll_2003_labels_are_renamed_or_left_out_as_told(
    run: Run, file: Callable[[str], Path]
) -> None:
    path = file(
        lines("Turkish/B-MISC", "Foreign/O", "Minister/O", "Mevlüt/B-PER", "Çavuşoğlu/I-PER",
              "", "Ankara/B-LOC", document="unnamed")
    )  # fmt: skip
    status, output, told = run("conll", path, "--map", "PER=PERSON", "--map", "MISC=O")
    assert status == 0
    assert [m["label"] for m in json.loads(output.splitlines()[0])["mentions"]] == ["PERSON", "LOC"]
    assert "mentions labelled MISC, left out as the map says: 1\n" in told
    assert "LOC is kept as OntoNotes' LOC" in told
    _, output, told = run("conll", path, "--map=PER=PERSON", "--map=MISC=NORP", "--map=LOC=GPE")
    found = json.loads(output.splitlines()[0])["mentions"]
    assert [m["label"] for m in found] == ["NORP", "PERSON", "GPE"]
    assert "LOC" not in told


@pytest.mark.parametrize(
    ("map", "message"),
    [
        ("PER", "--map: 'PER' is not LABEL=TYPE\n"),
        ("PER=", "--map: 'PER=' is not LABEL=TYPE\n"),
        ("PER=HUMAN", "PER cannot be renamed HUMAN, which is no type (known: PERSON, NORP"),
    ],
)
def test_a_map_to_no_type_is_refused(
    map: str, message: str, run: Run, file: Callable[[str], Path]
) -> None:
    status, output, told = run("conll", file(""), "--map", map)
    assert (status, output) == (2, "")
    assert told.startswith(message)
    assert told.count("\n") == 1


# -- lists of spans --------------------------------------------------------------------------------

ROWS = [
    {"id": "gazette", "start": 0, "end": 9, "label": "PERSON", "entity": "kari-vold"},
    {"id": "courier", "start": 0, "end": 6, "label": "GPE", "text": "Norway"},
    {"id": "gazette", "start": 13, "end": 17, "label": "GPE"},
]


def as_json_lines(rows: Sequence[dict[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def as_table(rows: Sequence[dict[str, object]], delimiter: str) -> str:
    text = io.StringIO()
    header = ["doc", "start", "end", "label", "entity", "text"]
    writer = csv.DictWriter(text, header, delimiter=delimiter)
    writer.writeheader()
    writer.writerows({"doc" if k == "id" else k: v for k, v in row.items()} for row in rows)
    return text.getvalue()


@pytest.mark.parametrize("form", ["json", ",", "\t"])
def test_spans_are_read_from_json_lines_and_tables_alike(
    form: str, file: Callable[[str], Path]
) -> None:
    path = file(as_json_lines(ROWS) if form == "json" else as_table(ROWS, form))
    gazette, courier = from_spans(path, ARTICLES).documents
    assert gazette.mentions == (Mention(0, 9, "PERSON", "kari-vold"), Mention(13, 17, "GPE"))
    assert courier.mentions == (Mention(0, 6, "GPE"),)


def test_a_row_of_a_table_ends_where_its_line_ends(file: Callable[[str], Path]) -> None:
    here = article("Oslo\u2028Act\r\npassed")
    path = file("id,start,end,label,text\r\ngazette,0,8,LAW,Oslo\u2028Act\r\n")
    (document,) = from_spans(path, corpus(here)).documents
    assert document.mentions == (Mention(0, 8, "LAW"),)


def test_columns_that_are_not_used_are_named(file: Callable[[str], Path]) -> None:
    path = file(as_json_lines([{**ROWS[0], "score": 0.9, "model": "x"}]))
    assert from_spans(path, ARTICLES).notes == (
        f"{path}: not used: model, score",
        "not in the input, so without mentions: courier",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (as_json_lines([{**ROWS[0], "id": "herald"}]), ":1: unknown document 'herald' (known: "),
        (as_json_lines([*ROWS, {"start": 1, "end": 2, "label": "GPE"}]), ":4: needs the document's id"),
        (as_json_lines([{**ROWS[0], "doc": "gazette"}]), ":1: needs the document's id, in one of"),
        (as_json_lines([{**ROWS[0], "start": "0"}]), ":1: gazette: start: Expected `int`, got `str`"),
        (as_json_lines([{"id": "gazette", "start": 0}]), ":1: gazette: Object missing required field"),
        (as_json_lines([{**ROWS[0], "text": "Kari"}]),
         ":1: gazette: text: 'Kari' is not the article's 'Kari Vold' at 0 to 9"),
        (as_json_lines([{**ROWS[0], "end": 900}]), ":1: gazette: mentions[0]: end 900 is past the"),
        (as_json_lines([{**ROWS[0], "end": 0}]), ":1: gazette: mentions[0]: is empty (0 to 0)"),
        (as_json_lines([{**ROWS[0], "start": -1}]), ":1: gazette: mentions[0]: start -1 is negative"),
        (as_json_lines([{**ROWS[0], "label": "PER"}]), ":1: gazette: unknown type 'PER'"),
        (as_json_lines([{**ROWS[0], "label": "DATE"}]), ":1: gazette: mentions[0].entity: a DATE is a"),
        (as_json_lines([*ROWS, {**ROWS[0], "start": 5}]),
         ":4: gazette: mentions[2]: overlaps mentions[0]"),
        ('{"id": "gazette"', ":1: not JSON"),
        ("[]", ": is a JSON list, but not of documents with a list of mentions"),
        ("doc,start,label\n", ":1: the header has no column 'end'"),
        ("doc,start,end,label,end\n", ":1: the header names a column twice"),
        ("doc,start,end,label\ngazette,0,9\n", ":2: has 3 cells, the header has 4"),
        ("doc,start,end,label\n\ngazette,x,9,GPE\n", ":3: gazette: start: Expected `int`"),
        ("doc,start,end,label\ngazette,0,9,GPE\n,0,9,GPE\n", ":3: needs the document's id"),
        ('doc,start,end,label\ngazette,0,9,"GPE\n', ":2: not a table: unexpected end of data"),
    ],
)  # fmt: skip
def test_a_faulty_list_of_spans_is_refused_with_its_line(
    content: str, message: str, file: Callable[[str], Path]
) -> None:
    path = file(content)
    with pytest.raises(InvalidInput) as caught:
        from_spans(path, ARTICLES)
    assert str(caught.value).startswith(f"{path}{message}")
    assert "\n" not in str(caught.value)


def test_overlapping_spans_are_flattened_when_asked(run: Run, file: Callable[[str], Path]) -> None:
    rows = [(0, 7, "NORP"), (0, 24, "ORG"), (25, 41, "PERSON"), (25, 41, "PERSON")]
    path = file(
        "doc\tstart\tend\tlabel\n" + "".join(f"unnamed\t{s}\t{e}\t{x}\n" for s, e, x in rows)
    )
    status, output, told = run("spans", path)
    assert (status, output) == (2, "")
    assert told == f"{path}:3: unnamed: mentions[1]: overlaps mentions[0] (and 1 more)\n"
    status, output, told = run("spans", path, "--flatten")
    assert status == 0
    found = json.loads(output.splitlines()[0])["mentions"]
    assert [(m["start"], m["end"], m["label"]) for m in found] == [
        (0, 24, "ORG"),
        (25, 41, "PERSON"),
    ]
    assert told.startswith("unnamed: mentions left out for overlapping: 2 of 4\n")


# -- spaCy -----------------------------------------------------------------------------------------


def doc_of(document: Document, *, id: object = None) -> Doc:
    doc = NLP(document.text)
    made = [
        doc.char_span(m.start, m.end, m.label, kb_id=m.entity or "NIL") for m in document.mentions
    ]
    doc.ents = [span for span in made if span is not None]
    assert len(doc.ents) == len(document.mentions)
    if id is not None:
        doc.user_data["id"] = id
    return doc


def test_spacys_entities_and_their_links_become_mentions(tmp_path: Path) -> None:
    docs = [doc_of(COURIER, id="courier"), doc_of(GAZETTE, id=7)]
    path = tmp_path / "two.spacy"
    DocBin(store_user_data=True, docs=docs).to_disk(path)
    for converted in (from_spacy(docs, ARTICLES), read_spacy(path, ARTICLES)):
        assert converted.documents == (GAZETTE.canonical(), COURIER)
        assert converted.notes == ()


def test_the_gold_through_spacy_keeps_every_mention_of_whole_tokens(
    run: Run, tmp_path: Path, gold: Corpus
) -> None:
    whole = []
    for document in gold:
        doc = NLP(document.text)
        kept = [m for m in document.mentions if doc.char_span(m.start, m.end) is not None]
        whole.append(document.with_layers(mentions=kept, quotes=[], stances=[]))
    path, output = tmp_path / "gold.spacy", tmp_path / "gold.jsonl"
    DocBin(docs=[doc_of(document) for document in reversed(whole)]).to_disk(path)
    assert run("spacy", path, "-o", output) == (0, "", "")
    linked = encode_documents(whole, text=False, layers=["entities", "linking"])
    assert output.read_bytes() == linked


def test_links_of_values_are_left_out_and_labels_renamed() -> None:
    doc = NLP(COURIER.text)
    doc.ents = [Span(doc, 0, 1, "LOC", kb_id="Q20"), Span(doc, 1, 2, "WHEN", kb_id="Q1")]
    converted = from_spacy([doc], ARTICLES, labels={"LOC": "GPE", "WHEN": "DATE"})
    assert converted.documents[1].mentions == (Mention(0, 6, "GPE", "Q20"), Mention(7, 11, "DATE"))
    assert "links of values (such as DATE), left out: 1" in converted.notes


@pytest.mark.parametrize(
    ("docs", "message"),
    [
        ([NLP("Norway paid.")],
         "docs[0]: its text is no article's, to the character (it begins 'Norway paid.')"),
        ([doc_of(COURIER), doc_of(COURIER)], "courier: docs[1]: the article of docs[0] again"),
        ([doc_of(COURIER, id="gazette")], "gazette: docs[0]: its text is not the article's"),
    ],
)  # fmt: skip
def test_a_doc_that_is_no_article_is_refused(docs: list[Doc], message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        from_spacy(docs, ARTICLES, file="x.spacy")
    assert str(caught.value) == f"x.spacy: {message}"


def test_what_is_no_docbin_is_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.spacy"
    whole = DocBin(docs=[doc_of(COURIER)]).to_bytes()
    for content in (b"", b"Norway", whole[:-9]):
        path.write_bytes(content)
        status, output, told = run("spacy", path)
        assert (status, output) == (2, "")
        assert told.startswith(f"{path}: not a DocBin of spaCy (")
        assert told.count("\n") == 1


def test_reading_a_docbin_runs_no_code_of_the_file(tmp_path: Path) -> None:
    class Attack:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.mkdir, (tmp_path / "ran",)

    array = {
        b"nd": True,
        b"type": "|O",
        b"kind": b"",
        b"shape": (1,),
        b"data": pickle.dumps(Attack()),
    }
    kept = DocBin(store_user_data=True, docs=[doc_of(COURIER)])
    kept.user_data = [srsly.msgpack_dumps(array)]
    kept.to_disk(tmp_path / "bad.spacy")
    with pytest.raises(InvalidInput, match="not a DocBin of spaCy"):
        read_spacy(tmp_path / "bad.spacy", ARTICLES)
    assert not (tmp_path / "ran").exists()
    pickle.loads(pickle.dumps(Attack()))
    assert (tmp_path / "ran").exists()


def test_without_spacy_one_line_says_what_to_install(tmp_path: Path) -> None:
    path = tmp_path / "one.spacy"
    path.write_bytes(b"")
    code = f"""
import sys
sys.modules["spacy"] = None
from onrecord.cli.main import main
sys.exit(main(["convert", "spacy", {str(path)!r}]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "spaCy is not installed; pip install 'onrecord[spacy]'\n"


# -- Label Studio ----------------------------------------------------------------------------------


def test_an_export_becomes_a_prediction_of_all_layers(
    run: Run, root: Path, tmp_path: Path, gold: Corpus
) -> None:
    expected = encode_documents(gold, text=False, layers=LAYERS)
    status, output, told = run("labelstudio", root / "annotation" / "exports" / "gold.json")
    assert (status, output.encode(), told) == (0, expected, "")
    renamed = [
        document.with_layers(
            quotes=[
                msgspec.structs.replace(q, id=f"x{q.id}", parent=q.parent and f"x{q.parent}")
                for q in document.quotes
            ]
        )
        for document in reversed(gold.documents)
    ]
    served = tmp_path / "server.json"
    served.write_bytes(msgspec.json.encode(push_tasks(renamed)))
    assert run("labelstudio", served)[1].encode() == expected


def test_an_incomplete_export_is_refused(run: Run, tmp_path: Path, gold: Corpus) -> None:
    path = tmp_path / "one.json"
    path.write_bytes(msgspec.json.encode(push_tasks(gold.documents[1:])))
    assert run("labelstudio", path) == (2, "", f"{path}: unnamed: is missing\n")


# -- the command -----------------------------------------------------------------------------------


def test_every_article_has_a_line_and_those_not_covered_are_named(
    run: Run, file: Callable[[str], Path], tmp_path: Path, gold: Corpus
) -> None:
    path = file(lines("Turkish/B-NORP", document="unnamed"))
    output = tmp_path / "predictions.jsonl"
    status, printed, told = run("conll", path, "-o", output)
    assert (status, printed) == (0, "")
    assert told.splitlines()[-1] == (
        "not in the input, so without mentions: duvar, rt, bulgarianmilitary, ibna"
    )
    predictions = read_predictions(output, gold)
    assert [len(document.mentions) for document in predictions] == [1, 0, 0, 0, 0]
    assert output.read_bytes() == encode_documents(predictions, text=False, layers=["entities"])


def test_columns_count_from_1(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run("conll", "any", "--tag-column", "0")
    assert caught.value.code == 2
    assert "'0' is no column; they count from 1" in capsys.readouterr().err


@pytest.mark.parametrize("format", ["conll", "spans", "spacy", "labelstudio", "to-conll"])
def test_a_file_that_is_not_there_is_told_and_nothing_is_written(
    format: str, run: Run, tmp_path: Path
) -> None:
    missing, output = tmp_path / "missing", tmp_path / "output"
    assert run(format, missing, "-o", output) == (2, "", f"{missing}: no such file\n")
    assert not output.exists()


@pytest.mark.parametrize(
    "format", [[], ["conll"], ["spans"], ["spacy"], ["labelstudio"], ["to-conll"]]
)
def test_every_format_has_help(format: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["convert", *format, "--help"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("usage: ")


def test_converters_are_light_until_they_are_used() -> None:
    code = (
        "import sys, onrecord.convert; print([m for m in ('spacy', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
