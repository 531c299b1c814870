"""Scores of predicted probabilities."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score


def base_entropy(rate: float) -> float:
    """Entropy in nats of a click with that probability: the log loss of always predicting it.

    >>> round(base_entropy(0.5), 4)
    0.6931
    """
    if not 0 < rate < 1:
        raise ValueError(f"a rate lies strictly between 0 and 1, not {rate}")
    return float(-(rate * np.log(rate) + (1 - rate) * np.log(1 - rate)))


def normalised_entropy(y: np.ndarray, p: np.ndarray) -> float:
    """Log loss over the log loss of the base rate: 1 is no better than the rate, 0 is perfect.

    He et al. (2014), Practical Lessons from Predicting Clicks on Ads at Facebook, section 3.

    Args:
        y: labels 0 or 1, shape (n,).
        p: predicted probabilities, shape (n,).
    """
    return float(log_loss(y, p, labels=[0, 1]) / base_entropy(float(np.mean(y))))


def calibration_ratio(y: np.ndarray, p: np.ndarray) -> float:
    """Expected positives over observed ones: above 1 the predictions are too high.

    >>> calibration_ratio(np.array([0, 1]), np.array([0.5, 0.75]))
    1.25
    """
    return float(np.sum(p) / np.sum(y))


def score_table(y: np.ndarray, predictions: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """One row a model: log loss, normalised entropy, AUC, expected / observed positives."""
    rows = {
        name: {
            "log loss": log_loss(y, p, labels=[0, 1]),
            "normalised entropy": normalised_entropy(y, p),
            "AUC": roc_auc_score(y, p),
            "expected / observed": calibration_ratio(y, p),
        }
        for name, p in predictions.items()
    }
    return pd.DataFrame(rows).T.rename_axis("model")
