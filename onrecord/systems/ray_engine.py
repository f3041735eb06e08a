"""Work on a cluster, by Ray (the extra ``ray``).

The work runs on actors of Ray Core: each sets the work up once and then does items one at a time. Ray
Data is not used. Its pools of actors hang where the actors hold every processor (ray-project/ray
issue 44687) and where one dies while errors are ignored (issue 62746), and what is wanted here is less
than it does: results in order, few in flight. Tasks with Ray's own retries are not used either: Ray
repeats without limit what was ended for want of memory, and may start more processes than there are
processors, each of which would set the work up. So the pool counts deaths itself, as it does for
processes (:mod:`onrecord.systems.pool`): a lost actor or node costs the item that it was at a try.

Without an address, Ray is started on this machine for the run, listens on its loopback interface alone
(with a token of its own) and ends with the run. Usage statistics and the dashboard are off.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from onrecord.exceptions import InvalidInput, SystemFailure
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
from onrecord.systems.work import Function, Lost, Movable, Raised, Work, set_up

TRIES = 3
"""How often an item is tried: a cluster loses nodes through no fault of the work."""
STORE = 512 * 1024 * 1024
"""Bytes of the object store of a Ray that is started here: it holds the few items in flight."""
PATIENCE = 300.0
"""Seconds to wait for a processor while the cluster has none at all."""
CONNECT = 10.0
"""Seconds for the cluster to answer."""
SETTINGS = b"\x04"
HTTP2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0" + SETTINGS + b"\0\0\0\0\0"
"""What a client of HTTP/2 begins with: a preface and a frame of settings, which the server answers
with one of its own (RFC 9113, 3.4); the fourth byte of a frame is its type."""
LONGEST = 40
"""Characters of a folder for Ray's sockets, whose paths may not be long."""
LOCAL = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # on every platform: the loopback interface alone
    "RAY_AUTH_MODE": "token",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
"""The environment of a Ray that is started here."""


class RayEngine:
    """Does the work on a cluster of Ray.

    Args:
        address: ``HOST:PORT`` of the cluster, or ``auto`` for the one that this machine belongs to;
            None: Ray is started here.
        jobs: how many workers, each of which gets one processor; None: as many as the cluster has
            processors when the run begins. Workers beyond that wait for nodes that join.
        tries: how often an item is tried whose worker dies.
    """

    def __init__(self, address: str | None, *, jobs: int | None = None, tries: int = TRIES) -> None:
        self.address = address
        self.jobs = jobs
        self.tries = tries

    def map(self, work: Work, items: Iterable[bytes]) -> Iterator[bytes | Lost]:
        """See :meth:`onrecord.systems.engines.Engine.map`."""
        sent = work.folder if self.address and isinstance(work, Movable) else None
        with _connected(self.address, self.jobs, sent) as ray:
            pool = _Pool(ray, work, self.jobs, self.tries, sent=sent is not None)
            with contextlib.closing(pool):
                yield from pool.results(items)


@contextlib.contextmanager
def _connected(address: str | None, jobs: int | None, sent: str | None) -> Iterator[Any]:
    """Ray, connected to a cluster, to which a folder is sent.

    Raises:
        InvalidInput: Ray is not installed, or there is no such cluster.
        SystemFailure: the folder cannot be sent.
    """
    with _environment({} if address else LOCAL | {"RAY_AUTH_TOKEN": secrets.token_hex(32)}):
        try:
            import ray
        except ImportError:
            raise InvalidInput(
                "needs Ray: pip install 'onrecord[ray]'", field="--engine ray"
            ) from None
        if ray.is_initialized():
            raise InvalidInput("Ray is in use in this process already", field="--engine ray")
        quiet = {"logging_level": "error", "log_to_driver": False}
        with contextlib.ExitStack() as stack:
            stack.enter_context(_silent(ray))
            if address is None:
                folder = stack.enter_context(_folder())
                stack.callback(ray.shutdown)
                ray.init(
                    num_cpus=jobs,
                    include_dashboard=False,
                    object_store_memory=STORE,
                    _temp_dir=folder,
                    **quiet,
                )
            else:
                stack.callback(ray.shutdown)
                _join(ray, address, sent, quiet)
            yield ray


@contextlib.contextmanager
def _silent(ray: Any) -> Iterator[None]:
    """Without what Ray says of dead workers, at length and on standard output, where data may go."""
    worker = ray._private.worker
    before = worker._worker_logs_enabled
    worker._worker_logs_enabled = False
    try:
        yield
    finally:
        worker._worker_logs_enabled = before


def _join(ray: Any, address: str, sent: str | None, quiet: dict[str, Any]) -> None:
    try:
        _require_answer(address)
        environment = {"working_dir": sent} if sent else None
        ray.init(address=address, runtime_env=environment, **quiet)
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        # no cluster, another Ray or Python, no token, a huge folder
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InvalidInput(f"{address}: {reason}", field="--address") from error


def _require_answer(address: str) -> None:
    """Make sure that a server of gRPC is there: Ray would try for minutes, then end the process.

    Raises:
        OSError: nothing answers.
        ValueError: it is no address, or what answers does not speak HTTP/2, as gRPC does.
    """
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if "//" in address or not host or not port.isdecimal():
        raise ValueError("is not HOST:PORT or auto (run it on a machine of the cluster)")
    with socket.create_connection((host, int(port)), timeout=CONNECT) as connection:
        if os.environ.get("RAY_USE_TLS", "0") in ("", "0"):
            connection.sendall(HTTP2)
            if connection.recv(4)[3:] != SETTINGS:
                raise ValueError("what answers there is no Ray")


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Variables of the environment for a while; what the user has set stays."""
    added = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


@contextlib.contextmanager
def _folder() -> Iterator[str | None]:
    """A folder for Ray's logs and sockets; None: its own default, since paths would be too long."""
    if len(tempfile.gettempdir()) > LONGEST:
        yield None
        return
    folder = tempfile.mkdtemp(prefix="onrecord-ray-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Worker(Worker):
    """An actor, and what it was asked."""

    def __init__(self, actor: Any, asked: Any) -> None:
        super().__init__()
        self.actor = actor
        self.asked: deque[Any] = deque([asked])
        """References to its answers, in the order in which they come."""

    def give(self, task: Task) -> None:
        self.tasks.append(task)
        self.asked.append(self.actor.do.remote(task.item))


class _Pool(Pool[_Worker]):
    """The actors of one run."""

    def __init__(self, ray: Any, work: Work, jobs: int | None, tries: int, *, sent: bool) -> None:
        from onrecord.systems.resume import library_hash

        super().__init__(jobs or max(1, int(ray.cluster_resources().get("CPU", 1))), tries)
        self._ray = ray
        self._work = work
        self._sent = sent
        self._library = library_hash()
        options: dict[str, Any] = {"num_cpus": 1, "max_restarts": 0, "max_task_retries": 0}
        self._actor = ray.remote(_Actor).options(**options)
        self._alive = time.monotonic()
        """When there was a processor last."""

    def start(self) -> _Worker:
        actor = self._actor.remote()
        asked = actor.set_up.remote(self._work, str(Path.cwd()), self._library, sent=self._sent)
        return _Worker(actor, asked)

    def listen(self) -> None:
        by_reference = {worker.asked[0]: worker for worker in self.workers if worker.asked}
        done, _ = self._ray.wait(list(by_reference), num_returns=1, timeout=LOOK)
        for reference in done:
            self._hear(by_reference[reference], reference)
        if done or self._ray.cluster_resources().get("CPU", 0) >= 1:
            self._alive = time.monotonic()
        elif time.monotonic() - self._alive > PATIENCE:
            raise SystemFailure(f"the cluster has had no processor for {PATIENCE:.0f} seconds")

    def close(self) -> None:
        while self.workers:
            with contextlib.suppress(Exception):  # the cluster may be gone
                self._ray.kill(self.workers.pop().actor)

    def _hear(self, worker: _Worker, reference: Any) -> None:
        """Take an answer: first that it is set up, or why not, then those to its tasks."""
        errors = self._ray.exceptions
        try:
            said = self._ray.get(reference)
        except errors.RayTaskError as error:  # the work cannot be read there
            raise SystemFailure(_one_line(error.cause or error)) from error
        except errors.RuntimeEnvSetupError as error:
            raise SystemFailure(f"cannot be sent to the cluster: {_one_line(error)}") from error
        except errors.RayError as error:
            with contextlib.suppress(Exception):
                self._ray.kill(worker.actor)
            gone = _is_node_gone(error)
            self.lose(worker, _reason(error), counts=not gone)
            return
        worker.asked.popleft()
        if worker.ready:
            self.hear_answer(worker, said)
        elif said[:1] == RAISED:
            raise decode_raised(said[1:]).failure()
        else:
            self.hear_ready(worker)


def _is_node_gone(error: Exception) -> bool:
    return "node" in type(error).__name__.casefold() or "node has died" in str(error)


def _reason(error: Exception) -> str:
    """How a worker died, in one line."""
    if _is_node_gone(error):
        return "the node is gone"
    if type(error).__name__ == "OutOfMemoryError" or "OutOfMemoryError" in str(error):
        return "the worker was ended for want of memory"
    if "Object" in type(error).__name__:
        return "the result was lost with its node"
    return "the worker died"


def _one_line(error: BaseException) -> str:
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}"


class _Actor:
    """In the cluster: sets the work up once, then does items."""

    _function: Function

    def set_up(self, work: Work, cwd: str, library: str, *, sent: bool) -> bytes:
        """Nothing, or what the work raised.

        Args:
            work: the work.
            cwd: the working directory to be in, if this machine has it, too.
            library: the hash of the library that sends it.
            sent: whether the folder of the work was sent, and is the working directory now.
        """
        from onrecord.systems.resume import library_hash

        os.dup2(2, 1)  # what a system prints is no data
        try:
            if library_hash() != library:
                raise SystemFailure(f"{socket.gethostname()} has another version of onrecord")
            if sent:
                assert isinstance(work, Movable)
                work = work.at(str(Path.cwd()))
            if Path(cwd).is_dir():
                os.chdir(cwd)
            self._function = set_up(work)
        except SystemFailure as failure:
            return RAISED + encode_raised(Raised.told(failure))
        return b""

    def do(self, item: bytes) -> bytes:
        """The answer to an item."""
        return answer(self._function, item)
