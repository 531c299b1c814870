"""A pipeline, drawn from the object itself: change the object, and the drawing changes."""

from __future__ import annotations

import html
import inspect
import textwrap
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline

WIDTH, GAP_X, GAP_Y, LINE = 156, 32, 14, 14
LETTERS = 26
"""Of the small text that fit in a box."""
COLOURS = {"data": "#E3E3E3", "step": "#CFE3F2", "model": "#F6DFA8"}


@dataclass
class Box:
    """A box of the drawing: what it is, where it stands, and the boxes that feed it."""

    title: str
    detail: str
    kind: str
    """data, step or model."""
    layer: int
    lane: float
    after: list[int]

    @property
    def lines(self) -> list[str]:
        """The detail, broken into lines that fit: columns in full, settings in at most three."""
        lines = textwrap.wrap(self.detail, LETTERS)
        return lines if self.kind == "data" or len(lines) <= 3 else [*lines[:2], "…"]

    @property
    def height(self) -> float:
        """Of the box, in points."""
        return 30 + LINE * len(self.lines)

    def svg(self, x: float, y: float) -> str:
        """The box as SVG, its left side at x and its middle at y."""
        top = y - self.height / 2
        small = "".join(
            f'<text x="{x + 8:g}" y="{top + 36 + LINE * i:g}" font-size="11" fill="#333">'
            f"{html.escape(line)}</text>"
            for i, line in enumerate(self.lines)
        )
        return (
            f'<rect x="{x:g}" y="{top:g}" width="{WIDTH}" height="{self.height:g}" rx="5" '
            f'fill="{COLOURS[self.kind]}" stroke="#777"/><text x="{x + 8:g}" y="{top + 20:g}" '
            f'font-size="13" font-weight="600" fill="#111">{html.escape(self.title)}</text>{small}'
        )


@dataclass
class Drawing:
    """A pipeline as boxes and arrows; a notebook shows it as a picture without any script."""

    boxes: list[Box] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    """Columns of the table that reach no step."""

    @property
    def mermaid(self) -> str:
        """The drawing as Mermaid text, for a document that renders it."""
        lines = ["flowchart LR"]
        for number, box in enumerate(self.boxes):
            text = "<br>".join([box.title, *box.lines]).replace('"', "'")
            lines.append(f'  n{number}["{text}"]')
            lines += [f"  n{before} --> n{number}" for before in box.after]
        return "\n".join(lines)

    @property
    def svg(self) -> str:
        """The drawing as SVG, on a white ground."""
        low = min(box.lane for box in self.boxes)
        lane = max(box.height for box in self.boxes) + GAP_Y
        width = 16 + (max(box.layer for box in self.boxes) + 1) * (WIDTH + GAP_X) - GAP_X
        height = 8 + (max(box.lane for box in self.boxes) - low + 1) * lane

        def middle(box: Box) -> tuple[float, float]:
            return 8 + box.layer * (WIDTH + GAP_X), 8 + (box.lane - low + 0.5) * lane - GAP_Y / 2

        parts = []
        for box in self.boxes:
            x, y = middle(box)
            for x0, y0 in (middle(self.boxes[number]) for number in box.after):
                parts.append(
                    f'<path d="M{x0 + WIDTH:g} {y0:g} H{x - GAP_X / 2:g} V{y:g} H{x - 6:g}" '
                    'fill="none" stroke="#555" marker-end="url(#mlsd-tip)"/>'
                )
        parts += [box.svg(*middle(box)) for box in self.boxes]
        tip = (
            '<defs><marker id="mlsd-tip" markerWidth="7" markerHeight="7" refX="1" refY="3.5" '
            'orient="auto"><path d="M0 0 L7 3.5 L0 7 z" fill="#555"/></marker></defs>'
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'role="img" aria-label="Pipeline" style="max-width:{width:g}px;width:100%;'
            f'background:#fff;font-family:sans-serif">{tip}{"".join(parts)}</svg>'
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/html": self.svg, "text/plain": self.mermaid}


def draw_pipeline(model: Any, X: pd.DataFrame) -> Drawing:
    """Draw a scikit-learn pipeline over the columns of a table.

    Pipelines go from left to right, column transformers and unions side by side; any other
    estimator is a box.

    Args:
        model: an estimator, fitted or not. X: a table with the columns that it takes.

    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> X = pd.DataFrame({"age": [1.0], "bid": [2.0]})
    >>> print(draw_pipeline(make_pipeline(StandardScaler(), LogisticRegression()), X).mermaid)
    flowchart LR
      n0["table<br>2 columns"]
      n1["StandardScaler"]
      n0 --> n1
      n2["LogisticRegression"]
      n1 --> n2
    """
    painter = _Painter(X)
    painter.walk(model, [0])
    table = painter.drawing.boxes[0]
    table.lane = max(0.0, (painter.lanes - 1) / 2)
    columns = painter.reached if painter.selects else set(map(str, X))
    painter.drawing.unused = [str(name) for name in X if str(name) not in columns]
    return painter.drawing


class _Painter:
    def __init__(self, X: pd.DataFrame) -> None:
        self.X = X
        self.drawing = Drawing([Box("table", f"{X.shape[1]} columns", "data", 0, 0.0, [])])
        self.lanes = 0
        self.reached: set[str] = set()
        self.selects = False

    def walk(self, step: Any, after: list[int]) -> list[int]:
        if isinstance(step, Pipeline):
            for _, inner in step.steps:
                after = self.walk(inner, after)
            return after
        if isinstance(step, ColumnTransformer):
            return self._columns(step, after)
        if isinstance(step, FeatureUnion):
            parts = step.transformer_list
            return [e for name, part in parts for e in self._branch(name, part, "all of it", after)]
        if isinstance(step, str):
            return after
        kind = "model" if hasattr(step, "predict") else "step"
        return [self._add(type(step).__name__, _settings(step), kind, after)]

    def _columns(self, step: ColumnTransformer, after: list[int]) -> list[int]:
        self.selects, ends, taken = True, [], set()
        for name, part, wanted in step.transformers:
            columns = self._names(wanted)
            taken |= set(columns)
            if isinstance(part, str) and part == "drop":
                continue
            ends += self._branch(name, part, ", ".join(columns), after)
            self.reached |= set(columns)
        rest = [str(name) for name in self.X if str(name) not in taken]
        if rest and not (isinstance(step.remainder, str) and step.remainder == "drop"):
            ends += self._branch("remainder", step.remainder, ", ".join(rest), after)
            self.reached |= set(rest)
        return ends

    def _branch(self, name: str, part: Any, what: str, after: list[int]) -> list[int]:
        box = self._add(name, what, "data", after, float(self.lanes))
        self.lanes += 1
        return self.walk(part, [box])

    def _names(self, wanted: Any) -> list[str]:
        if callable(wanted):
            wanted = wanted(self.X)
        if isinstance(wanted, str):
            return [wanted]
        return [str(name) for name in self.X.loc[:, wanted]]

    def _add(
        self, title: str, detail: str, kind: str, after: list[int], lane: float | None = None
    ) -> int:
        boxes = self.drawing.boxes
        layer = 1 + max(boxes[number].layer for number in after)
        mean = sum(boxes[number].lane for number in after) / len(after)
        boxes.append(Box(title, detail, kind, layer, mean if lane is None else lane, list(after)))
        return len(boxes) - 1


def _settings(step: Any) -> str:
    """The parameters that are not left at their defaults."""
    if not hasattr(step, "get_params"):
        return ""
    defaults = inspect.signature(type(step)).parameters
    given = {
        name: value
        for name, value in step.get_params(deep=False).items()
        if name not in defaults or repr(value) != repr(defaults[name].default)
    }
    return ", ".join(f"{name}={_short(value)}" for name, value in given.items())


def _short(value: Any) -> str:
    plain = isinstance(value, bool | int | float | str | tuple | list) or value is None
    return str(value) if plain else type(value).__name__
