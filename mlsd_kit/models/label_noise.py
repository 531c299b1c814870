"""Wrong labels: planted, their harm, and the rows that look mislabelled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold, cross_val_predict


def flip_labels(y: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels of which a share of the events is marked as none, and as many others as events.

    So the rate of events stays, as it does when labels are joined to wrong rows.

    Args:
        y: labels 0 or 1, shape (n,). share: of the events, 0 to 1. seed: of the choice.

    Returns:
        The labels, and which of them were changed, shape (n,) each.

    >>> noisy, changed = flip_labels(np.array([1, 1, 0, 0, 0, 0]), 0.5, seed=0)
    >>> int(noisy.sum()), int(changed.sum())
    (2, 2)
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share is a part of the events, from 0 to 1, not {share}")
    rng = np.random.default_rng(seed)
    y = np.asarray(y)
    events, others = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    many = min(round(share * len(events)), len(others))
    changed = np.zeros(len(y), dtype=bool)
    changed[rng.choice(events, many, replace=False)] = True
    changed[rng.choice(others, many, replace=False)] = True
    return np.where(changed, 1 - y, y), changed


def label_suspicion(
    model: Any, X: pd.DataFrame, y: np.ndarray, folds: int = 3, seed: int = 0
) -> np.ndarray:
    """How improbable each label is to a model that did not see it, shape (n,), from 0 to 1.

    One less the cross-validated probability of the given label (the self-confidence of Northcutt
    et al., 2021, Confident Learning). It ranks rows for a person to look at; of rare events it
    ranks every one high, so look at each label by itself.

    >>> from sklearn.tree import DecisionTreeClassifier
    >>> X, y = pd.DataFrame({"x": np.arange(40) % 2}), np.arange(40) % 2
    >>> y[4] = 1
    >>> int(label_suspicion(DecisionTreeClassifier(), X, y).argmax())
    4
    """
    splits = StratifiedKFold(folds, shuffle=True, random_state=seed)
    p = cross_val_predict(clone(model), X, y, cv=splits, method="predict_proba")[:, 1]
    return np.where(np.asarray(y) == 1, 1 - p, p)
