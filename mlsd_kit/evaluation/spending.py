"""A/B tests with planned looks: bounds by alpha spending, and how often bounds are crossed.

Lan and DeMets, "Discrete Sequential Boundaries for Clinical Trials", Biometrika 70, 1983; the
probabilities by the recursion of Armitage, McPherson and Rowe (1969).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import optimize, stats

from mlsd_kit.errors import UserError

NODES = 160
FARTHEST = 9.0
"""Standard errors beyond which nothing is expected."""


def obrien_fleming(t: np.ndarray, alpha: float) -> np.ndarray:
    """Alpha spent by the share t of the data: little early, so that the last bound is near z.

    Half of alpha is spent on each side.
    """
    return np.asarray(4 * stats.norm.sf(stats.norm.ppf(1 - alpha / 4) / np.sqrt(t)))


def pocock(t: np.ndarray, alpha: float) -> np.ndarray:
    """Alpha spent by the share t of the data: about evenly, so that early stops are easy."""
    return np.asarray(alpha * np.log(1 + (np.e - 1) * np.asarray(t)))


SPENDING: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "obrien-fleming": obrien_fleming,
    "pocock": pocock,
}


def spending_bounds(
    shares: Sequence[float], alpha: float = 0.05, spend: str = "obrien-fleming"
) -> np.ndarray:
    """Bounds of |z| at each look, shape (looks,), that spend alpha over all of them.

    Args:
        shares: of the planned data at each look, ascending, the last at most 1.
        alpha: two-sided, over all looks.
        spend: one of `SPENDING`.

    Raises:
        UserError: for an unknown way to spend.
        ValueError: for shares that are not ascending within 0 and 1.

    >>> spending_bounds([0.5, 1.0]).round(2).tolist()
    [2.96, 1.97]
    """
    if spend not in SPENDING:
        raise UserError(f"spend: {spend!r} is none of {', '.join(SPENDING)}")
    t = _ascending(shares)
    to_spend = np.diff(SPENDING[spend](t, alpha), prepend=0.0)
    walk, bounds = _Walk(), np.empty(len(t))
    for look, (share, part) in enumerate(zip(t, to_spend, strict=True)):
        walk.go(share)
        if walk.beyond(FARTHEST) < part:
            bounds[look] = optimize.brentq(lambda z, part=part: walk.beyond(z) - part, 0, FARTHEST)
        else:
            bounds[look] = np.inf
        walk.stop(bounds[look])
    return bounds


def crossing_probability(
    shares: Sequence[float], bounds: Sequence[float], drift: float = 0.0
) -> np.ndarray:
    """Probability that |z| has crossed its bound by each look, shape (looks,).

    Args:
        shares: of the planned data at each look, ascending, the last at most 1.
        bounds: of |z| at each look.
        drift: mean of z at the end of the planned data: 0 without an effect, which gives the false
            alarms; z_{1−α/2} + z_power for the effect that the fixed test was sized for.

    >>> crossing_probability([0.2, 0.4, 0.6, 0.8, 1.0], [1.96] * 5).round(3).tolist()[-1]
    0.142
    """
    walk, crossed = _Walk(drift), []
    for share, bound in zip(_ascending(shares), bounds, strict=True):
        walk.go(share)
        crossed.append(walk.beyond(bound))
        walk.stop(bound)
    return np.cumsum(crossed)


class _Walk:
    """Density of the sum over the data so far, of the tests that have not stopped."""

    def __init__(self, drift: float = 0.0) -> None:
        self.drift, self.share, self.step = drift, 0.0, 0.0
        self.place, self.mass = np.zeros(1), np.ones(1)

    def go(self, share: float) -> None:
        """On to a share of the data."""
        self.step, self.share = share - self.share, share

    def beyond(self, bound: float) -> float:
        """Probability of |z| above the bound now, without having stopped before."""
        edge, middle = bound * np.sqrt(self.share), self.place + self.drift * self.step
        spread = np.sqrt(self.step)
        tails = stats.norm.sf((edge - middle) / spread) + stats.norm.cdf((-edge - middle) / spread)
        return float(self.mass @ tails)

    def stop(self, bound: float) -> None:
        """Leave out the tests above the bound."""
        far = FARTHEST + abs(self.drift)
        edge = min(bound, far) * np.sqrt(self.share)
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        place = nodes * edge
        middle = self.place + self.drift * self.step
        density = stats.norm.pdf(place[:, None], middle, np.sqrt(self.step)) @ self.mass
        self.place, self.mass = place, weights * edge * density


def _ascending(shares: Sequence[float]) -> np.ndarray:
    t = np.asarray(shares, dtype=float)
    if t.ndim != 1 or not len(t) or not ((np.diff(t, prepend=0.0) > 0) & (t <= 1)).all():
        raise ValueError(f"shares ascend from above 0 to at most 1, not {list(shares)}")
    return t
