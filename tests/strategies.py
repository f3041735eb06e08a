"""Hypothesis strategies that build whole valid documents over difficult text."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence

import msgspec
from builders import REGISTRY, article, corpus
from hypothesis import strategies as st

from onrecord.corpus.corpus import Corpus
from onrecord.document import (
    MENTION_TYPES,
    NAME_TYPES,
    POLARITIES,
    Document,
    Mention,
    Meta,
    Quote,
    Span,
    Stance,
    Zone,
    text_hash,
)

TARGETS = ("talks", "sanctions", "keep-it")
PIECES = (
    "said",
    "Durand",
    "İstanbul",
    "ığüşöç",
    "e\N{COMBINING ACUTE ACCENT}",
    "😀",
    "👩‍👩‍👧",
    "🇹🇷",
    "שלום",
    "مرحبا",
    "“talks",
    "go on.”",
    "'",
    "’s",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\n\n",
    "\N{NO-BREAK SPACE}",
    "\N{ZERO WIDTH SPACE}",
    "\N{RIGHT-TO-LEFT MARK}",
    "\N{NEXT LINE}",
    "\N{PARAGRAPH SEPARATOR}",
    "&amp;",
    "<b>",
    "\\n",
    "#",
)

texts = (
    st.lists(st.sampled_from(PIECES) | st.text(max_size=4), min_size=1, max_size=25)
    .map("".join)
    .filter(lambda text: bool(text.strip()))
)
names = st.sampled_from(["durand", "state", "new:Ayşe K."]) | st.text(min_size=1, max_size=6)
quote_ids = st.sampled_from(
    ["q1", "q2", "q#1", "q%23", "quote-", "quote-q1", "#", "%", "cue-0-1", "İ"]
) | st.text(min_size=1, max_size=6)


@st.composite
def spans(draw: st.DrawFn, text: str) -> Span:
    """A stretch of the text that holds more than white space."""
    visible = [i for i, character in enumerate(text) if not character.isspace()]
    within = draw(st.sampled_from(visible))
    start = draw(st.integers(max(0, within - 12), within))
    end = draw(st.integers(within + 1, min(len(text), within + 13)))
    return Span(start, end)


@st.composite
def disjoint_spans(
    draw: st.DrawFn, text: str, min_size: int = 1, max_size: int = 3
) -> tuple[Span, ...]:
    """Stretches that do not overlap, in no order."""
    kept: list[Span] = []
    for span in draw(st.lists(spans(text), min_size=min_size, max_size=max_size)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return tuple(kept)


@st.composite
def mentions(draw: st.DrawFn, text: str) -> tuple[Mention, ...]:
    made = []
    for span in draw(disjoint_spans(text, min_size=0, max_size=5)):
        label = draw(st.sampled_from(MENTION_TYPES))
        entity = draw(st.none() | names) if label in NAME_TYPES else None
        made.append(Mention(span.start, span.end, label, entity))
    return tuple(made)


@st.composite
def quotes(draw: st.DrawFn, text: str) -> tuple[Quote, ...]:
    """Quotes that share cues and sources, nest, and are in no order."""
    made: list[Quote] = []
    taken: set[tuple[Span, ...]] = set()
    for id in draw(st.lists(quote_ids, max_size=4, unique=True)):
        content, speaker = draw(disjoint_spans(text)), draw(st.none() | names)
        key = tuple(sorted(content))
        if key in taken:
            continue
        taken.add(key)
        made.append(
            Quote(
                id=id,
                content=content,
                cue=draw(_one_of(text, [quote.cue for quote in made])),
                source=draw(_one_of(text, [quote.source for quote in made])),
                speaker=speaker,
                utterance=draw(st.none() | names),
                parent=draw(st.sampled_from([None, *(quote.id for quote in made)])),
            )
        )
    return tuple(draw(st.permutations(made)))


def _one_of(text: str, used: Sequence[Span | None]) -> st.SearchStrategy[Span | None]:
    return st.sampled_from([None, *used]) | spans(text)


@st.composite
def stances(
    draw: st.DrawFn, text: str, contents: Sequence[tuple[Span, ...]], targets: Sequence[str]
) -> tuple[Stance, ...]:
    """Stances, some of which have a quote's content or each other's evidence as their evidence."""
    made: list[Stance] = []
    pairs = st.tuples(names, st.sampled_from(targets))
    for holder, target in draw(st.lists(pairs, max_size=4, unique=True)):
        used = [*contents, *(stance.evidence for stance in made)]
        shared = st.sampled_from(used) if used else st.nothing()
        evidence = draw(disjoint_spans(text) | shared)
        polarity = draw(st.sampled_from(POLARITIES))
        made.append(Stance(holder=holder, target=target, polarity=polarity, evidence=evidence))
    return tuple(made)


@st.composite
def zones(draw: st.DrawFn, text: str) -> tuple[Zone, ...]:
    """Zones that tile the text, none of them promotional (those restrict contents)."""
    if not draw(st.booleans()):
        return ()
    cuts = draw(st.sets(st.integers(1, len(text) - 1), max_size=2)) if len(text) > 1 else set()
    edges = [0, *sorted(cuts), len(text)]
    labels = st.sampled_from(["headline", "byline", "subhead", "body"])
    return tuple(Zone(start, end, draw(labels)) for start, end in itertools.pairwise(edges))


@st.composite
def annotated(draw: st.DrawFn, seed: Document, targets: Sequence[str] = TARGETS) -> Document:
    """The seed with layers that break no rule (in a seed without promotional zones)."""
    said = draw(quotes(seed.text))
    contents = [quote.content for quote in said]
    return seed.with_layers(
        mentions=draw(mentions(seed.text)),
        quotes=said,
        stances=draw(stances(seed.text, contents, targets)),
    )


@st.composite
def seeds(draw: st.DrawFn, id: str = "gazette") -> Document:
    """An article without layers."""
    text = draw(texts)
    meta = Meta(file=f"{id}.txt", outlet=draw(st.none() | st.just("Gazette")))
    return Document(id=id, text=text, sha256=text_hash(text), meta=meta, zones=draw(zones(text)))


@st.composite
def documents(draw: st.DrawFn, id: str = "gazette", targets: Sequence[str] = TARGETS) -> Document:
    """A whole valid document, its lists in any order."""
    return draw(annotated(draw(seeds(id)), targets))


# -- corpora: a gold standard and a prediction of the same articles -------------------------------

ARTICLES = (
    article("Norway and Minister Kari Vold said “we go.” Jónsson’s Iceland said that cod waits."),
    article("Oslo said that the Norwegian cod and “the boats” wait, Vold said."),
    article(
        "The Minister Jónsson said: “We go” to Oslo. Read the Norway Gazette", promo="Read the"
    ),
    article("Cod, said Kari Vold, and “cod” said Iceland."),
)
ACTORS = ("norway", "iceland", "kari-vold", "einar-jonsson")
GIVEN = (*ACTORS, "Vold", "Kari Vold", "the Minister Jónsson", "nobody", "e1", "e2", "e3")
"""What a system calls speakers: registry ids, names, a name of nobody and entity ids of its own."""

Layers = dict[str, list[Mention] | list[Quote] | list[Stance]]


@st.composite
def corpora(draw: st.DrawFn) -> tuple[Corpus, tuple[Document, ...]]:
    """A gold standard of one to four short articles and a valid prediction for it.

    The prediction has items of its own and some of the gold's, so that all degrees of agreement
    occur; few words, speakers and utterances make ties and aliases common.
    """
    golds, predictions = [], []
    for number in range(draw(st.integers(1, 4))):
        which = draw(st.integers(0, len(ARTICLES) - 1))
        seed = msgspec.structs.replace(ARTICLES[which], id=f"d{number}")
        gold = seed.with_layers(**draw(_gold_layers(which)))
        own = seed.with_layers(**draw(_own_layers(which)))
        golds.append(gold)
        predictions.append(_with_some(own, gold, draw(st.integers(0, 15))))
    return corpus(*golds), tuple(predictions)


@functools.cache
def _gold_layers(which: int) -> st.SearchStrategy[Layers]:
    """Layers in which a mention's entity is the actor that its words name, if they name one."""
    document = ARTICLES[which]
    mentions = [
        Mention(span.start, span.end, label, entity if label in NAME_TYPES else None)
        for span in _runs(document)
        for entity in [REGISTRY.actor(span.of(document.text)) or "new:thing"]
        for label in ("PERSON", "GPE", "DATE")
    ]
    return _layers(document, mentions, ACTORS, ["u", "v"])


@functools.cache
def _own_layers(which: int) -> st.SearchStrategy[Layers]:
    mentions = [
        Mention(span.start, span.end, label, entity)
        for span in _runs(ARTICLES[which])
        for entity in (None, "e1", "e2", "e3")
        for label in ("PERSON", "GPE", "ORG")
    ]
    return _layers(ARTICLES[which], mentions, GIVEN, ["a", "b", "c"])


def _layers(
    document: Document,
    mentions: Sequence[Mention],
    speakers: Sequence[str],
    utterances: Sequence[str],
) -> st.SearchStrategy[Layers]:
    runs = st.sampled_from(_runs(document))
    longer = st.sampled_from(_runs(document, 5)[::9])
    contents = st.lists(longer, min_size=1, max_size=2).map(lambda spans: _content(spans, document))
    quotes = st.builds(
        Quote,
        id=st.just("q"),
        content=contents,
        cue=st.none() | runs,
        source=st.none() | runs,
        speaker=st.sampled_from([None, *speakers]),
        utterance=st.sampled_from([None, *utterances]),
        parent=st.sampled_from([None, "q0"]),
    )
    stances = st.builds(
        Stance,
        holder=st.sampled_from(speakers),
        target=st.sampled_from(["quota", "talks"]),
        polarity=st.sampled_from(POLARITIES),
        evidence=contents,
    )
    return st.fixed_dictionaries(
        {
            "mentions": st.lists(st.sampled_from(mentions), max_size=4).map(_flat),
            "quotes": st.lists(quotes, max_size=3, unique_by=_said).map(_numbered),
            "stances": st.lists(stances, max_size=3, unique_by=lambda s: (s.holder, s.target)),
        }
    )


def _runs(document: Document, longest: int = 2) -> list[Span]:
    """Every stretch of so many words or fewer, and each without its last character."""
    words = [match.span() for match in re.finditer(r"\S\S+", document.text)]
    return [
        Span(start, end - cut)
        for first, (start, _) in enumerate(words)
        for _, end in words[first : first + longest]
        for cut in (0, 1)
    ]


def _content(spans: Sequence[Span], document: Document) -> tuple[Span, ...]:
    """The first stretch, within its zone, and those that neither overlap it nor leave the zone."""
    zone = next(z for z in document.zones if z.start <= spans[0].start < z.end)
    first = Span(spans[0].start, min(spans[0].end, zone.end - 1))
    rest = [s for s in spans[1:] if zone.start <= s.start and s.end <= zone.end]
    return (first, *(s for s in rest if s.end <= first.start or first.end <= s.start))


def _flat(mentions: Sequence[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in mentions:
        if all(mention.end <= other.start or other.end <= mention.start for other in kept):
            kept.append(mention)
    return kept


def _said(quote: Quote) -> frozenset[Span]:
    return frozenset(quote.content)


def _numbered(quotes: Sequence[Quote]) -> list[Quote]:
    """The quotes with ids of their own; the first is in no other."""
    return [
        msgspec.structs.replace(quote, id=f"q{number}", parent=quote.parent if number else None)
        for number, quote in enumerate(quotes)
    ]


def _with_some(own: Document, gold: Document, kept: int) -> Document:
    """The prediction ``own`` with the gold's first items by the bits of ``kept``, where they fit."""
    mentions, quotes, stances = list(own.mentions), list(own.quotes), list(own.stances)
    said, held = {_said(quote) for quote in quotes}, {(s.holder, s.target) for s in stances}
    for number in (number for number in range(4) if kept >> number & 1):
        mentions += gold.mentions[number : number + 1]
        for quote in gold.quotes[number : number + 1]:
            if _said(quote) not in said:
                quotes.append(msgspec.structs.replace(quote, id=f"g{number}", parent=None))
        for stance in gold.stances[number : number + 1]:
            if (stance.holder, stance.target) not in held:
                stances.append(stance)
    return own.with_layers(mentions=_flat(mentions), quotes=quotes, stances=stances)
