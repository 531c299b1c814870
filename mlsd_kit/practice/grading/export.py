"""A scorecard to read: Markdown, an HTML page, a plot."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING

from mlsd_kit.practice.counted import counted
from mlsd_kit.practice.grading.items import ItemScore, held_to
from mlsd_kit.practice.grading.reading import readings
from mlsd_kit.practice.grading.scorecard import BOUNDS, GRADES, Scorecard
from mlsd_kit.practice.record.clock import budgets, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TEMPLATES = Path(__file__).parent / "templates"
_COLOURS = ("#F3D9CF", "#F8EBCB", "#DCEBD9", "#C3DFC6")


def plot_scorecard(card: Scorecard, ax: Axes | None = None) -> Axes:
    """Draw a bar for each axis over the bands of the four grades."""
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(7.6, 3.6), layout="constrained")
    edges = (0.0, *BOUNDS, 1.0)
    for left, right, colour, grade in zip(edges, edges[1:], _COLOURS, GRADES, strict=False):
        ax.axvspan(left, right, color=colour, lw=0, zorder=0)
        ax.text((left + right) / 2, 1.02, grade, ha="center", transform=ax.get_xaxis_transform())
    names = [axis.name for axis in card.axes]
    scores = [axis.score for axis in card.axes]
    bars = ax.barh(names, scores, color="#0072B2", height=0.55, zorder=2)
    ax.bar_label(bars, [f"{score:.2f}" for score in scores], padding=4)
    ax.set(xlim=(0, 1), xlabel="score (0 to 1)")
    ax.set_title(f"{card.title}: {card.grade}, signal {card.signal}", pad=24)
    ax.invert_yaxis()
    ax.grid(visible=False)
    return ax


def scorecard_markdown(card: Scorecard, start: Path | None = None) -> str:
    """The scorecard as Markdown; what the candidate typed is escaped.

    Args:
        card: the scorecard.
        start: folder from which links lead to the lessons; the current one by default.
    """
    return _render("scorecard.md.jinja", card, start, escape=False)


def scorecard_html(card: Scorecard, start: Path | None = None) -> str:
    """The scorecard as one HTML page that needs no network, with its plot."""
    return _render("scorecard.html.jinja", card, start, escape=True)


def _render(template: str, card: Scorecard, start: Path | None, *, escape: bool) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["typed"] = typed
    environment.filters["title"] = title
    environment.filters["counted"] = counted
    environment.filters["counts"] = counts
    picture = _picture(card) if escape else ""
    return environment.get_template(template).render(
        card=card,
        readings=readings(card.to_read)[:8],
        start=start or Path.cwd(),
        budgets=budgets(card.minutes),
        picture=picture,
    )


def _picture(card: Scorecard) -> str:
    import matplotlib.pyplot as plt

    ax = plot_scorecard(card)
    kept = io.BytesIO()
    ax.figure.savefig(kept, format="png", dpi=110)  # type: ignore[union-attr]
    plt.close(ax.figure)  # type: ignore[arg-type]
    return base64.b64encode(kept.getvalue()).decode()


def counts(item: ItemScore, level: str) -> str:
    """How much an item that was heard counts for, and why."""
    how = {
        "reasoned": "counts in full: said with a reason, a figure or a consequence",
        "named": "counts about a third: named, without a reason",
    }[item.heard]
    above = not held_to([item], level)
    return f"{how}; half of that, as it is above the level" if above else how


def typed(text: str) -> str:
    """What a candidate typed, so that Markdown shows it as it is."""
    plain = " ".join(text.split())
    escaped = "".join(f"\\{c}" if c in "\\`*_{}[]<>()#+-.!|~$&:" else c for c in plain)
    return escaped.encode("utf-8", "replace").decode()
