"""The leaderboard: one result a system, made by running it, kept as canonical JSON."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from onrecord.corpus import Corpus
from onrecord.document import Document
from onrecord.errors import OnRecordError
from onrecord.files import encode_documents, encode_json, read_json, write
from onrecord.report import Style, interval, number, render
from onrecord.scoring import LAYERS, Scores, score
from onrecord.scoring.seqeval_check import seqeval_f1
from onrecord.scoring.zones import scored
from onrecord.systems import Failure, Output, System, run

DIGITS = 9
"""Decimals that results keep, so that the last bits of a processor's arithmetic do not matter."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """How a result was made; not expected to reproduce."""

    system: str
    """The sha256 of the system's file."""
    options: Mapping[str, str]
    packages: Mapping[str, str]
    commit: str | None
    dirty: bool | None
    seconds: float
    machine: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the leaderboard: ``scores`` must reproduce byte for byte, ``run`` need not."""

    name: str
    description: str
    note: str | None
    layers: tuple[str, ...]
    failures: tuple[Failure, ...]
    scores: Scores
    run: Run


def evaluate(system: System, corpus: Corpus, root: Path) -> tuple[Result, tuple[Document, ...]]:
    """Run a system and score it; its predictions come with the result.

    Raises:
        OnRecordError: seqeval gives another entity score than ours; such a row is refused.
    """
    output = run(system, corpus)
    scores = score(corpus, output.documents, also=True)
    _require_seqeval(corpus, output, scores)
    result = Result(
        name=system.name,
        description=system.description,
        note=system.note,
        layers=system.layers,
        failures=output.failures,
        scores=scores,
        run=_describe_run(system, output, root),
    )
    return msgspec.convert(cut_digits(result), Result), output.documents


def _require_seqeval(corpus: Corpus, output: Output, scores: Scores) -> None:
    pairs = [
        (scored(gold, gold), scored(document, gold))
        for gold, document in zip(corpus.documents, output.documents, strict=True)
    ]
    theirs, ours = seqeval_f1(pairs), scores.entities.f1
    same = theirs == ours or (
        theirs is not None and ours is not None and abs(theirs - ours) < 1e-12
    )
    if not same:
        raise OnRecordError(f"entities: seqeval gives {theirs}, this scorer {ours}: row refused")


def _describe_run(system: System, output: Output, root: Path) -> Run:
    commit = _git(root, "rev-parse", "HEAD")
    published = (":!eval/results", ":!eval/predictions")  # what the run itself writes
    status = _git(root, "status", "--porcelain", "--untracked-files=no", "--", ".", *published)
    packages = {name: metadata.version(name) for name in ("msgspec", "numpy", "scipy", "seqeval")}
    packages["python"] = platform.python_version()
    return Run(
        system=system.source,
        options=system.options,
        packages=packages,
        commit=commit,
        dirty=None if status is None else bool(status),
        seconds=round(output.seconds, 3),
        machine=f"{sys.platform} {platform.machine()}",
    )


def _git(root: Path, *arguments: str) -> str | None:
    try:
        command = ["git", "-C", str(root), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def cut_digits(value: Any) -> Any:
    """The value as plain data, its numbers with the decimals that results keep."""
    plain = msgspec.to_builtins(value)
    if isinstance(plain, float):
        return round(plain, DIGITS)
    if isinstance(plain, dict):
        return {key: cut_digits(item) for key, item in plain.items()}
    return [cut_digits(item) for item in plain] if isinstance(plain, list | tuple) else plain


def encode_scores(scores: Scores) -> bytes:
    """The scores as a result publishes them: the part that must reproduce, as bytes."""
    return encode_json(cut_digits(scores))


def save(result: Result, documents: Sequence[Document], results: Path, predictions: Path) -> None:
    """Write a result and its predictions under the system's name."""
    write(predictions / f"{result.name}.jsonl", encode_documents(documents, text=False))
    write(results / f"{result.name}.json", encode_json(result))


def load_result(path: Path) -> Result:
    """A published result.

    Raises:
        InvalidInput: the file is missing or is no result.
    """
    return read_json(path, Result)


def board(results: Sequence[Result], status: str, style: Style = "plain") -> str:
    """The table of all results, best mean first, with what one must know to read it.

    The mean over the five headline scores (an undefined or unattempted one counts 0) orders the
    rows and nothing else: it is no score. No value is set in bold, since no difference is tested.
    """
    ordered = sorted(results, key=lambda result: (-_mean(result), result.name))
    rows: list[list[str]] = []
    for result in ordered:
        done = len(result.scores.documents) - len(result.failures)
        rows.append([result.name, f"{done}/{len(result.scores.documents)}", *_cells(result)])
        rows.append(["", "", *_intervals(result)])
    table = render(["system", "docs", *LAYERS], rows, style)
    notes = [f"{result.name}: {result.note}" for result in ordered if result.note]
    legend = (
        "F1 (linking, utterances: LEA), below it the 95% jackknife-t interval over documents;\n"
        "no difference between systems is tested here."
    )
    signatures = sorted({result.scores.signature for result in ordered})
    gold = ["DRAFT GOLD: one annotation pass, not yet adjudicated."] if status == "draft" else []
    return "\n".join([*gold, table, "", legend, *notes, *signatures])


def _mean(result: Result) -> float:
    attempted = [result.scores[layer].f1 or 0.0 for layer in LAYERS if layer in result.layers]
    return sum(attempted) / len(LAYERS)


def _cells(result: Result) -> list[str]:
    return [number(result.scores[layer].f1 if layer in result.layers else None) for layer in LAYERS]


def _intervals(result: Result) -> list[str]:
    shown = (result.scores[layer].interval if layer in result.layers else None for layer in LAYERS)
    return [interval(value) if value is not None else "" for value in shown]
