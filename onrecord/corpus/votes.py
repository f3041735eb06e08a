"""What readers voted on single items of the gold, and which items their votes leave open.

``annotation/votes.jsonl`` has each reader's answer with its reason; ``data/votes/`` and
:attr:`onrecord.corpus.corpus.Corpus.votes` count the answers. A corpus need not have either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

import msgspec

from onrecord.corpus.files import read_records
from onrecord.corpus.registry import Registry
from onrecord.corpus.validation import unknown
from onrecord.document import POLARITIES, Document
from onrecord.exceptions import InvalidInput

Ask = Literal["stance", "speaker", "utterance", "quote"]
"""What readers were asked: where a holder stands on a target; who speaks; whether two quotes report
one utterance; whether the words are a quote at all."""

NONE = "none"
"""The answer that an article gives a holder no stance on a target."""

DECIDED = 0.75
"""An item is decided when one answer has more than this share of its votes."""


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer and how many readers gave it; null is the answer that a quote has no speaker."""

    answer: str | None
    votes: int


class Vote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An item that was voted on, as a row of the dataset.

    A stance has ``holder`` and ``target`` and is answered by a polarity or ``none``; a speaker has
    one of ``quotes`` and is answered by an entity or null; an utterance has two and a quote one,
    answered by yes or no.
    """

    id: str
    """``document/holder/target`` of a stance, else ``document/ask/quotes``, quotes joined by +."""
    doc_id: str
    ask: Ask
    holder: str | None
    target: str | None
    quotes: tuple[str, ...]
    """Ids of the gold's quotes."""
    answers: tuple[Answer, ...]
    """The most frequent first, of equal ones by name."""
    contested: bool
    """Whether no answer has more than three quarters of the votes."""

    @property
    def n(self) -> int:
        """How many readers voted."""
        return sum(answer.votes for answer in self.answers)


class ReaderAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one reader answered, and why, in a few words."""

    answer: str | None
    why: str


class VoteRecord(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A line of ``annotation/votes.jsonl``; the readers are in one order throughout the file."""

    document: str
    ask: Ask
    holder: str | None = None
    target: str | None = None
    quotes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    """The content of each quote, so that an id which has come to mean another quote is seen."""
    votes: tuple[Answer, ...]
    readers: tuple[ReaderAnswer, ...]


def count_answers(answers: Iterable[str | None]) -> tuple[Answer, ...]:
    """How often each answer was given, the most frequent first, of equal ones by name."""
    counted = sorted(Counter(answers).items(), key=lambda item: (-item[1], item[0] or ""))
    return tuple(Answer(answer, votes) for answer, votes in counted)


def is_contested(votes: Iterable[int]) -> bool:
    """Whether no answer has more than three quarters of the votes.

    Where readers are split between one polarity and none, that is: the share that sees a stance
    lies from a quarter to three quarters, both bounds included.

    Args:
        votes: how many readers gave each answer.
    """
    counts = tuple(votes)
    return bool(counts) and max(counts) <= DECIDED * sum(counts)


def read_votes(
    path: Path, documents: Sequence[Document], registry: Registry, targets: Collection[str]
) -> tuple[Vote, ...]:
    """The votes of ``annotation/votes.jsonl``, counted; by document, stances before questions.

    Args:
        path: the file.
        documents: the gold, whose quotes the questions are about.
        registry: whose actors hold stances.
        targets: the ids of the targets.

    Raises:
        InvalidInput: a line is no vote, is about what the gold does not have, counts its answers
            wrongly, or asks what another line asks.
    """
    by_id = {document.id: document for document in documents}
    found: dict[str, Vote] = {}
    for line, record in read_records(path, VoteRecord):
        try:
            vote = _vote(record, by_id, registry, targets)
            if vote.id in found:
                reason = f"{vote.id!r} is voted on in another line too"
                raise InvalidInput(reason, document=vote.doc_id)
            found[vote.id] = vote
        except InvalidInput as error:
            raise error.at(file=path, line=line) from None
    places = {id: number for number, id in enumerate(by_id)}
    return tuple(sorted(found.values(), key=lambda vote: (places[vote.doc_id], *order(vote))))


def order(vote: Vote | VoteRecord) -> tuple[int, str, str, tuple[str, ...]]:
    """Where a vote stands among those of its document."""
    return (get_args(Ask).index(vote.ask), vote.holder or "", vote.target or "", vote.quotes)


def _vote(
    record: VoteRecord,
    by_id: Mapping[str, Document],
    registry: Registry,
    targets: Collection[str],
) -> Vote:
    """The vote that a line holds, if the gold has what it is about."""
    if record.document not in by_id:
        raise InvalidInput(unknown("document", record.document, by_id), document=record.document)
    for field, reason in _problems(record, by_id[record.document], registry, targets):
        raise InvalidInput(reason, document=record.document, field=field)
    item = f"{record.holder}/{record.target}"
    if record.ask != "stance":
        item = f"{record.ask}/{'+'.join(record.quotes)}"
    return Vote(
        id=f"{record.document}/{item}",
        doc_id=record.document,
        ask=record.ask,
        holder=record.holder,
        target=record.target,
        quotes=record.quotes,
        answers=record.votes,
        contested=is_contested(answer.votes for answer in record.votes),
    )


def _problems(
    record: VoteRecord, document: Document, registry: Registry, targets: Collection[str]
) -> Iterator[tuple[str, str]]:
    """What is wrong with a line, as (field, reason)."""
    if record.ask == "stance":
        holder = record.holder or ""
        if holder not in registry or not registry[holder].actor:
            yield "holder", f"{holder!r} is no actor of the registry"
        if record.target not in targets:
            yield "target", unknown("target", record.target or "", targets)
        if record.quotes:
            yield "quotes", "a stance has none"
    else:
        if record.holder is not None or record.target is not None:
            yield "ask", "only a stance has holder and target"
        yield from _quote_problems(record, document)
    allowed = _allowed(record.ask, registry)
    for reader in record.readers:
        if reader.answer not in allowed:
            yield "readers", f"{reader.answer!r} is no answer to {record.ask!r}"
    if not record.readers:
        yield "readers", "are missing"
    elif record.votes != count_answers(reader.answer for reader in record.readers):
        yield "votes", "are not what the readers answered"


def _quote_problems(record: VoteRecord, document: Document) -> Iterator[tuple[str, str]]:
    contents = {
        quote.id: " ".join(span.of(document.text) for span in quote.content)
        for quote in document.quotes
    }
    number = 2 if record.ask == "utterance" else 1
    if len(record.quotes) != number or len(record.words) != number:
        yield "quotes", f"{record.ask!r} is asked of {number}, each with its words"
        return
    for id, words in zip(record.quotes, record.words, strict=True):
        if id not in contents:
            yield "quotes", f"unknown quote {id!r}"
        elif contents[id] != words:
            yield "quotes", f"{id!r} has other words: {contents[id]!r}"


def _allowed(ask: Ask, registry: Registry) -> Collection[str | None]:
    """The answers that a question can have."""
    if ask == "stance":
        return (*POLARITIES, NONE)
    if ask == "speaker":
        return (*(entity.id for entity in registry if entity.actor), None)
    return ("yes", "no")
