"""The Label Studio server as a local process: started, found again, and stopped.

The server has an environment of its own and is only spoken to over HTTP. Its data folder holds its
database (SQLite, unless it is a PostgreSQL: see ``database``), ``credentials.json`` (made once),
``server.json`` (the process that runs), ``port.json`` (where it listened last) and its log; the
folder is for its owner alone. It listens on 127.0.0.1 and makes no connection to the outside.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from onrecord.annotation.labelstudio import database as databases
from onrecord.annotation.labelstudio import private, process
from onrecord.corpus.files import posix_locks
from onrecord.exceptions import ServerError

HOST = "127.0.0.1"
FIRST_USER = "onrecord@example.org"
"""Who is made with the server, and annotates alone where nobody else has an account."""
_LIBRARY = Path(__file__).resolve().parents[3]
"""The clone that this library lies in, if it was not installed without one."""
_LIMIT = 300.0
_UNPREFIXED = frozenset({"HOST", "PORT", "USERNAME", "DEBUG", "CI"})
"""What Label Studio would take from the environment as settings of its own."""
_OWN = frozenset("LABEL_STUDIO_" + name for name in ("HOST", "PORT", "URL", "API_KEY")) | {
    databases.VARIABLE
}


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """Who the local server's first user is. The repr shows no secret."""

    username: str
    password: str
    token: str

    def __repr__(self) -> str:
        return f"Credentials(username={self.username!r})"


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """The state file: the process, told from a later one with the same pid by when it started."""

    pid: Annotated[int, msgspec.Meta(gt=1)]
    started: str
    url: str
    ready: bool = True
    """Whether it has answered; a start that was killed has left one that is not waited for."""


class ServerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """``starting``; ``running``; ``stale``: it ended without being stopped; ``stopped``."""

    state: Literal["starting", "running", "stale", "stopped"]
    url: str | None = None
    pid: int | None = None


def find_executable(root: str | Path) -> Path:
    """The server's program: ``$ONRECORD_LABEL_STUDIO``, the folder's, this library's, or PATH's.

    Raises:
        ServerError: there is none.
    """
    configured = os.environ.get("ONRECORD_LABEL_STUDIO")
    if configured:
        if not os.access(configured, os.X_OK):
            raise ServerError(f"$ONRECORD_LABEL_STUDIO is {configured}, which is no program")
        return Path(configured).absolute()
    places = [Path(folder) / ".venv-server" / "bin" for folder in (root, _LIBRARY)]
    for candidate in (place / "label-studio" for place in (*places, Path(sys.executable).parent)):
        if os.access(candidate, os.X_OK):
            return candidate.absolute()
    found = shutil.which("label-studio")
    if found is None:
        raise ServerError(
            "Label Studio is not installed; `make server` in a clone of OnRecord installs it, or "
            "$ONRECORD_LABEL_STUDIO names the program"
        )
    return Path(found).absolute()


def data_folder(root: str | Path) -> Path:
    """Where a clone's server keeps its data."""
    return Path(root) / ".labelstudio"


def start(
    root: str | Path,
    folder: str | Path | None = None,
    *,
    port: int | None = None,
    database: str | None = None,
    limit: float = _LIMIT,
) -> ServerStatus:
    """Start the server and wait until it answers; if one runs already, that one.

    What a start that was killed has left is ended first.

    Args:
        root: the clone.
        folder: the data folder; None: ``ROOT/.labelstudio``.
        port: where to listen on 127.0.0.1; None: where it was before, else a free one.
        database: the URL of a PostgreSQL; None: what the folder has, else
            ``$ONRECORD_DATABASE_URL``, else SQLite.
        limit: how many seconds it may take; the first start in a folder takes a minute.

    Raises:
        InvalidInput: the URL is not one of a PostgreSQL.
        ServerError: it is not installed, runs on another port, the port is taken, the folder has
            another database, it ends by itself, or does not answer in time.
    """
    folder = _make_folder(Path(folder) if folder is not None else data_folder(root))
    with _locked(folder):
        store = databases.choose(folder, database)
        now = status(folder)
        if now.state == "running":
            if port is not None and now.url != _url(port):
                raise ServerError(f"it runs at {now.url}; `onrecord annotate down` stops it")
            return now
        _end(folder)
        executable = find_executable(root)
        credentials = _make_credentials(folder)
        port = _free_port(port) if port is not None else _usual_port(folder)
        child = _prepare(executable, folder, environment(folder, credentials, store), port)
        running = Running(
            pid=child.pid,
            started=process.started(child.pid) or "",
            url=_url(port),
            ready=False,
        )
        try:
            private.write(folder / "server.json", running)
            _let_go(child)
            _wait(child, running.url, folder, credentials, limit)
            if store is not None:
                databases.record(folder, store)
            private.write(folder / "server.json", msgspec.structs.replace(running, ready=True))
            private.write(folder / "port.json", port)
        except BaseException:
            process.end(child.pid, running.started)
            child.wait()
            _end(folder)
            raise
        child.returncode = 0  # it goes on by itself: no warning that it still runs
        return status(folder)


def stop(folder: str | Path) -> ServerStatus:
    """End the server that runs in the folder, and no other process.

    Returns:
        What was found: ``running`` is now ended.

    Raises:
        ServerError: it does not end.
    """
    folder = Path(folder)
    if not folder.is_dir():
        return ServerStatus(state="stopped")
    with _locked(folder):
        found = status(folder)
        _end(folder)
        return found


def _end(folder: Path) -> None:
    """End the process that the state file names, if it still is that one, and forget it."""
    running = read_running(folder)
    if running is not None:
        process.end(running.pid, running.started)
    (folder / "server.json").unlink(missing_ok=True)


def status(folder: str | Path) -> ServerStatus:
    """Whether a server runs in the folder, by its state file and the process that this names."""
    running = read_running(folder)
    if running is None:
        return ServerStatus(state="stopped")
    state: Literal["starting", "running", "stale"] = "stale"
    if process.started(running.pid) == running.started:
        state = "running" if running.ready else "starting"
    return ServerStatus(state=state, url=running.url, pid=running.pid)


def read_running(folder: str | Path) -> Running | None:
    """The state file of the folder; None if there is none or it is not one."""
    return private.read(Path(folder) / "server.json", Running)


def read_credentials(folder: str | Path) -> Credentials | None:
    """The local user, None if the folder has none. Keep them out of output and logs."""
    return private.read(Path(folder) / "credentials.json", Credentials)


def _make_folder(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise ServerError(f"{folder} cannot be used: {error.strerror}") from None
    return folder.absolute()


def _make_credentials(folder: Path) -> Credentials:
    """The folder's credentials, made at the first start."""
    path = folder / "credentials.json"
    known = read_credentials(folder)
    if known is not None:
        return known
    if path.exists():
        raise ServerError(f"{path} is broken; restore it, or move the whole folder away")
    credentials = Credentials(
        username=FIRST_USER,
        password=secrets.token_urlsafe(24),
        token=secrets.token_hex(20),
    )
    private.write(path, credentials)
    return credentials


@contextlib.contextmanager
def one_push_at_a_time(root: str | Path) -> Iterator[None]:
    """Let one process at a time look what a server has and add what is missing.

    Raises:
        ServerError: the data folder cannot be used.
    """
    with _locked(_make_folder(data_folder(root)), "push.lock"):
        yield


@contextlib.contextmanager
def _locked(folder: Path, name: str = "lock") -> Iterator[None]:
    """Let one process at a time start or stop the server, or do what the named lock is for."""
    fcntl = posix_locks("running Label Studio from here")
    handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _free_port(wanted: int | None) -> int:
    """The port, if nothing listens there, else any free one; a busy one is never asked."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted or 0))
        except OSError:
            raise ServerError(f"port {wanted} is taken; choose another, or none") from None
        port: int = probe.getsockname()[1]
        return port


def _usual_port(folder: Path) -> int:
    """The port of the last start, so that annotators' links stay right; if it is taken, a free one."""
    last = private.read(folder / "port.json", int)
    if last is not None:
        with contextlib.suppress(ServerError, OverflowError):
            return _free_port(last)
    return _free_port(None)


def _url(port: int) -> str:
    return f"http://{HOST}:{port}"


def environment(
    folder: Path, credentials: Credentials, database: databases.Database | None = None
) -> dict[str, str]:
    """The environment of the server: private, without telemetry, free of this process's Python."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in _UNPREFIXED | _OWN and not name.startswith("PYTHON")
    }
    return inherited | {
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
        "LABEL_STUDIO_USERNAME": credentials.username,
        "LABEL_STUDIO_PASSWORD": credentials.password,
        "LABEL_STUDIO_USER_TOKEN": credentials.token,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
        "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
        "LABEL_STUDIO_SENTRY_DSN": "",
        "LABEL_STUDIO_FRONTEND_SENTRY_DSN": "",
        **databases.settings(database),
    }


def _prepare(
    executable: Path, folder: Path, environment: dict[str, str], port: int
) -> subprocess.Popen[bytes]:
    """A process that becomes the server when it is let go, and ends if this one ends before."""
    log = os.open(folder / "server.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    arguments = ["start", "--no-browser", "--internal-host", HOST, "--port", str(port)]
    try:
        return subprocess.Popen(
            ["/bin/sh", "-c", _WHEN_LET_GO, executable, *arguments, "--log-level", "WARNING"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
            umask=0o077,
        )
    except OSError as error:
        raise ServerError(f"{executable} cannot be started: {error.strerror}") from None
    finally:
        os.close(log)


_WHEN_LET_GO = 'read -r word && exec "$0" "$@" < /dev/null'
"""For a shell: the process is known by its pid before there is a server to lose."""


def _let_go(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None
    with contextlib.suppress(BrokenPipeError), child.stdin:  # it has ended, as is found next
        child.stdin.write(b"go\n")


def _wait(
    child: subprocess.Popen[bytes],
    url: str,
    folder: Path,
    credentials: Credentials,
    limit: float,
) -> None:
    """Wait until the server answers our own user, so that it is ours and not another on the port."""
    log = folder / "server.log"
    deadline = time.monotonic() + limit
    while True:
        ended = child.poll()
        if ended is not None:
            raise ServerError(f"Label Studio ended with status {ended}: {_last_line(log)} ({log})")
        answer = _ask(f"{url}/api/current-user/whoami", credentials.token)
        if answer == 200:
            return
        if answer in (401, 403):
            raise ServerError(f"the server at {url} does not know the user of {folder}")
        if time.monotonic() > deadline:
            last = _last_line(log)
            raise ServerError(f"Label Studio did not answer in {limit:.0f} s: {last} ({log})")
        time.sleep(0.2)


def _ask(url: str, token: str) -> int | None:
    """The HTTP status of a request to the local server, never by a proxy; None without an answer."""
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, Request, build_opener

    request = Request(url, headers={"Authorization": f"Token {token}"})
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines()]
    return next((line for line in reversed(lines) if line), "its log is empty")
