"""Categories as numbers: one-hot, target encoding and hashing, compared on the same rows."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder
from sklearn.utils.validation import check_is_fitted, validate_data


class HashEncoder(TransformerMixin, BaseEstimator):
    """The hashing trick for a table: ``column=value`` goes to one of a fixed number of columns.

    Gives what scikit-learn's ``FeatureHasher`` gives for these texts (Weinberger et al., 2009),
    with each distinct value hashed once. It learns nothing, so a value that was never seen is no
    error. The sign of an entry is hashed too, so that collisions cancel on average.

    Args:
        n_buckets: columns of the result, for all columns of the table together.

    >>> HashEncoder(8).fit_transform(pd.DataFrame({"ad": [7, 7, 8]})).toarray().sum(axis=1)
    array([ 1.,  1., -1.])
    """

    def __init__(self, n_buckets: int = 2**14) -> None:
        self.n_buckets = n_buckets

    def fit(self, X: Any, y: object = None) -> HashEncoder:
        """Only the number and the names of the columns are noted."""
        validate_data(self, X, dtype=None, ensure_all_finite=False)
        self.names_ = list(
            getattr(self, "feature_names_in_", [f"x{i}" for i in range(self.n_features_in_)])
        )
        return self

    def transform(self, X: Any) -> sparse.csr_matrix:
        """A row with a ±1 for each column, sparse, shape (n, n_buckets)."""
        check_is_fitted(self)
        frame = X if isinstance(X, pd.DataFrame) else None
        checked = validate_data(self, X, dtype=None, ensure_all_finite=False, reset=False)
        n, width = checked.shape
        hasher = FeatureHasher(self.n_buckets, input_type="string")
        buckets, signs = np.empty((n, width), np.int32), np.empty((n, width))
        for place, name in enumerate(self.names_):
            values = checked[:, place] if frame is None else frame.iloc[:, place]
            codes, distinct = pd.factorize(values, use_na_sentinel=False)
            hashed = hasher.transform([[f"{name}={value}"] for value in distinct])
            buckets[:, place], signs[:, place] = hashed.indices[codes], hashed.data[codes]
        rows = np.repeat(np.arange(n), width)
        shape = (n, self.n_buckets)
        return sparse.csr_matrix((signs.ravel(), (rows, buckets.ravel())), shape=shape)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Names of the buckets."""
        return np.array([f"bucket{i}" for i in range(self.n_buckets)], dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.categorical = tags.input_tags.string = True
        tags.requires_fit = True
        return tags


class InSampleTargetEncoder(TargetEncoder):
    """Target encoding as it must not be done: a training row's own label is in its feature.

    To show the leak; `TargetEncoder` itself encodes the training rows out of fold.
    """

    def fit_transform(self, X: Any, y: Any, **params: Any) -> np.ndarray:
        """Fit, then encode the same rows."""
        return np.asarray(self.fit(X, y).transform(X))


def usual_encoders(seed: int = 0, n_buckets: int = 2**12, smooth: float = 20.0) -> dict[str, Any]:
    """The usual ways, by name.

    ``one-hot``: a column for each value with at least 5 rows, the others share one. ``target, out
    of fold``: the smoothed rate of each value, (positives + smooth × rate) / (rows + smooth), for
    the training rows from the folds that a row is not in (``TargetEncoder``, Micci-Barreca, 2001).
    ``target, same rows``: the same without the folds, to show the leak. ``hashing``: a fixed number
    of columns.
    """
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    target = TargetEncoder(smooth=smooth, cv=folds, target_type="binary")
    leaky = InSampleTargetEncoder(smooth=smooth, target_type="binary")
    return {
        "one-hot": OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5),
        "target, out of fold": make_pipeline(target, StandardScaler()),
        "target, same rows": make_pipeline(leaky, StandardScaler()),
        "hashing": HashEncoder(n_buckets),
    }


def compare_encoders(
    train: pd.DataFrame,
    y_train: np.ndarray,
    test: pd.DataFrame,
    y_test: np.ndarray,
    candidates: Mapping[str, Any],
    columns: Sequence[str] | None = None,
    model: Any = None,
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Encode the same columns in several ways, fit the same model, and measure quality and size.

    Args:
        train: rows to fit encoder and model on. y_train: their labels 0 or 1, shape (n,).
        test: rows to score. y_test: their labels.
        candidates: name → transformer; see `usual_encoders`.
        columns: to encode; all by default.
        model: a classifier; logistic regression by default.

    Returns:
        A row for each candidate: ``columns`` that the model sees, ``encoder_kb`` (pickled),
        ``train_auc``, ``auc``, ``log_loss`` on the test rows; and the test rows' probabilities.
    """
    names = list(train.columns if columns is None else columns)
    model = LogisticRegression(C=0.3, max_iter=200) if model is None else model
    rows, predictions = {}, {}
    for name, candidate in candidates.items():
        encoder, classifier = clone(candidate), clone(model)
        encoded = encoder.fit_transform(train[names], y_train)
        classifier.fit(encoded, y_train)
        p = classifier.predict_proba(encoder.transform(test[names]))[:, 1]
        rows[name] = {
            "columns": encoded.shape[1],
            "encoder_kb": len(pickle.dumps(encoder)) / 1e3,
            "train_auc": roc_auc_score(y_train, classifier.predict_proba(encoded)[:, 1]),
            "auc": roc_auc_score(y_test, p),
            "log_loss": log_loss(y_test, p, labels=[0, 1]),
        }
        predictions[name] = p
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("encoding")
    return table.astype({"columns": int}), predictions
