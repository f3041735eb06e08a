"""What ``score`` and ``compare`` share: scores of a file, a shard at a time where that can be."""

from __future__ import annotations

import argparse
import functools
from pathlib import Path
from typing import TYPE_CHECKING

from onrecord.cli.common import chosen_engine
from onrecord.exceptions import InvalidInput

if TYPE_CHECKING:
    from onrecord.corpus.corpus import Corpus, Status
    from onrecord.corpus.predictions import Predictions
    from onrecord.scoring.scores import Headlines, Scores
    from onrecord.systems.given import Given


class Measure:
    """A gold, and what is measured against it.

    Files of predictions are counted a shard at a time, by as many processes as are asked for. What
    needs the whole is read as a whole: exports, a pass in place of the gold, predictions in another
    order than the gold, and what ``--by``, ``--also`` and ``--given`` ask.

    Args:
        given: the options.
        whole: whether they ask for what needs the whole.
    """

    def __init__(self, given: argparse.Namespace, *, whole: bool = False) -> None:
        from onrecord.corpus.files import is_folder
        from onrecord.corpus.gold import open_gold

        self._given = given
        self._engine = chosen_engine(given)
        self._zones = given.zones == "no-promo"
        self._documents: tuple[str, Predictions] | None = None
        is_pass = given.gold is not None and not given.renamed and not is_folder(given.gold)
        self._stream = None if whole or is_pass else open_gold(given.gold, renamed=given.renamed)

    @functools.cached_property
    def gold(self) -> Corpus:
        """The gold as a whole."""
        from onrecord.corpus.layers import load_gold

        return load_gold(self._given.gold, renamed=self._given.renamed)

    @functools.cached_property
    def layers_given(self) -> tuple[Given, ...]:
        """The layers that the systems got."""
        from onrecord.systems.given import read_given

        return read_given(self._given.given, self.gold)

    @property
    def status(self) -> Status:
        """Whether the gold is one, or a draft."""
        return self.gold.status if self._stream is None else self._stream.frame.status

    def documents(self, file: str) -> Predictions:
        """The predictions of a file as a whole."""
        from onrecord.scoring.scores import read

        if self._documents is None or self._documents[0] != file:
            self._documents = file, read(self.gold, file)
        return self._documents[1]

    def headlines(self, file: str, listed: int, layers: tuple[str, ...]) -> Scores | Headlines:
        """The headlines of a file in these layers at least; with tables up to so many documents."""
        from onrecord.scoring.scores import headlines

        if self._stream is not None and _has_lines(file):
            found = headlines(
                self._stream,
                file,
                self._engine,
                zones=self._zones,
                contested=self._given.contested,
                listed=listed,
                layers=layers,
            )
            if found is not None:
                return found
        return self._whole(file)

    def scores(self, file: str) -> Scores:
        """The scores of a file with all tables."""
        from onrecord.scoring.scores import score_shards

        if self._stream is not None and _has_lines(file):
            found = score_shards(
                self._stream,
                file,
                self._engine,
                zones=self._zones,
                contested=self._given.contested,
            )
            if found is not None:
                return found
        return self._whole(file)

    def _whole(self, file: str) -> Scores:
        from onrecord.scoring.scores import score

        documents = self.documents(file)
        given = getattr(self._given, "given", [])
        try:
            return score(
                self.gold,
                documents,
                zones=self._zones,
                contested=self._given.contested,
                also=getattr(self._given, "also", False),
                given=self.layers_given if given else (),
            )
        except InvalidInput as error:
            raise error.at(file=file) from None


def _has_lines(file: str) -> bool:
    """Whether a file may be JSON Lines, or a folder of parts."""
    from onrecord.corpus.layers import is_export

    return Path(file).suffix != ".py" and not is_export(file)
