"""``data/croissant.json``: the dataset described in Croissant 1.1 with the core Responsible-AI fields.

Nothing is said twice: fields come from the features in ``.huggingface.yaml``, title, authors and version
from CITATION.cff, the Responsible-AI properties from ``annotation/responsible_ai.yaml``. There is no
date and no address, since the dataset has none yet.

Source: http://mlcommons.org/croissant/1.1 and, for the properties that begin with ``rai:``,
http://mlcommons.org/croissant/RAI/1.0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from onrecord.corpus.canary import CANARY
from onrecord.corpus.files import encode_json
from onrecord.exceptions import InvalidInput

T = TypeVar("T")

CONFORMS_TO = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")

SOURCES = ("CITATION.cff", "annotation/responsible_ai.yaml")
"""What a description needs beside the card."""

RECORDS = {
    "documents": "An article with all its layers. The spans of quotes and stances are lists within "
    "lists; they are in the record sets quotes (content) and stances (evidence).",
    "entities": "A passage, that is a line within one zone: its tokens with their offsets and BIO tags.",
    "quotes": "A quote: what was said, the reporting expression, the source and the speaker.",
    "utterances": "An act of saying, with its reports in every outlet.",
    "stances": "A stance: a holder, a target, a polarity and the words that show it.",
    "registry": "An entity that mentions refer to.",
    "targets": "A proposition that one can be for or against.",
    "votes": "What readers answered when asked for a stance, a speaker, an utterance or a quote.",
    "renamed": "An article with all names replaced by invented ones, under the original's id, with all its "
    "layers. Spans within quotes and stances are lists within lists; they are in the file alone.",
    "renamed_registry": "An entity that mentions in renamed articles refer to.",
    "renamed_targets": "A target of the articles, its names replaced.",
    "renamed_votes": "A row of votes, its names replaced.",
    "probes": "A member of a probe set in a dress of names: a short passage of our own with all its "
    "layers, and what it is about. Spans within quotes, stances, focus and decoys are lists within "
    "lists; they are in the file alone.",
    "probe_registry": "An entity that mentions in probes refer to.",
    "probe_targets": "A proposition that one in a probe can be for or against.",
}
"""What a row of each config is."""

KEYS = {
    "documents": ("id",),
    "entities": ("doc_id", "passage"),
    "quotes": ("doc_id", "quote_id"),
    "utterances": ("utterance",),
    "stances": ("doc_id", "holder", "target"),
    "registry": ("id",),
    "targets": ("id",),
    "votes": ("id",),
    "renamed": ("id",),
    "renamed_registry": ("id",),
    "renamed_targets": ("id",),
    "renamed_votes": ("id",),
    "probes": ("id",),
    "probe_registry": ("id",),
    "probe_targets": ("id",),
}
"""The fields of each config that tell its rows apart."""

_TYPES = {"string": "sc:Text", "int32": "sc:Integer", "bool": "sc:Boolean", "date32": "sc:Date"}

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{
        term: f"cr:{term}"
        for term in (
            "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field",
            "fileObject", "fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset",
            "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
            "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
        )
    },
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
}  # fmt: skip


class _Author(msgspec.Struct, frozen=True):
    name: str


class _Citation(msgspec.Struct, frozen=True):
    title: str
    abstract: str
    authors: tuple[_Author, ...]
    version: str
    keywords: tuple[str, ...]


Leaf = str | dict[str, Any]
"""The type of a value as the card writes it: a name, or a class label with its names."""


class _Feature(msgspec.Struct, frozen=True):
    """A feature of a config: a value, a struct, or a list of values or structs."""

    name: str
    dtype: Leaf | None = None
    struct: list[_Feature] | None = None
    items: Leaf | list[_Feature] | None = msgspec.field(name="list", default=None)


class _Config(msgspec.Struct, frozen=True):
    config_name: str
    features: list[_Feature]


class _Card(msgspec.Struct, frozen=True):
    pretty_name: str
    language: list[str]


class _Declared(msgspec.Struct, frozen=True):
    dataset_info: list[_Config]


def describe(root: Path, contents: Mapping[str, bytes]) -> bytes:
    """The Croissant description of a dataset, as canonical JSON.

    Args:
        root: the clone, with README.md, .huggingface.yaml, CITATION.cff and ``annotation/responsible_ai.yaml``.
        contents: what ``<config>/test.jsonl`` holds, for each config.

    Raises:
        InvalidInput: one of these files cannot be read, or lacks what the description needs.
    """
    card = _read_card(root / "README.md")
    declared = root / ".huggingface.yaml"
    infos = _read_yaml(declared, _Declared)
    citation = _read_yaml(root / "CITATION.cff", _Citation)
    properties = _read_yaml(root / "annotation" / "responsible_ai.yaml", dict[str, str | list[str]])
    description = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "citeAs": _bibtex(card, citation),
        "conformsTo": CONFORMS_TO,
        "creator": [{"@type": "sc:Organization", "name": a.name} for a in citation.authors],
        "description": f"{citation.abstract} {CANARY}",
        "distribution": [_file_object(config, content) for config, content in contents.items()],
        "inLanguage": card.language,
        "isAccessibleForFree": True,
        "keywords": citation.keywords,
        "license": [
            "https://creativecommons.org/licenses/by/4.0/",
            {
                "@type": "sc:CreativeWork",
                "name": "No licence for the articles",
                "description": "CC BY 4.0 is the licence of the annotations. The articles, and their "
                "words where the data repeat them, are their publishers'; no licence is granted. "
                "LICENSES.md says which is which.",
            },
        ],
        "name": card.pretty_name,
        "recordSet": [
            _record_set(config, _features(infos, config, declared)) for config in contents
        ],
        "version": citation.version,
        **{f"rai:{name}": text for name, text in properties.items()},
    }
    return encode_json(description)


def _read_card(path: Path) -> _Card:
    text = _read(path).decode("utf-8", errors="replace")
    _, start, rest = text.partition("---\n")
    head, end, _ = rest.partition("\n---\n")
    if not start or not end:
        raise InvalidInput("has no YAML between two lines of ---", file=path)
    return _decode(head.encode(), _Card, path)


def _read_yaml(path: Path, type: type[T]) -> T:
    return _decode(_read(path), type, path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", file=path) from None


def _decode(content: bytes, type: type[T], path: Path) -> T:
    import msgspec.yaml

    try:
        return msgspec.yaml.decode(content, type=type)
    except msgspec.DecodeError as error:
        raise InvalidInput(str(error), file=path) from None


def _bibtex(card: _Card, citation: _Citation) -> str:
    authors = " and ".join(f"{{{author.name}}}" for author in citation.authors)
    return (
        f"@misc{{{card.pretty_name.lower()}, author = {{{authors}}}, "
        f"title = {{{citation.title}}}, version = {{{citation.version}}}}}"
    )


def _file_object(config: str, content: bytes) -> dict[str, Any]:
    name = _file(config)
    return {
        "@id": name,
        "@type": "cr:FileObject",
        "contentSize": f"{len(content)} B",
        "contentUrl": name,
        "encodingFormat": "application/jsonlines",
        "name": name,
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _file(config: str) -> str:
    return f"{config}/test.jsonl"


def _features(infos: _Declared, config: str, path: Path) -> list[_Feature]:
    for declared in infos.dataset_info:
        if declared.config_name == config:
            return declared.features
    raise InvalidInput(f"declares no features of the config {config!r}", file=path)


def _record_set(config: str, features: Sequence[_Feature]) -> dict[str, Any]:
    return {
        "@id": config,
        "@type": "cr:RecordSet",
        "description": RECORDS[config],
        "field": list(_fields(config, features, ())),
        "key": [{"@id": f"{config}/{name}"} for name in KEYS[config]],
        "name": config,
    }


def _fields(
    config: str,
    features: Sequence[_Feature],
    parents: tuple[str, ...],
    *,
    within_list: bool = False,
) -> Iterator[dict[str, Any]]:
    """The Croissant fields of features as the card declares them.

    A list within a list of structs is left out: of the matches of a JSONPath mlcroissant 1.1.1 takes
    the first (``operation_graph/operations/field.py``), so that a loader would silently lose spans.
    """
    for feature in features:
        is_list = feature.items is not None
        if is_list and within_list:
            continue
        path = (*parents, feature.name)
        field: dict[str, Any] = {
            "@id": "/".join((config, *path)),
            "@type": "cr:Field",
            "name": ".".join(path),
            "source": _source(config, path),
        }
        if is_list:
            field["isArray"] = True
        inner = feature.items if is_list else feature.struct or feature.dtype
        if isinstance(inner, list):
            field["subField"] = list(
                _fields(config, inner, path, within_list=within_list or is_list)
            )
        else:
            field["dataType"] = _data_type(inner, field["@id"])
        yield field


def _source(config: str, path: Sequence[str]) -> dict[str, Any]:
    column, *rest = path
    source: dict[str, Any] = {
        "extract": {"column": column},
        "fileObject": {"@id": _file(config)},
    }
    if rest:
        source["transform"] = {"jsonPath": ".".join(rest)}
    return source


def _data_type(dtype: Leaf | None, field: str) -> str:
    """The type of the values in the file: a class label is written as its name."""
    name = "string" if isinstance(dtype, dict) and "class_label" in dtype else dtype
    if not isinstance(name, str) or name not in _TYPES:
        raise InvalidInput(f"the card's type {dtype!r} has no counterpart here", field=field)
    return _TYPES[name]
