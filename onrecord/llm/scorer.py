"""How a task scores: what one answer has, and the leaderboard's scores over a whole log.

Needs onrecord[llm].
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal

import msgspec
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, Value, metric, scorer
from inspect_ai.solver import TaskState

from onrecord.corpus.corpus import Corpus
from onrecord.corpus.gold import load
from onrecord.corpus.layers import read_layers
from onrecord.corpus.predictions import Predictions
from onrecord.llm.acts import join_acts
from onrecord.llm.memory import attributed, exchanged, recalls
from onrecord.llm.raw import RawAnswer, place_answers, raw_answer
from onrecord.probes.files import load_probes
from onrecord.probes.probe import Probes
from onrecord.probes.score import score_probes
from onrecord.scoring.scores import score

Texts = Literal["articles", "renamed", "exchanged", "probes"]
"""What a log is about."""


@cache
def gold_of(texts: Texts) -> Corpus:
    """The gold that a log is held against, read once."""
    if texts == "probes":
        return suite().corpus
    corpus = load(renamed=texts == "renamed")
    return exchanged(corpus) if texts == "exchanged" else corpus


@cache
def suite() -> Probes:
    """The probes, read once."""
    return load_probes()


@metric
def figures() -> Metric:
    """The scores of the leaderboard over all samples: of each layer F1 and its 95% interval.

    Of the probes: the shares of sets and members right. What failed counts as empty, and
    ``documents`` says how many were answered.
    """

    def over_all(scores: list[SampleScore]) -> Value:
        metadata = [one.sample_metadata for one in scores if one.sample_metadata]
        if not metadata:
            return {}
        first, texts = metadata[0], metadata[0]["texts"]
        gold = gold_of(texts)
        answers = [raw_answer(one.sample_metadata or {}, "", one.score.answer) for one in scores]
        answered = {one.id for answer in answers for one in answer.documents}
        if first["asked"] == "next":
            return _recall_figures(gold, answers)
        if texts == "probes":
            documents = place_answers(gold, gold.targets, answers).documents
            return _probe_figures(documents, {*first["of"]})
        chosen = [one for one in gold if one.id in first["of"]]
        part = msgspec.structs.replace(gold, documents=tuple(chosen))
        if texts == "exchanged":
            found = attributed(part, answers)
            return {"speakers right": found.right, "speakers remembered": found.remembered}
        if "quotes" in first:  # of another log, whose quotes are joined here
            documents = _joined(part, first["quotes"], answers)
        else:
            documents = place_answers(part, part.targets, answers).documents
        whole = score(part, documents)
        result = {"documents": float(len(answered))}
        for layer in documents.attempted:
            if layer == "utterances" and "quotes" not in first:
                continue  # across articles they are another question
            headline = whole[layer]
            if headline.f1 is not None:
                result[layer] = headline.f1
            if headline.interval is not None:
                result[f"{layer} from"] = headline.interval.low
                result[f"{layer} to"] = headline.interval.high
        return result

    return over_all


def _joined(gold: Corpus, quotes: str, answers: list[RawAnswer]) -> Predictions:
    documents = read_layers(quotes, gold)
    joined = join_acts(documents, answers[-1].raw or "")
    return Predictions(documents if joined is None else joined, documents.attempted)


def _recall_figures(gold: Corpus, answers: Sequence[RawAnswer]) -> dict[str, float]:
    """How near the answers come to the true sentences."""
    found = [one for _, one in recalls(gold, answers)]
    if not found:
        return {}
    share = sum(one.share for one in found) / len(found)
    return {"share of words": share, "longest run": max(one.run for one in found)}


def _probe_figures(documents: Predictions, of: set[str]) -> dict[str, float]:
    """The shares of sets and members right, of the sets that the run has in whole."""
    passages = suite()
    in_part = {probe.set for probe in passages if probe.id not in of}
    kept = (one for one in documents if passages[one.id].set not in in_part)
    table = score_probes(passages, Predictions(kept, documents.layers)).table
    result: dict[str, float] = {}
    for layer in table.names("layer"):
        part = table.part(layer=layer)
        for name, share in (("sets", part.sets), ("members", part.members)):
            if share.value is not None:
                result[f"{layer}, {name}"] = share.value
    return result


@scorer(metrics=[figures()])
def words() -> Scorer:
    """Counts what an answer has: items placed, and what was wrong with others."""

    async def count(state: TaskState, target: Target) -> Score:
        texts: Texts = state.metadata["texts"]
        gold = gold_of(texts)
        answer = raw_answer(state.metadata, str(state.model), state.output.completion)
        if answer.asked == "next":
            places = recalls(gold, [answer])
            near = [{"share": one.share, "run": one.run} for _, one in places]
            told = [place.sentence.of(place.document.text) for place, _ in places]
            return Score(
                value=near[0] if near else {"share": 0.0, "run": 0},
                answer=answer.raw,
                explanation=f"the sentence is: {told[0]}" if told else "the answer cannot be read",
            )
        counts: dict[str, int]
        if answer.asked == "acts":
            documents = read_layers(state.metadata["quotes"], gold)
            readable = join_acts(documents, answer.raw or "") is not None
            counts, lines = {}, [] if readable else ["the answer cannot be read"]
            items = 0
        else:
            ids = {one.id for one in answer.documents}
            asked = [document for document in gold if document.id in ids]
            read = place_answers(asked, gold.targets, [answer])
            counts, readable = dict(read.faults.counts), not read.unreadable
            lines = read.faults.lines if readable else ["the answer cannot be read"]
            items = sum(len(getattr(document, answer.asked)) for document in read.documents)
        if state.output.stop_reason in ("max_tokens", "model_length"):
            lines = ["the answer was cut off at the limit of tokens", *lines]
        return Score(
            value={"readable": int(readable), "items": items, "faults": sum(counts.values())},
            answer=answer.raw,
            explanation="\n".join(lines) or "every item is in the text, as it was given",
            metadata={"counts": counts},
        )

    return count
