"""The stand-off release: the annotations without the articles' words, and the way back.

A release has a file for each config as ``data/`` has, with offsets but without ``text``, ``tokens``
and ``title`` (the probes, whose text is our own, are whole; of the renamed articles it has the names); a
manifest of the articles, in which a title is a span of the text; what else is in ``data/``; and a README. Whoever has the articles joins them by their sha256 and gets ``data/``, byte
for byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from onrecord.corpus.canary import CANARY
from onrecord.corpus.corpus import (
    Corpus,
    read_predictions,
    read_registry,
    read_targets,
    read_vote_rows,
)
from onrecord.corpus.files import encode_lines, read_bytes, read_json, read_records, write
from onrecord.corpus.gold import Build
from onrecord.corpus.renaming import NAMES, read_renames, rename
from onrecord.corpus.validation import validate
from onrecord.dataset.build import CONFIGS, encode, encode_renamed, make, read_gold
from onrecord.document import Document, Meta, Span, Zone
from onrecord.exceptions import InvalidInput
from onrecord.probes.files import PROBE_CONFIGS

WORDS = frozenset({"text", "tokens", "title"})
"""The fields of the dataset that hold words of the articles."""

COPIED = ("build.json", "croissant.json")
"""The files of ``data/`` that hold no words."""

MANIFEST = "manifest.jsonl"


class _Article(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An article in the release's manifest."""

    id: str
    file: str
    outlet: str | None
    title: Span | None
    date: str | None
    language: str | None
    event: str | None
    sha256: str
    words: int | None
    zones: tuple[Zone, ...]
    canary: str


class _File(msgspec.Struct, frozen=True):
    sha256: str
    content_url: str = msgspec.field(name="contentUrl")


class _Croissant(msgspec.Struct, frozen=True):
    distribution: tuple[_File, ...]


def release(root: Path) -> dict[str, bytes]:
    """Every file of the stand-off release of a clone's gold, by its path in the release.

    Raises:
        InvalidInput: what the dataset is made from is missing or breaks the rules, or an article
            does not hold its own title.
    """
    made = {path.relative_to(root).as_posix(): content for path, content in make(root).items()}
    if "data/croissant.json" not in made:
        raise InvalidInput("is missing; a release is described by it", file=root / "CITATION.cff")
    rows = {
        config: msgspec.json.Decoder().decode_lines(made[f"data/{config}/test.jsonl"])
        for config in CONFIGS
        if f"data/{config}/test.jsonl" in made
    }
    gold, _ = read_gold(root)
    articles = [_article(document) for document in gold]
    return {
        "README.md": _readme(articles),
        MANIFEST: encode_lines(articles),
        **{name: made[f"data/{name}"] for name in COPIED},
        **{
            f"{config}/test.jsonl": encode_lines(map(_without_words, rows[config]))
            for config in rows
        },
        **{
            f"{config}/test.jsonl": made[f"data/{config}/test.jsonl"]
            for config in PROBE_CONFIGS
            if f"data/{config}/test.jsonl" in made
        },
        **({NAMES.name: read_bytes(root / NAMES)} if (root / NAMES).exists() else {}),
    }


def join(folder: Path, articles: Path) -> dict[str, bytes]:
    """The files of ``data/`` by their path in it, from a release and one's own copies of the articles.

    Args:
        folder: the release.
        articles: a folder that holds the articles as files of any names, at any depth.

    Raises:
        InvalidInput: articles are missing or differ, all of which the message names; or the release
            is not one, was changed, or was made by another version of this library.
    """
    corpus = Corpus(
        _seeds(folder / MANIFEST, articles),
        read_registry(folder / "registry" / "test.jsonl"),
        read_targets(folder / "targets" / "test.jsonl"),
    )
    documents = read_predictions(folder / "documents" / "test.jsonl", corpus)
    build = read_json(folder / "build.json", Build)
    votes = read_vote_rows(folder / "votes" / "test.jsonl")
    corpus = Corpus(documents, corpus.registry, corpus.targets, build.status, votes)
    if corpus.hash != build.gold:
        raise InvalidInput("was changed since it was built", file=folder)
    files = {f"{config}/test.jsonl": content for config, content in encode(corpus).items()}
    if (folder / NAMES.name).exists():
        renamed = rename(corpus, read_renames(folder / NAMES.name))
        files |= {f"{name}/test.jsonl": rows for name, rows in encode_renamed(renamed).items()}
    probes = [f"{config}/test.jsonl" for config in PROBE_CONFIGS]
    files |= {name: read_bytes(folder / name) for name in probes if (folder / name).exists()}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    for file in read_json(folder / "croissant.json", _Croissant).distribution:
        if hashes.get(file.content_url) != file.sha256:
            raise InvalidInput(
                f"{file.content_url} would not have the sha256 that is named here; "
                "the release was made by another version of onrecord",
                file=folder / "croissant.json",
            )
    return files | {name: (folder / name).read_bytes() for name in COPIED}


def write_all(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder that is new or empty, so that nothing else is in it afterwards.

    Raises:
        InvalidInput: the folder holds something, or cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise InvalidInput("is no folder", file=folder)
    if folder.exists() and any(folder.iterdir()):
        raise InvalidInput("is not empty", file=folder)
    for name, content in files.items():
        write(folder / name, content)


def _without_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_words(item) for name, item in value.items() if name not in WORDS}
    if isinstance(value, list):
        return [_without_words(item) for item in value]
    return value


def _article(document: Document) -> _Article:
    meta = document.meta
    title = None
    if meta.title is not None:
        start = document.text.find(meta.title)
        if start < 0:
            raise InvalidInput("is not in the text", document=document.id, field="title")
        title = Span(start, start + len(meta.title))
    return _Article(
        id=document.id,
        file=meta.file,
        outlet=meta.outlet,
        title=title,
        date=meta.date,
        language=meta.language,
        event=meta.event,
        sha256=document.sha256,
        words=meta.words,
        zones=document.zones,
        canary=CANARY,
    )


def _seeds(manifest: Path, folder: Path) -> tuple[Document, ...]:
    """The articles of the manifest with the text that the folder has for them."""
    articles = [article for _, article in read_records(manifest, _Article)]
    if not folder.is_dir():
        raise InvalidInput("no such folder", file=folder)
    texts: dict[str, str] = {}
    names = set()
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            texts[hashlib.sha256(content).hexdigest()] = content.decode("utf-8", errors="replace")
            names.add(path.name)
    faults = [
        f"{article.id} ({article.file} differs)" if article.file in names else article.id
        for article in articles
        if article.sha256 not in texts
    ]
    if faults:
        reason = f"no file has the sha256 of these articles: {', '.join(faults)}"
        raise InvalidInput(reason, file=folder)
    return tuple(_seed(article, texts[article.sha256]) for article in articles)


def _seed(article: _Article, text: str) -> Document:
    meta = Meta(
        file=article.file,
        outlet=article.outlet,
        title=None if article.title is None else article.title.of(text),
        date=article.date,
        language=article.language,
        event=article.event,
        words=article.words,
    )
    return validate(
        Document(id=article.id, text=text, sha256=article.sha256, meta=meta, zones=article.zones)
    )


README = """\
# OnRecord without the articles

{canary}

These are the annotations of OnRecord: entities, quotes and stances as offsets into news articles whose
words are not here. Offsets are Python `str` indices (code points), half open, into the text of the
article's file, byte for byte as its sha256 says.

| document | outlet | words | sha256 |
|---|---|---:|---|
{articles}

## Joining it with the articles

Put your own copies of the articles into a folder, under any names. With the library `onrecord`,

    onrecord dataset join RELEASE --articles FOLDER -o data

finds each by its sha256 and writes `data/`, byte for byte as the repository has it. An article that is
missing or differs, if only in a line end, is named, and nothing is written.

## What is here

`<config>/test.jsonl` is the file of that config without the fields `text`, `tokens` and `title`; the
probes, whose text is this project's own, are whole, and `renames.toml` says how the renamed articles
follow from the articles;
`manifest.jsonl` lists the articles, each with its zones and with the title as a span of the text;
`build.json` says what the annotations were made from; `croissant.json` describes `data/` as the join
makes it, not this folder. Every line and every file carries the canary.

## Rights

The annotations are under Creative Commons Attribution 4.0 International (CC BY 4.0),
<https://creativecommons.org/licenses/by/4.0/>: “OnRecord annotations, CC BY 4.0”, with a link to where you
took them from and a note of what you changed. The articles are their publishers' and no part of this
release.
"""


def _readme(articles: list[_Article]) -> bytes:
    rows = (
        f"| `{article.id}` | {article.outlet or 'not named'} | {article.words} | `{article.sha256}` |"
        for article in articles
    )
    return README.format(canary=CANARY, articles="\n".join(rows)).encode("utf-8")
