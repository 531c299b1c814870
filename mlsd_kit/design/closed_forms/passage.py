"""A request's way through a flow as one distribution of latency, step by step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mlsd_kit.design.closed_forms.distribution import Array, after, at_zero, place, slowest
from mlsd_kit.design.closed_forms.stations import At, Queue, Station, Try, one_try
from mlsd_kit.design.planning import Fork, Node, Visit

FORGOTTEN = 1e-8


@dataclass(frozen=True)
class Grid:
    """Rows on which latencies are computed: the load that each is at, and its step in seconds."""

    loads: np.ndarray
    steps: Array
    points: int

    @classmethod
    def around(cls, means: Array, finest: int, coarsest: int, points: int) -> Grid:
        """Rows that reach from 2^finest to 2^coarsest times each load's mean latency, by twos.

        Steps are powers of two of a second over the points, so that service times recur.
        """
        top = np.ceil(np.log2(np.maximum(means, 1e-9)))
        powers = top[:, None] + np.arange(finest, coarsest + 1)
        loads = np.repeat(np.arange(len(means)), powers.shape[1])
        return cls(loads, np.exp2(powers.ravel()) / points, points)


@dataclass(frozen=True)
class Passage:
    """What becomes of requests on a part of their way.

    ``cells``: latency of those that are answered, shape (rows, points), its sum is their share;
    ``clean``: the share that is answered without any fallback, shape (rows,).
    """

    cells: Array
    clean: Array

    @property
    def answered(self) -> Array:
        """The share that is answered, by a fallback or without."""
        total: Array = self.cells.sum(axis=1)
        return total


def passage(
    nodes: Sequence[Node],
    found: Mapping[str, Station],
    grid: Grid,
    calls: dict[At, Passage],
) -> Passage:
    """Go through nodes in order; ``calls`` gets what one call of each step takes.

    Steps one after another add up, branches count with the slowest, misses go on where hits are
    done; all as if the steps were independent.
    """
    rows = len(grid.steps)
    cells: Array | None = None
    clean = np.ones(rows)
    for node in nodes:
        if isinstance(node, Visit) and not node.waits:
            continue
        part = (
            _fork(node, found, grid, calls)
            if isinstance(node, Fork)
            else _visit(node, found, grid, calls)
        )
        cells = part.cells if cells is None else after(cells, part.cells)
        clean = clean * part.clean
    return Passage(at_zero(rows, grid.points) if cells is None else cells, clean)


def _fork(
    fork: Fork, found: Mapping[str, Station], grid: Grid, calls: dict[At, Passage]
) -> Passage:
    branches = [passage(branch, found, grid, calls) for branch in fork.branches]
    cells = slowest([branch.cells for branch in branches])
    clean = np.prod([branch.clean for branch in branches], axis=0)
    return _taken(Passage(cells, clean), fork.share)


def _visit(
    visit: Visit, found: Mapping[str, Station], grid: Grid, calls: dict[At, Passage]
) -> Passage:
    tried = one_try(visit, found[visit.name], grid.loads, grid.steps, grid.points)
    part = _retried(visit, tried, grid, saved=visit.step.fallback is not None)
    calls[visit.flow, visit.label] = part
    if visit.on_miss:
        asked = _retried(visit, tried, grid, saved=False)
        inner = passage(visit.on_miss, found, grid, calls)
        missed = visit.misses * (after(asked.cells, inner.cells) - asked.cells)
        clean = part.clean * (1 - visit.misses * (1 - inner.clean))
        part = Passage(np.maximum(part.cells + missed, 0.0), clean)
    return _taken(part, visit.step.share)


def _taken(part: Passage, share: float) -> Passage:
    """A part that only a share of the requests goes through."""
    if share == 1:
        return part
    cells = share * part.cells
    cells[:, 0] += 1 - share
    return Passage(cells, share * part.clean + 1 - share)


def _retried(visit: Visit, tried: Try, grid: Grid, saved: bool) -> Passage:
    """A call with its retries; ``saved``: by a fallback after the last one."""
    step = visit.step
    answers, fails = tried.answers, tried.fails
    failing = fails.sum(axis=1)
    worst = float(failing.max())
    if worst <= 0:
        return Passage(answers, answers.sum(axis=1))
    cells = answers + fails if saved else answers
    clean = answers.sum(axis=1)
    rounds = step.retries
    if worst < 1:
        rounds = min(rounds, int(math.log(FORGOTTEN) / math.log(worst)))
    if rounds and step.backoff:
        fails = after(fails, _backoff(visit, grid))
    for _ in range(rounds):
        cells = answers + after(fails, cells)
        clean = answers.sum(axis=1) + failing * clean
    return Passage(cells, clean)


def _backoff(visit: Visit, grid: Grid) -> Array:
    x = grid.steps[:, None] * np.arange(grid.points + 1)
    pause = visit.step.backoff
    if not visit.step.jitter:
        return place(np.minimum(x, pause), grid.steps)
    part = np.minimum(x, 2 * pause)
    return place(part - part**2 / (4 * pause), grid.steps)


def rough_mean(nodes: Sequence[Node], found: Mapping[str, Station], loads: int) -> Array:
    """A bound on the mean latency of nodes at each load, to choose a grid by; shape (loads,)."""
    total = np.zeros(loads)
    for node in nodes:
        if isinstance(node, Fork):
            total += sum(rough_mean(branch, found, loads) for branch in node.branches) * node.share
        elif node.waits:
            inner = rough_mean(node.on_miss, found, loads)
            total += node.step.share * (_rough_call(node, found[node.name]) + node.misses * inner)
    return total


def _rough_call(visit: Visit, station: Station) -> Array:
    both = [station.busiest] + ([station.other] if station.other else [])
    one = np.max([_finite_wait(queue) for queue in both], axis=0) + visit.work
    n = visit.asked
    if n > 1:
        cv = max(1.0, visit.component.service.variation)
        one = one * min(n, 1 + cv * (n - 1) / math.sqrt(2 * n - 1))
    step = visit.step
    if step.timeout is not None:
        one = np.minimum(one, step.timeout)
    failing = max(visit.component.errors, float(step.timeout is not None))
    return one + step.retries * failing * (one + step.backoff)


def _finite_wait(queue: Queue) -> Array:
    return np.where(queue.endless, 0.0, queue.waits * queue.wait)
