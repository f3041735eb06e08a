"""The rows that ``pytest eval/`` makes: where they come from, what they are made of, what they give."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import onrecord
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.predictions import Predictions, encode_predictions
from onrecord.leaderboard.results import Result, Submission, load_result, read_submission
from onrecord.systems.given import Given, read_given
from onrecord.systems.run import About, Variant, read_about

EVAL = Path(__file__).parent
ROOT = EVAL.parent
BASELINES = ROOT / "baselines"
RESULTS = EVAL / "results"
PREDICTIONS = EVAL / "predictions"
LOCAL = RESULTS / "local"


class Entry(NamedTuple):
    """A row to be made: a variant of a system's file, or saved predictions."""

    name: str
    file: Path
    about: About | Submission | None
    """What the file says of itself; None where it cannot be read, which the row then tells."""
    variant: Variant = Variant()

    @property
    def is_published(self) -> bool:
        return self.file.parent in {BASELINES, PREDICTIONS}

    @property
    def builds_on_another(self) -> bool:
        """Whether it gets what another row predicts, which is then to be made first."""
        return any("=" in layer for layer in self.variant.given)

    @property
    def needs_an_extra(self) -> bool:
        return isinstance(self.about, About) and self.about.extra is not None

    def may_attempt(self, layers: Sequence[str]) -> bool:
        """Whether it attempts one of the layers, as far as it says."""
        said = None if self.about is None else self.about.layers
        return said is None or bool(set(said) & set(layers))

    def given(self, corpus: Corpus) -> tuple[Given, ...]:
        """The layers it gets: the gold's, or those that another row's predictions hold."""
        values = (value.partition("=") for value in self.variant.given)
        files = [f"{layer}={PREDICTIONS / row}.jsonl" if row else layer for layer, _, row in values]
        return read_given(files, corpus)


class Row(NamedTuple):
    """An entry with its result and predictions, new and published."""

    entry: Entry
    result: Result
    documents: Predictions

    @property
    def predictions(self) -> bytes:
        return encode_predictions(self.documents)

    def published(self) -> tuple[Result, bytes]:
        predictions = PREDICTIONS / f"{self.entry.name}.jsonl"
        return load_result(RESULTS / f"{self.entry.name}.json"), predictions.read_bytes()


def find_entries(given: Sequence[str]) -> list[Entry]:
    """The baselines, the submitted predictions, and what was asked for."""
    submitted = [path.with_suffix(".jsonl") for path in PREDICTIONS.glob("*.toml")]
    own = sorted([*BASELINES.glob("*.py"), *submitted], key=lambda path: path.stem)
    files = dict.fromkeys([*own, *(Path(path).resolve() for path in given)])
    found = [entry for file in files for entry in read_entries(file)]
    return sorted(found, key=lambda entry: entry.builds_on_another)


def read_entries(file: Path) -> list[Entry]:
    try:
        if file.suffix == ".jsonl":
            return [Entry(file.stem, file, read_submission(file.with_suffix(".toml")))]
        about = read_about(file)
    except onrecord.OnRecordError:
        return [Entry(file.stem, file, None)]
    return [Entry(name, file, about, variant) for name, variant in about.variants.items()]
