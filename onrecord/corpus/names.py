"""Names as they are compared: trimmed at the edges, without case or diacritics."""

from __future__ import annotations

import functools
import re
import string
import unicodedata
from collections.abc import Iterable, Iterator

from onrecord.document import QUOTATION_MARKS, Span

TITLES: tuple[str, ...] = (
    "Acting", "Admiral", "Ambassador", "Archbishop", "Baron", "Baroness", "Bishop", "Captain",
    "Cardinal", "Chairman", "Chairwoman", "Chancellor", "Colonel", "Commander", "Commissioner",
    "Congressman", "Congresswoman", "Defence Minister", "Defence Secretary", "Defense Minister",
    "Defense Secretary", "Deputy", "Director", "Doctor", "Dr", "Dr.", "Emperor", "Envoy",
    "Finance Minister", "Foreign Minister", "Foreign Secretary", "Former", "Gen.", "General",
    "Governor", "Interior Minister", "Judge", "Justice", "King", "Lady", "Lieutenant", "Lord",
    "Major", "Mayor", "Minister", "Minister of Defence", "Minister of Defense",
    "Minister of Foreign Affairs", "Miss", "Mr", "Mr.", "Mrs", "Mrs.", "Ms", "Ms.", "Pope",
    "Premier", "President", "Prime Minister", "Prince", "Princess", "Prof.", "Professor", "Queen",
    "Rep.", "Representative", "Rev.", "Reverend", "Secretary", "Secretary General",
    "Secretary of Defense", "Secretary of State", "Secretary-General", "Sen.", "Senator",
    "Sergeant", "Sheikh", "Sir", "Speaker", "Spokesman", "Spokesperson", "Spokeswoman", "Sultan",
    "Vice", "Vice President", "Vice-President",
)  # fmt: skip
"""Personal titles that trimming takes off the front of a PERSON. Fixed: it is part of the scores."""

_ARTICLE = re.compile(r"(?:an?|the)(?=\s)", re.IGNORECASE)
_POSSESSIVE = ("'s", "’s")

_PLAIN_FIRST = frozenset(string.ascii_letters + string.digits) - frozenset("aAtT")
_PLAIN_LAST = frozenset(string.ascii_letters + string.digits) - frozenset("sS")
"""Characters that are no edge, begin no article and end no possessive: most names need no more
than a look at their first and last."""
_TITLES_BEGIN = frozenset(title[:2].lower() for title in TITLES)


def trim(span: Span, text: str, *, person: bool = False) -> Span:
    """The span without what the minimal-name rule leaves out at its edges.

    White space, quotation marks, the articles a/an/the and a possessive 's go, and for a person a
    title in front, until nothing changes. A span that would become empty stays as it is.
    """
    return Span(*trimmed_ends(span.start, span.end, text, person=person))


def trimmed_ends(start: int, end: int, text: str, *, person: bool = False) -> tuple[int, int]:
    """Start and end of a span that :func:`trim` has cut."""
    plain = start < end and text[start] in _PLAIN_FIRST and text[end - 1] in _PLAIN_LAST
    if plain and not (person and _may_begin_title(text[start : start + 2])):
        return start, end
    before, after = _margins(text[start:end], person)
    return start + before, end - after


def trimmed_items(
    items: Iterable[tuple[int, int, str]], text: str
) -> Iterator[tuple[int, int, str]]:
    """Items of start, end and type, none of them empty, with the ends that :func:`trim` gives.

    The same as :func:`trimmed_ends` of each, where most have nothing to cut off.
    """
    first, last = _PLAIN_FIRST, _PLAIN_LAST
    for item in items:
        start, end, label = item
        if label != "PERSON" and text[start] in first and text[end - 1] in last:
            yield item
        else:
            yield (*trimmed_ends(start, end, text, person=label == "PERSON"), label)


@functools.lru_cache(maxsize=2**13)
def _margins(words: str, person: bool) -> tuple[int, int]:
    """How many characters :func:`trim` cuts off the front and the back of the words."""
    start, end = 0, len(words)
    while start < end:
        before = (start, end)
        while start < end and not words[start].isalnum() and _is_edge(words[start]):
            start += 1
        while start < end and not words[end - 1].isalnum() and _is_edge(words[end - 1]):
            end -= 1
        if words[max(start, end - 2) : end].casefold() in _POSSESSIVE:
            end -= 2
        opening = _ARTICLE.match(words, start, end)
        if person and not opening and _may_begin_title(words[start : start + 2]):
            opening = _title().match(words, start, end)
        if opening:
            start = opening.end()
        if (start, end) == before:
            return start, len(words) - end
    return 0, 0


@functools.cache
def _title() -> re.Pattern[str]:
    """The longest title, with a word after it."""
    longest_first = sorted(TITLES, key=len, reverse=True)
    titles = "|".join(re.escape(title) for title in longest_first)
    return re.compile(rf"(?:{titles})(?=\s)", re.IGNORECASE)


def _may_begin_title(letters: str) -> bool:
    return not letters.isascii() or letters.lower() in _TITLES_BEGIN


def _is_edge(character: str) -> bool:
    return character.isspace() or character in QUOTATION_MARKS


def comparable(name: str) -> str:
    """The form of a name in which names are compared.

    Trimmed, NFKD without combining marks, ı as i, case-folded.
    """
    trimmed = name
    if name[:1] not in _PLAIN_FIRST or name[-1] not in _PLAIN_LAST:
        start, end = trimmed_ends(0, len(name), name)
        trimmed = name[start:end]
    if trimmed.isascii():
        return " ".join(trimmed.lower().split())
    decomposed = unicodedata.normalize("NFKD", trimmed)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(bare.replace("ı", "i").casefold().split())


def plain(name: str) -> str:
    """The name without diacritics."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare)


def slug(name: str) -> str:
    """The name as an id: small letters without diacritics, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", plain(name).casefold()).strip("-")
