"""WebAnno TSV 3, which INCEpTION exports: a token a line with its offsets, a column a feature."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from onrecord.convert.mentions import Converted, Mentions, Others
from onrecord.corpus.corpus import Corpus, load_articles
from onrecord.corpus.files import read_text
from onrecord.exceptions import InvalidInput

_ROW = re.compile(r"\d+-\d+(?:\.\d+)?")
_NUMBERED = re.compile(r"(.*?)(?:\[(\d+)\])?", re.DOTALL)
_LABELS = ("value", "label", "type", "namedentity")
"""The features that may hold the type, of the first layer of spans that has one."""


class _Columns(NamedTuple):
    """Which columns of a row hold the type and, if there is one, the entity."""

    label: int
    entity: int | None


class _Token(NamedTuple):
    line: int
    start: int
    end: int
    words: str
    cells: list[str]


def from_webanno(
    paths: Sequence[str | Path],
    articles: Corpus | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    flat: bool = False,
) -> Converted:
    """The spans of the first layer that has a type (``value``, ``label``), ``identifier`` as the entity.

    A file is of the article whose id is its name, or in which all its tokens are at their offsets,
    which count UTF-16 units.

    Args:
        paths: the files, in UTF-8.
        articles: the corpus; None: the clone's.
        labels: OntoNotes types by the files' labels, see :class:`onrecord.convert.mentions.Mentions`.
        flat: of mentions that overlap keep what :func:`onrecord.corpus.flat.flatten` does.

    Raises:
        InvalidInput: a file is not of this format, has no layer of typed spans, or is of no article.
    """
    mentions = Mentions(load_articles() if articles is None else articles, labels, flat=flat)
    return mentions.converted(gather_webanno(paths, mentions))


def gather_webanno(paths: Sequence[str | Path], mentions: Mentions) -> list[str]:
    """Add what :func:`from_webanno` reads, a file at a time; notes."""
    notes: list[str] = []
    for path in paths:
        columns, tokens, others = _read(path)
        notes += others
        article = _article(Path(path), tokens, mentions)
        spans: dict[str, list[tuple[_Token, str, str | None]]] = {}
        for token in tokens:
            for key, label, entity in _annotations(token, columns):
                spans.setdefault(key, []).append((token, label, entity))
        for pieces in spans.values():
            (first, label, entity), (last, _, _) = pieces[0], pieces[-1]
            try:
                start, _ = mentions.place(article, first.start, first.end, first.words)
                _, end = mentions.place(article, last.start, last.end, last.words)
            except InvalidInput as error:
                raise error.at(file=path, line=first.line) from None
            mentions.add(article, start, end, label, entity=entity, file=path, line=first.line)
        mentions.done(article)
    return notes


def _read(path: str | Path) -> tuple[_Columns, list[_Token], list[str]]:
    """The columns that are read, the tokens, and what is not used."""
    lines = [line.removesuffix("\r") for line in read_text(path).split("\n")]
    if not lines[0].startswith("#FORMAT=WebAnno TSV 3"):
        raise InvalidInput("is not WebAnno TSV 3 (#FORMAT=...)", file=path, line=1)
    columns = _columns(lines)
    if columns is None:
        known = " or ".join(_LABELS)
        raise InvalidInput(f"has no layer of spans with a feature {known}", file=path)
    tokens = []
    odd: list[int] = []
    others = Others()
    names = _features(lines)
    for number, line in enumerate(lines, start=1):
        cells = line.split("\t")
        if line.startswith("#") or not line.strip():
            continue
        if not _ROW.fullmatch(cells[0]):
            odd.append(number)
            continue
        offsets = re.fullmatch(r"(\d+)-(\d+)", cells[1]) if len(cells) > 2 else None
        if offsets is None:
            raise InvalidInput(f"is no row with offsets: {line[:40]!r}", file=path, line=number)
        words = re.sub(r"\\(.)", r"\1", cells[2])
        tokens.append(_Token(number, int(offsets[1]), int(offsets[2]), words, cells))
        filled = {
            names.get(place, f"column {place + 1}"): True
            for place, cell in enumerate(cells[3:], start=3)
            if place not in columns and cell not in ("", "_", "*") and not cell.startswith("*[")
        }
        others.count("tokens", filled, ())
    notes = others.notes(path)
    if odd:
        notes.append(f"{path}: lines that are no rows: {len(odd)}, the first at line {odd[0]}")
    return columns, tokens, notes


def _features(lines: Sequence[str]) -> dict[int, str]:
    """The name of each column, ``layer.feature``."""
    names: dict[int, str] = {}
    column = 3
    for line in lines:
        kind, _, layer = line.partition("=")
        if kind not in ("#T_SP", "#T_CH", "#T_RL"):
            continue
        name, *features = layer.split("|")
        short = name.rpartition(".")[2]
        for feature in features or [""]:
            names[column] = f"{short}.{feature}".rstrip(".")
            column += 1
        if kind == "#T_RL" and not layer.count("BT_"):
            column += 1
    return names


def _columns(lines: Sequence[str]) -> _Columns | None:
    """The columns of the first layer of spans with a type; they follow the head's layers in order."""
    column = 3
    for line in lines:
        kind, _, layer = line.partition("=")
        if kind not in ("#T_SP", "#T_CH", "#T_RL"):
            continue
        name, *features = layer.split("|")
        width = len(features) or 1
        if kind == "#T_SP":
            named = [feature.casefold() for feature in features]
            for wanted in _LABELS:
                if wanted in named:
                    entity = column + named.index("identifier") if "identifier" in named else None
                    return _Columns(column + named.index(wanted), entity)
            if "namedentity" in name.casefold() and len(features) == 1:
                return _Columns(column, None)
        column += width + (kind == "#T_RL" and not layer.count("BT_"))
    return None


def _annotations(token: _Token, columns: _Columns) -> Iterator[tuple[str, str, str | None]]:
    """A key for each annotation of a token, its label and its entity; stacked ones have a bar between."""
    cells = token.cells
    if columns.label >= len(cells) or cells[columns.label] in ("_", ""):
        return
    linked = cells[columns.entity] if columns.entity is not None else "*"
    stacked = re.split(r"(?<!\\)\|", cells[columns.label])
    entities = re.split(r"(?<!\\)\|", linked)
    for number, cell in enumerate(stacked):
        label, id = _numbered(cell)
        entity = _numbered(entities[number])[0] if number < len(entities) else "*"
        if label not in ("_", "*"):
            key = f"[{id}]" if id else f"{token.cells[0]}.{number}"
            yield key, label, None if entity in ("_", "*") else entity


def _numbered(cell: str) -> tuple[str, str | None]:
    found = _NUMBERED.fullmatch(cell)
    assert found is not None  # any string does
    return re.sub(r"\\(.)", r"\1", found[1]), found[2]


def _article(path: Path, tokens: Sequence[_Token], mentions: Mentions) -> str:
    if path.stem in mentions.seeds:
        return mentions.article(path.stem).id
    for id, seed in mentions.seeds.items():
        units = seed.text.encode("utf-16-le")
        if tokens and all(
            units[2 * token.start : 2 * token.end].decode("utf-16-le", "ignore") == token.words
            for token in tokens
        ):
            return mentions.article(id).id
    known = ", ".join(mentions.seeds)
    reason = f"of no article: neither its name nor its tokens (known: {known})"
    raise InvalidInput(reason, file=path)
