"""spaCy's documents: the entities of ``Doc`` objects and of the files they are kept in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    docs = list(docs)
    group = _group(docs, file) if group is None else group
    if group is not None and not any(group in doc.spans for doc in docs):
        known = ", ".join(sorted({name for doc in docs for name in doc.spans})) or "none"
        raise InvalidInput(f"no group of spans {group!r} (known: {known})", file=file)
    mentions = Mentions(
        load_articles() if articles is None else articles, labels, flat=group is not None
    )
    seen: dict[str, int] = {}
    values = 0
    for number, doc in enumerate(docs):
        try:
            id = _identify(doc, mentions)
            if id in seen:
                raise InvalidInput(f"the article of docs[{seen[id]}] again", document=id)
        except InvalidInput as error:
            reason = f"docs[{number}]: {error.reason}"
            raise InvalidInput(reason, file=file, document=error.document) from None
        seen[id] = number
        for span in doc.ents if group is None else doc.spans.get(group, ()):
            entity = None if span.kb_id_ in _NO_ENTITY else span.kb_id_
            if entity is not None and mentions.rename(span.label_) in VALUE_TYPES:
                entity = None
                values += 1
            mentions.add(id, span.start_char, span.end_char, span.label_, entity=entity, file=file)
    notes = _others(docs, group, file)
    notes += [f"links of values (such as DATE), left out: {values}"] if values else []
    if group is not None:
        notes.append(
            f"mentions are the spans of the group {group!r}; of those that overlap the longest"
        )
    return mentions.converted(notes)


def _others(docs: Sequence[Doc], group: str | None, file: str | Path | None) -> list[str]:
    """What was attached to documents and is not used."""
    others = Others()
    for doc in docs:
        groups = {f"spans[{name!r}]": len(spans) for name, spans in doc.spans.items()}
        given = {key: True for key in doc.user_data if isinstance(key, str)}
        marks = {f"_.{key[1]}": True for key in doc.user_data if isinstance(key, tuple)}
        found = {**groups, **given, **marks, "cats": doc.cats}
        others.count(
            "documents", {k: v or None for k, v in found.items()}, {"id", f"spans[{group!r}]"}
        )
        for span in doc.ents if group is None else doc.spans.get(group, ()):
            others.count("mentions", {"id": span.id_}, ())
    return others.notes("docs" if file is None else file)


def _group(docs: Sequence[Doc], file: str | Path | None) -> str | None:
    """The one group of spans of documents that have no entities; None of others."""
    groups = sorted({name for doc in docs for name, spans in doc.spans.items() if len(spans)})
    if any(doc.ents for doc in docs) or not groups:
        return None
    if len(groups) > 1:
        reason = f"no entities, but groups of spans: {', '.join(groups)} (--group names one)"
        raise InvalidInput(reason, file=file)
    [group] = groups
    return str(group)


def read_spacy(
    path: str | Path,
    articles: Corpus | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    group: str | None = None,
) -> Converted:
    """The entities of a ``DocBin`` on disk (``.spacy``), see :func:`from_spacy`.

    The format is msgpack in zlib: reading it runs no code of the file's.

    Raises:
        OnRecordError: spaCy is not installed.
        InvalidInput: the file is no DocBin, or as in :func:`from_spacy`.
    """
    content = read_bytes(path)
    try:
        from spacy.tokens import DocBin
        from spacy.vocab import Vocab
    except ModuleNotFoundError:
        raise OnRecordError("spaCy is not installed; pip install 'onrecord[spacy]'") from None

    try:
        docs = list(DocBin().from_bytes(content).get_docs(Vocab()))
    except Exception as error:  # spaCy checks nothing: a wrong byte can raise anything
        reason = f"not a DocBin of spaCy ({type(error).__name__})"
        raise InvalidInput(reason, file=path) from None
    return from_spacy(docs, articles, labels=labels, file=path, group=group)


def _identify(doc: Doc, mentions: Mentions) -> str:
    named = doc.user_data.get("id")
    if isinstance(named, str) and named in mentions.seeds:
        article = mentions.article(named)
        if doc.text != article.text:
            raise InvalidInput("its text is not the article's", document=named)
        return named
    for id, seed in mentions.seeds.items():
        if doc.text == seed.text:
            return mentions.article(id).id
    begin = " ".join(doc.text[:60].split())[:30]
    raise InvalidInput(f"its text is no article's, to the character (it begins {begin!r})")
