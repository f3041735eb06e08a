"""Blind readings: how far readers agree with the annotation, and with which passages as they now are."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import onrecord_command
from msgspec.structs import replace

import onrecord
from onrecord import Document, Probes
from onrecord.corpus.files import encode_documents
from onrecord.exceptions import InvalidInput
from onrecord.probes.files import reading_files
from onrecord.probes.readings import read_readings
from onrecord.probes.report import agreement_report

AIM = 0.97
READ = 1.0
"""The share of members that two readers have read as they now are."""
ROOT = Path(__file__).parents[2]


def written(path: Path, documents: list[Document]) -> Path:
    path.write_bytes(encode_documents(documents, text=False))
    return path


def test_a_reader_who_has_the_annotation_agrees(probes: Probes, tmp_path: Path) -> None:
    file = written(tmp_path / "reader-1.jsonl", [probe.document for probe in probes])
    readings = read_readings([file], probes)
    agreed = readings.agreed()
    assert (agreed.readings, agreed.right, agreed.items) == (len(probes), len(probes), 1.0)
    assert readings.disputed() == ()
    assert readings.times() == {0: 0, 2: len(probes) // 2}  # in each dress once


def test_what_a_reader_misses_and_what_was_changed_since_are_told(
    probes: Probes, tmp_path: Path
) -> None:
    first, second, third = probes.probes[:3]
    empty = first.document.bare()
    old = replace(second.document, text="Other words.", sha256="0" * 64)
    dropped = replace(third.document, id="dropped-01-a-real")
    bare = [old.bare(), dropped.bare()]
    readings = read_readings([written(tmp_path / "one.jsonl", [empty, *bare])], probes)
    assert readings.readers == {"one": 1}
    assert readings.changed == 2
    agreed = readings.agreed(first.phenomenon)
    assert (agreed.found, agreed.focus) == (0, len(first.focus))
    assert [outcome.probe for outcome in readings.disputed()] == [first]
    report = agreement_report(readings)
    assert "2 readings are of passages that were changed or dropped since" in report
    assert f"Of {len(probes) // 2} members were read blind as they now are: " in report


def test_a_passage_twice_in_a_file_is_refused(probes: Probes, tmp_path: Path) -> None:
    document = probes.probes[0].document
    with pytest.raises(InvalidInput, match=r"one.jsonl:2: .*is given twice"):
        read_readings([written(tmp_path / "one.jsonl", [document, document])], probes)


def test_readers_agree_on_every_phenomenon() -> None:
    """Of the members as they now are: at least .97 of the focus items found in every phenomenon."""
    probes = onrecord.load_probes(ROOT)
    readings = read_readings(reading_files(ROOT), probes)
    for phenomenon in {probe.phenomenon for probe in probes}:
        agreed = readings.agreed(phenomenon)
        assert agreed.items is not None
        assert agreed.items >= AIM, phenomenon


def test_most_members_were_read_by_two_as_they_now_are() -> None:
    """What is added or mended is to be read blind by two; this keeps that from being forgotten."""
    probes = onrecord.load_probes(ROOT)
    readings = read_readings(reading_files(ROOT), probes)
    twice = sum(members for number, members in readings.times().items() if number >= 2)
    assert twice / readings.members >= READ


def test_the_agreement_is_printed() -> None:
    done = onrecord_command("probes", "agreement", cwd=ROOT)
    assert done.returncode == 0, done.stderr
    row = next(line for line in done.stdout.splitlines() if line.startswith("polarity"))
    assert float(row.split()[3]) >= AIM
