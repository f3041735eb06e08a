"""The rows that ``pytest eval/`` makes: where they come from, what they are made of, what they give."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import onrecord
from onrecord.corpus.corpus import Corpus
from onrecord.leaderboard.results import Submission, read_submission
from onrecord.systems.given import Given, read_given
from onrecord.systems.run import About, Variant, read_about

EVAL = Path(__file__).parent
ROOT = EVAL.parent
BASELINES = ROOT / "baselines"
RESULTS = EVAL / "results"
PREDICTIONS = EVAL / "predictions"
LOCAL = RESULTS / "local"


class Place(NamedTuple):
    """Where the rows of a board are kept; those of what is tried out are not published."""

    results: Path
    predictions: Path
    local: Path


ARTICLES = Place(RESULTS, PREDICTIONS, LOCAL)
RENAMED = Place(RESULTS / "renamed", PREDICTIONS / "renamed", LOCAL / "renamed")
PROBES = Place(RESULTS / "probes", PREDICTIONS / "probes", LOCAL / "probes")


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
        return bool(self.builds_on)

    @property
    def needs_an_extra(self) -> bool:
        return isinstance(self.about, About) and self.about.extra is not None

    @property
    def is_system(self) -> bool:
        """Whether it can be run, so that it has rows on renamed articles and probes too."""
        return self.file.suffix == ".py"

    @property
    def can_be_renamed(self) -> bool:
        """Whether it has a row on the renamed articles."""
        return self.is_system and "renamed" in self.variant.boards

    @property
    def can_be_probed(self) -> bool:
        """Whether the probes can tell something of it: pairs of holder and target, where it is given
        the gold's, are the very answer that most probes of stances ask for."""
        return (
            self.is_system
            and "probes" in self.variant.boards
            and "stances" not in self.variant.given
        )

    @property
    def builds_on(self) -> set[str]:
        """The rows whose predictions it gets."""
        return {layer.partition("=")[2] for layer in self.variant.given} - {""}

    def may_attempt(self, layers: Sequence[str]) -> bool:
        """Whether it attempts one of the layers, as far as it says."""
        said = None if self.about is None else self.about.layers
        return said is None or bool(set(said) & set(layers))

    def given(self, corpus: Corpus, place: Place = ARTICLES) -> tuple[Given, ...]:
        """The layers it gets: the gold's, or those that another row's predictions hold."""
        values = (value.partition("=") for value in self.variant.given)
        folder = place.predictions
        files = [f"{layer}={folder / row}.jsonl" if row else layer for layer, _, row in values]
        return read_given(files, corpus)


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
