"""The one reader and the one writer: JSON Lines and canonical JSON, never half-written."""

from __future__ import annotations

import contextlib
import errno
import gzip
import io
import os
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from onrecord.corpus.arrays import array_items
from onrecord.corpus.stdin import STANDARD_INPUT, standard_input
from onrecord.document import Document, Mention, Meta, Quote, Stance, Zone
from onrecord.exceptions import InvalidInput, Unsupported

T = TypeVar("T")

MARK = b"\xef\xbb\xbf"
"""The byte order mark that some programs write in front of UTF-8."""


class DocumentRecord(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False
):
    """A document as a line of a file; a stand-off record leaves out text, meta and zones."""

    id: str
    sha256: str
    layers: tuple[str, ...] | None = None
    """The layers that the system attempts; see :mod:`onrecord.corpus.predictions`."""
    text: str | None = None
    meta: Meta | None = None
    zones: tuple[Zone, ...] | None = None
    mentions: tuple[Mention, ...] = ()
    quotes: tuple[Quote, ...] = ()
    stances: tuple[Stance, ...] = ()
    canary: str | None = None


class _StandoffRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    id: str
    sha256: str
    layers: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    mentions: tuple[Mention, ...]
    quotes: tuple[Quote, ...]
    stances: tuple[Stance, ...]


def read_records(path: str | Path, type: type[T]) -> Iterator[tuple[int, T]]:
    """The lines of a JSON Lines file, each with its number (from 1), decoded as ``type``.

    Raises:
        InvalidInput: the file cannot be read, is not UTF-8, or a line is not JSON of this type.
    """
    decoder = msgspec.json.Decoder(type)
    for number, line in enumerate(byte_lines(path), start=1):
        if number == 1:
            line = line.removeprefix(MARK)
        if line.strip():
            yield number, decode_with(line.removesuffix(b"\n"), decoder, path, number)


def decode_line(line: bytes, type: type[T], *, file: str | Path, number: int) -> T:
    """A line of a JSON Lines file, decoded as ``type``.

    Raises:
        InvalidInput: it is not JSON, in UTF-8, of this type.
    """
    return decode_with(line, msgspec.json.Decoder(type), file, number)


def decode_with(line: bytes, decoder: msgspec.json.Decoder[T], path: str | Path, number: int) -> T:
    """What :func:`decode_line` gives, by a decoder that is at hand."""
    try:
        return decoder.decode(line)
    except msgspec.ValidationError as error:
        field, reason = _split_path(str(error))
        raise InvalidInput(
            reason, file=path, line=number, document=_peek_id(line), field=field
        ) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(f"not JSON: {error}", file=path, line=number) from None
    except UnicodeDecodeError:
        raise InvalidInput("not UTF-8", file=path, line=number) from None


def read_json(path: str | Path, type: type[T]) -> T:
    """The JSON value in a file, decoded as ``type``.

    Raises:
        InvalidInput: the file cannot be read or is not JSON, in UTF-8, of this type.
    """
    content = read_bytes(path).removeprefix(MARK)
    try:
        return msgspec.json.decode(content, type=type)
    except msgspec.ValidationError as error:
        field, reason = _split_path(str(error))
        raise InvalidInput(reason, file=path, field=field) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(f"not JSON: {error}", file=path) from None
    except UnicodeDecodeError:
        raise InvalidInput("not UTF-8", file=path) from None


def read_items(path: str | Path) -> Iterator[Any]:
    """The items of the JSON array in a file, one at a time.

    Raises:
        InvalidInput: the file cannot be read or is no JSON array in UTF-8; the items before the place
            where that shows are given first.
    """
    try:
        for line, item in array_items(text_pieces(path)):
            try:
                yield msgspec.json.decode(item)
            except (msgspec.DecodeError, RecursionError) as error:
                raise InvalidInput(f"not JSON: {error}", line=line) from None
    except InvalidInput as error:
        raise error.at(file=path) from None


def read_documents(
    path: str | Path, seeds: Mapping[str, Document] | None = None
) -> Iterator[tuple[int, Document]]:
    """The documents of a JSON Lines file, each with its line number, not yet validated.

    Args:
        path: the file.
        seeds: the articles by id; a record without text is joined with its article by id and
            sha256. None: every record must carry its text.

    Raises:
        InvalidInput: a line is not a document, names an unknown one or one that an earlier line
            has, or was made from another text.
    """
    return ((line, document) for line, document, _ in read_lines(path, seeds))


class Line(NamedTuple):
    """A line of a file: its number (from 1), its document, and the layers that it declares."""

    number: int
    document: Document
    layers: tuple[str, ...] | None


def read_lines(path: str | Path, seeds: Mapping[str, Document] | None = None) -> Iterator[Line]:
    """What :func:`read_documents` reads, with the layers that each line declares."""
    lines: dict[str, int] = {}
    for line, record in read_records(path, DocumentRecord):
        if record.id in lines:
            reason = f"the document of line {lines[record.id]} again"
            raise InvalidInput(reason, file=path, line=line, document=record.id)
        lines[record.id] = line
        try:
            yield Line(line, _join(record, seeds), record.layers)
        except InvalidInput as error:
            raise error.at(file=path, line=line) from None


def _join(record: DocumentRecord, seeds: Mapping[str, Document] | None) -> Document:
    if seeds is None:
        if record.text is None or record.meta is None:
            raise InvalidInput("has no text or no meta", document=record.id)
        return Document(
            id=record.id,
            text=record.text,
            sha256=record.sha256,
            meta=record.meta,
            zones=record.zones or (),
            mentions=record.mentions,
            quotes=record.quotes,
            stances=record.stances,
        )
    seed = seeds.get(record.id)
    if seed is None:
        raise unknown_document(record.id, seeds)
    return join(record, seed)


def unknown_document(id: str, seeds: Collection[str]) -> InvalidInput:
    """That there is no article of this id, and which there are."""
    known = ", ".join(seeds) if len(seeds) <= 20 else f"{len(seeds)} articles"
    return InvalidInput(f"unknown document (known: {known})", document=id)


def join(record: DocumentRecord, seed: Document) -> Document:
    """The article with the layers of a record.

    Raises:
        InvalidInput: the record was made from another text.
    """
    if record.text not in (None, seed.text):
        raise InvalidInput("is not the article's", document=record.id, field="text")
    if record.sha256 != seed.sha256:
        raise InvalidInput(
            f"is not the hash of the article, {seed.sha256}", document=record.id, field="sha256"
        )
    return Document(
        id=seed.id,
        text=seed.text,
        sha256=seed.sha256,
        meta=seed.meta,
        zones=seed.zones,
        mentions=record.mentions,
        quotes=record.quotes,
        stances=record.stances,
    )


def standoff(one: Document | DocumentRecord) -> Document:
    """A document as predictions hold it: without the text, which the article of this hash has."""
    return Document(
        id=one.id,
        text="",
        sha256=one.sha256,
        meta=Meta(file=""),
        mentions=one.mentions,
        quotes=one.quotes,
        stances=one.stances,
    )


def read_bytes(path: str | Path) -> bytes:
    """What a file holds, unpacked where its name ends in ``.gz``; ``-`` is standard input.

    Raises:
        InvalidInput: the file cannot be read.
    """
    if str(path) == STANDARD_INPUT:
        return standard_input().read()
    with _reading(path):
        content = Path(path).read_bytes()
        return gzip.decompress(content) if _is_packed(path) else content


def read_text(path: str | Path) -> str:
    """The text of a file in UTF-8, line ends as they are, without a byte order mark.

    Raises:
        InvalidInput: the file cannot be read or is not UTF-8.
    """
    content = read_bytes(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidInput("not UTF-8", file=path, line=line) from None


def text_lines(path: str | Path) -> Iterator[str]:
    """The lines of a file in UTF-8, one at a time, without their ends (LF, or CR LF) and a mark.

    Raises:
        InvalidInput: the file cannot be read or is not UTF-8.
    """
    with opened_text(path) as lines:
        for line in lines:
            yield line.removesuffix("\n").removesuffix("\r")


def text_pieces(path: str | Path) -> Iterator[str]:
    """What :func:`read_text` gives, in pieces of which none is empty.

    Raises:
        InvalidInput: the file cannot be read or is not UTF-8.
    """
    with opened_text(path) as file:
        while piece := file.read(PIECE):
            yield piece


@contextlib.contextmanager
def opened_text(path: str | Path) -> Iterator[io.TextIOWrapper]:
    """A file in UTF-8 to be read, line ends as they are, without a byte order mark."""
    try:
        with (
            _opened(path) as file,
            contextlib.closing(io.TextIOWrapper(file, "utf-8-sig", newline="\n")) as text,
        ):
            yield text
    except UnicodeDecodeError:
        raise InvalidInput("not UTF-8", file=path, line=_first_not_utf8(path)) from None


def _first_not_utf8(path: str | Path) -> int:
    """The first line that is not UTF-8."""
    for number, line in enumerate(byte_lines(path), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            return number
    return 1  # it has changed since


def byte_lines(path: str | Path) -> Iterator[bytes]:
    """The lines of a file with their ends, one at a time; else as :func:`read_bytes`."""
    with _opened(path) as file:
        yield from file


PIECE = 2**18
"""Bytes read at once: lines of articles are longer than Python's own buffer, and slow to take from it."""


@contextlib.contextmanager
def _opened(path: str | Path) -> Iterator[Any]:
    """A binary file to be read, unpacked where its name ends in ``.gz``; ``-`` is standard input."""
    if str(path) == STANDARD_INPUT:
        with standard_input() as kept:
            yield kept
        return
    with _reading(path):
        if _is_packed(path):
            with gzip.open(path) as packed:
                yield packed
        else:
            with Path(path).open("rb", buffering=PIECE) as plain:
                yield plain


@contextlib.contextmanager
def _reading(path: str | Path) -> Iterator[None]:
    """Say in one line why a file cannot be read."""
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise InvalidInput("cannot be unpacked: it is not whole, or not gzip", file=path) from None
    except FileNotFoundError:
        raise InvalidInput("no such file", file=path) from None
    except UnicodeDecodeError:
        raise
    except ValueError:
        raise InvalidInput("cannot be read: a name has no NUL", file=path) from None
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", file=path) from None


def encode_documents(
    documents: Iterable[Document], *, text: bool, layers: Sequence[str] | None = None
) -> bytes:
    """The documents as JSON Lines in canonical form; without ``text`` as stand-off records.

    Args:
        documents: what to write.
        text: with the articles' text.
        layers: what each stand-off record declares; None: nothing.
    """
    return b"".join(encode_document(document, text=text, layers=layers) for document in documents)


def encode_document(
    document: Document, *, text: bool, layers: Sequence[str] | None = None
) -> bytes:
    """One document as :func:`encode_documents` writes it: a line with its end."""
    document = document.canonical()
    record: Document | _StandoffRecord = document
    if not text:
        record = _StandoffRecord(
            id=document.id,
            sha256=document.sha256,
            layers=msgspec.UNSET if layers is None else tuple(layers),
            mentions=document.mentions,
            quotes=document.quotes,
            stances=document.stances,
        )
    return msgspec.json.encode(record) + b"\n"


def encode_lines(records: Iterable[Any]) -> bytes:
    """The records as JSON Lines, fields in the order of their type."""
    return b"".join(msgspec.json.encode(record) + b"\n" for record in records)


def encode_json(value: Any) -> bytes:
    """The value as canonical JSON: keys sorted, one item a line, a final newline."""
    plain = msgspec.json.encode(value, order="sorted")
    return msgspec.json.format(plain, indent=1) + b"\n"


def _is_packed(path: str | Path) -> bool:
    return Path(path).suffix == ".gz"


def write(path: str | Path, content: bytes | Iterable[bytes]) -> None:
    """Write the file whole or not at all: beside its place first, then moved into it.

    A name that ends in ``.gz`` is packed, the same content always to the same bytes.

    A link is followed; what is there and is no plain file is left alone. A process that is killed
    meanwhile leaves a file ``.onrecord-*.tmp``, which git ignores and nothing reads.

    Args:
        path: the file.
        content: what it is to hold, at once or piece by piece.

    Raises:
        InvalidInput: the file cannot be written.
    """
    path = _destination(path)
    pieces: Iterable[bytes]
    if isinstance(content, bytes):
        pieces = [gzip.compress(content, mtime=0) if _is_packed(path) else content]
    else:
        pieces = _packed(content) if _is_packed(path) else content
    beside = path.with_name(f".onrecord-{os.urandom(6).hex()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with beside.open("xb") as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                beside.chmod(path.stat().st_mode & 0o777)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InvalidInput(f"cannot be written: {error.strerror}", file=path) from None


def is_folder(path: str | Path) -> bool:
    """Whether it is one; a name that no file can have is none."""
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def require_writable(path: str | Path) -> None:
    """Make sure that :func:`write` can write the file, before what goes into it is made.

    Nothing is left behind: where folders are missing, the nearest one that is there is looked at.

    Raises:
        InvalidInput: it cannot be written.
    """
    path = _destination(path)
    folder = next(one for one in path.parents if one.exists())
    beside = folder / f".onrecord-{os.urandom(6).hex()}.tmp"
    try:
        longest = os.pathconf(folder, "PC_NAME_MAX") if hasattr(os, "pathconf") else 255
        if any(len(os.fsencode(part)) > longest for part in path.parts):
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        try:
            with beside.open("xb") as file:
                file.write(bytes(_PROBE))
                file.flush()
                os.fsync(file.fileno())
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidInput(f"cannot be written: {error.strerror}", file=path) from None


_PROBE = 4096
"""So many bytes tell a full disk."""


def _destination(path: str | Path) -> Path:
    """Where a file is to be written, links followed.

    Raises:
        InvalidInput: it is a folder or no plain file, or there can be no such name.
    """
    if str(path).endswith(("/", os.sep)):
        raise InvalidInput("is a folder", file=path)
    if "\0" in str(path):
        raise InvalidInput("cannot be written: a name has no NUL", file=path)
    try:
        path = Path(path)
        if path.is_dir():
            raise InvalidInput("is a folder", file=path)
        if path.exists() and not path.is_file():  # a pipe's name leads nowhere when it is resolved
            raise InvalidInput("is no plain file", file=path)
        path = path.resolve()
    except OSError as error:
        raise InvalidInput(f"cannot be written: {error.strerror}", file=path) from None
    return path


def _packed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces as one file of gzip, without a time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time change what is in a folder; others wait here.

    Raises:
        Unsupported: the system has no such locks (Windows).
    """
    fcntl = posix_locks("changing a corpus")
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def posix_locks(what: str) -> Any:
    """The module of POSIX's locks.

    Raises:
        Unsupported: the system has none (Windows).
    """
    try:
        import fcntl
    except ImportError:
        raise Unsupported(what) from None
    return fcntl


def write_changed(files: Mapping[Path, bytes]) -> list[Path]:
    """Write the files that are not there yet or hold something else; these files.

    Raises:
        InvalidInput: a file cannot be written.
    """
    changed = []
    for path, content in files.items():
        if not path.exists() or path.read_bytes() != content:
            write(path, content)
            changed.append(path)
    return changed


def _split_path(message: str) -> tuple[str | None, str]:
    """Msgspec's ``reason - at `$.path` `` as field and reason."""
    reason, found, path = message.partition(" - at `$")
    if not found:
        return None, message
    return path.rstrip("`").lstrip(".") or None, reason


class _HasId(msgspec.Struct):
    id: str


def _peek_id(line: bytes) -> str | None:
    try:
        return msgspec.json.decode(line, type=_HasId).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
