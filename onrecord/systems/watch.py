"""What a system does to the process that it runs in: noticed, told, and put right.

A file that it leaves open is told; the working directory is put back; what it or native code writes
to standard output, or to file descriptor 1, is no data.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, BinaryIO

GRACE = 3.0
"""Seconds that threads of a system have to end after the run."""


class Watch:
    """While a system is at work: files that it leaves open become notes, not warnings of ours.

    The working directory is the same afterwards as before. Other warnings go where they went.
    """

    def __init__(self) -> None:
        self._notes: dict[str, None] = {}
        self._caught = warnings.catch_warnings()

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to tell, each once."""
        return tuple(self._notes)

    def __enter__(self) -> Watch:
        self._folder = _working_directory()
        self._caught.__enter__()
        warnings.filterwarnings("always", category=ResourceWarning)
        shown = warnings.showwarning

        def show(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
            if issubclass(category, ResourceWarning):
                self._notes[f"left open: {' '.join(str(message).split())}"] = None
            else:
                shown(message, category, *place, **more)

        warnings.showwarning = show
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._caught.__exit__(kind, error, traceback)
        if self._folder is not None and _working_directory() != self._folder:
            with contextlib.suppress(OSError):
                os.chdir(self._folder)


def _working_directory() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109  (it may be gone)
    except OSError:
        return None


@contextlib.contextmanager
def data_apart() -> Iterator[BinaryIO]:
    """Standard output for data alone: what else is written to file descriptor 1 goes to standard error.

    Yields what to write the data to.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        with (
            os.fdopen(kept, "wb", closefd=False) as data,
            contextlib.redirect_stdout(sys.stderr),
        ):
            yield data
    finally:
        with contextlib.suppress(ValueError):  # the system has closed it
            sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def end_anyway(status: int, tell: Callable[[str], None], grace: float = GRACE) -> None:
    """End the process with this status soon, even if threads that a system has left go on.

    To be called last: threads that end by themselves are waited for, and then nothing is told.
    """
    before = {threading.main_thread(), threading.current_thread()}
    left = [one for one in threading.enumerate() if not one.daemon and one not in before]
    if not left:
        return

    def end() -> None:
        names = ", ".join(thread.name for thread in left if thread.is_alive())
        tell(f"left a thread that does not end ({names}); it is not waited for")
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(ValueError, OSError):
                stream.flush()
        os._exit(status)

    timer = threading.Timer(grace, end)
    timer.daemon = True
    timer.start()
