"""Importance weights of a log: how often a row stands for what another policy would do."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def importance_weights(target: ArrayLike, propensity: ArrayLike) -> np.ndarray:
    """Probability of the logged action under the new policy, over that under the logging one.

    Args:
        target: probability with which the new policy takes the action that was logged, shape (n,).
        propensity: probability with which it was taken, as logged, shape (n,), above 0.

    Raises:
        ValueError: for what is no probability.

    >>> importance_weights([1.0, 0.0, 0.5], [0.5, 0.5, 0.25]).tolist()
    [2.0, 0.0, 2.0]
    """
    new, old = np.asarray(target, dtype=float), np.asarray(propensity, dtype=float)
    if new.shape != old.shape or new.ndim != 1:
        raise ValueError(f"one probability of each policy a row, not {new.shape} and {old.shape}")
    if not ((old > 0) & (old <= 1)).all() or not ((new >= 0) & (new <= 1)).all():
        raise ValueError(
            "propensities lie above 0 and at most at 1, target probabilities in 0 to 1"
        )
    return new / old


def effective_sample_size(weights: ArrayLike) -> float:
    """Rows of equal weight that would be worth as much: (Σ w)² / Σ w² (Kish, 1965).

    >>> effective_sample_size([1, 1, 1, 1]), effective_sample_size([4, 0, 0, 0])
    (4.0, 1.0)
    """
    w = np.asarray(weights, dtype=float)
    squares = float((w**2).sum())
    return float(w.sum()) ** 2 / squares if squares else 0.0


def target_probabilities(target: ArrayLike, actions: ArrayLike) -> np.ndarray:
    """Of each row the new policy's probability of the logged action, shape (n,).

    Args:
        target: probability of every action at every row, shape (n, K), each row adding to 1.
        actions: logged, 0 to K - 1, shape (n,).
    """
    table, taken = np.asarray(target, dtype=float), np.asarray(actions)
    if table.ndim != 2 or taken.shape != (len(table),):
        raise ValueError(f"{table.shape} probabilities do not fit {taken.shape} actions")
    if not np.allclose(table.sum(axis=1), 1):
        raise ValueError("the new policy's probabilities of a row add to 1")
    return table[np.arange(len(table)), taken]
