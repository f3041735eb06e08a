"""Blind readings of the probes: how far readers without sets, edits and labels agree with the annotation.

``annotation/probes/readings/`` has a file for each reader: passages as predictions are written, with the
sha256 of the text that was read. A passage whose text was changed since is no longer that reader's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from onrecord.corpus.files import DocumentRecord, read_records
from onrecord.document import Document
from onrecord.exceptions import InvalidInput
from onrecord.probes.outcome import Outcome, outcomes
from onrecord.probes.probe import Probe, Probes


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """How far readers agree with the annotation on some members, each reading counted."""

    readings: int
    """Members read, those of two readers twice."""
    right: int
    """Readings in which every focus item was found and no decoy given."""
    focus: int
    """Focus items of these members."""
    found: int
    decoys: int
    given: int
    """Decoys that a reader gave."""

    @property
    def items(self) -> float | None:
        """The share of focus items that were found; None of none."""
        return self.found / self.focus if self.focus else None


class Readings(msgspec.Struct, frozen=True, kw_only=True):
    """What readers made of the probes as they now are."""

    outcomes: tuple[Outcome, ...]
    readers: Mapping[str, int]
    """How many members each reader has read that stand as they were read."""
    changed: int
    """Readings of passages that were changed or dropped since."""
    members: int
    """The members of all sets, each once, whatever its dress."""

    def times(self) -> dict[int, int]:
        """How many members were read so many times as they now are, in any dress."""
        counts: dict[tuple[str, str], int] = {}
        for outcome in self.outcomes:
            key = outcome.probe.set, outcome.probe.member
            counts[key] = counts.get(key, 0) + 1
        times: dict[int, int] = {0: self.members - len(counts)}
        for number in counts.values():
            times[number] = times.get(number, 0) + 1
        return {number: times[number] for number in sorted(times)}

    def agreed(self, phenomenon: str | None = None) -> Agreed:
        """How far readers agree with the annotation, of one phenomenon or of all."""
        counted = [o for o in self.outcomes if phenomenon in (None, o.probe.phenomenon)]
        return Agreed(
            readings=len(counted),
            right=sum(outcome.right for outcome in counted),
            focus=sum(len(outcome.found) for outcome in counted),
            found=sum(sum(outcome.found) for outcome in counted),
            decoys=sum(len(outcome.given) for outcome in counted),
            given=sum(sum(outcome.given) for outcome in counted),
        )

    def disputed(self) -> tuple[Outcome, ...]:
        """The readings that differ from the annotation in a focus item or a decoy."""
        return tuple(outcome for outcome in self.outcomes if not outcome.right)


def read_readings(files: Iterable[Path], probes: Probes) -> Readings:
    """The readings in files, held against the probes.

    Raises:
        InvalidInput: a file is no such file, or has a passage twice.
    """
    found: list[tuple[Probe, Document]] = []
    readers: dict[str, int] = {}
    changed = 0
    for file in files:
        seen: set[str] = set()
        readers[file.stem] = 0
        for line, record in read_records(file, DocumentRecord):
            if record.id in seen:
                raise InvalidInput("is given twice", file=file, line=line, document=record.id)
            seen.add(record.id)
            probe = probes.by_id.get(record.id)
            if probe is None or probe.document.sha256 != record.sha256:
                changed += 1
                continue
            readers[file.stem] += 1
            read = probe.document.with_layers(
                mentions=record.mentions, quotes=record.quotes, stances=record.stances
            )
            found.append((probe, read))
    judged = outcomes([p for p, _ in found], [d for _, d in found], probes.registry)
    members = len({(probe.set, probe.member) for probe in probes})
    return Readings(outcomes=judged, readers=readers, changed=changed, members=members)
