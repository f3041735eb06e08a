"""How fast scoring is: beside seqeval and nervaluate on the same mentions, and by itself.

    python tests/benchmarks/speed.py [--quick] [--json]

Every scorer gets a folder with a synthetic corpus (``synthetic.py``) and goes from the files there to
a printed F1: ours from ``data/`` and a prediction file in JSON Lines, validated, the others from
two CoNLL files. Entities are scored on files that hold mentions and nothing else, as CoNLL files
do; all five layers on files with all of them. "Reading" is the floor: the two files read and
decoded, and nothing done with them.

Seconds are of processor time, which other work on the machine changes little; none of the scorers
uses more than one core. Each measurement is made in a process of its own, after the same on a
small corpus, so that no import counts; the least of three is given. nervaluate cannot be asked for
the strict scheme alone: it always computes four, and each for every type too. ``--quick`` measures
small corpora once, in one process, to see that all works.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
import synthetic

import onrecord
from onrecord.corpus.files import DocumentRecord, encode_json, read_records
from onrecord.scoring.report import number, render, score_report
from onrecord.scoring.scores import read, score_entities
from onrecord.scoring.statistics import jackknife_difference, swap_test
from onrecord.scoring.tables import CountTable

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
SWAPS = 10_000
REPEATS = 3


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One thing measured."""

    group: str
    name: str
    seconds: float
    times: float
    """The seconds as a multiple of those of the group's first row."""
    f1: float | None = None
    """Of entities."""


class Measured(NamedTuple):
    seconds: float
    f1: float | None


# -- scorers: from the files in a corpus's folder to a printed F1 of entities -----------------------


def entities(folder: Path) -> float | None:
    folder = folder / "mentions"
    score = score_entities(onrecord.load(folder), folder / "predictions.jsonl")
    sys.stdout.write(number(score.f1))
    return score.f1


def five_layers(folder: Path) -> float | None:
    scores = onrecord.score(onrecord.load(folder), folder / "predictions.jsonl")
    sys.stdout.write(score_report("predictions.jsonl", scores))
    return scores.entities.f1


def seqeval_f1(folder: Path) -> float:
    from seqeval.metrics import f1_score
    from seqeval.scheme import IOB2

    true, predicted = _tags(folder / "gold.conll"), _tags(folder / "predictions.conll")
    f1 = float(f1_score(true, predicted, mode="strict", scheme=IOB2))
    sys.stdout.write(str(f1))
    return f1


def seqeval_report(folder: Path) -> float:
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2

    true, predicted = _tags(folder / "gold.conll"), _tags(folder / "predictions.conll")
    options = {"mode": "strict", "scheme": IOB2, "zero_division": 0, "output_dict": True}
    report = classification_report(true, predicted, **options)
    sys.stdout.write(str(report))
    return float(report["micro avg"]["f1-score"])


def nervaluate_strict(folder: Path) -> float:
    from nervaluate import Evaluator

    true, predicted = (
        (folder / name).read_text(encoding="utf-8") for name in ("gold.conll", "predictions.conll")
    )
    tags = list(onrecord.MENTION_TYPES)
    results = Evaluator(true, predicted, tags=tags, loader="conll").evaluate()
    f1 = float(results["overall"]["strict"].f1)
    sys.stdout.write(str(f1))
    return f1


def _tags(path: Path) -> list[list[str]]:
    sentences = path.read_text(encoding="utf-8").rstrip().split("\n\n")
    return [[line.split("\t")[1] for line in sentence.split("\n")] for sentence in sentences]


# -- floors, and what is made of scores -------------------------------------------------------------


def read_mentions(folder: Path) -> None:
    _read(folder / "mentions")


def read_five_layers(folder: Path) -> None:
    _read(folder)


def _read(folder: Path) -> None:
    for file in (folder / "data" / "documents" / "test.jsonl", folder / "predictions.jsonl"):
        list(read_records(file, DocumentRecord))


def read_conll(folder: Path) -> None:
    for name in ("gold.conll", "predictions.conll"):
        _tags(folder / name)


def swaps(tables: Sequence[CountTable]) -> None:
    sys.stdout.write(str(swap_test(*tables, seed=0, samples=SWAPS).p))


def jackknife(tables: Sequence[CountTable]) -> None:
    sys.stdout.write(str(jackknife_difference(*tables).interval))


Scorer = Callable[[Path], float | None]
SCORERS: dict[str, Scorer] = {
    "onrecord, entities": entities,
    "onrecord, all five layers": five_layers,
    "seqeval, f1_score": seqeval_f1,
    "seqeval, classification_report": seqeval_report,
    "nervaluate": nervaluate_strict,
    "reading mentions": read_mentions,
    "reading all layers": read_five_layers,
    "reading CoNLL": read_conll,
}


# -- measuring --------------------------------------------------------------------------------------


class Clock(NamedTuple):
    """How things are measured."""

    quick: bool
    warm_up: Path
    """The folder of a small corpus."""

    def measure(self, work: Callable[[T], float | None], on: T, warm_up: T) -> Measured:
        """The least seconds of the runs, each in a process that has worked on ``warm_up`` before."""
        if self.quick:
            return _timed(work, on, warm_up)
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as pool:
            runs = [pool.submit(_timed, work, on, warm_up).result() for _ in range(REPEATS)]
        return min(runs, key=lambda run: run.seconds)

    def score(self, scorer: Scorer, folder: Path) -> Measured:
        return self.measure(scorer, folder, self.warm_up)

    def start(self, code: str, compiled: Path) -> float:
        """The median seconds of a Python that runs the code, once modules are compiled."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(compiled)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [sys.executable, "-c", code]
        seconds = []
        for _ in range(2 if self.quick else 10):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
        return statistics.median(seconds[1:])


def _timed(work: Callable[[T], float | None], on: T, warm_up: T) -> Measured:
    with contextlib.redirect_stdout(io.StringIO()):
        work(warm_up)
        start = time.process_time()
        f1 = work(on)
        return Measured(time.process_time() - start, f1)


# -- the table --------------------------------------------------------------------------------------


def side_by_side(name: str, folder: Path, clock: Clock) -> list[Row]:
    """All scorers on one corpus, beside our entities alone.

    Raises:
        AssertionError: they do not give the same F1.
    """
    found = {name: clock.score(scorer, folder) for name, scorer in SCORERS.items()}
    scores = [result.f1 for result in found.values() if result.f1 is not None]
    if max(scores) - min(scores) > 1e-12:
        raise AssertionError(f"the scorers disagree on F1: {sorted(scores)}")
    return _rows(name, found)


def linearity(folders: Mapping[int, Path], clock: Clock) -> list[Row]:
    """All five layers in corpora of more and more documents of one sentence."""
    name = "all five layers, documents of 1 sentence"
    found = {f"{n:,} documents": clock.score(five_layers, f) for n, f in folders.items()}
    return _rows(name, found)


def compared(name: str, folder: Path, clock: Clock) -> list[Row]:
    """What compares two systems on entities: the prediction, and it without its first mentions."""
    gold = onrecord.load(folder)
    documents = read(gold, folder / "predictions.jsonl")
    worse = [document.with_layers(mentions=document.mentions[1:]) for document in documents]
    tables = [score_entities(gold, system).table for system in (documents, worse)]
    found = {
        f"swap test, {SWAPS:,} swaps": clock.measure(swaps, tables, tables),
        "jackknife of the difference": clock.measure(jackknife, tables, tables),
    }
    return _rows(name, found)


def starting(clock: Clock, compiled: Path) -> list[Row]:
    """What starting costs beyond a bare Python."""
    codes = {
        "import onrecord": "import onrecord",
        "import msgspec, which it needs": "import msgspec",
        "onrecord --help": "import sys; from onrecord.cli.main import main; sys.exit(main(['--help']))",
    }
    bare = clock.start("pass", compiled)
    found = {
        name: Measured(clock.start(code, compiled) - bare, None) for name, code in codes.items()
    }
    return _rows("starting, beyond a bare Python", found)


def _rows(group: str, found: Mapping[str, Measured]) -> list[Row]:
    first = next(iter(found.values())).seconds
    return [
        Row(group=group, name=name, seconds=seconds, times=seconds / first, f1=f1)
        for name, (seconds, f1) in found.items()
    ]


def rows(folder: Path, *, quick: bool) -> Iterator[Row]:
    """Every row; corpora are written to the folder."""
    like = onrecord.load(ROOT)
    few, some, many = (20, 40, 80) if quick else (1_000, 10_000, 40_000)
    shapes = [(few, 1), (some, 1), (many, 1), (few, 40), (10, 10)]
    folders = {shape: folder / "x".join(map(str, shape)) for shape in shapes}
    for (documents, sentences), place in folders.items():
        synthetic.save(synthetic.make(like, documents, sentences), place)
    clock = Clock(quick, folders[10, 10])
    yield from side_by_side(f"{many:,} documents of 1 sentence", folders[many, 1], clock)
    yield from side_by_side(f"{few:,} documents of 40 sentences", folders[few, 40], clock)
    yield from linearity({count: folders[count, 1] for count in (few, some, many)}, clock)
    yield from compared(f"two systems on {few:,} documents", folders[few, 1], clock)
    yield from starting(clock, folder / "compiled")


def table(found: Sequence[Row]) -> str:
    """A block for each group."""
    blocks = []
    for group, members in itertools.groupby(found, key=lambda row: row.group):
        cells = [
            [row.name, f"{row.seconds:.3f}", f"{row.times:.2f}", number(row.f1)] for row in members
        ]
        blocks.append(render([group, "seconds", "times the first", "F1"], cells))
    return "\n\n".join(blocks)


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast scoring is.")
    parser.add_argument("--quick", action="store_true", help="small corpora, each measured once")
    parser.add_argument("--json", action="store_true", help="canonical JSON in place of a table")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = list(rows(Path(folder), quick=given.quick))
    sys.stdout.write(encode_json(found).decode() if given.json else f"{table(found)}\n")


if __name__ == "__main__":
    main()
