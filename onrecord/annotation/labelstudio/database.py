"""The database of the local Label Studio server: SQLite in its data folder, or a PostgreSQL.

A PostgreSQL is named once, by a URL, and kept in ``database.json`` of the data folder, so that every
later start uses the same one. Its password is in that file and in the server's environment, nowhere
else.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from onrecord.annotation.labelstudio import private
from onrecord.exceptions import InvalidInput, ServerError

VARIABLE = "ONRECORD_DATABASE_URL"
"""The environment variable that may give the URL."""
_FORM = "postgresql://user:password@host:port/name"


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """A PostgreSQL database and whose login to it is. The repr shows no password."""

    host: str
    """A name, an address, or the folder of a Unix socket."""
    port: int
    name: str
    user: str
    password: str

    def __repr__(self) -> str:
        return f"Database(host={self.host!r}, port={self.port}, name={self.name!r})"

    def is_same(self, other: Database) -> bool:
        """Whether both are one database, whoever logs in to it."""
        return (self.host, self.port, self.name) == (other.host, other.port, other.name)


def read_url(url: str) -> Database:
    """The database that a URL names: ``postgresql://user:password@host:port/name``.

    Every part may be percent-encoded (RFC 3986); a host that is a socket folder must be, as in
    ``%2Fvar%2Frun%2Fpostgresql``. Without a port it is 5432; the password may be left out.

    Raises:
        InvalidInput: it is no such URL. The message shows nothing of it.
    """
    try:
        return _read(url)
    except InvalidInput as error:
        raise InvalidInput(f"{error.reason} ({_FORM})", field="database") from None


def _read(url: str) -> Database:
    if not url.isprintable() or " " in url:
        raise InvalidInput("the URL has white space or a character that does not print")
    scheme, separator, _ = url.partition("://")
    if not separator or scheme.lower() not in ("postgresql", "postgres"):
        raise InvalidInput("the URL is not a PostgreSQL's")
    if re.search(r"%(?![0-9A-Fa-f]{2})", url):
        raise InvalidInput("the URL has a % that encodes nothing; write it %25")
    if re.search(r"[?#\\]", url):
        raise InvalidInput(r"the URL has ?, # or \; percent-encode it, settings are not taken")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidInput("the URL's port is no number; is a / : or @ not encoded?") from None
    login, _, place = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    host = re.sub(r":\d*$", "", place).removeprefix("[").removesuffix("]")
    return Database(
        host=_decoded("host", host),
        port=5432 if port is None else port,
        name=_decoded("database", parts.path.removeprefix("/")),
        user=_decoded("user", user),
        password=_decoded("password", password, empty=True),
    )


def _decoded(part: str, value: str, *, empty: bool = False) -> str:
    if not (value or empty):
        raise InvalidInput(f"the URL names no {part}")
    if "/" in value or "@" in value or (part != "host" and ":" in value):
        raise InvalidInput(f"the URL's {part} has a / : or @ that is not percent-encoded")
    try:
        decoded = unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise InvalidInput(f"the URL's {part} is not UTF-8") from None
    if not decoded.isprintable():
        raise InvalidInput(f"the URL's {part} has a character that does not print")
    return decoded


def choose(folder: Path, url: str | None) -> Database | None:
    """The database of a data folder: the one it has, else the one given; None is SQLite.

    Args:
        folder: the data folder.
        url: what is asked for; None: ``$ONRECORD_DATABASE_URL``, if it is set.

    Raises:
        InvalidInput: it is no URL of a PostgreSQL.
        ServerError: the folder has another database.
    """
    recorded = _recorded(folder)
    url = url or os.environ.get(VARIABLE)
    if not url:
        return recorded
    wanted = read_url(url)
    if recorded is None and (folder / "label_studio.sqlite3").exists():
        raise ServerError(f"{folder} has its data in SQLite; pull it, then move the folder away")
    if recorded is not None and not recorded.is_same(wanted):
        raise ServerError(
            f"{folder} has its data in another database; pull it, then move the folder away"
        )
    return wanted


def _recorded(folder: Path) -> Database | None:
    path = folder / "database.json"
    found = private.read(path, Database)
    if found is None and path.exists():
        raise ServerError(f"{path} is broken; restore it, or move the whole folder away")
    return found


def record(folder: Path, database: Database) -> None:
    """Keep the database as the folder's."""
    private.write(folder / "database.json", database)


def settings(database: Database | None) -> dict[str, str]:
    """What Label Studio's environment must say of the database."""
    if database is None:
        return {}
    return {
        "LABEL_STUDIO_DJANGO_DB": "postgresql",
        "LABEL_STUDIO_POSTGRE_HOST": database.host,
        "LABEL_STUDIO_POSTGRE_PORT": str(database.port),
        "LABEL_STUDIO_POSTGRE_NAME": database.name,
        "LABEL_STUDIO_POSTGRE_USER": database.user,
        "LABEL_STUDIO_POSTGRE_PASSWORD": database.password,
    }
