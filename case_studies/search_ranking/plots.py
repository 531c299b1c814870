"""The case's pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from mlsd_kit.requirements import fan_out_tail

from .simulator import PLACES, examination

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_examination(estimated: pd.DataFrame, clicks: np.ndarray, eta: float) -> Axes:
    """Clicks by place, and how much each place is looked at: estimated, fitted and true."""
    ranks = np.arange(1, PLACES + 1)
    _, ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    ax.plot(ranks, clicks / clicks[0], "s--", color="0.6", label="clicks")
    known = estimated.dropna()
    bars = [known["propensity"] - known["low"], known["high"] - known["propensity"]]
    ax.errorbar(
        known.index, known["propensity"], bars, fmt="o", capsize=3, label="looks, from swaps (95 %)"
    )
    ax.plot(ranks, ranks**-eta, label=f"looks, fitted: 1 / rank^{eta:.2f}")
    ax.plot(ranks, examination(), ":", color="k", label="looks, truth")
    ticks = [1, 0.5, 0.2, 0.1, 0.05]
    ax.set(xlabel="rank", ylabel="relative to rank 1 (log scale)", yscale="log", xticks=ranks)
    ax.set_yticks(ticks, [f"{t:g}" for t in ticks])
    ax.minorticks_off()
    ax.set_title("Clicks and looks by place")
    ax.legend(fontsize=8)
    return ax


def plot_fan_out(slow: float, shards: Sequence[int], marked: int) -> Axes:
    """Share of searches that wait for a slow shard, against their number; hedged and not."""
    _, ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
    plain = [100 * fan_out_tail(slow, n) for n in shards]
    hedged = [100 * fan_out_tail(slow**2, n) for n in shards]
    ax.plot(
        shards, plain, marker=".", label=f"wait for all; a shard is slow in {slow:.1%} of cases"
    )
    ax.plot(shards, hedged, marker=".", label="hedged: both copies have to be slow")
    ax.axhline(1, color="0.6", linestyle=":", label="1 %: above it, p99 is the pause")
    ax.axvline(marked, color="0.8")
    ax.set(xscale="log", yscale="log", xlabel="shards asked", ylabel="slow searches (%)")
    ax.set_title("The slowest of N shards")
    ax.legend(fontsize=8)
    return ax


def plot_needed(tables: Mapping[str, tuple[float, float]]) -> Axes:
    """Searches that interleaving and an A/B test need, for each pair of rankings."""
    frame = pd.DataFrame(tables, index=["interleaving", "A/B test"]).T.replace(np.inf, np.nan)
    ax = frame.plot.barh(figsize=(7, 2.6), logx=True, title="Searches for the same decision")
    ax.set(xlabel="searches (log scale)", ylabel="")
    ax.invert_yaxis()
    ax.legend(fontsize=8)
    return ax


def plot_refresh(table: pd.DataFrame) -> Axes:
    """Purchases lost, and named products that cannot be found, against the refresh interval."""
    shown = 100 * table.loc[table.index > 0, ["lost", "named_unseen"]]
    names = {"lost": "purchases lost", "named_unseen": "searches for one product that miss it"}
    ax = shown.rename(columns=names).plot(marker="o", logx=True, figsize=(6.4, 3.2))
    hours = list(shown.index)
    ax.set_xticks(hours, [f"{h:g}" for h in hours])
    ax.minorticks_off()
    ax.set(xlabel="hours between refreshes", ylabel="%", title="What a stale index costs")
    return ax
