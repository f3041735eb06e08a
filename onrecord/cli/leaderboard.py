"""``onrecord leaderboard``: take rows out that cannot be made on the gold as it is now."""

from __future__ import annotations

import argparse

from onrecord.cli.common import Commands
from onrecord.exceptions import InvalidInput


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser("leaderboard", help="take rows out of the leaderboard")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    prune = actions.add_parser(
        "prune",
        help="take out the rows that are named, or all of another gold",
        description="Remove the results and predictions of rows on the articles and on the renamed "
        "ones: of those that are named, or with --all of those that were published on another gold. A baseline "
        "that needs no extra is listed in eval/taken_out.txt, so that it is not run; take its line "
        "away to have it back. `make leaderboard ARGS=--update` comes next.",
    )
    which = prune.add_mutually_exclusive_group(required=False)
    which.add_argument("rows", nargs="*", default=[], metavar="ROW", help="the rows to take out")
    which.add_argument("--all", action="store_true", help="all rows that are of another gold")
    prune.set_defaults(command=_prune)


def _prune(given: argparse.Namespace) -> int:
    from onrecord.corpus.corpus import find_root
    from onrecord.leaderboard.pruning import of_another_gold, prune

    root = find_root()
    if not given.rows and not given.all:
        found = ", ".join(of_another_gold(root)) or "none"
        raise InvalidInput(f"which? of another gold: {found}; name rows, or say --all for these")
    pruned = prune(root, given.rows)
    for path in pruned.files:
        print(f"removed {path.relative_to(root)}")
    print(
        f"{len(pruned.rows)} rows taken out"
        + (f": {', '.join(pruned.rows)}" if pruned.rows else "")
    )
    return 0
