"""The value of a policy that was never run, from the log of another: four estimators.

Dudík, Erhan, Langford and Li, "Doubly Robust Policy Evaluation and Optimization", Statistical
Science 29 (2014). Every interval is normal and takes the rows as independent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from mlsd_kit.evaluation.auc import Interval


def ips(rewards: ArrayLike, weights: ArrayLike, confidence: float = 0.95) -> Interval:
    """Inverse propensity score: the mean of weight × reward.

    Unbiased when the propensities are true and the log could take every action that the new policy
    takes; its variance grows with the weights.

    Args:
        rewards: logged, shape (n,). weights: from `importance_weights`, shape (n,).
        confidence: coverage of the interval.

    >>> ips([1, 0, 1, 0], [2, 2, 0, 0]).estimate
    0.5
    """
    r, w = _pairs(rewards, weights)
    return _mean_of(r * w, confidence)


def self_normalised_ips(
    rewards: ArrayLike, weights: ArrayLike, confidence: float = 0.95
) -> Interval:
    """Σ weight × reward / Σ weight: slightly biased, steadier, and never beyond the rewards.

    The interval is the delta method's (Owen, "Monte Carlo theory, methods and examples", 9.2).

    Args:
        rewards: logged, shape (n,). weights: from `importance_weights`, shape (n,), not all 0.
        confidence: coverage of the interval.

    >>> self_normalised_ips([1, 0, 1, 0], [2, 2, 0, 1]).estimate
    0.4
    """
    r, w = _pairs(rewards, weights)
    if not w.sum() > 0:
        raise ValueError("no logged row is one that the new policy could have made")
    value = float((r * w).sum() / w.sum())
    error = np.sqrt((w**2 * (r - value) ** 2).sum()) / w.sum()
    half = float(stats.norm.ppf((1 + confidence) / 2) * error)
    return Interval(value, value - half, value + half)


def direct_method(q: ArrayLike, target: ArrayLike, confidence: float = 0.95) -> Interval:
    """The mean of what an outcome model predicts for the new policy's actions.

    As good as the model: its interval knows the spread over the rows, not the model's error.

    Args:
        q: predicted reward of every action at every row, shape (n, K).
        target: the new policy's probabilities, shape (n, K). confidence: coverage of the interval.

    >>> direct_method([[0.2, 0.4], [0.0, 0.2]], [[0.5, 0.5], [0.0, 1.0]]).estimate
    0.25
    """
    return _mean_of(_expected(q, target), confidence)


def doubly_robust(
    rewards: ArrayLike,
    actions: ArrayLike,
    weights: ArrayLike,
    q: ArrayLike,
    target: ArrayLike,
    confidence: float = 0.95,
) -> Interval:
    """The direct method, corrected by weight × (reward - prediction) on the logged rows.

    Right when the propensities are, or when the outcome model is; a good model shrinks the variance
    of `ips`. The model must not have learned from the row that it predicts
    (`cross_fitted_outcomes`).

    Args:
        rewards: logged, shape (n,). actions: logged, 0 to K - 1, shape (n,).
        weights: from `importance_weights`, shape (n,).
        q: predicted reward of every action at every row, shape (n, K).
        target: the new policy's probabilities, shape (n, K). confidence: coverage of the interval.

    >>> q = [[0.5, 0.0], [0.5, 0.0]]
    >>> doubly_robust([1, 0], [0, 1], [2, 0], q, [[1, 0], [1, 0]]).estimate
    1.0
    """
    r, w = _pairs(rewards, weights)
    predicted = np.asarray(q, dtype=float)[np.arange(len(r)), np.asarray(actions)]
    return _mean_of(_expected(q, target) + w * (r - predicted), confidence)


def clipping_loss(rewards: ArrayLike, weights: ArrayLike, largest: float) -> float:
    """What `ips` loses on average by cutting weights off at ``largest``, estimated from the log.

    With rewards of 0 or more the clipped estimate is too low by this much on average: the mean of
    (weight - largest)⁺ × reward. It sees only the rare rows that it was made to silence.

    >>> clipping_loss([1, 1], [10, 1], largest=4)
    3.0
    """
    r, w = _pairs(rewards, weights)
    return float((np.maximum(w - largest, 0) * r).mean())


def _pairs(rewards: ArrayLike, weights: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    r, w = np.asarray(rewards, dtype=float), np.asarray(weights, dtype=float)
    if r.shape != w.shape or r.ndim != 1 or len(r) < 2:
        raise ValueError(f"at least two rows, a reward and a weight each: {r.shape}, {w.shape}")
    return r, w


def _expected(q: ArrayLike, target: ArrayLike) -> np.ndarray:
    predicted, chances = np.asarray(q, dtype=float), np.asarray(target, dtype=float)
    if predicted.shape != chances.shape or predicted.ndim != 2:
        raise ValueError(f"predictions {predicted.shape} do not fit a policy {chances.shape}")
    return np.asarray((predicted * chances).sum(axis=1))


def _mean_of(values: np.ndarray, confidence: float) -> Interval:
    half = float(stats.norm.ppf((1 + confidence) / 2) * values.std(ddof=1) / np.sqrt(len(values)))
    mean = float(values.mean())
    return Interval(mean, mean - half, mean + half)
