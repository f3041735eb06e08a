"""The leaderboard: one result a system, made by running it, kept as canonical JSON."""

from __future__ import annotations

import platform
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from onrecord.canary import CANARY
from onrecord.comparison import compare_layer, limit
from onrecord.corpus import Corpus, read_predictions
from onrecord.document import Document
from onrecord.errors import InvalidInput, OnRecordError
from onrecord.files import encode_documents, encode_json, read_json, write
from onrecord.given import GOLD, Given
from onrecord.report import HOW_TO_READ, Style, interval, layer_report, number, render
from onrecord.scoring import LAYERS, SCORER_VERSION, Scores, score
from onrecord.scoring.material import prepare
from onrecord.scoring.seqeval_check import seqeval_f1
from onrecord.systems import Failure, Progress, System, run

DIGITS = 9
"""Decimals that results keep, so that the last bits of a processor's arithmetic do not matter."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """How a result was made; not expected to reproduce.

    Of predictions that were scored from their file the system, its seconds and its machine are null.
    """

    system: str | None
    """The sha256 of the system's file."""
    options: Mapping[str, str]
    packages: Mapping[str, str]
    commit: str | None
    dirty: bool | None
    seconds: float | None
    machine: str | None


class Submission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``NAME.toml`` says of the predictions in ``NAME.jsonl`` beside it."""

    description: str
    """What the system is, in one line."""
    note: str | None = None
    """What a reader of the row must know, such as what the system was trained on."""
    layers: tuple[str, ...] = LAYERS
    """The layers that it attempts."""
    url: str | None = None
    """Where the system is described or can be had."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the leaderboard: ``scores`` must reproduce byte for byte, ``run`` need not."""

    name: str
    description: str
    note: str | None
    layers: tuple[str, ...]
    failures: tuple[Failure, ...]
    scores: Scores
    run: Run


def evaluate(
    system: System,
    corpus: Corpus,
    root: Path,
    *,
    given: Sequence[Given] = (),
    partial: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Result, tuple[Document, ...]]:
    """Run a system and score it; its predictions come with the result.

    Args:
        system: what to run.
        corpus: the gold.
        root: the clone, whose commit the result names.
        given: layers that the system gets.
        partial: where an interrupted run is kept, see :func:`onrecord.systems.run`.
        progress: called after each document.

    Raises:
        OnRecordError: seqeval gives another entity score than ours; such a row is refused.
    """
    output = run(system, corpus, given=given, partial=partial, progress=progress)
    result = Result(
        name=system.name,
        description=system.description,
        note=system.note,
        layers=system.layers,
        failures=output.failures,
        scores=_scores(corpus, output.documents, given),
        run=_describe_run(root, system=system, seconds=round(output.seconds, 3)),
    )
    return _rounded(result), output.documents


def rescore(path: Path, corpus: Corpus, root: Path) -> tuple[Result, tuple[Document, ...]]:
    """Score saved predictions, ``NAME.jsonl``, described by ``NAME.toml`` if that is beside it.

    Raises:
        InvalidInput: predictions or description are invalid.
        OnRecordError: seqeval gives another entity score than ours.
    """
    documents = read_predictions(path, corpus)
    about = read_submission(path.with_suffix(".toml"))
    result = Result(
        name=path.stem,
        description=about.description,
        note=about.note,
        layers=about.layers,
        failures=(),
        scores=_scores(corpus, documents, ()),
        run=_describe_run(root, system=None, seconds=None),
    )
    return _rounded(result), documents


def read_submission(path: Path) -> Submission:
    """The description of saved predictions; without a file, of predictions tried out.

    Raises:
        InvalidInput: the file is no such description.
    """
    if not path.exists():
        return Submission(description="predictions from a file")
    try:
        about = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Submission)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"not TOML: {error}", file=path) from None
    except msgspec.ValidationError as error:
        raise InvalidInput(str(error), file=path) from None
    unknown = [layer for layer in about.layers if layer not in LAYERS]
    if unknown:
        raise InvalidInput(f"unknown layer {unknown[0]!r}", file=path, field="layers")
    if not about.layers:
        raise InvalidInput("is empty", file=path, field="layers")
    if not about.description.strip() or "\n" in about.description:
        raise InvalidInput("is not one line", file=path, field="description")
    return about


def _rounded(result: Result) -> Result:
    return msgspec.convert(cut_digits(result), Result)


def _scores(corpus: Corpus, documents: Sequence[Document], given: Sequence[Given]) -> Scores:
    scores = score(corpus, documents, also=True, given=given)
    _require_seqeval(corpus, documents, scores)
    return scores


def _require_seqeval(corpus: Corpus, documents: Sequence[Document], scores: Scores) -> None:
    pairs = prepare(corpus, documents).pairs
    theirs, ours = seqeval_f1(pairs), scores.entities.f1
    same = theirs == ours or (
        theirs is not None and ours is not None and abs(theirs - ours) < 1e-12
    )
    if not same:
        raise OnRecordError(f"entities: seqeval gives {theirs}, this scorer {ours}: row refused")


def _describe_run(root: Path, *, system: System | None, seconds: float | None) -> Run:
    commit = _git(root, "rev-parse", "HEAD")
    published = (":!eval/results", ":!eval/predictions")  # what the run itself writes
    status = _git(root, "status", "--porcelain", "--untracked-files=no", "--", ".", *published)
    packages = {name: metadata.version(name) for name in ("msgspec", "numpy", "scipy", "seqeval")}
    packages["python"] = platform.python_version()
    return Run(
        system=None if system is None else system.source,
        options={} if system is None else system.options,
        packages=packages,
        commit=commit,
        dirty=None if status is None else bool(status),
        seconds=seconds,
        machine=None if system is None else f"{sys.platform} {platform.machine()}",
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


def require_current(results: Sequence[Result], corpus: Corpus) -> None:
    """Make sure that all results are of this gold and this scorer, and of one way of scoring.

    Raises:
        OnRecordError: one is not; the message names it.
    """
    for result in results:
        scores = result.scores
        if scores.gold != corpus.hash:
            made, now = scores.gold[:12], corpus.hash[:12]
            raise OnRecordError(f"{result.name}: scored against gold {made}, this is gold {now}")
        if scores.scorer != SCORER_VERSION:
            raise OnRecordError(
                f"{result.name}: scored by scorer {scores.scorer}, this is scorer {SCORER_VERSION}"
            )


def board(
    results: Sequence[Result],
    corpus: Corpus,
    style: Style = "plain",
    *,
    layers: Sequence[str] = LAYERS,
) -> str:
    """The table of all results, best mean first, with what one must know to read it.

    The mean over the headline scores shown (an undefined or unattempted one counts 0) orders the
    rows and nothing else: it is no score. A leader is marked only where it is better than every
    other system as far as these documents can tell (see :func:`onrecord.comparison.compare`).
    Systems that got layers of the gold stand in a table of their own.

    Raises:
        OnRecordError: a result was made with another gold or scorer.
    """
    require_current(results, corpus)
    blocks = []
    for title, track in _tracks(results):
        ordered = _ordered(track, layers)
        leaders = {layer: _leader(ordered, layer) for layer in layers}
        rows: list[list[str]] = []
        for result in ordered:
            done = len(result.scores.documents) - len(result.failures)
            head = [result.name, f"{done}/{len(result.scores.documents)}"]
            rows.append([*head, *(_cell(result, layer, leaders[layer]) for layer in layers)])
            rows.append(["", "", *(_interval(result, layer) for layer in layers)])
        blocks.append("\n".join([*title, render(["system", "docs", *layers], rows, style)]))
    notes = [f"{r.name}: {r.note}" for r in _ordered(results, layers) if r.note]
    signatures = sorted({result.scores.signature for result in results})
    return "\n\n".join([*_draft(corpus), *blocks, "\n".join([legend(corpus), *notes, *signatures])])


def legend(corpus: Corpus) -> str:
    """How to read the board, and what it cannot say."""
    few = limit(len(corpus))
    return "F1 (linking, utterances: LEA), with the 95% jackknife-t interval over documents;\n" + (
        f"{few}: no difference is resolved." if few else "*: better than every other, resolved."
    )


def page(results: Sequence[Result], corpus: Corpus) -> str:
    """``eval/LEADERBOARD.md``: the board, every leader against the rest, and the further measures.

    Raises:
        OnRecordError: a result was made with another gold or scorer.
    """
    require_current(results, corpus)
    parts = [
        "# Leaderboard",
        f"<!-- {CANARY} -->",
        "Made by `make leaderboard ARGS=--update` from `results/`; not edited by hand. "
        "[CONTRIBUTING.md](../CONTRIBUTING.md) says how to add a row.",
        *_draft(corpus),
    ]
    for title, track in _tracks(results):
        ordered = _ordered(track, LAYERS)
        parts += ["".join(["## ", *(title or ["From the text alone"])])]
        parts += [render(["system", "docs", *LAYERS], [_row(r) for r in ordered], "markdown")]
        if not title:
            parts += [legend(corpus)]
        for layer in LAYERS:
            tables = {r.name: r.scores[layer].table for r in ordered if _attempts(r, layer)}
            if tables:
                parts += [
                    f"### {layer.capitalize()}",
                    layer_report(compare_layer(tables), "markdown"),
                ]
                parts += [_further([r for r in ordered if r.name in tables], layer)]
    parts += ["## How to read the comparisons", HOW_TO_READ, "## Systems"]
    parts += ["\n".join(_about(result) for result in _ordered(results, LAYERS))]
    signatures = sorted({f"`{result.scores.signature}`" for result in results})
    return "\n\n".join([*parts, "  \n".join(signatures)]) + "\n"


def _draft(corpus: Corpus) -> list[str]:
    drafted = corpus.status == "draft"
    return ["DRAFT GOLD: one annotation pass, not yet adjudicated."] if drafted else []


def _tracks(results: Sequence[Result]) -> Iterator[tuple[list[str], list[Result]]]:
    """The results from the text alone, without a title, then those of systems that got gold layers."""
    tracks: dict[str, list[Result]] = {}
    for result in results:
        gold = [one.partition("=")[0] for one in result.scores.given if one.endswith(f"={GOLD}")]
        tracks.setdefault(" and ".join(gold), []).append(result)
    for given, track in sorted(tracks.items()):
        yield ([f"Given the gold's {given}"] if given else []), track


def _ordered(results: Sequence[Result], layers: Sequence[str]) -> list[Result]:
    def mean(result: Result) -> float:
        return sum(result.scores[x].f1 or 0.0 for x in layers if _attempts(result, x)) / len(layers)

    return sorted(results, key=lambda result: (-mean(result), result.name))


def _attempts(result: Result, layer: str) -> bool:
    return layer in result.layers and layer not in result.scores.answered


def _leader(results: Sequence[Result], layer: str) -> str | None:
    """The system that is better than every other, as far as the documents can tell."""
    tables = {r.name: r.scores[layer].table for r in results if _attempts(r, layer)}
    if len(tables) < 2:
        return None
    compared = compare_layer(tables)
    return compared.leader if all(pair.resolved for pair in compared.pairs) else None


def _cell(result: Result, layer: str, leader: str | None) -> str:
    if layer in result.scores.answered:
        return "given"
    mark = "*" if result.name == leader else ""
    return mark + number(result.scores[layer].f1 if _attempts(result, layer) else None)


def _interval(result: Result, layer: str) -> str:
    known = result.scores[layer].interval if _attempts(result, layer) else None
    return interval(known) if known is not None else ""


def _row(result: Result) -> list[str]:
    """A row of the page, with each interval beside its score."""
    done = len(result.scores.documents) - len(result.failures)
    cells = (f"{_cell(result, layer, None)} {_interval(result, layer)}".strip() for layer in LAYERS)
    return [result.name, f"{done}/{len(result.scores.documents)}", *cells]


def _further(results: Sequence[Result], layer: str) -> str:
    names = [figure.name for figure in results[0].scores.also if figure.layer == layer]
    rows = [[r.name, *(number(f.f1) for f in r.scores.also if f.layer == layer)] for r in results]
    return render(["also (F1)", *names], rows, "markdown")


def _about(result: Result) -> str:
    note = f" Note: {result.note}." if result.note else ""
    return f"- **{result.name}**: {result.description}{note}"
