"""``onrecord score``: score predictions or an export against the gold."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from onrecord.cli.common import (
    Commands,
    add_engine,
    add_given,
    add_layers,
    add_measured,
    add_probes,
    chosen_layers,
    print_draft,
    print_json,
    refuse_with_probes,
    style,
)
from onrecord.cli.measuring import Measure
from onrecord.document import LAYERS
from onrecord.scoring.breakdown import KEYS, Part

if TYPE_CHECKING:
    from onrecord.scoring.scores import Scores


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
    add_layers(parser)
    add_given(parser, "a layer that the system got and that is not scored")
    add_probes(parser)
    add_measured(parser)
    add_engine(parser)
    parser.set_defaults(command=_score)


def _score(given: argparse.Namespace) -> int:
    from onrecord.leaderboard.results import cut_digits

    if given.probes:
        return _score_on_probes(given)
    measure = Measure(given, whole=bool(given.by or given.also or given.given))
    shown = chosen_layers(given)
    if given.json:
        results = [_result(measure, file, given, shown) for file in given.files]
        print_json(cut_digits({"status": measure.status, "results": results}))
        return 0
    reports = [_report(measure, file, given, shown) for file in given.files]
    print_draft(measure.status)
    print("\n\n".join(reports))
    return 0


def _result(
    measure: Measure, file: str, given: argparse.Namespace, shown: Sequence[str]
) -> dict[str, Any]:
    """The scores of a file as JSON has them."""
    scores = measure.scores(file)
    result = {"file": file, "scores": _of_layers(scores, shown)}
    if given.by:
        result["by"] = _parts(measure, file, given, scores, shown)
    return result


def _report(measure: Measure, file: str, given: argparse.Namespace, shown: tuple[str, ...]) -> str:
    """The scores of a file as people read them."""
    from onrecord.scoring.report import LISTED, breakdown_report, headlines_report, score_report
    from onrecord.scoring.scores import Scores

    scores = measure.headlines(file, LISTED, shown)
    if not isinstance(scores, Scores):
        report = headlines_report(file, scores, style(given), layers=shown)
    else:
        report = score_report(file, scores, style(given), layers=shown)
        if given.by:
            for by, found in _parts(measure, file, given, scores, shown).items():
                report += "\n\n" + breakdown_report(by, found, style(given))
    return f"{report}\n\n{scores.signature}"


def _parts(
    measure: Measure, file: str, given: argparse.Namespace, scores: Scores, shown: Sequence[str]
) -> dict[str, list[Part]]:
    """The headline scores of each part, for every way of parting."""
    from onrecord.scoring.breakdown import breakdown
    from onrecord.scoring.material import prepare

    zones = given.zones == "no-promo"
    material = prepare(
        measure.gold, measure.documents(file), zones=zones, contested=given.contested
    )
    return {
        by: [p for p in breakdown(material, by) if p.layer in shown and p.layer in scores.layers]
        for by in dict.fromkeys(given.by)
    }


def _score_on_probes(given: argparse.Namespace) -> int:
    from onrecord.leaderboard.results import cut_digits
    from onrecord.probes.files import load_probes
    from onrecord.probes.report import probes_report
    from onrecord.probes.score import score_probes, summary

    refuse_with_probes(given, "also", "by", "given")
    probes = load_probes(given.gold)
    shown = chosen_layers(given)
    results = {file: score_probes(probes, file) for file in given.files}
    if given.json:
        plain = [{"file": file, "scores": summary(one, shown)} for file, one in results.items()]
        print_json(cut_digits({"results": plain}))
        return 0
    reports = (
        probes_report(file, scores, style(given), layers=shown) for file, scores in results.items()
    )
    print("\n\n".join(reports))
    return 0


def _of_layers(scores: Scores, shown: Sequence[str]) -> dict[str, Any]:
    """The scores as JSON has them, without the layers that are not asked for."""
    plain = scores.to_dict()
    plain["also"] = [figure for figure in plain["also"] if figure["layer"] in shown]
    return {key: value for key, value in plain.items() if key not in LAYERS or key in shown}
