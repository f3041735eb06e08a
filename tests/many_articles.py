"""A report of more articles than fit side by side, for tests of its files and in a browser."""

from __future__ import annotations

import sys
from pathlib import Path

import onrecord
from onrecord.report.build import build_report

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))

import report as benchmark
import synthetic

ARTICLES, SYSTEMS = 30, 3


def report_of_many(folder: Path, sentences: int = 40) -> Path:
    """A report of :data:`SYSTEMS` made-up systems on :data:`ARTICLES` made-up articles."""
    corpus = synthetic.make(onrecord.load(), ARTICLES, sentences)
    synthetic.save(corpus, folder / "clone")
    paths = list(benchmark.predictions(corpus, folder / "clone", SYSTEMS))
    build_report(folder / "report", paths, root=folder / "clone")
    return folder / "report"
