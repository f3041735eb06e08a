"""The command line: ``onrecord predict | validate | score | agreement | show | annotate | convert |
dataset``.

Exit status 0: done; 1: done, but a system failed on a document or CoNLL cannot hold a mention; 2:
the input is invalid or the server cannot be used, which one line on standard error says.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from onrecord.errors import InvalidInput, OnRecordError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="onrecord",
        description="Who is mentioned, who said what, and who stands where.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    predict = commands.add_parser("predict", help="run a system on the articles")
    predict.add_argument("system", metavar="SYSTEM.py")
    predict.add_argument("-o", "--output", metavar="FILE", help="where to write (default: print)")
    predict.add_argument("--option", action="append", default=[], metavar="NAME=VALUE")
    predict.set_defaults(command=_predict)

    validate = commands.add_parser("validate", help="check predictions, exports or data/")
    validate.add_argument("files", nargs="+", metavar="FILE")
    validate.set_defaults(command=_validate)

    score = commands.add_parser("score", help="score predictions or an export against the gold")
    score.add_argument("files", nargs="+", metavar="FILE")
    score.add_argument("--json", action="store_true", help="canonical JSON in place of tables")
    score.add_argument("--all-zones", action="store_true", help="count promotional text too")
    score.set_defaults(command=_score)

    agreement = commands.add_parser("agreement", help="how far two passes agree, layer by layer")
    agreement.add_argument("one", metavar="A")
    agreement.add_argument("other", metavar="B")
    agreement.add_argument("--json", action="store_true", help="canonical JSON in place of a table")
    agreement.add_argument("--markdown", action="store_true", help="a table in Markdown")
    agreement.set_defaults(command=_agreement)

    show = commands.add_parser("show", help="print an article with its layers")
    show.add_argument("document", metavar="DOCUMENT")
    show.add_argument("file", nargs="?", metavar="FILE", help="whose layers (default: the gold's)")
    show.set_defaults(command=_show)

    from onrecord.labelstudio.commands import add_commands

    annotate = commands.add_parser("annotate", help="Label Studio: start, fill, bring back")
    add_commands(annotate)

    from onrecord.convert.commands import add_commands as add_formats

    convert = commands.add_parser("convert", help="other tools' files to predictions, and to CoNLL")
    add_formats(convert)

    dataset = commands.add_parser("dataset", help="make or check data/")
    actions = dataset.add_subparsers(required=True, metavar="ACTION")
    build = actions.add_parser(
        "build", help="make data/ from the gold's export, registry, targets, seeds"
    )
    build.set_defaults(command=_dataset_build)
    check = actions.add_parser("check", help="fail when data/ is not what the exports give")
    check.set_defaults(command=_dataset_check)
    return parser


def _predict(given: argparse.Namespace) -> int:
    from onrecord.corpus import load_articles
    from onrecord.files import encode_documents, write
    from onrecord.systems import load_system, run

    options = _options(given.option)
    articles = load_articles()
    with contextlib.redirect_stdout(sys.stderr):  # what a system prints is no prediction
        output = run(load_system(given.system, options), articles)
    content = encode_documents(output.documents, text=False)
    if given.output is None:
        sys.stdout.write(content.decode("utf-8"))
    else:
        write(given.output, content)
    for failure in output.failures:
        reason = f"{given.system}: {failure.document}: {failure.reason} (counts as empty)"
        print(reason, file=sys.stderr)
    return 1 if output.failures else 0


def _options(pairs: Sequence[str]) -> dict[str, str]:
    options = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise InvalidInput(f"{pair!r} is not NAME=VALUE", field="--option")
        options[name] = value
    return options


def _validate(given: argparse.Namespace) -> int:
    from onrecord.corpus import find_root, load, load_articles, read_layers
    from onrecord.dataset import check

    root = find_root()
    articles = load_articles(root)
    built = (root / "data", root / "data" / "documents" / "test.jsonl")
    status = 0
    for file in given.files:
        try:
            if Path(file).resolve() in built:
                documents = load(root).documents
                check(root)
            else:
                documents = read_layers(file, articles)
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
    return status


def _score(given: argparse.Namespace) -> int:
    from onrecord.corpus import load
    from onrecord.files import encode_json
    from onrecord.leaderboard import cut_digits
    from onrecord.report import Style, score_report
    from onrecord.scoring import score

    gold = load()
    scores = [(file, score(gold, file, zones=not given.all_zones)) for file in given.files]
    if given.json:
        results = [{"file": file, "scores": cut_digits(value)} for file, value in scores]
        answer = {"status": gold.status, "results": results}
        sys.stdout.write(encode_json(answer).decode("utf-8"))
        return 0
    style: Style = "terminal" if sys.stdout.isatty() else "plain"
    reports = [score_report(file, value, style) for file, value in scores]
    if gold.status == "draft":
        print("DRAFT GOLD: one annotation pass, not yet adjudicated.\n")
    print("\n\n".join(reports))
    return 0


def _agreement(given: argparse.Namespace) -> int:
    from onrecord.agreement import agreement
    from onrecord.corpus import load_articles, read_layers
    from onrecord.files import encode_json
    from onrecord.leaderboard import cut_digits
    from onrecord.report import Style, agreement_report

    articles = load_articles()
    measures = agreement(
        articles, read_layers(given.one, articles), read_layers(given.other, articles)
    )
    if given.json:
        sys.stdout.write(encode_json(cut_digits(measures)).decode("utf-8"))
        return 0
    style: Style = "terminal" if sys.stdout.isatty() else "plain"
    print(agreement_report(measures, "markdown" if given.markdown else style))
    return 0


def _show(given: argparse.Namespace) -> int:
    from onrecord.corpus import load
    from onrecord.show import show

    corpus = load()
    if given.document not in corpus.by_id:
        known = ", ".join(corpus.by_id)
        raise InvalidInput(f"unknown document {given.document!r} (known: {known})")
    document = corpus[given.document]
    if given.file is not None:
        from onrecord.corpus import read_layers

        layers = {document.id: document for document in read_layers(given.file, corpus)}
        document = layers[given.document]
    print(show(document))
    return 0


def _dataset_build(given: argparse.Namespace) -> int:
    from onrecord.corpus import find_root
    from onrecord.dataset import build

    root = find_root()
    changed = build(root)
    for path in changed:
        print(f"wrote {path.relative_to(root)}")
    if not changed:
        print("data/ is what the export gives; nothing written")
    return 0


def _dataset_check(given: argparse.Namespace) -> int:
    from onrecord.corpus import find_root
    from onrecord.dataset import check

    check(find_root())
    print("data/ is what the export and the seeds give")
    return 0


if __name__ == "__main__":
    sys.exit(main())
