"""The lines of CoNLL files, read as documents of sentences: one document at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from onrecord.convert.bio import Tag, read_tag
from onrecord.corpus.files import text_lines
from onrecord.exceptions import InvalidInput

_COMMENT = re.compile(r"#(?: [^\t]*)?|#[ \w]+=[^\t]*")
_KEYED = re.compile(r"#\s*[\w.:-]+\s*=.*|# *global\.columns.*", re.IGNORECASE)
"""A comment of CoNLL-U, which has a key, or is the head of CoNLL-U Plus."""
_BORDER = re.compile(r"# *(?:doc_id|newdoc id|id) *= *([^\t]*)")
_DOCSTART = re.compile(r"-DOCSTART-(?:\s[^(]*(?:\((.*?)\).*)?)?")
_COLUMNS = re.compile("[^ ]+")


class Sentence(msgspec.Struct):
    """Tokens between blank lines: their words, tags and lines, side by side."""

    words: list[str]
    tags: list[Tag]
    lines: list[int]
    doubtful: list[int]
    """Places of tokens whose lines begin as comments do."""
    tagged: bool = False
    """Whether a token has another tag than O."""

    def without_doubtful(self) -> Sentence:
        """The same sentence without the tokens whose lines begin as comments do."""
        kept = [i for i in range(len(self.words)) if i not in self.doubtful]
        tags = [self.tags[i] for i in kept]
        return Sentence(
            words=[self.words[i] for i in kept],
            tags=tags,
            lines=[self.lines[i] for i in kept],
            doubtful=[],
            tagged=any(tag.label for tag in tags),
        )


class Block(msgspec.Struct):
    """A document of a file: its id if a border says one, the border's line, and its sentences."""

    id: str | None
    line: int
    sentences: list[Sentence]


class Columns(msgspec.Struct, frozen=True):
    """Where token and tag are, from 1; None: the last."""

    token: int = 1
    tag: int | None = None


def read_blocks(path: str | Path, columns: Columns) -> Iterator[Block]:
    """The documents of a CoNLL file, each when it has been read whole.

    A line that begins with ``#`` is a token where it has a tab. Where columns are separated by spaces
    it may be either: it is a token, in doubt, where it has as many columns as the token before it,
    a valid tag, and no key of a comment (``# text = …``).

    Raises:
        InvalidInput: a line is no token with a tag, or a token is of no document; what was read
            before it has been given by then.
    """
    reader = _Reader(columns)
    for number, line in enumerate(text_lines(path), start=1):
        if reader.take_token(line, number):
            continue
        try:
            done = reader.take(line, number)
        except InvalidInput as error:
            if reader.block is not None:
                yield reader.close()
            about = None if reader.block is None else reader.block.id
            raise InvalidInput(error.reason, file=path, line=number, document=about) from None
        if done is not None:
            yield done
    if reader.block is not None:
        yield reader.close()


class _Reader:
    """Takes line after line; ``block`` is the document that is open."""

    def __init__(self, columns: Columns) -> None:
        self.block: Block | None = None
        self._columns = columns
        self._needed = max(columns.token, columns.tag or 2)
        self._at = (columns.token - 1, (columns.tag or 0) - 1)
        self._sentence = Sentence([], [], [], [])
        self._tags: dict[str, Tag] = {}
        self._width = self._needed
        """How many columns the last token's line has between spaces; 0 if between tabs."""

    def take_token(self, line: str, number: int) -> bool:
        """Take a line that is, at first glance, a token with a tag that was seen before."""
        if not line or line[0] in "#-" or self.block is None:
            return False
        tabs = "\t" in line
        cells = line.split("\t" if tabs else " ")
        word_at, tag_at = self._at
        try:
            word, tag = cells[word_at], self._tags[cells[tag_at]]
        except (IndexError, KeyError):
            return False
        if word.isspace() or len(cells) < self._needed or "" in cells:
            return False
        self._width = 0 if tabs else len(cells)
        self._keep(word, tag, number)
        return True

    def take(self, line: str, number: int) -> Block | None:
        """Take a line; the document that it closes, if it does."""
        if line.startswith(("#", "-DOCSTART-")):
            border = _BORDER.fullmatch(line) or _DOCSTART.fullmatch(line)
            if border is not None:
                return self._open(border[1], number)
            if line.startswith("#") and _COMMENT.fullmatch(line):
                if self._may_be_token(line):
                    self._sentence.doubtful.append(len(self._sentence.words))
                    self._token(line, number)
                return None
        elif not line.strip(" \t"):
            self._end_sentence()
            return None
        self._token(line, number)
        return None

    def close(self) -> Block:
        """The document that is open, with all its sentences."""
        assert self.block is not None
        self._end_sentence()
        return self.block

    def _open(self, id: str | None, number: int) -> Block | None:
        id = None if id is None else id.strip()
        before = self.block
        self._end_sentence()
        if before is not None and id is not None and id == before.id:
            return None
        self.block = Block(id, number, [])
        return before

    def _end_sentence(self) -> None:
        if self._sentence.words:
            assert self.block is not None  # a token of no document is refused
            self.block.sentences.append(self._sentence)
            self._sentence = Sentence([], [], [], [])

    def _token(self, line: str, number: int) -> None:
        if self.block is None:
            needed = "`# doc_id = …` or `-DOCSTART- (…)`"
            raise InvalidInput(f"a token of no document ({needed} comes first)")
        cells = line.split("\t") if "\t" in line else _COLUMNS.findall(line)
        if len(cells) < self._needed:
            has = f"has {len(cells)} column{'s' * (len(cells) > 1)}"
            raise InvalidInput(f"{has}, {self._needed} are needed")
        word, written = (cells[place] for place in self._at)
        tag = self._tags.get(written) or self._read(written)
        if word and not word.isspace():
            self._width = 0 if "\t" in line else len(cells)
            self._keep(word, tag, number)

    def _keep(self, word: str, tag: Tag, number: int) -> None:
        sentence = self._sentence
        sentence.words.append(word)
        sentence.tags.append(tag)
        sentence.lines.append(number)
        if tag.label:
            sentence.tagged = True

    def _read(self, written: str) -> Tag:
        tag = read_tag(written)
        if tag is None:
            raise InvalidInput(f"{written!r} is no tag of IOB2, IOB1, BIOES or BILOU")
        self._tags[written] = tag
        return tag

    def _may_be_token(self, line: str) -> bool:
        """Whether what looks like a comment has the columns of a token and a valid tag."""
        if self.block is None or _KEYED.fullmatch(line):
            return False
        cells = _COLUMNS.findall(line)
        if not len(cells) == self._width >= self._needed:
            return False
        return read_tag(cells[self._at[1]]) is not None
