"""``onrecord convert``: other tools' files on the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from onrecord.cli.common import Commands, add_clone, add_output, write_or_print
from onrecord.convert.mentions import Converted
from onrecord.exceptions import InvalidInput

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

    spans = _format(
        formats,
        "spans",
        _spans,
        help="mentions from a list of spans (JSON Lines, CSV, TSV)",
        description="Mentions from JSON Lines, or from CSV or TSV with a header. Columns: id (or "
        "doc, doc_id), start, end, label and, if known, entity and text. Offsets are Python's, "
        f"half open, into the article's exact text. {LABELS}",
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
            help="rename a label (PER=PERSON), or leave its mentions out (MISC=O); may be repeated",
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
    labels = {}
    for pair in pairs:
        label, _, type = pair.partition("=")
        if not label or not type:
            raise InvalidInput(f"{pair!r} is not LABEL=TYPE", field="--map")
        if label in labels:
            raise InvalidInput(f"{label} is named twice", field="--map")
        labels[label] = type
    return labels


def _conll(given: argparse.Namespace) -> int:
    from onrecord.convert.conll import from_conll
    from onrecord.corpus.corpus import load_articles

    converted = from_conll(
        given.files,
        load_articles(given.gold),
        labels=_labels(given.map),
        token_column=given.token_column,
        tag_column=given.tag_column,
    )
    return _finish(converted, given.output)


def _spans(given: argparse.Namespace) -> int:
    from onrecord.convert.spans import from_spans
    from onrecord.corpus.corpus import load_articles

    articles = load_articles(given.gold)
    converted = from_spans(given.file, articles, labels=_labels(given.map), flat=given.flatten)
    return _finish(converted, given.output)


def _spacy(given: argparse.Namespace) -> int:
    from onrecord.convert.spacy import read_spacy
    from onrecord.corpus.corpus import load_articles

    articles = load_articles(given.gold)
    return _finish(read_spacy(given.file, articles, labels=_labels(given.map)), given.output)


def _labelstudio(given: argparse.Namespace) -> int:
    from onrecord.corpus.corpus import load_articles
    from onrecord.corpus.exports.exports import read_export
    from onrecord.corpus.predictions import Predictions
    from onrecord.document import LAYERS

    articles = load_articles(given.gold)
    found = read_export(given.file, articles.seeds(), articles.target_ids, articles.registry)
    documents = Predictions((document.numbered() for document in found), LAYERS)
    return _finish(Converted(documents, ()), given.output)


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
    for note in converted.notes:
        print(note, file=sys.stderr)
    return 0
