"""What the questions to a small language model are about: sentences, names, values, reports in a text.

Heuristics on the surface: a name is a run of capitals, a report has a verb of a list or quotation marks.
"""

import re
import unicodedata
from itertools import pairwise

from onrecord import Span

WORD = re.compile(r"(?:[A-Z]\.){2,4}|[^\W_]+(?:(?:['’&](?!s\b)|-)[^\W_]+)*")
LINE = re.compile(r"[^\r\n\u2028\u2029]{1,3000}")
FULL_STOP = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+(?=[\"'“„‘«(]?[^\W_a-z])")
SHORT = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Gen|Sen|Rep|Prof|Jr|No|vs|[A-Z]|[A-Z]\.[A-Z])\.)\s*\Z")
QUOTED = re.compile(r'"[^"]*+"?|[“„][^”“]*+[”“]?|«[^»]*+»?')


def fold(name: str) -> str:
    """The name without case, diacritics and space at its edges."""
    bare = unicodedata.normalize("NFKD", name).casefold().strip()
    return "".join(c for c in bare if not unicodedata.combining(c))


def edge(text: str, start: int, end: int) -> Span | None:
    """The stretch without white space and commas, stops and dashes at its edges."""
    while start < end and (text[start].isspace() or text[start] in ",;:.–—-"):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] in ",;:.–—-"):
        end -= 1
    return Span(start, end) if start < end else None


def paragraphs(document) -> list[Span]:
    """The lines outside promotional zones, cut at the borders of zones."""
    borders = sorted({p for zone in document.zones for p in (zone.start, zone.end)})
    promo = [zone for zone in document.zones if zone.label == "promo"]
    found = []
    for line in LINE.finditer(document.text):
        inner = [p for p in borders if line.start() < p < line.end()]
        found += [Span(a, b) for a, b in pairwise([line.start(), *inner, line.end()])]
    outside = [p for p in found if not any(z.start <= p.start < z.end for z in promo)]
    return [p for p in outside if p.of(document.text).strip()]


def sentences(text: str, line: Span) -> list[Span]:
    ends = [m.end() for m in FULL_STOP.finditer(text, line.start, line.end)]
    cuts = [e for e in ends if not SHORT.search(text, max(line.start, e - 8), e)]
    return [Span(a, b) for a, b in pairwise([line.start, *cuts, line.end])]


def ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


def gist(words: str) -> set[str]:
    """The beginnings of the words that mean something."""
    found = (fold(m[0]) for m in WORD.finditer(words))
    return {w[:5] for w in found if w not in COMMON and (len(w) > 3 or any(map(str.isdigit, w)))}


def overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def bag(words: str) -> set[str]:
    return set(words.split())


COMMON = bag("""a an the this that these those i we you he she it they me us him her them my our
    your his its their who which what when where why how and or but nor so yet if as while because
    although since of in on at by for from with to into over under about against after before
    between during through without near is are was were be been being has have had do does did will
    would can could may might shall should must not no yes there here then than also only just now
    all any both more most many some other another such very however according meanwhile earlier
    later asked said says still even each every""")
MONTH = "(?:January|February|March|April|May|June|July|August|(?:Septem|Octo|Novem|Decem)ber)"
DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
NUMBER = (
    r"(?:\d[\d,.]*(?<=\d)|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty"
    r"|thirty|forty|fifty|hundred|thousand|million|billion|dozens?)\b)"
)
VALUE = re.compile(
    rf"(?:\b{DAY},? )?(?:\d{{1,2}} (?:of )?)?\b{MONTH}\b(?: \d{{1,2}}\b)?(?:,? \d{{4}}\b)?"
    rf"|\b{DAY}\b(?: morning| afternoon| evening| night)?"
    r"|\b(?:[Tt]oday|[Yy]esterday|[Tt]omorrow|[Tt]onight)\b"
    r"|\b(?:last|next|this|past) (?:day|week|month|year|decade|century)s?\b"
    r"|\b(?:first|second|third|fourth|fifth|\d+(?:st|nd|rd|th))\b"
    rf"|(?<![\w.-])[$€£]?{NUMBER}(?:[ -]{NUMBER})*(?:[ -]?(?:%|per ?cent\b|(?:minute|hour|day|week"
    r"|month|year|decade|mile|met(?:re|er)|kilomet(?:re|er)|ton|tonne|degree|dollar|euro|pound)s?\b"
    r"|(?:km|kg|am|pm|a\.m\.|p\.m\.)(?!\w)))?(?: old| ago| later)?(?!\w)"
)
TITLE = re.compile(
    r"\b(?:(?:Foreign|Prime|Defen[cs]e|Interior|Finance|Vice|Deputy|Former|Acting)[ -])*"
    r"(?:Ministers?|Presidents?|Chancellor|Premier|Secretary(?:[ -]General| of State| of Defen[cs]e)?"
    r"|Ambassador|Senator|Governor|Mayor|Spokes(?:man|woman|person)|Director|Chairman|Professor"
    r"|King|Queen|Prince|General|Mr|Mrs|Ms|Dr|Sen|Rep|Gen)\b\.?(?=\s)"
)


def values(text: str, sentence: Span) -> list[Span]:
    return [Span(*m.span()) for m in VALUE.finditer(text, *ends(sentence))]


def names(text: str, sentence: Span, taken: list[Span]) -> list[Span]:
    """Runs of capitalised words, cut at personal titles; "of" joins."""
    words = [
        m
        for m in WORD.finditer(text, *ends(sentence))
        if m[0][0].isupper() and m[0].lower() not in COMMON
    ]
    titles = [m.span() for m in TITLE.finditer(text, *ends(sentence))]
    found: list[Span] = []
    for word in words:
        if any(s.start < word.end() and word.start() < s.end for s in taken):
            continue
        if any(start <= word.start() and word.end() <= end for start, end in titles):
            continue
        gap = text[found[-1].end : word.start()] if found else ""
        if gap in (" ", " of ", " of the ", ". ", " & "):
            found[-1] = Span(found[-1].start, word.end())
        else:
            found.append(Span(*word.span()))
    return [s for s in found if len(s) > 1 and s.of(text).count(" ") < 8]


def inflected(verb: str) -> set[str]:
    stem = verb.removesuffix("e") if verb[-1] == "e" else verb
    if verb[-1] == "y" and verb[-2] not in "aeiou":
        return {verb, verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing"}
    return {verb, verb + ("es" if verb[-1] in "sh" else "s"), stem + "ed", stem + "ing"}


VERBS = bag("""state claim argue add note insist reply explain predict complain tweet report stress
    underline emphasise emphasize reiterate repeat maintain remind warn inform assure advise ask urge
    call instruct appeal offer propose promise pledge vow threaten deny demand request suggest
    recommend announce confirm describe criticise criticize praise condemn accuse blame express
    voice declare comment remark mention acknowledge reveal answer quote""")
FORMS = {form for verb in VERBS for form in inflected(verb)} - {"state"}
FORMS |= bag(
    "say says said saying tell tells told telling write writes wrote written admits admitted"
)
FIRST = ["according to", "call(?:s|ed|ing)? on", "point(?:s|ed|ing)? out"]
CUE = re.compile(rf"\b(?:{'|'.join([*FIRST, *sorted(FORMS, key=len, reverse=True)])})\b")
OPENING = re.compile(r"\b(?:that|to|whether|if|as|for)\b")


def contents(text: str, sentence: Span, cue: Span, stretches: list[Span]) -> list[tuple[Span, ...]]:
    """What may be said: the quoted stretches, the clause after the cue, the one before it."""
    found: list[tuple[Span, ...]] = []
    own = [s for s in stretches if s.end <= cue.start or cue.end <= s.start]
    if own:
        found.append(tuple(own))
    opening = OPENING.search(text, cue.end, min(cue.end + 60, sentence.end))
    after = edge(text, opening.start() if opening else cue.end, sentence.end)
    comma = text.rfind(",", sentence.start, cue.start)
    before = edge(text, sentence.start, comma) if comma >= 0 else None
    for clause in (after, before):
        if clause and clause.of(text).count(" ") > 1 and (clause,) not in found:
            found.append((clause,))
    return found


def quoted(text: str, line: Span, sentence: Span) -> list[Span]:
    """The quoted stretches of a paragraph as far as they stand in a sentence."""
    found = []
    for m in QUOTED.finditer(text, *ends(line)):
        start, end = max(m.start(), sentence.start), min(m.end(), sentence.end)
        while end > start and text[end - 1].isspace():
            end -= 1
        if any(c.isalnum() for c in text[start:end]):
            found.append(Span(start, end))
    return found
