"""Converters: prediction files from what other tools write, and CoNLL files from predictions.

Offsets are Python ``str`` indices, half open, into the article's exact text, as everywhere. What a
converter cannot take over as it is, it refuses with one line, or says in its notes. One module a
format. Not here: exports of Label Studio, which every command reads (:mod:`onrecord.corpus.exports`).
"""

from onrecord.convert.conll import Conll, from_conll, to_conll
from onrecord.convert.mentions import Converted
from onrecord.convert.spacy import from_spacy, read_spacy
from onrecord.convert.spans import from_spans

__all__ = [
    "Conll",
    "Converted",
    "from_conll",
    "from_spacy",
    "from_spans",
    "read_spacy",
    "to_conll",
]
