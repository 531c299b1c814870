"""The case's pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from mlsd_kit.style import PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_long_tails(per_item: pd.Series, per_user: pd.Series) -> Figure:
    """Views by rank of the item, and how many users have how many views."""
    fig, (items, users) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    items.loglog(np.arange(1, len(per_item) + 1), np.sort(per_item)[::-1])
    items.set(xlabel="rank of the item", ylabel="views", title="Items: a long tail")
    low, high = per_user.min(), per_user.max()
    users.hist(per_user, bins=np.geomspace(low, high, 25))
    users.set(xscale="log", xlabel="views of a user", ylabel="users")
    ticks = [t for t in (20, 50, 100, 200, 500, 1000, 2000, 5000) if low <= t <= high]
    users.set_xticks(ticks, [f"{t:,}" for t in ticks])
    users.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
    users.set_title("Users: few are very active")
    return fig


def plot_ratings(by_item: pd.DataFrame) -> Axes:
    """Mean rating against views, a point an item."""
    ax = by_item.plot.scatter("views", "rating", s=8, alpha=0.5, figsize=(6, 3.2))
    ax.set(xlabel="views of the item", ylabel="mean rating (1 to 5)")
    ax.set_title("Watched more, rated better?")
    return ax


def plot_beside_published(published: pd.Series, here: pd.Series, k: int) -> Axes:
    """Published figures in grey, those computed here in blue, best on top."""
    both = pd.concat([published, here.rename(lambda name: f"{name} (here)")])
    both = both.sort_values(kind="stable")
    colours = [PALETTE[0] if "(here)" in name else "0.75" for name in both.index]
    ax = both.plot.barh(figsize=(6.5, 4), color=colours)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    ax.set(
        xlabel=f"nDCG@{k}" if k == 10 else f"nDCG@{k}; the published (grey) are at 10",
        title="Published (grey) and computed here (blue)",
    )
    return ax


def plot_cold_start(cold: pd.DataFrame, k: int) -> Axes:
    """Quality against the number of views that are known, which is not a linear scale."""
    places = np.arange(len(cold))
    ax = cold.set_index(places).plot(marker="o", figsize=(6, 3.2))
    ax.set_xticks(places, [str(known) for known in cold.index])
    ax.set(xlabel="views known of the user", ylabel=f"nDCG@{k}")
    ax.set_title("Cold start: quality by length of history")
    return ax


def plot_sizes(catalogue: float, factors: int, memory_gb: float) -> Axes:
    """Memory of an item-to-item model and of vectors, in 4-byte numbers, by catalogue."""
    items = np.geomspace(1e4, 1e7, 7)
    sizes = {"EASE": 4e-9 * items**2, f"iALS, {factors} factors": 4e-9 * factors * items}
    ax = pd.DataFrame(sizes, index=items).plot(loglog=True, marker="o", figsize=(6, 3.2))
    ax.axhline(memory_gb, color=PALETTE[6], linestyle="--")
    ax.text(1.1e4, 2 * memory_gb, f"{memory_gb:g} GB", color=PALETTE[6])
    ax.axvline(catalogue, color=PALETTE[6], linestyle=":", label="the case's catalogue")
    ax.legend(fontsize=9)
    ax.set(
        xlabel="items in the catalogue", ylabel="size (GB)", title="Item-to-item against vectors"
    )
    return ax


def plot_cache(per_user: pd.Series, store_gb: float) -> Axes:
    """Share of requests answered from memory, when the most active users' lists are kept there."""
    activity = np.sort(per_user.to_numpy())[::-1]
    memory = np.arange(1, len(activity) + 1) / len(activity) * store_gb
    ax = pd.Series(activity.cumsum() / activity.sum(), index=memory).plot(figsize=(6, 3.2))
    ax.set(
        xlabel="memory for cached lists (GB), most active users first",
        ylabel="share of requests answered",
        title="A cache in front of the list store",
        ylim=(0, 1),
    )
    return ax
