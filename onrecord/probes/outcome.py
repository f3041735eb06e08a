"""The outcome of a system on a probe: which focus items it found, and which decoys it gave.

Each item is judged by the headline rule of its own layer. Every member is a world of its own:
what a system's entity and utterance ids mean has the scope of the one passage.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from onrecord.corpus.names import trim
from onrecord.corpus.registry import Registry
from onrecord.corpus.resolution import Meanings, Names, resolve_names
from onrecord.document import Document, Quote, Span
from onrecord.probes.probe import Item, Probe
from onrecord.scoring import entities, linking, stances
from onrecord.scoring.alignment import SAME, Side, assign, matches, overlap, side


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a system did on one member."""

    probe: Probe
    predicted: Document
    found: tuple[bool, ...]
    """For each focus item, whether the system found it."""
    given: tuple[bool, ...]
    """For each decoy, whether the system gave it."""

    @property
    def right(self) -> bool:
        """Whether every focus item was found and no decoy was given."""
        return all(self.found) and not any(self.given)


def outcomes(
    probes: Sequence[Probe], documents: Sequence[Document], registry: Registry
) -> tuple[Outcome, ...]:
    """What a system did on each probe.

    Args:
        probes: the members.
        documents: its output on each, in the same order.
        registry: the probes' registry, by which its speakers and holders are resolved.
    """
    actors = {entity.id: entity.id for entity in registry if entity.actor}
    return tuple(
        _outcome(probe, document, actors, registry)
        for probe, document in zip(probes, documents, strict=True)
    )


def _outcome(probe: Probe, predicted: Document, actors: Meanings, registry: Registry) -> Outcome:
    judge = _Judge(probe.document, predicted, actors, resolve_names([predicted], registry))
    return Outcome(
        probe=probe,
        predicted=predicted,
        found=judge.found(probe.focus),
        given=judge.found(probe.decoys, apart=True),
    )


class _Judge:
    """Which items a prediction of one passage has."""

    def __init__(self, gold: Document, predicted: Document, actors: Meanings, names: Names) -> None:
        self.gold = gold
        self.actors = actors
        self.quotes = side(predicted.quotes, gold, names[predicted.id])
        self.mentions = entities.items(predicted)
        self.clusters = linking.clusters(predicted)
        self.stances = stances.items(predicted, names)
        self.sound = stances.sound(self.stances)
        self._utterances: Mapping[str, str | None] | None = None

    def found(self, items: Sequence[Item], *, apart: bool = False) -> tuple[bool, ...]:
        """For each item, whether it is there.

        A predicted quote stands for one focus item only (a maximum matching, as in the score);
        ``apart`` judges every item by itself, as wrong answers are judged. A hedge (contrary
        polarities of one holder on one target) finds nothing, as in the score, and gives both.
        """
        found, matched = [], 0
        quoted: list[Quote] = []
        for item in items:
            if item.kind != "quote":
                found.append(self._is_there(item, self.stances if apart else self.sound))
                continue
            quoted = [*([] if apart else quoted), self._as_quote(item, len(quoted))]
            count = len(matches(self._side(quoted), self.quotes))
            found.append(count > (0 if apart else matched))
            matched = count
        return tuple(found)

    def _is_there(self, item: Item, held: Collection[stances.Item]) -> bool:
        if item.kind == "mention":
            assert item.label is not None
            place = trim(item.spans[0], self.gold.text, person=item.label == "PERSON")
            return (place.start, place.end, item.label) in self.mentions
        if item.kind == "stance":
            return (item.holder, item.target, item.polarity) in held
        if item.kind == "link":
            one, other = (self.clusters.get(self._place(span)) for span in item.spans)
            return one is not None and one == other
        if item.kind == "content":
            [content] = self._side([self._as_quote(item, 0)]).contents
            return any(overlap(content, other) >= SAME for other in self.quotes.contents)
        assert item.kind == "same"
        utterance, other_utterance = (self._utterance(id) for id in item.quotes)
        return utterance is not None and utterance == other_utterance

    def _as_quote(self, item: Item, number: int) -> Quote:
        return Quote(id=f"item-{number}", content=item.spans, speaker=item.speaker)

    def _side(self, quotes: Sequence[Quote]) -> Side:
        return side(quotes, self.gold, self.actors)

    def _place(self, span: Span) -> tuple[int, int]:
        """Where a name is that the gold marks, trimmed as it is in the score."""
        labels = {m.label for m in self.gold.mentions if m.span == span}
        place = trim(span, self.gold.text, person="PERSON" in labels)
        return place.start, place.end

    def _utterance(self, quote: str) -> str | None:
        """The utterance of what was predicted for a quote of the gold."""
        if self._utterances is None:
            gold = self._side(self.gold.quotes)
            self._utterances = {
                gold.quotes[i].id: self.quotes.quotes[j].utterance
                for i, j in assign(gold, self.quotes)
            }
        return self._utterances.get(quote)
