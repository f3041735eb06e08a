"""The articles renamed: every name replaced by an invented one, the gold moved along with the text.

What a system loses on them is what the names were worth to it: lists of countries and persons, and
what a model remembers of the event. The idea is that of entity swaps (RockNER, Lin et al. 2021).
``annotation/renames.toml`` says which name becomes which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import read_bytes
from onrecord.corpus.names import slug
from onrecord.corpus.registry import Entity, Registry, Target
from onrecord.corpus.validation import validate
from onrecord.corpus.votes import Vote
from onrecord.document import Document, Mention, Meta, Quote, Span, Stance, Zone, text_hash
from onrecord.exceptions import InvalidInput

NAMES = Path("annotation") / "renames.toml"
SHORT = 3
"""Names of so few characters are replaced only where they are a word of their own."""

S = TypeVar("S", Span, Mention, Zone)


class Renames(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """Which name becomes which."""

    names: dict[str, str]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Any of the names, the longest first."""
        longest = sorted(self.names, key=lambda name: (-len(name), name))
        return re.compile("|".join(map(_anywhere, longest)))

    def of(self, text: str) -> Renamed:
        """The text with its names replaced, and where they stood."""
        edits = tuple(
            (match.start(), match.end(), self.names[match[0]])
            for match in self.pattern.finditer(text)
        )
        return Renamed(self.pattern.sub(lambda match: self.names[match[0]], text), edits)


def _anywhere(name: str) -> str:
    """A pattern of the name: within words too, but not of a short one."""
    words = re.escape(name)
    return rf"(?<![A-Z]){words}(?![A-Za-z])" if len(name) <= SHORT else words


class Renamed(msgspec.Struct, frozen=True):
    """A text whose names are replaced; ``edits`` are (start, end) in the old one with the new name."""

    text: str
    edits: tuple[tuple[int, int, str], ...]

    def at(self, place: int) -> int:
        """Where a place of the old text is in the new one.

        Raises:
            InvalidInput: it is inside a name.
        """
        moved = place
        for start, end, new in self.edits:
            if start < place < end:
                raise InvalidInput(f"a span begins or ends inside a name, at {place}")
            if end <= place:
                moved += len(new) - (end - start)
        return moved

    def moved(self, item: S) -> S:
        """The item with its offsets in the new text."""
        return msgspec.structs.replace(item, start=self.at(item.start), end=self.at(item.end))


def read_renames(path: Path) -> Renames:
    """The names in a file.

    Raises:
        InvalidInput: the file is no list of names, or a new name has an old one in it.
    """
    try:
        renames = msgspec.toml.decode(read_bytes(path), type=Renames)
    except msgspec.DecodeError as error:
        raise InvalidInput(str(error), file=path) from None
    for old, new in renames.names.items():
        if not old or not new:
            raise InvalidInput("an empty name", file=path, field=f"names.{old or new!r}")
        if left := _left(new, renames):
            raise InvalidInput(f"{new!r} has {left!r} in it", file=path, field=f"names.{old!r}")
    return renames


def _left(text: str, renames: Renames) -> str | None:
    """A name in the text that should have been replaced, also in capitals or with one first."""
    return next(
        (
            written
            for name in renames.names
            for written in (name, name.upper(), name[0].upper() + name[1:])
            if re.search(_anywhere(written), text)
        ),
        None,
    )


def rename(corpus: Corpus, renames: Renames) -> Corpus:
    """The corpus with every name replaced; documents keep their ids, entities and targets do not.

    A document keeps its id so that a system which learns from the articles can leave its original out.

    Raises:
        InvalidInput: a span begins or ends inside a name, two entities have one new name, or an old
            name is left.
    """
    ids = _new_ids(corpus, renames)
    renamed = Corpus(
        tuple(_document(document, renames, ids) for document in corpus),
        Registry.checked([_entity(one, renames, ids) for one in corpus.registry]),
        tuple(
            Target(id=ids.targets[one.id], proposition=renames.of(one.proposition).text)
            for one in corpus.targets
        ),
        corpus.status,
        tuple(_vote(vote, ids) for vote in corpus.votes),
    )
    for document in renamed:
        validate(document, targets=renamed.target_ids, registry=renamed.registry)
    for place, words in _words(renamed):
        if left := _left(words, renames):
            raise InvalidInput(f"the old name {left!r} is left in {place}", file=NAMES)
    return renamed


def kept_names(corpus: Corpus, renames: Renames) -> tuple[str, ...]:
    """The names of the registry and of the articles in which no name is replaced, in order."""
    names = {entity.name for entity in corpus.registry}
    names |= {m.of(document.text) for document in corpus for m in document.mentions if m.is_name}
    return tuple(sorted(name for name in names if renames.of(name).text == name))


class _Ids(msgspec.Struct, frozen=True):
    """The new ids by the old ones."""

    entities: Mapping[str, str]
    targets: Mapping[str, str]
    utterances: Mapping[str, str]


def _new_ids(corpus: Corpus, renames: Renames) -> _Ids:
    entities: dict[str, str] = {}
    for entity in corpus.registry:
        id = slug(renames.of(entity.name).text)
        if id in entities.values():
            raise InvalidInput(f"two entities have the new name {id!r}", file=NAMES)
        entities[entity.id] = id
    targets = {one.id: f"target-{number:02}" for number, one in enumerate(corpus.targets, start=1)}
    quotes = (quote.utterance for document in corpus for quote in document.quotes)
    utterances = dict.fromkeys(utterance for utterance in quotes if utterance is not None)
    numbered = {old: f"utterance-{number:02}" for number, old in enumerate(utterances, start=1)}
    return _Ids(entities, targets, numbered)


def _document(document: Document, renames: Renames, ids: _Ids) -> Document:
    new = renames.of(document.text)
    try:
        return Document(
            id=document.id,
            text=new.text,
            sha256=text_hash(new.text),
            meta=_meta(document.meta, renames, len(new.text.split())),
            zones=tuple(map(new.moved, document.zones)),
            mentions=tuple(_mention(mention, new, ids) for mention in document.mentions),
            quotes=tuple(_quote(quote, new, ids) for quote in document.quotes),
            stances=tuple(_stance(stance, new, ids) for stance in document.stances),
        ).canonical()
    except InvalidInput as error:
        raise InvalidInput(error.reason, document=document.id) from None


def _meta(meta: Meta, renames: Renames, words: int) -> Meta:
    outlet, title = (
        None if one is None else renames.of(one).text for one in (meta.outlet, meta.title)
    )
    return msgspec.structs.replace(meta, outlet=outlet, title=title, event=None, words=words)


def _mention(mention: Mention, new: Renamed, ids: _Ids) -> Mention:
    entity = None if mention.entity is None else ids.entities[mention.entity]
    return msgspec.structs.replace(new.moved(mention), entity=entity)


def _quote(quote: Quote, new: Renamed, ids: _Ids) -> Quote:
    return msgspec.structs.replace(
        quote,
        content=tuple(map(new.moved, quote.content)),
        cue=quote.cue and new.moved(quote.cue),
        source=quote.source and new.moved(quote.source),
        speaker=None if quote.speaker is None else ids.entities[quote.speaker],
        utterance=None if quote.utterance is None else ids.utterances[quote.utterance],
    )


def _stance(stance: Stance, new: Renamed, ids: _Ids) -> Stance:
    return msgspec.structs.replace(
        stance,
        holder=ids.entities[stance.holder],
        target=ids.targets[stance.target],
        evidence=tuple(map(new.moved, stance.evidence)),
    )


def _entity(entity: Entity, renames: Renames, ids: _Ids) -> Entity:
    return msgspec.structs.replace(
        entity,
        id=ids.entities[entity.id],
        name=renames.of(entity.name).text,
        aliases=tuple(dict.fromkeys(renames.of(alias).text for alias in entity.aliases)),
        offices=tuple(renames.of(office).text for office in entity.offices),
        represents=None if entity.represents is None else ids.entities[entity.represents],
    )


def _vote(vote: Vote, ids: _Ids) -> Vote:
    holder = None if vote.holder is None else ids.entities[vote.holder]
    target = None if vote.target is None else ids.targets[vote.target]
    answers = vote.answers
    if vote.ask == "speaker":
        answers = tuple(
            msgspec.structs.replace(one, answer=one.answer and ids.entities[one.answer])
            for one in answers
        )
    id = vote.id if vote.ask != "stance" else f"{vote.doc_id}/{holder}/{target}"
    return msgspec.structs.replace(vote, id=id, holder=holder, target=target, answers=answers)


def _words(corpus: Corpus) -> Iterator[tuple[str, str]]:
    """What a reader sees of the corpus, and where it stands."""
    for document in corpus:
        yield document.id, document.text
        yield f"{document.id}, meta", f"{document.meta.outlet} {document.meta.title}"
    for entity in corpus.registry:
        yield entity.id, " ".join((entity.name, *entity.aliases, *entity.offices))
    for target in corpus.targets:
        yield target.id, target.proposition


def exchange(corpus: Corpus, one: str, other: str) -> Corpus:
    """The articles with two persons' names exchanged, the gold moved along: who spoke, too.

    A system that reads finds the exchanged speakers; one that remembers gives the old ones. The idea
    is that of Michel et al. (2025), who exchange characters of novels. Titles and pronouns stay.

    Args:
        corpus: the articles.
        one: the id of a person in the registry.
        other: that of the other.
    """
    swap = {one: other, other: one}
    names = {}
    for document in corpus:
        for mention in document.mentions:
            if mention.entity in swap:
                new = corpus.registry[swap[mention.entity]].name
                words = mention.of(document.text)
                names[words] = new if " " in words else new.rpartition(" ")[2]
    renames = Renames(names)
    documents = []
    for document in corpus:
        entities = {m.entity: m.entity for m in document.mentions if m.entity is not None}
        entities |= {q.speaker: q.speaker for q in document.quotes if q.speaker is not None}
        entities |= {s.holder: s.holder for s in document.stances}
        ids = _Ids(
            entities | swap,
            {s.target: s.target for s in document.stances},
            {q.utterance: q.utterance for q in document.quotes if q.utterance is not None},
        )
        documents.append(validate(_document(document, renames, ids)))
    return msgspec.structs.replace(corpus, documents=tuple(documents))
