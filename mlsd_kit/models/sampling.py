"""Negative downsampling for rare positives, and the re-calibration that it needs.

He et al. (2014), Practical Lessons from Predicting Clicks on Ads at Facebook, section 6.3.
"""

from __future__ import annotations

import numpy as np


def downsample_negatives(y: np.ndarray, rate: float, seed: int) -> np.ndarray:
    """Positions of all positives and of a random share of the negatives, in the given order.

    Args:
        y: labels 0 or 1, shape (n,).
        rate: share of the negatives to keep, above 0 and at most 1.
        seed: of the choice.
    """
    if not 0 < rate <= 1:
        raise ValueError(f"rate is the share of negatives kept, above 0 and at most 1, not {rate}")
    kept = np.random.default_rng(seed).random(len(y)) < rate
    return np.flatnonzero(kept | (np.asarray(y) == 1))


def recalibrate(p: np.ndarray, rate: float) -> np.ndarray:
    """Probabilities as they are without the downsampling: q = p / (p + (1 - p) / rate).

    >>> recalibrate(np.array([0.5]), 0.1).round(4).tolist()
    [0.0909]
    """
    p = np.asarray(p, dtype=float)
    return p / (p + (1 - p) / rate)
