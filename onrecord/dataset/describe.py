"""Statistics of the gold: what each document holds, and where documents agree, differ or are silent.

Each function counts one thing over a corpus and returns data, which :mod:`onrecord.dataset.page` shows as
tables and :mod:`onrecord.dataset.plots` as figures. All of the gold counts, promotional text too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.corpus.registry import Registry
from onrecord.document import MENTION_TYPES, Document, Form, Quote, derive_form, derive_forms
from onrecord.scoring.zones import scored

COMMAND = "onrecord dataset describe"
FORMS: tuple[Form, ...] = ("direct", "mixed", "indirect")
SIGNS: Mapping[str | None, str] = {"favor": "+", "against": "−", "mixed": "±", None: "·"}
"""A polarity in one character; the last is a document that gives no stance."""


class Row(msgspec.Struct, frozen=True):
    """How many of one thing each document has, in the order of the corpus, and all of them."""

    name: str | None
    counts: tuple[int, ...]
    all: int

    @property
    def documents(self) -> int:
        """In how many documents there is one."""
        return sum(count > 0 for count in self.counts)


class Reports(msgspec.Struct, frozen=True):
    """An utterance with the forms of its reports in each document, in the order of the text."""

    utterance: str
    principal: str | None
    forms: tuple[tuple[Form, ...], ...]

    @property
    def documents(self) -> int:
        """How many documents carry it."""
        return sum(1 for forms in self.forms if forms)


Positions = Mapping[tuple[str, str], tuple[str | None, ...]]
"""Of each (holder, target) the polarity in every document; None where a document gives none."""


def sizes(corpus: Corpus) -> tuple[Row, ...]:
    """Words (cut at white space), characters (code points), and the items of each layer.

    An utterance that several documents carry counts once in ``all``.
    """
    utterances = [{q.utterance for q in document.quotes} - {None} for document in corpus]
    return (
        _sum("words", (len(document.text.split()) for document in corpus)),
        _sum("characters", (len(document.text) for document in corpus)),
        _sum("mentions", (len(document.mentions) for document in corpus)),
        _sum("mentions in promotional text", (_promotional(document) for document in corpus)),
        _sum("quotes", (len(document.quotes) for document in corpus)),
        _sum("stances", (len(document.stances) for document in corpus)),
        Row("utterances", tuple(map(len, utterances)), len(set().union(*utterances))),
    )


def mentions_by_type(corpus: Corpus) -> tuple[Row, ...]:
    """The mentions of each type that occurs, in the order of OntoNotes' list."""
    rows = {row.name: row for row in _tally(corpus, lambda d: (m.label for m in d.mentions))}
    return tuple(rows[name] for name in MENTION_TYPES if name in rows)


def mentions_by_entity(corpus: Corpus) -> tuple[Row, ...]:
    """The mentions of each entity; those in most documents first, then those with most mentions."""
    rows = _tally(corpus, lambda d: (m.entity for m in d.mentions if m.entity is not None))
    return tuple(sorted(rows, key=lambda row: (-row.documents, -row.all, row.name or "")))


def quotes_by_form(corpus: Corpus) -> tuple[Row, ...]:
    """The quotes that are direct, mixed and indirect."""
    rows = {row.name: row for row in _tally(corpus, _forms)}
    return tuple(rows.get(form) or _sum(form, (0 for _ in corpus)) for form in FORMS)


def quotes_by_speaker(corpus: Corpus) -> tuple[Row, ...]:
    """The quotes of each speaker, ordered by principal as :func:`quotes_by_principal` orders them."""
    rows = {row.name: row for row in _tally(corpus, lambda d: (q.speaker for q in d.quotes))}
    counts = {speaker: row.all for speaker, row in rows.items()}
    return tuple(rows[speaker] for speaker in _by_principal(counts, corpus.registry))


def quotes_by_principal(corpus: Corpus) -> tuple[Row, ...]:
    """The quotes of all who speak for the same one in the end, that one's own among them."""

    def principals(document: Document) -> Iterable[str | None]:
        return (principal(quote.speaker, corpus.registry) for quote in document.quotes)

    return tuple(sorted(_tally(corpus, principals), key=lambda row: (-row.all, row.name or "")))


def nested_quotes(corpus: Corpus) -> tuple[Row, ...]:
    """Quotes inside another's content, quotes that hold such, and those of them that only wrap.

    A wrapper holds other reports and carries no utterance of its own.
    """
    holders = [{quote.parent for quote in document.quotes} for document in corpus]
    held = [[q for q in d.quotes if q.id in ids] for d, ids in zip(corpus, holders, strict=True)]
    return (
        _sum("in another quote", (sum(q.parent is not None for q in d.quotes) for d in corpus)),
        _sum("with a quote in them", map(len, held)),
        _sum("of them wrappers", (sum(q.utterance is None for q in quotes) for quotes in held)),
    )


def reports(corpus: Corpus) -> tuple[Reports, ...]:
    """Every utterance; those that most documents carry first, then by id."""
    quotes: dict[str, list[list[Quote]]] = {}
    for number, document in enumerate(corpus):
        for quote in document.canonical().quotes:
            if quote.utterance is not None:
                empty: list[list[Quote]] = [[] for _ in corpus]
                quotes.setdefault(quote.utterance, empty)[number].append(quote)
    found = [
        Reports(
            utterance,
            principal(next(q for members in each for q in members).speaker, corpus.registry),
            tuple(
                tuple(derive_form(quote, document.quotes, document.text) for quote in members)
                for document, members in zip(corpus, each, strict=True)
            ),
        )
        for utterance, each in quotes.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.documents, each.utterance)))


def positions(corpus: Corpus) -> Positions:
    """Where each holder stands on each target, document by document.

    Holders are ordered by principal, as speakers are; targets as the corpus lists them.
    """
    stances = [{(s.holder, s.target): s.polarity for s in d.stances} for d in corpus]
    pairs = {pair for given in stances for pair in given}
    counts: Counter[str | None] = Counter(holder for given in stances for holder, _ in given)
    return {
        (holder, target.id): tuple(given.get((holder, target.id)) for given in stances)
        for holder in _by_principal(counts, corpus.registry)
        for target in corpus.targets
        if holder is not None and (holder, target.id) in pairs
    }


def principal(actor: str | None, registry: Registry) -> str | None:
    """Whom an actor speaks for in the end; None for none."""
    return None if actor is None else registry.principal(actor)


def provenance(corpus: Corpus) -> str:
    """What made a page or figure, and from which gold."""
    return f"Made by `{COMMAND}` from gold:{corpus.hash[:12]}."


def label(text: str, width: int = 60) -> str:
    """A name from the data in one line: white space as blanks, nothing unprintable, at most so long."""
    line = "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))
    return line if len(line) <= width else line[: width - 1] + "…"


def _sum(name: str | None, counts: Iterable[int]) -> Row:
    each = tuple(counts)
    return Row(name, each, sum(each))


def _tally(corpus: Corpus, values: Callable[[Document], Iterable[str | None]]) -> tuple[Row, ...]:
    """A row for each value that a document has."""
    counters = [Counter(values(document)) for document in corpus]
    names = dict.fromkeys(name for counter in counters for name in counter)
    return tuple(_sum(name, (counter[name] for counter in counters)) for name in names)


def _promotional(document: Document) -> int:
    return len(document.mentions) - len(scored(document, document).mentions)


def _forms(document: Document) -> Iterable[str]:
    return derive_forms(document.quotes, document.text)


def _by_principal(counts: Mapping[str | None, int], registry: Registry) -> list[str | None]:
    """Actors grouped by principal, who comes first in the group; what counts most comes first."""
    groups: Counter[str | None] = Counter()
    for actor, count in counts.items():
        groups[principal(actor, registry)] += count

    def order(actor: str | None) -> tuple[int, str, bool, int, str]:
        leader = principal(actor, registry)
        return (-groups[leader], leader or "", actor != leader, -counts[actor], actor or "")

    return sorted(counts, key=order)
