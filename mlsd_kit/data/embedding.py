"""Embeddings of ids from what they occur with, and a look at their neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, svds
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.validation import check_is_fitted, validate_data

DENSE = 400
"""Up to this many values on a side the decomposition is a full one."""


class CooccurrenceEmbedding(TransformerMixin, BaseEstimator):
    """Vectors for the values of the first column, learned from the values of the other columns.

    The table of counts N (value × context) is scaled to N / √(row sum × column sum), less what
    independence gives, and decomposed by SVD: correspondence analysis (Greenacre, 1984), a relative
    of the factorised word-context matrices behind word2vec (Levy and Goldberg, 2014). Values that
    occur with the same things are near to each other; the labels play no part.

    Args:
        n_components: length of a vector; components that the data does not have are zeros.
        smoothing: vectors of rare values are drawn to the origin by rows / (rows + smoothing).

    After ``fit``, ``vectors_`` is a frame with a row for each value. ``transform`` gives each row
    the vector of its value; a value that was never seen gets the origin, where the average is.

    >>> log = pd.DataFrame({"shop": list("aabbcc"), "sells": ["tea", "milk"] * 2 + ["oil", "oil"]})
    >>> vectors = CooccurrenceEmbedding(1, smoothing=0).fit(log).vectors_["v0"]
    >>> bool(np.isclose(vectors["a"], vectors["b"])), bool(vectors["a"] * vectors["c"] < 0)
    (True, True)
    """

    def __init__(self, n_components: int = 8, smoothing: float = 10.0) -> None:
        self.n_components = n_components
        self.smoothing = smoothing

    def fit(self, X: Any, y: object = None) -> CooccurrenceEmbedding:
        """Learn the vectors; column 0 is embedded, the others are its context."""
        table = self._table(X, reset=True)
        if table.shape[1] < 2:
            raise ValueError("1 feature(s): the column to embed needs a column to occur with")
        values = pd.Index(table[0].unique()).sort_values()
        codes = values.get_indexer(pd.Index(table[0]))
        rows = np.arange(len(table))
        member = sparse.csr_matrix((np.ones(len(table)), (codes, rows)))
        counts = (member @ OneHotEncoder().fit_transform(table.iloc[:, 1:])).tocsr()
        of_value = np.bincount(codes) * float(table.shape[1] - 1)
        of_context = np.asarray(counts.sum(axis=0), dtype=float).ravel()
        scaled = sparse.diags(of_value**-0.5) @ counts @ sparse.diags(of_context**-0.5)
        total = of_value.sum()
        expected = np.sqrt(of_value / total), np.sqrt(of_context / total)
        left, sizes = _decompose(scaled, *expected, self.n_components)
        vectors = left * sizes * np.sqrt(total / of_value)[:, None]
        seen = np.bincount(codes)
        vectors = vectors * (seen / (seen + self.smoothing))[:, None]
        self.vectors_ = pd.DataFrame(vectors, index=values, columns=self.get_feature_names_out())
        return self

    def transform(self, X: Any) -> np.ndarray:
        """The vector of each row's value, shape (n, n_components)."""
        check_is_fitted(self)
        table = self._table(X, reset=False)
        places = self.vectors_.index.get_indexer(pd.Index(table[0]))
        padded = np.vstack([self.vectors_.to_numpy(), np.zeros(self.n_components)])
        return padded[places]

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Names of the components."""
        return np.array([f"v{i}" for i in range(self.n_components)], dtype=object)

    def _table(self, X: Any, reset: bool) -> pd.DataFrame:
        checked = validate_data(self, X, dtype=None, reset=reset)
        source = X if isinstance(X, pd.DataFrame) else pd.DataFrame(checked)
        return source.set_axis(range(source.shape[1]), axis=1)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = tags.input_tags.string = True
        return tags


def neighbours(vectors: pd.DataFrame, k: int = 5) -> pd.DataFrame:
    """The k nearest others of each row by cosine, nearest first.

    Args:
        vectors: a row for each entity, none of them zero.
        k: how many, below the number of rows.

    >>> points = pd.DataFrame([[1, 0], [2, 0.1], [0, 1]], index=["a", "b", "c"])
    >>> neighbours(points, 1)[0].tolist()
    ['b', 'a', 'b']
    """
    index = NearestNeighbors(n_neighbors=k, metric="cosine").fit(vectors.to_numpy())
    found = index.kneighbors(return_distance=False)
    return pd.DataFrame(vectors.index.to_numpy()[found], index=vectors.index)


def neighbour_agreement(
    vectors: pd.DataFrame, labels: pd.Series, k: int = 5
) -> tuple[float, float]:
    """How often the neighbours of an entity have its label, and how often any other has.

    Args:
        vectors: a row for each entity. labels: of each entity, by the same index.
        k: neighbours looked at.

    Returns:
        The share of neighbours with the same label, and the share that chance gives: that of all
        other entities with the same label.
    """
    known = labels.reindex(vectors.index).dropna()
    near = neighbours(vectors.loc[known.index], k)
    codes, _ = pd.factorize(known)
    of = pd.Series(codes, index=known.index)
    same = of.loc[near.to_numpy().ravel()].to_numpy().reshape(near.shape) == codes[:, None]
    sizes = np.bincount(codes)
    return float(same.mean()), float(((sizes[codes] - 1) / (len(codes) - 1)).mean())


def usual_value(ids: pd.Series, values: pd.Series) -> pd.Series:
    """The most common value beside each id, the first in order of those as common.

    >>> usual_value(pd.Series([7, 7, 7, 8]), pd.Series(["tea", "oil", "tea", "oil"])).to_dict()
    {7: 'tea', 8: 'oil'}
    """
    counts = pd.DataFrame({"id": ids, "value": values.astype("str")}).value_counts(sort=False)
    order = counts.reset_index().sort_values(["count", "value"], ascending=[False, True])
    return order.drop_duplicates("id").set_index("id")["value"].sort_index()


def described_by(frame: pd.DataFrame, entity: str, columns: list[str]) -> pd.Series:
    """How far each column is a property of an id, most first.

    The share of rows that have their id's most common value, less the share of the most common
    value of all: 0 when the id says nothing about the column.

    >>> log = pd.DataFrame({"shop": [1, 1, 2, 2], "sells": list("aabb"), "day": list("mtmt")})
    >>> described_by(log, "shop", ["day", "sells"]).to_dict()
    {'sells': 0.5, 'day': 0.0}
    """
    lift = {}
    for name in columns:
        texts = frame[name].astype("str")
        usual = frame[entity].map(usual_value(frame[entity], texts))
        lift[name] = float((usual == texts).mean() - texts.value_counts(normalize=True).max())
    return pd.Series(lift, name="lift").sort_values(ascending=False, kind="stable")


def _decompose(
    scaled: sparse.csr_matrix, rows: np.ndarray, columns: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Left singular vectors and values of what is not as expected, padded with zeros to k."""
    rank = min(scaled.shape)
    if rank <= DENSE:
        left, sizes, _ = np.linalg.svd(scaled.toarray() - np.outer(rows, columns), False)
    else:
        beyond = LinearOperator(
            scaled.shape,
            matvec=lambda x: scaled @ x.ravel() - rows * (columns @ x.ravel()),
            rmatvec=lambda x: scaled.T @ x.ravel() - columns * (rows @ x.ravel()),
            dtype=float,
        )
        left, sizes, _ = svds(beyond, min(k, rank - 1), v0=np.ones(rank) / np.sqrt(rank))
    order = np.argsort(-sizes, kind="stable")[:k]
    left, sizes = left[:, order], np.where(sizes[order] > 1e-10, sizes[order], 0.0)
    largest = left[np.abs(left).argmax(axis=0), np.arange(left.shape[1])]
    left = left * np.where(largest < 0, -1.0, 1.0)
    missing = k - len(sizes)
    return np.pad(left, ((0, 0), (0, missing))), np.pad(sizes, (0, missing))
