"""The outcome model that the direct and the doubly robust estimators need."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.model_selection import KFold


def cross_fitted_outcomes(
    model: Any,
    context: ArrayLike,
    actions: ArrayLike,
    rewards: ArrayLike,
    n_actions: int,
    folds: int = 5,
    seed: int = 0,
) -> np.ndarray:
    """Predict every action's reward at every row, by models that did not learn from that row.

    The model gets the context and the action as a one-hot code.

    Args:
        model: scikit-learn classifier of rewards 0 and 1, or a regressor; it is cloned.
        context: of each row, shape (n, d); d may be 0.
        actions: logged, 0 to ``n_actions`` - 1, shape (n,). rewards: logged, shape (n,).
        n_actions: K. folds: of the cross-fitting. seed: of the folds.

    Returns:
        Predicted rewards, shape (n, K).
    """
    x, taken, r = np.asarray(context, dtype=float), np.asarray(actions), np.asarray(rewards)
    if x.ndim != 2 or not len(x) == len(taken) == len(r):
        raise ValueError(f"{x.shape} contexts, {len(taken)} actions and {len(r)} rewards")
    if taken.min() < 0 or taken.max() >= n_actions:
        raise ValueError(f"actions are numbered 0 to {n_actions - 1}")
    codes = np.eye(n_actions)
    q = np.zeros((len(r), n_actions))
    for learn, rest in KFold(folds, shuffle=True, random_state=seed).split(x):
        fitted = clone(model).fit(np.hstack([x[learn], codes[taken[learn]]]), r[learn])
        every = np.hstack([np.repeat(x[rest], n_actions, axis=0), np.tile(codes, (len(rest), 1))])
        q[rest] = _predicted(fitted, every).reshape(len(rest), n_actions)
    return q


def _predicted(fitted: Any, inputs: np.ndarray) -> np.ndarray:
    if hasattr(fitted, "predict_proba"):
        return np.asarray(fitted.predict_proba(inputs)[:, list(fitted.classes_).index(1)])
    return np.asarray(fitted.predict(inputs))
