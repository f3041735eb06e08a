"""Rows of the second board: systems on the probes, how they are kept and shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from onrecord.corpus.files import encode_json, read_json, write
from onrecord.corpus.predictions import Predictions, encode_predictions
from onrecord.document import LAYERS
from onrecord.exceptions import InvalidInput, OnRecordError
from onrecord.leaderboard.own import require_own
from onrecord.leaderboard.results import Run, Submission, describe_run
from onrecord.probes.comparison import Count, PairOnProbes, compare_layers
from onrecord.probes.dresses import DRESSES, Dress
from onrecord.probes.probe import Probe, Probes
from onrecord.probes.score import ProbeScores, score_probes
from onrecord.probes.table import Cell, ProbeTable, SetRow
from onrecord.scoring.report import BEYOND, Style, interval, number, render
from onrecord.scoring.scores import SCORER_VERSION
from onrecord.systems.given import GOLD, Given
from onrecord.systems.run import Failure, Progress, System, run
from onrecord.systems.telling import Tell

RIGHT, WRONG = "+", "-"
TEXT_ALONE = "From the text alone"
COUNTS: tuple[Count, ...] = ("sets", "members")


class ProbeResult(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the board of the probes; all but ``run`` must reproduce byte for byte."""

    name: str
    description: str
    note: str | None
    failures: tuple[Failure, ...]
    given: tuple[str, ...]
    """The layers that the system got, ``LAYER=SOURCE``."""
    layers: tuple[str, ...]
    """The layers that it attempts."""
    probes: str
    """The sha256 of the probes, see :attr:`Probes.hash`."""
    scorer: int
    sets: Mapping[str, Mapping[Dress, str]]
    """Of each set that counts and each dress, its members in order: + is right, - is wrong."""
    run: Run

    def with_run(self, run: Run) -> ProbeResult:
        """The same result, made as ``run`` says."""
        return msgspec.structs.replace(self, run=run)

    def reproducible(self) -> bytes:
        """All but how it was made, as bytes."""
        plain = msgspec.to_builtins(self)
        del plain["run"]
        return encode_json(plain)


def evaluate_on_probes(
    system: System,
    probes: Probes,
    root: Path,
    *,
    given: Sequence[Given] = (),
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> tuple[ProbeResult, Predictions]:
    """Run a system on the probes and score it; its predictions come with the result.

    Args:
        system: what to run.
        probes: all of them, or some whole sets.
        root: the clone, whose commit the result names.
        given: layers that the system gets.
        progress: called after each passage.
        tell: called with lines that a user should see.

    Raises:
        OnRecordError: the predictions are the gold, which the system does not say it reads.
    """
    output = run(system, probes.corpus, given=given, progress=progress, tell=tell)
    if not system.reads_gold:
        failed = {failure.document for failure in output.failures}
        require_own(output.documents, probes.corpus.documents, given=given, failed=failed)
    result = _result(
        Submission(description=system.description, note=system.note),
        system.name,
        probes,
        score_probes(probes, output.documents),
        given,
        describe_run(root, system=system, seconds=round(output.seconds, 3)),
        output.failures,
    )
    return result, output.documents


def rescore_on_probes(
    path: Path, about: Submission, probes: Probes, root: Path, *, given: Sequence[Given] = ()
) -> ProbeResult:
    """Score saved predictions, ``NAME.jsonl``, of all sets or some.

    Raises:
        InvalidInput: the predictions are invalid, or have a set in part.
    """
    scores = score_probes(probes, path, layers=about.layers)
    run = describe_run(root, system=None, seconds=None)
    return _result(about, path.stem, probes, scores, given, run, ())


def _result(
    about: Submission,
    name: str,
    probes: Probes,
    scores: ProbeScores,
    given: Sequence[Given],
    run: Run,
    failures: tuple[Failure, ...],
) -> ProbeResult:
    sets: dict[str, dict[Dress, str]] = {}
    for outcome in scores.outcomes:
        marks = sets.setdefault(outcome.probe.set, {})
        dress = outcome.probe.dress
        marks[dress] = marks.get(dress, "") + (RIGHT if outcome.right else WRONG)
    return ProbeResult(
        name=name,
        description=about.description,
        note=about.note,
        failures=failures,
        given=tuple(map(str, given)),
        layers=scores.layers,
        probes=probes.hash,
        scorer=SCORER_VERSION,
        sets=sets,
        run=run,
    )


def save_on_probes(
    result: ProbeResult, documents: Predictions, results: Path, predictions: Path
) -> None:
    """Write a result and its predictions, each under the system's name in its folder."""
    write(predictions / f"{result.name}.jsonl", encode_predictions(documents))
    write(results / f"{result.name}.json", encode_json(result))


def load_probe_result(path: Path) -> ProbeResult:
    """A published result.

    Raises:
        InvalidInput: the file is missing or is no result.
    """
    return read_json(path, ProbeResult)


def table_of(result: ProbeResult, probes: Probes) -> ProbeTable:
    """The result as a table, with the phenomenon and layer of each set.

    Raises:
        OnRecordError: it was made with other probes or another scorer.
    """
    if result.probes != probes.hash:
        made, now = result.probes[:12], probes.hash[:12]
        raise OnRecordError(f"{result.name}: scored on probes {made}, these are probes {now}")
    if result.scorer != SCORER_VERSION:
        raise OnRecordError(
            f"{result.name}: scored by scorer {result.scorer}, this is scorer {SCORER_VERSION}"
        )
    members = probes.sets()
    return ProbeTable(tuple(_row(result, set, members) for set in result.sets))


def _row(
    result: ProbeResult, set: str, members: Mapping[tuple[str, Dress], tuple[Probe, ...]]
) -> SetRow:
    cells = []
    for dress in DRESSES:
        probes, marks = members.get((set, dress), ()), result.sets[set].get(dress, "")
        if not probes or len(marks) != len(probes):
            raise InvalidInput(f"{result.name}: {set} has not as many members as there are")
        cells += [
            Cell(member=probe.member, dress=dress, change=probe.change, right=mark == RIGHT)
            for probe, mark in zip(probes, marks, strict=True)
        ]
    first = members[set, DRESSES[0]][0]
    return SetRow(set=set, phenomenon=first.phenomenon, layer=first.layer, cells=tuple(cells))


class Track(msgspec.Struct, frozen=True):
    """Rows that may be compared with each other, the best first, and their pairs by layer."""

    title: str
    results: tuple[ProbeResult, ...]
    tables: Mapping[str, ProbeTable]
    pairs: Mapping[Count, Mapping[str, tuple[PairOnProbes, ...]]]


def tracks(
    results: Sequence[ProbeResult], probes: Probes, layers: Sequence[str] = LAYERS
) -> list[Track]:
    """Systems from the text alone, then those that got layers of the gold.

    Rows are ordered by their sets right over all layers that they attempt, then by members.
    """
    by_title: dict[str, list[ProbeResult]] = {}
    for result in results:
        if not set(result.layers) & set(layers):
            continue
        gold = [one.partition("=")[0] for one in result.given if one.endswith(f"={GOLD}")]
        title = f"Given the gold's {' and '.join(gold)}" if gold else TEXT_ALONE
        by_title.setdefault(title, []).append(result)
    return [_track(title, by_title[title], probes, layers) for title in sorted(by_title)]


def _track(
    title: str, results: Sequence[ProbeResult], probes: Probes, layers: Sequence[str]
) -> Track:
    tables = {result.name: table_of(result, probes).only(layers) for result in results}

    def standing(result: ProbeResult) -> tuple[float, float, str]:
        table = tables[result.name]
        return -(table.sets.value or 0.0), -(table.members.value or 0.0), result.name

    pairs = {count: compare_layers(tables, count) for count in COUNTS}
    return Track(title, tuple(sorted(results, key=standing)), tables, pairs)


def probes_board(
    results: Sequence[ProbeResult],
    probes: Probes,
    style: Style = "plain",
    *,
    layers: Sequence[str] = LAYERS,
) -> str:
    """The tables of all results on the probes, with what one must know to read them.

    Args:
        results: the rows, in any order.
        probes: what they were run on.
        style: how tables are to look.
        layers: the columns.

    Raises:
        OnRecordError: a result was made with other probes or another scorer.
    """
    found = tracks(results, probes, layers)
    gap = "\n\n" if style == "markdown" else "\n"
    blocks = [f"On the probes. {track.title}{gap}{_table(track, layers, style)}" for track in found]
    resolved = [line for track in found if track.title == TEXT_ALONE for line in told_apart(track)]
    resolved += _run_on_some(results, probes)
    mark = "bold" if style == "markdown" else BEYOND
    legend = [
        "sets: the share of sets with every member right, in both dresses, with its exact 95% interval;",
        "members: the share of members right, with its 95% interval over sets (docs/scores.md);",
        f"{mark}: better than every other system of its column (exact test that swaps sets, p <= .01, Holm).",
    ]
    lines = [f"- {line}" for line in resolved] if style == "markdown" else resolved
    between = [""] if style == "markdown" else []
    return "\n\n".join([*blocks, "\n".join([*lines, *between, *legend])])


def told_apart(track: Track) -> list[str]:
    """For each layer, how many pairs of systems the tests tell apart."""
    lines = []
    for layer in track.pairs["sets"]:
        counts = {count: track.pairs[count][layer] for count in COUNTS}
        n = len(counts["sets"])
        apart = ", ".join(
            f"{sum(pair.resolved for pair in pairs)} by {count}" for count, pairs in counts.items()
        )
        either = sum(
            any(
                pair.resolved
                for pairs in counts.values()
                for pair in pairs
                if _names(pair) == names
            )
            for names in map(_names, counts["sets"])
        )
        lines.append(f"{layer}: of {n} pairs of systems {either} are told apart ({apart})")
    return lines


def _run_on_some(results: Sequence[ProbeResult], probes: Probes) -> list[str]:
    """The systems that were not run on all sets of the layers that they attempt."""
    lines = []
    for result in results:
        there = {probe.set for probe in probes if probe.layer in result.layers}
        if len(result.sets) < len(there):
            lines.append(f"{result.name}: run on {len(result.sets)} of {len(there)} sets")
    return lines


def _names(pair: PairOnProbes) -> frozenset[str]:
    return frozenset({pair.better, pair.other})


def best(track: Track, layer: str, count: Count) -> str | None:
    """The system that is better than every other of the layer, if there is one."""
    pairs = track.pairs[count].get(layer, ())
    beaten: dict[str, int] = {}
    for pair in pairs:
        beaten[pair.better] = beaten.get(pair.better, 0) + pair.resolved
    others = len({name for pair in pairs for name in _names(pair)}) - 1
    return next((name for name, number in beaten.items() if number == others > 0), None)


def _table(track: Track, layers: Sequence[str], style: Style) -> str:
    rows = []
    for result in track.results:
        for count in COUNTS:
            cells = [_cell(track, result.name, layer, count, style) for layer in layers]
            first = [result.name, str(len(result.sets))] if count == "sets" else ["", ""]
            rows.append([*first, count, *cells])
    return render(["system", "sets run", "right", *layers], rows, style)


def _cell(track: Track, name: str, layer: str, count: Count, style: Style) -> str:
    share = getattr(track.tables[name].part(layer=layer), count)
    if share.value is None:
        return number(None)
    known = share.interval
    shown = number(share.value) + ("" if known is None else f" {interval(known)}")
    if best(track, layer, count) != name:
        return shown
    return f"**{shown}**" if style == "markdown" else f"{BEYOND}{shown}"
