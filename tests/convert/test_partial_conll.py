"""CoNLL files that leave sentences out, have tokens with ``#``, or are larger than memory should be."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import article, corpus

from onrecord.cli.main import main
from onrecord.convert import Converted, from_conll
from onrecord.convert.mentions import Mentions
from onrecord.convert.sentences import Block
from onrecord.convert.tokens import Found, inside_word, locate_tokens
from onrecord.corpus.articles import Articles
from onrecord.corpus.corpus import ManifestRecord, load_seeds
from onrecord.corpus.files import encode_lines
from onrecord.document import Document, Zone
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


# -- one article at a time -------------------------------------------------------------------------


def save_clone(root: Path, number: int, sentences: int = 1) -> Path:
    """A clone of articles d0, d1, …, and ``all.conll`` with all their tokens."""
    made, rows = [], []
    for n in range(number):
        sentence = f"Norway paid {n} to Oslo and Oslo paid Norway . "
        text = sentence * sentences
        document = article(text, f"d{n}")
        (root / "seeds").mkdir(parents=True, exist_ok=True)
        (root / "seeds" / f"d{n}.txt").write_text(text, encoding="utf-8")
        record = ManifestRecord(
            id=document.id, file=f"d{n}.txt", outlet=None, title=None, date=None, language="en",
            event="talks", sha256=document.sha256, words=len(text.split()),
            zones=(Zone(0, len(text), "body"),),
        )  # fmt: skip
        made.append(record)
        tagged = "\n".join(
            f"{word}\t{'B-GPE' if word[0] in 'NO' else 'O'}" for word in sentence.split()
        )
        rows.append(f"# doc_id = d{n}\n" + f"{tagged}\n\n" * sentences)
    (root / "seeds" / "manifest.jsonl").write_bytes(encode_lines(made))
    (root / "annotation").mkdir()
    for name in ("registry", "targets"):
        (root / "annotation" / f"{name}.jsonl").write_bytes(b"")
    (root / "all.conll").write_text("".join(reversed(rows)), encoding="utf-8")
    return root


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return save_clone(tmp_path / "clone", 2, sentences=2)


def test_articles_read_one_at_a_time_are_those_read_at_once(clone: Path) -> None:
    lazy = Articles(clone)
    assert dict(lazy) == load_seeds(clone)
    assert (len(lazy), "d1" in lazy, "d7" in lazy) == (2, True, False)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda c: (c / "seeds" / "d1.txt").write_text("other"), "manifest.jsonl:2: d1: sha256: "),
        (lambda c: (c / "seeds" / "manifest.jsonl").write_text(""), "lists no article"),
        (lambda c: (c / "seeds" / "manifest.jsonl").write_text("{}\n"), "manifest.jsonl:1: "),
        (
            lambda c: (c / "seeds" / "manifest.jsonl").write_bytes(
                (c / "seeds" / "manifest.jsonl").read_bytes() * 2
            ),
            "manifest.jsonl:3: d0: is listed twice",
        ),
    ],
)
def test_what_is_wrong_with_an_article_is_told(
    clone: Path, damage: Callable[[Path], object], message: str
) -> None:
    damage(clone)
    with pytest.raises(InvalidInput, match=message):
        dict(Articles(clone))


def test_predictions_are_in_the_order_of_the_corpus_whatever_that_of_the_file(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", "conll", str(clone / "all.conll"), "--gold", str(clone)]) == 0
    output, told = capsys.readouterr()
    assert [line[:10] for line in output.splitlines()] == ['{"id":"d0"', '{"id":"d1"']
    assert told == ""


def test_no_more_than_a_few_documents_are_held_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = save_clone(tmp_path / "clone", 60)
    held = []
    done = Mentions.done

    def counted(self: Mentions, document: str) -> None:
        done(self, document)
        gc.collect()
        held.append(sum(isinstance(one, Block | Found) for one in gc.get_objects()))

    monkeypatch.setattr(Mentions, "done", counted)
    monkeypatch.setattr("onrecord.convert.mentions.HELD", 100)
    command = ["convert", "conll", str(clone / "all.conll"), "--gold", str(clone)]
    assert main([*command, "-o", str(clone / "out.jsonl")]) == 0
    assert len(held) == 60
    assert max(held) <= 4
    assert (clone / "out.jsonl").read_text().count('"label":"GPE"') == 240
