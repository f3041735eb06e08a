"""Agreement of two passes over the same articles, layer by layer and document by document.

F1 and LEA are the scorer's own: agreement is the score of one pass against the other. Chance-
corrected figures are Krippendorff's alpha for nominal data, by the package of that name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from onrecord.corpus import Corpus
from onrecord.document import Document
from onrecord.errors import OnRecordError
from onrecord.registry import Names, resolve_names
from onrecord.scoring import tables
from onrecord.scoring.alignment import Side, assign, content_characters, overlap, side
from onrecord.scoring.entities import items as entity_items
from onrecord.scoring.stances import items as stance_items
from onrecord.tokens import passages, tokenize


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of agreement: over all documents and in each; None where it is not defined."""

    layer: str
    name: str
    overall: float | None
    documents: dict[str, float | None]


class _Pass(msgspec.Struct, frozen=True):
    documents: tuple[Document, ...]
    names: Names

    def only(self, index: int) -> _Pass:
        return _Pass(self.documents[index : index + 1], self.names)


Figure = Callable[[_Pass, _Pass], float | None]


def agreement(
    articles: Corpus, one: Sequence[Document], other: Sequence[Document]
) -> tuple[Measure, ...]:
    """How far two passes agree; exchanging them changes nothing.

    Args:
        articles: the corpus; its registry resolves the names of speakers and holders.
        one: a pass, with a document for each of the corpus, in its order.
        other: another.

    Raises:
        OnRecordError: the package krippendorff is not installed.
    """
    left = _Pass(tuple(one), resolve_names(one, articles.registry))
    right = _Pass(tuple(other), resolve_names(other, articles.registry))
    return tuple(
        Measure(
            layer=layer,
            name=name,
            overall=figure(left, right),
            documents={
                document.id: figure(left.only(index), right.only(index))
                for index, document in enumerate(articles.documents)
            },
        )
        for layer, name, figure in _FIGURES
    )


def _headline(layer: str) -> Figure:
    """F1 or LEA of the layer; pairwise F1 is the agreement of Hripcsak & Rothschild (2005)."""

    def figure(one: _Pass, other: _Pass) -> float | None:
        return tables(_pairs(one, other), one.names, other.names)[layer].f1

    return figure


def _pairs(one: _Pass, other: _Pass) -> list[tuple[Document, Document]]:
    return list(zip(one.documents, other.documents, strict=True))


def _mention_overlap(one: _Pass, other: _Pass) -> float | None:
    """Pairwise F1 of mentions that share a character and the type, matched one to one."""
    matched = total = 0
    for left, right in _pairs(one, other):
        first, second = sorted(entity_items(left)), sorted(entity_items(right))
        total += len(first) + len(second)
        taken: set[int] = set()
        for start, end, label in first:  # both sides are flat and sorted: the first fit is optimal
            for index, (begin, stop, kind) in enumerate(second):
                if index not in taken and kind == label and begin < end and start < stop:
                    taken.add(index)
                    matched += 1
                    break
    return 2 * matched / total if total else None


def _mention_types(one: _Pass, other: _Pass) -> float | None:
    """Alpha of the types of mentions with the same span."""
    labels: list[tuple[str, str]] = []
    for left, right in _pairs(one, other):
        types = {(start, end): label for start, end, label in entity_items(right)}
        for start, end, label in sorted(entity_items(left)):
            if (start, end) in types:
                labels.append((label, types[start, end]))
    return _alpha(labels)


def _sides(one: _Pass, other: _Pass) -> list[tuple[Side, Side]]:
    return [
        (side(left.quotes, left, one.names), side(right.quotes, right, other.names))
        for left, right in _pairs(one, other)
    ]


def _content_exact(one: _Pass, other: _Pass) -> float | None:
    """Pairwise F1 of quotes with the same content, whoever speaks."""
    matched = total = 0
    for left, right in _sides(one, other):
        total += len(left.quotes) + len(right.quotes)
        matched += sum(
            left.contents[i] == right.contents[j] for i, j in assign(left, right, least=1.0)
        )
    return 2 * matched / total if total else None


def _content_overlap(one: _Pass, other: _Pass) -> float | None:
    """F1 where each pair of the best pairing counts by its overlap."""
    shared = 0.0
    total = 0
    for left, right in _sides(one, other):
        total += len(left.quotes) + len(right.quotes)
        pairs = assign(left, right, least=1e-9)
        shared += sum(overlap(left.contents[i], right.contents[j]) for i, j in pairs)
    return 2 * shared / total if total else None


def _content_tokens(one: _Pass, other: _Pass) -> float | None:
    """Alpha over tokens, each inside some quote's content or not (as PolNeAR reports)."""
    labels: list[tuple[str, str]] = []
    for left, right in _pairs(one, other):
        first, second = (
            set().union(*(content_characters(q.content, d.text) for q in d.quotes))
            for d in (left, right)
        )
        for passage in passages(left):
            for token in tokenize(left.text, passage):
                if left.text[token.start].isalnum():
                    labels.append((str(token.start in first), str(token.start in second)))
    return _alpha(labels)


def _speakers(one: _Pass, other: _Pass) -> float | None:
    """Alpha of the speakers of quotes put side by side; null is a value, unresolved names too."""
    labels = [
        (left.speakers[i] or "", right.speakers[j] or "")
        for left, right in _sides(one, other)
        for i, j in assign(left, right)
    ]
    return _alpha(labels)


def _polarities(one: _Pass, other: _Pass) -> float | None:
    """Alpha of the polarity of stances with the same holder and target."""
    labels: list[tuple[str, str]] = []
    for left, right in _pairs(one, other):
        polarity = {(h, t): p for h, t, p in sorted(stance_items(right, other.names))}
        for holder, target, value in sorted(stance_items(left, one.names)):
            if (holder, target) in polarity:
                labels.append((value, polarity[holder, target]))
    return _alpha(labels)


def _alpha(labels: Sequence[tuple[str, str]]) -> float | None:
    """Krippendorff's nominal alpha of pairs of labels; None where there is nothing to tell apart.

    Krippendorff (2019), Content Analysis, chapter 12. With one value only, chance and observation
    are the same, and the figure is not defined.
    """
    values = sorted({label for pair in labels for label in pair})
    if len(values) < 2:
        return None
    try:
        import krippendorff
    except ModuleNotFoundError:
        raise OnRecordError(
            "krippendorff is not installed; pip install 'onrecord[agreement]'"
        ) from None

    codes = {value: float(code) for code, value in enumerate(values)}
    data = [[codes[pair[coder]] for pair in labels] for coder in (0, 1)]
    return float(krippendorff.alpha(reliability_data=data, level_of_measurement="nominal"))


_FIGURES: tuple[tuple[str, str, Figure], ...] = (
    ("entities", "F1 exact", _headline("entities")),
    ("entities", "F1 overlapping", _mention_overlap),
    ("entities", "alpha of types", _mention_types),
    ("linking", "LEA", _headline("linking")),
    ("quotes", "F1 content and speaker", _headline("quotes")),
    ("quotes", "F1 content exact", _content_exact),
    ("quotes", "F1 content overlapping", _content_overlap),
    ("quotes", "alpha of tokens", _content_tokens),
    ("quotes", "alpha of speakers", _speakers),
    ("utterances", "LEA", _headline("utterances")),
    ("stances", "F1", _headline("stances")),
    ("stances", "alpha of polarities", _polarities),
)
