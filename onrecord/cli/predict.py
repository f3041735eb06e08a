"""``onrecord predict``: run a system on the articles."""

from __future__ import annotations

import argparse
import contextlib
import sys
import traceback
from pathlib import Path

from onrecord.cli.common import (
    Commands,
    add_clone,
    add_given,
    add_output,
    add_probes,
    name_values,
    unresolved_line,
    write_or_print,
)
from onrecord.exceptions import InvalidInput, SystemFailure


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser("predict", help="run a system on the articles")
    parser.add_argument("system", metavar="SYSTEM.py")
    add_output(parser)
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an argument of the system's predict or class (repeatable)",
    )
    parser.add_argument(
        "--document",
        action="append",
        metavar="ID",
        help="only this article, to try things out (repeatable)",
    )
    add_given(parser, "a layer that the system gets")
    add_clone(parser)
    add_probes(parser)
    parser.add_argument(
        "--third",
        action="store_true",
        help="with --probes: only a fixed third of the sets, of every phenomenon, for a slow system",
    )
    parser.add_argument(
        "--traceback", action="store_true", help="print where a system fails, line by line"
    )
    parser.set_defaults(command=_predict)


def _predict(given: argparse.Namespace) -> int:
    from onrecord.corpus.corpus import load_articles
    from onrecord.corpus.gold import load
    from onrecord.corpus.predictions import encode_predictions
    from onrecord.probes.files import load_probes
    from onrecord.systems.given import read_given
    from onrecord.systems.run import load_system, progress_line, run

    options = name_values(given.option, "--option")
    if given.third and not given.probes:
        raise InvalidInput("is for --probes alone", field="--third")
    if given.probes:
        probes = load_probes(given.gold)
        articles = (probes.third() if given.third else probes).corpus
    elif given.renamed or given.given:
        articles = load(given.gold, renamed=given.renamed)
    else:
        articles = load_articles(given.gold)
    layers = read_given(given.given, articles)
    with contextlib.redirect_stdout(sys.stderr):  # what a system prints is no prediction
        try:
            system = load_system(given.system, options)
        except SystemFailure as error:
            if given.traceback and error.__cause__ is not None:
                traceback.print_exception(error.__cause__)
            raise
        output = run(
            system,
            articles,
            given=layers,
            only=given.document,
            partial=None if given.output in (None, "-") else Path(given.output).parent,
            progress=progress_line(system.name),
        )
    write_or_print(encode_predictions(output.documents), given.output)
    for failure in output.failures:
        reason = f"{given.system}: {failure.document}: {failure.reason} (counts as empty)"
        print(reason, file=sys.stderr)
        if given.traceback:
            print(output.tracebacks.get(failure.document, ""), file=sys.stderr, end="")
    nobody = unresolved_line(output.documents, articles.registry)
    if nobody is not None:
        print(f"{given.system}: {nobody}", file=sys.stderr)
    return 1 if output.failures else 0
