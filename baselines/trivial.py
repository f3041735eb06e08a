"""The floor: nothing, or the commonest answer everywhere.

Licence: Apache-2.0. Source: this repository. Cost: milliseconds for all articles.
Settings: ``answer=commonest`` (the default) calls every capitalised word the name of a GPE, names
of one spelling the same entity, everything between double quotation marks a quote by the name used
most, all quotes of an article one utterance, and that name in favour of every target;
``answer=nothing`` returns the article as it is.
What it finds was last changed on 2026-11-26; whoever wrote it had read no probe.
"""

import re
from collections import Counter

from onrecord import Mention, Quote, Span, Stance

layers = ("entities", "linking", "quotes", "utterances", "stances")
note = "reads nothing but capitals and quotation marks"


def predict(document, targets, answer="commonest"):
    """The article with the commonest answer in every layer, or as it is."""
    if answer == "nothing":
        return document
    if answer != "commonest":
        raise ValueError(f"answer is {answer!r}, neither 'commonest' nor 'nothing'")
    mentions = [
        Mention(match.start(), match.end(), "GPE", match[0].casefold())
        for match in re.finditer(r"\b[A-ZÀ-Þ]\w*", document.text)
    ]
    if not mentions:
        return document
    ((speaker, _),) = Counter(mention.entity for mention in mentions).most_common(1)
    promo = [zone for zone in document.zones if zone.label == "promo"]
    contents = [
        Span(match.start(), match.end())
        for match in re.finditer(r'[“"][^“”"\n]*\w[^“”"\n]*[”"]', document.text)
        if not any(zone.start < match.end() and match.start() < zone.end for zone in promo)
    ]
    quotes = [
        Quote(id=f"q{number}", content=(content,), speaker=speaker, utterance=speaker)
        for number, content in enumerate(contents, start=1)
    ]
    evidence = (mentions[0].span,)
    stances = [
        Stance(holder=speaker, target=target.id, polarity="favor", evidence=evidence)
        for target in targets
    ]
    return document.with_layers(mentions=mentions, quotes=quotes, stances=stances)
