"""What quality costs in dollars and milliseconds, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mlsd_kit.design.sizing.search import SearchResult


def plot_pareto(result: SearchResult, ax: Axes | None = None) -> Axes:
    """Draw quality against price, latency as colour; what nothing beats is joined by a line.

    Without a quality, latency is drawn against price. Only rows that meet the requirement show.

    Args:
        result: what `search` found.
        ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt

    table, front = result.table(), result.pareto()
    table = table[table["meets"]]
    if ax is None:
        _, ax = plt.subplots(figsize=(7, 4), layout="constrained")
    if table.empty:
        ax.text(0.5, 0.5, "nothing meets the requirement", ha="center", transform=ax.transAxes)
        ax.set_axis_off()
        return ax
    known = bool(table["quality"].notna().any())
    height = table["quality"] if known else 1000 * table["latency"]
    colours = 1000 * table["latency"] if known else np.full(len(table), 0.0)
    dots = ax.scatter(table["price"], height, c=colours, s=36, cmap="cividis", zorder=3)
    line = front.sort_values("price")
    if known:
        line = line[line["quality"] >= line["quality"].cummax()]
        ax.figure.colorbar(dots, ax=ax, label="latency (ms)")
    ax.step(
        line["price"],
        line["quality"] if known else 1000 * line["latency"],
        where="post",
        c="grey",
        lw=1.2,
        label="best at its price",
    )
    ax.set(xlabel="price ($/h)", ylabel="quality" if known else "latency (ms)")
    ax.set_title("What meets the requirement, and what it costs")
    ax.legend(loc="lower right" if known else "upper right")
    return ax
