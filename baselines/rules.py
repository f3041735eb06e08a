"""Rules: word lists and regular expressions for all layers.

Licence: Apache-2.0. Source: this repository. Cost: milliseconds per article. Settings: none.
What it knows: countries, organisations, first names, titles, units, reporting verbs, words of favour
and opposition, some synonyms, all chosen as general knowledge. It was written and tried on invented
articles; then its authors, who had read the five articles and the targets, looked at its output once
and mended what was plainly wrong in general (verbs inside names, adverbs, no synonyms).
Limits: a single unknown word is an organisation (a place after "in"); a person is a surname; a line
is a paragraph; nothing is parsed: a clause ends at a word or a comma; a pronoun is the last speaker;
conditions, irony and stances across sentences are not seen.
What it finds was last changed on 2026-11-26; whoever wrote it had read no probe.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, namedtuple
from itertools import combinations, pairwise
from operator import attrgetter

from onrecord import NAME_TYPES, QUOTATION_MARKS, Mention, Quote, Span, Stance, flatten

layers = ("entities", "linking", "quotes", "utterances", "stances")
note = "its authors had read the articles; it reads no gold"

# ---------------------------------------------------------------- word lists


def bag(words: str) -> set[str]:
    return set(words.split())


# names of one entity joined by = / the names of its people / its capital
COUNTRIES = """
Afghanistan/Afghan/Kabul; Argentina/Argentine=Argentinian/Buenos Aires;
Australia/Australian/Canberra; Austria/Austrian/Vienna; Belgium/Belgian/Brussels;
Brazil/Brazilian/Brasilia; Canada/Canadian/Ottawa; China/Chinese/Beijing; Cuba/Cuban/Havana;
Czech Republic=Czechia/Czech/Prague; Denmark/Danish=Dane/Copenhagen; Egypt/Egyptian/Cairo;
Finland/Finnish=Finn/Helsinki; France/French/Paris; Germany/German/Berlin; Greece/Greek/Athens;
Iceland/Icelandic=Icelander/Reykjavik; India/Indian/New Delhi; Indonesia/Indonesian/Jakarta;
Iran/Iranian/Tehran; Iraq/Iraqi/Baghdad; Ireland/Irish/Dublin; Israel/Israeli/Jerusalem;
Italy/Italian/Rome; Japan/Japanese/Tokyo; Jordan/Jordanian/Amman; Kenya/Kenyan/Nairobi;
Mexico/Mexican/Mexico City; Morocco/Moroccan/Rabat; Netherlands/Dutch/Amsterdam;
New Zealand/New Zealander/Wellington; Nigeria/Nigerian/Abuja; North Korea/North Korean/Pyongyang;
Norway/Norwegian/Oslo; Pakistan/Pakistani/Islamabad; Palestine/Palestinian/Ramallah;
Philippines/Filipino=Philippine/Manila; Poland/Polish=Pole/Warsaw; Portugal/Portuguese/Lisbon;
Qatar/Qatari/Doha; Russia=Russian Federation/Russian/Moscow; Saudi Arabia/Saudi/Riyadh;
Serbia/Serbian=Serb/Belgrade; South Africa/South African/Pretoria;
South Korea/South Korean=Korean/Seoul; Spain/Spanish=Spaniard/Madrid; Sudan/Sudanese/Khartoum;
Sweden/Swedish=Swede/Stockholm; Switzerland/Swiss/Bern; Syria/Syrian/Damascus;
Taiwan/Taiwanese/Taipei; Thailand/Thai/Bangkok; Turkey/Turkish=Turk/Ankara; Ukraine/Ukrainian/Kyiv;
United Arab Emirates=UAE/Emirati/Abu Dhabi; Venezuela/Venezuelan/Caracas;
United Kingdom=UK=U.K.=Britain=Great Britain/British=Briton/London; Vietnam/Vietnamese/Hanoi;
United States=US=U.S.=USA=America=United States of America/American/Washington
"""
ORGANISATIONS = """
NATO=North Atlantic Treaty Organization; EU=European Union; UN=United Nations=U.N.; African Union;
G7; WTO=World Trade Organization; WHO=World Health Organization; IMF=International Monetary Fund;
World Bank; European Commission; European Parliament; Red Cross; FIFA;
IOC=International Olympic Committee; Greenpeace; Security Council; Parliament; Senate; Congress;
State Department; Pentagon; White House; Kremlin; FBI; Reuters; Associated Press=AP;
AFP=Agence France-Presse; BBC; CNN; Al Jazeera; New York Times; Washington Post; Guardian;
Facebook; Twitter; YouTube; Google
"""
REGIONS = """
Europe/European; Asia/Asian; Africa/African; North America/North American; West/Western;
South America/South American; Latin America/Latin American; Middle East/Middle Eastern;
Balkans/Balkan; Atlantic; Pacific; Mediterranean; Black Sea; Baltic; North Sea; Islam/Muslim/;
Christianity/Christian/; the Arabs/Arab/
"""
HEADS = """
ORG Ministry Department Council Bank Party Agency Committee Commission Union Association University
ORG Court Parliament Army Forces Federation League Institute Group Inc Ltd Foundation Authority
ORG Organization Organisation Embassy Assembly Club Airlines Motors
LAW Convention Treaty Act Agreement Constitution Protocol Accord Declaration Pact
LOC Sea River Ocean Lake Mountains Island Islands Valley Strait Gulf Bay Peninsula
FAC Airport Bridge Street Square Stadium Station Palace Tower Museum Hospital Park
EVENT War Olympics Cup Games Championship Championships Forum Festival Revolution Marathon
"""
TITLES = bag("""mr mrs ms dr sir lord president vice premier minister secretary general chancellor
mayor governor senator ambassador king queen prince judge professor chairman director chief
spokesman spokeswoman spokesperson speaker deputy acting former prime head leader sen rep""")
OFFICES = bag("foreign defence defense interior finance trade of state s the and affairs new")
FIRST_NAMES = bag("""anna marie maria mary sarah laura emma julia elena karen jane claire elizabeth
john james robert michael david william richard thomas charles joseph daniel paul mark george peter
andrew ivan sergei vladimir alexander ahmed mohammed ali""")
STOP = bag("""a an the this that these those i we you he she it they me us him her them my our your
his its their who which what when where why how and or but nor so yet if as while because although
though since of in on at by for from with to into over under about against after before between
during through without near is are was were be been being am has have had do does did will would
can could may might shall should must not no yes there here then than also only just now today all
any both more most many some other another same first second third last next new however later
asked according said says say told""")
FRAMES = {  # the words that open what is said, and the reporting verbs that govern it in this way
    "say": ("that whether if why", """say state claim argue add note insist reply explain predict
        complain write tweet report stress underline emphasise emphasize reiterate repeat maintain point"""),
    "tell": ("that to whether about against of", "tell remind warn inform assure advise"),
    "ask": ("to for whether if that why", "ask urge order instruct invite appeal"),
    "give": ("", """offer propose promise pledge vow threaten deny demand request suggest recommend
        announce confirm"""),
    "judge": ("as for of", "describe criticise criticize praise condemn dismiss hail accuse blame call"),
    "express": ("concern support regret hope thanks doubt doubts solidarity", "express voice convey"),
    "according": ("", ""),
}  # fmt: skip
IRREGULAR = {"say": "says said saying wrote written writing", "tell": "told telling"}
BARE = {"say", "give", "according"}
PRONOUNS = bag("he she it they we i")
DETERMINERS = bag("the a an his her its their our my this one")
AUXILIARIES = bag("""has have had is are was were be been also then later who which once again
repeatedly nevertheless however still already clearly continues continue continued""")
UNREAL = bag("not never will would could may might should must can if to cannot won't")
FAVOUR = bag("""support back favour favor welcome want urge demand should must need praise ready
willing agree ask propose offer call seek insist defend endorse hail promise accept approve""")
AGAINST = bag("""oppose reject refuse criticise criticize condemn against block deny unacceptable
wrong unhappy dissatisfied resist protest dispute abandon cancel stop dismiss mistake""")
SYNONYMS = [
    bag(group)
    for group in """buy purchase acquire acquisition procure; keep retain maintain hold
punish sanction punitive penalty penalise; talk dialogue discuss negotiate meet conversation roadmap
cooperate tie relation partner; group commission committee; examine verify clarify study investigate
leave withdraw exit quit withdrawal; endanger danger threat risk threaten; defence defense; sell offer
use activate deploy; relief lift remove; respect observe; step measure; take impose; steps measures
host hold; exploratory preliminary; ally allies member""".replace("\n", ";").split(";")
]
NEGATION = bag("not no never without neither nor cannot don't doesn't won't")
MONTH = "(?:January|February|March|April|May|June|July|August|(?:Septem|Octo|Novem|Decem)ber)"
DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
NUMBER_WORD = "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty"
NUMBER_WORD = f"(?:{NUMBER_WORD} forty fifty hundred thousand million billion dozen)".replace(
    " ", "|"
)
ABOUT = "(?:(?:about|around|almost|nearly|more than|less than|over|at least|up to|some) )?"
NUMBER = rf"(?<![\w.,-])(?:\d(?:[\d,.]{{0,12}}\d)?|{NUMBER_WORD})(?:[ -]{NUMBER_WORD}){{0,4}}(?!\w)"
PERIOD = "(?:day|week|month|year|decade|century|season|quarter)"
PATTERNS = [
    ("PERCENT", rf"{ABOUT}{NUMBER} ?(?:%|per ?cent(?:age points?)?\b)"),
    ("MONEY", rf"{ABOUT}(?:US)?[$€£¥] ?\d[\d,.]{{0,12}}(?<=\d)(?: (?:m|b|tr)illion\b)?"),
    ("MONEY", rf"{ABOUT}{NUMBER} (?:dollar|euro|pound|krone|kroner|lira|ruble|yen|yuan|franc)s?\b"),
    ("QUANTITY", rf"{ABOUT}{NUMBER}[ -]?(?:tons?|tonnes?|miles?|(?:kilo)?met(?:re|er)s?|feet|km|kg"
     r"|degrees?|hectares?|acres?|lit(?:re|er)s?|kilograms?)\b"),
    ("TIME", r"\b\d{1,2}(?:[:.]\d\d(?: ?[ap]\.?m\b\.?)?| ?[ap]\.?m\b\.?)(?: GMT| local time)?"),
    ("TIME", rf"\b(?:{DAY} )?(?:morning|afternoon|evening|night|tonight|midnight|noon)\b"
     rf"|{ABOUT}{NUMBER}[ -](?:hour|minute|second)s?\b"),
    ("DATE", rf"\b(?:{DAY},? )?(?:(?:early|late|mid|last|next|this)[ -])?(?:\d{{1,2}} (?:of )?)?{MONTH}"
     r"(?: \d{1,2}\b)?(?:,? \d{4}\b)?(?!\w)"),
    ("DATE", rf"\b(?:(?:last|next|this) )?{DAY}\b|(?<![\d.,-])(?:19|20)\d\ds?(?![\w%]|,\d)"),
    ("DATE", rf"\b(?:last|next|this|past) {PERIOD}s?\b|\b(?:[Tt]oday|[Yy]esterday|[Tt]omorrow)\b"),
    ("DATE", rf"{ABOUT}(?:{NUMBER}|\bfew|\bseveral)[ -]{PERIOD}s?\b(?:-old| ago| later)?"),
    ("ORDINAL", r"\b(?:first|second|third|fourth|fifth|sixth|tenth|\d{1,3}(?:st|nd|rd|th))\b"),
    ("CARDINAL", rf"{ABOUT}(?!one\b(?! of)|(?:19|20)\d\d\b){NUMBER}|\b(?:dozens|hundreds|thousands)\b"),
    ("PRODUCT", r"\b[A-Z][A-Za-z]{0,5}-\d{1,4}[A-Z]?s?\b"),
    ("LAW", r"\bArticle \d{1,3}\b"),
]  # fmt: skip
PATTERNS = [(label, re.compile(pattern)) for label, pattern in PATTERNS]

# ---------------------------------------------------------------- text

Word = namedtuple("Word", "start end text low")
Sentence = namedtuple("Sentence", "start end words titled")  # titled: its capitals mean nothing
START = attrgetter("start")
WORD = re.compile(r"(?:[A-Z]\.){2,4}|[^\W_]+(?:['’](?!s\b)[^\W_]+)*")
FULL_STOP = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+\s++(?=[\"'“„‘«(]?[^\W_a-z])")
SHORT = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Gen|Sen|Rep|Prof|Jr|No|vs|[A-Z]|[A-Z]\.[A-Z])\.\s*\Z")
LINE = re.compile(r"[^\r\n\u2028\u2029]{1,3000}")  # longer ones are cut: no rule reads more at once


def words_of(text: str, start: int = 0, end: int = 10**9) -> list[Word]:
    return [Word(*m.span(), m[0], m[0].lower()) for m in WORD.finditer(text, start, end)]


def fold(name: str) -> str:
    """The name without case and diacritics."""
    bare = unicodedata.normalize("NFKD", name).casefold()
    return "".join(c for c in bare if not unicodedata.combining(c)) or name


def stem(word: str) -> str:
    ending = re.search("(?:[ai]*tions?|ments?|ings?|ions?|ies|ed|es|al|ly|s|y|e)$", word[3:])
    return word[: 3 + ending.start()] if ending else word


def edge(text: str, start: int, end: int, strip: str = ",;:.–—-") -> Span | None:
    """The stretch without white space and punctuation at its edges."""
    kept = [n for n in range(start, end) if text[n] not in strip and not text[n].isspace()]
    return Span(kept[0], kept[-1] + 1) if kept else None


def paragraphs(document) -> list[Span]:
    """The lines of the text, cut at the borders of zones: nothing found ever crosses them."""
    borders = sorted({p for zone in document.zones for p in (zone.start, zone.end)})
    lines = []
    for line in LINE.finditer(document.text):
        inner = borders[bisect_right(borders, line.start()) : bisect_left(borders, line.end())]
        lines += [Span(a, b) for a, b in pairwise([line.start(), *inner, line.end()])]
    return lines


def sentences(text: str, line: Span) -> list[Sentence]:
    ends = [m.end() for m in FULL_STOP.finditer(text, line.start, line.end)]
    cuts = [e for e in ends if not SHORT.search(text[max(line.start, e - 8) : e])]
    found = []
    for start, end in pairwise([line.start, *cuts, line.end]):
        words = words_of(text, start, end)
        plain = [w.text[0].islower() for w in words if w.low not in STOP]
        titled = len(plain) > 3 and sum(plain) < 0.15 * len(plain)
        found.append(Sentence(start, end, words, titled))
    return found


# ---------------------------------------------------------------- mentions

GAZETTEER: dict[str, tuple[str, str]] = {}  # the type and entity of a name
CAPITALS: dict[str, str] = {}  # the entity of a capital as a place
for kind, entries in (("LOC", REGIONS), ("ORG", ORGANISATIONS), ("GPE", COUNTRIES)):
    for entry in entries.split(";"):
        same, people, capital = (entry.strip() + "//").split("/")[:3]
        referent = fold(same.split("=")[0])
        GAZETTEER.update(dict.fromkeys([*same.split("="), capital], (kind, referent)))
        plural = [name + "s" for name in people.split("=")]
        GAZETTEER.update(dict.fromkeys([*people.split("="), *plural], ("NORP", referent)))
        CAPITALS[capital] = fold(capital)
HEAD_TYPE = {word: line.split()[0] for line in HEADS.splitlines() for word in line.split()[1:]}
CALENDAR = re.compile(rf"{MONTH}|{DAY}s?")


def runs(text: str, words: list[Word]) -> list[list[Word]]:
    """Sequences of capitalised words; after a head word "of" joins."""
    found: list[list[Word]] = []
    for word in words:
        plain = word.low in STOP and word.text not in GAZETTEER
        if not word.text[0].isupper() or plain or CALENDAR.fullmatch(word.text):
            continue
        last = found[-1][-1] if found else word
        between = text[last.end : word.start]
        joined = between == " "
        joined |= between == "-" and not {last.text, word.text} & GAZETTEER.keys()
        joined |= between == ". " and (len(last.text) == 1 or last.low in TITLES)
        joined |= between in (" of ", " of the ") and last.text in HEAD_TYPE
        if not joined:
            found.append([])
        found[-1].append(word)
    return found


def listed(text: str, words: list[Word]) -> tuple[int, str, str]:
    """How many words, the type and the entity of a name by its head word or from the gazetteer."""
    names = [text[words[0].start : word.end] for word in words]
    known = next((n for n in range(min(5, len(words)), 0, -1) if names[n - 1] in GAZETTEER), 0)
    head = next((n for n, w in enumerate(words, 1) if w.text in HEAD_TYPE), 0)
    size = len(words) if names[-1].startswith(" of ", len(names[head - 1])) else head
    if size > max(known, 1) and not TITLES & {w.low for w in words[:head]}:
        return size, HEAD_TYPE[words[head - 1].text], fold(names[size - 1])
    return (known, *GAZETTEER[names[known - 1]]) if known else (0, "", "")


def names_of_run(text: str, run: list[Word], place: bool, weak: bool) -> list[Mention]:
    """Cuts a run of capitals into names; a label with "?" is a guess, ``weak`` makes every guess so."""
    found, titled = [], False
    while run:
        size, label, entity = listed(text, run)
        if not size and run[0].low in TITLES:
            run, titled = run[1:], True
            continue
        if not size:
            stops = (n for n, w in enumerate(run) if w.low in TITLES or listed(text, run[n:])[0])
            size = next(stops, len(run))
            person = titled or run[0].low in FIRST_NAMES or 1 < size < 5
            guess = not titled and (weak or (size == 1 and not run[0].text.isupper()))
            label = "PERSON" if person else "GPE" if place else "ORG"
            label = "?" if guess and weak else label + "?" * guess
            entity = fold(text[run[0 if not person else size - 1].start : run[size - 1].end])
        name = text[run[0].start : run[size - 1].end]
        portfolio = label[-1] == "?" and size < len(run) and run[size].low in TITLES
        if not portfolio and len(name) > 1 and name not in HEAD_TYPE:
            entity = CAPITALS.get(name, entity) if place else entity
            found.append(Mention(run[0].start, run[size - 1].end, label, entity))
        run, titled, place = run[size:], False, False
    return found


def sentence_mentions(text: str, sentence: Sentence) -> list[Mention]:
    found = []
    for run in runs(text, sentence.words):
        before = text[sentence.start : run[0].start]
        place = before.rstrip().rpartition(" ")[2].lower() in ("in", "at", "from", "near")
        opens = not any(c.isalnum() for c in before) or before[-1] in QUOTATION_MARKS
        found += names_of_run(text, run, place, sentence.titled or (opens and len(run) == 1))
    for label, pattern in PATTERNS:
        for m in pattern.finditer(text, sentence.start, sentence.end):
            entity = fold(m[0].rstrip("s")) if label in NAME_TYPES else None
            found.append(Mention(*m.span(), label, entity))
    return flatten(found)


def find_mentions(text: str, found: list[Sentence]) -> list[Mention]:
    """First what is sure, then the guesses, which take type and entity from it where they can."""
    mentions = [m for sentence in found for m in sentence_mentions(text, sentence)]
    known: dict[str, tuple[str, str | None]] = {}
    for m in sorted(mentions, key=lambda m: (m.label[-1] == "?", m.start)):
        if m.label != "?" and m.entity:
            known.setdefault(fold(text[m.start : m.end]), (m.label.rstrip("?"), m.entity))
            if m.label == "PERSON":
                known.setdefault(m.entity, (m.label, m.entity))
    guessed = {m: known.get(fold(text[m.start : m.end])) for m in mentions if m.label[-1] == "?"}
    final = [(m, guessed.get(m, (m.label, m.entity))) for m in mentions]
    return [Mention(m.start, m.end, *entry) for m, entry in final if entry]


# ---------------------------------------------------------------- quotes

Cue = namedtuple("Cue", "start end frame first last")  # its words, with auxiliaries before it
Report = namedtuple("Report", "content cue source")


def inflected(verb: str) -> list[str]:
    base = verb[:-1] if verb[-1] in "ey" else verb
    end = "ie" if verb[-1] == "y" else "e"
    third = base + end + "s" if verb[-1] in "ys" else verb + "s"
    return [verb, third, base + end + "d", (verb if verb[-1] == "y" else base) + "ing"]


FORMS = {form: f for f, (_, vs) in FRAMES.items() for v in vs.split() for form in inflected(v)}
FORMS |= {form: frame for frame, forms in IRREGULAR.items() for form in forms.split()}
OPENING = {frame: bag(words) for frame, (words, _) in FRAMES.items()}
BREAKS = STOP - DETERMINERS - PRONOUNS - {"of", "for", "at", "and", "new", "first"}
BREAKS |= {form for form in FORMS if form.endswith("ed")}
AND = re.compile(" and (?=that |to )")
SINGLE = r"(?<!\w)['‘`](?=\w)[^'’]*(?:['’](?=\w)[^'’]*)*['’](?!\w)"
QUOTED = re.compile(rf'"[^"]*+"?|[“„][^”“]*+[”“]?|«[^»]*+»?|‹[^›]*+›?|{SINGLE}')


def find_cues(text: str, words: list[Word], named: set[int]) -> list[Cue]:
    """Reporting verbs that are not negated, only possible or in a name, and "according to"."""
    found = []
    for number, word in enumerate(words):
        before, after = words[max(0, number - 1)], words[min(number + 1, len(words) - 1)]
        owned = number > 0 and before.low in DETERMINERS  # a noun
        first = number
        while first and words[first - 1].low in AUXILIARIES | UNREAL:
            first -= 1
        frame, last = FORMS.get(word.low), number
        if owned or word.start in named or any(w.low in UNREAL for w in words[first:number]):
            frame = None
        elif (word.low, after.low) == ("according", "to"):
            frame, last = "according", number + 1
        elif (word.low[:4], after.low) in (("call", "on"), ("poin", "out")):
            frame, last = "ask" if after.low == "on" else "say", number + 1
        if frame:
            found.append(Cue(word.start, words[last].end, frame, first, last))
    return found


def opening(words: list[Word], frame: str) -> int | None:
    """Where what a cue governs begins: at its opening word, past an addressee or a day."""
    if frame == "say" and words[2:] and CALENDAR.fullmatch(words[1].text):
        return words[2].start
    if words and frame in BARE and words[0].low not in ("in", "on", "at", "to"):
        return words[0].start
    for number, word in enumerate(words[:9]):
        if word.low in OPENING[frame]:
            of = word.low == "of" and len(words) > number + 1
            return words[0 if frame == "judge" else number + of].start
    return words[0].start if words and frame in ("give", "according") else None


def quoted(text: str, line: Span) -> list[Span]:
    """Stretches between quotation marks, marks included; an unclosed double mark runs to the end."""
    found = [Span(*m.span()) for m in QUOTED.finditer(text, line.start, line.end)]
    return [s for s in found if any(c.isalnum() for c in s.of(text))]


class Line(namedtuple("Line", "text sentences names stretches")):
    """A paragraph as the rules for quotes read it."""

    def phrase(self, words: list[Word], number: int, step: int) -> Span | None:
        """The noun phrase that ends (step -1) or begins (step 1) at a word, if it can speak."""
        if not 0 <= number < len(words) or words[number].low in BREAKS | {"and", "but"}:
            return None
        other = number
        while 0 <= other + step < len(words) and abs(other - number) < 11:
            left, right = sorted((words[other], words[other + step]))
            gap = self.text[left.end : right.start]
            if words[other + step].low in BREAKS or gap not in (" ", "-", "'s ", "’s ", "’ ", ". "):
                break
            other += step
        first, last = words[min(number, other)], words[max(number, other)]
        named = self.names[bisect_left(self.names, first.start, key=START) :][:1]
        able = first.low in DETERMINERS | PRONOUNS or (named and named[0].start < last.end)
        return Span(first.start, last.end) if able else None

    def source(self, words: list[Word], cue: Cue) -> Span | None:
        """The phrase before the verb or before an apposition; after it where the verb comes first."""
        number = cue.first - 1
        gap = self.text[words[number].end : words[cue.first].start] if number >= 0 else '"'
        if cue.frame == "according" or QUOTATION_MARKS & set(gap):
            return self.phrase(words, cue.last + 1, 1)
        if "," in gap and words[cue.first].low not in AUXILIARIES:
            number -= 1
            while number >= 0 and "," not in self.text[words[number].end : words[number + 1].start]:
                number -= 1
        return self.phrase(words, number, -1)

    def pieces(self, stretch: Span) -> list[Span]:
        """The sentences of a quoted stretch."""
        inside = [s.start for s in self.sentences if stretch.start < s.start < stretch.end - 1]
        cuts = pairwise([stretch.start, *inside, stretch.end])
        spans = [edge(self.text, *cut, "") for cut in cuts]
        return [s for s in spans if s and any(c.isalnum() for c in s.of(self.text))]

    def direct(self, cue: Cue, source: Span | None) -> list[tuple[Span, ...]]:
        """The quoted sentences next to the cue and its source, on both sides."""
        parts = [cue, source] if source and abs(source.start - cue.start) < 80 else [cue]
        head, tail = min(p.start for p in parts), max(p.end for p in parts)
        number = bisect_left(self.stretches, head, key=START)
        left, right = [], []
        for stretch in self.stretches[max(0, number - 1) : number]:
            marks = set(self.text[stretch.end - 2 : min(head, stretch.end + 3)])
            left = self.pieces(stretch) if head - stretch.end < 4 and marks & set(",?!") else []
        for stretch in self.stretches[number : number + 1]:
            gap = self.text[tail : stretch.start].strip()
            closed = gap[-1:] in ("", ":", ",") or (left and gap[-1] == ".")
            near = len(gap) < 50 and " that" not in gap and ". " not in gap
            if near and closed and (left or stretch.of(self.text).count(" ") > 1):
                right = self.pieces(stretch)
        if left and right and self.text[right[0].start + 1].islower():
            return [*((s,) for s in left[:-1]), (left[-1], right[0]), *((s,) for s in right[1:])]
        return [(s,) for s in left + right]

    def indirect(self, sentence: Sentence, cue: Cue, source: Span | None, end: int) -> list[Span]:
        """The clause after the cue, or the one before it where the cue closes the sentence."""
        tail = max(cue.end, source.end if source else 0)
        after = [w for w in sentence.words if w.start >= tail]
        start = opening(after, cue.frame)
        if source and cue.frame in BARE and len(after) < 3 and cue.start > sentence.start:
            start, end = sentence.start, min(cue.start, source.start)
            if cue.frame == "say" and self.text[start:end].rstrip()[-1:] != ",":
                return []
        if start is None or start >= end:
            return []
        aside = re.search(r", (?:while|as|after|\w+ing)\b", self.text[start:end])
        end = start + aside.start() if aside else end
        cuts = [start, end]
        if self.text.startswith(("that ", "to "), start):
            cuts[1:1] = [m.end() for m in AND.finditer(self.text, start, end)]
        spans = [edge(self.text, a, b if b == end else b - len(" and ")) for a, b in pairwise(cuts)]
        return [s for s in spans if s and " " in s.of(self.text)]

    def reports(self) -> list[Report]:
        found: list[Report] = []
        named = {p for name in self.names for p in range(name.start, name.end)}
        for sentence in self.sentences:
            source, words = None, sentence.words
            cues = find_cues(self.text, words, named)
            for cue, later in zip(cues, [*cues[1:], None], strict=False):
                source = self.source(words, cue) or source
                inside = [s for s in self.stretches if s.start < cue.start < s.end]
                end = min([sentence.end, *(s.end - 1 for s in inside)])
                if later and later.first and words[later.first - 1].low in ("and", "but"):
                    end = min(end, words[later.first - 1].start)  # a verb of the same subject
                quoting = cue.frame in ("say", "tell", "ask") and not inside
                contents = self.direct(cue, source) if quoting else []
                contents = contents or [(s,) for s in self.indirect(sentence, cue, source, end)]
                found += [Report(c, Span(cue.start, cue.end), source) for c in contents]
        taken = [span for report in found for span in report.content]
        for stretch in self.stretches:  # a quotation that stands alone has the speaker before it
            whole = stretch.of(self.text)
            free = all(s.end <= stretch.start or stretch.end <= s.start for s in taken)
            if free and whole.count(" ") > 2 and whole[-2] in ".?!":
                found += [Report((piece,), None, None) for piece in self.pieces(stretch)]
        return found


class Speakers:
    """Whom a source means; remembers who spoke last."""

    def __init__(self, text: str, names: list[Mention]):
        self.text = text
        self.actors = [m for m in names if m.label in ("PERSON", "ORG", "GPE", "NORP")]
        self.last: str | None = None

    def within(self, start: int, end: int) -> list[Mention]:
        low, high = (bisect_left(self.actors, p, key=START) for p in (start, end))
        return self.actors[low:high]

    def of(self, source: Span) -> str | None:
        inside = self.within(source.start, source.end)
        people = {m.entity for m in inside if m.label == "PERSON"}
        words = [w.low for w in words_of(source.of(self.text))]
        if people:
            return people.pop() if len(people) == 1 else None
        if words[0] in ("he", "she", "i", "we", "it"):
            return self.last
        speaks = {"spokesman", "spokeswoman", "spokesperson", "statement", "government"}
        named = inside and (inside[-1].end == source.end or speaks & set(words))
        return inside[-1].entity if named else None


def covers(content, span: Span) -> bool:
    return any(s.start <= span.start and span.end <= s.end for s in content)


def quotes_of(reports: list[Report], speakers: Speakers) -> list[dict]:
    """Fields of the quotes in text order, each content once, with the quote that holds it."""
    found, around = [], []
    for report in sorted(reports, key=lambda r: (r.content[0].start, -r.content[-1].end)):
        content, source = report.content, report.source
        around = [q for q in around if q["content"][-1].end > content[0].start]
        holders = [q for q in around if all(covers(q["content"], s) for s in content)]
        if around and not (holders and report.cue and covers(holders[-1]["content"], report.cue)):
            continue  # it crosses another or repeats it
        if holders and source and source.of(speakers.text).lower() in ("i", "we"):
            continue  # the speaker's own performative
        speaker = speakers.of(source) if source else speakers.last
        for holder in holders[-1:]:
            holder["nested"] += sum(len(s) for s in (*content, report.cue, source) if s)
        speakers.last = speakers.last if holders else speaker or speakers.last
        fields = {"id": f"q{len(found) + 1}", "speaker": speaker, "nested": 0}
        fields["parent"] = holders[-1]["id"] if holders else None
        found.append(fields | report._asdict())
        around.append(found[-1])
    return found


# ---------------------------------------------------------------- utterances

ALIKE = 0.3  # from this overlap of content words on, two quotes report the same


def principals(texts: list[str], names: list[list[Mention]]) -> dict[str, str]:
    """For whom persons speak: a name with nothing but titles between it and theirs ("French
    President X", "France's minister X"), counted over all texts.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for text, found in zip(texts, names, strict=True):
        for one, other in pairwise(found):
            between = text[one.end : other.start] if other.start - one.end < 60 else ""
            words = [w.low for w in words_of(between)]
            titled = words and TITLES & set(words) and all(w in TITLES | OFFICES for w in words)
            if other.label == "PERSON" and one.label in ("NORP", "GPE", "ORG") and titled:
                counts[other.entity][one.entity] += 1
    return {person: counts[person].most_common(1)[0][0] for person in counts}


def add_utterances(texts: list[str], quotes: list[list[dict]], speaks_for: dict[str, str]) -> None:
    """Average-link clustering of all quotes of one principal by the overlap of content words."""
    items, by_word = [], defaultdict(list)
    for text, found in zip(texts, quotes, strict=True):
        for quote in found:
            if quote.pop("nested") > 0.6 * sum(map(len, quote["content"])):
                continue  # a wrapper says nothing of its own
            low = [w.low for s in quote["content"] for w in words_of(s.of(text))]
            stems = {stem(w) for w in low if w not in STOP}
            principal = speaks_for.get(quote["speaker"], quote["speaker"])
            for word in stems:
                by_word[principal, word].append(len(items))
            items.append((quote, len(stems)))
    shared = Counter(p for g in by_word.values() if len(g) < 50 for p in combinations(g, 2))
    alike = {(a, b): n / (items[a][1] + items[b][1] - n) for (a, b), n in shared.items()}
    clusters = {number: [number] for number in range(len(items))}
    for a, b in sorted(alike, key=lambda pair: (-alike[pair], pair)):
        one, other = clusters[a], clusters[b]
        total = sum(alike.get((min(i, j), max(i, j)), 0) for i in one for j in other)
        if one is not other and total >= ALIKE * len(one) * len(other):
            one += other
            clusters.update(dict.fromkeys(other, one))
    for number, (quote, _) in enumerate(items):
        quote["utterance"] = f"u{min(clusters[number]) + 1}"


# ---------------------------------------------------------------- stances

ENOUGH = 0.5  # the share of a proposition's key words that a sentence must have
MODALS = {"should", "must", "need"}
SENSE = {stem(w): min(group) for group in SYNONYMS for w in group}
FAVOUR_STEMS, AGAINST_STEMS = {stem(w) for w in FAVOUR}, {stem(w) for w in AGAINST}


def key(word: Word) -> str | None:
    """What a word stands for when texts are compared: the entity of a listed name, or its stem."""
    if word.text in GAZETTEER and len(word.text) > 1:
        return GAZETTEER[word.text][1]
    if word.low in STOP:
        return None
    return SENSE.get(stem(word.low), stem(word.low))


def stances_of(found: list[Sentence], quotes, targets, speakers: Speakers) -> list[Stance]:
    """One stance per holder and target: the first sentence that has a cue, a holder and key words."""
    wanted = {t.id: {key(w) for w in words_of(t.proposition)} - {None} for t in targets}
    kept: dict[tuple[str, str], Stance] = {}
    for sentence in found:
        words = sentence.words
        stems = [stem(w.low) for w in words]
        cue = next((i for i, s in enumerate(stems) if s in FAVOUR_STEMS | AGAINST_STEMS), None)
        seen = {key(w) for w in words}
        shares = {t: len(g & seen) / len(g) for t, g in wanted.items() if len(g & seen) > 1}
        target = max(shares, key=shares.get, default=None)  # the one with most of its key words
        if cue is None or target is None or shares[target] < ENOUGH:
            continue
        before = speakers.within(sentence.start, words[cue].start)
        before = [] if words[cue].low in MODALS else before  # who says so is the holder
        said = [q["speaker"] for q in quotes if covers(q["content"], words[cue])]
        holder = before[-1].entity if before else said[-1] if said else None
        no = [w for w in words[max(0, cue - 3) : cue] if w.low in NEGATION]
        polarity = "against" if (stems[cue] in AGAINST_STEMS) != bool(no) else "favor"
        last = max([cue, *(i for i, w in enumerate(words) if key(w) in wanted[target])])
        evidence = (Span((no or words[cue:])[0].start, words[last].end),)
        stance = Stance(holder=holder or "", target=target, polarity=polarity, evidence=evidence)
        kept.setdefault((stance.holder, target), stance)
    return [stance for stance in kept.values() if stance.holder]


# ---------------------------------------------------------------- the system


class Rules:
    """All layers by rules."""

    def predict_all(self, documents, targets):
        """One document with layers for each given, in order."""
        results, quotes = [], []
        for document in documents:
            text = document.text
            lines = [(line, sentences(text, line)) for line in paragraphs(document)]
            found = [sentence for _, group in lines for sentence in group]
            mentions = find_mentions(text, found)
            names = [m for m in mentions if m.label in NAME_TYPES]
            speakers = Speakers(text, names)
            read = [Line(text, group, names, quoted(text, line)) for line, group in lines]
            quotes.append(quotes_of([r for line in read for r in line.reports()], speakers))
            stances = stances_of(found, quotes[-1], targets, speakers)
            results.append(document.with_layers(mentions=mentions, stances=stances))
        texts = [d.text for d in documents]
        named = [[m for m in d.mentions if m.label in NAME_TYPES] for d in results]
        add_utterances(texts, quotes, principals(texts, named))
        filled = [[Quote(**fields) for fields in found] for found in quotes]
        return [d.with_layers(quotes=q) for d, q in zip(results, filled, strict=True)]
