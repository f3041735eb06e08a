"""The index of near-duplicates finds what comparing with every article finds."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onrecord.corpus import duplicates, seeds
from onrecord.corpus.corpus import compared_words, load_seeds, read_seed, word_runs
from onrecord.corpus.duplicates import INDEX, fingerprints
from onrecord.corpus.seeds import NEAR_DUPLICATE, Source, add_seed, shared_part
from onrecord.exceptions import InvalidInput

SOURCE = Source(event="talks")
WORDS = [f"w{number}" for number in range(400)]


def add(root: Path, name: str, text: str) -> None:
    file = root / f"{name}.txt"
    file.write_text(text, encoding="utf-8")
    try:
        add_seed(root / "corpus", file, SOURCE)
    finally:
        file.unlink()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The articles that were read, whoever read them."""
    read: list[str] = []

    def counted(root: Path, record: seeds.ManifestRecord) -> object:
        read.append(record.id)
        return read_seed(root, record)

    for module in (duplicates, seeds):
        monkeypatch.setattr(module, "read_seed", counted)
    return read


def prose(seed: int, words: int = 60) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))


words = st.lists(st.sampled_from("abcdefgh"), min_size=0, max_size=60)


@given(words, words, words)
def test_texts_that_share_a_run_share_fingerprints_that_cover_it(
    head: list[str], shared: list[str], tail: list[str]
) -> None:
    one, other = " ".join(head + shared), " ".join(shared + tail)
    ours, theirs = (fingerprints(compared_words(text)) for text in (one, other))
    common = ours.keys() & theirs.keys()
    if word_runs(one) & word_runs(other):
        assert common
    covered = max(
        sum(prints[print] for print in common) / max(len(text.split()), 1)
        for prints, text in ((ours, one), (theirs, other))
    )
    assert covered >= shared_part(one, other)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_refused_is_what_comparing_with_all_refuses(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    kept: dict[str, str] = {}
    for number in range(25):
        text = prose(chance.randrange(1000), 60)
        if kept and chance.random() < 0.6:
            other = chance.choice([*kept.values()]).split()
            length = chance.choice([15, 16, 24, 28, 32, 40])
            start = chance.randrange(len(other) - length + 1)
            text = f"{text} {' '.join(other[start : start + length])}"
        near = [id for id, one in kept.items() if shared_part(one, text) >= NEAR_DUPLICATE]
        if near or text in kept.values():
            with pytest.raises(InvalidInput, match=f"article '{near[0]}'"):
                add(tmp_path, f"n{number}", text)
        else:
            add(tmp_path, f"n{number}", text)
            kept[f"n{number}"] = text
    assert load_seeds(tmp_path / "corpus").keys() == kept.keys()
    assert 5 < len(kept) < 25


def test_an_article_is_read_once_however_many_are_added(tmp_path: Path, reads: list[str]) -> None:
    for number in range(12):
        add(tmp_path, f"n{number}", prose(number))
    assert len(reads) <= 12 + 12  # when it is added, and when the next one is
    reads.clear()
    add(tmp_path, "last", prose(99))
    assert reads == ["n11", "last"]


def test_text_that_all_articles_have_costs_no_reading(tmp_path: Path, reads: list[str]) -> None:
    boilerplate = " ".join(f"subscribe{number}" for number in range(20))
    for number in range(8):
        add(tmp_path, f"n{number}", f"{prose(number, 120)} {boilerplate}")
    reads.clear()
    add(tmp_path, "last", f"{prose(99, 120)} {boilerplate}")
    assert reads == ["n7", "last"]


def test_an_article_that_was_changed_since_is_found(tmp_path: Path) -> None:
    for number in range(3):
        add(tmp_path, f"n{number}", prose(number))
    (tmp_path / "corpus" / "seeds" / "n0.txt").write_text("other words")
    with pytest.raises(InvalidInput, match=r"manifest\.jsonl:1: n0: sha256: is not the hash"):
        add(tmp_path, "last", prose(99))


def test_an_article_that_was_taken_out_may_come_again(tmp_path: Path) -> None:
    for number in range(3):
        add(tmp_path, f"n{number}", prose(number))
    manifest = tmp_path / "corpus" / "seeds" / "manifest.jsonl"
    lines = manifest.read_bytes().splitlines(keepends=True)
    manifest.write_bytes(b"".join(lines[1:]))
    add(tmp_path, "again", prose(0))
    with pytest.raises(InvalidInput, match="is nearly the article 'n2'"):
        add(tmp_path, "copy", prose(2) + " more")


@pytest.mark.parametrize("content", [b"", b"not an index", None])
def test_an_index_that_is_gone_or_not_whole_is_made_anew(
    tmp_path: Path, content: bytes | None
) -> None:
    for number in range(3):
        add(tmp_path, f"n{number}", prose(number))
    index = tmp_path / "corpus" / INDEX
    index.unlink() if content is None else index.write_bytes(content)
    with pytest.raises(InvalidInput, match="is nearly the article 'n1'"):
        add(tmp_path, "copy", prose(1) + " more")


def test_an_index_of_another_version_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(tmp_path, "n0", prose(0))
    monkeypatch.setattr(duplicates, "VERSION", duplicates.VERSION + 1)
    with pytest.raises(InvalidInput, match="is nearly the article 'n0'"):
        add(tmp_path, "copy", prose(0) + " more")


def test_git_ignores_the_index(root: Path) -> None:
    assert f"{INDEX}*" in (root / ".gitignore").read_text(encoding="utf-8").splitlines()
