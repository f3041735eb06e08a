"""Where predictions of own articles go, by way of parts: a file, a folder of shards, or a stream."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO, Protocol

from onrecord.corpus.files import encode_lines, require_writable, write
from onrecord.exceptions import InvalidInput
from onrecord.systems.parts import MANIFEST, Parts
from onrecord.systems.resume import MadeOf

FAILURES = "failures.jsonl"


class Sink(Protocol):
    """A destination. It is made before the run, and refuses what cannot be written."""

    folder: Path
    """Where the parts are."""

    def open(self, system: str, made_of: MadeOf, *, anew: bool) -> Parts:
        """The parts that there are, and will be."""

    def take(self, number: int) -> None:
        """A part is done."""

    def finish(self, count: int) -> Path | None:
        """All are done, so many; the file that lists failures, if there are any."""

    def abort(self) -> None:
        """The run has ended before its end."""


class ToFolder:
    """A folder, whose shards the parts are.

    Raises:
        InvalidInput: nothing can be written there.
    """

    def __init__(self, output: str | Path) -> None:
        self._name = str(output)
        self.folder = Path(output).absolute()
        _require(self.folder / MANIFEST, output)

    def open(self, system: str, made_of: MadeOf, *, anew: bool) -> Parts:
        """See :meth:`Sink.open`.

        Raises:
            InvalidInput: another run is at work there; or there are parts of one, and it is not to
                begin anew.
        """
        self._parts = Parts(self.folder, system, made_of, anew=anew)
        if self._parts.changed or (self._parts.are_here and not len(self._parts)):
            what = ", ".join(self._parts.changed[:3]) or "manifest.jsonl"
            self._parts.release()
            raise InvalidInput(
                f"has parts of another run ({what} differs); name another folder, or --anew removes them",
                file=self._name,
            )
        return self._parts

    def take(self, number: int) -> None:
        """See :meth:`Sink.take`."""

    def finish(self, count: int) -> Path | None:
        """See :meth:`Sink.finish`."""
        self._parts.end(count)
        return _list_failures(self._parts, count, self.folder / FAILURES)

    def abort(self) -> None:
        """See :meth:`Sink.abort`: the shards stay."""


class ToFile:
    """A file; the parts lie in a folder ``FILE.partial`` beside it until they are put together.

    Raises:
        InvalidInput: nothing can be written there.
    """

    def __init__(self, output: str | Path) -> None:
        self._name = output
        require_writable(output)
        self._output = Path(output).absolute()
        self.folder = self._output.with_name(f"{self._output.name}.partial")
        _require(self.folder / MANIFEST, self.folder)

    def open(self, system: str, made_of: MadeOf, *, anew: bool) -> Parts:
        """See :meth:`Sink.open`.

        Raises:
            InvalidInput: another run that makes the file is at work.
        """
        self._parts = Parts(self.folder, system, made_of, anew=anew)
        return self._parts

    def take(self, number: int) -> None:
        """See :meth:`Sink.take`."""

    def finish(self, count: int) -> Path | None:
        """See :meth:`Sink.finish`.

        Raises:
            InvalidInput: the file cannot be written; the parts stay.
        """
        try:
            write(self._output, map(self._parts.content, range(count)))
            stem = self._output.name.removesuffix(".gz").removesuffix(".jsonl")
            listed = _list_failures(
                self._parts, count, self._output.with_name(f"{stem}.{FAILURES}")
            )
        except InvalidInput as error:
            reason = f"{error.reason}; what was predicted is kept in {self.folder}"
            raise InvalidInput(reason, file=error.file) from None
        self._parts.clear()
        return listed

    def abort(self) -> None:
        """See :meth:`Sink.abort`: the parts stay."""


class ToStream:
    """Something open for writing; parts that it cannot have yet wait in a temporary folder."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.folder = Path(tempfile.mkdtemp(prefix="onrecord-"))
        self._done: set[int] = set()
        self._next = 0
        self._is_needed = False

    def open(self, system: str, made_of: MadeOf, *, anew: bool) -> Parts:
        """See :meth:`Sink.open`."""
        self._parts = Parts(self.folder, system, made_of)
        return self._parts

    def take(self, number: int) -> None:
        """Write it, and those after it that wait for it.

        Raises:
            InvalidInput: it cannot be written; what was not stays in the folder.
            BrokenPipeError: nobody reads any more.
        """
        self._done.add(number)
        while self._next in self._done:
            try:
                self._stream.write(self._parts.content(self._next))
                self._stream.flush()
            except BrokenPipeError:
                raise
            except OSError as error:
                self._is_needed = True
                kept = f"what was predicted and not written is kept in {self.folder}"
                raise InvalidInput(f"output: {error.strerror}; {kept}") from None
            self._parts.path(self._next).unlink()
            self._done.remove(self._next)
            self._next += 1

    def finish(self, count: int) -> Path | None:
        """See :meth:`Sink.finish`; failures are listed nowhere."""
        shutil.rmtree(self.folder, ignore_errors=True)
        return None

    def abort(self) -> None:
        """See :meth:`Sink.abort`: what could not be written stays."""
        if not self._is_needed:
            shutil.rmtree(self.folder, ignore_errors=True)


def _require(path: Path, said: str | Path) -> None:
    try:
        require_writable(path)
    except InvalidInput as error:
        raise InvalidInput(error.reason, file=said) from None


def _list_failures(parts: Parts, count: int, path: Path) -> Path | None:
    """Write the failures, or remove the list of another run where there are none."""
    if next(parts.failures(count), None) is None:
        path.unlink(missing_ok=True)
        return None
    write(path, (encode_lines([failure]) for failure in parts.failures(count)))
    return path
