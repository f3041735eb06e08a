"""A pool of workers of which any may die: what each is at, what is tried again, and results in order.

Here is the book-keeping that all engines with workers share; how a worker is started, heard and ended
is theirs (:mod:`onrecord.systems.processes`, :mod:`onrecord.systems.ray_engine`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

import msgspec

from onrecord.exceptions import SystemFailure
from onrecord.systems.work import Function, Lost, Raised

AHEAD = 4
"""For each worker, so many items are drawn whose results were not taken yet."""
QUEUED = 2
"""Items at a worker: the one that it works on, and the next, so that it need not wait for it."""
LOOK = 1.0
"""Seconds after which workers that say nothing are looked at."""
RESULT, RAISED = b"+", b"-"
"""How an answer begins: a result follows, or what the work raised."""


class Task(msgspec.Struct):
    """An item on its way."""

    number: int
    item: bytes
    tries: int = 0


class Worker(ABC):
    """Does one task after the other, in the order in which it is given them."""

    def __init__(self) -> None:
        self.ready = False
        """Whether it is set up."""
        self.tasks: deque[Task] = deque()
        """What it was given and has not answered."""

    @abstractmethod
    def give(self, task: Task) -> None:
        """Give it a task, without waiting; it is ready."""


W = TypeVar("W", bound=Worker)


class Pool(ABC, Generic[W]):
    """The workers of one run.

    Args:
        jobs: how many workers.
        tries: how often an item is tried whose worker dies.
    """

    def __init__(self, jobs: int, tries: int) -> None:
        self.jobs = jobs
        self.tries = tries
        self.workers: list[W] = []
        self._waiting: deque[Task] = deque()
        self._done: dict[int, bytes | Lost | SystemFailure] = {}
        self._unready = 0
        """Workers that died while they were set up, since one last was ready."""

    @abstractmethod
    def start(self) -> W:
        """A new worker, which sets itself up."""

    @abstractmethod
    def listen(self) -> None:
        """Wait until a worker has something to say, is dead, or some time is over."""

    @abstractmethod
    def close(self) -> None:
        """End all workers."""

    def results(self, items: Iterable[bytes]) -> Iterator[bytes | Lost]:
        """See :meth:`onrecord.systems.engines.Engine.map`."""
        source = iter(items)
        drawn = taken = 0
        end: Exception | None = None
        while True:
            while end is None and drawn - taken < AHEAD * self.jobs:
                try:
                    self._waiting.append(Task(drawn, next(source)))
                    drawn += 1
                except Exception as error:
                    end = error
            if taken == drawn and end is not None:
                if isinstance(end, StopIteration):
                    return
                raise end
            self._assign()
            while taken not in self._done:
                self.listen()
                self._assign()
            result = self._done.pop(taken)
            if isinstance(result, SystemFailure):
                raise result
            taken += 1
            yield result

    def hear_ready(self, worker: W) -> None:
        """The worker is set up."""
        worker.ready = True
        self._unready = 0

    def hear_answer(self, worker: W, answer: bytes) -> None:
        """The worker has done the first of its tasks."""
        number = worker.tasks.popleft().number
        if answer[:1] == RAISED:
            self._done[number] = decode_raised(answer[1:]).failure(number)
        else:
            self._done[number] = answer[1:]

    def lose(self, worker: W, reason: str, *, counts: bool = True) -> None:
        """Take the tasks of a dead worker back: the one that it was at counts as tried.

        Args:
            worker: the worker, which is no longer one of the pool.
            reason: how it died, in one line.
            counts: whether its death speaks against the work, if it was not set up yet.

        Raises:
            SystemFailure: as many workers in a row have died before they were set up.
        """
        self.workers.remove(worker)
        if not worker.ready and counts:
            self._unready += 1
            if self._unready >= self.tries:
                raise SystemFailure(f"the system cannot be set up: {reason}")
        tasks = worker.tasks
        if tasks:
            tasks[0].tries += 1
            if tasks[0].tries >= self.tries:
                task = tasks.popleft()
                self._done[task.number] = Lost(task.number, reason, task.tries)
        self._waiting.extendleft(reversed(tasks))

    def _assign(self) -> None:
        """Start as many workers as there is work for, and give each that is ready its next item."""
        at_work = sum(len(worker.tasks) for worker in self.workers)
        while len(self.workers) < min(self.jobs, len(self._waiting) + at_work):
            self.workers.append(self.start())
        for full in range(1, QUEUED + 1):
            for worker in self.workers:
                spare = full == 1 or len(self._waiting) >= self.jobs  # others need one first
                if self._waiting and worker.ready and len(worker.tasks) < full and spare:
                    worker.give(self._waiting.popleft())


def answer(function: Function, item: bytes) -> bytes:
    """What a worker answers to an item."""
    try:
        return RESULT + function(item)
    except (Exception, SystemExit) as error:
        return RAISED + encode_raised(Raised.by(error))


def encode_raised(raised: Raised) -> bytes:
    """As bytes, to be sent from a worker."""
    return msgspec.msgpack.encode(raised)


def decode_raised(content: bytes) -> Raised:
    """What a worker has sent."""
    return msgspec.msgpack.decode(content, type=Raised)
