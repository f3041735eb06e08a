"""Hypothesis strategies that build whole valid documents over difficult text."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from hypothesis import strategies as st

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
    taken: set[tuple[tuple[Span, ...], str | None]] = set()
    for id in draw(st.lists(quote_ids, max_size=4, unique=True)):
        content, speaker = draw(disjoint_spans(text)), draw(st.none() | names)
        key = (tuple(sorted(content)), speaker)
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
