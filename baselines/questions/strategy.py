"""Many small questions to a language model, each with its answers enumerated, about candidates."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from onrecord import NAME_TYPES, POLARITIES, VALUE_TYPES, Mention, Quote, Span, Stance, flatten
from onrecord.convert.answers import with_parents
from questions.candidates import (
    COMMON,
    CUE,
    contents,
    edge,
    ends,
    fold,
    gist,
    names,
    overlap,
    paragraphs,
    quoted,
    sentences,
    values,
)

HOLDERS = 2  # in one sentence
STANCES = 12  # questions about stances in one article
SPEAKERS = 15  # names to choose among
ALIKE = 0.2  # from this overlap of content words on, two quotes are compared

Ask = Callable[[str, Sequence[str], dict[str, str]], str | None]
"""Asks the question of a prompt with some data: one of the options, or None for no usable answer."""


class Entity(NamedTuple):
    """Somebody or something that is named, with its names and a text that has one."""

    id: str
    label: str
    name: str
    text: str


class Entities:
    """The entities of a run, by all names that they have had so far."""

    def __init__(self):
        self.by_name: dict[str, Entity] = {}

    def new(self, name: str, label: str, text: str) -> Entity:
        number = len({entity.id for entity in self.by_name.values()}) + 1
        return Entity(f"e{number}", label, name, text)

    def named(self, name: str, label: str, text: str) -> Entity:
        """The entity of exactly this name, which may be new."""
        return self.by_name.setdefault(fold(name), self.new(name, label, text))

    def similar(self, name: str, label: str) -> list[Entity]:
        """Entities with a name that shares a word, its beginning or its initials with this one."""
        found: Counter[Entity] = Counter()
        for other, entity in self.by_name.items():
            if (label == "PERSON") == (entity.label == "PERSON"):
                found[entity] = max(found[entity], likeness(fold(name), other))
        return [e for e, n in sorted(found.items(), key=lambda p: (-p[1], p[0].id)) if n][:2]


def likeness(one: str, other: str) -> int:
    ones, others = (set(re.findall(r"\w{3,}", name)) - COMMON for name in (one, other))
    initials = {"".join(w[0] for w in name.split() if w not in COMMON) for name in (one, other)}
    letters = {name.replace(".", "") for name in (one, other)}
    begin = {w[:4] for w in ones if len(w) > 3} & {w[:4] for w in others}
    return 3 * len(ones & others) + 2 * bool(initials & letters) + len(begin)


class Sentence(NamedTuple):
    """A sentence with its paragraph, the sentence before it and the two together."""

    span: Span
    line: Span
    before: Span

    @property
    def context(self) -> Span:
        return Span(self.before.start, self.span.end)


class Questions:
    """All layers of articles, which must come one after the other: what was asked once is known."""

    def __init__(self, ask: Ask):
        self._ask = ask
        self.entities = Entities()
        self.labels: dict[str, str | None] = {}
        self.acts: list[tuple[str, str, set[str], str]] = []  # utterance, text, gist, speaker

    def choose(self, prompt: str, options, **data: str) -> str | None:
        """One of the options, or None where the answer is unusable."""
        return self._ask(prompt, list(dict.fromkeys(options)), data)

    def agrees(self, prompt: str, **data: str) -> bool:
        return self.choose(prompt, ("yes", "no"), **data) == "yes"

    def predict(self, document, targets):
        text = document.text
        found: list[Sentence] = []
        for line in paragraphs(document):
            for span in sentences(text, line):
                found.append(Sentence(span, line, found[-1].span if found else span))
        mentions = self.ask_mentions(text, found)
        quotes = self.ask_quotes(text, found, mentions)
        stances = self.ask_stances(text, found, mentions, quotes, targets)
        quotes = self.with_utterances(text, with_parents(quotes))
        return document.with_layers(mentions=mentions, quotes=quotes, stances=stances)

    def ask_mentions(self, text, found: list[Sentence]) -> list[Mention]:
        """A type for each candidate, asked once in a run for each spelling, then whom names mean."""
        places: list[tuple[Span, Span, str]] = []
        for sentence in found:
            numbers = values(text, sentence.span)
            places += [(span, sentence.span, "value") for span in numbers]
            places += [(s, sentence.span, "name") for s in names(text, sentence.span, numbers)]
        labels = self.labels
        for span, sentence, kind in places:
            words = span.of(text)
            if words not in labels:
                types = NAME_TYPES if kind == "name" else VALUE_TYPES
                data = {"sentence": sentence.of(text), kind: words}
                labels[words] = self.choose(kind, (*types, "none"), **data)
        mentions = []
        for span, sentence, _ in sorted(places):
            label = labels[span.of(text)]
            if label in NAME_TYPES:
                entity = self.ask_entity(span.of(text), label, sentence.of(text))
                mentions.append(Mention(span.start, span.end, label, entity.id))
            elif label in VALUE_TYPES:
                mentions.append(Mention(span.start, span.end, label))
        return flatten(mentions)

    def ask_entity(self, name: str, label: str, sentence: str) -> Entity:
        known = self.entities.by_name.get(fold(name))
        if known:
            return known
        entity = self.entities.new(name, label, sentence)
        for other in self.entities.similar(name, label):
            data = {"name": name, "known": other.name, "one": sentence, "other": other.text}
            if self.agrees("same", **data):
                entity = other
                break
        self.entities.by_name[fold(name)] = entity
        return entity

    def actors(self, text, mentions: list[Mention]) -> dict[str, str]:
        """The ids of those named in the article who can speak, by the name used first."""
        by_id: dict[str, str] = {}
        for m in mentions:
            if m.label in ("PERSON", "ORG", "GPE", "NORP"):
                by_id.setdefault(m.entity, m.span.of(text))
        counted = Counter(m.entity for m in mentions if m.entity in by_id)
        names = {}
        for id, _ in counted.most_common():
            names.setdefault(by_id[id], id)
        return names

    def ask_quotes(self, text, found: list[Sentence], mentions: list[Mention]) -> list[Quote]:
        """Does each cue report, what was said, is a quotation without a cue one, and who speaks.

        Questions of one kind follow each other: servers keep the beginning that they share.
        """
        actors = self.actors(text, mentions)
        stretches = {s: quoted(text, s.line, s.span) for s in found}
        cues: list[tuple[Sentence, Span, list]] = []
        for sentence in found:
            words = sentence.span.of(text)
            for m in CUE.finditer(text, *ends(sentence.span)):
                cue = Span(*m.span())
                options = contents(text, sentence.span, cue, stretches[sentence])
                if options and self.agrees("cue", sentence=words, cue=m[0]):
                    cues.append((sentence, cue, options))
        reports: list[tuple[Sentence, Span | None, tuple[Span, ...]]] = []
        for sentence, cue, options in cues:
            content = self.ask_content(text, sentence.span.of(text), cue.of(text), options)
            if content:
                reports.append((sentence, cue, content))
        taken = [span for _, _, content in reports for span in content]
        for sentence in found:
            for stretch in stretches[sentence]:
                words = stretch.of(text)
                if words.count(" ") < 3 or any(meets(stretch, t) for t in taken):
                    continue
                if self.agrees("quoted", sentence=sentence.span.of(text), words=words):
                    reports.append((sentence, None, (stretch,)))
        reports.sort(key=lambda report: (report[2], report[1] or report[0].span))
        quotes: dict[tuple, Quote] = {}
        for sentence, cue, content in reports:
            speaker = self.ask_speaker(text, sentence, content, actors)
            source = source_of(text, sentence.span, cue, content, speaker, mentions)
            quote = Quote(
                id=f"q{len(quotes) + 1}", content=content, cue=cue, source=source, speaker=speaker
            )
            quotes.setdefault((content, speaker), quote)
        return list(quotes.values())

    def ask_content(self, text, sentence: str, cue: str, options) -> tuple[Span, ...] | None:
        if len(options) == 1:
            return options[0]
        parts = {
            letter: " … ".join(s.of(text) for s in content)
            for letter, content in zip("ABC", options, strict=False)
        }
        data = {"sentence": sentence, "cue": cue, "a": "", "b": "", "c": ""}
        data |= {letter.lower(): part for letter, part in parts.items()}
        letter = self.choose("content", (*parts, "none"), **data)
        return options["ABC".index(letter)] if letter in parts else None

    def ask_speaker(self, text, sentence: Sentence, content, actors) -> str | None:
        options = list(actors)[:SPEAKERS]
        data = {
            "context": sentence.context.of(text),
            "words": " … ".join(s.of(text) for s in content),
            "names": ", ".join([*options, "somebody else"]),
        }
        return actors.get(self.choose("speaker", (*options, "somebody else"), **data))

    def ask_stances(self, text, found: list[Sentence], mentions, quotes, targets) -> list[Stance]:
        """Whoever is named or speaks in a sentence that shares words with a target's proposition."""
        actors = {id: name for name, id in self.actors(text, mentions).items()}
        candidates = []
        for target in targets:
            key = gist(target.proposition)
            for number, sentence in enumerate(found):
                shared = len(key & gist(sentence.span.of(text)))
                if shared > 1:
                    candidates.append((-shared / len(key), number, target))
        pairs: dict[tuple[str, str], tuple[Sentence, str]] = {}
        for _, number, target in sorted(candidates, key=lambda c: (c[0], c[1], c[2].id)):
            span = found[number].span
            saying = [q.speaker for q in quotes if meets(q.content[0], span)]
            inside = [m.entity for m in mentions if meets(m.span, span)]
            holders = [h for h in dict.fromkeys([*saying, *inside]) if h in actors]
            for holder in holders[:HOLDERS]:
                if len(pairs) < STANCES:
                    pairs.setdefault((target.id, holder), (found[number], target.proposition))
        stances = []
        for (target, holder), (sentence, proposition) in sorted(pairs.items()):
            data = {
                "context": sentence.context.of(text),
                "statement": proposition,
                "holder": actors[holder],
            }
            polarity = self.choose("stance", (*POLARITIES, "none"), **data)
            evidence = edge(text, *ends(sentence.span))
            if polarity in POLARITIES and evidence:
                stances.append(
                    Stance(holder=holder, target=target, polarity=polarity, evidence=(evidence,))
                )
        return stances

    def with_utterances(self, text, quotes: list[Quote]) -> list[Quote]:
        """Quotes that report the same act share an utterance, in this article and those before."""
        names = {entity.id: entity.name for entity in self.entities.by_name.values()}
        inner = Counter()
        for quote in quotes:
            inner[quote.parent] += sum(map(len, quote.content))
        finished = []
        for quote in quotes:
            if inner[quote.id] > 0.6 * sum(map(len, quote.content)):
                finished.append(quote)  # it only wraps what others say
                continue
            words = " … ".join(span.of(text) for span in quote.content)
            speaker = names.get(quote.speaker, quote.speaker) or "Somebody"
            own = gist(words)
            alike = [(overlap(own, act[2]), -n) for n, act in enumerate(self.acts)]
            utterance = f"u{len(self.acts) + 1}"
            for share, n in sorted(alike, reverse=True)[:2]:
                other = self.acts[-n]
                if share >= ALIKE and self.agrees(
                    "utterance",
                    one=words,
                    other=other[1],
                    one_speaker=speaker,
                    other_speaker=other[3],
                ):
                    utterance = other[0]
                    break
            self.acts.append((utterance, words, own, speaker))
            finished.append(msgspec.structs.replace(quote, utterance=utterance))
        return finished


def meets(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def source_of(text, sentence: Span, cue, content, speaker, mentions) -> Span | None:
    """The speaker's name in the sentence that is nearest to the cue, else a pronoun beside it."""
    if cue is None:
        return None
    outside = [m.span for m in mentions if m.entity == speaker and meets(m.span, sentence)]
    outside = [s for s in outside if speaker and not any(meets(s, c) for c in content)]
    if outside:
        return min(outside, key=lambda s: (abs(s.start - cue.start), s.start))
    pronouns = re.finditer(r"\b(?:[Hh]e|[Ss]he|[Tt]hey|[Ii]t|[Ww]e|I)\b", text[: cue.end + 12])
    near = [Span(*m.span()) for m in pronouns if sentence.start <= m.start() > cue.start - 25]
    near = [s for s in near if not any(meets(s, c) for c in content)]
    return min(near, key=lambda s: (abs(s.start - cue.start), s.start), default=None)
