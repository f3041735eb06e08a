"""Probes for a reader: the list of phenomena, a set with its members side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from onrecord.document import LAYERS
from onrecord.exceptions import UnknownId
from onrecord.probes.comparison import Count, PairOnProbes
from onrecord.probes.dresses import DRESSES, Dress
from onrecord.probes.failures import FailedMember, FailedSet
from onrecord.probes.probe import Probes, told
from onrecord.probes.readings import Readings
from onrecord.probes.score import ProbeScores
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
        lines += [f"   focus  {told(item, probe.document)}" for item in probe.focus]
        lines += [f"   decoy  {told(item, probe.document)}" for item in probe.decoys]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def agreement_report(readings: Readings, style: Style = "plain") -> str:
    """How far blind readers agree with the annotation, by phenomenon, and how often each member was read."""
    phenomena = sorted({outcome.probe.phenomenon for outcome in readings.outcomes})
    parts = [(name, readings.agreed(name)) for name in phenomena]
    rows = [
        [
            name,
            str(part.readings),
            f"{part.found}/{part.focus}",
            number(part.items),
            f"{part.given}/{part.decoys}",
            str(part.readings - part.right),
        ]
        for name, part in [*parts, ("all", readings.agreed())]
    ]
    headers = ["phenomenon", "readings", "focus found", "share", "decoys given", "members disputed"]
    times = ", ".join(f"{n} {_times(k)}" for k, n in readings.times().items() if n)
    told = (
        f"Of {readings.members} members were read blind as they now are: {times}.\n"
        f"{readings.changed} readings are of passages that were changed or dropped since."
    )
    return f"{render(headers, rows, style)}\n\n{told}"


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")


def probes_report(
    name: str, scores: ProbeScores, style: Style = "plain", *, layers: Sequence[str] = LAYERS
) -> str:
    """A row for each layer, then for each phenomenon, with sets by dress and members by change.

    Args:
        name: what was scored.
        scores: its scores.
        style: how tables are to look.
        layers: the layers to show.
    """
    table = scores.table.only(layers)
    found = [layer for layer in LAYERS if layer in table.names("layer")]
    shares = [_share_row(layer, table.part(layer=layer)) for layer in found]
    headline = render(["layer", "members", "sets", "95% interval", "of"], shares, style)
    rows = [
        _phenomenon_row(phenomenon, table.part(phenomenon=phenomenon))
        for phenomenon in table.names("phenomenon")
    ]
    phenomena = render(["phenomenon", *_BY_PHENOMENON], rows, style)
    headline = "\n".join([headline, *_not_attempted(scores, layers)])
    return "\n\n".join([name, headline, phenomena, HOW_TO_READ])


def _not_attempted(scores: ProbeScores, layers: Sequence[str]) -> list[str]:
    """Which layers do not count, why, and how to claim one in which there is nothing."""
    left_out = [layer for layer in layers if not scores.attempts(layer)]
    if not left_out:
        return []
    if scores.declared:
        return [f"{', '.join(left_out)}: not attempted, as the predictions say"]
    return [
        f"{', '.join(left_out)}: not attempted, since the predictions have nothing there",
        "to have their sets count all the same, declare layers (docs/predictions.md)",
    ]


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


def comparison_report(
    counts: Mapping[Count, Mapping[str, Sequence[PairOnProbes]]], style: Style = "plain"
) -> str:
    """Two tables for each layer, by sets and by members: every pair, the better system first.

    Args:
        counts: the pairs of each layer, by what was counted.
        style: how tables are to look.
    """
    tables = [
        pairs_report(layers[layer], style, f"{layer}, by {count}")
        for layer in LAYERS
        for count, layers in counts.items()
        if layer in layers
    ]
    return "\n\n".join([*tables, HOW_TO_READ_PAIRS])


HOW_TO_READ_PAIRS = (
    "by sets: a set counts when all its members are right; by members: each counts by itself;\n"
    "difference: of the shares right; won/lost: sets that only the first, or only the second has right\n"
    "(by members: in which it has more right); p: exact test that swaps whole sets between the two;\n"
    "adj. p: adjusted for all pairs of the layer (Holm); resolved: adjusted p <= .01"
)


def pairs_report(pairs: Sequence[PairOnProbes], style: Style = "plain", title: str = "pair") -> str:
    """A row for each pair of systems, the better one first."""
    rows = [
        [
            f"{pair.better} {'>' if pair.difference else '='} {pair.other}",
            str(pair.sets),
            number(pair.difference),
            interval(pair.interval),
            f"{pair.won}/{pair.lost}",
            p_value(pair.p),
            p_value(pair.adjusted_p),
            "yes" if pair.resolved else "no",
        ]
        for pair in pairs
    ]
    headers = [title, "sets", "difference", "95% interval", "won/lost", "p", "adj. p", "resolved"]
    return render(headers, rows, style)


def failures_report(
    name: str, failures: Sequence[FailedSet], total: int, style: Style = "plain"
) -> str:
    """Failed sets with their members one above the other, what the edit changed marked.

    Args:
        name: what was scored.
        failures: the sets to show.
        total: how many sets failed.
        style: in Markdown the sets stand in fenced blocks.
    """
    parts = [f"{name}: {total} failed sets, each dress by itself", LEGEND]
    for failure in failures:
        lines = list(_failed_set(failure))
        parts.append("\n".join(["```text", *lines, "```"] if style == "markdown" else lines))
    if total > len(failures):
        parts.append(f"… and {total - len(failures)} more (--limit 0 shows all)")
    return "\n\n".join(parts)


LEGEND = (
    "⟦words that the edit put in⟧ ⟦-words that it took out-⟧; + found, or a decoy that was avoided;\n"
    "- missed, or a decoy that was given"
)


def _failed_set(failure: FailedSet) -> Iterator[str]:
    yield f"{failure.set}  {failure.phenomenon} ({failure.layer}), names {failure.dress}"
    for member in failure.members:
        verdict = "right" if member.right else "wrong"
        what = f"{member.change}: {member.edit}" if member.change else "the original"
        yield f"  {member.member} {verdict}  {what}"
        yield from (f"      {line}" for line in member.text.split("\n"))
        yield from _judged(member)


def _judged(member: FailedMember) -> Iterator[str]:
    for kind, items in (("focus", member.focus), ("decoy", member.decoys)):
        for item in items:
            yield f"    {'+' if item.right else '-'} {kind}  {item.item}"
    if not member.right:
        yield from (f"      system: {line}" for line in member.system or ("nothing",))
