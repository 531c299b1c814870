"""The hashing trick, vectorised: one-hot columns of a fixed number, whatever the values.

Weinberger et al. (2009), Feature Hashing for Large Scale Multitask Learning.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin


def hash_codes(frame: pd.DataFrame, n_buckets: int) -> np.ndarray:
    """Bucket of each value, column by column; each column hashes with a salt of its own.

    Args:
        frame: shape (n, F); integers, or anything that pandas can hash. NaN is a value too.
        n_buckets: buckets for all the columns together.

    Returns:
        int32, shape (n, F), from 0 to ``n_buckets`` - 1.

    >>> hash_codes(pd.DataFrame({"ad": [7, 7, 8]}), 16)[:, 0].tolist()
    [2, 2, 5]
    """
    codes = np.empty(frame.shape, dtype=np.int32)
    for column, name in enumerate(frame.columns):
        salt = pd.util.hash_array(np.array([str(name)], dtype=object))[0]
        values = pd.util.hash_array(frame[name].to_numpy())
        codes[:, column] = _mix(values ^ salt) % np.uint64(n_buckets)
    return codes


def _mix(values: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64 (Steele et al., 2014), so that equal low bits part."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


class HashedOneHot(TransformerMixin, BaseEstimator):
    """One-hot encoding by hashing, with optional crosses of columns, as a sparse matrix.

    Args:
        n_buckets: columns of the result.
        crosses: pairs of column names whose combination is a feature of its own.
    """

    def __init__(self, n_buckets: int = 2**18, crosses: tuple[tuple[str, str], ...] = ()) -> None:
        self.n_buckets = n_buckets
        self.crosses = crosses

    def fit(self, X: pd.DataFrame, y: object = None) -> HashedOneHot:
        """Nothing is learned: a hash needs no vocabulary."""
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: pd.DataFrame) -> sparse.csr_matrix:
        """Rows with a 1 for each column's value and each cross, shape (n, n_buckets)."""
        codes = hash_codes(cross(X, self.crosses), self.n_buckets)
        n, width = codes.shape
        return sparse.csr_matrix(
            (
                np.ones(n * width, dtype=np.float32),
                codes.ravel(),
                np.arange(0, n * width + 1, width),
            ),
            shape=(n, self.n_buckets),
        )


def cross(frame: pd.DataFrame, pairs: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """The frame with a column more for each pair: the two values hashed into one."""
    crossed = {
        f"{a}×{b}": _mix(
            pd.util.hash_array(frame[a].to_numpy()) * np.uint64(31)
            + pd.util.hash_array(frame[b].to_numpy())
        )
        for a, b in pairs
    }
    return frame.assign(**crossed)
