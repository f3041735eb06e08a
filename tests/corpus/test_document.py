"""The form of quotes, and the one order that files use."""

from __future__ import annotations

import msgspec
import pytest
from builders import article, quote
from effort import lines

import onrecord
from onrecord.document import Document, Mention, Quote, Span, derive_form, derive_forms


@pytest.mark.parametrize(
    ("text", "content", "form"),
    [
        ("Vold said “we go on.”", "“we go on.”", "direct"),
        ("Vold said 'we go on'.", "'we go on'", "direct"),
        ('Vold said "we go on."', '"we go on."', "direct"),
        ("Vold said that they go on.", "that they go on", "indirect"),
        ("Vold said that they “go on” today.", "that they “go on” today", "mixed"),
        ("Vold said the countries’ boats wait.", "the countries’ boats wait", "indirect"),
        ("Vold said it’s Oslo's harbour.", "it’s Oslo's harbour", "indirect"),
    ],
)
def test_form_is_read_from_the_contents_own_marks(text: str, content: str, form: str) -> None:
    document = article(text)
    found = quote(document, "q1", content, cue="said", source="Vold")
    assert derive_form(found, [found], text) == form


def test_a_mark_that_is_never_closed_runs_to_the_end() -> None:
    document = article("Vold said “we go on.\nThe boats left.")
    found = quote(document, "q1", "“we go on.", cue="said", source="Vold")
    assert derive_form(found, [found], document.text) == "direct"


def test_a_mark_that_was_never_opened_makes_the_form_mixed() -> None:
    document = article("Vold said the boats must go on.”")
    found = quote(document, "q1", "the boats must go on.”", cue="said", source="Vold")
    assert derive_form(found, [found], document.text) == "mixed"


def test_sentences_of_one_quotation_share_its_marks() -> None:
    document = article("“It is cold. It is late. We go on,” Vold said.")
    quotes = [
        quote(document, id, content, cue="said", source="Vold")
        for id, content in [("q1", "“It is cold."), ("q2", "It is late."), ("q3", "We go on,”")]
    ]
    assert [derive_form(q, quotes, document.text) for q in quotes] == ["direct"] * 3
    assert derive_forms(quotes, document.text) == ["direct"] * 3


def test_marks_of_the_outer_report_are_not_the_inner_reports_own() -> None:
    document = article("The ministry said: “Vold urged Iceland to go on.”")
    outer = quote(document, "q1", "“Vold urged Iceland to go on.”", cue="said")
    inner = quote(document, "q2", "to go on", cue="urged", source="Vold", parent="q1")
    assert derive_form(outer, [outer, inner], document.text) == "direct"
    assert derive_form(inner, [outer, inner], document.text) == "indirect"


def test_an_interrupted_quotation_is_direct() -> None:
    document = article("“We,” Vold said, “go on.”")
    found = quote(document, "q1", "“We,”", "“go on.”", cue="said", source="Vold")
    assert derive_form(found, [found], document.text) == "direct"


def test_canonical_order_does_not_depend_on_the_order_given() -> None:
    document = article("⟦Vold|PERSON|v⟧ said “go” and ⟦Iceland|GPE|i⟧ said “stay”.")
    quotes = [quote(document, "b", "“stay”"), quote(document, "a", "“go”")]
    one = document.with_layers(quotes=quotes)
    other = document.with_layers(mentions=document.mentions[::-1], quotes=quotes[::-1])
    assert one != other
    assert one.canonical() == other.canonical()
    assert [q.id for q in one.canonical().quotes] == ["a", "b"]


def test_quotes_are_numbered_in_text_order_the_longer_first() -> None:
    document = article("Vold said Iceland had asked for talks. Jónsson left.")
    quotes = [
        quote(document, "x7Y_2", "for talks", parent="x7Y_1"),
        quote(document, "x7Y_3", "Iceland", parent="x7Y_1"),
        quote(document, "x7Y_1", "Iceland had asked for talks"),
    ]
    numbered = document.with_layers(quotes=quotes).numbered()
    assert [(q.id, q.content[0].of(document.text), q.parent) for q in numbered.quotes] == [
        ("q2", "Iceland", "q1"),
        ("q1", "Iceland had asked for talks", None),
        ("q3", "for talks", "q1"),
    ]
    assert numbered.numbered() == numbered


def test_offsets_are_code_points_also_after_astral_characters() -> None:
    document = article("🐟🐟 ⟦Jónsson|PERSON|j⟧ ⟦İzmir|GPE|z⟧")
    assert [m.span for m in document.mentions] == [Span(3, 10), Span(11, 16)]


def test_values_are_frozen() -> None:
    document = article("Vold")
    with pytest.raises(AttributeError):
        document.text = "Volt"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Mention(0, 1, "GPE").start = 2  # type: ignore[misc]


def test_a_document_survives_json() -> None:
    document = article("⟦Vold|PERSON|v⟧ said “go”.")
    document = document.with_layers(quotes=[quote(document, "q", "“go”", cue="said")])
    assert msgspec.json.decode(msgspec.json.encode(document), type=Document) == document


def test_the_forms_of_all_quotes_are_those_of_each(gold: onrecord.Corpus) -> None:
    for document in gold:
        alone = [derive_form(q, document.quotes, document.text) for q in document.quotes]
        assert derive_forms(document.quotes, document.text) == alone


def test_the_marks_of_an_act_are_read_once() -> None:
    def effort(times: int) -> int:
        document = article("Vold said: " + "“We go on.” " * times)
        cue, length = Span(5, 9), len("“We go on.” ")
        quotes = [
            Quote(id=f"q{n}", content=(Span(start, start + length - 1),), cue=cue)
            for n, start in enumerate(range(11, len(document.text), length))
        ]
        assert len(quotes) == times
        return lines(lambda: derive_forms(quotes, document.text))

    assert effort(400) < 4.5 * effort(100)
