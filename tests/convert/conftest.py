"""Clones of short articles, for converters that read the articles of a clone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from builders import article

from onrecord.corpus.corpus import ManifestRecord
from onrecord.corpus.files import encode_lines
from onrecord.document import Zone


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
def clone_of(tmp_path: Path) -> Callable[[int], Path]:
    """Save a clone of so many articles of a sentence."""
    return lambda number: save_clone(tmp_path / "clone", number)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return save_clone(tmp_path / "clone", 2, sentences=2)
