"""Readers' answers become ``annotation/votes.jsonl``: who was for what, and why, item by item.

Each reader has a file of answers, JSON Lines: ``{"cell": "document/holder/target", "answer": …,
"why": …}`` for a stance, ``{"question": id, "answer": …, "why": …}`` for what else was asked. What
the questions are is in a file of its own: ``{"question": id, "document": …, "ask": "speaker",
"quotes": ["q25"]}``, with the ids of the gold's quotes; ``ask`` is one of
:data:`onrecord.corpus.votes.Ask`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import read_records
from onrecord.corpus.votes import Ask, ReaderAnswer, VoteRecord, count_answers, order
from onrecord.exceptions import InvalidInput


class _Answered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reader's answer to one cell or question."""

    answer: str | None
    why: str
    cell: str | None = None
    question: str | None = None


class _Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was asked of one or two quotes."""

    question: str
    document: str
    ask: Ask
    quotes: tuple[str, ...]


def collect_votes(
    files: Sequence[Path], gold: Corpus, questions: Path | None = None
) -> list[VoteRecord]:
    """A record for each item that the readers were asked, with their answers in the files' order.

    Args:
        files: each reader's answers; all must answer the same items, in any order.
        gold: whose quotes the questions are about.
        questions: what was asked beside stances; None where nothing was.

    Returns:
        The records in the one order that ``annotation/votes.jsonl`` has: by document, then stances
        by holder and target, then questions.

    Raises:
        UnknownId: a cell is of no article.
        InvalidInput: a file is not such a file, answers an item twice, or lacks one that another
            has; or a question is about what the gold does not have.
    """
    asked = {} if questions is None else _read_questions(questions, gold)
    given = [_read_answers(file, asked) for file in files]
    items = {item: None for answers in given for item in answers}
    for file, answers in zip(files, given, strict=True):
        for item in items:
            if item not in answers:
                raise InvalidInput(f"has no answer to {item!r}, which others have", file=file)
    places = {id: number for number, id in enumerate(gold.by_id)}
    records = [
        _record(item, asked.get(item), [answers[item] for answers in given], gold) for item in items
    ]
    return sorted(records, key=lambda record: (places[record.document], *order(record)))


def _read_questions(path: Path, gold: Corpus) -> dict[str, _Question]:
    found: dict[str, _Question] = {}
    for line, question in read_records(path, _Question):
        document = gold.by_id.get(question.document)
        known = {quote.id for quote in document.quotes} if document else set()
        for quote in question.quotes:
            if quote not in known:
                reason = f"unknown quote {quote!r}"
                raise InvalidInput(reason, file=path, line=line, document=question.document)
        if question.question in found:
            raise InvalidInput(f"{question.question!r} is asked twice", file=path, line=line)
        found[question.question] = question
    return found


def _read_answers(path: Path, asked: Mapping[str, _Question]) -> dict[str, ReaderAnswer]:
    found: dict[str, ReaderAnswer] = {}
    for line, answered in read_records(path, _Answered):
        item = answered.cell or answered.question or ""
        if (answered.cell is None) == (answered.question is None):
            raise InvalidInput("answers no cell or question, or both", file=path, line=line)
        if answered.cell is None and item not in asked:
            raise InvalidInput(f"unknown question {item!r}", file=path, line=line)
        if answered.cell is not None and item.count("/") != 2:
            raise InvalidInput(f"{item!r} is not document/holder/target", file=path, line=line)
        if item in found:
            raise InvalidInput(f"answers {item!r} twice", file=path, line=line)
        found[item] = ReaderAnswer(answered.answer, answered.why)
    if not found:
        raise InvalidInput("has no answers", file=path)
    return found


def _record(
    item: str, question: _Question | None, readers: Sequence[ReaderAnswer], gold: Corpus
) -> VoteRecord:
    votes = count_answers(reader.answer for reader in readers)
    if question is None:
        document, holder, target = item.split("/")
        return VoteRecord(
            document=gold[document].id,
            ask="stance",
            holder=holder,
            target=target,
            votes=votes,
            readers=tuple(readers),
        )
    text = gold[question.document].text
    quotes = {quote.id: quote for quote in gold[question.document].quotes}
    words = (" ".join(s.of(text) for s in quotes[id].content) for id in question.quotes)
    return VoteRecord(
        document=question.document,
        ask=question.ask,
        quotes=question.quotes,
        words=tuple(words),
        votes=votes,
        readers=tuple(readers),
    )
