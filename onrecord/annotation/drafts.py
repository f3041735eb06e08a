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
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from onrecord.corpus.annotated import with_words
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.validation import find_problems, unknown
from onrecord.document import QUOTATION_MARKS, Document, Mention, Quote, Span, Stance
from onrecord.exceptions import AuthoringError

Problem = tuple[str, str]
"""The field at fault and the reason."""

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


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What of a draft could be read, in the draft's own order, and what could not."""

    path: Path
    document: Document
    problems: tuple[Problem, ...]
    unread: dict[Mention | Quote | Stance, set[str]]
    """The fields whose words are not in the article as the draft says."""


def read_draft(path: str | Path, seeds: dict[str, Document]) -> Document:
    """The document that the draft at ``path`` describes.

    Raises:
        AuthoringError: the file is not a draft, its article is unknown, its text is not the
            article's, or words do not occur in it exactly as the draft says; a line for each fault.
    """
    draft = _sort_draft(path, seeds)
    _require_none(_lines(draft, draft.problems))
    return draft.document.canonical()


def read_drafts(paths: Iterable[str | Path], corpus: Corpus) -> tuple[Document, ...]:
    """The documents that drafts describe, validated as annotations, in the order of the corpus.

    Raises:
        AuthoringError: as :func:`read_draft`, a draft breaks a rule of annotations, or two are of one
            article; a line for each fault of every draft.
    """
    found: dict[str, Document] = {}
    lines: list[str] = []
    for path in paths:
        try:
            draft = _sort_draft(path, corpus.seeds())
        except AuthoringError as error:
            lines.append(str(error))
            continue
        problems = [*draft.problems, *_broken_rules(draft, corpus)]
        if draft.document.id in found:
            problems.insert(0, ("id", "another draft is of this article too"))
        lines += _lines(draft, problems)
        found[draft.document.id] = draft.document.canonical()
    _require_none(lines)
    return tuple(found[document.id] for document in corpus if document.id in found)


def _broken_rules(draft: Draft, corpus: Corpus) -> list[Problem]:
    problems = find_problems(
        draft.document, targets=corpus.target_ids, registry=corpus.registry, unread=draft.unread
    )
    return [with_words(draft.document, problem) for problem in problems]


def _lines(draft: Draft, problems: Iterable[Problem]) -> list[str]:
    place = f"{draft.path}: {draft.document.id}"
    return [f"{place}: {field}: {reason}" for field, reason in problems]


def _require_none(lines: Sequence[str]) -> None:
    if lines:
        raise AuthoringError("\n".join(lines))


def _sort_draft(path: str | Path, seeds: dict[str, Document]) -> Draft:
    path = Path(path)
    try:
        draft = msgspec.toml.decode(path.read_bytes(), type=_Draft)
    except (OSError, ValueError) as error:
        raise AuthoringError(f"{path}: {error}") from None
    if draft.id not in seeds:
        raise AuthoringError(f"{path}: id: {unknown('document', draft.id, list(seeds))}")
    seed = seeds[draft.id]
    problems: list[Problem] = []
    mentions: list[Mention] = []
    try:
        mentions = read_marked(draft.text, seed.text)
    except AuthoringError as error:
        field, _, reason = str(error).partition(": ")
        problems.append((field, reason))
    finder = _Finder(seed.text)
    quotes = [finder.quote(number, quote) for number, quote in enumerate(draft.quotes)]
    stances = [finder.stance(number, stance) for number, stance in enumerate(draft.stances)]
    return Draft(
        path=path,
        document=seed.with_layers(mentions=mentions, quotes=quotes, stances=stances),
        problems=(*problems, *finder.problems),
        unread=finder.unread,
    )


def locate_layers(
    quotes: Sequence[DraftQuote], stances: Sequence[DraftStance], text: str
) -> tuple[list[Quote], list[Stance]]:
    """The quotes and stances with the places of their words in ``text``.

    Raises:
        AuthoringError: words do not occur in the text exactly as the draft says.
    """
    finder = _Finder(text)
    found = [finder.quote(number, quote) for number, quote in enumerate(quotes)]
    held = [finder.stance(number, stance) for number, stance in enumerate(stances)]
    for field, reason in finder.problems:
        raise AuthoringError(f"{field}: {reason}")
    return found, held


class _Finder:
    """Finds the words of quotes and stances in a text, and notes those that are not there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.problems: list[Problem] = []
        self.unread: dict[Mention | Quote | Stance, set[str]] = {}
        self._lost: set[str] = set()

    def quote(self, number: int, draft: DraftQuote) -> Quote:
        field = f"quotes[{number}]"
        quote = Quote(
            id=draft.id,
            content=self._all(draft.content, field, "content"),
            cue=self._optional(draft.cue, field, "cue"),
            source=self._optional(draft.source, field, "source"),
            speaker=draft.speaker,
            utterance=draft.utterance,
            parent=draft.parent,
        )
        self._note(quote)
        return quote

    def stance(self, number: int, draft: DraftStance) -> Stance:
        stance = Stance(
            holder=draft.holder,
            target=draft.target,
            polarity=draft.polarity,
            evidence=self._all(draft.evidence, f"stances[{number}]", "evidence"),
        )
        self._note(stance)
        return stance

    def _note(self, item: Quote | Stance) -> None:
        """Keep which fields of the item just read are not as the draft says."""
        if self._lost:
            self.unread[item] = self._lost
            self._lost = set()

    def _all(self, words: tuple[Locator, ...], field: str, name: str) -> tuple[Span, ...]:
        spans = [
            self._one(locator, f"{field}.{name}[{number}]", name)
            for number, locator in enumerate(words)
        ]
        return tuple(sorted(span for span in spans if span is not None))

    def _optional(self, words: Locator | None, field: str, name: str) -> Span | None:
        return None if words is None else self._one(words, f"{field}.{name}", name)

    def _one(self, words: Locator, field: str, name: str) -> Span | None:
        try:
            return locate(words, self.text)
        except AuthoringError as error:
            self.problems.append((field, str(error)))
            self._lost.add(name)
            return None


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
        raise AuthoringError(f"{words!r} does not occur{_instead(words, flat)}")
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


def _instead(words: str, flat: str) -> str:
    """Where words that do not occur stand inside longer ones, or in other letters; else nothing."""
    inside = _occurrences(words, flat, whole_words=False)
    if inside:
        places = " and ".join(repr(_whole_words(span, flat)) for span in inside[:3])
        more = f" and {len(inside) - 3} more" if len(inside) > 3 else ""
        return (
            f" but inside longer words: in {places}{more}; give these with `in`, or mark all of it"
        )
    marks = f"[{re.escape(''.join(sorted(QUOTATION_MARKS)))}]"
    pattern = re.sub(marks, lambda _: marks, re.escape(_flat(words)))
    other = re.search(pattern, flat, re.IGNORECASE)
    return f"; the article has {other[0]!r}" if other else ""


def _whole_words(span: Span, flat: str) -> str:
    """The words that a span cuts into, whole: all up to the next space on either side."""
    start = flat.rfind(" ", 0, span.start) + 1
    end = flat.find(" ", span.end)
    return flat[start : len(flat) if end < 0 else end]
