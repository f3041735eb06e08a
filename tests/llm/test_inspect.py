"""The tasks as Inspect AI runs them: against answers from a file, a mock, and a server that misbehaves."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from effort import Alive
from inspect_ai import eval as run_eval
from inspect_ai import score as score_again
from inspect_ai.log import EvalLog, EvalSample, read_eval_log, write_eval_log
from inspect_ai.model import Model, ModelOutput, ModelUsage, get_model

import onrecord
from onrecord.cli.main import main
from onrecord.exceptions import InvalidInput
from onrecord.leaderboard.results import read_submission
from onrecord.llm import logs
from onrecord.llm.raw import read_raw
from onrecord.llm.tasks import articles, probes, utterances

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # other packages' own, while they are imported and run
    pytest.mark.xdist_group("inspect"),
]

ROOT = Path(__file__).parents[2]
KEY = "sk-a-key-that-nobody-may-see"
EMPTY = json.dumps({"documents": [{"id": "1", "stances": []}]})
STANCE = {
    "holder": "Mevlüt Çavuşoğlu",
    "target": "keep-s400",
    "polarity": "favor",
    "evidence": ["done deal"],
}


def run(task: Any, model: str | Model, folder: Path, **how: Any) -> EvalLog:
    [log] = run_eval(task, model=model, log_dir=str(folder), display="none", **how)
    return log


def figures(log: EvalLog) -> dict[str, float]:
    assert log.results is not None
    [found] = log.results.scores
    return {name: float(one.value) for name, one in found.metrics.items()}


def mock(*answers: str) -> Model:
    """A mock model that gives these answers, with the tokens of each."""
    usage = ModelUsage(input_tokens=100, output_tokens=7, total_tokens=107)
    outputs = [ModelOutput.from_content("mockllm", one) for one in answers]
    for output in outputs:
        output.usage = usage
    return get_model("mockllm/model", custom_outputs=outputs)


# ---------------------------------------------------------------- good answers


def test_the_published_answers_give_the_published_row(tmp_path: Path) -> None:
    """From questions to predictions: articles, then utterances over all, then one file."""
    log = run(articles(), "replay/claude", tmp_path)
    assert log.status == "success"
    found = figures(log)
    assert found["documents"] == 5
    assert found["entities from"] < found["entities"] < found["entities to"]
    predictions, raw = tmp_path / "p.jsonl", tmp_path / "raw.jsonl"
    given = ["convert", "inspect", log.location, "-o", str(predictions), "--answers", str(raw)]
    assert main(given) == 0
    published = [a for a in read_raw(ROOT / "eval" / "answers" / "claude.jsonl") if a.raw]
    assert {(a.sha256, a.raw) for a in read_raw(raw)} <= {(a.sha256, a.raw) for a in published}
    gold = onrecord.load(ROOT)
    assert onrecord.score(gold, predictions).quotes.f1 == pytest.approx(found["quotes"])

    more = run(utterances(quotes=str(predictions)), "replay/claude", tmp_path)
    assert "utterances" not in found  # they are another question
    assert figures(more)["utterances"] > 0.5
    whole = tmp_path / "whole.jsonl"
    assert main(["convert", "inspect", log.location, more.location, "-o", str(whole)]) == 0
    assert whole.read_bytes() == (ROOT / "eval" / "predictions" / "claude.jsonl").read_bytes()
    about = read_submission(whole.with_suffix(".toml"))
    assert "0 of 16 questions lost" in (about.note or "")
    assert about.layers == onrecord.LAYERS


def test_a_log_is_read_some_samples_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = run(articles(layers="stances"), "replay/claude", tmp_path)
    write_eval_log(log, tmp_path / "log.json")
    log.samples = list(reversed(log.samples or []))  # as if the last had ended first
    write_eval_log(log, log.location)
    monkeypatch.setattr(logs, "_AT_ONCE", 1)
    alive = Alive(monkeypatch, logs, "raw_answer", lambda one: isinstance(one, EvalSample))
    made = [tmp_path / name for name in ("of-eval.jsonl", "of-json.jsonl")]
    raw = [tmp_path / f"raw-{path.name}" for path in made]
    to = ["--answers", str(raw[0]), "-o", str(made[0])]
    assert main(["convert", "inspect", log.location, *to]) == 0
    assert len(alive.counts) == 5
    assert 1 <= max(alive.counts) <= 2
    alive.counts.clear()
    to = ["--answers", str(raw[1]), "-o", str(made[1])]
    assert main(["convert", "inspect", str(tmp_path / "log.json"), *to]) == 0
    assert made[0].read_bytes() == made[1].read_bytes()
    assert raw[0].read_bytes() == raw[1].read_bytes()
    assert max(alive.counts) == 5  # that format is one value


def test_a_log_is_scored_again_without_the_model(tmp_path: Path) -> None:
    log = run(articles(layers="stances"), "replay/claude", tmp_path)
    again = score_again(log, scorers=list(articles().scorer), action="overwrite")
    assert figures(again) == figures(log)


def test_probes_are_asked_in_batches_and_scored_by_sets(tmp_path: Path) -> None:
    log = run(probes(layers="stances", third=True), "replay/claude", tmp_path)
    found = figures(log)
    assert set(found) == {"stances, sets", "stances, members"}
    predictions = tmp_path / "p.jsonl"
    assert main(["convert", "inspect", log.location, "-o", str(predictions)]) == 0
    suite = onrecord.load_probes(ROOT)
    table = onrecord.score_probes(suite, predictions).table
    assert table.part(layer="stances").sets.value == pytest.approx(found["stances, sets"])


def test_a_mock_s_tokens_and_faults_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = json.dumps(
        {"documents": [{"stances": [STANCE, {"holder": 7}, {**STANCE, "target": "x"}]}]}
    )
    log = run(articles(layers="stances", only="unnamed,duvar"), mock(odd, "I cannot."), tmp_path)
    assert main(["convert", "inspect", log.location, "-o", str(tmp_path / "p.jsonl")]) == 1
    told = capsys.readouterr().err
    assert "unnamed: items of no target: unknown target 'x'" in told
    assert "items that are not of the form: 1" in told
    assert "cannot be read: stances of duvar" in told
    assert "not asked about, so empty: rt, bulgarianmilitary, ibna" in told
    note = read_submission(tmp_path / "p.toml").note or ""
    assert "200 tokens in, 14 out" in note
    assert "prompts stances/2" in note
    sample = next(s for s in log.samples or [] if s.id == "duvar, stances")
    assert sample.scores is not None
    assert sample.scores["words"].explanation == "the answer cannot be read"


def test_a_worked_example_stands_before_the_question(tmp_path: Path) -> None:
    log = run(articles(layers="stances", only="rt", shots=1), mock(EMPTY), tmp_path)
    [sample] = log.samples or []
    assert [message.role for message in sample.messages] == [
        *("system", "user", "assistant", "user"),
        "assistant",
    ]
    assert sample.metadata["prompt"] == "stances/2+shot"
    other = run(articles(only="rt", shots=1), "replay/claude", tmp_path)
    errors = [str(sample.error and sample.error.message) for sample in other.samples or []]
    assert len(errors) == 3
    assert all("there is no answer to this question" in error for error in errors)


def test_what_is_no_log_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.eval"
    other.write_bytes(b"no zip")
    for file, reason in (
        (other, "cannot be read as a log of Inspect AI"),
        (tmp_path / "none", "no such file"),
        (tmp_path, "is a folder"),
    ):
        assert main(["convert", "inspect", str(file)]) == 2
        assert reason in capsys.readouterr().err
    assert main(["convert", "inspect", str(other), "-o", str(tmp_path / "p.toml")]) == 2
    assert "is where the description goes" in capsys.readouterr().err


def test_logs_that_do_not_go_together_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, again = (run(articles(layers="stances"), "replay/claude", tmp_path) for _ in range(2))
    other = run(articles(layers="quotes", only="rt"), mock('{"quotes": []}'), tmp_path)
    some = run(probes(layers="stances", third=True), "replay/claude", tmp_path)
    for second, reason in (
        (again, "again: give one log a run"),
        (other, "one file cannot be of claude and model"),
        (some, "one file cannot be of articles and probes"),
    ):
        assert main(["convert", "inspect", one.location, second.location]) == 2
        assert reason in capsys.readouterr().err
    made = tmp_path / "p.jsonl"
    assert main(["convert", "inspect", one.location, "-o", str(made)]) == 0
    acts = run(
        utterances(quotes=str(ROOT / "eval/predictions/claude.jsonl")), "replay/claude", tmp_path
    )
    assert main(["convert", "inspect", acts.location]) == 2
    assert "give the log of articles with it" in capsys.readouterr().err


def test_a_log_is_scored_again_on_the_command_line(tmp_path: Path) -> None:
    log = run(articles(layers="stances"), "replay/claude", tmp_path)
    command = ["inspect", "score", log.location, "--scorer", "onrecord/words"]
    command += ["--action", "overwrite", "--overwrite", "--display", "plain"]
    inspect = Path(sys.executable).parent / command[0]
    done = subprocess.run([str(inspect), *command[1:]], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert figures(read_eval_log(log.location)) == figures(log)


@pytest.mark.parametrize(
    ("task", "options", "reason"),
    [
        (articles, {"renamed": "maybe"}, "renamed: 'maybe' is neither true nor false"),
        (articles, {"guidelines": "path.md"}, "guidelines: 'path.md' is neither"),
        (articles, {"probe": "recal"}, "probe: unknown probe 'recal'; did you mean 'recall'"),
        (articles, {"probe": "exchanged", "layers": "stances"}, "exchanged asks for the quotes"),
        (articles, {"layers": ""}, "layers: names none"),
        (articles, {"layers": "links"}, "'links' is not asked for"),
        (probes, {"third": 2}, "third: 2 is neither"),
        (probes, {"size": 0}, "size: 0 is no number above 0"),
        (utterances, {}, "quotes: name the predictions"),
    ],
)
def test_options_that_are_none_are_refused(task: Any, options: Any, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        task(**options)


def test_a_layer_may_be_named_in_place_of_what_has_it() -> None:
    assert len(articles(layers="entities,linking").dataset) == 5
    assert len(articles(only="duvar,duvar").dataset) == 3


# ---------------------------------------------------------------- a server that misbehaves

Reply = tuple[int, Any]


def completion(content: Any, **other: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    usage = {"prompt_tokens": 8, "completion_tokens": 2, "total_tokens": 10}
    made = {"id": "c", "object": "chat.completion", "created": 0, "model": "m"}
    return {**made, "choices": [choice], "usage": usage, **other}


def error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "server_error"}}


class Server(ThreadingHTTPServer):
    """Gives the replies in turn, the last for ever, and counts the requests."""

    replies: list[Reply]
    requests: int


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        number = min(self.server.requests, len(self.server.replies) - 1)
        self.server.requests += 1
        status, body = self.server.replies[number]
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        kind = "text/html" if data.startswith(b"<") else "application/json"
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


Ask = Callable[..., tuple[int, str, Server]]


@pytest.fixture
def ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Ask]:
    """Asks a server that replies so about documents: exit status and words of ``convert``."""
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/v1"
    monkeypatch.setenv("LOCAL_API_KEY", KEY)
    monkeypatch.setenv("LOCAL_BASE_URL", address)

    def asked(*replies: Reply, only: str = "duvar", retries: int = 2) -> tuple[int, str, Server]:
        server.replies, server.requests = [*replies], 0
        log = run(
            articles(layers="stances", only=only),
            get_model("openai-api/local/m", memoize=False),
            tmp_path,
            max_retries=retries,
            max_connections=1,
        )
        assert log.status == "success"
        capsys.readouterr()
        status = main(["convert", "inspect", log.location, "-o", str(tmp_path / "p.jsonl")])
        told = capsys.readouterr().err
        everything = told + "".join(
            str(sample.error and sample.error.message)
            for sample in read_eval_log(log.location).samples or []
        )
        assert KEY not in everything
        assert address not in everything
        return status, told, server

    yield asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("status", [429, 503])
def test_a_request_is_sent_again_where_that_helps(ask: Ask, status: int) -> None:
    code, _, server = ask((status, error("Loading model")), (200, completion(EMPTY)))
    assert (code, server.requests) == (0, 2)


def test_a_model_that_never_loads_fails_its_documents_in_the_endpoint_s_words(ask: Ask) -> None:
    code, told, server = ask((503, error("Loading model")), retries=1)
    assert code == 2
    assert server.requests >= 2  # OpenAI’s client sends each of them again by itself
    assert "duvar, stances: no answer: after 2 attempts: status 503: Loading model" in told
    assert "the model gave no answer at all" in told


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ((400, error("the prompt is too long")), "status 400: the prompt is too long"),
        ((401, error(f"no access with {KEY}")), "status 401: no access with …"),
        ((404, error("no model m")), "status 404: no model m"),
        ((200, error("the model is gone")), "the endpoint's reply is no answer"),
        ((200, completion(EMPTY, choices=[])), "the endpoint's reply is no answer"),
    ],
)  # fmt: skip
def test_what_does_not_help_to_send_again_fails_at_once(
    ask: Ask, reply: Reply, reason: str
) -> None:
    code, told, server = ask(reply)
    assert (code, server.requests) == (2, 1)
    assert f"duvar, stances: no answer: {reason}" in told


def test_a_page_in_place_of_an_answer_is_told(ask: Ask) -> None:
    code, told, _ = ask((200, b"<html>Sign in</html>"), retries=1)
    assert code == 2
    assert "<html>Sign in</html>" in told


@pytest.mark.parametrize(
    "content",
    [
        "[" * 50_000,
        "<html>Sign in</html>",
        '{"documents": [{"id": "1", "stances": [{"holder"',
        "<think>" + EMPTY,
        "",
    ],
    ids=["brackets", "page", "cut off", "thinking", "nothing"],
)
def test_an_answer_that_cannot_be_read_is_counted(ask: Ask, content: str) -> None:
    code, told, _ = ask((200, completion(content)))
    assert code == 2
    assert "none of the 1 answers can be read" in told


def test_an_answer_that_was_cut_off_is_told_and_the_others_count(ask: Ask) -> None:
    cut = completion('{"documents": [{"id": "1", "stances": [')
    cut["choices"][0]["finish_reason"] = "length"
    code, told, _ = ask((200, cut), (200, completion(EMPTY)), only="duvar,rt")
    assert code == 1
    assert "cut off at the limit of tokens (--max-tokens): duvar, stances" in told
    assert "cannot be read: stances of duvar" in told


@pytest.mark.parametrize(
    "content",
    [
        f"<think>{json.dumps({'documents': [{'id': '1', 'stances': [{}]}]})}</think>{EMPTY}",
        f"First {{thoughts}}: {json.dumps({'documents': []})}. Here:\n```json\n{EMPTY}\n```",
    ],
    ids=["thinking", "fences"],
)
def test_the_last_object_counts_after_thinking_and_fences(ask: Ask, content: str) -> None:
    assert ask((200, completion(content)))[:2] == (
        0,
        "not asked about, so empty: unnamed, rt, bulgarianmilitary, ibna\n",
    )


def test_half_a_surrogate_pair_harms_no_other_document(ask: Ask) -> None:
    half = EMPTY.replace("[]", '[{"holder": "\\ud83d", "evidence": []}]')
    raw = json.dumps(completion(half)).encode()
    code, told, _ = ask((200, raw), (200, completion(EMPTY)), only="duvar,rt")
    assert code == 0
    assert "items that are not of the form: 1" in told


@pytest.mark.parametrize(
    "odd",
    [completion(EMPTY, usage={"prompt_tokens": 3}), completion([{"type": "text", "text": EMPTY}])],
    ids=["usage without totals", "content as parts"],
)
def test_an_odd_reply_fails_its_own_document_alone(ask: Ask, odd: dict[str, Any]) -> None:
    """The provider cannot read it: told, and the others are as they would be."""
    code, told, _ = ask((200, odd), (200, completion(EMPTY)), only="duvar,rt")
    assert code == 1
    assert "duvar, stances: no answer: the endpoint's reply is no answer" in told
    assert "rt, stances" not in told


# ---------------------------------------------------------------- small questions


def test_small_questions_are_a_task_whose_answers_make_the_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mock that knows the published answers: what it wrote makes the published row again."""
    name = "qwen2.5-coder-1.5b-instruct-q4_k_m"
    known = read_raw(ROOT / "eval" / "answers" / f"{name}.jsonl")
    raws = {answer.question: answer.raw for answer in known}

    def answer(messages: list[Any], *_: Any) -> ModelOutput:
        system, user = (message.text for message in messages)
        chosen = [raw for asked, raw in raws.items() if asked and asked.endswith(user)]
        lines = [asked for asked in raws if asked and asked.endswith(user)]
        own = [
            raws[asked] for asked in lines if all(ln in system + user for ln in asked.split("\n"))
        ]
        output = ModelOutput.from_content(name, (own or chosen)[0] or "")
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    model = get_model("mockllm/model", custom_outputs=answer, memoize=False)
    monkeypatch.chdir(ROOT)
    log = run("baselines/questions/task.py", model, tmp_path)
    assert log.status == "success"
    assert figures(log)["entities"] > 0.4
    raw, made = tmp_path / "raw.jsonl", tmp_path / "row.jsonl"
    given = ["convert", "inspect", log.location, "--answers", str(raw), "-o", str(tmp_path / "p")]
    assert main(given) == 0
    assert {a.question: a.raw for a in read_raw(raw)} == raws
    baseline = str(ROOT / "baselines" / "llm.py")
    assert main(["predict", baseline, "--option", f"answers={raw}", "-o", str(made)]) == 0
    published = ROOT / "eval" / "predictions" / "llm-qwen2.5-coder-1.5b.jsonl"
    assert made.read_bytes() == published.read_bytes()
