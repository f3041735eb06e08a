"""What understands nothing fails the sets: a majority answer, a bag of words, the first sentence alone.

The first two get more than a system has: the candidates. Of each member they see its focus and decoys
without being told which is which, and say of each whether it is there. What they know they learn from
the other sets, so that nothing of a set helps to answer it.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise

import pytest
from msgspec.structs import replace

import onrecord
from onrecord import Document, Probe, Probes
from onrecord.probes.probe import Item
from onrecord.probes.score import score_probes

FLOOR = 0.10
"""No such system may have this share of the sets right."""

Answer = Callable[[Probe, Item], bool]
"""Whether a member has an item, as a system says."""
Group = tuple[str, str | None, str | None]


@pytest.fixture(scope="module")
def probes() -> Probes:
    return onrecord.load_probes()


def candidates(probe: Probe) -> Iterator[tuple[Item, bool]]:
    """The items that a member is about, and whether they are there."""
    yield from ((item, True) for item in probe.focus)
    yield from ((item, False) for item in probe.decoys)


def group(item: Item) -> Group:
    """What is alike in items of any words: a quote by somebody is one as by anybody."""
    kind = "quote" if item.kind == "content" else item.kind
    return kind, item.label, item.polarity


def sets_right(probes: Probes, answer: Answer) -> float:
    """The share of sets in which every item of every member is judged right."""
    wrong = {
        probe.set
        for probe in probes
        if any(answer(probe, item) != there for item, there in candidates(probe))
    }
    return 1 - len(wrong) / len({probe.set for probe in probes})


def majority(probes: Probes) -> Answer:
    """Of items of a kind, type or polarity in the other sets of the phenomenon, what most are."""
    seen: Counter[tuple[str, Group, bool]] = Counter()
    own: Counter[tuple[str, Group, bool]] = Counter()
    for probe in probes:
        for item, there in candidates(probe):
            seen[probe.phenomenon, group(item), there] += 1
            own[probe.set, group(item), there] += 1

    def answer(probe: Probe, item: Item) -> bool:
        of = group(item)
        yes, no = (
            seen[probe.phenomenon, of, there] - own[probe.set, of, there] for there in (True, False)
        )
        return yes > no

    return answer


@cache
def words(text: str, names: tuple[tuple[int, int, str], ...]) -> tuple[str, ...]:
    """The words and marks of a passage, names by their type."""
    for start, end, label in sorted(names, reverse=True):
        text = f"{text[:start]} _{label}_ {text[end:]}"
    return tuple(re.findall(r"\w+|[“”‘’\"'!?:;]", text.lower()))


def features(probe: Probe, item: Item) -> set[str]:
    """The words of a passage and their pairs, and the words of the item, each with what it is."""
    document, of = probe.document, str(group(item))
    names = tuple((m.start, m.end, m.label) for m in document.mentions if m.entity is not None)
    tokens = words(document.text, names)
    pairs = pairwise(tokens)
    own = (word for s in item.spans for word in re.findall(r"\w+", s.of(document.text).lower()))
    return {
        *(f"{of} {token}" for token in tokens),
        *(f"{of} {one} {other}" for one, other in pairs),
        *(f"{of} in {word}" for word in own),
    }


def bag_of_words(probes: Probes, scope: str) -> Answer:
    """Naive Bayes over words, trained on all other sets of the same phenomenon or layer."""
    counts: dict[str, dict[bool, Counter[str]]] = defaultdict(
        lambda: {True: Counter(), False: Counter()}
    )
    sizes: Counter[tuple[str, bool]] = Counter()
    described = {
        (probe.id, item): features(probe, item) for probe in probes for item, _ in candidates(probe)
    }
    for probe in probes:
        for item, there in candidates(probe):
            for of in (f"of {getattr(probe, scope)}", probe.set):
                counts[of][there].update(described[probe.id, item])
                sizes[of, there] += 1

    def answer(probe: Probe, item: Item) -> bool:
        every, own = f"of {getattr(probe, scope)}", probe.set
        yes, no = (sizes[every, there] - sizes[own, there] + 1 for there in (True, False))
        weight = math.log(yes / no)
        for feature in described[probe.id, item]:
            with_yes, with_no = (
                counts[every][there][feature] - counts[own][there][feature] + 0.5
                for there in (True, False)
            )
            weight += math.log(with_yes / yes) - math.log(with_no / no)
        return weight > 0

    return answer


SENTENCE = re.compile(r"[.!?][”’\"')]*(?=\s|$)|\n")


def first_sentence(document: Document) -> Document:
    """The annotation of the first sentence: what a reader finds who reads it without fault, and no more."""
    match = SENTENCE.search(document.text)
    end = match.end() if match else len(document.text)
    quotes = {q.id: q for q in document.quotes if all(span.end <= end for span in q.content)}
    return document.with_layers(
        mentions=[m for m in document.mentions if m.end <= end],
        quotes=[
            replace(
                quote,
                cue=quote.cue if quote.cue and quote.cue.end <= end else None,
                source=quote.source if quote.source and quote.source.end <= end else None,
                parent=quote.parent if quote.parent in quotes else None,
            )
            for quote in quotes.values()
        ],
        stances=[s for s in document.stances if all(span.end <= end for span in s.evidence)],
    )


def test_the_majority_answer_is_right_on_few_sets(probes: Probes) -> None:
    assert sets_right(probes, majority(probes)) < FLOOR


@pytest.mark.parametrize("scope", ["phenomenon", "layer"])
def test_a_bag_of_words_is_right_on_few_sets(probes: Probes, scope: str) -> None:
    assert sets_right(probes, bag_of_words(probes, scope)) < FLOOR


def test_the_first_sentence_alone_gives_few_sets(probes: Probes) -> None:
    documents = [first_sentence(probe.document) for probe in probes]
    share = score_probes(probes, documents, layers=onrecord.LAYERS).table.sets.value
    assert share is not None
    assert 0 < share < FLOOR


def test_what_always_gives_the_focus_is_right_on_all_sets(probes: Probes) -> None:
    """The measure itself: who knows what is there has every set."""
    assert sets_right(probes, lambda probe, item: item in probe.focus) == 1
    assert sets_right(probes, lambda probe, item: True) < FLOOR
    assert sets_right(probes, lambda probe, item: False) < FLOOR
