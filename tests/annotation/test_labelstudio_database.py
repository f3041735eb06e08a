"""The database of the local Label Studio: PostgreSQL by a URL that is shown nowhere."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from labelstudio_fixture import LabelStudio, copy_clone, run_label_studio
from postgres_fixture import PASSWORD, Postgres

from onrecord.annotation.labelstudio import client as api
from onrecord.annotation.labelstudio import database, server, workflow
from onrecord.annotation.labelstudio.database import Database, read_url
from onrecord.exceptions import InvalidInput, ServerError

SECRET = "p:s%w"
URL = "postgresql://anna:p%3As%25w@db.example.org:6543/passes"
DATABASE = Database(host="db.example.org", port=6543, name="passes", user="anna", password=SECRET)


@pytest.fixture(autouse=True)
def _no_url_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(database.VARIABLE, raising=False)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, DATABASE),
        (
            "postgres://u@localhost/n",
            Database(host="localhost", port=5432, name="n", user="u", password=""),
        ),
        (
            "postgresql://%C3%BC:x@%2FVar%2Frun:6000/a%2Fb",
            Database(host="/Var/run", port=6000, name="a/b", user="ü", password="x"),
        ),
        (
            "postgresql://u:x@[::1]:1/n",
            Database(host="::1", port=1, name="n", user="u", password="x"),
        ),
    ],
)
def test_a_url_names_a_database(url: str, expected: Database) -> None:
    assert read_url(url) == expected


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "is not a PostgreSQL's"),
        ("mysql://u:s3cret@h/n", "is not a PostgreSQL's"),
        ("s3cret", "is not a PostgreSQL's"),
        ("postgresql://u:s3cret@h", "names no database"),
        ("postgresql://u:s3cret@h/", "names no database"),
        ("postgresql://u:s3cret@/n", "names no host"),
        ("postgresql://:s3cret@h/n", "names no user"),
        ("postgresql://h/n", "names no user"),
        ("postgresql://u:s3cret@h:port/n", "port is no number"),
        ("postgresql://u:s3cret@h:99999/n", "port is no number"),
        ("postgresql://u:s3c/ret@h/n", "is not percent-encoded|port is no number"),
        ("postgresql://u:s3c:ret@h/n", "password has a / : or @"),
        ("postgresql://u:s3c@ret@h/n", "password has a / : or @"),
        ("postgresql://u:s3cret%@h/n", "a % that encodes nothing"),
        ("postgresql://u:s3cret%ff@h/n", "password is not UTF-8"),
        ("postgresql://u:s3cret%00@h/n", "a character that does not print"),
        ("postgresql://u:s3cret @h/n", "white space"),
        ("postgresql://u:s3c#ret@h/n", "percent-encode it"),
        ("postgresql://u:s3cret@h/n?sslmode=require", "settings are not taken"),
        ("postgresql://u:s3cret@[::1/n", "no number|not percent-encoded"),
    ],
)
def test_a_bad_url_gets_one_line_that_shows_nothing_of_it(url: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as caught:
        read_url(url)
    assert "s3c" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("database: the URL")


def test_a_data_folder_keeps_its_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert database.choose(tmp_path, None) is None
    assert database.choose(tmp_path, URL) == DATABASE
    database.record(tmp_path, DATABASE)
    assert stat.S_IMODE((tmp_path / "database.json").stat().st_mode) == 0o600
    assert database.choose(tmp_path, None) == DATABASE
    other_login = URL.replace("anna:p%3As%25w", "ben:new")
    assert database.choose(tmp_path, other_login) == read_url(other_login)
    monkeypatch.setenv(database.VARIABLE, URL.replace("6543", "6544"))
    with pytest.raises(ServerError, match="has its data in another database; pull it") as caught:
        database.choose(tmp_path, None)
    assert "db.example.org" not in str(caught.value)


def test_a_folder_with_sqlite_takes_no_other_database(tmp_path: Path) -> None:
    (tmp_path / "label_studio.sqlite3").touch()
    assert database.choose(tmp_path, None) is None
    with pytest.raises(ServerError, match="has its data in SQLite; pull it"):
        database.choose(tmp_path, URL)


def test_a_broken_record_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "database.json").write_text("{")
    with pytest.raises(ServerError, match=r"database\.json is broken; restore it"):
        database.choose(tmp_path, URL)


def test_the_password_is_in_no_repr() -> None:
    assert SECRET not in repr(DATABASE)
    assert "anna" not in repr(DATABASE)


def test_the_servers_environment_names_the_database_and_not_its_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(database.VARIABLE, URL)
    monkeypatch.setenv("LABEL_STUDIO_POSTGRE_HOST", "elsewhere")
    credentials = server.Credentials(username="u", password="p", token="t")
    made = server.environment(tmp_path, credentials, DATABASE)
    assert URL not in made.values()
    assert made["LABEL_STUDIO_DJANGO_DB"] == "postgresql"
    assert made["LABEL_STUDIO_POSTGRE_HOST"] == "db.example.org"
    assert made["LABEL_STUDIO_POSTGRE_PORT"] == "6543"
    assert made["LABEL_STUDIO_POSTGRE_PASSWORD"] == SECRET


@pytest.mark.parametrize("form", ["--database={}", "--database {}"])
def test_the_url_is_not_in_the_list_of_processes(tmp_path: Path, form: str) -> None:
    """Neither the command nor the server shows it, while the server starts or in what is printed."""
    program = tmp_path / "label-studio"
    program.write_text(
        f"#!/bin/sh\nps -o args= -p $PPID,$$ > {tmp_path}/seen\n"
        f'echo "$LABEL_STUDIO_POSTGRE_PASSWORD" > {tmp_path}/given\necho refused; exit 3\n'
    )
    program.chmod(0o755)
    copy_clone(tmp_path / "clone")
    command = [sys.executable, "-W", "error", "-m", "onrecord", "annotate", "up"]
    done = subprocess.run(
        [*command, *form.format(URL).split()],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "ONRECORD_ROOT": str(tmp_path / "clone"),
            "ONRECORD_LABEL_STUDIO": str(program),
        },
    )
    seen = (tmp_path / "seen").read_text()
    assert "-m onrecord annotate up" in seen
    assert (tmp_path / "given").read_text() == f"{SECRET}\n"
    assert done.returncode == 2
    assert "refused" in done.stderr
    for shown in (seen, done.stdout, done.stderr):
        assert "db.example.org" not in shown
        assert "p%3As%25w" not in shown
        assert SECRET not in shown
    assert not (tmp_path / "clone" / ".labelstudio" / "database.json").exists()


# With a real PostgreSQL


def test_passes_are_kept_in_postgresql(label_studio_on_postgres: LabelStudio) -> None:
    studio = label_studio_on_postgres
    assert not (studio.folder / "label_studio.sqlite3").exists()
    assert stat.S_IMODE((studio.folder / "database.json").stat().st_mode) == 0o600
    assert workflow.push(studio.root, "on-postgresql").tasks == 5
    assert "on-postgresql" in {project.annotator for project in api.status(studio.client)}


def test_a_later_start_needs_no_url_and_finds_what_was_there(
    tmp_path: Path, postgres: Postgres, label_studio_on_postgres: LabelStudio
) -> None:
    """A second server of the same data folder, on the same database."""
    studio = label_studio_on_postgres
    workflow.push(studio.root, "later-start")
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("credentials.json", "database.json"):
        (folder / name).write_bytes((studio.folder / name).read_bytes())
    started = server.start(studio.root, folder)
    try:
        found = api.status(api.connect(started.url, studio.secrets().token))
        assert "later-start" in {project.annotator for project in found}
        with pytest.raises(ServerError, match="has its data in another database"):
            server.start(studio.root, folder, database=postgres.url(socket=False))
    finally:
        server.stop(folder)


def test_the_databases_password_is_neither_logged_nor_shown(
    label_studio_on_postgres: LabelStudio, capsys: pytest.CaptureFixture[str]
) -> None:
    studio = label_studio_on_postgres
    log = (studio.folder / "server.log").read_text("utf-8", "replace")
    command = Path(f"/proc/{studio.pid}/cmdline").read_text()
    shown = log + command + repr(workflow.status(studio.root))
    assert PASSWORD not in shown
    assert "postgresql://" not in shown


def test_a_wrong_password_gets_one_line_and_is_not_kept(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.url("wr0ng", socket=False)
    with pytest.raises(ServerError) as caught, run_label_studio(tmp_path, url):
        pass
    assert "password authentication failed" in str(caught.value)
    assert "\n" not in str(caught.value)
    folder = server.data_folder(tmp_path)
    assert "wr0ng" not in str(caught.value) + (folder / "server.log").read_text()
    assert not (folder / "database.json").exists()
    assert not (folder / "label_studio.sqlite3").exists()
