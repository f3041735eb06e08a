"""Mentions of another tool, gathered by article, as documents that break no rule."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from onrecord.convert.kept import KeptDocuments
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.flat import flatten
from onrecord.corpus.predictions import Predictions
from onrecord.corpus.validation import validate_layers
from onrecord.document import MENTION_TYPES, Document, Mention
from onrecord.exceptions import InvalidDocument, InvalidInput

LEFT_OUT = "O"
"""What a label is renamed to when its mentions are to be left out."""


MAPS: Mapping[str, Mapping[str, str]] = {
    "conll2003": {"PER": "PERSON", "ORG": "ORG", "LOC": "GPE", "MISC": LEFT_OUT},
}
"""Renamings by name. Of CoNLL-2003's LOC most are countries and cities; its MISC is of many types."""


class Converted(msgspec.Struct, frozen=True):
    """A prediction for every article, in the order of the corpus, and what a user should know of it."""

    documents: Predictions
    notes: tuple[str, ...]
    doubts: tuple[InvalidInput, ...] = ()
    """Where the input can be read in another way too, with the place; warnings, strictly errors."""


class _Found(msgspec.Struct, frozen=True):
    """A mention and where it was read."""

    mention: Mention
    file: str | Path | None
    line: int | None


class Mentions:
    """The mentions of an input, gathered by article.

    Those of an article that is :meth:`done` are kept packed, from some megabytes on in a temporary
    file, so that memory does not grow with the input.

    Args:
        articles: the corpus, whose layers are not looked at, or articles by id.
        labels: OntoNotes types by the input's labels; :data:`LEFT_OUT` leaves a label's mentions
            out. A label that is not named must be an OntoNotes type itself.
        flat: of mentions that overlap keep what :func:`onrecord.corpus.flat.flatten` does.

    Raises:
        InvalidInput: a label is renamed to what is no type.
    """

    def __init__(
        self,
        articles: Corpus | Mapping[str, Document],
        labels: Mapping[str, str] | None = None,
        *,
        flat: bool = False,
    ) -> None:
        self.seeds = articles.seeds() if isinstance(articles, Corpus) else articles
        self._labels = dict(labels or {})
        for label, type in self._labels.items():
            if type not in (*MENTION_TYPES, LEFT_OUT):
                known = ", ".join(MENTION_TYPES)
                raise InvalidInput(
                    f"{label} cannot be renamed {type}, which is no type (known: {known}; O: none)"
                )
        self._folded = {label.casefold(): type for label, type in self._labels.items()}
        self._flat = flat
        self._found: dict[str, list[_Found]] = {}
        self._packed = KeptDocuments()
        self._texts: dict[bytes, list[str]] | None = None
        self._linked = False
        self._overlapping: dict[str, tuple[int, int]] = {}
        self._in_units: Counter[str] = Counter()
        self._kept: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()

    def article(self, id: str) -> Document:
        """The article of this id, which from now on counts as covered by the input.

        Raises:
            InvalidInput: there is none.
        """
        if id not in self.seeds:
            known = (
                ", ".join(self.seeds) if len(self.seeds) <= 20 else f"{len(self.seeds)} articles"
            )
            raise InvalidInput(f"unknown document {id!r} (known: {known})")
        if id not in self._packed:
            self._found.setdefault(id, [])
        return self.seeds[id]

    def rename(self, label: str) -> str:
        """What the input's label is called here; in what case it is written makes no difference."""
        named = self._labels.get(label, self._folded.get(label.casefold()))
        if named is not None:
            return named
        plain = label.upper().replace(" ", "_").replace("-", "_")
        return plain if plain in MENTION_TYPES else label

    def identify(self, text: str, *, exactly: bool = False) -> Document | None:
        """The article of this text; None if there is none.

        Args:
            text: of the article.
            exactly: white space at its ends counts too.
        """
        if self._texts is None:
            self._texts = {}
            for id, seed in self.seeds.items():
                self._texts.setdefault(_digest(seed.text), []).append(id)
        found = self._texts.get(_digest(text), ())
        if exactly:
            found = [id for id in found if self.seeds[id].text == text]
        return self.article(found[0]) if found else None

    def place(self, document: str, start: int, end: int, words: str | None) -> tuple[int, int]:
        """Offsets in code points, of some that may count UTF-16 units, as Java and JavaScript do.

        Which it is the words beside them tell; runs of white space are one.

        Raises:
            InvalidInput: the words are at the offsets in neither.
        """
        text = self.seeds[document].text
        if words is None or _alike(text[max(start, 0) : max(end, 0)], words):
            return start, end
        units = text.encode("utf-16-le")
        one, other = (
            len(units[: 2 * max(place, 0)].decode("utf-16-le", errors="ignore"))
            for place in (start, end)
        )
        if _alike(text[one:other], words):
            self._in_units[document] += 1
            return one, other
        here = text[max(start, 0) : max(end, 0)]
        reason = f"{words!r} is not the article's {here!r} at {start} to {end}"
        raise InvalidInput(reason, document=document, field="text")

    def add(
        self,
        document: str,
        start: int,
        end: int,
        label: str,
        *,
        entity: str | None = None,
        file: str | Path | None = None,
        line: int | None = None,
    ) -> None:
        """Add a mention of an article; it is checked with all others in :meth:`converted`.

        Raises:
            InvalidInput: the label is neither renamed nor a type.
        """
        type = self.rename(label)
        if type == LEFT_OUT:
            self._left_out[label] += 1
            return
        if type not in MENTION_TYPES:
            reason = f"unknown type {label!r} (OntoNotes has 18; --map {label}=TYPE renames it)"
            raise InvalidInput(reason, file=file, line=line, document=document)
        self._kept[label] += 1
        self._linked = self._linked or bool(entity)
        found = _Found(Mention(start, end, type, entity), file, line)
        if document in self._packed:
            self._found[document] = [
                _Found(mention, None, None) for mention in self._packed.take(document).mentions
            ]
        self._found[document].append(found)

    def done(self, document: str) -> None:
        """Check an article's mentions and put them away; more may still be added.

        Raises:
            InvalidInput: they break a rule, such as overlapping.
        """
        found = self._found.pop(document, None)
        if found is None:
            return
        if self._flat:
            kept = _flat(found)
            if len(kept) < len(found):
                self._overlapping[document] = (len(found) - len(kept), len(found))
            found = kept
        mentions = [one.mention for one in found]
        self._packed.put(_valid(self.seeds[document], mentions, found))

    def converted(
        self, notes: Iterable[str] = (), doubts: Iterable[InvalidInput] = ()
    ) -> Converted:
        """A valid document for each article; those that the input does not cover are empty.

        They attempt entities, and linking where the input links a mention.

        Args:
            notes: what the converter has to say itself.
            doubts: where it could have read the input in another way.

        Raises:
            InvalidInput: mentions of a document break a rule, such as overlapping.
        """
        said = self.finish(notes)
        documents = [
            seed.with_layers(mentions=self._packed.get(id).mentions)
            for id, seed in self.seeds.items()
        ]
        return Converted(Predictions(documents, self._layers()), said, tuple(doubts))

    def encoded(self) -> Iterator[bytes]:
        """What :meth:`finish` put away, as the lines of a file of predictions, one at a time."""
        return self._packed.encoded(self.seeds, self._layers())

    def _layers(self) -> tuple[str, ...]:
        return ("entities", "linking") if self._linked else ("entities",)

    def finish(self, notes: Iterable[str] = ()) -> tuple[str, ...]:
        """Put all articles away; what the converter has to say, and what there is to say of all.

        Raises:
            InvalidInput: mentions of a document break a rule.
        """
        for id in [id for id in self.seeds if id in self._found]:
            self.done(id)
        said = [*notes, *self._label_notes()]
        for id, number in self._in_units.items():
            said.append(f"{id}: offsets in UTF-16 units, moved: {number}")
        for id in [id for id in self.seeds if id in self._overlapping]:
            lost, of = self._overlapping[id]
            said.append(f"{id}: mentions left out for overlapping: {lost} of {of}")
        missing = [id for id in self.seeds if id not in self._packed]
        for id in missing:
            self._packed.put(self.seeds[id].bare())
        if missing:
            more = f" and {len(missing) - 20} more" if len(missing) > 20 else ""
            named = ", ".join(missing[:20])
            said.append(f"not in the input, so without mentions: {named}{more}")
        return tuple(said)

    def _label_notes(self) -> Iterable[str]:
        for label, number in sorted(self._left_out.items()):
            yield f"mentions labelled {label}, left out as the map says: {number}"
        if self._kept["LOC"] and "LOC" not in self._labels and {"PER", "MISC"} & set(self._labels):
            yield "LOC is kept as OntoNotes' LOC; CoNLL's LOC is mostly GPE (--map LOC=GPE)"


class Others:
    """Counts what of an input is not used, by what it is of and its name."""

    def __init__(self) -> None:
        self._found: dict[str, Counter[str]] = {}

    def count(self, of: str, values: Mapping[str, object], known: Collection[str]) -> None:
        """Count the values that are there and not known."""
        names = [name for name, value in values.items() if name not in known]
        self._found.setdefault(of, Counter()).update(
            name for name in names if values[name] not in (None, "", [], {})
        )

    def notes(self, path: object) -> list[str]:
        """One line for each sort of thing of which something was not used."""
        return [
            f"{path}: not used, of {of}: {told}"
            for of, found in sorted(self._found.items())
            if (told := ", ".join(f"{name} {number}" for name, number in sorted(found.items())))
        ]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).digest()


def _alike(one: str, other: str) -> bool:
    return one == other or one.split() == other.split()


def _flat(found: Iterable[_Found]) -> list[_Found]:
    first: dict[Mention, _Found] = {}
    for one in found:
        first.setdefault(one.mention, one)
    return [first[mention] for mention in flatten(first)]


def _valid(seed: Document, mentions: list[Mention], found: list[_Found]) -> Document:
    try:
        return validate_layers(seed.with_layers(mentions=mentions), targets=())
    except InvalidDocument as error:
        number = re.match(r"mentions\[(\d+)\]", error.field or "")
        if number is None:
            raise
        at_fault = found[int(number[1])]
        raise error.at(file=at_fault.file, line=at_fault.line) from None
