"""How far a run is, on standard error: documents done, how many a second, and the time left."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable
from typing import TextIO

Progress = Callable[[int, int | None], None]
"""Called with how many documents are done, and of how many; None: that is not known."""

WINDOW = 30.0
"""The rate is that of the last so many seconds; where standard error is no terminal, a line is
written so often."""
PAUSE = 0.1
"""Seconds between two changes of the line on a terminal."""


class ProgressLine:
    """A line on a terminal that changes; elsewhere a new line every half minute.

    Args:
        name: what runs.
        stream: where to write.
        clock: the time in seconds.
    """

    def __init__(
        self,
        name: str,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._stream = stream or sys.stderr
        self._clock = clock
        self._moves = self._stream.isatty()
        self._seen = deque([(clock(), 0)])
        self._shown = clock()
        self._width = 0

    def __call__(self, done: int, total: int | None) -> None:
        """Say that so many documents are done."""
        now = self._clock()
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] >= WINDOW:
            self._seen.popleft()
        last = done == total
        if now - self._shown >= (PAUSE if self._moves else WINDOW) or (last and self._moves):
            self._shown = now
            self._write(self._line(done, total), last=last)

    def _line(self, done: int, total: int | None) -> str:
        (begin, before), (now, _) = self._seen[0], self._seen[-1]
        rate = (done - before) / (now - begin) if now > begin else 0.0
        of = "" if total is None else f"/{total:,}"
        line = f"{self._name}: {done:,}{of} documents"
        if rate:
            line += f", {rate:,.0f} a second" if rate >= 10 else f", {rate:.1f} a second"
        if rate and total is not None and done < total:
            line += f", {_duration((total - done) / rate)} left"
        return line

    def _write(self, line: str, *, last: bool) -> None:
        if self._moves:
            spaces = " " * (self._width - len(line))
            self._stream.write(f"\r{line}{spaces}")
            self._width = len(line)
        if last or not self._moves:
            self._stream.write("\n" if self._moves else f"{line}\n")
        self._stream.flush()


def progress_line(name: str) -> Progress | None:
    """A line on standard error that says how far a run is; None where that is no terminal."""
    return ProgressLine(name) if sys.stderr.isatty() else None


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
