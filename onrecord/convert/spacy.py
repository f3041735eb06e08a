"""spaCy's documents: the entities of ``Doc`` objects and of the files they are kept in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from onrecord.convert.mentions import Converted, Mentions, Others
from onrecord.corpus.corpus import Corpus, load_articles
from onrecord.corpus.files import read_bytes
from onrecord.document import VALUE_TYPES
from onrecord.exceptions import InvalidInput, OnRecordError

if TYPE_CHECKING:
    from spacy.tokens import Doc

_NO_ENTITY = ("", "NIL")
"""A ``kb_id_`` that links to nothing: none given, and what spaCy's entity linker gives then."""


def from_spacy(
    docs: Iterable[Doc],
    articles: Corpus | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    file: str | Path | None = None,
    group: str | None = None,
) -> Converted:
    """The entities (``doc.ents``) of spaCy's documents as mentions, ``kb_id_`` as their entity.

    Documents without entities but with one group of spans (``doc.spans``), as span categorisers
    write, give the spans of this group.

    A document is an article whole: its text must be the article's, to the character; should two
    articles have one text, ``doc.user_data["id"]`` says which it is.

    Args:
        docs: the documents, at most one for an article.
        articles: the corpus; None: the clone's.
        labels: OntoNotes types by the pipeline's labels, see
            :class:`onrecord.convert.mentions.Mentions`.
        file: where they are from, for messages.
        group: the group of spans to take in place of entities.

    Raises:
        InvalidInput: a document is no article or one that came before, a label is unknown, or there
            is no such group, or there are no entities but several groups.
    """
    docs = docs if isinstance(docs, DocsOnDisk) else list(docs)
    group = find_group(docs, group, file)
    articles = load_articles() if articles is None else articles
    mentions = Mentions(articles, labels, flat=group is not None)
    return mentions.converted(gather_docs(docs, mentions, group, file))


def find_group(docs: Iterable[Doc], given: str | None, file: str | Path | None) -> str | None:
    """The group of spans whose spans are the mentions; None where entities are.

    That is the one given, or the one group of documents that have no entities.

    Raises:
        InvalidInput: there is no such group, or there are no entities but several groups.
    """
    found: dict[str, bool] = {}
    """Groups, and whether they have a span anywhere."""
    for doc in docs:
        if given is None and doc.ents:
            return None
        for name, spans in doc.spans.items():
            found[name] = found.get(name, False) or len(spans) > 0
        if given in found:
            return given
    if given is not None:
        known = ", ".join(sorted(found)) or "none"
        raise InvalidInput(f"no group of spans {given!r} (known: {known})", file=file)
    groups = sorted(name for name, filled in found.items() if filled)
    if not groups:
        return None
    if len(groups) > 1:
        reason = f"no entities, but groups of spans: {', '.join(groups)} (--group names one)"
        raise InvalidInput(reason, file=file)
    [group] = groups
    return group


def gather_docs(
    docs: Iterable[Doc], mentions: Mentions, group: str | None, file: str | Path | None = None
) -> list[str]:
    """Add what :func:`from_spacy` reads, a document at a time; notes.

    Args:
        docs: the documents.
        mentions: where they go.
        group: as :func:`find_group` gives it.
        file: where they are from, for messages.

    Raises:
        InvalidInput: as in :func:`from_spacy`.
    """
    seen: dict[str, int] = {}
    values = 0
    others = Others()
    for number, doc in enumerate(docs):
        try:
            id = _identify(doc, mentions)
            if id in seen:
                raise InvalidInput(f"the article of docs[{seen[id]}] again", document=id)
        except InvalidInput as error:
            reason = f"docs[{number}]: {error.reason}"
            raise InvalidInput(reason, file=file, document=error.document) from None
        seen[id] = number
        _count_others(doc, group, others)
        for span in doc.ents if group is None else doc.spans.get(group, ()):
            others.count("mentions", {"id": span.id_}, ())
            entity = None if span.kb_id_ in _NO_ENTITY else span.kb_id_
            if entity is not None and mentions.rename(span.label_) in VALUE_TYPES:
                entity = None
                values += 1
            mentions.add(id, span.start_char, span.end_char, span.label_, entity=entity, file=file)
        mentions.done(id)
    notes = others.notes("docs" if file is None else file)
    notes += [f"links of values (such as DATE), left out: {values}"] if values else []
    if group is not None:
        notes.append(
            f"mentions are the spans of the group {group!r}; of those that overlap the longest"
        )
    return notes


def _count_others(doc: Doc, group: str | None, others: Others) -> None:
    """Count what was attached to a document and is not used."""
    groups = {f"spans[{name!r}]": len(spans) for name, spans in doc.spans.items()}
    given = {key: True for key in doc.user_data if isinstance(key, str)}
    marks = {f"_.{key[1]}": True for key in doc.user_data if isinstance(key, tuple)}
    found = {**groups, **given, **marks, "cats": doc.cats}
    others.count("documents", {k: v or None for k, v in found.items()}, {"id", f"spans[{group!r}]"})


class DocsOnDisk:
    """The documents of a ``DocBin`` on disk (``.spacy``), made one by one, as often as asked for.

    The format is msgpack in zlib: reading it runs no code of the file's.

    Raises:
        OnRecordError: spaCy is not installed.
        InvalidInput: the file is no DocBin; also on the way, where one of its documents is none.
    """

    def __init__(self, path: str | Path) -> None:
        content = read_bytes(path)
        try:
            from spacy.tokens import DocBin
        except ModuleNotFoundError:
            raise OnRecordError("spaCy is not installed; pip install 'onrecord[spacy]'") from None
        self._path = path
        with self._checked():
            self._bin = DocBin().from_bytes(content)

    def __iter__(self) -> Iterator[Doc]:
        from spacy.vocab import Vocab

        docs = self._bin.get_docs(Vocab())
        while True:
            with self._checked():
                doc = next(docs, None)
            if doc is None:
                return
            yield doc

    @contextlib.contextmanager
    def _checked(self) -> Iterator[None]:
        """A wrong byte can raise anything, since spaCy checks nothing."""
        try:
            yield
        except Exception as error:
            reason = f"not a DocBin of spaCy ({type(error).__name__})"
            raise InvalidInput(reason, file=self._path) from None


def read_spacy(
    path: str | Path,
    articles: Corpus | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    group: str | None = None,
) -> Converted:
    """The entities of a ``DocBin`` on disk (``.spacy``), see :func:`from_spacy`.

    Raises:
        OnRecordError: spaCy is not installed.
        InvalidInput: the file is no DocBin, or as in :func:`from_spacy`.
    """
    return from_spacy(DocsOnDisk(path), articles, labels=labels, file=path, group=group)


def _identify(doc: Doc, mentions: Mentions) -> str:
    named = doc.user_data.get("id")
    if isinstance(named, str) and named in mentions.seeds:
        article = mentions.article(named)
        if doc.text != article.text:
            raise InvalidInput("its text is not the article's", document=named)
        return named
    found = mentions.identify(doc.text, exactly=True)
    if found is not None:
        return found.id
    begin = " ".join(doc.text[:60].split())[:30]
    raise InvalidInput(f"its text is no article's, to the character (it begins {begin!r})")
