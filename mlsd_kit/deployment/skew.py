"""What a difference between offline and online features looks like."""

from __future__ import annotations

import numpy as np
import pandas as pd

MOST_LAGS = 2000
ENOUGH = 10
DAY_H = 24.0
SAME = 1e-4


def explain_skew(offline: pd.Series, online: pd.Series, rows: np.ndarray) -> str:
    """Name the usual mistake that makes one feature differ as it does; empty when none fits.

    Args:
        offline: the feature where the model was trained, shape (n,), in order of time.
        online: the same feature of the same rows where it is served, shape (n,).
        rows: which rows differ, as a mask of shape (n,).

    >>> seconds = pd.Series([3.0, 4.0, 9.5])
    >>> explain_skew(seconds, 1000 * seconds, np.array([True, True, True]))
    '1000 times the value: another unit?'
    """
    a, b = offline.to_numpy()[rows], online.to_numpy()[rows]
    if pd.isna(b).all():
        return "missing online: a lookup that failed?"
    if len(online) > 1 and online.nunique(dropna=False) == 1:
        return _default(b[0])
    if _numeric(offline) and _numeric(online) and (found := _shift(_floats(a), _floats(b))):
        return found
    if lag := _lag(offline.to_numpy(), online.to_numpy(), rows):
        return f"the value of {lag} rows before: stale?"
    if len(b) > 1 and pd.Series(b).nunique(dropna=False) == 1:
        return _default(b[0])
    if sorted(map(str, a)) == sorted(map(str, b)):
        return "values of other rows: joined by the wrong key?"
    return ""


def _default(value: object) -> str:
    return f"always {value if str(value) else 'empty'}: a default?"


def _numeric(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column)


def _floats(values: np.ndarray) -> np.ndarray:
    return values.astype(float)


def _shift(a: np.ndarray, b: np.ndarray) -> str:
    known = np.isfinite(a) & np.isfinite(b)
    if known.sum() < 2:
        return ""
    a, b = a[known], b[known]
    if (a != 0).all() and b.any() and _all_near(b / a, ratio := float(np.median(b / a)), SAME):
        return f"{ratio:.6g} times the value: another unit?"
    apart = b - a
    if _all_near(apart, apart[0], SAME):
        return f"{apart[0]:+.6g} throughout: another origin or time zone?"
    around = np.mod(apart, DAY_H)
    whole_day = a.min() >= 0 and b.min() >= 0 and max(a.max(), b.max()) < DAY_H
    if whole_day and _all_near(around, around[0], 0.0):
        return f"{around[0]:+.6g} h around the clock: another time zone?"
    return ""


def _all_near(values: np.ndarray, one: float, relative: float) -> bool:
    return bool(np.allclose(values, one, rtol=relative, atol=SAME))


def _lag(a: np.ndarray, b: np.ndarray, rows: np.ndarray) -> int:
    """By how many rows the online values are late; 0 when that is not what differs."""
    for lag in range(1, min(MOST_LAGS, len(a) - ENOUGH) + 1):
        late = rows[lag:]
        if late.sum() >= ENOUGH and _equal(a[:-lag][late], b[lag:][late]):
            return lag
    return 0


def _equal(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.all((a == b) | (pd.isna(a) & pd.isna(b))))
