"""Synthetic corpora of any size for benchmarks: a gold, a prediction with noise, and both as CoNLL.

Quotes, stances, utterances and entities are as frequent as in a real gold; one token in ten belongs
to a mention, and all 18 types occur. The same seed gives the same corpus.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

from onrecord import (
    MENTION_TYPES,
    NAME_TYPES,
    POLARITIES,
    Corpus,
    Document,
    Entity,
    Mention,
    Meta,
    Quote,
    Registry,
    Span,
    Stance,
    Zone,
)
from onrecord.corpus.files import encode_documents, encode_json, encode_lines, write
from onrecord.corpus.gold import Build
from onrecord.document import text_hash

SENTENCE = 25
"""Tokens in a sentence."""
LENGTHS, WEIGHTS = (1, 2, 3), (60, 30, 10)
"""Tokens in a mention, and how often that is so in a hundred."""
MENTIONS = 0.1 * SENTENCE / 1.5
"""Mentions in a sentence, so that a tenth of the tokens is in one."""
DROPPED, CHANGED, ADDED = 0.1, 0.05, 0.1
"""Shares of items that the noise drops, changes in one of two ways, and adds."""
PROMO = ("Read", "more", "in", "our", "Gazette", ".")


class Rates(NamedTuple):
    """How often things are in a gold."""

    quotes_per_word: float
    stances_per_quote: float
    utterances_per_quote: float
    entities_per_name: float
    actors_per_entity: float
    types: Sequence[int]
    """Mentions of each of the 18 types, and one more."""


def rates(gold: Corpus) -> Rates:
    """What a corpus that is like this gold needs to know of it."""
    quotes = [quote for document in gold for quote in document.quotes]
    mentions = [mention for document in gold for mention in document.mentions]
    types = Counter(mention.label for mention in mentions)
    return Rates(
        quotes_per_word=len(quotes) / sum(len(document.text.split()) for document in gold),
        stances_per_quote=sum(len(document.stances) for document in gold) / len(quotes),
        utterances_per_quote=len({quote.utterance for quote in quotes}) / len(quotes),
        entities_per_name=len(gold.registry) / sum(mention.is_name for mention in mentions),
        actors_per_entity=sum(entity.actor for entity in gold.registry) / len(gold.registry),
        types=[types[label] + 1 for label in MENTION_TYPES],
    )


class Synthetic(NamedTuple):
    """A corpus, a prediction for it, and the tokens of both with the tags of their mentions."""

    gold: Corpus
    predicted: tuple[Document, ...]
    sentences: tuple[list[tuple[str, str, str]], ...]
    """The tokens of each sentence, each with the tag of the gold and that of the prediction."""


def make(like: Corpus, documents: int, sentences: int = 1, seed: int = 0) -> Synthetic:
    """A corpus of so many documents of so many sentences, at the rates of the gold it is like.

    The prediction's titles and articles in front of names, and its mention in promotional text,
    are in no tag, since the scorer takes them away.
    """
    pool = _Pool(rates(like), [target.id for target in like.targets], documents * sentences, seed)
    made = [_Article(pool, f"s{number:06}", sentences) for number in range(documents)]
    gold = Corpus(tuple(article.gold() for article in made), pool.registry, like.targets)
    predicted = tuple(article.predicted() for article in made)
    sentences = tuple(sentence for article in made for sentence in article.sentences())
    return Synthetic(gold, predicted, sentences)


def save(corpus: Synthetic, folder: Path) -> None:
    """Write the corpus as :func:`onrecord.load` reads it, and the same mentions twice more.

    Beside ``data/`` and ``predictions.jsonl`` there is ``mentions/`` with mentions as the only
    layer, and ``gold.conll`` and ``predictions.conll`` with a token and its tag a line, an empty
    line after each sentence.
    """
    _save(corpus.gold, corpus.predicted, folder)
    bare = [document.with_layers(quotes=[], stances=[]) for document in corpus.gold]
    only = Corpus(tuple(bare), corpus.gold.registry, corpus.gold.targets)
    layers = [document.with_layers(quotes=[], stances=[]) for document in corpus.predicted]
    _save(only, layers, folder / "mentions")
    for name, column in (("gold.conll", 1), ("predictions.conll", 2)):
        lines = ["\n".join(f"{t[0]}\t{t[column]}" for t in tokens) for tokens in corpus.sentences]
        write(folder / name, ("\n\n".join(lines) + "\n").encode())


def _save(gold: Corpus, predicted: Sequence[Document], folder: Path) -> None:
    data = folder / "data"
    write(data / "documents" / "test.jsonl", encode_documents(gold.documents, text=True))
    write(data / "registry" / "test.jsonl", encode_lines(gold.registry))
    write(data / "targets" / "test.jsonl", encode_lines(gold.targets))
    build = Build(export="synthetic", gold=gold.hash, status="gold")
    write(data / "build.json", encode_json(build))
    write(folder / "predictions.jsonl", encode_documents(predicted, text=False))


def _word(number: int) -> str:
    """A word for each number, no two the same."""
    syllables = [c + v for c in "bdfgklmnprtvz" for v in "aeiou"]
    word = ""
    while number or len(word) < 4:
        number, last = divmod(number, len(syllables))
        word += syllables[last]
    return word


class _Pool:
    """What the documents of a corpus draw from."""

    def __init__(self, rates: Rates, targets: Sequence[str], sentences: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.rates = rates
        self.targets = targets
        self.quotes = rates.quotes_per_word * SENTENCE
        self.words = [_word(number) for number in range(3000)]
        self.utterances = 1 + round(rates.utterances_per_quote * self.quotes * sentences)
        entities = round(rates.entities_per_name * MENTIONS * sentences)
        self.registry = Registry(self._entities(max(len(NAME_TYPES), entities)))
        self.of_type = {
            label: [entity for entity in self.registry if entity.label == label]
            for label in NAME_TYPES
        }
        self.weights = {
            label: list(accumulate(1 / rank for rank, _ in enumerate(entities, start=1)))
            for label, entities in self.of_type.items()
        }
        self.actors = [entity.id for entity in self.registry if entity.actor]

    def _entities(self, count: int) -> Iterator[Entity]:
        """Entities of names with one to three words; each type has one at least."""
        weights = self.rates.types[: len(NAME_TYPES)]
        labels = [*NAME_TYPES, *self.random.choices(NAME_TYPES, weights, k=count)]
        for number, label in enumerate(labels[:count]):
            words = [f"{_word(number)}st", *self.random.choices(self.words, k=2)]
            names = [" ".join(words[:length]).title() for length in LENGTHS]
            actor = number == 0 or self.chance(self.rates.actors_per_entity)
            yield Entity(id=words[0], name=names[0], label=label, aliases=tuple(names), actor=actor)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def mention(self) -> _Piece:
        """A mention, one in five with a title or an article in front; some entities are frequent."""
        label = self.random.choices(MENTION_TYPES, self.rates.types)[0]
        length = self.random.choices(LENGTHS, WEIGHTS)[0]
        if label not in NAME_TYPES:
            number = str(self.random.randint(2, 2000))
            return _Piece([number, *self.random.choices(self.words, k=length - 1)], label)
        entity = self.random.choices(self.of_type[label], cum_weights=self.weights[label])[0]
        before = ["President" if label == "PERSON" else "the"] * self.chance(0.2)
        words = before + entity.aliases[length - 1].split()
        return _Piece(words, label, entity.id, len(before))


class _Piece(NamedTuple):
    """Words of a sentence; of a mention with its type, the first ``before`` words are in front."""

    words: list[str]
    label: str = ""
    entity: str | None = None
    before: int = 0


class _Item(NamedTuple):
    """A mention as tokens ``first`` to ``last``, with ``before`` words in front."""

    first: int
    last: int
    label: str
    entity: str | None
    before: int = 0


class _Saying(NamedTuple):
    """A quote by its first and last token, with the stance that its last words show, if any."""

    opening: int
    closing: int
    speaker: str
    utterance: int
    stance: tuple[str, str] | None
    """Target and polarity."""


class _Article:
    """One document, written token by token, with what a system finds in it."""

    def __init__(self, pool: _Pool, id: str, sentences: int) -> None:
        self.pool = pool
        self.id = id
        self.tokens: list[str] = []
        self.items: list[_Item] = []
        self.sayings: list[_Saying] = []
        self.firsts: list[int] = []
        """The first token of each sentence."""
        lines = []
        for _ in range(sentences):
            self.firsts.append(len(self.tokens))
            self._write_sentence()
            lines.append(" ".join(self.tokens[self.firsts[-1] :]))
        self.text = "\n".join(lines)
        self.zones = [Zone(0, len(self.text), "body")]
        self.body = len(self.tokens)
        if pool.chance(0.1):
            self.firsts.append(self.body)
            self.tokens += PROMO
            self.text += "\n" + " ".join(PROMO)
            self.zones.append(Zone(self.zones[0].end, len(self.text), "promo"))
        self.starts = list(accumulate((len(token) + 1 for token in self.tokens[:-1]), initial=0))
        self.noisy = list(self._noisy_items())

    def gold(self) -> Document:
        mentions = [Mention(*self._span(i.first, i.last), i.label, i.entity) for i in self.items]
        return self._document(mentions, self.sayings, "")

    def predicted(self) -> Document:
        """What the system says; its entities have ids of its own."""
        mentions = [
            Mention(*self._span(i.first - i.before, i.last), i.label, i.entity and f"e-{i.entity}")
            for i in self.noisy
        ]
        if self.body < len(self.tokens):
            gazette = len(self.tokens) - 2
            mentions.append(Mention(*self._span(gazette, gazette), "ORG"))
        return self._document(mentions, list(self._noisy_sayings()), "e-")

    def sentences(self) -> Iterator[list[tuple[str, str, str]]]:
        """The tokens of each sentence, each with its tag in the gold and in the prediction."""
        columns = [self.tokens]
        for items in (self.items, self.noisy):
            tags = ["O"] * len(self.tokens)
            for item in items:
                tags[item.first : item.last + 1] = [f"I-{item.label}"] * (
                    item.last + 1 - item.first
                )
                tags[item.first] = f"B-{item.label}"
            columns.append(tags)
        tokens = list(zip(*columns, strict=True))
        for first, last in pairwise([*self.firsts, len(tokens)]):
            yield tokens[first:last]

    def _span(self, first: int, last: int) -> tuple[int, int]:
        return self.starts[first], self.starts[last] + len(self.tokens[last])

    def _write_sentence(self) -> None:
        """Words and mentions in any order; after the first few, what is said runs to the end."""
        pool, tokens = self.pool, self.tokens
        reports = pool.chance(pool.quotes)
        pieces = [pool.mention() for _ in range(int(MENTIONS) + pool.chance(MENTIONS % 1))]
        room = SENTENCE - 1 - 3 * reports - sum(len(piece.words) for piece in pieces)
        pieces += [_Piece([word]) for word in pool.random.choices(pool.words, k=room)]
        pool.random.shuffle(pieces)
        place = pool.random.randint(1, 6)
        for number, piece in enumerate(pieces):
            if reports and number == place:
                tokens += ["said", "“"]
            if piece.label:
                first, last = len(tokens) + piece.before, len(tokens) + len(piece.words) - 1
                self.items.append(_Item(first, last, piece.label, piece.entity, piece.before))
            tokens += piece.words
        if reports:
            tokens.append("”")
            opening = len(tokens) - 1 - tokens[::-1].index("“")
            self.sayings.append(self._saying(opening, len(tokens) - 1))
        tokens.append(".")

    def _saying(self, opening: int, closing: int) -> _Saying:
        pool = self.pool
        speaker = pool.random.choice(pool.actors)
        stance = None
        if pool.chance(pool.rates.stances_per_quote):
            stance = (pool.random.choice(pool.targets), pool.random.choice(POLARITIES))
        utterance = pool.random.randrange(pool.utterances)
        return _Saying(opening, closing, speaker, utterance, stance)

    def _noisy_items(self) -> Iterator[_Item]:
        pool = self.pool
        taken = {n for i in self.items for n in range(i.first - i.before, i.last + 1)}

        def free(token: int) -> bool:
            return token < self.body and token not in taken and self.tokens[token].isalpha()

        for item in self.items:
            if pool.chance(ADDED):
                place = pool.random.randrange(self.body)
                if free(place):
                    taken.add(place)
                    yield _Item(place, place, pool.random.choice(MENTION_TYPES), None)
            draw = pool.random.random()
            if draw < DROPPED:
                continue
            if draw < DROPPED + CHANGED:
                label = pool.random.choice(MENTION_TYPES)
                entity = item.entity if label in NAME_TYPES else None
                yield _Item(item.first, item.last, label, entity)
            elif draw >= DROPPED + 2 * CHANGED:
                before = item.before if pool.chance(0.5) else 0
                other = item.entity and pool.chance(CHANGED) and pool.random.choice(pool.actors)
                yield item._replace(entity=other or item.entity, before=before)
            elif free(item.last + 1):
                taken.add(item.last + 1)
                yield item._replace(last=item.last + 1, before=0)

    def _noisy_sayings(self) -> Iterator[_Saying]:
        pool = self.pool
        for saying in self.sayings:
            draw = pool.random.random()
            if draw < DROPPED:
                continue
            if draw < DROPPED + CHANGED:
                saying = saying._replace(speaker=pool.random.choice(pool.actors))
            elif draw < DROPPED + 2 * CHANGED:
                saying = saying._replace(closing=(saying.opening + saying.closing) // 2)
            if pool.chance(2 * CHANGED):
                saying = saying._replace(utterance=pool.random.randrange(pool.utterances))
            if saying.stance and pool.chance(2 * CHANGED):
                saying = saying._replace(stance=(saying.stance[0], pool.random.choice(POLARITIES)))
            yield saying

    def _document(
        self, mentions: Sequence[Mention], sayings: Sequence[_Saying], prefix: str
    ) -> Document:
        """The document with its layers; ``prefix`` makes ids of entities a system's own."""
        stances: dict[tuple[str, str], Stance] = {}
        for saying in sayings:
            if saying.stance is not None:
                target, polarity = saying.stance
                words = Span(*self._span(saying.closing - 3, saying.closing - 1))
                stances[saying.speaker, target] = Stance(
                    holder=prefix + saying.speaker,
                    target=target,
                    polarity=polarity,
                    evidence=(words,),
                )
        quotes = [
            Quote(
                id=f"q{number}",
                content=(Span(*self._span(saying.opening, saying.closing)),),
                cue=Span(*self._span(saying.opening - 1, saying.opening - 1)),
                source=Span(*self._span(saying.opening - 2, saying.opening - 2)),
                speaker=prefix + saying.speaker,
                utterance=f"u-{saying.utterance}",
            )
            for number, saying in enumerate(sayings, start=1)
        ]
        return Document(
            id=self.id,
            text=self.text,
            sha256=text_hash(self.text),
            meta=Meta(file=f"{self.id}.txt", language="en", words=len(self.tokens)),
            zones=tuple(self.zones),
            mentions=tuple(mentions),
            quotes=tuple(quotes),
            stances=tuple(stances.values()),
        )
