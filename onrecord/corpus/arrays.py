"""Long JSON arrays, item by item, so that none need be held as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from onrecord.exceptions import InvalidInput

_SPACE = re.compile(r"[ \t\r\n]*")
_AFTER = frozenset(" \t\r\n,]")
"""What can follow an item, and tells that a number has ended."""


def array_items(pieces: Iterable[str], *, several: bool = False) -> Iterator[tuple[int, str]]:
    """The items of a JSON array as they are written, each with the line (from 1) in which it begins.

    Of the array no more is held than a piece and an item.

    Args:
        pieces: the text of the array, cut anywhere; no piece is empty.
        several: other arrays may follow, as in JSON Lines; their items follow.

    Raises:
        InvalidInput: it is no JSON array, or goes on after its end; what comes before is given first.
    """
    text = _Text(pieces)
    if text.next() != "[":
        raise InvalidInput("is no JSON array", line=text.line)
    while text.next() == "[":
        text.at += 1
        if text.next() != "]":
            while True:
                line = text.line
                yield line, text.value()
                if text.next() != ",":
                    break
                text.at += 1
                text.next()
        if text.next() != "]":
            raise text.error("no comma or end of the array after an item")
        text.at += 1
        if not several:
            break
    if text.next():
        raise text.error("something follows the array")


class _Text:
    """What is to come of a text in pieces: from ``at`` on in what is held, then other pieces."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)
        self._held = ""
        self._scan = json.JSONDecoder().raw_decode
        self._before = 0
        """Characters of the line that are no longer held."""
        self.at = 0
        self.line = 1

    def next(self) -> str:
        """The character that comes after white space, which is gone; none at the end."""
        while True:
            found = _SPACE.match(self._held, self.at)
            assert found is not None
            self._pass(found.end())
            if self.at < len(self._held):
                return self._held[self.at]
            if not self._more():
                return ""

    def value(self) -> str:
        """The value that begins here, which is gone then.

        Raises:
            InvalidInput: none does, or it does not end.
        """
        while True:
            end, reason = 0, ""
            try:
                _, end = self._scan(self._held, self.at)
            except json.JSONDecodeError as error:
                reason, end = error.msg.removesuffix(" at"), error.pos
            except (RecursionError, ValueError) as error:
                reason = str(error)
            if self._held[end : end + 1] in _AFTER and not reason:
                break
            if not self._more():
                if reason:
                    self._pass(max(end, self.at))
                    raise self.error(reason)
                break
        value = self._held[self.at : end]
        self._pass(end)
        return value

    def error(self, reason: str) -> InvalidInput:
        """That what begins here is no JSON, and why."""
        newline = self._held.rfind("\n", 0, self.at)
        character = self.at - newline + (self._before if newline < 0 else 0)
        return InvalidInput(f"not JSON: {reason}, at character {character}", line=self.line)

    def _pass(self, end: int) -> None:
        self.line += self._held.count("\n", self.at, end)
        self.at = end

    def _more(self) -> bool:
        """Hold as much again, so that a long value is not looked at too often; whether there was more."""
        new: list[str] = []
        size = 0
        for piece in self._pieces:
            new.append(piece)
            size += len(piece)
            if size >= len(self._held) - self.at:
                break
        if new:
            newline = self._held.rfind("\n", 0, self.at)
            self._before = self.at - newline - 1 if newline >= 0 else self._before + self.at
            self._held = "".join((self._held[self.at :], *new))
            self.at = 0
        return bool(new)
