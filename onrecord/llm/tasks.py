"""Tasks of Inspect AI: ``inspect eval onrecord/articles --model PROVIDER/NAME``. Needs onrecord[llm].

A sample is one question: a layer of one article, or of a batch of probes. A request that fails, after
the retries that Inspect AI makes, fails the sample and with it its documents; an answer that cannot be
read is counted and stands in the sample's explanation. Scores are those of the leaderboard, over the
whole log. :mod:`onrecord.llm.logs` makes predictions of a log.
"""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
)

from onrecord.corpus.corpus import find_root
from onrecord.corpus.files import read_text
from onrecord.corpus.gold import load
from onrecord.corpus.layers import read_layers
from onrecord.corpus.registry import Target as Proposition
from onrecord.corpus.validation import unknown
from onrecord.document import Document
from onrecord.exceptions import InvalidInput
from onrecord.llm.acts import acts_prompt
from onrecord.llm.asking import Replay, answer
from onrecord.llm.batches import ASKED, SIZE, batches
from onrecord.llm.memory import continuations
from onrecord.llm.prompts import ASKS, VERSION, Ask, Prompt, as_ask, ask
from onrecord.llm.scorer import Texts, gold_of, suite, words

__all__ = ["Replay", "answer", "articles", "probes", "utterances", "words"]

RETRIES = 5
"""How often a request is sent again where that may help; ``--max-retries`` says otherwise."""


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
