"""OnRecord: who is mentioned, who said what, and who stands where.

import onrecord

gold = onrecord.load()                          # the clone's data
scores = onrecord.score(gold, "predictions.jsonl")
scores.quotes.f1, scores.quotes.interval
"""

from onrecord.corpus import Corpus, folds, load_seeds
from onrecord.document import (
    MENTION_TYPES,
    NAME_TYPES,
    POLARITIES,
    QUOTATION_MARKS,
    VALUE_TYPES,
    Document,
    Mention,
    Meta,
    Quote,
    Span,
    Stance,
    Zone,
    derive_form,
)
from onrecord.errors import (
    AuthoringError,
    InvalidDocument,
    InvalidInput,
    OnRecordError,
    ServerError,
    SystemFailure,
)
from onrecord.flat import flatten
from onrecord.gold import load
from onrecord.registry import Entity, Registry, Target
from onrecord.scoring import LAYERS, Scores, score
from onrecord.validation import validate

__version__ = "0.1.0"

__all__ = [
    "LAYERS",
    "MENTION_TYPES",
    "NAME_TYPES",
    "POLARITIES",
    "QUOTATION_MARKS",
    "VALUE_TYPES",
    "AuthoringError",
    "Corpus",
    "Document",
    "Entity",
    "InvalidDocument",
    "InvalidInput",
    "Mention",
    "Meta",
    "OnRecordError",
    "Quote",
    "Registry",
    "Scores",
    "ServerError",
    "Span",
    "Stance",
    "SystemFailure",
    "Target",
    "Zone",
    "derive_form",
    "flatten",
    "folds",
    "load",
    "load_seeds",
    "score",
    "validate",
]
