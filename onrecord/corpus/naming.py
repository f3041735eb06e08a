"""Naming: which actor of a registry a string names, in whatever form a system gives it.

Names, aliases and offices are data, the registry's; the forms in which they are written are code,
and the same for every registry. A string is read in these forms, in this order:

1. as written, :func:`as_written`: “Turkey,”, “the U.S”
2. in apposition, :func:`in_apposition`: “Turkey’s defense minister, Hulusi Akar”, “European Union (EU)”
3. with other names inside, :func:`with_other_names_inside`: “Republic of Türkiye”, “State Dept.”
4. a government, :func:`as_government`: “Biden administration”, “government of Turkey”
5. with a noun of its kind, :func:`with_its_kind`: “NATO alliance”, “Turkish side”
6. by office, :func:`by_office`: “US Secretary of State”, “spokesman for NATO”
7. with a title in front, :func:`with_title`: “FM Cavusoglu”, “Turkish President Erdogan”
8. with initials, :func:`with_initials`: “Antony J Blinken”, “R. T. Erdogan”, “Joseph R. Biden Jr.”
9. with whose it is, :func:`with_whose`: “Russia’s Vladimir Putin”, “Mevlut Cavusoglu of Turkey”

The first form that a string has decides. Its parts must agree: where they name two actors, none of
which is said of the other (“Russian President Biden”), or where one name could mean two actors, the
string names nobody. So does everything that is in no form: a pronoun, a group (“Turkish officials”),
an office without whose it is (“the president”).
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import pairwise

import msgspec

from onrecord.corpus.names import TITLES, comparable, trimmed_ends
from onrecord.exceptions import InvalidInput

Words = tuple[str, ...]
"""The words of a string as they are compared, see :func:`words_of`."""
Items = tuple[str, ...]
"""Words among which names are replaced: ``@id`` a state or body, ``&id`` a person."""
Claims = frozenset[str]
"""The actors that a string may mean: it names the one, where there is just one."""
NOBODY: Claims = frozenset()

LONGEST = 16
"""A name has at most so many words."""
PARTS = 4
"""An apposition has at most so many parts."""

POSSESSIVE = "'s"
PRONOUNS = frozenset(
    {
        "i", "me", "my", "mine", "you", "your", "yours", "he", "him", "his", "she", "her", "hers",
        "it", "its", "we", "us", "our", "ours", "they", "them", "their", "theirs", "who", "whom",
        "whose", "which", "that", "this", "these", "those", "one",
    }
)  # fmt: skip
"""Words that are a name only in the registry's own spelling: “US” is one, “us” is none."""
ABBREVIATIONS: Mapping[str, str] = {
    "admin": "administration", "amb": "ambassador", "dept": "department", "fm": "foreign minister",
    "gen": "general", "govt": "government", "intl": "international",
    "min": "minister", "natl": "national", "org": "organization", "pm": "prime minister",
    "pres": "president", "sec": "secretary", "secdef": "secretary of defense",
    "secgen": "secretary general", "secstate": "secretary of state", "secy": "secretary",
    "spox": "spokesman", "vp": "vice president",
}  # fmt: skip
SPELLINGS: Mapping[str, str] = {
    "centre": "center", "chairperson": "chairman", "chairwoman": "chairman", "defence": "defense",
    "labour": "labor", "organisation": "organization", "spokesperson": "spokesman",
    "spokeswoman": "spokesman",
}  # fmt: skip
"""British and American spellings, and forms for women, men and both, of the words of bodies and offices."""
MORE_TITLES = ("Chief", "Diplomat", "Gov.", "Head", "Leader")
"""What stands in front of a person as a title does, but is not cut from mentions (:data:`TITLES`)."""
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
OTHERS = frozenset(
    [
        "aide",
        "aides",
        "analyst",
        "analysts",
        "anonymous",
        "brother",
        "citizens",
        "critic",
        "critics",
        "daughter",
        "expert",
        "experts",
        "father",
        "husband",
        "lawmakers",
        "mother",
        "none",
        "official",
        "officials",
        "opposition",
        "other",
        "others",
        "people",
        "predecessor",
        "protesters",
        "resident",
        "residents",
        "sister",
        "son",
        "source",
        "sources",
        "successor",
        "unknown",
        "unnamed",
        "voters",
        "wife",
    ]
)
"""Small words beside a name that say that somebody else is meant: “Turkey (officials)”, “X, his wife”."""

GOVERNMENTS = frozenset({"administration", "cabinet", "gov", "government", "regime"})
KINDS: Mapping[str, str] = {
    "alliance": "ORG", "bloc": "ORG", "delegation": "GPE", "group": "ORG", "movement": "ORG",
    "nation": "GPE", "organization": "ORG", "people": "GPE", "side": "GPE",
}  # fmt: skip
"""Nouns that may stand with the name of an actor of a type and say what it is."""
TIMES = frozenset({"current", "former", "incoming", "new", "outgoing", "previous", "then"})
"""Which of its governments is meant: they are all the country's."""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an actor: its names, offices, type and, in the end, whom it speaks for."""

    id: str
    names: tuple[str, ...]
    """Name and aliases; the id is one more."""
    offices: tuple[str, ...]
    label: str
    principal: str


class _Person(msgspec.Struct, frozen=True):
    """The given names of a person: those that come first, and the others."""

    id: str
    first: frozenset[str]
    other: frozenset[str]


class Directory:
    """The actors of a registry by all that they can be looked up by.

    Raises:
        InvalidInput: two actors share a name.
    """

    def __init__(self, actors: Iterable[Actor]) -> None:
        self.actors = {actor.id: actor for actor in actors}
        self._exact: dict[str, str] = {}
        for actor in self.actors.values():
            for name in dict.fromkeys((*actor.names, actor.id)):
                other = self._exact.setdefault(comparable(name), actor.id)
                if other != actor.id:
                    raise InvalidInput(
                        f"{name!r} names two actors, {other!r} and {actor.id!r}", field="aliases"
                    )

    def actor(self, name: str) -> str | None:
        """The id of the actor that the string names; None where it names nobody, or may mean two."""
        id = self._exact.get(comparable(name))
        if id is not None and not self._is_pronoun(name):
            return id
        claims = self.claims(name)
        return next(iter(claims)) if len(claims) == 1 else None

    def claims(self, name: str) -> Claims:
        """The actors that a string may mean, by the first form that it has."""
        if self._is_pronoun(name):
            return NOBODY
        found = as_written(self, name)
        if found is None:
            found = in_apposition(self, name)
        return self.meant(words_of(name)) if found is None else found

    def meant(self, words: Words) -> Claims:
        """The actors that words may mean, by the first of :data:`FORMS` that they have."""
        words = words[:-1] if words[-1:] == (POSSESSIVE,) else words
        if not 0 < len(words) <= LONGEST:
            return NOBODY
        for form in FORMS:
            found = form(self, words)
            if found is not None:
                return found
        return NOBODY

    def known(self, words: Words) -> Claims:
        """The actors that have these words as a name."""
        return self._names.get(words, NOBODY)

    def person(self, words: Words) -> Claims:
        """The persons that have these words as a name, given names perhaps as initials."""
        found = self.known(words) or with_initials(self, words) or NOBODY
        return frozenset(id for id in found if self.label(id) == "PERSON")

    def label(self, id: str) -> str:
        """The type of an actor."""
        return self.actors[id].label

    def is_of_type(self, id: str, label: str | None) -> bool:
        """Whether the entity is an actor of this type."""
        return id in self.actors and self.label(id) == label

    def principal(self, id: str) -> str:
        """Whom an actor speaks for in the end."""
        return self.actors[id].principal

    def replaced(self, words: Words, longest: int | None = None) -> Items:
        """The words with the names in them, of so many words or less, replaced; longer ones first."""
        longest = self._longest if longest is None else longest
        items: list[str] = []
        start = 0
        while start < len(words):
            for end in range(min(start + longest, len(words)), start, -1):
                found = self.known(words[start:end])
                if len(found) == 1:
                    (id,) = found
                    items.append(f"{'&' if self.label(id) == 'PERSON' else '@'}{id}")
                    break
            else:
                items.append(words[start])
                end = start + 1
            start = end
        return tuple(items)

    @functools.cached_property
    def inner(self) -> Mapping[Items, Claims]:
        """The actors by those of their names that have another name inside."""
        replaced = (
            (arranged(self.replaced(words, len(words) - 1)), ids)
            for words, ids in self._names.items()
            if len(words) > 1
        )
        return _joined((items, ids) for items, ids in replaced if any(map(_is_actor, items)))

    @functools.cached_property
    def offices(self) -> Mapping[Items, Claims]:
        """The actors by the offices that they hold."""
        return _joined(
            (arranged(self.replaced(words_of(office))), {actor.id})
            for actor in self.actors.values()
            for office in actor.offices
        )

    @functools.cached_property
    def surnames(self) -> Mapping[str, tuple[_Person, ...]]:
        """The persons by the last word of their full names."""
        found: dict[str, dict[str, list[Words]]] = defaultdict(lambda: defaultdict(list))
        for actor in self.actors.values():
            if actor.label == "PERSON":
                for words in map(words_of, actor.names):
                    if len(words) > 1:
                        found[words[-1]][actor.id].append(words[:-1])
        return {
            surname: tuple(
                _Person(
                    id,
                    frozenset(words[0] for words in given),
                    frozenset(word for words in given for word in words[1:]),
                )
                for id, given in people.items()
            )
            for surname, people in found.items()
        }

    @functools.cached_property
    def _names(self) -> Mapping[Words, Claims]:
        return _joined(
            (words, {actor.id})
            for actor in self.actors.values()
            for name in (*actor.names, actor.id)
            for words in _spellings(name)
        )

    @functools.cached_property
    def _longest(self) -> int:
        return max(map(len, self._names), default=0)

    @functools.cached_property
    def _capitals(self) -> frozenset[str]:
        """The registry's spellings of names that are pronouns too."""
        names = (name for actor in self.actors.values() for name in actor.names)
        return frozenset(name for name in names if comparable(name) in PRONOUNS)

    def _is_pronoun(self, name: str) -> bool:
        """Whether the string is a pronoun, and no name in the registry's own spelling."""
        if len(name) > 12:
            return False
        bare = name.strip(_PUNCTUATION)
        if comparable(bare) not in PRONOUNS:
            return False
        start, end = trimmed_ends(0, len(bare), bare)
        return bare[start:end] not in self._capitals


_PUNCTUATION = " \t\n.,;:!?…()[]{}<>/|*#@-–—_\"“”„«»‘'"
Form = Callable[[Directory, Words], Claims | None]
"""Whom words name if they have the form, perhaps nobody; None where they do not have it."""


# -- words ------------------------------------------------------------------------------------------

_WORD = re.compile(r"([^\W_]+(?:['’](?!s\b)[^\W_]+)*)(['’]s\b|(?<=s)['’](?=\s))?")
_SPECIAL = frozenset({"a", "an", "the", *ABBREVIATIONS, *SPELLINGS})
_ARTICLE = re.compile(r"\W*(?:an?|the)\s", re.IGNORECASE)


def words_of(name: str) -> Words:
    """The words of a string as they are compared.

    Without case, diacritics, punctuation and articles; abbreviations are written out, and a
    possessive is a word of its own, but for one at the end: “the U.S. Dept. of State’s” is
    ``u s department of state``.
    """
    if name.isascii() and name.replace(" ", "").isalnum():  # as most names are
        plain_words = name.lower().split()
        if _SPECIAL.isdisjoint(plain_words):
            return tuple(plain_words)
    article = _ARTICLE.match(name)
    bare = name[article.end() if article else 0 :].casefold()
    if not bare.isascii():
        decomposed = unicodedata.normalize("NFKD", bare)
        bare = "".join(c for c in decomposed if not unicodedata.combining(c)).replace("ı", "i")
    words: list[str] = []
    for word, possessive in _WORD.findall(bare):
        plain = word if word.isalnum() else word.replace("'", "").replace("’", "")
        plain = SPELLINGS.get(plain, plain)
        if plain != "the":
            words += ABBREVIATIONS.get(plain, plain).split()
        if possessive:
            words.append(POSSESSIVE)
    return tuple(words[:-1] if words[-1:] == [POSSESSIVE] else words)


def _spellings(name: str) -> Iterable[Words]:
    """The words of a registry's name, capitals with points and without: “NATO” is “N.A.T.O.” too."""
    yield words_of(name)
    if name.isupper() and name.isalpha() and 1 < len(name) < 6:
        yield tuple(name.casefold())
    elif re.fullmatch(r"(?:[A-Z]\.){2,5}", name):
        yield (name.replace(".", "").casefold(),)


def _joined(pairs: Iterable[tuple[Words, Iterable[str]]]) -> Mapping[Words, Claims]:
    found: dict[Words, Claims] = {}
    kept: dict[Claims, Claims] = {}  # an actor has many names: one set for all of them
    for words, ids in pairs:
        if words:
            claims, before = frozenset(ids), found.get(words)
            if before is not None:
                claims |= before
            found[words] = kept.setdefault(claims, claims)
    return found


def arranged(items: Items) -> Items:
    """The items of a name or office in one order.

    “President of @turkey” and “@turkey’s President” are ``@turkey president``, “Minister of Foreign
    Affairs” and “Foreign Affairs Minister” are ``foreign minister``.
    """
    found = [item for item in items if item != POSSESSIVE]
    while len(found) > 2 and found[-2] in ("of", "for") and _is_actor(found[-1]):
        found = [found[-1], *found[:-2]]
    for place, (word, following) in enumerate(pairwise(found)):
        if word == "minister" and following in ("of", "for"):
            found = [*found[:place], *found[place + 2 :], word]
            break
    if found[-3:] == ["foreign", "affairs", "minister"]:
        del found[-2]
    return tuple(found)


def _is_actor(item: str) -> bool:
    return item[0] in "@&"


# -- forms ------------------------------------------------------------------------------------------


def as_written(actors: Directory, name: str) -> Claims | None:
    """A name, alias or id; case, diacritics, articles and punctuation do not matter.

    “Turkey,” “Blinken.” “the U.S” “TÜRKİYE” “State Dept.” (where “State Department” is an alias);
    a name that is also a pronoun has the registry's capitals (“US”, not “us”).
    """
    return actors.known(words_of(name)) or None


def in_apposition(actors: Directory, name: str) -> Claims | None:
    """Parts with commas, brackets or dashes between that say the same, or something, of one actor.

    “Antony Blinken, US Secretary of State” “Turkey’s defense minister, Hulusi Akar” “European Union
    (EU)” “Blinken, Antony” “Ned Price (State Department)” “Akar, who spoke on Sunday”. “Turkey,
    Greece” and “Blinken, Le Drian” are two, and nobody.
    """
    parts = [part for part in _BREAK.split(" ".join(name.split())) if words_of(part)]
    for place in range(len(parts) - 1, 0, -1):
        if SUFFIXES.issuperset(words_of(parts[place])):  # “Biden, Jr.”
            parts[place - 1 : place + 1] = [" ".join(parts[place - 1 : place + 1])]
    if len(parts) < 2:
        return None
    if len(parts) > PARTS:
        return NOBODY
    if len(parts) == 2:
        inverted = actors.person((*words_of(parts[1]), *words_of(parts[0])))
        if inverted:
            return inverted
    claims = {part: actors.claims(part) for part in parts}
    found = _common(actors, [ids for ids in claims.values() if ids])
    if len(found) != 1:
        return found
    (id,) = found
    told = (_is_said_of(actors, id, part) for part, ids in claims.items() if not ids)
    return found if all(told) else NOBODY


_BREAK = re.compile(r" ?[,;()\[\]]+ ?| [-–—]+ ")


def _common(actors: Directory, claims: list[Claims]) -> Claims:
    """Whom parts name together: the same, or first a person or body and then whom it speaks for."""
    if not claims:
        return NOBODY
    shared = frozenset.intersection(*claims)
    if shared or any(len(ids) > 1 for ids in claims):
        return shared
    (first,), *others = claims
    for other in {id for ids in others for id in ids if id != first}:
        if actors.label(other) == "PERSON" or not _go_together(actors, first, other):
            return NOBODY
        if actors.label(first) != "PERSON" and other != actors.principal(first):
            return NOBODY
    return frozenset({first})


def _go_together(actors: Directory, one: str, other: str) -> bool:
    return actors.principal(one) == actors.principal(other)


def _is_said_of(actors: Directory, id: str, part: str) -> bool:
    """Whether a part that names nobody describes an actor: a title, small letters, “who …”."""
    words = words_of(part)
    if words[0] in ("who", "whose", "which"):
        return True
    if OTHERS.intersection(words):
        return False
    items = actors.replaced(words)
    if not all(_go_together(actors, id, item[1:]) for item in items if _is_actor(item)):
        return False
    names = re.findall(r"[^\W\d_]\w*", part)
    capitals = {word for name in names if name[0].isupper() for word in words_of(name)}
    return _is_front(items) or not capitals.intersection(items)


def with_other_names_inside(actors: Directory, words: Words) -> Claims | None:
    """A name that has a name inside, by another name of that one.

    “Republic of Türkiye” “America’s State Department” where the registry has “Republic of Turkey”
    and “US State Department”.
    """
    return actors.known(words) or actors.inner.get(arranged(actors.replaced(words)))


def as_government(actors: Directory, words: Words) -> Claims | None:
    """The government of a state, by the state, its capital, its leader or the leader's seat.

    “United States government” “Turkey’s new government” “government of Turkey” “Biden administration”
    “previous White House administration”: the state, since a government is no actor of its own.
    """
    found = None
    for said in (words, *(_without(words, place) for place in (0, len(words) - 2))):
        whose = _noun_and_whose(said, GOVERNMENTS)[1]
        if whose and not found:
            states = frozenset(actors.principal(id) for id in actors.meant(whose))
            found = frozenset(id for id in states if actors.is_of_type(id, "GPE"))
    return found


def _without(words: Words, place: int) -> Words:
    """The words without the one there, if it says which government in time is meant."""
    return words[:place] + words[place + 1 :] if words[place] in TIMES else words


def with_its_kind(actors: Directory, words: Words) -> Claims | None:
    """A state or body with a noun that says what it is: “NATO alliance” “the Turkish side”."""
    noun, whose = _noun_and_whose(words, KINDS.keys())
    found = actors.known(whose)
    return frozenset(id for id in found if actors.is_of_type(id, KINDS.get(noun))) or None


def _noun_and_whose(words: Words, nouns: Collection[str]) -> tuple[str, Words]:
    """One of the nouns and whose it is: “X noun”, “X’s noun”, “noun of X”; else nothing.

    A government is also “in X”; of what else is there (“people in Washington”) one cannot tell whose
    it is.
    """
    if len(words) > 1 and words[-1] in nouns:
        return words[-1], words[:-2] if words[-2] == POSSESSIVE else words[:-1]
    if len(words) > 2 and words[0] in nouns:
        near = ("of", "in") if words[0] in GOVERNMENTS else ("of",)
        if words[1] not in near:
            return "", ()
        return words[0], words[2:]
    return "", ()


def by_office(actors: Directory, words: Words) -> Claims | None:
    """An office of the registry with whose it is, held by one actor; or an unnamed spokesperson.

    “US Secretary of State” “Turkey’s foreign minister” “President of the United States” “Turkish FM”.
    An office is known by what the registry lists, so that without whose it is (“the president”) it
    is nobody's unless it is listed so. A spokesperson speaks for the body or person (rule Q26 of
    the guidelines): “a spokesman for NATO” is NATO, and nobody where an actor holds that office.
    """
    found = actors.offices.get(arranged(actors.replaced(words)), NOBODY)
    if len(words) > 1 and words[-1] == "spokesman":
        found |= actors.meant(words[:-1])
    elif len(words) > 2 and words[0] == "spokesman" and words[1] in ("for", "of"):
        found |= actors.meant(words[2:])
    return found or None


def with_title(actors: Directory, words: Words) -> Claims | None:
    """A person after a title, whose may stand in front, and of what after it.

    “Secretary Blinken” “FM Cavusoglu” “Norwegian Fisheries Minister Kari Vold” “President of Turkey
    Recep Tayyip Erdogan”. Whose must be of the person's side, and an office that another actor
    holds is a contradiction: “Russian President Biden” is nobody. So is “General Ankara”.
    """
    for start in range(1, len(words)):
        found = actors.person(words[start:])
        if found:
            break
    else:
        return None
    front = words[:start]
    items = actors.replaced(front)
    if not _is_front(items):
        return None
    holders = actors.offices.get(arranged(items), found)
    whose = [item[1:] for item in items if _is_actor(item)]
    return frozenset(
        id for id in found & holders if all(_go_together(actors, id, one) for one in whose)
    )


def _title_pattern() -> re.Pattern[str]:
    """What may stand in front of a person: whose it is and a portfolio, a title, and of what."""
    titles = {" ".join(words_of(title)) for title in (*TITLES, *MORE_TITLES)}
    title = "(?:" + "|".join(sorted(map(re.escape, titles), key=len, reverse=True)) + ")"
    word = r"(?!(?:and|at|by|for|from|in|of|on|or|that|to|who|with)\b)[^\s@&']+"
    plain = rf"(?!{title}\b){word}"
    portfolio = rf"(?:(?:@|{plain}|{POSSESSIVE}|and|of) )*(?:@|{plain})"
    return re.compile(
        rf"(?:(?:@|& {POSSESSIVE}|{POSSESSIVE}|{word}) )*{title}"
        rf"(?: (?:of|for) @|(?<!spokesman) (?:of|for) {portfolio})?"
    )


_FRONT = _title_pattern()


def _is_front(items: Items) -> bool:
    line = " ".join(item[0] if _is_actor(item) else item for item in items)
    return _FRONT.fullmatch(line) is not None


def with_initials(actors: Directory, words: Words) -> Claims | None:
    """A person's full name with given names as initials, or left out, and Jr. or the like after it.

    “Antony J Blinken” “Recep T. Erdogan” “R.T. Erdogan” “Joseph R. Biden Jr.” “A. Blinken”. Each
    given name is one of the person's, whole or as an initial; an initial that fits two is nobody's.
    """
    while len(words) > 1 and words[-1] in SUFFIXES:
        words = words[:-1]
        if actors.known(words):
            return actors.known(words)
    if len(words) < 2:
        return None
    return (
        frozenset(
            person.id
            for person in actors.surnames.get(words[-1], ())
            if any(_is_short_for(words[0], name) for name in person.first)
            and all(
                any(_is_short_for(word, name) or _is_short_for(name, word) for name in person.other)
                for word in words[1:-1]
            )
        )
        or None
    )


def _is_short_for(word: str, name: str) -> bool:
    """Whether the word is the name or its initial."""
    return name == word or (len(word) == 1 and name.startswith(word))


def with_whose(actors: Directory, words: Words) -> Claims | None:
    """An actor with the state, body or person whose it is: both must be of one side.

    “Russia’s Vladimir Putin” “Mevlut Cavusoglu of Turkey” “the State Department of the US”; “Russia’s
    Joe Biden” is nobody.
    """
    for place in range(len(words) - 2, 0, -1):
        if words[place] == POSSESSIVE:
            whose, what = actors.meant(words[:place]), actors.meant(words[place + 1 :])
        elif words[place] in ("of", "from"):
            what, whose = actors.meant(words[:place]), actors.meant(words[place + 1 :])
        else:
            continue
        if len(whose) != 1 or not what:
            return None
        return frozenset(id for id in what if _go_together(actors, id, *whose))
    return None


FORMS: tuple[Form, ...] = (
    with_other_names_inside,
    as_government,
    with_its_kind,
    by_office,
    with_title,
    with_initials,
    with_whose,
)
"""The forms of words without commas or brackets, in the order in which they are tried."""
