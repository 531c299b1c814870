"""A/B tests of two rates simulated with looks on the way, to see what reading early does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Looks:
    """What many simulated A/B tests show at each look; arrays of shape (runs, looks)."""

    n: np.ndarray
    """Observations in each arm at each look, shape (looks,)."""
    difference: np.ndarray
    """Rate of B less that of A."""
    variance: np.ndarray
    """Sum of both arms' variances of one observation."""

    @property
    def z(self) -> np.ndarray:
        """The difference over its standard error; 0 before the first event."""
        error = np.sqrt(self.variance / self.n)
        return np.divide(self.difference, error, out=np.zeros_like(error), where=error > 0)


def simulate_looks(
    rate_a: float, rate_b: float, per_look: int, looks: int, runs: int, seed: int = 0
) -> Looks:
    """Draw A/B tests of two true rates.

    Args:
        rate_a, rate_b: true rates of the arms.
        per_look: observations that come to each arm between two looks.
        looks: how many. runs: tests. seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    n = per_look * np.arange(1, looks + 1)
    a, b = (
        rng.binomial(per_look, rate, (runs, looks)).cumsum(axis=1) / n for rate in (rate_a, rate_b)
    )
    return Looks(n, b - a, a * (1 - a) + b * (1 - b))


def first_stop(crossed: ArrayLike) -> np.ndarray:
    """The look at which each test first crossed, counted from 1; 0 if it never did, shape (runs,).

    >>> first_stop([[False, True, True], [False, False, False]]).tolist()
    [2, 0]
    """
    table = np.asarray(crossed, dtype=bool)
    return np.where(table.any(axis=1), table.argmax(axis=1) + 1, 0)
