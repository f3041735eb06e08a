"""A work: what is done with each of many items, whoever does it; and what can come of an item.

Items and results are bytes, a shard of documents say. Who does the work is an engine
(:mod:`onrecord.systems.engines`).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Protocol, runtime_checkable

import msgspec

from onrecord.exceptions import OnRecordError, SystemFailure

Function = Callable[[bytes], bytes]
TRIES = 2
"""How often an item is tried whose worker dies."""


class Work(Protocol):
    """What is done with each item.

    It holds plain values alone (paths, strings, numbers), so that it can be sent to another process
    or machine; its class must be importable there. What the function expects to go wrong it puts
    into its result; an exception that it raises ends the whole.
    """

    def set_up(self) -> Function:
        """The function from an item to its result; called once in each worker."""


@runtime_checkable
class Movable(Protocol):
    """A work that reads files of a folder, with which it is sent to other machines."""

    @property
    def folder(self) -> str:
        """The folder, on this machine."""

    def at(self, folder: str) -> Work:
        """The same work where the folder is there."""


class Lost(msgspec.Struct, frozen=True):
    """An item whose worker died each time it was tried."""

    number: int
    """Of the item, from 0."""
    reason: str
    """How the last worker died, in one line."""
    tries: int


def set_up(work: Work) -> Function:
    """The work's function.

    Raises:
        SystemFailure: it cannot be set up.
    """
    try:
        return work.set_up()
    except (Exception, SystemExit) as error:
        raise Raised.by(error).failure() from error


class Raised(msgspec.Struct, frozen=True):
    """What a work raised, as plain values."""

    reason: str
    traceback: str

    @staticmethod
    def by(error: BaseException) -> Raised:
        """What it says; an error that is raised on purpose speaks for itself."""
        said = " ".join(str(error).split())
        if not isinstance(error, OnRecordError):
            said = f"{type(error).__name__}: {said}" if said else type(error).__name__
        return Raised(said, "".join(traceback.format_exception(error)))

    @staticmethod
    def told(failure: SystemFailure) -> Raised:
        """What :meth:`failure` gave, as plain values again."""
        return Raised(str(failure), "".join(getattr(failure, "__notes__", ())))

    def failure(self, number: int | None = None) -> SystemFailure:
        """As an exception of this process, with the number of the item."""
        place = "" if number is None else f"item {number}: "
        failure = SystemFailure(f"{place}{self.reason}")
        failure.add_note(self.traceback)
        return failure
