"""Runs a function in a process of its own that is killed at a step of one's choice.

A step is what can be seen from outside: the head or body of a request that changes something sent,
its answer awaited, a file or folder opened for writing, flushed, moved or removed. A kill at a step
comes before it is done. What only reads is no step: a kill then is one after the step before.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import pytest

from onrecord.annotation.labelstudio.connection import _make_client

_CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.chmod", "os.truncate")

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


class Run(NamedTuple):
    """What a process did: its steps, whether it was killed, and the error that it ended with."""

    steps: list[str]
    killed: bool
    error: str | None


def run(
    function: Callable[..., Any],
    *given: Any,
    kill: int | str | None = None,
    victim: int | None = None,
    **options: Any,
) -> Run:
    """Call the function in a process of its own.

    Args:
        function: any function of a module.
        given: its arguments.
        kill: the step before which SIGKILL is sent: its number, from 0, or how the first such step
            begins; None: never.
        victim: the process that is killed; None: the one that calls the function.
        options: its arguments by name.
    """
    return start(function, *given, kill=kill, victim=victim, **options)()


def start(
    function: Callable[..., Any],
    *given: Any,
    kill: int | str | None = None,
    victim: int | None = None,
    **options: Any,
) -> Callable[[], Run]:
    """The same without waiting; what is returned waits."""
    with pytest.MonkeyPatch.context() as patch:  # so that it finds this module and forks warm
        patch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
        forkserver.ensure_running()
    answers, own = _processes.Pipe(duplex=False)
    process = _processes.Process(target=_call, args=(own, kill, victim, function, given, options))
    process.start()
    own.close()

    def wait() -> Run:
        steps: list[str] = []
        error = None
        try:
            while True:
                kind, word = answers.recv()
                if kind == "step":
                    steps.append(word)
                else:
                    error = word
        except EOFError:
            pass
        process.join()
        answers.close()
        killed = process.exitcode == -signal.SIGKILL
        assert killed or process.exitcode == 0
        process.close()
        return Run(steps, killed, error)

    return wait


def _call(
    answers: Connection,
    kill: int | str | None,
    victim: int | None,
    function: Callable[..., Any],
    given: tuple[Any, ...],
    options: dict[str, Any],
) -> None:
    steps: list[str] = []
    reads = True

    def step(name: str) -> None:
        answers.send(("step", name))
        if len(steps) == kill or (isinstance(kill, str) and name.startswith(kill)):
            os.kill(os.getpid() if victim is None else victim, signal.SIGKILL)
        steps.append(name)

    def sent(content: Any) -> None:
        nonlocal reads
        head = bytes(content).partition(b"\r\n")[0].decode("latin-1").split(" ")
        if head[-1] == "HTTP/1.1":
            reads = head[0] == "GET"
        if not reads:
            step(" ".join(head[:2]) if head[-1] == "HTTP/1.1" else "body")

    def received(_: int) -> None:
        if not reads and steps[-1] != "answer":  # however many pieces it comes in
            step("answer")

    def counted(owner: Any, name: str, notice: Callable[[Any], None]) -> None:
        does = getattr(owner, name)

        def counting(*given: Any) -> Any:
            notice(given[-1])
            return does(*given)

        setattr(owner, name, counting)

    def hook(event: str, given: tuple[Any, ...]) -> None:
        if event in _CHANGES:
            step(event.removeprefix("os."))
        elif event == "open" and given[2] & (os.O_WRONLY | os.O_RDWR):
            step("open")

    counted(socket.socket, "send", sent)
    counted(socket.socket, "sendall", sent)
    counted(socket.socket, "recv", received)
    counted(os, "fsync", lambda _: step("fsync"))
    sys.addaudithook(hook)
    try:
        function(*given, **options)
    except Exception as error:
        answers.send(("error", f"{type(error).__name__}: {error}"))


def _import_all() -> None:
    """Import now what the SDK imports when it is first used, so that no process has to."""
    client = _make_client("http://127.0.0.1:9", "none")
    for name in ("annotations", "predictions", "projects", "tasks", "users"):
        assert getattr(client, name)
    assert client.projects.exports


_import_all()
