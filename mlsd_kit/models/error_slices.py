"""Slices on which a model fails, found by looking at all of them.

Who looks at hundreds of slices finds a bad one by chance, so the intervals hold for all slices
at once, and what is found on some rows is confirmed on others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from mlsd_kit.units import format_bound

COLUMNS = ["rows", "share", "excess", "low", "high"]


@dataclass(frozen=True)
class Slice:
    """Rows that meet all of some conditions."""

    conditions: tuple[tuple[str, Any, Any], ...]
    """Column with a value and None, or with a lower (included) and an upper bound of a number."""

    def mask(self, X: pd.DataFrame) -> np.ndarray:
        """Which rows of a frame are in it, shape (n,)."""
        inside = np.ones(len(X), dtype=bool)
        for name, low, high in self.conditions:
            column = X[name]
            if high is not None:
                inside &= column.between(low, high, inclusive="left").to_numpy()
            elif pd.isna(low):
                inside &= column.isna().to_numpy()
            else:
                inside &= (column == low).to_numpy()
        return inside

    def __str__(self) -> str:
        return " & ".join(_words(*condition) for condition in self.conditions)


def candidate_slices(
    X: pd.DataFrame, bins: int = 4, least: float = 0.02, depth: int = 2
) -> list[Slice]:
    """Every value of a category, quantile bin of a number, missing value, and pair of these.

    Args:
        X: float columns are numbers, columns of whole numbers are ids and left out.
        bins: of a number, at most. least: share of the rows that a slice needs.
        depth: 2 for pairs as well, 1 without.

    >>> [str(s) for s in candidate_slices(pd.DataFrame({"device": ["web", "ios", "web"]}))]
    ['device = web', 'device = ios']
    """
    single = [Slice((condition,)) for name in X for condition in _conditions(X[name], bins)]
    masks = {s: s.mask(X) for s in single}
    single = [s for s in single if masks[s].mean() >= least]
    if depth < 2:
        return single
    pairs = [
        Slice(a.conditions + b.conditions)
        for a, b in combinations(single, 2)
        if a.conditions[0][0] != b.conditions[0][0] and (masks[a] & masks[b]).mean() >= least
    ]
    return single + pairs


def _conditions(column: pd.Series, bins: int) -> list[tuple[str, Any, Any]]:
    name = str(column.name)
    if column.dtype.kind == "i":
        return []
    found: list[tuple[str, Any, Any]] = []
    if column.dtype.kind == "f":
        values = column.dropna().to_numpy()
        if len(values):
            edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1]))
            bounds = [-np.inf, *(float(edge) for edge in edges), np.inf]
            found = [(name, low, high) for low, high in pairwise(bounds)]
    else:
        found = [(name, value, None) for value in pd.unique(column.dropna())]
    return [*found, (name, np.nan, None)] if column.isna().any() else found


def slice_excess(
    slices: list[Slice], X: pd.DataFrame, losses: np.ndarray, confidence: float = 0.95
) -> pd.DataFrame:
    """Mean loss inside each slice less that of all other rows, the surest excess first.

    Intervals by the normal approximation (Welch, 1947), at a confidence that holds for all the
    slices together (Bonferroni). With few events in a slice they are approximate.

    Args:
        slices: to look at. X: rows (n, F). losses: of each row, shape (n,), such as `log_losses`
            or `surprise`.
        confidence: that all the intervals hold.

    Returns:
        A row a slice, indexed by the slices: ``rows``, ``share``, ``excess``, ``low``, ``high``.

    >>> X = pd.DataFrame({"device": ["web"] * 50 + ["ios"] * 50})
    >>> table = slice_excess(candidate_slices(X), X, np.arange(100) % 2 + (X["device"] == "ios"))
    >>> str(table.index[0]), round(float(table["excess"].iloc[0]), 3)
    ('device = ios', 1.0)
    """
    losses = np.asarray(losses, dtype=float)
    z = float(stats.norm.ppf(1 - (1 - confidence) / 2 / max(len(slices), 1)))
    rows: Mapping[Slice, list[float]] = {s: _excess(s.mask(X), losses, z) for s in slices}
    table = pd.DataFrame(
        list(rows.values()), columns=COLUMNS, index=pd.Index(list(rows), name="slice")
    )
    return table.astype({"rows": int}).sort_values("low", ascending=False, kind="stable")


def _excess(inside: np.ndarray, losses: np.ndarray, z: float) -> list[float]:
    n = int(inside.sum())
    if n < 2 or len(losses) - n < 2:
        return [n, n / max(len(losses), 1), np.nan, -np.inf, np.inf]
    within, without = losses[inside], losses[~inside]
    excess = float(within.mean() - without.mean())
    half = z * float(np.sqrt(within.var(ddof=1) / n + without.var(ddof=1) / len(without)))
    return [n, n / len(losses), excess, excess - half, excess + half]


def log_losses(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Log loss of each row, shape (n,), for labels 0 or 1 and probabilities.

    >>> log_losses(np.array([1, 0]), np.array([0.5, 0.5])).round(3).tolist()
    [0.693, 0.693]
    """
    p = np.clip(np.asarray(p, dtype=float), 1e-12, 1 - 1e-12)
    return np.where(np.asarray(y) == 1, -np.log(p), -np.log1p(-p))


def surprise(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Log loss of each row less what the prediction itself expects of it, shape (n,).

    A slice with many events has a high log loss without any fault. The surprise of a model whose
    probabilities are right has the mean 0 in every slice.

    >>> surprise(np.array([1, 0]), np.array([0.5, 0.5])).round(6).tolist()
    [0.0, 0.0]
    """
    p = np.clip(np.asarray(p, dtype=float), 1e-12, 1 - 1e-12)
    return log_losses(y, p) + p * np.log(p) + (1 - p) * np.log1p(-p)


def _words(name: str, low: Any, high: Any) -> str:
    if high is None:
        return f"{name} missing" if pd.isna(low) else f"{name} = {low}"
    if low == -np.inf:
        return f"{name} < {format_bound(high)}"
    if high == np.inf:
        return f"{name} ≥ {format_bound(low)}"
    return f"{format_bound(low)} ≤ {name} < {format_bound(high)}"
