"""The report's files: complete, small, escaped, alike from run to run, and of itself alone."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from many_articles import ARTICLES, SYSTEMS, report_of_many
from markupsafe import escape

import onrecord
from onrecord.cli.main import main
from onrecord.corpus.canary import CANARY
from onrecord.document import Stance
from onrecord.report import event
from onrecord.report.build import build_report
from onrecord.report.listed import LISTED, some
from onrecord.report.pages import PAGED
from onrecord.scoring.errors.analysis import find_errors

LIMIT = 3_000_000
"""Bytes of a report of all published rows."""
BAD = '"></script><script>alert(1)</script><img src=x onerror=alert(2)>\u202e'


class Links(HTMLParser):
    """What a page refers to, the ids that it has, and the scripts in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.to: list[str] = []
        self.ids: set[str] = set()
        self.handlers: list[str] = []
        self.scripts: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.to += [value for name in ("href", "src") if (value := found.get(name))]
        self.ids |= {found["id"] or ""} if "id" in found else set()
        self.handlers += [name for name in found if name.startswith("on") or name == "style"]
        self.scripts += [found] if tag == "script" else []


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    folder = tmp_path_factory.mktemp("report")
    assert main(["report", "-o", str(folder), "--gold", str(root)]) == 0
    return folder


def pages(folder: Path) -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.html"))}


def test_all_published_rows_fit_into_three_megabytes(report: Path, root: Path) -> None:
    assert sum(path.stat().st_size for path in report.rglob("*.*")) < LIMIT
    rows = {path.stem for path in (root / "eval" / "results").glob("*.json")}
    assert {path.stem for path in (report / "system").iterdir()} == rows


def test_every_page_is_marked_and_lets_nothing_run_but_its_own_script(report: Path) -> None:
    for path, page in pages(report).items():
        assert CANARY in page, path
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in page, path
        found = Links(page)
        assert found.handlers == [], path
        for script in found.scripts:
            assert script.get("src") or script.get("type") == "application/json", path
        assert not [to for to in found.to if "//" in to], path


def test_every_link_leads_to_a_page_and_every_document_is_there(report: Path) -> None:
    every = pages(report)
    for path, page in every.items():
        for to in Links(page).to:
            name = to.partition("#")[0]
            assert not name or (path.parent / name).resolve().exists(), (path, to)
    gold = onrecord.load()
    for document in gold:
        page = every[report / "read" / f"{document.id}.html"]
        data = json.loads(re.search(r'id="article">(.*?)</script>', page, re.S)[1])  # type: ignore[index]
        assert data["text"] == document.text
        assert len(data["readings"]["gold"]) == sum(
            map(len, (document.mentions, document.quotes, document.stances))
        )
        assert {number for one in data["readings"].values() for number in one} == set(
            range(len(data["items"]))
        )


def test_the_report_is_the_same_from_run_to_run(report: Path, tmp_path: Path) -> None:
    build_report(tmp_path)
    for path in report.rglob("*.*"):
        assert (tmp_path / path.relative_to(report)).read_bytes() == path.read_bytes()


def test_without_the_articles_words_none_is_there(tmp_path: Path, root: Path) -> None:
    build_report(tmp_path, [root / "eval/predictions/rules.jsonl"], standoff=True)
    whole = "".join(pages(tmp_path).values()) + (tmp_path / "assets/texts.js").read_text("utf-8")
    for document in onrecord.load():
        for quote in document.quotes:
            words = quote.content[0].of(document.text)
            assert len(words) < 25 or html.escape(words) not in whole


def test_what_comes_from_a_system_is_text_and_nothing_else(tmp_path: Path, root: Path) -> None:
    """Ids and names full of markup: none of it is in a page but escaped, nor ends the data."""
    gold = onrecord.load(root)
    documents = []
    for document in gold:
        mentions = [
            msgspec.structs.replace(m, entity=m.entity and BAD + m.entity)
            for m in document.mentions
        ]
        quotes = [msgspec.structs.replace(q, speaker=BAD, utterance=BAD) for q in document.quotes]
        stances = [
            Stance(holder=BAD + s.holder, target=s.target, polarity=s.polarity, evidence=s.evidence)
            for s in document.stances
        ]
        documents.append(document.with_layers(mentions=mentions, quotes=quotes, stances=stances))
    mine = tmp_path / "mine.jsonl"
    onrecord.save(documents, mine, layers=onrecord.LAYERS)
    mine.with_suffix(".toml").write_text(
        f"description = {json.dumps(BAD)}\nnote = {json.dumps(BAD)}\n"
    )
    folder = tmp_path / "report"
    build_report(folder, [mine])
    for path, page in pages(folder).items():
        assert "<img" not in page, path
        assert "<script>alert" not in page, path
    assert str(escape(BAD)) in (folder / "system" / "mine.html").read_text("utf-8")


def test_the_event_has_every_report_and_says_who_is_silent() -> None:
    gold = onrecord.load()
    rows = event.utterances(gold)
    reports = sum(q.utterance is not None for document in gold for q in document.quotes)
    assert sum(len(cell) for row in rows for cell in row.cells.values()) == reports
    assert [row.articles for row in rows] == sorted((row.articles for row in rows), reverse=True)
    held = [row for _, table in event.stances(gold) for row in table]
    assert sum(len(cell) for row in held for cell in row.cells.values()) == sum(
        len(d.stances) for d in gold
    )
    named = sum(len(cell) for row in event.entities(gold) for cell in row.cells.values())
    assert named == len(
        {(d.id, m.entity, m.of(d.text)) for d in gold for m in d.mentions if m.entity}
    )


def test_bad_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = tmp_path / "a.jsonl"
    one.write_text("{}\n")
    assert main(["report", str(one), "-o", str(tmp_path / "r")]) == 2
    assert "a.jsonl:1: Object missing required field" in capsys.readouterr().err
    assert not (tmp_path / "r").exists()


def test_a_system_s_page_has_all_of_its_errors(report: Path, root: Path) -> None:
    """Of the published rows nothing is left out, and every string of an error leads back to it."""
    gold = onrecord.load(root)
    page = (report / "system" / "rules.html").read_text("utf-8")
    data = json.loads(re.search(r'id="errors">(.*?)</script>', page, re.S)[1])  # type: ignore[index]
    errors = find_errors(gold, onrecord.read(root / "eval/predictions/rules.jsonl", gold)).errors
    strings = data["strings"]
    listed = [
        (*(strings[n] for n in case[:4]), case[4], [strings[i[0]] for i in case[5] + case[6]])
        for case in data["cases"]
    ]
    assert listed == [
        (
            e.layer,
            e.kind,
            e.subkind or "",
            e.document,
            e.start,
            [i.label for i in e.gold + e.predicted],
        )
        for e in errors
    ]


def test_of_very_many_errors_some_of_each_kind_are_listed_from_first_to_last() -> None:
    gold = onrecord.load()
    errors = find_errors(gold, gold.bare()).errors
    kept = some(errors, 20)
    for layer in onrecord.LAYERS:
        missed = [e for e in errors if (e.layer, e.kind) == (layer, "missed")]
        listed = [e for e in kept if (e.layer, e.kind) == (layer, "missed")]
        assert len(listed) == min(20, len(missed))
        if missed:
            assert {e.document for e in listed} == {e.document for e in missed}
    assert kept == [e for e in errors if e in kept]
    assert some(errors, LISTED) == list(errors)


def test_many_articles_are_split_into_pages(tmp_path: Path) -> None:
    """No table has a column for each, no page all; what a page leaves out stands on the next."""
    folder = report_of_many(tmp_path)
    every = pages(folder)
    assert len(list((folder / "read").iterdir())) == ARTICLES
    assert len(list((folder / "system").iterdir())) == SYSTEMS
    gold = onrecord.load(tmp_path / "clone")
    for name, rows in (("said", event.utterances(gold)), ("named", event.entities(gold))):
        found = []
        for number in range(-(-len(rows) // PAGED)):
            page = every[folder / (f"{name}-{number + 1}.html" if number else f"{name}.html")]
            part = re.findall(r'<tr><th scope="row">(.*?)<', page)
            assert len(part) <= PAGED
            found += [html.unescape(words).strip() for words in part]
        assert found == [row.name for row in rows]
        assert len(rows) > PAGED or name == "named"
    for path, page in every.items():
        assert page.count('<th scope="col"') < 60, path
        for to in Links(page).to:
            link = to.partition("#")[0]
            assert not link or (path.parent / link).resolve().exists(), (path, to)
    assert all(f"read/{id}.html" in every[folder / "articles.html"] for id in gold.by_id)


def test_every_answer_on_a_probe_is_on_its_page(report: Path, root: Path) -> None:
    probes = onrecord.load_probes(root)
    scores = onrecord.score_probes(probes, root / "eval/predictions/probes/rules.jsonl")
    outcomes = {outcome.probe.id: outcome for outcome in scores.outcomes}
    page = (report / "probes" / "nested.html").read_text("utf-8")
    data = json.loads(re.search(r'id="gave">(.*?)</script>', page, re.S)[1])  # type: ignore[index]
    at = data["systems"].index("rules")
    nested = [probe for probe in probes if probe.phenomenon == "nested"]
    marks = "".join(row[at][0] for row in data["sets"])
    assert marks == "".join("+" if outcomes[probe.id].right else "-" for probe in nested)
    gave = [member for row in data["sets"] for member in row[at][1]]
    for probe, numbers in zip(nested, gave, strict=True):
        quotes = outcomes[probe.id].predicted.quotes
        spans = [[end for span in q.content for end in (span.start, span.end)] for q in quotes]
        assert [data["items"][number][1] for number in numbers] == spans
