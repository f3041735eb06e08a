"""Engines: who does the same work on many items, and how its results come back in order.

A *work* says what is done with an item; an *engine* does it in this process (:class:`Serial`), in
several on this machine (:class:`Processes`) or on a cluster (:mod:`onrecord.systems.ray_engine`).
All engines give the same results in the same order, draw items as workers are free, and hold a
bounded number of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, Protocol, get_args

from onrecord.exceptions import InvalidInput
from onrecord.systems.processes import Processes
from onrecord.systems.work import Lost, Raised, Work, set_up

__all__ = ["NAMES", "Engine", "Lost", "Name", "Processes", "Serial", "Work", "engine"]

Name = Literal["local", "ray"]
NAMES: tuple[Name, ...] = get_args(Name)


class Engine(Protocol):
    """Does a work on items."""

    def map(self, work: Work, items: Iterable[bytes]) -> Iterator[bytes | Lost]:
        """The result of each item, in their order.

        Items are drawn lazily, a bounded number ahead of the results that were taken. Whatever the
        items' own iterator raises is raised after the results of the items before.

        Raises:
            SystemFailure: the work cannot be set up, or raised on an item; results of the items
                before it come first.
        """


class Serial:
    """Does the work in this process, one item after the other."""

    def map(self, work: Work, items: Iterable[bytes]) -> Iterator[bytes | Lost]:
        """See :meth:`Engine.map`."""
        function = set_up(work)
        for number, item in enumerate(items):
            try:
                result = function(item)
            except (Exception, SystemExit) as error:
                raise Raised.by(error).failure(number) from error
            yield result


def engine(name: Name, *, jobs: int | None = None, address: str | None = None) -> Engine:
    """The engine of that name.

    Args:
        name: ``local`` for this machine, ``ray`` for a cluster.
        jobs: how many workers; None: one here, on a cluster as many as it has processors.
        address: of the cluster; None: one is started here and ended with the run.

    Raises:
        InvalidInput: there is no such number of jobs, an address is given to ``local``, or Ray is
            not installed.
    """
    if jobs is not None and jobs < 1:
        raise InvalidInput(f"{jobs} is not at least 1", field="--jobs")
    if name == "ray":
        from onrecord.systems.ray_engine import RayEngine

        return RayEngine(address, jobs=jobs)
    if address is not None:
        raise InvalidInput("is for --engine ray alone", field="--address")
    if jobs is None or jobs == 1:
        return Serial()
    return Processes(jobs)
