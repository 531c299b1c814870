"""Pictures of a simulation's result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlsd_kit.design.simulation.result import SimulationResult
from mlsd_kit.style import PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

PARTS = {"wait": "waiting in queues", "service": "service", "lost": "failed tries and backoff"}


def plot_latency_over_time(result: SimulationResult) -> Axes:
    """Plot p50 and p99 of requests by the time they came, and the share that had trouble.

    Args:
        result: of a simulation.

    Returns:
        The upper axes, with the latencies.
    """
    import matplotlib.pyplot as plt

    over, log = result.over_time(), result.ledger.log
    _, (ax, losses) = plt.subplots(
        2, 1, figsize=(8, 4.6), sharex=True, height_ratios=(3, 1.2), layout="constrained"
    )
    required = result.design.requirement
    ax.plot(over["at"], 1000 * over["p99"], color=PALETTE[4], label="p99")
    ax.plot(over["at"], 1000 * over["p50"], color=PALETTE[0], label="p50")
    ax.axhline(
        1000 * required.latency,
        color=PALETTE[7],
        lw=1,
        ls="--",
        label=f"required p{required.percentile:g}",
    )
    ax.set(ylabel="latency (ms)", yscale="log", title="By the time at which requests came")
    _plain_ticks(ax.yaxis)
    losses.stackplot(
        over["at"],
        100 * over["failed"].fillna(0.0),
        100 * over["degraded"].fillna(0.0),
        colors=(PALETTE[3], PALETTE[1]),
        labels=("failed", "degraded"),
    )
    losses.set(xlabel="simulated time (s)", ylabel="share (%)", xlim=(0, log.edges[-1]))
    losses.set_ylim(0, max(1.0, losses.get_ylim()[1]))
    for one in (ax, losses):
        if log.warm:
            one.axvspan(0, log.edges[log.warm], color="#EFEFEF", lw=0, zorder=0)
        one.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    if log.warm:
        middle = log.edges[log.warm] / 2
        ax.annotate(
            "warm-up",
            (middle, 0.97),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="top",
            fontsize=9,
        )
    return ax


def plot_where_time_goes(result: SimulationResult, ax: Axes | None = None) -> Axes:
    """Plot the mean time that a request spends at each step, waiting and served.

    Args:
        result: of a simulation.
        ax: where; None makes a figure.
    """
    steps = result.steps()
    several = steps["flow"].nunique() > 1
    names = steps["flow"] + ": " + steps["step"] if several else steps["step"]
    ax = _axes(ax, 1.3 + 0.36 * len(steps))
    begin = np.zeros(len(steps))
    for (part, label), color in zip(PARTS.items(), PALETTE[1::2], strict=False):
        width = 1000 * steps[part].to_numpy()
        if width.sum() > 0:
            ax.barh(names, width, left=begin, color=color, label=label)
        begin += width
    for place, total in enumerate(begin):
        ax.annotate(f" {total:.3g}", (total, place), va="center", fontsize=10)
    ax.invert_yaxis()
    ax.set(xlabel="mean time per request (ms)", title="Where the time goes")
    ax.set_xlim(0, 1.12 * max(begin.max(), 1e-9))
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def plot_latency_tail(result: SimulationResult, ax: Axes | None = None) -> Axes:
    """Plot the share of answered requests that took longer, against latency.

    Args:
        result: of a simulation.
        ax: where; None makes a figure.
    """
    ax = _axes(ax)
    found = result.distribution()
    longer = 1.0 - found["share"].cumsum()
    seen = longer > 0.5 / max(result.ok + result.degraded, 1)
    ax.plot(1000 * found["latency"][seen], longer[seen], color=PALETTE[0])
    required = result.design.requirement
    limit = 1000 * required.latency
    ax.axvline(limit, color=PALETTE[7], lw=1, ls="--")
    ax.plot([limit], [1 - required.percentile / 100], "o", color=PALETTE[4])
    ax.annotate(
        f" required:\n p{required.percentile:g} ≤ {limit:g} ms",
        (limit, 1.0),
        xycoords=("data", "axes fraction"),
        va="top",
        fontsize=10,
    )
    ax.set(xscale="log", yscale="log", xlabel="latency (ms)", title="How many take longer")
    ax.set_ylabel("share that takes longer")
    ax.set_xlim(right=max(3 * limit, ax.get_xlim()[1]))
    _plain_ticks(ax.xaxis)
    return ax


def _axes(ax: Axes | None, height: float = 3.4) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(8, height), layout="constrained")[1]


def _plain_ticks(axis: Axis) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
