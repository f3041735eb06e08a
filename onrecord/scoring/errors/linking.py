"""The cases of linking: names in clusters with others, apart from their own, or not found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from onrecord.corpus.corpus import Corpus
from onrecord.document import Span
from onrecord.scoring.errors.cases import RIGHT, Case, Pairs, entity_name, make_case, make_item
from onrecord.scoring.linking import clusters


def cases(pairs: Pairs, gold: Corpus) -> Iterator[Case]:
    """Every case of all documents."""
    found = [(left, clusters(left), clusters(right)) for left, right in pairs]
    judge = _Judge(gold)
    for _, own, other in found:
        judge.count(own, other)
    for document, own, other in found:
        for place in sorted(own.keys() | other.keys()):
            one, two = own.get(place), other.get(place)
            kind, note = judge.kind(one, two)
            span = [Span(*place)]
            yield make_case(
                "linking",
                kind,
                document.text,
                None if one is None else make_item(document, span, judge.entity(one)),
                None if two is None else make_item(document, span, _cluster(two)),
                note=note,
            )


class _Judge:
    """What gold and predicted clusters share, and the kind of each name by that."""

    def __init__(self, gold: Corpus) -> None:
        self._gold = gold
        self._sizes: Counter[str] = Counter()
        self._holds: dict[str, Counter[str]] = defaultdict(Counter)
        self._is_in: dict[str, set[str]] = defaultdict(set)

    def count(self, own: dict[tuple[int, int], str], other: dict[tuple[int, int], str]) -> None:
        """Take in the names of a document."""
        self._sizes.update(own.values())
        for place in own.keys() & other.keys():
            entity, cluster = own[place], other[place]
            if _is_linked(cluster):
                self._holds[cluster][entity] += 1
                self._is_in[entity].add(cluster)

    def kind(self, entity: str | None, cluster: str | None) -> tuple[str, str | None]:
        """The kind of a name by its gold entity and predicted cluster, and a note."""
        if entity is None or cluster is None:
            return ("missed" if entity else "invented"), None
        if not _is_linked(cluster):
            return (RIGHT if self._sizes[entity] == 1 else "unlinked"), None
        holds = self._holds[cluster]
        if not _is_main(entity, holds):
            main, n = _most(holds, entity)
            return "merged", f"the cluster has {n} of {self.entity(main)}, {holds[entity]} of this"
        own = {other: self._holds[other][entity] for other in self._is_in[entity]}
        own = {other: n for other, n in own.items() if _is_main(entity, self._holds[other])}
        if not _is_main(cluster, own):
            main, n = _most(own, cluster)
            here = f"{own[cluster]} of {self._sizes[entity]} names"
            return "split", f"the cluster has {here}, {_cluster(main)} has {n}"
        return RIGHT, None

    def entity(self, cluster: str) -> str:
        """A gold cluster in words."""
        return entity_name(cluster[1:], self._gold) if _is_linked(cluster) else "no entity"


def _is_linked(cluster: str) -> bool:
    return cluster.startswith("=")


def _cluster(cluster: str) -> str:
    return repr(cluster[1:]) if _is_linked(cluster) else "no entity"


def _is_main(key: str, counts: Mapping[str, int]) -> bool:
    """Whether it is counted more than anything else."""
    return all(counts[key] > n for other, n in counts.items() if other != key)


def _most(counts: Mapping[str, int], apart_from: str) -> tuple[str, int]:
    """What else is counted most, at a tie the first by name."""
    others = [(key, n) for key, n in counts.items() if key != apart_from]
    return min(others, key=lambda item: (-item[1], item[0]))
