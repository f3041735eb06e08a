"""A system on the articles of a corpus: one document for each, and what failed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import require_writable
from onrecord.corpus.predictions import Predictions
from onrecord.document import Document
from onrecord.exceptions import InvalidInput
from onrecord.systems.engines import Engine, Serial
from onrecord.systems.failures import Failed, Failure
from onrecord.systems.given import Given, supply
from onrecord.systems.loading import (
    BOARDS,
    About,
    Board,
    PredictAll,
    System,
    Variant,
    as_system,
    load_system,
    read_about,
    row_note,
)
from onrecord.systems.lots import Conditions, decode_content
from onrecord.systems.parts import MANIFEST, Parts
from onrecord.systems.pipeline import do, work_of
from onrecord.systems.progress import Progress, progress_line
from onrecord.systems.resume import made_of
from onrecord.systems.telling import Tell, Teller

__all__ = [
    "BOARDS",
    "About",
    "Board",
    "Failure",
    "Output",
    "PredictAll",
    "Progress",
    "System",
    "Variant",
    "as_system",
    "load_system",
    "progress_line",
    "read_about",
    "row_note",
    "run",
]

APART = 20
"""So many documents that are worlds of their own make a lot."""


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """What a run of a system gave: one document for each given, empty where it failed."""

    documents: Predictions
    failures: tuple[Failure, ...]
    seconds: float
    tracebacks: Mapping[str, str] = {}
    """Python's traceback of each document on which the system raised."""


def run(
    system: System | str | Path | Callable[..., Any] | Any,
    corpus: Corpus,
    *,
    options: Mapping[str, str] | None = None,
    given: Sequence[Given] = (),
    only: Collection[str] | None = None,
    partial: Path | None = None,
    anew: bool = False,
    engine: Engine | None = None,
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> Output:
    """Run the system on the articles of a corpus, which it gets without layers but for given ones.

    Where it raises, or returns what is not a valid document, the document counts as empty and is
    listed as a failure; it is never dropped. If ``predict_all`` itself raises or does not return
    one document for each, all of them fail. Of a corpus whose documents are worlds of their own (the
    probes), ``predict_all`` gets them one at a time.

        output = onrecord.run("my.py", gold)
        scores = onrecord.score(gold, output)

    Args:
        system: what to run: a file, a function ``predict(document, targets)``, an object with
            ``predict_all(documents, targets)``, or what :func:`load_system` gave.
        corpus: the articles and targets.
        options: of a file, as words: what ``--option`` takes on the command line.
        given: layers that the system gets, see :func:`onrecord.systems.given.read_given`.
        only: the ids of the articles to run on; None: all.
        partial: a folder in which what is done is kept until the run has come to its end, so that
            after it was killed the next one goes on from there; see :mod:`onrecord.systems.parts`.
        anew: forget what a killed run has kept there.
        engine: who does it, see :mod:`onrecord.systems.engines`; None: this process.
        progress: called with the number of documents done and of all, whenever some are done.
        tell: called with lines that a user should see: what is reused, what the system left open.

    Raises:
        SystemFailure: there is no such system, or it cannot be set up.
        InvalidInput: ``only`` names an article that there is not.
    """
    system = as_system(system, options)
    articles = supply(corpus.bare(), given)
    if only is not None:
        wanted = {corpus[id].id for id in only}
        articles = tuple(article for article in articles if article.id in wanted)
    conditions = Conditions(
        targets=corpus.targets, given=tuple(one.layer for one in given), apart=corpus.apart
    )
    begin = time.perf_counter()
    teller = Teller(tell, progress, len(articles))
    lots = _lots(articles, system, corpus)
    engine = engine or Serial()
    contents: dict[int, bytes] = {}
    failures: dict[str, Failure] = {}
    with _kept(partial, system, conditions, teller, anew=anew) as parts:
        done = do(
            work_of(system, conditions, engine), lots, engine, parts=parts, layers=system.layers,
            begins=lambda reused: teller.tell_reused(parts, reused),
        )  # fmt: skip
        for one in teller.through(done):
            if one.outcome is not None:
                contents[one.number] = one.outcome.content
            else:
                assert parts is not None
                contents[one.number] = parts.content(one.number)
            failures |= {failure.document: failure for failure in one.failures}
        if parts is not None:
            parts.clear()
    documents = [
        document
        for number, lot in enumerate(lots)
        for document in decode_content(contents[number], lot)
    ]
    listed = [failures[article.id] for article in articles if article.id in failures]
    return Output(
        documents=Predictions(documents, system.layers),
        failures=tuple(Failure(one.document, one.reason) for one in listed),
        seconds=time.perf_counter() - begin,
        tracebacks={
            one.document: one.traceback
            for one in listed
            if isinstance(one, Failed) and one.traceback
        },
    )


def _lots(articles: Sequence[Document], system: System, corpus: Corpus) -> list[Sequence[Document]]:
    """What is given to the system at a time, or kept together."""
    size = len(articles) if system.together else 1
    if system.together and corpus.apart:
        size = APART
    return [articles[start : start + size] for start in range(0, len(articles), size or 1)]


@contextlib.contextmanager
def _kept(
    folder: Path | None, system: System, conditions: Conditions, teller: Teller, *, anew: bool
) -> Iterator[Parts | None]:
    """Where what is done is kept; None where nothing can be written, which is told."""
    if folder is None:
        yield None
        return
    place = folder / f"{system.name}.partial"
    parts = None
    try:
        require_writable(place / MANIFEST)
        parts = Parts(place, system.name, made_of(system, conditions), anew=anew)
    except InvalidInput as error:
        teller.tell(f"resuming is off: {error.file}: {error.reason}")
    if parts is None:
        yield None
        return
    with parts:
        teller.tell_changed(parts)
        yield parts
