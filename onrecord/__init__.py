"""OnRecord: who is mentioned, who said what, and who stands where.

import onrecord

gold = onrecord.load()                                # the clone's data
output = onrecord.run("my_system.py", gold)           # a system on the articles
onrecord.save(output.documents, "predictions.jsonl")
scores = onrecord.score(gold, "predictions.jsonl")
scores.quotes.f1, scores.quotes.interval
onrecord.compare(gold, {"mine": output, "rules": "eval/predictions/rules.jsonl"})
"""

from onrecord.convert.align import Alignment, align
from onrecord.corpus.corpus import Corpus, folds, held_out, load_seeds
from onrecord.corpus.flat import flatten
from onrecord.corpus.gold import load
from onrecord.corpus.layers import read, save
from onrecord.corpus.linking import link_names, normalise_name
from onrecord.corpus.predictions import Predictions
from onrecord.corpus.registry import Entity, Registry, Target
from onrecord.corpus.tokens import passages, tokenize
from onrecord.corpus.validation import validate
from onrecord.document import (
    LAYERS,
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
from onrecord.exceptions import (
    AuthoringError,
    InvalidDocument,
    InvalidInput,
    OnRecordError,
    ServerError,
    SystemFailure,
    UnknownId,
)
from onrecord.probes.files import load_probes
from onrecord.probes.probe import Probe, Probes
from onrecord.probes.score import ProbeScores, score_probes
from onrecord.scoring.agreement import agreement
from onrecord.scoring.comparison import Comparison, compare
from onrecord.scoring.errors.analysis import find_errors
from onrecord.scoring.intervals import Interval
from onrecord.scoring.scores import Scores, score
from onrecord.systems.archive import Predicted, predict_articles
from onrecord.systems.run import Output, run

__version__ = "0.1.0"

__all__ = [
    "LAYERS",
    "MENTION_TYPES",
    "NAME_TYPES",
    "POLARITIES",
    "QUOTATION_MARKS",
    "VALUE_TYPES",
    "Alignment",
    "AuthoringError",
    "Comparison",
    "Corpus",
    "Document",
    "Entity",
    "Interval",
    "InvalidDocument",
    "InvalidInput",
    "Mention",
    "Meta",
    "OnRecordError",
    "Output",
    "Predicted",
    "Predictions",
    "Probe",
    "ProbeScores",
    "Probes",
    "Quote",
    "Registry",
    "Scores",
    "ServerError",
    "Span",
    "Stance",
    "SystemFailure",
    "Target",
    "UnknownId",
    "Zone",
    "agreement",
    "align",
    "compare",
    "derive_form",
    "find_errors",
    "flatten",
    "folds",
    "held_out",
    "link_names",
    "load",
    "load_probes",
    "load_seeds",
    "normalise_name",
    "passages",
    "predict_articles",
    "read",
    "run",
    "save",
    "score",
    "score_probes",
    "tokenize",
    "validate",
]
