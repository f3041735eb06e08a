"""Seeds: adding an article to a corpus, as ``seeds/FILE`` and a line of ``seeds/manifest.jsonl``, and
setting its zones.

The article is copied first, byte for byte, and listed last. What is not listed is no seed, so that
an interruption between the two leaves a file that nothing reads and that the next run takes over.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from onrecord.corpus.corpus import (
    SHARED_RUN,
    ManifestRecord,
    compared_words,
    is_date,
    load_seeds,
    read_seed,
    word_runs,
)
from onrecord.corpus.duplicates import near_candidates
from onrecord.corpus.files import encode_lines, locked, posix_locks, read_bytes, read_records, write
from onrecord.corpus.layout import propose_zones
from onrecord.corpus.validation import unknown
from onrecord.document import Document, Zone, ZoneLabel, text_hash
from onrecord.exceptions import InvalidInput

NEAR_DUPLICATE = 0.5
"""An article is refused when half of its words, or of another's, are in runs of ``SHARED_RUN``
words that the other has too. Among the five articles, some of which rest on the same agency report
and press release, the greatest such share is .267 (duvar's with unnamed), the next .084 (ibna's with
unnamed), and eight pairs share nothing; copies of them in which one word of 20 was replaced at random share
.67 to .82, with one of 10 replaced .36 to .52."""

MANIFEST = "manifest.jsonl"

_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_BOM = b"\xef\xbb\xbf"


Listed = dict[str, tuple[int, ManifestRecord]]
"""The lines of a manifest by id, each with its number."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an article to be added; None where the article itself does not say."""

    event: str
    new_event: bool = False
    """Whether it may be an event that no article of the corpus reports."""
    outlet: str | None = None
    title: str | None = None
    date: str | None = None
    language: str = "en"
    id: str | None = None
    """None: made from the outlet, or from the file's name."""


def add_seed(root: str | Path, file: str | Path, source: Source) -> Document:
    """Add an article to the corpus in ``root``; the seed as :func:`load_seeds` now reads it.

    Zones are proposed by :func:`onrecord.corpus.layout.propose_zones`. The folder ``seeds`` and its
    manifest are made if there are none.

    Raises:
        InvalidInput: the event is none of the corpus and not said to be new; the file is a link or no plain file, is not UTF-8 without byte order mark and
            NUL, holds no words, or has a name that is no plain one; what is said of it is
            malformed, or its title is not in it; it is in the corpus already, or nearly; its id or
            its name is taken; or the corpus is broken. Nothing is added.
    """
    root, file = Path(root), Path(file)
    name = _checked_name(file)
    content = _read(file)
    text = _decode(content, file)
    record = ManifestRecord(
        id=_checked_id(source, file),
        file=name,
        outlet=_checked_line("outlet", source.outlet),
        title=_checked_title(source.title, text),
        date=_checked_date(source.date),
        language=_checked("language", source.language, _LANGUAGE, "such as en or pt-BR"),
        event=_checked("event", source.event, _KEBAB, _KEBAB_FORM),
        sha256=text_hash(text),
        words=len(text.split()),
        zones=propose_zones(text, title=source.title, outlet=source.outlet),
    )
    folder = root / "seeds"
    _make_folder(folder)
    with locked(folder):
        manifest = folder / MANIFEST
        listed = read_bytes(manifest) if manifest.exists() else b""
        before = _listed(manifest)
        _require_new(record, text, root, before)
        if not source.new_event:
            _require_event(record.event, [one for _, one in before.values()])
        _copy(content, folder / name)
        if listed and not listed.endswith(b"\n"):
            listed += b"\n"
        write(manifest, listed + encode_lines([record]))
        return read_seed(root, record)


def shared_part(one: str, other: str) -> float:
    """The share of words that two texts have in common runs, in the text where it is greater.

    A word counts when it is in a run of ``SHARED_RUN`` words that both texts have; a text with
    fewer words shares nothing.
    """
    shared = word_runs(one) & word_runs(other)
    return max(_covered(one, shared), _covered(other, shared))


def _covered(text: str, runs: frozenset[tuple[str, ...]]) -> float:
    words = compared_words(text)
    covered: set[int] = set()
    for start in range(len(words) - SHARED_RUN + 1):
        if tuple(words[start : start + SHARED_RUN]) in runs:
            covered.update(range(start, start + SHARED_RUN))
    return len(covered) / len(words) if words else 0.0


def _listed(manifest: Path) -> Listed:
    """The lines of the manifest by the article's id, each with its number; none where there is none.

    Raises:
        InvalidInput: a line is malformed, or an article is listed twice.
    """
    listed: Listed = {}
    for line, record in read_records(manifest, ManifestRecord) if manifest.exists() else ():
        if record.id in listed:
            raise InvalidInput("is listed twice", file=manifest, line=line, document=record.id)
        listed[record.id] = (line, record)
    return listed


def _require_new(record: ManifestRecord, text: str, root: Path, listed: Listed) -> None:
    """Refuse an article that the corpus has, by its hash, its id, its name or its words."""
    near = near_candidates(root, listed, text, NEAR_DUPLICATE)
    for _, seed in listed.values():
        if seed.sha256 == record.sha256:
            raise InvalidInput(f"is the article {seed.id!r} again", file=record.file)
    for _, seed in listed.values():
        if seed.id == record.id:
            raise InvalidInput(
                f"{record.id!r} is the id of {seed.file}; give another with --id", field="id"
            )
        if seed.file.casefold() == record.file.casefold():
            raise InvalidInput(f"is the file name of {seed.id!r}", file=record.file)
    for id in near:
        share = shared_part(read_seed(root, listed[id][1]).text, text)
        if share >= NEAR_DUPLICATE:
            raise InvalidInput(
                f"is nearly the article {id!r}: {share:.0%} of the words of one of them are in "
                f"runs of {SHARED_RUN} words that both have",
                file=record.file,
            )


def _require_event(event: str, listed: Sequence[ManifestRecord]) -> None:
    """Refuse an event that no article reports, in a corpus that has articles."""
    events = sorted({record.event for record in listed})
    if events and event not in events:
        raise InvalidInput(
            f"{unknown('event', event, events)}; another event has a folder of its own (`onrecord "
            "dataset new`), and --new-event puts it into this one",
            field="event",
        )


def find_words(words: str, text: str) -> int:
    """Where words that occur once in a text begin; any white space stands for any other.

    Raises:
        InvalidInput: they do not occur, or more than once.
    """
    pattern = r"\s+".join(map(re.escape, words.split()))
    found = [match.start() for match in re.finditer(pattern, text)] if pattern else []
    if not found:
        raise InvalidInput(f"{words!r} is not in the article", field="zones")
    if len(found) > 1:
        raise InvalidInput(
            f"{words!r} is {len(found)} times in the article; give more of the words that follow",
            field="zones",
        )
    return found[0]


def set_zones(
    root: str | Path, id: str, begins: Sequence[tuple[ZoneLabel, str]]
) -> tuple[Document, Document]:
    """Let zones of an article begin at given words; each goes on to the next border that there is.

    Zones of one label that then follow each other become one, so that a border goes away where a
    zone is given the label of the one before it.

    Args:
        root: the clone.
        id: the article's id.
        begins: the label and the first words of each zone that is to begin, in the order in which
            they are done.

    Returns:
        The article before and after, as :func:`load_seeds` reads it.

    Raises:
        InvalidInput: there is no such article, words are not in it exactly once, or the corpus is
            broken. Nothing is changed.
    """
    root = Path(root)
    folder = root / "seeds"
    with locked(folder):
        seeds = load_seeds(root)
        if id not in seeds:
            raise InvalidInput(unknown("document", id, list(seeds)))
        seed = seeds[id]
        zones = seed.zones
        for label, words in begins:
            zones = begin_zone(zones, label, find_words(words, seed.text))
        if zones != seed.zones:
            _list_zones(folder / MANIFEST, id, zones)
        return seed, load_seeds(root)[id]


def begin_zone(zones: Sequence[Zone], label: ZoneLabel, start: int) -> tuple[Zone, ...]:
    """The zones with one of this label from ``start`` to the next border, equal neighbours made one."""
    cut: list[Zone] = []
    for zone in zones:
        if zone.start < start < zone.end:
            cut += [Zone(zone.start, start, zone.label), Zone(start, zone.end, label)]
        else:
            cut.append(Zone(zone.start, zone.end, label if zone.start == start else zone.label))
    joined = [list(run) for _, run in groupby(cut, key=lambda zone: zone.label)]
    return tuple(Zone(run[0].start, run[-1].end, run[0].label) for run in joined)


def _list_zones(manifest: Path, id: str, zones: tuple[Zone, ...]) -> None:
    """Write an article's line of the manifest with other zones; every other line stays as it is."""
    lines = read_bytes(manifest).splitlines(keepends=True)
    for number, record in read_records(manifest, ManifestRecord):
        if record.id == id:
            lines[number - 1] = encode_lines([msgspec.structs.replace(record, zones=zones)])
    write(manifest, b"".join(lines))


def _checked_name(file: Path) -> str:
    name = file.name
    plain = name.isprintable() and not name.startswith(".") and "\\" not in name
    if not name or not plain or name.casefold() == MANIFEST:
        raise InvalidInput(f"{name!r} cannot be the name of a seed; rename the file", field="file")
    return name


def _read(file: Path) -> bytes:
    """The bytes of a plain file; a link is not followed."""
    posix_locks("changing a corpus")  # where there are these, there are the flags below
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        reason = "is a link; name the file itself" if file.is_symlink() else None
        reason = reason or f"cannot be read: {error.strerror}"
        raise InvalidInput(reason, file=file) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise InvalidInput("is no plain file", file=file)
    with os.fdopen(handle, "rb") as opened:
        return opened.read()


def _decode(content: bytes, file: Path) -> str:
    if content.startswith(_BOM):
        raise InvalidInput("begins with a byte order mark; save it without", file=file, line=1)
    position = content.find(b"\0")
    if position >= 0:
        line = content.count(b"\n", 0, position) + 1
        raise InvalidInput("holds a NUL character", file=file, line=line)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidInput("is not UTF-8", file=file, line=line) from None
    if not text.split():
        raise InvalidInput("holds no words", file=file)
    return text


_KEBAB_FORM = "small letters, digits and hyphens (a-b-1)"


def _checked(field: str, value: str, pattern: re.Pattern[str], form: str) -> str:
    if not pattern.fullmatch(value):
        raise InvalidInput(f"{value!r} is not {form}", field=field)
    return value


def _checked_id(source: Source, file: Path) -> str:
    if source.id is not None:
        return _checked("id", source.id, _KEBAB, _KEBAB_FORM)
    name = file.stem if source.outlet is None else source.outlet
    made = "-".join(re.findall(r"[a-z0-9]+", " ".join(compared_words(name))))
    if not made:
        raise InvalidInput(f"none can be made from {name!r}; give one with --id", field="id")
    return made


def _checked_line(field: str, value: str | None) -> str | None:
    if value is not None and (not value.strip() or not value.isprintable()):
        raise InvalidInput(f"{value!r} is not one line of words", field=field)
    return value


def _checked_title(title: str | None, text: str) -> str | None:
    if title is not None and title not in text:
        raise InvalidInput(
            f"{title!r} is not in the article; leave out what the article does not say",
            field="title",
        )
    return _checked_line("title", title)


def _checked_date(date: str | None) -> str | None:
    if date is not None and not is_date(date):
        raise InvalidInput(f"{date!r} is no date (YYYY-MM-DD)", field="date")
    return date


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"cannot be made: {error.strerror}", file=folder) from None


def _copy(content: bytes, path: Path) -> None:
    """Write the article; what lies there already, not listed, must be the same."""
    if path.is_symlink():
        raise InvalidInput("is a link; remove it", file=path)
    if path.exists():
        if read_bytes(path) != content:
            reason = "is there, is not in the manifest, and is another text; remove or list it"
            raise InvalidInput(reason, file=path)
        return
    write(path, content)
