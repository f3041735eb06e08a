"""Probes in the dataset: built from the sources, loaded again, and on the command line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from command import assert_refused, onrecord_command

import onrecord
from onrecord.corpus.canary import CANARY
from onrecord.corpus.files import encode_documents
from onrecord.dataset.build import build, check
from onrecord.dataset.event import make_event
from onrecord.document import Document
from onrecord.exceptions import InvalidInput
from onrecord.probes.failures import mark_edit
from onrecord.probes.files import PROBE_CONFIGS, render_all
from onrecord.probes.probe import Probes


@pytest.fixture
def built(sampled: Path) -> Path:
    build(sampled)
    return sampled


@pytest.fixture
def here(built: Path) -> Iterator[Path]:
    before = Path.cwd()
    os.chdir(built)
    yield built
    os.chdir(before)


def test_what_is_built_is_loaded(built: Path, probes: Probes) -> None:
    check(built)
    loaded = onrecord.load_probes(built)
    assert loaded.probes == render_all(built).probes == probes.probes
    assert (loaded.registry, loaded.targets) == (probes.registry, probes.targets)
    assert repr(loaded) == "Probes(22 members in all dresses, 5 sets, 5 phenomena)"
    assert loaded.corpus[loaded.probes[0].id] == loaded.probes[0].document


def test_every_row_has_the_canary(built: Path) -> None:
    for config in PROBE_CONFIGS:
        rows = (built / "data" / config / "test.jsonl").read_text(encoding="utf-8").splitlines()
        assert all(json.loads(line)["canary"] == CANARY for line in rows)


def test_datasets_loads_probes_as_they_are(built: Path, tmp_path: Path) -> None:
    import datasets

    for config in PROBE_CONFIGS:
        path = built / "data" / config / "test.jsonl"
        expected = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        rows = datasets.load_dataset(
            str(built), config, split="test", cache_dir=str(tmp_path / "cache")
        )
        assert list(rows) == expected


def test_a_changed_source_is_found(built: Path) -> None:
    source = built / "annotation" / "probes" / "polarity.toml"
    source.write_text(
        source.read_text(encoding="utf-8").replace("has yet to answer", "has to answer yet"),
        encoding="utf-8",
    )
    with pytest.raises(InvalidInput, match=r"data/probes/test.jsonl: is not what the export gives"):
        check(built)


def test_a_source_that_cannot_be_rendered_is_named(sampled: Path) -> None:
    source = sampled / "annotation" / "probes" / "polarity.toml"
    source.write_text(source.read_text(encoding="utf-8").replace("{B}", "{Q}"), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"polarity.toml: polarity-01-a: unknown variable \{Q\}"):
        build(sampled)


def test_another_event_declares_no_probes() -> None:
    declared = make_event("talks")[".huggingface.yaml"].decode("utf-8")
    assert "probe" not in declared
    assert declared.count("- config_name: targets") == 2


def cells(printed: str) -> list[list[str]]:
    """The rows of printed tables."""
    return [line.split() for line in printed.splitlines()]


def predictions(probes: Probes, wrong: str, path: Path) -> Path:
    """The annotation as a file of predictions, with nothing found in the members of one set."""

    def output(document: Document) -> Document:
        return document.bare() if document.id.startswith(wrong) else document

    documents = [output(probe.document) for probe in probes]
    path.write_bytes(encode_documents(documents, text=False))
    return path


def test_a_file_is_scored_and_its_failed_sets_are_shown(here: Path, probes: Probes) -> None:
    file = predictions(probes, "polarity-01-b", here / "mine.jsonl")
    perfect = predictions(probes, "none", here / "perfect.jsonl")
    scored = onrecord_command("score", file, "--probes", cwd=here)
    assert scored.returncode == 0, scored.stderr
    assert ["stances", ".667", ".000", "[.00,", ".97]", "1"] in cells(scored.stdout)
    assert ["polarity", "stances", ".667"] in [row[:3] for row in cells(scored.stdout)]
    as_json = json.loads(onrecord_command("score", file, "--probes", "--json", cwd=here).stdout)
    stances = as_json["results"][0]["scores"]["layers"]["stances"]
    assert (stances["members"]["right"], stances["members"]["of"]) == (4, 6)
    failed = onrecord_command("errors", file, "--probes", cwd=here)
    assert failed.returncode == 0, failed.stderr
    assert "2 failed sets" in failed.stdout
    assert "b wrong  contrast: the wish is negated" in failed.stdout
    assert "⟦no longer⟧ wants the truce extended." in failed.stdout
    assert "c right  invariance" in failed.stdout
    compared = onrecord_command("compare", file, perfect, "--probes", cwd=here)
    row = ["perfect", ">", "mine", "1", "1.000", "–", "1/0", "1.0000", "1.0000", "no"]
    assert row in cells(compared.stdout)


def test_a_file_is_validated(here: Path, probes: Probes) -> None:
    file = predictions(probes, "none", here / "mine.jsonl")
    valid = onrecord_command("validate", file, "--probes", cwd=here)
    assert valid.returncode == 0, valid.stderr
    assert f"{file}: valid: {len(list(probes))} documents" in valid.stdout
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0].replace(b'"start":', b'"start":9000', 1) + b"".join(lines[1:]))
    first = next(iter(probes)).id
    refused = onrecord_command("validate", file, "--probes", cwd=here)
    assert_refused(refused, f"mine.jsonl:1: {first}: ")
    articles = here / "data" / "documents" / "test.jsonl"
    assert_refused(onrecord_command("validate", articles, "--probes", cwd=here), "unknown document")


def test_a_system_runs_on_the_probes(here: Path, probes: Probes) -> None:
    system = here / "mine.py"
    system.write_text("def predict(document, targets):\n    return document\n")
    done = onrecord_command("predict", system, "--probes", "-o", "out.jsonl", cwd=here)
    assert done.returncode == 0, done.stderr
    lines = (here / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [probe.id for probe in probes]
    scored = onrecord_command("score", "out.jsonl", "--probes", cwd=here)
    assert "entities, linking, quotes, utterances, stances: not attempted, since" in scored.stdout


def test_a_system_gets_each_passage_alone(probes: Probes) -> None:
    class Counts:
        def __init__(self) -> None:
            self.lots: list[int] = []

        def predict_all(self, documents: Any, targets: Any) -> Any:
            self.lots.append(len(documents))
            return documents

    system = Counts()
    onrecord.run(system, probes.corpus)
    assert system.lots == [1] * len(probes)


def test_what_a_system_says_it_attempts_counts_though_it_finds_nothing(
    here: Path, probes: Probes
) -> None:
    system = here / "mine.py"
    system.write_text(
        'layers = ("linking",)\n\ndef predict(document, targets):\n    return document\n'
    )
    onrecord_command("predict", system, "--probes", "-o", "out.jsonl", cwd=here)
    scored = onrecord_command("score", "out.jsonl", "--probes", cwd=here)
    assert ["linking", ".500", ".000"] in [row[:3] for row in cells(scored.stdout)]
    assert "entities, quotes, utterances, stances: not attempted, as the predic" in scored.stdout


def test_what_predictions_say_comes_before_what_they_have(probes: Probes) -> None:
    documents = [probe.document for probe in probes]
    scores = onrecord.score_probes(probes, onrecord.Predictions(documents, ["quotes"]))
    assert (scores.layers, scores.declared) == (("quotes",), True)
    assert {outcome.probe.layer for outcome in scores.outcomes} == {"quotes"}
    assert scores.attempts("quotes")
    assert not scores.attempts("stances")
    said = onrecord.score_probes(probes, documents, layers=["stances"])
    assert said.layers == ("stances",)
    empty = onrecord.score_probes(probes, [document.bare() for document in documents])
    assert (empty.layers, empty.declared, empty.outcomes) == ((), False, ())
    with pytest.raises(InvalidInput, match="unknown layer 'moods'"):
        onrecord.score_probes(probes, documents, layers=["moods"])


def test_single_layers_are_shown(here: Path, probes: Probes) -> None:
    file = predictions(probes, "none", here / "mine.jsonl")
    scored = onrecord_command("score", file, "--probes", "--layer", "quotes", cwd=here)
    assert {"quotes", "stances"} & {row[0] for row in cells(scored.stdout) if row} == {"quotes"}
    asked = ("score", file, "--probes", "--layer", "quotes", "--json")
    as_json = json.loads(onrecord_command(*asked, cwd=here).stdout)
    assert list(as_json["results"][0]["scores"]["layers"]) == ["quotes"]
    other = predictions(probes, "none", here / "other.jsonl")
    compared = onrecord_command("compare", file, other, "--probes", "--layer", "linking", cwd=here)
    heads = [row[:3] for row in cells(compared.stdout) if row and row[0].endswith(",")]
    assert heads == [["linking,", "by", count] for count in ("sets", "members")]


def test_what_makes_no_sense_with_probes_is_refused(here: Path, probes: Probes) -> None:
    file = predictions(probes, "none", here / "mine.jsonl")
    refused = onrecord_command("score", file, "--probes", "--by", "form", cwd=here)
    assert_refused(refused, "--by: has no meaning with --probes")
    for verb, *option in (("score", "--contested"), ("compare", "--zones", "all")):
        refused = onrecord_command(verb, file, "--probes", *option, cwd=here)
        assert_refused(refused, f"{option[0]}: has no meaning with --probes")
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[1:]), encoding="utf-8")
    assert_refused(
        onrecord_command("score", file, "--probes", cwd=here), "mine.jsonl: capital-01-a-invented"
    )


def test_the_verb_lists_shows_and_checks(here: Path) -> None:
    listed = onrecord_command("probes", "list", cwd=here)
    assert ["polarity", "stances", "1", "3"] in cells(listed.stdout)
    shown = onrecord_command("probes", "show", "polarity-01", "--dress", "real", cwd=here)
    assert "b  contrast: the wish is negated" in shown.stdout
    assert onrecord_command("probes", "show", "polarity-09", cwd=here).returncode == 2
    checked = onrecord_command("probes", "check", cwd=here)
    assert checked.stdout == "5 phenomena, 5 sets, 11 members: no problems\n"
    source = here / "annotation" / "probes" / "polarity.toml"
    source.write_text(
        source.read_text(encoding="utf-8").replace("no longer wants", "wants"), encoding="utf-8"
    )
    again = onrecord_command("probes", "check", source, cwd=here)
    assert again.returncode == 2
    assert "polarity-01-b: has the words of the original" in again.stdout


def test_predictions_in_memory_are_scored_too(probes: Probes) -> None:
    documents = [probe.document for probe in reversed(probes.probes)]
    scores = onrecord.score_probes(probes, documents)
    assert scores.table.sets.value == 1.0
    assert repr(scores).startswith("ProbeScores(sets right: linking 1/1, entities 1/1, ")
    assert repr(probes.probes[0]) == "Probe('capital-01-a-invented', capital, original)"
    assert scores.layers == onrecord.LAYERS
    with pytest.raises(InvalidInput, match="is given twice"):
        onrecord.score_probes(probes, [*documents, documents[0]])
    other: Any = msgspec.structs.replace(documents[0], text="Another text.")
    with pytest.raises(InvalidInput, match="is not the probe's text"):
        onrecord.score_probes(probes, [other])


@pytest.mark.parametrize(
    ("original", "text", "marked"),
    [
        ("Vold said no.", "Vold never said no.", "Vold ⟦never⟧ said no."),
        ("Vold never said no.", "Vold said no.", "Vold ⟦-never-⟧ said no."),
        ("Vold said no.", "Vold said yes.", "Vold said ⟦yes⟧."),
        ("Vold said no.", "Vold said no.", "Vold said no."),
    ],
)
def test_what_an_edit_changed_is_marked(original: str, text: str, marked: str) -> None:
    assert mark_edit(original, text) == marked


def test_a_third_is_of_every_phenomenon_and_of_whole_sets() -> None:
    probes = onrecord.load_probes()
    third = probes.third()
    assert 2 < len(probes) / len(third) <= 3
    assert {probe.phenomenon for probe in third} == {probe.phenomenon for probe in probes}
    kept = {probe.set for probe in third}
    assert [p.id for p in third] == [p.id for p in probes if p.set in kept]
    assert third.hash != probes.hash
    assert probes.third().hash == third.hash


def test_a_slow_system_is_run_on_a_third_which_is_valid_and_scored(here: Path) -> None:
    system = here / "slow.py"
    system.write_text(
        "layers = ('quotes',)\n\n\ndef predict(document, targets):\n    return document\n"
    )
    done = onrecord_command("predict", system, "--probes", "--third", "-o", "out.jsonl", cwd=here)
    assert done.returncode == 0, done.stderr
    lines = (here / "out.jsonl").read_text(encoding="utf-8").splitlines()
    third = onrecord.load_probes(here).third()
    assert [json.loads(line)["id"] for line in lines] == [probe.id for probe in third]
    for verb in ("validate", "score"):
        done = onrecord_command(verb, "out.jsonl", "--probes", cwd=here)
        assert done.returncode == 0, done.stderr
    (here / "part.jsonl").write_text("\n".join(lines[1:]) + "\n", encoding="utf-8")
    part = onrecord_command("validate", "part.jsonl", "--probes", cwd=here)
    assert_refused(part, f"part.jsonl: {third.probes[0].id}: is missing, and others of the set")
    assert_refused(onrecord_command("predict", system, "--third", cwd=here), "--third: is for")
