"""The case's pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from mlsd_kit.requirements import fan_out_tail
from mlsd_kit.style import PALETTE

from .simulator import PLACES, examination

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_examination(estimated: pd.DataFrame, clicks: np.ndarray, eta: float) -> Axes:
    """Clicks by place, and how much each place is looked at: estimated, fitted and true."""
    ranks = np.arange(1, PLACES + 1)
    _, ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    ax.plot(ranks, clicks / clicks[0], "s--", color=PALETTE[6], label="clicks")
    known = estimated.dropna()
    bars = [known["propensity"] - known["low"], known["high"] - known["propensity"]]
    ax.errorbar(
        known.index, known["propensity"], bars, fmt="o", capsize=3, label="looks, from swaps (95 %)"
    )
    ax.plot(ranks, ranks**-eta, label=f"looks, fitted: 1 / rank^{eta:.2f}")
    ax.plot(ranks, examination(), ":", color=PALETTE[7], label="looks, truth")
    ticks = [1, 0.5, 0.2, 0.1, 0.05]
    ax.set(xlabel="rank", ylabel="relative to rank 1 (log scale)", yscale="log", xticks=ranks)
    ax.set_yticks(ticks, [f"{t:g}" for t in ticks])
    ax.minorticks_off()
    ax.set_title("Clicks and looks by place")
    ax.legend(fontsize=9)
    return ax


def plot_fan_out(slow: float, measured: pd.DataFrame) -> Axes:
    """Share of searches that wait for a slow shard, against their number: closed form, measured."""
    _, ax = plt.subplots(figsize=(6.6, 3.6), layout="constrained")
    shards = 2 ** np.arange(0, 11)
    plain = [100 * fan_out_tail(slow, int(n)) for n in shards]
    hedged = [100 * fan_out_tail(slow**2, int(n)) for n in shards]
    ax.plot(shards, plain, label=f"wait for all: 1 − (1 − {slow:g})^N")
    ax.plot(shards, hedged, label="hedged: both copies have to be slow")
    share, bounds = 100 * measured["slow"], measured[["low", "high"]] * 100
    bars = [share - bounds["low"], bounds["high"] - share]
    label = "measured, N processes (95 %)"
    ax.errorbar(measured.index, share, bars, fmt="o", color=PALETTE[7], capsize=3, label=label)
    ax.axhline(1, color=PALETTE[6], linestyle=":", label="1 %: above it, p99 is the pause")
    ax.set(xscale="log", yscale="log", xlabel="shards asked, N", ylabel="slow searches (%)")
    ax.set_xticks(shards, [str(n) for n in shards])
    ax.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    ax.minorticks_off()
    ax.set_title("The slowest of N shards")
    ax.legend(fontsize=9)
    return ax


def plot_recall(recalls: pd.DataFrame, depth: int) -> Axes:
    """Recall of each way of retrieval, by group of queries."""
    title = "What is found, by frequency and kind of query"
    named = recalls.rename(lambda group: "\n".join(group.rsplit(" ", 1)))
    ax = named.plot.bar(figsize=(7, 3.4), rot=0, title=title)
    ax.set(xlabel="", ylabel=f"recall in the first {depth}", ylim=(0, 1.2))
    ax.set_yticks(np.arange(0, 1.01, 0.2))
    ax.legend(ncols=3, fontsize=9, loc="upper left")
    return ax


def plot_needed(needed: Mapping[str, tuple[float, float]]) -> Axes:
    """Searches that interleaving and an A/B test need, for each pair of rankings."""
    _, ax = plt.subplots(figsize=(7, 2.6), layout="constrained")
    places = np.arange(len(needed))
    counts = np.array(list(needed.values()))
    ax.hlines(places, counts.min(axis=1), counts.max(axis=1), color="0.8", linewidth=4, zorder=0)
    for column, (label, marker) in enumerate([("interleaving", "o"), ("A/B test on clicks", "s")]):
        ax.plot(counts[:, column], places, marker, label=label)
    ax.set(xlabel="searches (log scale)", xscale="log", ylim=(-0.6, len(needed) - 0.4))
    ax.set_yticks(places, list(needed))
    ax.invert_yaxis()
    ax.set_title("Searches for the same decision")
    ax.legend(fontsize=9)
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
