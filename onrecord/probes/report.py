"""Probes for a reader: the list of phenomena, a set with its members side by side."""

from __future__ import annotations

from collections.abc import Iterable

from onrecord.exceptions import UnknownId
from onrecord.probes.dresses import Dress
from onrecord.probes.probe import Item, Probe, Probes
from onrecord.probes.sources import Source


def listing(sources: Iterable[Source]) -> str:
    """The phenomena, the layer of each, and how many sets and members it has."""
    rows = [("phenomenon", "layer", "sets", "members", "what is probed")]
    for source in sources:
        members = sum(len(of.members) for of in source.sets)
        rows.append(
            (source.phenomenon, source.layer, str(len(source.sets)), str(members), source.says)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), row[1].ljust(widths[1]), row[2].rjust(widths[2])]
            + [row[3].rjust(widths[3]), row[4]]
        )
        for row in rows
    )


def shown(probes: Probes, set: str, dress: Dress) -> str:
    """A set in a dress: each member's passage, edit, focus and decoys.

    Raises:
        UnknownId: there is no such set.
    """
    members = probes.sets().get((set, dress))
    if members is None:
        known = ", ".join(dict.fromkeys(probe.set for probe in probes)) or "none"
        raise UnknownId(f"unknown set {set!r} (known: {known})")
    first = members[0]
    parts = [f"{set}: {first.phenomenon} ({first.layer}), names {dress}"]
    for probe in members:
        what = f"{probe.change}: {probe.edit}" if probe.change else "the original"
        lines = [f"{probe.member}  {what}", f"   {probe.document.text}"]
        lines += [f"   focus  {told(item, probe)}" for item in probe.focus]
        lines += [f"   decoy  {told(item, probe)}" for item in probe.decoys]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def told(item: Item, probe: Probe) -> str:
    """An item of focus or decoys in words."""
    words = [repr(span.of(probe.document.text)) for span in item.spans]
    if item.kind == "mention":
        return f"{words[0]} is {item.label}"
    if item.kind == "link":
        return f"{words[0]} (at {item.spans[0].start}) and {words[1]} (at {item.spans[1].start}) are one entity"
    if item.kind == "quote":
        return f"{item.speaker or 'nobody named'} says {' … '.join(words)}"
    if item.kind == "content":
        return f"{' … '.join(words)} is a quote"
    if item.kind == "same":
        return f"{' and '.join(item.quotes)} are one utterance"
    return f"{item.holder} is {item.polarity} {item.target}"
