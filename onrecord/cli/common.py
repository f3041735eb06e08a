"""What several verbs share: options, styles, and what they say of the gold."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from onrecord.document import LAYERS
from onrecord.exceptions import InvalidInput

if TYPE_CHECKING:
    from onrecord.corpus.corpus import Corpus, Status
    from onrecord.corpus.registry import Registry
    from onrecord.corpus.resolution import Unresolved
    from onrecord.document import Document
    from onrecord.scoring.report import Style
    from onrecord.systems.engines import Engine

Commands = Any
"""What ``ArgumentParser.add_subparsers`` returns: argparse gives it no public name."""
SHOWN = 3
"""So many of the strings that name no actor are shown."""


def add_gold(parser: argparse.ArgumentParser) -> None:
    """``--gold``, for a verb that reads articles and their gold layers."""
    parser.add_argument("--gold", metavar="PATH", help="a clone or a pass in place of the gold")


def add_clone(parser: argparse.ArgumentParser) -> None:
    """``--gold``, for a verb that reads articles, registry and targets alone."""
    parser.add_argument(
        "--gold", metavar="PATH", help="the clone whose articles these are (default: this one)"
    )


def add_style(parser: argparse.ArgumentParser) -> None:
    """``--json`` and ``--markdown``, for a verb that prints tables."""
    style = parser.add_mutually_exclusive_group()
    style.add_argument("--json", action="store_true", help="canonical JSON in place of tables")
    style.add_argument("--markdown", action="store_true", help="tables in Markdown")


def add_probes(parser: argparse.ArgumentParser) -> None:
    """``--probes`` and ``--renamed``, for a verb that does with these what it does with the articles."""
    texts = parser.add_mutually_exclusive_group()
    texts.add_argument("--probes", action="store_true", help="the probes in place of the articles")
    texts.add_argument(
        "--renamed",
        action="store_true",
        help="the articles with all names replaced by invented ones",
    )


def refuse_with_probes(given: argparse.Namespace, *options: str) -> None:
    """Make sure that options which only the articles have are not given with ``--probes``.

    The probes have no promotional text, and nobody has voted on them.

    Raises:
        InvalidInput: one is.
    """
    for option in (*options, "contested"):
        if getattr(given, option):
            raise InvalidInput("has no meaning with --probes", field=f"--{option}")
    if given.zones != "no-promo":
        raise InvalidInput("has no meaning with --probes", field="--zones")


def stems(files: Sequence[str]) -> dict[str, str]:
    """Each file by its stem, or by its path where stems clash.

    Raises:
        InvalidInput: a file is given twice.
    """
    found = [Path(file).stem for file in files]
    names = [
        file if found.count(stem) > 1 else stem for file, stem in zip(files, found, strict=True)
    ]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput("is given twice", file=name)
    return dict(zip(names, files, strict=True))


def add_zones(parser: argparse.ArgumentParser) -> None:
    """``--zones``, for a verb that scores."""
    parser.add_argument(
        "--zones",
        choices=("no-promo", "all"),
        default="no-promo",
        help="leave out promotional text (default) or count it too",
    )


def add_measured(parser: argparse.ArgumentParser) -> None:
    """What every verb takes that measures against a gold: which, what counts, and the style."""
    add_gold(parser)
    add_zones(parser)
    parser.add_argument(
        "--contested",
        action="store_true",
        help="count the items that readers' votes leave open too",
    )
    add_style(parser)


def add_given(parser: argparse.ArgumentParser, help: str) -> None:
    """``--given``, for a verb that runs or scores systems that build on other layers."""
    parser.add_argument(
        "--given",
        action="append",
        default=[],
        metavar="LAYER[=FILE]",
        help=f"{help}: mentions, quotes or stances, the gold's or those of a file (repeatable)",
    )


def add_layers(parser: argparse.ArgumentParser) -> None:
    """``--layer``, for a verb that shows scores layer by layer."""
    parser.add_argument(
        "--layer",
        action="append",
        default=[],
        choices=LAYERS,
        help="show only this layer (repeatable)",
    )


def chosen_layers(given: argparse.Namespace) -> tuple[str, ...]:
    """The layers that ``--layer`` asks for, in their order; all without it."""
    return tuple(layer for layer in LAYERS if layer in (given.layer or LAYERS))


def add_engine(parser: argparse.ArgumentParser) -> None:
    """``--jobs``, ``--engine`` and ``--address``, for a verb that goes through many documents."""
    from onrecord.systems.engines import NAMES

    parser.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help="so many processes (1; on a cluster one for each processor)",
    )
    parser.add_argument(
        "--engine", choices=NAMES, default="local", help="this machine (default), or a Ray cluster"
    )
    parser.add_argument("--address", help="of the Ray cluster (default: one is started here)")


def chosen_engine(given: argparse.Namespace) -> Engine:
    """The engine that ``--jobs``, ``--engine`` and ``--address`` ask for."""
    from onrecord.systems.engines import engine

    return engine(given.engine, jobs=given.jobs, address=given.address)


def add_output(parser: argparse.ArgumentParser) -> None:
    """``-o``, for a verb that writes a file or prints it."""
    parser.add_argument(
        "-o",
        "--output",
        type=destination,
        metavar="FILE",
        help="where to write (default, or -: print)",
    )


def style(given: argparse.Namespace) -> Style:
    """How tables are to look."""
    if given.markdown:
        return "markdown"
    return "terminal" if sys.stdout.isatty() else "plain"


def print_json(value: Any) -> None:
    """Print canonical JSON."""
    from onrecord.corpus.files import encode_json

    sys.stdout.write(encode_json(value).decode("utf-8"))


def print_draft(status: Status) -> None:
    """Say so where the gold is a draft."""
    if status == "draft":
        print("DRAFT GOLD: one annotation pass, not yet adjudicated.\n")


def is_printed(output: str | None) -> bool:
    """Whether what a verb makes goes to standard output."""
    from onrecord.corpus.stdin import STANDARD_INPUT

    return output is None or output == STANDARD_INPUT


def destination(output: str) -> str:
    """The name of a file as the command line has it, after it was made sure that it can be written.

    Raises:
        InvalidInput: it cannot; so no work is done in vain.
    """
    from onrecord.corpus.files import require_writable

    if not is_printed(output):
        require_writable(output)
    return output


def write_or_print(content: bytes, output: str | None, stream: BinaryIO | None = None) -> None:
    """Write the content to a file, or print it where none is named.

    Args:
        content: what a verb has made.
        output: the file; None or ``-``: print it.
        stream: where it is printed; None: standard output.

    Raises:
        InvalidInput: it cannot be written; the content is then in a temporary file, which is named.
    """
    from onrecord.corpus.files import write

    try:
        if output is None or is_printed(output):
            _print(content, stream)
        else:
            write(output, content)
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = f"{error.strerror}; {_kept(content)}"
        raise InvalidInput(reason, file="output") from None
    except InvalidInput as error:
        raise InvalidInput(f"{error.reason}; {_kept(content)}", file=error.file) from None


def _print(content: bytes, stream: BinaryIO | None) -> None:
    if stream is None:
        sys.stdout.write(content.decode("utf-8"))
        sys.stdout.flush()
    else:
        stream.write(content)
        stream.flush()


def _kept(content: bytes) -> str:
    """Keep what cannot be written where it should be; where it is."""
    try:
        with tempfile.NamedTemporaryFile(prefix="onrecord-", delete=False) as file:
            file.write(content)
    except OSError as error:
        return f"nor can it be kept in {tempfile.gettempdir()}: {error.strerror}"
    return f"what was made is kept in {file.name}"


def write_or_print_pieces(pieces: Iterable[bytes], output: str | None) -> None:
    """Write pieces to a file, or print them where none is named, without holding all of them."""
    from onrecord.corpus.files import write

    if output is None or is_printed(output):
        for piece in pieces:
            sys.stdout.write(piece.decode("utf-8"))
        sys.stdout.flush()
    else:
        write(output, pieces)


def name_values(pairs: Sequence[str], option: str) -> dict[str, str]:
    """The values of a repeatable ``NAME=VALUE`` by name.

    Raises:
        InvalidInput: one has another form, or a name is given twice.
    """
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise InvalidInput(f"{pair!r} is not NAME=VALUE", field=option)
        if name in values:
            raise InvalidInput(f"{name} is given twice", field=option)
        values[name] = value
    return values


def two_passes(one: str, other: str) -> tuple[Corpus, tuple[Document, ...], tuple[Document, ...]]:
    """Two passes over the articles that both have, with the corpus of these.

    Says on standard error which articles one of them lacks, and which new entities the registry
    does not know: as speakers they are nobody.
    """
    from onrecord.annotation.merging import merge
    from onrecord.corpus.corpus import load_articles
    from onrecord.corpus.layers import read_two_passes

    articles = load_articles()
    shared, first, second = read_two_passes(one, other, articles)
    left_out = [id for id in articles.by_id if id not in shared.by_id]
    if left_out:
        print(f"not in both passes: {', '.join(left_out)}", file=sys.stderr)
    unknown = merge((*first, *second), articles.registry).unknown
    if unknown:
        print(
            f"not in the registry, so nobody: {', '.join(unknown)}; first `onrecord annotate merge` each "
            "pass, which prints the lines that annotation/registry.jsonl lacks",
            file=sys.stderr,
        )
    return shared, first, second


def unresolved_line(found: Unresolved, registry: Registry) -> str | None:
    """How many speakers and holders name no actor, and the most frequent; None where all name one."""
    if not found.n or not any(entity.actor for entity in registry):
        return None
    frequent = []
    for name, count in found.given[:SHOWN]:
        mentions = ", ".join(map(_quoted, found.mentions.get(name, ())[:2]))
        frequent.append(f"{_quoted(name)} ({count}{mentions and f', mentioned as {mentions}'})")
    rest = ", …" if len(found.given) > SHOWN else ""
    verb = "name" if found.n > 1 else "names"
    return (
        f"{found.n} of {found.total} speakers and holders {verb} no actor: "
        f"{', '.join(frequent)}{rest}"
    )


def _quoted(name: str) -> str:
    """The name in quotes, at most forty characters of it."""
    return repr(name if len(name) <= 40 else f"{name[:39]}…")


def clashes_line(clashes: Mapping[str, Mapping[str, str]], registry: Registry) -> str | None:
    """How many entity ids name different actors in different documents, and one; None if none does."""
    if not clashes:
        return None
    id, actors = next(iter(clashes.items()))
    example = ", ".join(
        f"{registry[actor].name} in {document}" for actor, document in list(actors.items())[:2]
    )
    ids, name = ("id", "names") if len(clashes) == 1 else ("ids", "name")
    return (
        f"{len(clashes)} entity {ids} {name} different actors in different documents, such as "
        f"{_quoted(id)} ({example}); linking takes an id for one entity in all documents"
    )


def borders_line(crossings: int, first: tuple[str, str, str] | None) -> str | None:
    """How many spans of a system break rule G5 of annotations, and the first; None if none does."""
    if first is None:
        return None
    document, field, reason = first
    spans = "1 span does" if crossings == 1 else f"{crossings} spans do"
    return (
        f"{spans} not keep to the zones as annotations must, such as {document}: {field}: {reason}"
    )


def print_warnings(warnings: Iterable[InvalidInput]) -> None:
    """Say on standard error what is no fault and may be one, a line each."""
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
