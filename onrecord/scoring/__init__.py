"""Scoring: gold and predictions in, tables of counts, scores and intervals out.

The order of steps is zone filter, trim, resolve, count; the order of a list never matters.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from onrecord.corpus import Corpus, read_layers
from onrecord.document import Document
from onrecord.errors import InvalidInput
from onrecord.files import encode_documents
from onrecord.registry import Names, resolve_names
from onrecord.scoring import entities, linking, quotes, stances, utterances
from onrecord.scoring.tables import ClusterTable, CountTable
from onrecord.scoring.zones import scored
from onrecord.statistics import Interval, jackknife_interval
from onrecord.validation import validate

SCORER_VERSION = 1
"""Raised whenever the same files could get another score."""

LAYERS = ("entities", "linking", "quotes", "utterances", "stances")
"""The five layers that are scored, in the order of the leaderboard's columns."""


class LayerScore(msgspec.Struct, frozen=True):
    """The headline of one layer: numbers from 0 to 1, or None where they are not defined."""

    f1: float | None
    precision: float | None
    recall: float | None
    interval: Interval | None
    table: CountTable | ClusterTable


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """The headline scores of a prediction in every layer, and what reproduces them."""

    signature: str
    scorer: int
    gold: str
    """The sha256 of the gold."""
    predictions: str
    """The sha256 of the predictions, as the writer writes them."""
    documents: tuple[str, ...]
    entities: LayerScore
    linking: LayerScore
    quotes: LayerScore
    utterances: LayerScore
    stances: LayerScore

    def __getitem__(self, layer: str) -> LayerScore:
        """The score of the layer of this name."""
        if layer not in LAYERS:
            raise KeyError(layer)
        score: LayerScore = getattr(self, layer)
        return score


def score(
    gold: Corpus, predictions: str | Path | Iterable[Document], *, zones: bool = True
) -> Scores:
    """The scores of predictions against the gold.

    Args:
        gold: the corpus with its layers, registry and targets.
        predictions: one document for each of the corpus, in any order, or a file of them.
        zones: leave out items in promotional text; False counts them.

    Raises:
        InvalidInput: the predictions are invalid, or are not of exactly the gold's documents.
    """
    given = prepare(gold, predictions, zones=zones)
    layers = tables(given.pairs, given.gold_names, given.names)
    return Scores(
        signature=signature(gold, zones=zones),
        scorer=SCORER_VERSION,
        gold=gold.hash,
        predictions=predictions_hash(given.documents),
        documents=tuple(document.id for document in gold.documents),
        **{layer: _layer(table) for layer, table in layers.items()},
    )


class Prepared(msgspec.Struct, frozen=True):
    """Gold and predictions as every score takes them: read, filtered by zone, names resolved."""

    documents: tuple[Document, ...]
    """The predictions in the gold's order, with all their items."""
    pairs: list[tuple[Document, Document]]
    """(gold, prediction) of each document, items that do not count left out."""
    gold_names: Names
    names: Names


def prepare(
    gold: Corpus, predictions: str | Path | Iterable[Document], *, zones: bool = True
) -> Prepared:
    """What is compared; arguments and errors are those of :func:`score`."""
    if isinstance(predictions, str | Path):
        documents = read_layers(predictions, gold)
    else:
        documents = _in_order(gold, predictions)
    pairs = list(zip(gold.documents, documents, strict=True))
    if zones:
        pairs = [(scored(left, left), scored(right, left)) for left, right in pairs]
    names = resolve_names([right for _, right in pairs], gold.registry)
    return Prepared(documents, pairs, _gold_names(gold), names)


def tables(
    pairs: list[tuple[Document, Document]], gold_names: Names, names: Names
) -> dict[str, CountTable | ClusterTable]:
    """The table of every layer.

    Args:
        pairs: (gold, prediction) of each document, items that do not count already left out.
        gold_names: what the gold's speakers and holders mean.
        names: what the prediction's mean.
    """
    return {
        "entities": entities.table(pairs),
        "linking": linking.table(pairs),
        "quotes": quotes.table(pairs, gold_names, names),
        "utterances": utterances.table(pairs, gold_names, names),
        "stances": stances.table(pairs, gold_names, names),
    }


def signature(gold: Corpus, *, zones: bool = True) -> str:
    """One line that says how a score was made, in the manner of sacrebleu's (Post 2018)."""
    parts = {
        "gold": gold.hash[:12],
        "docs": len(gold),
        "zones": "no-promo" if zones else "all",
        "trim": "yes",
        "overlap": "0.8",
        "ci": "jackknife-t",
        "scorer": SCORER_VERSION,
    }
    return "|".join(f"{key}:{value}" for key, value in parts.items())


def predictions_hash(documents: Iterable[Document]) -> str:
    """The sha256 of the documents' stand-off records."""
    import hashlib

    return hashlib.sha256(encode_documents(documents, text=False)).hexdigest()


def _in_order(gold: Corpus, predictions: Iterable[Document]) -> tuple[Document, ...]:
    found: dict[str, Document] = {}
    for document in predictions:
        if document.id not in gold.by_id:
            raise InvalidInput("unknown document", document=document.id)
        if document.id in found:
            raise InvalidInput("is given twice", document=document.id)
        if document.text != gold[document.id].text:
            raise InvalidInput("is not the gold's text", document=document.id, field="text")
        found[document.id] = validate(document, targets=gold.target_ids)
    for document in gold.documents:
        if document.id not in found:
            raise InvalidInput("is missing", document=document.id)
    return tuple(found[document.id] for document in gold.documents)


def _gold_names(gold: Corpus) -> dict[str, str | None]:
    """The gold's speakers and holders are the registry's ids; only actors among them have a name."""
    return {entity.id: entity.id for entity in gold.registry if entity.actor}


def _layer(table: CountTable | ClusterTable) -> LayerScore:
    return LayerScore(table.f1, table.precision, table.recall, jackknife_interval(table), table)
