"""Which of several systems is better in which layer, and whether so few documents can tell."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from onrecord.corpus.corpus import Corpus
from onrecord.document import LAYERS
from onrecord.exceptions import InvalidInput
from onrecord.markup import table_html
from onrecord.scoring.clusters import ClusterTable
from onrecord.scoring.intervals import t_quantile
from onrecord.scoring.scores import (
    SCORER_VERSION,
    LayerScore,
    Scores,
    Source,
    frame,
    score,
    signature,
)
from onrecord.scoring.statistics import (
    Difference,
    RankRange,
    SwapTest,
    Wins,
    aligned,
    detectable_beyond,
    detectable_here,
    holm,
    jackknife_difference,
    rank_ranges,
    swap_test,
    wins,
)
from onrecord.scoring.tables import CountTable

if TYPE_CHECKING:
    from pandas import DataFrame

ALPHA = 0.05
"""A difference is resolved when its adjusted p is at most this."""
SAMPLES = 10_000
SEED = 0

Tables = Mapping[str, CountTable | ClusterTable]
Compared = Source | Scores


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a difference on these articles, or beyond them."""

    test: SwapTest | None
    """None for scores of clusters (linking, utterances), where swapping units is no test."""
    adjusted_p: float | None
    """The test's p, adjusted by Holm's method for the number of the leader's pairs in the layer."""
    detectable: float | None
    """The difference that would be found in 80% of cases; see
    :func:`~onrecord.scoring.statistics.detectable_here` and ``detectable_beyond``."""
    resolved: bool
    """Whether the leader is better, as far as can be told."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """The leader of a layer against another system; the difference is the leader's F1 minus its."""

    system: str
    difference: Difference
    """With its interval over documents."""
    wins: Wins
    """``first`` is the leader."""
    here: Level | None
    """On these articles, by passages or cells of stances; None for clusters, which have no units."""
    beyond: Level
    """On other documents of their kind, by documents."""


class LayerComparison(msgspec.Struct, frozen=True, kw_only=True):
    """One layer: the F1 and ranks of every system, and the leader against each other system."""

    leader: str | None
    """None where no system attempts the layer."""
    f1: Mapping[str, float | None]
    ranks: Mapping[str, RankRange]
    """Of the systems that attempt the layer; the others have an F1 of None and no part in it."""
    pairs: tuple[Pair, ...]
    """The best of the other systems first."""

    @property
    def absent(self) -> tuple[str, ...]:
        """The systems that do not attempt the layer, by name."""
        return tuple(sorted(name for name in self.f1 if name not in self.ranks))


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two or more systems compared layer by layer, and what reproduces it."""

    signature: str
    scorer: int
    gold: str
    """The sha256 of the gold."""
    predictions: Mapping[str, str]
    """The sha256 of every system's predictions, as the writer writes them."""
    documents: tuple[str, ...]
    layers: Mapping[str, LayerComparison]
    limit: str | None
    """Why nothing can be resolved beyond so few documents; None with enough of them."""

    def __repr__(self) -> str:
        leaders = (f"{layer} {value.leader or '–'}" for layer, value in self.layers.items())
        return f"Comparison({len(self.predictions)} systems, leaders: {', '.join(leaders)})"

    def _repr_html_(self) -> str:
        """Every leader against the rest, as a notebook shows it."""
        rows = self._rows()
        headers = list(rows[0]) if rows else []
        return table_html(headers, [[_word(value) for value in row.values()] for row in rows])

    def to_dict(self) -> dict[str, Any]:
        """All that the comparison holds, as plain data: what ``onrecord compare --json`` prints."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    def to_frame(self) -> DataFrame:
        """A row for each system in each layer: its F1, the leader's lead over it, and how sure.

        Columns: layer, system, f1, leader, difference, low, high; p_here, adjusted_p_here,
        detectable_here and resolved_here, of these articles; the same with ``beyond``, of others.

        Raises:
            OnRecordError: pandas is not installed.
        """
        return frame(self._rows())

    def _rows(self) -> list[dict[str, Any]]:
        rows = []
        for layer, value in self.layers.items():
            pairs = {pair.system: pair for pair in value.pairs}
            leader = [] if value.leader is None else [value.leader]
            for system in (*leader, *pairs, *value.absent):
                pair = pairs.get(system)
                interval = pair and pair.difference.interval
                rows.append(
                    {
                        "layer": layer,
                        "system": system,
                        "f1": value.f1[system],
                        "leader": value.leader,
                        "difference": pair and pair.difference.value,
                        "low": interval and interval.low,
                        "high": interval and interval.high,
                        **_level("here", None if pair is None else pair.here),
                        **_level("beyond", None if pair is None else pair.beyond),
                    }
                )
        return rows


def _level(name: str, level: Level | None) -> dict[str, Any]:
    return {
        f"p_{name}": level and level.test and level.test.p,
        f"adjusted_p_{name}": level and level.adjusted_p,
        f"detectable_{name}": level and level.detectable,
        f"resolved_{name}": level and level.resolved,
    }


def _word(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return "" if value is None else str(value)


def compare(
    gold: Corpus,
    systems: Mapping[str, Compared],
    *,
    zones: bool = True,
    contested: bool = False,
) -> Comparison:
    """Compare systems on the same documents, in each layer the leader with every other.

    The leader has the best F1, of equal ones the first by name. Each pair is tested twice:

    *on these articles* (entities, quotes, stances): resolved when the adjusted p of swapping passages,
    or cells of a document and a target, is at most 0.05. It is the sentence-level randomisation that
    is usual in the field (Yeh 2000, Berg-Kirkpatrick et al. 2012), and says nothing of others.

    *beyond them*: resolved when the interval of the difference over documents leaves out 0 and, in
    layers of counts, the adjusted p of swapping documents is at most 0.05. In linking and utterances,
    where there is no test, the interval must leave out 0 with its error divided by the number of all
    pairs of systems (Bonferroni). Nothing is resolved while the documents are too few for any p of
    0.05.

    The leader is chosen by the same scores, which favours it: of ten equal systems some pair is
    resolved in 14 to 16% of simulated runs on these articles, in 9% beyond ten and 18% beyond twenty of
    them (``docs/coverage.md``); of two systems in 5%.

    A system has no part in a layer that it does not attempt (see :func:`onrecord.score`). A layer
    with fewer than two systems has no pairs.

    Args:
        gold: the corpus with its layers, registry and targets.
        systems: two or more by name: what :func:`onrecord.score` takes, or what it gave.
        zones: leave out items in promotional text; False counts them.
        contested: count what readers' votes leave open too.

    Raises:
        InvalidInput: there are fewer than two systems, predictions are invalid, or scores were
            made with another gold or another setting of ``zones`` or ``contested``.
    """
    if len(systems) < 2:
        raise InvalidInput("a comparison takes two or more systems")
    line = signature(gold, zones=zones, contested=contested)

    def scored(name: str, system: Compared) -> Scores:
        if not isinstance(system, Scores):
            return score(gold, system, zones=zones, contested=contested)
        if system.signature != line:
            raise InvalidInput(f"{name} was scored with another gold or other settings")
        return system

    return compare_scores({name: scored(name, system) for name, system in systems.items()})


def compare_scores(scores: Mapping[str, Scores]) -> Comparison:
    """What :func:`compare` gives, of scores that were made alike.

    Args:
        scores: of two or more systems by name, none of which was given a layer.
    """
    one = next(iter(scores.values()))
    layers = {
        layer: compare_layer(
            {name: its[layer] for name, its in scores.items() if its.attempts(layer)},
            absent=[name for name, its in scores.items() if not its.attempts(layer)],
        )
        for layer in LAYERS
    }
    return Comparison(
        signature=f"{one.signature}|p:swap|units:passages+cells|adjust:holm|samples:{SAMPLES}|seed:{SEED}",
        scorer=SCORER_VERSION,
        gold=one.gold,
        predictions={name: value.predictions for name, value in scores.items()},
        documents=one.documents,
        layers=layers,
        limit=limit(len(one.documents)),
    )


def limit(documents: int) -> str | None:
    """Why nothing can be resolved beyond so few documents; None with enough of them."""
    smallest = min(1.0, 2.0 ** (1 - documents))
    if smallest <= ALPHA:
        return None
    number = ("no", "one", "two", "three", "four", "five")[documents]
    noun = "document" if documents == 1 else "documents"
    return f"{number} {noun} cannot give p below {smallest:g}"


def compare_layer(
    scores: Mapping[str, LayerScore], *, absent: Collection[str] = ()
) -> LayerComparison:
    """The leader of a layer against each other system; see :func:`compare`.

    Args:
        scores: the layer's score of each system that attempts it, on the same documents.
        absent: the systems that do not attempt it.
    """
    if not scores:
        return LayerComparison(leader=None, f1=dict.fromkeys(absent), ranks={}, pairs=())
    leader, *others = sorted(scores, key=lambda name: _standing(name, scores[name].f1))
    tables = {name: score.table for name, score in scores.items()}
    differences = [jackknife_difference(tables[leader], tables[name]) for name in others]
    beyond = _beyond(tables, leader, others, differences)
    here = _here(scores, leader, others)
    return LayerComparison(
        leader=leader,
        f1={name: table.f1 for name, table in tables.items()} | dict.fromkeys(absent),
        ranks=rank_ranges(tables),
        pairs=tuple(
            Pair(
                system=name,
                difference=difference,
                wins=wins(tables[leader], tables[name]),
                here=near,
                beyond=far,
            )
            for name, difference, near, far in zip(others, differences, here, beyond, strict=True)
        ),
    )


def _beyond(
    tables: Tables, leader: str, others: Sequence[str], differences: Sequence[Difference]
) -> list[Level]:
    """The leader against each other system, with documents as units."""
    tests = [_test(tables[leader], tables[name]) for name in others]
    adjusted = holm([None if test is None else test.p for test in tests])
    documents = len(tables[leader].documents)
    error = ALPHA / max(1, math.comb(len(tables), 2))
    return [
        Level(
            test=test,
            adjusted_p=p,
            detectable=detectable_beyond(difference, documents),
            resolved=limit(documents) is None
            and (p is None or p <= ALPHA)
            and _leaves_out_0(difference, documents, error if p is None else ALPHA),
        )
        for test, p, difference in zip(tests, adjusted, differences, strict=True)
    ]


def _here(
    scores: Mapping[str, LayerScore], leader: str, others: Sequence[str]
) -> list[Level | None]:
    """The leader against each other system, with the units of these articles."""
    own = scores[leader].units
    pairs = [
        None if own is None or other is None else aligned(own, other)
        for other in (scores[name].units for name in others)
    ]
    tests = [pair and swap_test(*pair, seed=SEED, samples=SAMPLES) for pair in pairs]
    adjusted = holm([None if test is None else test.p for test in tests])
    return [
        pair
        and Level(
            test=test,
            adjusted_p=p,
            detectable=detectable_here(*pair),
            resolved=p is not None and p <= ALPHA,
        )
        for pair, test, p in zip(pairs, tests, adjusted, strict=True)
    ]


def _standing(name: str, f1: float | None) -> tuple[bool, float, str]:
    return (f1 is None, -(f1 or 0.0), name)


def _test(one: CountTable | ClusterTable, other: CountTable | ClusterTable) -> SwapTest | None:
    if isinstance(one, CountTable) and isinstance(other, CountTable):
        return swap_test(one, other, seed=SEED, samples=SAMPLES)
    return None


def _leaves_out_0(difference: Difference, documents: int, error: float) -> bool:
    """Whether the interval of the difference does, made for this error."""
    if difference.value is None or difference.error is None:
        return False
    return abs(difference.value) > t_quantile(documents - 1, 1 - error) * difference.error
