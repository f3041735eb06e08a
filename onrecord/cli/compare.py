"""``onrecord compare``: which system is better, and how sure that is."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from onrecord.cli.common import (
    Commands,
    add_attempted,
    add_gold,
    add_probes,
    add_style,
    add_zones,
    print_draft,
    print_json,
    stems,
    style,
)


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser("compare", help="which system is better, and how sure that is")
    parser.add_argument("files", nargs="+", metavar="FILE", help="predictions or exports")
    add_gold(parser)
    add_probes(parser)
    add_attempted(parser)
    add_zones(parser)
    add_style(parser)
    parser.set_defaults(command=_compare)


def _compare(given: argparse.Namespace) -> int:
    from onrecord.corpus.layers import load_gold
    from onrecord.leaderboard.results import cut_digits
    from onrecord.scoring.comparison import compare
    from onrecord.scoring.report import comparison_report

    systems = stems(given.files)
    if given.probes:
        return _compare_on_probes(systems, given)
    gold = load_gold(given.gold)
    comparison = compare(gold, systems, zones=given.zones == "no-promo")
    if given.json:
        print_json(cut_digits({"status": gold.status, "comparison": comparison}))
        return 0
    print_draft(gold)
    print(comparison_report(comparison, style(given)))
    return 0


def _compare_on_probes(systems: Mapping[str, str], given: argparse.Namespace) -> int:
    from onrecord.leaderboard.results import cut_digits
    from onrecord.probes.comparison import compare_layers
    from onrecord.probes.files import load_probes
    from onrecord.probes.report import comparison_report
    from onrecord.probes.score import score_probes

    probes = load_probes(given.gold)
    scores = {
        name: score_probes(probes, file, layers=given.attempted) for name, file in systems.items()
    }
    layers = compare_layers({name: score.table for name, score in scores.items()})
    if given.json:
        print_json(cut_digits({"layers": layers}))
        return 0
    print(comparison_report(layers, style(given)))
    return 0
