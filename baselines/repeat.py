"""Repeat: whatever the other articles' annotation has, the floor of what is only remembered.

Licence: Apache-2.0. Source: this repository. Cost: milliseconds for all articles. Settings: none.
Each article is read with the gold's other articles in memory and nothing else understood. Mentions
are their words wherever they stand again, the longest first, with the type and entity that the words
have most often. A quote is what stands between quotation marks in a sentence that has one of their
reporting expressions, or else what follows that expression; its speaker is the last name of one of
their speakers before it. Stances are all of theirs, in the polarity that a holder and target have most
often, whether or not this article says so; the evidence is the first place that names the holder.
What its authors had read: the guidelines and the articles, some errors of other systems, none of its
own. It was written as a floor. Since its first run it was changed once, so that it can be run on other
targets than the articles': it leaves out stances on targets that there are not.
What it finds was last changed on 2026-11-26; whoever wrote it had read no probe.
"""

import re
from collections import Counter, defaultdict

from onrecord import Mention, Quote, Span, Stance, held_out, load

layers = ("entities", "linking", "quotes", "stances")
note = "understands nothing; trained leave-one-document-out on the gold's other articles"

SENTENCE = re.compile(r"[^\s][^\n]*?(?:[.!?][”\"’')]*(?=\s)|(?=\n)|$)")
QUOTED = re.compile(r"“[^”\n]+”|\"[^\"\n]+\"")


class Repeat:
    """Gives each article what the others have."""

    def predict_all(self, documents, targets):
        """One document with mentions, quotes and stances for each given, in order."""
        gold = load()
        others = held_out(documents, gold)
        known = {target.id for target in targets}
        return [repeated(document, others[document.id], known) for document in documents]


def repeated(document, others, targets):
    """The document with what is remembered of the others, of stances those on targets that there are."""
    mentions = find_mentions(document.text, others)
    quotes = find_quotes(document.text, others, mentions)
    stances = [s for s in remembered(document, others, mentions) if s.target in targets]
    return document.with_layers(mentions=mentions, quotes=quotes, stances=stances)


def find_mentions(text, others):
    """The others' mentions wherever their words stand, the longest first."""
    seen = defaultdict(Counter)
    for document in others:
        for mention in document.mentions:
            seen[mention.of(document.text)][mention.label, mention.entity or ""] += 1
    if not seen:
        return []
    longest = sorted(seen, key=lambda words: (-len(words), words))
    pattern = "|".join(rf"(?<!\w){re.escape(words)}(?!\w)" for words in longest)
    found = []
    for match in re.finditer(pattern, text):
        label, entity = commonest(seen[match[0]])
        found.append(Mention(match.start(), match.end(), label, entity or None))
    return found


def find_quotes(text, others, mentions):
    """What stands between marks, or after a reporting expression of the others."""
    cues = {q.cue.of(d.text) for d in others for q in d.quotes if q.cue is not None}
    speakers = {q.speaker for d in others for q in d.quotes if q.speaker is not None}
    if not cues:
        return []
    longest = sorted(cues, key=lambda words: (-len(words), words))
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(words)}(?!\w)" for words in longest))
    quotes = []
    speaker = source = None
    for sentence in SENTENCE.finditer(text):
        names = [
            m
            for m in mentions
            if sentence.start() <= m.start < sentence.end() and m.entity in speakers
        ]
        cue = pattern.search(text, sentence.start(), sentence.end())
        if names:
            before = [m for m in names if cue is None or m.end <= cue.start()]
            nearest = before[-1] if before else names[0]
            speaker, source = nearest.entity, nearest.span
        if cue is None:
            continue
        marked = QUOTED.search(text, sentence.start(), sentence.end())
        start, end = marked.span() if marked else (cue.end(), sentence.end())
        while start < end and text[start] in " ,:":
            start += 1
        while start < end and text[end - 1] in " ,.":
            end -= 1
        if start >= end:
            continue
        quotes.append(
            Quote(
                id=f"q{start}",
                content=(Span(start, end),),
                cue=Span(*cue.span()),
                source=source if source and source.end <= sentence.end() else None,
                speaker=speaker,
            )
        )
    return quotes


def remembered(document, others, mentions):
    """Every stance of the others, each holder and target once."""
    seen = defaultdict(Counter)
    for other in others:
        for stance in other.stances:
            seen[stance.holder, stance.target][stance.polarity] += 1
    first = {}
    for mention in mentions:
        first.setdefault(mention.entity, mention.span)
    start = re.search(r"\S+", document.text)
    return [
        Stance(
            holder=holder,
            target=target,
            polarity=commonest(polarities),
            evidence=(first.get(holder, Span(*start.span())),),
        )
        for (holder, target), polarities in sorted(seen.items())
    ]


def commonest(counted):
    """What was counted most; of equals the first in order."""
    return min(counted, key=lambda value: (-counted[value], value))
