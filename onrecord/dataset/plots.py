"""Figures of the statistics, as SVG whose bytes follow from the corpus and matplotlib's version alone.

Text is drawn as paths of the font that matplotlib ships, axes are placed by arithmetic and not by a
solver, and the settings of a machine are left out. Colours are from the palette of Okabe and Ito
(2008), which colour-blind readers can tell apart; what they say is said by a shape, sign or hatch
as well.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from onrecord.corpus.canary import CANARY
from onrecord.corpus.corpus import Corpus
from onrecord.dataset.describe import (
    FORMS,
    SIGNS,
    label,
    mentions_by_type,
    positions,
    provenance,
    reports,
)
from onrecord.document import POLARITIES
from onrecord.exceptions import OnRecordError
from onrecord.scoring.zones import scored

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, SKY, ORANGE, PURPLE = "#0072B2", "#56B4E9", "#D55E00", "#CC79A7"
INK, GREY, PALE = "#222222", "#8A8A8A", "#E6E6E6"

FORM_MARKS: dict[str, dict[str, Any]] = {
    "direct": {"marker": "o", "color": BLUE, "markersize": 7.5, "linewidth": 0},
    "mixed": {"marker": "D", "color": PURPLE, "markersize": 6, "linewidth": 0},
    "indirect": {
        "marker": "s", "markeredgecolor": ORANGE, "markerfacecolor": "white", "markersize": 6.5,
        "markeredgewidth": 1.6, "linewidth": 0,
    },
}  # fmt: skip
POLARITY_COLOURS = {"favor": BLUE, "against": ORANGE, "mixed": PURPLE}

ROW_HEIGHT = 0.26
"""Of all figures, in inches."""

SETTINGS: dict[str, Any] = {
    "svg.hashsalt": "onrecord",
    "svg.fonttype": "path",
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "text.parse_math": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 1.5,
}


def mentions_figure(corpus: Corpus) -> bytes:
    """Mentions by type, a panel for each document, promotional text apart."""
    title = "Mentions by type in each document"
    types = mentions_by_type(corpus)
    kept = msgspec.structs.replace(corpus, documents=tuple(scored(d, d) for d in corpus))
    in_scored_text = {row.name: row.counts for row in mentions_by_type(kept)}
    highest = max((count for row in types for count in row.counts), default=1)
    with drawing():
        from matplotlib.patches import Patch
        from matplotlib.ticker import MaxNLocator

        plain: dict[str, Any] = {"color": BLUE, "linewidth": 0}
        hatched: dict[str, Any] = {
            "facecolor": SKY, "hatch": "////", "edgecolor": "white", "linewidth": 0,
        }  # fmt: skip
        names = [label(document.id, 20) for document in corpus]
        figure, panels = _panels(names, [row.name for row in types], width=1.6, gap=0.25)
        for number, axes in enumerate(panels[: len(corpus)]):
            for place, row in enumerate(types):
                count = row.counts[number]
                body = in_scored_text[row.name][number] if row.name in in_scored_text else 0
                axes.barh(place, body, 0.7, **plain)
                axes.barh(place, count - body, 0.7, left=body, **hatched)
                axes.text(count + highest * 0.04, place, str(count), va="center", fontsize=8)
            axes.set_xlim(0, highest * 1.25)
            axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))
            axes.set_xlabel("mentions")
        panels[0].set_ylabel("type")
        handles = [
            Patch(label="in text that is scored", **plain),
            Patch(label="in promotional text", **hatched),
        ]
        _add_head(figure, title, handles, above=0.35)
        return _encode(figure, title, corpus)


def utterances_figure(corpus: Corpus) -> bytes:
    """The utterances that several documents carry, with a mark for each report of them."""
    title = "Utterances that more than one document carries"
    shared = [each for each in reports(corpus) if each.documents > 1]
    with drawing():
        from matplotlib.lines import Line2D

        rows = [each.utterance for each in shared]
        figure, (axes,) = _panels([""], rows, width=1.3 * max(1, len(corpus)), gap=0)
        _name_columns(axes, [label(document.id, 18) for document in corpus])
        for place, each in enumerate(shared):
            axes.axhline(place, color=PALE, linewidth=0.8, zorder=0)
            for column, forms in enumerate(each.forms):
                step = min(0.14, 0.8 / max(1, len(forms)))
                for number, form in enumerate(sorted(forms, key=FORMS.index)):
                    across = column + (number - (len(forms) - 1) / 2) * step
                    axes.plot(across, place, **FORM_MARKS[form])
        axes.set_xlabel("document")
        axes.set_ylabel("utterance")
        handles = [Line2D([], [], label=f"{form} report", **FORM_MARKS[form]) for form in FORMS]
        _add_head(figure, title, handles, above=0.15)
        return _encode(figure, title, corpus)


def stances_figure(corpus: Corpus) -> bytes:
    """Where each holder stands on each target in each document, a panel for each holder."""
    title = "Stances by holder, target and document"
    found = positions(corpus)
    holders = list(dict.fromkeys(holder for holder, _ in found))
    targets = [t.id for t in corpus.targets if any((holder, t.id) in found for holder in holders)]
    with drawing():
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        silent: dict[str, Any] = {"marker": ".", "color": GREY, "markersize": 4, "linewidth": 0}
        names = [textwrap.fill(label(holder, 44), 15) for holder in holders]
        figure, panels = _panels(names, targets, width=max(1.15, 0.23 * len(corpus)), gap=0.16)
        for holder, axes in zip(holders, panels, strict=False):
            _name_columns(axes, [label(document.id, 22) for document in corpus], rotation=90)
            for place, target in enumerate(targets):
                axes.axhline(place, color=PALE, linewidth=0.8, zorder=0)
                for column, polarity in enumerate(found.get((holder, target), ())):
                    if polarity is None:
                        axes.plot(column, place, **silent)
                    else:
                        _add_polarity(axes, column, place, polarity)
        panels[0].set_xlabel("document", loc="left")
        panels[0].set_ylabel("target")
        handles: list[Artist] = [
            Patch(color=POLARITY_COLOURS[polarity], label=f"{SIGNS[polarity]} {polarity}")
            for polarity in POLARITIES
        ]
        handles.append(Line2D([], [], label="no stance, though another document has", **silent))
        lines = max((name.count("\n") + 1 for name in names), default=1)
        _add_head(figure, title, handles, above=0.2 + 0.14 * lines)
        return _encode(figure, title, corpus)


@contextmanager
def drawing() -> Iterator[None]:
    """Matplotlib with its own defaults and ours, whatever the user's or the machine's are.

    Raises:
        OnRecordError: it is not installed.
    """
    try:
        from matplotlib import style
    except ModuleNotFoundError:
        raise OnRecordError("matplotlib is not installed; pip install 'onrecord[plots]'") from None

    with style.context(SETTINGS, after_reset=True), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph .* missing from font")
        yield


def _panels(
    names: Sequence[str], rows: Sequence[str | None], *, width: float, gap: float
) -> tuple[Figure, list[Axes]]:
    """Panels beside each other (at least one) that share rows; sizes are in inches.

    The figure is as large as the panels; labels lie outside it and are taken in when it is saved.
    """
    from matplotlib.figure import Figure

    count, height = max(1, len(names)), ROW_HEIGHT * max(1, len(rows))
    across = count * (width + gap) - gap
    figure = Figure(figsize=(across, height))
    panels = []
    for number in range(count):
        axes = figure.add_axes((number * (width + gap) / across, 0, width / across, 1))
        axes.set_ylim(max(1, len(rows)) - 0.5, -0.5)
        axes.set_yticks(range(len(rows)), [label(row or "", 44) for row in rows])
        axes.tick_params(length=0, labelleft=number == 0)
        axes.spines[:].set_visible(False)
        if names:
            axes.set_title(names[number], fontsize=9)
        panels.append(axes)
    return figure, panels


def _name_columns(axes: Axes, names: Sequence[str], rotation: int = 0) -> None:
    axes.set_xlim(-0.5, max(1, len(names)) - 0.5)
    axes.set_xticks(range(len(names)), names, rotation=rotation)


def _add_polarity(axes: Axes, column: int, row: int, polarity: str) -> None:
    from matplotlib.patches import Rectangle

    colour = POLARITY_COLOURS[polarity]
    axes.add_patch(Rectangle((column - 0.43, row - 0.43), 0.86, 0.86, color=colour, linewidth=0))
    sign = SIGNS[polarity]
    axes.text(column, row, sign, ha="center", va="center_baseline", color="white", fontsize=9)


def _add_head(figure: Figure, title: str, handles: Sequence[Artist], *, above: float) -> None:
    """The title and the legend, over the panels and to the left, ``above`` them by so many inches."""
    height = figure.get_figheight()
    figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1 + above / height),
        ncols=len(handles), frameon=False, borderpad=0, borderaxespad=0, handlelength=1.2,
        columnspacing=1.5,
    )  # fmt: skip
    figure.text(0, 1 + (above + 0.32) / height, title, fontsize=11, fontweight="bold")


def _encode(figure: Figure, title: str, corpus: Corpus) -> bytes:
    """The figure as SVG, with the canary and its provenance in the metadata, and no date."""
    metadata = {
        "Title": title,
        "Description": f"{provenance(corpus)} {CANARY}",
        "Date": None,
    }
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", bbox_inches="tight", pad_inches=0.15, metadata=metadata)
    return buffer.getvalue()
