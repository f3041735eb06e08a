"""Work in several processes on this machine, of which any may die.

A pool of its own, since those at hand do not survive what it must: in
``concurrent.futures.ProcessPoolExecutor`` and in loky's, one dead worker breaks the pool and fails
every item in it; pebble's goes on, but its workers are daemons, which may have no children, so that a
system with a pool of its own fails there (and it is under the LGPL). Here each worker has a pipe of its
own, so that a death is that of one worker and of the item that it was at; no lock is shared.

Workers start by *spawn* on every platform: a clean interpreter, whatever threads this process has.
Each leads a session of its own: Ctrl-C in a terminal reaches this process alone, which ends them with
all the processes that a system has started in them. If this process dies, they notice and end as well.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait

from onrecord.exceptions import SystemFailure, Unsupported
from onrecord.systems.pool import (
    LOOK,
    RAISED,
    Pool,
    Task,
    Worker,
    answer,
    decode_raised,
    encode_raised,
)
from onrecord.systems.work import TRIES, Lost, Raised, Work, set_up

GRACE = 5.0
"""Seconds that a worker has to end by itself."""
_READY = b"!"
_ITEM, _END = b"+", b""
_POSIX = os.name == "posix"
_spawned = multiprocessing.get_context("spawn")


class Processes:
    """Does the work in processes on this machine.

    A worker that dies is replaced and its item tried again; after so many tries it is lost.

    Args:
        jobs: how many processes.
        tries: how often an item is tried whose worker dies.
    """

    def __init__(self, jobs: int, tries: int = TRIES) -> None:
        if not hasattr(os, "setsid"):  # a worker is ended with all that it has started
            raise Unsupported("work in several processes")
        self.jobs = jobs
        self.tries = tries

    def map(self, work: Work, items: Iterable[bytes]) -> Iterator[bytes | Lost]:
        """See :meth:`onrecord.systems.engines.Engine.map`."""
        with contextlib.closing(_Pool(work, self.jobs, self.tries)) as pool:
            yield from pool.results(items)


class _Worker(Worker):
    """A process, its pipe, and the tasks that it has."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self.connection, theirs = _spawned.Pipe()
        self.process = _spawned.Process(target=_serve, args=(theirs, work), daemon=False)
        with _interrupts_blocked():  # the new process starts with them blocked
            self.process.start()
        theirs.close()

    def give(self, task: Task) -> None:
        self.tasks.append(task)
        with contextlib.suppress(OSError):  # it is dead, which its pipe will tell
            self.connection.send_bytes(_ITEM + task.item)

    def dismiss(self) -> None:
        """Ask it to end: at once, if it works on something."""
        if self.tasks or not self.ready:
            self._signal("SIGTERM")
        else:
            with contextlib.suppress(OSError):
                self.connection.send_bytes(_END)

    def bury(self, deadline: float) -> str:
        """Wait for its end until then, and end what is left of it by force; how it ended."""
        self.process.join(max(0.0, deadline - time.monotonic()))
        self._signal("SIGKILL")
        self.process.join()
        self.connection.close()
        code = self.process.exitcode or 0
        self.process.close()
        if code < 0:
            return f"the worker was killed by signal {-code}"
        return f"the worker ended with exit status {code}"

    def _signal(self, name: str) -> None:
        """Send it, and all processes that it has started, a signal."""
        if _POSIX and self.process.pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, getattr(signal, name))
        if self.process.is_alive():  # before it led a group, or where there are none
            self.process.terminate() if name == "SIGTERM" else self.process.kill()


class _Pool(Pool[_Worker]):
    """The processes of one run."""

    def __init__(self, work: Work, jobs: int, tries: int) -> None:
        super().__init__(jobs, tries)
        self._work = work
        atexit.register(self.close)

    def start(self) -> _Worker:
        return _Worker(self._work)

    def listen(self) -> None:
        by_connection = {worker.connection: worker for worker in self.workers}
        heard = wait(list(by_connection), LOOK)
        for connection in heard:
            self._hear(by_connection[connection])  # type: ignore[index]
        for worker in () if heard else tuple(self.workers):
            # one may be dead whose pipe is held open by a process that it has left
            if not worker.process.is_alive():
                while worker in self.workers and worker.connection.poll(0):
                    self._hear(worker)
                if worker in self.workers:
                    self._bury(worker)

    def close(self) -> None:
        atexit.unregister(self.close)
        for worker in self.workers:
            worker.dismiss()
        deadline = time.monotonic() + GRACE
        while self.workers:
            self.workers.pop().bury(deadline)

    def _hear(self, worker: _Worker) -> None:
        """Take what a worker says: first that it is set up, or why not, then its answers."""
        try:
            said = worker.connection.recv_bytes()
        except (EOFError, OSError):
            self._bury(worker)
            return
        if worker.ready:
            self.hear_answer(worker, said)
        elif said == _READY:
            self.hear_ready(worker)
        else:
            raise decode_raised(said[1:]).failure()

    def _bury(self, worker: _Worker) -> None:
        self.lose(worker, worker.bury(time.monotonic() + GRACE))


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Keep SIGINT back for a while, where the platform can; it comes afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# -- in the worker --------------------------------------------------------------------------------


def _serve(connection: Connection, work: Work) -> None:
    """Set the work up, then do it on each item that comes, until none comes any more."""
    _settle()
    items: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(connection, items), daemon=True).start()
    try:
        function = set_up(work)
    except SystemFailure as failure:
        connection.send_bytes(RAISED + encode_raised(Raised.told(failure)))
        return
    connection.send_bytes(_READY)
    while (item := items.get()) is not None:
        connection.send_bytes(answer(function, item))


def _settle() -> None:
    """Leave the terminal: no Ctrl-C, a session of its own, and what is printed is no data."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if _POSIX:
        os.setsid()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    with contextlib.suppress(OSError):
        os.dup2(2, 1)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")


def _read(connection: Connection, items: queue.SimpleQueue[bytes | None]) -> None:
    """Take items from the pipe, so that whoever gives them need not wait; end with the other side."""
    while True:
        try:
            said = connection.recv_bytes()
        except (EOFError, OSError):  # the other side is gone without a word
            if _POSIX:
                os.killpg(0, signal.SIGKILL)
            os._exit(1)
        if said == _END:
            items.put(None)
            return
        items.put(said[1:])
