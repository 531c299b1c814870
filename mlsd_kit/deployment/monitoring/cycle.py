"""A daily cycle is no drift: compare each window with the reference of the same hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mlsd_kit.deployment.monitoring.monitor import Alarm, Monitor
from mlsd_kit.deployment.monitoring.window import Sample, Window


class SameHours:
    """A monitor for each part of the day, each with its own reference.

    Args:
        make: makes a monitor from the rows of its reference.
        references: hour of the day at which a part begins → rows of that part, from many days.

    Raises:
        ValueError: when there are no references.
    """

    def __init__(
        self, make: Callable[[Sample], Monitor], references: Mapping[float, Sample]
    ) -> None:
        if not references:
            raise ValueError("a monitor by hours needs the reference of at least one")
        self._starts = sorted(references)
        self._monitors = {start: make(rows) for start, rows in references.items()}

    def observe(self, window: Window) -> Alarm | None:
        """Pass the window to the monitor of its part of the day."""
        before = [start for start in self._starts if start <= window.hour]
        return self._monitors[before[-1] if before else self._starts[-1]].observe(window)


def days_without_drift(
    rows: Sample, time_h: np.ndarray, *, part_h: float = 4.0, days: int = 8, seed: int = 0
) -> tuple[dict[float, Sample], list[Window]]:
    """Deal rows out to days that differ by chance only, each row at its own part of the day.

    The daily cycle of the rows stays, in their number as in what is in them; whatever else moved in
    the course of the days is gone.

    Args:
        rows: of several days.
        time_h: when each was predicted, shape (n,).
        part_h: length of a part of the day; 24 must be a multiple of it.
        days: how many to make, of the half of the rows that is not the reference.
        seed: of the deal.

    Returns:
        The reference of each part by its first hour, and the windows in order of time. A part of
        the day without rows has no reference and no window.

    Raises:
        ValueError: when parts do not fill a day.
    """
    if not np.isclose(24 % part_h, 0) or days < 1:
        raise ValueError(f"parts of {part_h} h do not fill a day, or there is no day")
    rng = np.random.default_rng(seed)
    parts = np.floor(np.asarray(time_h) % 24 / part_h).astype(int)
    references, windows = {}, []
    for part in np.unique(parts):
        order = rng.permutation(np.flatnonzero(parts == part))
        kept, dealt = np.array_split(order, 2)
        day = rng.integers(0, days, len(dealt))
        start = float(part * part_h)
        references[start] = rows.take(kept)
        windows += [
            Window(24 * d + start, 24 * d + start + part_h, rows.take(dealt[day == d]))
            for d in range(days)
        ]
    return references, sorted(windows, key=lambda window: window.start_h)


def daily_clock(n: int, days: int, *, swing: float = 0.6, seed: int = 0) -> np.ndarray:
    """Times of n requests over some days, busiest at 18 h: rate ∝ 1 − swing · sin(2π t / 24 h).

    Args:
        n: requests.
        days: how many days.
        swing: 0 for an even rate, below 1.
        seed: of the times.

    Returns:
        Times in hours, ascending, shape (n,).
    """
    grid = np.linspace(0, 24 * days, 24 * 60 * days + 1)
    turn = 24 / (2 * np.pi)
    passed = grid + swing * turn * (np.cos(grid / turn) - 1)
    drawn = np.sort(np.random.default_rng(seed).random(n)) * passed[-1]
    return np.interp(drawn, passed, grid)
