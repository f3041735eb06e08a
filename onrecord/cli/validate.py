"""``onrecord validate``: check predictions, exports or ``data/``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from onrecord.cli.common import (
    Commands,
    add_clone,
    add_probes,
    borders_line,
    clashes_line,
    unresolved_line,
)
from onrecord.exceptions import OnRecordError


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser("validate", help="check predictions, exports or data/")
    parser.add_argument("files", nargs="+", metavar="FILE")
    add_clone(parser)
    add_probes(parser)
    parser.set_defaults(command=_validate)


def _validate(given: argparse.Namespace) -> int:
    from onrecord.corpus.annotated import utterance_warnings
    from onrecord.corpus.corpus import find_root, load_articles
    from onrecord.corpus.gold import load
    from onrecord.corpus.layers import is_export, read_layers
    from onrecord.dataset.build import check
    from onrecord.probes.files import load_probes
    from onrecord.probes.score import require_whole_sets

    root = find_root() if given.gold is None else Path(given.gold)
    probes = load_probes(root) if given.probes else None
    if probes is not None:
        articles = probes.corpus
    else:
        articles = load(root, renamed=True) if given.renamed else load_articles(root)
    built = (root / "data", root / "data" / "documents" / "test.jsonl")
    status = 0
    for file in given.files:
        try:
            if Path(file).resolve() in built and not (given.probes or given.renamed):
                documents = load(root).documents
                check(root)
            else:
                partial = is_export(file) or probes is not None
                documents = read_layers(file, articles, partial=partial)
                if probes is not None:
                    require_whole_sets(probes, documents, file)
        except OnRecordError as error:
            print(error, file=sys.stderr)
            status = 2
            continue
        mentions = sum(len(document.mentions) for document in documents)
        quotes = sum(len(document.quotes) for document in documents)
        stances = sum(len(document.stances) for document in documents)
        print(
            f"{file}: valid: {len(documents)} documents, {mentions} mentions, "
            f"{quotes} quotes, {stances} stances"
        )
        nobody = unresolved_line(documents, articles.registry)
        if nobody is not None:
            print(f"{file}: {nobody}")
        clashes = clashes_line(documents, articles.registry)
        if clashes is not None:
            print(f"{file}: warning: {clashes}", file=sys.stderr)
        borders = borders_line(documents)
        if borders is not None:
            print(f"{file}: warning: {borders}", file=sys.stderr)
        for warning in utterance_warnings(documents) if is_export(file) else ():
            print(f"{file}: warning: {warning}", file=sys.stderr)
    return status
