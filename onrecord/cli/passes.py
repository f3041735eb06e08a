"""``onrecord annotate``, the actions that need no server: passes compared, merged, drafted, voted on."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from onrecord.cli.common import Commands, destination, print_warnings, two_passes
from onrecord.corpus.corpus import find_root


def add(actions: Commands) -> None:
    """Add the actions to those of ``onrecord annotate``."""
    conflicts = actions.add_parser("conflicts", help="list every disagreement of two passes")
    conflicts.add_argument("one", metavar="A", help="an export or predictions")
    conflicts.add_argument("other", metavar="B", help="another")
    conflicts.add_argument(
        "-o", "--output", type=destination, metavar="FILE", help="as JSON Lines, to be decided on"
    )
    conflicts.set_defaults(command=_conflicts)

    merge = actions.add_parser(
        "merge", help="give entities written as new:<name> the registry's ids"
    )
    merge.add_argument("file", metavar="EXPORT", help="a pass, or the gold")
    merge.add_argument(
        "-o", "--output", type=destination, metavar="FILE", help="default: EXPORT itself"
    )
    _add_said(merge)
    merge.set_defaults(command=_merge)

    accept = actions.add_parser(
        "accept",
        help="put adjudicated articles into the gold's export, and their decisions into the record",
        description="Put those articles of an export that annotation/exports/gold.json lacks into it, "
        "with the registry's ids, and what EXPORT.decisions.jsonl says of them into "
        "annotation/adjudication.jsonl. Nothing else is changed; `make dataset` comes next.",
    )
    accept.add_argument("file", metavar="EXPORT", help="what a pull of an adjudication has written")
    accept.add_argument(
        "--document",
        action="append",
        metavar="DOCUMENT",
        help="this article, in place of what the gold has of it (repeatable)",
    )
    _add_said(accept)
    accept.set_defaults(command=_accept)

    draft = actions.add_parser("draft", help="make a predictions file from drafts in TOML")
    draft.add_argument("files", nargs="+", metavar="DRAFT.toml", help="one for each article")
    draft.add_argument("-o", "--output", required=True, type=destination, metavar="FILE")
    draft.set_defaults(command=_draft)

    votes = actions.add_parser("votes", help="put readers' answers on single items together")
    votes.add_argument("files", nargs="+", metavar="ANSWERS", help="one for each reader")
    votes.add_argument(
        "--questions", metavar="FILE", help="what was asked of quotes, beside the stances"
    )
    votes.add_argument(
        "-o", "--output", type=destination, metavar="FILE", help="default: annotation/votes.jsonl"
    )
    votes.set_defaults(command=_votes)


def _add_said(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--is",
        dest="said",
        action="append",
        default=[],
        metavar="NEW=ID",
        help="the entity that one is, such as new:Ankara=turkey; may be repeated",
    )


def _conflicts(given: argparse.Namespace) -> int:
    from onrecord.annotation.conflicts import find_conflicts
    from onrecord.corpus.files import encode_lines, write

    shared, one, other = two_passes(given.one, given.other)
    found = find_conflicts(one, other, shared=shared.registry.ids)
    if given.output is not None:
        write(given.output, encode_lines(found))
        print(f"{given.output}: {len(found)} conflicts")
        return 0
    for conflict in found:
        print(
            f"{conflict.document} {conflict.start}-{conflict.end} {conflict.layer}.{conflict.field}"
        )
        print(f"    words: {conflict.words}")
        print(f"    A: {conflict.one or '–'}")
        print(f"    B: {conflict.other or '–'}")
    print(f"{len(found)} conflicts")
    return 0


def _merge(given: argparse.Namespace) -> int:
    from onrecord.annotation.merging import merge, near_warnings
    from onrecord.corpus.corpus import load_articles
    from onrecord.corpus.exports.exports import read_export, read_pre_annotations, write_export
    from onrecord.corpus.files import encode_lines

    corpus = load_articles()
    documents = read_export(
        given.file, corpus.seeds(), corpus.target_ids, corpus.registry, partial=True
    )
    said = dict(one.rpartition("=")[::2] for one in given.said)
    merged = merge(documents, corpus.registry, said)
    for new, id in sorted(merged.found.items()):
        print(f"{new} is {id}")
    output = given.output or given.file
    if merged.found or given.output:
        write_export(output, merged.documents, read_pre_annotations(given.file))
    print(f"{output}: {len(merged.found)} merged")
    if merged.proposed:
        print(
            f"{len(merged.proposed)} name no entity of the registry, or several. Say which with "
            "--is, or add such lines to annotation/registry.jsonl and merge again:"
        )
        print(encode_lines(merged.proposed).decode(), end="")
    print_warnings(near_warnings(documents, corpus.registry, said))
    return 1 if merged.proposed else 0


def _accept(given: argparse.Namespace) -> int:
    from onrecord.corpus.annotated import utterance_warnings
    from onrecord.corpus.exports.exports import GOLD
    from onrecord.dataset.accept import RECORD, accept

    said = dict(one.rpartition("=")[::2] for one in given.said)
    accepted = accept(find_root(), given.file, only=given.document, said=said)
    for new, id in sorted(accepted.found.items()):
        print(f"{new} is {id}")
    for document in accepted.documents:
        how = "replaced" if document.id in accepted.replaced else "added"
        print(f"{GOLD}: {document.id} {how}")
    if not accepted.documents:
        print(f"{GOLD}: has all of it already, and stays as it is")
    if accepted.decisions is None:
        print(f"{RECORD}: no decisions beside {given.file}, none added")
    else:
        explained = f", {accepted.explained} explained" if accepted.explained else ""
        print(f"{RECORD}: {accepted.decisions} decisions added{explained}")
    if accepted.unexplained:
        file = Path(given.file).with_suffix("").name + ".decisions.jsonl"
        print(
            f"{accepted.unexplained} decisions have no rule or no reason yet: write them into {file} "
            "and accept again",
            file=sys.stderr,
        )
    print_warnings((*utterance_warnings(accepted.documents), *accepted.repeats))
    if accepted.missing:
        print(f"the gold still lacks {', '.join(accepted.missing)}", file=sys.stderr)
    return 0


def _draft(given: argparse.Namespace) -> int:
    from onrecord.annotation.drafts import read_drafts
    from onrecord.corpus.annotated import utterance_warnings
    from onrecord.corpus.corpus import load_articles
    from onrecord.corpus.files import encode_documents, write

    articles = load_articles()
    documents = read_drafts(given.files, articles)
    write(given.output, encode_documents(documents, text=False))
    print(f"{given.output}: {len(documents)} documents")
    print_warnings([*utterance_warnings(documents)])
    found = {document.id for document in documents}
    missing = [document.id for document in articles if document.id not in found]
    if missing:
        print(f"no draft of {', '.join(missing)}", file=sys.stderr)
    return 0


def _votes(given: argparse.Namespace) -> int:
    from onrecord.annotation.votes import collect_votes
    from onrecord.corpus.files import encode_lines, write
    from onrecord.corpus.gold import load
    from onrecord.corpus.votes import is_contested

    root = find_root()
    gold = load(root)
    questions = None if given.questions is None else Path(given.questions)
    records = collect_votes([Path(file) for file in given.files], gold, questions)
    output = given.output or root / "annotation" / "votes.jsonl"
    write(output, encode_lines(records))
    contested = sum(is_contested(answer.votes for answer in r.votes) for r in records)
    print(f"{len(records)} items, {len(given.files)} readers, {contested} contested: {output}")
    return 0
