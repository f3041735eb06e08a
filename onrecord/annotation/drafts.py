"""Drafts: annotations written as words, never as offsets, so that an offset cannot be wrong.

A draft is a TOML file for one article::

    id = "gazette"
    text = '''⟦Marie Durand|PERSON|marie-durand⟧ said on ⟦Monday|DATE⟧ that talks “go on.”'''

    [[quotes]]
    id = "q1"
    content = ["that talks “go on.”"]
    cue = "said"
    source = "Marie Durand"
    speaker = "marie-durand"
    utterance = "durand-talks-go-on"

    [[stances]]
    holder = "marie-durand"
    target = "talks"
    polarity = "favor"
    evidence = ["talks “go on"]

``text`` is the whole article with each mention marked as ``⟦words|TYPE|entity⟧`` (``⟦words|TYPE⟧``
for a value); without the marks it must be the article, character for character (any white-space
character stands for any other, so a no-break space may be typed as a space). Everywhere else a span
is given by its words: a string that occurs once in the article, or a table with ``text`` and either
``occurrence`` (counted from 1) or ``in`` (longer words that occur once and hold ``text`` once; only
then may ``text`` end inside a word, as where the source runs words together).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from onrecord.document import Document, Mention, Quote, Span, Stance
from onrecord.exceptions import AuthoringError

MARK = re.compile(r"⟦([^⟦⟧|]+)\|([A-Z_]+)(?:\|([^⟦⟧|]+))?⟧")
"""A mention as it is marked: words, type, and the entity of a name."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words of the article, and which of their occurrences is meant."""

    text: str
    occurrence: int | None = None
    within: str | None = msgspec.field(default=None, name="in")


Locator = str | Words


class DraftQuote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A quote whose spans are given by their words."""

    id: str
    content: tuple[Locator, ...]
    cue: Locator | None = None
    source: Locator | None = None
    speaker: str | None = None
    utterance: str | None = None
    parent: str | None = None


class DraftStance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stance whose evidence is given by its words."""

    holder: str
    target: str
    polarity: str
    evidence: tuple[Locator, ...]


class _Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    text: str
    quotes: tuple[DraftQuote, ...] = ()
    stances: tuple[DraftStance, ...] = ()


def read_draft(path: str | Path, seeds: dict[str, Document]) -> Document:
    """The document that the draft at ``path`` describes.

    Raises:
        AuthoringError: the file is not a draft, its article is unknown, its text is not the
            article's, or words do not occur in it exactly as the draft says.
    """
    path = Path(path)
    try:
        draft = msgspec.toml.decode(path.read_bytes(), type=_Draft)
    except (OSError, ValueError) as error:
        raise AuthoringError(f"{path}: {error}") from None
    if draft.id not in seeds:
        raise AuthoringError(f"{path}: id: unknown document {draft.id!r}")
    try:
        return _document(draft, seeds[draft.id])
    except AuthoringError as error:
        raise AuthoringError(f"{path}: {draft.id}: {error}") from None


def _document(draft: _Draft, seed: Document) -> Document:
    quotes, stances = locate_layers(draft.quotes, draft.stances, seed.text)
    mentions = read_marked(draft.text, seed.text)
    return seed.with_layers(mentions=mentions, quotes=quotes, stances=stances).canonical()


def locate_layers(
    quotes: Sequence[DraftQuote], stances: Sequence[DraftStance], text: str
) -> tuple[list[Quote], list[Stance]]:
    """The quotes and stances with the places of their words in ``text``.

    Raises:
        AuthoringError: words do not occur in the text exactly as the draft says.
    """
    located = []
    for number, quote in enumerate(quotes):
        field = f"quotes[{number}]"
        located.append(
            Quote(
                id=quote.id,
                content=_locate_all(quote.content, text, f"{field}.content"),
                cue=_locate_optional(quote.cue, text, f"{field}.cue"),
                source=_locate_optional(quote.source, text, f"{field}.source"),
                speaker=quote.speaker,
                utterance=quote.utterance,
                parent=quote.parent,
            )
        )
    return located, [
        Stance(
            holder=stance.holder,
            target=stance.target,
            polarity=stance.polarity,
            evidence=_locate_all(stance.evidence, text, f"stances[{number}].evidence"),
        )
        for number, stance in enumerate(stances)
    ]


def read_marked(marked: str, text: str) -> list[Mention]:
    """The mentions of ``marked``, a copy of ``text`` with ``⟦words|TYPE|entity⟧`` marks.

    Raises:
        AuthoringError: a mark is malformed, or the copy without marks is not the text.
    """
    copy, mentions = split_marked(marked)
    _require_same(copy, text)
    return mentions


def split_marked(marked: str) -> tuple[str, list[Mention]]:
    """The text of ``marked`` without its ``⟦words|TYPE|entity⟧`` marks, and the mentions.

    Raises:
        AuthoringError: a mark is malformed.
    """
    mentions: list[Mention] = []
    plain: list[str] = []
    length = position = 0
    for match in MARK.finditer(marked):
        before = marked[position : match.start()]
        plain += [before, match[1]]
        start = length + len(before)
        length = start + len(match[1])
        mentions.append(Mention(start, length, match[2], match[3]))
        position = match.end()
    plain.append(marked[position:])
    copy = "".join(plain)
    stray = re.search(r"[⟦⟧]", copy)
    if stray:
        context = copy[max(0, stray.start() - 20) : stray.end() + 30]
        raise AuthoringError(f"text: a malformed mark at {context!r}")
    return copy, mentions


def _require_same(copy: str, text: str) -> None:
    left, right = _flat(copy), _flat(text)
    if left == right:
        return
    place = next(
        (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b),
        min(len(left), len(right)),
    )
    raise AuthoringError(
        f"text: differs from the article at character {place}: "
        f"{copy[place : place + 25]!r} where the article has {text[place : place + 25]!r}"
    )


def _flat(text: str) -> str:
    """The text with every white-space character as a space; the length stays the same."""
    return re.sub(r"\s", " ", text)


def locate(words: Locator, text: str) -> Span:
    """The span that ``words`` mean in ``text``.

    Raises:
        AuthoringError: the words do not occur, or occur more than once and it is not said which.
    """
    if isinstance(words, str):
        words = Words(words)
    if not words.text.strip():
        raise AuthoringError("no words given")
    flat = _flat(text)
    if words.within is not None and words.occurrence is not None:
        raise AuthoringError(f"{words.text!r} has both `in` and `occurrence`")
    if words.within is not None:
        outer = _only(words.within, flat)
        inner = _only(words.text, flat[outer.start : outer.end], cutting=True)
        return Span(outer.start + inner.start, outer.start + inner.end)
    if words.occurrence is None:
        return _only(words.text, flat)
    found = _occurrences(words.text, flat)
    if not 1 <= words.occurrence <= len(found):
        raise AuthoringError(f"{words.text!r} occurs {len(found)} times, not {words.occurrence}")
    return found[words.occurrence - 1]


def _only(words: str, flat: str, *, cutting: bool = False) -> Span:
    """The one occurrence; ``cutting`` takes one inside a longer word where there is no other."""
    found = _occurrences(words, flat)
    if not found and cutting:
        found = _occurrences(words, flat, whole_words=False)
    if len(found) == 1:
        return found[0]
    if not found:
        raise AuthoringError(f"{words!r} does not occur")
    raise AuthoringError(
        f"{words!r} occurs {len(found)} times; say which with `occurrence` or `in`"
    )


def _occurrences(words: str, flat: str, *, whole_words: bool = True) -> list[Span]:
    """Where the words occur; ``whole_words`` only where neither edge cuts through a word."""
    pattern = re.escape(_flat(words))
    if whole_words and words[0].isalnum():
        pattern = r"(?<!\w)" + pattern
    if whole_words and words[-1].isalnum():
        pattern += r"(?!\w)"
    return [Span(match.start(), match.end()) for match in re.finditer(pattern, flat)]


def _locate_all(words: tuple[Locator, ...], text: str, field: str) -> tuple[Span, ...]:
    spans = []
    for number, locator in enumerate(words):
        spans.append(_locate_optional(locator, text, f"{field}[{number}]"))
    return tuple(sorted(span for span in spans if span is not None))


def _locate_optional(words: Locator | None, text: str, field: str) -> Span | None:
    if words is None:
        return None
    try:
        return locate(words, text)
    except AuthoringError as error:
        raise AuthoringError(f"{field}: {error}") from None
