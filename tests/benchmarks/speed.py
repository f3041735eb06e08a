"""How fast scoring is: beside seqeval and nervaluate on the same mentions, and by itself.

    python tests/benchmarks/speed.py [--quick] [--json]

Every scorer gets a folder with a synthetic corpus (``synthetic.py``) and goes from the files there to
a printed F1: ours from ``data/`` and a prediction file in JSON Lines, validated, the others from
two CoNLL files. Entities are scored on files that hold mentions and nothing else, as CoNLL files
do; all five layers on files with all of them. "Reading" is the floor: the two files read and
decoded, and nothing done with them.

Seconds are of processor time, which other work on the machine changes little; none of the scorers
uses more than one core. Each measurement is made in a process of its own, after the same on a
corpus of 100 documents, so that no import counts; the median of three is given. nervaluate cannot
be asked for the strict scheme alone: it always computes four, for each type too. ``--quick`` measures
small corpora once, to see that all works.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

import onrecord
from onrecord.files import DocumentRecord, read_records
from onrecord.scoring import score_entities

ROOT = Path(__file__).resolve().parents[2]
SWAPS = 10_000


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One thing measured."""

    group: str
    name: str
    seconds: float
    f1: float | None = None
    times: float | None = None
    """Seconds as a multiple of those of the first row of the group."""


# -- what is measured: each takes the folder of a corpus, prints and returns an F1 ------------------


def entities(folder: Path) -> float | None:
    folder = folder / "mentions"
    score = score_entities(onrecord.load(folder), folder / "predictions.jsonl")
    print(score.f1)
    return score.f1


def five_layers(folder: Path) -> float | None:
    scores = onrecord.score(onrecord.load(folder), folder / "predictions.jsonl")
    for layer in onrecord.LAYERS:
        print(layer, scores[layer].f1)
    return scores.entities.f1


def seqeval_f1(folder: Path) -> float:
    from seqeval.metrics import f1_score
    from seqeval.scheme import IOB2

    true, predicted = _tags(folder / "gold.conll"), _tags(folder / "predictions.conll")
    f1 = float(f1_score(true, predicted, mode="strict", scheme=IOB2))
    print(f1)
    return f1


def seqeval_report(folder: Path) -> float:
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2

    true, predicted = _tags(folder / "gold.conll"), _tags(folder / "predictions.conll")
    options = {"mode": "strict", "scheme": IOB2, "zero_division": 0, "output_dict": True}
    report = classification_report(true, predicted, **options)
    print(report)
    return float(report["micro avg"]["f1-score"])


def nervaluate_strict(folder: Path) -> float:
    from nervaluate import Evaluator

    true, predicted = (
        (folder / "gold.conll").read_text(),
        (folder / "predictions.conll").read_text(),
    )
    tags = list(onrecord.MENTION_TYPES)
    results = Evaluator(true, predicted, tags=tags, loader="conll").evaluate()
    f1 = float(results["overall"]["strict"].f1)
    print(f1)
    return f1


def reading_json(folder: Path) -> None:
    for file in ("mentions/data/documents/test.jsonl", "mentions/predictions.jsonl"):
        list(read_records(folder / file, DocumentRecord))


def reading_conll(folder: Path) -> None:
    for file in ("gold.conll", "predictions.conll"):
        _tags(folder / file)


def reading_five_layers(folder: Path) -> None:
    for file in ("data/documents/test.jsonl", "predictions.jsonl"):
        list(read_records(folder / file, DocumentRecord))


def swaps(folder: Path) -> None:
    """The test alone, on the tables of the prediction and of one that finds nothing in half."""
    gold = onrecord.load(folder)
    table = onrecord.score(gold, folder / "predictions.jsonl").entities.table


def _tags(path: Path) -> list[list[str]]:
    sentences = path.read_text(encoding="utf-8").rstrip().split("\n\n")
    return [[line.split("\t")[1] for line in sentence.split("\n")] for sentence in sentences]
