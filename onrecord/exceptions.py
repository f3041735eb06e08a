"""What can go wrong, as one tree of exceptions; each message is one line a user can act on.

    OnRecordError
    ├── InvalidInput       a file, line, document or field that breaks the rules
    │   ├── InvalidDocument    one or more broken rules in one document
    │   └── UnknownId          an id that a corpus or registry does not have (a KeyError, too)
    ├── Unsupported        what this operating system does not have
    ├── AuthoringError     a draft whose words are not in the article as it says
    ├── SystemFailure      a system file that cannot be loaded or run at all
    └── ServerError        Label Studio cannot be reached, refuses, or answers nonsense

The command line prints the message and ends with exit status 2; the library never prints.
"""

from __future__ import annotations

from collections.abc import Sequence


class OnRecordError(Exception):
    """The base of every error that this library raises on purpose."""


class InvalidInput(OnRecordError):
    """Input that breaks the rules.

    The message reads ``file:line: document: field: reason``; parts that are not known are left out.
    """

    def __init__(
        self,
        reason: str,
        *,
        file: object = None,
        line: int | None = None,
        document: str | None = None,
        field: str | None = None,
    ) -> None:
        self.reason = reason
        self.file = None if file is None else str(file)
        self.line = line
        self.document = document
        self.field = field
        super().__init__(self._message())

    def _message(self) -> str:
        place = self.file
        if place is not None and self.line is not None:
            place = f"{place}:{self.line}"
        parts = [place, self.document, self.field, self.reason]
        return " ".join(": ".join(part for part in parts if part).splitlines())

    def at(self, *, file: object = None, line: int | None = None) -> InvalidInput:
        """The same error with the file and line it was found at, unless it knows of another file."""
        if self.file is not None:
            return self
        return InvalidInput(
            self.reason,
            file=file,
            line=line if self.line is None else self.line,
            document=self.document,
            field=self.field,
        )


class InvalidDocument(InvalidInput):
    """A document that breaks one or more rules; ``problems`` lists all of them, the message gives the first."""

    def __init__(
        self,
        problems: Sequence[tuple[str, str]],
        *,
        document: str,
        file: object = None,
        line: int | None = None,
    ) -> None:
        self.problems = tuple(problems)
        field, reason = self.problems[0]
        more = len(self.problems) - 1
        if more:
            reason = f"{reason} (and {more} more)"
        super().__init__(reason, file=file, line=line, document=document, field=field)

    def at(self, *, file: object = None, line: int | None = None) -> InvalidDocument:
        """The same error with the file and line it was found at, unless it knows of another file."""
        assert self.document is not None
        if self.file is not None:
            return self
        return InvalidDocument(
            self.problems,
            document=self.document,
            file=file,
            line=line if self.line is None else self.line,
        )


class UnknownId(InvalidInput, KeyError):
    """An id that a corpus or a registry does not have."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would quote it


class Unsupported(OnRecordError):
    """What the operating system does not have; the message says what does."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} needs Linux or macOS; on Windows use WSL, the Windows Subsystem for Linux"
        )


class AuthoringError(OnRecordError):
    """A draft whose words are not in the article the way the draft says."""


class SystemFailure(OnRecordError):
    """A system file that cannot be loaded, or that names nothing to run."""


class ServerError(OnRecordError):
    """Label Studio is not running, refuses the request, or answers what this library cannot use."""
