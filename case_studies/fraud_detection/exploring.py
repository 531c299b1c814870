"""How many frauds are attempted, estimated from the few that exploration lets through."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy.stats import chi2

from mlsd_kit.evaluation import explore, inverse_propensity_total

from .payments import Payments


def attempted(
    payments: Payments, blocked: np.ndarray, shares: Sequence[float], seed: int
) -> pd.DataFrame:
    """Estimate the frauds attempted, for several shares of exploration.

    The interval is that of the Poisson mean of the frauds drawn (Garwood, 1936): with so few of
    them a normal one is useless, for no fraud drawn would have the width 0.

    Args:
        payments: with their final labels; those of blocked payments are used only where drawn.
        blocked: what the policy blocks, bool, shape (n,).
        shares: of the blocked payments, let through.
        seed: of the draws; each share has its own.

    Returns:
        One row for each share: ``drawn`` frauds, ``estimate``, ``low``, ``high`` (95 %), and
        ``let through (€)``, what they cost for 1,000 payments.
    """
    seen = int(payments.y[~blocked].sum())
    rows = {}
    for place, share in enumerate(shares):
        tried = explore(blocked, share, seed + place)
        drawn = tried.allowed & blocked
        y, chance = payments.y[tried.allowed], tried.propensity[tried.allowed]
        low, high = poisson_interval(int(payments.y[drawn].sum()))
        rows[share] = {
            "drawn": payments.y[drawn].sum(),
            "estimate": inverse_propensity_total(y, chance).estimate,
            "low": seen + low / share,
            "high": seen + high / share,
            "let through (€)": (payments.amount * payments.y)[drawn].sum() / len(payments) * 1000,
        }
    return pd.DataFrame(rows).T.rename_axis("share")


def poisson_interval(count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Limits of the mean of a count.

    >>> [round(limit, 2) for limit in poisson_interval(0)]
    [0.0, 3.69]
    """
    tail = (1 - confidence) / 2
    low = chi2.ppf(tail, 2 * count) / 2 if count else 0.0
    return float(low), float(chi2.ppf(1 - tail, 2 * count + 2) / 2)


def plot_attempted(table: pd.DataFrame, truth: int, seen: int) -> Axes:
    """Draw the estimates with their intervals beside the truth and what is seen without them."""
    import matplotlib.pyplot as plt

    from mlsd_kit.style import PALETTE

    _, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
    spread = [table["estimate"] - table["low"], table["high"] - table["estimate"]]
    ax.errorbar(
        100 * table.index, table["estimate"], spread, fmt="o", capsize=3, label="from exploration"
    )
    ax.axhline(truth, c="grey", ls="--", label="truth")
    ax.axhline(seen, c=PALETTE[4], ls=":", label="frauds let through anyway")
    ax.set(xlabel="share explored (%)", ylabel="frauds attempted", xscale="log", ylim=(0, None))
    ax.set_xticks(100 * table.index, [f"{100 * share:g}" for share in table.index])
    ax.minorticks_off()
    ax.legend()
    return ax
