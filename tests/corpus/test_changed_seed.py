"""A changed byte of a seed is found by its hash, whichever command reads the articles."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import onrecord
from onrecord.cli import main as cli
from onrecord.corpus.files import encode_documents
from onrecord.corpus.gold import load
from onrecord.exceptions import InvalidInput

SEED = "seeds/002_da910b11c4889550.txt"
HASH = "7ce8e6dbf0d7bbe9c66427e419a1be515af77019a23b25f36e023505ffe96f9a"
SYSTEM = "def predict(document, targets):\n    return document\n"
SERVER = ("--url", "http://127.0.0.1:9")
EXPORTS = "annotation/exports"


@pytest.fixture
def changed(
    root: Path, tmp_path: Path, gold: onrecord.Corpus, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A clone in which one byte of one seed is another, with a system and predictions."""
    clone = tmp_path / "clone"
    for name in ("seeds", "annotation", "data"):
        shutil.copytree(root / name, clone / name)
    for name in ("README.md", ".huggingface.yaml", "CITATION.cff"):
        shutil.copy(root / name, clone)
    (clone / "system.py").write_text(SYSTEM)
    (clone / "predictions.jsonl").write_bytes(encode_documents(gold.documents, text=False))
    (clone / "draft.toml").write_text("id = 'rt'\ntext = ''\n")
    path = clone / SEED
    content = path.read_bytes()
    path.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
    monkeypatch.setenv("ONRECORD_ROOT", str(clone))
    monkeypatch.chdir(clone)
    return clone


@pytest.mark.parametrize(
    "arguments",
    [
        ("seeds", "list"),
        ("dataset", "build"),
        ("dataset", "build", "--standoff", "release"),
        ("dataset", "check"),
        ("dataset", "describe"),
        ("annotate", "push", "--annotator", "anna", *SERVER),
        ("annotate", "pull", "--annotator", "anna", *SERVER),
        ("annotate", "conflicts", f"{EXPORTS}/annotator-1.json", f"{EXPORTS}/annotator-2.json"),
        ("annotate", "draft", "draft.toml", "-o", "drafted.jsonl"),
        ("agreement", f"{EXPORTS}/annotator-1.json", f"{EXPORTS}/annotator-2.json"),
        ("predict", "system.py"),
        ("predict", "system.py", "--given", "mentions"),
        ("validate", "predictions.jsonl"),
        ("score", "predictions.jsonl"),
        ("score", "predictions.jsonl", "--gold", f"{EXPORTS}/gold.json"),
        ("compare", "predictions.jsonl", f"{EXPORTS}/annotator-1.json"),
        ("errors", "predictions.jsonl"),
        ("show", "rt"),
    ],
    ids=" ".join,
)
def test_a_changed_byte_of_a_seed_stops_the_command(
    arguments: tuple[str, ...], changed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path for path in changed.rglob("*") if path.is_file()}
    assert cli.main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "rt: sha256: is not the hash of" in told.err
    assert {path for path in changed.rglob("*") if path.is_file()} == before


def test_the_gold_is_not_loaded_beside_another_text_or_none(changed: Path) -> None:
    with pytest.raises(InvalidInput, match=rf"{SEED}: rt: sha256: is not the hash .* {HASH}$"):
        load(changed)
    (changed / SEED).unlink()
    with pytest.raises(InvalidInput, match=rf"{SEED}: no such file"):
        load(changed)
    shutil.rmtree(changed / "seeds")
    assert len(load(changed)) == 5  # the dataset stands by itself
