"""Where the sentences of a CoNLL file stand in the article, and which could stand elsewhere too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from onrecord.convert.sentences import Sentence
from onrecord.convert.tokens import Found, follow, furthest, inside_word, is_blank, places, stop
from onrecord.document import Document
from onrecord.exceptions import InvalidInput


class Placed(msgspec.Struct, frozen=True):
    """Sentences with the place of each, and what is to be said of them."""

    sentences: list[tuple[Sentence, Found]]
    missing: int
    """Characters of the article, white space aside, that are in no token."""
    doubts: tuple[InvalidInput, ...]


def place_sentences(sentences: Sequence[Sentence], article: Document, path: str | Path) -> Placed:
    """Find sentences in their article, each from where the one before ends.

    A sentence that follows the one before directly stands there. Where text is passed over, or none
    follows, it begins and ends at a border of words. Of several places the first is taken; those
    with tags that could stand elsewhere, the order of the sentences kept, are doubts, and so are
    tokens in lines that begin as comments do.

    Raises:
        InvalidInput: a token is not in the article where the ones before it end.
    """
    text = article.text
    placed: list[tuple[Sentence, Found]] = []
    doubts: list[InvalidInput] = []
    position = missing = 0
    for number, sentence in enumerate(sentences):
        after = sentences[number + 1] if number + 1 < len(sentences) else None
        found = _place(sentence, after, text, position)
        if sentence.doubtful:
            sentence, found = _decide(sentence, found, after, text, position)
            doubts += _comment_doubts(sentences[number], sentence, article.id, path)
            if not sentence.words:
                continue
        if found is None:
            raise _lost(sentence, article, position, path)
        missing += _unread(text, position, found.starts[0])
        placed.append((sentence, found))
        position = found.ends[-1]
    missing += _unread(text, position, len(text))
    if missing:
        doubts += _movable(placed, article, path)
    return Placed(placed, missing, tuple(sorted(doubts, key=lambda doubt: doubt.line or 0)))


def _place(sentence: Sentence, after: Sentence | None, text: str, begin: int) -> Found | None:
    """The first place of a sentence; directly behind what is before, or at borders of words."""
    words = sentence.words
    if not words:
        return None
    here = follow(words, text, begin)
    if len(here) == len(words):
        end = here.ends[-1]
        if not inside_word(text, end):
            return here
        if after is not None and text.startswith(after.words[0], end):
            return here  # the next sentence goes on inside the word
    return next(places(words, text, begin), None)


def _decide(
    sentence: Sentence, found: Found | None, after: Sentence | None, text: str, begin: int
) -> tuple[Sentence, Found | None]:
    """The sentence with its doubtful tokens if the article has them, else without them."""
    if found is not None:
        return sentence, found
    without = sentence.without_doubtful()
    again = _place(without, after, text, begin)
    if again is None and without.words:
        return sentence, None
    return without, again


def _comment_doubts(
    written: Sentence, read: Sentence, document: str, path: str | Path
) -> Iterator[InvalidInput]:
    as_what = "a token" if read is written else "a comment, since the article has no such token"
    for index in written.doubtful:
        yield InvalidInput(
            f"begins with # as a comment does, but has columns and a tag: read as {as_what}",
            file=path,
            line=written.lines[index],
            document=document,
        )


def _movable(
    placed: Sequence[tuple[Sentence, Found]], article: Document, path: str | Path
) -> Iterator[InvalidInput]:
    """Sentences with tags that could also stand further on, all in their order."""
    text = article.text
    limit = len(text)
    for sentence, found in reversed(placed):
        last = found
        for other in places(sentence.words, text, found.starts[0] + 1, limit):
            last = other
        limit = last.starts[0]
        if last is not found and sentence.tagged:
            words = _short(text[found.starts[0] : found.ends[-1]])
            yield InvalidInput(
                f"{words!r} stands in more than one place: read at character "
                f"{found.starts[0]}, but {last.starts[0]} fits too",
                file=path,
                line=sentence.lines[0],
                document=article.id,
            )


def _unread(text: str, begin: int, end: int) -> int:
    """How many characters of a stretch a tokenizer may not drop."""
    between = text[begin:end]
    return 0 if not between or between.isspace() else sum(not is_blank(c) for c in between)


def _lost(sentence: Sentence, article: Document, begin: int, path: str | Path) -> InvalidInput:
    text = article.text
    found = furthest(sentence.words, text, begin)
    position = stop(found, text, begin, whole=False)
    lost = len(found)
    word = sentence.words[lost]
    rest = " ".join(text[position : position + 60].split())[:30]
    if text.startswith(word, position) and inside_word(text, position + len(word)):
        expected = f"as a word of its own; the article has {rest!r}"
    elif rest:
        expected = f"where the article has {rest!r}"
    else:
        expected = "where the article ends"
    return InvalidInput(
        f"token {word!r} is not found {expected}, at character {position}",
        file=path,
        line=sentence.lines[lost],
        document=article.id,
    )


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= 40 else f"{words[:39]}…"
