"""Decisions at a threshold: the confusion matrix, and the threshold that costs choose."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix


def decision_table(y: np.ndarray, p: np.ndarray, thresholds: dict[str, float]) -> pd.DataFrame:
    """One row a threshold: true and false positives and negatives, accuracy, precision, recall, F1.

    Args:
        y: labels 0 or 1, shape (n,). p: predicted probabilities, shape (n,).
        thresholds: name → threshold; a row is called positive when p ≥ threshold.
    """
    rows = {}
    for name, threshold in thresholds.items():
        tn, fp, fn, tp = confusion_matrix(y, p >= threshold, labels=[0, 1]).ravel()
        precision = tp / (tp + fp) if tp + fp else np.nan
        rows[name] = {
            "threshold": threshold,
            "TP": tp,
            "FP": fp,
            "FN": fn,
            "TN": tn,
            "accuracy": (tp + tn) / len(y),
            "precision": precision,
            "recall": tp / (tp + fn) if tp + fn else np.nan,
            "F1": 2 * tp / (2 * tp + fp + fn) if tp else 0.0,
        }
    counts = dict.fromkeys(("TP", "FP", "FN", "TN"), int)
    return pd.DataFrame(rows).T.astype(counts).rename_axis("decision")


def cost_threshold(false_positive: float, false_negative: float) -> float:
    """The threshold on a calibrated probability that has the least expected cost.

    Elkan (2001), The Foundations of Cost-Sensitive Learning, eq. 2, with free correct decisions.

    >>> cost_threshold(1, 9)
    0.1
    """
    if false_positive <= 0 or false_negative <= 0:
        raise ValueError(f"costs {false_positive} and {false_negative} have to be above 0")
    return false_positive / (false_positive + false_negative)
