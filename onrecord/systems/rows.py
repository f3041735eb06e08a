"""Rows of articles, lazily: a folder of text files, JSON Lines, Parquet, or what ``datasets`` reads.

What else a row has is left aside. Rows are numbered from 1, lines as in the file.
"""

from __future__ import annotations

import functools
import gzip
import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from onrecord.corpus.files import read_text
from onrecord.document import Zone
from onrecord.exceptions import InvalidInput, OnRecordError

HUB = "hf:"
"""How the name of something begins that ``datasets`` reads."""
_MARK = b"\xef\xbb\xbf"
_BATCH = 256
"""Rows of a Parquet file that are held at a time."""


class Columns(NamedTuple):
    """What the columns of rows are called."""

    id: str = "id"
    text: str = "text"


class Row(NamedTuple):
    """An article as it is read, and where."""

    number: int
    file: str
    line: int | None
    id: str | int | None
    text: str
    zones: tuple[Zone, ...] | None = None
    meta: Mapping[str, Any] = {}


def is_json_lines(path: Path) -> bool:
    """Whether a file is JSON Lines, by its name."""
    return path.name.endswith((".jsonl", ".jsonl.gz"))


def text_files(folder: Path) -> Iterator[Path]:
    """The text files in a folder and those within it, in the order of their names."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", file=folder) from None
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from text_files(folder / entry.name)
        elif entry.name.endswith(".txt"):
            yield folder / entry.name


def text_rows(folder: Path, name: str) -> Iterator[Row]:
    """The texts of a folder; an id is the path within it without ``.txt``, unprintable characters ``_``."""
    for number, path in enumerate(text_files(folder), start=1):
        inner = path.relative_to(folder).as_posix()
        id = "".join(c if c.isprintable() else "_" for c in inner.removesuffix(".txt"))
        try:
            text = read_text(path)
        except InvalidInput as error:
            raise InvalidInput(error.reason, file=Path(name) / inner, line=error.line) from None
        yield Row(number, inner, None, id, text)


def json_rows(path: Path, name: str, columns: Columns) -> Iterator[Row]:
    """The lines of a JSON Lines file."""
    decoder = msgspec.json.Decoder(_row_type(columns))
    peek = msgspec.json.Decoder(dict[str, Any])
    try:
        with _opened(path) as file:
            for number, line in enumerate(file, start=1):
                line = line.removeprefix(_MARK) if number == 1 else line
                if not line.strip():
                    continue
                try:
                    yield _row(decoder.decode(line), number, name, number)
                except msgspec.ValidationError as error:
                    document = _peeked(peek, line, columns)
                    raise _invalid(error, name, number, document) from None
                except (msgspec.DecodeError, RecursionError) as error:
                    raise InvalidInput(f"not JSON: {error}", file=name, line=number) from None
                except UnicodeDecodeError:
                    raise InvalidInput("not UTF-8", file=name, line=number) from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise InvalidInput("cannot be unpacked: it is not whole, or not gzip", file=name) from None
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", file=name) from None


def parquet_rows(path: Path, name: str, columns: Columns) -> Iterator[Row]:
    """The rows of a Parquet file.

    Raises:
        OnRecordError: pyarrow is not installed.
        InvalidInput: it is no such file, or a row has no such columns.
    """
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise OnRecordError("pyarrow is not installed; pip install 'onrecord[datasets]'") from None
    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            _require_columns(names, columns, name)
            wanted = [one for one in (*columns, "zones", "meta") if one in names]
            number = 0
            for batch in file.iter_batches(_BATCH, columns=wanted):
                for values in batch.to_pylist():
                    number += 1
                    yield _converted(values, number, name, columns)
    except (ArrowException, OSError) as error:
        reason = " ".join(str(error).split())
        raise InvalidInput(f"cannot be read: {reason}", file=name) from None


def hub_rows(name: str, columns: Columns, split: str | None, config: str | None) -> Iterator[Row]:
    """The rows of what ``datasets`` reads by this name or path; one without an id has its number.

    Raises:
        OnRecordError: ``datasets`` is not installed.
        InvalidInput: there is no such thing, or it has several splits or no such column.
    """
    try:
        import datasets
    except ImportError:
        raise OnRecordError("datasets is not installed; pip install 'onrecord[datasets]'") from None
    shown = f"{HUB}{name}"
    try:
        found = _loaded(datasets, name, config)
        if isinstance(found, Mapping):
            chosen = split or (next(iter(found)) if len(found) == 1 else None)
            if chosen not in found:
                known = ", ".join(map(str, found))
                reason = "has several" if split is None else f"there is no {split}"
                raise InvalidInput(f"{reason} (known: {known})", file=shown, field="--split")
            found = found[chosen]
        elif split is not None:
            raise InvalidInput("has no splits", file=shown, field="--split")
        for number, values in enumerate(found, start=1):
            if number == 1:
                own = columns if columns.id != "id" else Columns(columns.text, columns.text)
                _require_columns(list(values), own, shown)
            yield _converted({"id": str(number), **values}, number, shown, columns)
    except OnRecordError:
        raise
    except Exception as error:  # whatever the library or its servers raise
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InvalidInput(f"cannot be read: {reason}", file=shown) from None


def _loaded(datasets: Any, name: str, config: str | None) -> Any:
    """Something that yields rows, or such by the names of their splits."""
    folder = Path(name)
    if (folder / "state.json").is_file() or (folder / "dataset_dict.json").is_file():
        return datasets.load_from_disk(name)
    return datasets.load_dataset(name, config, streaming=True)


def _opened(path: Path) -> BinaryIO:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


@functools.cache
def _row_type(columns: Columns) -> type[Any]:
    """A row of these columns."""
    return msgspec.defstruct(
        "ArticleRow",
        [
            ("text", str),
            ("id", str | int | None, None),
            ("zones", tuple[Zone, ...] | None, None),
            ("meta", dict[str, Any] | None, None),
        ],
        rename={"id": columns.id, "text": columns.text},
        kw_only=True,
    )


def _row(values: Any, number: int, file: str, line: int | None) -> Row:
    return Row(number, file, line, values.id, values.text, values.zones, values.meta or {})


def _converted(values: Mapping[str, Any], number: int, file: str, columns: Columns) -> Row:
    try:
        row = msgspec.convert(values, _row_type(columns))
    except msgspec.ValidationError as error:
        document = values.get(columns.id)
        raise _invalid(error, file, number, None if document is None else str(document)) from None
    return _row(row, number, file, number)


def _invalid(
    error: msgspec.ValidationError, file: str, line: int, document: str | None
) -> InvalidInput:
    reason, _, field = str(error).partition(" - at `$")
    field = field.rstrip("`").lstrip(".")
    return InvalidInput(reason, file=file, line=line, document=document, field=field or None)


def _peeked(
    peek: msgspec.json.Decoder[dict[str, Any]], line: bytes, columns: Columns
) -> str | None:
    try:
        id = peek.decode(line).get(columns.id)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return None if id is None else str(id)


def _require_columns(names: list[str], columns: Columns, file: str) -> None:
    for name in columns:
        if name not in names:
            known = ", ".join(names)
            raise InvalidInput(f"has no column {name!r} (known: {known})", file=file)
