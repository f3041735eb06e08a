"""CoNLL files: a token and its tag a line, a blank line between sentences, borders of documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from onrecord.convert.bio import TagTally, chunks
from onrecord.convert.mentions import Converted, Mentions
from onrecord.convert.placing import place_sentences
from onrecord.convert.sentences import Block, Columns, read_blocks
from onrecord.convert.tokens import locate_tokens
from onrecord.corpus.corpus import Corpus, load_articles
from onrecord.corpus.tokens import passages, tag, tokenize
from onrecord.document import Document
from onrecord.exceptions import InvalidInput

_ENOUGH = 60
"""By so many tokens an article without an id is told."""


class Conll(msgspec.Struct, frozen=True):
    """A CoNLL file, and an error for each mention that it cannot hold."""

    text: str
    left_out: tuple[InvalidInput, ...]


def from_conll(
    paths: Sequence[str | Path],
    articles: Corpus | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    token_column: int = 1,
    tag_column: int | None = None,
    strict: bool = False,
) -> Converted:
    """The mentions that CoNLL files tag, found in the articles by their tokens.

    Columns are separated by tabs, or by spaces in a line without a tab. A document begins with a
    comment ``# doc_id = …`` (or ``# id = …``) or with ``-DOCSTART- (…)``; other comments, which are
    ``#`` and a space, are skipped. After a ``-DOCSTART- -X- O O`` without an id the article is found by its
    first tokens. Tags are read as :func:`onrecord.convert.bio.chunks` says. A file may leave sentences
    out; what stands in more than one place then is read at the first, with a doubt.

    Args:
        paths: the files, in UTF-8; a document is in one of them, in one piece.
        articles: the corpus; None: the clone's.
        labels: OntoNotes types by the files' labels, see :class:`onrecord.convert.mentions.Mentions`.
        token_column: where the token is, from 1.
        tag_column: where the tag is, from 1; None: last.
        strict: whether a doubt is an error.

    Raises:
        InvalidInput: a line is no token with a tag, a document or label is unknown, or a token is
            not in the article where the ones before it end; strictly, something is in doubt.
    """
    mentions = Mentions(load_articles() if articles is None else articles, labels)
    notes, doubts = gather_conll(paths, mentions, Columns(token_column, tag_column), strict=strict)
    return mentions.converted(notes, doubts)


def gather_conll(
    paths: Sequence[str | Path], mentions: Mentions, columns: Columns, *, strict: bool = False
) -> tuple[list[str], list[InvalidInput]]:
    """Add what :func:`from_conll` reads, a document at a time; notes and doubts."""
    notes: list[str] = []
    doubts: list[InvalidInput] = []
    seen: dict[str, str] = {}
    begins = _Begins(mentions.seeds)
    for path in paths:
        tags = TagTally()
        for block in read_blocks(path, columns):
            id = _identified(block, path, mentions, begins, seen)
            if id is None:
                continue
            article = mentions.article(id)
            placed = place_sentences(block.sentences, article, path)
            if strict and placed.doubts:
                raise placed.doubts[0]
            doubts += placed.doubts
            for sentence, found in placed.sentences:
                if not sentence.tagged:
                    continue
                for chunk in chunks(sentence.tags):
                    line = sentence.lines[chunk.first]
                    tags.add(chunk, line)
                    start, end = found.starts[chunk.first], found.ends[chunk.last]
                    mentions.add(id, start, end, chunk.label, file=path, line=line)
            mentions.done(id)
            if placed.missing:
                reason = f"characters of the article that are in no token: {placed.missing}"
                notes.append(f"{path}: {id}: {reason}")
        notes += [f"{path}: {note}" for note in tags.notes()]
    return notes, doubts


def _identified(
    block: Block, path: str | Path, mentions: Mentions, begins: _Begins, seen: dict[str, str]
) -> str | None:
    """The article of a document; None where it has neither an id nor tokens."""
    try:
        id = block.id
        if id is None:
            id = begins.find(block)
            if id is None:
                return None
        mentions.article(id)
        if id in seen:
            raise InvalidInput(f"{id} again, which begins at {seen[id]}")
    except InvalidInput as error:
        raise error.at(file=path, line=block.line) from None
    seen[id] = f"{path}:{block.line}"
    return id


class _Begins:
    """Finds articles by the tokens that they begin with, as for CoNLL-2003's files."""

    def __init__(self, articles: Mapping[str, Document]) -> None:
        self.articles = articles
        self._by_key: dict[str, list[str]] | None = None

    def find(self, block: Block) -> str | None:
        """The article whose text has the first tokens of a document; None where it has no tokens.

        Raises:
            InvalidInput: no article has them, or more than one.
        """
        words = [word for sentence in block.sentences for word in sentence.words][:_ENOUGH]
        if not words:
            return None
        found = [id for id in self._candidates(words) if self._has(id, words)]
        if len(found) != 1:
            found = [id for id in self.articles if self._has(id, words)]
        if len(found) != 1:
            which = " and ".join(found[:5]) or "no article"
            reason = f"a document without an id, whose first tokens are those of {which}"
            raise InvalidInput(reason)
        return found[0]

    def _candidates(self, words: Sequence[str]) -> Sequence[str]:
        """Articles that begin with the same letters: nearly always the one."""
        if self._by_key is None:
            self._by_key = {}
            for id, article in self.articles.items():
                self._by_key.setdefault(_key(article.text), []).append(id)
        return self._by_key.get(_key(" ".join(words)), ())

    def _has(self, id: str, words: Sequence[str]) -> bool:
        spans, _ = locate_tokens(words, self.articles[id].text, 0)
        return len(spans) == len(words)


def _key(text: str) -> str:
    """The first letters and digits of a text."""
    return "".join(filter(str.isalnum, text[:200]))[:24]


def to_conll(documents: Iterable[Document]) -> Conll:
    """The documents' mentions as a CoNLL file in IOB2: token, tab, tag.

    Tokens are those of the ``entities`` config (:mod:`onrecord.corpus.tokens`), a blank line between its
    passages. Entities, quotes and stances have no place in this format. A mention that is no whole
    number of tokens within one passage cannot be tagged: it is left out and there is an error for it.
    """
    blocks = []
    left_out = []
    for document in documents:
        rows = [list(tokenize(document.text, passage)) for passage in passages(document)]
        starts = {token.start: number for number, row in enumerate(rows) for token in row}
        ends = {token.end: number for number, row in enumerate(rows) for token in row}
        tagged: list[list[int]] = [[] for _ in rows]
        for index, mention in enumerate(document.mentions):
            number = starts.get(mention.start)
            if number is not None and number == ends.get(mention.end):
                tagged[number].append(index)
            else:
                reason = f"{mention.span.of(document.text)!r} at {mention.start} is not a whole number of tokens of one line"
                field = f"mentions[{index}]"
                left_out.append(InvalidInput(reason, document=document.id, field=field))
        for number, row in enumerate(rows):
            tags = tag(row, [document.mentions[index] for index in tagged[number]], document)
            head = [f"# doc_id = {document.id}"] if number == 0 else []
            lines = [f"{token.of(document.text)}\t{t}" for token, t in zip(row, tags, strict=True)]
            blocks.append("\n".join([*head, f"# passage = {number}", *lines, ""]))
    return Conll("\n".join(blocks), tuple(left_out))
