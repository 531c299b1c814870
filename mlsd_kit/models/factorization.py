"""A factorisation machine: every value has a weight and an embedding; pairs act by dot product.

Rendle (2010), Factorization Machines, eq. 1 with the linear-time form of lemma 3.1.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from mlsd_kit.models.hashing import hash_codes


class FactorizationMachine(ClassifierMixin, BaseEstimator):
    """Binary classifier on categorical fields, trained by mini-batches with Adagrad.

    Args:
        n_factors: length of an embedding; 0 gives logistic regression.
        n_buckets: hash buckets that the values of all fields share.
        epochs: passes over the rows, which are taken in the given order.
        batch_size: rows in a step.
        learning_rate: of Adagrad (Duchi et al., 2011).
        l2: penalty on the embeddings that a batch touches.
        seed: of the embeddings' start.
    """

    def __init__(
        self,
        n_factors: int = 8,
        n_buckets: int = 2**18,
        epochs: int = 2,
        batch_size: int = 4096,
        learning_rate: float = 0.05,
        l2: float = 1e-5,
        seed: int = 0,
    ) -> None:
        self.n_factors = n_factors
        self.n_buckets = n_buckets
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.l2 = l2
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> FactorizationMachine:
        """Train on fields (n, F), every column a category, and labels 0 or 1 of shape (n,)."""
        codes, y = hash_codes(X, self.n_buckets), np.asarray(y, dtype=np.float32)
        rng = np.random.default_rng(self.seed)
        self.classes_ = np.array([0, 1])
        rate = np.clip(y.mean(), 1e-6, 1 - 1e-6)
        self.intercept_ = float(np.log(rate / (1 - rate)))
        # The weight is the embedding's column 0, so that one gather serves both.
        self.parameters_ = np.zeros((self.n_buckets, 1 + self.n_factors), dtype=np.float32)
        self.parameters_[:, 1:] = rng.normal(0, 0.05, (self.n_buckets, self.n_factors))
        history = np.full_like(self.parameters_, 1e-2)
        for _ in range(self.epochs):
            for start in range(0, len(y), self.batch_size):
                batch = slice(start, start + self.batch_size)
                self._step(codes[batch], y[batch], history)
        return self

    def _step(self, codes: np.ndarray, y: np.ndarray, history: np.ndarray) -> None:
        gathered = self.parameters_[codes]  # (batch, F, 1 + k)
        total = gathered[:, :, 1:].sum(axis=1, keepdims=True)
        error = _sigmoid(self._score(gathered)) - y
        gradient = np.empty_like(gathered)
        gradient[:, :, 0] = error[:, None]
        gradient[:, :, 1:] = error[:, None, None] * (total - gathered[:, :, 1:])
        touched, where = np.unique(codes, return_inverse=True)
        where = where.ravel()
        flat = gradient.reshape(-1, gradient.shape[-1])
        summed = np.empty((len(touched), flat.shape[1]), dtype=np.float32)
        for column in range(flat.shape[1]):
            summed[:, column] = np.bincount(where, flat[:, column], len(touched))
        summed[:, 1:] += self.l2 * len(y) * self.parameters_[touched, 1:]
        history[touched] += summed**2
        self.parameters_[touched] -= self.learning_rate * summed / np.sqrt(history[touched])

    def _score(self, gathered: np.ndarray) -> np.ndarray:
        factors = gathered[:, :, 1:]
        total = factors.sum(axis=1)
        pairs = 0.5 * ((total**2).sum(axis=1) - (factors**2).sum(axis=(1, 2)))
        return self.intercept_ + gathered[:, :, 0].sum(axis=1) + pairs

    def decision_function(self, X: pd.DataFrame) -> np.ndarray:
        """Log-odds, shape (n,)."""
        codes = hash_codes(X, self.n_buckets)
        chunks = range(0, len(codes), 65_536)
        parts = [self._score(self.parameters_[codes[i : i + 65_536]]) for i in chunks]
        return np.concatenate(parts) if parts else np.empty(0)

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Probabilities of 0 and 1, shape (n, 2)."""
        p = _sigmoid(self.decision_function(X).astype(np.float64))
        return np.column_stack([1 - p, p])

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """1 where the log-odds are above 0, shape (n,)."""
        return (self.decision_function(X) > 0).astype(int)

    def side(self, X: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """One side of a pair (a user's fields, or an ad's) for retrieval by dot product.

        The log-odds of a user with an ad are ``intercept_ + own_user + own_ad + e_user · e_ad``:
        the embedding of a side is the sum of its fields', ``own`` what its fields score alone.

        Returns:
            Embeddings of shape (n, k), and own scores of shape (n,).
        """
        gathered = self.parameters_[hash_codes(X, self.n_buckets)]
        return gathered[:, :, 1:].sum(axis=1), self._score(gathered) - self.intercept_


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))
