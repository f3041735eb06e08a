"""``onrecord agreement``: how far two passes agree, layer by layer."""

from __future__ import annotations

import argparse

from onrecord.cli.common import (
    Commands,
    add_style,
    print_json,
    style,
    two_passes,
)


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser("agreement", help="how far two passes agree, layer by layer")
    parser.add_argument("one", metavar="A")
    parser.add_argument("other", metavar="B")
    add_style(parser)
    parser.set_defaults(command=_agreement)


def _agreement(given: argparse.Namespace) -> int:
    from onrecord.leaderboard.results import cut_digits
    from onrecord.scoring.agreement import agreement, agreement_signature
    from onrecord.scoring.report import agreement_report

    articles, one, other = two_passes(given.one, given.other)
    measures = agreement(articles, one, other)
    line = agreement_signature(one, other)
    if given.json:
        print_json(cut_digits({"signature": line, "measures": measures}))
        return 0
    print(f"{agreement_report(measures, style(given))}\n\n{line}")
    return 0
