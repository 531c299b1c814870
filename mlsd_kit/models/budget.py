"""What a budget of random trials buys."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.special import gammaln


def expected_best(losses: np.ndarray) -> pd.Series:
    """The least loss to expect of a search with 1, 2, … trials, from trials that were all run.

    The mean over all ways to draw that many of the trials, in closed form: the trial with the
    i-th least loss is the best of k out of n in C(n − i, k − 1) of the C(n, k) draws. For trials
    chosen at random only (Dodge et al., 2019, Show Your Work, there with replacement).

    Args:
        losses: of n random trials, shape (n,).

    Returns:
        Indexed by the number of trials, 1 to n.

    >>> expected_best(np.array([3.0, 1.0, 2.0])).round(3).tolist()
    [2.0, 1.333, 1.0]
    """
    ordered = np.sort(np.asarray(losses, dtype=float))
    n = len(ordered)
    rank = np.arange(1, n + 1)
    best = []
    for k in range(1, n + 1):
        possible = rank <= n - k + 1
        ways = _log_choose(n - rank[possible], k - 1) - _log_choose(np.array([n]), k)
        best.append(float(np.exp(ways) @ ordered[possible]))
    return pd.Series(best, index=pd.RangeIndex(1, n + 1, name="trials"), name="loss")


def _log_choose(n: np.ndarray, k: int) -> np.ndarray:
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def trials_needed(top: float, confidence: float = 0.95) -> int:
    """Random trials for at least one among the best share of the space, with that confidence.

    1 − (1 − top)^n ≥ confidence (Bergstra and Bengio, 2012, section 2).

    >>> trials_needed(0.05)
    59
    """
    if not (0 < top < 1 and 0 < confidence < 1):
        raise ValueError(f"top {top} and confidence {confidence} must lie between 0 and 1")
    return math.ceil(math.log(1 - confidence) / math.log(1 - top))
