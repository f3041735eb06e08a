"""Chunks from tags: IOB2, IOB1, BIOES and BILOU, read as conlleval reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

Scheme = Literal["IOB2", "IOB1", "BIOES"]

_TAG = re.compile(r"O|([BIESLU])-(.+)")
_WHOLE = {("B", "E"), ("B", "L"), ("S", "S"), ("U", "U")}


class Tag(msgspec.Struct, frozen=True):
    """A tag in its two parts; the label of O is empty."""

    prefix: str
    label: str


class Chunk(msgspec.Struct, frozen=True):
    """A run of tokens that one entity has: first and last token, label, and how it was tagged."""

    first: int
    last: int
    label: str
    begun: str
    """The prefix of the first tag."""
    ended: str
    """The prefix of the last tag."""
    adjacent: bool
    """Whether the token before is in a chunk of the same label."""


def read_tag(tag: str) -> Tag | None:
    """The tag in its parts; None when it is none."""
    found = _TAG.fullmatch(tag)
    if found is None:
        return None
    return Tag(found[1] or "O", found[2] or "")


def chunks(tags: Sequence[Tag]) -> list[Chunk]:
    """The chunks of one sentence, by the rules of conlleval.pl (Tjong Kim Sang and Buchholz 2000).

    B, S and U begin a chunk; so does any other tag where no chunk of its label is open. E, L, S and
    U end one, and so do O, another label and the end of the sentence. Hence one reading for every
    scheme, and for sequences that no scheme allows.
    """
    found: list[Chunk] = []
    open = False
    for index, tag in enumerate(tags):
        if tag.prefix == "O":
            open = False
            continue
        last = found[-1] if found else None
        if last is not None and open and tag.prefix not in "BSU" and last.label == tag.label:
            found[-1] = msgspec.structs.replace(last, last=index, ended=tag.prefix)
        else:
            adjacent = last is not None and (last.last, last.label) == (index - 1, tag.label)
            found.append(Chunk(index, index, tag.label, tag.prefix, tag.prefix, adjacent))
        open = tag.prefix in "BI"
    return found


class TagTally:
    """What the chunks of a whole file say of the scheme it was tagged in, and which break it."""

    def __init__(self) -> None:
        self._number = self._begun = self._adjacent = 0
        self._whole = False
        self._broken: dict[Scheme, list[int]] = {"IOB2": [], "BIOES": []}

    def add(self, chunk: Chunk, line: int) -> None:
        """Count a chunk, whose first token is in this line."""
        self._number += 1
        self._begun += chunk.begun == "B"
        self._adjacent += chunk.begun == "B" and chunk.adjacent
        self._whole = self._whole or chunk.ended in "ESLU"
        if chunk.begun != "B":
            self._broken["IOB2"].append(line)
        if (chunk.begun, chunk.ended) not in _WHOLE:
            self._broken["BIOES"].append(line)

    @property
    def scheme(self) -> Scheme:
        """The scheme that the chunks were tagged in.

        BIOES (or BILOU, which has other letters) shows in its ends. IOB1 has B only between adjacent
        chunks of one label, and then I where IOB2 has B.
        """
        if self._whole:
            return "BIOES"
        only_between = self._begun < self._number and self._begun == self._adjacent
        return "IOB1" if only_between else "IOB2"

    @property
    def repaired(self) -> Sequence[int]:
        """The lines of chunks whose tags the scheme does not allow."""
        return self._broken.get(self.scheme, ())

    def notes(self) -> Iterator[str]:
        """What a user should know of the tags."""
        if self.scheme == "IOB1":
            yield "read as IOB1 (B only between adjacent entities of one label)"
        if self.repaired:
            yield (
                f"entities whose tags {self.scheme} does not allow, read as conlleval reads them: "
                f"{len(self.repaired)}, the first at line {self.repaired[0]}"
            )
