"""Every column as a category, for models that know only categories."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class AsCategories(TransformerMixin, BaseEstimator):
    """Turns each column into int64 codes: numbers by quantile bins, categories by their place.

    Missing values and categories that were not there when it was fitted have the code -1. Columns
    of whole numbers are ids and stay as they are.

    Args:
        bins: most bins of a number; ties make them fewer.

    >>> ages = pd.DataFrame({"age": [20.0, 30.0, np.nan, 40.0]})
    >>> AsCategories(bins=2).fit_transform(ages)["age"].tolist()
    [0, 1, -1, 1]
    """

    def __init__(self, bins: int = 20) -> None:
        self.bins = bins

    def fit(self, X: pd.DataFrame, y: object = None) -> AsCategories:
        """Learn the edges of the bins and the categories of a frame (n, F)."""
        self.n_features_in_ = X.shape[1]
        self.feature_names_in_ = np.array([str(name) for name in X], dtype=object)
        self.edges_: dict[str, np.ndarray] = {}
        self.categories_: dict[str, pd.Index] = {}
        shares = np.linspace(0, 1, self.bins + 1)[1:-1]
        for name in X:
            column = X[name]
            if column.dtype.kind == "f":
                known = column.dropna().to_numpy(float)
                self.edges_[str(name)] = (
                    np.unique(np.quantile(known, shares)) if len(known) else known
                )
            elif column.dtype.kind not in "iub":
                self.categories_[str(name)] = pd.Index(pd.unique(column.dropna()))
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Codes, a frame of the same shape and columns."""
        return pd.DataFrame({name: self._codes(str(name), X[name]) for name in X}, index=X.index)

    def _codes(self, name: str, column: pd.Series) -> np.ndarray:
        if name in self.edges_:
            numbers = column.to_numpy(float)
            codes = np.searchsorted(self.edges_[name], numbers, side="right")
            return np.where(np.isnan(numbers), -1, codes).astype(np.int64)
        if name in self.categories_:
            values = pd.Index(column.astype(object))
            return self.categories_[name].get_indexer(values).astype(np.int64)
        return column.to_numpy(np.int64)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """The names stay."""
        return self.feature_names_in_
