"""The seeds and the clone: what is on disk is what the manifest says."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from builders import article, corpus

import onrecord
from onrecord.corpus.corpus import find_root, folds, load_articles, load_seeds
from onrecord.exceptions import InvalidInput

HASHES = {
    "unnamed": "000_c7be4687ae77a6ce.txt",
    "duvar": "001_6708fc8ef7b391c1.txt",
    "rt": "002_da910b11c4889550.txt",
    "bulgarianmilitary": "003_4458bdf4e97997c8.txt",
    "ibna": "004_0a69bf90848494bf.txt",
}


@pytest.fixture
def clone(root: Path, tmp_path: Path) -> Path:
    shutil.copytree(root / "seeds", tmp_path / "seeds")
    return tmp_path


def test_the_five_articles_are_there_whole(root: Path) -> None:
    seeds = load_seeds(root)
    assert {id: seed.meta.file for id, seed in seeds.items()} == HASHES
    for seed in seeds.values():
        assert seed.text == (root / "seeds" / seed.meta.file).read_bytes().decode("utf-8")
        assert "".join(z.span.of(seed.text) for z in seed.zones) == seed.text


def test_what_an_article_does_not_say_is_null(root: Path) -> None:
    seeds = load_seeds(root)
    assert seeds["unnamed"].meta.outlet is None
    assert seeds["unnamed"].meta.title is None
    for seed in seeds.values():
        assert seed.meta.date is None
        assert seed.meta.title is None or seed.meta.title in seed.text


def test_zones_end_where_promotion_begins(root: Path) -> None:
    rt = load_seeds(root)["rt"]
    promo = [zone.span.of(rt.text) for zone in rt.zones if zone.label == "promo"]
    assert promo[0].startswith("Also on rt.com")
    assert promo[0].endswith("visa-free travel")
    assert promo[1] == "Like this story? Share it with a friend!"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"words":399', '"words":400', r":3: rt: words: 002_\w+.txt has 399 words, not 400"),
        ('"id":"duvar"', '"id":"unnamed"', ":2: unnamed: is listed twice"),
        ('"file":"004_', '"file":"../004_', ":5: ibna: file: is not a plain file name"),
        ('"file":"004_', '"file":"005_', ":5: ibna: file: 005_.* cannot be read"),
        ('"label":"promo"', '"label":"advert"', r":3: rt: zones\[2\].label: Invalid enum value"),
        ('"start":0,"end":74,', '"start":0,"end":73,', r":3: rt: zones\[1\]: starts at 74"),
        ('"date":null', '"date":"yesterday"', ":1: unnamed: date: 'yesterday' is no date"),
        ('"language":"en",', "", ":1: unnamed: Object missing required field `language`"),
    ],
)
def test_a_wrong_manifest_is_named_with_its_line(
    old: str, new: str, message: str, clone: Path
) -> None:
    path = clone / "seeds" / "manifest.jsonl"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"manifest\.jsonl" + message):
        load_seeds(clone)


def test_a_manifest_without_articles_is_refused(clone: Path) -> None:
    (clone / "seeds" / "manifest.jsonl").write_text("")
    with pytest.raises(InvalidInput, match=r"manifest\.jsonl: lists no article"):
        load_seeds(clone)


def test_a_changed_byte_of_a_seed_is_found(clone: Path) -> None:
    path = clone / "seeds" / HASHES["rt"]
    path.write_bytes(path.read_bytes().replace(b"Turkey", b"Turkei", 1))
    with pytest.raises(InvalidInput, match=r"rt: sha256: is not the hash of 002_"):
        load_seeds(clone)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match=r"rt: file: 002_\w+.txt is not UTF-8"):
        load_seeds(clone)


def test_the_clone_is_found_from_inside_it(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ONRECORD_ROOT", raising=False)
    monkeypatch.chdir(root / "annotation")
    assert find_root() == root
    monkeypatch.chdir(tmp_path)
    assert find_root() == root  # the clone that the library lies in
    monkeypatch.setenv("ONRECORD_ROOT", str(tmp_path))
    assert find_root() == tmp_path
    with pytest.raises(InvalidInput, match="no such file"):
        load_articles()
    with pytest.raises(InvalidInput, match="holds no dataset"):
        onrecord.load()


def test_folds_leave_one_document_out(gold: onrecord.Corpus) -> None:
    held_out = []
    for rest, (document,) in folds(gold):
        held_out.append(document.id)
        assert [d.id for d in rest] == [d.id for d in gold if d.id != document.id]
    assert held_out == [document.id for document in gold]


def test_a_copy_of_an_article_under_another_id_is_not_learned_from(gold: onrecord.Corpus) -> None:
    original = gold["rt"]
    copy = msgspec.structs.replace(original.bare(), id="copy", text=f"Today: {original.text[:900]}")
    probe = onrecord.load_probes().probes[0].document
    others = onrecord.held_out([copy, probe, original], gold)
    assert {id: [d.id for d in rest] for id, rest in others.items()} == {
        "copy": ["unnamed", "duvar", "bulgarianmilitary", "ibna"],
        probe.id: list(gold.by_id),
        "rt": ["unnamed", "duvar", "bulgarianmilitary", "ibna"],
    }


def test_folds_can_leave_out_what_shares_text(gold: onrecord.Corpus) -> None:
    left_out = {
        document.id: set(gold.by_id) - {d.id for d in rest}
        for rest, (document,) in folds(gold, shared_text="together")
    }
    assert left_out == {
        "unnamed": {"unnamed", "duvar", "ibna"},
        "duvar": {"duvar", "unnamed"},
        "rt": {"rt"},
        "bulgarianmilitary": {"bulgarianmilitary"},
        "ibna": {"ibna", "unnamed"},
    }


def test_bare_documents_have_no_layers(gold: onrecord.Corpus) -> None:
    for document in gold.bare():
        assert (document.mentions, document.quotes, document.stances) == ((), (), ())
        assert document.zones


def test_the_hash_of_a_corpus_changes_with_its_layers() -> None:
    one = article("⟦Oslo|GPE|norway⟧ waits.")
    assert corpus(one).hash != corpus(one.bare()).hash
    assert corpus(one).hash == corpus(one).hash
