"""A/B tests that may be read at any time: the mixture sequential probability ratio test.

Johari, Pekelis and Walsh, "Always Valid Inference: Continuous Monitoring of A/B Tests", Operations
Research 70(3), 2022, section 4. The effect is mixed over a normal distribution of mean 0 and
standard deviation τ; the likelihood ratio against no effect is then, after n in each arm,

    Λ_n = √(V / (V + n τ²)) · exp(n² τ² d² / (2 V (V + n τ²)))

with d the difference of the means and V the sum of the two arms' variances. Whenever one stops,
Λ exceeds 1/α with probability of at most α if there is no effect.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def mixture_ratio(
    difference: ArrayLike, n: ArrayLike, variance: ArrayLike, tau: float
) -> np.ndarray:
    """Λ after each look, in the shape of the inputs.

    Args:
        difference: mean of B less that of A so far.
        n: observations in each arm so far.
        variance: V, the sum of both arms' variances of one observation: for rates
            a (1 − a) + b (1 − b).
        tau: spread of the effects that one expects, in the unit of the difference. It changes the
            power, never the false alarms.

    Raises:
        ValueError: for a spread that is not above 0.

    >>> round(float(mixture_ratio(0.0, 100, 2.0, 0.1)), 4)
    0.8165
    """
    if tau <= 0:
        raise ValueError(f"tau is above 0, not {tau}")
    d, n, v = (np.asarray(values, dtype=float) for values in (difference, n, variance))
    wide = v + n * tau**2
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.sqrt(v / wide) * np.exp(n**2 * tau**2 * d**2 / (2 * v * wide))
    return np.where(v > 0, ratio, 1.0)


def always_valid_p(
    difference: ArrayLike, n: ArrayLike, variance: ArrayLike, tau: float
) -> np.ndarray:
    """The p-value after each look, which can only fall; looks along the last axis.

    Arguments as for `mixture_ratio`. A test that stops at the first p ≤ α has at most α false
    alarms, however often one looks.
    """
    ratio = mixture_ratio(difference, n, variance, tau)
    return np.asarray(1 / np.maximum(np.maximum.accumulate(ratio, axis=-1), 1.0))


def always_valid_interval(
    difference: ArrayLike, n: ArrayLike, variance: ArrayLike, tau: float, alpha: float = 0.05
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of the difference after each look; all of them hold at once with 1 − α.

    They are the effects against which Λ is below 1/α. Arguments as for `mixture_ratio`.
    """
    d, n, v = (np.asarray(values, dtype=float) for values in (difference, n, variance))
    wide = v + n * tau**2
    half = np.sqrt(2 * v * wide / (n**2 * tau**2) * np.log(np.sqrt(wide / v) / alpha))
    return d - half, d + half
