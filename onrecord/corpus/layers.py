"""Layers from a file, whatever wrote it: an export of Label Studio or JSON Lines."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from onrecord.corpus.corpus import Corpus, load_articles, read_predictions
from onrecord.corpus.exports.exports import read_export
from onrecord.corpus.files import is_folder, text_pieces, write
from onrecord.corpus.gold import load
from onrecord.corpus.predictions import Predictions, encode_predictions
from onrecord.corpus.validation import validate
from onrecord.document import LAYERS, Document
from onrecord.exceptions import InvalidInput


def read_layers(path: str | Path, corpus: Corpus, *, partial: bool = False) -> Predictions:
    """A pass or a prediction: an export of Label Studio (a JSON list) or JSON Lines.

    A pass attempts all layers.

    Args:
        path: the file.
        corpus: the articles.
        partial: whether documents may be missing, as long as one is there.

    Raises:
        InvalidInput: the file is not valid for every document of the corpus.
    """
    require_no_system(path)
    if is_export(path):
        passed = read_export(
            path, corpus.seeds(), corpus.target_ids, corpus.registry, partial=partial
        )
        return Predictions(passed, LAYERS)
    return read_predictions(path, corpus, partial=partial)


def require_no_system(path: str | Path) -> None:
    """Make sure that a file of layers is no system, which has yet to make some.

    Raises:
        InvalidInput: it is one.
    """
    if Path(path).suffix == ".py":
        reason = f"is a system; run it first: onrecord predict {path} -o PREDICTIONS.jsonl"
        raise InvalidInput(reason, file=path)


def read(path: str | Path, corpus: Corpus | None = None, *, partial: bool = False) -> Predictions:
    """The documents of a predictions file or an export, with their articles' text.

        documents = onrecord.read("predictions.jsonl")
        documents.layers  # what the file says that its system attempts; None: nothing

    Args:
        path: the file.
        corpus: the articles that it is of; None: those of the clone.
        partial: whether documents may be missing, as long as one is there.

    Raises:
        InvalidInput: the file is not valid for every document of the corpus.
    """
    return read_layers(path, load_articles() if corpus is None else corpus, partial=partial)


def save(
    documents: Iterable[Document], path: str | Path, layers: Iterable[str] | None = None
) -> None:
    """Write predictions as ``onrecord predict`` does: JSON Lines, a document each, without the texts.

        onrecord.save(output.documents, "predictions.jsonl")
        onrecord.save(documents, "predictions.jsonl", layers=["entities", "quotes"])

    Args:
        documents: what was found in each article.
        path: the file.
        layers: the layers that the system attempts, which the file then says; None: those that
            the documents of a run, a converter or a file say.

    Raises:
        InvalidInput: a document breaks a rule, there is no such layer, or the file cannot be written.
    """
    if layers is None and isinstance(documents, Predictions):
        layers = documents.layers
    checked = Predictions((validate(document) for document in documents), layers)
    write(path, encode_predictions(checked))


def read_two_passes(
    one: str | Path, other: str | Path, corpus: Corpus
) -> tuple[Corpus, tuple[Document, ...], tuple[Document, ...]]:
    """Two passes over the documents that both have, and the corpus of these.

    Raises:
        InvalidInput: a file is not valid, or they share no document.
    """
    passes = [read_layers(path, corpus, partial=True) for path in (one, other)]
    both = {document.id for document in passes[0]} & {document.id for document in passes[1]}
    if not both:
        raise InvalidInput(f"has no document that {one} has", file=other)
    articles, first, second = (
        tuple(document for document in documents if document.id in both)
        for documents in (corpus.documents, *passes)
    )
    return msgspec.structs.replace(corpus, documents=articles), first, second


def is_export(path: str | Path) -> bool:
    """Whether a file begins as an export does, with a list; one that cannot be read does not."""
    try:
        return next(text_pieces(path), "").lstrip().startswith("[")
    except InvalidInput:
        return False


def load_gold(path: str | Path | None = None, *, renamed: bool = False) -> Corpus:
    """What to measure against: a clone's gold, or a pass over the articles in its place.

    Args:
        path: a clone's folder; a file of layers; or None for
            the clone that :func:`find_root` finds.
        renamed: the articles with other names, which only a clone has.

    Raises:
        InvalidInput: what is there is no gold.
    """
    if renamed or path is None or is_folder(path):
        return load(path, renamed=renamed)
    articles = load_articles()
    documents = read_layers(path, articles)
    return Corpus(documents, articles.registry, articles.targets, "draft")
