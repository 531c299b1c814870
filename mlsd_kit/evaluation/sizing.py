"""Sizes of A/B tests beyond rates: of means, and the smallest lift that a given size can find."""

from __future__ import annotations

import math

from scipy import optimize, stats

from mlsd_kit.evaluation.experiment import sample_size


def power_of_means(n: int, difference: float, std: float, alpha: float = 0.05) -> float:
    """Power of the two-sided t-test of two means with n in each arm (noncentral t; Cohen, 1988).

    >>> round(power_of_means(64, 0.5, 1.0), 4)
    0.8015
    """
    if n < 2 or std <= 0:
        raise ValueError(f"at least 2 in each arm and a spread above 0, not {n} and {std}")
    freedom, shift = 2 * (n - 1), difference / std * math.sqrt(n / 2)
    bound = stats.t.ppf(1 - alpha / 2, freedom)
    return float(stats.nct.sf(bound, freedom, shift) + stats.nct.cdf(-bound, freedom, shift))


def sample_size_means(
    difference: float, std: float, alpha: float = 0.05, power: float = 0.8
) -> int:
    """Observations needed in each arm to detect a difference of two means.

    Args:
        difference: smallest that is worth detecting, in the unit of the values.
        std: spread of one observation, the same in both arms.
        alpha: chance of a false alarm. power: chance of finding that difference.

    >>> sample_size_means(0.5, 1.0)
    64
    """
    if difference == 0 or std <= 0 or not (0 < alpha < 1 and 0 < power < 1):
        raise ValueError(
            f"difference {difference} and spread {std} are not 0, alpha {alpha} and power {power} "
            "lie between 0 and 1"
        )
    z = float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power))
    n = max(2, math.floor(2 * (z * std / difference) ** 2) - 1)
    while power_of_means(n, abs(difference), std, alpha) < power:
        n += 1
    return n


def detectable_lift(rate: float, n: int, alpha: float = 0.05, power: float = 0.8) -> float:
    """The smallest relative lift of a rate that n in each arm detect, at most a doubling.

    Raises:
        ValueError: when even a doubled rate would not be found.

    >>> round(detectable_lift(0.10, 3841), 3)
    0.2
    """
    largest = min(1.0, (1 - rate) / rate * 0.999)
    if sample_size(rate, largest, alpha, power) > n:
        raise ValueError(f"{n} in each arm would not even find a lift by {largest:.0%}")
    return float(
        optimize.brentq(lambda lift: sample_size(rate, lift, alpha, power) - n, 1e-5, largest)
    )
