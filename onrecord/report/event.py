"""The event: who said what where, who stands where, and who is named how, outlet by outlet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.document import Document, Quote, Span


class Place(msgspec.Struct, frozen=True):
    """Words of an article, where they are, and what else is known."""

    words: str
    spans: tuple[Span, ...]
    more: str = ""

    @property
    def at(self) -> str:
        """Where they are, as the address of a page says it."""
        return ",".join(f"{span.start}-{span.end}" for span in self.spans)


class Row(msgspec.Struct, frozen=True):
    """A line of a table: what it is about, and the places in each article that has one."""

    name: str
    about: str
    cells: Mapping[int, tuple[Place, ...]]
    """By the number of the article."""

    @property
    def articles(self) -> int:
        """In how many articles something is there."""
        return len(self.cells)


def utterances(corpus: Corpus) -> list[Row]:
    """Each act of saying with the words of its reports; those in most articles first."""
    names = {entity.id: entity.name for entity in corpus.registry}
    found: dict[str, list[tuple[int, Document, Quote]]] = defaultdict(list)
    for number, document in enumerate(corpus):
        for quote in document.quotes:
            if quote.utterance is not None:
                found[quote.utterance].append((number, document, quote))
    rows = []
    for utterance, reports in found.items():
        speakers = dict.fromkeys(quote.speaker for _, _, quote in reports)
        who = ", ".join(names.get(id or "", "nobody named") for id in speakers)
        places = [(number, _said(document, quote, names)) for number, document, quote in reports]
        rows.append(Row(who, utterance.replace("-", " "), _cells(places)))
    return sorted(rows, key=lambda row: (-row.articles, row.name, row.about))


def _said(document: Document, quote: Quote, names: Mapping[str, str]) -> Place:
    words = " … ".join(span.of(document.text) for span in quote.content)
    more = [] if quote.cue is None else [quote.cue.of(document.text)]
    around = next((one for one in document.quotes if one.id == quote.parent), None)
    if around is not None and around.speaker != quote.speaker:
        more.append(f"as told by {names.get(around.speaker or '', 'nobody named')}")
    told = f"({', '.join(more)})" if more else ""
    return Place(" ".join(words.split()), quote.content, told)


def stances(corpus: Corpus) -> list[tuple[str, list[Row]]]:
    """For each target its holders, with the polarity in each article and the words that show it."""
    names = {entity.id: entity.name for entity in corpus.registry}
    held: dict[str, dict[str, list[tuple[int, Place]]]] = defaultdict(lambda: defaultdict(list))
    for number, document in enumerate(corpus):
        for stance in document.stances:
            words = " … ".join(span.of(document.text) for span in stance.evidence)
            place = Place(stance.polarity, stance.evidence, " ".join(words.split()))
            held[stance.target][names.get(stance.holder, stance.holder)].append((number, place))
    tables = []
    for target in corpus.targets:
        rows = [Row(holder, "", _cells(places)) for holder, places in held[target.id].items()]
        tables.append((target.proposition, sorted(rows, key=lambda row: (-row.articles, row.name))))
    return tables


def entities(corpus: Corpus) -> list[Row]:
    """Each entity of the registry that is named, with its names in each article and how often."""
    named: dict[str, list[tuple[int, Place]]] = defaultdict(list)
    for number, document in enumerate(corpus):
        counts: dict[str, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
        for mention in document.mentions:
            if mention.entity is not None:
                counts[mention.entity][mention.of(document.text)].append(mention.span)
        for entity, names in counts.items():
            for words, spans in sorted(names.items(), key=lambda one: (-len(one[1]), one[0])):
                more = f"{len(spans)} times" if len(spans) > 1 else ""
                named[entity].append((number, Place(words, (spans[0],), more)))
    rows = [
        Row(entity.name, entity.label, _cells(named[entity.id]))
        for entity in corpus.registry
        if entity.id in named
    ]
    return sorted(rows, key=lambda row: (-row.articles, row.name))


def _cells(places: Iterable[tuple[int, Place]]) -> dict[int, tuple[Place, ...]]:
    cells: dict[int, list[Place]] = defaultdict(list)
    for number, place in places:
        cells[number].append(place)
    return {number: tuple(cells[number]) for number in sorted(cells)}


def outlets(corpus: Sequence[Document] | Corpus) -> list[str]:
    """What each article is called at the head of a column: its outlet, else its id."""
    return [document.meta.outlet or document.id for document in corpus]
