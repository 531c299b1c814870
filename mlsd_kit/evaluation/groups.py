"""Errors by group of people, and a gate on how unequal they may be."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats


def error_rates_by_group(
    y: np.ndarray, flagged: np.ndarray, groups: pd.Series, confidence: float = 0.95
) -> pd.DataFrame:
    """Give each group's false-positive and true-positive rate.

    Equal rates in all groups are "equalised odds" (Hardt, Price and Srebro, 2016); equal
    false-positive rates alone say that honest people are stopped equally often.

    Args:
        y: labels 0 or 1, shape (n,). flagged: the decisions, bool, shape (n,).
        groups: of each row, shape (n,).
        confidence: of the interval of the false-positive rate (Wilson, 1927).

    Returns:
        One row for each group: ``n``, ``positives``, ``FPR`` with ``low`` and ``high``, ``TPR``,
        and ``ratio``, its FPR over that of all rows. A rate is NaN where there is nothing to take
        it of.
    """
    labels, decisions = np.asarray(y) == 1, np.asarray(flagged, dtype=bool)
    overall = decisions[~labels].mean() if (~labels).any() else np.nan
    rows = {}
    for name, positions in groups.reset_index(drop=True).groupby(groups.to_numpy()).groups.items():
        is_fraud, stopped = labels[positions], decisions[positions]
        negatives, wrong = int((~is_fraud).sum()), int((stopped & ~is_fraud).sum())
        low = high = np.nan
        if negatives:
            interval = stats.binomtest(wrong, negatives).proportion_ci(confidence, method="wilson")
            low, high = interval.low, interval.high
        rate = wrong / negatives if negatives else np.nan
        rows[name] = {
            "n": len(is_fraud),
            "positives": int(is_fraud.sum()),
            "FPR": rate,
            "low": low,
            "high": high,
            "TPR": stopped[is_fraud].mean() if is_fraud.any() else np.nan,
            "ratio": rate / overall if overall else np.nan,
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(str(groups.name))
    return table.astype({"n": int, "positives": int})
