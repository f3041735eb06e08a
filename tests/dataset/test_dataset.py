"""The dataset as its users load it, compared with the gold field by field."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import onrecord
import onrecord.corpus.gold
from onrecord.corpus.canary import CANARY
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import read_records
from onrecord.corpus.tokens import TAGS, passages, tokenize
from onrecord.dataset.build import CONFIGS, RENAMED_CONFIGS, build, check, make
from onrecord.document import POLARITIES, Span, derive_form
from onrecord.exceptions import InvalidInput
from onrecord.probes.files import PROBE_CONFIGS
from onrecord.scoring.zones import scored

FOLDERS = ("seeds", "annotation", "data")


@pytest.fixture
def clone(root: Path, tmp_path: Path) -> Path:
    """A copy of what the dataset is made from and of the dataset itself, without its statistics."""
    folder = tmp_path / "onrecord"
    for name in FOLDERS:
        statistics = shutil.ignore_patterns("STATISTICS.md", "figures")
        shutil.copytree(root / name, folder / name, ignore=statistics)
    for name in ("README.md", ".huggingface.yaml", "CITATION.cff"):
        shutil.copy(root / name, folder)
    return folder


@pytest.fixture(scope="module", params=[False, True], ids=["whole", "streaming"])
def load(
    request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """``load_dataset`` by path, with a cache of its own; rows without the canary each one has."""
    import datasets

    cache = tmp_path_factory.mktemp("cache")
    before = Path.cwd()
    os.chdir(root.parent)

    def rows(config: str) -> list[dict[str, Any]]:
        loaded = list(
            datasets.load_dataset(
                f"./{root.name}",
                config,
                split="test",
                streaming=request.param,
                cache_dir=str(cache),
            )
        )
        assert {row.pop("canary") for row in loaded} == {CANARY}
        return loaded

    try:
        yield rows
    finally:
        os.chdir(before)


def test_documents_are_the_gold(load: Any, gold: Corpus) -> None:
    expected = [msgspec.json.decode(msgspec.json.encode(document)) for document in gold]
    assert [with_date_as_text(row) for row in load("documents")] == expected


def with_date_as_text(row: dict[str, Any]) -> dict[str, Any]:
    date = row["meta"]["date"]
    assert date is None or isinstance(date, datetime.date)
    row["meta"]["date"] = None if date is None else date.isoformat()
    return row


def test_documents_is_the_default_config(load: Any, root: Path) -> None:
    import datasets

    assert datasets.get_dataset_default_config_name(str(root)) == "documents"
    assert set(datasets.get_dataset_config_names(str(root))) == {
        *CONFIGS,
        *RENAMED_CONFIGS.values(),
        *PROBE_CONFIGS,
    }


def test_entities_give_back_every_mention(load: Any, gold: Corpus) -> None:
    found: dict[str, list[tuple[int, int, str]]] = {document.id: [] for document in gold}
    for row in load("entities"):
        text = gold[row["doc_id"]].text
        spans = [Span(start, end) for start, end in zip(row["starts"], row["ends"], strict=True)]
        assert [span.of(text) for span in spans] == row["tokens"]
        assert row["zone"] in {zone.label for zone in gold[row["doc_id"]].zones}
        previous = "O"
        for span, number in zip(spans, row["tags"], strict=True):
            tag = TAGS[number]
            if tag.startswith("B-"):
                found[row["doc_id"]].append((span.start, span.end, tag[2:]))
            elif tag != "O":
                assert previous[2:] == tag[2:]
                start, _, label = found[row["doc_id"]].pop()
                found[row["doc_id"]].append((start, span.end, label))
            previous = tag
    for document in gold:
        assert found[document.id] == [(m.start, m.end, m.label) for m in document.mentions]


def test_quotes_are_the_golds_quotes(load: Any, gold: Corpus) -> None:
    rows = load("quotes")
    assert len(rows) == sum(len(document.quotes) for document in gold)
    expected = [(document, quote) for document in gold for quote in document.quotes]
    for row, (document, quote) in zip(rows, expected, strict=True):
        text = document.text
        name = quote.speaker and gold.registry[quote.speaker].name
        assert row == {
            "doc_id": document.id,
            "outlet": document.meta.outlet,
            "quote_id": quote.id,
            "content": [spelled(span, text) for span in quote.content],
            "cue": quote.cue and spelled(quote.cue, text),
            "source": quote.source and spelled(quote.source, text),
            "speaker": quote.speaker,
            "speaker_name": name,
            "utterance": quote.utterance,
            "parent": quote.parent,
            "form": derive_form(quote, document.quotes, text),
            "zone": row["zone"],
        }
        start = quote.content[0].start
        zones = [z.label for z in document.zones if z.start <= start < z.end]
        assert [row["zone"]] == zones


def spelled(span: Span, text: str) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "text": text[span.start : span.end]}


def test_utterances_hold_every_quote_that_has_one(load: Any, gold: Corpus) -> None:
    rows = load("utterances")
    reports = {
        (row["utterance"], report["doc_id"], report["quote_id"])
        for row in rows
        for report in row["reports"]
    }
    assert reports == {
        (quote.utterance, document.id, quote.id)
        for document in gold
        for quote in document.quotes
        if quote.utterance is not None
    }
    for row in rows:
        assert row["documents"] == len({report["doc_id"] for report in row["reports"]})
        for report in row["reports"]:
            quotes = {quote.id: quote for quote in gold[report["doc_id"]].quotes}
            quote = quotes[report["quote_id"]]
            assert report["speaker"] == quote.speaker
            assert report["outlet"] == gold[report["doc_id"]].meta.outlet
            assert report["form"] == derive_form(
                quote, gold[report["doc_id"]].quotes, gold[report["doc_id"]].text
            )
            assert report["text"].split(" … ") == [
                span.of(gold[report["doc_id"]].text) for span in quote.content
            ]
            principal = quote.speaker and gold.registry.principal(quote.speaker)
            assert row["principal"] == principal


def test_stances_are_the_golds_stances(load: Any, gold: Corpus) -> None:
    expected = [(document, stance) for document in gold for stance in document.stances]
    voted = {(v.doc_id, v.holder, v.target): v for v in gold.votes if v.ask == "stance"}
    for row, (document, stance) in zip(load("stances"), expected, strict=True):
        vote = voted[document.id, stance.holder, stance.target]
        given = {answer.answer: answer.votes for answer in vote.answers}
        assert row == {
            "doc_id": document.id,
            "outlet": document.meta.outlet,
            "holder": stance.holder,
            "holder_name": gold.registry[stance.holder].name,
            "principal": gold.registry.principal(stance.holder),
            "target": stance.target,
            "polarity": POLARITIES.index(stance.polarity),
            "evidence": [spelled(span, document.text) for span in stance.evidence],
            "votes": {a: given.get(a, 0) for a in ("favor", "against", "mixed", "none")},
            "contested": vote.contested,
        }


def test_votes_are_the_golds_votes(load: Any, gold: Corpus) -> None:
    assert load("votes") == [json.loads(msgspec.json.encode(vote)) for vote in gold.votes]


def test_a_gold_without_votes_has_no_such_config_and_keeps_its_stances(clone: Path) -> None:
    (clone / "annotation" / "votes.jsonl").unlink()
    build(clone)
    for config in ("votes", "renamed_votes"):
        (clone / "data" / config / "test.jsonl").unlink()
    check(clone)
    bare = onrecord.load(clone)
    assert bare.votes == ()
    assert bare.contested == frozenset()
    rows = [row for _, row in read_records(clone / "data" / "stances" / "test.jsonl", dict)]
    assert {(row["votes"], row["contested"]) for row in rows} == {(None, False)}


@pytest.mark.parametrize("config", ["registry", "targets"])
def test_registry_and_targets_are_those_of_the_annotation(
    config: str, load: Any, root: Path
) -> None:
    rows = [row for _, row in read_records(root / "annotation" / f"{config}.jsonl", dict)]
    assert load(config) == rows


def test_the_dataset_is_what_the_export_gives(root: Path) -> None:
    check(root)


def test_building_again_changes_nothing(clone: Path) -> None:
    assert build(clone) == []


def test_a_build_from_nothing_gives_the_same_bytes(clone: Path) -> None:
    before = {path: path.read_bytes() for path in (clone / "data").rglob("*") if path.is_file()}
    shutil.rmtree(clone / "data")
    assert set(build(clone)) == set(before)
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize(
    "file",
    ["data/stances/test.jsonl", "data/build.json", "data/croissant.json", ".huggingface.yaml"],
)
def test_check_fails_when_a_file_was_edited_by_hand(file: str, clone: Path) -> None:
    path = clone / file
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("favor", "against", 1).replace("sha256:", "sha256:0", 1) + "\n")
    with pytest.raises(InvalidInput, match=f"^{file}: is not what the export gives"):
        check(clone)


def test_check_fails_when_a_file_is_missing_or_too_many(clone: Path) -> None:
    extra = clone / "data" / "quotes" / "train.jsonl"
    extra.write_text("")
    with pytest.raises(InvalidInput, match=r"data/quotes/train\.jsonl: is not part of the dataset"):
        check(clone)
    extra.unlink()
    (clone / "data" / "quotes" / "test.jsonl").unlink()
    with pytest.raises(InvalidInput, match=r"data/quotes/test\.jsonl: is missing"):
        check(clone)


def test_a_gold_changed_by_hand_is_not_loaded(clone: Path) -> None:
    path = clone / "data" / "documents" / "test.jsonl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"polarity":"favor"', '"polarity":"mixed"', 1), encoding="utf-8")
    with pytest.raises(InvalidInput, match="was changed since it was built"):
        onrecord.load(clone)


def test_a_gold_in_other_bytes_is_the_same_gold(clone: Path) -> None:
    """Rows with spaces and other orders are read with all checks; what is built, without."""
    built = onrecord.load(clone)
    for name in ("documents", "registry", "targets"):
        path = clone / "data" / name / "test.jsonl"
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        lines = [json.dumps(dict(reversed(row.items()))) + "\n\n" for row in rows]
        path.write_text("".join(lines), encoding="utf-8")
    read = onrecord.load(clone)
    assert read.documents == built.documents
    assert list(read.registry) == list(built.registry)
    assert read.targets == built.targets
    assert read.hash == built.hash


def test_what_the_build_wrote_is_not_checked_again(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def checked(*arguments: object, **options: object) -> None:
        raise AssertionError("is checked again")

    monkeypatch.setattr(onrecord.corpus.gold, "validate", checked)
    assert onrecord.load(clone).status == "gold"


def test_a_gold_written_with_other_fields_is_named_whatever_its_hash(
    clone: Path, gold: Corpus
) -> None:
    documents, entities, targets = (
        clone / "data" / name / "test.jsonl" for name in ("documents", "registry", "targets")
    )
    documents.write_text(documents.read_text("utf-8").replace('"zones":', '"parts":'), "utf-8")
    mark = f',"canary":"{CANARY}"}}'
    plain = [p.read_text("utf-8").replace(mark, "}") for p in (documents, entities, targets)]
    lists = [f"[{rows.rstrip().replace(chr(10), ',')}]" for rows in plain[1:]]
    digest = hashlib.sha256("".join((plain[0], *lists)).encode()).hexdigest()
    made = clone / "data" / "build.json"
    made.write_text(made.read_text("utf-8").replace(gold.hash, digest), "utf-8")
    assert digest in made.read_text("utf-8")
    with pytest.raises(InvalidInput, match=r"documents/test\.jsonl:1: unnamed: .*`parts`"):
        onrecord.load(clone)


def test_without_an_adjudicated_gold_the_draft_is_built_and_says_so(clone: Path) -> None:
    exports = clone / "annotation" / "exports"
    assert onrecord.load(clone).status == "gold"
    (exports / "gold.json").rename(exports / "draft.json")
    build(clone)
    assert onrecord.load(clone).status == "draft"


CHANGED_GOLD = """
import json, sys
from datasets import load_dataset
folder, cache = sys.argv[1:]
rows = load_dataset(folder, "targets", split="test", cache_dir=cache)
print(json.dumps([row["proposition"] for row in rows]))
"""


def test_a_changed_gold_is_never_served_from_an_old_cache(clone: Path, tmp_path: Path) -> None:
    """Each load is a new process, as a user's would be, on one cache."""

    def propositions() -> Any:
        command = [sys.executable, "-c", CHANGED_GOLD, str(clone), str(tmp_path / "cache")]
        done = subprocess.run(command, check=True, capture_output=True)
        return msgspec.json.decode(done.stdout)

    before = propositions()
    path = clone / "annotation" / "targets.jsonl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("acquire and keep", "buy and keep", 1), encoding="utf-8")
    build(clone)
    after = propositions()
    assert before != after
    assert "buy and keep" in after[0]


def test_two_clones_of_one_name_do_not_share_a_cache(clone: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / clone.name
    shutil.copytree(clone, other)
    path = other / "annotation" / "targets.jsonl"
    path.write_text(
        path.read_text(encoding="utf-8").replace("and keep", "and hold", 1), encoding="utf-8"
    )
    build(other)
    import datasets

    one, two = (
        datasets.load_dataset(str(folder), "targets", split="test", cache_dir=str(tmp_path / "c"))
        for folder in (clone, other)
    )
    assert one["id"] == two["id"]
    assert one["proposition"] != two["proposition"]


def test_an_utterance_of_two_principals_is_refused(clone: Path) -> None:
    path = clone / "annotation" / "registry.jsonl"
    text = path.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if '"mevlut-cavusoglu"' in line)
    path.write_text(text.replace(line, line.replace('"turkey"}', '"russia"}')), encoding="utf-8")
    with pytest.raises(InvalidInput, match="has more than one principal: russia, turkey"):
        make(clone)


@given(st.text(max_size=80))
def test_tokens_are_every_character_but_white_space_once(text: str) -> None:
    tokens = list(tokenize(text, Span(0, len(text))))
    covered = [position for token in tokens for position in range(token.start, token.end)]
    assert covered == [i for i, character in enumerate(text) if not character.isspace()]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("U.S. F-35s", ["U", ".", "S", ".", "F", "-", "35", "s"]),
        ("travelAnkara", ["travel", "Ankara"]),
        ("NewsNATOs-400", ["News", "NATO", "s", "-", "400"]),
        ("Çavuşoğlu’s", ["Çavuşoğlu", "’", "s"]),
        ("Ça\u0327v_x", ["Ça\u0327v", "_", "x"]),
    ],
)
def test_tokens_are_cut_by_rules_that_know_no_gold(text: str, tokens: list[str]) -> None:
    assert [token.of(text) for token in tokenize(text, Span(0, len(text)))] == tokens


def test_passages_end_at_lines_and_zones(gold: Corpus) -> None:
    for document in gold:
        spans = list(passages(document))
        edges = {zone.start for zone in document.zones}
        for span in spans:
            assert "\n" not in span.of(document.text)
            assert not any(span.start < edge < span.end for edge in edges)
        kept = "".join(span.of(document.text) for span in spans)
        assert "".join(kept.split()) == "".join(document.text.split())


def test_the_datasheets_counts_are_the_golds(root: Path, gold: Corpus) -> None:
    sheet = (root / "DATASHEET.md").read_text(encoding="utf-8")
    for document in gold:
        kept = scored(document, document)
        counts = [
            document.meta.words,
            len(document.mentions),
            len(document.mentions) - len(kept.mentions),
            len(document.quotes),
            len(document.stances),
        ]
        outlet = document.meta.outlet or "not named"
        assert f"| `{document.id}` | {outlet} | {' | '.join(map(str, counts))} |" in sheet
    assert f"{len(gold.registry)} entities in the registry and {len(gold.targets)} targets" in sheet
