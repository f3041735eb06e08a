"""``onrecord predict``: run a system on the articles, or on one's own."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from onrecord.cli.common import (
    Commands,
    add_clone,
    add_engine,
    add_given,
    add_probes,
    chosen_engine,
    destination,
    is_printed,
    name_values,
    unresolved_line,
    write_or_print,
)
from onrecord.exceptions import InvalidInput, SystemFailure

if TYPE_CHECKING:
    from onrecord.systems.articles import Articles
    from onrecord.systems.engines import Engine
    from onrecord.systems.failures import Failure
    from onrecord.systems.loading import System
    from onrecord.systems.telling import Tell

CORPUS_ONLY = ("gold", "probes", "renamed", "third", "document", "given")
"""Options of ``predict`` that one's own articles do not have."""
OWN_ONLY = ("targets", "split", "config", "text_column", "id_column", "shard_size")
"""Options of ``predict`` that only one's own articles have."""


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser("predict", help="run a system on the articles, or on your own")
    parser.add_argument("system", metavar="SYSTEM.py")
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="where to write (default, or -: print); with --articles also a folder, for shards",
    )
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
    parser.add_argument(
        "--anew", action="store_true", help="predict all again; do not go on from a killed run"
    )
    _add_own(parser)
    add_engine(parser)
    parser.set_defaults(command=_predict)


def _add_own(parser: argparse.ArgumentParser) -> None:
    own = parser.add_argument_group("your own articles")
    own.add_argument(
        "--articles",
        metavar="PATH",
        help="articles without gold: a folder of *.txt, .jsonl, .jsonl.gz, .parquet, or hf:NAME",
    )
    own.add_argument(
        "--targets", metavar="FILE", help="what stances are about: .jsonl, .json, .yaml"
    )
    own.add_argument("--split", metavar="NAME", help="of hf:NAME")
    own.add_argument("--config", metavar="NAME", help="of hf:NAME")
    own.add_argument("--text-column", metavar="NAME", help="which column has the text (text)")
    own.add_argument("--id-column", metavar="NAME", help="which column has the id (id)")
    own.add_argument(
        "--shard-size",
        type=int,
        metavar="N",
        help="articles that the system gets at a time (200); -o FOLDER then has a file for each N",
    )


def _predict(given: argparse.Namespace) -> int:
    from onrecord.systems.watch import data_apart

    def tell(line: str) -> None:
        print(f"{given.system}: {line}", file=sys.stderr, flush=True)

    _require_sense(given)
    if given.output is not None and given.articles is None:
        destination(given.output)
    if is_printed(given.output) and sys.stdout is None:
        raise InvalidInput("standard output is closed", file="output")
    worker = chosen_engine(given)
    options = name_values(given.option, "--option")
    predict = _predict_corpus if given.articles is None else _predict_own
    with data_apart() as data:
        try:
            return predict(given, options, worker, data, tell)
        except SystemFailure as error:
            if given.traceback:
                _print_traceback(error)
            raise
        except KeyboardInterrupt:
            if is_printed(given.output):
                raise
            kept = "what is done is kept, and the same command goes on from there"
            raise KeyboardInterrupt(f"stopped; {kept}") from None


def _print_traceback(error: SystemFailure) -> None:
    """Where a system could not be set up: here, or in another process, which gives it as a note."""
    if error.__cause__ is not None:
        traceback.print_exception(error.__cause__)
    else:
        sys.stderr.write("".join(getattr(error, "__notes__", ())))


def _require_sense(given: argparse.Namespace) -> None:
    """Make sure that options are given with what they are for.

    Raises:
        InvalidInput: one is not.
    """
    if given.third and not given.probes:
        raise InvalidInput("is for --probes alone", field="--third")
    own = given.articles is not None
    for option in CORPUS_ONLY if own else OWN_ONLY:
        if getattr(given, option) not in (None, False, []):
            reason = "has no meaning with --articles" if own else "is for --articles alone"
            raise InvalidInput(reason, field=f"--{option.replace('_', '-')}")


def _predict_corpus(
    given: argparse.Namespace, options: dict[str, str], engine: Engine, data: BinaryIO, tell: Tell
) -> int:
    """The articles, renamed ones or probes."""
    from onrecord.corpus.corpus import load_articles
    from onrecord.corpus.gold import load
    from onrecord.corpus.predictions import encode_predictions
    from onrecord.corpus.resolution import find_unresolved
    from onrecord.probes.files import load_probes
    from onrecord.systems.given import read_given
    from onrecord.systems.run import progress_line, run

    if given.probes:
        probes = load_probes(given.gold)
        articles = (probes.third() if given.third else probes).corpus
    elif given.renamed or given.given:
        articles = load(given.gold, renamed=given.renamed)
    else:
        articles = load_articles(given.gold)
    layers = read_given(given.given, articles)
    system = _load(given.system, options, engine)
    output = given.output if is_printed(given.output) else str(Path(given.output).absolute())
    done = run(
        system,
        articles,
        given=layers,
        only=given.document,
        partial=None if is_printed(output) else Path(output).parent,
        anew=given.anew,
        engine=engine,
        progress=progress_line(system.name),
        tell=tell,
    )
    write_or_print(encode_predictions(done.documents), output, data)
    _tell_failures(done.failures, done.tracebacks if given.traceback else {}, tell)
    nobody = unresolved_line(find_unresolved(done.documents, articles.registry), articles.registry)
    if nobody is not None:
        tell(nobody)
    return 1 if done.failures else 0


def _predict_own(
    given: argparse.Namespace, options: dict[str, str], engine: Engine, data: BinaryIO, tell: Tell
) -> int:
    """Own articles."""
    from onrecord.systems.archive import predict_articles
    from onrecord.systems.progress import ProgressLine
    from onrecord.systems.targets import read_own_targets

    system = _load(given.system, options, engine)
    done = predict_articles(
        system,
        _own_articles(given),
        data if is_printed(given.output) else given.output,
        targets=() if given.targets is None else read_own_targets(given.targets),
        engine=engine,
        shard_size=given.shard_size,
        anew=given.anew,
        progress=ProgressLine(system.name),
        tell=tell,
    )
    _tell_failures(done.first_failures, done.tracebacks if given.traceback else {}, tell)
    more = done.failures - len(done.first_failures)
    if more:
        place = f"; all are in {done.failures_file}" if done.failures_file else ""
        tell(f"and {more:,} more{place}")
    return 1 if done.failures else 0


def _tell_failures(failures: Iterable[Failure], tracebacks: Mapping[str, str], tell: Tell) -> None:
    for failure in failures:
        tell(f"{failure.document}: {failure.reason} (counts as empty)")
        sys.stderr.write(tracebacks.get(failure.document, ""))


def _own_articles(given: argparse.Namespace) -> Articles:
    from onrecord.systems.articles import Articles
    from onrecord.systems.rows import Columns

    names = {"id": given.id_column, "text": given.text_column}
    columns = Columns(**{name: value for name, value in names.items() if value is not None})
    return Articles(given.articles, columns=columns, split=given.split, config=given.config)


def _load(file: str, options: dict[str, str], engine: Engine) -> System:
    """The system; set up here if it runs here."""
    from onrecord.systems.engines import Serial
    from onrecord.systems.loading import load_system

    return load_system(file, options, set_up=isinstance(engine, Serial))
