"""Making rows: a system is run, or its saved predictions are scored, on articles, renamed ones and probes."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from entries import ARTICLES, LOCAL, PROBES, ROOT, Entry, Place

import onrecord
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import require_writable
from onrecord.corpus.predictions import Predictions, encode_predictions
from onrecord.exceptions import InvalidInput
from onrecord.leaderboard.probes import (
    ProbeResult,
    evaluate_on_probes,
    load_probe_result,
    probes_board,
    rescore_on_probes,
    save_on_probes,
)
from onrecord.leaderboard.renamed import renamed_board
from onrecord.leaderboard.results import (
    Result,
    Submission,
    evaluate,
    load_result,
    read_submission,
    rescore,
    save,
)
from onrecord.systems.run import About, load_system, progress_line, row_note


class Row(NamedTuple):
    """An entry with its result and predictions, new and published."""

    entry: Entry
    result: Result
    documents: Predictions
    place: Place = ARTICLES

    @property
    def predictions(self) -> bytes:
        return encode_predictions(self.documents)

    def published(self) -> tuple[Result, bytes]:
        predictions = self.place.predictions / f"{self.entry.name}.jsonl"
        result = load_result(self.place.results / f"{self.entry.name}.json")
        return result, predictions.read_bytes()


class ProbeRow(NamedTuple):
    """An entry with its result on the probes; its predictions where it was run."""

    entry: Entry
    result: ProbeResult
    documents: Predictions | None

    def published(self) -> tuple[ProbeResult, bytes]:
        predictions = PROBES.predictions / f"{self.entry.name}.jsonl"
        result = load_probe_result(PROBES.results / f"{self.entry.name}.json")
        return result, predictions.read_bytes()


def make_row(entry: Entry, corpus: Corpus, place: Place, *, saved: bool, update: bool) -> Row:
    """The row of an entry on the articles, or on the renamed ones.

    Args:
        entry: the system.
        corpus: the articles, or the renamed ones.
        place: where the rows on these are kept.
        saved: score the saved predictions in place of running the system.
        update: whether it is to be published.
    """
    with warnings_shown():
        if saved:
            result, documents = score_saved(entry, corpus, place)
        else:
            system = load_system(entry.file, entry.variant.options, name=entry.name)
            result, documents = evaluate(
                system,
                corpus,
                ROOT,
                given=entry.given(corpus, place),
                partial=place.local if can_keep() else None,
                progress=progress_line(entry.name),
                tell=_warn(entry.name),
            )
    if not entry.is_published:
        if can_keep():
            save(result, documents, place.local, place.local)
    elif update and not result.failures:
        save(result, documents, place.results, place.predictions)
    return Row(entry, result, documents, place)


def score_saved(entry: Entry, corpus: Corpus, place: Place) -> tuple[Result, Predictions]:
    """Score predictions from their file; how a baseline's were made stays as it was published."""
    if not isinstance(entry.about, About):
        about = read_submission(entry.file.with_suffix(".toml"))
        return rescore(entry.file, about, corpus, ROOT)
    path = place.predictions / f"{entry.name}.jsonl"
    result, documents = rescore(
        path, described(entry.about, entry.name), corpus, ROOT, given=entry.given(corpus, place)
    )
    published = place.results / f"{entry.name}.json"
    if published.exists():
        result = result.with_run(load_result(published).run)
    return result, documents


def make_probe_row(entry: Entry, probes: onrecord.Probes, *, saved: bool, update: bool) -> ProbeRow:
    """The row of an entry on the probes; see :func:`make_row`."""
    given = entry.given(probes.corpus, PROBES)
    with warnings_shown():
        if saved:
            assert isinstance(entry.about, About)
            path = PROBES.predictions / f"{entry.name}.jsonl"
            about = described(entry.about, entry.name)
            result = rescore_on_probes(path, about, probes, ROOT, given=given)
            published = PROBES.results / f"{entry.name}.json"
            if published.exists():
                result = result.with_run(load_probe_result(published).run)
            return ProbeRow(entry, result, None)
        system = load_system(entry.file, entry.variant.options, name=entry.name)
        told = progress_line(f"{entry.name}, probes")
        result, documents = evaluate_on_probes(
            system, probes, ROOT, given=given, progress=told, tell=_warn(entry.name)
        )
    if not entry.is_published:
        if can_keep():
            save_on_probes(result, documents, PROBES.local, PROBES.local)
    elif update and not result.failures:
        save_on_probes(result, documents, PROBES.results, PROBES.predictions)
    return ProbeRow(entry, result, documents)


def described(about: About, name: str) -> Submission:
    """What a baseline's file says of it, as of saved predictions."""
    return Submission(
        description=about.description,
        note=row_note(about, name),
        layers=about.layers,
        reference="gold" if about.reads_gold else None,
    )


@functools.cache
def can_keep() -> bool:
    """Whether anything can be kept in the folder for what is not published; if not, that is told once."""
    try:
        require_writable(LOCAL / "row.json")
    except InvalidInput as error:
        with warnings_shown():
            reason = f"{LOCAL.relative_to(ROOT)} {error.reason}"
            warnings.warn(f"{reason}: no run is resumed, no row of your own kept", stacklevel=2)
        return False
    return True


def _warn(name: str) -> Callable[[str], None]:
    """Lines that a user should see are among the warnings beneath the board."""
    return lambda line: warnings.warn(f"{name}: {line}", stacklevel=2)


@contextmanager
def warnings_shown() -> Iterator[None]:
    """A warning of a system is shown, not made an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        yield


def other_boards(
    results: Sequence[Result], renamed: Sequence[Result], probed: Sequence[ProbeResult]
) -> list[str]:
    """The boards beside that of the articles, as the page has them."""
    articles = {result.name: result for result in results}
    boards = []
    if renamed:
        table = renamed_board(articles, renamed, "markdown")
        boards.append(f"## On the renamed articles\n\n{table}")
    if probed:
        table = probes_board(probed, onrecord.load_probes(ROOT), "markdown")
        page = "[PROBES.md](PROBES.md) has them by phenomenon, by dress and by kind of edit."
        boards.append(f"## On the probes\n\n{page}\n\n{table}")
    return boards
