"""The statistics of the gold: counted again from data/, current, and safe to show."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from builders import REGISTRY, TARGETS, article, corpus, quote, stance
from markdown_it import MarkdownIt

from onrecord.corpus.canary import CANARY, GUID
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import read_records
from onrecord.corpus.registry import Entity, Registry, Target
from onrecord.dataset import describe, page, plots
from onrecord.document import MENTION_TYPES, Document
from onrecord.exceptions import OnRecordError

FIGURES = (plots.mentions_figure, plots.utterances_figure, plots.stances_figure)
HOSTILE = (
    "a|b",
    "<script>alert(1)</script>",
    "&lt;b&gt; &amp; <!-- x -->",
    "`code` *bold* __under__ ~~gone~~",
    "[here](http://example.org) ![i](x.png) http://example.org www.example.org",
    "$\\frac{1}{0}$ \\| back\\slash",
    "# one\n| --- |\r\ntwo\tthree\N{NO-BREAK SPACE}four",
    "]]> --> ]]&gt; <![CDATA[",
    "nul\x00 escape\x1b[31m bell\x07 override\u202e end\ufffe",
    "عربي 漢字 😀 ığüşöç e\N{COMBINING ACUTE ACCENT}",
    "x" * 500,
)


@pytest.fixture(scope="module")
def rows(root: Path) -> Callable[[str], list[dict[str, Any]]]:
    return lambda config: [
        row for _, row in read_records(root / "data" / config / "test.jsonl", dict)
    ]


@pytest.fixture(scope="module")
def ids(rows: Callable[[str], list[dict[str, Any]]]) -> list[str]:
    return [row["id"] for row in rows("documents")]


@pytest.fixture(scope="module")
def made(root: Path) -> dict[Path, bytes]:
    return page.make(root)


def counted(pairs: Iterable[tuple[Any, str]], ids: list[str]) -> dict[Any, tuple[int, ...]]:
    """How often each name goes with each document, for pairs of (name, document)."""
    counter = Counter(pairs)
    names = {name for name, _ in counter}
    return {name: tuple(counter[name, id] for id in ids) for name in names}


def as_counts(rows: Iterable[describe.Row]) -> dict[str | None, tuple[int, ...]]:
    return {row.name: row.counts for row in rows}


def test_sizes_are_those_of_the_configs(rows: Any, ids: list[str], gold: Corpus) -> None:
    documents = {row["id"]: row for row in rows("documents")}
    promo = Counter(
        row["doc_id"]
        for row in rows("entities")
        if row["zone"] == "promo"
        for tag in row["tags"]
        if tag.startswith("B-")
    )
    reported = [(u["utterance"], r["doc_id"]) for u in rows("utterances") for r in u["reports"]]
    expected = {
        "words": [documents[id]["meta"]["words"] for id in ids],
        "characters": [len(documents[id]["text"]) for id in ids],
        "mentions": [len(documents[id]["mentions"]) for id in ids],
        "mentions in promotional text": [promo[id] for id in ids],
        "quotes": [sum(row["doc_id"] == id for row in rows("quotes")) for id in ids],
        "stances": [sum(row["doc_id"] == id for row in rows("stances")) for id in ids],
        "utterances": [len({u for u, document in reported if document == id}) for id in ids],
    }
    found = describe.sizes(gold)
    assert as_counts(found) == {name: tuple(counts) for name, counts in expected.items()}
    assert found[-1].all == len(rows("utterances"))


def test_mentions_are_those_of_the_documents(rows: Any, ids: list[str], gold: Corpus) -> None:
    mentions = [(mention, row["id"]) for row in rows("documents") for mention in row["mentions"]]
    by_type = counted(((m["label"], id) for m, id in mentions), ids)
    assert as_counts(describe.mentions_by_type(gold)) == by_type
    by_entity = counted(((m["entity"], id) for m, id in mentions if m["entity"]), ids)
    found = describe.mentions_by_entity(gold)
    assert as_counts(found) == by_entity
    shared = [sum(count > 0 for count in by_entity[row.name]) for row in found]
    assert shared == sorted(shared, reverse=True) == [row.documents for row in found]


def test_quotes_are_those_of_the_quotes_config(rows: Any, ids: list[str], gold: Corpus) -> None:
    quotes = rows("quotes")
    represents = {row["id"]: row["represents"] for row in rows("registry")}

    def last(id: str | None) -> str | None:
        while id is not None and represents[id] is not None:
            id = represents[id]
        return id

    def by(name: Callable[[dict[str, Any]], Any]) -> dict[Any, tuple[int, ...]]:
        return counted(((name(row), row["doc_id"]) for row in quotes), ids)

    assert as_counts(describe.quotes_by_form(gold)) == by(lambda row: row["form"])
    assert as_counts(describe.quotes_by_speaker(gold)) == by(lambda row: row["speaker"])
    assert as_counts(describe.quotes_by_principal(gold)) == by(lambda row: last(row["speaker"]))
    parents = {(row["doc_id"], row["parent"]) for row in quotes}

    def holds(row: dict[str, Any]) -> bool:
        return (row["doc_id"], row["quote_id"]) in parents

    assert as_counts(describe.nested_quotes(gold)) == {
        "in another quote": by(lambda row: row["parent"] is not None)[True],
        "with a quote in them": by(holds)[True],
        "of them wrappers": by(lambda row: holds(row) and row["utterance"] is None)[True],
    }


def test_speakers_of_one_principal_stand_together(gold: Corpus) -> None:
    order = [
        describe.principal(row.name, gold.registry) for row in describe.quotes_by_speaker(gold)
    ]
    assert list(dict.fromkeys(order)) == [row.name for row in describe.quotes_by_principal(gold)]
    assert [name for name, _ in itertools.groupby(order)] == list(dict.fromkeys(order))


def test_reports_are_those_of_the_utterances_config(
    rows: Any, ids: list[str], gold: Corpus
) -> None:
    found = describe.reports(gold)
    assert {each.utterance: each.principal for each in found} == {
        row["utterance"]: row["principal"] for row in rows("utterances")
    }
    expected = {
        row["utterance"]: [
            [report["form"] for report in row["reports"] if report["doc_id"] == id] for id in ids
        ]
        for row in rows("utterances")
    }
    assert {each.utterance: [*map(list, each.forms)] for each in found} == expected
    assert [each.documents for each in found] == sorted(
        (row["documents"] for row in rows("utterances")), reverse=True
    )


def test_positions_are_those_of_the_stances_config(rows: Any, ids: list[str], gold: Corpus) -> None:
    found = {
        (holder, target, id): polarity
        for (holder, target), polarities in describe.positions(gold).items()
        for id, polarity in zip(ids, polarities, strict=True)
        if polarity is not None
    }
    assert found == {
        (row["holder"], row["target"], row["doc_id"]): row["polarity"] for row in rows("stances")
    }


def test_rows_add_up_to_the_totals(gold: Corpus) -> None:
    sizes = {row.name: row for row in describe.sizes(gold)}
    for name, table in (
        ("mentions", describe.mentions_by_type(gold)),
        ("quotes", describe.quotes_by_form(gold)),
        ("quotes", describe.quotes_by_speaker(gold)),
        ("quotes", describe.quotes_by_principal(gold)),
    ):
        assert tuple(map(sum, zip(*(row.counts for row in table), strict=True))) == (
            sizes[name].counts
        )
        assert sum(row.all for row in table) == sizes[name].all
    for row in [*describe.sizes(gold)[:-1], *describe.mentions_by_entity(gold)]:
        assert row.all == sum(row.counts)
    positions = describe.positions(gold).values()
    stances = [sum(given[n] is not None for given in positions) for n in range(len(gold))]
    assert tuple(stances) == sizes["stances"].counts
    reports = describe.reports(gold)
    carried = [sum(bool(each.forms[n]) for each in reports) for n in range(len(gold))]
    assert tuple(carried) == sizes["utterances"].counts
    assert len(reports) == sizes["utterances"].all


def tables(text: str) -> list[list[list[str]]]:
    """The tables of a page as a reader of Markdown finds them: rows of cells of plain text."""
    found: list[list[list[str]]] = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and token.level > 2:
            kinds = {child.type for child in token.children or []}
            assert kinds <= {"text", "text_special", "code_inline"}, token.content
            found[-1][-1].append("".join(child.content for child in token.children or []))
    return found


def test_the_page_shows_the_counts(gold: Corpus, ids: list[str]) -> None:
    found = tables(page.statistics_page(gold))
    sizes, types, entities, forms, speakers, principals, nested, utterances, stances = found[:9]
    for table, rows in (
        (sizes, describe.sizes(gold)),
        (types, describe.mentions_by_type(gold)),
        (forms, describe.quotes_by_form(gold)),
        (principals, describe.quotes_by_principal(gold)),
        (nested, describe.nested_quotes(gold)),
    ):
        header, *lines = table
        assert header[1:] == [*ids, "all"]
        assert lines == [[row.name or "–", *map(str, row.counts), str(row.all)] for row in rows]
    assert len(speakers) - 1 == len(describe.quotes_by_speaker(gold))
    assert all(sum(map(int, line[2:-1])) == int(line[-1]) for line in speakers[1:])
    most = [row.name for row in describe.mentions_by_entity(gold) if row.documents > len(ids) / 2]
    assert [line[0] for line in entities[1:]] == most
    shared = [each for each in describe.reports(gold) if each.documents > 1]
    assert [line[0] for line in utterances[1:]] == [each.utterance for each in shared]
    for line, each in zip(utterances[1:], shared, strict=True):
        for cell, given in zip(line[2:], each.forms, strict=True):
            words = re.sub(r"(\d) (\w+)", lambda m: ", ".join([m[2]] * int(m[1])), cell)
            assert sorted(words.split(", ") if words else []) == sorted(given)
    signs = {"+": "favor", "−": "against", "±": "mixed", "·": None}
    assert {
        (holder, line[0]): tuple(signs[sign] for sign in cell)
        for line in stances[1:]
        for holder, cell in zip(stances[0][1:], line[1:], strict=True)
        if cell
    } == describe.positions(gold)


def test_the_page_shows_what_is_contested_and_what_readers_would_score(gold: Corpus) -> None:
    contested, ceiling = tables(page.statistics_page(gold))[9:]
    open_ones = [vote for vote in gold.votes if vote.contested]
    assert [line[0] for line in contested[1:]] == [vote.doc_id for vote in open_ones]
    assert ["duvar", "united-states, keep-s400", "–", "4 against, 2 none"] in contested
    assert ["unnamed", "–", "speaker of q25", "4 null, 2 european-union"] in contested
    assert [line[:2] for line in ceiling[1:]] == [
        ["contested left out", ".986"],
        ["with contested", ".974"],
    ]
    bare = page.statistics_page(msgspec.structs.replace(gold, votes=()))
    assert "## Votes" not in bare


def test_the_page_says_where_documents_differ(gold: Corpus) -> None:
    text = page.statistics_page(gold)
    pairs = [[p for p in each if p] for each in describe.positions(gold).values()]
    alone = sum(len(each) == 1 for each in pairs)
    agreeing = sum(len(each) > 1 and len(set(each)) == 1 for each in pairs)
    differing = sum(len(set(each)) > 1 for each in pairs)
    assert f"Of {len(pairs)} pairs of holder and target, {alone} occur in one document" in text
    assert f"they agree on {agreeing} and differ on {differing}: turkey on sell-" in text
    carried = Counter(each.documents for each in describe.reports(gold))
    assert f"{carried[1]} are carried by one document only" in text
    missing = set(MENTION_TYPES) - {row.name for row in describe.mentions_by_type(gold)}
    for name in missing:
        assert name.replace("_", r"\_") in text


def test_page_and_figures_are_current(made: dict[Path, bytes]) -> None:
    for path, content in made.items():
        assert path.read_bytes() == content, f"{path}: run `make dataset`"


def test_page_and_datasheet_show_every_figure(root: Path, made: dict[Path, bytes]) -> None:
    statistics, *figures = made
    for name in ("data/STATISTICS.md", "DATASHEET.md"):
        text = (root / name).read_text(encoding="utf-8")
        shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
        assert {(root / name).parent / file for file in shown} == set(figures)
    assert f"]({statistics.relative_to(root)})" in text


def test_another_process_with_other_hashes_and_settings_gives_the_same_bytes(
    root: Path, made: dict[Path, bytes], tmp_path: Path
) -> None:
    """The user's own matplotlibrc would set another font and size, mark dates and salt ids."""
    clone = tmp_path / "clone"
    for name in ("seeds", "annotation", "data"):
        shutil.copytree(root / name, clone / name)
    (clone / "data" / "STATISTICS.md").unlink()
    shutil.rmtree(clone / "data" / "figures")
    settings = tmp_path / "matplotlibrc"
    settings.write_text("font.family: serif\nfont.size: 20\nsvg.hashsalt: x\nsvg.fonttype: none\n")
    command = [sys.executable, "-W", "error", "-m", "onrecord", "dataset", "describe"]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "MATPLOTLIBRC": str(settings)}
    environment |= {"SOURCE_DATE_EPOCH": "1"}
    environment.pop("ONRECORD_ROOT", None)

    def run() -> str:
        done = subprocess.run(
            command, cwd=clone, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    files = [path.relative_to(root) for path in made]
    assert run() == "".join(f"wrote {file}\n" for file in files)
    for file in files:
        assert (clone / file).read_bytes() == (root / file).read_bytes()
    assert run() == "statistics and figures are what the gold gives; nothing written\n"


def test_every_page_and_figure_has_the_canary_and_its_gold(
    made: dict[Path, bytes], gold: Corpus
) -> None:
    for path, content in made.items():
        text = content.decode("utf-8")
        assert text.count(GUID) == 1
        assert f"`{describe.COMMAND}` from gold:{gold.hash[:12]}. {CANARY}" in text
        if path.suffix == ".svg":
            (metadata,) = ElementTree.fromstring(text).findall("{*}metadata")
            assert CANARY in "".join(metadata.itertext())
            assert "date" not in {element.tag.rpartition("}")[2] for element in metadata.iter()}


def test_a_draft_is_called_one(gold: Corpus) -> None:
    assert "DRAFT" not in page.statistics_page(gold)
    assert "DRAFT GOLD" in page.statistics_page(msgspec.structs.replace(gold, status="draft"))


def hostile_corpus() -> Corpus:
    """Three documents, every name of which would break Markdown, SVG or matplotlib's formulas."""
    entities = [*REGISTRY]
    entities += [
        Entity(id=name, name=f"Entity {number}", label="ORG", actor=True)
        for number, name in enumerate(HOSTILE)
    ]
    documents: list[Document] = []
    for id, entity in itertools.pairwise(HOSTILE[:4]):
        base = article("⟦Oslo|GPE|oslo⟧ said it would talk.", id=id)
        (mention,) = base.mentions
        documents.append(
            base.with_layers(
                mentions=[msgspec.structs.replace(mention, entity=entity)],
                quotes=[
                    quote(base, f"q{number}", "it would talk", speaker=name, utterance=name)
                    for number, name in enumerate(HOSTILE)
                ],
                stances=[stance(base, name, name, "mixed", "talk") for name in HOSTILE],
            )
        )
    targets = tuple(Target(id=name, proposition=name) for name in HOSTILE)
    return Corpus(tuple(documents), Registry(entities), targets)


def test_hostile_names_are_shown_as_they_are_in_the_page() -> None:
    made = hostile_corpus()
    found = tables(page.statistics_page(made))
    assert len(found) == 9
    for table in found:
        assert {len(line) for line in table} == {len(table[0])}
    shown = {describe.label(name) for name in HOSTILE}
    assert all(name.isprintable() and len(name) <= 60 for name in shown)
    speakers, utterances, stances = found[4], found[7], found[8]
    assert {line[0] for line in speakers[1:]} == shown
    assert {line[0] for line in utterances[1:]} == shown
    assert {line[0] for line in stances[1:]} == set(stances[0][1:]) == shown
    assert found[0][0][1:-1] == [describe.label(name) for name in HOSTILE[:3]]
    kinds = {
        child.type
        for token in MarkdownIt("commonmark").enable(["table"]).parse(page.statistics_page(made))
        for child in token.children or []
    }
    assert kinds <= {"text", "text_special", "code_inline", "image", "em_open", "em_close"}


@pytest.mark.parametrize("figure", FIGURES)
def test_hostile_names_leave_a_figure_well_formed(figure: Callable[[Corpus], bytes]) -> None:
    drawing = ElementTree.fromstring(figure(hostile_corpus()))
    tags = {element.tag.rpartition("}")[2] for element in drawing.iter()}
    assert not tags & {"script", "text", "image", "a", "foreignObject", "b"}
    assert "path" in tags


@pytest.mark.parametrize("figure", FIGURES)
def test_a_corpus_without_items_or_documents_has_a_figure(
    figure: Callable[[Corpus], bytes],
) -> None:
    for made in (corpus(), corpus(article("Nothing was said."))):
        assert ElementTree.fromstring(figure(made)).tag.endswith("svg")


def test_a_corpus_without_items_or_documents_has_a_page() -> None:
    for made in (corpus(), corpus(article("Nothing was said."))):
        text = page.statistics_page(made)
        assert "Of 0 pairs of holder and target" in text
        assert "differ on 0: none" in text
        for target in TARGETS:
            assert target.id in text


def test_the_order_of_a_list_changes_nothing(gold: Corpus) -> None:
    turned = [
        document.with_layers(
            mentions=document.mentions[::-1],
            quotes=document.quotes[::-1],
            stances=document.stances[::-1],
        )
        for document in gold
    ]
    other = msgspec.structs.replace(gold, documents=tuple(turned))
    assert page.statistics_page(other) == page.statistics_page(gold)
    for figure in FIGURES:
        assert figure(other) == figure(gold)


def test_without_matplotlib_one_line_says_what_to_install(
    gold: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(OnRecordError, match=r"^matplotlib is not installed; .*onrecord\[plots\]"):
        plots.mentions_figure(gold)
