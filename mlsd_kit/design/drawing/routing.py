"""The lines of a picture: from box to box along channels between them, never through a box.

Channel r runs across above layer r, channel g runs down to the left of column g. Lines in one
channel that would lie over each other get tracks of their own; lines to the same step of the same
flow share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlsd_kit.design.drawing.layout import Cell, Grid

FIRST_PORT, PORT_STEP = 18.0, 20.0
"""Where lines meet a box: pixels from its left side."""
NOTE_WIDTH = 66.0
"""Room beside a line for the note at its beginning."""


@dataclass(frozen=True)
class Join:
    """All lines to one step: its box, and the boxes with a note each where the lines begin."""

    target: str
    sources: tuple[tuple[str, str], ...]


@dataclass
class Line:
    """One line: where it leaves, by which way it goes, where it arrives."""

    join: int
    source: str
    note: str
    way: str
    gutter: int = 0
    lane: int = 0
    leaves: float = 0.0


@dataclass
class Routes:
    """The lines, and how many tracks each gutter (a channel that runs down) needs."""

    lines: list[Line]
    lanes: list[int]
    ports: list[int]


def route(grid: Grid, joins: Sequence[Join]) -> Routes:
    """Choose a way for each line.

    ``straight``: down to the port below, past empty cells. ``across``: along the channel below the
    box, then down past empty cells. ``gutter``: across, along a gutter, across.
    """
    taken = set(grid.cells.values())
    ports = _ports(joins)
    passed: set[tuple[Cell, float]] = set()
    gutters = _Gutters(grid.columns + 1)
    lines: list[Line] = []
    left: dict[str, list[float]] = {}
    for number, join in enumerate(joins):
        for source, note in join.sources:
            line = _line(grid, number, join, source, note, ports[number], taken, passed)
            if line.way == "gutter":
                line.gutter, line.lane = gutters.lay(grid, source, join.target, number)
            lines.append(line)
    for line in sorted(lines, key=lambda one: one.way != "straight"):
        used = left.setdefault(line.source, [])
        if line.way == "straight":
            line.leaves = FIRST_PORT + PORT_STEP * ports[line.join]
        else:
            line.leaves = _free(used, NOTE_WIDTH if line.note else PORT_STEP / 2)
        used.append(line.leaves)
    return Routes(lines, gutters.counts(), ports)


def _ports(joins: Sequence[Join]) -> list[int]:
    seen: dict[str, int] = {}
    ports = []
    for join in joins:
        ports.append(seen.get(join.target, 0))
        seen[join.target] = ports[-1] + 1
    return ports


def _free(used: list[float], apart: float) -> float:
    at = FIRST_PORT + PORT_STEP / 2
    while any(abs(at - other) < apart - 1e-9 for other in used):
        at += PORT_STEP
    return at


def _line(
    grid: Grid,
    number: int,
    join: Join,
    source: str,
    note: str,
    port: int,
    taken: set[Cell],
    passed: set[tuple[Cell, float]],
) -> Line:
    start, end = grid.cells[source], grid.cells[join.target]
    between = range(start.row + 1, end.row)
    if end.row <= start.row:
        return Line(number, source, note, "gutter")
    arrives = FIRST_PORT + PORT_STEP * port
    cells = [Cell(row, end.column) for row in between]
    if all(cell not in taken and (cell, arrives) not in passed for cell in cells):
        passed.update((cell, arrives) for cell in cells)
        way = "straight" if start.column == end.column else "across"
        return Line(number, source, note, way)
    return Line(number, source, note, "gutter")


class _Gutters:
    """Tracks in the channels that run down."""

    def __init__(self, count: int) -> None:
        self.tracks: list[list[list[tuple[int, int, int]]]] = [[] for _ in range(count)]

    def lay(self, grid: Grid, source: str, target: str, join: int) -> tuple[int, int]:
        """Find the gutter and the track of a line that goes from below a box to above another."""
        start, end = grid.cells[source], grid.cells[target]
        top, bottom = sorted((start.row + 1, end.row))
        low, high = sorted((start.column, end.column))
        choices = range(low, high + 2)
        if low != high:
            choices = range(low + 1, high + 1)
        best = min(
            choices,
            key=lambda g: abs(g - end.column - 0.4) + 0.2 * self._track(g, top, bottom, join),
        )
        track = self._track(best, top, bottom, join)
        if track == len(self.tracks[best]):
            self.tracks[best].append([])
        self.tracks[best][track].append((top, bottom, join))
        return best, track

    def _track(self, gutter: int, top: int, bottom: int, join: int) -> int:
        for number, track in enumerate(self.tracks[gutter]):
            if all(j == join or bottom < a or b < top for a, b, j in track):
                return number
        return len(self.tracks[gutter])

    def counts(self) -> list[int]:
        return [len(tracks) for tracks in self.tracks]


def lanes(spans: Sequence[tuple[float, float, int]]) -> list[int]:
    """Give each span across a channel a track where it lies over no other's; those of a join share.

    Args:
        spans: left end, right end and join.

    >>> lanes([(0, 10, 1), (5, 20, 2), (12, 30, 1)])
    [0, 1, 0]
    """
    joined: dict[int, tuple[float, float]] = {}
    for left, right, join in spans:
        low, high = joined.get(join, (left, right))
        joined[join] = (min(low, left), max(high, right))
    tracks: list[float] = []
    at: dict[int, int] = {}
    for join, (left, right) in sorted(joined.items(), key=lambda item: item[1]):
        free = next((n for n, end in enumerate(tracks) if end + 8 <= left), len(tracks))
        if free == len(tracks):
            tracks.append(0.0)
        tracks[free] = right
        at[join] = free
    return [at[join] for _, _, join in spans]
