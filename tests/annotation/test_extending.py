"""A corpus that grows: a sixth article, and another event, go the whole way on a real server.

Both articles are invented; they live in these tests and never enter the dataset.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from builders import quote, stance
from clone_fixture import (
    ADD,
    REGISTRY,
    SYSTEM,
    TARGETS,
    annotate,
    article,
    by_anna,
    by_ben,
    refused,
    run,
    use,
)
from labelstudio_fixture import LabelStudio

import onrecord
from onrecord.annotation.conflicts import find_conflicts
from onrecord.annotation.labelstudio import client as api
from onrecord.annotation.labelstudio import workflow
from onrecord.annotation.labelstudio.connection import connect
from onrecord.corpus.corpus import load_articles, load_seeds
from onrecord.corpus.exports.bridge import to_result
from onrecord.corpus.exports.exports import write_export
from onrecord.corpus.files import encode_documents, read_json
from onrecord.corpus.gold import Build
from onrecord.corpus.layers import read_layers
from onrecord.dataset.build import CONFIGS, build, check
from onrecord.exceptions import InvalidInput, ServerError


@pytest.mark.parametrize("studio", ["label_studio", "label_studio_on_postgres"], indirect=True)
def test_a_sixth_article_goes_the_whole_way(
    clone: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    exports = clone / "annotation" / "exports"
    before = {name: (exports / f"annotator-{name}.json").read_bytes() for name in "12"}
    for annotator, name in (("ext-anna", "1"), ("ext-ben", "2")):
        file = f"annotation/exports/annotator-{name}.json"
        run("annotate", "push", "--new", "--annotator", annotator, "--annotations", file)

    # A new article with a registry, targets and screen that know it, for whoever has a project
    run("seeds", "add", article(clone), *ADD, "--id", "harbour")
    assert [*load_seeds(clone)][-1] == "harbour"
    for name, lines in (("registry", REGISTRY), ("targets", TARGETS)):
        path = clone / "annotation" / f"{name}.jsonl"
        path.write_text(path.read_text("utf-8") + lines, encoding="utf-8")
    assert "the label config lacks 'harbour-talks', 'share-harbour'" in refused(
        capsys, "annotate", "push", "--annotator", "ext-anna"
    )
    run("annotate", "config")
    pushed = workflow.push_all(clone, only=["harbour"])
    assert pushed["ext-anna"] == pushed["ext-ben"] == api.Pushed(tasks=1)
    system = tmp_path / "ruritania.py"
    system.write_text(SYSTEM)
    run("predict", str(system), "-o", str(tmp_path / "ruritania.jsonl"))
    shown = ("--predictions", str(tmp_path / "ruritania.jsonl"), "--document", "harbour")
    run("annotate", "push", "--new", "--annotator", "ext-ben", *shown)
    assert refused(capsys, "dataset", "build") == (
        f"{exports}/gold.json: has no annotation of harbour, which seeds/manifest.jsonl lists\n"
    )
    fault = refused(capsys, "annotate", "pull", "--annotator", "ext-anna")
    assert re.fullmatch(r"harbour: has no submitted annotation \(http\S+task=\d+\)\n", fault)

    # Two annotators' work comes back; what was there stays as it was
    seed = load_seeds(clone)["harbour"]
    annotate("ext-anna", by_anna(seed))
    annotate("ext-ben", by_ben(seed))
    capsys.readouterr()
    run("annotate", "pull", "--annotator", "ext-anna")
    run("annotate", "pull", "--annotator", "ext-ben")
    said = capsys.readouterr().out.splitlines()
    assert said[1:] == [
        f"ext-ben: 6 documents, written to {exports}/ext-ben.json",
        "harbour: was shown pre-annotations of ruritania",
    ]
    for annotator, name in (("ext-anna", "1"), ("ext-ben", "2")):
        made = (exports / f"{annotator}.json").read_bytes()
        assert made.startswith(before[name].removesuffix(b"\n]\n"))
    assert b"pre_annotations" not in (exports / "ext-anna.json").read_bytes()
    articles = load_articles(clone)
    anna, ben = (read_layers(exports / f"ext-{name}.json", articles) for name in ("anna", "ben"))
    assert (anna[-1], ben[-1]) == (by_anna(seed), by_ben(seed))

    # They disagree, and it is decided
    found = [one for one in find_conflicts(anna, ben) if one.document == "harbour"]
    assert [(one.layer, one.field, one.words) for one in found] == [
        ("mention", "item", "Monday"),
        ("quote", "item", "that Sylvania should share the harbour"),
        ("stance", "polarity", "Sylvania should share the harbour"),
    ]
    capsys.readouterr()
    run(
        "annotate",
        "conflicts",
        "annotation/exports/ext-anna.json",
        "annotation/exports/ext-ben.json",
    )
    assert "29 conflicts" in capsys.readouterr().out
    run("agreement", "annotation/exports/ext-anna.json", "annotation/exports/ext-ben.json")
    table = capsys.readouterr().out.splitlines()
    assert table[0].split()[-1] == "harbour"
    assert next(line for line in table if line.startswith("stances: F1")).split()[-1] == ".500"
    passes = ("annotation/exports/ext-anna.json", "annotation/exports/ext-ben.json")
    adjudicator = ("--annotator", "ext-adjudicator")
    run("annotate", "adjudicate", *passes, *adjudicator, "--document", "harbour")
    (task,) = api.pull(connect(), "ext-adjudicator")
    offered = {choice["alias"] for choice in task["data"]["utterances"]}
    assert "blinken-urges-not-retain-s400" in offered  # the gold's, of other articles
    annotate("ext-adjudicator", by_anna(seed))
    run("annotate", "pull", *adjudicator)
    decided = exports / "ext-adjudicator.decisions.jsonl"
    decisions = decided.read_bytes().replace(
        b'"rule":null,"reason":null', b'"rule":"G1","reason":"-"'
    )
    decided.write_bytes(decisions)
    gold, record = exports / "gold.json", clone / "annotation" / "adjudication.jsonl"
    published = gold.read_bytes(), record.read_bytes()
    capsys.readouterr()
    run("annotate", "accept", "annotation/exports/ext-adjudicator.json")
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "annotation/exports/gold.json: harbour added",
        "annotation/adjudication.jsonl: 3 decisions added",
    ]
    assert told.err == ""
    assert gold.read_bytes().startswith(published[0].removesuffix(b"\n]\n"))
    assert record.read_bytes() == published[1] + decisions

    # It is in every config and every table
    run("dataset", "build")
    check(clone)
    made_from = read_json(clone / "data" / "build.json", Build)
    assert made_from.pre_annotations == {"ext-ben.json": {"harbour": ("ruritania",)}}
    loaded = onrecord.load(clone)
    assert len(loaded) == 6
    assert loaded["harbour"] == by_anna(seed)
    assert_in_every_config(clone, "harbour", tmp_path)
    run("predict", str(system), "-o", "ruritania.jsonl")
    capsys.readouterr()
    run("score", "ruritania.jsonl", "--by", "document")
    printed = capsys.readouterr().out
    assert "|docs:6|" in printed
    assert "harbour" in printed
    scores = onrecord.score(loaded, loaded.documents)
    assert scores.documents[-1] == "harbour"
    assert scores.entities.f1 == scores.quotes.f1 == scores.stances.f1 == 1
    run("dataset", "describe")
    page = (clone / "data" / "STATISTICS.md").read_text("utf-8").splitlines()
    heads = [line for line in page if line.startswith("|") and " ibna |" in line]
    assert len(heads) > 5
    assert all(" harbour |" in head for head in heads)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "eval"]
    command += ["--system", str(system), "-k", "[ruritania]"]
    board = subprocess.run(command, cwd=clone, capture_output=True, text=True)
    assert board.returncode == 0, board.stdout
    assert re.search(r"^ruritania +6/6 ", board.stdout, re.MULTILINE)


def assert_in_every_config(folder: Path, document: str, cache: Path) -> None:
    """``datasets`` loads each config, and where a row names documents one names this."""
    import datasets

    for config in CONFIGS:
        if config == "votes":  # nobody voted on it
            continue
        rows = [
            *datasets.load_dataset(str(folder), config, split="test", cache_dir=str(cache / "hub"))
        ]
        assert rows, config
        if config == "documents":
            assert rows[-1]["id"] == document
        elif "doc_id" in rows[0]:
            assert document in {row["doc_id"] for row in rows}, config
        else:
            known = json.dumps(rows)
            assert any(word in known for word in ("harbour", "ivo-marek")), config


def test_a_project_may_have_some_of_the_articles(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = {one.id: one for one in onrecord.load(clone)}
    run("annotate", "push", "--new", "--annotator", "ext-some", "--document", "rt")
    annotate("ext-some", gold["rt"])
    capsys.readouterr()
    run("annotate", "pull", "--annotator", "ext-some")
    said = capsys.readouterr().out
    assert "not in the project: unnamed, duvar, bulgarianmilitary, ibna" in said
    export = "annotation/exports/ext-some.json"
    run("validate", export)
    run("show", "rt", export)
    run("agreement", export, "annotation/exports/annotator-1.json")
    told = capsys.readouterr()
    assert told.err == "not in both passes: unnamed, duvar, bulgarianmilitary, ibna\n"
    assert "rt: is not in it" not in refused(capsys, "show", "ibna", export)
    assert "ibna: is not in it" in refused(capsys, "show", "ibna", export)
    assert "unnamed: is missing" in refused(capsys, "score", export)
    assert "unknown document 'rte'; did you mean 'rt'? (known: unnamed, duvar" in refused(
        capsys, "annotate", "push", "--annotator", "ext-some", "--document", "rte"
    )


def test_a_pull_loses_no_article_that_its_file_has(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = clone / "annotation" / "exports" / "annotator-3.json"
    before = file.read_bytes()
    run("annotate", "push", "--new", "--annotator", "annotator-3", "--document", "rt")
    annotate("annotator-3", onrecord.load(clone)["rt"])
    reason = "has unnamed, duvar, bulgarianmilitary, ibna, which the project has not; push it with"
    assert reason in refused(capsys, "annotate", "pull", "--annotator", "annotator-3")
    assert file.read_bytes() == before


def test_a_pull_does_not_replace_newer_work_in_its_file(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rt = onrecord.load(clone)["rt"]
    run("annotate", "push", "--new", "--annotator", "ext-newer", "--document", "rt")
    annotate("ext-newer", rt)
    pull = ("annotate", "pull", "--annotator", "ext-newer")
    run(*pull)
    run(*pull)
    file = clone / "annotation" / "exports" / "ext-newer.json"
    write_export(file, [rt.with_layers(stances=[])])
    edited = file.read_bytes()
    assert "ext-newer.json: was changed after rt was saved in Label Studio" in refused(
        capsys, *pull
    )
    assert file.read_bytes() == edited
    client = connect()
    (task,) = api.pull(client, "ext-newer")
    client.annotations.update(task["annotations"][0]["id"], result=to_result(rt))
    run(*pull)
    assert read_layers(file, load_articles(clone), partial=True) == (rt,)


def test_a_partial_pull_takes_what_is_valid_and_sets_the_rest_aside(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = onrecord.load(clone)
    for id in ("rt", "duvar", "ibna"):
        run("annotate", "push", "--new", "--annotator", "ext-part", "--document", id)
    annotate("ext-part", gold["duvar"])
    kept = [item for item in to_result(gold["rt"]) if item.get("from_name") != "polarity"]
    client = connect()
    (task,) = [one for one in api.pull(client, "ext-part") if one["data"]["id"] == "rt"]
    made = client.annotations.create(task["id"], result=kept)
    pull = ("annotate", "pull", "--annotator", "ext-part")
    exports = clone / "annotation" / "exports"
    assert "has no polarity" in refused(capsys, *pull)
    assert not list(exports.glob("ext-part*"))

    run(*pull, "--partial")
    said = capsys.readouterr().out
    link = f"/projects/{task['project']}/data?task={task['id']})"
    assert "ext-part: 1 documents, written to" in said
    assert "nothing submitted yet: ibna" in said
    assert re.search(rf"^set aside: rt: .*has no polarity.*{re.escape(link)}$", said, re.MULTILINE)
    articles = load_articles(clone)
    assert read_layers(exports / "ext-part.json", articles, partial=True) == (gold["duvar"],)
    aside = exports / "ext-part.aside.jsonl"
    (row,) = [json.loads(line) for line in aside.read_text("utf-8").splitlines()]
    assert row["document"] == "rt"
    assert all(link in fault for fault in row["faults"])
    (stored,) = [one for one in api.pull(client, "ext-part") if one["data"]["id"] == "rt"]
    assert row["tasks"][0]["annotations"][0]["result"] == stored["annotations"][0]["result"]
    assert len(stored["annotations"][0]["result"]) == len(kept)
    assert "@" not in aside.read_text("utf-8")

    foreign = {"id": "nobody", "sha256": "0", "text": "x", "about": "", "zones": ""}
    foreign |= {key: [] for key in ("entities", "actors", "utterances")}
    stray = client.tasks.create(project=task["project"], data=foreign)
    capsys.readouterr()
    run(*pull, "--partial")
    assert "set aside: nobody: " in capsys.readouterr().out
    client.tasks.delete(str(stray.id))

    client.annotations.update(made.id, result=to_result(gold["rt"]))
    run(*pull, "--partial")
    assert read_layers(exports / "ext-part.json", articles, partial=True) == (
        gold["duvar"],
        gold["rt"],
    )
    assert not aside.exists()

    client.annotations.update(made.id, result=kept)
    reason = "has rt, which this pull leaves out; mend and submit it, or name another file"
    assert reason in refused(capsys, *pull, "--partial")
    assert not aside.exists()


def test_guidelines_that_somebody_works_by_are_not_changed_unnoticed(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    push = ("annotate", "push", "--new", "--annotator", "ext-rules")
    guidelines = clone / "annotation" / "guidelines.md"
    run(*push, "--document", "rt")
    guidelines.write_text(guidelines.read_text("utf-8") + "\nA new rule.\n", "utf-8")
    run(*push, "--document", "rt")  # nobody has begun
    annotate("ext-rules", onrecord.load(clone)["rt"])
    run(*push, "--document", "ibna")
    guidelines.write_text(guidelines.read_text("utf-8") + "Another.\n", "utf-8")
    reason = "project 'onrecord: ext-rules' is annotated by other guidelines ("
    assert reason in refused(capsys, *push)
    assert reason in refused(capsys, "annotate", "push", "--all", "--document", "rt")
    (status,) = [one for one in api.status(connect()) if one.annotator == "ext-rules"]
    assert status.tasks == 2
    run(*push, "--same-rules")
    run(*push)
    (status,) = [one for one in api.status(connect()) if one.annotator == "ext-rules"]
    assert status.tasks == 5


def test_passes_that_share_no_article_are_not_compared(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = onrecord.load(clone)
    for id in ("rt", "ibna"):
        write_export(clone / f"{id}.json", [gold[id]])
    message = "ibna.json: has no document that rt.json has\n"
    assert refused(capsys, "agreement", "rt.json", "ibna.json") == message
    assert refused(capsys, "annotate", "conflicts", "rt.json", "ibna.json") == message


# Where a pass began


def test_a_pass_that_began_from_a_prediction_says_so_wherever_it_goes(clone: Path) -> None:
    rt = onrecord.load(clone)["rt"]
    predictions = clone / "mine.jsonl"
    predictions.write_bytes(encode_documents([rt], text=False))
    run("annotate", "push", "--new", "--annotator", "ext-began", "--document", "rt")
    annotate("ext-began", rt)
    assert "pre_annotations" not in pull(clone, "ext-began")
    run("annotate", "push", "--new", "--annotator", "ext-began", "--predictions", str(predictions))
    made = pull(clone, "ext-began", ["rt"])
    assert json.loads(made)[0]["meta"] == {"pre_annotations": ["mine"]}
    again = ("--annotator", "ext-again", "--document", "rt", "--annotations", "ext-began.json")
    run("annotate", "push", "--new", *again)
    assert pull(clone, "ext-again") == made
    run("annotate", "push", "--new", "--annotator", "ext-late", "--document", "rt")
    run("annotate", "push", "--new", "--annotator", "ext-late", "--annotations", "ext-began.json")
    assert pull(clone, "ext-late", ["rt"]) == made


def pull(clone: Path, annotator: str, only: list[str] | None = None) -> str:
    """The export of a project; of these documents alone, if the others are not annotated."""
    if only is not None:
        client = connect()
        for task in api.pull(client, annotator):
            if task["data"]["id"] not in only:
                client.tasks.delete(str(task["id"]))
    run("annotate", "pull", "--annotator", annotator, "-o", f"{annotator}.json")
    return (clone / f"{annotator}.json").read_text("utf-8")


def test_a_prediction_that_another_program_showed_is_named_by_its_model(clone: Path) -> None:
    rt = onrecord.load(clone)["rt"]
    run("annotate", "push", "--new", "--annotator", "ext-backend", "--document", "rt")
    client = connect()
    (task,) = api.pull(client, "ext-backend")
    shown = client.predictions.create(task=task["id"], result=to_result(rt), model_version="ml-1")
    annotate("ext-backend", rt, parent_prediction=shown.id)
    assert json.loads(pull(clone, "ext-backend"))[0]["meta"] == {"pre_annotations": ["ml-1"]}


@pytest.mark.parametrize("shown", ["rules", [1], {"a": 1}])
def test_a_broken_record_of_pre_annotations_is_named(shown: Any, clone: Path) -> None:
    path = clone / "annotation" / "exports" / "annotator-3.json"
    tasks = json.loads(path.read_bytes())
    tasks[0]["meta"] = {"pre_annotations": shown}
    path.write_text(json.dumps(tasks), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"annotator-3.json: Expected .*meta.pre_annotations"):
        build(clone)


# Projects that are there


def test_one_project_that_refuses_keeps_none_from_its_articles(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = connect()
    config = workflow.read_config(clone).replace("line-height:2", "line-height:3")
    client.projects.create(title="onrecord: ext-odd", label_config=config)
    run("annotate", "push", "--new", "--annotator", "ext-good", "--document", "rt")
    done = workflow.push_all(clone, only=["ibna"])
    assert done["ext-good"] == api.Pushed(tasks=1)
    assert isinstance(done["ext-odd"], ServerError)
    told = refused(capsys, "annotate", "push", "--all", "--document", "ibna")
    assert "ext-odd: project 'onrecord: ext-odd' has another label config" in told
    assert "is one annotator's work" in refused(
        capsys, "annotate", "push", "--all", "--annotations", "annotation/exports/gold.json"
    )


def test_the_label_config_is_what_the_targets_give(clone: Path) -> None:
    config = clone / "annotation" / "label_config.xml"
    before = config.read_bytes()
    assert workflow.write_config(clone)[1:] == (17, False)
    assert config.read_bytes() == before
    targets = clone / "annotation" / "targets.jsonl"
    targets.write_text(targets.read_text("utf-8") + TARGETS, encoding="utf-8")
    assert workflow.write_config(clone)[1:] == (19, True)
    assert "Ruritania &amp; Sylvania" in config.read_text("utf-8")
    config.write_text("<View/>")
    with pytest.raises(InvalidInput, match="target: the label config has 0 lines that begin"):
        workflow.write_config(clone)


# Another event


def test_another_event_is_a_folder_of_its_own_from_nothing_to_a_loaded_dataset(
    clone: Path,
    label_studio: LabelStudio,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "harbour"
    run("dataset", "new", str(folder), "--name", "Harbour talks")
    assert "is not empty" in refused(capsys, "dataset", "new", str(folder))
    use(folder, label_studio, monkeypatch)
    monkeypatch.delenv("ONRECORD_ROOT")  # the folder is found by its seeds
    assert "lists no article" in refused(capsys, "predict", "x.py")
    for name, lines in (("registry", REGISTRY), ("targets", TARGETS)):
        (folder / "annotation" / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    run("annotate", "config")
    run("seeds", "add", article(folder), *ADD, "--id", "harbour")
    second = article(folder, "gazette.txt", "The talks in Veldburg failed, Ivo Marek said.\n")
    run("seeds", "add", second, "--event", "harbour-talks")
    assert [*load_seeds(folder)] == ["harbour", "gazette"]
    assert len(load_seeds(clone)) == 5  # nothing went into the other event's folder

    run("annotate", "push", "--new", "--annotator", "ext-event")
    seeds = load_seeds(folder)
    annotate("ext-event", by_anna(seeds["harbour"]))
    gazette = seeds["gazette"]
    marek = {"speaker": "ivo-marek", "utterance": "marek-talks-failed"}
    said = quote(gazette, "q1", "The talks in Veldburg failed", cue="said", **marek)
    annotate("ext-event", gazette.with_layers(quotes=[said]))
    run("annotate", "pull", "--annotator", "ext-event", "-o", "annotation/exports/gold.json")
    run("dataset", "build")
    run("dataset", "check")
    assert not (folder / "data" / "croissant.json").exists()
    gold = onrecord.load(folder)
    assert [*gold.by_id] == ["harbour", "gazette"]
    assert gold.target_ids == {"harbour-talks", "share-harbour"}
    other = [stance(gazette, "ivo-marek", "keep-s400", "favor", "The talks")]
    write_export(folder / "mixed.json", [gazette.with_layers(stances=other)])
    assert "unknown target 'keep-s400'" in refused(capsys, "validate", "mixed.json")
    (folder / "system.py").write_text(SYSTEM)
    run("predict", "system.py", "-o", "system.jsonl")
    capsys.readouterr()
    run("score", "system.jsonl")
    assert "|docs:2|" in capsys.readouterr().out
    import datasets

    for config in CONFIGS:
        if config == "votes":  # nobody voted
            continue
        rows = datasets.load_dataset(
            str(folder), config, split="test", cache_dir=str(tmp_path / "hub")
        )
        assert len(rows), config
    assert "CITATION.cff: is missing" in refused(
        capsys, "dataset", "build", "--standoff", str(tmp_path / "release")
    )


def test_an_adjudication_is_told_which_acts_the_gold_has_under_another_id(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = onrecord.load(clone)["bulgarianmilitary"]
    known = "blinken-urges-not-retain-s400"
    quotes = [
        msgspec.structs.replace(one, utterance="blinken-asks") if one.utterance == known else one
        for one in theirs.quotes
    ]
    decided = theirs.with_layers(quotes=quotes)
    passes = [clone / "annotation" / "exports" / f"ext-act-{name}.json" for name in ("one", "two")]
    for path in passes:
        write_export(path, [decided])
    run("annotate", "adjudicate", *map(str, passes), "--annotator", "ext-acts")
    annotate("ext-acts", decided)
    told = "'blinken-asks' shares 'not to retain the russian s 400' with"
    for action in ("check", "pull"):
        capsys.readouterr()
        run("annotate", action, "--annotator", "ext-acts")
        assert told in capsys.readouterr().err
    # a gold that cannot be read is not the adjudicator's fault
    (clone / "annotation" / "exports" / "gold.json").write_text("[", encoding="utf-8")
    run("annotate", "pull", "--annotator", "ext-acts")
    assert told not in capsys.readouterr().err
