"""``onrecord score``: score predictions or an export against the gold."""

from __future__ import annotations

import argparse

from onrecord.cli.common import (
    Commands,
    add_attempted,
    add_given,
    add_gold,
    add_probes,
    add_style,
    add_zones,
    print_draft,
    print_json,
    refuse_with_probes,
    style,
)
from onrecord.scoring.breakdown import KEYS


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser("score", help="score predictions or an export against the gold")
    parser.add_argument("files", nargs="+", metavar="FILE", help="- reads standard input")
    parser.add_argument(
        "--also", action="store_true", help="the further measures of each layer too"
    )
    parser.add_argument(
        "--by",
        choices=KEYS,
        action="append",
        default=[],
        help="headline scores of each part too (repeatable)",
    )
    add_given(parser, "a layer that the system got and that is not scored")
    add_gold(parser)
    add_probes(parser)
    add_attempted(parser)
    add_zones(parser)
    add_style(parser)
    parser.set_defaults(command=_score)


def _score(given: argparse.Namespace) -> int:
    from onrecord.corpus.layers import load_gold
    from onrecord.leaderboard.results import cut_digits
    from onrecord.scoring.breakdown import breakdown
    from onrecord.scoring.material import prepare
    from onrecord.scoring.report import breakdown_report, score_report
    from onrecord.scoring.scores import read, score
    from onrecord.systems.given import read_given

    if given.probes:
        return _score_on_probes(given)
    gold = load_gold(given.gold)
    layers = read_given(given.given, gold)
    zones = given.zones == "no-promo"
    results = []
    reports = []
    for file in given.files:
        documents = read(gold, file)
        scores = score(gold, documents, zones=zones, also=given.also, given=layers)
        result = {"file": file, "scores": scores}
        report = score_report(file, scores, style(given))
        if given.by:
            material = prepare(gold, documents, zones=zones)
            parts = {by: breakdown(material, by) for by in dict.fromkeys(given.by)}
            result["by"] = parts
            for by, found in parts.items():
                report += "\n\n" + breakdown_report(by, found, style(given))
        results.append(result)
        reports.append(f"{report}\n\n{scores.signature}")
    if given.json:
        print_json(cut_digits({"status": gold.status, "results": results}))
        return 0
    print_draft(gold)
    print("\n\n".join(reports))
    return 0


def _score_on_probes(given: argparse.Namespace) -> int:
    from onrecord.leaderboard.results import cut_digits
    from onrecord.probes.files import load_probes
    from onrecord.probes.report import probes_report
    from onrecord.probes.score import score_probes, summary

    refuse_with_probes(given, "also", "by", "given")
    probes = load_probes(given.gold)
    results = {file: score_probes(probes, file, layers=given.attempted) for file in given.files}
    if given.json:
        plain = [{"file": file, "scores": summary(score)} for file, score in results.items()]
        print_json(cut_digits({"results": plain}))
        return 0
    reports = (probes_report(file, score.table, style(given)) for file, score in results.items())
    print("\n\n".join(reports))
    return 0
