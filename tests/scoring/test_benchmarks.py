"""The benchmark of speed runs and says all it promises; no time is asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import onrecord
from onrecord.corpus.validation import validate

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))

import speed  # noqa: E402
import synthetic  # noqa: E402

SIDE_BY_SIDE = {
    "onrecord, entities",
    "onrecord, all five layers",
    "seqeval, f1_score",
    "seqeval, classification_report",
    "nervaluate",
    "reading mentions",
    "reading all layers",
    "reading CoNLL",
}
EXPECTED = {
    "80 documents of 1 sentence": SIDE_BY_SIDE,
    "20 documents of 40 sentences": SIDE_BY_SIDE,
    "all five layers, documents of 1 sentence": {"20 documents", "40 documents", "80 documents"},
    "two systems on 20 documents": {"swap test, 10,000 swaps", "jackknife of the difference"},
    "starting, beyond a bare Python": {
        "import onrecord",
        "import msgspec, which it needs",
        "onrecord --help",
    },
}


def run(*options: str) -> str:
    command = [sys.executable, "tests/benchmarks/speed.py", "--quick", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_benchmark_of_speed_measures_everything_and_all_scorers_agree() -> None:
    rows = json.loads(run("--json"))
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["group"], set()).add(row["name"])
    assert found == EXPECTED
    for group, names in EXPECTED.items():
        if names is SIDE_BY_SIDE:
            scores = [row["f1"] for row in rows if row["group"] == group and row["f1"] is not None]
            assert len(scores) == 5
            assert scores == pytest.approx([scores[0]] * 5, abs=1e-12)
            assert 0.7 < scores[0] < 0.9
    assert len({row["f1"] for row in rows if row["name"] == "onrecord, entities"}) == 2


def test_the_table_has_a_line_for_every_row() -> None:
    blocks = speed.table([speed.Row(group="g", name=name, seconds=2, times=1) for name in "ab"])
    assert [line.split()[0] for line in blocks.splitlines()] == ["g", "a", "b"]


def test_a_synthetic_corpus_is_valid_and_as_dense_as_it_says(gold: onrecord.Corpus) -> None:
    made = synthetic.make(gold, 200, 5, seed=1)
    assert made.gold.hash == synthetic.make(gold, 200, 5, seed=1).gold.hash
    for document in made.gold:
        validate(document, targets=made.gold.target_ids, registry=made.gold.registry)
    for document in made.predicted:
        validate(document, targets=made.gold.target_ids)
    tags = [tag for tokens in made.sentences for _, tag, _ in tokens]
    assert len(tags) == pytest.approx(200 * 5 * 25, rel=0.02)
    assert sum(tag != "O" for tag in tags) / len(tags) == pytest.approx(0.1, abs=0.01)
    assert {tag[2:] for tag in tags if tag != "O"} == set(onrecord.MENTION_TYPES)
    scores = onrecord.score(made.gold, made.predicted)
    assert scores.entities.f1 == pytest.approx(0.8, abs=0.03)
    assert all(0.3 < (scores[layer].f1 or 0) < 0.95 for layer in onrecord.LAYERS)


def test_the_benchmark_of_scale_scores_and_sees_the_memory() -> None:
    """Predicting is measured by the tests of clusters."""
    command = [
        sys.executable,
        "tests/benchmarks/scale.py",
        "score",
        "long",
        "memory",
        "--quick",
        "--json",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)
    five = "onrecord, five layers"
    scorers = {"seqeval, strict", "nervaluate", "seqscore", "onrecord, entities", five}
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["part"], set()).add(row["name"])
        assert row["megabytes"] > 5, row
    assert found == {
        "score, 1 sentence each": {*scorers, f"{five}, two processes"},
        "score, 40 sentences each": {*scorers, f"{five}, two processes"},
        "score, 10 sentences": {five},
        "score, 40 sentences": {five},
        "memory": {five},
    }
    assert [row["documents"] for row in rows if row["part"] == "memory"] == [20, 200]
