"""``onrecord COMMAND``: the parser of all verbs, and what every failure ends in.

Exit status 0: done; 1: done, but a system failed on a document, CoNLL cannot hold a mention, names
were left that ``annotate merge`` does not know, or ``annotate check`` found faults; 2: the input is
invalid or the server cannot be used, which one line on standard error says; 130: it was stopped by
Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import threading
from collections.abc import Callable, Sequence

from onrecord.cli import (
    agreement,
    annotate,
    compare,
    convert,
    dataset,
    errors,
    leaderboard,
    predict,
    probes,
    report,
    score,
    seeds,
    show,
    validate,
)
from onrecord.exceptions import OnRecordError
from onrecord.systems.watch import end_anyway

VERBS = (
    predict, validate, score, compare, errors, agreement, show, seeds, annotate, probes, convert, dataset, report,
    leaderboard,
)  # fmt: skip
"""In the order of ``onrecord --help``."""
STOPPED = 130
"""The exit status after Ctrl-C, as shells have it: 128 and the number of the signal."""


def program() -> int:
    """Run the command line as the program ``onrecord``, which ends even if a system left threads."""
    before = threading.enumerate()
    status = main()
    end_anyway(status, before)
    return status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status."""
    try:
        _set_up_streams()
        given = _parser().parse_args(arguments)
        command: Callable[[argparse.Namespace], int] = given.command
        status = command(given)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except OnRecordError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt as error:
        line_end = "\n" if sys.stderr.isatty() else ""  # what was there is left as it is
        print(f"{line_end}{str(error) or 'stopped'}", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        _let_go()
        return 0
    except OSError as error:
        print(f"{error.filename or 'output'}: {error.strerror}", file=sys.stderr)
        _let_go()
        return 2


def _set_up_streams() -> None:
    """Standard output is UTF-8 whatever the locale says, since programs read it; messages are shown
    as the terminal can.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")


def _let_go() -> None:
    """Nothing more can be written to standard output; what is held back goes nowhere."""
    with contextlib.suppress(OSError, AttributeError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
