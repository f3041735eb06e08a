"""Scoring: gold and predictions in, tables of counts, scores and intervals out.

The order of steps is zone filter, trim, resolve, count; the order of a list never matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import encode_documents
from onrecord.corpus.gold import GoldStream
from onrecord.corpus.layers import read_layers
from onrecord.corpus.predictions import Predictions
from onrecord.corpus.resolution import Names
from onrecord.corpus.validation import validate
from onrecord.document import LAYERS, Document
from onrecord.exceptions import InvalidInput, OnRecordError
from onrecord.markup import table_html
from onrecord.scoring import entities, quotes, stances
from onrecord.scoring.alignment import sides
from onrecord.scoring.clusters import ClusterTable
from onrecord.scoring.counting import Counting, counted
from onrecord.scoring.further import Figure, figure, further
from onrecord.scoring.intervals import METHODS, Interval, no_interval, score_interval
from onrecord.scoring.material import Material, pair, prepare
from onrecord.scoring.streaming import stream
from onrecord.scoring.tables import CountTable, Scored
from onrecord.systems.engines import Engine
from onrecord.systems.given import GIVABLE, Given, require_given
from onrecord.systems.run import Output

if TYPE_CHECKING:
    from pandas import DataFrame

SCORER_VERSION = 4
"""Raised whenever the same files could get another score."""


Source = str | Path | Output | Iterable[Document]
"""What holds predictions: a file, the output of a run, or documents."""


class LayerScore(msgspec.Struct, frozen=True):
    """The headline of one layer: numbers from 0 to 1, or None where they are not defined.

    Of a layer that is not attempted all are None, and the table is there all the same.
    """

    f1: float | None
    precision: float | None
    recall: float | None
    interval: Interval | None
    """The 95% interval over documents; None where there is no score, or where
    :func:`onrecord.scoring.intervals.no_interval` says why."""
    table: CountTable | ClusterTable
    units: CountTable | None = None
    """The counts of smaller units than documents, see :mod:`onrecord.scoring.units`; None for
    clusters, and where they were not taken."""


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
    layers: tuple[str, ...] = LAYERS
    """The layers that the predictions attempt; the others have no score."""
    declared: bool = True
    """Whether the predictions say so; if not, those are the layers in which they have something."""
    given: tuple[str, ...] = ()
    """Layers that the system got, as ``layer=source``; what they answer is not its doing."""
    also: tuple[Figure, ...] = ()
    """The further measures of the layers attempted, where they were asked for."""

    def __getitem__(self, layer: str) -> LayerScore:
        """The score of the layer of this name."""
        if layer not in LAYERS:
            raise KeyError(layer)
        score: LayerScore = getattr(self, layer)
        return score

    def __repr__(self) -> str:
        figures = (
            f"{layer} {'given' if layer in self.answered else _number(self[layer].f1)}"
            for layer in LAYERS
        )
        return f"Scores({', '.join(figures)}; {self.signature})"

    def _repr_html_(self) -> str:
        """The headline of every layer, as a notebook shows it."""
        return table_html(
            ["layer", "F1", "low", "high", "precision", "recall"],
            [[row["layer"], *map(_number, list(row.values())[1:])] for row in self._rows()],
        )

    def to_dict(self) -> dict[str, Any]:
        """All that the scores hold, as plain data: what ``onrecord score --json`` prints."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    def to_frame(self) -> DataFrame:
        """A row for each layer that counts: layer, f1, low and high of the interval, precision, recall.

        Raises:
            OnRecordError: pandas is not installed.
        """
        return frame(self._rows())

    def _rows(self) -> list[dict[str, Any]]:
        rows = []
        for layer in LAYERS:
            if layer in self.answered:
                continue
            score = self[layer]
            interval = score.interval
            rows.append(
                {
                    "layer": layer,
                    "f1": score.f1,
                    "low": interval and interval.low,
                    "high": interval and interval.high,
                    "precision": score.precision,
                    "recall": score.recall,
                }
            )
        return rows

    def attempts(self, layer: str) -> bool:
        """Whether the layer's score is the system's doing: attempted, and not given to it."""
        return layer in self.layers and layer not in self.answered

    @property
    def answered(self) -> frozenset[str]:
        """The layers whose score says nothing, since the system was given what is scored."""
        layers = (GIVABLE[one.partition("=")[0]] for one in self.given)
        return frozenset(layer for layer in layers if layer is not None)


def frame(rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    """The rows as a data frame of pandas, which is imported here and nowhere else.

    Raises:
        OnRecordError: pandas is not installed.
    """
    try:
        import pandas
    except ModuleNotFoundError:
        raise OnRecordError("pandas is not installed; pip install pandas") from None
    return pandas.DataFrame(list(rows))


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def score(
    gold: Corpus,
    predictions: Source,
    *,
    zones: bool = True,
    contested: bool = False,
    also: bool = False,
    given: Sequence[Given] = (),
    layers: Iterable[str] | None = None,
) -> Scores:
    """The scores of predictions against the gold.

    Not attempted is not zero: a layer that the predictions do not attempt has no score.

    Args:
        gold: the corpus with its layers, registry and targets.
        predictions: one document for each of the corpus, in any order, a file of them, or the
            output of a run.
        zones: leave out items in promotional text; False counts them.
        contested: count what readers' votes leave open too; see :func:`~onrecord.scoring.material.prepare`.
        also: take the further measures too.
        given: layers that the system did not predict but got; the predictions must have them.
        layers: the layers that the predictions attempt; None: those that they say themselves,
            or else those in which they have something.

    Raises:
        InvalidInput: the predictions are invalid, are not of exactly the gold's documents, or do
            not have the layers they were given; or there is no such layer.
    """
    documents = read(gold, predictions)
    if layers is not None:
        documents = Predictions(documents, layers)
    attempted = documents.attempted
    try:
        require_given(documents, given)
    except InvalidInput as error:
        file = predictions if isinstance(predictions, str | Path) else None
        raise error.at(file=file) from None
    material = prepare(gold, documents, zones=zones, contested=contested)
    pairs, names = material.pairs, (material.gold_names, material.names)
    counting = counted(pairs, material.names, sides(pairs, *names), units=True)
    return _scores(
        counting,
        signature(gold, zones=zones, contested=contested, given=given),
        gold=gold.hash,
        predictions=predictions_hash(documents),
        layers=attempted,
        declared=documents.layers is not None,
        given=tuple(str(one) for one in given),
        also=tuple(
            f
            for f in _also(material, prepare(gold, documents, zones=zones, contested=True))
            if f.layer in attempted
        )
        if also
        else (),
    )


def _scores(
    counting: Counting,
    line: str,
    *,
    gold: str,
    predictions: str,
    layers: tuple[str, ...],
    declared: bool,
    given: tuple[str, ...] = (),
    also: tuple[Figure, ...] = (),
) -> Scores:
    """The scores of what was counted; ``line`` is the signature."""
    units = {} if counting.units is None else counting.units.tables()
    return Scores(
        signature=line,
        scorer=SCORER_VERSION,
        gold=gold,
        predictions=predictions,
        documents=tuple(counting.documents),
        layers=layers,
        declared=declared,
        given=given,
        also=also,
        **{
            layer: _layer(table, units.get(layer)) if layer in layers else _not_attempted(table)
            for layer, table in counting.tables().items()
        },
    )


class Headline(msgspec.Struct, frozen=True):
    """The score of a layer without its table: numbers from 0 to 1, or None where not defined."""

    f1: float | None
    precision: float | None
    recall: float | None
    interval: Interval | None
    no_interval: str | None
    """Why a score has no interval."""


class Headlines(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of so many documents that their tables are not kept."""

    signature: str
    documents: int
    layers: tuple[str, ...]
    """As in :class:`Scores`."""
    declared: bool
    headlines: Mapping[str, Headline]

    def __getitem__(self, layer: str) -> Headline:
        """The score of the layer of this name."""
        return self.headlines[layer]


def score_shards(
    gold: GoldStream,
    predictions: str | Path,
    engine: Engine,
    *,
    zones: bool = True,
    contested: bool = False,
) -> Scores | None:
    """What :func:`score` gives, of files that are read and counted a shard at a time.

    Args:
        gold: the gold's files.
        predictions: a file, or a folder of parts.
        engine: who counts the shards.
        zones: as in :func:`score`.
        contested: the same.

    Returns:
        None where the whole must be at hand; see :func:`onrecord.scoring.streaming.stream`.

    Raises:
        InvalidInput: as in :func:`score`.
    """
    found = stream(gold, predictions, engine, zones=zones, contested=contested, units=True)
    if found is None:
        return None
    return _scores(
        found.counting,
        _signature(gold.hash, gold.documents, zones, contested),
        gold=gold.hash,
        predictions=found.predictions,
        layers=found.layers,
        declared=found.declared,
    )


def headlines(
    gold: GoldStream,
    predictions: str | Path,
    engine: Engine,
    *,
    zones: bool = True,
    contested: bool = False,
    listed: int = 0,
    layers: tuple[str, ...] = LAYERS,
) -> Scores | Headlines | None:
    """The headlines of :func:`score_shards`, in little memory: no table is made.

    Args:
        gold: as in :func:`score_shards`.
        predictions: the same.
        engine: the same.
        zones: the same.
        contested: the same.
        listed: up to so many documents the scores are given with their tables, without smaller units.
        layers: those that are wanted; the others are not counted and count as not attempted.
    """
    found = stream(
        gold,
        predictions,
        engine,
        zones=zones,
        contested=contested,
        layers=layers,
        hashed=False,
    )
    if found is None:
        return None
    line = _signature(gold.hash, gold.documents, zones, contested)
    if gold.documents <= listed:
        return _scores(
            found.counting,
            line,
            gold=gold.hash,
            predictions=found.predictions,
            layers=found.layers,
            declared=found.declared,
        )
    return Headlines(
        signature=line,
        documents=gold.documents,
        layers=found.layers,
        declared=found.declared,
        headlines={
            layer: _headline(columns()) if layer in found.layers else _NO_HEADLINE
            for layer, columns in found.counting.columns().items()
        },
    )


_NO_HEADLINE = Headline(None, None, None, None, None)


def _headline(table: Scored) -> Headline:
    interval = score_interval(table)
    why = no_interval(table) if interval is None else None
    return Headline(table.f1, table.precision, table.recall, interval, why)


def score_entities(gold: Corpus, predictions: Source, *, zones: bool = True) -> LayerScore:
    """The score of entities alone: what :func:`score` gives, without other layers and smaller units.

    Raises:
        InvalidInput: as in :func:`score`.
    """
    return _layer(entities.table(pair(gold, read(gold, predictions), zones=zones)))


def read(gold: Corpus, predictions: Source) -> Predictions:
    """Predictions from a file or from memory, validated, in the order of the gold's documents.

    Raises:
        InvalidInput: they are invalid, or are not of exactly the gold's documents.
    """
    if isinstance(predictions, str | Path):
        return read_layers(predictions, gold)
    documents = predictions.documents if isinstance(predictions, Output) else predictions
    layers = documents.layers if isinstance(documents, Predictions) else None
    return Predictions(_in_order(gold, documents), layers)


def tables(
    pairs: Sequence[tuple[Document, Document]], gold_names: Names, names: Names
) -> dict[str, CountTable | ClusterTable]:
    """The table of every layer.

    Args:
        pairs: (gold, prediction) of each document, items that do not count already left out.
        gold_names: what the gold's speakers and holders mean, for each document.
        names: what the prediction's mean.
    """
    return counted(pairs, names, sides(pairs, gold_names, names)).tables()


def signature(
    gold: Corpus, *, zones: bool = True, contested: bool = False, given: Sequence[Given] = ()
) -> str:
    """One line that says how a score was made, in the manner of sacrebleu's (Post 2018)."""
    return _signature(gold.hash, len(gold), zones, contested, given)


def _signature(
    gold: str, documents: int, zones: bool, contested: bool, given: Sequence[Given] = ()
) -> str:
    parts: dict[str, object] = {
        "gold": gold[:12],
        "docs": documents,
        "zones": "no-promo" if zones else "all",
        "contested": "yes" if contested else "no",
        "trim": "yes",
        "overlap": "0.8",
        "ci": METHODS,
        "scorer": SCORER_VERSION,
    }
    if given:
        parts["given"] = ",".join(str(one) for one in given)
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


def _also(material: Material, everything: Material) -> tuple[Figure, ...]:
    """The further measures, the two headlines with what is contested among them."""
    found = further(material)
    pairs, gold_names, names = everything.pairs, everything.gold_names, everything.names
    headlines = {
        "quotes": quotes.table(sides(pairs, gold_names, names)),
        "stances": stances.table(pairs, gold_names, names),
    }
    with_contested = {
        layer: figure(layer, "with contested", table) for layer, table in headlines.items()
    }
    made: list[Figure] = []
    for layer in LAYERS:
        made += [each for each in found if each.layer == layer]
        made += [with_contested[layer]] if layer in with_contested else []
    return tuple(made)


def _layer(table: CountTable | ClusterTable, units: CountTable | None = None) -> LayerScore:
    interval = score_interval(table)
    return LayerScore(table.f1, table.precision, table.recall, interval, table, units)


def _not_attempted(table: CountTable | ClusterTable) -> LayerScore:
    return LayerScore(None, None, None, None, table)
