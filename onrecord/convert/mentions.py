"""Mentions of another tool, gathered by article, as documents that break no rule."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.corpus.flat import flatten
from onrecord.corpus.predictions import Predictions
from onrecord.corpus.validation import validate
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


class _Found(msgspec.Struct, frozen=True):
    """A mention and where it was read."""

    mention: Mention
    file: str | Path | None
    line: int | None


class Mentions:
    """The mentions of an input, gathered by article.

    Args:
        articles: the corpus; its layers are not looked at.
        labels: OntoNotes types by the input's labels; :data:`LEFT_OUT` leaves a label's mentions
            out. A label that is not named must be an OntoNotes type itself.

    Raises:
        InvalidInput: a label is renamed to what is no type.
    """

    def __init__(self, articles: Corpus, labels: Mapping[str, str] | None = None) -> None:
        self.seeds = articles.seeds()
        self._labels = dict(labels or {})
        for label, type in self._labels.items():
            if type not in (*MENTION_TYPES, LEFT_OUT):
                known = ", ".join(MENTION_TYPES)
                raise InvalidInput(
                    f"{label} cannot be renamed {type}, which is no type (known: {known}; O: none)"
                )
        self._folded = {label.casefold(): type for label, type in self._labels.items()}
        self._found: dict[str, list[_Found]] = {}
        self._in_units: Counter[str] = Counter()
        self._kept: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()

    def article(self, id: str) -> Document:
        """The article of this id, which from now on counts as covered by the input.

        Raises:
            InvalidInput: there is none.
        """
        if id not in self.seeds:
            known = ", ".join(self.seeds)
            raise InvalidInput(f"unknown document {id!r} (known: {known})")
        self._found.setdefault(id, [])
        return self.seeds[id]

    def rename(self, label: str) -> str:
        """What the input's label is called here; in what case it is written makes no difference."""
        named = self._labels.get(label, self._folded.get(label.casefold()))
        if named is not None:
            return named
        plain = label.upper().replace(" ", "_").replace("-", "_")
        return plain if plain in MENTION_TYPES else label

    def identify(self, text: str) -> Document | None:
        """The article of this text, white space at its ends aside; None if there is none."""
        for seed in self.seeds.values():
            if seed.text == text or seed.text.strip() == text.strip():
                return self.article(seed.id)
        return None

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
        found = _Found(Mention(start, end, type, entity), file, line)
        self._found[document].append(found)

    def converted(self, notes: Iterable[str] = (), *, flat: bool = False) -> Converted:
        """A valid document for each article; those that the input does not cover are empty.

        They attempt entities, and linking where the input links a mention.

        Args:
            notes: what the converter has to say itself.
            flat: of mentions that overlap keep what :func:`onrecord.corpus.flat.flatten` does.

        Raises:
            InvalidInput: mentions of a document break a rule, such as overlapping.
        """
        said = [*notes, *self._label_notes()]
        for id, number in self._in_units.items():
            said.append(f"{id}: offsets in UTF-16 units, moved: {number}")
        documents = []
        for id, seed in self.seeds.items():
            found = self._found.get(id, [])
            if flat:
                kept = _flat(found)
                if len(kept) < len(found):
                    lost = len(found) - len(kept)
                    said.append(f"{id}: mentions left out for overlapping: {lost} of {len(found)}")
                found = kept
            documents.append(_valid(seed, found))
        missing = [id for id in self.seeds if id not in self._found]
        if missing:
            said.append(f"not in the input, so without mentions: {', '.join(missing)}")
        linked = any(one.mention.entity for found in self._found.values() for one in found)
        layers = ("entities", "linking") if linked else ("entities",)
        return Converted(Predictions(documents, layers), tuple(said))

    def _label_notes(self) -> Iterable[str]:
        for label, number in sorted(self._left_out.items()):
            yield f"mentions labelled {label}, left out as the map says: {number}"
        if self._kept["LOC"] and "LOC" not in self._labels and {"PER", "MISC"} & set(self._labels):
            yield "LOC is kept as OntoNotes' LOC; CoNLL's LOC is mostly GPE (--map LOC=GPE)"


def _alike(one: str, other: str) -> bool:
    return one == other or one.split() == other.split()


def _flat(found: Iterable[_Found]) -> list[_Found]:
    first: dict[Mention, _Found] = {}
    for one in found:
        first.setdefault(one.mention, one)
    return [first[mention] for mention in flatten(first)]


def _valid(seed: Document, found: list[_Found]) -> Document:
    try:
        return validate(seed.with_layers(mentions=[one.mention for one in found]))
    except InvalidDocument as error:
        number = re.match(r"mentions\[(\d+)\]", error.field or "")
        if number is None:
            raise
        at_fault = found[int(number[1])]
        raise error.at(file=at_fault.file, line=at_fault.line) from None
