"""Sample sets, one of each layer, dressed in the names of the clone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from onrecord.corpus.corpus import read_targets
from onrecord.probes.checking import Checker
from onrecord.probes.dresses import Wardrobe
from onrecord.probes.files import read_names, read_sources
from onrecord.probes.probe import Probes
from onrecord.probes.rendering import render_source

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.toml"))


@pytest.fixture(scope="session")
def wardrobe(root: Path) -> Wardrobe:
    return read_names(root)


@pytest.fixture(scope="session")
def checker(root: Path, wardrobe: Wardrobe) -> Checker:
    targets = read_targets(root / "annotation" / "probes" / "targets.jsonl")
    return Checker(wardrobe, wardrobe.registry(), targets)


@pytest.fixture(scope="session")
def probes(checker: Checker, wardrobe: Wardrobe) -> Probes:
    """Every member of the samples in both dresses."""
    sources = read_sources(SAMPLES).values()
    rendered = [probe for source in sources for probe in render_source(source, wardrobe)]
    return Probes(tuple(rendered), checker.registry, checker.targets)


@pytest.fixture
def sampled(root: Path, tmp_path: Path) -> Path:
    """A clone whose probes are the samples."""
    folder = tmp_path / "onrecord"
    for name in ("seeds", "annotation", "data"):
        shutil.copytree(root / name, folder / name)
    for name in ("README.md", ".huggingface.yaml", "CITATION.cff"):
        shutil.copy(root / name, folder)
    kept = folder / "annotation" / "probes"
    for path in kept.glob("*.toml"):
        if path.name != "dresses.toml":
            path.unlink()
    for path in SAMPLES:
        shutil.copy(path, kept)
    return folder
