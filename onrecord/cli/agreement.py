"""``onrecord agreement``: how far two passes agree, layer by layer."""

from __future__ import annotations

import argparse

from onrecord.cli.common import (
    Commands,
    add_style,
    print_json,
    style,
    tell_of_nobody,
    tell_what_is_left_out,
)


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser("agreement", help="how far two passes agree, layer by layer")
    parser.add_argument("one", metavar="A")
    parser.add_argument("other", metavar="B")
    add_style(parser)
    parser.set_defaults(command=_agreement)


def _agreement(given: argparse.Namespace) -> int:
    from onrecord.corpus.corpus import load_articles
    from onrecord.corpus.layers import read_two_passes
    from onrecord.leaderboard.results import cut_digits
    from onrecord.scoring.agreement import agreement, agreement_signature
    from onrecord.scoring.report import agreement_report

    corpus = load_articles()
    articles, one, other = read_two_passes(given.one, given.other, corpus)
    tell_what_is_left_out(corpus, articles)
    tell_of_nobody((*one, *other), corpus.registry)
    measures = agreement(articles, one, other)
    line = agreement_signature(one, other)
    if given.json:
        print_json(cut_digits({"signature": line, "measures": measures}))
        return 0
    print(f"{agreement_report(measures, style(given))}\n\n{line}")
    return 0
