"""Partitioning rows by key: who gets how many, which keys are hot, what a query need not read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Partitioning:
    """Which partition each row is in."""

    ids: np.ndarray = field(repr=False, compare=False)
    partitions: int

    @property
    def rows(self) -> np.ndarray:
        """Rows in each partition, shape (partitions,)."""
        return np.bincount(self.ids, minlength=self.partitions)

    @property
    def skew(self) -> float:
        """Rows of the largest partition over the mean: the whole job waits for that one."""
        return float(self.rows.max() / self.rows.mean())

    def table(self) -> pd.DataFrame:
        """One row for each partition, with its rows and its share of all."""
        rows = pd.Series(self.rows, name="rows").rename_axis("partition")
        return pd.DataFrame({"rows": rows, "share": rows / rows.sum()})


def partition(
    keys: ArrayLike | pd.Series, partitions: int, method: Literal["hash", "range"] = "hash"
) -> Partitioning:
    """Assign each row to a partition by its key.

    ``hash`` spreads the keys evenly, but not the rows of one hot key. ``range`` cuts the sorted
    distinct keys into equal parts, which keeps neighbours together, and recent or popular ones too.

    Args:
        keys: the key of each row, shape (n,).
        partitions: how many.
        method: ``hash`` or ``range``.

    Raises:
        ValueError: when there are no rows, no partitions, or another method is named.

    >>> partition([1, 1, 1, 2], 2, "range").rows.tolist()
    [3, 1]
    """
    values = pd.Series(keys)
    if partitions < 1 or values.empty:
        raise ValueError("partitioning needs at least one row and one partition")
    if method == "hash":
        return Partitioning(_bucket(values, partitions), partitions)
    if method == "range":
        codes, distinct = pd.factorize(values, sort=True)
        return Partitioning(codes * partitions // len(distinct), partitions)
    raise ValueError(f"method is 'hash' or 'range', not {method!r}")


def salted_partition(
    keys: ArrayLike | pd.Series, partitions: int, *, hot: ArrayLike, salts: int, seed: int = 0
) -> Partitioning:
    """Hash partitioning in which each hot key is spread over several partitions.

    A row of a hot key gets a salt from 0 to ``salts`` − 1 at random and goes that many partitions
    further. The price: whoever reads a hot key must ask up to ``salts`` partitions.

    Args:
        keys: the key of each row, shape (n,).
        partitions: how many.
        hot: the keys to spread.
        salts: over how many partitions.
        seed: seed of the salts.

    Raises:
        ValueError: when there are no rows, partitions or salts.
    """
    values = pd.Series(keys)
    if salts < 1:
        raise ValueError(f"salts must be at least 1, not {salts}")
    ids = partition(values, partitions).ids.copy()
    is_hot = values.isin(np.asarray(hot)).to_numpy()
    salt = np.random.default_rng(seed).integers(0, salts, int(is_hot.sum()))
    ids[is_hot] = (ids[is_hot] + salt) % partitions
    return Partitioning(ids, partitions)


def hot_keys(keys: ArrayLike | pd.Series, top: int = 10) -> pd.DataFrame:
    """The keys with most rows, with their rows and share of all.

    >>> hot_keys(["a", "b", "a"], top=1)["rows"].to_dict()
    {'a': 2}
    """
    counts = pd.Series(keys).value_counts()
    rows = counts.head(top).rename("rows").rename_axis("key")
    return pd.DataFrame({"rows": rows, "share": rows / counts.sum()})


def prune(times: ArrayLike | pd.Series, width: float, start: float, end: float) -> pd.Series:
    """What a query over [start, end) reads from a table partitioned by time.

    Args:
        times: time of each row, in any unit, shape (n,).
        width: time that one partition covers, in the same unit.
        start: first time wanted.
        end: first time no longer wanted.

    Returns:
        Partitions and rows that exist, that are read, and the rows wanted.

    Raises:
        ValueError: when the width or the interval is not positive.
    """
    if width <= 0 or end <= start:
        raise ValueError("the width must be positive and the end after the start")
    t = np.asarray(times, dtype=float)
    ids = np.floor(t / width).astype(np.int64)
    read = (ids >= np.floor(start / width)) & (ids * width < end)
    return pd.Series(
        {
            "partitions": len(np.unique(ids)),
            "partitions_read": len(np.unique(ids[read])),
            "rows": len(t),
            "rows_read": int(read.sum()),
            "rows_wanted": int(((t >= start) & (t < end)).sum()),
        },
        name="pruning",
    )


def plot_partitions(layouts: dict[str, Partitioning], ax: Axes | None = None) -> Axes:
    """Draw each partition's share of the rows, relative to an even share, largest first.

    Args:
        layouts: label → partitioning.
        ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(7, 4), layout="constrained")
    for label, layout in layouts.items():
        relative = np.sort(layout.rows)[::-1] / layout.rows.mean()
        order = np.arange(1, layout.partitions + 1)
        ax.plot(order, relative, marker=".", label=f"{label}: skew {layout.skew:.2f}")
    ax.axhline(1, ls="--", c="grey", label="even")
    ax.set(xlabel="partition, largest first", ylabel="rows / mean rows", ylim=(0, None))
    ax.set_title("Load of the partitions")
    ax.legend()
    return ax


def _bucket(values: pd.Series, buckets: int) -> np.ndarray:
    hashed = pd.util.hash_array(values.to_numpy())
    return (hashed % np.uint64(buckets)).astype(np.int64)
