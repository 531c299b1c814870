"""A/B tests: how much traffic before, and what it says after.

Two-sided tests of two proportions (Fleiss, Levin and Paik, 2003, Statistical Methods for Rates and
Proportions, section 4.2, without the continuity correction).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats


def sample_size(rate: float, lift: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Impressions needed in each arm to detect a relative lift of a rate.

    Args:
        rate: of the control, such as 0.015.
        lift: smallest relative change worth detecting, such as 0.01.
        alpha: chance of a false alarm. power: chance of finding that lift.

    >>> sample_size(0.10, 0.20)
    3841
    """
    other = rate * (1 + lift)
    if not (0 < rate < 1 and 0 < other < 1 and lift):
        raise ValueError(f"rate {rate} and lifted rate {other} must differ and lie within 0 and 1")
    if not (0 < alpha < 1 and 0 < power < 1):
        raise ValueError(f"alpha {alpha} and power {power} must lie between 0 and 1")
    mean = (rate + other) / 2
    z_alpha, z_power = stats.norm.ppf(1 - alpha / 2), stats.norm.ppf(power)
    spread = z_alpha * math.sqrt(2 * mean * (1 - mean))
    spread += z_power * math.sqrt(rate * (1 - rate) + other * (1 - other))
    return math.ceil(spread**2 / (other - rate) ** 2)


@dataclass(frozen=True)
class Comparison:
    """Result of an A/B test: relative lift with its interval, and the p-value."""

    lift: float
    low: float
    high: float
    p_value: float

    @property
    def significant(self) -> bool:
        """Whether the interval of the lift leaves out zero."""
        return self.low > 0 or self.high < 0


def compare_rates(
    clicks_a: int, n_a: int, clicks_b: int, n_b: int, alpha: float = 0.05
) -> Comparison:
    """Relative lift of B over A with a delta-method interval for the ratio of two rates.

    Raises:
        ValueError: when an arm has no click or more clicks than impressions.
    """
    if not (0 < clicks_a <= n_a and 0 < clicks_b <= n_b) or (clicks_a, clicks_b) == (n_a, n_b):
        raise ValueError("each arm needs clicks, no more than impressions, and one a miss")
    a, b = clicks_a / n_a, clicks_b / n_b
    error = math.sqrt((1 - a) / clicks_a + (1 - b) / clicks_b)
    half = stats.norm.ppf(1 - alpha / 2) * error
    log_ratio = math.log(b / a)
    p_value = float(2 * stats.norm.sf(abs(log_ratio) / error))
    low, high = (float(np.expm1(log_ratio + sign * half)) for sign in (-1, 1))
    return Comparison(b / a - 1, low, high, p_value)
