"""Many annotators on one real server: each logs in, saves at the same time, and gets their own."""

from __future__ import annotations

import re
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from labelstudio_fixture import LabelStudio

from onrecord.annotation.labelstudio import accounts, workflow
from onrecord.annotation.labelstudio import client as api
from onrecord.corpus.corpus import load_seeds
from onrecord.corpus.exports.bridge import to_result
from onrecord.document import Document, Mention, Span, Stance
from onrecord.exceptions import InvalidInput, ServerError

NAMES = ("nina", "olaf", "pia")


@pytest.fixture(scope="module", params=["label_studio", "label_studio_on_postgres"])
def studio(request: pytest.FixtureRequest) -> LabelStudio:
    """A server with SQLite and one with PostgreSQL."""
    running = request.getfixturevalue(request.param)
    assert isinstance(running, LabelStudio)
    return running


def annotated(seed: Document, number: int) -> Document:
    """What the annotator with this number says of an article: never the same as another says."""
    words = [Span(*match.span()) for match in re.finditer(r"\w+", seed.text)]
    span = words[number]
    target = ("keep-s400", "us-turkey-dialogue", "eu-steps")[number]
    return seed.with_layers(
        mentions=[Mention(span.start, span.end, "PERSON", "durand")],
        stances=[Stance(holder="state", target=target, polarity="favor", evidence=(words[8],))],
    )


@contextmanager
def browser(studio: LabelStudio, name: str) -> Iterator[httpx.Client]:
    """A session of an annotator who has logged in with the password of their file."""
    account = accounts.read_account(studio.root, name)
    assert account is not None
    with httpx.Client(base_url=studio.url, trust_env=False, timeout=120) as session:
        session.get("/user/login/")
        form = {"email": account.username, "password": account.password}
        token = session.cookies["csrftoken"]
        answer = session.post("/user/login/", data={**form, "csrfmiddlewaretoken": token})
        assert answer.is_redirect, answer.text
        session.headers["X-CSRFToken"] = session.cookies["csrftoken"]
        yield session


def save(session: httpx.Client, task: int, document: Document) -> None:
    answer = session.post(f"/api/tasks/{task}/annotations/", json={"result": to_result(document)})
    assert answer.status_code == 201, answer.text


def tasks_of(studio: LabelStudio, annotator: str) -> dict[str, Any]:
    return {task["data"]["id"]: task for task in api.pull(studio.client, annotator)}


def link(studio: LabelStudio, task: Any) -> str:
    return f"{studio.url}/projects/{task['project']}/data?task={task['id']}"


def test_annotators_who_save_at_once_each_get_back_exactly_their_own(studio: LabelStudio) -> None:
    seeds = load_seeds(studio.root)
    for name in NAMES:
        accounts.make_account(studio.root, name)
        workflow.push(studio.root, name)
    ids = {name: tasks_of(studio, name) for name in NAMES}
    together = threading.Barrier(len(NAMES))

    def annotate(number: int) -> None:
        name = NAMES[number]
        with browser(studio, name) as session:
            together.wait(120)
            assert session.get("/api/current-user/whoami").json()["email"] == f"{name}@example.org"
            for seed in seeds.values():
                save(session, ids[name][seed.id]["id"], annotated(seed, number))

    with ThreadPoolExecutor(len(NAMES)) as pool:
        for done in [pool.submit(annotate, number) for number in range(len(NAMES))]:
            done.result()
    for number, name in enumerate(NAMES):
        pulled = workflow.pull(studio.root, name)
        assert pulled.documents == tuple(annotated(seed, number) for seed in seeds.values())
        tasks = tasks_of(studio, name)
        assert [len(task["annotations"]) for task in tasks.values()] == [1] * len(seeds)
    found = {status.annotator: status for status in api.status(studio.client)}
    assert {found[name].annotated for name in NAMES} == {len(seeds)}


def test_what_another_saved_in_a_project_is_a_fault_with_its_link(
    label_studio: LabelStudio,
) -> None:
    """In the open edition everybody can save in every project; a pull does not pick silently."""
    seeds = load_seeds(label_studio.root)
    one, other, *_ = seeds.values()
    for name in ("emil", "fay"):
        accounts.make_account(label_studio.root, name)
    workflow.push(label_studio.root, "emil")
    tasks = tasks_of(label_studio, "emil")
    with browser(label_studio, "emil") as session:
        for seed in seeds.values():
            if seed is not other:
                save(session, tasks[seed.id]["id"], annotated(seed, 1))
    with browser(label_studio, "fay") as session:
        for seed in (one, other):
            save(session, tasks[seed.id]["id"], annotated(seed, 2))
    with pytest.raises(InvalidInput) as caught:
        workflow.pull(label_studio.root, "emil")
    assert str(caught.value).splitlines() == [
        f"{one.id}: has 2 annotations; delete all but one in Label Studio "
        f"({link(label_studio, tasks[one.id])})",
        *(
            f"{seed.id}: was saved by fay@example.org; this is the project of emil alone "
            f"({link(label_studio, tasks[seed.id])})"
            for seed in (one, other)
        ),
    ]
    assert not (label_studio.root / "annotation" / "exports" / "emil.json").exists()


def test_what_another_changed_is_a_fault_too(label_studio: LabelStudio) -> None:
    one = next(iter(load_seeds(label_studio.root).values()))
    for name in ("gus", "hana"):
        accounts.make_account(label_studio.root, name)
    workflow.push(label_studio.root, "gus")
    task = tasks_of(label_studio, "gus")[one.id]
    with browser(label_studio, "gus") as session:
        save(session, task["id"], annotated(one, 1))
    (made,) = tasks_of(label_studio, "gus")[one.id]["annotations"]
    with browser(label_studio, "hana") as session:
        changed = {"result": to_result(annotated(one, 2))}
        assert session.patch(f"/api/annotations/{made['id']}/", json=changed).status_code == 200
    with pytest.raises(InvalidInput, match=f"{one.id}: was saved by hana@example.org; this is"):
        workflow.pull(label_studio.root, "gus")


def test_two_accounts_in_a_project_of_neither_are_faults(label_studio: LabelStudio) -> None:
    one, other, *_ = load_seeds(label_studio.root).values()
    for name in ("ivo", "jana"):
        accounts.make_account(label_studio.root, name)
    workflow.push(label_studio.root, "shared")
    tasks = tasks_of(label_studio, "shared")
    with browser(label_studio, "ivo") as session:
        save(session, tasks[one.id]["id"], annotated(one, 1))
    with pytest.raises(InvalidInput) as caught:
        workflow.pull(label_studio.root, "shared")
    assert "was saved by" not in str(caught.value)  # so far all of it is of one account
    with browser(label_studio, "jana") as session:
        save(session, tasks[other.id]["id"], annotated(other, 1))
    with pytest.raises(InvalidInput) as caught:
        workflow.pull(label_studio.root, "shared")
    assert f"{one.id}: was saved by ivo@example.org; this is" in str(caught.value)
    assert f"{other.id}: was saved by jana@example.org; this is" in str(caught.value)


def test_an_account_is_made_once_and_its_password_is_in_its_file_alone(
    label_studio: LabelStudio,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from onrecord.cli.main import main

    monkeypatch.setenv("ONRECORD_ROOT", str(label_studio.root))
    for what in ("new login", "login"):
        assert main(["annotate", "account", "kim"]) == 0
        expected = f"kim: {what} kim@example.org, password in .labelstudio/accounts/kim.json\n"
        assert capsys.readouterr() == (expected, "")
    path = label_studio.folder / "accounts" / "kim.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    account = accounts.read_account(label_studio.root, "kim")
    assert account is not None
    workflow.push(label_studio.root, "kim")
    (task, *_) = api.pull(label_studio.client, "kim")
    with browser(label_studio, "kim") as session:
        assert session.get("/api/current-user/token").status_code == 200
        assert account.password not in session.get(f"/api/tasks/{task['id']}/").text
    assert account.password not in repr(account) + str(api.pull(label_studio.client, "kim"))
    log = (label_studio.folder / "server.log").read_text("utf-8", "replace")
    assert account.password not in log + Path(f"/proc/{label_studio.pid}/cmdline").read_text()


def test_a_password_that_is_lost_or_another_is_told(label_studio: LabelStudio) -> None:
    made = accounts.make_account(label_studio.root, "lea")
    kept = made.path.read_bytes()
    made.path.unlink()
    with pytest.raises(ServerError, match="has not the password of lea@example"):
        accounts.make_account(label_studio.root, "lea")
    made.path.write_bytes(kept.replace(b'"password":"', b'"password":"x'))
    with pytest.raises(ServerError, match="has not the password of lea@example") as e:
        accounts.make_account(label_studio.root, "lea")
    assert kept.decode() not in str(e.value)
    made.path.write_bytes(kept)
    assert not accounts.make_account(label_studio.root, "lea").new


def test_an_account_that_was_not_finished_is_finished(label_studio: LabelStudio) -> None:
    """As after an interruption between writing the file and making the account."""
    made = accounts.make_account(label_studio.root, "mo")
    (kept,) = [user for user in label_studio.client.users.list() if user.email == made.username]
    made.path.rename(made.path.with_name("nora.json"))
    text = made.path.with_name("nora.json").read_text().replace("mo@", "nora@")
    made.path.with_name("nora.json").write_text(text)
    assert accounts.make_account(label_studio.root, "nora").new
    with browser(label_studio, "nora") as session:
        assert session.get("/api/current-user/whoami").json()["id"] != kept.id


@pytest.mark.parametrize("name", ["", "a b", "zoë", "a..b", "-a", "a.", "a" * 41, "../x"])
def test_a_name_that_is_no_login_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="annotator: "):
        accounts.make_account(tmp_path, name)


def test_accounts_need_a_server_that_runs(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="not running; `onrecord annotate up` starts it"):
        accounts.make_account(tmp_path, "anna")
