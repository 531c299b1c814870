"""Calculus with distributions of latency on grids: after one another, the slowest, cut short.

A distribution is an array of shape (rows, points): row r has the probability at 0, h, 2h, … with a
step h of its own; the last point stands for itself and everything beyond. The same latency at
steps of 1, 2, 4, … is known near zero as well as far out in its tail (`percentile`). A row may
sum to less than 1: the rest never answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft, special

from mlsd_kit.design.schema import ServiceTime

Array = NDArray[np.float64]


def place(limited_mean: Array, steps: Array) -> Array:
    """Put a distribution on a grid so that its mean is kept.

    Local moment matching: the mass at jh is the second difference of E[min(X, x)] there, over h
    (Klugman, Panjer and Willmot, "Loss Models", appendix on discretisation).

    Args:
        limited_mean: E[min(X, x)] at x = 0, h, …, nh; shape (rows, n + 1).
        steps: h of each row, shape (rows,).
    """
    slope = np.diff(limited_mean, axis=1) / steps[:, None]
    cells = np.empty_like(slope)
    cells[:, 0] = 1 - slope[:, 0]
    cells[:, 1:] = slope[:, :-1] - slope[:, 1:]
    cells[:, -1] += slope[:, -1]
    return np.maximum(cells, 0.0, out=cells)


def at_zero(rows: int, points: int) -> Array:
    """No time at all."""
    cells = np.zeros((rows, points))
    cells[:, 0] = 1.0
    return cells


def after(first: Array, then: Array) -> Array:
    """The sum of two independent times."""
    points = first.shape[1]
    size = 2 * points
    both = fft.irfft(fft.rfft(first, size) * fft.rfft(then, size), size)
    cells: Array = np.maximum(both[:, :points], 0.0)
    cells[:, -1] += both[:, points:].sum(axis=1)
    return cells


def slowest(parts: Sequence[Array]) -> Array:
    """The largest of several independent times, all of which are needed."""
    cumulated = np.cumsum(parts[0], axis=1)
    for part in parts[1:]:
        cumulated *= np.cumsum(part, axis=1)
    return np.diff(cumulated, axis=1, prepend=0.0)


def slowest_of(cells: Array, n: int) -> Array:
    """The largest of n independent times of one distribution."""
    return np.diff(np.cumsum(cells, axis=1) ** n, axis=1, prepend=0.0) if n > 1 else cells


def cut(cells: Array, steps: Array, limit: float, inside: Array) -> Array:
    """What is there within a limit; the mass of a point lies half a step to both sides of it.

    Args:
        cells: shape (rows, points).
        steps: shape (rows,).
        limit: the time after which nothing counts.
        inside: the share of the mass that is there within the limit, exactly; shape (rows,).
    """
    points = cells.shape[1]
    kept = cells * np.clip(limit / steps[:, None] - np.arange(points) + 0.5, 0.0, 1.0)
    short = steps * points <= limit
    kept[short, -1] = 0.0
    sums = kept.sum(axis=1)
    kept[short, -1] = np.maximum(inside - sums, 0.0)[short]
    scale = np.where(short & (inside > 0), 1.0, inside / np.maximum(sums, 1e-300))
    cut_off: Array = kept * scale[:, None]
    return cut_off


def placed_anew(cells: Array, step: float, steps: Array, points: int) -> Array:
    """Put distributions from a grid of one step on others; mass and mean are kept.

    Args:
        cells: shape (rows, any number of points), the last point as exact as the others.
        step: their step.
        steps: the new step of each row, shape (rows,).
        points: of the new grid.
    """
    x = steps[:, None] * np.arange(points + 1)
    reached = np.minimum(np.floor(x / step * (1 + 1e-12)), cells.shape[1] - 1).astype(int)
    masses = np.cumsum(cells, axis=1)
    moments = np.cumsum(cells * (step * np.arange(cells.shape[1])), axis=1)
    beyond = masses[:, -1:] - np.take_along_axis(masses, reached, axis=1)
    new = place(np.take_along_axis(moments, reached, axis=1) + x * beyond, steps)
    new[:, 0] = np.maximum(new[:, 0] - (1 - masses[:, -1]), 0.0)
    return new


def percentile(cells: Array, steps: Array, share: float) -> float:
    """The time within which a share of one latency's mass is there.

    Args:
        cells: one latency in rows of growing step.
        steps: their steps, ascending.
        share: of all the mass, between 0 and 1.

    Returns:
        The percentile, from the finest row that reaches so far; the longest time on the grid when
        none does.
    """
    cumulated = np.cumsum(cells, axis=1)
    wanted = share * cumulated[:, -1]
    reaching = np.flatnonzero(cumulated[:, -2] >= wanted)
    row = int(reaching[0]) if reaching.size else len(steps) - 1
    return float(interpolated(cumulated[row], steps[row], wanted[row]))


def interpolated(cumulated: Array, step: float, wanted: float) -> float:
    """The time at which a cumulated row reaches a mass; linear between half steps."""
    cell = int(np.searchsorted(cumulated[:-1], wanted))
    if cell >= len(cumulated) - 1:
        return float(step * (len(cumulated) - 1))
    before = cumulated[cell - 1] if cell else 0.0
    part = (wanted - before) / max(cumulated[cell] - before, 1e-300)
    return float(step * (part / 2 if cell == 0 else cell - 0.5 + part))


def mean(cells: Array, steps: Array) -> float:
    """The mean of one latency in rows of growing step, over the mass that answers.

    The integral of the share that is still to come, each stretch from the finest row that has it.
    """
    cumulated = np.cumsum(cells, axis=1)
    if cumulated[0, -1] <= 0:
        return float("nan")
    beyond = 1 - cumulated[:, :-1] / cumulated[:, -1:]
    ends = (cells.shape[1] - 1.5) * steps
    sums = np.empty_like(beyond)
    sums[:, 0] = beyond[:, 0] / 2
    sums[:, 1:] = (beyond[:, 1:] + beyond[:, :-1]) / 2
    sums = np.cumsum(sums, axis=1) * steps[:, None]
    total = float(sums[0, -1])
    for row in range(1, len(steps)):
        place = ends[row - 1] / steps[row] - 0.5
        cell = int(place)
        before = sums[row, cell] + (place - cell) * (sums[row, cell + 1] - sums[row, cell])
        total += float(sums[row, -1] - before)
    return total


@lru_cache(maxsize=1024)
def service_cells(
    service: ServiceTime, work: float, steps: tuple[float, ...], points: int
) -> Array:
    """A service time of mean ``work`` on a grid, read only; kept, for sliders move few of them."""
    h = np.array(steps)
    x = h[:, None] * np.arange(points + 1.0)
    cells = place(limited_mean(service, work, x), h)
    cells.setflags(write=False)
    return cells


def limited_mean(service: ServiceTime, work: float, x: Array) -> Array:
    """E[min(S, x)] of a service time whose mean is ``work``, by its shape."""
    if work == 0:
        return np.zeros_like(x)
    shape, cv = service.shape, service.variation
    if shape == "measured":
        return _limited_sample(service.sample, work, x)
    if cv == 0:
        return np.minimum(x, work)
    if shape == "exponential":
        return exponential_limited_mean(np.array(work), x)
    if shape == "gamma":
        return gamma_limited_mean(np.array(1 / cv**2), np.array(work), x)
    sigma = np.sqrt(np.log1p(cv**2))
    with np.errstate(divide="ignore"):
        z = (np.log(x) - np.log(work)) / sigma
    answer: Array = work * special.ndtr(z - sigma / 2) + x * special.ndtr(-z - sigma / 2)
    return answer


def exponential_limited_mean(average: Any, x: Array) -> Array:
    """E[min(X, x)] of an exponential time; ``average`` broadcasts against x, 0 is no time."""
    some = np.maximum(average, 1e-300)
    answer: Array = -average * np.expm1(-x / some)
    return answer


def gamma_limited_mean(shape: Any, average: Any, x: Array) -> Array:
    """E[min(X, x)] of a gamma time; ``shape`` is 1 / cv²."""
    y = x * shape / np.maximum(average, 1e-300)
    below = special.gammainc(shape, y)
    density = np.exp(special.xlogy(shape, y) - y - special.gammaln(shape + 1))
    answer: Array = average * (below - density) + x * (1 - below)
    return answer


def _limited_sample(sample: tuple[float, ...], work: float, x: Array) -> Array:
    values = np.sort(np.asarray(sample))
    values = values * (work / values.mean())
    sums = np.concatenate([[0.0], np.cumsum(values)])
    reached = np.searchsorted(values, x, side="right")
    answer: Array = (sums[reached] + x * (len(values) - reached)) / len(values)
    return answer
