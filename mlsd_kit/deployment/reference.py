"""Reference distributions of features, and the population stability index against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mlsd_kit.errors import UserError

PREDICTION = "prediction"
"""Name under which the model's own scores are kept, as if they were one more feature."""

SPARSE = 5.0


class Stability(NamedTuple):
    """The population stability index of one feature, and what chance alone would give."""

    psi: float
    expected: float
    threshold: float


def population_stability(
    reference: np.ndarray, counts: np.ndarray, alpha: float = 0.01
) -> Stability:
    """Compare the counts of the same bins in two samples.

    PSI = Σ (q − p) ln(q / p) over the bins' shares p and q. With no drift, PSI / (1/n + 1/m) is
    about chi-squared with B − 1 degrees of freedom, B being the number of bins (Yurdakul,
    "Statistical Properties of Population Stability Index", Western Michigan University, 2018): the
    expected value and the threshold come from there, so that they follow the sizes n and m instead
    of the customary 0.1 and 0.25. Bins too sparse in both samples for that are merged, and each
    sample gets one pseudo-observation spread like the two pooled, so that no share is 0.

    Args:
        reference: rows per bin of the reference, shape (B,).
        counts: rows per bin now, shape (B,).
        alpha: chance that PSI exceeds the threshold with no drift.

    Raises:
        ValueError: when the shapes differ or one of the samples is empty.

    >>> population_stability(np.array([500, 500]), np.array([500, 500])).psi
    0.0
    """
    from scipy.stats import chi2

    p, q = np.asarray(reference, dtype=float), np.asarray(counts, dtype=float)
    if p.shape != q.shape or p.ndim != 1 or not p.sum() or not q.sum():
        raise ValueError("population_stability needs two samples, counted over the same bins")
    smaller = min(p.sum(), q.sum())
    sparse = np.maximum(p / p.sum(), q / q.sum()) * smaller < SPARSE
    p = np.append(p[~sparse], p[sparse].sum())
    q = np.append(q[~sparse], q[sparse].sum())
    used = p + q > 0
    p, q = p[used], q[used]
    m, n = p.sum(), q.sum()
    pooled = (p + q) / (m + n)
    p, q = (p + pooled) / (m + 1), (q + pooled) / (n + 1)
    psi = float(np.sum((q - p) * np.log(q / p)))
    freedom, noise = max(len(p) - 1, 1), 1 / n + 1 / m
    return Stability(psi, freedom * noise, float(chi2.ppf(1 - alpha, freedom)) * noise)


@dataclass(frozen=True)
class FeatureBins:
    """The bins of one feature and how many rows of the reference fell in each.

    Numerical: ``edges`` of B − 1 intervals, (−∞, e₁], (e₁, e₂], …, and a bin for missing values.
    Categorical: one bin for each of ``categories``, one for all others, one for missing values.
    """

    edges: tuple[float, ...] | None
    categories: tuple[Any, ...] | None
    counts: tuple[int, ...]

    def count(self, values: pd.Series) -> np.ndarray:
        """Rows per bin of new values of the feature."""
        if self.categories is not None:
            return _count_categories(values, self.categories)
        return _count_intervals(values, self.edges or ())


@dataclass(frozen=True)
class Reference:
    """What the features and predictions looked like where the model was judged good."""

    rows: int
    prediction_mean: float
    features: dict[str, FeatureBins]

    def to_dict(self) -> dict[str, Any]:
        """The reference as plain values for JSON."""
        features = {
            name: {"edges": bins.edges, "categories": bins.categories, "counts": bins.counts}
            for name, bins in self.features.items()
        }
        return {"rows": self.rows, "prediction_mean": self.prediction_mean, "features": features}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Reference:
        """Read a reference that was stored by to_dict.

        Raises:
            UserError: when the data is not of that form.
        """
        try:
            features = {
                str(name): FeatureBins(
                    edges=None if bins["edges"] is None else tuple(map(float, bins["edges"])),
                    categories=None if bins["categories"] is None else tuple(bins["categories"]),
                    counts=tuple(map(int, bins["counts"])),
                )
                for name, bins in data["features"].items()
            }
            return cls(int(data["rows"]), float(data["prediction_mean"]), features)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UserError(f"not a drift reference: {type(error).__name__}: {error}") from None


def build_reference(
    frame: pd.DataFrame,
    predictions: np.ndarray,
    *,
    categorical: Sequence[str] = (),
    bins: int = 10,
    top: int = 20,
) -> Reference:
    """Record the distribution of every feature, and of the predictions, for the drift monitor.

    Args:
        frame: features of the reference rows: a validation set, not the training set, for a model
            scores the rows it has learnt from differently.
        predictions: the model's probabilities for these rows, shape (n,).
        categorical: numerical columns that are names rather than amounts, such as ids. Columns of
            text, categories and booleans are taken as categorical anyway.
        bins: number of quantile bins of a numerical feature.
        top: how many of the most frequent categories have a bin of their own.

    Raises:
        ValueError: when the frame is empty, or does not match the predictions.
    """
    if frame.empty or len(frame) != len(predictions):
        raise ValueError(f"{len(frame)} rows and {len(predictions)} predictions: must be as many")
    if PREDICTION in frame:
        raise ValueError(f"the frame has a column {PREDICTION!r}, the name of the model's scores")
    scores = pd.Series(np.asarray(predictions, dtype=float))
    features = {}
    for name, column in frame.items():
        numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        if numeric and name not in categorical:
            features[str(name)] = _numerical(column, bins)
        else:
            features[str(name)] = _categorical(column, top)
    features[PREDICTION] = _numerical(scores, bins)
    return Reference(len(frame), float(scores.mean()), features)


def _numerical(values: pd.Series, bins: int) -> FeatureBins:
    known = values.to_numpy(dtype=float)
    known = known[~np.isnan(known)]
    inner = np.linspace(0, 1, bins + 1)[1:-1]
    edges = np.unique(np.quantile(known, inner, method="lower")) if known.size else np.array([0.0])
    if known.size and known.min() == edges[0]:
        edges = np.insert(edges, 0, np.nextafter(edges[0], -np.inf))
    return FeatureBins(
        tuple(map(float, edges)), None, tuple(map(int, _count_intervals(values, tuple(edges))))
    )


def _categorical(values: pd.Series, top: int) -> FeatureBins:
    categories = tuple(values.value_counts().index[:top].tolist())
    return FeatureBins(None, categories, tuple(map(int, _count_categories(values, categories))))


def _count_intervals(values: pd.Series, edges: tuple[float, ...]) -> np.ndarray:
    array = values.to_numpy(dtype=float)
    missing = np.isnan(array)
    index = np.searchsorted(np.asarray(edges), array, side="left")
    index[missing] = len(edges) + 1
    return np.bincount(index, minlength=len(edges) + 2)


def _count_categories(values: pd.Series, categories: tuple[Any, ...]) -> np.ndarray:
    index = pd.Index(categories).get_indexer(pd.Index(values))
    index[index < 0] = len(categories)
    index[values.isna().to_numpy()] = len(categories) + 1
    return np.bincount(index, minlength=len(categories) + 2)
