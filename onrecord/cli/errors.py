"""``onrecord errors``: what predictions or an export got wrong, and where."""

from __future__ import annotations

import argparse

import msgspec

from onrecord.cli.common import (
    Commands,
    add_measured,
    add_probes,
    print_draft,
    print_json,
    refuse_with_probes,
    style,
)
from onrecord.document import LAYERS
from onrecord.exceptions import InvalidInput


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser(
        "errors", help="what predictions or an export got wrong, and where"
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--layer", choices=LAYERS)
    parser.add_argument("--kind", help="errors of this kind only, such as missed")
    parser.add_argument(
        "--limit",
        type=int,
        metavar="N",
        help="errors of a kind (with --probes: failed sets): 10, or all in JSON; 0 for all",
    )
    add_probes(parser)
    add_measured(parser)
    parser.set_defaults(command=_errors)


def _errors(given: argparse.Namespace) -> int:
    from onrecord.corpus.layers import load_gold
    from onrecord.scoring.errors.analysis import find_errors, select
    from onrecord.scoring.errors.report import errors_report
    from onrecord.scoring.scores import read

    if given.limit is not None and given.limit < 0:
        raise InvalidInput(f"{given.limit} is less than 0", field="--limit")
    if given.probes:
        return _errors_on_probes(given)
    gold = load_gold(given.gold, renamed=given.renamed)
    documents = read(gold, given.file)
    analysis = find_errors(
        gold, documents, zones=given.zones == "no-promo", contested=given.contested
    )
    layers = [given.layer] if given.layer else list(documents.attempted)
    analysis = msgspec.structs.replace(
        analysis,
        counts=tuple(count for count in analysis.counts if count.layer in layers),
        errors=tuple(case for case in analysis.errors if case.layer in layers),
    )
    default = None if given.json else 10
    limit = default if given.limit is None else given.limit or None
    shown = select(analysis, layer=given.layer, kind=given.kind, limit=limit)
    if given.json:
        print_json(
            {
                "file": given.file,
                "status": gold.status,
                "signature": shown.signature,
                "counts": shown.counts,
                "errors": shown.errors,
            }
        )
        return 0
    print_draft(gold.status)
    absent = [layer for layer in LAYERS if layer not in layers and given.layer is None]
    if absent:
        print(f"not attempted: {', '.join(absent)} (--layer lists one all the same)\n")
    print(errors_report(given.file, shown, style(given)))
    return 0


def _errors_on_probes(given: argparse.Namespace) -> int:
    from onrecord.probes.failures import find_failures
    from onrecord.probes.files import load_probes
    from onrecord.probes.report import failures_report
    from onrecord.probes.score import score_probes

    refuse_with_probes(given, "kind")
    scores = score_probes(load_probes(given.gold), given.file)
    failures = find_failures(scores.outcomes, layer=given.layer)
    limit = given.limit if given.limit is not None else (None if given.json else 10)
    shown = failures[: limit or None]
    if given.json:
        print_json({"file": given.file, "failed": len(failures), "sets": shown})
        return 0
    print(failures_report(given.file, shown, len(failures), style(given)))
    return 0
