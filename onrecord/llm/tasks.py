"""Tasks of Inspect AI: ``inspect eval onrecord/articles --model PROVIDER/NAME``. Needs onrecord[llm].

A sample is one question: a layer of one article, or of a batch of probes. A request that fails, after
the retries that Inspect AI makes, fails the sample and with it its documents; an answer that cannot be
read is counted and stands in the sample's explanation. Scores are those of the leaderboard, over the
whole log. :mod:`onrecord.llm.logs` makes predictions of a log.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

import msgspec
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ResponseSchema,
    modelapi,
)
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, Value, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import ToolChoice, ToolInfo
from inspect_ai.util import JSONSchema

from onrecord.convert.answers import answer_schema
from onrecord.corpus.corpus import Corpus, find_root
from onrecord.corpus.files import read_text
from onrecord.corpus.gold import load
from onrecord.corpus.layers import read_layers
from onrecord.corpus.predictions import Predictions
from onrecord.corpus.registry import Target as Proposition
from onrecord.corpus.validation import unknown
from onrecord.document import Document
from onrecord.exceptions import InvalidInput
from onrecord.llm.acts import acts_prompt, join_acts
from onrecord.llm.batches import ASKED, SIZE, batches
from onrecord.llm.memory import attributed, continuations, exchanged, recalls
from onrecord.llm.prompts import ASKS, VERSION, Ask, Prompt, as_ask, ask
from onrecord.llm.raw import RawAnswer, answers_file, place_answers, raw_answer, read_raw
from onrecord.probes.files import load_probes
from onrecord.probes.probe import Probes
from onrecord.probes.score import score_probes
from onrecord.scoring.scores import score

RETRIES = 5
"""How often a request is sent again where that may help; ``--max-retries`` says otherwise."""
STRUCTURED = frozenset(
    ("anthropic", "bedrock", "google", "grok", "groq", "mistral", "openai", "sglang", "vllm")
)
"""The providers that hold a model to a schema."""

Texts = Literal["articles", "renamed", "exchanged", "probes"]
"""What a log is about."""


@task
def articles(
    layers: str = ",".join(ASKS),
    renamed: bool = False,
    only: str = "",
    guidelines: bool = False,
    shots: int = 0,
    probe: str = "",
) -> Task:
    """The articles: each layer of each in one question.

    Args:
        layers: what to ask for, of mentions, quotes and stances, with commas; a name of a layer is
            taken for what has it.
        renamed: the articles with all names replaced by invented ones.
        only: the ids of articles, with commas; none: all.
        guidelines: give the annotation guidelines in place of the short definitions.
        shots: 1 gives a worked example, an invented article, before each question.
        probe: ``recall`` asks for some sentences of the articles by what stands before them;
            ``exchanged`` asks for the quotes where the two ministers' names are exchanged. Both
            show what a model remembers (:mod:`onrecord.llm.memory`).
    """
    _require_flags(renamed=renamed, guidelines=guidelines)
    if probe not in ("", "recall", "exchanged"):
        raise InvalidInput(unknown("probe", str(probe), ("recall", "exchanged")), field="probe")
    if probe == "exchanged" and (renamed or layers != ",".join(ASKS)):
        reason = "exchanged asks for the quotes of the articles with their own names"
        raise InvalidInput(reason, field="probe")
    texts: Texts = "renamed" if renamed else "articles"
    if probe == "exchanged":
        texts, layers = "exchanged", "quotes"
    corpus = gold_of(texts)
    ids = _listed(only)
    chosen = [corpus[id] for id in ids] if ids else list(corpus)
    if probe == "recall":
        places = [*continuations(chosen)]
        return _task(
            [
                _as_sample(
                    place.prompt, "next", [place.document], texts, f"{place.document.id} {n}"
                )
                for n, place in enumerate(places, start=1)
            ]
        )
    samples = [
        _sample(asked, [document], corpus.targets, texts, guidelines, shots)
        for document in chosen
        for asked in _asked(layers)
    ]
    return _task(samples)


@task
def probes(
    layers: str = ",".join(ASKS),
    third: bool = False,
    size: int = SIZE,
    guidelines: bool = False,
    shots: int = 0,
) -> Task:
    """The probes, in batches that do not show which passages belong together.

    Args:
        layers: what to ask for, of mentions, quotes and stances, with commas.
        third: a fixed third of the sets alone.
        size: passages in a batch, at most.
        guidelines: give the annotation guidelines in place of the short definitions.
        shots: 1 gives a worked example, an invented article, before each question.
    """
    _require_flags(third=third, guidelines=guidelines)
    if type(size) is not int or size < 1:
        raise InvalidInput(f"{size!r} is no number above 0", field="size")
    passages, wanted = suite(), _asked(layers)
    samples = [
        _sample(
            batch.asked,
            [probe.document for probe in batch.probes],
            passages.targets,
            "probes",
            guidelines,
            shots,
            name=f"batch {number}",
        )
        for number, batch in enumerate(batches(passages, third=third, size=size), start=1)
        if batch.asked in wanted
    ]
    return _task(samples)


@task
def utterances(quotes: str = "", renamed: bool = False) -> Task:
    """Utterances across articles: one question about all quotes of a predictions file.

    Args:
        quotes: the file, such as ``onrecord convert inspect`` makes of a log of ``articles``.
        renamed: it is of the articles with other names.
    """
    _require_flags(renamed=renamed)
    if not quotes:
        raise InvalidInput("name the predictions that have them (-T quotes=FILE)", field="quotes")
    corpus = load(renamed=renamed)
    documents = read_layers(quotes, corpus)
    prompt = acts_prompt(documents)
    found = _as_sample(prompt, "acts", documents, "renamed" if renamed else "articles", "all")
    found.metadata = {**(found.metadata or {}), "quotes": quotes}
    return _task([found])


def _listed(names: str | Sequence[str]) -> list[str]:
    """Names with commas between them; Inspect AI makes a list of them by itself."""
    parts = names.split(",") if isinstance(names, str) else names or ()
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _asked(layers: str | Sequence[str]) -> list[Ask]:
    """What is asked for to have some layers, named so or by what is asked for."""
    found = [as_ask(ASKED.get(name, name)) for name in _listed(layers)]
    if not found:
        raise InvalidInput(f"names none (known: {', '.join(ASKS)})", field="layers")
    return list(dict.fromkeys(found))


def _require_flags(**flags: object) -> None:
    """Make sure that options are true or false, since any other word would pass for true.

    Raises:
        InvalidInput: one is neither.
    """
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise InvalidInput(f"{value!r} is neither true nor false", field=name)


def _task(samples: list[Sample]) -> Task:
    of = sorted({one["id"] for sample in samples for one in (sample.metadata or {})["documents"]})
    for sample in samples:
        sample.metadata = {**(sample.metadata or {}), "of": of}
    return Task(
        dataset=samples,
        solver=answer(),
        scorer=words(),
        config=GenerateConfig(max_retries=RETRIES),
        fail_on_error=False,
        version=VERSION,
    )


def _sample(
    asked: Ask,
    documents: Sequence[Document],
    targets: Sequence[Proposition],
    texts: Texts,
    guidelines: bool,
    shots: int,
    name: str | None = None,
) -> Sample:
    rules = read_text(find_root() / "annotation" / "guidelines.md") if guidelines else None
    numbered = [(str(number), one.text) for number, one in enumerate(documents, start=1)]
    prompt = ask(asked, numbered, targets, guidelines=rules, shots=shots)
    return _as_sample(prompt, asked, documents, texts, name or documents[0].id)


def _as_sample(
    prompt: Prompt, asked: str, documents: Sequence[Document], texts: Texts, name: str
) -> Sample:
    """The question as a sample; the gold is not in it, and the scorer reads it itself."""
    return Sample(
        id=f"{name}, {asked}",
        input=_messages(prompt),
        target="",
        metadata={
            "asked": asked,
            "texts": texts,
            "prompt": prompt.name,
            "prompt_sha256": prompt.sha256,
            "documents": [{"id": one.id, "sha256": one.sha256} for one in documents],
        },
    )


def _messages(prompt: Prompt) -> list[ChatMessage]:
    found: list[ChatMessage] = [ChatMessageSystem(content=prompt.system)]
    for question, answered in prompt.shots:
        found += [ChatMessageUser(content=question), ChatMessageAssistant(content=answered)]
    return [*found, ChatMessageUser(content=prompt.user)]


# ---------------------------------------------------------------- asking


@solver
def answer() -> Solver:
    """Asks the model once; a provider that can is held to the schema of the answer."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        asked, provider = state.metadata["asked"], str(state.model).partition("/")[0]
        schema = None
        if asked in ASKS and provider in STRUCTURED:
            form = JSONSchema.model_validate(answer_schema(asked))
            schema = ResponseSchema(name=asked, json_schema=form)
        try:
            state = await generate(state, response_schema=schema)
        except Exception as error:  # of each provider its own
            raise RuntimeError(reason_of(error)) from error
        if state.output.error or not state.output.choices:
            raise RuntimeError(_public(state.output.error or "the endpoint sent no answer"))
        return state

    return solve


_ADDRESS = re.compile(r"\b(?:https?|wss?)://[^\s'\"<>)]+")
_KEY = re.compile(r"\b(?:sk|key|hf|gsk|xai)[-_][\w-]{6,}|\bBearer\s+\S+", re.IGNORECASE)
_NO_ANSWER = (TypeError, IndexError, KeyError, AttributeError, ValueError)
"""What reading a reply raises that is none."""


def reason_of(error: BaseException) -> str:
    """Why there is no answer, in the endpoint's own words where it gave some.

    Addresses and keys are left out.
    """
    attempt = getattr(error, "last_attempt", None)
    if attempt is not None:
        return f"after {attempt.attempt_number} attempts: {reason_of(attempt.exception())}"
    body = getattr(error, "body", None)
    if isinstance(body, dict) and isinstance(body.get("error", body), dict):
        body = body.get("error", body).get("message")
    status = getattr(error, "status_code", None)
    if isinstance(body, str) and body.strip():
        return _public(f"status {status}: {body}" if status else body)
    behind = error.__cause__ or error.__context__
    if behind is not None and (not status or hasattr(error, "provider_message")):
        return reason_of(behind)
    if isinstance(error, _NO_ANSWER):
        return _public(f"the endpoint's reply is no answer ({type(error).__name__}: {error})")
    return _public(str(error) or type(error).__name__)


def _public(words: str) -> str:
    """The words on one line, without keys and addresses, those of the environment among them."""
    for name, value in os.environ.items():
        if name.endswith(("_API_KEY", "_BASE_URL", "_TOKEN")) and len(value) > 3:
            words = words.replace(value, "…")
    return " ".join(_KEY.sub("…", _ADDRESS.sub("…", words)).split())[:300]


# ---------------------------------------------------------------- scoring


@cache
def gold_of(texts: Texts) -> Corpus:
    """The gold that a log is held against, read once."""
    if texts == "probes":
        return suite().corpus
    corpus = load(renamed=texts == "renamed")
    return exchanged(corpus) if texts == "exchanged" else corpus


@cache
def suite() -> Probes:
    """The probes, read once."""
    return load_probes()


@metric
def figures() -> Metric:
    """The scores of the leaderboard over all samples: of each layer F1 and its 95% interval.

    Of the probes: the shares of sets and members right. What failed counts as empty, and
    ``documents`` says how many were answered.
    """

    def over_all(scores: list[SampleScore]) -> Value:
        metadata = [one.sample_metadata for one in scores if one.sample_metadata]
        if not metadata:
            return {}
        first, texts = metadata[0], metadata[0]["texts"]
        gold = gold_of(texts)
        answers = [raw_answer(one.sample_metadata or {}, "", one.score.answer) for one in scores]
        answered = {one.id for answer in answers for one in answer.documents}
        if first["asked"] == "next":
            return _recall_figures(gold, answers)
        if texts == "probes":
            documents = place_answers(gold, gold.targets, answers).documents
            return _probe_figures(documents, {*first["of"]})
        chosen = [one for one in gold if one.id in first["of"]]
        part = msgspec.structs.replace(gold, documents=tuple(chosen))
        if texts == "exchanged":
            found = attributed(part, answers)
            return {"speakers right": found.right, "speakers remembered": found.remembered}
        if "quotes" in first:  # of another log, whose quotes are joined here
            documents = _joined(part, first["quotes"], answers)
        else:
            documents = place_answers(part, part.targets, answers).documents
        whole = score(part, documents)
        result = {"documents": float(len(answered))}
        for layer in documents.attempted:
            if layer == "utterances" and "quotes" not in first:
                continue  # across articles they are another question
            headline = whole[layer]
            if headline.f1 is not None:
                result[layer] = headline.f1
            if headline.interval is not None:
                result[f"{layer} from"] = headline.interval.low
                result[f"{layer} to"] = headline.interval.high
        return result

    return over_all


def _joined(gold: Corpus, quotes: str, answers: list[RawAnswer]) -> Predictions:
    documents = read_layers(quotes, gold)
    joined = join_acts(documents, answers[-1].raw or "")
    return Predictions(documents if joined is None else joined, documents.attempted)


def _recall_figures(gold: Corpus, answers: Sequence[RawAnswer]) -> dict[str, float]:
    """How near the answers come to the true sentences."""
    found = [one for _, one in recalls(gold, answers)]
    if not found:
        return {}
    share = sum(one.share for one in found) / len(found)
    return {"share of words": share, "longest run": max(one.run for one in found)}


def _probe_figures(documents: Predictions, of: set[str]) -> dict[str, float]:
    """The shares of sets and members right, of the sets that the run has in whole."""
    passages = suite()
    in_part = {probe.set for probe in passages if probe.id not in of}
    kept = (one for one in documents if passages[one.id].set not in in_part)
    table = score_probes(passages, Predictions(kept, documents.layers)).table
    result: dict[str, float] = {}
    for layer in table.names("layer"):
        part = table.part(layer=layer)
        for name, share in (("sets", part.sets), ("members", part.members)):
            if share.value is not None:
                result[f"{layer}, {name}"] = share.value
    return result


@scorer(metrics=[figures()])
def words() -> Scorer:
    """Counts what an answer has: items placed, and what was wrong with others."""

    async def count(state: TaskState, target: Target) -> Score:
        texts: Texts = state.metadata["texts"]
        gold = gold_of(texts)
        answer = raw_answer(state.metadata, str(state.model), state.output.completion)
        if answer.asked == "next":
            places = recalls(gold, [answer])
            near = [{"share": one.share, "run": one.run} for _, one in places]
            told = [place.sentence.of(place.document.text) for place, _ in places]
            return Score(
                value=near[0] if near else {"share": 0.0, "run": 0},
                answer=answer.raw,
                explanation=f"the sentence is: {told[0]}" if told else "the answer cannot be read",
            )
        counts: dict[str, int]
        if answer.asked == "acts":
            documents = read_layers(state.metadata["quotes"], gold)
            readable = join_acts(documents, answer.raw or "") is not None
            counts, lines = {}, [] if readable else ["the answer cannot be read"]
            items = 0
        else:
            ids = {one.id for one in answer.documents}
            asked = [document for document in gold if document.id in ids]
            read = place_answers(asked, gold.targets, [answer])
            counts, readable = dict(read.faults.counts), not read.unreadable
            lines = read.faults.lines if readable else ["the answer cannot be read"]
            items = sum(len(getattr(document, answer.asked)) for document in read.documents)
        if state.output.stop_reason in ("max_tokens", "model_length"):
            lines = ["the answer was cut off at the limit of tokens", *lines]
        return Score(
            value={"readable": int(readable), "items": items, "faults": sum(counts.values())},
            answer=answer.raw,
            explanation="\n".join(lines) or "every item is in the text, as it was given",
            metadata={"counts": counts},
        )

    return count


# ---------------------------------------------------------------- answers without the model


@modelapi("replay")
class Replay(ModelAPI):
    """The model ``replay/NAME``: answers with what ``eval/answers/NAME.jsonl`` holds."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
        **model_args: Any,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config or GenerateConfig())
        answers = read_raw(answers_file(model_name))
        self._answers = {one.sha256: one for one in answers if one.sha256 is not None}

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """The answer to exactly these words."""
        system, *shots, user = (message.text for message in input)
        prompt = Prompt("", system, user, tuple(zip(shots[::2], shots[1::2], strict=True)))
        found = self._answers.get(prompt.sha256)
        if found is None or found.raw is None:
            raise LookupError(f"{self.model_name}: there is no answer to this question")
        return ModelOutput.from_content(model=found.model, content=found.raw)
