"""The report put together: what is read, and the pages in a folder, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from onrecord.corpus.corpus import Corpus, find_root
from onrecord.corpus.files import write
from onrecord.corpus.gold import load
from onrecord.corpus.layers import read_layers
from onrecord.document import Document
from onrecord.exceptions import InvalidInput
from onrecord.leaderboard.probes import ProbeResult, load_probe_result
from onrecord.leaderboard.results import Result, load_result, read_submission, rescore
from onrecord.probes.files import load_probes
from onrecord.probes.probe import Probes
from onrecord.probes.score import ProbeScores, score_probes
from onrecord.report.pages import Pages


class Row(msgspec.Struct, frozen=True):
    """A result with the predictions that it is of."""

    result: Result
    documents: tuple[Document, ...]


def published(root: Path, gold: Corpus) -> Iterator[Row]:
    """The published rows that have predictions, read one after the other."""
    for path in sorted((root / "eval" / "results").glob("*.json")):
        predictions = root / "eval" / "predictions" / f"{path.stem}.jsonl"
        if predictions.exists():
            yield Row(load_result(path), read_layers(predictions, gold))


def scored(paths: Sequence[str | Path], root: Path, gold: Corpus) -> Iterator[Row]:
    """Rows of files of predictions, scored now.

    Raises:
        InvalidInput: a file is invalid, or two have one name.
    """
    names: set[str] = set()
    for path in map(Path, paths):
        if path.stem in names:
            raise InvalidInput("has the name of another file", file=path)
        names.add(path.stem)
        yield Row(*rescore(path, read_submission(path.with_suffix(".toml")), gold, root))


def build_report(
    folder: str | Path,
    paths: Sequence[str | Path] = (),
    *,
    root: str | Path | None = None,
    standoff: bool = False,
) -> list[Path]:
    """Write the report into a folder, and say which pages there are.

    One system's predictions are held at a time. Nothing is in the folder before all pages are made.

    Args:
        folder: where to; what is there is replaced page by page.
        paths: files of predictions in place of the published rows.
        root: the clone; None: the one that is found.
        standoff: leave out the words of articles and probes.

    Raises:
        OnRecordError: Jinja2 is not installed, or results are of another gold or scorer.
        InvalidInput: a file is invalid.
    """
    base = Path(root) if root is not None else find_root()
    gold = load(base)
    pages = Pages(gold, words=not standoff, probed=not paths)
    rows = scored(paths, base, gold) if paths else published(base, gold)
    with _made_apart(Path(folder)) as made:
        results = []
        for row in rows:
            results.append(row.result)
            _write(made, pages.system(row.result, row.documents))
        _write(made, pages.articles())
        if paths:
            _write(made, pages.boards(results))
        else:
            probes, probed = load_probes(base), _probe_results(base)
            renamed = _results(base / "eval" / "results" / "renamed")
            _write(made, pages.boards(results, renamed, probed, probes))
            _write(made, pages.phenomena(probes, probed, _kept(base, probes, probed)))
        _write(made, pages.assets())
        _write(made, pages.event())
        written = sorted(path.relative_to(made) for path in made.rglob("*.html"))
    return [Path(folder) / path for path in written]


@contextmanager
def _made_apart(folder: Path) -> Iterator[Path]:
    """A folder beside this one, whose files are moved into it when all of them are made."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=".onrecord-", suffix=".tmp") as made:
        yield Path(made)
        for path in sorted(Path(made).rglob("*.*")):
            place = folder / path.relative_to(made)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)


def _write(folder: Path, pages: Iterable[tuple[str, str]]) -> None:
    for name, content in pages:
        write(folder / name, content.encode("utf-8"))


def _results(folder: Path) -> list[Result]:
    return [load_result(path) for path in sorted(folder.glob("*.json"))]


def _probe_results(root: Path) -> list[ProbeResult]:
    folder = root / "eval" / "results" / "probes"
    return [load_probe_result(path) for path in sorted(folder.glob("*.json"))]


def _kept(root: Path, probes: Probes, results: Sequence[ProbeResult]) -> dict[str, ProbeScores]:
    """What the systems did on the probes, of those whose predictions are kept."""
    folder = root / "eval" / "predictions" / "probes"
    return {
        result.name: score_probes(probes, path, layers=result.layers)
        for result in results
        if (path := folder / f"{result.name}.jsonl").exists()
    }
