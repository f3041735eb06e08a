"""``onrecord probes``: list, show and check the probes, and how far readers agree with them."""

from __future__ import annotations

import argparse

from onrecord.cli.common import Commands


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser("probes", help="list, show and check the probes")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the phenomena and how many sets each has")
    listing.set_defaults(command=_list)
    showing = actions.add_parser("show", help="print a set, members side by side")
    showing.add_argument("set", metavar="SET")
    showing.add_argument(
        "--dress", choices=("invented", "real"), default="invented", help="whose names"
    )
    showing.set_defaults(command=_show)
    checking = actions.add_parser("check", help="what is missing or wrong in sources of probes")
    checking.add_argument(
        "files", nargs="*", metavar="FILE", help="sources (default: all of annotation/probes)"
    )
    checking.set_defaults(command=_check)
    agreeing = actions.add_parser(
        "agreement", help="how far blind readers agree with the annotation"
    )
    agreeing.set_defaults(command=_agreement)


def _list(given: argparse.Namespace) -> int:
    from onrecord.probes.files import read_sources, source_files
    from onrecord.probes.report import listing

    print(listing(read_sources(source_files()).values()))
    return 0


def _show(given: argparse.Namespace) -> int:
    from onrecord.probes.files import render_all
    from onrecord.probes.report import shown

    print(shown(render_all(), given.set, given.dress))
    return 0


def _check(given: argparse.Namespace) -> int:
    from onrecord.probes.files import check_files

    sources, problems = check_files(given.files)
    for problem in problems:
        print(problem)
    sets = sum(len(source.sets) for source in sources)
    members = sum(len(of.members) for source in sources for of in source.sets)
    what = f"{len(problems)} problems" if problems else "no problems"
    print(f"{len(sources)} phenomena, {sets} sets, {members} members: {what}")
    return 2 if problems else 0


def _agreement(given: argparse.Namespace) -> int:
    from onrecord.probes.files import load_probes, reading_files
    from onrecord.probes.readings import read_readings
    from onrecord.probes.report import agreement_report

    print(agreement_report(read_readings(reading_files(), load_probes())))
    return 0
