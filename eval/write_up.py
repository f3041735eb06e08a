"""The tables of ``eval/README.md`` and ``eval/PROBES.md`` and a figure, made from what is published.

``python eval/write_up.py`` writes them anew; ``--check`` fails when they are not what the results give.
"""

from __future__ import annotations

import io
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path

from probe_tables import tables as probe_tables

import onrecord
from onrecord.corpus.canary import CANARY
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import write
from onrecord.corpus.registry import Entity
from onrecord.dataset.plots import BLUE, GREY, drawing
from onrecord.document import LAYERS, Document, Mention, Quote, Span, derive_form
from onrecord.leaderboard.results import Result, load_result
from onrecord.scoring.errors.analysis import Analysis, find_errors
from onrecord.scoring.material import prepare
from onrecord.scoring.report import number, render

EVAL = Path(__file__).parent
PAGE = EVAL / "README.md"
PROBES_PAGE = EVAL / "PROBES.md"
FIGURE = EVAL / "cost.svg"
FOUND = 3
"""Kinds of error that the table names for each system and layer."""
CAPITALS = frozenset({"Ankara", "Athens", "Moscow", "Washington"})
"""Names of capitals that the gold links to their countries, where they stand for them."""


def published() -> list[Result]:
    """The rows of systems, references left out."""
    results = [load_result(path) for path in sorted((EVAL / "results").glob("*.json"))]
    return [result for result in results if result.reference is None]


def got_gold(result: Result) -> bool:
    return any(one.endswith("=gold") for one in result.scores.given)


Analyses = Mapping[str, Analysis]
"""The errors of each row by its name."""


def errors_table(results: Iterable[Result], analyses: Analyses) -> str:
    """The most frequent kinds of error of each system in each layer it attempts."""
    rows = []
    for result in results:
        analysis = analyses[result.name]
        for layer in (layer for layer in LAYERS if result.scores.attempts(layer)):
            counts = [c for c in analysis.counts if c.layer == layer and c.n]
            wrong = [f"{c.kind} {c.n}" for c in counts if c.kind != "right"][:FOUND]
            f1 = number(result.scores[layer].f1)
            rows.append([layer, result.name, f1, ", ".join(wrong)])
    rows.sort(key=lambda row: (LAYERS.index(row[0]), row[2] == "–", -float(row[2])))
    return render(["layer", "system", "F1", "most frequent errors"], rows, "markdown")


def phenomena_table(results: Sequence[Result], analyses: Analyses, gold: Corpus) -> str:
    """Of the gold's items of a kind, how many the best system finds, and how many any of them does."""
    found: dict[str, dict[str, set[object]]] = defaultdict(dict)
    everything: dict[str, set[object]] = defaultdict(set)
    for phenomenon, item in gold_items(gold):
        everything[phenomenon].add(item)
    for result in results:
        right = right_items(analyses[result.name], gold)
        for phenomenon, items in everything.items():
            layer = phenomenon.partition(":")[0]
            if result.scores.attempts(layer) and not got_gold(result):
                found[phenomenon][result.name] = items & right[layer]
    rows = []
    for phenomenon, items in everything.items():
        systems = found[phenomenon]
        best = max(systems, key=lambda name: (len(systems[name]), name), default="")
        union = set().union(*systems.values())
        most = f"{len(systems[best])} ({best})" if best and systems[best] else "0"
        rows.append([phenomenon, str(len(items)), most, str(len(union))])
    rows.sort(key=lambda row: (LAYERS.index(row[0].partition(":")[0]), -int(row[1]), row[0]))
    return render(["phenomenon", "gold", "best system", "any system"], rows, "markdown")


def counted_gold(gold: Corpus) -> list[Document]:
    """The gold's documents with the items that count, in the order of the corpus."""
    return [document for document, _ in prepare(gold, gold.documents).pairs]


def gold_items(gold: Corpus) -> Iterable[tuple[str, object]]:
    """Every gold item that counts, with what it is a case of."""
    reports: dict[str, list[tuple[str, object]]] = defaultdict(list)
    counted = counted_gold(gold)
    for document in counted:
        for quote in document.quotes:
            if quote.utterance:
                reports[quote.utterance].append((document.id, quote.content))
    for members in reports.values():
        for one, other in combinations(members, 2):
            where = "within an article" if one[0] == other[0] else "across outlets"
            yield f"utterances: link {where}", frozenset({one, other})
    for whole, document in zip(gold, counted, strict=True):
        for m in document.mentions:
            item = (document.id, (m.span,))
            yield f"entities: {m.label}", item
            if m.entity is not None:
                yield f"linking: {how_named(m, gold.registry[m.entity], whole.text)}", item
        for quote in document.quotes:
            item = (document.id, quote.content)
            yield f"quotes: {derive_form(quote, whole.quotes, whole.text)}", item
            yield f"quotes: {'nested' if quote.parent else 'not nested'}", item
            if quote.source is None:
                yield "quotes: without a source", item
            elif quote.source.of(whole.text).lower() in {"he", "she", "it", "they", "we"}:
                yield "quotes: pronoun as source", item
        for stance in document.stances:
            item = (document.id, stance.holder, stance.target)
            yield f"stances: {stance.polarity}", item
            yield f"stances: {how_shown(stance.evidence, whole.quotes)}", item


def how_named(mention: Mention, entity: Entity, text: str) -> str:
    if mention.span.of(text) in CAPITALS and entity.name not in CAPITALS:
        return "capital that stands for a country"
    return "adjective or people (NORP)" if mention.label == "NORP" else "other name"


def how_shown(evidence: Sequence[Span], quotes: Sequence[Quote]) -> str:
    spans = [span for quote in quotes for span in quote.content]
    inside = any(s.start < e.end and e.start < s.end for s in spans for e in evidence)
    return "shown in somebody's words" if inside else "shown in the outlet's words"


def right_items(analysis: Analysis, gold: Corpus) -> Mapping[str, set[object]]:
    """The gold items that a system has right, as its errors leave them."""
    wrong: dict[str, set[object]] = defaultdict(set)
    for case in analysis.errors:
        for item in case.gold:
            wrong[case.layer] |= {(item.document, item.spans), (item.document, item.label)}
        wrong[case.layer].add(frozenset((item.document, item.spans) for item in case.gold))
    right: dict[str, set[object]] = defaultdict(set)
    for document in counted_gold(gold):
        spans = [(document.id, (m.span,)) for m in document.mentions]
        right["entities"] |= {item for item in spans if item not in wrong["entities"]}
        right["linking"] |= {item for item in spans if item not in wrong["linking"]}
        contents = [(document.id, quote.content) for quote in document.quotes]
        right["quotes"] |= {item for item in contents if item not in wrong["quotes"]}
        for stance in document.stances:
            name = gold.registry[stance.holder].name
            if (document.id, f"{name} {stance.polarity} {stance.target}") not in wrong["stances"]:
                right["stances"].add((document.id, stance.holder, stance.target))
    links = {item for phenomenon, item in gold_items(gold) if phenomenon.startswith("utterances")}
    right["utterances"] = links - wrong["utterances"]
    return right


def answers_are_saved(result: Result) -> bool:
    """Whether the row was made from a model's saved answers, so that its seconds are not a cost."""
    return (EVAL / "answers" / f"{result.run.options.get('model')}.jsonl").exists()


def cost_figure(results: Sequence[Result]) -> bytes:
    """F1 against seconds for five articles, a panel for each layer; grey: given another layer."""
    timed = [r for r in results if r.run.seconds is not None and not answers_are_saved(r)]
    with drawing():
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        figure = Figure(figsize=(11, 3.2))
        FigureCanvasSVG(figure)
        for place, layer in enumerate(LAYERS):
            axes = figure.add_axes((0.05 + place * 0.19, 0.17, 0.165, 0.68))
            shown = [r for r in timed if r.scores.attempts(layer)]
            shown.sort(key=lambda r: (r.scores[layer].f1 or 0.0, r.name))
            names: list[tuple[float, float]] = []
            for r in shown:
                x, y = max(r.run.seconds or 0.0, 0.01), r.scores[layer].f1 or 0.0
                near = [h for other, h in names if 1 / 100 < other / x < 100]
                height = max([y, *(h + 0.045 for h in near)])  # above another's name, not on it
                names.append((x, height))
                axes.plot(x, y, "o", color=GREY if r.scores.given else BLUE, markersize=4)
                axes.text(x * 1.5, height, r.name, fontsize=6, va="center")
            axes.set_xscale("log")
            axes.set_xlim(0.005, 20_000)
            axes.set_xticks([0.01, 1, 100, 10_000], ["0.01", "1", "100", "10,000"])
            axes.minorticks_off()
            axes.set_ylim(-0.03, 1.1)
            axes.set_title(layer, fontsize=9)
            axes.set_xlabel("seconds for five articles", fontsize=7)
            axes.tick_params(labelsize=7)
        figure.axes[0].set_ylabel("F1", fontsize=8)
        content = io.BytesIO()
        figure.savefig(content, format="svg", metadata={"Date": None, "Description": CANARY})
    return content.getvalue()


def page(results: Sequence[Result], gold: Corpus) -> bytes:
    """The page with its tables made anew; the words between them are written by hand."""
    predictions = EVAL / "predictions"
    analyses = {r.name: find_errors(gold, predictions / f"{r.name}.jsonl") for r in results}
    tables = {
        "errors": errors_table(results, analyses),
        "phenomena": phenomena_table(results, analyses, gold),
    }
    return filled(PAGE, tables)


def filled(page: Path, tables: Mapping[str, str]) -> bytes:
    """A page with each table between its two comments."""
    text = page.read_text(encoding="utf-8")
    for name, table in tables.items():
        pattern = rf"(<!-- {name} -->)\n.*?(<!-- /{name} -->)"
        text, made = re.subn(
            pattern, lambda m, t=table: f"{m[1]}\n{t}\n{m[2]}", text, flags=re.DOTALL
        )
        assert made == 1, name
    return text.encode("utf-8")


def main() -> int:
    gold, results = onrecord.load(EVAL.parent), published()
    files = {
        PAGE: page(results, gold),
        PROBES_PAGE: filled(PROBES_PAGE, probe_tables()),
        FIGURE: cost_figure(results),
    }
    old = [
        path for path, content in files.items() if not path.exists() or path.read_bytes() != content
    ]
    if "--check" in sys.argv:
        if old:
            sys.exit(f"{old[0].name} is not what the results give; run python eval/write_up.py")
        return 0
    for path in old:
        write(path, files[path])
    return 0


if __name__ == "__main__":
    sys.exit(main())
