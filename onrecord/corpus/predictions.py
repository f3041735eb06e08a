"""Predictions: documents, and the layers that the system which made them says it attempts.

Not attempted is not zero: a layer that a system does not attempt has no score. A file says it in the
field ``layers`` of each line, the same in all, so that lines may be sorted, split and put together.
What says nothing attempts the layers in which it has something.
"""

from __future__ import annotations

from collections.abc import Iterable

from onrecord.corpus.files import encode_documents
from onrecord.document import LAYERS, Document
from onrecord.exceptions import InvalidInput


class Predictions(tuple[Document, ...]):
    """A tuple of documents that knows which layers their system says it attempts.

        onrecord.score(gold, Predictions(documents, layers=["entities", "quotes"]))

    Args:
        documents: one for each article.
        layers: the layers that the system attempts, in any order; None: it does not say.

    Raises:
        InvalidInput: ``layers`` names none, or one that there is not.
    """

    layers: tuple[str, ...] | None
    """The layers as the system says, in the order of :data:`LAYERS`; None: it does not say."""

    def __new__(
        cls, documents: Iterable[Document] = (), layers: Iterable[str] | None = None
    ) -> Predictions:
        predictions = super().__new__(cls, documents)
        predictions.layers = None if layers is None else require_layers(layers)
        return predictions

    def __repr__(self) -> str:
        said = "layers not said" if self.layers is None else ", ".join(self.layers)
        return f"Predictions({len(self)} documents: {said})"

    @property
    def attempted(self) -> tuple[str, ...]:
        """The layers that are scored: those it says, else those in which it has something."""
        return evident_layers(self) if self.layers is None else self.layers


def evident_layers(documents: Iterable[Document]) -> tuple[str, ...]:
    """The layers in which a document has something.

    In linking that is a name with an entity, in utterances a quote with an utterance.
    """
    documents = tuple(documents)
    found = {
        "entities": any(document.mentions for document in documents),
        "linking": any(
            mention.is_name and mention.entity is not None
            for document in documents
            for mention in document.mentions
        ),
        "quotes": any(document.quotes for document in documents),
        "utterances": any(
            quote.utterance is not None for document in documents for quote in document.quotes
        ),
        "stances": any(document.stances for document in documents),
    }
    return tuple(layer for layer in LAYERS if found[layer])


def require_layers(names: Iterable[str]) -> tuple[str, ...]:
    """The layers of these names, each once, in the order of :data:`LAYERS`.

    Raises:
        InvalidInput: they are no list of names, there are none, or one is not a layer's.
    """
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise InvalidInput("not a list of layers", field="layers")
    named = list(names)
    if not named:
        raise InvalidInput("is empty", field="layers")
    for name in named:
        if name not in LAYERS:
            reason = f"unknown layer {name!r} (known: {', '.join(LAYERS)})"
            raise InvalidInput(reason, field="layers")
    return tuple(layer for layer in LAYERS if layer in named)


def encode_predictions(predictions: Predictions) -> bytes:
    """The predictions as a file holds them: stand-off records with the layers that they say."""
    return encode_documents(predictions, text=False, layers=predictions.layers)
