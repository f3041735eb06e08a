"""Logs of Inspect AI as predictions, with their provenance and the raw answers. Needs onrecord[llm]."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from onrecord.convert.answers import listed
from onrecord.corpus.gold import load
from onrecord.corpus.predictions import Predictions
from onrecord.exceptions import InvalidInput, OnRecordError
from onrecord.llm.raw import RawAnswer, place_answers, raw_answer
from onrecord.probes.files import load_probes


class Lost(msgspec.Struct, frozen=True):
    """A question that got no answer, and why, in one line."""

    sample: str
    reason: str


class Logged(msgspec.Struct, frozen=True):
    """What a log holds."""

    documents: Predictions
    """Of every article, or of every probe asked about; where no question was answered, it is empty."""
    answers: tuple[RawAnswer, ...]
    read: int
    """How many of them could be read."""
    lost: tuple[Lost, ...]
    notes: tuple[str, ...]
    provenance: dict[str, Any]
    """Model, provider, settings, prompt, tokens in and out, seconds, questions, failures."""


def read_logs(paths: Sequence[str | Path], root: str | Path | None = None) -> Logged:
    """Predictions from logs of the tasks ``articles`` and ``utterances``, or of ``probes``.

    Logs of one model are put together, such as one of ``articles`` and one of ``utterances``.

    Raises:
        OnRecordError: Inspect AI is not installed.
        InvalidInput: a file is no log, or not of these tasks; or logs are of two models or of other
            texts.
    """
    answers: list[RawAnswer] = []
    lost: list[Lost] = []
    heads: list[dict[str, Any]] = []
    texts, of, cut = set(), set(), []
    seen: dict[str, str | Path] = {}
    for path in paths:
        log, samples = _read(path)
        model = str(log.eval.model)
        for sample in samples:
            about = sample.metadata
            if "prompt_sha256" not in about and about.get("asked") != "questions":
                raise InvalidInput("is no log of a task of OnRecord", file=path)
            asked_before = seen.setdefault(f"{sample.id} {about.get('prompt_sha256')}", path)
            if asked_before != path:
                reason = (
                    f"has the question {sample.id!r} of {asked_before} again: give one log a run"
                )
                raise InvalidInput(reason, file=path)
            texts.add(about["texts"])
            of |= {*about["of"]}
            if sample.error is not None or not sample.scores:
                reason = sample.error.message if sample.error else f"the run ended ({log.status})"
                lost.append(Lost(str(sample.id), _one_line(reason)))
                continue
            if about["asked"] == "questions":  # many, each with its answer
                answers += msgspec.convert(about["raw"], list[RawAnswer])
                continue
            if sample.output.stop_reason in ("max_tokens", "model_length"):
                cut.append(str(sample.id))
            name = model.partition("/")[2] or model
            answers.append(raw_answer(about, name, sample.output.completion))
        heads.append(_head(log))
    models = list(dict.fromkeys(head["model"] for head in heads))
    if len(texts) != 1 or len(models) > 1:
        reason = "has no samples"
        if texts:
            reason = (
                f"one file cannot be of {' and '.join(sorted(texts) if len(texts) > 1 else models)}"
            )
        raise InvalidInput(reason, file=paths[-1])
    [kind] = texts
    if kind == "exchanged" or any(answer.asked == "next" for answer in answers):
        raise InvalidInput(
            "is a log of what a model remembers; its figures are in the log", file=paths[-1]
        )
    gold = load_probes(root).corpus if kind == "probes" else load(root, renamed=kind == "renamed")
    chosen = [one for one in gold if kind != "probes" or one.id in of]
    read = place_answers(chosen, gold.targets, answers)
    counts = {"questions": len(answers) + len(lost), "questions lost": len(lost)}
    provenance = {
        **heads[0],
        **{key: sum(head[key] for head in heads) for key in _SUMS},
        **counts,
        "prompts": sorted({answer.prompt for answer in answers}),
        "answers that cannot be read": len(read.unreadable),
    }
    unasked = [one.id for one in chosen if one.id not in of]
    if answers and {answer.asked for answer in answers} == {"acts"}:
        raise InvalidInput("has no quotes: give the log of articles with it", file=paths[-1])
    notes = [f"cannot be read: {one}" for one in read.unreadable]
    notes += [f"cut off at the limit of tokens (--max-tokens): {one}" for one in cut]
    if unasked:
        notes.append(f"not asked about, so empty: {listed(unasked)}")
    notes += read.faults.told()
    return Logged(read.documents, tuple(answers), read.read, tuple(lost), tuple(notes), provenance)


def describe(logged: Logged) -> str:
    """The description of the predictions, in TOML, as a row without its system has it."""
    about = logged.provenance
    tokens = f"{about['tokens in']} tokens in, {about['tokens out']} out"
    lost = f"{about['questions lost']} of {about['questions']} questions lost"
    settings = ", ".join(f"{k} {v}" for k, v in sorted(about["settings"].items())) or "its defaults"
    note = (
        f"{about['provider']}; onrecord {metadata.version('onrecord')}; settings: {settings}; prompts {', '.join(about['prompts'])}; {tokens}, "
        f"{about['seconds']} s; {lost}, {about['answers that cannot be read']} answers unreadable; "
        f"inspect_ai {about['inspect_ai']}; the model may have read the articles in training"
    )
    layers = [*(logged.documents.layers or ())]
    lines = {
        "description": f"{about['model']}, asked by Inspect AI",
        "note": note,
        "layers": layers,
    }
    return "".join(f"{k} = {json.dumps(v, ensure_ascii=False)}\n" for k, v in lines.items())


_SUMS = ("tokens in", "tokens out", "seconds")


_NOT_READ = frozenset({"messages", "events", "store", "attachments"})
"""What of a sample is not looked at, and is most of it."""
_AT_ONCE = 64
"""So many samples are read at once: each time the index of the whole log is read too."""


def _read(path: str | Path) -> tuple[Any, Iterator[Any]]:
    """The head of a log, and its samples, some at a time.

    Raises:
        OnRecordError: Inspect AI is not installed.
        InvalidInput: the file is no log.
    """
    try:
        from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries
    except ModuleNotFoundError:
        raise OnRecordError("Inspect AI is not installed; pip install 'onrecord[llm]'") from None
    if not Path(path).is_file():
        reason = "is a folder" if Path(path).is_dir() else "no such file"
        raise InvalidInput(reason, file=path)
    with _reading(path):
        if Path(path).suffix == ".json":  # one value, to be read as a whole
            log = read_eval_log(str(path))
            return log, iter(log.samples or ())
        head = read_eval_log(str(path), header_only=True)
        summaries = read_eval_log_sample_summaries(str(path))
    return head, _samples(path, sorted(((one.id, one.epoch) for one in summaries), key=_in_order))


def _in_order(sample: tuple[str | int, int]) -> tuple[int, str]:
    """The order that Inspect AI gives samples when it reads a log as a whole, whichever ended first."""
    id, epoch = sample
    return epoch, id if isinstance(id, str) else str(id).zfill(20)


def _samples(path: str | Path, ids: Sequence[tuple[Any, int]]) -> Iterator[Any]:
    """The samples of a log, each given by its id and epoch."""
    from inspect_ai.log import read_eval_log_samples_by_id

    for first in range(0, len(ids), _AT_ONCE):
        with _reading(path):
            found = read_eval_log_samples_by_id(
                str(path), ids[first : first + _AT_ONCE], exclude_fields={*_NOT_READ}
            )
        yield from found


@contextlib.contextmanager
def _reading(path: str | Path) -> Iterator[None]:
    """Say in one line that a file is no log."""
    try:
        yield
    except Exception as error:  # zip, JSON and pydantic each have their own
        reason = f"cannot be read as a log of Inspect AI ({type(error).__name__})"
        raise InvalidInput(reason, file=path) from None


def _head(log: Any) -> dict[str, Any]:
    """What the head of a log says of the run."""
    provider, _, name = str(log.eval.model).partition("/")
    usage = log.stats.model_usage.values()
    settings = log.eval.model_generate_config.model_dump(exclude_none=True)
    begin, end = (_time(stamp) for stamp in (log.stats.started_at, log.stats.completed_at))
    return {
        "model": name or provider,
        "provider": provider,
        "settings": settings,
        "inspect_ai": log.eval.packages.get("inspect_ai", "not recorded"),
        "tokens in": sum(
            one.input_tokens
            + (one.input_tokens_cache_read or 0)
            + (one.input_tokens_cache_write or 0)
            for one in usage
        ),
        "tokens out": sum(one.output_tokens for one in usage),
        "seconds": round((end - begin).total_seconds()) if begin and end else 0,
    }


def _time(stamp: str) -> datetime | None:
    return datetime.fromisoformat(stamp) if stamp else None


def _one_line(reason: str) -> str:
    said = re.fullmatch(r"RuntimeError\((['\"])(.*)\1\)", reason.strip(), re.DOTALL)
    return " ".join((said[2] if said else reason).split())[:300] or "no reason is given"
