"""The report put together: what is read, the pages and their data, a folder written whole."""

from __future__ import annotations

import difflib
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from onrecord.corpus.canary import CANARY
from onrecord.corpus.corpus import Corpus, find_root
from onrecord.corpus.files import write
from onrecord.corpus.gold import load
from onrecord.corpus.layers import read_layers
from onrecord.corpus.resolution import Names, resolve_names
from onrecord.document import LAYERS, Document
from onrecord.exceptions import InvalidInput, OnRecordError
from onrecord.leaderboard.board import board
from onrecord.leaderboard.probes import ProbeResult, load_probe_result, probes_board
from onrecord.leaderboard.results import Result, load_result, read_submission, rescore
from onrecord.probes.files import load_probes
from onrecord.probes.probe import Probes
from onrecord.report import event, probed, reading
from onrecord.report.board import tables
from onrecord.scoring.breakdown import Key, breakdown
from onrecord.scoring.errors.analysis import KINDS, Count, find_errors
from onrecord.scoring.material import prepare
from onrecord.scoring.report import interval, number

if TYPE_CHECKING:
    from jinja2 import Environment

MENU = (
    ("index.html", "The event"),
    ("board.html", "The board"),
    ("comparisons.html", "Which differences are sure"),
    ("probes.html", "Probes"),
)


class Probed(msgspec.Struct, frozen=True):
    """The probes and the published results on them."""

    suite: Probes
    results: tuple[ProbeResult, ...]


class Row(msgspec.Struct, frozen=True):
    """A result with the predictions that it is of."""

    result: Result
    documents: tuple[Document, ...]
    meant: Names
    """Whom its speakers and holders mean, in each document."""


def _row(result: Result, documents: Sequence[Document], gold: Corpus) -> Row:
    return Row(result, tuple(documents), resolve_names(documents, gold.registry))


def published(root: Path, gold: Corpus) -> list[Row]:
    """The published rows that have predictions."""
    rows = []
    for path in sorted((root / "eval" / "results").glob("*.json")):
        predictions = root / "eval" / "predictions" / f"{path.stem}.jsonl"
        if predictions.exists():
            rows.append(_row(load_result(path), read_layers(predictions, gold), gold))
    return rows


def scored(paths: Sequence[str | Path], root: Path, gold: Corpus) -> list[Row]:
    """Rows of files of predictions, scored now.

    Raises:
        InvalidInput: a file is invalid, or two have one name.
    """
    rows: dict[str, Row] = {}
    for path in map(Path, paths):
        if path.stem in rows:
            raise InvalidInput("has the name of another file", file=path)
        about = read_submission(path.with_suffix(".toml"))
        result, documents = rescore(path, about, gold, root)
        rows[path.stem] = _row(result, documents, gold)
    return list(rows.values())


def build_report(
    folder: str | Path,
    paths: Sequence[str | Path] = (),
    *,
    root: str | Path | None = None,
    standoff: bool = False,
) -> list[Path]:
    """Write the report into a folder, and say which pages there are.

    Args:
        folder: where to; what is there is replaced page by page.
        paths: files of predictions in place of the published rows.
        root: the clone; None: the one that is found.
        standoff: leave out the words of articles and probes.

    Raises:
        OnRecordError: Jinja2 is not installed, or results are of another gold or scorer.
        InvalidInput: a file is invalid.
    """
    base = Path(root) if root is not None else find_root()
    gold = load(base)
    rows = scored(paths, base, gold) if paths else published(base, gold)
    probes = None if paths else Probed(load_probes(base), tuple(_probe_results(base)))
    renamed = [] if paths else _results(base / "eval" / "results" / "renamed")
    made = _Pages(gold, rows, standoff, probes)
    pages = made.assets() | made.event() | made.board(renamed) | made.systems()
    if not standoff:
        pages |= made.articles()
    if probes is not None:
        pages |= made.phenomena(probes)
    for name, content in pages.items():
        write(Path(folder) / name, content.encode("utf-8"))
    return [Path(folder) / name for name in pages if name.endswith(".html")]


class _Pages:
    """Renders each page, with what all of them share."""

    def __init__(
        self, gold: Corpus, rows: Sequence[Row], standoff: bool, probes: Probed | None
    ) -> None:
        self.gold, self.rows, self.words, self.probes = gold, rows, not standoff, probes
        self.jinja = _environment()
        self.names = {entity.id: entity.name for entity in gold.registry}
        self.ids = [document.id for document in gold]

    def page(self, template: str, path: str, **values: Any) -> dict[str, str]:
        shared = {
            "canary": CANARY,
            "here": path,
            "up": "../" * path.count("/"),
            "menu": [
                *(one for one in MENU if self.probes or one[0] != "probes.html"),
                *((f"read/{id}.html", id) for id in self.ids if self.words),
            ],
            "signature": f"gold {self.gold.hash[:12]}",
            "words": self.words,
            "probed": self.probes is not None,
        }
        return {path: self.jinja.get_template(template).render(**shared, **values)}

    def assets(self) -> dict[str, str]:
        """The style, the script, and the articles' texts for the pages that list errors."""
        folder = files(__package__).joinpath("assets")
        found = {
            f"assets/{name}": folder.joinpath(name).read_text(encoding="utf-8")
            for name in ("report.css", "report.js")
        }
        texts = {one.id: one.text for one in self.gold} if self.words else {}
        found["assets/texts.js"] = f"window.OnRecordTexts = {_json(texts)};\n// {CANARY}\n"
        return found

    def event(self) -> dict[str, str]:
        return self.page(
            "event.html",
            "index.html",
            outlets=event.outlets(self.gold),
            documents=self.ids,
            utterances=event.utterances(self.gold),
            stances=event.stances(self.gold),
            entities=event.entities(self.gold),
        )

    def board(self, renamed: Sequence[Result]) -> dict[str, str]:
        systems = [row.result.name for row in self.rows]
        boards = [("On the articles", tables([row.result for row in self.rows], systems))]
        texts = [board([row.result for row in self.rows], self.gold)]
        if renamed:
            boards.append(("With all names replaced by invented ones", tables(renamed, systems)))
        if self.probes is not None:
            texts.append(probes_board(self.probes.results, self.probes.suite, "plain"))
        return self.page("board.html", "board.html", boards=boards, layers=LAYERS) | self.page(
            "comparisons.html", "comparisons.html", comparisons="\n\n".join(texts)
        )

    def systems(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for row in self.rows:
            result = row.result
            analysis = find_errors(self.gold, row.documents)
            attempted = [layer for layer in LAYERS if layer in result.scores.layers]
            data = {
                "system": result.name,
                "cases": reading.cases([e for e in analysis.errors if e.layer in attempted]),
            }
            found |= self.page(
                "system.html",
                f"system/{result.name}.html",
                name=result.name,
                description=result.description.replace("`", ""),
                note=result.note,
                scores=[_score(result, layer) for layer in attempted],
                parts=_parts(self.gold, row.documents, attempted),
                counts=_by_layer([c for c in analysis.counts if c.layer in attempted]),
                kinds=sorted({kind for kinds in KINDS.values() for kind in kinds} - {"right"}),
                documents=self.ids,
                data=_json(data),
            )
        return found

    def articles(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for at, document in enumerate(self.gold):
            readings = {"gold": reading.layers(document, {})}
            for row in self.rows:
                meant = row.meant[document.id]
                layers = reading.layers(row.documents[at], meant)
                readings[row.result.name] = layers
            found |= self.page(
                "article.html",
                f"read/{document.id}.html",
                outlet=document.meta.outlet or "An outlet that is not named",
                heading=document.meta.title or document.id,
                text=document.text,
                readings=list(readings),
                data=_json({"text": document.text, "readings": readings, "names": self.names}),
            )
        return found

    def phenomena(self, probes: Probed) -> dict[str, str]:
        suite = probes.suite
        results = sorted(probes.results, key=lambda one: (-_sets_right(one), one.name))
        systems = [result.name for result in results]
        heat = probed.heat(results, suite)
        layers = probed.standings(results, suite)
        found = self.page(
            "probes.html", "probes.html", systems=systems, heat=heat, standings=layers
        )
        if self.words:
            for name, sets in probed.sets(results, suite).items():
                shown = [
                    {
                        "name": one.name,
                        "dress": one.dress,
                        "shown": _side_by_side(one.members),
                        "marks": _by_system(systems, one.members),
                    }
                    for one in sets
                ]
                path = f"probes/{name}.html"
                found |= self.page("phenomenon.html", path, name=name, systems=systems, sets=shown)
        return found


def _results(folder: Path) -> list[Result]:
    return [load_result(path) for path in sorted(folder.glob("*.json"))]


def _sets_right(result: ProbeResult) -> int:
    return sum("-" not in "".join(marks.values()) for marks in result.sets.values())


def _probe_results(root: Path) -> list[ProbeResult]:
    folder = root / "eval" / "results" / "probes"
    return [load_probe_result(path) for path in sorted(folder.glob("*.json"))]


def _environment() -> Environment:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ModuleNotFoundError:
        raise OnRecordError("Jinja2 is not installed; pip install 'onrecord[report]'") from None
    return Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _json(value: Any) -> Any:
    """The value as JSON that no element or comment of HTML can end."""
    from markupsafe import Markup

    words = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        words = words.replace(character, f"\\u{ord(character):04x}")
    return Markup(words)


def _by_system(systems: Sequence[str], members: Sequence[probed.Member]) -> list[tuple[str, str]]:
    """The systems that were run on a set, each with a mark for each member."""
    return [
        (system, " ".join("+" if member.right[n] else "−" for member in members))
        for n, system in enumerate(systems)
        if members[0].right[n] is not None
    ]


def _score(result: Result, layer: str) -> list[str]:
    if layer in result.scores.answered:
        return [layer, "given", "", "", ""]
    score = result.scores[layer]
    ends = "" if score.interval is None else interval(score.interval)
    return [layer, number(score.f1), ends, number(score.precision), number(score.recall)]


def _parts(
    gold: Corpus, documents: Sequence[Document], layers: Sequence[str]
) -> list[tuple[str, list[str], list[list[str]]]]:
    """F1 by article, type, form, nesting and zone: what by, the layers, a row for each part."""
    material = prepare(gold, documents)
    found: list[tuple[str, list[str], list[list[str]]]] = []
    keys: tuple[Key, ...] = ("document", "type", "form", "nesting", "zone")
    for by in keys:
        rows: dict[str, dict[str, str]] = defaultdict(dict)
        for part in breakdown(material, by):
            if part.layer in layers:
                rows[part.part][part.layer] = number(part.f1)
        shown = [layer for layer in layers if any(layer in row for row in rows.values())]
        if shown:
            lines = [[name, *(row.get(layer, "") for layer in shown)] for name, row in rows.items()]
            found.append((str(by), shown, lines))
    return found


def _by_layer(counts: Sequence[Count]) -> list[tuple[str, list[Count]]]:
    found: dict[str, list[Count]] = defaultdict(list)
    for count in counts:
        found[count.layer].append(count)
    return list(found.items())


def _side_by_side(
    members: Sequence[probed.Member],
) -> list[tuple[probed.Member, list[tuple[str, bool]]]]:
    """Each member with its text in pieces, and whether a piece differs from the original's."""
    first = _words(members[0].text)
    shown = []
    for member in members:
        words = _words(member.text)
        matcher = difflib.SequenceMatcher(None, first, words, autojunk=False)
        pieces = [
            ("".join(words[start:end]), tag != "equal")
            for tag, _, _, start, end in matcher.get_opcodes()
            if start < end
        ]
        shown.append((member, pieces))
    return shown


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\w+|[^\w\s]", text)
