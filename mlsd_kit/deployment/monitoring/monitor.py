"""One interface for all monitors: a window comes in, an alarm with its reason or nothing out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from mlsd_kit.deployment.monitoring.window import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Alarm:
    """Something that a person should look at."""

    reason: str
    """What was seen, and what was to be expected, in one line."""
    subjects: tuple[str, ...] = ()
    """What it is about, such as features or groups."""


class Monitor(Protocol):
    """Watches one thing."""

    def observe(self, window: Window) -> Alarm | None:
        """Take in the next window; None when there is nothing to report, or nothing to judge."""


class AnyOf:
    """Several monitors as one: in alarm when any of them is.

    A window's chance of a false alarm is at most the sum of theirs.

    Args:
        monitors: name → monitor.
    """

    def __init__(self, monitors: Mapping[str, Monitor]) -> None:
        self.monitors = dict(monitors)

    def observe(self, window: Window) -> Alarm | None:
        """The alarms of all monitors, in one."""
        alarms = {name: monitor.observe(window) for name, monitor in self.monitors.items()}
        raised = {name: alarm for name, alarm in alarms.items() if alarm}
        if not raised:
            return None
        reason = "; ".join(f"{name}: {alarm.reason}" for name, alarm in raised.items())
        return Alarm(reason, tuple(raised))


def watch(monitors: Mapping[str, Monitor], windows: Iterable[Window]) -> pd.DataFrame:
    """Show each window to each monitor.

    Returns:
        A row for each window, by the time of its end in hours, a column for each monitor: the
        reason of the alarm, or empty.
    """
    rows = {
        window.end_h: {
            name: alarm.reason if (alarm := monitor.observe(window)) else ""
            for name, monitor in monitors.items()
        }
        for window in windows
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("until (h)")


def plot_watch(
    log: pd.DataFrame, planted: Sequence[tuple[float, float, str]] = (), ax: Axes | None = None
) -> Axes:
    """Draw the alarms of each monitor over time, above the stretches in which something was wrong.

    Args:
        log: what `watch` gives.
        planted: start, end and name of what was done to the traffic.
        ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(9, 0.42 * log.shape[1] + 1.7))
    times = log.index.to_numpy(dtype=float)
    for number, (start, end, name) in enumerate(planted):
        ax.axvspan(start, end, color=f"C{number % 6}", alpha=0.18, lw=0)
        ax.text((start + end) / 2, -0.75, name, ha="center", va="bottom", fontsize=9)
    for row, column in enumerate(log):
        raised = times[(log[column] != "").to_numpy()]
        ax.scatter(times, [row] * len(times), marker=".", s=12, color="#BBBBBB")
        ax.scatter(raised, [row] * len(raised), marker="X", s=55, color="#D55E00")
    ax.set_yticks(range(log.shape[1]), [str(name) for name in log])
    ax.set_ylim(log.shape[1] - 0.5, -0.8 if planted else -0.5)
    ax.grid(visible=False)
    ax.set(
        xlabel="end of the window (hours)",
        title="Alarms (×) of each monitor" + "\n" * bool(planted),
    )
    return ax
