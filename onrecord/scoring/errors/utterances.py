"""The cases of utterances: links between reports of one act, one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import msgspec

from onrecord.corpus.resolution import Names
from onrecord.document import Document, Quote, Span
from onrecord.scoring.alignment import assign, sides
from onrecord.scoring.errors.cases import RIGHT, Case, Item, Pairs, make_item, offsets
from onrecord.scoring.errors.context import context

Place = tuple[int, int]
"""A quote: the number of its document, and its own in that document."""


class _Reports(msgspec.Struct, frozen=True):
    """The quotes of one side in all documents, and those of the other that they stand for."""

    articles: Sequence[Document]
    quotes: dict[Place, Quote]
    partners: dict[Place, Place]

    def links(self) -> Iterator[Sequence[Place]]:
        """The pairs of quotes with the same utterance, each in text order."""
        members: dict[str, list[Place]] = defaultdict(list)
        for place, quote in self.quotes.items():
            if quote.utterance is not None:
                members[quote.utterance].append(place)
        for reports in members.values():
            yield from combinations(sorted(reports, key=self._order), 2)

    def _order(self, place: Place) -> tuple[int, tuple[Span, ...], int]:
        number, index = place
        return (number, self.quotes[place].content, index)

    def found(self, link: Sequence[Place]) -> list[Place]:
        """The quotes of the other side that stand for those of a link."""
        return [self.partners[place] for place in link if place in self.partners]

    def are_linked(self, places: Sequence[Place]) -> bool:
        """Whether two quotes have the same utterance."""
        one, other = (self.quotes[place].utterance for place in places)
        return one is not None and one == other

    def why_not(self, places: Sequence[Place]) -> tuple[str, str]:
        """Why two quotes are not linked, and their utterances, in words."""
        utterances = [self.quotes[place].utterance for place in places]
        why = "no utterance" if None in utterances else "different utterances"
        return why, ", ".join(utterance or "none" for utterance in utterances)

    def items(self, link: Sequence[Place]) -> tuple[Item, ...]:
        """The quotes in words."""
        return tuple(
            make_item(
                self.articles[place[0]],
                self.quotes[place].content,
                self.quotes[place].utterance or "no utterance",
            )
            for place in link
        )


def cases(pairs: Pairs, gold_names: Names, names: Names) -> Iterator[Case]:
    """Every case: a gold link, or a predicted one that is not right."""
    articles = [left for left, _ in pairs]
    gold, predicted = _Reports(articles, {}, {}), _Reports(articles, {}, {})
    for number, (_, own, other) in enumerate(sides(pairs, gold_names, names)):
        gold.quotes.update({(number, i): quote for i, quote in enumerate(own.quotes)})
        predicted.quotes.update({(number, j): quote for j, quote in enumerate(other.quotes)})
        assigned = assign(own, other)
        gold.partners.update({(number, i): (number, j) for i, j in assigned})
        predicted.partners.update({(number, j): (number, i) for i, j in assigned})
    yield from (_of_gold(link, gold, predicted) for link in gold.links())
    for link in predicted.links():
        meant = predicted.found(link)
        if len(meant) < 2 or not gold.are_linked(meant):
            yield _wrong(link, gold, predicted)


def _of_gold(link: Sequence[Place], gold: _Reports, predicted: _Reports) -> Case:
    items, found = gold.items(link), gold.found(link)
    if not found:
        return _case("lost", "neither quote found", gold, items)
    if len(found) == 1:
        (lost,) = gold.items([place for place in link if place not in gold.partners])
        note = f"not found: {lost.document} {offsets(lost)}"
        return _case("lost", "one quote not found", gold, items, note=note)
    if predicted.are_linked(found):
        return _case(RIGHT, None, gold, items, predicted.items(found))
    why, utterances = predicted.why_not(found)
    return _case("not-linked", why, gold, items, note=f"predicted {utterances}")


def _wrong(link: Sequence[Place], gold: _Reports, predicted: _Reports) -> Case:
    items, meant = predicted.items(link), predicted.found(link)
    if len(meant) < 2:
        return _case("wrong-link", "quote not in the gold", gold, (), items)
    why, utterances = gold.why_not(meant)
    return _case("wrong-link", why, gold, (), items, note=f"gold {utterances}")


def _case(
    kind: str,
    subkind: str | None,
    reports: _Reports,
    gold: tuple[Item, ...],
    predicted: tuple[Item, ...] = (),
    *,
    note: str | None = None,
) -> Case:
    texts = {article.id: article.text for article in reports.articles}
    shown = gold or predicted
    return Case(
        layer="utterances",
        kind=kind,
        subkind=subkind,
        document=shown[0].document,
        start=shown[0].spans[0].start,
        end=shown[0].spans[-1].end,
        gold=gold,
        predicted=predicted,
        note=note,
        context=tuple(context(texts[item.document], item.spans) for item in shown),
    )
