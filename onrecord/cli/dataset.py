"""``onrecord dataset``: make, check, describe or join ``data/``; a new event."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from onrecord.cli.common import Commands


def add(commands: Commands) -> None:
    """Add the verb."""
    dataset = commands.add_parser(
        "dataset", help="make, check, describe or join data/; a new event"
    )
    actions = dataset.add_subparsers(required=True, metavar="ACTION")
    build = actions.add_parser(
        "build", help="make data/ from the gold's export, registry, targets, seeds"
    )
    build.add_argument(
        "--standoff",
        metavar="FOLDER",
        help="write the annotations without the articles' words there, and leave data/ as it is",
    )
    build.set_defaults(command=_build)
    check = actions.add_parser("check", help="fail when data/ is not what the exports give")
    check.set_defaults(command=_check)
    describe = actions.add_parser("describe", help="write data/STATISTICS.md and its figures")
    describe.set_defaults(command=_describe)
    new = actions.add_parser("new", help="the folder of another event, with nothing in it yet")
    new.add_argument("folder", metavar="FOLDER")
    new.add_argument("--name", help="the dataset's name (default: the folder's)")
    new.set_defaults(command=_new)
    join = actions.add_parser("join", help="data/ from a stand-off release and your own articles")
    join.add_argument("release", metavar="RELEASE", help="the folder of the release")
    join.add_argument(
        "--articles", required=True, metavar="FOLDER", help="the articles, files of any names"
    )
    join.add_argument("-o", "--output", required=True, metavar="FOLDER", help="where to write")
    join.set_defaults(command=_join)


def _build(given: argparse.Namespace) -> int:
    from onrecord.corpus.corpus import find_root
    from onrecord.dataset.build import build

    root = find_root()
    if given.standoff is not None:
        from onrecord.dataset.standoff import release, write_all

        files = release(root)
        write_all(files, Path(given.standoff))
        print(f"wrote {len(files)} files to {given.standoff}")
        return 0
    changed = build(root)
    for path in changed:
        print(f"wrote {path.relative_to(root)}")
    if not changed:
        print("data/ is what the export gives; nothing written")
    _tell_kept_names(root)
    return 0


def _tell_kept_names(root: Path) -> None:
    """Warn of names that the renamed articles still have."""
    from onrecord.corpus.gold import load
    from onrecord.corpus.renaming import NAMES, kept_names, read_renames

    if (root / NAMES).exists():
        for name in kept_names(load(root), read_renames(root / NAMES)):
            line = f"{NAMES}: has no other name for {name!r}, which the renamed articles keep"
            print(line, file=sys.stderr)


def _check(given: argparse.Namespace) -> int:
    from onrecord.corpus.corpus import find_root
    from onrecord.dataset.build import check

    check(find_root())
    print("data/ is what the export and the seeds give")
    return 0


def _describe(given: argparse.Namespace) -> int:
    from onrecord.corpus.corpus import find_root
    from onrecord.dataset.page import build

    root = find_root()
    changed = build(root)
    for path in changed:
        print(f"wrote {path.relative_to(root)}")
    if not changed:
        print("statistics and figures are what the gold gives; nothing written")
    return 0


def _new(given: argparse.Namespace) -> int:
    from onrecord.dataset.event import make_event
    from onrecord.dataset.standoff import write_all

    folder = Path(given.folder)
    files = make_event(given.name or folder.resolve().name)
    write_all(files, folder)
    print(f"wrote {len(files)} files to {folder}; go on there with `onrecord seeds add`")
    return 0


def _join(given: argparse.Namespace) -> int:
    from onrecord.dataset.standoff import join, write_all

    files = join(Path(given.release), Path(given.articles))
    write_all(files, Path(given.output))
    print(f"wrote {len(files)} files to {given.output}")
    return 0
