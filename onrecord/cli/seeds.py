"""``onrecord seeds``: add an article, show or set its zones, or list those there are."""

from __future__ import annotations

import argparse
import sys
from typing import get_args

from onrecord.cli.common import Commands
from onrecord.corpus.validation import unknown
from onrecord.document import Document, ZoneLabel
from onrecord.exceptions import InvalidInput


def add(commands: Commands) -> None:
    """Add the verb."""
    seeds = commands.add_parser(
        "seeds", help="add an article, set its zones, or list those there are"
    )
    actions = seeds.add_subparsers(required=True, metavar="ACTION")
    parser = actions.add_parser(
        "add", help="copy an article into seeds/ and list it in the manifest"
    )
    parser.add_argument("file", metavar="FILE", help="the article: plain text in UTF-8")
    parser.add_argument(
        "--event", required=True, help="the event it reports, such as summit-2021-03"
    )
    parser.add_argument(
        "--new-event",
        action="store_true",
        help="no article of the corpus reports that event yet, and it is no slip",
    )
    parser.add_argument("--outlet", help="who published it, if the article says so")
    parser.add_argument("--title", help="its title, as it stands in the article, if it has one")
    parser.add_argument("--date", metavar="YYYY-MM-DD", help="when it was published, if it says so")
    parser.add_argument("--language", default="en", help="default: en")
    parser.add_argument("--id", help="its id (default: from the outlet, or else the file's name)")
    parser.set_defaults(command=_add)
    zones = actions.add_parser(
        "zones",
        help="show an article's zones, or set them",
        description="Show the zones of an article, or let one begin at given words. It goes on to the "
        "next border. Zones of one label that follow each other are one, so a zone that gets the label "
        "of the one before it is joined to it.",
    )
    zones.add_argument("document", metavar="DOCUMENT", help="the article's id")
    zones.add_argument(
        "--begin",
        action="append",
        default=[],
        metavar="LABEL=WORDS",
        help="a zone of this label begins with these words, which occur once in the article "
        "(repeatable; done in their order)",
    )
    zones.set_defaults(command=_zones)
    listing = actions.add_parser("list", help="the articles, after all were checked")
    listing.set_defaults(command=_list)


def _add(given: argparse.Namespace) -> int:
    from onrecord.corpus.corpus import find_root
    from onrecord.corpus.seeds import Source, add_seed

    source = Source(
        event=given.event,
        new_event=given.new_event,
        outlet=given.outlet,
        title=given.title,
        date=given.date,
        language=given.language,
        id=given.id,
    )
    root = find_root()
    seed = add_seed(root, given.file, source)
    print(f"{seed.id}: {seed.meta.words} words, added as {root / 'seeds' / seed.meta.file}")
    print(f"zones, as the layout suggests; correct them with `onrecord seeds zones {seed.id}`:")
    _print_zones(seed)
    return 0


def _zones(given: argparse.Namespace) -> int:
    from onrecord.corpus.corpus import find_root, load_seeds
    from onrecord.corpus.seeds import set_zones

    root = find_root()
    begins = [_begin(one) for one in given.begin]
    if not begins:
        seeds = load_seeds(root)
        if given.document not in seeds:
            raise InvalidInput(unknown("document", given.document, list(seeds)))
        _print_zones(seeds[given.document])
        return 0
    before, after = set_zones(root, given.document, begins)
    _print_zones(after)
    if before.zones == after.zones:
        print("nothing changed")
    return 0


def _begin(given: str) -> tuple[ZoneLabel, str]:
    """The label and the words of a ``LABEL=WORDS``."""
    label, equals, words = given.partition("=")
    known = next((one for one in get_args(ZoneLabel) if one == label), None)
    if not equals:
        raise InvalidInput(f"{given!r} is not LABEL=WORDS", field="--begin")
    if known is None:
        raise InvalidInput(unknown("zone", label, get_args(ZoneLabel)), field="--begin")
    return known, words


def _print_zones(seed: Document) -> None:
    for zone in seed.zones:
        words = " ".join(zone.span.of(seed.text).split())
        shown = words if len(words) <= 60 else f"{words[:40]} … {words[-19:]}"
        print(f"{zone.start:>7} {zone.end:>7}  {zone.label:<8}  {shown}")


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
