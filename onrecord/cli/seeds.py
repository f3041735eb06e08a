"""``onrecord seeds``: add an article, or list those there are."""

from __future__ import annotations

import argparse
import sys

from onrecord.cli.common import Commands


def add(commands: Commands) -> None:
    """Add the verb."""
    seeds = commands.add_parser("seeds", help="add an article, or list those there are")
    actions = seeds.add_subparsers(required=True, metavar="ACTION")
    parser = actions.add_parser(
        "add", help="copy an article into seeds/ and list it in the manifest"
    )
    parser.add_argument("file", metavar="FILE", help="the article: plain text in UTF-8")
    parser.add_argument(
        "--event", required=True, help="the event it reports, such as summit-2021-03"
    )
    parser.add_argument("--outlet", help="who published it, if the article says so")
    parser.add_argument("--title", help="its title, as it stands in the article, if it has one")
    parser.add_argument("--date", metavar="YYYY-MM-DD", help="when it was published, if it says so")
    parser.add_argument("--language", default="en", help="default: en")
    parser.add_argument("--id", help="its id (default: from the outlet, or else the file's name)")
    parser.set_defaults(command=_add)
    listing = actions.add_parser("list", help="the articles, after all were checked")
    listing.set_defaults(command=_list)


def _add(given: argparse.Namespace) -> int:
    from onrecord.corpus.corpus import find_root
    from onrecord.corpus.seeds import Source, add_seed

    source = Source(
        event=given.event,
        outlet=given.outlet,
        title=given.title,
        date=given.date,
        language=given.language,
        id=given.id,
    )
    root = find_root()
    seed = add_seed(root, given.file, source)
    print(f"{seed.id}: {seed.meta.words} words, added as {root / 'seeds' / seed.meta.file}")
    print("zones, as the layout suggests; correct them in seeds/manifest.jsonl:")
    for zone in seed.zones:
        words = " ".join(zone.span.of(seed.text).split())
        shown = words if len(words) <= 60 else f"{words[:40]} … {words[-19:]}"
        print(f"{zone.start:>7} {zone.end:>7}  {zone.label:<8}  {shown}")
    return 0


def _list(given: argparse.Namespace) -> int:
    from onrecord.corpus.corpus import load_seeds
    from onrecord.scoring.report import UNDEFINED, render

    rows = []
    for seed in load_seeds().values():
        said = [seed.meta.event, seed.meta.outlet, seed.meta.date]
        rows.append([seed.id, *(value or UNDEFINED for value in said), str(seed.meta.words)])
        rows[-1].append(seed.meta.file)
    headers = ["article", "event", "outlet", "date", "words", "file"]
    print(render(headers, rows, "terminal" if sys.stdout.isatty() else "plain"))
    return 0
