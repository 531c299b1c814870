"""Recall against latency, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from mlsd_kit.scaling.ann.measure import pareto

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_recall(curves: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw what `measure` found: a line for each kind, and the front that nothing beats.

    Args:
        curves: columns ``kind``, ``recall``, ``ms``.
        ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    if ax is None:
        _, ax = plt.subplots(figsize=(7, 4), layout="constrained")
    front = pareto(curves, "ms", "recall")
    ax.plot(front["ms"], front["recall"], color="black", lw=6, alpha=0.15, label="nothing beats it")
    for kind, of in curves.groupby("kind", sort=False):
        ax.plot(of["ms"], of["recall"], marker="o", ms=5, label=str(kind))
    ax.set(xscale="log", xlabel="ms per query (log scale)", ylabel="recall", ylim=(0, 1.03))
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_title("Up and to the left is better")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax
