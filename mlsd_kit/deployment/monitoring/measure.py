"""How often a monitor cries wolf, and how long it takes to see what is there: measured.

Both on rows whose order was drawn at random, so that there is no drift but what is planted.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from mlsd_kit.deployment.monitoring.monitor import Monitor
from mlsd_kit.deployment.monitoring.window import Sample, Window, cut_windows, join_samples

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Make = Callable[[Sample], Monitor]
"""Makes a monitor from reference rows."""

Plant = Callable[[Sample, float], Sample]
"""Gives the rows as they would be served with a drift of some size."""


class FalseAlarms(NamedTuple):
    """Alarms in windows without drift, with an exact binomial interval of their rate."""

    windows: int
    alarms: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class Setting:
    """How a monitor is tried."""

    reference_rows: int
    window_rows: int
    windows: int
    """In each run; those after ``onset`` have the drift."""
    onset: int = 0
    runs: int = 10
    seed: int = 0

    @property
    def rows(self) -> int:
        """Rows that a run takes."""
        return self.reference_rows + self.window_rows * self.windows


def false_alarms(make: Make, rows: Sample, setting: Setting) -> FalseAlarms:
    """Measure how often a monitor is in alarm with no drift.

    In each run the rows are put in another order at random; the first become the reference, the
    others the windows, so that all come from one distribution. The windows of a run share its
    reference, so the interval is a little too narrow where windows are not much smaller than it.

    Args:
        make: makes the monitor from reference rows.
        rows: at least as many as a run takes.
        setting: sizes and numbers; ``onset`` is not used.

    Raises:
        ValueError: when there are too few rows.
    """
    alarms = [
        monitor.observe(window) is not None
        for run in range(setting.runs)
        for monitor, windows in [_run(make, rows, setting, run)]
        for window in windows
    ]
    return count_alarms(alarms)


def count_alarms(alarms: Sequence[bool], confidence: float = 0.95) -> FalseAlarms:
    """The rate of alarms, with its interval (Clopper and Pearson, 1934).

    >>> count_alarms([True, False, False, False])[:3]
    (4, 1, 0.25)
    """
    n, k = len(alarms), int(np.sum(alarms))
    interval = stats.binomtest(k, n).proportion_ci(confidence)
    return FalseAlarms(n, k, k / n, float(interval.low), float(interval.high))


def detection(
    make: Make, rows: Sample, plant: Plant, sizes: Sequence[float], setting: Setting
) -> pd.DataFrame:
    """Measure how soon a monitor sees a drift of each size, planted from window ``onset`` on.

    Args:
        make, rows: as in `false_alarms`.
        plant: puts the drift in the rows of the windows.
        sizes: of the drift, from small to large; 0 gives what a monitor "detects" by chance.
        setting: sizes and numbers.

    Returns:
        One row for each size: ``power`` (share of drifted windows in alarm) with ``low`` and
        ``high``, ``found`` (share of runs with any alarm after the onset) and ``delay``, the median
        number of windows up to and including that of the first alarm; infinite where fewer than
        half of the runs found it.

    Raises:
        ValueError: when there are too few rows, or the onset leaves no window.
    """
    if not 0 <= setting.onset < setting.windows:
        raise ValueError(f"onset {setting.onset} leaves no window of {setting.windows}")
    table = {}
    for size in sizes:
        alarms, delays = [], []
        for run in range(setting.runs):
            monitor, windows = _run(
                make, rows, setting, run, functools.partial(_planted, plant, size)
            )
            raised = [monitor.observe(window) is not None for window in windows][setting.onset :]
            alarms += raised
            delays.append(raised.index(True) + 1 if any(raised) else np.inf)
        power = count_alarms(alarms)
        table[size] = {
            "power": power.rate,
            "low": power.low,
            "high": power.high,
            "found": float(np.isfinite(delays).mean()),
            "delay": float(np.sort(delays)[(len(delays) - 1) // 2]),
        }
    return pd.DataFrame.from_dict(table, orient="index").rename_axis("size")


def measure_monitor(
    make: Make, rows: Sample, plant: Plant, sizes: Sequence[float], setting: Setting
) -> tuple[FalseAlarms, pd.DataFrame]:
    """Both measures of a monitor: its false alarms, and its detection of planted drift."""
    return false_alarms(make, rows, setting), detection(make, rows, plant, sizes, setting)


def plot_detection(curves: dict[str, pd.DataFrame], nominal: float, ax: Axes | None = None) -> Axes:
    """Draw the power of monitors over the size of the drift.

    Args:
        curves: monitor → what `detection` gives.
        nominal: rate of false alarms that was asked for; drawn as a line.
        ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots()
    for name, curve in curves.items():
        (line,) = ax.plot(curve.index, curve["power"], marker="o", label=name)
        ax.fill_between(
            curve.index, curve["low"], curve["high"], alpha=0.15, color=line.get_color()
        )
    ax.axhline(nominal, ls="--", color="grey", label=f"no drift: {nominal:g} asked for")
    ax.set(xlabel="size of the planted drift", ylabel="share of windows in alarm", ylim=(0, 1.03))
    ax.set_xscale("log")
    ax.legend()
    return ax


def _planted(plant: Plant, size: float, rows: Sample) -> Sample:
    return plant(rows, size)


def _run(
    make: Make,
    rows: Sample,
    setting: Setting,
    run: int,
    plant: Callable[[Sample], Sample] | None = None,
) -> tuple[Monitor, list[Window]]:
    """A monitor with its reference, and the windows that it will see."""
    if len(rows) < setting.rows:
        raise ValueError(f"a run takes {setting.rows} rows; there are {len(rows)}")
    order = np.random.default_rng([setting.seed, run]).permutation(len(rows))[: setting.rows]
    reference = rows.take(order[: setting.reference_rows])
    served = rows.take(order[setting.reference_rows :])
    if plant is not None:
        clean = setting.onset * setting.window_rows
        served = join_samples(
            [served.take(slice(0, clean)), plant(served.take(slice(clean, None)))]
        )
    time_h = np.arange(len(served)) / setting.window_rows
    return make(reference), cut_windows(served, time_h, 1.0)
