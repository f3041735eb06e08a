"""Works for the tests of engines: what they are told in an item, they do.

An item is a line of words: ``echo WORD``, ``sleep SECONDS``, ``die FILE`` (killed, unless the file is
there: it is made first), ``die`` (killed each time), ``exit``, ``raise``, ``print WORD``, ``pid``.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import NamedTuple

import msgspec
from builders import corpus

import onrecord
from onrecord.exceptions import InvalidInput
from onrecord.systems.run import load_system
from onrecord.systems.work import Function


class Told(NamedTuple):
    """Does what the item says."""

    pids: str = ""
    """A folder in which each worker leaves its process id."""

    def set_up(self) -> Function:
        if self.pids:
            (Path(self.pids) / str(os.getpid())).touch()
        return do


class DiesAtFirst(NamedTuple):
    """Is killed while it is set up, unless the file is there: it is made first."""

    file: str = ""

    def set_up(self) -> Function:
        if not self.file or not Path(self.file).exists():
            if self.file:
                Path(self.file).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return do


class Refuses(NamedTuple):
    """Cannot be set up."""

    reason: str

    def set_up(self) -> Function:
        raise InvalidInput(self.reason, file="words.txt")


class HasChildren(NamedTuple):
    """Starts a process that outlives it; its id goes into the folder."""

    pids: str
    method: str

    def set_up(self) -> Function:
        child = multiprocessing.get_context(self.method).Process(target=time.sleep, args=(600,))
        child.start()
        (Path(self.pids) / str(child.pid)).touch()
        return do


class Runs(NamedTuple):
    """Runs a system's file on an article, by the public interface."""

    path: str

    def set_up(self) -> Function:
        system = load_system(self.path)

        def run(item: bytes) -> bytes:
            article = msgspec.json.decode(item, type=onrecord.Document)
            output = onrecord.run(system, corpus(article))
            assert output.failures == ()
            return msgspec.json.encode(output.documents[0])

        return run

    @property
    def folder(self) -> str:
        return str(Path(self.path).parent)

    def at(self, folder: str) -> Runs:
        return Runs(str(Path(folder) / Path(self.path).name))


class Reads(NamedTuple):
    """Reads a file of a folder: the item is its name, the result where it was and what it said."""

    folder: str

    def set_up(self) -> Function:
        def read(item: bytes) -> bytes:
            path = Path(self.folder) / item.decode()
            return f"{path}: ".encode() + path.read_bytes()

        return read

    def at(self, folder: str) -> Reads:
        return Reads(folder)


def do(item: bytes) -> bytes:
    verb, _, given = item.decode().partition(" ")
    if verb == "echo":
        return given.encode()
    if verb == "sleep":
        time.sleep(float(given))
    elif verb == "die":
        if not given or not Path(given).exists():
            if given:
                Path(given).touch()
            os.kill(os.getpid(), signal.SIGKILL)
    elif verb == "exit":
        os._exit(3)
    elif verb == "raise":
        raise ValueError("a comma\nis missing")
    elif verb == "print":
        print(given)  # noqa: T201
        os.write(1, given.encode())
    elif verb == "pid":
        return str(os.getpid()).encode()
    elif verb == "double":
        return item * 2
    return item
