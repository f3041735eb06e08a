"""``onrecord show``: print an article with its layers."""

from __future__ import annotations

import argparse

from onrecord.cli.common import Commands, add_clone
from onrecord.exceptions import InvalidInput


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser("show", help="print an article with its layers")
    parser.add_argument("document", metavar="DOCUMENT")
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="whose layers (default: the gold's)"
    )
    add_clone(parser)
    parser.set_defaults(command=_show)


def _show(given: argparse.Namespace) -> int:
    from onrecord.corpus.corpus import load_articles
    from onrecord.corpus.gold import load
    from onrecord.corpus.layers import read_layers
    from onrecord.corpus.show import show

    corpus = load(given.gold) if given.file is None else load_articles(given.gold)
    document = corpus[given.document]
    if given.file is not None:
        layers = {one.id: one for one in read_layers(given.file, corpus, partial=True)}
        if document.id not in layers:
            raise InvalidInput("is not in it", file=given.file, document=document.id)
        document = layers[document.id]
    print(show(document, corpus.votes))
    return 0
