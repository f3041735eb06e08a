"""Scores of many documents in little memory: documents come in shards, each shard gives tables.

A shard holds lines of the gold and of the predictions side by side. What is counted of it is all that
is kept; tables add up, here or from several processes or machines, and what comes out equals
:func:`onrecord.scoring.scores.score` to the last bit.

Almost all that is counted of a document is in the document. What is not is looked up beforehand, in a
quick pass that decodes little and keeps names alone: whom an id means that is a speaker's here and is
mentioned in other documents only. Where predictions are in another order than the gold, or two quotes
can be told apart by other documents alone, the whole must be at hand: then there is no result here, and
the caller scores in the ordinary way.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Callable, Generator, Iterator
from itertools import zip_longest
from pathlib import Path

import msgspec

from onrecord.corpus.files import DocumentRecord, decode_with, encode_document, standoff
from onrecord.corpus.gold import GoldStream
from onrecord.corpus.predictions import require_layers
from onrecord.corpus.streams import raw_lines
from onrecord.document import LAYERS
from onrecord.exceptions import SystemFailure
from onrecord.scoring.counting import Counting
from onrecord.scoring.shards import (
    AllNames,
    CountWork,
    Known,
    Names,
    Outcome,
    Settings,
    Shard,
    Survey,
    SurveyWork,
)
from onrecord.systems.engines import Engine, Lost, Work

SHARD = 2**22
"""Bytes of gold and predictions from which a shard is full."""


class Streamed:
    """What was counted of all documents, and what the predictions say.

    Args:
        counting: what was counted.
        layers: the layers that they attempt, of those that were counted.
        declared: whether they say so.
        hash: what gives the sha256 of the predictions, as the writer writes them.
    """

    def __init__(
        self,
        counting: Counting,
        layers: tuple[str, ...],
        declared: bool,
        hash: Callable[[], str],
    ) -> None:
        self.counting = counting
        self.layers = layers
        self.declared = declared
        self._hash = hash

    @functools.cached_property
    def predictions(self) -> str:
        """The sha256 of the predictions, as the writer writes them."""
        return self._hash()


def stream(
    gold: GoldStream,
    predictions: str | Path,
    engine: Engine,
    *,
    zones: bool = True,
    contested: bool = False,
    units: bool = False,
    layers: tuple[str, ...] = LAYERS,
    hashed: bool = True,
) -> Streamed | None:
    """Count predictions against the gold, a shard at a time.

    Args:
        gold: the gold's files.
        predictions: a file, or a folder of parts.
        engine: who counts the shards.
        zones: as in :func:`onrecord.scoring.scores.score`.
        contested: the same.
        units: count units smaller than documents too.
        layers: count these; fewer take less time.
        hashed: the hash of the predictions will be asked for, and is taken on the way.

    Returns:
        None where the whole must be at hand: the predictions are in another order than the gold or
        not of exactly its documents, the gold is not as it was built, or two quotes can be told
        apart by other documents alone.

    Raises:
        InvalidInput: the predictions are invalid.
        SystemFailure: a shard was lost with the workers that had it.
    """
    settings = Settings.of(gold, zones=zones, contested=contested, units=units)
    settings = msgspec.structs.replace(
        settings, first=_first(predictions), layers=layers, hashed=hashed
    )
    known = Known()
    if settings.has_names:
        known = _Run(gold, predictions, settings).survey(engine)
    run = _Run(gold, predictions, settings)
    whole = run.count(engine, known)
    if run.is_strange:
        known = _Run(gold, predictions, settings).survey(engine, gold=True)
        run = _Run(gold, predictions, settings)
        whole = run.count(engine, known)
    return run.streamed() if whole else None


class _Run:
    """One pass over gold and predictions."""

    def __init__(self, gold: GoldStream, predictions: str | Path, settings: Settings) -> None:
        self.gold = gold
        self.predictions = predictions
        self.settings = settings
        self.counting = Counting(units=settings.units, layers=settings.layers)
        self._lines = gold.lines()
        self._digest = hashlib.sha256()
        """Of the predictions' lines, if all are canonical."""
        self._aligned = True
        self.is_strange = False
        """Whether a name of the gold is no id of the registry, as it was taken that all are."""
        self._evident: set[str] = set()
        self._canonical = True

    def survey(self, engine: Engine, *, gold: bool = False) -> Known:
        """What of the whole corpus it takes to count each document; ``gold``: of the gold's names too.

        Raises:
            InvalidInput: a file cannot be read.
            SystemFailure: a shard was lost.
        """
        decoder = msgspec.msgpack.Decoder(Survey)
        own, other = _AllNames(), _AllNames()
        with contextlib.closing(self._results(engine, SurveyWork(self.settings, gold))) as results:
            for result in results:
                found = decoder.decode(result)
                own.add(found.gold)
                other.add(found.predictions)
        return Known(own.wanted() if gold else None, other.wanted())

    def count(self, engine: Engine, known: Known) -> bool:
        """Count all documents; whether that was possible shard by shard.

        Raises:
            InvalidInput: the predictions are invalid.
            SystemFailure: a shard was lost.
        """
        work = CountWork(self.settings, known)
        decoder = msgspec.msgpack.Decoder(Outcome)
        with contextlib.closing(self._results(engine, work)) as results:
            for result in results:
                outcome = decoder.decode(result)
                self.is_strange |= outcome.strange
                if outcome.whole_is_needed or outcome.strange:
                    return False
                if outcome.fault is not None:
                    self._exhaust()
                    if self.gold.whole:
                        outcome.fault.raise_again()
                    return False
                self._add(outcome)
        return self._aligned and self.gold.whole

    def streamed(self) -> Streamed:
        """What came of the pass."""
        declared = self.settings.first[1] if self.settings.first is not None else None
        attempted = self._evident if declared is None else require_layers(declared)

        def hash() -> str:
            return self._digest.hexdigest() if self._canonical else _hash(self.predictions)

        layers = tuple(layer for layer in self.settings.layers if layer in attempted)
        return Streamed(self.counting, layers, declared is not None, hash)

    def _results(self, engine: Engine, work: Work) -> Generator[bytes]:
        for result in engine.map(work, self._shards()):
            if isinstance(result, Lost):
                raise SystemFailure(
                    f"a shard of documents was lost after {result.tries} tries: {result.reason}"
                )
            yield result

    def _shards(self) -> Iterator[bytes]:
        """Lines of the gold and of the predictions side by side, as long as both have some."""
        declared = self.settings.first[1] if self.settings.first is not None else None
        layers = b"" if declared is None else b',"layers":' + msgspec.json.encode(declared)
        shard, size = Shard([], "", [], []), 0
        for article, line in zip_longest(self._lines, raw_lines(self.predictions)):
            if article is None or line is None:
                self._aligned = False
                break
            if shard.gold and (size >= SHARD or line.file != shard.file):
                yield msgspec.msgpack.encode(shard)
                shard, size = Shard([], "", [], []), 0
            if not shard.gold:
                shard = Shard([], line.file, [], [])
            shard.gold.append(article)
            shard.numbers.append(line.number)
            shard.predictions.append(line.content)
            size += len(article) + len(line.content)
            if self.settings.hashed:
                self._digest.update(
                    line.content.replace(layers, b"", 1) if layers else line.content
                )
                self._digest.update(b"\n")
        if shard.gold:
            yield msgspec.msgpack.encode(shard)

    def _exhaust(self) -> None:
        """Read the rest of the gold, to know whether it is as it was built."""
        for _ in self._lines:
            pass

    def _add(self, outcome: Outcome) -> None:
        assert outcome.counted is not None
        self.counting.extend(outcome.counted)
        self._evident.update(outcome.evident)
        self._canonical = self._canonical and outcome.canonical


class _AllNames:
    """The names of one side's ids in all documents, in the making."""

    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._names: list[bytes] = []
        """Those of each shard, as they came: most will not be asked for."""

    def add(self, found: Names) -> None:
        """Add those of a shard."""
        self._asked.update(found.asked)
        self._names.append(found.names)

    def wanted(self) -> dict[str, dict[str, int]]:
        """Those of ids that some document does not mention and another does."""
        wanted: dict[str, dict[str, int]] = {}
        for packed in self._names if self._asked else ():
            for id, names in msgspec.msgpack.decode(packed, type=AllNames).items():
                if id in self._asked:
                    own = wanted.setdefault(id, {})
                    for name, n in names.items():
                        own[name] = own.get(name, 0) + n
        return wanted


def _first(predictions: str | Path) -> tuple[int, tuple[str, ...] | None] | None:
    """The number and the declared layers of the first line; None where it cannot be read."""
    for line in raw_lines(predictions):
        try:
            return line.number, msgspec.json.decode(line.content, type=_Declaring).layers
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
    return None


class _Declaring(msgspec.Struct, frozen=True):
    """What a line declares."""

    layers: tuple[str, ...] | None = None


def _hash(predictions: str | Path) -> str:
    """The sha256 of predictions whose lines are not as the writer writes them."""
    decoder = msgspec.json.Decoder(DocumentRecord)
    digest = hashlib.sha256()
    for line in raw_lines(predictions):
        record = decode_with(line.content, decoder, line.file, line.number)
        digest.update(encode_document(standoff(record), text=False))
    return digest.hexdigest()
