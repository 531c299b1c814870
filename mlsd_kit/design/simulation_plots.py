"""Pictures of a simulation's result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlsd_kit.design.simulation_result import SimulationResult
from mlsd_kit.style import PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PARTS = {"wait": "waiting in queues", "service": "service", "lost": "failed tries and backoff"}


def plot_latency_over_time(result: SimulationResult, ax: Axes | None = None) -> Axes:
    """Plot p50 and p99 of requests by the time they came, and where some were not answered.

    Args:
        result: of a simulation.
        ax: where; None makes a figure.
    """
    ax = _axes(ax)
    over = result.over_time()
    limit = 1000 * result.design.requirement.latency
    ax.plot(over["at"], 1000 * over["p99"], color=PALETTE[4], label="p99")
    ax.plot(over["at"], 1000 * over["p50"], color=PALETTE[0], label="p50")
    percentile = result.design.requirement.percentile
    ax.axhline(limit, color=PALETTE[7], lw=1, ls="--", label=f"required p{percentile:g}")
    edges = result.ledger.log.edges
    if result.ledger.log.warm:
        ax.axvspan(0, edges[result.ledger.log.warm], color="#EFEFEF", lw=0, label="warm-up")
    ax.set(xlabel="simulated time (s)", ylabel="latency (ms)", yscale="log", title="Latency")
    _plain_ticks(ax, "y")
    ax.set_xlim(0, edges[-1])
    if over["failed"].max() > 0:
        losses = ax.twinx()
        heights = 100 * over["failed"].fillna(0.0)
        losses.bar(over["at"], heights, np.diff(edges), color=PALETTE[3], alpha=0.35)
        losses.set(ylabel="requests failed (%)", ylim=(0, max(3 * heights.max(), 1.0)))
        losses.spines["right"].set_visible(True)
        losses.grid(visible=False)
        ax.bar([0], [0], color=PALETTE[3], alpha=0.35, label="failed (right)")
    ax.legend(loc="upper left", bbox_to_anchor=(1.12, 1.0))
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
    ax.axvline(1000 * required.latency, color=PALETTE[7], lw=1, ls="--")
    share = 1 - required.percentile / 100
    ax.plot([1000 * required.latency], [share], "o", color=PALETTE[4])
    ax.annotate(
        f"required p{required.percentile:g}\n{1000 * required.latency:g} ms",
        (1000 * required.latency, share),
        xytext=(6, 6),
        textcoords="offset points",
        fontsize=10,
    )
    ax.set(xscale="log", yscale="log", xlabel="latency (ms)", title="How many take longer")
    ax.set_ylabel("share that takes longer")
    _plain_ticks(ax, "x")
    ax.set_ylim(top=1.3)
    return ax


def _axes(ax: Axes | None, height: float = 3.4) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(8, height), layout="constrained")[1]


def _plain_ticks(ax: Axes, which: str) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis = ax.yaxis if which == "y" else ax.xaxis
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
