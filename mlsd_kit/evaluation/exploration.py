"""Outcomes that a decision hides, and the share of exploration that shows them again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from mlsd_kit.evaluation.auc import Interval


class Explored(NamedTuple):
    """Which rows were let through, and the probability with which each was; shape (n,)."""

    allowed: np.ndarray
    propensity: np.ndarray

    @property
    def weights(self) -> np.ndarray:
        """1 / propensity of the rows let through, 0 of the others: what a row stands for."""
        return np.where(self.allowed, 1 / self.propensity, 0.0)


def explore(blocked: ArrayLike, share: ArrayLike, seed: int = 0) -> Explored:
    """Let a random share of what would be blocked through, so that its outcome is seen.

    Args:
        blocked: what the policy would block, bool, shape (n,).
        share: probability of letting a blocked row through, above 0 and at most 1; a number or
            shape (n,), such as less for larger amounts.
        seed: of the draw.
    """
    stopped = np.asarray(blocked, dtype=bool)
    chance = np.broadcast_to(np.asarray(share, dtype=float), stopped.shape)
    if not ((chance > 0) & (chance <= 1)).all():
        raise ValueError("a share of exploration is above 0 and at most 1")
    drawn = np.random.default_rng(seed).random(stopped.shape) < chance
    return Explored(~stopped | drawn, np.where(stopped, chance, 1.0))


def inverse_propensity_total(
    values: ArrayLike, propensity: ArrayLike, confidence: float = 0.95
) -> Interval:
    """Estimate the total over all rows from those that were seen (Horvitz and Thompson, 1952).

    Each row seen counts 1 / propensity times. The interval takes the draws as independent: the
    variance is the sum of (1 - propensity) × (value / propensity)².

    Args:
        values: of the rows seen, shape (m,).
        propensity: probability with which each was seen, shape (m,), above 0.
        confidence: coverage of the normal interval.

    >>> inverse_propensity_total([1, 1, 0], [1, 0.5, 0.5]).estimate
    3.0
    """
    seen, chance = np.asarray(values, dtype=float), np.asarray(propensity, dtype=float)
    if seen.shape != chance.shape or not ((chance > 0) & (chance <= 1)).all():
        raise ValueError("each value needs a propensity above 0 and at most 1")
    total = float((seen / chance).sum())
    spread = float(np.sqrt(((1 - chance) * (seen / chance) ** 2).sum()))
    half = float(stats.norm.ppf((1 + confidence) / 2)) * spread
    return Interval(total, total - half, total + half)
