"""The mean difference of two systems that were judged on the same users, queries or rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlsd_kit.evaluation.auc import Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def paired_difference(
    a: ArrayLike, b: ArrayLike, seed: int = 0, draws: int = 2000, confidence: float = 0.95
) -> Interval:
    """Mean of ``a - b`` with a percentile interval by bootstrap over the pairs.

    Args:
        a: a figure for each user or query, shape (n,); NaN where there is none.
        b: the same for the other system, in the same order.
        seed: of the bootstrap (Efron and Tibshirani, 1993, chapter 13).
        draws: samples drawn with replacement.
        confidence: coverage of the interval.

    Raises:
        ValueError: when the shapes differ, or no pair has both figures.

    >>> paired_difference([3, 5, 7], [2, 3, 4]).estimate
    2.0
    """
    first, second = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if first.shape != second.shape:
        raise ValueError(f"pairs need two arrays of one shape: {first.shape}, {second.shape}")
    difference = first - second
    difference = difference[~np.isnan(difference)]
    if len(difference) == 0:
        raise ValueError("no pair has both figures")
    rng = np.random.default_rng(seed)
    means = rng.choice(difference, (draws, len(difference))).mean(axis=1)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(difference.mean()), float(low), float(high))
