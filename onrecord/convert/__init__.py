"""Converters: prediction files from what other tools write, and CoNLL files from predictions.

Offsets are Python ``str`` indices, half open, into the article's exact text, as everywhere. What a
converter cannot take over as it is, it refuses with one line, or says in its notes. One module a
format. Not here: how exports of Label Studio are read, since every command reads them
(:mod:`onrecord.corpus.exports`); ``labelstudio`` only makes predictions of what is read.
"""

from onrecord.convert.align import Alignment, align
from onrecord.convert.answer_files import from_answers
from onrecord.convert.brat import from_brat
from onrecord.convert.conll import Conll, from_conll, to_conll
from onrecord.convert.mentions import Converted
from onrecord.convert.records import from_records
from onrecord.convert.spacy import from_spacy, read_spacy
from onrecord.convert.spans import from_spans
from onrecord.convert.webanno import from_webanno

__all__ = [
    "Alignment",
    "Conll",
    "Converted",
    "align",
    "from_answers",
    "from_brat",
    "from_conll",
    "from_records",
    "from_spacy",
    "from_spans",
    "from_webanno",
    "read_spacy",
    "to_conll",
]
