"""The rule that a product person would write down: the rate of one column's values."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import log_loss

from mlsd_kit.models.fields import AsCategories


def smoothed_rates(values: np.ndarray, y: np.ndarray, smooth: float) -> dict[object, float]:
    """The rate of each value, pulled to the rate of all as if by so many rows more.

    (k + smooth · rate) / (n + smooth), for k events in n rows: the mean of a beta posterior.

    Args:
        values: shape (n,). y: labels 0 or 1, shape (n,).
        smooth: rows of the prior, 0 or more.

    >>> smoothed_rates(np.array(["a", "a", "b", "b"]), np.array([1, 1, 0, 0]), smooth=2)
    {'a': 0.75, 'b': 0.25}
    """
    grouped = pd.Series(np.asarray(y, dtype=float)).groupby(np.asarray(values)).agg(["sum", "size"])
    rates = (grouped["sum"] + smooth * float(np.mean(y))) / (grouped["size"] + smooth)
    return {key: float(rate) for key, rate in rates.items()}


class OneColumnRates(ClassifierMixin, BaseEstimator):
    """Predicts the smoothed rate of one column's value; the column is the best, or named.

    Args:
        column: its name; by default the one whose rates have the least log loss on the last fifth
            of the rows, with the rates of the rows before.
        bins: most bins of a column of numbers.
        smooth: rows by which a value's rate is pulled to the rate of all.

    >>> X = pd.DataFrame({"device": ["web", "ios"] * 50})
    >>> model = OneColumnRates(smooth=0).fit(X, np.array([1, 0] * 50))
    >>> model.column_, model.predict_proba(X.head(2))[:, 1].tolist()
    ('device', [1.0, 0.0])
    """

    def __init__(self, column: str | None = None, bins: int = 10, smooth: float = 100.0) -> None:
        self.column = column
        self.bins = bins
        self.smooth = smooth

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> OneColumnRates:
        """Learn the rates from a frame (n, F) in order of time, and labels 0 or 1 (n,).

        Columns of whole numbers are ids: they are left out when the column is chosen.
        """
        y = np.asarray(y)
        self.classes_ = np.array([0, 1])
        self.binned_ = AsCategories(self.bins).fit(X)
        codes = self.binned_.transform(X)
        self.column_ = self.column or self._best(codes, X, y)
        self.base_ = float(y.mean())
        self.rates_ = smoothed_rates(codes[self.column_].to_numpy(), y, self.smooth)
        return self

    def _best(self, codes: pd.DataFrame, X: pd.DataFrame, y: np.ndarray) -> str:
        cut = len(y) * 4 // 5
        losses = {}
        for name in codes:
            if X[name].dtype.kind != "i":
                rates = smoothed_rates(codes[name].to_numpy()[:cut], y[:cut], self.smooth)
                p = codes[name].iloc[cut:].map(rates).fillna(y[:cut].mean())
                losses[str(name)] = log_loss(y[cut:], p, labels=[0, 1])
        return min(losses, key=losses.__getitem__)

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Probabilities of 0 and 1, shape (n, 2); the rate of all for values not seen."""
        codes = self.binned_.transform(X)[self.column_]
        p = codes.map(self.rates_).fillna(self.base_).to_numpy(float)
        return np.column_stack([1 - p, p])
