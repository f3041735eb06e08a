"""Scoring a system on the probes: its layers, the sets it was run on, its outcomes and table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from onrecord.corpus.corpus import read_predictions
from onrecord.corpus.predictions import Predictions
from onrecord.corpus.validation import validate_layers
from onrecord.document import LAYERS, Document
from onrecord.exceptions import InvalidInput
from onrecord.probes.dresses import DRESSES
from onrecord.probes.outcome import Outcome, outcomes
from onrecord.probes.probe import Probes
from onrecord.probes.sources import Change
from onrecord.probes.table import ProbeTable, tabulate, whole_sets


class ProbeScores(msgspec.Struct, frozen=True, kw_only=True):
    """A system on the probes of the layers that it attempts."""

    layers: tuple[str, ...]
    """The layers that the predictions attempt; sets of the others do not count."""
    outcomes: tuple[Outcome, ...]
    """Of every member that counts, in the order of the probes."""
    declared: bool = True
    """Whether the predictions say so; if not, those are the layers in which they have something."""

    def __repr__(self) -> str:
        table = self.table
        shares = (
            f"{layer} {sets.right}/{sets.of}"
            for layer in table.names("layer")
            if (sets := table.part(layer=layer).sets)
        )
        return f"ProbeScores(sets right: {', '.join(shares) or 'none'})"

    def attempts(self, layer: str) -> bool:
        """Whether the predictions attempt the layer."""
        return layer in self.layers

    @property
    def table(self) -> ProbeTable:
        """Sets and members right."""
        return tabulate(self.outcomes)


def score_probes(
    probes: Probes,
    predictions: str | Path | Iterable[Document],
    *,
    layers: Iterable[str] | None = None,
) -> ProbeScores:
    """What a system did on the probes, or on some whole sets of them.

    Not attempted is not wrong: sets of a layer that the predictions do not attempt do not count.

        scores = onrecord.score_probes(onrecord.load_probes(), "probes.jsonl")
        scores.table.part(layer="quotes").sets.value

    Args:
        probes: all probes.
        predictions: a document for each member, in any order, or a file of them; sets may be
            missing, members of a set may not.
        layers: the layers that the predictions attempt; None: those that they say themselves,
            or else those in which they have something.

    Raises:
        InvalidInput: the predictions are invalid, or have a set in part; or there is no such layer.
    """
    documents = _read(probes, predictions)
    if layers is not None:
        documents = Predictions(documents, layers)
    found = {document.id: document for document in documents}
    attempted = documents.attempted
    try:
        counted = [probe for probe in whole_sets(probes.probes, found) if probe.layer in attempted]
    except InvalidInput as error:
        file = predictions if isinstance(predictions, str | Path) else None
        raise error.at(file=file) from None
    judged = outcomes(counted, [found[probe.id] for probe in counted], probes.registry)
    declared = documents.layers is not None
    return ProbeScores(layers=attempted, outcomes=judged, declared=declared)


def _read(probes: Probes, predictions: str | Path | Iterable[Document]) -> Predictions:
    if isinstance(predictions, str | Path):
        return read_predictions(predictions, probes.corpus, partial=True)
    found: dict[str, Document] = {}
    for document in predictions:
        gold = probes[document.id].document
        if document.id in found:
            raise InvalidInput("is given twice", document=document.id)
        if document.text != gold.text:
            raise InvalidInput("is not the probe's text", document=document.id, field="text")
        found[document.id] = validate_layers(document, targets=probes.corpus.target_ids)
    layers = predictions.layers if isinstance(predictions, Predictions) else None
    return Predictions(found.values(), layers)


def require_whole_sets(
    probes: Probes, documents: Iterable[Document], file: str | Path | None = None
) -> None:
    """Make sure that of each set all members are there or none.

    Raises:
        InvalidInput: of a set some are missing, or nothing is there at all.
    """
    ids = [document.id for document in documents]
    if not ids:
        raise InvalidInput("has none of the probes", file=file)
    try:
        list(whole_sets(probes.probes, ids))
    except InvalidInput as error:
        raise error.at(file=file) from None


def summary(scores: ProbeScores, layers: Sequence[str] = LAYERS) -> dict[str, Any]:
    """The scores in these layers as plain data: shares by layer, phenomenon, dress and change."""
    table = scores.table.only(layers)
    return {
        "attempted": scores.layers,
        "declared": scores.declared,
        "layers": {layer: _shares(table.part(layer=layer)) for layer in table.names("layer")},
        "phenomena": {
            phenomenon: _shares(table.part(phenomenon=phenomenon))
            for phenomenon in table.names("phenomenon")
        },
        "sets": {row.set: row.right for row in table.rows},
    }


def _shares(table: ProbeTable) -> dict[str, Any]:
    changes: tuple[tuple[str, Change | None], ...] = (
        ("original", None),
        ("contrast", "contrast"),
        ("invariance", "invariance"),
    )
    return {
        "members": table.members,
        "sets": table.sets,
        "dresses": {dress: table.part(dress=dress).sets for dress in DRESSES},
        "changes": {name: table.changed(change) for name, change in changes},
    }
