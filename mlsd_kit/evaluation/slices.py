"""Quality by slice: an average can hide where a model fails."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from mlsd_kit.evaluation.scores import normalised_entropy

COLUMNS = ["n", "positives", "rate", "normalised entropy", "ratio", "low", "high", "off"]


def slice_table(
    y: np.ndarray, p: np.ndarray, slices: pd.Series, confidence: float = 0.95
) -> pd.DataFrame:
    """Quality of the predictions for each value of a slice, most off first.

    Args:
        y: labels, shape (n,). p: predicted probabilities, shape (n,).
        slices: which slice each row belongs to, shape (n,).
        confidence: of the ratio's interval: Poisson counts (Garwood, 1936).

    Returns:
        One row a slice with at least one positive: ``n``, ``positives``, ``rate``, normalised
        entropy within the slice, ``ratio`` = expected / observed with its interval, and whether
        the interval leaves out 1.
    """
    rows = {}
    labels = slices.to_numpy()
    for name in pd.unique(labels):
        inside = labels == name
        k, n, expected = int(y[inside].sum()), int(inside.sum()), float(p[inside].sum())
        if not 0 < k < n:
            continue
        low = stats.chi2.ppf((1 - confidence) / 2, 2 * k) / 2
        high = stats.chi2.ppf((1 + confidence) / 2, 2 * k + 2) / 2
        rows[name] = {
            "n": n,
            "positives": k,
            "rate": k / n,
            "normalised entropy": normalised_entropy(y[inside], p[inside]),
            "ratio": expected / k,
            "low": expected / high,
            "high": expected / low,
            "off": not expected / high <= 1 <= expected / low,
        }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=COLUMNS).rename_axis(
        str(slices.name)
    )
    return table.iloc[np.argsort(-np.abs(np.log(table["ratio"])), kind="stable")]
