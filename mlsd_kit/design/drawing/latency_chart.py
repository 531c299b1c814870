"""Latency against load as a small SVG, drawn within a millisecond for sliders."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import pandas as pd

from mlsd_kit.design import words
from mlsd_kit.design.design import Design
from mlsd_kit.design.drawing.shapes import GREY, INK
from mlsd_kit.design.drawing.svg import FONT, text_of
from mlsd_kit.design.drawing.text_width import text_width
from mlsd_kit.style import PALETTE
from mlsd_kit.units import format_number

WIDTH, HEIGHT = 420.0, 270.0
LEFT, RIGHT, TOP, BOTTOM = 62.0, 26.0, 46.0, 44.0
DEGRADED, POINTS = 0.01, 16
COLOURS = {"median": PALETTE[0], "tail": PALETTE[4]}


def latency_chart(design: Design, curve: pd.DataFrame) -> str:
    """Draw a `latency_curve` with what is required, as SVG.

    The vertical axis ends at twice the required latency, or a little above the median of the least
    load where that is more; what is above is cut off. Loads at which more than 1 % of the requests
    are degraded or fail have a darker ground.
    """
    return "".join(_Chart(design, curve).parts())


def chart_rates(rate: float, busiest: float) -> list[float]:
    """Give the loads to draw: to a little above what the busiest component can take.

    Args:
        rate: the load, requests/s.
        busiest: the highest utilisation at that load.

    >>> chart_rates(100.0, 0.5)[-1], chart_rates(100.0, 2.0)[-1]
    (300.0, 150.0)
    """
    wanted = rate * min(4.0, max(1.25, 1.1 / max(busiest, 1e-9)))
    size = 10 ** math.floor(math.log10(wanted))
    top = next(s * size for s in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if s * size >= wanted)
    return [top * (number + 1) / POINTS for number in range(POINTS)]


class _Chart:
    def __init__(self, design: Design, curve: pd.DataFrame) -> None:
        self.wanted, self.title = design.requirement, design.title
        self.rates = [float(rate) for rate in curve.index]
        self.tail = f"p{self.wanted.percentile:g}"
        self.median, self.high = list(curve["p50"]), list(curve[self.tail])
        self.lost = [float(lost) for lost in curve["degraded"] + curve["failed"]]
        self.most_rate = max(self.rates)
        low = [value for value in self.median if math.isfinite(value)]
        self.most = max(2 * self.wanted.latency, 1.2 * min(low, default=0.0))

    def parts(self) -> Iterator[str]:
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" '
            f'width="{WIDTH:g}" height="{HEIGHT:g}" style="max-width:100%;height:auto" role="img" '
            f'aria-label="{text_of(self._told())}" font-family="{FONT}" font-size="10.5">'
            f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" rx="8" fill="#FFFFFF"/>'
        )
        yield from self._ground()
        yield from self._axes()
        yield self._line(self.median, COLOURS["median"])
        yield self._line(self.high, COLOURS["tail"])
        yield from self._required()
        yield from self._legend()
        yield "</svg>"

    def _told(self) -> str:
        ends = [
            f"{words.rate(rate)}: {words.duration(value)}"
            for rate, value in zip(self.rates, self.high, strict=True)
        ]
        told = ", ".join(ends[:: max(1, len(ends) // 6)])
        return f"{self.tail} latency of {self.title} against load. {told}."

    def _x(self, rate: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * rate / self.most_rate

    def _y(self, seconds: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(seconds / self.most, 1.0)

    def _ground(self) -> Iterator[str]:
        edges = [0.0, *((a + b) / 2 for a, b in zip(self.rates, self.rates[1:], strict=False))]
        ends = [*edges[1:], self.most_rate]
        for left, right, lost in zip(edges, ends, self.lost, strict=True):
            if lost > DEGRADED:
                x, wide = self._x(left), self._x(right) - self._x(left)
                yield (
                    f'<rect x="{x:.1f}" y="{TOP:g}" width="{wide + 0.3:.1f}" '
                    f'height="{HEIGHT - TOP - BOTTOM:g}" fill="#F6DFCC"/>'
                )

    def _axes(self) -> Iterator[str]:
        for value in _ticks(self.most):
            y = self._y(value)
            yield _segment(LEFT, y, WIDTH - RIGHT, y, "#D9D9D9", 1)
            yield _right(LEFT - 6, y + 3.5, words.duration(value))
        for value in _ticks(self.most_rate):
            x = self._x(value)
            yield _segment(x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 4, GREY, 1)
            said = format_number(value)
            yield _text(x - text_width(said, 10.5) / 2, HEIGHT - BOTTOM + 16, said)
        yield _segment(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, GREY, 1)
        said = "load (requests/s)"
        yield _text((WIDTH + LEFT - text_width(said, 10.5)) / 2, HEIGHT - 9, said)

    def _required(self) -> Iterator[str]:
        x, y = self._x(self.wanted.rate), self._y(self.wanted.latency)
        yield _segment(LEFT, y, WIDTH - RIGHT, y, INK, 1.2, "5 4")
        yield _segment(x, TOP, x, HEIGHT - BOTTOM, INK, 1.2, "5 4")
        said = f"required: {words.duration(self.wanted.latency)}"
        yield _text(LEFT + 6, y - 5, said)

    def _line(self, values: Sequence[float], colour: str) -> str:
        """A line up to where it leaves the chart or ends."""
        points: list[tuple[float, float]] = []
        for rate, value in zip(self.rates, values, strict=True):
            if not math.isfinite(value) or value > self.most:
                if points:
                    points.append((self._x(rate), TOP))
                break
            points.append((self._x(rate), self._y(value)))
        said = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        return f'<polyline points="{said}" fill="none" stroke="{colour}" stroke-width="2.2"/>'

    def _legend(self) -> Iterator[str]:
        x = LEFT
        for said, colour in ((self.tail, COLOURS["tail"]), ("p50", COLOURS["median"])):
            yield _segment(x, 14, x + 20, 14, colour, 2.6)
            yield _text(x + 25, 18, said)
            x += 40 + text_width(said, 10.5)
        if any(lost > DEGRADED for lost in self.lost):
            yield f'<rect x="{x:.1f}" y="8" width="16" height="12" fill="#F6DFCC"/>'
            yield _text(x + 21, 18, "> 1 % degraded or failed")
        yield _text(LEFT, 36, f"vertical line: the load, {words.rate(self.wanted.rate)}")


def _ticks(most: float) -> list[float]:
    size = 10 ** math.floor(math.log10(most))
    step = next(s * size for s in (0.2, 0.5, 1.0, 2.0) if most / (s * size) <= 5.5)
    return [step * number for number in range(int(most / step + 1e-9) + 1)]


def _segment(
    x1: float, y1: float, x2: float, y2: float, colour: str, width: float, dash: str = ""
) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width}"{dashed}/>'
    )


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{INK}">{text_of(text)}</text>'


def _right(x: float, y: float, text: str) -> str:
    return _text(x - text_width(text, 10.5), y, text)
