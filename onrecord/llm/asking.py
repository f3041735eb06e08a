"""How a task asks: the solver of Inspect AI, why there is no answer, and answers without the model.

Needs onrecord[llm].
"""

from __future__ import annotations

import os
import re
from typing import Any

from inspect_ai.model import (
    ChatMessage,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ResponseSchema,
    modelapi,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import ToolChoice, ToolInfo
from inspect_ai.util import JSONSchema

from onrecord.convert.answers import answer_schema
from onrecord.llm.prompts import ASKS, Prompt
from onrecord.llm.raw import answers_file, read_raw

STRUCTURED = frozenset(
    ("anthropic", "bedrock", "google", "grok", "groq", "mistral", "openai", "sglang", "vllm")
)
"""The providers that hold a model to a schema."""


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
