"""``onrecord compare``: which system is better, and how sure that is."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from onrecord.cli.common import (
    Commands,
    add_engine,
    add_layers,
    add_measured,
    add_probes,
    chosen_layers,
    print_draft,
    print_json,
    refuse_with_probes,
    stems,
    style,
)
from onrecord.cli.measuring import Measure
from onrecord.exceptions import InvalidInput

if TYPE_CHECKING:
    from onrecord.probes.comparison import Count, PairOnProbes


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser("compare", help="which system is better, and how sure that is")
    parser.add_argument("files", nargs="+", metavar="FILE", help="predictions or exports")
    add_layers(parser)
    add_probes(parser)
    add_measured(parser)
    add_engine(parser)
    parser.set_defaults(command=_compare)


def _compare(given: argparse.Namespace) -> int:
    from onrecord.leaderboard.results import cut_digits
    from onrecord.scoring.comparison import compare_scores
    from onrecord.scoring.report import comparison_report

    systems = stems(given.files)
    if given.probes:
        return _compare_on_probes(systems, given)
    if len(systems) < 2:
        raise InvalidInput("a comparison takes two or more systems")
    measure = Measure(given)
    scores = {name: measure.scores(file) for name, file in systems.items()}
    comparison = compare_scores(scores)
    layers = {layer: comparison.layers[layer] for layer in chosen_layers(given)}
    comparison = msgspec.structs.replace(comparison, layers=layers)
    if given.json:
        print_json(cut_digits({"status": measure.status, "comparison": comparison}))
        return 0
    print_draft(measure.status)
    print(comparison_report(comparison, style(given)))
    return 0


def _compare_on_probes(systems: Mapping[str, str], given: argparse.Namespace) -> int:
    from onrecord.leaderboard.results import cut_digits
    from onrecord.probes.comparison import compare_layers
    from onrecord.probes.files import load_probes
    from onrecord.probes.report import comparison_report
    from onrecord.probes.score import score_probes

    refuse_with_probes(given)
    probes = load_probes(given.gold)
    tables = {name: score_probes(probes, file).table for name, file in systems.items()}
    chosen = {name: table.only(chosen_layers(given)) for name, table in tables.items()}
    counts: dict[Count, Mapping[str, Sequence[PairOnProbes]]] = {
        "sets": compare_layers(chosen),
        "members": compare_layers(chosen, "members"),
    }
    if given.json:
        print_json(cut_digits(counts))
        return 0
    print(comparison_report(counts, style(given)))
    return 0
