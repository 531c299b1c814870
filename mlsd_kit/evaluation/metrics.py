"""Metrics by name: of probabilities and of predicted amounts, with the side that is better."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special
from sklearn import metrics

from mlsd_kit.errors import UserError
from mlsd_kit.evaluation.scores import normalised_entropy


@dataclass(frozen=True)
class Metric:
    """A figure of labels (n,) and predictions (n,), and whether more of it is better."""

    function: Callable[[np.ndarray, np.ndarray], float]
    higher_is_better: bool = False

    def __call__(self, y: np.ndarray, p: np.ndarray) -> float:
        """The figure."""
        return float(self.function(np.asarray(y), np.asarray(p)))


def _log_loss(y: np.ndarray, p: np.ndarray) -> float:
    kept = np.clip(p, (eps := np.finfo(np.float64).eps), 1 - eps)
    return -float(np.mean(special.xlogy(y, kept) + special.xlog1py(1 - y, -kept)))


def _f1(y: np.ndarray, p: np.ndarray) -> float:
    return float(metrics.f1_score(y, p >= 0.5, zero_division=0.0))


PROBABILITY_METRICS: dict[str, Metric] = {
    "accuracy at 0.5": Metric(lambda y, p: metrics.accuracy_score(y, p >= 0.5), True),
    "F1 at 0.5": Metric(_f1, True),
    "AUC": Metric(metrics.roc_auc_score, True),
    "average precision": Metric(metrics.average_precision_score, True),
    "MSE (Brier)": Metric(metrics.mean_squared_error),
    "log loss": Metric(_log_loss),
    "normalised entropy": Metric(normalised_entropy),
}
"""Of labels 0 or 1 and probabilities."""

REGRESSION_METRICS: dict[str, Metric] = {
    "MAE": Metric(metrics.mean_absolute_error),
    "RMSE": Metric(metrics.root_mean_squared_error),
    "median error": Metric(metrics.median_absolute_error),
    "MAPE": Metric(metrics.mean_absolute_percentage_error),
    "R²": Metric(metrics.r2_score, True),
    "bias": Metric(lambda y, p: abs(float(np.mean(p - y)))),
}
"""Of amounts and predicted amounts; ``bias`` is the absolute mean error."""


def find_metric(name: str, among: Mapping[str, Metric] = PROBABILITY_METRICS) -> Metric:
    """The metric of that name.

    Raises:
        UserError: when there is none, with the names that there are.

    >>> find_metric("AUC").higher_is_better
    True
    """
    if name not in among:
        raise UserError(f"metric: {name!r} is none of {', '.join(among)}")
    return among[name]


def metric_table(
    y: np.ndarray,
    predictions: Mapping[str, np.ndarray],
    among: Mapping[str, Metric] = PROBABILITY_METRICS,
) -> pd.DataFrame:
    """One row a model, one column a metric.

    Args:
        y: labels or amounts, shape (n,).
        predictions: name → predictions, shape (n,).
        among: the metrics.

    >>> import numpy as np
    >>> table = metric_table(np.array([1.0, 3.0]), {"two": np.full(2, 2.0)}, REGRESSION_METRICS)
    >>> float(table.loc["two", "MAE"])
    1.0
    """
    rows = {
        name: {label: metric(y, p) for label, metric in among.items()}
        for name, p in predictions.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")


def rank_models(table: pd.DataFrame, higher_is_better: Mapping[str, bool]) -> pd.DataFrame:
    """The rank of each model under each metric: 1 is best, equal figures share the better rank.

    Args:
        table: one row a model, one column a metric, as `metric_table` gives it.
        higher_is_better: for each column.

    >>> figures = pd.DataFrame({"AUC": [0.7, 0.8], "log loss": [0.1, 0.2]}, index=["a", "b"])
    >>> rank_models(figures, {"AUC": True, "log loss": False}).loc["b"].tolist()
    [1, 2]
    """
    ranks = {
        name: table[name].rank(ascending=not higher_is_better[str(name)], method="min")
        for name in table
    }
    return pd.DataFrame(ranks).astype(int)
