"""Predictions line by line: each is checked as it is read, and none is kept."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from onrecord.corpus.files import DocumentRecord, Line, join, read_records, unknown_document
from onrecord.corpus.predictions import require_layers
from onrecord.corpus.streams import parts
from onrecord.corpus.validation import validate_layers
from onrecord.document import Document
from onrecord.exceptions import InvalidInput


class Predicted(NamedTuple):
    """A valid line of predictions: the place of its article in the corpus (from 0), and the line."""

    place: int
    line: Line


def predicted_lines(
    path: str | Path,
    articles: Mapping[str, Document],
    place: Callable[[str], int | None],
    *,
    targets: Collection[str],
    partial: bool = False,
) -> Iterator[Predicted]:
    """The lines of a system's saved output, in its own order, each validated.

    That no article is there twice and none is missing is known from a number for each.

    Args:
        path: a file, or a folder of parts.
        articles: the corpus, in its order.
        place: which of them, from 0, is the one of an id.
        targets: the ids that stances may use.
        partial: whether documents may be missing, as long as one is there.

    Raises:
        InvalidInput: a line is not a valid prediction, is of an article that another line is of, or
            declares other layers than the first; or, in the end, an article is missing.
    """
    in_part, in_line = (array("Q", bytes(8 * len(articles))) for _ in range(2))
    first: Line | None = None
    for part, file in enumerate(parts(path), start=1):
        for number, record in read_records(file, DocumentRecord):
            at = place(record.id)
            article = None if at is None else articles[record.id]
            try:
                if at is None or article is None:
                    raise unknown_document(record.id, articles)
                if in_part[at] == part:
                    reason = f"the document of line {in_line[at]} again"
                    raise InvalidInput(reason, document=record.id)
                line = Line(number, join(record, article), record.layers)
                if in_part[at]:
                    raise InvalidInput("is in another part too", document=record.id)
                first = first or line._replace(document=article)
                require_same_layers(line, first.number, first.layers)
                validate_layers(line.document, targets=targets)
            except InvalidInput as error:
                raise error.at(file=file, line=number) from None
            in_part[at], in_line[at] = part, number
            yield Predicted(at, line)
    if partial and first is None:
        raise InvalidInput("has no documents", file=path)
    for id, found in zip(articles, in_part, strict=True):
        if not found and not partial:
            reason = "is missing (where a system finds nothing, its layers are empty lists)"
            raise InvalidInput(reason, file=path, document=id)


def require_same_layers(line: Line, first: int, layers: tuple[str, ...] | None) -> None:
    """Make sure that a line declares layers that there are, the same as the first line.

    Args:
        line: the line.
        first: the number of the first line.
        layers: what that declares.

    Raises:
        InvalidInput: it does not.
    """
    own, others = (() if one is None else require_layers(one) for one in (line.layers, layers))
    if own != others:
        said, before = (", ".join(layers) or "not there" for layers in (own, others))
        reason = f"{said}, but in line {first} {before}; every line must say the same"
        raise InvalidInput(reason, document=line.document.id, field="layers")
