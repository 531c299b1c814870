"""The rate of a 0/1 target by bin or value of a feature, with intervals."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlsd_kit.data.columns import as_floats, column_of, inner_edges, is_number
from mlsd_kit.errors import UserError
from mlsd_kit.units import format_bound

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MISSING = "missing"
OTHER = "other"
LETTERS_AN_INCH = 11


def wilson_interval(
    successes: np.ndarray, trials: np.ndarray, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Give the score interval of a share (Wilson, JASA 22, 1927), for each pair of counts.

    >>> low, high = wilson_interval(np.array([10]), np.array([100]))
    >>> low.round(3), high.round(3)
    (array([0.055]), array([0.174]))
    """
    from scipy.special import ndtri

    z = ndtri(0.5 + level / 2)
    n = np.asarray(trials, dtype=float)
    share = np.asarray(successes, dtype=float) / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return np.maximum(centre - half, 0), np.minimum(centre + half, 1)


def rate_by_feature(
    frame: pd.DataFrame, column: str, target: str, bins: int = 10, max_values: int = 15
) -> pd.DataFrame:
    """Give the rate of a 0/1 target in each bin or value of a column, with Wilson intervals.

    Numbers with more than ``bins`` values are cut at quantiles; categories beyond the most common
    are put together as other; missing is a value of its own.

    Returns:
        A row for each bin: ``rows``, ``positives``, ``rate``, ``low``, ``high`` (95 %).

    Raises:
        UserError: when a column is not there, or the target is not 0/1.
    """
    column_of(frame, column)
    frame = frame[column_of(frame, target).notna()]
    outcome = frame[target].to_numpy(dtype=float)
    if not np.isin(outcome, (0, 1)).all():
        raise UserError(f"a rate needs a target of 0 and 1, which {target!r} is not")
    labels = _labels(frame[column], bins, max_values)
    grouped = pd.Series(outcome).groupby(labels, observed=True)
    table = pd.DataFrame({"rows": grouped.size(), "positives": grouped.sum().astype(int)})
    table.index.name = column
    table["rate"] = table["positives"] / table["rows"]
    table["low"], table["high"] = wilson_interval(
        table["positives"].to_numpy(), table["rows"].to_numpy()
    )
    return table


def plot_rate_by_feature(
    frame: pd.DataFrame, column: str, target: str, bins: int = 10, ax: Axes | None = None
) -> Axes:
    """Draw the target's rate by bin or value of a column, with 95 % Wilson intervals.

    Args:
        frame: the data.
        column: the feature.
        target: the 0/1 outcome.
        bins: most bins of a number.
        ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt

    table = rate_by_feature(frame, column, target, bins)
    if ax is None:
        _, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
    positions = np.arange(len(table))
    error = np.vstack([table["rate"] - table["low"], table["high"] - table["rate"]])
    ax.errorbar(positions, 100 * table["rate"], 100 * error.clip(0), fmt="o", capsize=3)
    overall = 100 * table["positives"].sum() / table["rows"].sum()
    ax.axhline(overall, linestyle="--", linewidth=1, color="grey", label=f"overall {overall:.2g} %")
    names = [_shortened(str(name)) for name in table.index]
    inches = ax.bbox.width / ax.figure.dpi
    crowded = sum(map(len, names)) > LETTERS_AN_INCH * inches
    ax.set_xticks(
        positions, names, rotation=40 if crowded else 0, ha="right" if crowded else "center"
    )
    ax.set_ylim(bottom=0)
    ax.set(xlabel=column, ylabel=f"{target} rate (%)")
    ax.legend(loc="best", frameon=False)
    return ax


def _shortened(name: str, longest: int = 20) -> str:
    return name if len(name) <= longest else f"{name[: longest - 9]}…{name[-8:]}"


def _labels(column: pd.Series, bins: int, max_values: int) -> pd.CategoricalIndex:
    missing = column.isna().to_numpy()
    if is_number(column) and column.nunique() > bins:
        values = as_floats(column)
        edges = inner_edges(values, bins)
        codes = np.searchsorted(edges, values, side="right")
        bounds = [np.nanmin(values), *edges, np.nanmax(values)]
        named = [format_bound(bound) for bound in bounds]
        names = [f"{low} to {high}" for low, high in itertools.pairwise(named)]
    else:
        counts = column.value_counts()
        kept = counts.index[:max_values]
        if is_number(column):
            kept = kept.sort_values()
        codes = kept.get_indexer(pd.Index(column))
        names = [f"{value:g}" if is_number(column) else str(value) for value in kept]
        if len(counts) > max_values:
            names.append(OTHER)
            codes = np.where(codes < 0, len(names) - 1, codes)
    names = [*names, MISSING] if missing.any() else names
    codes = np.where(missing, len(names) - 1, codes)
    if len(set(names)) != len(names):
        names = [f"{name} ({i})" for i, name in enumerate(names)]
    return pd.CategoricalIndex(pd.Categorical.from_codes(codes, pd.Index(names), ordered=True))
