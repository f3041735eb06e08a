"""Priors: of each target the holder and polarity that the other articles have most often.

Licence: Apache-2.0. Source: this repository. Cost: milliseconds for all articles. Settings: none.
The floor of stances for what knows nothing of an article but which event it reports: one stance a
target, if any of the gold's other articles has one. The evidence is the article's first line.
What its authors had read: the guidelines and the articles, some errors of other systems, none of its
own. It was written as a floor and not changed after its first run.
What it finds was last changed on 2026-11-26; whoever wrote it had read no probe.
"""

import re
from collections import Counter, defaultdict

from onrecord import Span, Stance, held_out, load

layers = ("stances",)
note = (
    "one guess a target, trained leave-one-document-out on the gold's other articles; it reads none"
)


class Priors:
    """Guesses by what is common."""

    def predict_all(self, documents, targets):
        """One document with stances for each given, in order."""
        others = held_out(documents, load())
        return [
            document.with_layers(stances=guesses(document, others[document.id], targets))
            for document in documents
        ]


def guesses(document, others, targets):
    """The commonest holder and polarity of each target; of equals the first in order."""
    seen = defaultdict(Counter)
    for other in others:
        for stance in other.stances:
            seen[stance.target][stance.holder, stance.polarity] += 1
    line = re.search(r"\S.*", document.text)
    found = []
    for target in targets:
        if counted := seen[target.id]:
            holder, polarity = min(counted, key=lambda pair: (-counted[pair], pair))
            evidence = (Span(*line.span()),)
            found.append(
                Stance(holder=holder, target=target.id, polarity=polarity, evidence=evidence)
            )
    return found
