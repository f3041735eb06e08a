"""Surface utterances: quotes of the same words by the same speaker report the same act.

Licence: Apache-2.0. Source: this repository. Cost: milliseconds for all articles; no memory to
speak of. Settings: none.
It needs quotes and gives each its utterance; the words are compared in order, without case,
diacritics, punctuation and quotation marks. Speakers are compared as they are given.
What it finds was last changed on 2026-11-22; whoever wrote it had read no probe.
"""

import re
import unicodedata

import msgspec

layers = ("utterances",)
variants = {"surface-quotes": {"given": ["quotes"]}}


class SurfaceQuotes:
    """Joins quotes by their words and speakers."""

    def predict_all(self, documents, targets):
        """One document for each given, in order, whose quotes have utterances."""
        numbers = {}
        results = []
        for document in documents:
            quotes = []
            for quote in document.quotes:
                said = (quote.speaker, *words(quote, document.text))
                number = numbers.setdefault(said, len(numbers) + 1)
                quotes.append(msgspec.structs.replace(quote, utterance=f"u{number}"))
            results.append(document.with_layers(quotes=quotes))
        return results


def words(quote, text):
    """The words of the content, without case and diacritics."""
    content = " ".join(span.of(text) for span in sorted(quote.content))
    decomposed = unicodedata.normalize("NFKD", content).replace("ı", "i").casefold()
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", bare)
