"""Drafts: words in, offsets out, and never a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import article

from onrecord.annotation.drafts import Words, locate, read_draft, read_marked
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
        ("Oslo", "'Oslo' does not occur"),  # inside a word only with `in`
        ("sai", "'sai' does not occur"),
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
        (('source = "she"', 'source = "he"'), r"quotes\[1\].source: 'he' does not occur"),
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
