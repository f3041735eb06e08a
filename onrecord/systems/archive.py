"""A system on own articles, however many: they stream in, and shards of predictions stream out.

What is done is kept as parts (:mod:`onrecord.systems.parts`). Where the output is a folder, these are
its shards; where it is a file, they lie in a folder ``FILE.partial`` beside it until they are put
together. The bytes are the same whatever the engine, and however often the run was killed.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from onrecord.corpus.files import is_folder
from onrecord.corpus.registry import Target
from onrecord.document import Document
from onrecord.exceptions import InvalidInput
from onrecord.systems.articles import Articles
from onrecord.systems.engines import Engine, Serial
from onrecord.systems.failures import Failure
from onrecord.systems.loading import System, as_system, load_system
from onrecord.systems.lots import Conditions
from onrecord.systems.pipeline import do, work_of
from onrecord.systems.progress import Progress
from onrecord.systems.resume import made_of
from onrecord.systems.sinks import Sink, ToFile, ToFolder, ToStream
from onrecord.systems.telling import Tell, Teller

SHARD = 200
"""Documents in a shard, and those that ``predict_all`` gets at a time."""
EACH = 50
"""Documents that are kept together of a system that gets them one by one, where the output is a file."""
SHOWN = 20
"""So many failures are told; all are in a file."""


class Predicted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of own articles."""

    documents: int
    reused: int
    """Of these, so many were done by a run before."""
    failures: int
    """Documents that count as empty."""
    first_failures: tuple[Failure, ...]
    tracebacks: Mapping[str, str]
    """Python's traceback of some documents on which the system raised in this run."""
    failures_file: Path | None
    """Where all are listed; None: there is none, or no file."""
    seconds: float = 0.0


def predict_articles(
    system: System | str | Path | Callable[..., Any] | Any,
    articles: Articles | str | Path | Iterable[Document],
    output: str | Path | BinaryIO,
    *,
    targets: Sequence[Target] = (),
    options: Mapping[str, str] | None = None,
    engine: Engine | None = None,
    shard_size: int | None = None,
    anew: bool = False,
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> Predicted:
    """Run a system on articles that have no gold; what it finds is written as it comes.

        done = onrecord.predict_articles("my.py", "archive.jsonl", "predictions/")

    The system gets ``shard_size`` articles at a time. Where it fails on one, that document counts as
    empty and is listed in ``failures.jsonl`` (of a file, ``FILE.failures.jsonl``). A run that was killed
    goes on with what is missing, if the system, its options, the targets and the articles are the same.

    Args:
        system: as in :func:`onrecord.run`.
        articles: a folder of text files, JSON Lines, Parquet, ``hf:`` and a name that ``datasets``
            reads (see :class:`onrecord.systems.articles.Articles`), or documents, any layers of which
            the system gets.
        output: a file; a folder (it is one, or ends with ``/``, or has no suffix and ``shard_size``
            is given), which gets shards and a manifest; or something open for writing bytes.
        targets: the propositions that stances are about.
        options: of a system in a file, as words.
        engine: who does it, see :mod:`onrecord.systems.engines`; None: this process.
        shard_size: how many articles make a shard; None: 200.
        anew: forget what a run before has left.
        progress: called with the number of documents done and of all, after each shard.
        tell: called with lines that a user should see.

    Raises:
        InvalidInput: the output cannot be written, or an article is not valid; what was done before
            is kept.
        SystemFailure: there is no such system, or it cannot be set up.
    """
    begin = time.perf_counter()
    if isinstance(articles, str | Path):
        articles = Articles(articles)
    engine = engine or Serial()
    if isinstance(system, str | Path):
        system = load_system(system, options, set_up=isinstance(engine, Serial))
    system = as_system(system, None if isinstance(system, System) else options)
    if shard_size is not None and shard_size < 1:
        raise InvalidInput(f"{shard_size} is not at least 1", field="--shard-size")
    sink = _sink(output, shard_size)
    try:
        done = _predict(
            system, articles, sink, Conditions(targets=tuple(targets)), engine, shard_size, anew=anew,
            progress=progress, tell=tell,
        )  # fmt: skip
    except BaseException:
        sink.abort()
        raise
    return msgspec.structs.replace(done, seconds=time.perf_counter() - begin)


def _predict(
    system: System,
    articles: Iterable[Document],
    sink: Sink,
    conditions: Conditions,
    engine: Engine,
    shard_size: int | None,
    *,
    anew: bool,
    progress: Progress | None,
    tell: Tell | None,
) -> Predicted:
    with sink.open(system.name, made_of(system, conditions), anew=anew) as parts:
        total = articles.count() if isinstance(articles, Articles) else None
        teller = Teller(tell, progress, total)
        teller.tell_changed(parts)
        size = shard_size or (EACH if isinstance(sink, ToFile) and not system.together else SHARD)
        work = work_of(system, conditions, engine)
        lots = _batched(articles, size)
        count = documents = failed = 0
        tracebacks: dict[str, str] = {}
        done = do(
            work, lots, engine, parts=parts, layers=system.layers,
            begins=lambda reused: teller.tell_reused(parts, reused),
        )  # fmt: skip
        for one in teller.through(done):
            sink.take(one.number)
            count += 1
            documents += one.documents
            failed += len(one.failures)
            for failure in () if one.outcome is None else one.outcome.failures:
                if len(tracebacks) < SHOWN and failure.traceback:
                    tracebacks[failure.document] = failure.traceback
        first = tuple(itertools.islice(parts.failures(count), SHOWN))
        return Predicted(
            documents=documents,
            reused=teller.reused,
            failures=failed,
            first_failures=first,
            tracebacks=tracebacks,
            failures_file=sink.finish(count),
        )


def _batched(articles: Iterable[Document], size: int) -> Iterator[Sequence[Document]]:
    source = iter(articles)
    while lot := list(itertools.islice(source, size)):
        yield lot


def _sink(output: str | Path | BinaryIO, shard_size: int | None) -> Sink:
    if not isinstance(output, str | Path):
        return ToStream(output)
    path = Path(output)
    named_as_folder = str(output).endswith("/") or (shard_size is not None and not path.suffix)
    return ToFolder(output) if named_as_folder or is_folder(path) else ToFile(output)
