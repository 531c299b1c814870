"""What a picture tells of each step: its number, where the request comes from, its figures."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mlsd_kit.design import words
from mlsd_kit.design.design import Design
from mlsd_kit.design.planning import Fork, Node, Visit, flow_rate, plan

LEAST_SHOWN = 1e-6
"""Seconds; a step that takes less is shown without its latency."""
Latency = dict[tuple[str, str], tuple[float, float | None]]
"""(flow, step) → mean and 99th percentile of one call, in seconds."""


@dataclass(frozen=True)
class Source:
    """Where a step is reached from: an earlier stop, by a hit or a miss if that is a cache."""

    stop: int
    how: str = ""


@dataclass(frozen=True)
class Stop:
    """One step of a flow in the picture.

    ``number`` counts the steps of the flow, after the flow's letter where there are several.
    ``figures`` are candidates, calls and latency; ``policy`` is what happens when it goes wrong.
    """

    visit: Visit
    kind: str
    number: str
    sources: tuple[Source, ...]
    figures: tuple[str, ...]
    policy: tuple[str, ...]

    @property
    def sent(self) -> bool:
        """Whether nobody waits for it."""
        return not self.visit.waits


def stops(design: Design, latency: Latency) -> list[Stop]:
    """Give the steps of all flows in order, each knowing the stops before it."""
    found: list[Stop] = []
    for index, (name, flow) in enumerate(design.flows.items()):
        letter = _letter(index) if len(design.flows) > 1 else ""
        _Walk(design, name, flow.kind, letter, latency, found).go(plan(design, name), ())
    return found


def _letter(index: int) -> str:
    return chr(65 + index) if index < 26 else f"{_letter(index // 26 - 1)}{chr(65 + index % 26)}"


class _Walk:
    def __init__(
        self,
        design: Design,
        flow: str,
        kind: str,
        letter: str,
        latency: Latency,
        found: list[Stop],
    ) -> None:
        self.flow, self.kind, self.letter = design.flows[flow], kind, letter
        self.rate = flow_rate(design, self.flow)
        self.latency, self.found, self.before = latency, found, len(found)

    def go(self, nodes: tuple[Node, ...], front: tuple[Source, ...]) -> tuple[Source, ...]:
        """Add the stops of some nodes reached from a front; where the request is after them."""
        for node in nodes:
            if isinstance(node, Fork):
                ends = [end for branch in node.branches for end in self.go(branch, front)]
                front = tuple(dict.fromkeys(ends))
                continue
            here = len(self.found)
            self.found.append(self._stop(node, front))
            if not node.waits:
                continue
            after: tuple[Source, ...] = (Source(here),)
            if node.on_miss:
                missed = self.go(node.on_miss, (Source(here, f"miss {_pct(node.misses)}"),))
                after = (Source(here, f"hit {_pct(1 - node.misses)}"), *missed)
            front = (*after, *front) if node.step.share < 1 else after
        return front

    def _stop(self, visit: Visit, front: tuple[Source, ...]) -> Stop:
        number = f"{self.letter}{len(self.found) - self.before + 1}"
        figures = tuple(self._figures(visit, not front))
        return Stop(visit, self.kind, number, front, figures, tuple(_policy(visit)))

    def _figures(self, visit: Visit, first: bool) -> list[str]:
        said = []
        if first and self.flow.every:
            said.append(words.every(self.flow.every))
            if self.flow.waits_for_labels:
                said.append(f"labels wait {words.duration(self.flow.waits_for_labels)}")
        if visit.receives is not None:
            more = f" → {visit.gives:,}" if visit.gives not in (None, visit.receives) else ""
            said.append(f"{visit.receives:,}{more}")
        elif visit.gives is not None:
            said.append(f"→ {visit.gives:,}")
        if self.kind == "request":
            said.append(words.rate(self.rate * visit.chance))
        if visit.step.takes is not None:
            said.append(f"takes {words.duration(visit.step.takes)}")
        if visit.step.carries:
            said.append(words.size(visit.step.carries))
        if visit.waits and self.kind == "request":
            mean, tail = self.latency.get((visit.flow, visit.label), (visit.work, None))
            if tail is not None and mean >= LEAST_SHOWN:
                end = f", p99 {words.duration(tail)}" if math.isfinite(tail) else ""
                said.append(f"{words.duration(mean)}{end}")
            elif mean >= LEAST_SHOWN:
                said.append(words.duration(mean))
        return said


def _policy(visit: Visit) -> list[str]:
    step, said = visit.step, []
    if step.share < 1:
        said.append(f"{_pct(step.share)} of requests")
    if visit.asked > 1:
        said.append(f"asks all {visit.asked} shards")
    if step.timeout is not None:
        said.append(f"timeout {words.duration(step.timeout)}")
    if step.retries:
        said.append(f"{step.retries} {'retry' if step.retries == 1 else 'retries'}")
    if step.fallback:
        said.append(f"else {step.fallback}")
    return said


def _pct(share: float) -> str:
    return words.percent(share)


def critical_path(design: Design, latency: Latency) -> list[tuple[str, str]]:
    """Give the steps, as (flow, label), that a request waits for longest, in order.

    Of the request flows the slowest, of branches the slowest, of a cache the way of a miss;
    ``latency`` where it is given, else the mean service times.

    >>> design = Design.from_yaml('''
    ... title: Two stores
    ... requirement: {rate: 100 requests/s, latency: 50 ms}
    ... components:
    ...   app: {kind: client, concurrency: unlimited}
    ...   fast: {kind: database, service: 1 ms}
    ...   slow: {kind: database, service: 4 ms}
    ... flows:
    ...   read: {steps: [{call: app}, {parallel: [[{call: fast}], [{call: slow}]]}]}
    ... ''')
    >>> critical_path(design, {})
    [('read', 'app'), ('read', 'slow')]
    """
    ways = [
        _slowest(plan(design, name), latency)
        for name, flow in design.flows.items()
        if flow.kind == "request"
    ]
    return max(ways, key=lambda way: way[0], default=(0.0, []))[1]


def _slowest(nodes: tuple[Node, ...], latency: Latency) -> tuple[float, list[tuple[str, str]]]:
    seconds, way = 0.0, []
    for node in nodes:
        if isinstance(node, Fork):
            ways = [_slowest(branch, latency) for branch in node.branches]
            more, part = max(ways, key=lambda found: found[0])
        elif not node.waits:
            continue
        else:
            at = (node.flow, node.label)
            inner, missed = _slowest(node.on_miss, latency)
            mean = latency.get(at, (node.work, None))[0]
            more = node.step.share * (mean + node.misses * inner)
            part = [at, *(missed if node.misses > 0 else [])]
        seconds += more if math.isfinite(more) else 1e9
        way += part
    return seconds, way


def described(design: Design, found: list[Stop], path: list[tuple[str, str]]) -> str:
    """Tell the picture in words, for those who do not see it."""
    told = []
    for name, flow in design.flows.items():
        steps = [f"{s.number} {s.visit.name}" for s in found if s.visit.flow == name]
        told.append(f"{flow.kind} flow {name}: {', '.join(steps)}.")
    if path:
        names = dict.fromkeys(label for _, label in path)
        told.append(f"Critical path: {', '.join(names)}.")
    return " ".join(told)
