"""Where probes are kept: sources, names and targets in ``annotation/probes/``, rows in ``data/``.

The rows are what ``onrecord dataset build`` makes of the sources: ``data/probes`` has a row for each
member in each dress, ``data/probe_registry`` and ``data/probe_targets`` what they refer to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from onrecord.corpus.canary import marked
from onrecord.corpus.corpus import find_root, load_seeds, read_registry, read_targets
from onrecord.corpus.files import encode_lines, read_records, read_text
from onrecord.corpus.registry import Registry
from onrecord.corpus.validation import validate
from onrecord.document import Document, Mention, Meta, Quote, Stance, Zone
from onrecord.exceptions import AuthoringError, InvalidInput
from onrecord.probes.checking import Checker, Found, phrases_of
from onrecord.probes.dresses import Dress, Wardrobe, read_wardrobe
from onrecord.probes.probe import Item, Probe, Probes
from onrecord.probes.rendering import render_source
from onrecord.probes.sources import Change, Layer, Source, read_source

PROBE_CONFIGS = ("probes", "probe_registry", "probe_targets")
"""The configs of the dataset that probes have."""

NAMES = "dresses.toml"
"""The file of names beside the sources."""


def folder(root: str | Path | None = None) -> Path:
    """``annotation/probes`` of a clone."""
    return Path(root if root is not None else find_root()) / "annotation" / "probes"


def source_files(root: str | Path | None = None) -> list[Path]:
    """The sources in ``annotation/probes``, in the order of their names."""
    return sorted(path for path in folder(root).glob("*.toml") if path.name != NAMES)


def reading_files(root: str | Path | None = None) -> list[Path]:
    """The blind readings in ``annotation/probes/readings``, in the order of their names."""
    return sorted((folder(root) / "readings").glob("*.jsonl"))


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
    """What sources are checked by: names and targets of a clone, its articles and guidelines."""
    names = read_names(root)
    top = folder(root).parents[1]
    texts = [document.text for document in load_seeds(top).values()]
    texts.append(read_text(top / "annotation" / "guidelines.md"))
    return Checker(
        names,
        names.registry(),
        read_targets(folder(root) / "targets.jsonl"),
        frozenset().union(*map(phrases_of, texts)),
    )


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
    registry, ids = names.registry(), [target.id for target in targets]
    probes: list[Probe] = []
    for path, source in read_sources(source_files(root)).items():
        try:
            probes += [_validated(probe, ids, registry) for probe in render_source(source, names)]
        except AuthoringError as error:
            raise InvalidInput(str(error), file=path) from None
        except InvalidInput as error:
            raise error.at(file=path) from None
    return Probes(tuple(probes), registry, targets)


class ProbeRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A member in a dress as a row of the dataset: the document's fields after what it probes."""

    id: str
    set: str
    phenomenon: str
    layer: Layer
    member: str
    dress: Dress
    edit: str | None
    change: Change | None
    focus: tuple[Item, ...]
    decoys: tuple[Item, ...]
    text: str
    sha256: str
    meta: Meta
    zones: tuple[Zone, ...]
    mentions: tuple[Mention, ...]
    quotes: tuple[Quote, ...]
    stances: tuple[Stance, ...]
    canary: str | None = None


_OWN = ("set", "phenomenon", "layer", "member", "dress", "edit", "change", "focus", "decoys")
_DOCUMENTS = ("id", "text", "sha256", "meta", "zones", "mentions", "quotes", "stances")


def encode_probes(probes: Probes) -> dict[str, bytes]:
    """What ``<config>/test.jsonl`` holds, for each config of probes."""
    contents: dict[str, Iterable[msgspec.Struct]] = {
        "probes": map(_row, probes),
        "probe_registry": probes.registry,
        "probe_targets": probes.targets,
    }
    return {name: encode_lines(_marked(row) for row in rows) for name, rows in contents.items()}


def _marked(row: msgspec.Struct) -> dict[str, object]:
    """The row with the canary as its last field."""
    plain = msgspec.to_builtins(row)
    plain.pop("canary", None)
    return marked(plain)


def _row(probe: Probe) -> ProbeRow:
    own = {field: getattr(probe, field) for field in _OWN}
    return ProbeRow(**own, **{field: getattr(probe.document, field) for field in _DOCUMENTS})


def load_probes(path: str | Path | None = None) -> Probes:
    """The probes of a clone: members with their documents, registry and targets.

        probes = onrecord.load_probes()
        probe = probes["polarity-01-a-invented"]
        probe.document, probe.focus, probe.decoys

    Args:
        path: the clone's folder; None finds it as :func:`onrecord.load` does.

    Raises:
        InvalidInput: the folder holds no probes, or ones that break the rules.
    """
    data = Path(path if path is not None else find_root()) / "data"
    registry = read_registry(data / "probe_registry" / "test.jsonl")
    targets = read_targets(data / "probe_targets" / "test.jsonl")
    ids = [target.id for target in targets]
    file = data / "probes" / "test.jsonl"
    probes = []
    for line, row in read_records(file, ProbeRow):
        try:
            probes.append(_validated(_probe(row), ids, registry))
        except InvalidInput as error:
            raise error.at(file=file, line=line) from None
    return Probes(tuple(probes), registry, targets)


def _probe(row: ProbeRow) -> Probe:
    document = Document(**{field: getattr(row, field) for field in _DOCUMENTS})
    return Probe(document=document, **{field: getattr(row, field) for field in _OWN})


def _validated(probe: Probe, targets: Sequence[str], registry: Registry) -> Probe:
    validate(probe.document, targets=targets, registry=registry)
    return probe
