"""The pages: what each shows, rendered from its template; a page at a time."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from onrecord.corpus.canary import CANARY
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.resolution import resolve_names
from onrecord.document import LAYERS, Document, marks
from onrecord.exceptions import OnRecordError
from onrecord.leaderboard.board import board
from onrecord.leaderboard.probes import TEXT_ALONE, ProbeResult, probes_board, tracks
from onrecord.leaderboard.results import Result
from onrecord.markup import pieces
from onrecord.probes.probe import Probes
from onrecord.probes.score import ProbeScores
from onrecord.report import event, probed
from onrecord.report.board import probe_tables, tables
from onrecord.report.listed import errors_data
from onrecord.report.reading import Readings
from onrecord.scoring.breakdown import Key, breakdown
from onrecord.scoring.errors.analysis import KINDS, Count, find_errors
from onrecord.scoring.material import prepare
from onrecord.scoring.report import interval, number

if TYPE_CHECKING:
    from jinja2 import Environment

FEW = 12
"""Articles that still fit side by side, as columns of a table and as entries of the menu."""
PAGED = 200
"""Lines of a table on one page where it goes on on the next."""

Page = Iterator[tuple[str, str]]
"""Paths in the folder, each with its content."""


class Pages:
    """Renders each page, with what all of them share.

    Args:
        gold: the articles with the gold's layers.
        words: whether the words of articles and probes are shown.
        probed: whether there are pages on the probes.
    """

    def __init__(self, gold: Corpus, *, words: bool, probed: bool) -> None:
        self.gold, self.words, self.probed = gold, words, probed
        self.jinja = _environment()
        self.names = {entity.id: entity.name for entity in gold.registry}
        self.ids = [document.id for document in gold]
        self.few = len(self.ids) <= FEW
        self.readings = {id: Readings() for id in self.ids}
        for document in gold:
            self.readings[document.id].add("gold", document, {})
        self.menu = [
            ("index.html", "The event"),
            ("board.html", "The board"),
            ("comparisons.html", "Which differences are sure"),
            *([("probes.html", "Probes")] if probed else []),
        ]
        if words and self.few:
            self.menu += [(f"read/{id}.html", id) for id in self.ids]
        elif words:
            self.menu += [("articles.html", "Articles")]

    def page(self, template: str, path: str, **values: Any) -> tuple[str, str]:
        """A page with the menu and the notices that all have."""
        shared = {
            "canary": CANARY,
            "here": path,
            "up": "../" * path.count("/"),
            "menu": self.menu,
            "signature": f"gold {self.gold.hash[:12]}",
            "words": self.words,
            "probed": self.probed,
            "few": self.few,
            "documents": self.ids,
        }
        return path, self.jinja.get_template(template).render(**shared, **values)

    def paged(self, template: str, name: str, rows: Sequence[Any], **values: Any) -> Page:
        """A table on as many pages as it needs: ``NAME.html``, ``NAME-2.html`` and so on."""
        starts = range(0, max(len(rows), 1), PAGED)
        every = [f"{name}.html" if not n else f"{name}-{n + 1}.html" for n in range(len(starts))]
        for at, (path, start) in enumerate(zip(every, starts, strict=True)):
            part = rows[start : start + PAGED]
            yield self.page(template, path, rows=part, at=at, every=every, **values)

    def assets(self) -> Page:
        """The style, the script, and the articles' texts for the pages that list errors."""
        folder = files(__package__).joinpath("assets")
        for name in ("report.css", "report.js"):
            yield f"assets/{name}", folder.joinpath(name).read_text(encoding="utf-8")
        texts = {one.id: one.text for one in self.gold} if self.words else {}
        yield "assets/texts.js", f"window.OnRecordTexts = {_json(texts)};\n// {CANARY}\n"

    def event(self) -> Page:
        """Who said what, who stands where and who is named, article by article; the first page."""
        said, named = event.utterances(self.gold), event.entities(self.gold)
        held = event.stances(self.gold)
        shared = {"outlets": event.outlets(self.gold)}
        if self.few:
            yield self.page(
                "event.html", "index.html", said=said, held=held, named=named, more={}, **shared
            )
            return
        lists = {
            "said": ("Who said what", said, False),
            "stands": ("Who stands where", [row for _, rows in held for row in rows], True),
            "named": ("Who is named, and how", named, False),
        }
        if len(held) > 1:
            about = [
                event.Row(row.name, proposition, row.cells)
                for proposition, rows in held
                for row in rows
            ]
            lists["stands"] = ("Who stands where", about, True)
        for name, (title, rows, held_rows) in lists.items():
            yield from self.paged(
                "more.html", name, rows, heading=title, held=held_rows, of=len(rows), **shared
            )
        yield self.page(
            "event.html",
            "index.html",
            said=said[:FEW],
            held=[],
            named=named[:FEW],
            more={name: len(rows) for name, (_, rows, _) in lists.items()},
            **shared,
        )

    def boards(
        self,
        results: Sequence[Result],
        renamed: Sequence[Result] = (),
        probe_results: Sequence[ProbeResult] = (),
        probes: Probes | None = None,
    ) -> Page:
        """The board, and what the tests say of it."""
        systems = {result.name for result in results}
        boards = [("On the articles", tables(results, systems))]
        texts = [board(results, self.gold)]
        if renamed:
            boards.append(("With all names replaced by invented ones", tables(renamed, systems)))
        if probes is not None:
            found = tracks(probe_results, probes)
            boards.append(("On the probes: the share of sets right", probe_tables(found, systems)))
            texts.append(probes_board(probe_results, probes, "plain"))
        yield self.page("board.html", "board.html", boards=boards, layers=LAYERS)
        yield self.page("comparisons.html", "comparisons.html", comparisons="\n\n".join(texts))

    def system(self, result: Result, documents: Sequence[Document]) -> Page:
        """A system's page; its reading of each article is kept for theirs."""
        meant = resolve_names(documents, self.gold.registry)
        for document in documents:
            self.readings[document.id].add(result.name, document, meant[document.id])
        analysis = find_errors(self.gold, documents)
        attempted = [layer for layer in LAYERS if layer in result.scores.layers]
        cases = [case for case in analysis.errors if case.layer in attempted]
        data = errors_data(result.name, cases)
        yield self.page(
            "system.html",
            f"system/{result.name}.html",
            name=result.name,
            description=result.description.replace("`", ""),
            note=result.note,
            scores=[_score(result, layer) for layer in attempted],
            parts=_parts(self.gold, documents, attempted, articles=self.few),
            counts=_by_layer([c for c in analysis.counts if c.layer in attempted]),
            kinds=sorted({kind for kinds in KINDS.values() for kind in kinds} - {"right"}),
            subkinds=sorted({case.subkind for case in cases if case.subkind}),
            listed=len(data["cases"]),
            of=len(cases),
            data=_json(data),
        )

    def articles(self) -> Page:
        """Each article with the readings of all systems so far."""
        if not self.words:
            return
        for document in self.gold:
            readings = self.readings[document.id]
            rest = _json({"text": document.text, "names": self._names_in(document)})
            yield self.page(
                "article.html",
                f"read/{document.id}.html",
                outlet=document.meta.outlet or "An outlet that is not named",
                heading=document.meta.title or document.id,
                pieces=list(pieces(len(document.text), list(marks(document)))),
                text=document.text,
                readings=readings.names,
                data=_escaped(f"{rest[:-1]},{readings.json()[1:]}"),
            )
        if not self.few:
            yield from self.paged("articles.html", "articles", self.gold.documents)

    def _names_in(self, document: Document) -> dict[str, str]:
        """The names of the registry by id: all, or where they are many those that the gold has here."""
        if self.few:
            return self.names
        ids = {mention.entity for mention in document.mentions}
        ids |= {quote.speaker for quote in document.quotes}
        ids |= {stance.holder for stance in document.stances}
        return {id: self.names[id] for id in sorted(filter(None, ids)) if id in self.names}

    def phenomena(
        self,
        probes: Probes,
        results: Sequence[ProbeResult],
        scores: Mapping[str, ProbeScores],
    ) -> Page:
        """The probes by phenomenon, and each set with what the systems gave."""
        ordered = sorted(results, key=lambda one: (-_sets_right(one), one.name))
        kept = {result.name: scores[result.name] for result in ordered if result.name in scores}
        track = next(one for one in tracks(results, probes) if one.title == TEXT_ALONE)
        yield self.page(
            "probes.html",
            "probes.html",
            systems=[result.name for result in ordered],
            heat=probed.heat(ordered, probes),
            standings=probed.standings(track),
        )
        if not self.words:
            return
        for name, sets in probed.sets(ordered, probes).items():
            data = _json(probed.answers(sets, probes, kept))
            run = [system for system in kept if any(system in one.by_system for one in sets)]
            yield self.page(
                "phenomenon.html",
                f"probes/{name}.html",
                name=name,
                sets=sets,
                systems=run,
                data=data,
            )


def _sets_right(result: ProbeResult) -> int:
    return sum("-" not in "".join(marks.values()) for marks in result.sets.values())


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
    return _escaped(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _escaped(words: str) -> Any:
    """JSON without the characters by which HTML could read something in it."""
    from markupsafe import Markup

    for character in "<>&\u2028\u2029":
        words = words.replace(character, f"\\u{ord(character):04x}")
    return Markup(words)


def _score(result: Result, layer: str) -> list[str]:
    if layer in result.scores.answered:
        return [layer, "given", "", "", ""]
    score = result.scores[layer]
    ends = "" if score.interval is None else interval(score.interval)
    return [layer, number(score.f1), ends, number(score.precision), number(score.recall)]


def _parts(
    gold: Corpus, documents: Sequence[Document], layers: Sequence[str], *, articles: bool
) -> list[tuple[str, list[str], list[list[str]]]]:
    """F1 by article, type, form, nesting and zone: what by, the layers, a row for each part."""
    material = prepare(gold, documents)
    found: list[tuple[str, list[str], list[list[str]]]] = []
    keys: tuple[Key, ...] = ("document", "type", "form", "nesting", "zone")
    for by in keys[not articles :]:
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
