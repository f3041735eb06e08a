"""Processes of this machine: whether one still is the one that was started, and ending it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from onrecord.exceptions import ServerError

_PATIENCE = 15.0


def started(pid: int) -> str | None:
    """When the process started, as a word to compare; None if none with this pid runs.

    A pid is given to another process some time after its own has ended; the pair of both is not.
    """
    return _started_by_proc(pid) if Path("/proc/self/stat").exists() else _started_by_ps(pid)


def _started_by_proc(pid: int) -> str | None:
    """Clock ticks since boot, and which boot (proc(5): field 22 of stat; field 3 is the state)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("utf-8").strip()
    except OSError:
        return None
    return None if fields[0] in "ZX" else f"{boot}:{fields[19]}"


def _started_by_ps(pid: int) -> str | None:
    """The state and start time that ps gives, for systems without /proc."""
    command = ["ps", "-o", "state=,lstart=", "-p", str(pid)]
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    answer = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    state, _, start = answer.stdout.strip().partition(" ")
    return start.strip() or None if not state.startswith("Z") else None


def end(pid: int, start: str) -> None:
    """End the process that started then; nothing happens when it has ended already.

    Raises:
        ServerError: it is another user's, or goes on.
    """
    for number, patience in ((signal.SIGTERM, _PATIENCE), (signal.SIGKILL, 5.0)):
        if not _runs(pid, start):
            return
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        except PermissionError:
            raise ServerError(f"process {pid} is another user's and cannot be ended") from None
        deadline = time.monotonic() + patience
        while _runs(pid, start) and time.monotonic() < deadline:
            time.sleep(0.05)
    if _runs(pid, start):
        raise ServerError(f"process {pid} does not end")


def _runs(pid: int, start: str) -> bool:
    if started(pid) == start:
        return True
    with contextlib.suppress(OSError):
        os.waitpid(pid, os.WNOHANG)  # where it was a child of this process, take leave of it
    return False
