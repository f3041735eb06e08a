"""Where probes are kept: sources, names and targets in ``annotation/probes/``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from onrecord.corpus.corpus import find_root, read_targets
from onrecord.exceptions import AuthoringError, InvalidInput
from onrecord.probes.checking import Checker, Found
from onrecord.probes.dresses import DRESSES, Wardrobe, read_wardrobe
from onrecord.probes.probe import Probe, Probes
from onrecord.probes.rendering import render
from onrecord.probes.sources import Source, read_source

NAMES = "dresses.toml"
"""The file of names beside the sources."""


def folder(root: str | Path | None = None) -> Path:
    """``annotation/probes`` of a clone."""
    return Path(root if root is not None else find_root()) / "annotation" / "probes"


def source_files(root: str | Path | None = None) -> list[Path]:
    """The sources in ``annotation/probes``, in the order of their names."""
    return sorted(path for path in folder(root).glob("*.toml") if path.name != NAMES)


def read_sources(paths: Iterable[str | Path]) -> dict[Path, Source]:
    """The sources by file.

    Raises:
        InvalidInput: one cannot be read, or is no source.
    """
    return {Path(path): read_source(path) for path in paths}


def read_names(root: str | Path | None = None) -> Wardrobe:
    """The names of a clone's probes."""
    return read_wardrobe(folder(root) / NAMES)


def checker(root: str | Path | None = None) -> Checker:
    """What sources are checked by: names and targets of a clone."""
    names = read_names(root)
    return Checker(names, names.registry(), read_targets(folder(root) / "targets.jsonl"))


def check_files(
    paths: Sequence[str | Path] = (), root: str | Path | None = None
) -> tuple[list[Source], list[Found]]:
    """The sources in files and what is wrong with them.

    Args:
        paths: sources, here or elsewhere; none: all of the clone.
        root: the clone, whose names and targets are used.

    Raises:
        InvalidInput: a file cannot be read, or is no source.
    """
    kept = source_files(root)
    sources = read_sources(paths or kept)
    stems = {path.stem for path in sources}
    others = [read_source(path) for path in kept if path.stem not in stems]
    return list(sources.values()), checker(root).check(sources, others)


def render_all(root: str | Path | None = None) -> Probes:
    """All probes of a clone, made from their sources.

    Raises:
        InvalidInput: sources, names or targets are missing or cannot be rendered.
    """
    names = read_names(root)
    targets = read_targets(folder(root) / "targets.jsonl")
    probes: list[Probe] = []
    for path, source in read_sources(source_files(root)).items():
        try:
            probes += _rendered(source, names)
        except AuthoringError as error:
            raise InvalidInput(str(error), file=path) from None
    return Probes(tuple(probes), names.registry(), targets)


def _rendered(source: Source, names: Wardrobe) -> list[Probe]:
    return [
        render(source, of, number, dress, names)
        for of in source.sets
        for dress in DRESSES
        for number in range(len(of.members))
    ]


def by_phenomenon(probes: Iterable[Probe]) -> Mapping[str, list[Probe]]:
    """The probes of each phenomenon."""
    found: dict[str, list[Probe]] = {}
    for probe in probes:
        found.setdefault(probe.phenomenon, []).append(probe)
    return found
