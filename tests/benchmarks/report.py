"""How a report grows: so many systems on so many documents, its time, memory, size and largest pages.

    python tests/benchmarks/report.py [--systems 200] [--documents 1000] [--sentences 2] [--keep FOLDER]

The corpus is synthetic (``synthetic.py``); each system has the same prediction with other items left
out. Where Playwright and a Chromium are installed (``make .venv/browser.stamp``), the largest page of each kind is opened from
its file, and how long that takes until it is drawn is printed too.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import synthetic

import onrecord
from onrecord.document import Document
from onrecord.report.build import build_report


def predictions(corpus: synthetic.Synthetic, folder: Path, systems: int) -> Iterator[Path]:
    """A file for each system; the more it leaves out, the later it comes."""
    for number in range(systems):
        path = folder / f"system-{number:03}.jsonl"
        draw, share = random.Random(number), number / systems / 2
        onrecord.save([thinned(one, draw, share) for one in corpus.predicted], path)
        yield path


def thinned(document: Document, draw: random.Random, share: float) -> Document:
    """The document without this share of its mentions and stances."""
    return document.with_layers(
        mentions=[one for one in document.mentions if draw.random() >= share],
        stances=[one for one in document.stances if draw.random() >= share],
    )


def main() -> None:
    """Make it, measure it, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--systems", type=int, default=200)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--sentences", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="where the report is left")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        corpus = synthetic.make(onrecord.load(), given.documents, given.sentences)
        synthetic.save(corpus, folder)
        paths = list(predictions(corpus, folder, given.systems))
        begin = time.perf_counter()
        report = given.keep or folder / "report"
        pages = build_report(report, paths, root=folder)
        seconds = time.perf_counter() - begin
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = sum(path.stat().st_size for path in report.rglob("*.*"))
        say(f"{given.systems} systems, {given.documents} documents of {given.sentences} sentences")
        say(f"{len(pages)} pages, {size / 2**20:.0f} MB, {seconds:.0f} s, at most {peak:.0f} MB")
        opened(largest(report, pages))


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def largest(report: Path, pages: list[Path]) -> list[Path]:
    """Of each kind of page, the largest: those in the report's folder, and one of each other."""
    folders = sorted({page.parent for page in pages} - {report})
    most = [max(f.glob("*.html"), key=lambda page: page.stat().st_size) for f in folders]
    return [
        *sorted(page for page in pages if page.parent == report and "-" not in page.stem),
        *most,
    ]


def opened(pages: list[Path]) -> None:
    """Each page with its size and, in a browser, the seconds until it is drawn."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        sync_playwright = None
    chromium = os.environ.get("ONRECORD_CHROMIUM") or shutil.which("chromium")
    if sync_playwright is None or chromium is None:
        for page in pages:
            say(f"{page.stat().st_size / 2**20:8.2f} MB  {page.parent.name}/{page.name}")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        for page in pages:
            view = browser.new_page()
            begin = time.perf_counter()
            view.goto(page.as_uri())
            view.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
            seconds = time.perf_counter() - begin
            view.close()
            mega = page.stat().st_size / 2**20
            say(f"{mega:8.2f} MB {seconds:6.2f} s  {page.parent.name}/{page.name}")
        browser.close()


if __name__ == "__main__":
    main()
