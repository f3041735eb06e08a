"""Own articles: texts that have no gold, gone through without holding them.

An article without zones is body from end to end. Ids may not occur twice; what is remembered of each
is a hash and its place, sixteen bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


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
    """Ids that have been, each with a number: a sorted table of hashes, and those since it was made.

    Two of a million ids have one hash of 64 bits by chance in one of 10^7 cases.
    """

    _NEW = 1 << 16

    def __init__(self) -> None:
        self._new: dict[int, int] = {}
        self._hashes: NDArray[np.uint64] | None = None
        self._numbers: NDArray[np.int64] | None = None

    def add(self, id: str, number: int) -> int | None:
        """Remember the id; the number that it was remembered with before, if it was."""
        hash = int.from_bytes(hashlib.blake2b(id.encode(), digest_size=8).digest(), "little")
        before = self._new.setdefault(hash, number)
        if before != number:
            return before
        old = self._find(hash)
        if old is None and len(self._new) >= self._NEW:
            self._settle()
        return old

    def _find(self, hash: int) -> int | None:
        if self._hashes is None or self._numbers is None:
            return None
        import numpy as np

        place = int(np.searchsorted(self._hashes, np.uint64(hash)))
        found = place < len(self._hashes) and int(self._hashes[place]) == hash
        return int(self._numbers[place]) if found else None

    def _settle(self) -> None:
        """Put those since the table was made into it."""
        import numpy as np

        hashes = np.fromiter(self._new.keys(), np.uint64, len(self._new))
        numbers = np.fromiter(self._new.values(), np.int64, len(self._new))
        if self._hashes is not None and self._numbers is not None:
            hashes = np.concatenate([self._hashes, hashes])
            numbers = np.concatenate([self._numbers, numbers])
        order = np.argsort(hashes)
        self._hashes, self._numbers = hashes[order], numbers[order]
        self._new = {}
