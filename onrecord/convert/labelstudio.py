"""Exports of Label Studio as predictions, a task at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from onrecord.convert.kept import KeptDocuments
from onrecord.corpus.exports.attached import find_attached
from onrecord.corpus.exports.exports import each_task, missing, require_sound
from onrecord.corpus.files import read_items
from onrecord.corpus.registry import Registry
from onrecord.document import LAYERS, Document
from onrecord.exceptions import InvalidInput


class Annotated:
    """What the tasks of an export annotate, by article; it waits in a temporary file.

    Args:
        articles: the articles by id.
        targets: the ids that stances may use.
        registry: whose entities the annotations must use.
    """

    def __init__(
        self, articles: Mapping[str, Document], targets: Collection[str], registry: Registry
    ) -> None:
        self._articles = articles
        self._targets = targets
        self._registry = registry
        self._kept = KeptDocuments()

    def read(self, path: str | Path) -> tuple[str, ...]:
        """Read an export; what it has that predictions do not keep.

        Raises:
            InvalidInput: it is not valid, or lacks an article; :class:`InvalidTasks` where there are
                several faults.
        """
        faults: list[InvalidInput] = []
        try:
            tasks = read_items(path)
            for one in each_task(tasks, self._articles, self._targets, self._registry):
                if isinstance(one, Document):
                    self._kept.put(one.numbered())
                else:
                    faults.append(one)
            named = {fault.document for fault in faults}
            faults += missing(
                id for id in self._articles if id not in self._kept and id not in named
            )
            require_sound(faults)
        except InvalidInput as error:
            raise error.at(file=path) from None
        return tuple(str(one.at(file=path)) for one in find_attached(read_items(path)))

    def encoded(self) -> Iterator[bytes]:
        """What was read as the lines of a file of predictions, one at a time."""
        return self._kept.encoded(self._articles, LAYERS)
