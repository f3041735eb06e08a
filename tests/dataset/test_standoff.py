"""The stand-off release: it holds none of the articles' text, and the join gives data/ back."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from command import assert_refused, onrecord_command

import onrecord
from onrecord.corpus.canary import CANARY
from onrecord.corpus.names import comparable
from onrecord.dataset.build import CONFIGS, make
from onrecord.dataset.standoff import join, release, write_all
from onrecord.exceptions import InvalidInput

RUN = 8
"""No file of the release has this many words in a row that an article has in a row."""


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release; tests that change it take a copy."""
    folder = tmp_path_factory.mktemp("standoff") / "release"
    write_all(release(root), folder)
    return folder


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "release"))


@pytest.fixture
def articles(root: Path, tmp_path: Path) -> Path:
    """One's own copies of the articles, under names of one's own."""
    folder = tmp_path / "articles"
    (folder / "more").mkdir(parents=True)
    for number, path in enumerate(sorted((root / "seeds").glob("*.txt"))):
        place = folder / "more" if number % 2 else folder
        shutil.copy(path, place / f"{number}.article")
    (folder / "notes.bin").write_bytes(b"\xff\xfe no article")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def words(text: str) -> list[str]:
    return re.findall(r"\w+", comparable(text))


def runs(text: str, length: int) -> Iterator[tuple[str, ...]]:
    found = words(text)
    return (tuple(found[i : i + length]) for i in range(len(found) - length + 1))


def test_no_file_holds_a_run_of_words_of_an_article(built: Path, gold: onrecord.Corpus) -> None:
    """But for those within the name of an entity: a treaty's has eleven words."""
    names = (name for entity in gold.registry for name in (entity.name, *entity.aliases))
    allowed = {run for name in names for run in runs(name, RUN)}
    shared = {run for document in gold for run in runs(document.text, RUN)} - allowed
    assert len(shared) > 1500
    assert len(allowed) < 10
    for name, content in files(built).items():
        assert not shared & set(runs(content.decode("utf-8"), RUN)), name


def test_no_file_holds_a_sentence_of_an_article(built: Path, gold: onrecord.Corpus) -> None:
    sentences = {
        tuple(words(sentence))
        for document in gold
        for sentence in re.split(r"(?<=[.!?])\W|\n", document.text)
        if len(words(sentence)) > 4
    }
    assert ("we", "need", "to", "work", "on", "a", "roadmap") in sentences
    for name, content in files(built).items():
        for length in range(5, RUN):
            assert not sentences & set(runs(content.decode("utf-8"), length)), name


def test_every_file_and_every_line_carries_the_canary(built: Path) -> None:
    for name, content in files(built).items():
        assert CANARY.encode() in content, name
        if name.endswith(".jsonl"):
            assert all(CANARY.encode() in line for line in content.splitlines()), name


def test_it_has_a_file_for_each_config_with_every_row(built: Path, root: Path) -> None:
    for config in CONFIGS:
        name = f"{config}/test.jsonl"
        rows = (root / "data" / name).read_bytes().splitlines()
        assert len((built / name).read_bytes().splitlines()) == len(rows)


def test_registry_and_targets_are_whole(built: Path, root: Path) -> None:
    for config in ("registry", "targets"):
        name = f"{config}/test.jsonl"
        assert (built / name).read_bytes() == (root / "data" / name).read_bytes()


def test_a_title_is_a_span_of_the_text(built: Path, gold: onrecord.Corpus) -> None:
    decoder = msgspec.json.Decoder()
    for row in decoder.decode_lines((built / "manifest.jsonl").read_bytes()):
        document = gold[row["id"]]
        title = row["title"]
        assert document.meta.title == (title and document.text[title["start"] : title["end"]])


def test_the_join_gives_the_data_byte_for_byte(
    built: Path, articles: Path, root: Path, tmp_path: Path
) -> None:
    done = onrecord_command(
        "dataset", "join", built, "--articles", articles, "-o", tmp_path / "mine" / "data"
    )
    assert (done.returncode, done.stderr) == (0, "")
    joined = files(tmp_path / "mine" / "data")
    made = {
        str(path.relative_to(root / "data")) for path in make(root) if root / "data" in path.parents
    }
    assert joined == {name: (root / "data" / name).read_bytes() for name in made}
    assert onrecord.load(tmp_path / "mine").hash == onrecord.load(root).hash


def test_the_release_is_made_the_same_again_and_leaves_data_alone(
    built: Path, root: Path, tmp_path: Path
) -> None:
    done = onrecord_command("dataset", "build", "--standoff", tmp_path / "again", cwd=root)
    assert done.stdout == f"wrote {len(files(built))} files to {tmp_path / 'again'}\n"
    assert files(tmp_path / "again") == files(built)


def test_an_article_changed_by_one_byte_is_named(
    built: Path, articles: Path, tmp_path: Path
) -> None:
    path = articles / "2.article"
    path.write_bytes(path.read_bytes() + b"\n")
    done = onrecord_command(
        "dataset", "join", built, "--articles", articles, "-o", tmp_path / "data"
    )
    assert_refused(done, f"{articles}: no file has the sha256 of these articles: rt\n")
    assert not (tmp_path / "data").exists()


def test_articles_that_differ_under_their_own_name_and_missing_ones_are_told_apart(
    built: Path, articles: Path, gold: onrecord.Corpus
) -> None:
    (articles / "0.article").rename(articles / gold["unnamed"].meta.file)
    path = articles / gold["unnamed"].meta.file
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (articles / "4.article").unlink()
    message = r"articles: unnamed \(000_c7be4687ae77a6ce\.txt differs\), ibna$"
    with pytest.raises(InvalidInput, match=message):
        join(built, articles)


def test_a_changed_release_is_refused(copy: Path, articles: Path) -> None:
    path = copy / "documents" / "test.jsonl"
    path.write_text(path.read_text("utf-8").replace('"favor"', '"mixed"', 1), "utf-8")
    with pytest.raises(InvalidInput, match="release: was changed since it was built"):
        join(copy, articles)


def test_a_release_of_another_version_is_refused(copy: Path, articles: Path) -> None:
    """Rows that this version derives in another way would not be what the release's author had."""
    path = copy / "croissant.json"
    path.write_text(re.sub('"sha256": "[0-9a-f]', '"sha256": "x', path.read_text("utf-8")), "utf-8")
    with pytest.raises(InvalidInput, match=r"documents/test\.jsonl would not have the sha256"):
        join(copy, articles)


def test_what_is_no_release_or_no_folder_is_said(
    built: Path, articles: Path, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match=r"articles/manifest\.jsonl: no such file"):
        join(articles, articles)
    with pytest.raises(InvalidInput, match="none: no such folder"):
        join(built, tmp_path / "none")


def test_nothing_is_written_into_a_folder_that_holds_something(root: Path, tmp_path: Path) -> None:
    """So that no file of an earlier release, with or without words, stays between the new ones."""
    (tmp_path / "note").write_text("mine")
    assert_refused(
        onrecord_command("dataset", "build", "--standoff", tmp_path, cwd=root), "is not empty"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["note"]
    assert_refused(
        onrecord_command("dataset", "build", "--standoff", tmp_path / "note", cwd=root),
        "note: is no folder",
    )


def test_an_article_without_its_own_title_is_refused(root: Path, tmp_path: Path) -> None:
    for name in ("seeds", "annotation"):
        shutil.copytree(root / name, tmp_path / name)
    for name in ("README.md", ".huggingface.yaml", "CITATION.cff"):
        shutil.copy(root / name, tmp_path)
    path = tmp_path / "seeds" / "manifest.jsonl"
    path.write_text(path.read_text("utf-8").replace('"Turkey tells', '"Turkiye tells', 1), "utf-8")
    with pytest.raises(InvalidInput, match="duvar: title: is not in the text"):
        release(tmp_path)
