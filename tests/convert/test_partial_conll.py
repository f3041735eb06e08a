"""CoNLL files that leave sentences out, have tokens with ``#``, or are larger than memory should be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from builders import article, corpus

from onrecord.cli.main import main
from onrecord.convert import Converted, from_conll
from onrecord.convert.tokens import inside_word, locate_tokens
from onrecord.document import Document
from onrecord.exceptions import InvalidInput

GAZETTE = article(
    "Iranian envoys met. #FreeOslo said # Iran left. Norway paid. Then Norway paid.\n"
)
ARTICLES = corpus(GAZETTE)
Read = Callable[..., Converted]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """What is read of rows, in which ``/`` stands for a tab and an empty one for a blank line."""

    def convert(*rows: str, strict: bool = False, here: Document = GAZETTE) -> Converted:
        path = tmp_path / "part.conll"
        lines = [f"# doc_id = {here.id}", *(row.replace("/", "\t") for row in rows), ""]
        path.write_text("\n".join(lines), encoding="utf-8")
        return from_conll([path], corpus(here), strict=strict)

    return convert


def places(converted: Converted) -> list[tuple[int, str]]:
    [document] = converted.documents
    return [(mention.start, mention.of(document.text)) for mention in document.mentions]


def doubts(converted: Converted) -> list[str]:
    return [str(doubt).partition("part.conll:")[2] for doubt in converted.doubts]


# -- borders of words ------------------------------------------------------------------------------


def test_a_token_of_a_partial_file_is_not_found_inside_a_word(read: Read) -> None:
    assert places(read("Iran/B-GPE")) == [(GAZETTE.text.index("Iran left"), "Iran")]


@pytest.mark.parametrize("row", ["envoy/B-PERSON", "anian/B-NORP", "pai/B-LAW"])
def test_a_token_that_stands_inside_words_alone_is_refused(read: Read, row: str) -> None:
    with pytest.raises(InvalidInput, match=r"part\.conll:2: gazette: token .* is not found"):
        read(row)


def test_tokens_of_one_sentence_may_cut_words_and_so_may_sentences_that_follow(read: Read) -> None:
    assert places(read("Iran/B-GPE", "ian/I-GPE", "envoys/O")) == [(0, "Iranian")]
    assert places(read("Iran/B-GPE", "", "ian/B-NORP", "envoys/O")) == [(0, "Iran"), (4, "ian")]


@pytest.mark.parametrize(
    ("text", "place", "inside"),
    [
        ("Iranian", 4, True),
        ("Iran's", 4, False),
        ("Iran-backed", 4, False),
        ("Cafe\u0301", 4, True),
        ("Cafe\u0301s", 5, True),
        ("2021", 2, True),
        ("北京市", 2, False),
        ("Iran", 4, False),
        ("Iran", 0, False),
    ],
)
def test_where_a_word_goes_on(text: str, place: int, inside: bool) -> None:
    assert inside_word(text, place) is inside


def test_words_of_scripts_without_spaces_are_found_anywhere() -> None:
    [span], _ = locate_tokens(["北京"], "我在北京市", 0)
    assert (span.start, span.end) == (2, 4)


# -- places in doubt -------------------------------------------------------------------------------


def test_a_sentence_that_fits_in_two_places_is_read_at_the_first_and_told(read: Read) -> None:
    converted = read("Norway/B-GPE", "paid/O")
    first, last = (f(GAZETTE.text, "Norway paid") for f in (str.index, str.rindex))
    assert places(converted) == [(first, "Norway")]
    assert doubts(converted) == [
        f"2: gazette: 'Norway paid' stands in more than one place: read at character {first}, "
        f"but {last} fits too"
    ]


def test_what_stands_before_it_tells_a_sentence_apart(read: Read) -> None:
    converted = read("Then/O", "Norway/B-GPE", "paid/O")
    assert places(converted) == [(GAZETTE.text.rindex("Norway"), "Norway")]
    assert doubts(converted) == []


def test_the_order_of_sentences_tells_them_apart(read: Read) -> None:
    both = ("Norway/B-GPE", "paid/O", "", "Norway/B-GPE", "paid/O")
    assert doubts(read(*both)) == []


def test_a_whole_file_is_never_in_doubt(read: Read) -> None:
    rows = [f"{word}/O" for word in GAZETTE.text.replace(".", " .").split()]
    assert read(*rows[:-3], "Norway/B-GPE", *rows[-2:]).doubts == ()


def test_places_without_a_tag_are_not_told(read: Read) -> None:
    assert doubts(read("Norway/O", "paid/O")) == []


# -- lines that begin with # -----------------------------------------------------------------------


@pytest.mark.parametrize("row", ["#FreeOslo/B-ORG", "#FreeOslo B-ORG"])
def test_a_word_that_begins_with_a_hash_is_a_token(read: Read, row: str) -> None:
    converted = read(row)
    assert places(converted) == [(GAZETTE.text.index("#F"), "#FreeOslo")]
    assert doubts(converted) == []


def test_a_hash_between_tabs_is_a_token_whatever_it_looks_like(read: Read) -> None:
    here = article("See #id=5 and # text.\n")
    converted = read("See/O", "#id=5/B-LAW", "and/O", "#/B-ORG", "text/O", ".\tO", here=here)
    assert places(converted) == [(4, "#id=5"), (14, "#")]


def test_a_hash_with_as_many_columns_and_a_tag_is_a_token_and_told(read: Read) -> None:
    converted = read("said O", "# B-ORG", "Iran B-GPE")
    assert [words for _, words in places(converted)] == ["#", "Iran"]
    [doubt] = doubts(converted)
    assert doubt.startswith("3: gazette: begins with # as a comment does")
    assert doubt.endswith("read as a token")


@pytest.mark.parametrize("comment", ["# text = Vitamin O", "# a remark O", "# sent_id = O", "#"])
def test_comments_stay_comments(read: Read, comment: str) -> None:
    converted = read("said O", comment, "# B-ORG", "Iran B-GPE")
    assert [words for _, words in places(converted)] == ["#", "Iran"]
    assert len(converted.doubts) == 1


def test_what_the_article_does_not_have_is_a_comment_and_told(read: Read) -> None:
    converted = read("Norway B-GPE", "# O", "paid O")
    assert [words for _, words in places(converted)] == ["Norway"]
    assert "read as a comment, since the article has no such token" in doubts(converted)[1]


# -- strictly --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [("Norway/B-GPE", "paid/O"), ("said O", "# B-ORG", "Iran O")])
def test_strictly_a_doubt_is_an_error(read: Read, rows: tuple[str, ...]) -> None:
    assert read(*rows).doubts
    with pytest.raises(InvalidInput, match=r"part\.conll:\d+: gazette: "):
        read(*rows, strict=True)


def test_doubts_are_warnings_on_the_command_line_and_errors_with_strict(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = clone / "part.conll"
    path.write_text("# doc_id = d0\nNorway\tB-GPE\npaid\tO\n")
    command = ["convert", "conll", str(path), "--gold", str(clone)]
    assert main(command) == 0
    output, told = capsys.readouterr()
    assert output.count("\n") == 2
    assert told.startswith(f"{path}:2: d0: 'Norway paid' stands in more than one place")
    assert told.partition("\n")[0].endswith("(warning)")
    assert main([*command, "--strict", "-o", str(clone / "out.jsonl")]) == 2
    assert capsys.readouterr()[1].startswith(f"{path}:2: d0: 'Norway paid' stands in more")
    assert not (clone / "out.jsonl").exists()
