"""A sketch put together: boxes, lines and texts, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mlsd_kit.design.drawing.boxes import BOX_HEIGHT, box
from mlsd_kit.design.drawing.layout import Cell, Grid, Rect, place
from mlsd_kit.design.drawing.routing import FIRST_PORT, PORT_STEP, Join, Line, Routes, lanes, route
from mlsd_kit.design.drawing.shapes import GREY, Band, Chip, Path, Sketch, Text
from mlsd_kit.design.drawing.stops import Stop
from mlsd_kit.design.drawing.text_width import text_width, wrap
from mlsd_kit.design.schema import Component
from mlsd_kit.style import PALETTE

CRITICAL = PALETTE[4]
LOOKS = {
    "request": (PALETTE[0], 1.7),
    "batch": (PALETTE[2], 1.1),
    "training": (PALETTE[3], 1.1),
}
GROUNDS = {"serving": "#EDF4FA", "data": "#EDF7F1", "training": "#F9EFF5"}
LEAST_WIDTH, LABEL_ROOM = 190.0, 152.0
FIGURES, POLICY, NOTE = 10.5, 9.5, 9.5
EDGE, TRACK, ABOVE, BESIDE, LEAST_PICTURE = 14.0, 8.0, 6.0, 18.0, 640.0


@dataclass
class Content:
    """What a picture shows, before anything has a place.

    ``utilisation``: busy share by component. ``critical``: pairs of stops, by index, on the
    critical path. ``marks``: component → added, removed or changed. ``marked``: components and
    steps (flow, label) to point at. ``head`` and ``foot`` are lines of text.
    """

    title: str
    description: str
    components: Mapping[str, Component]
    stops: list[Stop]
    utilisation: Mapping[str, float]
    critical: set[tuple[int, int]]
    marks: Mapping[str, str] = field(default_factory=dict)
    marked: set[str] = field(default_factory=set)
    marked_steps: set[tuple[str, str]] = field(default_factory=set)
    head: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()


def compose(content: Content) -> Sketch:
    """Give everything its place."""
    joins = [
        Join(s.visit.name, tuple((content.stops[p.stop].visit.name, p.how) for p in s.sources))
        for s in content.stops
    ]
    visited = dict.fromkeys(join.target for join in joins)
    planes = {name: content.components[name].where for name in (*visited, *content.components)}
    links = [(source, join.target) for join in joins for source, _ in join.sources]
    grid = place(planes, links)
    return _Composer(content, joins, grid, route(grid, joins)).sketch()


@dataclass(frozen=True)
class _Label:
    """The lines of text at one port, and how high they are together."""

    figures: list[str]
    policy: list[str]

    @property
    def height(self) -> float:
        return 13.0 * max(1, len(self.figures)) + 11.5 * len(self.policy) + 4.0


class _Composer:
    def __init__(self, content: Content, joins: list[Join], grid: Grid, routes: Routes) -> None:
        self.content, self.joins, self.grid, self.routes = content, joins, grid, routes
        self.at_box: dict[str, list[int]] = {}
        for number, join in enumerate(joins):
            self.at_box.setdefault(join.target, []).append(number)
        self._columns()
        self.labels = [self._label(number) for number in range(len(joins))]
        self._across()
        self.picture = Sketch(content.title, content.description, self.width)

    def sketch(self) -> Sketch:
        top = self._head()
        self._down(top)
        self._bands(top)
        self._boxes()
        self._lines()
        self._label_texts()
        self._foot()
        return self.picture

    # columns and rows

    def _columns(self) -> None:
        """Columns wide enough for their labels, gutters wide enough for their tracks."""
        wide = [LEAST_WIDTH] * self.grid.columns
        for name, numbers in self.at_box.items():
            column = self.grid.cells[name].column
            needed = FIRST_PORT + PORT_STEP * (len(numbers) - 1) + BESIDE + LABEL_ROOM
            wide[column] = max(wide[column], needed)
        starts = {columns.start for columns in self.grid.planes.values()}
        x = EDGE
        self.column_x, self.gutter_x = [], []
        for column, width in enumerate(wide):
            room = max(0.0, TRACK * self.routes.lanes[column])
            pad = 12.0 if column in starts else 8.0
            x += (pad if column else 6.0) + 4.0
            self.gutter_x.append(x)
            x += room + pad
            self.column_x.append(x)
            x += width
        self.gutter_x.append(x + 12.0)
        x += 12.0 + TRACK * self.routes.lanes[-1] + EDGE
        self.wide, self.width = wide, max(x, LEAST_PICTURE)

    def _label(self, number: int) -> _Label:
        stop, target = self.content.stops[number], self.joins[number].target
        room = self.wide[self.grid.cells[target].column] - self._text_start(target)
        return _Label(wrap(stop.figures, FIGURES, room), wrap(stop.policy, POLICY, room))

    def _text_start(self, name: str) -> float:
        return FIRST_PORT + PORT_STEP * (len(self.at_box[name]) - 1) + BESIDE

    def _across(self) -> None:
        """Tracks in the channels that run across."""
        spans: list[list[tuple[float, float, int]]] = [[] for _ in range(self.grid.rows + 1)]
        owners: list[list[tuple[int, str]]] = [[] for _ in range(self.grid.rows + 1)]
        for index, line in enumerate(self.routes.lines):
            for channel, part, left, right in self._crossings(line):
                spans[channel].append((min(left, right), max(left, right), line.join))
                owners[channel].append((index, part))
        self.track: dict[tuple[int, str], int] = {}
        self.tracks = []
        for channel, found in enumerate(spans):
            numbers = lanes(found)
            self.track.update(zip(owners[channel], numbers, strict=True))
            self.tracks.append(max(numbers, default=-1) + 1)

    def _crossings(self, line: Line) -> Iterator[tuple[int, str, float, float]]:
        if line.way == "straight":
            return
        leaves, arrives = self._leaves(line), self._arrives(line)
        below = self.grid.cells[line.source].row + 1
        if line.way == "across":
            yield below, "first", leaves, arrives
            return
        gutter = self._gutter(line)
        above = self._cell(line).row
        yield below, "first", leaves, gutter
        yield above, "last", gutter, arrives

    def _cell(self, line: Line) -> Cell:
        return self.grid.cells[self.joins[line.join].target]

    def _leaves(self, line: Line) -> float:
        return self.column_x[self.grid.cells[line.source].column] + line.leaves

    def _port_x(self, number: int) -> float:
        column = self.grid.cells[self.joins[number].target].column
        return self.column_x[column] + FIRST_PORT + PORT_STEP * self.routes.ports[number]

    def _arrives(self, line: Line) -> float:
        return self._port_x(line.join)

    def _gutter(self, line: Line) -> float:
        return self.gutter_x[line.gutter] + TRACK * line.lane

    def _down(self, top: float) -> None:
        """Give heights to channels, labels, boxes and notes, layer by layer."""
        rows = self.grid.rows
        labels, notes = [0.0] * rows, [0.0] * rows
        for name, numbers in self.at_box.items():
            row = self.grid.cells[name].row
            labels[row] = max(labels[row], sum(self.labels[n].height for n in numbers))
        for line in self.routes.lines:
            if line.note:
                notes[self.grid.cells[line.source].row] = 13.0
        y = top + 26.0
        self.channel_y, self.box_y = [], []
        for row in range(rows):
            self.channel_y.append(y + 6.0)
            y += 12.0 + TRACK * self.tracks[row] + labels[row] + ABOVE
            self.box_y.append(y)
            y += BOX_HEIGHT + notes[row]
        self.channel_y.append(y + 6.0)
        self.bands_end = y + 12.0 + TRACK * self.tracks[rows]

    # what is seen

    def _head(self) -> float:
        room, y = self.width - 2 * EDGE - 12, 14.0
        for line in wrap(self.content.title.split(), 16, room, " ", bold=True):
            y += 18.0
            self.picture.texts.append(Text(EDGE + 6, y, line, 16, bold=True))
        for text in self.content.head:
            for line in wrap(text.split(), 11.5, room, " "):
                y += 16.0
                self.picture.texts.append(Text(EDGE + 6, y, line, 11.5))
        return y + 12.0

    def _bands(self, top: float) -> None:
        starts = [self.column_x[columns.start] for columns in self.grid.planes.values()]
        for number, (plane, columns) in enumerate(self.grid.planes.items()):
            left = starts[number] - 10.0 if number else EDGE - 4.0
            last = columns.stop - 1
            right = self.column_x[last] + self.wide[last] + 10.0
            if number == len(starts) - 1:
                right = max(right, self.width - EDGE + 4.0)
            rect = Rect(left, top, right - left, self.bands_end - top)
            label = Text(self.column_x[columns.start], top + 17, f"{plane.upper()} PLANE", 10, True)
            self.picture.bands.append(Band(plane, rect, label, GROUNDS[plane]))

    def _boxes(self) -> None:
        for name, cell in self.grid.cells.items():
            rect = Rect(
                self.column_x[cell.column], self.box_y[cell.row], self.wide[cell.column], BOX_HEIGHT
            )
            shown = self.content
            mark, busy = shown.marks.get(name, ""), shown.utilisation.get(name, 0.0)
            component, marked = shown.components[name], name in shown.marked
            self.picture.boxes.append(box(name, component, rect, busy, mark, marked))

    def _lines(self) -> None:
        ordinary: list[Path] = []
        critical: list[Path] = []
        for index, line in enumerate(self.routes.lines):
            stop = self.content.stops[line.join]
            colour, wide = LOOKS[stop.kind]
            on_path = self._on_path(index)
            if on_path:
                colour, wide = CRITICAL, 3.2
            path = Path(tuple(self._points(index, line)), colour, wide, stop.sent)
            (critical if on_path else ordinary).append(path)
            if line.note:
                y = self.box_y[self.grid.cells[line.source].row] + BOX_HEIGHT + 11.0
                note = Text(self._leaves(line) + 5, y, line.note, NOTE)
                self.picture.texts.append(note)
        for number, join in enumerate(self.joins):
            if not join.sources:
                colour, wide = LOOKS[self.content.stops[number].kind]
                x, end = self._port_x(number), self.box_y[self.grid.cells[join.target].row]
                start = end - ABOVE - sum(self.labels[n].height for n in self._from(number)) + 4.0
                ordinary.append(Path(((x, start), (x, end)), colour, wide))
        self.picture.paths = ordinary + critical

    def _from(self, number: int) -> list[int]:
        """The joins at the same box from this one on: their labels stand above its own line."""
        numbers = self.at_box[self.joins[number].target]
        return numbers[numbers.index(number) :]

    def _on_path(self, index: int) -> bool:
        line = self.routes.lines[index]
        first = next(i for i, one in enumerate(self.routes.lines) if one.join == line.join)
        source = self.content.stops[line.join].sources[index - first]
        return (source.stop, line.join) in self.content.critical

    def _points(self, index: int, line: Line) -> Iterator[tuple[float, float]]:
        leaves, arrives = self._leaves(line), self._arrives(line)
        row, target = self.grid.cells[line.source].row, self._cell(line).row
        yield leaves, self.box_y[row] + BOX_HEIGHT
        if line.way != "straight":
            first = self.channel_y[row + 1] + TRACK * self.track[index, "first"]
            yield leaves, first
            if line.way == "gutter":
                last = self.channel_y[target] + TRACK * self.track[index, "last"]
                yield self._gutter(line), first
                yield self._gutter(line), last
                yield arrives, last
            else:
                yield arrives, first
        yield arrives, self.box_y[target]

    def _label_texts(self) -> None:
        for name, numbers in self.at_box.items():
            cell = self.grid.cells[name]
            x = self.column_x[cell.column] + self._text_start(name)
            y = self.box_y[cell.row] - ABOVE - sum(self.labels[n].height for n in numbers)
            for number in numbers:
                self._label_at(number, x, y)
                y += self.labels[number].height

    def _label_at(self, number: int, x: float, y: float) -> None:
        stop, label = self.content.stops[number], self.labels[number]
        colour = LOOKS[stop.kind][0]
        if any(target == number for _, target in self.content.critical):
            colour = CRITICAL
        middle = self._port_x(number)
        wide = text_width(stop.number, 8.5, True)
        half = max(6.5, wide / 2 + 3.5)
        text = Text(middle - wide / 2, y + 9.6, stop.number, 8.5, bold=True)
        self.picture.chips.append(Chip(Rect(middle - half, y, 2 * half, 13), text, colour))
        hint = " · ".join((*stop.figures, *stop.policy))
        if (stop.visit.flow, stop.visit.label) in self.content.marked_steps:
            wide = max(
                (text_width(t, FIGURES) for t in (*label.figures, *label.policy)), default=20
            )
            under = y + label.height - 1.5
            bar = Path(((x, under), (x + wide, under)), CRITICAL, 2.0, arrow=False)
            self.picture.paths.append(bar)
        for line in label.figures:
            self.picture.texts.append(Text(x, y + 10, line, FIGURES, hint=hint))
            y += 13.0
        y += 0.0 if label.figures else 13.0
        for line in label.policy:
            self.picture.texts.append(Text(x, y + 8.5, line, POLICY, False, GREY, hint))
            y += 11.5

    def _foot(self) -> None:
        y = self.bands_end + 20.0
        room = self.width - 2 * EDGE - 12
        for text in self.content.foot:
            for line in wrap(text.split(), 10.5, room, " "):
                self.picture.texts.append(Text(EDGE + 6, y, line, 10.5))
                y += 15.0
        y += 8.0 if self.content.foot else 0.0
        x = EDGE + 6.0
        for sample, said in self._legend():
            wide = (32.0 if sample else 0.0) + text_width(said, 10)
            if x > EDGE + 6 and x + wide > self.width - EDGE - 6:
                x, y = EDGE + 6.0, y + 17.0
            if sample:
                colour, width, dashed = sample
                ends = ((x, y - 3.5), (x + 26, y - 3.5))
                self.picture.paths.append(Path(ends, colour, width, dashed, arrow=False))
                x += 32.0
            self.picture.texts.append(Text(x, y, said, 10))
            x += text_width(said, 10) + 22.0
        self.picture.height = y + 14.0

    def _legend(self) -> Iterator[tuple[tuple[str, float, bool] | None, str]]:
        kinds = {stop.kind for stop in self.content.stops}
        if self.content.critical:
            yield (CRITICAL, 3.2, False), "critical path"
        for kind, said in (("request", "call"), ("batch", "batch"), ("training", "training")):
            if kind in kinds:
                yield (*LOOKS[kind], False), said
        if any(stop.sent for stop in self.content.stops):
            yield (LOOKS["request"][0], 1.7, True), "sent, nobody waits"
        for said in self.content.flows:
            yield None, said
        yield None, "line: step, candidates in → out, calls, latency"
        yield None, "box: replicas × concurrency, busy share, price"
