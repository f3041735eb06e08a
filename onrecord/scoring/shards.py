"""What is done with one shard, wherever that is: names are looked up, documents are counted.

A shard holds lines of the gold and of the predictions side by side. Shards and what comes of them are
plain values, so that they can go to other processes and machines; what is put together of them is in
:mod:`onrecord.scoring.streaming`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NoReturn

import msgspec

from onrecord.corpus.files import DocumentRecord, Line, decode_with, encode_document, join
from onrecord.corpus.gold import GoldStream, entities
from onrecord.corpus.lines import require_same_layers
from onrecord.corpus.predictions import evident_layers
from onrecord.corpus.registry import Registry
from onrecord.corpus.resolution import Meanings, Resolver
from onrecord.corpus.validation import validate_layers
from onrecord.corpus.zones import promo_of
from onrecord.document import LAYERS, Document, Mention, Span, Zone
from onrecord.exceptions import InvalidDocument, InvalidInput
from onrecord.scoring.alignment import OPEN, Reports, side
from onrecord.scoring.counting import Counted, Counting
from onrecord.scoring.left_out import counted_stances, with_open_speakers
from onrecord.scoring.stances import Cell
from onrecord.scoring.zones import is_outside, scored
from onrecord.systems.work import Function


class Shard(msgspec.Struct, frozen=True):
    """Lines of the gold and of a file of predictions side by side."""

    gold: list[bytes]
    file: str
    numbers: list[int]
    """The numbers of the lines of the predictions."""
    predictions: list[bytes]


class Known(msgspec.Struct, frozen=True):
    """What of the whole corpus it takes to count a document."""

    gold: dict[str, dict[str, int]] | None = None
    """The names of ids, with their number, that other documents mention; see
    :func:`onrecord.corpus.resolution.resolve_names`. None: it is taken that all the gold's speakers
    and holders are ids of the registry, as they are where it was built."""
    predictions: dict[str, dict[str, int]] = {}


class Fault(msgspec.Struct, frozen=True):
    """An error as plain values."""

    reason: str
    file: str | None
    line: int | None
    document: str | None
    field: str | None
    problems: list[tuple[str, str]] | None = None

    @staticmethod
    def of(error: InvalidInput) -> Fault:
        """The error's values."""
        problems = list(error.problems) if isinstance(error, InvalidDocument) else None
        return Fault(error.reason, error.file, error.line, error.document, error.field, problems)

    def raise_again(self) -> NoReturn:
        """Raise what it was made of."""
        if self.problems is not None:
            raise InvalidDocument(
                self.problems, document=self.document or "", file=self.file, line=self.line
            )
        raise InvalidInput(
            self.reason, file=self.file, line=self.line, document=self.document, field=self.field
        )


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What comes of a shard."""

    counted: Counted | None = None
    fault: Fault | None = None
    whole_is_needed: bool = False
    """Whether these documents cannot be counted by themselves."""
    strange: bool = False
    """Whether a name of the gold is no id of the registry, though it was taken that all are."""
    evident: tuple[str, ...] = ()
    """The layers in which a document has something."""
    canonical: bool = True
    """Whether the lines of the predictions are as the writer writes them."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How documents are counted, as plain values."""

    registry: bytes
    """As :attr:`onrecord.corpus.gold.GoldStream.registry`."""
    targets: tuple[str, ...]
    contested: tuple[tuple[str, str, str], ...] = ()
    """(Document, holder, target) of stances that do not count."""
    open_speakers: tuple[tuple[str, str], ...] = ()
    """(Document, quote) of quotes that any speaker is right for."""
    zones: bool = True
    units: bool = False
    layers: tuple[str, ...] = LAYERS
    """Those that are counted."""
    hashed: bool = True
    """Whether it is looked at if lines are as the writer writes them."""
    first: tuple[int, tuple[str, ...] | None] | None = None
    """The number of the predictions' first line, and the layers that it declares."""

    @property
    def has_names(self) -> bool:
        """Whether a layer is counted in which it matters whom names mean."""
        return not {"entities", "linking"}.issuperset(self.layers)

    @staticmethod
    def of(gold: GoldStream, *, zones: bool, contested: bool, units: bool) -> Settings:
        """The settings of a gold."""
        frame = gold.frame
        return Settings(
            registry=gold.registry,
            targets=tuple(target.id for target in frame.targets),
            contested=() if contested else tuple(sorted(frame.contested)),
            open_speakers=() if contested else tuple(sorted(frame.contested_speakers)),
            zones=zones,
            units=units,
        )


class CountWork(msgspec.Struct, frozen=True):
    """The work that counts shards: encoded :class:`Shard` in, encoded :class:`Outcome` out."""

    settings: Settings
    known: Known

    def set_up(self) -> Function:
        """See :class:`onrecord.systems.work.Work`."""
        return _Counter(self.settings, self.known).count


class SurveyWork(msgspec.Struct, frozen=True):
    """The work that surveys shards: encoded :class:`Shard` in, encoded :class:`Survey` out."""

    settings: Settings
    gold: bool
    """Whether the names of the gold are looked up too."""

    def set_up(self) -> Function:
        """See :class:`onrecord.systems.work.Work`."""
        return _Surveyor(self.settings, gold=self.gold).survey


AllNames = dict[str, dict[str, int]]
"""The names of each id's mentions, with their number."""


class Names(msgspec.Struct, frozen=True):
    """What one side says of ids in some documents."""

    asked: list[str]
    """Speakers and holders that their own document does not mention."""
    names: bytes
    """The names of each id's mentions, with their number: :data:`AllNames` in MessagePack."""


class Survey(msgspec.Struct, frozen=True):
    """What a quick look at a shard says."""

    gold: Names
    predictions: Names


class _WholeNeeded(Exception):
    """A document cannot be counted without the others."""


class _Strange(Exception):
    """A name of the gold is no id of the registry."""


class _Reader:
    """Reads the documents of shards: gold and validated prediction, items that do not count left out."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._targets = frozenset(settings.targets)
        self._gold = msgspec.json.Decoder(Document)
        self._record = msgspec.json.Decoder(DocumentRecord)
        self._shard = msgspec.msgpack.Decoder(Shard)

    def shard(self, item: bytes) -> Iterator[tuple[bytes, Document, Document, Line]]:
        """The line, gold and prediction of each document, with what the line declares.

        Raises:
            InvalidInput: a line is no valid prediction.
            _WholeNeeded: it is of another document than the gold beside it.
        """
        shard = self._shard.decode(item)
        for content, number, line in zip(shard.gold, shard.numbers, shard.predictions, strict=True):
            gold = self._gold.decode(content)
            record = decode_with(line, self._record, shard.file, number)
            if record.id != gold.id:
                raise _WholeNeeded
            try:
                predicted = join(record, gold)
                read = Line(number, predicted, record.layers)
                if self._settings.first is not None:
                    require_same_layers(read, *self._settings.first)
                validate_layers(predicted, targets=self._targets)
            except InvalidInput as error:
                raise error.at(file=shard.file, line=number) from None
            yield line, gold, predicted, read

    def counted(self, gold: Document, predicted: Document) -> tuple[Document, Document]:
        """Both without the mentions and quotes that do not count."""
        if not self._settings.zones:
            return gold, predicted
        return scored(gold, gold), scored(predicted, gold)


class _Counter(_Reader):
    """Counts shards."""

    def __init__(self, settings: Settings, known: Known) -> None:
        super().__init__(settings)
        self._known = known
        # of mentions alone it does not matter whom names mean
        registry = Registry.checked(entities(settings.registry) if settings.has_names else ())
        self._ids: frozenset[str | None] = frozenset([None, *(one.id for one in registry)])
        self._actors = {entity.id: entity.id for entity in registry if entity.actor}
        self._actors[OPEN] = OPEN
        actor = registry.finder()
        self._gold_resolver = None if known.gold is None else Resolver(actor, known.gold.get)
        self._resolver = Resolver(actor, known.predictions.get)
        self._cells: dict[str, set[Cell]] = {}
        for document, holder, target in settings.contested:
            self._cells.setdefault(document, set()).add((holder, target))
        self._open: dict[str, set[str]] = {}
        for document, quote in settings.open_speakers:
            self._open.setdefault(document, set()).add(quote)

    def count(self, item: bytes) -> bytes:
        """What comes of a shard."""
        try:
            outcome = self._outcome(item)
        except InvalidInput as error:
            outcome = Outcome(fault=Fault.of(error))
        except (_WholeNeeded, msgspec.DecodeError):
            outcome = Outcome(whole_is_needed=True)
        except _Strange:
            outcome = Outcome(strange=True)
        return msgspec.msgpack.encode(outcome)

    def _outcome(self, item: bytes) -> Outcome:
        settings = self._settings
        counting = Counting(units=settings.units, layers=settings.layers)
        evident: set[str] = set()
        canonical = settings.hashed
        for line, gold, predicted, read in self.shard(item):
            if not evident.issuperset(settings.layers):
                evident.update(evident_layers([predicted]))
            canonical = canonical and line == _canonical(predicted, read.layers)
            pair = self.counted(gold, predicted)
            if not settings.has_names:
                counting.add_mentions(*pair)
                continue
            meant = self._resolver.meanings(pair[1])
            self._count(counting, pair, self._gold_meant(pair[0]), meant)
        return Outcome(
            counted=counting.encode(),
            evident=tuple(layer for layer in LAYERS if layer in evident),
            canonical=canonical,
        )

    def _gold_meant(self, gold: Document) -> Meanings:
        """Whom the names of the gold mean.

        Raises:
            _Strange: one is no id of the registry, though it was taken that all are.
        """
        if self._gold_resolver is not None:
            return {**self._gold_resolver.meanings(gold), OPEN: OPEN}
        ids = self._ids
        for quote in gold.quotes:
            if quote.speaker not in ids:
                raise _Strange
        for stance in gold.stances:
            if stance.holder not in ids:
                raise _Strange
        return self._actors

    def _count(
        self,
        counting: Counting,
        pair: tuple[Document, Document],
        gold_meant: Meanings,
        meant: Meanings,
    ) -> None:
        id = pair[0].id
        gold, predicted = counted_stances(
            pair, gold_meant, meant, zones=self._settings.zones, contested=self._cells.get(id, ())
        )
        gold = with_open_speakers(gold, self._open.get(id, ()))
        own = side(gold.quotes, gold, gold_meant, _need_whole)
        other = side(predicted.quotes, gold, meant, _need_whole)
        counting.add((gold, predicted), own, other, meant)


class _Held(msgspec.Struct, frozen=True, gc=False):
    """Whose stance."""

    holder: str


class _Said(msgspec.Struct, frozen=True, gc=False):
    """Whose quote, and where."""

    content: tuple[Span, ...]
    speaker: str | None = None


class _Glance(msgspec.Struct, frozen=True, gc=False):
    """What of a document says whom its names mean."""

    mentions: tuple[Mention, ...] = ()
    quotes: tuple[_Said, ...] = ()
    stances: tuple[_Held, ...] = ()


class _Article(msgspec.Struct, frozen=True, gc=False):
    """What of the gold's document is the article's."""

    text: str = ""
    zones: tuple[Zone, ...] = ()


class _Surveyor:
    """Surveys shards. It decodes little, and leaves it to the counting to find what is invalid."""

    def __init__(self, settings: Settings, *, gold: bool) -> None:
        self._zones = settings.zones
        self._gold = gold
        self._shard = msgspec.msgpack.Decoder(Shard)
        self._article = msgspec.json.Decoder(_Article)
        self._glance = msgspec.json.Decoder(_Glance)

    def survey(self, item: bytes) -> bytes:
        """What a shard says."""
        shard = self._shard.decode(item)
        gold, predictions = _Namer(), _Namer()
        for document, line in zip(shard.gold, shard.predictions, strict=True):
            try:
                article, found = self._article.decode(document), self._glance.decode(line)
                own = self._glance.decode(document) if self._gold else None
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                break  # the counting says what is wrong
            promo = promo_of(article.zones) if self._zones else []
            if own is not None:
                gold.add(own, article.text, promo)
            predictions.add(found, article.text, promo)
        return msgspec.msgpack.encode(Survey(gold.named(), predictions.named()))


class _Namer:
    """The names of one side's ids, in the making."""

    def __init__(self) -> None:
        self._asked: dict[str, None] = {}
        self._names: dict[str, dict[str, int]] = {}

    def add(self, one: _Glance, text: str, promo: Sequence[Span]) -> None:
        """Add a document."""
        given = {stance.holder for stance in one.stances}
        for quote in one.quotes:
            if quote.speaker is not None and (
                not promo or any(is_outside(span, promo) for span in quote.content)
            ):
                given.add(quote.speaker)
        here = set()
        for mention in one.mentions:
            id = mention.entity
            if id is not None and (not promo or is_outside(mention, promo)):
                here.add(id)
                names = self._names.setdefault(id, {})
                name = text[mention.start : mention.end]
                names[name] = names.get(name, 0) + 1
        self._asked.update(dict.fromkeys(given - here))

    def named(self) -> Names:
        """What was added."""
        return Names(list(self._asked), msgspec.msgpack.encode(self._names))


def _need_whole() -> Reports:
    raise _WholeNeeded


def _canonical(document: Document, layers: tuple[str, ...] | None) -> bytes:
    """The document as the writer writes it, without the end of the line."""
    return encode_document(document, text=False, layers=layers)[:-1]
