"""The report's pictures, as SVG."""

from __future__ import annotations

import contextlib
import io
import statistics
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_COLOURS = 6
MOST_BARS = 40
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


@dataclass(frozen=True)
class Point:
    """A run in a plot: the swept value, the figure, and the value of another swept parameter."""

    x: Any
    y: float
    group: Any = None


def against(name: str, figure: str, unit: str, points: Sequence[Point], other: str = "") -> str:
    """A recorded figure against a swept parameter: a point a run, a line through the means.

    Another parameter, if it has few values, gives the colours.
    """
    groups = list(dict.fromkeys(point.group for point in points))
    coloured = bool(other) and 1 < len(groups) <= MOST_COLOURS
    numeric = all(isinstance(p.x, int | float) and not isinstance(p.x, bool) for p in points)
    places = sorted({p.x for p in points}) if numeric else list(dict.fromkeys(p.x for p in points))
    with _figure(3.6, 2.7) as drawing:
        axes = drawing.subplots()
        for colour, group in enumerate(groups if coloured else [None]):
            chosen = [p for p in points if not coloured or p.group == group]
            xs = [p.x if numeric else places.index(p.x) for p in chosen]
            label = f"{group}" if coloured else None
            axes.plot(xs, [p.y for p in chosen], "o", color=f"C{colour}", ms=4, alpha=0.6)
            means = [
                (x, statistics.fmean(p.y for p, at in zip(chosen, xs, strict=True) if at == x))
                for x in sorted(set(xs))
            ]
            axes.plot(*zip(*means, strict=True), "-", color=f"C{colour}", lw=1.2, label=label)
        if not numeric:
            axes.set_xticks(range(len(places)), [str(place) for place in places])
        elif min(places) > 0 and max(places) / min(places) >= 50:
            axes.set_xscale("log")
        elif len(places) <= 6:
            axes.set_xticks(places, [f"{place:,g}" for place in places])
        axes.ticklabel_format(axis="y", useOffset=False)
        axes.set_xlabel(name)
        axes.set_ylabel(unit or "value")
        axes.set_title("\n".join(textwrap.wrap(figure, 44)), fontsize=9, loc="left")
        axes.margins(x=0.08, y=0.12)
        if coloured:
            axes.legend(title=other, fontsize=7, title_fontsize=7, frameon=False)
        return _svg(drawing)


def stage_times(runs: Sequence[tuple[str, dict[str, float]]]) -> str:
    """Seconds of each run by stage, as stacked bars; of many runs the longest."""
    runs = sorted(runs, key=lambda run: -sum(run[1].values()))[:MOST_BARS]
    stages = list(dict.fromkeys(stage for _, times in runs for stage in times))
    if not stages:
        return ""
    with _figure(8, 0.9 + 0.28 * len(runs)) as drawing:
        axes = drawing.subplots()
        left = [0.0] * len(runs)
        labels = [label for label, _ in runs]
        for stage in stages:
            widths = [times.get(stage, 0.0) for _, times in runs]
            axes.barh(range(len(runs)), widths, left=left, label=stage, height=0.7)
            left = [a + b for a, b in zip(left, widths, strict=True)]
        axes.set_yticks(range(len(runs)), labels)
        axes.invert_yaxis()
        axes.set_xlabel("time, seconds")
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
        return _svg(drawing)


@contextlib.contextmanager
def _figure(width: float, height: float) -> Iterator[Figure]:
    """A figure in the report's style, unknown to pyplot."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        yield Figure((width, height), layout="constrained")


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]
