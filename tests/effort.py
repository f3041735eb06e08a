"""How much work a call is, and what it holds, by counting: the same on every machine, however busy."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest


def lines(call: Callable[[], object]) -> int:
    """How many lines of Python the call runs, its callees' too; what C does in a line is not seen."""
    count = 0

    def trace(frame: FrameType, event: str, given: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


class Alive:
    """How many objects of a kind are alive after each call of a function, but for those before all.

    Args:
        monkeypatch: what undoes it.
        owner: the class or module that has the function.
        function: its name.
        counted: whether an object is of the kind.
    """

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        owner: Any,
        function: str,
        counted: Callable[[object], bool],
    ) -> None:
        self.counts: list[int] = []
        work = getattr(owner, function)

        def alive() -> int:
            gc.collect()
            return sum(counted(one) for one in gc.get_objects())

        def then_counted(*args: Any, **more: Any) -> Any:
            result = work(*args, **more)
            self.counts.append(alive() - before)
            return result

        before = alive()
        monkeypatch.setattr(owner, function, then_counted)
