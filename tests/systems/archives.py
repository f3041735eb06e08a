"""Systems and articles for the tests of archives; run as a program, it predicts in a process of its own.

``python archives.py SYSTEM ARTICLES OUT JOBS [SHARD]``
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

EACH = """
import os, signal
from pathlib import Path
from onrecord import Mention
layers = ("entities", "linking")
calls = Path(__file__).with_suffix(".calls")
def predict(document, targets, word="Vold"):
    with calls.open("a") as file:
        file.write(document.id + "\\n")
    if "die" in document.text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "raise" in document.text:
        raise ValueError("no luck")
    start = document.text.find(word)
    if start < 0:
        return document
    return document.with_layers(mentions=[Mention(start, start + len(word), "PERSON", word)])
"""
"""Finds a word; writes down what it was called with."""

TOGETHER = """
import os, signal
from onrecord import Mention
class Counts:
    def predict_all(self, documents, targets):
        if any("die" in document.text for document in documents):
            os.kill(os.getpid(), signal.SIGKILL)
        first = documents[0].id
        return [d.with_layers(mentions=[Mention(0, 4, "PERSON", first)]) for d in documents]
"""
"""What it finds depends on which documents it gets together."""


def write_system(folder: Path, source: str, name: str = "mine") -> Path:
    file = folder / f"{name}.py"
    file.write_text(source, encoding="utf-8")
    return file


def write_articles(folder: Path, n: int, **texts: str) -> Path:
    """Articles a0, a1, …, with other texts for some."""
    path = folder / "articles.jsonl"
    rows: list[dict[str, Any]] = [
        {"id": f"a{number}", "text": texts.get(f"a{number}", f"Then {number} men met Vold.")}
        for number in range(n)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def calls(system: Path) -> list[str]:
    """The documents with which the system of ``EACH`` was called, and forget them."""
    file = system.with_suffix(".calls")
    found = file.read_text().split() if file.exists() else []
    file.unlink(missing_ok=True)
    return found


def say(line: str) -> None:
    """Print it at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(system: str, articles: str, output: str, jobs: str, shard: str = "") -> None:
    """Predict, and print what is told."""
    import onrecord
    from onrecord.systems.engines import engine

    done = onrecord.predict_articles(
        system,
        articles,
        output,
        engine=engine("local", jobs=int(jobs)),
        shard_size=int(shard) if shard else None,
        tell=say,
    )
    say(f"{done.documents} documents, {done.failures} failures")


if __name__ == "__main__":
    main(*sys.argv[1:])
