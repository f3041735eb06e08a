"""Rule G5: what annotators may not mark over the border of a zone, and where it is found."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import REGISTRY, TARGETS, article, quote, stance
from command import onrecord_command

import onrecord
from onrecord.corpus.corpus import load_articles
from onrecord.corpus.exports.exports import encode_export, read_export
from onrecord.corpus.files import encode_documents
from onrecord.corpus.validation import validate
from onrecord.dataset.build import build
from onrecord.document import Document, Mention, Span, Zone
from onrecord.exceptions import InvalidDocument, InvalidInput

TEXT = (
    "Cod talks fail\n\nBy Ola Lie, Bergen\n\nOslo and Reykjavik gave up. Kari Vold said it was "
    "over.\n\nRead more Vold: no deal, says Vold"
)
IDS = frozenset(target.id for target in TARGETS)


@pytest.fixture
def seed() -> Document:
    starts = [0, TEXT.index("By Ola"), TEXT.index("Oslo"), TEXT.index("Read more"), len(TEXT)]
    labels = ("headline", "byline", "body", "promo")
    zones = tuple(Zone(*one) for one in zip(starts, starts[1:], labels, strict=False))
    return onrecord.Document(
        **{name: getattr(article(TEXT), name) for name in ("id", "text", "sha256", "meta")},
        zones=zones,
    )


def over(first: str, last: str) -> Span:
    """The span from the beginning of some words to the end of others."""
    return Span(TEXT.index(first), TEXT.index(last) + len(last))


def ends(span: Span) -> tuple[int, int]:
    return (span.start, span.end)


def problems(document: Document) -> list[str]:
    try:
        validate(document, targets=IDS, registry=REGISTRY)
    except InvalidDocument as error:
        return [f"{field}: {reason}" for field, reason in error.problems]
    return []


CASES: dict[str, tuple[Callable[[Document], Document], list[str]]] = {
    "a mention over the border of promo": (
        lambda d: d.with_layers(mentions=[Mention(*ends(over("over.", "Read")), "DATE")]),
        [
            "mentions[0]: 'over. Read' crosses the border of body and promo, between 'said it was "
            "over.' and 'Read more Vold: no'"
        ],
    ),
    "a content over the border of byline and body": (
        lambda d: d.with_layers(
            quotes=[
                onrecord.Quote(id="q1", content=(over("Bergen", "Oslo"), over("it was", "over")))
            ]
        ),
        [
            "quotes[0].content[0]: 'Bergen Oslo' crosses the border of byline and body, between "
            "'By Ola Lie, Bergen' and 'Oslo and Reykjavik gave'"
        ],
    ),
    "a span over two borders": (
        lambda d: d.with_layers(
            stances=[
                onrecord.Stance(
                    holder="norway",
                    target="talks",
                    polarity="against",
                    evidence=(over("fail", "Oslo"),),
                )
            ]
        ),
        [
            "stances[0].evidence[0]: 'fail By Ola Lie, Bergen Oslo' crosses the border of headline and "
            "byline, between 'Cod talks fail' and 'By Ola Lie, Bergen'",
            "stances[0].evidence[0]: 'fail By Ola Lie, Bergen Oslo' crosses the border of byline and "
            "body, between 'By Ola Lie, Bergen' and 'Oslo and Reykjavik gave'",
        ],
    ),
    "a cue and a source over a border": (
        lambda d: d.with_layers(
            quotes=[
                onrecord.Quote(
                    id="q1",
                    content=(over("it was", "over"),),
                    cue=over("Bergen", "Oslo"),
                    source=over("fail", "By Ola"),
                )
            ]
        ),
        [
            "quotes[0].cue: 'Bergen Oslo' crosses the border of byline and body, between 'By Ola Lie, "
            "Bergen' and 'Oslo and Reykjavik gave'",
            "quotes[0].source: 'fail By Ola' crosses the border of headline and byline, between 'Cod "
            "talks fail' and 'By Ola Lie, Bergen'",
        ],
    ),
    "a source outside the promo of its content": (
        lambda d: d.with_layers(quotes=[quote(d, "q1", "no deal", cue="says", source="Kari Vold")]),
        [
            "quotes[0].source: 'Kari Vold' is outside promo, its content 'no deal' in: leave the "
            "source out"
        ],
    ),
    "a cue in promo": (
        lambda d: d.with_layers(quotes=[quote(d, "q1", "it was over", cue="says")]),
        ["quotes[0].cue: 'says' is in promo, its content 'it was over' outside: leave the cue out"],
    ),
    "a content with a piece on each side": (
        lambda d: d.with_layers(quotes=[quote(d, "q1", "it was over", "no deal")]),
        [
            "quotes[0].content: straddles the border of a promo zone: 'no deal' is in promo, 'it was "
            "over' is not"
        ],
    ),
    "evidence over the border of promo": (
        lambda d: d.with_layers(
            stances=[
                onrecord.Stance(
                    holder="norway",
                    target="talks",
                    polarity="against",
                    evidence=(over("over.", "Read"),),
                )
            ]
        ),
        [
            "stances[0].evidence: straddles the border of a promo zone, between 'said it was over.' and "
            "'Read more Vold: no'"
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_lies_over_a_border_is_refused_with_the_words_on_both_sides(
    name: str, seed: Document
) -> None:
    change, expected = CASES[name]
    assert problems(change(seed)) == expected


def test_what_keeps_to_the_zones_is_as_the_rule_wants_it(seed: Document) -> None:
    kept = seed.with_layers(
        mentions=[Mention(*ends(over("Kari", "Kari Vold")), "PERSON", "kari-vold")],
        quotes=[
            quote(seed, "q1", "Cod talks fail", "it was over", cue="said", source="Kari Vold"),
            quote(seed, "q2", "no deal", cue="says"),
        ],
        stances=[stance(seed, "norway", "talks", "against", "Cod talks fail", "gave up")],
    )
    assert problems(kept) == []


def test_a_system_may_cross_borders_but_for_content_and_evidence_that_straddle_promo(
    seed: Document,
) -> None:
    refused = {name for name, (change, _) in CASES.items() if not is_free(change(seed))}
    assert refused == {"a content with a piece on each side", "evidence over the border of promo"}


def is_free(document: Document) -> bool:
    try:
        validate(document, targets=IDS)
    except InvalidDocument:
        return False
    return True


def crossing(root: Path) -> Document:
    """An article with its gold layers, and a mention over the border of two zones."""
    gold = onrecord.load(root)["rt"]
    border = gold.zones[0].end
    start = gold.text.rindex(" ", 0, border - 1) + 1
    end = border + len(gold.text[border:].split()[0])
    others = [m for m in gold.mentions if m.end <= start or m.start >= end]
    return gold.with_layers(mentions=[*others, Mention(start, end, "DATE")]).canonical()


def test_the_gold_is_not_built_from_an_export_with_a_span_over_a_border(
    root: Path, tmp_path: Path
) -> None:
    for name in ("seeds", "annotation", "data"):
        shutil.copytree(root / name, tmp_path / name)
    gold = onrecord.load(root)
    export = tmp_path / "annotation" / "exports" / "gold.json"
    # the writer checks what systems must keep to as well, and no more
    export.write_bytes(encode_export(crossing(root) if d.id == "rt" else d for d in gold))
    with pytest.raises(InvalidInput, match=r"crosses the border of \w+ and \w+, between '"):
        build(tmp_path)


def test_validate_refuses_it_in_an_export_and_warns_of_it_in_predictions(
    root: Path, tmp_path: Path
) -> None:
    document = crossing(root)
    export, predictions = tmp_path / "anna.json", tmp_path / "system.jsonl"
    export.write_bytes(encode_export([document]))
    documents = [document if one.id == document.id else one for one in onrecord.load(root)]
    predictions.write_bytes(encode_documents(documents, text=False))
    refused = onrecord_command("validate", export)
    assert refused.returncode == 2
    assert "crosses the border of" in refused.stderr
    warned = onrecord_command("validate", predictions)
    assert warned.returncode == 0
    assert "warning: 1 span does not keep to the zones" in warned.stderr


@pytest.mark.parametrize("name", ["annotator-1", "annotator-2", "annotator-3", "gold"])
def test_the_published_passes_keep_to_the_zones(name: str, root: Path) -> None:
    articles = load_articles(root)
    file = root / "annotation" / "exports" / f"{name}.json"
    assert len(read_export(file, articles.seeds(), articles.target_ids, articles.registry)) == 5
