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
from collections.abc import Collection, Iterator
from types import TracebackType
from typing import Any, BinaryIO, TextIO

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

    Yields what to write the data to; it must be flushed.
    """
    _flush(sys.stdout)
    try:
        kept = os.dup(1)
    except OSError:  # it is closed, and nothing can be written there
        kept = os.open(os.devnull, os.O_WRONLY)
    data = os.fdopen(kept, "wb", closefd=False)
    try:
        os.dup2(2, 1)
        with contextlib.redirect_stdout(sys.stderr):
            yield data
    finally:
        with contextlib.suppress(OSError):  # whoever wrote has been told
            data.close()
        _flush(sys.stdout)
        os.dup2(kept, 1)
        os.close(kept)


def end_anyway(status: int, before: Collection[threading.Thread], grace: float = GRACE) -> None:
    """End the process with this status soon, even if threads that a system has left go on.

    To be called last. Threads that end by themselves are waited for, and nothing is said.

    Args:
        status: the exit status.
        before: the threads that there were before the system was run.
        grace: seconds that they have.
    """
    left = [one for one in threading.enumerate() if not one.daemon and one not in before]
    if not left:
        return

    def end() -> None:
        names = ", ".join(thread.name for thread in left if thread.is_alive())
        _flush(sys.stdout)
        with contextlib.suppress(ValueError, OSError):
            sys.stderr.write(
                f"a thread that the system started does not end ({names}): not waited for\n"
            )
        _flush(sys.stderr)
        os._exit(status)

    timer = threading.Timer(grace, end)
    timer.daemon = True
    timer.start()


def _flush(stream: TextIO | None) -> None:
    """Write out what is held back, where that can be."""
    if stream is not None:
        with contextlib.suppress(ValueError, OSError):  # a system has closed it, say
            stream.flush()
