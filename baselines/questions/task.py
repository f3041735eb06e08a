"""The small questions as a task of Inspect AI: ``inspect eval baselines/questions/task.py --model ...``.

For models that are too small for one question a layer. All articles are one sample, since what was asked
once is not asked again; its questions follow each other. The log's answers become a file by
``onrecord convert inspect LOG --answers FILE.jsonl``, and that a row by ``baselines/llm.py``.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import anyio.from_thread
import anyio.to_thread
import msgspec
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig, get_model
from inspect_ai.scorer import SampleScore, Score, Value, metric, scorer
from inspect_ai.solver import solver

import onrecord
from onrecord.convert.answers import find_object
from onrecord.corpus.predictions import Predictions
from onrecord.llm.asking import reason_of
from onrecord.llm.raw import AskedOf, RawAnswer
from questions.prompts import question
from questions.strategy import Questions


class Choice(msgspec.Struct):
    """The form of an answer."""

    answer: str


@task
def questions(only: str = ""):
    """All layers of the articles by many small questions.

    Args:
        only: the ids of articles, with commas; none: all.
    """
    gold = onrecord.load()
    ids = (only if isinstance(only, str) else ",".join(only)).split(",")
    chosen = [one for one in gold if not only or one.id in ids]
    of = [{"id": one.id, "sha256": one.sha256} for one in chosen]
    about = {"asked": "questions", "texts": "articles", "documents": of}
    about["of"] = [one.id for one in chosen]
    sample = Sample(id="all articles, questions", input="small questions", metadata=about)
    return Task(dataset=[sample], solver=ask_all(), scorer=layers_of(), fail_on_error=False)


@solver
def ask_all():
    """Asks one question after the other, each with its options."""

    async def solve(state, generate):
        gold, model, answers = onrecord.load(), get_model(), []
        at = None

        async def send(prompt, options, data):
            asked = question(prompt, data)
            messages = [
                ChatMessageSystem(content=asked.system),
                ChatMessageUser(content=asked.user),
            ]
            room = GenerateConfig(max_tokens=24 + max(map(len, options)))
            try:
                output = await model.generate(messages, config=room)
            except Exception as error:  # of each provider its own
                raise RuntimeError(reason_of(error)) from error
            return asked.varying, output.completion

        def choose(prompt, options, data):
            asked, raw = anyio.from_thread.run(send, prompt, options, data)
            of = (AskedOf(at.id, at.sha256),)
            answers.append(
                RawAnswer(
                    model=model.name, prompt=f"{prompt}/1", documents=of, question=asked, raw=raw
                )
            )
            given = find_object(raw, Choice)
            return given.answer if given is not None and given.answer in options else None

        def work():
            nonlocal at
            strategy, found = Questions(choose), []
            for document in gold.bare():
                if document.id in state.metadata["of"]:
                    at = document
                    found.append(strategy.predict(document, gold.targets))
            return found

        found = await anyio.to_thread.run_sync(work)
        state.metadata["raw"] = msgspec.to_builtins(answers)
        state.metadata["layers"] = msgspec.to_builtins(found)
        return state

    return solve


@metric
def layers_f1():
    """F1 of each layer over the articles that were asked about."""

    def over_all(scores: list[SampleScore]) -> Value:
        gold = onrecord.load()
        found = msgspec.convert(scores[0].score.metadata["layers"], list[onrecord.Document])
        ids = {document.id for document in found}
        part = msgspec.structs.replace(gold, documents=tuple(d for d in gold if d.id in ids))
        whole = onrecord.score(part, Predictions(found, onrecord.LAYERS))
        return {layer: whole[layer].f1 or 0.0 for layer in onrecord.LAYERS}

    return over_all


@scorer(metrics=[layers_f1()])
def layers_of():
    """Counts the questions; the scores are over all articles."""

    async def count(state, target):
        layers = {"layers": state.metadata["layers"]}
        return Score(value=len(state.metadata["raw"]), metadata=layers)

    return count
