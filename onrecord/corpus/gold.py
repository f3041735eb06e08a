"""The gold standard: what the build wrote to ``data/``, and what may stand in for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from onrecord.corpus.canary import CANARY
from onrecord.corpus.corpus import (
    Corpus,
    Status,
    find_root,
    read_registry,
    read_targets,
    read_vote_rows,
)
from onrecord.corpus.files import read_bytes, read_documents, read_json
from onrecord.corpus.registry import Entity, Registry, Target
from onrecord.corpus.streams import raw_lines
from onrecord.corpus.validation import validate
from onrecord.corpus.votes import Vote
from onrecord.document import Document, Meta
from onrecord.exceptions import InvalidInput

T = TypeVar("T")


class Build(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What ``data/`` was made from."""

    export: str
    """The name of the export in ``annotation/exports/``."""
    gold: str
    """The sha256 of the corpus, see :attr:`Corpus.hash`."""
    renamed: str | None = None
    """The sha256 of the corpus with other names; None where there is none."""
    status: Status
    pre_annotations: Mapping[str, Mapping[str, tuple[str, ...]]] = {}
    """For each export whose annotator was shown pre-annotations: the systems by document."""


class Configs(msgspec.Struct, frozen=True):
    """What the configs of a corpus are called."""

    documents: str
    registry: str
    targets: str
    votes: str


ARTICLES = Configs("documents", "registry", "targets", "votes")
RENAMED = Configs("renamed", "renamed_registry", "renamed_targets", "renamed_votes")


def load(path: str | Path | None = None, *, renamed: bool = False) -> Corpus:
    """The gold standard of a clone: its articles with all layers, its registry and targets.

    The build has validated what has its hash; what has not is validated here, to say what is wrong.
    Where the folder has seeds too, they must be the texts that the dataset was made from.

    Args:
        path: the clone's folder; None finds it as :func:`find_root` does.
        renamed: the articles with all names replaced by invented ones, under the same ids, in place
            of the articles as they are.

    Raises:
        InvalidInput: the folder holds no dataset, one that breaks the rules, or other seeds; or no
            renamed articles.
    """
    root = Path(path) if path is not None else find_root()
    data = root / "data"
    if not (data / "build.json").is_file():
        raise InvalidInput(
            "holds no dataset: there is no data/build.json in it; give the folder of a clone of "
            "OnRecord, or of an event whose data/ `onrecord dataset build` has made",
            file=root,
        )
    made = read_json(data / "build.json", Build)
    configs, hash = (RENAMED, made.renamed) if renamed else (ARTICLES, made.gold)
    if hash is None:
        raise InvalidInput("holds no renamed articles", file=data)
    corpus = _as_built(data, made, configs, hash) or _as_it_is(data, made, configs, hash)
    if not renamed and (root / "seeds" / "manifest.jsonl").is_file():
        for document in corpus.documents:
            _require_seed(root / "seeds" / Path(document.meta.file).name, document)
    return corpus


_MARK = f',"canary":"{CANARY}"}}'.encode()
"""How a row of the dataset ends; without the canary it is what a corpus's hash is taken of."""


def _as_built(data: Path, made: Build, configs: Configs, hash: str) -> Corpus | None:
    """The corpus, if the files are byte for byte what the build wrote: then they need no checks."""
    documents, entities, targets = (
        read_bytes(data / name / "test.jsonl").replace(_MARK, b"}")
        for name in (configs.documents, configs.registry, configs.targets)
    )
    voted = data / configs.votes / "test.jsonl"
    votes = read_bytes(voted).replace(_MARK, b"}") if voted.exists() else b""
    digest = hashlib.sha256(documents)
    for rows in (entities, targets, *([votes] if votes else [])):
        digest.update(b"[%b]" % rows.rstrip().replace(b"\n", b","))
    if digest.hexdigest() != hash:
        return None
    try:
        corpus = Corpus(
            _rows(documents, Document),
            Registry.checked(_rows(entities, Entity)),
            _rows(targets, Target),
            made.status,
            _rows(votes, Vote),
        )
    except msgspec.DecodeError:  # written by a version that had other fields
        return None
    vars(corpus)["hash"] = hash  # as the property would find
    return corpus


class GoldStream:
    """The gold that a clone's ``data/`` holds, a line at a time, without holding its articles.

    Whether the files are what the build wrote is known when all lines were taken: then
    :attr:`whole` says so. What is not must be read by :func:`load`, which says what is wrong.
    """

    def __init__(self, root: Path, made: Build, configs: Configs, hash: str) -> None:
        self._data = root / "data"
        self._seeds = root / "seeds" if configs is ARTICLES else None
        self._configs = configs
        self._rest = [
            read_bytes(self._data / name / "test.jsonl").replace(_MARK, b"}")
            for name in (configs.registry, configs.targets)
        ]
        voted = self._data / configs.votes / "test.jsonl"
        votes = read_bytes(voted).replace(_MARK, b"}") if voted.exists() else b""
        self._rest += [votes] if votes else []
        self.registry = self._rest[0]
        """The registry as the build wrote it, without the canary: JSON, an entity a line."""
        self.frame = Corpus(
            (), Registry(()), _rows(self._rest[1], Target), made.status, _rows(votes, Vote)
        )
        """Everything but the articles and the registry."""
        self.hash = hash
        self.documents = 0
        """Articles taken so far."""
        self.whole = False

    def lines(self) -> Iterator[bytes]:
        """Each article as JSON, without the canary.

        Raises:
            InvalidInput: the file cannot be read, or the clone has other seeds.
        """
        digest = hashlib.sha256()
        self.documents, self.whole = 0, False
        seeds = self._seeds
        if seeds is not None and not (seeds / "manifest.jsonl").is_file():
            seeds = None
        for line in raw_lines(self._data / self._configs.documents / "test.jsonl"):
            content = line.content.replace(_MARK, b"}")
            digest.update(content)
            digest.update(b"\n")
            if seeds is not None:
                article = msgspec.json.decode(content, type=_Article)
                _require_seed(seeds / Path(article.meta.file).name, article)
            self.documents += 1
            yield content
        for rows in self._rest:
            digest.update(b"[%b]" % rows.rstrip().replace(b"\n", b","))
        self.whole = digest.hexdigest() == self.hash


class _Article(msgspec.Struct, frozen=True):
    """What of an article says which seed it is."""

    id: str
    sha256: str
    meta: Meta


def open_gold(path: str | Path | None = None, *, renamed: bool = False) -> GoldStream | None:
    """The gold of a clone to be read line by line; None where it must be read by :func:`load`."""
    root = Path(path) if path is not None else find_root()
    try:
        made = read_json(root / "data" / "build.json", Build)
        configs, hash = (RENAMED, made.renamed) if renamed else (ARTICLES, made.gold)
        return None if hash is None else GoldStream(root, made, configs, hash)
    except (InvalidInput, msgspec.DecodeError):
        return None  # load() says what is wrong


def entities(registry: bytes) -> tuple[Entity, ...]:
    """The entities of a registry as the build wrote it."""
    return _rows(registry, Entity)


def _rows(content: bytes, type: type[T]) -> tuple[T, ...]:
    return tuple(msgspec.json.Decoder(type).decode_lines(content))


def _as_it_is(data: Path, made: Build, configs: Configs, hash: str) -> Corpus:
    """The corpus that the build made, in other bytes.

    Raises:
        InvalidInput: it is another one, or breaks the rules.
    """
    registry = read_registry(data / configs.registry / "test.jsonl")
    targets = read_targets(data / configs.targets / "test.jsonl")
    file = data / configs.documents / "test.jsonl"
    lines = list(read_documents(file))
    votes = read_vote_rows(data / configs.votes / "test.jsonl")
    documents = tuple(document for _, document in lines)
    corpus = Corpus(documents, registry, targets, made.status, votes)
    for line, document in lines:
        try:
            validate(document, targets=corpus.target_ids, registry=registry)
        except InvalidInput as error:
            raise error.at(file=file, line=line) from None
    if corpus.hash != hash:
        raise InvalidInput(
            "was changed since it was built; run `onrecord dataset build`", file=data
        )
    return corpus


def _require_seed(path: Path, document: Document | _Article) -> None:
    """Make sure that the seed is the text that the document was made from."""
    if hashlib.sha256(read_bytes(path)).hexdigest() != document.sha256:
        reason = f"is not the hash of the article that the gold was made from, {document.sha256}"
        raise InvalidInput(reason, file=path, document=document.id, field="sha256")
