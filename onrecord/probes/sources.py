"""Sources of probes: sets as they are written, once, with variables for all names.

A source is a TOML file of one phenomenon. Its sets have members, each with the passage (``text``,
mentions marked as in a draft), ``quotes`` and ``stances`` as in a draft, ``focus`` and ``decoys``;
all but the first with ``change`` and ``edit``. ``docs/probes.md`` shows one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import msgspec

from onrecord.annotation.drafts import DraftQuote, DraftStance, Locator
from onrecord.document import Polarity
from onrecord.exceptions import InvalidInput

Change = Literal["contrast", "invariance"]
"""Whether an edit changes the right answer."""
Layer = Literal["entities", "linking", "quotes", "utterances", "stances"]

LETTERS = "abcd"
"""The members of a set, in order; the first is the original."""


class SourceItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a member is about, or a wrong answer to it; exactly one of the kinds is given.

    The kinds: ``quote`` (an id), ``content`` (words, with or without ``speaker``), ``mention``
    (words, with ``type``), ``stance`` (holder, target, polarity), ``link`` (two mentions) and
    ``same`` (two ids of quotes).
    """

    quote: str | None = None
    content: Locator | tuple[Locator, ...] | None = None
    speaker: str | None = None
    mention: str | None = None
    type: str | None = None
    occurrence: int | None = None
    within: str | None = msgspec.field(default=None, name="in")
    stance: tuple[str, str, Polarity] | None = None
    link: tuple[Locator, Locator] | None = None
    same: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        kinds = ("quote", "content", "mention", "stance", "link", "same")
        given = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(given) != 1:
            what = f"gives {' and '.join(given)}" if given else "gives nothing"
            raise ValueError(
                f"an item of focus or decoys is one of {', '.join(kinds)}; this {what}"
            )
        if (self.mention is None) != (self.type is None):
            raise ValueError("`mention` and `type` go together")
        if self.mention is None and (self.occurrence is not None or self.within is not None):
            raise ValueError("`occurrence` and `in` beside an item are for `mention` alone")
        if self.content is None and self.speaker is not None:
            raise ValueError("`speaker` is for `content` alone")


class SourceMember(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One passage of a set, annotated in full."""

    text: str
    focus: tuple[SourceItem, ...] = ()
    decoys: tuple[SourceItem, ...] = ()
    quotes: tuple[DraftQuote, ...] = ()
    stances: tuple[DraftStance, ...] = ()
    change: Change | None = None
    edit: str | None = None


class SourceSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Passages that differ by one edit, the original first."""

    id: str
    members: tuple[SourceMember, ...]

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", self.id):
            raise ValueError(f"{self.id!r} is not of small letters, digits and hyphens (a-b-01)")
        if not 2 <= len(self.members) <= len(LETTERS):
            raise ValueError(f"{self.id} has {len(self.members)} members, not 2 to {len(LETTERS)}")


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sets of one phenomenon; ``layer`` is the one that their focus is in."""

    phenomenon: str
    layer: Layer
    says: str
    sets: tuple[SourceSet, ...]


def read_source(path: str | Path) -> Source:
    """The sets in a source file.

    Raises:
        InvalidInput: the file cannot be read or is not a source of probes.
    """
    try:
        return msgspec.toml.decode(Path(path).read_bytes(), type=Source)
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", file=path) from None
    except msgspec.ValidationError as error:
        reason, _, field = str(error).partition(" - at `$")
        raise InvalidInput(reason, file=path, field=field.strip("`.") or None) from None
    except ValueError as error:
        raise InvalidInput(f"not TOML: {error}", file=path) from None
