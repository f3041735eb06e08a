"""``onrecord compare``: which system is better, and how sure that is."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import msgspec

from onrecord.cli.common import (
    Commands,
    add_layers,
    add_measured,
    chosen_layers,
    print_draft,
    print_json,
    style,
)
from onrecord.exceptions import InvalidInput


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser("compare", help="which system is better, and how sure that is")
    parser.add_argument("files", nargs="+", metavar="FILE", help="predictions or exports")
    add_layers(parser)
    add_measured(parser)
    parser.set_defaults(command=_compare)


def _compare(given: argparse.Namespace) -> int:
    from onrecord.corpus.layers import load_gold
    from onrecord.leaderboard.results import cut_digits
    from onrecord.scoring.comparison import compare
    from onrecord.scoring.report import comparison_report

    systems = _named(given.files)
    gold = load_gold(given.gold)
    comparison = compare(gold, systems, zones=given.zones == "no-promo", contested=given.contested)
    layers = {layer: comparison.layers[layer] for layer in chosen_layers(given)}
    comparison = msgspec.structs.replace(comparison, layers=layers)
    if given.json:
        print_json(cut_digits({"status": gold.status, "comparison": comparison}))
        return 0
    print_draft(gold)
    print(comparison_report(comparison, style(given)))
    return 0


def _named(files: Sequence[str]) -> dict[str, str]:
    """Each file by its stem, or by its path where stems clash."""
    stems = [Path(file).stem for file in files]
    names = [
        file if stems.count(stem) > 1 else stem for file, stem in zip(files, stems, strict=True)
    ]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput("is given twice", file=name)
    return dict(zip(names, files, strict=True))
