"""The page of statistics, ``data/STATISTICS.md``, and its figures, made from the gold alone.

Documents are columns, named by their ids, since not every article names its outlet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from onrecord.corpus.canary import CANARY
from onrecord.corpus.corpus import Corpus
from onrecord.corpus.files import write_changed
from onrecord.corpus.gold import load
from onrecord.dataset.describe import (
    FORMS,
    SIGNS,
    Row,
    label,
    mentions_by_entity,
    mentions_by_type,
    nested_quotes,
    positions,
    principal,
    provenance,
    quotes_by_form,
    quotes_by_principal,
    quotes_by_speaker,
    reports,
    sizes,
)
from onrecord.document import MENTION_TYPES, Form
from onrecord.scoring.ceiling import expert_stances
from onrecord.scoring.report import UNDEFINED, number, render


def make(root: Path) -> dict[Path, bytes]:
    """The page and the figures, as they follow from the gold in ``data/``.

    Raises:
        OnRecordError: there is no gold, or the library that draws is not installed.
    """
    from onrecord.dataset.plots import mentions_figure, stances_figure, utterances_figure

    corpus = load(root)
    data = root / "data"
    return {
        data / "STATISTICS.md": statistics_page(corpus).encode("utf-8"),
        data / "figures" / "mentions.svg": mentions_figure(corpus),
        data / "figures" / "utterances.svg": utterances_figure(corpus),
        data / "figures" / "stances.svg": stances_figure(corpus),
    }


def build(root: Path) -> list[Path]:
    """Write what :func:`make` gives; the files that changed."""
    return write_changed(make(root))


def statistics_page(corpus: Corpus) -> str:
    """All tables as a page in Markdown; what comes from the data is escaped."""
    draft = ["DRAFT GOLD: one annotation pass, not yet adjudicated."]
    parts = [
        "# Statistics of the gold",
        f"{provenance(corpus)} {CANARY}",
        *(draft if corpus.status == "draft" else []),
        "A column is a document, named by its id, since not every article names its outlet. All of "
        "the gold counts, promotional text too.",
        "## Size",
        _counts("items", sizes(corpus), corpus),
        "An utterance that several documents carry counts once under *all*.",
        *_mention_parts(corpus),
        *_quote_parts(corpus),
        *_utterance_parts(corpus),
        *_stance_parts(corpus),
    ]
    return "\n\n".join(parts) + "\n"


def escape(text: str | None) -> str:
    """A name from the data so that Markdown shows it as it is, in a cell or a sentence."""
    if text is None:
        return UNDEFINED
    safe = label(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{c}" if c in r"\`*_{}[]|~$#!:@." else c for c in safe)


def _mention_parts(corpus: Corpus) -> list[str]:
    types, entities = mentions_by_type(corpus), mentions_by_entity(corpus)
    missing = [name for name in MENTION_TYPES if name not in {row.name for row in types}]
    carried = Counter(row.documents for row in entities)
    by_documents = [
        f"{carried[number]} by {_documents(number)}" for number in sorted(carried, reverse=True)
    ]
    most = [row for row in entities if 2 * row.documents > len(corpus)]
    return [
        "## Mentions",
        "![Mentions by type in each document](figures/mentions.svg)",
        _counts("type", types, corpus),
        f"Types that do not occur: {_listed(missing)}.",
        "### Entities that documents share",
        f"{len(entities)} entities are mentioned: {', '.join(by_documents) or 'none'}. Those that "
        "more than half of the documents mention, with their mentions:",
        _counts("entity", most, corpus),
    ]


def _quote_parts(corpus: Corpus) -> list[str]:
    speakers = [
        [escape(row.name), escape(principal(row.name, corpus.registry)), *_numbers(row)]
        for row in quotes_by_speaker(corpus)
    ]
    return [
        "## Quotes",
        _counts("form", quotes_by_form(corpus), corpus),
        "### Speakers",
        _table(["speaker", "principal", *_ids(corpus), "all"], speakers),
        "The principal is whom a speaker speaks for in the end. By principal:",
        _counts("principal", quotes_by_principal(corpus), corpus),
        "### Quotes in quotes",
        _counts("quotes", nested_quotes(corpus), corpus),
        "A wrapper holds other reports and has no utterance; they have.",
    ]


def _utterance_parts(corpus: Corpus) -> list[str]:
    every = reports(corpus)
    shared = [each for each in every if each.documents > 1]
    rows = [
        [escape(each.utterance), escape(each.principal), *map(_count_forms, each.forms)]
        for each in shared
    ]
    alone = Counter(
        document.id
        for each in every
        if each.documents == 1
        for document, forms in zip(corpus, each.forms, strict=True)
        if forms
    )
    each_alone = [f"{escape(document.id)} {alone[document.id]}" for document in corpus]
    return [
        "## Utterances",
        f"The quotes report {len(every)} utterances. {len(shared)} are carried by more than one "
        "document; the cells are the forms of the reports.",
        "![Reports of shared utterances in each document](figures/utterances.svg)",
        _table(["utterance", "principal", *_ids(corpus)], rows),
        f"{len(every) - len(shared)} are carried by one document only: {', '.join(each_alone) or 'none'}.",
    ]


def _stance_parts(corpus: Corpus) -> list[str]:
    found = positions(corpus)
    holders = list(dict.fromkeys(holder for holder, _ in found))
    targets = [target.id for target in corpus.targets]
    taken = [target for target in targets if any((holder, target) in found for holder in holders)]
    rows = [
        [escape(target), *(_signs(found.get((holder, target), ())) for holder in holders)]
        for target in taken
    ]
    given = {pair: [p for p in each if p is not None] for pair, each in found.items()}
    several = {pair: each for pair, each in given.items() if len(each) > 1}
    differing = [pair for pair, each in several.items() if len(set(each)) > 1]
    differ = [f"{escape(holder)} on {escape(target)}" for holder, target in differing]
    return [
        "## Stances",
        f"Each cell has a place for each document, in this order: {', '.join(_ids(corpus)) or 'none'}. "
        "`+` is favor, `−` against, `±` mixed, `·` a document that gives no stance; where no "
        "document gives one, the cell is empty.",
        _table(["target", *map(escape, holders)], rows),
        f"Targets without a stance: {_listed([each for each in targets if each not in taken])}.",
        f"Of {len(found)} pairs of holder and target, {len(found) - len(several)} occur in one "
        f"document only. More than one document has the other {len(several)}; they agree on "
        f"{len(several) - len(differing)} and differ on {len(differing)}: {', '.join(differ) or 'none'}.",
        "![Stances by holder, target and document](figures/stances.svg)",
        *_vote_parts(corpus),
    ]


def _vote_parts(corpus: Corpus) -> list[str]:
    """What readers voted, and what that leaves open."""
    if not corpus.votes:
        return []
    asked = [vote for vote in corpus.votes if vote.ask == "stance"]
    open_ones = [vote for vote in corpus.votes if vote.contested]
    rows = [
        [
            escape(vote.doc_id),
            escape(", ".join((vote.holder, vote.target or "")) if vote.holder else None),
            escape(f"{vote.ask} of {', '.join(vote.quotes)}" if vote.quotes else None),
            escape(", ".join(f"{each.votes} {each.answer or 'null'}" for each in vote.answers)),
        ]
        for vote in open_ones
    ]
    unanimous = sum(len(vote.answers) == 1 for vote in asked)
    return [
        "## Votes",
        f"Readers voted on {len(asked)} cells of document, holder and target, and were of one mind on "
        f"{unanimous}; on {len(corpus.votes) - len(asked)} questions about quotes besides. Where no "
        "answer has more than three quarters of the votes, the item is contested: it stays in the data "
        "and is left out of the headline score.",
        _table(["document", "stance", "quote", "votes"], rows),
        *_ceiling_parts(corpus),
    ]


def _ceiling_parts(corpus: Corpus) -> list[str]:
    """What a reader would score in stances, by the votes of the others."""
    rows = []
    for name, contested in (("contested left out", False), ("with contested", True)):
        table = expert_stances(corpus, contested=contested)
        if table is not None:
            figures = (number(figure) for figure in (table.f1, table.precision, table.recall))
            rows.append([name, *figures])
    return [
        "What a further reader would score in stances, each reader's votes against the most frequent "
        "answer of the others (the layer's ceiling):",
        _table(["stances", "F1", "precision", "recall"], rows),
    ]


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return render(headers, rows, "markdown")


def _counts(name: str, rows: Sequence[Row], corpus: Corpus) -> str:
    cells = [[escape(row.name), *_numbers(row)] for row in rows]
    return _table([name, *_ids(corpus), "all"], cells)


def _numbers(row: Row) -> list[str]:
    return [str(count) for count in (*row.counts, row.all)]


def _ids(corpus: Corpus) -> list[str]:
    return [escape(document.id) for document in corpus]


def _documents(number: int) -> str:
    return "1 document" if number == 1 else f"{number} documents"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(escape, names)) or "none"


def _count_forms(forms: Sequence[Form]) -> str:
    """The forms as words, with a number where one occurs more than once."""
    counts = Counter(forms)
    named = [(counts[form], form) for form in FORMS if counts[form]]
    return ", ".join(form if count == 1 else f"{count} {form}" for count, form in named)


def _signs(polarities: Sequence[str | None]) -> str:
    return f"`{''.join(SIGNS[polarity] for polarity in polarities)}`" if polarities else ""
