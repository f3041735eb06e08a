"""How predicting an archive and scoring it scale: one process, two, and Ray, on this machine.

    python tests/benchmarks/scale.py [PART ...] [--quick] [--runs 3] [--json | --markdown]

Parts: ``predict``, ``score``, ``long``, ``memory`` (all of them, if none is named). The archive is synthetic (``synthetic.py``): short
texts of one sentence. Each run is the command as a user gives it, in turns: one process, two, Ray.

``seconds`` are those of the slowest run, from the command's start to its end. Documents a second and
ratios are after the start: the seconds that the same command takes for two articles are taken away,
and the smallest ratio of a run to the run of one process beside it is given. Memory is the largest
sum of all processes of a run, pages that they share counted once (Linux: PSS), looked at every 20 ms
at first and four times a second later, in ``memory`` all the time. That all give the same bytes is made sure.

Scoring goes from files to a printed score: ``onrecord score``, and other scorers of entities beside it,
from CoNLL files with the same mentions; the measure is seqeval in strict mode. ``long`` is one article
of more and more sentences, ``memory`` more and more documents; where the registry of a corpus would
grow with it, ``memory`` has the same few thousand entities throughout.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import synthetic

import onrecord
from onrecord.corpus.files import encode_json, write
from onrecord.corpus.gold import Build
from onrecord.scoring.report import Style, render

ROOT = Path(__file__).resolve().parents[2]
SYSTEM = ROOT / "baselines" / "rules.py"
SIZES = (1_000, 10_000, 100_000)
LOOKS = (0.02, 0.25)
"""Seconds between two looks at the memory, at first and at most: a look takes some milliseconds."""
CLOSELY = (0.02, 0.02)
"""The same where only memory is measured."""
WAYS: dict[str, tuple[str, ...]] = {
    "one process": (),
    "two processes": ("--jobs", "2"),
    "Ray, two workers": ("--engine", "ray", "--jobs", "2"),
}
"""What the command has beside the articles and the place of the predictions; the first is the measure."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One way to do one thing with so many documents."""

    part: str
    documents: int
    name: str
    seconds: float
    """Of the slowest run, with its start."""
    start: float
    """Seconds of the quickest start."""
    rate: float
    """Documents a second of the slowest run, after the start."""
    ratio: float
    """How many times as fast as the first way, after the start; the smallest of all runs."""
    megabytes: float
    """The most memory of all runs."""


class Run(NamedTuple):
    seconds: float
    megabytes: float


# -- measuring a command ----------------------------------------------------------------------------


def run(command: Sequence[str | Path], folder: Path, looks: tuple[float, float] = LOOKS) -> Run:
    """Run it, and see how long it takes and how much memory it and all that it starts have."""
    peak = 0
    over = threading.Event()
    # what is compared is the work, not what Ray of another version or user would do with it
    environment = {name: value for name, value in os.environ.items() if name[:4] != "RAY_"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
    begin = time.perf_counter()
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.DEVNULL, stderr=said, env=environment
        )

    def look() -> None:
        nonlocal peak
        pause, most = looks
        while not over.wait(pause):
            peak = max(peak, sum(map(_pss, _family(process.pid))))
            pause = min(1.1 * pause, most)

    looking = threading.Thread(target=look)
    looking.start()
    status = process.wait()
    seconds = time.perf_counter() - begin
    over.set()
    looking.join()
    if status:
        raise RuntimeError((folder / "said").read_text(encoding="utf-8"))
    return Run(seconds, peak / 1000)


def _family(process: int) -> list[int]:
    """The process, its children, theirs, and so on."""
    children = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = stat.read_text().rpartition(")")[2].split()[1]
            children[int(parent)].append(int(stat.parent.name))
    found = [process]
    for one in found:
        found += children[one]
    return found


def _pss(process: int) -> int:
    """Kilobytes of the process, its share of what it shares; 0: it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


# -- predicting -------------------------------------------------------------------------------------


def predicting(folder: Path, *, quick: bool, runs: int) -> Iterator[Row]:
    """An archive through the baseline of rules."""
    sizes = (20, 60) if quick else SIZES
    few = _archive(folder, 2)
    for size in sizes:
        archive = _archive(folder, size)
        found = defaultdict(list)
        starts = defaultdict(list)
        hashes = set()
        for _, (name, more) in itertools.product(range(runs), WAYS.items()):
            starts[name].append(_predict(few, folder, more)[0].seconds)
            measured, made = _predict(archive, folder, more)
            found[name].append(measured)
            hashes.add(made)
        if len(hashes) > 1:
            raise AssertionError(f"{size} documents: the predictions differ")
        yield from _rows("predict", size, found, {name: min(s) for name, s in starts.items()})


def _archive(folder: Path, size: int) -> Path:
    """So many articles as JSON Lines."""
    path = folder / f"{size}.jsonl"
    made = synthetic.make(onrecord.load(ROOT), size).predicted
    with path.open("w", encoding="utf-8") as file:
        for article in made:
            file.write(json.dumps({"id": article.id, "text": article.text}) + "\n")
    return path


def _predict(archive: Path, folder: Path, more: Sequence[str]) -> tuple[Run, str]:
    """Predict the archive; a hash of what came of it."""
    output = folder / "predictions"
    command = [
        sys.executable, "-m", "onrecord", "predict", SYSTEM, "--articles", archive,
        "-o", f"{output}/", *more,
    ]  # fmt: skip
    measured = run(command, folder)
    digest = hashlib.sha256()
    for part in sorted(output.glob("part-*.jsonl")):
        digest.update(part.read_bytes())
    shutil.rmtree(output)
    return measured, digest.hexdigest()


# -- scoring ----------------------------------------------------------------------------------------


def _by(function: str, folder: Path) -> list[str | Path]:
    """The command that has a scorer of ``speed.py`` score a folder."""
    code = f"import sys, speed; from pathlib import Path; speed.{function}(Path(sys.argv[1]))"
    return [sys.executable, "-c", code, folder]


def _score(folder: Path, *more: str) -> list[str | Path]:
    command = [sys.executable, "-m", "onrecord", "score", folder / "predictions.jsonl"]
    return [*command, "--gold", folder, *more]


def _entities(folder: Path) -> list[str | Path]:
    return [*_score(folder / "mentions"), "--layer", "entities"]


def _seqscore(folder: Path) -> list[str | Path]:
    command = [sys.executable, "-m", "seqscore.scripts.seqscore", "score", "--labels", "BIO"]
    return [*command, "--reference", folder / "gold.conll", folder / "predictions.conll"]


Command = Callable[[Path], "list[str | Path]"]
SCORERS: dict[str, Command] = {
    "seqeval, strict": lambda folder: _by("seqeval_f1", folder),
    "nervaluate": lambda folder: _by("nervaluate_strict", folder),
    "seqscore": _seqscore,
    "onrecord, entities": _entities,
    "onrecord, five layers": _score,
    "onrecord, five layers, two processes": lambda folder: _score(folder, "--jobs", "2"),
}
"""The commands that score a folder; the first is the measure."""
QUICKEST = {name: way for name, way in SCORERS.items() if name not in ("nervaluate", "seqscore")}
"""The measure and ours, where the others would take long."""
FIVE_LAYERS: dict[str, Command] = {"onrecord, five layers": _score}


def scoring(folder: Path, *, quick: bool, runs: int) -> Iterator[Row]:
    """Scorers on documents of one sentence, and on articles of forty: a million tokens, and ten."""
    sizes = [(20, 1), (10, 40)] if quick else [*((size, 1) for size in SIZES), (1_000, 40)]
    ways = [(*size, SCORERS) for size in sizes]
    ways.append((20 if quick else 10_000, 40, QUICKEST))
    for documents, sentences, scorers in ways:
        name = f"score, {sentences} sentence{'s' * (sentences > 1)} each"
        corpus = _corpus(folder, documents, sentences)
        yield from _measured(name, documents, corpus, _corpus(folder, 2, 1), scorers, runs)


def long_articles(folder: Path, *, quick: bool, runs: int) -> Iterator[Row]:
    """One article of more and more sentences; the number of sentences is in the name."""
    for sentences in (10, 40) if quick else (1_000, 4_000, 16_000):
        corpus, few = _corpus(folder, 1, sentences), _corpus(folder, 2, 1)
        yield from _measured(f"score, {sentences:,} sentences", 1, corpus, few, FIVE_LAYERS, runs)


def memory(folder: Path, *, quick: bool, runs: int) -> Iterator[Row]:
    """More and more documents with the entities of the fewest."""
    few = _corpus(folder, 2, 1)
    corpus = _corpus(folder, 20 if quick else 20_000, 1)
    for times in (1, 10):
        repeated, documents = _repeated(corpus, folder / f"times-{times}", times)
        yield from _measured("memory", documents, repeated, few, FIVE_LAYERS, runs, CLOSELY)


def _corpus(folder: Path, documents: int, sentences: int) -> Path:
    place = folder / f"{documents}x{sentences}"
    if not place.exists():
        synthetic.save(synthetic.make(onrecord.load(ROOT), documents, sentences), place)
    return place


def _repeated(corpus: Path, place: Path, times: int) -> tuple[Path, int]:
    """The documents of a corpus so many times under other ids, line by line; their number."""
    rest = [corpus / "data" / name / "test.jsonl" for name in ("registry", "targets")]
    for file in rest:
        write(place / file.relative_to(corpus), file.read_bytes())
    digest, documents = hashlib.sha256(), 0
    (place / "data" / "documents").mkdir(parents=True)
    for name in ("data/documents/test.jsonl", "predictions.jsonl"):
        with (place / name).open("wb") as copy:
            for number in range(times):
                with (corpus / name).open("rb") as lines:
                    for line in lines:
                        line = b'{"id":"r%d-' % number + line.removeprefix(b'{"id":"')
                        copy.write(line)
                        if name != "predictions.jsonl":
                            digest.update(line)
                            documents += 1
    for file in rest:
        digest.update(b"[%b]" % file.read_bytes().rstrip().replace(b"\n", b","))
    build = Build(export="synthetic", gold=digest.hexdigest(), status="gold")
    write(place / "data" / "build.json", encode_json(build))
    return place, documents


def _measured(
    part: str,
    documents: int,
    corpus: Path,
    few: Path,
    ways: dict[str, Command],
    runs: int,
    looks: tuple[float, float] = LOOKS,
) -> Iterator[Row]:
    """Every way on a corpus, and its start on a few documents."""
    found, starts = defaultdict(list), defaultdict(list)
    for _, (name, command) in itertools.product(range(runs), ways.items()):
        starts[name].append(run(command(few), few).seconds)
        found[name].append(run(command(corpus), corpus, looks))
    yield from _rows(part, documents, found, {name: min(s) for name, s in starts.items()})


def _rows(
    part: str, size: int, found: dict[str, list[Run]], starts: dict[str, float]
) -> Iterator[Row]:
    """What is published: the least favourable of the runs."""

    def net(name: str) -> list[float]:
        return [max(run.seconds - starts[name], 1e-3) for run in found[name]]

    first = net(next(iter(found)))
    for name, runs in found.items():
        own = net(name)
        yield Row(
            part=part,
            documents=size,
            name=name,
            seconds=max(run.seconds for run in runs),
            start=starts[name],
            rate=size / max(own),
            ratio=min(one / other for one, other in zip(first, own, strict=True)),
            megabytes=max(run.megabytes for run in runs),
        )


# -- the table --------------------------------------------------------------------------------------

PARTS: dict[str, Callable[..., Iterator[Row]]] = {
    "predict": predicting,
    "score": scoring,
    "long": long_articles,
    "memory": memory,
}
"""What is measured, by name: a function of a folder, ``quick`` and ``runs``."""


def table(found: Sequence[Row], style: Style) -> str:
    """A block for each part and number of documents."""
    blocks = []
    for (part, size), rows in itertools.groupby(found, key=lambda row: (row.part, row.documents)):
        cells = [
            [
                row.name, f"{row.seconds:.1f}", f"{row.start:.1f}", f"{row.rate:,.0f}",
                f"{row.ratio:.2f}", f"{row.megabytes:,.0f}",
            ]
            for row in rows
        ]  # fmt: skip
        header = [
            f"{part}, {size:,} documents",
            "seconds",
            "of these start",
            "documents/s",
            "ratio",
        ]
        blocks.append(render([*header, "MB"], cells, style))
    return "\n\n".join(blocks)


def main() -> None:
    parser = argparse.ArgumentParser(description="How predicting an archive scales.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="few documents, measured once")
    parser.add_argument("--runs", type=int, default=3, help="how often each is measured (3)")
    style = parser.add_mutually_exclusive_group()
    style.add_argument("--json", action="store_true", help="canonical JSON in place of tables")
    style.add_argument("--markdown", action="store_true", help="tables in Markdown")
    given = parser.parse_args()
    unknown = set(given.parts) - set(PARTS)
    if unknown:
        parser.error(f"unknown part {min(unknown)!r}")
    found: list[Row] = []
    for name in given.parts or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            runs = 1 if given.quick else given.runs
            found += PARTS[name](Path(folder), quick=given.quick, runs=runs)
    shown = table(found, "markdown" if given.markdown else "plain")
    sys.stdout.write(encode_json(found).decode() if given.json else f"{shown}\n")


if __name__ == "__main__":
    main()
