"""Raw answers: what a model wrote, as it came, with what it was asked; ``eval/answers/`` holds them.

A row is made again from them without the model: by ``baselines/llm.py``, or in Inspect AI by the
provider ``replay``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from onrecord.convert.answers import LAYERS_OF, Answer, Faults, find_answer, no_faults, place
from onrecord.corpus.canary import CANARY
from onrecord.corpus.corpus import find_root
from onrecord.corpus.files import encode_lines, read_records
from onrecord.corpus.predictions import Predictions
from onrecord.corpus.registry import Target
from onrecord.document import Document
from onrecord.exceptions import InvalidInput
from onrecord.llm.acts import join_acts


class AskedOf(msgspec.Struct, frozen=True):
    """A document that a question was about: its id and the hash of its text."""

    id: str
    sha256: str


class RawAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a model wrote in answer to one question."""

    model: str
    prompt: str
    """The prompt's name and version, such as ``quotes/2``."""
    documents: tuple[AskedOf, ...]
    """In the order in which the question numbers them, from 1."""
    question: str | None = None
    """The question's own words, where these do not follow from prompt and documents."""
    sha256: str | None = None
    """The hash of the whole prompt; None where ``question`` has it in words."""
    raw: str | None
    """The answer; None where the model refused."""

    @property
    def asked(self) -> str:
        """What was asked for: the prompt's name without its version."""
        return self.prompt.partition("/")[0]


def raw_answer(about: Mapping[str, Any], model: str, raw: str | None) -> RawAnswer:
    """What a model wrote to a sample of a task, by what the sample's metadata say of the question."""
    return RawAnswer(
        model=model,
        prompt=about["prompt"],
        documents=msgspec.convert(about["documents"], tuple[AskedOf, ...]),
        sha256=about["prompt_sha256"],
        raw=raw,
    )


def read_raw(path: str | Path) -> list[RawAnswer]:
    """The answers of a file, JSON Lines of which the first may be the canary.

    Raises:
        InvalidInput: the file cannot be read, or a line is no raw answer.
    """
    found = []
    for number, value in read_records(path, dict[str, Any]):
        if value.keys() == {"canary"}:
            continue
        try:
            found.append(msgspec.convert(value, RawAnswer))
        except msgspec.ValidationError as error:
            raise InvalidInput(str(error), file=path, line=number) from None
    return found


def encode_raw(answers: Iterable[RawAnswer]) -> bytes:
    """The lines of a file of raw answers, the canary first."""
    return encode_lines([{"canary": CANARY}, *answers])


def answers_file(name: str) -> Path:
    """The file of raw answers of this name: a path, or a name in the clone's ``eval/answers/``.

    Raises:
        InvalidInput: there is no such file.
    """
    named = Path(name) if name.endswith(".jsonl") else None
    path = named or find_root() / "eval" / "answers" / f"{name}.jsonl"
    if not path.is_file():
        raise InvalidInput("no such file of raw answers", file=path)
    return path


class Read(msgspec.Struct, frozen=True):
    """Raw answers as documents."""

    documents: Predictions
    """All that were given, with the layers that were asked for; those of no answer are empty."""
    answered: frozenset[str]
    """The documents of which an answer came, whether or not it could be read."""
    unreadable: tuple[str, ...]
    """For each answer that is none, what was asked and the document that it was about."""
    faults: Faults
    """What was wrong with the items of the others."""
    read: int
    """How many answers could be read."""


def place_answers(
    documents: Iterable[Document], targets: Iterable[Target], answers: Iterable[RawAnswer]
) -> Read:
    """What raw answers say of documents, with the places of their words.

    Answers about other documents, or other texts of these, are passed over. Utterances across
    documents come last, from an answer to the prompt ``acts``.

    Args:
        documents: the articles.
        targets: the propositions that there are.
        answers: the answers, in any order; of two to one question the last counts.
    """
    found = {document.id: document.bare() for document in documents}
    ids = [target.id for target in targets]
    faults, unreadable, answered, counted = no_faults(), [], set(), 0
    attempted: set[str] = set()
    acts: list[RawAnswer] = []
    for answer in answers:
        known = {
            str(number): found[one.id]
            for number, one in enumerate(answer.documents, start=1)
            if one.id in found and found[one.id].sha256 == one.sha256
        }
        if not known or answer.asked not in (*LAYERS_OF, "acts"):
            continue
        attempted.add(answer.asked)
        if answer.asked == "acts":
            acts.append(answer)
            continue
        answered |= {document.id for document in known.values()}
        said = find_answer(answer.raw or "")
        if said is None:
            faults.counts["answers that cannot be read"] += 1
            unreadable += [f"{answer.asked} of {document.id}" for document in known.values()]
            continue
        counted += 1
        given = {one.id: one for one in said.documents}
        for number, document in known.items():
            one = _only(answer.asked, given, number, len(answer.documents))
            if one is None:
                faults.add("documents left out", document.id, f"no {answer.asked} are given")
            else:
                new = getattr(place(document, one, ids, faults), answer.asked)
                found[document.id] = document.with_layers(**{answer.asked: new})
    for answer in acts:
        order = [found[one.id] for one in answer.documents if one.id in found]
        joined = join_acts(order, answer.raw or "")
        if joined is None or len(order) < len(answer.documents):
            faults.counts["answers that cannot be read"] += 1
            unreadable.append("acts of all documents")
        else:
            counted += 1
            found |= {document.id: document for document in joined}
    layers = [layer for name in LAYERS_OF if name in attempted for layer in LAYERS_OF[name]]
    predictions = Predictions(found.values(), layers or None)
    return Read(predictions, frozenset(answered), tuple(unreadable), faults, counted)


def _only(asked: str, given: Mapping[str, Answer], id: str, number: int) -> Answer | None:
    """What is said of a document in what was asked for; a sole one needs no id."""
    one = given.get(id)
    if one is None and number == 1 == len(given):
        [one] = given.values()
    if one is None or getattr(one, asked) is None:
        return None
    return Answer(id=one.id, **{asked: getattr(one, asked)})
