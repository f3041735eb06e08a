"""Accepting: adjudicated articles become gold, and nothing else is touched."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest
from clone_fixture import ADD, REGISTRY, TARGETS, TEXT, by_anna, by_ben, refused, run

import onrecord
from onrecord.annotation.adjudication import Decision, decide, in_the_words_of, renamed_in
from onrecord.corpus.corpus import load_articles, load_seeds
from onrecord.corpus.exports.exports import read_pre_annotations, write_export
from onrecord.corpus.files import encode_lines, read_records
from onrecord.dataset.build import check
from onrecord.document import Document, Quote, Span

EXPORT = "annotation/exports/adjudication.json"


class Desk(msgspec.Struct):
    """A copy of the clone with a sixth article that the gold lacks, and its adjudication."""

    root: Path
    seed: Document

    @property
    def gold(self) -> Path:
        return self.root / "annotation" / "exports" / "gold.json"

    @property
    def record(self) -> Path:
        return self.root / "annotation" / "adjudication.jsonl"

    def files(self) -> dict[str, bytes]:
        found = (path for path in self.root.rglob("*") if path.is_file())
        return {str(path.relative_to(self.root)): path.read_bytes() for path in found}

    def adjudicate(self, *documents: Document, systems: tuple[str, ...] = ()) -> None:
        """What a pull of the adjudication of these articles has written."""
        write_export(self.root / EXPORT, documents, {self.seed.id: systems})
        first, second = by_anna(self.seed), by_ben(self.seed)
        registry = load_articles(self.root).registry
        ours = [document for document in documents if document.id == self.seed.id]
        found = [
            decision
            for gold in ours
            for decision in decide(
                [first],
                in_the_words_of([first], [second], registry.ids),
                [gold],
                shared=registry.ids,
            )
        ]
        (self.root / EXPORT).with_suffix(".decisions.jsonl").write_bytes(encode_lines(found))


@pytest.fixture
def desk(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    folder = tmp_path / "clone"
    for name in ("seeds", "annotation", "data"):
        shutil.copytree(root / name, folder / name)
    for name in ("README.md", ".huggingface.yaml", "CITATION.cff"):
        shutil.copy(root / name, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ONRECORD_ROOT", str(folder))
    (tmp_path / "harbour.txt").write_text(TEXT, encoding="utf-8")
    run("seeds", "add", str(tmp_path / "harbour.txt"), *ADD, "--id", "harbour")
    for name, lines in (("registry", REGISTRY), ("targets", TARGETS)):
        path = folder / "annotation" / f"{name}.jsonl"
        path.write_text(path.read_text("utf-8") + lines, encoding="utf-8")
    return Desk(folder, load_seeds(folder)["harbour"])


def test_an_article_with_its_decisions_becomes_gold_and_all_else_stays(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    with_new = renamed_in(
        by_anna(desk.seed), {"ivo-marek": "new:Marek", "veldburg": "new:Veldburg"}
    )
    desk.adjudicate(with_new, systems=("rules",))
    before = desk.files()
    capsys.readouterr()
    run("annotate", "accept", EXPORT)
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "new:Marek is ivo-marek",
        "new:Veldburg is veldburg",
        "annotation/exports/gold.json: harbour added",
        "annotation/adjudication.jsonl: 3 decisions added",
    ]
    assert told.err == (
        "3 decisions have no rule or no reason yet: write them into adjudication.decisions.jsonl and "
        "accept again\n"
    )
    after = desk.files()
    gold, record = "annotation/exports/gold.json", "annotation/adjudication.jsonl"
    assert {name for name in after if after[name] != before.get(name)} == {gold, record}
    assert after[gold].startswith(before[gold].removesuffix(b"\n]\n"))
    assert after[record].startswith(before[record])
    assert read_pre_annotations(desk.gold) == {"harbour": ("rules",)}
    capsys.readouterr()
    run("dataset", "build")
    kept = [line for line in capsys.readouterr().err.splitlines() if "no other name" in line]
    assert any("'Veldburg', which the renamed articles keep" in line for line in kept)
    assert not any("Turkey" in line for line in kept)
    check(desk.root)
    assert onrecord.load(desk.root)["harbour"] == by_anna(desk.seed).numbered()


def test_an_act_that_the_gold_has_under_another_id_is_told(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = onrecord.load(desk.root)
    theirs = gold["bulgarianmilitary"]
    known = "blinken-urges-not-retain-s400"
    quotes = [
        msgspec.structs.replace(quote, utterance="blinken-asks")
        if quote.utterance == known
        else quote
        for quote in theirs.quotes
    ]
    desk.adjudicate(theirs.with_layers(quotes=quotes))
    capsys.readouterr()
    run("annotate", "accept", EXPORT, "--document", theirs.id)
    told = [line for line in capsys.readouterr().err.splitlines() if "shares" in line]
    assert told == [
        "warning: bulgarianmilitary: utterance: 'blinken-asks' shares 'not to retain the russian s "
        f"400' with {known!r} of unnamed; if it is the same act, give both one id (U1)"
    ]


def test_accepting_again_writes_nothing_and_finishes_what_was_interrupted(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.adjudicate(by_anna(desk.seed))
    gold = desk.gold.read_bytes()
    run("annotate", "accept", EXPORT)
    after = desk.files()
    capsys.readouterr()
    run("annotate", "accept", EXPORT)
    assert "gold.json: has all of it already, and stays as it is" in capsys.readouterr().out
    assert desk.files() == after
    desk.gold.write_bytes(gold)  # as it is when only the record was written
    run("annotate", "accept", EXPORT)
    assert desk.files() == after


def test_what_the_gold_has_is_replaced_only_by_name(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    rt = onrecord.load(desk.root)["rt"]
    fewer = rt.with_layers(stances=rt.stances[1:])
    desk.adjudicate(fewer)
    before = desk.files()
    assert (
        "has no article that the gold lacks; rt differ from the gold's: name with --document"
        in (refused(capsys, "annotate", "accept", EXPORT))
    )
    broken = renamed_in(fewer, {"turkey": "turkye"})
    desk.adjudicate(broken, by_anna(desk.seed))
    run("annotate", "accept", EXPORT)  # what is not to be put in may have faults
    desk.adjudicate(fewer, by_anna(desk.seed))
    assert "rt replaced" not in capsys.readouterr().out
    run("annotate", "accept", EXPORT, "--document", "rt")
    assert "annotation/exports/gold.json: rt replaced" in capsys.readouterr().out
    gold = {task["data"]["id"]: task for task in json.loads(desk.gold.read_bytes())}
    published = json.loads(before["annotation/exports/gold.json"])
    assert [*gold] == [*(task["data"]["id"] for task in published), "harbour"]
    assert all(gold[t["data"]["id"]] == t for t in published if t["data"]["id"] != "rt")
    assert gold["rt"] != published[2]


def test_a_rule_and_a_reason_that_are_added_later_come_into_the_record(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.adjudicate(by_anna(desk.seed))
    before = desk.record.read_bytes()
    run("annotate", "accept", EXPORT)
    path = (desk.root / EXPORT).with_suffix(".decisions.jsonl")
    decisions = [
        msgspec.structs.replace(one, rule="S7", reason="as said")
        for _, one in read_records(path, Decision)
    ]
    path.write_bytes(encode_lines(decisions))
    capsys.readouterr()
    run("annotate", "accept", EXPORT)  # as the line on standard error says
    assert f"0 decisions added, {len(decisions)} explained" in capsys.readouterr().out
    assert desk.record.read_bytes() == before + encode_lines(decisions)
    lacking = [msgspec.structs.replace(one, reason=None) for one in decisions]
    path.write_bytes(encode_lines(lacking))
    run("annotate", "accept", EXPORT, "--document", "harbour")  # what was explained stays so
    assert desk.record.read_bytes() == before + encode_lines(decisions)


def test_all_faults_are_told_at_once_and_nothing_is_written(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    faulty = renamed_in(
        by_anna(desk.seed),
        {"ivo-marek": "new:Somebody", "veldburg": "veldberg", "nora-lind": "new:X"},
    )
    desk.adjudicate(faulty)
    (desk.root / EXPORT).with_suffix(".decisions.jsonl").write_text('{"kind": "conflict"}\n')
    before = desk.files()
    given = ("--document", "harbour", "--document", "nowhere", "--is", "new:Nobody=turkey")
    said = refused(capsys, "annotate", "accept", EXPORT, *given).splitlines()
    assert said[0].startswith(f"{EXPORT}: harbour: mentions[")
    assert "unknown entity 'veldberg' of 'Veldburg'" in said[0]
    assert "did you mean veldburg (Veldburg)?" in said[0]
    assert said[1] == f"{EXPORT}: nowhere: is not in it"
    assert said[2] == "--is: 'new:Nobody' is not used"
    assert "decisions.jsonl:1: Object missing required field" in said[3]
    assert len(said) == 4
    assert desk.files() == before
    desk.adjudicate(renamed_in(faulty, {"veldberg": "veldburg"}))
    registry = desk.root / "annotation" / "registry.jsonl"
    lines = registry.read_text("utf-8").splitlines(keepends=True)
    registry.write_text("".join(one for one in lines if "Marek" not in one and "Nora" not in one))
    before = desk.files()
    said = refused(capsys, "annotate", "accept", EXPORT).splitlines()
    assert [line.split(" ")[1] for line in said] == ["'new:Somebody'", "'new:X'"]
    assert all("add such a line to annotation/registry.jsonl: {" in line for line in said)
    assert desk.files() == before


def test_what_the_dataset_cannot_be_made_of_is_refused(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    document = by_anna(desk.seed)
    gold = onrecord.load(desk.root)
    taken = next(
        q.utterance for d in gold for q in d.quotes if q.utterance and q.speaker == "turkey"
    )
    first, second = document.quotes
    quotes = [
        msgspec.structs.replace(first, utterance=taken),
        msgspec.structs.replace(second, utterance="u-two"),
        Quote(id="q3", content=(Span(50, 59),), speaker="sylvania", utterance="u-two"),
    ]
    desk.adjudicate(document.with_layers(quotes=quotes))
    before = desk.files()
    said = refused(capsys, "annotate", "accept", EXPORT).splitlines()
    assert len(said) == 2
    assert any(
        f"the utterance {taken!r} has more than one principal: ruritania, turkey" in one
        for one in said
    )
    assert any(
        "the utterance 'u-two' has more than one principal: ruritania, sylvania" in one
        for one in said
    )
    assert desk.files() == before


def test_a_new_event_gets_its_gold_article_by_article(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.gold.unlink()
    desk.adjudicate(by_anna(desk.seed))
    (desk.root / EXPORT).with_suffix(".decisions.jsonl").unlink()
    run("annotate", "accept", EXPORT)
    told = capsys.readouterr()
    assert f"no decisions beside {EXPORT}, none added" in told.out
    assert told.err == "the gold still lacks unnamed, duvar, rt, bulgarianmilitary, ibna\n"
    assert [task["data"]["id"] for task in json.loads(desk.gold.read_bytes())] == ["harbour"]
