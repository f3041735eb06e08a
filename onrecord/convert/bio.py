"""Chunks from tags: IOB2, IOB1, BIOES and BILOU, read as conlleval reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
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


def scheme_of(found: Iterable[Chunk]) -> Scheme:
    """The scheme that the chunks of a whole file were tagged in.

    BIOES (or BILOU, which has other letters) shows in its ends. IOB1 has B only between adjacent
    chunks of one label, and then I where IOB2 has B.
    """
    found = list(found)
    if any(chunk.ended in "ESLU" for chunk in found):
        return "BIOES"
    begun = [chunk for chunk in found if chunk.begun == "B"]
    if len(begun) < len(found) and all(chunk.adjacent for chunk in begun):
        return "IOB1"
    return "IOB2"


def is_repaired(chunk: Chunk, scheme: Scheme) -> bool:
    """Whether the scheme does not allow the tags that were read as this chunk."""
    if scheme == "IOB1":
        return False
    if scheme == "IOB2":
        return chunk.begun != "B"
    return (chunk.begun, chunk.ended) not in _WHOLE
