"""What a check of documents says besides whether they are valid, gathered one after the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from onrecord.corpus.annotated import utterance_warnings
from onrecord.corpus.borders import border_problems
from onrecord.corpus.exports.exports import each_task, require_sound
from onrecord.corpus.files import decode_with, read_items
from onrecord.corpus.lines import predicted_lines
from onrecord.corpus.registry import Registry
from onrecord.corpus.resolution import Clashes, Nobodies, Unresolved, mentioned
from onrecord.corpus.streams import raw_lines
from onrecord.document import Document, Mention
from onrecord.exceptions import InvalidInput


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What is in documents, and what is no fault in them and may be one."""

    documents: int
    mentions: int
    quotes: int
    stances: int
    unresolved: Unresolved
    clashes: Mapping[str, Mapping[str, str]]
    """The entity ids that name different actors: for each the first document of each of them, by actor."""
    crossings: int
    """Spans that break rule G5 of annotations."""
    crossing: tuple[str, str, str] | None
    """The document, field and reason of the first of them."""


def check_documents(documents: Iterable[Document], registry: Registry) -> Checked:
    """What there is to say of valid documents that are at hand."""
    gathering, at_hand = _Gathering(registry), list(documents)
    for place, document in enumerate(at_hand):
        gathering.add(document, place)
    anywhere = mentioned(at_hand, gathering.nobodies.elsewhere)
    return gathering.checked(anywhere, [document.id for document in at_hand])


def check_predictions(
    path: str | Path,
    articles: Mapping[str, Document],
    place: Callable[[str], int | None],
    *,
    targets: Collection[str],
    registry: Registry,
) -> Checked:
    """What there is to say of predictions, without holding their documents.

    They are read again where a speaker or holder is looked for in documents other than its own.

    Args:
        path: as in :func:`onrecord.corpus.lines.predicted_lines`, like the next three.
        articles: the corpus.
        place: which of them is the one of an id.
        targets: the ids that stances may use.
        registry: the entities that there are.

    Raises:
        InvalidInput: the predictions are invalid.
    """
    gathering = _Gathering(registry)
    for at, line in predicted_lines(path, articles, place, targets=targets):
        gathering.add(line.document, at)
    elsewhere = gathering.nobodies.elsewhere
    anywhere = mentioned(_mentioning(path, articles, elsewhere), elsewhere) if elsewhere else {}
    return gathering.checked(anywhere, list(articles))


def check_export(
    path: str | Path,
    articles: Mapping[str, Document],
    place: Callable[[str], int | None],
    *,
    targets: Collection[str],
    registry: Registry,
) -> tuple[Checked, list[InvalidInput]]:
    """What there is to say of an export, without holding its documents, and where utterances are missing.

    Args:
        path: the file; documents may be missing, as long as one is there.
        articles: the corpus.
        place: which of them is the one of an id.
        targets: the ids that stances may use.
        registry: the entities that annotations must use.

    Raises:
        InvalidInput: the export is invalid; :class:`InvalidTasks` where there are several faults.
    """

    def documents() -> Iterator[Document | InvalidInput]:
        return each_task(read_items(path), articles, targets, registry)

    gathering = _Gathering(registry)
    faults: list[InvalidInput] = []
    warnings: list[tuple[int, InvalidInput]] = []
    try:
        for one in documents():
            if isinstance(one, InvalidInput):
                faults.append(one)
                continue
            at = place(one.id)
            assert at is not None
            gathering.add(one, at)
            warnings += ((at, warning) for warning in utterance_warnings([one]))
        require_sound(faults)
    except InvalidInput as error:
        raise error.at(file=path) from None
    elsewhere = gathering.nobodies.elsewhere
    valid = (one for one in documents() if isinstance(one, Document))
    anywhere = mentioned(valid, elsewhere) if elsewhere else {}
    checked = gathering.checked(anywhere, list(articles))
    if not checked.documents:
        raise InvalidInput("has no documents", file=path)
    return checked, [warning for _, warning in sorted(warnings, key=lambda one: one[0])]


class _Mentions(msgspec.Struct, frozen=True, gc=False):
    """What of a line says what is mentioned."""

    id: str
    mentions: tuple[Mention, ...] = ()


def _mentioning(
    path: str | Path, articles: Mapping[str, Document], entities: Collection[str]
) -> Iterator[Document]:
    """The documents of valid predictions that mention one of the entities, with these mentions."""
    decoder = msgspec.json.Decoder(_Mentions)
    for line in raw_lines(path):
        found = decode_with(line.content, decoder, line.file, line.number)
        mentions = [mention for mention in found.mentions if mention.entity in entities]
        if mentions:
            yield articles[found.id].with_layers(mentions=mentions)


class _Gathering:
    """What there is to say, in the making."""

    def __init__(self, registry: Registry) -> None:
        self.nobodies = Nobodies(registry)
        self._clashes = Clashes(registry)
        self._counts = [0, 0, 0, 0]
        self._crossings = 0
        self._first: tuple[int, str, str] | None = None
        """The place, field and reason of the first crossing."""

    def add(self, document: Document, place: int) -> None:
        """Add a document, which is in this place of the corpus."""
        layers = (document.mentions, document.quotes, document.stances)
        for number, count in enumerate((1, *map(len, layers))):
            self._counts[number] += count
        self.nobodies.add(document)
        self._clashes.add(document, place)
        for field, reason in border_problems(document):
            self._crossings += 1
            if self._first is None or place < self._first[0]:
                self._first = (place, field, reason)

    def checked(self, anywhere: Mapping[str, Mapping[str, int]], ids: list[str]) -> Checked:
        """What there is to say, with what all documents mention and the ids of the corpus."""
        documents, mentions, quotes, stances = self._counts
        return Checked(
            documents=documents,
            mentions=mentions,
            quotes=quotes,
            stances=stances,
            unresolved=self.nobodies.found(anywhere),
            clashes={
                id: {actor: ids[place] for actor, place in actors.items()}
                for id, actors in self._clashes.found().items()
            },
            crossings=self._crossings,
            crossing=None if self._first is None else (ids[self._first[0]], *self._first[1:]),
        )
