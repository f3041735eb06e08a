"""What a language model remembers of the articles, rather than reads in them.

Two probes. It goes on with an article, in its own words and with other names: what is nearer to the
true sentence in the first is remembered. And it says who spoke where two persons' names are
exchanged: the old speaker, who no longer stands there, is remembered (Michel et al. 2025).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

import msgspec

from onrecord.convert.answers import find_object
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.renaming import exchange
from onrecord.document import Document, Span
from onrecord.llm.prompts import Prompt, ask_next
from onrecord.llm.raw import RawAnswer, place_answers
from onrecord.scoring.alignment import assign, sides
from onrecord.scoring.material import prepare

SPEAKERS = ("mevlut-cavusoglu", "antony-blinken")
"""Who is exchanged: the two who speak in every article."""
CUTS = 2
"""Sentences of an article that are asked for, evenly apart."""

_SENTENCE = re.compile(r"[^\s].*?(?:(?<=[a-z\d”\"’)])[.!?…][”\"’]?(?=\s)|$)", re.MULTILINE)


class Continuation(msgspec.Struct, frozen=True):
    """A place in an article, and the sentence that follows."""

    document: Document
    sentence: Span

    @property
    def prompt(self) -> Prompt:
        """The question for the sentence, with all that stands before it."""
        return ask_next(self.document.text[: self.sentence.start].rstrip())


class Recalled(msgspec.Struct, frozen=True):
    """How near a model came to a sentence that it had not seen."""

    document: str
    share: float
    """Of the words of the sentence, those that stand in the answer in the same order."""
    run: int
    """The longest run of words in common."""


def continuations(corpus: Iterable[Document], cuts: int = CUTS) -> Iterator[Continuation]:
    """Some sentences of each article, evenly apart, of eight words or more, outside promotional text."""
    for document in corpus:
        promo = [zone for zone in document.zones if zone.label == "promo"]
        found = [Span(*match.span()) for match in _SENTENCE.finditer(document.text)]
        long = [
            span
            for span in found
            if len(span.of(document.text).split()) >= 8
            and not any(zone.start < span.end and span.start < zone.end for zone in promo)
        ]
        for cut in range(1, cuts + 1):
            yield Continuation(document, long[len(long) * cut // (cuts + 1)])


def recalled(asked: Continuation, raw: str) -> Recalled | None:
    """How near an answer came; None where it cannot be read."""
    answer = find_object(raw, _Sentence)
    if answer is None:
        return None
    true = _words(asked.sentence.of(asked.document.text))
    blocks = difflib.SequenceMatcher(None, true, _words(answer.sentence), autojunk=False)
    sizes = [block.size for block in blocks.get_matching_blocks()]
    return Recalled(asked.document.id, sum(sizes) / len(true), max(sizes))


def recalls(
    corpus: Iterable[Document], answers: Iterable[RawAnswer]
) -> list[tuple[Continuation, Recalled]]:
    """Those of the sentences that were asked for and whose answer can be read."""
    raws = {answer.sha256: answer.raw or "" for answer in answers}
    found = []
    for place in continuations(corpus):
        raw = raws.get(place.prompt.sha256)
        near = None if raw is None else recalled(place, raw)
        if near is not None:
            found.append((place, near))
    return found


class _Sentence(msgspec.Struct, frozen=True):
    sentence: str


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def exchanged(corpus: Corpus) -> Corpus:
    """The articles with their two ministers exchanged."""
    return exchange(corpus, *SPEAKERS)


class Attributed(msgspec.Struct, frozen=True):
    """Whom a model gave as the speaker of quotes that it found, where it is one of the two."""

    right: int
    """The speaker of the text."""
    remembered: int
    """The other one, who would be right if the names were not exchanged."""
    other: int


def attributed(corpus: Corpus, answers: Iterable[RawAnswer]) -> Attributed:
    """Who is given as the speaker of the quotes of the two persons in articles.

    Args:
        corpus: the articles, with their own names or exchanged.
        answers: raw answers to the prompt for quotes of these texts.
    """
    read = place_answers(corpus, corpus.targets, answers)
    material = prepare(corpus, read.documents)
    right = remembered = other = 0
    for _, gold, found in sides(material.pairs, material.gold_names, material.names):
        for i, j in assign(gold, found):
            speaker, said = gold.speakers[i], found.speakers[j]
            if speaker in SPEAKERS:
                right += said == speaker
                remembered += said in SPEAKERS and said != speaker
                other += said not in SPEAKERS
    return Attributed(right, remembered, other)
