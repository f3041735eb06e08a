"""``onrecord report``: results and the dataset as pages that open in a browser from a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from onrecord.cli.common import Commands, add_clone


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser(
        "report",
        help="results and the dataset as pages for a browser, in a folder",
        description="A folder of pages that open by a double click, without a server: the event in five "
        "newsrooms, the board, each system with its errors, each article with two readings on its text, "
        "the probes. Needs onrecord[report].",
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="predictions (default: the published rows)"
    )
    parser.add_argument("-o", "--output", metavar="FOLDER", default="report", help="where to")
    parser.add_argument(
        "--standoff", action="store_true", help="leave out the words of articles and probes"
    )
    add_clone(parser)
    parser.set_defaults(command=_report)


def _report(given: argparse.Namespace) -> int:
    from onrecord.report.build import build_report

    pages = build_report(given.output, given.files, root=given.gold, standoff=given.standoff)
    print(f"{len(pages)} pages; open {Path(given.output) / 'index.html'}")
    return 0
