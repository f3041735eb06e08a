"""Words that reports of different utterances share: what may be one utterance under two ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from onrecord.corpus.corpus import compared_words
from onrecord.document import Document, Quote
from onrecord.exceptions import InvalidInput

RUN = 7
"""So many words in a row, in two reports, are hardly those of two acts."""

Place = tuple[str, str]
"""A document and an utterance that it reports."""


def repeat_warnings(
    documents: Sequence[Document], others: Iterable[Document] = ()
) -> Iterator[InvalidInput]:
    """The utterances of documents that share words with another utterance, of theirs or of others.

    Words of a report inside another count for the inner one alone. Each pair of ids is told once,
    of the document in which it is found first, with the words.

    Args:
        documents: those that are told of.
        others: what they are compared with besides, such as the gold.
    """
    runs: dict[tuple[str, ...], dict[Place, None]] = {}
    for document in (*others, *documents):
        for quote in document.quotes:
            if quote.utterance is not None:
                for run in _runs(quote, document):
                    runs.setdefault(run, {})[document.id, quote.utterance] = None
    told = {document.id for document in documents}
    seen: set[frozenset[str]] = set()
    for run, places in runs.items():
        for id, utterance in places:
            for place, other in places:
                pair = frozenset((utterance, other))
                if id in told and len(pair) == 2 and pair not in seen:
                    seen.add(pair)
                    reason = (
                        f"{utterance!r} shares {' '.join(run)!r} with {other!r} of {place}; if it is "
                        "the same act, give both one id (U1)"
                    )
                    yield InvalidInput(reason, document=id, field="utterance")


def _runs(quote: Quote, document: Document) -> Iterator[tuple[str, ...]]:
    """Every run of words in the content of a quote, reports inside it left out."""
    own = {p for span in quote.content for p in range(span.start, span.end)}
    for other in document.quotes:
        if other.parent == quote.id:
            own -= {p for span in other.content for p in range(span.start, span.end)}
    text = document.text
    kept = (
        "".join(text[p] if p in own else "|" for p in range(min(own), max(own) + 1)) if own else ""
    )
    for piece in kept.split("|"):
        words = compared_words(piece)
        for start in range(len(words) - RUN + 1):
            yield tuple(words[start : start + RUN])
