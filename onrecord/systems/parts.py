"""Parts: what a run has done so far, in a folder, so that after it was killed it goes on from there.

A part is what a system gave for one lot of articles: a file ``part-00000.jsonl``, written whole or not
at all. ``manifest.jsonl`` says what the run is made of, then has a line for each part: a hash over
that and the part's articles, and a hash of the file. A part counts only where both are right, so that
nothing is ever mixed: not two systems, nor two lists of targets or articles.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import msgspec

from onrecord.corpus.files import encode_lines, posix_locks, write
from onrecord.exceptions import InvalidInput, Unsupported
from onrecord.systems.failures import Failure
from onrecord.systems.resume import MadeOf, changed, made_of_hash

MANIFEST = "manifest.jsonl"
_PART = re.compile(r"part-\d{5,}\.jsonl")


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a manifest."""

    system: str
    made_of: dict[str, str]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a manifest: one part."""

    part: int
    """Its number, from 0."""
    documents: int
    key: str
    """A sha256 over what the run is made of and the part's articles."""
    sha256: str
    """Of its file."""
    failures: tuple[Failure, ...] = ()


class End(msgspec.Struct, frozen=True, kw_only=True):
    """The last line of a manifest whose run has come to its end."""

    parts: int
    documents: int
    failures: int


class InUse(InvalidInput):
    """A folder in which another run keeps its parts at this moment."""


class Parts:
    """The parts in a folder, which is this run's until :meth:`release`.

    Args:
        folder: where they are; it need not be there.
        system: the system's name.
        made_of: what the run is made of; parts of another do not count.
        anew: remove all parts that there are.

    Attributes:
        changed: what has changed since the parts in the folder were made, which therefore do not
            count; nothing, where they do, or where there are none.
        since: when the last of them was made, local time.

    Raises:
        InUse: another run is at work in the folder.
        InvalidInput: it cannot be written.
    """

    def __init__(self, folder: Path, system: str, made_of: MadeOf, *, anew: bool = False) -> None:
        self.folder = folder.absolute()
        self._goes = not self.folder.exists()
        """Whether the folder is removed in the end, if nothing is in it."""
        self._claim = _claimed(self.folder)
        self._head = Head(system=system, made_of=dict(made_of))
        self._hash = made_of_hash(made_of)
        self._kept: dict[int, Part] = {}
        self._begun = False
        """Whether this run has written here."""
        head, parts, self._ended = _read(self.folder / MANIFEST)
        self.changed = changed(head.made_of, made_of) if head else []
        if head is not None and not self.changed:
            self._kept = parts
        self.since = _changed_at(self.folder / MANIFEST)
        if anew:
            try:
                self.clear()
            except BaseException:
                self.release()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    @property
    def are_here(self) -> bool:
        """Whether there are parts in the folder, of this run or of another."""
        return bool(self._files())

    def __len__(self) -> int:
        return len(self._kept)

    def key(self, item: bytes) -> str:
        """The key of the part that a lot of articles becomes."""
        return hashlib.sha256(self._hash.encode("ascii") + item).hexdigest()

    def get(self, number: int, key: str) -> Part | None:
        """The part of this number, if it has this key and its file is whole."""
        part = self._kept.get(number)
        if part is None or part.key != key:
            return None
        try:
            content = self.path(number).read_bytes()
        except OSError:
            return None
        return part if hashlib.sha256(content).hexdigest() == part.sha256 else None

    def add(
        self, number: int, key: str, content: bytes, documents: int, failures: tuple[Failure, ...]
    ) -> Part:
        """Keep a part.

        Raises:
            InvalidInput: it cannot be written.
        """
        part = Part(
            part=number,
            documents=documents,
            key=key,
            sha256=hashlib.sha256(content).hexdigest(),
            failures=tuple(Failure(one.document, one.reason) for one in failures),
        )
        self._begin()
        write(self.path(number), content)
        self._append(part)
        self._kept[number] = part
        return part

    def path(self, number: int) -> Path:
        """The file of a part."""
        return self.folder / f"part-{number:05}.jsonl"

    def content(self, number: int) -> bytes:
        """What a part holds.

        Raises:
            InvalidInput: it is not what was kept: another run has written here meanwhile.
        """
        path = self.path(number)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InvalidInput(f"cannot be read: {error.strerror}", file=path) from None
        if hashlib.sha256(content).hexdigest() != self._kept[number].sha256:
            raise InvalidInput("was changed by another run meanwhile", file=path)
        return content

    def failures(self, of: int) -> Iterator[Failure]:
        """The failures in the first ``of`` parts."""
        for number in range(of):
            yield from self._kept[number].failures

    def end(self, of: int) -> None:
        """Make the manifest that of a whole run of so many parts, and remove any beyond.

        Raises:
            InvalidInput: it cannot be written.
        """
        parts = [self._kept[number] for number in range(of)]
        end = End(
            parts=of,
            documents=sum(part.documents for part in parts),
            failures=sum(len(part.failures) for part in parts),
        )
        if not self._begun and self._ended == end:
            return  # nothing was done that had not been done
        for path in (*self._files(), *self.folder.glob(".onrecord-*.tmp")):
            if path not in {self.path(number) for number in range(of)}:
                path.unlink(missing_ok=True)
        write(self.folder / MANIFEST, encode_lines([self._head, *parts, end]))

    def clear(self) -> None:
        """Remove the parts of all runs."""
        (self.folder / MANIFEST).unlink(missing_ok=True)
        for path in (*self._files(), *self.folder.glob(".onrecord-*.tmp")):
            path.unlink(missing_ok=True)
        self._kept, self._ended, self.changed = {}, None, []
        self._goes = True

    def release(self) -> None:
        """Let other runs work in the folder, which goes if it came with this run and is empty."""
        claim, self._claim = self._claim, None
        if self._goes:
            with contextlib.suppress(OSError):
                self.folder.rmdir()
        if claim is not None:
            _let_go(claim)

    def _files(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return [path for path in self.folder.iterdir() if _PART.fullmatch(path.name)]

    def _begin(self) -> None:
        """Before the first part is written: the manifest is that of a run which goes on."""
        if self._begun:
            return
        if self._kept:
            kept = [self._kept[number] for number in sorted(self._kept)]
            write(self.folder / MANIFEST, encode_lines([self._head, *kept]))
        else:
            self.clear()
            write(self.folder / MANIFEST, encode_lines([self._head]))
        self._begun = True

    def _append(self, part: Part) -> None:
        path = self.folder / MANIFEST
        try:
            with path.open("ab") as file:
                file.write(b"\n" + encode_lines([part]))  # a line that was cut off stands apart
        except OSError as error:
            raise InvalidInput(f"cannot be written: {error.strerror}", file=path) from None


def _claimed(folder: Path) -> int | None:
    """A lock on the folder, which is made: what is to be closed; None where there are no such locks.

    Raises:
        InUse: another run has it.
        InvalidInput: the folder cannot be made.
    """
    try:
        fcntl = posix_locks("a run")
    except Unsupported:
        return None
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            claim = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue  # another run has just removed it
        except OSError as error:
            raise InvalidInput(f"cannot be written: {error.strerror}", file=folder) from None
        _CLAIMS.add(claim)
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _let_go(claim)
            raise InUse("another run is at work here", file=folder) from None
        except OSError:  # a file system without locks
            _let_go(claim)
            return None
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(claim), folder.stat()):
                return claim
        _let_go(claim)


_CLAIMS: set[int] = set()
"""The locks of this process, open files."""


def _let_go(claim: int) -> None:
    _CLAIMS.discard(claim)
    os.close(claim)


def _let_go_of_all() -> None:
    """What a process that was forked does: it has the open files of its parent, who may be killed."""
    for claim in [*_CLAIMS]:
        _let_go(claim)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_of_all)


def _changed_at(path: Path) -> datetime.datetime:
    """When a file was last written; now, where there is none."""
    try:
        return datetime.datetime.fromtimestamp(path.stat().st_mtime)
    except OSError:
        return datetime.datetime.now()


def _read(path: Path) -> tuple[Head | None, dict[int, Part], End | None]:
    """What a manifest says; lines that are not whole do not count."""
    head: Head | None = None
    parts: dict[int, Part] = {}
    end: End | None = None
    try:
        with path.open("rb") as file:
            for line in file:
                try:
                    if head is None:
                        head = msgspec.json.decode(line, type=Head)
                    elif line.startswith(b'{"part":'):
                        part = msgspec.json.decode(line, type=Part)
                        parts[part.part] = part
                    elif line.strip():
                        end = msgspec.json.decode(line, type=End)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    continue
    except OSError:
        return None, {}, None
    return head, parts, end
