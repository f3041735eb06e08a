"""A lot of articles through a system: what it gives is checked, and becomes lines of a file.

This is the work of :mod:`onrecord.systems.engines`: an item is a lot of articles as JSON Lines, its
result an :class:`Outcome`. Nothing that a system does with an article ends it: where the system
raises, or returns what is not a valid document, the document counts as empty and is a failure.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from onrecord.corpus.files import DocumentRecord, encode_documents, encode_lines
from onrecord.corpus.registry import Target
from onrecord.corpus.validation import validate
from onrecord.document import LAYERS, Document
from onrecord.exceptions import InvalidInput
from onrecord.systems.failures import Failed, one_line
from onrecord.systems.given import GIVABLE
from onrecord.systems.loading import PredictAll, System, load_system
from onrecord.systems.watch import Watch
from onrecord.systems.work import Function


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a system gave for a lot of articles."""

    content: bytes
    """A line for each article, in order, as a file of predictions has them."""
    documents: int
    failures: tuple[Failed, ...] = ()
    notes: tuple[str, ...] = ()
    """What else it did that is worth a word, such as files that it left open."""


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What a system gets beside the articles."""

    targets: tuple[Target, ...] = ()
    given: tuple[str, ...] = ()
    """The layers that it is given; the articles have them."""
    apart: bool = False
    """Whether each document is a world of its own, which it reads without the others."""


class Ready(msgspec.Struct, frozen=True):
    """The work of a system that is set up in this process."""

    system: System
    conditions: Conditions

    def set_up(self) -> Function:
        """The function from a lot to its outcome."""
        return partial(_do, self.system, self.conditions)


class InFile(msgspec.Struct, frozen=True, kw_only=True):
    """The work of a system in a file, which each worker sets up for itself."""

    path: str
    options: dict[str, str]
    name: str
    conditions: Conditions

    def set_up(self) -> Function:
        """Load the system; the function from a lot to its outcome."""
        return Ready(load_system(self.path, self.options, name=self.name), self.conditions).set_up()

    @property
    def folder(self) -> str:
        """Where the file and the modules beside it are."""
        return str(Path(self.path).resolve().parent)

    def at(self, folder: str) -> InFile:
        """The same where that folder is there."""
        return msgspec.structs.replace(self, path=str(Path(folder) / Path(self.path).name))


def encode_lot(articles: Iterable[Document]) -> bytes:
    """A lot as an item: the articles with the layers that they are given."""
    return encode_lines(articles)


def decode_lot(item: bytes) -> list[Document]:
    """The articles of an item."""
    return [_article.decode(line) for line in item.splitlines()]


def decode_outcome(result: bytes) -> Outcome:
    """The outcome of a result."""
    return _outcome.decode(result)


def decode_content(content: bytes, articles: Sequence[Document]) -> list[Document]:
    """The articles with what their lines say."""
    records = map(_record.decode, content.splitlines())
    return [
        article.with_layers(mentions=record.mentions, quotes=record.quotes, stances=record.stances)
        for article, record in zip(articles, records, strict=True)
    ]


_article = msgspec.json.Decoder(Document)
_record = msgspec.json.Decoder(DocumentRecord)
_outcome = msgspec.msgpack.Decoder(Outcome)


def _do(system: System, conditions: Conditions, item: bytes) -> bytes:
    articles = decode_lot(item)
    with Watch() as watch:
        results = _results(system, articles, conditions)
        checked = [
            _check(article, result, system, conditions)
            for article, result in zip(articles, results, strict=True)
        ]
        del results  # what it left open is closed now, and told
    outcome = Outcome(
        content=encode_documents(
            (
                article.bare() if isinstance(one, Failed) else one
                for article, one in zip(articles, checked, strict=True)
            ),
            text=False,
            layers=system.layers,
        ),
        documents=len(articles),
        failures=tuple(one for one in checked if isinstance(one, Failed)),
        notes=watch.notes,
    )
    return msgspec.msgpack.encode(outcome)


def lost(articles: Sequence[Document], layers: Sequence[str] | None, reason: str) -> Outcome:
    """The outcome of articles on which the worker died."""
    return Outcome(
        content=encode_documents(
            (article.bare() for article in articles), text=False, layers=layers
        ),
        documents=len(articles),
        failures=tuple(Failed(article.id, reason) for article in articles),
    )


def _results(system: System, articles: Sequence[Document], conditions: Conditions) -> list[Any]:
    """What the system returns for each article, or the exception that it raises."""
    if system.predict_all is None:
        return [_run_one(system, article, conditions.targets) for article in articles]
    lots = [[article] for article in articles] if conditions.apart else [articles]
    return [
        result for lot in lots for result in _run_all(system.predict_all, lot, conditions.targets)
    ]


def _run_one(system: System, article: Document, targets: Sequence[Target]) -> Any:
    assert system.predict is not None
    try:
        return system.predict(article, targets)
    except (Exception, SystemExit) as error:
        return error


def _run_all(
    predict_all: PredictAll, articles: Sequence[Document], targets: Sequence[Target]
) -> list[Any]:
    try:
        results = list(predict_all(articles, targets))
    except (Exception, SystemExit) as error:
        return [error] * len(articles)
    if len(results) != len(articles):
        reason = f"predict_all returned {len(results)} documents for {len(articles)}"
        return [InvalidInput(reason)] * len(articles)
    return results


def _check(
    article: Document, result: Any, system: System, conditions: Conditions
) -> Document | Failed:
    """The result as a document of this article, or why it is none."""
    if isinstance(result, BaseException):
        reason = (
            result.reason if isinstance(result, InvalidInput) else one_line(result, system.path)
        )
        return Failed(article.id, reason, "".join(traceback.format_exception(result)))
    if not isinstance(result, Document):
        return Failed(article.id, f"returned {type(result).__name__}, not a Document")
    if result.id != article.id:
        return Failed(article.id, f"returned the document {result.id!r}")
    if result.text != article.text:
        return Failed(article.id, "returned another text")
    try:
        targets = [target.id for target in conditions.targets]
        document = validate(result, targets=targets)
        encode_documents([document], text=False)  # a lone surrogate cannot be written
    except InvalidInput as error:
        return Failed(article.id, f"{error.field}: {error.reason}")
    except Exception as error:
        return Failed(article.id, one_line(error, system.path))
    answered = {GIVABLE[layer] for layer in conditions.given}
    extra = _filled(document) - set(system.layers or LAYERS) - answered
    if extra:
        return Failed(article.id, f"has {min(extra)}, which its layers leave out")
    return article.with_layers(
        mentions=document.mentions, quotes=document.quotes, stances=document.stances
    ).canonical()


def _filled(document: Document) -> set[str]:
    found = {
        "entities": document.mentions,
        "quotes": document.quotes,
        "stances": document.stances,
    }
    return {layer for layer, items in found.items() if items}
