"""An index of a corpus's articles that finds the ones that may be nearly a text, without reading the rest.

Two texts that have a run of ``SHARED_RUN`` words in common have a *fingerprint* in common: of the
shorter runs of ``PART`` words in it the one whose hash is the least (winnowing: Schleimer, Wilkerson
and Aiken 2003, section 3). The index keeps for each article its fingerprints, and how many of its
words are in runs that have each. The sum over the shared ones is at least what
:func:`onrecord.corpus.seeds.shared_part` counts, so no near-duplicate is missed.

The index is a file beside ``seeds/`` that can be deleted at any time. It follows the manifest, and
looks again at an article whose file has another size or time of change.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from onrecord.corpus.corpus import SHARED_RUN, ManifestRecord, compared_words, read_seed
from onrecord.exceptions import InvalidInput

if TYPE_CHECKING:
    import sqlite3

INDEX = ".onrecord-seeds.sqlite"
"""The file of the index, in the folder that holds ``seeds/``."""
PART = 8
"""Words in what is hashed; half a shared run, so that nine of them are in each."""
VERSION = 1
"""Of the index: another one is made anew. To be raised when texts are compared in another way."""

_TABLES = """
    CREATE TABLE article (
        id TEXT PRIMARY KEY, number INTEGER UNIQUE, sha256 TEXT, line BLOB,
        size INTEGER, changed INTEGER, words INTEGER
    ) WITHOUT ROWID;
    CREATE TABLE posting (
        print INTEGER, number INTEGER, words INTEGER, PRIMARY KEY (print, number)
    ) WITHOUT ROWID;
    CREATE TEMP TABLE own (print INTEGER PRIMARY KEY, words INTEGER);
"""


class _Kept(NamedTuple):
    """What the index knows of an article's file and its line in the manifest."""

    number: int
    sha256: str
    line: bytes
    size: int
    changed: int


def near_candidates(
    root: Path, listed: Mapping[str, tuple[int, ManifestRecord]], text: str, least: float
) -> list[str]:
    """The articles that may share so large a part with a text, in the order of the manifest.

    Args:
        root: the folder that holds ``seeds/``.
        listed: the lines of the manifest by id, each with its number.
        text: what they are compared with.
        least: the share of words from which an article is one.

    Raises:
        InvalidInput: an article is not what the manifest says.
    """
    import sqlite3

    path = root / INDEX
    try:
        return _find(path, root, listed, text, least)
    except sqlite3.DatabaseError:  # not whole, or of another version
        path.unlink(missing_ok=True)
    try:
        return _find(path, root, listed, text, least)
    except sqlite3.Error as error:
        raise InvalidInput(f"cannot be written: {error}", file=path) from None


def _find(
    path: Path,
    root: Path,
    listed: Mapping[str, tuple[int, ManifestRecord]],
    text: str,
    least: float,
) -> list[str]:
    with closing(_open(path)) as index:
        with index:
            _follow(index, root, listed)
        return _candidates(index, listed, text, least)


def _open(path: Path) -> sqlite3.Connection:
    import sqlite3

    index = sqlite3.connect(path)
    try:
        if index.execute("PRAGMA user_version").fetchone()[0] not in (0, VERSION):
            raise sqlite3.DatabaseError("of another version")
        there = index.execute("SELECT 1 FROM sqlite_master WHERE name = 'article'").fetchone()
        own = _TABLES[_TABLES.index("CREATE TEMP") :]
        index.executescript(own if there else f"PRAGMA user_version = {VERSION};{_TABLES}")
    except sqlite3.Error:
        index.close()
        raise
    return index


def _follow(
    index: sqlite3.Connection, root: Path, listed: Mapping[str, tuple[int, ManifestRecord]]
) -> None:
    """Have the index hold the articles of the manifest; new and changed ones are read and checked."""
    rows = index.execute("SELECT id, number, sha256, line, size, changed FROM article")
    kept = {id: _Kept(*rest) for id, *rest in rows}
    _forget(index, [(id, kept[id].number) for id in kept.keys() - listed.keys()])
    number = max((one.number for one in kept.values()), default=0)
    for id, (line, record) in listed.items():
        before = kept.get(id)
        digest = hashlib.blake2b(msgspec.json.encode(record), digest_size=16).digest()
        size, changed = _stat(root / "seeds" / Path(record.file).name)
        if before is not None and before[2:] == (digest, size, changed):
            continue
        try:
            article = read_seed(root, record)
        except InvalidInput as error:
            raise error.at(file=root / "seeds" / "manifest.jsonl", line=line) from None
        if before is not None and before.sha256 == record.sha256:
            index.execute(
                "UPDATE article SET line = ?, size = ?, changed = ? WHERE id = ?",
                (digest, size, changed, id),
            )
            continue
        if before is not None:
            _forget(index, [(id, before.number)])
        number += 1
        words = compared_words(article.text)
        row = (id, number, record.sha256, digest, size, changed, len(words))
        index.execute("INSERT INTO article VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        index.executemany(
            "INSERT INTO posting VALUES (?, ?, ?)",
            [(one, number, covered) for one, covered in fingerprints(words).items()],
        )


def _forget(index: sqlite3.Connection, articles: Iterable[tuple[str, int]]) -> None:
    for id, number in articles:
        index.execute("DELETE FROM posting WHERE number = ?", (number,))
        index.execute("DELETE FROM article WHERE id = ?", (id,))


def _stat(path: Path) -> tuple[int, int]:
    """Size and time of change of a file; none of one that is not there."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return (-1, -1)
    return found.st_size, found.st_mtime_ns


def _candidates(
    index: sqlite3.Connection, listed: Collection[str], text: str, least: float
) -> list[str]:
    words = compared_words(text)
    index.executemany("INSERT INTO own VALUES (?, ?)", fingerprints(words).items())
    rows = index.execute(
        "SELECT id FROM (SELECT number, SUM(own.words) AS one, SUM(posting.words) AS other"
        " FROM own JOIN posting USING (print) GROUP BY number) JOIN article USING (number)"
        " WHERE one >= :least * :words OR other >= :least * words",
        {"least": least, "words": len(words)},
    )
    found = {id for (id,) in rows}
    return [id for id in listed if id in found]


def fingerprints(words: list[str]) -> dict[int, int]:
    """The fingerprints of a text, each with how many of its words are in runs that have it."""
    hashes = [
        zlib.crc32(" ".join(words[start : start + PART]).encode("utf-8", "surrogatepass"))
        for start in range(len(words) - PART + 1)
    ]
    covered: dict[int, int] = {}
    ends: dict[int, int] = {}
    for start in range(len(words) - SHARED_RUN + 1):
        least = min(hashes[start : start + SHARED_RUN - PART + 1])
        end = start + SHARED_RUN
        covered[least] = covered.get(least, 0) + end - max(start, ends.get(least, 0))
        ends[least] = end
    return covered
