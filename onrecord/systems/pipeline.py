"""Lots of articles through a system, by an engine: what is kept is not done again, what is lost is tried alone.

A worker that dies takes the lot that it was at with it. When all other lots are done, the articles of
such lots are tried one by one, so that only those on which a worker dies are failures.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from onrecord.document import Document
from onrecord.exceptions import SystemFailure
from onrecord.systems.engines import Engine, Serial
from onrecord.systems.failures import Failed, Failure
from onrecord.systems.loading import System
from onrecord.systems.lots import (
    Conditions,
    InFile,
    Outcome,
    Ready,
    decode_lot,
    decode_outcome,
    encode_lot,
    lost,
)
from onrecord.systems.parts import Parts
from onrecord.systems.work import Lost, Work


class Done(NamedTuple):
    """A lot that is done, now or before."""

    number: int
    """Of the lot, from 0."""
    documents: int
    failures: Sequence[Failure]
    outcome: Outcome | None
    """What the system gave now; None: the part is kept from before."""
    alone: str | None = None
    """Which articles were read one by one, since a worker died on them together."""


class _Waiting(NamedTuple):
    """A lot that an engine has been given."""

    number: int
    item: bytes
    key: str


def work_of(system: System, conditions: Conditions, engine: Engine) -> Work:
    """What the engine is to do with each lot: in this process the system as it is, else its file.

    Raises:
        SystemFailure: the system is no file, and cannot be sent to another process.
    """
    if isinstance(engine, Serial):
        return Ready(system, conditions)
    if system.path is None:
        raise SystemFailure(f"{system.name} is no file: only a file can run in other processes")
    return InFile(
        path=str(system.path),
        options=dict(system.options),
        name=system.name,
        conditions=conditions,
    )


def do(
    work: Work,
    lots: Iterable[Sequence[Document]],
    engine: Engine,
    *,
    parts: Parts | None,
    layers: Sequence[str] | None,
    begins: Callable[[int], None] | None = None,
) -> Iterator[Done]:
    """Do the lots; they come in their order, but those that were lost at first last.

    Each that is done is kept before it is given out.

    Args:
        work: what is done with a lot.
        lots: the articles; drawn lazily.
        engine: who does it.
        parts: where what is done is kept, and may be from before; None: nowhere.
        layers: the layers that the system attempts, which the lines of a lost article say.
        begins: called, when the first lot that is not kept from before is drawn, with the number of
            documents in those before it that are; if all are kept, in the end.

    Raises:
        InvalidInput: a part cannot be kept, or whatever the lots' own iterator raises; what came
            before is kept.
        SystemFailure: the system cannot be set up.
    """
    before: deque[Done] = deque()
    waiting: deque[_Waiting] = deque()
    gone: list[tuple[_Waiting, Lost]] = []
    begun = begins or (lambda reused: None)

    def items() -> Iterator[bytes]:
        reused = 0
        is_first = True
        for number, lot in enumerate(lots):
            item = encode_lot(lot)
            key = "" if parts is None else parts.key(item)
            part = None if parts is None else parts.get(number, key)
            if part is not None:
                before.append(Done(number, part.documents, part.failures, None))
                reused += part.documents
            else:
                if is_first:
                    begun(reused)
                    is_first = False
                waiting.append(_Waiting(number, item, key))
                yield item
        if is_first:
            begun(reused)

    for result in engine.map(work, items()):
        one = waiting.popleft()
        while before and before[0].number < one.number:
            yield before.popleft()
        if isinstance(result, Lost):
            gone.append((one, result))
        else:
            yield _keep(one, decode_outcome(result), parts)
    yield from before
    yield from _do_alone(work, gone, engine, parts, layers)


def _keep(
    one: _Waiting, outcome: Outcome, parts: Parts | None, *, alone: str | None = None
) -> Done:
    if parts is not None:
        parts.add(one.number, one.key, outcome.content, outcome.documents, outcome.failures)
    return Done(one.number, outcome.documents, outcome.failures, outcome, alone)


def _do_alone(
    work: Work,
    gone: Sequence[tuple[_Waiting, Lost]],
    engine: Engine,
    parts: Parts | None,
    layers: Sequence[str] | None,
) -> Iterator[Done]:
    """Do the articles of lost lots one by one."""
    alone = [decode_lot(one.item) for one, _ in gone]
    several = [articles for articles in alone if len(articles) > 1]
    results = (
        engine.map(work, (encode_lot([a]) for articles in several for a in articles))
        if several
        else iter(())
    )
    for (one, reason), articles in zip(gone, alone, strict=True):
        if len(articles) > 1:
            outcomes = [_outcome_of(next(results), article, layers) for article in articles]
        else:
            outcomes = [_outcome_of(reason, article, layers) for article in articles]
        named = f"{articles[0].id} to {articles[-1].id}" if len(articles) > 1 else None
        yield _keep(one, _together(outcomes), parts, alone=named)


def _outcome_of(result: bytes | Lost, article: Document, layers: Sequence[str] | None) -> Outcome:
    if isinstance(result, Lost):
        tried = f"tried {result.tries} times" if result.tries > 1 else "tried once"
        return lost([article], layers, f"{result.reason} ({tried})")
    return decode_outcome(result)


def _together(outcomes: Sequence[Outcome]) -> Outcome:
    failures: tuple[Failed, ...] = tuple(one for outcome in outcomes for one in outcome.failures)
    return Outcome(
        content=b"".join(outcome.content for outcome in outcomes),
        documents=sum(outcome.documents for outcome in outcomes),
        failures=failures,
        notes=tuple(dict.fromkeys(note for outcome in outcomes for note in outcome.notes)),
    )
