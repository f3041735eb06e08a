"""Files of answers in words: an answer for each document becomes a prediction for each article."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from onrecord.convert.answers import (
    LAYERS_OF,
    Answer,
    answer_schema,
    listed,
    no_faults,
    place,
)
from onrecord.convert.kept import Kept, KeptDocuments
from onrecord.convert.mentions import Converted
from onrecord.corpus.arrays import array_items
from onrecord.corpus.corpus import Corpus, load_articles
from onrecord.corpus.files import PIECE, opened_text
from onrecord.corpus.predictions import Predictions
from onrecord.document import Document
from onrecord.exceptions import InvalidInput


def from_answers(paths: Sequence[str | Path], articles: Corpus | None = None) -> Converted:
    """Predictions from files of answers in words.

    A file is JSON or JSON Lines: of each document an object with its ``id`` and the lists
    ``mentions``, ``quotes`` and ``stances`` as far as they were asked for, by itself, in a list, or
    in ``{"documents": [...]}``. A document may come several times, with other lists.

    Args:
        paths: the files, in UTF-8.
        articles: the corpus; None: the clone's.

    Raises:
        InvalidInput: a file is not JSON, a document is unknown, or a list of it comes again.
    """
    corpus = load_articles() if articles is None else articles
    answered = Answered(corpus.by_id, corpus.target_ids)
    answered.read(paths)
    return answered.converted()


class Answered:
    """Answers in words, and what they become, by article.

    Both wait in temporary files, so that memory does not grow with the number of lines of JSON.

    Args:
        articles: the articles by id.
        targets: the ids of the targets that there are.
    """

    def __init__(self, articles: Mapping[str, Document], targets: Collection[str]) -> None:
        self._articles = articles
        self._targets = targets
        self._said, self._placed = Kept(), KeptDocuments()
        self._asked: set[str] = set()
        """The lists that some answer has."""
        self._first: str | Path | None = None

    def read(self, paths: Sequence[str | Path]) -> None:
        """Read the answers of files.

        Raises:
            InvalidInput: as :func:`from_answers`.
        """
        self._first = paths[0] if paths else None
        for path in paths:
            try:
                for line, answer in _read_answers(path):
                    try:
                        self._add(answer)
                    except InvalidInput as error:
                        raise error.at(line=line) from None
            except InvalidInput as error:
                raise error.at(file=path) from None
        if not self._said:
            raise InvalidInput("has no answers", file=self._first)

    def _add(self, answer: Answer) -> None:
        known = self._articles
        if answer.id not in known:
            hint = "" if len(known) > 10 else f" (known: {', '.join(known)})"
            raise InvalidInput(f"unknown document {answer.id!r}{hint}")
        new = {name: found for name in LAYERS_OF if (found := getattr(answer, name)) is not None}
        if answer.id in self._said:
            before = self._answer(answer.id)
            both = [name for name in new if getattr(before, name) is not None]
            if both:
                raise InvalidInput("is given again", document=answer.id, field=both[0])
            answer = msgspec.structs.replace(before, **new)
        self._asked.update(new)
        # as they came: what is no JSON, such as NaN or half a character, is found when it is placed
        self._said.put(answer.id, json.dumps(msgspec.structs.asdict(answer)).encode("ascii"))

    def _answer(self, id: str) -> Answer:
        return Answer(**json.loads(self._said.get(id)))

    def finish(self) -> tuple[str, ...]:
        """Find the place of all that was said; what there is to say of it.

        Raises:
            InvalidInput: nothing has a place.
        """
        faults = no_faults()
        given = placed = 0
        missing = []
        for id in self._articles:
            article = self._articles[id]
            if id not in self._said:
                missing.append(id)
                self._placed.put(article.bare())
                continue
            answer = self._answer(id)
            document = place(article, answer, self._targets, faults)
            given += sum(len(getattr(answer, name) or ()) for name in LAYERS_OF)
            placed += sum(len(getattr(document, name)) for name in LAYERS_OF)
            self._placed.put(document)
        if given and not placed:
            reason = f"none of the {given} items could be placed: {faults.lines[0]}"
            raise InvalidInput(reason, file=self._first)
        notes = [*faults.told()]
        if missing:
            notes.append(f"not in the input, so empty: {listed(missing)}")
        return tuple(notes)

    def converted(self) -> Converted:
        """What :meth:`finish` placed, and an empty document for each article without an answer.

        Raises:
            InvalidInput: as :meth:`finish`.
        """
        notes = self.finish()
        documents = []
        for id, article in self._articles.items():
            found = self._placed.get(id)
            documents.append(
                article.bare().with_layers(
                    mentions=found.mentions, quotes=found.quotes, stances=found.stances
                )
            )
        return Converted(Predictions(documents, self._attempted() or None), notes)

    def encoded(self) -> Iterator[bytes]:
        """What :meth:`finish` placed as the lines of a file of predictions, one at a time."""
        return self._placed.encoded(self._articles, self._attempted() or None)

    def _attempted(self) -> list[str]:
        """The layers that the lists attempt which were asked for."""
        return [layer for name in LAYERS_OF if name in self._asked for layer in LAYERS_OF[name]]


def _read_answers(path: str | Path) -> Iterator[tuple[int | None, Answer]]:
    """The answers of a file, with their line where each has its own."""
    for line, value in _values(path):
        values = value if isinstance(value, list) else [value]
        for one in values:
            if isinstance(one, dict) and one.keys() == {"canary"}:
                continue
            _require_words([one], path, line)
            inner = one.get("documents", [one]) if isinstance(one, dict) else [one]
            _require_words(inner, path, line)
            try:
                yield from ((line, answer) for answer in msgspec.convert(inner, list[Answer]))
            except msgspec.ValidationError as error:
                reason = str(error).replace(" - at `$[0]`", "").replace(" - at `$", " - at `")
                raise InvalidInput(
                    f"no answer for a document: {reason}", file=path, line=line
                ) from None


def _values(path: str | Path) -> Iterator[tuple[int | None, Any]]:
    """The JSON of a file with its line, as far as it has one: item by item where the file is an array,
    line by line where each line has a value; else the one value.
    """
    with opened_text(path) as file:  # which may be a pipe, to be read once
        begin = file.read(1)
        while begin.isspace() and (more := file.read(1)):
            begin += more
        if begin.endswith("["):
            pieces = itertools.chain([begin], iter(lambda: file.read(PIECE), ""))
            for line, item in array_items(pieces, several=True):
                yield line, [json.loads(item)]
        else:
            first = io.StringIO(begin + file.readline(), newline="\n")
            yield from _lines(itertools.chain(first, file), path)


def _lines(lines: Iterator[str], path: str | Path) -> Iterator[tuple[int | None, Any]]:
    """The value of each line with its number, or the one value of all of them."""
    begin: list[str] = []
    filled: list[str] = []
    while len(filled) < 2 and (line := next(lines, None)) is not None:
        begin.append(line)
        filled += [line] if line.strip() else []
    if len(filled) < 2 or _decode(filled[0]) is None:
        begin += lines
        whole = _decode("".join(begin))
        if whole is not None:
            yield None, whole
            return
    for number, line in enumerate(itertools.chain(begin, lines), start=1):
        if line.strip():
            value = _decode(line)
            if value is None:
                line = line.rstrip("\r\n")
                reason = f"not JSON, which one object a line or one in all must be: {line[:40]!r}"
                raise InvalidInput(reason, file=path, line=number)
            yield number, value


def _require_words(values: Any, path: str | Path, line: int | None) -> None:
    """Make sure that these are answers in words, and not what is made of them, or what they came in.

    Raises:
        InvalidInput: they are predictions, or raw answers of a model.
    """
    for value in values if isinstance(values, list) else ():
        if isinstance(value, dict) and "sha256" in value and "raw" not in value:
            raise InvalidInput("are predictions already: they have offsets", file=path, line=line)
        if isinstance(value, dict) and "raw" in value:
            reason = "are raw answers, which baselines/llm.py reads (--option answers=FILE)"
            raise InvalidInput(reason, file=path, line=line)


def _decode(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def document_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the answer for one document, a line of a file."""
    documents = {
        asked: answer_schema(asked)["properties"]["documents"]["items"] for asked in LAYERS_OF
    }
    inner = {asked: document["properties"][asked] for asked, document in documents.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An answer in words: what is said of one document",
        "type": "object",
        "properties": {"id": {"type": "string"}, **{k: _lenient(v) for k, v in inner.items()}},
        "required": ["id"],
    }


def _lenient(schema: dict[str, Any]) -> dict[str, Any]:
    """A list of the schema in which what may be null may be left out."""
    item = dict(schema["items"])
    properties = item["properties"]
    item["required"] = [
        name
        for name, value in properties.items()
        if not any(one.get("type") == "null" for one in value.get("anyOf", ()))
    ]
    item.pop("additionalProperties", None)
    return {**schema, "items": item}
