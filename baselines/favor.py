"""Favor: every stance is in favour, the floor for the polarity of given pairs.

Licence: Apache-2.0. Source: this repository. Cost: milliseconds for all articles; no memory to
speak of. Settings: none.
It needs pairs of holder and target. That favor is the commonest polarity in the news is an
assumption, not learned from the gold. The evidence is the article's first line.
What it finds was last changed on 2026-11-22; whoever wrote it had read no probe.
"""

import re

import msgspec

from onrecord import Span

layers = ("stances",)
variants = {"favor": {"given": ["stances"]}}


def predict(document, targets):
    line = re.search(r"\S.*", document.text)
    evidence = (Span(*line.span()),) if line else ()
    stances = [
        msgspec.structs.replace(stance, polarity="favor", evidence=evidence)
        for stance in document.stances
    ]
    return document.with_layers(stances=stances)
