"""The parts of a picture once they have their places; `svg` writes them."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlsd_kit.design.drawing.layout import Rect
from mlsd_kit.design.drawing.text_width import text_width

INK, GREY = "#1F1F1F", "#595959"


@dataclass(frozen=True)
class Text:
    """A line of text; ``x`` is its left end, ``y`` its base line, ``hint`` a tooltip."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    colour: str = INK
    hint: str = ""

    @property
    def rect(self) -> Rect:
        """What it covers."""
        wide = text_width(self.text, self.size, self.bold)
        return Rect(self.x, self.y - 0.8 * self.size, wide, self.size)


@dataclass(frozen=True)
class Bar:
    """A utilisation bar; ``share`` is how much of it is filled."""

    rect: Rect
    share: float
    colour: str


@dataclass(frozen=True)
class Box:
    """A component."""

    name: str
    rect: Rect
    icon: str
    texts: tuple[Text, ...]
    bar: Bar | None
    mark: str
    marked: bool
    hint: str


@dataclass(frozen=True)
class Chip:
    """The number of a step, on its line."""

    rect: Rect
    text: Text
    colour: str


@dataclass(frozen=True)
class Path:
    """A line through points, with its look."""

    points: tuple[tuple[float, float], ...]
    colour: str
    width: float
    dashed: bool = False
    arrow: bool = True


@dataclass(frozen=True)
class Band:
    """The ground of a plane, and its label."""

    plane: str
    rect: Rect
    label: Text
    colour: str


@dataclass
class Sketch:
    """A whole picture."""

    title: str
    description: str
    width: float = 0.0
    height: float = 0.0
    bands: list[Band] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
