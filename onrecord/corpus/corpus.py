"""A corpus: articles with their layers, the registry and the targets, and where they are kept."""

from __future__ import annotations

import datetime
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from onrecord.corpus.files import encode_documents, read_records
from onrecord.corpus.lines import predicted_lines
from onrecord.corpus.names import comparable
from onrecord.corpus.predictions import Predictions
from onrecord.corpus.registry import Entity, Registry, Target
from onrecord.corpus.validation import validate
from onrecord.corpus.votes import Vote
from onrecord.document import Document, Meta, Zone, text_hash
from onrecord.exceptions import InvalidInput, UnknownId

T = TypeVar("T", bound=msgspec.Struct)

SHARED_RUN = 16
"""Two articles share text when they have a run of this many words in common."""


class ManifestRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An article in ``seeds/manifest.jsonl``; null where the text itself does not say."""

    id: str
    file: str
    outlet: str | None
    title: str | None
    date: str | None
    language: str
    event: str
    sha256: str
    words: int
    zones: tuple[Zone, ...]


Status = Literal["draft", "gold"]
"""A gold is a draft until independent passes and their adjudication have made it."""


class Corpus(msgspec.Struct, frozen=True, dict=True):
    """Documents in the order of their manifest, with the registry and the targets they use."""

    documents: tuple[Document, ...]
    registry: Registry
    targets: tuple[Target, ...]
    status: Status = "gold"
    votes: tuple[Vote, ...] = ()
    """What readers voted on single items, where they did."""
    apart: bool = False
    """Whether each document is a world of its own, which a system is to read without the others."""

    def __iter__(self) -> Iterator[Document]:
        return iter(self.documents)

    def __len__(self) -> int:
        return len(self.documents)

    def __getitem__(self, id: str) -> Document:
        if id not in self.by_id:
            raise UnknownId(f"unknown document {id!r} (known: {', '.join(self.by_id) or 'none'})")
        return self.by_id[id]

    def __repr__(self) -> str:
        mentions, quotes, stances = (
            sum(len(getattr(document, layer)) for document in self.documents)
            for layer in ("mentions", "quotes", "stances")
        )
        return (
            f"Corpus({len(self)} documents, {len(self.registry)} entities, "
            f"{len(self.targets)} targets: {mentions} mentions, {quotes} quotes, "
            f"{stances} stances, {self.status})"
        )

    @cached_property
    def by_id(self) -> Mapping[str, Document]:
        """The documents by id."""
        return {document.id: document for document in self.documents}

    @cached_property
    def target_ids(self) -> frozenset[str]:
        """The ids that stances may use."""
        return frozenset(target.id for target in self.targets)

    @cached_property
    def contested(self) -> frozenset[tuple[str, str, str]]:
        """(Document, holder, target) of the stances, there or not, that readers' votes leave open."""
        return frozenset(
            (vote.doc_id, vote.holder or "", vote.target or "")
            for vote in self.votes
            if vote.contested and vote.ask == "stance"
        )

    @cached_property
    def contested_speakers(self) -> frozenset[tuple[str, str]]:
        """(Document, quote) of the gold's quotes whose speaker readers' votes leave open."""
        return frozenset(
            (vote.doc_id, vote.quotes[0])
            for vote in self.votes
            if vote.contested and vote.ask == "speaker"
        )

    @cached_property
    def hash(self) -> str:
        """A sha256 over the documents, registry, targets and votes: the identity of a gold standard.

        Without votes it is what it was before there were any.
        """
        digest = hashlib.sha256(encode_documents(self.documents, text=True))
        digest.update(msgspec.json.encode(list(self.registry)))
        digest.update(msgspec.json.encode(self.targets))
        if self.votes:
            digest.update(msgspec.json.encode(self.votes))
        return digest.hexdigest()

    def bare(self) -> tuple[Document, ...]:
        """The articles without layers, as systems get them."""
        return tuple(document.bare() for document in self.documents)

    def seeds(self) -> dict[str, Document]:
        """The articles without layers, by id."""
        return {document.id: document for document in self.bare()}


def find_root(start: str | Path | None = None) -> Path:
    """The clone that holds the data: ``$ONRECORD_ROOT``, else the nearest folder upwards with seeds.

    The search begins at ``start`` or the working directory, then where the library itself lies.

    Raises:
        InvalidInput: there is none.
    """
    configured = os.environ.get("ONRECORD_ROOT")
    if configured and start is None:
        return Path(configured)
    for begin in (Path(start) if start else Path.cwd(), Path(__file__).parent):
        for folder in (begin.resolve(), *begin.resolve().parents):
            if (folder / "seeds" / "manifest.jsonl").is_file():
                return folder
    raise InvalidInput("no seeds/manifest.jsonl here or above; set ONRECORD_ROOT to a clone")


def load_seeds(root: str | Path | None = None) -> dict[str, Document]:
    """The articles by id, without layers, in the order of the manifest.

    Raises:
        InvalidInput: the manifest or an article is missing, is not UTF-8, is listed twice, or is
            not what the manifest's sha256, word count or zones say.
    """
    return {seed.id: seed for seed in each_seed(root)}


def each_seed(root: str | Path | None = None) -> Iterator[Document]:
    """The articles of :func:`load_seeds` one after the other."""
    root = Path(root) if root is not None else find_root()
    manifest = root / "seeds" / "manifest.jsonl"
    seen: set[str] = set()
    for line, record in read_records(manifest, ManifestRecord):
        try:
            if record.id in seen:
                raise InvalidInput("is listed twice", document=record.id)
            seen.add(record.id)
            seed = read_seed(root, record)
        except InvalidInput as error:
            raise error.at(file=manifest, line=line) from None
        yield seed
    if not seen:
        raise InvalidInput("lists no article", file=manifest)


def read_seed(root: Path, record: ManifestRecord) -> Document:
    """The article of a line of the manifest.

    Raises:
        InvalidInput: it cannot be read, or is not what the manifest says.
    """
    if Path(record.file).name != record.file or not record.file.isprintable():
        raise InvalidInput("is not a plain file name", document=record.id, field="file")
    path = root / "seeds" / record.file
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        reason = f"{record.file} cannot be read: {error.strerror}"
        raise InvalidInput(reason, document=record.id, field="file") from None
    except UnicodeDecodeError:
        raise InvalidInput(
            f"{record.file} is not UTF-8", document=record.id, field="file"
        ) from None
    if text_hash(text) != record.sha256:
        reason = f"is not the hash of {record.file}, {text_hash(text)}"
        raise InvalidInput(reason, document=record.id, field="sha256")
    if len(text.split()) != record.words:
        reason = f"{record.file} has {len(text.split())} words, not {record.words}"
        raise InvalidInput(reason, document=record.id, field="words")
    if record.date is not None and not is_date(record.date):
        raise InvalidInput(
            f"{record.date!r} is no date (YYYY-MM-DD)", document=record.id, field="date"
        )
    if not record.zones:
        raise InvalidInput("are missing", document=record.id, field="zones")
    meta = Meta(
        file=record.file,
        outlet=record.outlet,
        title=record.title,
        date=record.date,
        language=record.language,
        event=record.event,
        words=record.words,
    )
    return validate(
        Document(id=record.id, text=text, sha256=record.sha256, meta=meta, zones=record.zones)
    )


def is_date(value: str) -> bool:
    """Whether the value is a day of the calendar as YYYY-MM-DD."""
    try:
        return datetime.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


class _EntityRow(Entity, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """An entity as a row of the dataset."""

    canary: str | None = None


class _TargetRow(Target, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A target as a row of the dataset."""

    canary: str | None = None


def _plain(row: T, type: type[T]) -> T:
    """The row without what the dataset adds to it."""
    return msgspec.convert(row, type, from_attributes=True)


def read_registry(path: str | Path) -> Registry:
    """The registry in a JSON Lines file, with or without the canary."""
    try:
        return Registry(_plain(row, Entity) for _, row in read_records(path, _EntityRow))
    except InvalidInput as error:
        raise error.at(file=path) from None


def read_targets(path: str | Path) -> tuple[Target, ...]:
    """The targets in a JSON Lines file, with or without the canary."""
    targets: dict[str, Target] = {}
    for line, row in read_records(path, _TargetRow):
        if row.id in targets:
            raise InvalidInput(f"duplicate target {row.id!r}", file=path, line=line)
        targets[row.id] = _plain(row, Target)
    return tuple(targets.values())


class _VoteRow(Vote, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vote as a row of the dataset."""

    canary: str | None = None


def read_vote_rows(path: str | Path) -> tuple[Vote, ...]:
    """The votes in a file of the dataset; none where a corpus has no such file."""
    if not Path(path).exists():
        return ()
    return tuple(_plain(row, Vote) for _, row in read_records(path, _VoteRow))


def load_registry(root: str | Path | None = None) -> Registry:
    """The registry of a clone, as :func:`load_articles` gives it.

    Raises:
        InvalidInput: it is missing or breaks the rules.
    """
    root = Path(root) if root is not None else find_root()
    return read_registry(root / "annotation" / "registry.jsonl")


def load_targets(root: str | Path | None = None) -> tuple[Target, ...]:
    """The targets of a clone, as :func:`load_articles` gives them.

    Raises:
        InvalidInput: they are missing or break the rules.
    """
    root = Path(root) if root is not None else find_root()
    return read_targets(root / "annotation" / "targets.jsonl")


def load_articles(root: str | Path | None = None) -> Corpus:
    """The articles of a clone without layers, with the registry and the targets of ``annotation/``.

    Raises:
        InvalidInput: seeds, registry or targets are missing or break the rules.
    """
    root = Path(root) if root is not None else find_root()
    return Corpus(
        tuple(load_seeds(root).values()),
        load_registry(root),
        load_targets(root),
    )


def read_predictions(path: str | Path, corpus: Corpus, *, partial: bool = False) -> Predictions:
    """A system's saved output, validated, one document for each of the corpus, in its order.

    Raises:
        InvalidInput: the file is not a valid prediction for every document of the corpus, or its
            lines declare different layers.
    """
    places = {id: place for place, id in enumerate(corpus.by_id)}
    found: dict[int, Document] = {}
    layers: tuple[str, ...] | None = None
    for place, line in predicted_lines(
        path, corpus.by_id, places.get, targets=corpus.target_ids, partial=partial
    ):
        found[place] = line.document
        layers = line.layers
    return Predictions((found[place] for place in sorted(found)), layers)


def folds(
    corpus: Corpus, *, shared_text: Literal["ignore", "together"] = "ignore"
) -> Iterator[tuple[tuple[Document, ...], tuple[Document, ...]]]:
    """Leave-one-document-out folds as (what to train on, the one held out), for what trains here.

    Args:
        corpus: the documents.
        shared_text: "together" also leaves out of the training side every article that shares
            text with the one held out, so that nothing of it has been seen.

    Raises:
        InvalidInput: there is no such way of holding out.
    """
    if shared_text not in ("ignore", "together"):
        raise InvalidInput(f"shared_text is {shared_text!r}, neither 'ignore' nor 'together'")
    for held_out in corpus.documents:
        excluded = {held_out.id}
        if shared_text == "together":
            own = word_runs(held_out.text)
            excluded |= {other.id for other in corpus.documents if own & word_runs(other.text)}
        rest = tuple(document for document in corpus.documents if document.id not in excluded)
        yield rest, (held_out,)


def held_out(
    documents: Iterable[Document],
    corpus: Corpus,
    *,
    shared_text: Literal["ignore", "together"] = "ignore",
) -> dict[str, tuple[Document, ...]]:
    """What a system that learns from the gold may learn from for each document: all the others.

    A document that is no article of the gold (a probe, another text) may be learned for from all
    articles but those that share text with it, which may be copies.

    Args:
        documents: what is to be read.
        corpus: the gold.
        shared_text: as in :func:`folds`.

    Raises:
        InvalidInput: there is no such way of holding out.
    """
    others = {one.id: rest for rest, (one,) in folds(corpus, shared_text=shared_text)}
    return {
        document.id: others[document.id] if document.id in others else _unlike(document, corpus)
        for document in documents
    }


def _unlike(document: Document, corpus: Corpus) -> tuple[Document, ...]:
    """The articles that share no text with a document that is none of them."""
    own = word_runs(document.text)
    return tuple(article for article in corpus if not own & word_runs(article.text))


@lru_cache(maxsize=64)  # what reads document by document asks for the same articles again
def word_runs(text: str) -> frozenset[tuple[str, ...]]:
    """The runs of ``SHARED_RUN`` words in a text, without case and diacritics."""
    words = compared_words(text)
    return frozenset(tuple(words[i : i + SHARED_RUN]) for i in range(len(words) - SHARED_RUN + 1))


def compared_words(text: str) -> list[str]:
    """The words of a text as texts are compared, in order."""
    return re.findall(r"\w+", comparable(text))
