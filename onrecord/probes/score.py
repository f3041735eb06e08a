"""Scoring a system on the probes: its layers, the sets it was run on, its outcomes and table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from onrecord.corpus.corpus import read_predictions
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
    outcomes: tuple[Outcome, ...]

    def __repr__(self) -> str:
        table = self.table
        shares = (
            f"{layer} {sets.right}/{sets.of}"
            for layer in table.names("layer")
            if (sets := table.part(layer=layer).sets)
        )
        return f"ProbeScores(sets right: {', '.join(shares) or 'none'})"

    @property
    def table(self) -> ProbeTable:
        """Sets and members right."""
        return tabulate(self.outcomes)


def score_probes(
    probes: Probes,
    predictions: str | Path | Iterable[Document],
    *,
    layers: Sequence[str] | None = None,
) -> ProbeScores:
    """What a system did on the probes, or on some whole sets of them.

        scores = onrecord.score_probes(onrecord.load_probes(), "probes.jsonl")
        scores.table.part(layer="quotes").sets.value

    Args:
        probes: all probes.
        predictions: a document for each member, in any order, or a file of them; sets may be
            missing, members of a set may not.
        layers: that the system attempts, the others do not count; None: those of which its
            predictions have anything anywhere.

    Raises:
        InvalidInput: the predictions are invalid, or have a set in part.
    """
    found = _read(probes, predictions)
    attempted = attempted_layers(found.values()) if layers is None else tuple(layers)
    for layer in attempted:
        if layer not in LAYERS:
            raise InvalidInput(f"unknown layer {layer!r} (known: {', '.join(LAYERS)})")
    try:
        counted = [probe for probe in whole_sets(probes.probes, found) if probe.layer in attempted]
    except InvalidInput as error:
        file = predictions if isinstance(predictions, str | Path) else None
        raise error.at(file=file) from None
    judged = outcomes(counted, [found[probe.id] for probe in counted], probes.registry)
    return ProbeScores(layers=attempted, outcomes=judged)


def _read(probes: Probes, predictions: str | Path | Iterable[Document]) -> dict[str, Document]:
    if isinstance(predictions, str | Path):
        documents = read_predictions(predictions, probes.corpus, partial=True)
        return {document.id: document for document in documents}
    found: dict[str, Document] = {}
    for document in predictions:
        gold = probes[document.id].document
        if document.id in found:
            raise InvalidInput("is given twice", document=document.id)
        if document.text != gold.text:
            raise InvalidInput("is not the probe's text", document=document.id, field="text")
        found[document.id] = validate_layers(document, targets=probes.corpus.target_ids)
    return found


def attempted_layers(documents: Iterable[Document]) -> tuple[str, ...]:
    """The layers of which predictions have anything anywhere."""
    found: set[str] = set()
    for document in documents:
        if document.mentions:
            found.add("entities")
        if any(mention.entity is not None for mention in document.mentions):
            found.add("linking")
        if document.quotes:
            found.add("quotes")
        if any(quote.utterance is not None for quote in document.quotes):
            found.add("utterances")
        if document.stances:
            found.add("stances")
    return tuple(layer for layer in LAYERS if layer in found)


def summary(scores: ProbeScores) -> dict[str, Any]:
    """The scores as plain data: shares by layer, phenomenon, dress and change."""
    table = scores.table
    return {
        "attempted": scores.layers,
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
