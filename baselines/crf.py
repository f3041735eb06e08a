"""CRF: conditional random fields for entities and quotes, trained on the gold's other articles.

Licence: Apache-2.0; sklearn-crfsuite and CRFsuite, which it uses, are under MIT and BSD licences.
Source: this repository; Lafferty, McCallum and Pereira (2001); the features are the usual ones.
Cost: 2 s of training for each of five articles, 125 MB of memory, 5 MB on disk beside scikit-learn.
Settings: ``shared_text=ignore`` (the default) leaves out of the training of an article's models that
article alone, ``shared_text=together`` also every article that shares text with it.
One field tags names and values, another contents and cues; both read lines cut into the tokens of
the ``entities`` config. Names of one spelling are one entity. A quote is a stretch of content with
the nearest cue of its line; its speaker is the person, organisation or country named nearest to the
cue in the cue's sentence, outside of what is said.
Limits: quotes are flat (the outermost are learned) and of one stretch; pronouns and relations of
names are not resolved. Training is L-BFGS from zero on one thread: nothing is drawn by chance.
Where no article is left to train on, nothing is found.
What it finds was last changed on 2026-11-26; whoever wrote it had read no probe.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal

from onrecord import NAME_TYPES, Document, Mention, Quote, Span, held_out, load, passages, tokenize

extra = "crf"
layers = ("entities", "linking", "quotes")
note = "trained leave-one-document-out on the gold's other articles"
variants = {
    "crf": {},
    "crf-apart": {
        "options": {"shared_text": "together"},
        "note": "articles that share text are held out together",
        "boards": ["articles", "renamed"],  # no article is held out there
    },
}

TRAINING = {
    "algorithm": "lbfgs",
    "c1": 0.1,
    "c2": 0.1,
    "max_iterations": 100,
    "all_possible_transitions": True,
}
"""CRFsuite's settings: the weights of the L1 and L2 penalties, and how long it trains."""
WINDOW = range(-2, 3)
SPEAKING = ("PERSON", "ORG", "GPE")

FULL_STOP = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+(?=[\"'“„‘«(\[]?[^\W_a-z])")
SHORT = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Gen|Sen|Rep|Prof|Jr|No|vs|[A-Z]|[A-Z]\.[A-Z])\.\s*\Z")
CLOSING = {"“": "”", "„": "“”", "«": "»", '"': '"'}


# ---------------------------------------------------------------- features


def sentences(text: str, passage: Span) -> list[Span]:
    """The sentences of a line, which tile it."""
    ends = [m.end() for m in FULL_STOP.finditer(text, passage.start, passage.end)]
    cuts = [end for end in ends if not SHORT.search(text[max(passage.start, end - 8) : end])]
    return [Span(*cut) for cut in pairwise([passage.start, *cuts, passage.end])]


def shape(word: str) -> str:
    """The word with X for capitals, x for small letters and d for digits, repeated ones once."""
    kinds = [
        "X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else c for c in word
    ]
    return "".join(kind for before, kind in pairwise(["", *kinds]) if kind != before)


def quoted(words: Iterable[str]) -> list[bool]:
    """Whether each token stands between double quotation marks of its line or is such a mark."""
    states, closing = [], ""
    for word in words:
        states.append(bool(closing) or word in CLOSING)
        if closing and word in closing:
            closing = ""
        elif not closing:
            closing = CLOSING.get(word, "")
    return states


def features(document: Document, passage: Span, tokens: Sequence[Span]) -> list[list[str]]:
    """The features of each token of a line."""
    words = [token.of(document.text) for token in tokens]
    zone = next((z.label for z in document.zones if z.start <= passage.start < z.end), "body")
    states = quoted(words)
    described = []
    for sentence in sentences(document.text, passage):
        inside = [
            n for n, token in enumerate(tokens) if sentence.start <= token.start < sentence.end
        ]
        for number in inside:
            word = words[number]
            found = ["bias", f"zone={zone}", f"word={word}", f"quoted={states[number]}"]
            found += [f"from-start={min(number - inside[0], 4)}"]
            found += [f"to-end={min(inside[-1] - number, 4)}"]
            found += [f"prefix={word[:n]}" for n in (1, 2, 3)]
            found += [f"suffix={word[-n:]}" for n in (1, 2, 3)]
            for offset in WINDOW:
                other = number + offset
                near = words[other] if 0 <= other < len(words) else ""
                found += [f"{offset}:lower={near.lower()}", f"{offset}:shape={shape(near)}"]
            described.append(found)
    return described


# ---------------------------------------------------------------- tags


def to_tags(tokens: Sequence[Span], chunks: Iterable[tuple[Span, str]]) -> list[str]:
    """IOB2 tags of labelled stretches; where two overlap, the first keeps its tokens."""
    tags = ["O"] * len(tokens)
    for span, label in chunks:
        inside = [n for n, t in enumerate(tokens) if t.start < span.end and span.start < t.end]
        if all(tags[number] == "O" for number in inside):
            for number in inside:
                tags[number] = f"{'B' if number == inside[0] else 'I'}-{label}"
    return tags


def to_chunks(tokens: Sequence[Span], tags: Sequence[str]) -> list[tuple[Span, str]]:
    """The labelled stretches of IOB2 tags; an I that nothing goes before begins one."""
    chunks: list[tuple[Span, str]] = []
    before = "O"
    for token, tag in zip(tokens, tags, strict=True):
        label = tag[2:]
        if tag[0] == "I" and before[2:] == label:
            chunks[-1] = (Span(chunks[-1][0].start, token.end), label)
        elif tag != "O":
            chunks.append((token, label))
        before = tag
    return chunks


def mention_chunks(document: Document) -> list[tuple[Span, str]]:
    return [(mention.span, mention.label) for mention in document.mentions]


def quote_chunks(document: Document) -> list[tuple[Span, str]]:
    """The contents, the longest first so that the outermost stay, then the cues outside of them."""
    contents = {span for quote in document.quotes for span in quote.content}
    cues = {quote.cue for quote in document.quotes if quote.cue is not None}
    longest = sorted(contents, key=lambda span: (-len(span), span))
    return [*((span, "content") for span in longest), *((span, "cue") for span in sorted(cues))]


# ---------------------------------------------------------------- fields


class Model:
    """Two fields trained on articles that the one to be read is not among."""

    def __init__(self, training: Sequence[Document]):
        self.mentions = fit(training, mention_chunks)
        self.quotes = fit(training, quote_chunks)

    def read(self, document: Document) -> Document:
        """The article with mentions and quotes."""
        names: list[Mention] = []
        quotes: list[Quote] = []
        for passage in passages(document):
            tokens = list(tokenize(document.text, passage))
            described = features(document, passage, tokens)
            found = to_chunks(tokens, self.mentions.predict_single(described))
            mentions = [to_mention(document.text, *chunk) for chunk in found]
            said = to_chunks(tokens, self.quotes.predict_single(described))
            quotes += to_quotes(said, mentions, sentences(document.text, passage), len(quotes))
            names += mentions
        return document.with_layers(mentions=names, quotes=quotes)


def fit(training, chunks_of):
    """A field trained to tag each line of the articles with its labelled stretches."""
    from sklearn_crfsuite import CRF

    described, tags = [], []
    for document in training:
        chunks = chunks_of(document)
        for passage in passages(document):
            tokens = list(tokenize(document.text, passage))
            described.append(features(document, passage, tokens))
            tags.append(to_tags(tokens, chunks))
    return CRF(**TRAINING).fit(described, tags)


def fold(name: str) -> str:
    """The name without case, diacritics and differences of white space."""
    bare = unicodedata.normalize("NFKD", name).replace("ı", "i").casefold()
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).split()) or name


def to_mention(text: str, span: Span, label: str) -> Mention:
    entity = fold(span.of(text)) if label in NAME_TYPES else None
    return Mention(span.start, span.end, label, entity)


def distance(one: Span, other: Span) -> tuple[int, bool]:
    """The characters between the two, and whether the other comes after, which loses a tie."""
    return max(one.start - other.end, other.start - one.end, 0), other.start > one.start


def to_quotes(
    chunks: Sequence[tuple[Span, str]],
    mentions: Sequence[Mention],
    within: Sequence[Span],
    before: int,
) -> list[Quote]:
    """The quotes of a line.

    Args:
        chunks: its contents and cues.
        mentions: its mentions.
        within: its sentences.
        before: how many quotes the article has before it.
    """
    contents = [span for span, label in chunks if label == "content"]
    cues = [span for span, label in chunks if label == "cue"]
    speaking = [
        mention
        for mention in mentions
        if mention.label in SPEAKING
        and not any(s.start < mention.end and mention.start < s.end for s in contents)
    ]
    quotes = []
    for number, content in enumerate(contents, start=before + 1):
        cue = min(cues, key=lambda cue, content=content: distance(content, cue), default=None)
        name = None if cue is None else nearest(cue, speaking, within)
        quotes.append(
            Quote(
                id=f"q{number}",
                content=(content,),
                cue=cue,
                source=name and name.span,
                speaker=name and name.entity,
            )
        )
    return quotes


def nearest(cue: Span, names: Sequence[Mention], within: Sequence[Span]) -> Mention | None:
    """The name nearest to a cue in its sentence."""
    sentence = next(s for s in within if s.start <= cue.start < s.end)
    inside = [name for name in names if sentence.start <= name.start < sentence.end]
    return min(inside, key=lambda name: distance(cue, name.span), default=None)


# ---------------------------------------------------------------- the system


class LeaveOneOut:
    """Reads each article by a model that was trained on the gold's others."""

    def __init__(self, shared_text: Literal["ignore", "together"] = "ignore"):
        self.shared_text = shared_text
        self.models: dict[tuple[str, ...], Model] = {}

    def predict_all(self, documents: Sequence[Document], targets) -> list[Document]:
        """One document with mentions and quotes for each given, in order."""
        others = held_out(documents, load(), shared_text=self.shared_text)
        return [self.read(document, others[document.id]) for document in documents]

    def read(self, document: Document, training: Sequence[Document]) -> Document:
        """The document, by a model of the articles, none of which it may be."""
        articles = tuple(article.id for article in training)
        if document.id in articles:
            raise ValueError(f"{document.id} is to be held out, not to be trained on")
        if not articles:
            return document
        if articles not in self.models:
            self.models[articles] = Model(training)
        return self.models[articles].read(document)
