"""Drafts: words in, offsets out, and never a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import article, corpus

from onrecord.annotation.drafts import Words, locate, read_draft, read_drafts, read_marked
from onrecord.document import Span
from onrecord.exceptions import AuthoringError

TEXT = "Vold said\u00a0on Monday that she said no. Unsaid: “no”. travelOslo waits"
SEED = article(TEXT)


@pytest.mark.parametrize(
    ("words", "span"),
    [
        ("Vold", Span(0, 4)),
        ("said on Monday", Span(5, 19)),  # a no-break space in the article
        (Words("said", occurrence=2), Span(29, 33)),
        (Words("said", within="she said no"), Span(29, 33)),
        (Words("no", within="“no”"), Span(47, 49)),
        (Words("Oslo", within="travelOslo"), Span(58, 62)),
        (Words("travel", within="travelOslo waits"), Span(52, 58)),
        ("“no”", Span(46, 50)),
    ],
)
def test_words_are_found_where_they_stand(words: str | Words, span: Span) -> None:
    assert locate(words, TEXT) == span
    text = words if isinstance(words, str) else words.text
    assert span.of(TEXT).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("Jónsson", "'Jónsson' does not occur"),
        ("said", "'said' occurs 2 times; say which"),
        (
            "Oslo",
            "'Oslo' does not occur but inside longer words: in 'travelOslo'; give these with `in`",
        ),
        ("sai", "'sai' does not occur but inside longer words: in 'said' and 'said' and 'Unsaid:'"),
        ("vold said", "'vold said' does not occur; the article has 'Vold said'"),
        ('Unsaid: "no"', "does not occur; the article has 'Unsaid: “no”'"),
        (Words("said", occurrence=3), "'said' occurs 2 times, not 3"),
        (Words("said", occurrence=0), "'said' occurs 2 times, not 0"),
        (Words("said", within="Vold said no"), "'Vold said no' does not occur"),
        (Words("z", within="travelOslo waits"), "'z' does not occur"),
        (" ", "no words given"),
    ],
)
def test_words_that_are_not_there_exactly_once_are_refused(
    words: str | Words, message: str
) -> None:
    with pytest.raises(AuthoringError) as caught:
        locate(words, TEXT)
    assert message in str(caught.value)


def test_marks_give_mentions_and_the_text_stays() -> None:
    marked = TEXT.replace("Vold", "⟦Vold|PERSON|v⟧").replace("Monday", "⟦Monday|DATE⟧")
    mentions = read_marked(marked.replace("\u00a0", " "), TEXT)
    assert [(m.span.of(TEXT), m.label, m.entity) for m in mentions] == [
        ("Vold", "PERSON", "v"),
        ("Monday", "DATE", None),
    ]


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("⟦Vold|PERSON|v said", "a malformed mark at"),
        (TEXT.replace("said", "says", 1), "differs from the article at character 7"),
        (TEXT[:-1], "differs from the article at character 67"),
        (TEXT.replace("“", '"'), "differs from the article at character 46"),
    ],
)
def test_a_copy_that_is_not_the_article_is_refused(marked: str, message: str) -> None:
    with pytest.raises(AuthoringError, match=message):
        read_marked(marked, TEXT)


DRAFT = """
id = "gazette"
text = '''⟦Vold|PERSON|v⟧ said on Monday that she said no. Unsaid: “no”. travelOslo waits'''

[[quotes]]
id = "q1"
content = ["that she said no"]
cue = {text = "said", occurrence = 1}
source = "Vold"
speaker = "v"

[[quotes]]
id = "q2"
content = [{text = "no", in = "she said no"}]
cue = {text = "said", in = "she said"}
source = "she"
parent = "q1"

[[stances]]
holder = "v"
target = "quota"
polarity = "against"
evidence = ["she said no"]
"""


def test_a_draft_becomes_a_document(tmp_path: Path) -> None:
    path = tmp_path / "draft.toml"
    path.write_text(DRAFT, encoding="utf-8")
    document = read_draft(path, {"gazette": SEED})
    assert [q.content[0].of(TEXT) for q in document.quotes] == ["that she said no", "no"]
    assert [q.cue for q in document.quotes] == [Span(5, 9), Span(29, 33)]
    assert document.quotes[1].parent == "q1"
    assert document.stances[0].evidence == (Span(25, 36),)
    assert document.text == TEXT


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('id = "gazette"', 'id = "herald"'), "id: unknown document 'herald'"),
        (
            ('source = "she"', 'source = "he"'),
            r"quotes\[1\].source: 'he' does not occur but inside",
        ),
        (('["she said no"]', '["said"]'), r"stances\[0\].evidence\[0\]: 'said' occurs 2"),
        (("[[stances]]", "[[stance]]"), "unknown field `stance`"),
        (("polarity =", "polarity "), "draft.toml: "),
    ],
)
def test_a_broken_draft_is_named(change: tuple[str, str], message: str, tmp_path: Path) -> None:
    path = tmp_path / "draft.toml"
    path.write_text(DRAFT.replace(*change), encoding="utf-8")
    with pytest.raises(AuthoringError, match=message):
        read_draft(path, {"gazette": SEED})


def test_every_fault_of_every_draft_has_a_line(tmp_path: Path) -> None:
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    changes = {
        "⟦Vold|PERSON|v⟧": "⟦Vold|PERSON|kari-volt⟧",
        'source = "she"': 'source = "Jónsson"',
        'content = ["that she said no"]': 'content = ["that he said no"]',
        'speaker = "v"': 'speaker = "icelandd"',
        'holder = "v"': 'holder = "oslo"',
        'target = "quota"': 'target = "quotas"',
    }
    draft = DRAFT
    for before, after in changes.items():
        draft = draft.replace(before, after)
    one.write_text(draft, encoding="utf-8")
    other.write_text('id = "herald"\ntext = ""\n', encoding="utf-8")
    with pytest.raises(AuthoringError) as caught:
        read_drafts([one, other], corpus(SEED))
    assert str(caught.value).splitlines() == [
        f"{one}: gazette: quotes[0].content[0]: 'that he said no' does not occur",
        f"{one}: gazette: quotes[1].source: 'Jónsson' does not occur",
        f"{one}: gazette: stances[0].target: 'she said no': unknown target 'quotas'; did you mean "
        "'quota'? (known: quota, talks)",
        f"{one}: gazette: mentions[0].entity: unknown entity 'kari-volt' of 'Vold': not in the registry "
        "(new:<name> is new); did you mean kari-vold (Kari Vold)?",
        f"{one}: gazette: quotes[0].speaker: unknown entity 'icelandd'; did you mean iceland (Iceland)?",
        f"{one}: gazette: stances[0].holder: 'she said no': 'oslo' is no actor",
        f"{other}: id: unknown document 'herald' (known: gazette)",
    ]
