"""Own articles: texts that have no gold, gone through without holding them.

An article without zones is body from end to end. Ids may not occur twice; what is remembered of each
is a hash and its place, sixteen bytes.
"""

from __future__ import annotations

import bisect
import contextlib
import hashlib
import heapq
import itertools
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from onrecord.corpus.validation import validate
from onrecord.document import Document, Meta, Zone, text_hash
from onrecord.exceptions import InvalidInput
from onrecord.systems.rows import (
    HUB,
    Columns,
    Row,
    hub_rows,
    is_json_lines,
    json_rows,
    parquet_rows,
    text_files,
    text_rows,
)


class Articles:
    """Articles that can be gone through again and again.

    Args:
        path: a folder of text files; JSON Lines (``.jsonl``, ``.jsonl.gz``) or Parquet with
            ``id`` and ``text`` and, if there, ``zones`` and ``meta``; or ``hf:`` and a name or
            path that ``datasets`` reads.
        columns: what the columns of rows are called.
        split: of what ``datasets`` reads; None: the only one.
        config: of what ``datasets`` reads; None: the only one.

    Raises:
        InvalidInput: there is no such folder or file, or it has not what an option asks for.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        columns: Columns | None = None,
        split: str | None = None,
        config: str | None = None,
    ) -> None:
        self.name = str(path)
        self.is_local = not self.name.startswith(HUB)
        self._columns = columns or Columns()
        self._split, self._config = split, config
        self._path = Path(path)
        if self.is_local:
            for option, value in (("--split", split), ("--config", config)):
                if value is not None:
                    raise InvalidInput(f"is for {HUB}NAME alone", field=option)
            self._require_there()
            self._path = self._path.absolute()  # a system may change the working directory

    def _require_there(self) -> None:
        path = self._path
        if path.is_dir():
            if self._columns != Columns():
                raise InvalidInput("is a folder of texts, which have no columns", file=self.name)
        elif not path.exists():
            raise InvalidInput("no such file or folder", file=self.name)
        elif not is_json_lines(path) and path.suffix != ".parquet":
            known = f"a folder of *.txt, .jsonl, .jsonl.gz, .parquet, {HUB}NAME"
            raise InvalidInput(f"is none of: {known}", file=self.name)

    def __iter__(self) -> Iterator[Document]:
        """The articles, each checked, in their order.

        Raises:
            InvalidInput: one is not valid, or has the id of one before; those before it come first.
        """
        seen = Seen()
        for row in self._rows():
            try:
                id = _id(row)
                first = seen.add(id, row.number)
                if first is not None:
                    raise InvalidInput(f"is the id of {self._said(first)} too", document=id)
                document = _document(row, id)
            except InvalidInput as error:
                raise error.at(file=row.file, line=row.line) from None
            yield document

    def count(self) -> int | None:
        """How many there are, after all were checked; None where that would fetch all from afar.

        Raises:
            InvalidInput: as above, or there is none.
        """
        if not self.is_local:
            return None
        number = sum(1 for _ in self)
        if not number:
            what = "no *.txt" if self._path.is_dir() else "no articles"
            raise InvalidInput(f"has {what}", file=self.name)
        return number

    def _rows(self) -> Iterator[Row]:
        if not self.is_local:
            return hub_rows(self.name.removeprefix(HUB), self._columns, self._split, self._config)
        if self._path.is_dir():
            return text_rows(self._path, self.name)
        if self._path.suffix == ".parquet":
            return parquet_rows(self._path, self.name, self._columns)
        return json_rows(self._path, self.name, self._columns)

    def _said(self, number: int) -> str:
        """Where the row of this number is, as a user says it."""
        if self.is_local and self._path.is_dir():
            path = next(itertools.islice(text_files(self._path), number - 1, None))
            return str(path.relative_to(self._path))
        return f"{'line' if is_json_lines(self._path) else 'row'} {number}"


def _id(row: Row) -> str:
    if row.id is None or row.id == "":
        raise InvalidInput("is missing or empty", field="id")
    id = str(row.id)
    try:
        id.encode()
    except UnicodeEncodeError:
        raise InvalidInput(f"{id!a} cannot be written as UTF-8", field="id") from None
    return id


def _document(row: Row, id: str) -> Document:
    text = row.text
    zones = row.zones or ((Zone(0, len(text), "body"),) if text else ())
    known = {name: row.meta.get(name) for name in Meta.__struct_fields__ if name in row.meta}
    try:
        meta = _meta(known, row.file)
        return validate(Document(id=id, text=text, sha256=text_hash(text), meta=meta, zones=zones))
    except UnicodeEncodeError:
        raise InvalidInput("cannot be written as UTF-8", document=id, field="text") from None
    except InvalidInput as error:
        raise InvalidInput(error.reason, document=id, field=error.field) from None


def _meta(known: dict[str, Any], file: str) -> Meta:
    import msgspec

    for name, value in known.items():
        with contextlib.suppress(AttributeError):
            known[name] = value.isoformat()  # a date, as Parquet has them
    try:
        return msgspec.convert({"file": file, **known}, Meta)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$")
        raise InvalidInput(reason, field=f"meta{place.rstrip('`')}") from None


class Seen:
    """Ids that have been, each with a number: sorted tables of hashes, and those since they were made.

    Two of a million ids have one hash of 64 bits by chance in one of 10^7 cases.
    """

    _NEW = 1 << 14

    def __init__(self) -> None:
        self._new: dict[int, int] = {}
        self._tables: list[_Table] = []
        """Each at least twice as long as the next, so that they are few."""

    def add(self, id: str, number: int) -> int | None:
        """Remember the id; the number that it was remembered with before, if it was."""
        digest = hashlib.blake2b(id.encode(), digest_size=8).digest()
        hash = int.from_bytes(digest, "little")
        before = self._new.get(hash)
        for table in self._tables if before is None else ():
            place = bisect.bisect_left(table.hashes, hash)
            if place < len(table.hashes) and table.hashes[place] == hash:
                return table.numbers[place]
        if before is None:
            self._new[hash] = number
            if len(self._new) >= self._NEW:
                self._settle()
        return before

    def _settle(self) -> None:
        """Make a table of those since the last was made; it takes in those that are not longer."""
        table = _Table.of(sorted(self._new.items()))
        while self._tables and len(self._tables[-1].hashes) < 2 * len(table.hashes):
            table = _Table.of(heapq.merge(self._tables.pop().pairs(), table.pairs()))
        self._tables.append(table)
        self._new = {}


class _Table(NamedTuple):
    """Hashes in their order, and a number for each."""

    hashes: array[int]
    numbers: array[int]

    @staticmethod
    def of(pairs: Iterable[tuple[int, int]]) -> _Table:
        table = _Table(array("Q"), array("q"))
        for hash, number in pairs:
            table.hashes.append(hash)
            table.numbers.append(number)
        return table

    def pairs(self) -> Iterator[tuple[int, int]]:
        return zip(self.hashes, self.numbers, strict=True)
