"""Accepting: adjudicated articles become part of the gold's export, their decisions of the record.

Everything is checked before anything is written. The record is written first and the export last,
each whole or not at all: where only the first was, accepting again does the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from onrecord.annotation.adjudication import Decision
from onrecord.annotation.merging import Merged, merge
from onrecord.annotation.repeats import repeat_warnings
from onrecord.corpus.corpus import Corpus, load_articles
from onrecord.corpus.exports.exports import (
    GOLD,
    InvalidTasks,
    PreAnnotations,
    encode_export,
    read_export,
    read_pre_annotations,
    sort_tasks,
)
from onrecord.corpus.files import encode_lines, locked, read_bytes, read_items, read_records, write
from onrecord.corpus.renaming import NAMES, read_renames, rename
from onrecord.corpus.votes import read_votes
from onrecord.dataset.build import encode, principal_problems
from onrecord.document import Document
from onrecord.exceptions import InvalidInput

RECORD = Path("annotation", "adjudication.jsonl")


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What became part of the gold."""

    documents: tuple[Document, ...]
    """Those that were put in, with the registry's ids; none where the gold has all as they are."""
    replaced: tuple[str, ...]
    """The documents among them that the gold had in another form."""
    found: Mapping[str, str]
    """From what annotators wrote as new to the registry's id."""
    decisions: int | None
    """How many were added to the record; None: there is no file of decisions beside the export."""
    explained: int
    """How many that the record had without rule and reason have got them."""
    unexplained: int
    """How many of the decisions on these documents have no rule or no reason yet."""
    missing: tuple[str, ...]
    """The articles of the manifest that the gold still lacks."""
    repeats: tuple[InvalidInput, ...]
    """What shares words with an utterance of another id; see
    :func:`onrecord.annotation.repeats.repeat_warnings`."""


def accept(
    root: str | Path,
    export: str | Path,
    *,
    only: Collection[str] | None = None,
    said: Mapping[str, str] | None = None,
) -> Accepted:
    """Put adjudicated articles into the gold's export, and their decisions into the record.

    What else is in either stays as it is, byte for byte. Decisions are those of the file that a
    pull of an adjudication writes beside its export, ``<export>.decisions.jsonl``; one that the
    record has already is not added again, and takes the rule and reason that it had not.

    Args:
        root: the clone.
        export: the articles, as a pull gives them.
        only: the ids of those to put in, in place of what the gold has of them; None: those that
            the gold lacks.
        said: the registry's ids for some new entities, as of :func:`onrecord.annotation.merging.merge`.

    Raises:
        InvalidInput: a file is missing or faulty; an article is not in the export, breaks a rule, or
            names entities that the registry has not; or the dataset could not be made from the gold
            with it. :class:`InvalidTasks` when there is more than one fault, with all of them.
            Nothing is written.
    """
    root, export = Path(root), Path(export)
    with locked(root / GOLD.parent):
        return _accept(root, export, only, said or {})


def _accept(
    root: Path, export: Path, only: Collection[str] | None, said: Mapping[str, str]
) -> Accepted:
    articles = load_articles(root)
    gold, shown = _read_gold(root / GOLD, articles)
    given, problems = _read_given(export, articles)
    chosen = [
        id for id in articles.by_id if id in (given.keys() - gold.keys() if only is None else only)
    ]
    others = articles.by_id.keys() - {*chosen}
    faults = [one for one in problems if one.document not in others]
    faults += [
        InvalidInput("is not in it", file=export, document=id)
        for id in sorted({*(only or ())} - given.keys())
    ]
    if not faults and not chosen:
        _require_no_other(gold, given, export)
    sound = [document for id in chosen if (document := given.get(id)) is not None]
    merged = _merge(sound, articles, said, faults)
    accepted = {document.id: document.numbered() for document in merged.documents}
    faults += _unknown(merged, export)
    same = {id for id, one in given.items() if one is not None and gold.get(id) == one.numbered()}
    decisions = _read_decisions(export, {*chosen, *(same if only is None else ())}, faults)
    after = gold | accepted
    if not faults:
        faults += _build_faults(root, articles, after, export)
    if faults:
        raise faults[0] if len(faults) == 1 else InvalidTasks(faults)

    documents = [after[id] for id in articles.by_id if id in after]
    systems = {**shown, **_of(accepted, read_pre_annotations(export), shown)}
    record, added, explained = _recorded(root / RECORD, decisions or ())
    if record is not None:
        write(root / RECORD, record)
    put_in = tuple(one for id, one in accepted.items() if gold.get(id) != one)
    if put_in or systems != shown:
        write(root / GOLD, encode_export(documents, systems))
    return Accepted(
        documents=put_in,
        replaced=tuple(one.id for one in put_in if one.id in gold),
        found=merged.found,
        decisions=None if decisions is None else added,
        explained=explained,
        unexplained=sum(not (one.rule and one.reason) for one in decisions or ()),
        missing=tuple(id for id in articles.by_id if id not in after),
        repeats=tuple(
            repeat_warnings(put_in, (one for one in documents if one.id not in accepted))
        ),
    )


def _read_gold(path: Path, articles: Corpus) -> tuple[dict[str, Document], PreAnnotations]:
    """The gold's documents by id, and what their annotators were shown; nothing if there is none.

    Raises:
        InvalidInput: it is faulty, or in another form, so that writing it would change more.
    """
    if not path.exists():
        return {}, {}
    documents = read_export(
        path, articles.seeds(), articles.target_ids, articles.registry, partial=True
    )
    shown = read_pre_annotations(path)
    if encode_export(documents, shown) != read_bytes(path):
        reason = (
            "is not in the form in which exports are kept; `onrecord annotate merge FILE -o FILE` "
            "writes it so"
        )
        raise InvalidInput(reason, file=path)
    return {document.id: document for document in documents}, shown


def _read_given(
    export: Path, articles: Corpus
) -> tuple[dict[str, Document | None], list[InvalidInput]]:
    """The export's documents by id, None for a faulty one, and every fault."""
    try:
        found, problems = sort_tasks(
            read_items(export), articles.seeds(), articles.target_ids, articles.registry
        )
    except InvalidInput as error:
        raise error.at(file=export) from None
    if not found and not problems:
        problems = [InvalidInput("has no documents")]
    return found, [problem.at(file=export) for problem in problems]


def _require_no_other(
    gold: Mapping[str, Document], given: Mapping[str, Document | None], export: Path
) -> None:
    """Refuse an export whose articles are all in the gold, some of them in another form."""
    differing = [id for id, one in given.items() if one is not None and one.numbered() != gold[id]]
    if differing:
        reason = (
            f"has no article that the gold lacks; {', '.join(differing)} differ from the gold's: name "
            "with --document what is to replace them"
        )
        raise InvalidInput(reason, file=export)


def _merge(
    documents: Sequence[Document],
    articles: Corpus,
    said: Mapping[str, str],
    faults: list[InvalidInput],
) -> Merged:
    """The documents with the registry's ids; what is said wrongly of them is a fault."""
    try:
        return merge(documents, articles.registry, said)
    except InvalidInput as error:
        faults.append(error)
        return merge(documents, articles.registry)


def _unknown(merged: Merged, export: Path) -> Iterator[InvalidInput]:
    """A fault for each new entity that is none of the registry, with the line that it could have."""
    for new, entity in zip(merged.unknown, merged.proposed, strict=True):
        line = encode_lines([entity]).decode("utf-8").strip()
        yield InvalidInput(
            f"{new!r} names no entity of the registry, or several: say which with --is '{new}=ID', or "
            f"add such a line to annotation/registry.jsonl: {line}",
            file=export,
        )


def _read_decisions(
    export: Path, chosen: Collection[str], faults: list[InvalidInput]
) -> list[Decision] | None:
    """The decisions on these documents; None if there is no file of them."""
    path = export.with_name(f"{export.stem}.decisions.jsonl")
    if not path.exists():
        return None
    try:
        return [one for _, one in read_records(path, Decision) if one.document in chosen]
    except InvalidInput as error:
        faults.append(error)
        return []


def _build_faults(
    root: Path, articles: Corpus, documents: Mapping[str, Document], export: Path
) -> Iterator[InvalidInput]:
    """Why the dataset could not be made from these documents."""
    ordered = tuple(documents[id] for id in articles.by_id if id in documents)
    corpus = Corpus(ordered, articles.registry, articles.targets)
    found = list(principal_problems(corpus))
    yield from (one.at(file=export) for one in found)
    try:
        if not found:
            encode(corpus)
        whole = len(ordered) == len(
            articles
        )  # what else is made of the gold is made of all articles
        voted = root / "annotation" / "votes.jsonl"
        if whole and voted.exists():
            read_votes(voted, ordered, articles.registry, articles.target_ids)
        if whole and not found and (root / NAMES).exists():
            rename(corpus, read_renames(root / NAMES))
    except InvalidInput as error:
        yield error.at(file=export)


def _of(
    accepted: Collection[str], given: PreAnnotations, before: PreAnnotations
) -> dict[str, tuple[str, ...]]:
    """What the annotators of these documents were shown, in this pass or one before."""
    return {
        id: tuple(sorted({*given.get(id, ()), *before.get(id, ())}))
        for id in accepted
        if id in given or id in before
    }


def _recorded(path: Path, decisions: Sequence[Decision]) -> tuple[bytes | None, int, int]:
    """The record with the decisions, None if it stays as it is; how many are new, how many now explained.

    A line without rule or reason is written anew where a decision that is else the same has them.
    """
    content = read_bytes(path) if path.exists() else b""
    lines = content.splitlines(keepends=True)
    if lines and not lines[-1].endswith(b"\n"):
        lines[-1] += b"\n"
    places: dict[Decision, tuple[int, Decision]] = {}
    for number, line in enumerate(lines):
        known = _decision(line)
        if known is not None:
            places[_bare(known)] = (number, known)
    added = explained = 0
    for decision in decisions:
        place = places.get(_bare(decision))
        if place is None:
            lines.append(encode_lines([decision]))
            added += 1
        elif place[1] != decision and not (place[1].rule or place[1].reason):
            lines[place[0]] = encode_lines([decision])
            explained += 1
    after = b"".join(lines)
    return (None if after == content else after), added, explained


def _decision(line: bytes) -> Decision | None:
    """The decision that a line of the record is; None for what is written in another form."""
    try:
        return msgspec.json.decode(line, type=Decision)
    except msgspec.DecodeError:
        return None


def _bare(decision: Decision) -> Decision:
    return msgspec.structs.replace(decision, rule=None, reason=None)
