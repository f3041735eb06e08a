"""``onrecord COMMAND``: the parser of all verbs, and what every failure ends in.

Exit status 0: done; 1: done, but a system failed on a document, CoNLL cannot hold a mention, or names
were left that ``annotate merge`` does not know; 2: the input is invalid or the server cannot be used, which one line on standard error says.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence

from onrecord.cli import (
    agreement,
    annotate,
    compare,
    convert,
    dataset,
    errors,
    predict,
    probes,
    report,
    score,
    seeds,
    show,
    validate,
)
from onrecord.exceptions import OnRecordError

VERBS = (
    predict, validate, score, compare, errors, agreement, show, seeds, annotate, probes, convert, dataset, report,
)  # fmt: skip
"""In the order of ``onrecord --help``."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status."""
    _set_up_streams()
    given = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = given.command
    try:
        status = command(given)
        sys.stdout.flush()
        return status
    except OnRecordError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"{error.filename or 'output'}: {error.strerror}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2


def _set_up_streams() -> None:
    """Standard output is UTF-8 whatever the locale says, since programs read it; messages are shown
    as the terminal can.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")


def _parser() -> argparse.ArgumentParser:
    from onrecord import __version__

    parser = argparse.ArgumentParser(
        prog="onrecord",
        description="Who is mentioned, who said what, and who stands where.",
    )
    parser.add_argument("--version", action="version", version=f"onrecord {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for verb in VERBS:
        verb.add(commands)
    return parser
