"""The rule-based baseline, on invented text."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from effort import lines
from hypothesis import given, settings
from hypothesis import strategies as st

from onrecord import Document, Meta, Zone, validate
from onrecord.corpus.registry import Target
from onrecord.document import text_hash
from onrecord.systems.run import load_system

SYSTEM = Path(__file__).parents[2] / "baselines" / "rules.py"

TARGETS = (
    Target(id="fine", proposition="The town should fine Nordvann."),
    Target(id="quota", proposition="Norway should lower its cod quota."),
)


@pytest.fixture(scope="module")
def system():
    return load_system(SYSTEM)


def article(text, zones=(), id="a"):
    meta = Meta(file="a.txt")
    return Document(id=id, text=text, sha256=text_hash(text), meta=meta, zones=tuple(zones))


def run(system, *texts):
    documents = [article(text, id=f"a{number}") for number, text in enumerate(texts)]
    found = system.predict_all(documents, TARGETS)
    assert [d.id for d in found] == [d.id for d in documents]
    return [validate(d, targets=[t.id for t in TARGETS]) for d in found]


def names(document):
    return {(m.span.of(document.text), m.label) for m in document.mentions}


def entity(document, name):
    return {m.entity for m in document.mentions if m.span.of(document.text) == name}


def quotes(document):
    return [
        (
            tuple(span.of(document.text) for span in q.content),
            q.cue and q.cue.of(document.text),
            q.source and q.source.of(document.text),
        )
        for q in document.quotes
    ]


def test_names_are_typed_by_list_head_title_and_shape(system):
    (found,) = run(
        system,
        "In the end the Norwegian Fisheries Ministry and NATO met Mayor Kari Vold near Sund. "
        "They signed the Bergen Cod Treaty and bought a K-9 at Sund Airport.",
    )
    assert names(found) == {
        ("Norwegian Fisheries Ministry", "ORG"),
        ("NATO", "ORG"),
        ("Kari Vold", "PERSON"),
        ("Sund", "GPE"),
        ("Bergen Cod Treaty", "LAW"),
        ("K-9", "PRODUCT"),
        ("Sund Airport", "FAC"),
    }


def test_values_are_whole(system):
    (found,) = run(
        system,
        "on 12 March 2038 about 300 tonnes, 12 percent of the catch, were sold for $40 million at "
        "10:30 in the second round to two firms",
    )
    assert names(found) == {
        ("12 March 2038", "DATE"),
        ("about 300 tonnes", "QUANTITY"),
        ("12 percent", "PERCENT"),
        ("$40 million", "MONEY"),
        ("10:30", "TIME"),
        ("second", "ORDINAL"),
        ("two", "CARDINAL"),
    }


def test_a_capital_is_its_country_unless_it_is_a_place(system):
    (found,) = run(
        system, "The talks with Oslo failed. Norwegian envoys met in Bergen and in Paris."
    )
    assert entity(found, "Oslo") == entity(found, "Norwegian") == {"norway"}
    assert entity(found, "Paris") == {"paris"}


def test_a_surname_is_the_person_named_in_full(system):
    (found,) = run(system, "Police questioned Kari Vold. Vold left.")
    assert entity(found, "Vold") == entity(found, "Kari Vold")


def test_capitals_of_a_headline_are_not_names(system):
    (found,) = run(system, "Water Firm Must Pay For Leak In Norway")
    assert names(found) == {("Norway", "GPE")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“The cod is gone,” Kari Vold said.", [(("“The cod is gone,”",), "said", "Kari Vold")]),
        ('"The cod is gone," said Kari Vold.', [(('"The cod is gone,"',), "said", "Kari Vold")]),
        ("«The cod is gone», Kari Vold said.", [(("«The cod is gone»",), "said", "Kari Vold")]),
        ("Kari Vold said: “The cod is gone.”", [(("“The cod is gone.”",), "said", "Kari Vold")]),
        (
            "“The cod,” Kari Vold said, “is gone.”",
            [(("“The cod,”", "“is gone.”"), "said", "Kari Vold")],
        ),
        (
            "“We are late. We will hurry,” Kari Vold said.",
            [
                (("“We are late.",), "said", "Kari Vold"),
                (("We will hurry,”",), "said", "Kari Vold"),
            ],
        ),
    ],
)
def test_direct_quotes(system, text, expected):
    (found,) = run(system, text)
    assert quotes(found) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kari Vold said that the cod was gone.", ("that the cod was gone", "said", "Kari Vold")),
        ("Kari Vold said the cod was “all gone”.", ("the cod was “all gone”", "said", "Kari Vold")),
        ("Norway urged Iceland to come back.", ("to come back", "urged", "Norway")),
        ("Norway offered a new loan.", ("a new loan", "offered", "Norway")),
        ("The cod is gone, Kari Vold said.", ("The cod is gone", "said", "Kari Vold")),
        ("According to Norway, the cod is gone.", ("the cod is gone", "According to", "Norway")),
        ("Norway called on Iceland to sign.", ("to sign", "called on", "Norway")),
    ],
)
def test_indirect_quotes(system, text, expected):
    (found,) = run(system, text)
    assert quotes(found) == [((expected[0],), *expected[1:])]


def test_what_is_not_said_is_no_quote(system):
    (found,) = run(system, "Kari Vold did not say that the “green and cheap” plan was dead.")
    assert quotes(found) == []


def test_a_pronoun_is_the_last_speaker(system):
    (found,) = run(system, "Kari Vold said that it was late. She added that boats would wait.")
    assert [q.speaker for q in found.quotes] == ["vold", "vold"]


def test_a_nested_report_has_a_parent(system):
    (found,) = run(system, "Kari Vold said that late last week Iceland had asked for a loan.")
    outer, inner = found.quotes
    assert (inner.parent, inner.speaker) == (outer.id, "iceland")
    assert quotes(found)[1][0] == ("for a loan",)


def test_a_wrapper_has_no_utterance_and_others_have_one(system):
    (found,) = run(
        system, "Norway said that Iceland had asked for a loan. Kari Vold said it was late."
    )
    assert [q.utterance is None for q in found.quotes] == [True, False, False]


def test_reports_of_one_act_share_an_utterance(system):
    one, other = run(
        system,
        "Kari Vold said that the harbour of Sund was full. Per Holm said that the harbour was full.",
        "“The harbour of Sund is full,” Kari Vold said. “Cod was never so cheap.”",
    )
    first, holm = one.quotes
    repeat, different = other.quotes
    assert first.utterance == repeat.utterance
    assert len({first.utterance, holm.utterance, different.utterance}) == 3


def test_stances_have_a_polarity_that_negation_turns(system):
    (found,) = run(
        system,
        "Liv Sande demands that the town fine Nordvann. Per Holm opposes the fine for Nordvann. "
        "Norway does not want to lower its quota of cod.",
    )
    assert {(s.holder, s.target, s.polarity) for s in found.stances} == {
        ("sande", "fine", "favor"),
        ("holm", "fine", "against"),
        ("norway", "quota", "against"),
    }
    evidence = {s.holder: s.evidence[0].of(found.text) for s in found.stances}
    assert evidence["holm"] == "opposes the fine for Nordvann"


def test_no_target_no_stance(system):
    (found,) = system.predict_all([article("Liv Sande wants the fine for Nordvann.")], ())
    assert found.stances == ()


def test_two_runs_agree(system):
    text = "Kari Vold said that Norway wants a lower cod quota. “We must act,” she added."
    assert run(system, text, text) == run(system, text, text)


WORDS = """“ " ’ ‘ ' « » . , : ? - – said that told asked to and he “We Vold Norway Oslo Mr. F-7 0
according offered 12 March 3% $5 not wants fine town Nordvann 𝒳 ﷺ É ß ı U.S. Ministry of Article"""
PIECES = st.sampled_from([*WORDS.split(), "\n", "\r\n", "  "])
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map(" ".join))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_text_gives_a_valid_document(data):
    text = data.draw(TEXTS)
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=3)))
    edges = [0, *(c for c in cuts if c < len(text)), len(text)]
    labels = data.draw(st.lists(st.sampled_from(["body", "promo"]), min_size=4, max_size=4))
    zones = [Zone(a, b, labels[n]) for n, (a, b) in enumerate(pairwise(edges))]
    document = article(text, zones if text else ())
    (found,) = load_system(SYSTEM).predict_all([document], TARGETS)
    validate(found, targets=[t.id for t in TARGETS])
    assert found.bare() == document


PIECES = [
    "“", '"', ".", "1,", "A ", "a", " ", "Vold said ", '"No," he said. ', "one ", "and to ", "of ",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_long_lines_take_linear_work(system, piece):
    few, many = (lines(lambda n=n: run(system, piece * n)) for n in (400, 1600))
    assert many < 5 * few


def test_no_pattern_hangs_on_a_long_line(root):
    """What patterns do in C is not counted: those that try all ways would take hours."""
    code = (
        "import sys; sys.path[:0] = ['tests', 'tests/baselines']; import test_rules as t\n"
        "system = t.load_system(t.SYSTEM)\n"
        "for piece in t.PIECES: t.run(system, piece * (60_000 // len(piece)))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True, timeout=600)
