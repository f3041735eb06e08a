"""Results: one a row of the leaderboard, made by running a system, kept as canonical JSON."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import msgspec

from onrecord.corpus.corpus import Corpus, read_predictions
from onrecord.corpus.files import encode_json, read_json, write
from onrecord.corpus.predictions import Predictions, encode_predictions, require_layers
from onrecord.document import Document
from onrecord.exceptions import InvalidInput, OnRecordError
from onrecord.leaderboard.own import require_own
from onrecord.scoring.material import prepare
from onrecord.scoring.scores import SCORER_VERSION, Scores, score
from onrecord.scoring.seqeval_check import seqeval_f1
from onrecord.systems.given import Given
from onrecord.systems.run import Failure, Progress, System, run
from onrecord.systems.telling import Tell

DIGITS = 9
"""Decimals that results keep, so that the last bits of a processor's arithmetic do not matter."""


Reference = Literal["apart", "source", "gold"]
"""A pass that took no part in making the gold, or one that the gold derives from; or a system that
reads the gold of what it is scored on."""


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
    layers: tuple[str, ...] | None = None
    """The layers that it attempts; None: as the predictions say, with which these must agree."""
    url: str | None = None
    """Where the system is described or can be had."""
    reference: Reference | None = None
    """A pass of annotators, or what reads the gold: shown to compare with and not ranked."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the leaderboard: ``scores`` must reproduce byte for byte, ``run`` need not."""

    name: str
    description: str
    note: str | None
    reference: Reference | None = None
    """A pass of annotators, which is shown to compare with and not ranked."""
    failures: tuple[Failure, ...]
    scores: Scores
    run: Run

    def with_run(self, run: Run) -> Result:
        """The same result, made as ``run`` says."""
        return msgspec.structs.replace(self, run=run)


def evaluate(
    system: System,
    corpus: Corpus,
    root: Path,
    *,
    given: Sequence[Given] = (),
    partial: Path | None = None,
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> tuple[Result, Predictions]:
    """Run a system and score it; its predictions come with the result.

    Args:
        system: what to run.
        corpus: the gold.
        root: the clone, whose commit the result names.
        given: layers that the system gets.
        partial: where an interrupted run is kept, see :func:`onrecord.systems.run.run`.
        progress: called after each document.
        tell: called with lines that a user should see.

    Raises:
        OnRecordError: seqeval gives another entity score than ours, or the predictions are the gold,
            which the system does not say it reads; such a row is refused.
    """
    output = run(system, corpus, given=given, partial=partial, progress=progress, tell=tell)
    if not system.reads_gold:
        failed = {failure.document for failure in output.failures}
        require_own(output.documents, corpus.documents, given=given, failed=failed)
    result = Result(
        name=system.name,
        description=system.description,
        note=system.note,
        reference="gold" if system.reads_gold else None,
        failures=output.failures,
        scores=_scores(corpus, output.documents, given),
        run=describe_run(root, system=system, seconds=round(output.seconds, 3)),
    )
    return _rounded(result), output.documents


def rescore(
    path: Path, about: Submission, corpus: Corpus, root: Path, *, given: Sequence[Given] = ()
) -> tuple[Result, Predictions]:
    """Score saved predictions, ``NAME.jsonl``.

    Raises:
        InvalidInput: the predictions are invalid, have not the layers that were given, or say that
            they attempt other layers than their description says.
        OnRecordError: seqeval gives another entity score than ours, or the predictions are the gold,
            and are not described as a reference.
    """
    documents = _with_layers(read_predictions(path, corpus), about, path)
    if about.reference is None:
        require_own(documents, corpus.documents, given=given)
    result = Result(
        name=path.stem,
        description=about.description,
        note=about.note,
        reference=about.reference,
        failures=(),
        scores=_scores(corpus, documents, given),
        run=describe_run(root, system=None, seconds=None),
    )
    return _rounded(result), documents


def _with_layers(documents: Predictions, about: Submission, path: Path) -> Predictions:
    """The predictions with the layers that they say they attempt, or else their description.

    Raises:
        InvalidInput: the two do not agree.
    """
    if about.layers is None:
        return documents
    described = Predictions(documents, about.layers)
    if documents.layers not in (None, described.layers):
        own, other = (", ".join(one.layers or ()) for one in (documents, described))
        raise InvalidInput(f"are {own}; its description says {other}", file=path, field="layers")
    return described


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
    if about.layers is not None:
        try:
            require_layers(about.layers)
        except InvalidInput as error:
            raise error.at(file=path) from None
    if not about.description.strip() or "\n" in about.description:
        raise InvalidInput("is not one line", file=path, field="description")
    return about


def _rounded(result: Result) -> Result:
    return msgspec.convert(cut_digits(result), Result)


def _scores(corpus: Corpus, documents: Predictions, given: Sequence[Given]) -> Scores:
    scores = score(corpus, documents, also=True, given=given)
    _require_seqeval(corpus, documents, scores)
    return scores


def _require_seqeval(corpus: Corpus, documents: Sequence[Document], scores: Scores) -> None:
    pairs = prepare(corpus, documents).pairs
    theirs, ours = seqeval_f1(pairs), scores.entities.table.f1
    same = theirs == ours or (
        theirs is not None and ours is not None and abs(theirs - ours) < 1e-12
    )
    if not same:
        raise OnRecordError(f"entities: seqeval gives {theirs}, this scorer {ours}: row refused")


def describe_run(root: Path, *, system: System | None, seconds: float | None) -> Run:
    """How a result was made; the system and its seconds are None of saved predictions."""
    commit, dirty = _state(root)
    packages = {name: metadata.version(name) for name in ("msgspec", "numpy", "scipy", "seqeval")}
    packages["python"] = platform.python_version()
    return Run(
        system=None if system is None else system.source,
        options={} if system is None else system.options,
        packages=packages,
        commit=commit,
        dirty=dirty,
        seconds=seconds,
        machine=None if system is None else f"{sys.platform} {platform.machine()}",
    )


def _state(root: Path) -> tuple[str | None, bool | None]:
    """The commit of the clone that holds the data, and whether it was changed since; None if none does.

    A repository that lies around the folder and does not keep its dataset is another one.
    """
    if _git(root, "ls-files", "--error-unmatch", "--", "data/build.json") is None:
        return None, None
    published = (":!eval/results", ":!eval/predictions")  # what the run itself writes
    status = _git(root, "status", "--porcelain", "--untracked-files=no", "--", ".", *published)
    return _git(root, "rev-parse", "HEAD"), None if status is None else bool(status)


def _git(root: Path, *arguments: str) -> str | None:
    """What git says of the folder; None where it fails. It writes nothing.

    ``GIT_DIR`` and the like, which hooks set, mean another repository.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith("GIT_CONFIG_")
    }
    environment.pop("GIT_CONFIG_PARAMETERS", None)
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(root), *arguments],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=True,
            timeout=30,
            env=environment,
        )
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


def save(result: Result, documents: Predictions, results: Path, predictions: Path) -> None:
    """Write a result and its predictions under the system's name."""
    write(predictions / f"{result.name}.jsonl", encode_predictions(documents))
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
