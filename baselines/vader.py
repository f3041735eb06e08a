"""VADER: the polarity of stances by the sentiment of a sentence.

Licence: Apache-2.0; vaderSentiment 3.3.2 is MIT (Hutto & Gilbert 2014).
Cost: 0.02 s per article; 25 MB of memory; 1 MB on disk.
Settings: none.
It needs pairs of holder and target. Of the sentences that have the last word of the holder's id (of
all, if none has), it takes the first that shares most words with the target's proposition. VADER's
compound of that sentence says favor or, where it is below 0, against; the sentence is the evidence.
Limits: sentiment is no stance: a holder may speak well of what is against the target. Never mixed.
What it finds was last changed on 2026-11-22; whoever wrote it had read no probe.
"""

import re
import unicodedata

import msgspec

from onrecord import Span

layers = ("stances",)
extra = "vader"
variants = {
    "vader": {"given": ["stances"]},
    "vader-rules": {"given": ["stances=rules"]},
}

LINE = re.compile(r"[^\r\n\u2028\u2029]+")
STOP = re.compile(r"[.!?…]+[\"'”’»)]*\s+(?=[\"'“‘«(]?[^\W_a-z])")
SHORT = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Gen|Sen|Rep|Prof|No|vs|[A-Z])\.\s*\Z")


class Vader:
    """Polarities by VADER."""

    def __init__(self):
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        self.analyzer = SentimentIntensityAnalyzer()

    def predict_all(self, documents, targets):
        """One document for each given, in order, whose stances have polarity and evidence."""
        propositions = {target.id: set(words(target.proposition)) for target in targets}
        return [self.predict_one(document, propositions) for document in documents]

    def predict_one(self, document, propositions):
        found = [(s, words(s.of(document.text))) for s in sentences(document)]
        stances = []
        for stance in document.stances:
            name = words(stance.holder)
            named = [one for one in found if name and name[-1] in one[1]] or found
            wanted = propositions[stance.target]
            evidence, _ = max(named, key=lambda one: len(wanted & set(one[1])))
            compound = self.analyzer.polarity_scores(evidence.of(document.text))["compound"]
            polarity = "against" if compound < 0 else "favor"
            filled = msgspec.structs.replace(stance, polarity=polarity, evidence=(evidence,))
            stances.append(filled)
        return document.with_layers(stances=stances)


def words(text):
    """The words of a text, without case and diacritics."""
    decomposed = unicodedata.normalize("NFKD", text).replace("ı", "i").casefold()
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", bare)


def sentences(document):
    """The sentences of an article, cut at the borders of lines and zones."""
    text, found = document.text, []
    zones = document.zones or (Span(0, len(text)),)
    for line in (m for zone in zones for m in LINE.finditer(text, zone.start, zone.end)):
        start = line.start()
        for stop in STOP.finditer(text, *line.span()):
            if not SHORT.search(text, start, stop.end()):
                found.append(stripped(text, start, stop.end()))
                start = stop.end()
        found.append(stripped(text, start, line.end()))
    return [sentence for sentence in found if len(sentence)]


def stripped(text, start, end):
    whole = text[start:end]
    start += len(whole) - len(whole.lstrip())
    return Span(start, start + len(whole.strip()))
