"""Files of other tools, in the form in which each writes them, become predictions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import spacy
from builders import article, corpus
from spacy.tokens import Doc, DocBin, Span

from onrecord.cli.main import main
from onrecord.convert import (
    Converted,
    from_brat,
    from_conll,
    from_records,
    from_spacy,
    from_spans,
    from_webanno,
    read_spacy,
)
from onrecord.convert.mentions import MAPS
from onrecord.convert.records import is_records
from onrecord.corpus.exports.results import read_items
from onrecord.exceptions import InvalidInput

GAZETTE = article(
    "😀 ⟦Kari Vold|PERSON|v⟧ of ⟦Oslo|GPE|o⟧ met ⟦Einar Jónsson|PERSON|e⟧ in ⟦Reykjavik|GPE|r⟧.\n"
)
COURIER = article("⟦Norway|GPE|n⟧ paid.\n", "courier")
ARTICLES = corpus(GAZETTE, COURIER)
TEXT = GAZETTE.text
UNITS = 1
"""By so much offsets in UTF-16 units are greater, behind the emoji."""
Saved = Callable[..., Path]


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    def save(content: Any, name: str = "input.json") -> Path:
        path = tmp_path / name
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        path.write_text(text, encoding="utf-8")
        return path

    return save


def found(converted: Converted, id: str = "gazette") -> list[tuple[str, str]]:
    document = next(one for one in converted.documents if one.id == id)
    return [(mention.of(document.text), mention.label) for mention in document.mentions]


def at(words: str, **more: Any) -> dict[str, Any]:
    start = TEXT.index(words)
    return {"start": start, "end": start + len(words), **more}


WHO = [("Kari Vold", "PERSON"), ("Oslo", "GPE")]

# ---------------------------------------------------------------- lists of mentions


def test_hugging_face_s_pipelines(saved: Saved) -> None:
    """``pipeline("ner", aggregation_strategy="simple")`` on all articles, or on one with its id."""
    vold = at("Kari Vold", entity_group="PER", score=0.99, word="Kari Vold")
    oslo = at("Oslo", entity_group="LOC", score=0.98, word="os ##lo")
    assert found(from_records(saved([[vold, oslo], []]), ARTICLES, labels=MAPS["conll2003"])) == WHO
    one = {"id": "gazette", "entities": [vold, oslo]}
    assert found(from_records(saved(one), ARTICLES, labels=MAPS["conll2003"])) == WHO


def test_lists_by_the_ids_of_their_documents(saved: Saved) -> None:
    vold = at("Kari Vold", label="PERSON")
    assert found(from_records(saved({"gazette": [vold], "courier": []}), ARTICLES)) == WHO[:1]


def test_a_pipeline_s_word_must_have_the_letters_at_its_offsets(saved: Saved) -> None:
    moved = {**at("Kari Vold", entity_group="PERSON", word="kari vol ##d"), "start": 5}
    with pytest.raises(
        InvalidInput, match="gazette: word: 'kari vol ##d' is not the article's 'i Vold'"
    ):
        from_records(saved([[moved], []]), ARTICLES)


def test_tokens_of_a_pipeline_are_refused(saved: Saved) -> None:
    token = at("Kari", entity="B-PER", score=0.99, index=1, word="Kari")
    with pytest.raises(InvalidInput, match="aggregation_strategy"):
        from_records(saved([[token], []]), ARTICLES)


def test_lists_without_ids_are_one_for_each_article(saved: Saved) -> None:
    with pytest.raises(InvalidInput, match="3 lists of mentions for 2 articles"):
        from_records(saved([[], [], []]), ARTICLES)


def test_gliner(saved: Saved) -> None:
    vold = at("Kari Vold", text="Kari Vold", label="person", score=0.97)
    oslo = at("Oslo", text="Oslo", label="gpe", score=0.9)
    assert found(from_records(saved([[vold, oslo], []]), ARTICLES)) == WHO


def test_prodigy(saved: Saved) -> None:
    tokens = [{"text": "😀", "start": 0, "end": 1, "id": 0, "ws": True}]
    spans = [at("Kari Vold", token_start=1, token_end=2, label="PERSON"), at("Oslo", label="GPE")]
    line = {
        "text": TEXT.strip(),
        "_input_hash": 7,
        "tokens": tokens,
        "spans": spans,
        "answer": "accept",
    }
    assert found(from_records(saved(json.dumps(line), "p.jsonl"), ARTICLES)) == WHO


@pytest.mark.parametrize(
    "line",
    [
        {"id": 1, "text": TEXT, "label": [[2, 11, "PERSON"], [15, 19, "GPE"]]},
        {"id": 1, "data": TEXT, "label": [[2, 11, "PERSON"], [15, 19, "GPE"]], "Comments": []},
        {
            "id": 1,
            "text": TEXT,
            "entities": [
                {"id": 1, "label": "PERSON", "start_offset": 2, "end_offset": 11},
                {"id": 2, "label": "GPE", "start_offset": 15, "end_offset": 19},
            ],
            "relations": [],
        },
    ],
    ids=["sequence", "older", "relations"],
)
def test_doccano(saved: Saved, line: dict[str, Any]) -> None:
    path = saved(json.dumps(line, ensure_ascii=False) + "\n", "all.jsonl")
    assert is_records(path)
    assert found(from_records(path, ARTICLES)) == WHO


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([{"id": "tribune", "spans": []}], "unknown document 'tribune'"),
        ([{"text": "Another text.", "spans": []}], "its text is no article's"),
        ([{"id": "gazette", "spans": [{"label": "GPE"}]}], "no start, end and label in"),
        ([{"id": "gazette", "spans": [at("Oslo", label="GPE", text="Bergen")]}], "'Bergen' is not"),
        ([{"id": "gazette", "spans": [[1, 2]]}], r"no start, end and label in \[1, 2\]"),
        ([{"id": "gazette"}], "no list of mentions"),
        ([{"id": "gazette", "output": []}], "its key is one of mentions, entities"),
        ([{"id": "gazette", "sha256": "0", "mentions": []}], "are predictions already"),
        (
            [{"id": "gazette", "spans": [{"start": None, "end": None, "label": "GPE"}]}],
            "no offsets",
        ),
        ("[]", "has no documents"),
        ("{", "input.json:1: not JSON"),
    ],
)
def test_what_is_wrong_in_a_list_is_told(saved: Saved, content: Any, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        from_records(saved(content), ARTICLES)


def test_a_table_of_spans_is_no_list_of_lists(saved: Saved) -> None:
    assert not is_records(saved("id,start,end,label\ngazette,2,11,PERSON\n", "s.csv"))
    assert not is_records(
        saved(json.dumps({"id": "gazette", **at("Oslo", label="GPE")}), "s.jsonl")
    )


# ---------------------------------------------------------------- offsets and labels


def test_offsets_in_utf_16_units_are_recognised_by_the_words_beside_them(saved: Saved) -> None:
    rows = "".join(
        f"gazette,{TEXT.index(w) + UNITS},{TEXT.index(w) + len(w) + UNITS},{label},{w}\n"
        for w, label in WHO
    )
    converted = from_spans(saved(f"id,start,end,label,text\n{rows}", "s.csv"), ARTICLES)
    assert found(converted) == WHO
    assert "gazette: offsets in UTF-16 units, moved: 2" in converted.notes


def test_labels_are_read_in_any_case_and_maps_have_names(
    saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    path = saved("id\tstart\tend\tlabel\ngazette\t2\t11\tPerson\ngazette\t15\t19\tgpe\n", "s.tsv")
    assert found(from_spans(path, ARTICLES)) == WHO
    rows = "id,start,end,label\nduvar,977,986,per\nduvar,0,6,misc\n"
    assert main(["convert", "spans", str(saved(rows, "c.csv")), "--map", "conll2003"]) == 0
    [line] = [one for one in capsys.readouterr().out.splitlines() if '"duvar"' in one]
    assert [m["label"] for m in json.loads(line)["mentions"]] == ["PERSON"]


def test_a_byte_order_mark_is_no_character(saved: Saved, tmp_path: Path) -> None:
    path = tmp_path / "bom.csv"
    path.write_bytes(b"\xef\xbb\xbfid,start,end,label\ngazette,2,11,PERSON\n")
    assert found(from_spans(path, ARTICLES)) == WHO[:1]
    for name, reader in (("g.json", from_records), ("g.conll", None)):
        path = tmp_path / name
        if reader is not None:
            path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"id": "gazette", "spans": []}).encode())
            assert found(reader(path, ARTICLES)) == []
        else:
            path.write_bytes(b"\xef\xbb\xbf# doc_id = courier\nNorway B-GPE\n")
            assert found(from_conll([path], ARTICLES), "courier") == [("Norway", "GPE")]


def test_a_region_whose_text_contradicts_its_offsets_is_refused() -> None:
    value = {**at("Oslo"), "labels": ["GPE"], "text": "Oslo"}
    region = {
        "id": "a",
        "from_name": "mention",
        "to_name": "text",
        "type": "labels",
        "value": value,
    }
    assert read_items(GAZETTE, [region]).problems == ()
    spaced = {**value, **at("Oslo met"), "text": "Oslo\\nmet"}
    assert read_items(GAZETTE, [{**region, "value": spaced}]).problems == ()
    moved = {**value, "text": "slo m"}
    [(field, reason)] = read_items(GAZETTE, [{**region, "value": moved}]).problems
    assert (field, reason) == ("result[0].value.text", "is 'slo m', but start and end give 'Oslo'")


# ---------------------------------------------------------------- spaCy, CoNLL, brat, WebAnno


def spanned(*groups: str) -> Doc:
    doc = spacy.blank("en")(TEXT)
    for group in groups:
        spans = [
            doc.char_span(2, 11, "PERSON"),
            doc.char_span(2, 6, "PERSON"),
            doc.char_span(15, 19, "GPE"),
        ]
        doc.spans[group] = [span for span in spans if isinstance(span, Span)]
    return doc


def test_groups_of_spans_are_taken_where_there_are_no_entities(tmp_path: Path) -> None:
    path = tmp_path / "sc.spacy"
    path.write_bytes(DocBin(docs=[spanned("sc")], store_user_data=True).to_bytes())
    converted = read_spacy(path, ARTICLES)
    assert found(converted) == WHO
    assert any("spans of the group 'sc'" in note for note in converted.notes)
    with pytest.raises(InvalidInput, match="no entities, but groups of spans: a, b"):
        from_spacy([spanned("a", "b")], ARTICLES)
    assert found(from_spacy([spanned("a", "b")], ARTICLES, group="b")) == WHO
    with pytest.raises(InvalidInput, match=r"no group of spans 'c' \(known: a, b\)"):
        from_spacy([spanned("a", "b")], ARTICLES, group="c")


def test_conll_2003_s_documents_are_found_by_their_text(saved: Saved) -> None:
    lines = """-DOCSTART- -X- O O

Norway NNP B-NP B-LOC
paid VBD B-VP O
. . O O

-DOCSTART- -X- O O

Kari NNP B-NP B-PER
Vold NNP I-NP I-PER
of IN B-PP O
Oslo NNP B-NP B-LOC
"""
    converted = from_conll([saved(lines, "eng.testa")], ARTICLES, labels=MAPS["conll2003"])
    assert found(converted) == WHO
    assert found(converted, "courier") == [("Norway", "GPE")]
    with pytest.raises(InvalidInput, match=r"2: .*are those of no article"):
        from_conll([saved("\n-DOCSTART- -X- O O\n\nSweden B-LOC\n", "x")], ARTICLES)
    twice = corpus(COURIER, article("Norway paid. Twice.\n", "tribune"))
    with pytest.raises(InvalidInput, match="those of courier and tribune"):
        from_conll([saved("-DOCSTART- -X- O O\n\nNorway B-GPE\n", "x")], twice)


def test_brat(saved: Saved) -> None:
    annotations = (
        "T1\tPerson 2 11\tKari Vold\n"
        "T2\tGPE 15 19\tOslo\n"
        "T3\tGPE 2 6;15 19\tKari Oslo\n"
        "N1\tReference T2 Wikidata:Q585\tOslo\n"
        "R1\tFrom Arg1:T1 Arg2:T2\t\n"
        "#1\tAnnotatorNotes T1\tsure\n"
    )
    converted = from_brat([saved(annotations, "gazette.ann")], ARTICLES)
    assert found(converted) == WHO
    assert converted.documents[0].mentions[1].entity == "Wikidata:Q585"
    assert "not used: # 1, R 1, T in pieces 1" in converted.notes[0]
    saved(TEXT, "other.txt")
    assert found(from_brat([saved(annotations, "other.ann")], ARTICLES)) == WHO
    for line, reason in (
        ("T1\tGPE 2 11", "no text-bound"),
        ("T1\tGPE 2 11\tOslo", "'Oslo' is not"),
    ):
        with pytest.raises(InvalidInput, match=f"gazette.ann:1: gazette: .*{reason}"):
            from_brat([saved(line, "gazette.ann")], ARTICLES)
    with pytest.raises(InvalidInput, match="of no article"):
        from_brat([saved("", "nobody.ann")], ARTICLES)


WEBANNO = """#FORMAT=WebAnno TSV 3.3
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS|PosValue|coarseValue
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value


#Text=😀 Kari Vold of Oslo met Einar Jónsson in Reykjavik.
1-1\t0-2\t😀\t_\t_\t_\t_\t
1-2\t3-7\tKari\tNNP\tPROPN\thttp://x/Q1[1]\tPER[1]\t
1-3\t8-12\tVold\tNNP\tPROPN\thttp://x/Q1[1]\tPER[1]\t
1-4\t13-15\tof\t_\t_\t_\t_\t
1-5\t16-20\tOslo\tNNP\tPROPN\t*\tGPE\t
"""


def test_webanno_tsv_of_inception(saved: Saved) -> None:
    for name in ("gazette.tsv", "export-17.tsv"):
        converted = from_webanno([saved(WEBANNO, name)], ARTICLES, labels={"PER": "PERSON"})
        assert found(converted) == WHO
        assert [m.entity for m in converted.documents[0].mentions] == ["http://x/Q1", None]
    for content, reason in (
        ("id\tstart\n", "x.tsv:1: is not WebAnno TSV 3"),
        (WEBANNO.replace("value", "sense"), "no layer of spans with a feature"),
        (WEBANNO.replace("Kari\tNNP", "Liv\tNNP"), "of no article"),
        (WEBANNO.replace("16-20", "16"), "x.tsv:11: is no row with offsets"),
    ):
        with pytest.raises(InvalidInput, match=reason):
            from_webanno([saved(content, "x.tsv")], ARTICLES)


@pytest.mark.parametrize("format", ["brat", "webanno"])
def test_the_commands_say_what_is_wrong(
    format: str, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", format, str(saved("", "nobody.ann"))]) == 2
    assert "nobody.ann" in capsys.readouterr().err


# ---------------------------------------------------------------- what is not used is told


def test_fields_of_documents_and_mentions_that_are_not_used_are_counted(saved: Saved) -> None:
    spans = [at("Oslo", label="GPE", score=0.9), at("Reykjavik", label="GPE", score=0.0)]
    path = saved(
        [{"text": TEXT, "spans": spans, "answer": "reject", "meta": {"note": "odd"}, "cats": {}}]
    )
    notes = from_records(path, ARTICLES).notes
    assert f"{path}: not used, of documents: answer 1, meta 1" in notes
    assert f"{path}: not used, of mentions: score 2" in notes


def test_what_is_attached_to_docs_of_spacy_is_told() -> None:
    doc = spacy.blank("en")(TEXT)
    start = TEXT.index("Oslo")
    oslo = doc.char_span(start, start + 4, "GPE", span_id="7")
    doc.ents = [oslo]
    doc.spans["people"] = [oslo]
    doc.user_data |= {"id": "gazette", "reviewer": "k"}
    doc.cats = {"news": 1.0}
    [note, *_] = from_spacy([doc], ARTICLES).notes
    assert note == "docs: not used, of documents: cats 1, reviewer 1, spans['people'] 1"
    assert "docs: not used, of mentions: id 1" in from_spacy([doc], ARTICLES).notes


def test_features_and_lines_of_webanno_that_are_not_used_are_told(saved: Saved) -> None:
    start = TEXT.encode("utf-16-le").index("Oslo".encode("utf-16-le")) // 2
    rows = [
        "#FORMAT=WebAnno TSV 3.3",
        "#T_SP=custom.Sentiment|tone",
        "#T_SP=de.ner.NamedEntity|value|certainty",
        "",
        f"1-1\t{start}-{start + 4}\tOslo\tgrim\tGPE\tlow\t",
        "a stray line",
    ]
    path = saved("\n".join(rows), "gazette.tsv")
    converted = from_webanno([path], ARTICLES)
    assert found(converted) == [("Oslo", "GPE")]
    assert converted.notes[:2] == (
        f"{path}: not used, of tokens: NamedEntity.certainty 1, Sentiment.tone 1",
        f"{path}: lines that are no rows: 1, the first at line 6",
    )


def test_links_of_brat_to_what_is_not_there_are_counted(saved: Saved) -> None:
    path = saved("N1\tReference T9 wiki:1\tOslo\n", "gazette.ann")
    assert f"{path}: not used: N of no T 1" in from_brat([path], ARTICLES).notes
