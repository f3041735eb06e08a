"""Probes for a reader: the list of phenomena, a set with its members side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from onrecord.exceptions import UnknownId
from onrecord.probes.comparison import PairOnProbes
from onrecord.probes.dresses import DRESSES, Dress
from onrecord.probes.probe import Item, Probe, Probes
from onrecord.probes.sources import Change, Source
from onrecord.probes.table import ProbeTable
from onrecord.scoring.report import Style, interval, number, p_value, render


def listing(sources: Iterable[Source], style: Style = "plain") -> str:
    """The phenomena, the layer of each, and how many sets and members it has."""
    rows = [
        [
            source.phenomenon,
            source.layer,
            str(len(source.sets)),
            str(sum(len(of.members) for of in source.sets)),
        ]
        for source in sources
    ]
    return render(["phenomenon", "layer", "sets", "members"], rows, style)


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


def probes_report(name: str, table: ProbeTable, style: Style = "plain") -> str:
    """A row for each layer, then for each phenomenon, with sets by dress and members by change."""
    layers = [_share_row(layer, table.part(layer=layer)) for layer in table.names("layer")]
    headline = render(["layer", "members", "sets", "95% interval", "of"], layers, style)
    rows = [
        _phenomenon_row(phenomenon, table.part(phenomenon=phenomenon))
        for phenomenon in table.names("phenomenon")
    ]
    phenomena = render(["phenomenon", *_BY_PHENOMENON], rows, style)
    return "\n\n".join([name, headline, phenomena, HOW_TO_READ])


_BY_PHENOMENON = (
    "layer", "members", "sets", "95% interval", "of", "invented", "real", "original", "contrast",
    "invariance",
)  # fmt: skip
HOW_TO_READ = (
    "members, sets: the share that is right; a set is right when all its members are, in both dresses;\n"
    "interval: of the share of sets, exact (Clopper-Pearson); invented, real: sets right in one dress;\n"
    "original, contrast, invariance: members right"
)


def _share_row(name: str, table: ProbeTable) -> list[str]:
    sets = table.sets
    shares = [number(table.members.value), number(sets.value), interval(sets.interval)]
    return [name, *shares, str(sets.of)]


def _phenomenon_row(name: str, table: ProbeTable) -> list[str]:
    changes: tuple[Change | None, ...] = (None, "contrast", "invariance")
    return [
        name,
        *table.names("layer"),
        *_share_row(name, table)[1:],
        *(number(table.part(dress=dress).sets.value) for dress in DRESSES),
        *(number(table.changed(change).value) for change in changes),
    ]


def pairs_report(pairs: Sequence[PairOnProbes], style: Style = "plain") -> str:
    """A row for each pair of systems, the better one first."""
    rows = [
        [
            f"{pair.better} > {pair.other}",
            str(pair.sets),
            number(pair.difference),
            interval(pair.interval),
            f"{pair.only_better}/{pair.only_other}",
            p_value(pair.p),
            p_value(pair.adjusted_p),
            "yes" if pair.resolved else "no",
        ]
        for pair in pairs
    ]
    headers = ["pair", "sets", "difference", "95% interval", "won/lost", "p", "adj. p", "resolved"]
    return render(headers, rows, style)
