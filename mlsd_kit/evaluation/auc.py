"""The area under the ROC curve with its uncertainty.

DeLong, DeLong and Clarke-Pearson (1988), in the rank form of Sun and Xu (2014).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Interval:
    """An estimate with the bounds of its confidence interval."""

    estimate: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.low > 0 or self.high < 0


def auc_interval(y: np.ndarray, p: np.ndarray, confidence: float = 0.95) -> Interval:
    """AUC with a normal confidence interval, cut off at 0 and 1.

    Args:
        y: labels 0 or 1, shape (n,), at least two of each.
        p: scores, shape (n,).
        confidence: coverage of the interval.
    """
    aucs, covariance = _delong(np.asarray(y), np.asarray(p)[None, :])
    whole = _interval(aucs[0], covariance[0, 0], confidence)
    return Interval(whole.estimate, max(whole.low, 0.0), min(whole.high, 1.0))


def auc_difference(
    y: np.ndarray, p: np.ndarray, q: np.ndarray, confidence: float = 0.95
) -> Interval:
    """AUC of ``p`` less that of ``q`` on the same rows, with the interval for pairs.

    Args:
        y: labels, shape (n,). p, q: two models' scores, shape (n,).
        confidence: coverage of the interval.
    """
    aucs, covariance = _delong(np.asarray(y), np.vstack([p, q]))
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    return _interval(aucs[0] - aucs[1], variance, confidence)


def _interval(estimate: float, variance: float, confidence: float) -> Interval:
    half = stats.norm.ppf((1 + confidence) / 2) * np.sqrt(max(variance, 0.0))
    return Interval(float(estimate), float(estimate - half), float(estimate + half))


def _delong(y: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """AUC of each row of scores (m, n), and their covariance (m, m)."""
    positive = y == 1
    n_pos, n_neg = int(positive.sum()), int((~positive).sum())
    if min(n_pos, n_neg) < 2:
        raise ValueError(f"needs at least 2 of each class; there are {n_pos} and {n_neg}")
    above = np.empty((len(scores), n_pos))
    below = np.empty((len(scores), n_neg))
    for row, score in enumerate(scores):
        ranks = stats.rankdata(score)
        above[row] = (ranks[positive] - stats.rankdata(score[positive])) / n_neg
        below[row] = 1 - (ranks[~positive] - stats.rankdata(score[~positive])) / n_pos
    covariance = np.atleast_2d(np.cov(above)) / n_pos + np.atleast_2d(np.cov(below)) / n_neg
    return above.mean(axis=1), covariance
