"""What an expert would score in stances: readers' votes, each reader against all the others.

No system can be expected to agree with the gold more than readers of its guidelines agree with each
other; this is the honest ceiling of the layer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from onrecord.corpus.corpus import Corpus
from onrecord.corpus.votes import NONE, Vote, is_contested
from onrecord.scoring.tables import CountTable, Row


def expert_stances(gold: Corpus, *, contested: bool = False) -> CountTable | None:
    """The stances of the readers who voted, each reader's against those of the others.

    Leave-one-out: for each reader and each cell (document, holder, target) that was voted on, the
    most frequent answer of the others is what is right, a tie being broken by the gold. The table
    counts, over all readers, the stances that they gave, those that were right to give, and those
    that are both, so that its F1 is micro-averaged over readers and cells, and intervals over
    documents are taken of it as of any other table. A measure of this project.

    It is a bound from above: stances that a reader would give of cells that nobody was asked about
    are not counted.

    Args:
        gold: the corpus with its votes.
        contested: count the cells that the others leave open; False leaves them out.

    Returns:
        The table; None where no stance was voted on by two readers or more.
    """
    given = {(d.id, s.holder, s.target): s.polarity for d in gold for s in d.stances}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    asked = [vote for vote in gold.votes if vote.ask == "stance" and vote.n > 1]
    for vote in asked:
        known = given.get((vote.doc_id, vote.holder or "", vote.target or ""), NONE)
        for own, right, readers in _against_the_others(vote, known, contested=contested):
            counts[vote.doc_id]["predicted"] += readers * (own != NONE)
            counts[vote.doc_id]["gold"] += readers * (right != NONE)
            counts[vote.doc_id]["tp"] += readers * (own == right != NONE)
    if not asked:
        return None
    return CountTable(
        tuple(
            Row(
                document=id,
                tp=counts[id]["tp"],
                gold=counts[id]["gold"],
                predicted=counts[id]["predicted"],
            )
            for id in gold.by_id
        )
    )


def _against_the_others(
    vote: Vote, known: str, *, contested: bool
) -> Iterable[tuple[str, str, int]]:
    """(A reader's answer, the others' answer, how many such readers) of one cell."""
    votes = {answer.answer or NONE: answer.votes for answer in vote.answers}
    for own, readers in votes.items():
        others = {answer: n - (answer == own) for answer, n in votes.items()}
        if not contested and is_contested(others.values()):
            continue
        most = max(others.values())
        first = sorted(answer for answer, n in others.items() if n == most)
        yield own, known if len(first) > 1 else first[0], readers
