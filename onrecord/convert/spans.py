"""Lists of spans, as JSON Lines or as a table with a header."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from onrecord.convert.mentions import Converted, Mentions
from onrecord.corpus.corpus import Corpus, load_articles
from onrecord.corpus.files import read_records, text_lines
from onrecord.exceptions import InvalidInput

_DOCUMENT = ("id", "doc", "doc_id")
"""What the column with the document's id may be called."""


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    start: int
    end: int
    label: str
    entity: str | None = None
    text: str | None = None


def from_spans(
    path: str | Path,
    articles: Corpus | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    flat: bool = False,
) -> Converted:
    """The mentions that a list of spans names.

    The file is JSON Lines or, with a header, CSV or TSV; each row has ``id`` (or ``doc``,
    ``doc_id``), ``start``, ``end``, ``label`` and, if known, ``entity`` and ``text``. Offsets are
    Python's, half open; where there is a ``text`` it must be the article's at the offsets.

    Args:
        path: the file, in UTF-8.
        articles: the corpus; None: the clone's.
        labels: OntoNotes types by the file's labels, see :class:`onrecord.convert.mentions.Mentions`.
        flat: of mentions that overlap keep what :func:`onrecord.corpus.flat.flatten` does.

    Raises:
        InvalidInput: a row is malformed, names an unknown document or label, has another text than
            the article, or its span breaks a rule, such as overlapping another without ``flat``.
    """
    mentions = Mentions(load_articles() if articles is None else articles, labels, flat=flat)
    return mentions.converted(gather_spans(path, mentions))


def gather_spans(path: str | Path, mentions: Mentions) -> list[str]:
    """Add what :func:`from_spans` reads, a row at a time; notes."""
    unused: set[str] = set()
    before = None
    for line, values, is_text in _rows(path):
        unused |= values.keys() - {*_DOCUMENT, *_Row.__struct_fields__}
        try:
            document = _add(mentions, values, is_text, path, line)
            if before not in (None, document):
                mentions.done(before)
            before = document
        except InvalidInput as error:
            raise error.at(file=path, line=line) from None
    return [f"{path}: not used: {', '.join(sorted(unused))}"] if unused else []


def _add(
    mentions: Mentions, values: Mapping[str, Any], is_text: bool, path: str | Path, line: int
) -> str:
    """Add the mention of a row; its document."""
    named = [values[name] for name in _DOCUMENT if name in values]
    if len(named) != 1 or not isinstance(named[0], str):
        raise InvalidInput(f"needs the document's id, in one of {', '.join(_DOCUMENT)}")
    article = mentions.article(named[0])
    try:
        row = msgspec.convert(values, _Row, strict=not is_text)
    except msgspec.ValidationError as error:
        reason, _, field = str(error).partition(" - at `$.")
        raise InvalidInput(reason, document=article.id, field=field.rstrip("`") or None) from None
    start, end = mentions.place(article.id, row.start, row.end, row.text)
    mentions.add(article.id, start, end, row.label, entity=row.entity, file=path, line=line)
    return article.id


def _rows(path: str | Path) -> Iterator[tuple[int, dict[str, Any], bool]]:
    """Line, values by name, and whether all values are text, as in a table."""
    first = next((line for line in text_lines(path) if line.strip()), "")
    if first.lstrip().startswith("["):
        reason = (
            "is a JSON list, but not of documents with a list of mentions (its key is mentions, "
            "entities, spans, label, labels, ner or predictions); or give one object a line"
        )
        raise InvalidInput(reason, file=path)
    if not first or first.lstrip().startswith("{"):
        for number, record in read_records(path, dict[str, Any]):
            yield number, record, False
        return
    delimiter = "\t" if "\t" in first else ","
    lines = (f"{line}\n" for line in text_lines(path))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    line = 1
    try:
        for row in reader:
            if header is None:
                header = row
                _check_header(header)
            elif row:
                if len(row) != len(header):
                    raise InvalidInput(f"has {len(row)} cells, the header has {len(header)}")
                cells = zip(header, row, strict=True)
                yield line, {name: cell for name, cell in cells if cell}, True
            line = reader.line_num + 1
    except csv.Error as error:
        raise InvalidInput(f"not a table: {error}", file=path, line=line) from None
    except InvalidInput as error:
        raise error.at(file=path, line=line) from None


def _check_header(header: list[str]) -> None:
    for name in ("start", "end", "label"):
        if name not in header:
            raise InvalidInput(f"the header has no column {name!r}")
    if len(set(header)) < len(header):
        raise InvalidInput("the header names a column twice")
