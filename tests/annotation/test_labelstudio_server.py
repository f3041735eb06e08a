"""The real Label Studio server: its process, its projects, and passes that go and come back."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from labelstudio_fixture import TARGETS, LabelStudio, by_hand, copy_clone, ends, push
from strategies import annotated

from onrecord.annotation.labelstudio import client as api
from onrecord.annotation.labelstudio import process, server, workflow
from onrecord.annotation.labelstudio.projects import recording
from onrecord.corpus.corpus import Corpus, load_seeds
from onrecord.corpus.exports.bridge import to_result
from onrecord.corpus.exports.exports import read_export, read_tasks, write_export
from onrecord.corpus.files import encode_documents
from onrecord.document import Document, Mention, Meta, Quote, Span, text_hash
from onrecord.exceptions import InvalidInput, ServerError


def find(seed: Document, words: str) -> Span:
    start = seed.text.index(words)
    return Span(start, start + len(words))


@pytest.fixture
def seeds(label_studio: LabelStudio) -> dict[str, Document]:
    return load_seeds(label_studio.root)


# Passes go and come back


def test_the_five_articles_come_back_equal_on_every_layer(
    label_studio: LabelStudio, seeds: dict[str, Document], tmp_path: Path
) -> None:
    gold = tuple(by_hand(seed) for seed in seeds.values())
    given = tmp_path / "given.json"
    write_export(given, gold)
    pushed = workflow.push(label_studio.root, "gold", annotations=given)
    assert (pushed.tasks, pushed.annotations) == (5, 5)
    pulled = workflow.pull(label_studio.root, "gold")
    assert pulled.documents == gold
    assert pulled.path == label_studio.root / "annotation" / "exports" / "gold.json"
    assert pulled.path.read_bytes() == given.read_bytes()


def test_the_gold_comes_back_equal_on_every_layer(label_studio: LabelStudio, gold: Corpus) -> None:
    """Document to Label Studio to document is the identity, on all five articles."""
    pushed = push(
        label_studio,
        "adjudicator",
        gold.bare(),
        targets=gold.target_ids,
        annotations=gold.documents,
    )
    assert (pushed.tasks, pushed.annotations) == (5, 5)
    tasks = api.pull(label_studio.client, "adjudicator")
    seeds = {document.id: document.bare() for document in gold}
    assert read_tasks(tasks, seeds, gold.target_ids, gold.registry) == gold.documents


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.uuids())
def test_any_layers_on_the_articles_come_back(
    label_studio: LabelStudio, seeds: dict[str, Document], data: st.DataObject, name: Any
) -> None:
    plain = [seed for seed in seeds.values() if all(z.label != "promo" for z in seed.zones)]
    documents = [data.draw(annotated(seed, TARGETS)) for seed in plain]
    push(label_studio, f"any-{name.hex[:12]}", documents, annotations=documents)
    tasks = api.pull(label_studio.client, f"any-{name.hex[:12]}")
    expected = tuple(document.canonical() for document in documents)
    assert read_tasks(tasks, {seed.id: seed for seed in plain}, TARGETS) == expected


def test_difficult_text_comes_back_as_it_went(label_studio: LabelStudio) -> None:
    text = "I\u0307stanbul\u00a0ığ 😀\r\n\u200b“שלום” <b>&amp;\t\u2029 e\u0301 \\n end"
    seed = Document(id="hard", text=text, sha256=text_hash(text), meta=Meta(file="hard.txt"))
    quotes = [Quote(id="q#1", content=(find(seed, "😀\r\n\u200b“שלום”"), find(seed, "\\n end")))]
    mentions = [Mention(*ends(find(seed, "I\u0307stanbul\u00a0ığ")), "GPE", "new:İstanbul")]
    document = seed.with_layers(quotes=quotes, mentions=mentions)
    push(label_studio, "hard", [seed], annotations=[document])
    (task,) = api.pull(label_studio.client, "hard")
    assert task["data"]["text"] == text
    assert read_tasks([task], {"hard": seed}) == (document,)


def test_a_new_project_shows_the_clones_instruction_before_labelling(
    label_studio: LabelStudio, seeds: dict[str, Document], tmp_path: Path
) -> None:
    workflow.push(label_studio.root, "told")
    push(label_studio, "untold", seeds.values())
    assert workflow.read_instruction(tmp_path) == ""
    projects = {one.title: one for one in label_studio.client.projects.list()}
    told, untold = projects["onrecord: told"], projects["onrecord: untold"]
    assert told.expert_instruction == recording(workflow.read_instruction(label_studio.root), "")
    assert "press the key of a label" in told.expert_instruction
    assert (told.show_instruction, untold.show_instruction) == (True, False)


def test_pushing_again_adds_nothing(
    label_studio: LabelStudio, seeds: dict[str, Document], tmp_path: Path
) -> None:
    given = tmp_path / "given.json"
    write_export(given, [by_hand(seed) for seed in seeds.values()])
    options: dict[str, Any] = {"annotations": given, "predictions": given}
    first = workflow.push(label_studio.root, "again", **options)
    assert first == api.Pushed(tasks=5, annotations=5, predictions=5)
    assert workflow.push(label_studio.root, "again", **options) == api.Pushed()
    tasks = api.pull(label_studio.client, "again")
    assert [len(task["annotations"]) for task in tasks] == [1] * 5
    assert [len(task["predictions"]) for task in tasks] == [1] * 5


def test_an_article_that_is_new_is_added_to_a_project(
    label_studio: LabelStudio, seeds: dict[str, Document]
) -> None:
    one, *others = seeds.values()
    assert push(label_studio, "g" * 40, [one]).tasks == 1
    assert push(label_studio, "g" * 40, [one, *others]).tasks == 4


def test_annotators_have_projects_of_their_own(
    label_studio: LabelStudio, seeds: dict[str, Document]
) -> None:
    one = next(iter(seeds.values()))
    push(label_studio, "anna", [one], annotations=[by_hand(one)])
    push(label_studio, "ben", [one])
    (anna,), (ben,) = (api.pull(label_studio.client, name) for name in ("anna", "ben"))
    assert (len(anna["annotations"]), len(ben["annotations"])) == (1, 0)
    found = {project.annotator: project for project in api.status(label_studio.client)}
    assert (found["anna"].tasks, found["anna"].annotated) == (1, 1)
    assert (found["ben"].tasks, found["ben"].annotated) == (1, 0)


def test_an_annotation_can_be_given_to_a_task_that_has_none(
    label_studio: LabelStudio, seeds: dict[str, Document]
) -> None:
    one = next(iter(seeds.values()))
    push(label_studio, "later", [one])
    assert push(label_studio, "later", [one], annotations=[by_hand(one)]).annotations == 1
    tasks = api.pull(label_studio.client, "later")
    assert read_tasks(tasks, {one.id: one}) == (by_hand(one),)


def test_another_annotation_is_never_replaced(
    label_studio: LabelStudio, seeds: dict[str, Document]
) -> None:
    one, other, *_ = seeds.values()
    push(label_studio, "kept", [one], annotations=[by_hand(one)])
    with pytest.raises(ServerError, match=f"has another annotation of '{one.id}'; pull it"):
        push(label_studio, "kept", [one, other], annotations=[one, by_hand(other)])
    tasks = api.pull(label_studio.client, "kept")
    assert read_tasks(tasks, {one.id: one}) == (by_hand(one),)


def test_predictions_are_shown_and_are_no_annotations(
    label_studio: LabelStudio, seeds: dict[str, Document], tmp_path: Path
) -> None:
    documents = [by_hand(seed) for seed in seeds.values()]
    given = tmp_path / "baseline.jsonl"
    given.write_bytes(encode_documents(documents, text=False))
    assert workflow.push(label_studio.root, "shown", predictions=given).predictions == 5
    studio = label_studio.client
    (project,) = [one for one in studio.projects.list() if one.title == "onrecord: shown"]
    assert (project.model_version, project.show_collab_predictions) == ("baseline", True)
    shown = list(studio.predictions.list(project=project.id))
    assert sorted(len(one.result) for one in shown) == sorted(len(to_result(d)) for d in documents)
    with pytest.raises(InvalidInput, match="has no submitted annotation"):
        workflow.pull(label_studio.root, "shown")


def test_a_new_prediction_takes_the_place_of_the_same_models_old_one(
    label_studio: LabelStudio, seeds: dict[str, Document]
) -> None:
    one = next(iter(seeds.values()))
    for document, version in ((one, "m1"), (by_hand(one), "m1"), (by_hand(one), "m2")):
        push(label_studio, "models", [one], predictions=[document], model_version=version)
    (task,) = api.pull(label_studio.client, "models")
    shown = label_studio.client.predictions.list(task=task["id"])
    assert {p.model_version: p.result for p in shown} == dict.fromkeys(
        ("m1", "m2"), to_result(by_hand(one))
    )
    assert len(task["predictions"]) == 2


def test_an_annotation_saved_in_the_browser_is_pulled(
    label_studio: LabelStudio, seeds: dict[str, Document]
) -> None:
    one = next(iter(seeds.values()))
    push(label_studio, "browser", [one], annotations=[by_hand(one)])
    (task,) = api.pull(label_studio.client, "browser")
    (made,) = task["annotations"]
    label_studio.client.annotations.update(made["id"], result=in_the_browser(made["result"]))
    tasks = api.pull(label_studio.client, "browser")
    assert "labels" not in tasks[0]["annotations"][0]["result"][-1]
    (pulled,) = read_tasks(tasks, {one.id: one})
    assert without_quote_ids(pulled) == without_quote_ids(by_hand(one))
    assert {quote.id[:2] for quote in pulled.quotes} == {"x7"}
    assert pulled.numbered() == by_hand(one)  # as `pull` writes it, whatever the ids were


def in_the_browser(result: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Regions drawn by hand: random ids, words cut, relations without a label where one is clear."""
    items = json.loads(json.dumps(result))
    ids = {item["id"]: f"x7Y_{n}-" for n, item in enumerate(items) if "id" in item}
    for item in items:
        item |= {key: ids[item[key]] for key in ("id", "from_id", "to_id") if key in item}
        if item["type"] != "relation":
            item["origin"] = "manual"
        if item["type"] == "labels":
            item["value"]["text"] = item["value"]["text"].replace("\n", "\\n")
        if item.get("labels") in (["cue"], ["source"], ["evidence"]):
            del item["labels"]
    return sorted(items, key=lambda item: "labels" not in item)


def without_quote_ids(document: Document) -> Any:
    places = {quote.id: quote.content for quote in document.quotes}
    return (
        document.mentions,
        [
            (q.content, q.cue, q.source, q.speaker, q.utterance, places.get(q.parent or ""))
            for q in document.quotes
        ],
        document.stances,
    )


# What is refused


def test_a_faulty_pass_is_not_written_and_every_fault_is_named(
    label_studio: LabelStudio, seeds: dict[str, Document]
) -> None:
    push(label_studio, "faulty", seeds.values(), annotations=[by_hand(s) for s in seeds.values()])
    unnamed, duvar, *_ = api.pull(label_studio.client, "faulty")
    update = label_studio.client.annotations.update
    result = unnamed["annotations"][0]["result"]
    update(
        unnamed["annotations"][0]["id"],
        result=[item for item in result if item.get("from_name") != "polarity"],
    )
    label_studio.client.annotations.delete(duvar["annotations"][0]["id"])
    output = label_studio.root / "faulty.json"
    with pytest.raises(InvalidInput) as caught:
        workflow.pull(label_studio.root, "faulty", output)
    lines = str(caught.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["unnamed", "unnamed", "duvar"]
    assert "has no polarity" in lines[0]
    link = f"{label_studio.url}/projects/{duvar['project']}/data?task={duvar['id']}"
    assert lines[2] == f"duvar: has no submitted annotation ({link})"
    assert not output.exists()


def test_a_skipped_article_is_not_annotated(
    label_studio: LabelStudio, seeds: dict[str, Document]
) -> None:
    one = next(iter(seeds.values()))
    push(label_studio, "skipper", [one])
    (task,) = api.pull(label_studio.client, "skipper")
    label_studio.client.annotations.create(task["id"], result=[], was_cancelled=True)
    with pytest.raises(InvalidInput, match=f"^{one.id}: was skipped; open it"):
        read_tasks(api.pull(label_studio.client, "skipper"), {one.id: one})
    (found,) = [p for p in api.status(label_studio.client) if p.annotator == "skipper"]
    assert (found.tasks, found.annotated) == (1, 0)


def test_another_projects_export_is_refused(
    label_studio: LabelStudio, seeds: dict[str, Document], tmp_path: Path
) -> None:
    config = '<View><Text name="t" value="$words"/><Labels name="l" toName="t"><Label value="X"/></Labels></View>'
    studio = label_studio.client
    project = studio.projects.create(title="a stranger's", label_config=config)
    studio.projects.import_tasks(project.id, request=[{"data": {"words": "some"}}])
    exported = b"".join(
        studio.projects.exports.download_sync(
            project.id, export_type="JSON", download_all_tasks=True
        )
    )
    path = tmp_path / "stranger.json"
    path.write_bytes(exported)
    with pytest.raises(InvalidInput, match=r"tasks\[0\].data.id: is missing; is this another"):
        read_export(path, seeds)


def test_another_text_under_a_known_name_is_refused(
    label_studio: LabelStudio, seeds: dict[str, Document]
) -> None:
    one = next(iter(seeds.values()))
    push(label_studio, "texts", [one])
    other = Document(id=one.id, text="Other.", sha256=text_hash("Other."), meta=one.meta)
    with pytest.raises(ServerError, match=f"has another text of '{one.id}'"):
        push(label_studio, "texts", [other])


def test_a_project_with_another_label_config_is_refused(
    label_studio: LabelStudio, seeds: dict[str, Document]
) -> None:
    push(label_studio, "configs", seeds.values())
    config = workflow.read_config(label_studio.root).replace("line-height:2", "line-height:3")
    with pytest.raises(ServerError, match="'onrecord: configs' has another label config"):
        push(label_studio, "configs", seeds.values(), config=config)


def test_a_config_without_exactly_the_corpus_targets_is_refused_before_anything_is_made(
    label_studio: LabelStudio, seeds: dict[str, Document]
) -> None:
    with pytest.raises(InvalidInput, match="target: the label config has unknown"):
        push(label_studio, "targets", seeds.values(), targets=TARGETS)
    assert "targets" not in {project.annotator for project in api.status(label_studio.client)}


def test_an_unknown_project_is_named_with_what_makes_it(label_studio: LabelStudio) -> None:
    with pytest.raises(ServerError) as caught:
        workflow.pull(label_studio.root, "nobody")
    assert str(caught.value) == (
        "there is no project 'onrecord: nobody'; `onrecord annotate push --annotator nobody` makes it"
    )


@pytest.mark.parametrize("name", ["", "two words", "../x", "a" * 41, ".hidden", "a/b", "a\n"])
def test_an_annotators_name_is_one_word(label_studio: LabelStudio, name: str) -> None:
    with pytest.raises(InvalidInput, match=r"annotator: .* is not one word"):
        workflow.pull(label_studio.root, name)


def test_a_wrong_token_is_refused_in_one_line_that_does_not_show_it(
    label_studio: LabelStudio,
) -> None:
    token = "0123456789" * 4
    with pytest.raises(ServerError, match=r"refuses the token \(401\); copy yours") as caught:
        api.connect(label_studio.url, token)
    assert token not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("token", ["kö", "a\nb"])
def test_a_token_that_cannot_be_one_is_refused(label_studio: LabelStudio, token: str) -> None:
    with pytest.raises(ServerError, match="characters that no token has"):
        api.connect(label_studio.url, token)


def test_the_local_token_is_sent_to_the_local_server_only(label_studio: LabelStudio) -> None:
    with pytest.raises(ServerError, match=r"no token for http://127.0.0.1:9; set LABEL_STUDIO"):
        api.connect("http://127.0.0.1:9", root=label_studio.root)


def test_url_and_token_are_taken_from_the_environment(
    label_studio: LabelStudio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", label_studio.url + "/")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.secrets().token)
    assert workflow.status(tmp_path).projects == api.status(label_studio.client)


def test_a_proxy_is_not_asked_for_the_way_to_this_machine(
    label_studio: LabelStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    assert api.status(label_studio.client) is not None


def test_a_server_that_does_not_run_is_named_with_what_starts_it(tmp_path: Path) -> None:
    for connect in (
        lambda: api.connect(root=copy_clone(tmp_path)),
        lambda: api.connect("http://127.0.0.1:9", "t"),
        lambda: api.connect("http://[", "t"),
    ):
        with pytest.raises(ServerError) as caught:
            connect()
        assert "\n" not in str(caught.value)
    with pytest.raises(ServerError, match="not running; `onrecord annotate up` starts it"):
        workflow.push(tmp_path, "anna")


def test_a_server_that_is_no_label_studio_is_refused(elsewhere: str) -> None:
    with pytest.raises(ServerError) as caught:
        api.status(api.connect(elsewhere, "t"))
    assert "\n" not in str(caught.value)


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """A server of another kind."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>welcome</html>")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as page:
        thread = threading.Thread(target=page.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{page.server_port}"
        page.shutdown()
        thread.join()


# The process


def test_the_server_listens_on_this_machine_only_and_connects_nowhere(
    label_studio: LabelStudio,
) -> None:
    api.status(label_studio.client)
    sockets = sockets_of(label_studio.pid)
    port = int(label_studio.url.rpartition(":")[2])
    assert [one for one in sockets if one[2] == "LISTEN"] == [("127.0.0.1", port, "LISTEN")]
    assert {address for address, _, _ in sockets} <= {"127.0.0.1"}


def sockets_of(pid: int) -> list[tuple[str, int, str]]:
    """The process's TCP sockets by /proc: local address and port, or the remote ones if connected."""
    own = {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    found = []
    for family, table in ((socket.AF_INET, "tcp"), (socket.AF_INET6, "tcp6")):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if f"socket:[{columns[9]}]" not in own:
                continue
            listens = columns[3] == "0A"
            host, port = columns[1 if listens else 2].split(":")
            words = [bytes.fromhex(host)[i : i + 4][::-1] for i in range(0, len(host) // 2, 4)]
            address = socket.inet_ntop(family, b"".join(words))
            found.append((address, int(port, 16), "LISTEN" if listens else "OTHER"))
    return found


def test_the_data_folder_is_its_owners_alone(label_studio: LabelStudio) -> None:
    assert stat.S_IMODE(label_studio.folder.stat().st_mode) == 0o700
    for name in ("credentials.json", "server.json", "server.log", "label_studio.sqlite3"):
        assert stat.S_IMODE((label_studio.folder / name).stat().st_mode) == 0o600, name
    assert (label_studio.folder / ".gitignore").read_text() == "*\n"


def test_no_secret_is_logged_or_shown(label_studio: LabelStudio) -> None:
    log = (label_studio.folder / "server.log").read_text("utf-8", "replace")
    command = Path(f"/proc/{label_studio.pid}/cmdline").read_text()
    secrets = label_studio.secrets()
    shown = log + command + repr(secrets) + repr(workflow.status(label_studio.root))
    assert secrets.token not in shown
    assert secrets.password not in shown


def test_the_servers_environment_takes_nothing_unprefixed_and_sends_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HOST", "PORT", "USERNAME", "DEBUG", "CI", "PYTHONPATH", "LABEL_STUDIO_HOST"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("DJANGO_DB", "postgresql")
    secrets = server.Credentials(username="u", password="p", token="t")
    made = server.environment(tmp_path, secrets)
    unwanted = {"HOST", "PORT", "USERNAME", "DEBUG", "CI", "PYTHONPATH", "LABEL_STUDIO_HOST"}
    assert not unwanted & set(made)
    assert made["DJANGO_DB"] == "postgresql"
    assert made["LABEL_STUDIO_COLLECT_ANALYTICS"] == "false"
    assert made["LABEL_STUDIO_SENTRY_DSN"] == made["LABEL_STUDIO_FRONTEND_SENTRY_DSN"] == ""


def test_starting_twice_finds_the_one_that_runs(label_studio: LabelStudio) -> None:
    assert workflow.up(label_studio.root).pid == label_studio.pid


def test_a_server_that_was_killed_is_stale_and_starts_again_with_what_it_had(
    label_studio: LabelStudio, tmp_path: Path
) -> None:
    import shutil

    folder = tmp_path / "data"
    shutil.copytree(label_studio.folder, folder)
    (folder / "server.json").unlink()
    (folder / "credentials.json").chmod(0o600)
    assert server.status(folder).state == "stopped"
    started = server.start(label_studio.root, folder)
    try:
        assert started.pid is not None
        os.kill(started.pid, signal.SIGKILL)
        os.waitpid(started.pid, 0)
        assert server.status(folder) == server.ServerStatus(
            state="stale", url=started.url, pid=started.pid
        )
        again = server.start(label_studio.root, folder)
        assert again.state == "running"
        assert again.pid != started.pid
        assert again.url == started.url
        with pytest.raises(ServerError, match=f"it runs at {again.url}; `onrecord annotate down`"):
            server.start(label_studio.root, folder, port=1)
        token = label_studio.secrets().token
        assert api.status(api.connect(again.url, token)) == api.status(label_studio.client)
        assert server.stop(folder).state == "running"
        assert process.started(again.pid or 0) is None
    finally:
        server.stop(folder)
    assert server.status(folder).state == "stopped"
    assert workflow.status(label_studio.root).server.state == "running"


def test_stopping_ends_no_process_that_got_the_pid_later(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        state = {"pid": other.pid, "started": "before", "url": "http://127.0.0.1:9"}
        (tmp_path / "server.json").write_text(json.dumps(state))
        assert server.status(tmp_path).state == "stale"
        assert server.stop(tmp_path).state == "stale"
        assert other.poll() is None
        other.communicate(b"\n")
    assert server.status(tmp_path).state == "stopped"


def test_the_two_ways_to_tell_a_process_agree(tmp_path: Path) -> None:
    del tmp_path
    for tell in (process._started_by_proc, process._started_by_ps):
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
            first = tell(child.pid)
            assert first is not None
            assert tell(child.pid) == first
            child.kill()
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            assert tell(child.pid) is None  # it has ended, though its parent has not noticed
        assert tell(child.pid) is None


@pytest.mark.parametrize("content", ["", "[]", '{"pid": -1, "started": "", "url": ""}', "\xff"])
def test_a_broken_state_file_means_that_nothing_runs(tmp_path: Path, content: str) -> None:
    (tmp_path / "server.json").write_bytes(content.encode("latin-1"))
    assert server.status(tmp_path).state == "stopped"


def program(folder: Path, body: str) -> Path:
    path = folder / "label-studio"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_a_server_that_ends_by_itself_is_told_by_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = program(tmp_path, "echo first; echo 'no such table: users' >&2; exit 3")
    monkeypatch.setenv("ONRECORD_LABEL_STUDIO", str(path))
    with pytest.raises(ServerError) as caught:
        server.start(tmp_path, tmp_path / "data")
    log = tmp_path / "data" / "server.log"
    assert str(caught.value) == f"Label Studio ended with status 3: no such table: users ({log})"
    assert server.status(tmp_path / "data").state == "stopped"


def test_a_server_that_never_answers_is_ended_after_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")
    monkeypatch.setenv("ONRECORD_LABEL_STUDIO", str(path))
    with pytest.raises(ServerError, match="did not answer in 1 s: its log is empty"):
        server.start(tmp_path, tmp_path / "data", limit=1)
    assert process.started(int((tmp_path / "pid").read_text())) is None
    assert server.status(tmp_path / "data").state == "stopped"


STARTER = """
import os, signal, sys
from onrecord.annotation.labelstudio import server
if sys.argv[2] == "before":
    server._let_go = lambda child: os.kill(os.getpid(), signal.SIGKILL)
server.start(sys.argv[1], sys.argv[1] + "/data")
"""


def test_a_server_whose_start_was_killed_is_known_and_is_ended_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = tmp_path / "pid"
    path = program(tmp_path, f"echo $$ > {pid}.part; mv {pid}.part {pid}; exec sleep 600")
    monkeypatch.setenv("ONRECORD_LABEL_STUDIO", str(path))
    for take_it_away in ("stop", "start"):
        with subprocess.Popen([sys.executable, "-c", STARTER, tmp_path, "after"]) as starter:
            wait_for(pid.exists)
            starter.kill()
        left = server.status(tmp_path / "data")
        assert (left.state, left.pid) == ("starting", int(pid.read_text()))
        pid.unlink()
        if take_it_away == "stop":
            assert server.stop(tmp_path / "data") == left
        else:
            with pytest.raises(ServerError, match="did not answer in 1 s"):
                server.start(tmp_path, tmp_path / "data", limit=1)
        assert process.started(left.pid or 0) is None
        assert server.status(tmp_path / "data").state == "stopped"
        pid.unlink(missing_ok=True)


def test_a_start_that_is_killed_before_the_server_starts_leaves_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = program(tmp_path, f"touch {tmp_path}/ran; exec sleep 600")
    monkeypatch.setenv("ONRECORD_LABEL_STUDIO", str(path))
    command = [sys.executable, "-c", STARTER, tmp_path, "before"]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    left = server.read_running(tmp_path / "data")
    assert left is not None
    wait_for(lambda: process.started(left.pid) != left.started)
    assert server.status(tmp_path / "data").state == "stale"
    assert not (tmp_path / "ran").exists()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_port_that_is_taken_is_refused_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, label_studio: LabelStudio
) -> None:
    monkeypatch.setenv("ONRECORD_LABEL_STUDIO", str(program(tmp_path, "exec sleep 600")))
    port = int(label_studio.url.rpartition(":")[2])
    with pytest.raises(ServerError, match=f"port {port} is taken"):
        server.start(tmp_path, tmp_path / "data", port=port)


def test_the_program_is_looked_for_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONRECORD_LABEL_STUDIO", str(tmp_path / "nothing"))
    with pytest.raises(ServerError, match=r"\$ONRECORD_LABEL_STUDIO is .*, which is no program"):
        server.find_executable(tmp_path)
    monkeypatch.delenv("ONRECORD_LABEL_STUDIO")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "env" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(server, "_LIBRARY", tmp_path / "library")
    with pytest.raises(ServerError, match=r"^Label Studio is not installed; `make server`"):
        server.find_executable(tmp_path)
    for folder in ("path", "env", "library/.venv-server/bin", ".venv-server/bin"):
        (tmp_path / folder).mkdir(parents=True)
        expected = program(tmp_path / folder, "exit")
        assert server.find_executable(tmp_path) == expected


def test_broken_credentials_are_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONRECORD_LABEL_STUDIO", str(program(tmp_path, "exit")))
    data = tmp_path / "data"
    data.mkdir()
    (data / "credentials.json").write_text("{")
    with pytest.raises(ServerError, match=r"credentials.json is broken; restore it"):
        server.start(tmp_path, data)
    assert (data / "credentials.json").read_text() == "{"
