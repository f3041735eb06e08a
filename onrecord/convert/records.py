"""Documents with a list of mentions each, as JSON or JSON Lines: what many tools give for a text.

Recognised by their keys: pipelines of Hugging Face (``entity_group``), GLiNER (``label``, ``score``),
Prodigy (``text``, ``spans``), doccano (``text`` or ``data``, and triples in ``label``, or ``entities`` with
``start_offset``), and what looks like these.
"""

from __future__ import annotations

import itertools
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from onrecord.convert.mentions import Converted, Mentions, Others
from onrecord.corpus.arrays import array_items
from onrecord.corpus.corpus import Corpus, load_articles
from onrecord.corpus.files import read_text, text_lines, text_pieces
from onrecord.exceptions import InvalidInput

_LISTS = ("mentions", "entities", "spans", "label", "labels", "ner", "predictions")
_IDS = ("id", "doc", "doc_id", "document")
_TEXTS = ("text", "data")
_START = ("start", "start_offset", "start_char", "begin")
_END = ("end", "end_offset", "end_char")
_LABEL = ("label", "entity_group", "type", "tag")


def from_records(
    path: str | Path,
    articles: Corpus | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    flat: bool = False,
) -> Converted:
    """The mentions of a file that has a list of them for each document.

    A document is found by its ``id``, else by its text, else, in a list of lists, by its place: one
    for each article, in the order of the corpus. Where a mention has its words beside its offsets,
    these must be the article's; offsets may count UTF-16 units.

    Args:
        path: the file, in UTF-8: a JSON list, one JSON object, or JSON Lines.
        articles: the corpus; None: the clone's.
        labels: OntoNotes types by the file's labels, see :class:`onrecord.convert.mentions.Mentions`.
        flat: of mentions that overlap keep what :func:`onrecord.corpus.flat.flatten` does.

    Raises:
        InvalidInput: a document is unknown, a mention has no offsets or label, or its words are
            elsewhere.
    """
    mentions = Mentions(load_articles() if articles is None else articles, labels, flat=flat)
    return mentions.converted(gather_records(path, mentions))


def gather_records(path: str | Path, mentions: Mentions) -> list[str]:
    """Add what :func:`from_records` reads, a document at a time; notes."""
    documents = _documents(path)
    others = Others()
    number, of = -1, None
    for number, (line, value) in enumerate(documents):
        if of is None and isinstance(value, list):
            of = sum(1 for _ in _documents(path))
        try:
            article, found = _identified(value, number, of, mentions)
            if isinstance(value, dict):
                others.count("documents", value, _known(value))
            for item in found:
                _add(mentions, article, item, path, line)
                if isinstance(item, dict):
                    others.count("mentions", item, _OF_MENTIONS)
            mentions.done(article)
        except InvalidInput as error:
            raise error.at(file=path, line=line) from None
    if number < 0:
        raise InvalidInput("has no documents", file=path)
    return others.notes(path)


def _known(value: Mapping[str, Any]) -> set[str]:
    """The keys of a document that are read: its list of mentions, its id, and its text."""
    found = next(name for name in _LISTS if value.get(name) is not None)
    return {found, *_IDS, *_TEXTS}


_OF_MENTIONS = {
    *_START,
    *_END,
    *_LABEL,
    "text",
    "word",
    "entity",
    "entity_id",
    "id",
    "token_start",
    "token_end",
    "index",
}
"""What is read of a mention, and what only numbers it or counts its tokens."""


def is_records(path: str | Path) -> bool:
    """Whether a file has a list of mentions for each document, not a mention a line."""
    try:
        first = [*itertools.islice(_documents(path), 1)]
    except InvalidInput:
        return False
    return any(isinstance(value, list) or _list_of(value) is not None for _, value in first)


def _documents(path: str | Path) -> Iterable[tuple[int | None, Any]]:
    """The values of a file, each with its line if it has one, as far as it can be one at a time."""
    if next(text_pieces(path), "").lstrip().startswith("["):
        items = _items(path)
        first = [*itertools.islice(items, 1)]
        if not any(_is_mention(item) for _, item in first):
            return itertools.chain(first, items)
    else:
        begin = [*itertools.islice((line for line in text_lines(path) if line.strip()), 2)]
        if len(begin) == 2 and all(isinstance(_value(line), dict) for line in begin):
            return _json_lines(path)
    whole = _value(read_text(path))
    if whole is None:
        return _json_lines(path)
    if isinstance(whole, dict) and _is_by_id(whole):
        return [(None, {"id": id, "spans": found}) for id, found in whole.items()]
    if isinstance(whole, list) and not all(map(_is_mention, whole)):
        return [(None, value) for value in whole]
    return [(None, whole)]


def _value(text: str) -> Any:
    """The value that this is in JSON; None if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _items(path: str | Path) -> Iterator[tuple[int, Any]]:
    """The items of an array, each with the line in which it begins."""
    try:
        for line, item in array_items(text_pieces(path), several=True):
            yield line, json.loads(item)
    except InvalidInput as error:
        raise error.at(file=path) from None


def _json_lines(path: str | Path) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text_lines(path), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                raise InvalidInput("not JSON", file=path, line=number) from None


def _is_by_id(values: Mapping[str, Any]) -> bool:
    """Whether an object has lists of mentions by the ids of their documents."""
    lists = values and all(isinstance(one, list) for one in values.values())
    return bool(lists) and not values.keys() & {*_LISTS}


def _is_mention(value: Any) -> bool:
    """Whether a list of such values is of the mentions of one document, as a pipeline gives for one text."""
    return isinstance(value, dict) and _list_of(value) is None and _any(value, _START) is not None


def _identified(
    value: Any, number: int, of: int | None, mentions: Mentions
) -> tuple[str, Sequence[Any]]:
    """The article of a value, which is the one of this number ``of`` all, and its mentions."""
    if isinstance(value, list):
        ids = [*mentions.seeds]
        if of != len(ids):
            raise InvalidInput(f"{of} lists of mentions for {len(ids)} articles: give ids or texts")
        return mentions.article(ids[number]).id, value
    if isinstance(value, dict) and "sha256" in value:
        raise InvalidInput("are predictions already")
    found = _list_of(value)
    if found is None:
        raise InvalidInput(f"no list of mentions (its key is one of {', '.join(_LISTS)})")
    id = _any(value, _IDS)
    if isinstance(id, str) and id in mentions.seeds:
        return mentions.article(id).id, found
    text = _any(value, _TEXTS)
    if isinstance(text, str):
        article = mentions.identify(text)
        if article is not None:
            return article.id, found
        begin = " ".join(text[:60].split())[:30]
        raise InvalidInput(f"its text is no article's, to the character (it begins {begin!r})")
    raise InvalidInput(f"unknown document {id!r} (known: {', '.join(mentions.seeds)})")


def _list_of(value: Any) -> list[Any] | None:
    found = _any(value, _LISTS) if isinstance(value, dict) else None
    return found if isinstance(found, list) else None


def _any(value: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((value[name] for name in names if value.get(name) is not None), None)


def _add(mentions: Mentions, article: str, item: Any, path: str | Path, line: int | None) -> None:
    if isinstance(item, list) and len(item) == 3:
        start, end, label, words, entity = *item, None, None
    elif isinstance(item, dict):
        start, end, label = (_any(item, names) for names in (_START, _END, _LABEL))
        grouped = "entity_group" in item
        words = None if grouped else item.get("text")
        entity = item.get("entity") if "label" in item else item.get("entity_id")
        if label is None and "entity" in item:
            raise InvalidInput(
                "tokens and not entities; give the pipeline an aggregation_strategy",
                document=article,
            )
    else:
        start = end = label = words = entity = None
    if not (type(start) is type(end) is int and isinstance(label, str)):
        reason = f"no start, end and label in {_short(item)}"
        if isinstance(item, dict) and {"start", "end"} <= item.keys() and label is not None:
            reason = f"no offsets in {_short(item)}; a fast tokenizer gives them"
        raise InvalidInput(reason, document=article)
    if not isinstance(words, str | None) or not isinstance(entity, str | None):
        raise InvalidInput(f"text and entity are strings, not {_short(item)}", document=article)
    start, end = mentions.place(article, start, end, words)
    if isinstance(item, dict) and isinstance(item.get("word"), str):
        here = mentions.seeds[article].text[start:end]
        if _letters(item["word"]) != _letters(here):
            reason = f"{item['word']!r} is not the article's {here!r} at {start} to {end}"
            raise InvalidInput(reason, document=article, field="word")
    mentions.add(article, start, end, label, entity=entity, file=path, line=line)


def _letters(words: str) -> str:
    """Letters and digits alone, as a tokenizer may write them: no case, no diacritics, ## in pieces."""
    plain = unicodedata.normalize("NFKD", words.replace("ı", "i")).casefold()
    return "".join(filter(str.isalnum, plain))


def _short(item: Any) -> str:
    words = json.dumps(item, ensure_ascii=False)
    return words if len(words) < 60 else f"{words[:57]}…"
