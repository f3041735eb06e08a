"""The command line: ``onrecord COMMAND``, with the commands that ``onrecord --help`` lists.

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
from typing import TYPE_CHECKING

from onrecord.errors import InvalidInput, OnRecordError
from onrecord.scoring import LAYERS
from onrecord.scoring.breakdown import KEYS

if TYPE_CHECKING:
    from onrecord.report import Style


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
    _add_given(predict, "a layer that the system gets")
    predict.set_defaults(command=_predict)

    validate = commands.add_parser("validate", help="check predictions, exports or data/")
    validate.add_argument("files", nargs="+", metavar="FILE")
    validate.set_defaults(command=_validate)

    score = commands.add_parser("score", help="score predictions or an export against the gold")
    score.add_argument("files", nargs="+", metavar="FILE")
    score.add_argument("--also", action="store_true", help="the further measures of each layer too")
    score.add_argument("--by", choices=KEYS, help="headline scores of each part too")
    _add_given(score, "a layer that the system got and that is not scored")
    _add_common(score)
    score.set_defaults(command=_score)

    compare = commands.add_parser("compare", help="which system is better, and how sure that is")
    compare.add_argument("files", nargs="+", metavar="FILE", help="predictions or exports")
    _add_common(compare)
    compare.set_defaults(command=_compare)

    errors = commands.add_parser(
        "errors", help="what predictions or an export got wrong, and where"
    )
    errors.add_argument("file", metavar="FILE")
    errors.add_argument("--layer", choices=LAYERS)
    errors.add_argument("--kind", help="errors of this kind only, such as missed")
    errors.add_argument(
        "--limit", type=int, metavar="N", help="errors of a kind: 10, or all in JSON; 0 for all"
    )
    _add_common(errors)
    errors.set_defaults(command=_errors)

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

    seeds = commands.add_parser("seeds", help="add an article, or list those there are")
    actions = seeds.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("add", help="copy an article into seeds/ and list it in the manifest")
    add.add_argument("file", metavar="FILE", help="the article: plain text in UTF-8")
    add.add_argument("--event", required=True, help="the event it reports, such as summit-2021-03")
    add.add_argument("--outlet", help="who published it, if the article says so")
    add.add_argument("--title", help="its title, as it stands in the article, if it has one")
    add.add_argument("--date", metavar="YYYY-MM-DD", help="when it was published, if it says so")
    add.add_argument("--language", default="en", help="default: en")
    add.add_argument("--id", help="its id (default: from the outlet, or else the file's name)")
    add.set_defaults(command=_seeds_add)
    listing = actions.add_parser("list", help="the articles, after all were checked")
    listing.set_defaults(command=_seeds_list)

    from onrecord.labelstudio.commands import add_commands

    annotate = commands.add_parser("annotate", help="Label Studio: start, fill, bring back")
    add_commands(annotate)

    from onrecord.convert.commands import add_commands as add_formats

    convert = commands.add_parser("convert", help="other tools' files to predictions, and to CoNLL")
    add_formats(convert)

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
    build.set_defaults(command=_dataset_build)
    check = actions.add_parser("check", help="fail when data/ is not what the exports give")
    check.set_defaults(command=_dataset_check)
    describe = actions.add_parser("describe", help="write data/STATISTICS.md and its figures")
    describe.set_defaults(command=_dataset_describe)
    new = actions.add_parser("new", help="the folder of another event, with nothing in it yet")
    new.add_argument("folder", metavar="FOLDER")
    new.add_argument("--name", help="the dataset's name (default: the folder's)")
    new.set_defaults(command=_dataset_new)
    join = actions.add_parser("join", help="data/ from a stand-off release and your own articles")
    join.add_argument("release", metavar="RELEASE", help="the folder of the release")
    join.add_argument(
        "--articles", required=True, metavar="FOLDER", help="the articles, files of any names"
    )
    join.add_argument("-o", "--output", required=True, metavar="FOLDER", help="where to write")
    join.set_defaults(command=_dataset_join)
    return parser


def _add_given(parser: argparse.ArgumentParser, help: str) -> None:
    parser.add_argument(
        "--given",
        action="append",
        default=[],
        metavar="LAYER[=FILE]",
        help=f"{help}: mentions, quotes or stances, the gold's or those of a file (repeatable)",
    )


def _add_common(parser: argparse.ArgumentParser) -> None:
    """What every command that compares with a gold takes."""
    parser.add_argument("--gold", metavar="PATH", help="a clone or a pass in place of the gold")
    parser.add_argument(
        "--zones",
        choices=("no-promo", "all"),
        default="no-promo",
        help="leave out promotional text (default) or count it too",
    )
    style = parser.add_mutually_exclusive_group()
    style.add_argument("--json", action="store_true", help="canonical JSON in place of tables")
    style.add_argument("--markdown", action="store_true", help="tables in Markdown")


def _style(given: argparse.Namespace) -> Style:
    if given.markdown:
        return "markdown"
    return "terminal" if sys.stdout.isatty() else "plain"


def _predict(given: argparse.Namespace) -> int:
    from onrecord.corpus import load_articles
    from onrecord.files import encode_documents, write
    from onrecord.given import read_given
    from onrecord.gold import load
    from onrecord.systems import load_system, progress_line, run

    options = _options(given.option)
    articles = load() if given.given else load_articles()
    with contextlib.redirect_stdout(sys.stderr):  # what a system prints is no prediction
        system = load_system(given.system, options)
        output = run(
            system,
            articles,
            given=read_given(given.given, articles),
            partial=None if given.output is None else Path(given.output).parent,
            progress=progress_line(system.name),
        )
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
    from onrecord.corpus import find_root, is_export, load_articles, read_layers
    from onrecord.dataset import check
    from onrecord.gold import load

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
                documents = read_layers(file, articles, partial=is_export(file))
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
    from onrecord.files import encode_json
    from onrecord.given import read_given
    from onrecord.gold import load_gold
    from onrecord.leaderboard import cut_digits
    from onrecord.report import breakdown_report, score_report
    from onrecord.scoring import read, score
    from onrecord.scoring.breakdown import breakdown
    from onrecord.scoring.material import prepare

    gold = load_gold(given.gold)
    layers = read_given(given.given, gold)
    zones = given.zones == "no-promo"
    results = []
    reports = []
    for file in given.files:
        documents = read(gold, file)
        scores = score(gold, documents, zones=zones, also=given.also, given=layers)
        result = {"file": file, "scores": scores}
        report = score_report(file, scores, _style(given))
        if given.by is not None:
            parts = breakdown(prepare(gold, documents, zones=zones), given.by)
            result["by"] = {given.by: parts}
            report += "\n\n" + breakdown_report(given.by, parts, _style(given))
        results.append(result)
        reports.append(f"{report}\n\n{scores.signature}")
    if given.json:
        answer = {"status": gold.status, "results": cut_digits(results)}
        sys.stdout.write(encode_json(answer).decode("utf-8"))
        return 0
    if gold.status == "draft":
        print("DRAFT GOLD: one annotation pass, not yet adjudicated.\n")
    print("\n\n".join(reports))
    return 0


def _compare(given: argparse.Namespace) -> int:
    from onrecord.comparison import compare
    from onrecord.files import encode_json
    from onrecord.gold import load_gold
    from onrecord.leaderboard import cut_digits
    from onrecord.report import comparison_report

    systems = _named(given.files)
    gold = load_gold(given.gold)
    comparison = compare(gold, systems, zones=given.zones == "no-promo")
    if given.json:
        answer = {"status": gold.status, "comparison": cut_digits(comparison)}
        sys.stdout.write(encode_json(answer).decode("utf-8"))
        return 0
    if gold.status == "draft":
        print("DRAFT GOLD: one annotation pass, not yet adjudicated.\n")
    print(comparison_report(comparison, _style(given)))
    return 0


def _named(files: Sequence[str]) -> dict[str, str]:
    """Each file by its stem, or by its path where stems clash."""
    stems = [Path(file).stem for file in files]
    names = [
        file if stems.count(stem) > 1 else stem for file, stem in zip(files, stems, strict=True)
    ]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput("is given twice", file=name)
    return dict(zip(names, files, strict=True))


def _errors(given: argparse.Namespace) -> int:
    from onrecord.analysis import find_errors, select
    from onrecord.analysis.report import errors_report
    from onrecord.files import encode_json
    from onrecord.gold import load_gold

    if given.limit is not None and given.limit < 0:
        raise InvalidInput(f"{given.limit} is less than 0", field="--limit")
    gold = load_gold(given.gold)
    analysis = find_errors(gold, given.file, zones=given.zones == "no-promo")
    default = None if given.json else 10
    limit = default if given.limit is None else given.limit or None
    shown = select(analysis, layer=given.layer, kind=given.kind, limit=limit)
    if given.json:
        answer = {
            "file": given.file,
            "status": gold.status,
            "signature": shown.signature,
            "counts": shown.counts,
            "errors": shown.errors,
        }
        sys.stdout.write(encode_json(answer).decode("utf-8"))
        return 0
    if gold.status == "draft":
        print("DRAFT GOLD: one annotation pass, not yet adjudicated.\n")
    print(errors_report(given.file, shown, _style(given)))
    return 0


def _agreement(given: argparse.Namespace) -> int:
    from onrecord.agreement import agreement, agreement_signature
    from onrecord.corpus import load_articles, read_two_passes
    from onrecord.files import encode_json
    from onrecord.labelstudio.commands import tell_of_nobody, tell_what_is_left_out
    from onrecord.leaderboard import cut_digits
    from onrecord.report import agreement_report

    corpus = load_articles()
    articles, one, other = read_two_passes(given.one, given.other, corpus)
    tell_what_is_left_out(corpus, articles)
    tell_of_nobody((*one, *other), corpus.registry)
    measures = agreement(articles, one, other)
    line = agreement_signature(one, other)
    if given.json:
        answer = {"signature": line, "measures": cut_digits(measures)}
        sys.stdout.write(encode_json(answer).decode("utf-8"))
        return 0
    print(f"{agreement_report(measures, _style(given))}\n\n{line}")
    return 0


def _show(given: argparse.Namespace) -> int:
    from onrecord.corpus import load_articles, read_layers
    from onrecord.gold import load
    from onrecord.show import show

    corpus = load() if given.file is None else load_articles()
    if given.document not in corpus.by_id:
        known = ", ".join(corpus.by_id)
        raise InvalidInput(f"unknown document {given.document!r} (known: {known})")
    document = corpus[given.document]
    if given.file is not None:
        layers = {one.id: one for one in read_layers(given.file, corpus, partial=True)}
        if document.id not in layers:
            raise InvalidInput("is not in it", file=given.file, document=document.id)
        document = layers[document.id]
    print(show(document))
    return 0


def _seeds_add(given: argparse.Namespace) -> int:
    from onrecord.corpus import find_root
    from onrecord.seeds import Source, add_seed

    source = Source(
        event=given.event,
        outlet=given.outlet,
        title=given.title,
        date=given.date,
        language=given.language,
        id=given.id,
    )
    root = find_root()
    seed = add_seed(root, given.file, source)
    print(f"{seed.id}: {seed.meta.words} words, added as {root / 'seeds' / seed.meta.file}")
    print("zones, as the layout suggests; correct them in seeds/manifest.jsonl:")
    for zone in seed.zones:
        words = " ".join(zone.span.of(seed.text).split())
        shown = words if len(words) <= 60 else f"{words[:40]} … {words[-19:]}"
        print(f"{zone.start:>7} {zone.end:>7}  {zone.label:<8}  {shown}")
    return 0


def _seeds_list(given: argparse.Namespace) -> int:
    from onrecord.corpus import load_seeds
    from onrecord.report import UNDEFINED, render

    rows = []
    for seed in load_seeds().values():
        said = [seed.meta.event, seed.meta.outlet, seed.meta.date]
        rows.append([seed.id, *(value or UNDEFINED for value in said), str(seed.meta.words)])
        rows[-1].append(seed.meta.file)
    headers = ["article", "event", "outlet", "date", "words", "file"]
    print(render(headers, rows, "terminal" if sys.stdout.isatty() else "plain"))
    return 0


def _dataset_build(given: argparse.Namespace) -> int:
    from onrecord.corpus import find_root
    from onrecord.dataset import build

    root = find_root()
    if given.standoff is not None:
        from onrecord.standoff import release, write_all

        files = release(root)
        write_all(files, Path(given.standoff))
        print(f"wrote {len(files)} files to {given.standoff}")
        return 0
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


def _dataset_describe(given: argparse.Namespace) -> int:
    from onrecord.corpus import find_root
    from onrecord.page import build

    root = find_root()
    changed = build(root)
    for path in changed:
        print(f"wrote {path.relative_to(root)}")
    if not changed:
        print("statistics and figures are what the gold gives; nothing written")
    return 0


def _dataset_new(given: argparse.Namespace) -> int:
    from onrecord.corpus import find_root
    from onrecord.event import make_event
    from onrecord.standoff import write_all

    folder = Path(given.folder)
    files = make_event(find_root(), given.name or folder.resolve().name)
    write_all(files, folder)
    print(f"wrote {len(files)} files to {folder}; go on there with `onrecord seeds add`")
    return 0


def _dataset_join(given: argparse.Namespace) -> int:
    from onrecord.standoff import join, write_all

    files = join(Path(given.release), Path(given.articles))
    write_all(files, Path(given.output))
    print(f"wrote {len(files)} files to {given.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
