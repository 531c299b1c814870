"""Any metric of any model with its interval, by bootstrap over rows or over whole groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mlsd_kit.evaluation.auc import Interval
from mlsd_kit.evaluation.costs import bootstrap_interval

Score = Callable[[np.ndarray, np.ndarray], float]


def score_intervals(
    y: ArrayLike,
    predictions: Mapping[str, np.ndarray],
    among: Mapping[str, Score],
    draws: int = 200,
    seed: int = 0,
    groups: ArrayLike | None = None,
) -> pd.DataFrame:
    """One row for each model and metric: ``estimate``, ``low`` and ``high`` (95 %).

    All models are scored on the same draws, so that their intervals can be read side by side; for
    the difference of two take `difference_interval`.

    Args:
        y: labels or amounts, shape (n,).
        predictions: name → predictions, shape (n,).
        among: name → metric of labels and predictions.
        draws: samples. seed: of the draws.
        groups: of each row, drawn as wholes, shape (n,); each row is one by default.
    """
    labels = np.asarray(y)
    rows = {}
    for model, p in predictions.items():
        for name, metric in among.items():
            score = _scored(labels, np.asarray(p), metric)
            found = bootstrap_interval(score, len(labels), draws, seed, groups=groups)
            rows[model, name] = {
                "estimate": found.estimate, "low": found.low, "high": found.high,
            }  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "low", "high"])
    return table.rename_axis(["model", "metric"])


def difference_interval(
    y: ArrayLike,
    p: np.ndarray,
    q: np.ndarray,
    metric: Score,
    draws: int = 500,
    seed: int = 0,
    confidence: float = 0.95,
    groups: ArrayLike | None = None,
) -> Interval:
    """A metric of ``p`` less that of ``q``, both scored on the same drawn rows.

    Args:
        y: labels or amounts, shape (n,). p, q: two models' predictions, shape (n,).
        metric: of labels and predictions.
        draws: samples. seed: of the draws. confidence: coverage of the interval.
        groups: of each row, drawn as wholes, shape (n,); each row is one by default.

    >>> y = np.array([1.0, 2.0, 3.0])
    >>> difference_interval(y, y + 1, y, lambda a, b: float(np.mean(b - a))).estimate
    1.0
    """
    labels = np.asarray(y)
    of_p, of_q = _scored(labels, np.asarray(p), metric), _scored(labels, np.asarray(q), metric)
    return bootstrap_interval(
        lambda rows: of_p(rows) - of_q(rows), len(labels), draws, seed, confidence, groups
    )


def _scored(y: np.ndarray, p: np.ndarray, metric: Score) -> Callable[[np.ndarray], float]:
    return lambda rows: metric(y[rows], p[rows])
