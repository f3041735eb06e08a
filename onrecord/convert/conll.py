"""CoNLL files: a token and its tag a line, a blank line between sentences, borders of documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from onrecord.convert.bio import Chunk, Tag, chunks, is_repaired, read_tag, scheme_of
from onrecord.convert.mentions import Converted, Mentions
from onrecord.convert.tokens import is_blank, locate_tokens
from onrecord.corpus.corpus import Corpus, load_articles
from onrecord.corpus.files import read_text
from onrecord.corpus.tokens import passages, tag, tokenize
from onrecord.document import Document, Span
from onrecord.exceptions import InvalidInput

_ENOUGH = 60
"""From so many tokens an article without an id is told."""
_COMMENT = re.compile(r"#(?: [^\t]*)?|#[ \w]+=.*")
_BORDER = re.compile(r"# *(?:doc_id|newdoc id|id) *= *(.*)")
_DOCSTART = re.compile(r"-DOCSTART-(?:\s[^(]*(?:\((.*?)\).*)?)?")


class Conll(msgspec.Struct, frozen=True):
    """A CoNLL file, and an error for each mention that it cannot hold."""

    text: str
    left_out: tuple[InvalidInput, ...]


class _Token(msgspec.Struct, frozen=True):
    line: int
    word: str
    tag: Tag


class _Sentence(msgspec.Struct, frozen=True):
    """Tokens between blank lines, and the document they are of."""

    document: str
    tokens: tuple[_Token, ...]


def from_conll(
    paths: Sequence[str | Path],
    articles: Corpus | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    token_column: int = 1,
    tag_column: int | None = None,
) -> Converted:
    """The mentions that CoNLL files tag, found in the articles by their tokens.

    Columns are separated by tabs, or by spaces in a line without a tab. A document begins with a
    comment ``# doc_id = …`` (or ``# id = …``) or with ``-DOCSTART- (…)``; other comments, which are
    ``#`` and a space, are skipped. After a ``-DOCSTART- -X- O O`` without an id the article is found by its
    first tokens. Tags are read as :func:`onrecord.convert.bio.chunks` says.

    Args:
        paths: the files, in UTF-8; a document is in one of them, in one piece.
        articles: the corpus; None: the clone's.
        labels: OntoNotes types by the files' labels, see :class:`onrecord.convert.mentions.Mentions`.
        token_column: where the token is, from 1.
        tag_column: where the tag is, from 1; None: last.

    Raises:
        InvalidInput: a line is no token with a tag, a document or label is unknown, or a token is
            not in the article where the ones before it end.
    """
    mentions = Mentions(load_articles() if articles is None else articles, labels)
    notes: list[str] = []
    places: dict[str, str] = {}
    for path in paths:
        read: list[tuple[_Sentence, Chunk]] = []
        covered: dict[str, list[Span]] = {}
        for sentence in _sentences(path, mentions, places, token_column, tag_column):
            spans = covered.setdefault(sentence.document, [])
            found = _locate(sentence, mentions.seeds, spans[-1].end if spans else 0, path)
            spans += found
            for chunk in chunks([token.tag for token in sentence.tokens]):
                read.append((sentence, chunk))
                mentions.add(
                    sentence.document,
                    found[chunk.first].start,
                    found[chunk.last].end,
                    chunk.label,
                    file=path,
                    line=sentence.tokens[chunk.first].line,
                )
        notes += _tag_notes(path, read)
        notes += _gap_notes(path, mentions.seeds, covered)
    return mentions.converted(notes)


def _sentences(
    path: str | Path,
    mentions: Mentions,
    places: dict[str, str],
    token_column: int,
    tag_column: int | None,
) -> Iterator[_Sentence]:
    """The sentences of a file; ``places`` is where each document met so far has begun."""
    document: str | None = None
    tokens: list[_Token] = []
    lines = [*read_text(path).split("\n"), ""]
    for number, line in enumerate(lines, start=1):
        line = line.removesuffix("\r")
        border = _BORDER.fullmatch(line) or _DOCSTART.fullmatch(line)
        if tokens and document is not None and (border or not line.strip(" \t")):
            yield _Sentence(document, tuple(tokens))
            tokens = []
        try:
            if border:
                id = border[1]
                if id is None:
                    id = _by_text(lines[number:], mentions, token_column)
                document = _open(id, document, f"{path}:{number}", mentions, places)
            elif line.strip(" \t") and not _COMMENT.fullmatch(line):
                if document is None:
                    needed = "`# doc_id = …` or `-DOCSTART- (…)`"
                    raise InvalidInput(f"a token of no document ({needed} comes first)")
                token = _token(line, number, token_column, tag_column)
                if token.word.strip():
                    tokens.append(token)
        except InvalidInput as error:
            about = None if border else document
            raise InvalidInput(error.reason, file=path, line=number, document=about) from None


def _by_text(lines: Sequence[str], mentions: Mentions, token_column: int) -> str | None:
    """The article whose text has the tokens up to the next border, as in CoNLL-2003's files.

    Raises:
        InvalidInput: no article has them, or more than one.
    """
    words: list[str] = []
    for line in lines:
        line = line.removesuffix("\r")
        if _BORDER.fullmatch(line) or _DOCSTART.fullmatch(line) or len(words) >= _ENOUGH:
            break
        columns = line.split("\t") if "\t" in line else re.findall("[^ ]+", line)
        if len(columns) >= token_column and not _COMMENT.fullmatch(line):
            words.append(columns[token_column - 1])
    if not words:
        return None
    found = [
        id
        for id, seed in mentions.seeds.items()
        if len(locate_tokens(words, seed.text, 0)[0]) == len(words)
    ]
    if len(found) != 1:
        which = " and ".join(found) or "no article"
        reason = f"a document without an id, whose first tokens are those of {which}"
        raise InvalidInput(reason)
    return found[0]


def _open(
    id: str | None, before: str | None, place: str, mentions: Mentions, places: dict[str, str]
) -> str | None:
    """The document that a border names; None for a ``-DOCSTART-`` that names none."""
    if id is None:
        return None
    id = id.strip()
    mentions.article(id)
    if id != before and id in places:
        raise InvalidInput(f"{id} again, which begins at {places[id]}")
    places.setdefault(id, place)
    return id


def _token(line: str, number: int, token_column: int, tag_column: int | None) -> _Token:
    columns = line.split("\t") if "\t" in line else re.findall("[^ ]+", line)
    needed = max(token_column, tag_column or 2)
    if len(columns) < needed:
        reason = f"has {len(columns)} column{'s' * (len(columns) > 1)}, {needed} are needed"
        raise InvalidInput(reason)
    word, tag = columns[token_column - 1], columns[(tag_column or 0) - 1]
    read = read_tag(tag)
    if read is None:
        raise InvalidInput(f"{tag!r} is no tag of IOB2, IOB1, BIOES or BILOU")
    return _Token(number, word, read)


def _locate(
    sentence: _Sentence, seeds: Mapping[str, Document], begin: int, path: str | Path
) -> list[Span]:
    text = seeds[sentence.document].text
    spans, position = locate_tokens([token.word for token in sentence.tokens], text, begin)
    if len(spans) < len(sentence.tokens):
        lost = sentence.tokens[len(spans)]
        rest = " ".join(text[position : position + 60].split())[:30]
        expected = f"where the article has {rest!r}" if rest else "where the article ends"
        raise InvalidInput(
            f"token {lost.word!r} is not found {expected}, at character {position}",
            file=path,
            line=lost.line,
            document=sentence.document,
        )
    return spans


def _tag_notes(path: str | Path, read: Sequence[tuple[_Sentence, Chunk]]) -> Iterator[str]:
    scheme = scheme_of(chunk for _, chunk in read)
    if scheme == "IOB1":
        yield f"{path}: read as IOB1 (B only between adjacent entities of one label)"
    lines = [s.tokens[c.first].line for s, c in read if is_repaired(c, scheme)]
    if lines:
        yield (
            f"{path}: entities whose tags {scheme} does not allow, read as conlleval reads them: "
            f"{len(lines)}, the first at line {lines[0]}"
        )


def _gap_notes(
    path: str | Path, seeds: Mapping[str, Document], covered: Mapping[str, Sequence[Span]]
) -> Iterator[str]:
    """What of the articles is in no token."""
    for id, spans in covered.items():
        text = seeds[id].text
        tokens = {position for span in spans for position in range(span.start, span.end)}
        missing = sum(not is_blank(c) and i not in tokens for i, c in enumerate(text))
        if missing:
            yield f"{path}: {id}: characters of the article that are in no token: {missing}"


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
