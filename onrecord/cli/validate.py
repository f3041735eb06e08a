"""``onrecord validate``: check predictions, exports or ``data/``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from onrecord.cli.common import (
    Commands,
    add_clone,
    add_probes,
    borders_line,
    clashes_line,
    unresolved_line,
)
from onrecord.exceptions import InvalidInput, OnRecordError

if TYPE_CHECKING:
    from onrecord.corpus.checking import Checked
    from onrecord.corpus.registry import Registry
    from onrecord.document import Document


def add(commands: Commands) -> None:
    """Add the verb."""
    parser = commands.add_parser("validate", help="check predictions, exports or data/")
    parser.add_argument("files", nargs="+", metavar="FILE")
    add_clone(parser)
    add_probes(parser)
    parser.set_defaults(command=_validate)


def _validate(given: argparse.Namespace) -> int:
    from onrecord.corpus.corpus import find_root

    root = find_root() if given.gold is None else Path(given.gold)
    checks = _Checks(root, probes=given.probes, renamed=given.renamed)
    status = 0
    for file in given.files:
        try:
            checked, warnings = checks.check(file)
        except OnRecordError as error:
            print(error, file=sys.stderr)
            status = 2
            continue
        _print(file, checked, checks.registry, warnings)
    return status


class _Checks:
    """What files are checked against: the articles, the probes or the renamed articles of a clone.

    Raises:
        InvalidInput: these are missing or break the rules.
    """

    def __init__(self, root: Path, *, probes: bool, renamed: bool) -> None:
        from onrecord.corpus.articles import Articles
        from onrecord.corpus.corpus import load_registry, load_targets
        from onrecord.corpus.gold import load
        from onrecord.probes.files import load_probes

        self._root = root
        self._probes = load_probes(root) if probes else None
        self._built = () if probes or renamed else _built(root)
        self._articles: Mapping[str, Document]
        self._place: Callable[[str], int | None]
        if probes or renamed:
            corpus = load(root, renamed=True) if self._probes is None else self._probes.corpus
            self._articles = corpus.seeds()
            self._place = {id: place for place, id in enumerate(self._articles)}.get
            self.registry, self._targets = corpus.registry, corpus.target_ids
            return
        articles = Articles.checked(root)
        self._articles, self._place = articles, articles.place
        self.registry = load_registry(root)
        self._targets = frozenset(target.id for target in load_targets(root))

    def check(self, file: str) -> tuple[Checked, list[InvalidInput]]:
        """What there is to say of a file, and the warnings that only exports have.

        Predictions and exports of the articles are read a document at a time; what else there is,
        as a whole.

        Raises:
            InvalidInput: the file is not valid.
        """
        from onrecord.corpus.annotated import utterance_warnings
        from onrecord.corpus.checking import check_documents, check_export, check_predictions
        from onrecord.corpus.gold import load
        from onrecord.corpus.layers import is_export, read_layers, require_no_system
        from onrecord.dataset.build import check
        from onrecord.probes.score import require_whole_sets

        if Path(file).resolve() in self._built:
            documents = load(self._root).documents
            check(self._root)
            return check_documents(documents, self.registry), []
        require_no_system(file)
        if self._probes is not None:
            probed = read_layers(file, self._probes.corpus, partial=True)
            require_whole_sets(self._probes, probed, file)
            warnings = list(utterance_warnings(probed)) if is_export(file) else []
            return check_documents(probed, self.registry), warnings
        given = (file, self._articles, self._place)
        if is_export(file):
            return check_export(*given, targets=self._targets, registry=self.registry)
        return check_predictions(*given, targets=self._targets, registry=self.registry), []


def _built(root: Path) -> tuple[Path, ...]:
    """The names of what the build has made."""
    return root / "data", root / "data" / "documents" / "test.jsonl"


def _print(file: str, checked: Checked, registry: Registry, warnings: list[InvalidInput]) -> None:
    """Say that a file is valid, what is in it, and what may be wrong with it all the same."""
    print(
        f"{file}: valid: {checked.documents} documents, {checked.mentions} mentions, "
        f"{checked.quotes} quotes, {checked.stances} stances"
    )
    nobody = unresolved_line(checked.unresolved, registry)
    if nobody is not None:
        print(f"{file}: {nobody}")
    for warning in (
        clashes_line(checked.clashes, registry),
        borders_line(checked.crossings, checked.crossing),
        *warnings,
    ):
        if warning is not None:
            print(f"{file}: warning: {warning}", file=sys.stderr)
