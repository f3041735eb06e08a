"""Failed sets: their members one beside the other, what the edit changed, and what the system gave."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

import msgspec

from onrecord.document import Document, Span
from onrecord.probes.dresses import Dress
from onrecord.probes.outcome import Outcome
from onrecord.probes.probe import Item, told
from onrecord.probes.sources import Change, Layer


class Judged(msgspec.Struct, frozen=True):
    """An item of focus or decoys in words, and whether the system did right by it."""

    item: str
    right: bool


class FailedMember(msgspec.Struct, frozen=True, kw_only=True):
    """A member of a failed set; it may be right itself."""

    member: str
    change: Change | None
    edit: str | None
    right: bool
    text: str
    """The passage, what differs from the original marked."""
    focus: tuple[Judged, ...]
    decoys: tuple[Judged, ...]
    system: tuple[str, ...]
    """What the system gave in the layer, an item each."""


class FailedSet(msgspec.Struct, frozen=True, kw_only=True):
    """A set of which a system was wrong on at least one member, in one dress."""

    set: str
    phenomenon: str
    layer: Layer
    dress: Dress
    members: tuple[FailedMember, ...]


def find_failures(
    outcomes: Sequence[Outcome], *, layer: str | None = None
) -> tuple[FailedSet, ...]:
    """The failed sets, in the order of the outcomes, each dress by itself; of one layer, if given."""
    sets: dict[tuple[str, Dress], list[Outcome]] = {}
    for outcome in outcomes:
        if layer in (None, outcome.probe.layer):
            sets.setdefault((outcome.probe.set, outcome.probe.dress), []).append(outcome)
    return tuple(
        _failed_set(members)
        for members in sets.values()
        if not all(outcome.right for outcome in members)
    )


def _failed_set(outcomes: Sequence[Outcome]) -> FailedSet:
    first = outcomes[0].probe
    return FailedSet(
        set=first.set,
        phenomenon=first.phenomenon,
        layer=first.layer,
        dress=first.dress,
        members=tuple(_member(outcome, first.document.text) for outcome in outcomes),
    )


def _member(outcome: Outcome, original: str) -> FailedMember:
    probe = outcome.probe
    return FailedMember(
        member=probe.member,
        change=probe.change,
        edit=probe.edit,
        right=outcome.right,
        text=mark_edit(original, probe.document.text),
        focus=_judged(probe.focus, outcome.found, probe.document),
        decoys=_judged(probe.decoys, [not given for given in outcome.given], probe.document),
        system=tuple(answer.told(probe.document.text) for answer in given_by(outcome)),
    )


def given_by(outcome: Outcome) -> Iterator[Answer]:
    """What the system gave on a member that bears on what the member is about."""
    probe = outcome.probe
    return _answers(outcome.predicted, probe.layer, (*probe.focus, *probe.decoys))


def _judged(items: Sequence[Item], right: Sequence[bool], document: Document) -> tuple[Judged, ...]:
    return tuple(Judged(told(item, document), ok) for item, ok in zip(items, right, strict=True))


def mark_edit(original: str, text: str) -> str:
    """The text with what differs from the original marked, word by word.

    mark_edit("Vold said no.", "Vold never said no.")   # "Vold ⟦never⟧ said no."
    """
    one, other = (re.findall(r"\w+|\s+|[^\w\s]", words) for words in (original, text))
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    parts = []
    for tag, a, b, c, d in matcher.get_opcodes():
        words = "".join(other[c:d])
        if tag == "equal":
            parts.append(words)
        elif tag == "delete":
            parts.append(_enclosed("".join(one[a:b]), "⟦-", "-⟧"))
        else:
            parts.append(_enclosed(words, "⟦", "⟧"))
    return "".join(parts)


def _enclosed(words: str, opening: str, closing: str) -> str:
    """The words in marks, the white space around them outside."""
    bare = words.strip()
    start = words.index(bare)
    return f"{words[:start]}{opening}{bare}{closing}{words[start + len(bare) :]}"


class Answer(msgspec.Struct, frozen=True):
    """Something that a system gave: its words in the passage, with what stands before and after them."""

    before: str
    spans: tuple[Span, ...]
    after: str

    def told(self, text: str) -> str:
        """The answer in words."""
        words = " … ".join(span.of(text) for span in self.spans)
        return f"{self.before}‘{words}’{self.after}" if self.spans else self.before


def _answers(document: Document, layer: Layer, items: Sequence[Item]) -> Iterator[Answer]:
    """What a prediction has in the layer; of mentions, only what meets the items."""
    if layer in ("quotes", "utterances"):
        for quote in document.quotes:
            utterance = f" [{quote.utterance}]" if layer == "utterances" else ""
            yield Answer(f"{quote.speaker or 'nobody'}: ", quote.content, utterance)
    elif layer == "stances":
        for stance in document.stances:
            yield Answer(f"{stance.holder} is {stance.polarity} on {stance.target}", (), "")
    else:
        spans = [span for item in items for span in item.spans]
        for mention in document.mentions:
            if any(mention.start < span.end and span.start < mention.end for span in spans):
                of = f" of {mention.entity}" if layer == "linking" else ""
                after = f" at {mention.start} is {mention.label}{of}"
                yield Answer("", (mention.span,), after)
