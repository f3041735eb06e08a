"""The suite as a whole: how many sets there are of what, and that the pages say so."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import onrecord
from onrecord import LAYERS, Probes

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def probes() -> Probes:
    return onrecord.load_probes(ROOT)


def test_there_are_sets_enough_of_every_phenomenon(probes: Probes) -> None:
    sets = {probe.set: probe for probe in probes}
    phenomena = Counter(probe.phenomenon for probe in sets.values())
    assert len(sets) >= 180
    assert len(phenomena) >= 16
    assert min(phenomena.values()) >= 10
    assert {probe.layer for probe in sets.values()} == set(LAYERS)


def test_a_third_of_the_targets_fits_nothing(probes: Probes) -> None:
    used = {stance.target for probe in probes for stance in probe.document.stances}
    assert len(used) <= len(probes.targets) * 2 / 3


def test_the_pages_have_the_counts(probes: Probes) -> None:
    sets = {probe.set: probe for probe in probes}
    layers = Counter(probe.layer for probe in sets.values())
    members = len(probes) // 2
    page, card, changes = (
        " ".join((ROOT / name).read_text(encoding="utf-8").split())
        for name in ("docs/probes.md", "DATASHEET.md", "CHANGELOG.md")
    )
    phenomena = len({probe.phenomenon for probe in probes})
    counts = f"There are {len(sets)} sets of {phenomena} phenomena, with {members} members"
    assert counts in page
    for layer, number in layers.items():
        names = sorted({p.phenomenon for p in sets.values() if p.layer == layer})
        assert f"| {layer} | {', '.join(names)} | {number} |" in page
    assert f"there are {len(sets)} sets of short invented passages, with {members} members" in card
    assert f"{layers['quotes']} sets are on quotes, {layers['stances']} on stances" in card
    assert f"{len(sets)} sets of short passages of our own" in changes
