"""Stand-off files of brat (``.ann``): a text-bound annotation a line, beside the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from onrecord.convert.mentions import Converted, Mentions
from onrecord.corpus.corpus import Corpus, load_articles
from onrecord.corpus.files import read_text
from onrecord.exceptions import InvalidInput

_BOUND = re.compile(r"(T\w+)\t(\S+) (\d+ \d+(?:;\d+ \d+)*)\t(.*)")
_LINKED = re.compile(r"N\w+\tReference (T\w+) ([^\t]+)(?:\t.*)?")


def from_brat(
    paths: Sequence[str | Path],
    articles: Corpus | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    flat: bool = False,
) -> Converted:
    """The text-bound annotations (T) of brat's files, normalisations (N) as their entities.

    A file is of the article whose id is its name, or whose text is in the ``.txt`` beside it. Other
    annotations (relations, events, attributes, notes) are left out and counted, as are text-bound
    ones in pieces.

    Args:
        paths: the ``.ann`` files, in UTF-8.
        articles: the corpus; None: the clone's.
        labels: OntoNotes types by the files' labels, see :class:`onrecord.convert.mentions.Mentions`.
        flat: of mentions that overlap keep what :func:`onrecord.corpus.flat.flatten` does.

    Raises:
        InvalidInput: a file is of no article, a line is malformed, or words are elsewhere.
    """
    mentions = Mentions(load_articles() if articles is None else articles, labels, flat=flat)
    return mentions.converted(gather_brat(paths, mentions))


def gather_brat(paths: Sequence[str | Path], mentions: Mentions) -> list[str]:
    """Add what :func:`from_brat` reads, a file at a time; notes."""
    notes: list[str] = []
    for path in paths:
        article = _article(Path(path), mentions)
        lines = [line.removesuffix("\r") for line in read_text(path).split("\n")]
        entities = {m[1]: m[2] for line in lines if (m := _LINKED.fullmatch(line))}
        others: Counter[str] = Counter()
        bound_ids = {m[1] for line in lines if (m := _BOUND.fullmatch(line))}
        lost = len(entities.keys() - bound_ids)
        others.update({"N of no T": lost} if lost else {})
        for number, line in enumerate(lines, start=1):
            bound = _BOUND.fullmatch(line)
            if bound is None:
                if line.startswith("T"):
                    reason = f"is no text-bound annotation: {line[:40]!r}"
                    raise InvalidInput(reason, file=path, line=number, document=article)
                if line.strip() and not _LINKED.fullmatch(line):
                    others[line[0]] += 1
                continue
            id, label, offsets, words = bound.groups()
            if ";" in offsets:
                others["T in pieces"] += 1
                continue
            start, end = map(int, offsets.split())
            try:
                start, end = mentions.place(article, start, end, words)
            except InvalidInput as error:
                raise error.at(file=path, line=number) from None
            entity = entities.get(id)
            mentions.add(article, start, end, label, entity=entity, file=path, line=number)
        told = ", ".join(f"{kind} {number}" for kind, number in sorted(others.items()))
        notes += [f"{path}: not used: {told}"] if told else []
        mentions.done(article)
    return notes


def _article(path: Path, mentions: Mentions) -> str:
    if path.stem in mentions.seeds:
        return mentions.article(path.stem).id
    beside = path.with_suffix(".txt")
    found = mentions.identify(read_text(beside)) if beside.is_file() else None
    if found is None:
        known = ", ".join(mentions.seeds)
        reason = f"of no article: neither its name nor the text beside it (known: {known})"
        raise InvalidInput(reason, file=path)
    return found.id
