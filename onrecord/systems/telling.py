"""What a user is told of a run while it goes: what is reused, what was lost, what the system left open."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator

from onrecord.systems.parts import Parts
from onrecord.systems.pipeline import Done
from onrecord.systems.progress import Progress
from onrecord.systems.watch import Watch

Tell = Callable[[str], None]
"""Called with a line that a user should see."""
SHOWN = 5
"""So many lines of one kind are told."""


class Teller:
    """Tells of a run.

    Args:
        tell: called with each line; None: nobody is told.
        progress: called with the number of documents that are done and of all.
        total: of all; None: not known.
    """

    def __init__(
        self, tell: Tell | None, progress: Progress | None = None, total: int | None = None
    ) -> None:
        self.tell: Tell = tell or (lambda line: None)
        self.reused = 0
        """Documents that were done before this run."""
        self._progress = progress
        self._total = total
        self._notes: dict[str, None] = {}

    def through(self, done: Iterable[Done]) -> Iterator[Done]:
        """The same lots, told of as they come."""
        documents = 0
        for one in done:
            if one.outcome is None:
                self.reused += one.documents
            else:
                self._tell_notes(one.outcome.notes)
            if one.alone is not None:
                self.tell(f"a worker died on the documents {one.alone}; they were read one by one")
            yield one
            documents += one.documents
            if self._progress is not None:
                self._progress(documents, self._total)
        with Watch() as watch:
            gc.collect()  # what the system holds in circles, files say
        self._tell_notes(watch.notes)

    def tell_changed(self, parts: Parts) -> None:
        """Say that what another run has kept does not count."""
        if parts.changed:
            more = f" and {len(parts.changed) - 3} more" if len(parts.changed) > 3 else ""
            named = ", ".join(parts.changed[:3])
            self.tell(f"starts anew: {named}{more} changed since the interrupted run")

    def tell_reused(self, parts: Parts | None, reused: int) -> None:
        """Say, when work begins, how many documents were done before, by when."""
        if reused and parts is not None:
            when = parts.since.isoformat(" ", "minutes")
            several = reused > 1
            counted = f"{reused:,} {'documents were' if several else 'document was'}"
            self.tell(
                f"goes on: {counted} predicted by {when} and {'are' if several else 'is'} reused "
                "(--anew: predict all again)"
            )

    def _tell_notes(self, notes: Iterable[str]) -> None:
        for note in notes:
            if note not in self._notes and len(self._notes) < SHOWN:
                self._notes[note] = None
                self.tell(note)
