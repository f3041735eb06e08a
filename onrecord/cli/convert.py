"""``onrecord convert``: other tools' files on the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from onrecord.cli.common import (
    Commands,
    add_clone,
    add_output,
    add_probes,
    write_or_print,
    write_or_print_pieces,
)
from onrecord.convert.mentions import Converted, Mentions
from onrecord.exceptions import InvalidInput

DOUBTS = 20
"""So many warnings are printed one by one."""
LABELS = """\
Labels that are OntoNotes types are kept; others need --map. CoNLL-2003's LOC is not OntoNotes'
LOC: it also holds cities and countries (GPE) and buildings (FAC), so map it (--map LOC=GPE) or know
what you keep.
"""


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser("convert", help="other tools' files to predictions, and to CoNLL")
    formats = parser.add_subparsers(required=True, metavar="FORMAT")

    conll = _format(
        formats,
        "conll",
        _conll,
        help="mentions from CoNLL files (BIO, IOB1, BIOES, BILOU)",
        description="Mentions from CoNLL files. A document begins with `# doc_id = ID` or "
        f"`-DOCSTART- (ID)`; tokens are found in the article by their characters. {LABELS}",
    )
    conll.add_argument("files", nargs="+", metavar="FILE")
    conll.add_argument(
        "--token-column", type=_column, default=1, metavar="N", help="from 1 (default: the first)"
    )
    conll.add_argument("--tag-column", type=_column, metavar="N", help="from 1 (default: the last)")
    conll.add_argument(
        "--strict",
        action="store_true",
        help="what is a warning (another reading fits too) is an error",
    )

    spans = _format(
        formats,
        "spans",
        _spans,
        help="mentions from a list of spans (JSON, JSON Lines, CSV, TSV), as many tools write them",
        description="Mentions from JSON Lines, or from CSV or TSV with a header. Columns: id (or "
        "doc, doc_id), start, end, label and, if known, entity and text. Or from JSON or JSON Lines "
        "with a list of mentions for each document, as pipelines of Hugging Face, GLiNER, Prodigy and "
        "doccano give it; documents are found by id or text. Offsets are Python's, half open, into "
        f"the article's exact text, or UTF-16 units beside the words. {LABELS}",
    )
    spans.add_argument("file", metavar="FILE")
    spans.add_argument(
        "--flatten", action="store_true", help="of mentions that overlap keep the longest"
    )

    spacy = _format(
        formats,
        "spacy",
        _spacy,
        help="mentions from a DocBin of spaCy",
        description="Mentions (doc.ents) and their entities (kb_id_) from a DocBin of spaCy, in "
        f"which each Doc has an article's exact text. Needs onrecord[spacy]. {LABELS}",
    )
    spacy.add_argument("file", metavar="FILE.spacy")
    spacy.add_argument("--group", metavar="NAME", help="a group of doc.spans in place of doc.ents")

    for name, work, said in (
        ("brat", _brat, "stand-off files of brat (.ann); their names are the articles' ids"),
        ("webanno", _webanno, "WebAnno TSV 3, as INCEpTION exports it"),
    ):
        tool = _format(
            formats,
            name,
            work,
            help=f"mentions from {said}",
            description=f"Mentions from {said}. {LABELS}",
        )
        tool.add_argument("files", nargs="+", metavar="FILE")
        tool.add_argument(
            "--flatten", action="store_true", help="of mentions that overlap keep the longest"
        )

    answers = _format(
        formats,
        "answers",
        _answers,
        labels=False,
        help="all layers from answers in words, as language models give them (JSON, JSON Lines)",
        description="All layers from answers in words: for each document an object with its id and "
        "the lists mentions, quotes and stances, words of the text in place of offsets, names in "
        "place of ids (docs/predictions.md). What cannot be placed is told, line by line.",
    )
    answers.add_argument("files", nargs="*", metavar="FILE")
    answers.add_argument("--schema", action="store_true", help="print the JSON Schema of an answer")
    add_probes(answers)

    inspect = _format(
        formats,
        "inspect",
        _inspect,
        labels=False,
        help="all layers from logs of Inspect AI",
        description="All layers from logs of Inspect AI, of the tasks onrecord/articles and "
        "onrecord/utterances, or of onrecord/probes. With -o PRED.jsonl, PRED.toml beside it says how "
        "they were made. The exit status is 1 when the model gave no answer to a question, or one that "
        "cannot be read, 2 when that is so of all. Needs onrecord[llm].",
    )
    inspect.add_argument("files", nargs="+", metavar="LOG.eval")
    inspect.add_argument(
        "--answers", metavar="FILE", help="write the raw answers to a file too (eval/answers/…)"
    )

    labelstudio = _format(
        formats,
        "labelstudio",
        _labelstudio,
        labels=False,
        help="all layers from an export of Label Studio",
        description="All layers from an export of Label Studio (JSON, as the server gives it or "
        "as `onrecord annotate pull` writes it), which must have every article annotated once.",
    )
    labelstudio.add_argument("file", metavar="FILE.json")

    to_conll = _format(
        formats,
        "to-conll",
        _to_conll,
        labels=False,
        help="a CoNLL file (BIO) from predictions, an export or the gold",
        description="Spans and types of mentions as a CoNLL file in IOB2; entities, quotes and "
        "stances have no place in it. Tokens are those of the config `entities`. Mentions that "
        "are not whole tokens of one line are left out and named, and the exit status is 1.",
    )
    to_conll.add_argument(
        "file", nargs="?", metavar="FILE", help="predictions or an export (default: the gold)"
    )


def _format(
    formats: Commands,
    name: str,
    work: Callable[[argparse.Namespace], int],
    *,
    labels: bool = True,
    help: str,
    description: str,
) -> argparse.ArgumentParser:
    """The parser of a format; ``labels``: whether its labels can be renamed."""
    parser: argparse.ArgumentParser = formats.add_parser(name, help=help, description=description)
    if labels:
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="LABEL=TYPE",
            help="rename a label (PER=PERSON), or leave its mentions out (MISC=O); may be repeated; "
            "conll2003 is PER=PERSON LOC=GPE MISC=O",
        )
    add_output(parser)
    add_clone(parser)
    parser.set_defaults(command=work)
    return parser


def _column(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is no column; they count from 1")
    return int(value)


def _labels(pairs: Sequence[str]) -> dict[str, str]:
    from onrecord.convert.mentions import MAPS

    labels: dict[str, str] = {}
    for pair in pairs:
        if pair in MAPS:
            labels |= MAPS[pair]
            continue
        label, _, type = pair.partition("=")
        if not label or not type:
            raise InvalidInput(f"{pair!r} is not LABEL=TYPE", field="--map")
        if label in labels:
            raise InvalidInput(f"{label} is named twice", field="--map")
        labels[label] = type
    return labels


def _conll(given: argparse.Namespace) -> int:
    from onrecord.convert.conll import gather_conll
    from onrecord.convert.sentences import Columns

    mentions = _mentions(given)
    columns = Columns(given.token_column, given.tag_column)
    notes, doubts = gather_conll(given.files, mentions, columns, strict=given.strict)
    return _write(mentions, given.output, notes, doubts)


def _spans(given: argparse.Namespace) -> int:
    from onrecord.convert.records import gather_records, is_records
    from onrecord.convert.spans import gather_spans

    mentions = _mentions(given, flat=given.flatten)
    gather = gather_records if is_records(given.file) else gather_spans
    return _write(mentions, given.output, gather(given.file, mentions))


def _spacy(given: argparse.Namespace) -> int:
    from onrecord.convert.spacy import DocsOnDisk, find_group, gather_docs

    docs = DocsOnDisk(given.file)
    group = find_group(docs, given.group, given.file)
    mentions = _mentions(given, flat=group is not None)
    return _write(mentions, given.output, gather_docs(docs, mentions, group, given.file))


def _brat(given: argparse.Namespace) -> int:
    from onrecord.convert.brat import gather_brat

    mentions = _mentions(given, flat=given.flatten)
    return _write(mentions, given.output, gather_brat(given.files, mentions))


def _webanno(given: argparse.Namespace) -> int:
    from onrecord.convert.webanno import gather_webanno

    mentions = _mentions(given, flat=given.flatten)
    return _write(mentions, given.output, gather_webanno(given.files, mentions))


def _mentions(given: argparse.Namespace, *, flat: bool = False) -> Mentions:
    """Where a format's mentions are gathered; articles are read one at a time."""
    from onrecord.corpus.articles import Articles

    return Mentions(Articles(given.gold), _labels(given.map), flat=flat)


def _write(
    mentions: Mentions,
    output: str | None,
    notes: Sequence[str],
    doubts: Sequence[InvalidInput] = (),
) -> int:
    """Write what was gathered, an article at a time, and print what there is to say."""
    said = mentions.finish(notes)
    write_or_print_pieces(mentions.encoded(), output)
    _tell(said, doubts)
    return 0


def _answers(given: argparse.Namespace) -> int:
    from onrecord.convert.answer_files import Answered, document_schema
    from onrecord.corpus.articles import Articles
    from onrecord.corpus.corpus import load_targets
    from onrecord.corpus.files import encode_json
    from onrecord.corpus.gold import load
    from onrecord.probes.files import load_probes

    if given.schema:
        write_or_print(encode_json(document_schema()), given.output)
        return 0
    if not given.files:
        raise InvalidInput("no files are given")
    if given.probes or given.renamed:
        corpus = load_probes(given.gold).corpus if given.probes else load(given.gold, renamed=True)
        answered = Answered(corpus.by_id, corpus.target_ids)
    else:
        targets = load_targets(given.gold)
        answered = Answered(Articles(given.gold), frozenset(one.id for one in targets))
    answered.read(given.files)
    said = answered.finish()
    write_or_print_pieces(answered.encoded(), given.output)
    _tell(said, ())
    return 0


def _inspect(given: argparse.Namespace) -> int:
    from pathlib import Path

    from onrecord.corpus.files import write
    from onrecord.llm.logs import describe, read_logs
    from onrecord.llm.raw import encode_raw

    output = None if given.output in (None, "-") else Path(given.output)
    if output is not None and output.suffix == ".toml":
        raise InvalidInput("is where the description goes; name the predictions", field="-o")
    logged = read_logs(given.files, given.gold)
    for lost in logged.lost:
        print(f"{lost.sample}: no answer: {lost.reason}", file=sys.stderr)
    if given.answers is not None:
        write(given.answers, encode_raw(logged.answers))
    small = any(answer.question is not None for answer in logged.answers)
    if not logged.answers:
        raise InvalidInput("the model gave no answer at all", file=given.files[0])
    if not logged.read and not small:
        reason = f"none of the {len(logged.answers)} answers can be read"
        raise InvalidInput(reason, file=given.files[0])
    if small:
        print("small questions: baselines/llm.py makes their row, of --answers", file=sys.stderr)
        return 1 if logged.lost else 0
    _finish(Converted(logged.documents, logged.notes), given.output)
    if output is not None:
        write(output.with_suffix(".toml"), describe(logged).encode("utf-8"))
    return 1 if logged.lost or logged.read < len(logged.answers) else 0


def _labelstudio(given: argparse.Namespace) -> int:
    from onrecord.convert.labelstudio import Annotated
    from onrecord.corpus.articles import Articles
    from onrecord.corpus.corpus import load_registry, load_targets

    targets = frozenset(one.id for one in load_targets(given.gold))
    annotated = Annotated(Articles(given.gold), targets, load_registry(given.gold))
    notes = annotated.read(given.file)
    write_or_print_pieces(annotated.encoded(), given.output)
    _tell(notes, ())
    return 0


def _to_conll(given: argparse.Namespace) -> int:
    from onrecord.convert.conll import to_conll
    from onrecord.corpus.corpus import load_articles
    from onrecord.corpus.gold import load
    from onrecord.corpus.layers import read_layers

    documents = (
        load(given.gold)
        if given.file is None
        else read_layers(given.file, load_articles(given.gold))
    )
    made = to_conll(documents)
    write_or_print(made.text.encode("utf-8"), given.output)
    for error in made.left_out:
        print(f"{error.at(file=given.file)} (left out)", file=sys.stderr)
    return 1 if made.left_out else 0


def _finish(converted: Converted, output: str | None) -> int:
    from onrecord.corpus.predictions import encode_predictions

    write_or_print(encode_predictions(converted.documents), output)
    _tell(converted.notes, converted.doubts)
    return 0


def _tell(notes: Sequence[str], doubts: Sequence[InvalidInput]) -> None:
    """Print what the converter says, the first doubts one by one."""
    for doubt in doubts[:DOUBTS]:
        print(f"{doubt} (warning)", file=sys.stderr)
    if len(doubts) > DOUBTS:
        print(f"… and {len(doubts) - DOUBTS} more warnings", file=sys.stderr)
    for note in notes:
        print(note, file=sys.stderr)
