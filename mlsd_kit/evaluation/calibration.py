"""Calibration: does what is predicted with probability p happen with frequency p?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def calibration_table(
    y: np.ndarray, p: np.ndarray, bins: int = 10, confidence: float = 0.95
) -> pd.DataFrame:
    """Expected against observed positives in bins of equally many rows, lowest predictions first.

    Args:
        y: labels 0 or 1, shape (n,).
        p: predicted probabilities, shape (n,).
        bins: how many; ten gives deciles.
        confidence: of the interval for the observed rate (Wilson, 1927).

    Returns:
        One row a bin: ``n``, mean ``predicted``, ``observed`` rate with ``low`` and ``high``,
        ``expected`` and ``positives`` as counts, and ``ratio`` = expected / observed positives.
    """
    y, p = np.asarray(y), np.asarray(p)
    if not 1 <= bins <= len(y):
        raise ValueError(f"bins is from 1 to the {len(y)} rows, not {bins}")
    order = np.argsort(p, kind="stable")
    rows = []
    for part in np.array_split(order, bins):
        k, n = int(np.sum(y[part])), len(part)
        interval = stats.binomtest(k, n).proportion_ci(confidence, method="wilson")
        expected = float(np.sum(p[part]))
        rows.append(
            {
                "n": n,
                "predicted": expected / n,
                "observed": k / n,
                "low": interval.low,
                "high": interval.high,
                "expected": expected,
                "positives": k,
                "ratio": expected / k if k else np.inf,
            }
        )
    return pd.DataFrame(rows, index=pd.RangeIndex(1, bins + 1, name="bin"))


def plot_calibration(tables: dict[str, pd.DataFrame], ax: Axes | None = None) -> Axes:
    """Draw observed against predicted rates of one or more models, on log axes for rare events."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogLocator, NullFormatter

    if ax is None:
        _, ax = plt.subplots(figsize=(5.5, 5), layout="constrained")
    top, bottom = 0.0, 100.0
    for name, table in tables.items():
        seen = table[table["observed"] > 0]
        errors = [seen["observed"] - seen["low"], seen["high"] - seen["observed"]]
        ax.errorbar(
            100 * seen["predicted"], 100 * seen["observed"], yerr=[100 * e for e in errors],
            marker="o", ms=4, lw=1, capsize=2, label=name,
        )  # fmt: skip
        top = max(top, 100 * seen["high"].max(), 100 * seen["predicted"].max())
        bottom = min(bottom, 100 * seen["low"].min(), 100 * seen["predicted"].min())
    ax.plot([bottom, top], [bottom, top], ls="--", c="grey", lw=1, label="perfect")
    ax.set(xscale="log", yscale="log", xlabel="predicted rate (%)", ylabel="observed rate (%)")
    steps = (1, 2, 5) if top < 500 * bottom else (1,)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(LogLocator(subs=steps))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())
    ax.set_title("Calibration by decile, 95 % intervals")
    ax.legend()
    return ax
