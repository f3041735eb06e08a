"""Agreement of two passes over the same articles, layer by layer and document by document.

F1 and LEA are the scorer's own: agreement is the score of one pass against the other. Chance-
corrected figures are Krippendorff's alpha for nominal data, by the package of that name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.corpus.resolution import resolve_names
from onrecord.corpus.tokens import passages, tokenize
from onrecord.document import Document
from onrecord.exceptions import InvalidInput, OnRecordError
from onrecord.scoring.alignment import assign, content_of
from onrecord.scoring.entities import items as entity_items
from onrecord.scoring.further import content_exact, content_overlap, sides, type_only
from onrecord.scoring.material import Material
from onrecord.scoring.scores import SCORER_VERSION, predictions_hash, tables
from onrecord.scoring.stances import items as stance_items


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of agreement: over all documents and in each; None where it is not defined."""

    layer: str
    name: str
    overall: float | None
    documents: dict[str, float | None]


Figure = Callable[[Material], float | None]


def agreement(
    articles: Corpus, one: Sequence[Document], other: Sequence[Document]
) -> tuple[Measure, ...]:
    """How far two passes agree; exchanging them changes nothing.

        onrecord.agreement(gold, onrecord.read("a.json"), onrecord.read("b.json"))

    Args:
        articles: the corpus; its registry resolves the names of speakers and holders.
        one: a pass: documents of the corpus, each once.
        other: another, of the same documents in any order.

    Raises:
        InvalidInput: the passes are not of the same documents.
        OnRecordError: the package krippendorff is not installed.
    """
    other = _as_ordered(one, other)
    both = Material(
        pairs=list(zip(one, other, strict=True)),
        gold_names=resolve_names(one, articles.registry),
        names=resolve_names(other, articles.registry),
        registry=articles.registry,
    )
    alone = {pair[0].id: msgspec.structs.replace(both, pairs=[pair]) for pair in both.pairs}
    return tuple(
        Measure(
            layer=layer,
            name=name,
            overall=figure(both),
            documents={id: figure(material) for id, material in alone.items()},
        )
        for layer, name, figure in _FIGURES
    )


def _as_ordered(one: Sequence[Document], other: Sequence[Document]) -> list[Document]:
    """The documents of the other pass in the order of the one."""
    found = {document.id: document for document in other}
    ids = [document.id for document in one]
    if sorted(ids) != sorted(document.id for document in other):
        raise InvalidInput("the two passes are not of the same documents, each once")
    return [found[id] for id in ids]


def agreement_signature(one: Sequence[Document], other: Sequence[Document]) -> str:
    """One line that says which passes were compared, and how."""
    passes = "|".join(
        f"{side}:{predictions_hash(documents)[:12]}"
        for side, documents in (("one", one), ("other", other))
    )
    return f"{passes}|docs:{len(one)}|zones:all|trim:yes|overlap:0.8|scorer:{SCORER_VERSION}"


def _headline(layer: str) -> Figure:
    """F1 or LEA of the layer; pairwise F1 is the agreement of Hripcsak & Rothschild (2005)."""

    def figure(both: Material) -> float | None:
        return tables(both.pairs, both.gold_names, both.names)[layer].f1

    return figure


def _mention_types(both: Material) -> float | None:
    """Alpha of the types of mentions with the same span."""
    labels: list[tuple[str, str]] = []
    for left, right in both.pairs:
        types = {(start, end): label for start, end, label in entity_items(right)}
        for start, end, label in sorted(entity_items(left)):
            if (start, end) in types:
                labels.append((label, types[start, end]))
    return _alpha(labels)


def _content_tokens(both: Material) -> float | None:
    """Alpha over tokens, each inside some quote's content or not (as PolNeAR reports)."""
    labels: list[tuple[str, str]] = []
    for left, right in both.pairs:
        first, second = (_said(document) for document in (left, right))
        for passage in passages(left):
            for token in tokenize(left.text, passage):
                if left.text[token.start].isalnum():
                    place = token.start
                    labels.append((str(_is_in(first, place)), str(_is_in(second, place))))
    return _alpha(labels)


def _said(document: Document) -> Sequence[tuple[int, int]]:
    """The stretches inside any quote, in order and apart."""
    merged: list[tuple[int, int]] = []
    contents = (content_of(quote.content, document.text) for quote in document.quotes)
    for start, end in sorted(stretch for content in contents for stretch in content.stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _is_in(stretches: Sequence[tuple[int, int]], place: int) -> bool:
    """Whether a letter or digit is in one of the stretches."""
    number = bisect_right(stretches, place, key=lambda stretch: stretch[0])
    return number > 0 and place < stretches[number - 1][1]


def _speakers(both: Material) -> float | None:
    """Alpha of the speakers of quotes put side by side; null is a value, unresolved names too."""
    labels = [
        (left.speakers[i] or "", right.speakers[j] or "")
        for _, left, right in sides(both)
        for i, j in assign(left, right)
    ]
    return _alpha(labels)


def _polarities(both: Material) -> float | None:
    """Alpha of the polarity of stances with the same holder and target."""
    labels: list[tuple[str, str]] = []
    for left, right in both.pairs:
        polarity = {(h, t): p for h, t, p in sorted(stance_items(right, both.names))}
        for holder, target, value in sorted(stance_items(left, both.gold_names)):
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
    ("entities", "F1 overlapping", lambda both: type_only(both.pairs).f1),
    ("entities", "alpha of types", _mention_types),
    ("linking", "LEA", _headline("linking")),
    ("quotes", "F1 content and speaker", _headline("quotes")),
    ("quotes", "F1 content exact", lambda both: content_exact(both).f1),
    ("quotes", "F1 content overlapping", lambda both: content_overlap(both).f1),
    ("quotes", "alpha of tokens", _content_tokens),
    ("quotes", "alpha of speakers", _speakers),
    ("utterances", "LEA", _headline("utterances")),
    ("stances", "F1", _headline("stances")),
    ("stances", "alpha of polarities", _polarities),
)
