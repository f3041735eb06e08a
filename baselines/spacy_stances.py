"""spaCy stances: who is for or against what, by a dependency parse and lists of attitude words.

Licence: Apache-2.0. spaCy and its pipeline en_core_web_sm 3.8.0 are MIT (Explosion).
Source: this repository; parse and reports are those of spacy_pipeline.py, countries those of rules.py.
Cost: 0.2 s per article after 1 s to load; 170 MB of memory.
Settings: ``model`` is the name or folder of any spaCy pipeline that has a parser.

A proposition is parsed into its core (the act, state or thing that it is about), what the core needs
beside it, its subject, and a sign. Where a word of an article means the same as a core, or its
contrary, and enough of the rest stands by, the parse is climbed from there: every word of attitude
gives its subject, agent or possessor a stance, and it, negation and contraries turn the sign; "should" and
judgements are those of the one who says so. A condition makes mixed, talk about it ends the climb.
"It" or "the plan" as an object of attitude is what was met last. Of several stances of a holder the
latest counts. The word lists are general knowledge; it was written and tried on invented passages by
an author who had read the guidelines, the form of the targets (ids and propositions of the first of
them) and the examples of docs/python.md, which show a few quotes, three stances, scores of other systems and one of
their errors.
Limits: what is not in the lists is not seen, nor are irony, implied wishes and headlines of which the
parse is wrong; nothing is known of gender; two names for one holder are two, but for countries.
What it finds was last changed on 2026-11-26; whoever wrote it had read no probe.
"""

import re
from bisect import bisect_left
from collections import namedtuple
from operator import attrgetter

from rules import COUNTRIES
from spacy_pipeline import (
    PEOPLE,
    Spacy,
    Speakers,
    bag,
    child,
    end_of,
    is_report,
    nested,
    phrase,
    subject_of,
    to_of,
)

from onrecord import Mention, Span, Stance, link_names

layers = ("stances",)
extra = "spacy"
note = "its author had read the guidelines, some targets and a few lines of the gold"
variants = {"spacy-stances": {"options": {"model": "en_core_web_sm"}}}

# ---------------------------------------------------------------- word lists

FAVOUR = bag("""want wish hope desire seek demand urge ask request call appeal press push lobby campaign
    advocate propose suggest recommend offer promise pledge vow plan intend aim decide agree support back
    favour favor endorse welcome praise applaud hail approve accept prefer insist order require need
    encourage invite advise threaten commit determine resolve volunteer prepare prepared ready willing
    keen eager open happy glad pleased thank thanks consent choose vote argue defend proposal promise
    intention decision backing bid readiness willingness commitment approval endorsement threat thankful
    push desire praise preference insistence determined committed grateful supportive proud argument warn
    instruct expect back warning instruction undertake undertaking champion urge invitation pressure
    force tell beg plead plea speak campaigner stand rally adopt commend command enthusiastic delighted
    congratulate salute ambition apply application guarantee accord deal agreement contract pact bill motion resolution memorandum allow permit enable uphold justify justified back sign join like love""")
AGAINST = bag("""oppose reject refuse criticise criticize condemn denounce deplore resist block veto protest
    object dismiss decline regret rejection refusal criticism objection resistance opposition veto
    unwilling reluctant opposed unhappy angry dissatisfied alarmed concerned worried concern worry alarm
    outrage outraged abandon drop stop end halt cancel scrap abolish suspend lift prevent avoid forbid ban
    prohibit bar accuse blame discourage dissuade lament slam blast attack decry hate fight boycott shelve freeze
    rescind revoke repeal undo overturn reverse remove quit withdraw leave exit condemnation fear refrain
    protester complain complaint cease terminate dispute deny doubt denial disapprove disapproval anger
    demolish destroy dismantle ending lifting halting removal abolition repeal cancellation suspension termination
    fury dismay dismayed furious sceptical skeptical wary critical hostile allergic resent renounce disappointed
    contest challenge denounce fault rebuke disagree desist oppositional stall impede hinder thwart""")
RAISING = bag("have need go seem appear be deserve")
COPULAS = bag("be stay remain become keep")
TITLES = bag("""mr mrs ms dr sir lord lady president vice premier minister secretary chancellor mayor
    governor senator ambassador king queen prince princess judge professor chairman chairwoman director
    chief general speaker spokesman spokeswoman spokesperson deputy leader commissioner captain colonel
    doctor observer lawyer analyst economist coach activist lawmaker deputy
    for but and with when while as if the a in on at by""")
PAST_VIEWS = bag("once formerly previously initially originally")
JUDGING = bag("""criticise criticize condemn denounce deplore regret praise hail welcome applaud thank
    thanks concern concerned worry worried alarm alarmed outrage lament slam blast decry protest unhappy
    angry happy glad pleased proud criticism condemnation complain complaint anger fury dismay grateful
    congratulate salute fear rebuke fault attack dissatisfied disappointed commend dismayed outraged furious resent""")
GOOD = bag("""necessary essential vital crucial important right good wise useful needed overdue desirable
    time solution imperative indispensable sensible welcome beneficial inevitable duty priority reasonable
    fair correct justified helpful positive legitimate urgent great excellent must correct success step
    obligatory constructive fruitful worthwhile productive historic""")
BAD = bag("""wrong unacceptable mistake illegal unlawful dangerous bad harmful unnecessary unwise useless
    madness absurd premature disaster error folly unthinkable impossible foolish irresponsible unfair
    stupid disastrous crazy unjust pointless catastrophe betrayal reckless scandal shame counterproductive
    insane immoral terrible ridiculous unjustified disgrace blunder nonsense crime question shameful
    threat unreasonable outrageous waste""")
NO_STANCE = bag("""discuss consider study talk talks negotiation negotiate debate examine possibility wonder
    weigh question speculation speculate predict forecast expectation consultation discussion review
    report rumour rumor explore mull assess assessment explain describe depend know cost consequence
    consult analyse analyze ponder look investigate""")
BELIEF = bag(
    "believe think feel consider find hold maintain insist claim argue fear assert warn worry"
)
CARRYING = bag("""impose introduce keep hold make take sign conclude reach give launch start open establish
    create repeat renew express voice build adopt pass ratify approve pay continue begin maintain preserve
    grant provide issue have carry complete undertake reiterate reaffirm put set accept implement join
    manage go try order retain restore resume deliver raise found enact put support help complete proceed
    construction introduction imposition creation establishment signing launch holding continuation
    allow form convene organise organize arrange commission perform conduct file lodge""")
LIGHT = CARRYING - bag(
    "open raise join renew help insist repeat reiterate reaffirm order go try support"
)
LIGHT |= {"receive", "get"}
LASTING = bag("continue end stop cease start begin resume remain go last")
BROKEN = bag(
    "demolish destroy dismantle end lift stop cancel scrap abolish drop remove suspend halt ban prohibit block repeal revoke"
)
POINTING = bag(
    "it this that idea plan proposal move step measure decision suggestion so initiative"
)
TRANSPARENT = bag(
    "claim allegation assertion accusation charge view belief idea notion prospect option principle question move step way course matter policy"
)
DETACHED = bag("if whether unless until provided once")
SAME = """extend extension prolong prolongation lengthen|shorten end expire; buy purchase acquire acquisition
procure procurement|; leave withdraw quit exit withdrawal departure abandon pullout|stay remain; keep
retain hold maintain preserve|; punish sanction punishment penalty penalise penalize|; fine penalty|;
raise increase hike boost rise|lower cut reduce reduction decrease slash; open reopen opening reopening|close
closure shut closing shutdown; build construct construction building erect|demolish scrap demolition;
ban prohibit prohibition outlaw forbid|allow permit legalise legalize legalisation; arrest detain
detention jail imprison|release free liberation; expel expulsion deport deportation|; approve ratify
ratification approval adopt adoption pass|reject rejection; join accede accession entry membership
enter|leave; sell sale export|; send dispatch deploy deployment|recall; dialogue talk negotiate
negotiation discuss conversation discussion talks|; cooperate cooperation collaborate collaboration
partnership|; examine investigate investigation study probe inquiry review enquiry|; danger threat risk
endanger threaten dangerous unsafe hazardous|safe harmless; help aid assist assistance|; recognise
recognize recognition|; respect observe comply honour honor|violate breach break; relocate relocation
move transfer|; resign resignation quit|; protect protection preserve safeguard|destroy destruction; fund finance
funding subsidise subsidy|defund; ally partner member|; weapon arm arms armament|; invade invasion|;
attack strike bomb bombing assault|; clean cleanup cleaning|pollute pollution; pay compensate
compensation payment repay|; merge merger|split; privatise privatize privatisation privatization|
nationalise nationalize nationalisation; lead cause|; host hosting|; tax levy|; dismiss sack fire
dismissal remove oust|appoint reinstate; resume restart resumption|suspend suspension halt; group panel
commission committee|; truce ceasefire armistice|; treaty pact accord agreement deal convention|; election
vote poll|; soldier troop|; activate activation use deploy|; evacuate evacuation|; guilty responsible
responsibility|innocent; true|false; legal lawful|illegal unlawful; effective|ineffective useless; tie
relation relationship|; vaccinate vaccination|; limit restrict restriction curb|; defence defense|;
improve improvement better strengthen|worsen; exclude exclusion|include; replace replacement|; choose
select|; extradite extradition|; accept take admit|; harm damage hurt|; boycott|attend attendance;
quota limit|; visit|; teach teaching|; dam reservoir|; refugee migrant asylum|; car vehicle|"""
KEYS = {}  # what a word stands for, and whether it stands for its contrary
for line in SAME.replace("\n", " ").split(";"):
    for side, words in zip((1, -1), line.split("|"), strict=True):
        for w in words.split():
            KEYS.setdefault(w, (line.split()[0].strip("|"), side))
TRANSFER = {"sale", "send", "supply", "buy", "give", "provid", "deliver", "sell", "acquir", "len"}
WISHING = bag(
    "want need request ask seek demand refuse reject decline call urge appeal hope push press"
)
SUFFIX = re.compile(
    r"(?:i[sz]ation|ation|ition|sion|tion|ment|ance|ence|ing|al|er|or|ure|ed|[ey])$"
)
NAMES = {}  # the country that a name, its people or its capital stand for
for entry in COUNTRIES.replace("\n", " ").split(";"):
    own, people, capital = (part.strip().split("=") for part in entry.split("/"))
    for w in (*own, *people, *(p + "s" for p in people), *capital):
        NAMES[w.casefold()] = own[0]
NAMES["britain"] = NAMES["uk"] = NAMES["united kingdom"]


def key_of(token):
    """What a word is compared by, and its sign."""
    country = NAMES.get(token.lower_.removesuffix("."))
    if country and token.text[0].isupper() and token.text not in ("Us", "Dane", "Pole"):
        return country.split()[-1].casefold(), 1
    word = token.lemma_.lower()
    if word in ("stay", "keep") and any(t.lower_ == "out" for t in token.children):
        return "join", -1
    for form in (word, token.lower_, SUFFIX.sub("", word), word.removesuffix("d")):
        if form in KEYS:
            return KEYS[form]
    stem = SUFFIX.sub("", word) if len(word) > 4 else word
    return (stem if len(stem) > 3 else word).rstrip("td"), 1


def content(token):
    return token.pos_ in ("NOUN", "PROPN", "VERB", "ADJ", "NUM") and token.lemma_ not in (
        "be",
        "have",
    )


def keys(tokens):
    return {key_of(t)[0] for t in tokens if content(t) and t.dep_ != "aux"}


# ---------------------------------------------------------------- propositions

VAGUE = bag("more less many much own other such further")
SHOULD = bag("should must ought shall")
Proposition = namedtuple("Proposition", "id cores sign subject needs head is_fact doc_keys")


def opinion(token):
    """1 for a word of approval, -1 for one of disapproval, else 0."""
    word = token.lemma_.lower()
    return (word in GOOD) - (word in BAD)


def attitude(token):
    """1 or -1 for a word of attitude or of an act that begins or ends something, else 0."""
    for word in (token.lemma_.lower(), token.lower_):
        if word in AGAINST or (word in ("rule", "give", "call") and particle(token) in GIVING_UP):
            return -1
        if word in FAVOUR | CARRYING:
            return 1
    return 0


GIVING_UP = ("out", "up", "off")


def particle(verb):
    found = child(verb, "prt")
    return found.lower_ if found is not None else ""


def clause_below(node):
    for t in node.children:
        if t.dep_ in ("xcomp", "ccomp", "advcl", "acl") and t.pos_ in ("VERB", "AUX"):
            return t
        if t.dep_ == "prep":
            inner = child(t, "pcomp")
            if inner is not None:
                return inner
    return None


def is_common(noun):
    return noun is not None and noun.pos_ == "NOUN"


def read_proposition(target, doc):
    """What a proposition is about: its core, with what it needs beside it."""
    roots = [t for t in doc if t.dep_ == "ROOT" and t.pos_ in ("VERB", "AUX")] or list(doc)[:1]
    if not roots:
        return None
    node, sign, passed = roots[0], 1, set()
    is_fact = not any(t.lower_ in SHOULD for t in doc)
    subject = child(node, "nsubj")
    for _ in range(6):
        passed.add(node.i)
        sign *= negated(node)
        be = node.lemma_ in COPULAS and child(node, "acomp", "attr", "oprd")
        inner, thing = clause_below(node), child(node, "dobj", "nsubjpass")
        if be and opinion(be) and inner is None and be.head == node:
            inner = clause_below(be)
        if be and inner is not None and opinion(be):
            sign, is_fact = sign * opinion(be), False
            passed.add(be.i)
            subject = child(inner, "nsubj")
        elif be:
            passed.discard(be.i)
            node, inner = be, None
        elif (
            inner is not None
            and (attitude(node) or node.lemma_ in ("go", "keep"))
            and thing is None
        ):
            sign *= attitude(node) or 1
        elif thing is not None and node.lemma_ in LIGHT | BROKEN and thing.pos_ != "PRON":
            sign, inner = sign * (attitude(node) or 1), thing
        elif node.lemma_ in LASTING and is_common(subject) and child(node, "acomp", "prep") is None:
            sign, inner, subject = sign * (attitude(node) or 1), subject, None
        if inner is None:
            break
        node = inner
        if node.pos_ in ("NOUN", "PROPN"):
            break
    if subject is not None and (is_fact or node.pos_ == "ADJ" or node.dep_ == "attr"):
        subject = None  # what is said to be so is needed
    themes = (
        node == roots[0] and is_common(subject) and child(node, "dobj", "ccomp", "xcomp") is None
    )
    if themes or any(t.lemma_ in ("receive", "get") for t in doc):
        subject = None
    cores = {}
    for one in (node, *node.conjuncts):
        key, side = key_of(one)
        cores[key] = side
    apart = passed | {t.i for t in (subject.subtree if subject is not None else ())}
    rest = [t for t in doc if t.i not in apart and content(t) and key_of(t)[0] not in cores]
    rest = [t for t in rest if t.dep_ not in ("aux", "auxpass") and t.lower_ not in VAGUE]
    head = next((t for t in rest if t.dep_ in ("dobj", "nsubjpass", "nsubj", "pobj")), None)
    needs = {}
    for t in rest:
        weight = 2 if t is head or t.pos_ == "PROPN" else 1
        needs[key_of(t)[0]] = max(weight, needs.get(key_of(t)[0], 0))
    named = subject is not None and any(t.pos_ == "PROPN" for t in subject.subtree)
    whose = keys(subject.subtree) if named else set()
    head = head and key_of(head)[0]
    return Proposition(target.id, cores, sign, whose, needs, head, is_fact, keys(doc))


# ---------------------------------------------------------------- matches


def region(token):
    """The words that belong to a core: its dependants, and those of the verb that carries it."""
    inside = set(token.subtree)
    head = token.head
    if token.dep_ == "amod":
        inside.update(head.subtree)
    while head.dep_ in ("prep", "conj", "acomp") or head.pos_ == "ADP":
        if head.head == head:
            break
        head = head.head
    if token.dep_ in ("relcl", "acl"):
        return inside | {
            token.head,
            *(t for c in token.head.children if c != token for t in c.subtree),
        }
    if token.dep_ not in ("ccomp", "ROOT", "advcl"):
        for t in head.children:
            own = t.dep_ == "ccomp" and token in t.subtree
            if own or t.dep_ in ("prep", "dobj", "nsubj", "nsubjpass", "dative", "agent"):
                inside.update(t.subtree)
    elif token.dep_ == "ccomp" and child(head, "dobj") is not None:
        inside.update(child(head, "dobj").subtree)
    return inside


def bare(token):
    """Whether a core has nothing of its own, or a pronoun for it."""
    things = [t for t in token.children if t.dep_ in ("dobj", "nsubjpass", "prep", "compound")]
    things = [
        t for t in things if t.dep_ != "prep" or t.lower_ in ("of", "to", "for", "from", "on")
    ]
    return all(t.pos_ == "PRON" for t in things)


def fit(token, proposition, before):
    """How well a word and what stands by it match the proposition, from 0 to 1, and the sign."""
    key, side = key_of(token)
    apart = token.dep_ in ("aux", "auxpass", "compound") or (
        token.dep_ == "amod" and (token.tag_ != "JJR" or token.lower_ in VAGUE)
    )
    if key not in proposition.cores or apart:
        return 0, 1
    sign = side * proposition.cores[key]
    needs = proposition.needs
    found = keys(t for t in region(token) if t != token) & needs.keys()
    if needs and bare(token) and proposition.head in before:
        found |= {proposition.head} | (before & needs.keys())
    thing = child(token, "dobj")
    if (
        thing is not None
        and needs
        and thing.pos_ != "PRON"
        and not keys(thing.subtree) & needs.keys()
    ):
        return 0, 1
    total = sum(needs.values())
    score = sum(needs[k] for k in found) / total if total else 1
    return (score if score >= 0.5 else 0), sign


def wished(token, proposition):
    """Whether somebody asks for the very thing that is to be given or got."""
    verb = token.head.head if token.head.dep_ == "prep" else token.head
    given = proposition.head == key_of(token)[0] and TRANSFER & proposition.cores.keys()
    return int(bool(given) and token.dep_ in ("dobj", "pobj") and verb.lemma_ in WISHING)


def negated(node):
    """-1 where the node is negated, else 1."""
    no = [
        t
        for t in node.children
        if t.dep_ == "neg" or t.lower_ in ("no", "never", "neither", "without")
    ]
    no = [t for t in no if t.dep_ in ("neg", "det", "advmod", "cc", "preconj") and not only(t)]
    no += [t for t in node.children if t.lower_ == "longer" and child(t, "neg", "advmod")]
    return -1 if no else 1


def only(token):
    """Whether a "not" belongs to "not only"."""
    return token.i + 1 < len(token.doc) and token.nbor().lower_ in ("only", "just", "merely")


def conditional(node, proposition):
    """The word of what limits what the node says, if the proposition does not ask for it, or None."""
    no = negated(node) < 0
    for t in node.children:
        if t.dep_ in ("advcl", "conj"):
            first = child(t, "mark", "advmod")
            marks = {m.lower_ for m in t.children if m.dep_ in ("mark", "advmod", "prep", "aux")}
            limits = marks & {"if", "unless", "provided", "once"} or t.lower_ == "provided"
            limits = limits or (no and marks & {"before", "until"})
            opening = t.doc[max(t.left_edge.i - 3, node.i) : t.i + 1].text.lower()
            limits = limits or "long as" in opening
            limits = limits or (first is not None and marks & {"after", "when"} and qualified(t))
            if limits and not even(t) and not keys(t.subtree) <= proposition.doc_keys:
                return t
        if t.lower_ == "long" and child(t, "advcl") is not None:
            return t
        if t.dep_ == "prep" and (
            (t.lower_ in ("provided", "providing") and child(t, "pcomp") is not None)
            or (no and t.lower_ in ("before", "until", "without"))
            or (t.lower_ == "on" and child(t, "pobj") is not None
                and child(t, "pobj").lemma_ in ("condition", "term"))
            or (t.lower_ in ("after", "with", "under") and qualified(t))
        ):  # fmt: skip
            return t
    return None


def qualified(token):
    edge = token.left_edge
    return any(t.lower_ == "only" for t in (*token.lefts, *([edge.nbor(-1)] if edge.i else [])))


def even(clause):
    edge = clause.left_edge
    return "even" in (edge.lower_, edge.nbor(-1).lower_ if edge.i else "")


# ---------------------------------------------------------------- climbing

Claim = namedtuple(
    "Claim", "holder node sign conditional first last"
)  # without holder: the speaker


def holders_of(node):
    """The words for those whose attitude or act a word is."""
    if node.pos_ in ("NOUN", "PROPN"):
        own = child(node, "poss")
        for prep in (t for t in node.children if t.dep_ in ("prep", "agent") and own is None):
            thing = child(prep, "pobj")
            by = ("by", "from", "of") if child(node, "acl") is not None else ("by", "from")
            if thing is not None and thing.pos_ == "PROPN" and prep.lower_ in by:
                own = thing
        if own is None:
            own = next((t for t in node.children if t.ent_type_ in ("NORP", "GPE", "ORG", "PERSON")
                        and t.dep_ in ("amod", "compound", "nmod")), None)  # fmt: skip
        return [own, *own.conjuncts] if own is not None else []
    verb = node
    if node.dep_ in ("acomp", "oprd", "prep", "attr") and node.head.pos_ in ("AUX", "VERB"):
        verb = node.head
    elif node.pos_ == "ADJ" and node.dep_ in ("amod", "appos") and node.head.pos_ == "PROPN":
        return [node.head]
    found = controller(verb)
    return [found, *found.conjuncts] if found is not None else []


ADDRESSING = bag("""urge ask tell order request call press push encourage invite advise require force allow
    warn beg instruct appeal want enable permit pressure prevent stop bar forbid dissuade discourage""")


def controller(verb):
    """The subject of a verb; of an infinitive, whoever is to do it."""
    if child(verb, "nsubj", "nsubjpass") is None and verb.dep_ in (
        "xcomp",
        "advcl",
        "ccomp",
        "pcomp",
    ):
        head = verb.head
        if verb.dep_ == "pcomp":
            target = child(head.head, "acomp") or head.head
            about = target.lemma_ in JUDGING | ADDRESSING | {"accuse", "blame"}
            thing = child(target, "dobj")
            if thing is None and target.pos_ == "ADJ":
                to = next((t for t in target.children if t.lower_ in ("to", "with", "at")), None)
                thing = child(to, "pobj") if to is not None else None
            if thing is not None and about:
                return thing
            return (holders_of(target) or [None])[0]
        if head.lemma_ in ADDRESSING:
            thing = child(head, "dobj", "dative", "nsubjpass")
            if thing is None:
                prep = next((t for t in head.children if t.lower_ in ("on", "to", "for")), None)
                thing = child(prep, "pobj") if prep is not None else None
            if thing is not None:
                return thing
        if head.pos_ in ("ADJ", "NOUN"):
            return (holders_of(head) or [None])[0]
        return controller(head) if head != verb else None
    if verb.dep_ == "acl" and child(verb, "nsubj") is None and verb.head.pos_ == "NOUN":
        return (holders_of(verb.head) or [None])[0]
    if verb.dep_ == "conj" and child(verb, "nsubj", "nsubjpass") is None and verb.head != verb:
        return controller(verb.head)
    return subject_of(verb)


def stretch(node, below):
    """From a predicate, with auxiliaries and negation, to the end of what it governs."""
    start = [t for t in node.children if t.dep_ in ("aux", "auxpass", "neg") and t.i < node.i]
    start = [t for t in start if t.tag_ != "TO"]
    if below is None:
        parts = [
            t for t in node.children if t.dep_ in ("dobj", "prt", "attr", "acomp", "oprd", "xcomp")
        ]
        if node.pos_ == "NOUN" or not parts:
            parts += [t for t in node.children if t.dep_ == "prep"][:1]
        parts += [t for t in node.children if t.dep_ == "nsubjpass"]
    else:
        parts = [below, *(t for t in node.children if t.dep_ == "dobj" and below.dep_ == "xcomp")]
    start += [t for t in node.children if t.lower_ == "longer" and t.i < node.i]
    places = [node.i, *(t.left_edge.i for t in start)]
    for part in parts:
        places += [part.right_edge.i, *([part.left_edge.i] if part.i < node.i else [])]
        cut = [t.i - 1 for t in part.subtree if t.is_punct and t.text in ",;—" and t.i > part.i]
        if cut and places[-1] == part.right_edge.i and not list(part.conjuncts):
            places[-1] = max(part.i, min(cut))
    return min(places), max(places)


def possible(node):
    """Whether the node only may or could be so."""
    aux = {t.lower_ for t in node.children if t.dep_ == "aux"}
    return bool(aux & {"could", "may", "might"}) and negated(node) > 0


def ordered(node):
    """Whether the node ought to be so: "should", "needs to", or an imperative."""
    aux = {t.lower_ for t in node.children if t.dep_ == "aux"}
    if aux & SHOULD:
        return True
    plain = (
        node.tag_ == "VB" and not aux - {"do"} and child(node, "nsubj", "nsubjpass", "expl") is None
    )
    return plain and (node.dep_ == "ROOT" or (node.dep_ == "ccomp" and to_of(node) is None))


def is_event(noun):
    """Whether a noun names an act, so that its possessor does it."""
    word = noun.lemma_.lower()
    return word in KEYS or bool(SUFFIX.search(word)) or bool(attitude(noun))


INDEX = attrgetter("i")
APART = ("appos", "compound", "poss", "amod", "agent")


class Climb:
    """The way up the parse from a core, with the claims that it has led to."""

    def __init__(self, core, proposition, sign):
        self.core, self.proposition, self.sign = core, proposition, sign
        self.base = self.node = core
        if (
            core.dep_ in ("acomp", "attr", "oprd") and core.head.pos_ in ("AUX", "VERB")
        ) or core.dep_ == "amod":
            self.base = self.node = core.head
        self.claims = []
        self.asserted = None  # the word that says that it is or ought to be so
        self.limited = self.early = None  # the word of a condition

    def run(self):
        """The claims; none where it is only possible, asked or talked about."""
        if not self.begin():
            return []
        for _ in range(12):
            further = self.step()
            if further is None:
                return self.given
            if not further:
                break
        if self.asserted is not None and not self.claims:
            place = clause_of(self.asserted)
            self.claims = [Claim(None, self.asserted, self.sign, self.limited, *place)]
        return self.claims

    def begin(self):
        """Read the core itself: an act, an assertion or a noun; False where it is only possible."""
        core, base = self.core, self.base
        for one in dict.fromkeys((core, base)):
            self.sign *= negated(one)
            self.limited = self.limited or conditional(one, self.proposition)
        limits = [t for t in base.children if t.lower_ in ("before", "until")]
        self.early = next((t for t in limits if t.dep_ == "prep"), None)
        if possible(base):
            return False
        if ordered(base) or self.proposition.is_fact:
            self.asserted = base
        elif base.pos_ in ("VERB", "AUX") and to_of(base) is None:
            passive = child(base, "nsubjpass") is not None and child(base, "agent") is None
            gerund = base.dep_ != "pcomp" or base.tag_ == "VBG"
            if gerund and not passive and base.lemma_ != "be":
                self.claim(base, None)
        elif base.pos_ == "NOUN" and is_event(base):
            self.claim(base, None)
        return True

    def claim(self, above, below, judging=False):
        """Whoever has the attitude or does the act has a stance; what was only wished for is none."""
        judging = judging or above.lemma_ in JUDGING
        limited = self.limited or (self.early if self.sign < 0 else None)
        place = stretch(above, below)
        found = [Claim(h, above, self.sign, limited, *place) for h in holders_of(above)]
        names = {c.holder.text for c in found}
        unreal = self.node.pos_ in ("VERB", "AUX") and not judging
        if below is not None and (unreal or above.lemma_ in ("accuse", "blame")):
            self.claims = []
        elif not judging:
            self.claims = [c for c in self.claims if c.holder.text not in names]
        self.claims += found
        self.asserted = None

    def turn(self, by, *through):
        """Turn the sign by a word, by the negation of others, and note their conditions."""
        self.sign *= by
        for word in through:
            self.sign *= negated(word)
            self.limited = self.limited or conditional(word, self.proposition)

    def drop(self):
        """What is only wished for is not done."""
        self.claims = [c for c in self.claims if c.node != self.core]

    def end(self, *claims):
        """Leave with these claims alone."""
        self.given = list(claims)

    def step(self):
        """Go up to the next word: True to go on, False to stop, None to leave with ``given``."""
        lowest = self.node
        while self.node.dep_ == "conj" and self.node.head != self.node:
            self.node = self.node.head
            alike = lowest.pos_ == self.node.pos_
            if alike and ordered(self.node) and self.asserted is None and not self.claims:
                self.asserted = lowest
        node, dep, above, prep = self.node, self.node.dep_, self.node.head, None
        if above == node:
            return False
        if dep in ("pobj", "pcomp") or (dep == "prep" and above.pos_ == "ADP"):
            prep, above = above, above.head
            while above.pos_ == "ADP" and above.head != above:
                above = above.head
        if dep == "nsubj" and above.tag_ == "VBN" and child(above, "aux", "auxpass") is None:
            dep = "nsubjpass"  # wants it banned
        lower = child(above, "xcomp")
        if lower is not None and to_of(lower) is not None and lower != node:
            if dep in ("nsubj", "nsubjpass") and above.lemma_ in RAISING:
                above, dep = lower, "nsubjpass"
            elif prep is not None and prep.lower_ == "for" and attitude(lower):
                self.turn(attitude(lower) * negated(lower))
                self.node, self.claims, prep, lowest = lower, [], None, lower
        side = prep.lower_ if prep is not None else ""
        carried = carrier(prep, above)
        if carried is not None and carried.i < node.i:
            return self.through_carried(carried, prep)
        return self.through(lowest, above, dep, prep, side)

    def through_carried(self, noun, prep):
        turn = attitude(noun)
        if self.proposition.is_fact and noun.lemma_ in JUDGING:
            turn = 1
        elif prep.lower_ == "against" and turn > 0:
            turn = -1
        self.turn(turn * negated(noun))
        self.claim(noun, prep)
        self.node = noun
        return True

    def through(self, lowest, above, dep, prep, side):
        """What a word does to what is below it."""
        node, word = self.node, above.lemma_.lower()
        marks = {t.lower_ for t in node.children if t.dep_ in ("mark", "advmod")}
        if word in ("favour", "favor", "support") and above.dep_ == "pobj" and prep is not None:
            self.turn(1, above.head.head)
            self.claim(above.head.head, prep)
            above = above.head.head
        elif above.pos_ == "NOUN" and word in TRANSPARENT and (prep or dep in ("acl", "ccomp")):
            if self.asserted is not None and holders_of(above):
                self.claim(above, lowest)
        elif dep in APART or (dep == "relcl" and not (above.dep_ == "attr" and opinion(above))):
            return False
        elif (
            marks & {"whether", "if"}
            or (word == "decide" and negated(above) < 0)
            or (dep == "advcl" and {t.lower_ for t in node.children} & DETACHED)
        ):
            return self.end()
        elif word == "be" or dep in ("acomp", "attr"):
            if not self.through_be(lowest, above, dep, prep, side):
                return False
        elif opinion_of(above, dep) and not prep:
            self.turn(opinion_of(above, dep) * negated(above))
            self.claim(above, lowest)
        elif word in NO_STANCE and not attitude(above):
            return self.end(
                *(c for c in self.claims if c.node.pos_ == "NOUN" and c.node != self.core)
            )
        elif dep in ("acl", "relcl") and above.dep_ == "attr" and opinion(above):
            self.turn(opinion(above) * negated(above), above.head)  # it is time to
            self.claims, self.asserted, above = [], above.head, above.head
        elif word in BELIEF and dep == "ccomp" and self.asserted is not None:
            self.turn(negated(above))
            self.claim(above, lowest)
            if self.claims and negated(above) > 0:
                first, last = clause_of(lowest)
                self.claims[-1] = self.claims[-1]._replace(first=first, last=last)
        elif word in ("need", "have", "deserve") and dep == "xcomp" and to_of(node) is not None:
            self.turn(1, above)
            self.asserted, self.claims = above, []
        elif is_report(above) and dep in ("ccomp", "parataxis") and stated(node, above, word):
            if word in ("deny", "dispute", "doubt") and (self.asserted is not None or self.claims):
                self.turn(-1)
                self.claims = []
                self.claim(above, lowest)
            before = conditional(above, self.proposition)
            if before is not None and before.i < node.i:  # if it pays, we will, he said
                self.limited = self.limited or before
                self.claims = [c._replace(conditional=self.limited) for c in self.claims]
            return False
        elif word in ("deny", "doubt", "dispute") and self.asserted is None:
            return self.end() if not self.proposition.is_fact else False
        elif attitude(above) and dep not in ("nsubj", "csubj", "npadvmod", "parataxis"):
            return self.through_attitude(lowest, above, dep, prep)
        elif not (dep in ("xcomp", "ccomp") and word in ("go", "try", "use", "see")):
            return False
        self.node = above
        return True

    def through_be(self, lowest, be, dep, prep, side):
        """What somebody is, or what it is, as "against", "ready" or "wrong"; whether to go on."""
        linking = be.lemma_ in COPULAS | {"seem"}
        judged = child(be, "acomp", "attr", "oprd") if linking else be
        judged = None if judged == self.node else judged
        feels = child(be, "acomp")
        turn = 0
        if prep is not None and feels is not None and attitude(feels):
            turn = attitude(feels)
        elif side in ("against", "for") and prep.head == be:
            turn = -1 if side == "against" else 1
        elif side == "of" and any(t.lower_ in ("favour", "favor", "support") for t in be.subtree):
            turn = 1
        if turn:
            self.turn(turn, be)
            self.claim(be, prep, judging=feels is not None and feels.lemma_ in JUDGING)
            if negated(be) > 0:  # the copula is no evidence
                first = (feels if feels is not None else prep).i
                self.claims = [
                    c._replace(first=first) if c.node == be and first < c.last else c
                    for c in self.claims
                ]
        elif possible(be):
            self.claims, self.asserted = [], None
            return False
        elif dep in ("acomp", "attr"):
            self.turn(1, be)
            if ordered(be) and not self.claims:
                self.asserted = be
        elif judged is None or dep not in ("nsubj", "csubj", "xcomp", "ccomp", "advcl"):
            return False
        elif opinion(judged):
            self.turn(opinion(judged) * negated(judged), be)
            self.claims = self.claims if dep == "nsubj" else []
            self.asserted = be
        elif attitude(judged) and dep in ("xcomp", "ccomp", "advcl"):
            self.turn(attitude(judged), be)
            self.claim(judged, lowest)
        else:
            return False
        return True

    def through_attitude(self, lowest, above, dep, prep):
        """A word of attitude, or of an act that begins or ends what is below it."""
        word, is_fact = above.lemma_.lower(), self.proposition.is_fact
        if possible(above) or (
            dep == "advcl" and to_of(self.node) is None and above.pos_ == "VERB"
        ):
            return False
        if is_fact and word in CARRYING | BROKEN:
            return False
        turn = attitude(above)
        if prep is not None and prep.lower_ == "against":
            turn = -1
        if is_fact and self.asserted is not None and word in JUDGING:
            turn = 1
        linked = above.dep_ in ("acomp", "attr") and above.head.pos_ in ("AUX", "VERB")
        be = above.head if linked else above
        self.turn(turn, *dict.fromkeys((above, be)))
        if possible(be):
            self.claims, self.asserted = [], None
            return False
        if word in WISHING:
            self.drop()
        if ordered(above):
            self.claims, self.asserted = [], above
        else:
            self.claim(above, lowest if prep is None else prep)
        if linked and negated(be) < 0:  # the copula is evidence where it is negated
            own = (c for c in self.claims if c.node == above)
            moved = {c: c._replace(first=min(c.first, be.i)) for c in own}
            self.claims = [moved.get(c, c) for c in self.claims]
        if given_up(be):
            return self.end()
        self.node = be
        return True


def given_up(node):
    """Whether the attitude is said to be of the past."""
    once = any(t.lower_ in PAST_VIEWS for t in node.children)
    return once or (node.dep_ == "xcomp" and node.head.lower_ == "used")


def carrier(prep, above):
    """The noun of attitude before a preposition that the parse gives to the verb."""
    if prep is None or above.pos_ not in ("VERB", "AUX"):
        return None
    near = prep.nbor(-1) if prep.i else None
    for noun in (near, child(above, "dobj")):
        if noun is not None and noun.pos_ == "NOUN" and attitude(noun) and noun.head != prep:
            return noun
    return None


def stated(node, above, word):
    """Whether a verb only states a clause, and does not wish for what it says."""
    if not attitude(above) or word in ("deny", "dispute", "doubt"):
        return True
    aux = {t.lower_ for t in node.children if t.dep_ in ("aux", "auxpass")}
    wished = node.tag_ == "VB" and not aux - {"be", "to"}
    return not wished and word in BELIEF | {"agree", "add", "complain", "threaten", "tell"}


def opinion_of(above, dep):
    """The judgement that a verb such as "call" gives of its object."""
    if above.lemma_ not in ("call", "describe", "consider", "deem", "find", "brand", "label", "see", "slam",
                            "denounce", "hail", "think", "regard", "view", "praise", "dismiss"):  # fmt: skip
        return 0
    if dep not in ("dobj", "ccomp", "nsubj", "nsubjpass"):
        return 0
    for t in above.subtree:
        near = t.head == above or t.head.head == above or t.head.lower_ == "as"
        if (
            near
            and t.dep_ in ("oprd", "acomp", "pobj", "ccomp", "xcomp", "attr", "amod")
            and opinion(t)
        ):
            return opinion(t)
    return 0


def clause_of(node):
    """A clause without the words that join it to others."""
    apart = {t.i for c in node.children if c.lower_ == "according" for t in c.subtree}
    inside = sorted(t.i for t in node.subtree if t.i not in apart)
    doc = node.doc
    while inside and (doc[inside[0]].dep_ in ("mark", "cc", "punct") or doc[inside[0]].is_space):
        inside.pop(0)
    while inside and (doc[inside[-1]].is_punct or doc[inside[-1]].is_space):
        inside.pop()
    return (inside[0], inside[-1]) if inside else (node.i, node.i)


# ---------------------------------------------------------------- articles


class Reader:
    """Reads the lines of an article for stances."""

    def __init__(self, text, mentions, propositions):
        self.text, self.propositions = text, propositions
        self.speakers = Speakers(mentions)
        self.names, self.found, self.before, self.several = {}, {}, [set(), set()], []
        self.met = []  # the propositions that the sentence before had, with their signs
        for m in mentions:
            words = m.span.of(text)
            if m.is_name and len(words) > len(self.names.get(m.entity, "")):
                self.names[m.entity] = words

    def read(self, line, in_body):
        """Add the stances of a line."""
        person, other = self.speakers.person, self.speakers.other
        reports = line.reports()
        speaks = self.speakers.read(line, reports)
        self.said = [(r, speaks[r.verb]) for r, _ in nested(reports)]
        self.speakers.person, self.speakers.other = person, other
        self.subjects = [(-1, person, other)]  # whom a pronoun may mean, from where on
        for noun in line.doc:
            if noun.dep_ in ("nsubj", "nsubjpass") and self.speaker(noun) is None:
                self.speakers.see(line, noun)
                self.subjects.append((noun.idx, self.speakers.person, self.speakers.other))
        for sentence in line.doc.sents:
            self.sentence(line, sentence, in_body)

    def sentence(self, line, sentence, in_body):
        asks = sentence.text.rstrip("\"'”’»)] ").endswith("?")
        met, doc, last_met = [], line.doc, 0
        for token in sentence:
            near = self.before[0] | self.before[1] | keys(doc[sentence.start : token.i])
            fits = [(*fit(token, p, near), p) for p in self.propositions]
            best = max((score for score, _, _ in fits), default=0)
            if not best:
                fits = [(wished(token, p), 1, p) for p in self.propositions]
                best = max((score for score, _, _ in fits), default=0)
            for score, sign, p in fits:
                if score and score == best and self.suits(line, token, p):
                    last_met = max(t.i for t in token.subtree)
                    met.append((p, sign * carried_by(token)))
                    if not asks:
                        self.add(line, Climb(token, p, sign).run(), p, in_body)
        for token in sentence if not asks else ():
            if not met or (token.lower_ == "it" and token.i > last_met):
                places = ("dobj", "pobj", "nsubjpass", "nsubj")
                if token.lower_ in POINTING and token.dep_ in places:
                    for p, sign in met or self.met:
                        self.add(line, pointed(token, p, sign), p, in_body)
        self.met = met or self.met
        for noun in sentence:
            if noun.dep_ in ("nsubj", "nsubjpass"):
                self.see(line, noun)
        self.before = [self.before[1], keys(sentence)]

    def see(self, line, noun):
        many = [self.name(line, t) for t in (noun, *noun.conjuncts)]
        if len(many) > 1 and all(many):
            self.several = many

    def suits(self, line, core, proposition):
        """Whether whoever is to do it may be the subject of the proposition."""
        if not proposition.subject:
            return True
        if core.pos_ in ("VERB", "AUX") and child(core, "nsubjpass") is not None:
            agent = child(core, "agent")
            who = child(agent, "pobj") if agent is not None else None
        elif core.pos_ in ("VERB", "AUX"):
            who = controller(core)
        elif core.dep_ == "dobj" and core.head.lemma_ in CARRYING | BROKEN:
            who = controller(core.head)
        else:
            who = (holders_of(core) or [None])[0]
        gerund = "VBG" in (core.tag_, core.head.tag_ if core.dep_ == "dobj" else "")
        loose = gerund and keys(region(core)) & proposition.subject
        if who is None or loose or keys(who.subtree) & proposition.subject:
            return True
        name = self.name(line, who)
        if name is None:
            return True
        if name in NAMES.values():
            return name.split()[-1].casefold() in proposition.subject
        label = next((m.label for m in self.speakers.names if m.entity == name), "")
        words = {w.casefold() for w in self.shown(name).split()}
        stems = {w.rstrip("td") for w in words} | words
        return bool(stems & proposition.subject) or label in ("PERSON", "")

    def name(self, line, noun):
        """The entity that a word means, or None."""
        word = noun.lower_
        if word in ("we", "i", "our", "my", "us"):
            return self.speaker(noun)
        _, person, other = [s for s in self.subjects if s[0] < noun.idx][-1]
        if word in ("he", "she", "his", "her"):
            return person
        if word in ("it", "its", "they", "their"):
            return other or self.speaker(noun)
        if noun.lower_ in NAMES and noun.text[0].isupper():
            return NAMES[noun.lower_]
        own = self.speakers.name(line, noun)
        if own is not None:
            return own.entity
        if noun.pos_ == "PROPN":
            span = phrase(noun)
            return span and span.of(line.text)
        own = child(noun, "poss")
        if own is not None and own.pos_ == "PRON":  # its soldiers
            return self.name(line, own)
        title = noun.lemma_.lower() in PEOPLE and child(noun, "det") is not None
        return person if title else None

    def speaker(self, token):
        """Who says the words that a token stands in, by the innermost report."""
        best = None
        for report, who in self.said:
            if any(s.start <= token.idx < s.end for s in report.content):
                size = sum(map(len, report.content))
                if best is None or size <= best[0]:
                    best = (size, who)
        return best[1] if best else None

    def shown(self, entity):
        """The fullest name of an entity; that of the country for its people or capital."""
        words = self.names.get(entity, entity)
        same = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", self.text, re.IGNORECASE)
        words = same[0] if same else words
        while " " in words and words.split()[0].casefold() in TITLES | PEOPLE | {"the", "lawyer"}:
            words = words.partition(" ")[2].strip() or words
        if " " not in words and words.casefold() not in NAMES:
            longer = re.findall(rf"(?<!\w)([A-Z][\w’'-]+) {re.escape(words)}(?!\w)", self.text)
            first = [w for w in longer if w.casefold() not in TITLES | NAMES.keys()]
            words = f"{first[0]} {words}" if first else words
        return NAMES.get(words.casefold(), words)

    def add(self, line, claims, proposition, in_body):
        for c in claims:
            who = [self.speaker(c.node) if c.holder is None else self.name(line, c.holder)]
            if c.holder is not None and c.holder.lower_ in ("they", "both", "their"):
                who = self.several or who
            for entity in filter(None, who):
                first, last = line.doc[c.first], line.doc[c.last]
                if c.conditional is not None:
                    first = min(first, c.conditional.left_edge, key=INDEX)
                    last = max(last, c.conditional.right_edge, key=INDEX)
                while last.i > first.i and (last.is_punct or last.is_space):
                    last = last.nbor(-1)
                start, end = first.idx, end_of(last)
                words = line.text[start:end]
                if not words.strip():
                    continue
                start += len(words) - len(words.lstrip())
                evidence = Span(line.start + start, line.start + start + len(words.strip()))
                sign = c.sign * proposition.sign
                polarity = (
                    "mixed" if c.conditional is not None else "favor" if sign > 0 else "against"
                )
                key = (self.shown(entity), proposition.id)
                self.found.setdefault(key, []).append((in_body, evidence, polarity))

    def stances(self):
        """One stance for a holder and target: the latest in the body, with its first evidence."""
        for (holder, target), all_found in self.found.items():
            kept = [f for f in all_found if f[0]] or all_found
            polarity = kept[-1][2]
            evidence = next(e for _, e, p in kept if p == polarity)
            yield Stance(holder=holder, target=target, polarity=polarity, evidence=(evidence,))


def carried_by(core):
    """The sign of the act whose object a core is: "it" is then the act."""
    acts = core.dep_ in ("dobj", "nsubj", "nsubjpass") and core.head.lemma_ in LIGHT | BROKEN
    return (attitude(core.head) or 1) if acts else 1


def pointed(token, proposition, sign):
    """The claims on a proposition that "it" or "the plan" stands for."""
    plain = proposition._replace(is_fact=False)
    judged = token.head.lemma_ == "be" and child(token.head, "acomp", "attr")
    if token.dep_ == "nsubj" and not judged:
        return []
    return [c for c in Climb(token, plain, sign).run() if c.node is not token]


class SpacyStances(Spacy):
    """Stances by a spaCy pipeline."""

    def predict_all(self, documents, targets):
        """One document with stances for each given, in order."""
        texts = [re.sub(r"[()]", " ", target.proposition) for target in targets]
        read = map(read_proposition, targets, self.nlp.pipe(texts))
        propositions = [p for p in read if p is not None]
        return [self.predict_one(document, propositions) for document in documents]

    def predict_one(self, document, propositions):
        if not propositions:
            return document.with_layers(stances=())
        lines = self.parse(document)
        mentions = [m for line in lines for m in line.mentions()]
        named = [(m.label, m.span.of(document.text)) for m in mentions]
        linked = link_names([named])[0]
        mentions = [
            Mention(m.start, m.end, m.label, entity if m.is_name else None)
            for m, entity in zip(mentions, linked, strict=True)
        ]
        reader = Reader(document.text, mentions, propositions)
        zones = document.zones or ()
        starts = [z.start for z in zones]
        for line in lines:
            at = bisect_left(starts, line.start + 1) - 1
            reader.read(line, at < 0 or zones[at].label == "body")
        return document.with_layers(stances=list(reader.stances()))
