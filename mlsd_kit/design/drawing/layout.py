"""Where the boxes of a picture stand: a column for each plane, layers from top to bottom.

A layered layout after Sugiyama, Tagawa and Toda (1981): layers by longest path, places within a
layer by the barycentre of what comes before. `routing` then draws the lines between the boxes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

MOST_SIDE_BY_SIDE = {"serving": 3, "data": 2, "training": 1}


@dataclass(frozen=True)
class Rect:
    """A rectangle, in pixels from the top left corner of the picture."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower side."""
        return self.y + self.height

    def overlaps(self, other: Rect) -> bool:
        """Whether the two have more than an edge in common.

        >>> Rect(0, 0, 2, 2).overlaps(Rect(1, 1, 2, 2)), Rect(0, 0, 2, 2).overlaps(Rect(2, 0, 1, 1))
        (True, False)
        """
        across = self.x < other.right and other.x < self.right
        return across and self.y < other.bottom and other.y < self.bottom


@dataclass(frozen=True)
class Cell:
    """A place in the grid of boxes: its layer, and its column over all planes."""

    row: int
    column: int


@dataclass(frozen=True)
class Grid:
    """Which box stands in which cell, and which columns each plane has."""

    cells: dict[str, Cell]
    planes: dict[str, range]

    @property
    def rows(self) -> int:
        """How many layers there are."""
        return 1 + max(cell.row for cell in self.cells.values())

    @property
    def columns(self) -> int:
        """How many columns all planes have together."""
        return sum(len(columns) for columns in self.planes.values())


def place(planes: Mapping[str, str], links: Iterable[tuple[str, str]]) -> Grid:
    """Give every box a cell.

    Args:
        planes: box → its plane, in the order in which the flows come to the boxes.
        links: pairs of boxes, from and to. A link to a box that came earlier does not push it
            down.
    """
    order = {name: number for number, name in enumerate(planes)}
    before: dict[str, list[str]] = {name: [] for name in planes}
    linked = set()
    for source, target in links:
        linked |= {source, target}
        if order[source] < order[target]:
            before[target].append(source)
    rows = _rows(planes, before, linked)
    slots = _slots(planes, before, rows)
    columns: dict[str, range] = {}
    for plane in MOST_SIDE_BY_SIDE:
        used = [slots[name] for name in planes if planes[name] == plane]
        if used:
            start = max((r.stop for r in columns.values()), default=0)
            columns[plane] = range(start, start + 1 + max(used))
    cells = {name: Cell(rows[name], columns[planes[name]].start + slots[name]) for name in planes}
    return Grid(cells, columns)


def _rows(
    planes: Mapping[str, str], before: Mapping[str, Sequence[str]], linked: set[str]
) -> dict[str, int]:
    """Layers by longest path within a plane, beside what a box of another plane comes after."""
    below = dict.fromkeys(planes, 0)
    for name in reversed(list(planes)):
        for source in before[name]:
            if planes[source] == planes[name]:
                below[source] = max(below[source], below[name] + 1)
    last = max(_filled(planes, before, linked, {}).values())
    inside = {name for name in planes if any(planes[s] == planes[name] for s in before[name])}
    most = {
        name: last - below[name]
        for name in planes
        if planes[name] != "serving" or name not in inside
    }
    return _filled(planes, before, linked, most)


def _filled(
    planes: Mapping[str, str],
    before: Mapping[str, Sequence[str]],
    linked: set[str],
    most: Mapping[str, int],
) -> dict[str, int]:
    """Layers from the top; boxes in ``most`` go down to those that they follow, so far at most."""
    rows: dict[str, int] = {}
    count: dict[tuple[str, int], int] = {}
    for name in sorted(planes, key=lambda n: n not in linked):
        plane = planes[name]
        own = [rows[source] + 1 for source in before[name] if planes[source] == plane]
        others = [rows[source] for source in before[name] if planes[source] != plane]
        row = max([*own, min(max(others, default=0), most.get(name, 0)), 0])
        widest = max((n for (p, _), n in count.items() if p == plane), default=1)
        room = MOST_SIDE_BY_SIDE[plane] if own or not others else min(2, MOST_SIDE_BY_SIDE[plane])
        room = max(room, widest) if name in linked else widest
        while count.get((plane, row), 0) >= room:
            row += 1
        rows[name] = row
        count[plane, row] = count.get((plane, row), 0) + 1
    return rows


def _slots(
    planes: Mapping[str, str], before: Mapping[str, Sequence[str]], rows: Mapping[str, int]
) -> dict[str, int]:
    """Places within a layer, each as near as it can be to the middle of what comes before it."""
    slots: dict[str, int] = {}
    layers: dict[tuple[str, int], list[str]] = {}
    for name in planes:
        layers.setdefault((planes[name], rows[name]), []).append(name)
    for (plane, _), names in sorted(layers.items(), key=lambda layer: layer[0][1]):
        wish = {name: _middle(name, plane, planes, before, slots) for name in names}
        free = list(range(MOST_SIDE_BY_SIDE[plane]))
        for name in sorted(names, key=lambda n: wish[n]):
            at = min(free, key=lambda slot: (abs(slot - wish[name]), slot))
            slots[name] = at
            free.remove(at)
    used = {
        plane: sorted({slots[n] for n in planes if planes[n] == plane}) for plane in planes.values()
    }
    return {name: used[planes[name]].index(slot) for name, slot in slots.items()}


def _middle(
    name: str,
    plane: str,
    planes: Mapping[str, str],
    before: Mapping[str, Sequence[str]],
    slots: Mapping[str, int],
) -> float:
    near = [slots[source] for source in before[name] if planes[source] == plane and source in slots]
    return sum(near) / len(near) if near else 0.0
