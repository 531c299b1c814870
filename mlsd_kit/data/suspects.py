"""Numbers that are not what they seem: codes for missing, and values in another unit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlsd_kit.data.columns import as_floats

CODES = (-1.0, -9.0, -99.0, -999.0, -9999.0, 99.0, 999.0, 9999.0, 99999.0)
"""Numbers that old programs write for "not known"."""
FACTORS = (60.0, 100.0, 1000.0)
"""Minutes for hours, cents for dollars, grams for kilograms."""
FEWEST = 5
"""Rows that a suspicion needs."""


def suspect_codes(column: pd.Series) -> pd.DataFrame:
    """Numbers that may stand for "missing": they repeat, at an end, apart from all others.

    A negative code is suspect when it is the only negative value, a large one when it is the
    largest and further from the next than the middle half of the values is wide.

    Returns:
        A row for each: ``value``, ``rows``, ``share`` of all rows.

    >>> suspect_codes(pd.Series([3.0, 5.0, 8.0] * 20 + [-1.0] * 6))["value"].tolist()
    [-1.0]
    """
    values = as_floats(column)
    values = values[~np.isnan(values)]
    found = []
    for code in CODES:
        rows, others = int((values == code).sum()), values[values != code]
        if rows < FEWEST or not len(others):
            continue
        low, high = np.quantile(others, [0.25, 0.75])
        alone = others.min() >= 0 if code < 0 else code - others.max() > max(high - low, 1e-12)
        if alone:
            found.append({"value": code, "rows": rows, "share": rows / len(column)})
    return pd.DataFrame(found, columns=["value", "rows", "share"])


def suspect_unit(column: pd.Series) -> tuple[float, np.ndarray] | None:
    """Numbers far above all others that are usual once divided by a factor.

    Far means beyond the third quartile by three times the interquartile range, on a log scale
    (Tukey's outer fence, 1977). Wide columns hide a small factor: no finding is no proof.

    Returns:
        The factor that brings their middle nearest to that of the others, and a mask of the rows;
        None where nothing is suspect.

    >>> grams = pd.Series([0.8, 0.9, 1.0, 1.1, 1.2] * 20 + [990.0, 1010.0] * 3)
    >>> factor, rows = suspect_unit(grams)
    >>> factor, int(rows.sum())
    (1000.0, 6)
    """
    values = as_floats(column)
    positive = values > 0
    if positive.sum() < 20:
        return None
    logs = np.log(np.where(positive, values, 1.0))
    low, middle, high = np.quantile(logs[positive], [0.25, 0.5, 0.75])
    far = positive & (logs > high + 3 * (high - low))
    if high == low or far.sum() < FEWEST:
        return None
    gap = float(np.median(logs[far]) - middle)
    factor = min(FACTORS, key=lambda f: abs(gap - np.log(f)))
    usual, divided = logs[positive & ~far], logs - np.log(factor)
    fits = far & (divided >= usual.min() - 1e-9) & (divided <= usual.max() + 1e-9)
    return (factor, fits) if fits.sum() >= FEWEST and fits.sum() >= far.sum() / 2 else None
