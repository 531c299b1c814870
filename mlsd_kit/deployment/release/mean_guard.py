"""A canary's guard on a mean, such as that of its predictions, and the usual set of guards."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mlsd_kit.deployment.release.evidence import BETS, log_bet_factors
from mlsd_kit.deployment.release.guards import (
    EventGuard,
    Guard,
    LatencyGuard,
    first_of_units,
)
from mlsd_kit.deployment.release.served import Served


class MeanGuard:
    """Watches a mean: whether the canary's is above (1 + tolerance) of the champion's, or below.

    The champion's values are multiplied by 1 ± tolerance, so that a tolerated difference is none.
    The first batch is not judged: it sets the largest value, at which later ones are cut off.

    Args:
        name: of the guard.
        value: of each request, from 0 up, NaN where there is none, shape (n,).
        tolerance: relative difference of the means that is not worth a rollback.
        both: whether a lower mean counts too.
        cut: quantile of the first batch's values at which all are cut off; 1 is the largest. Where
            few values are far from the rest, a lower cut finds a shift of the rest sooner.
    """

    def __init__(
        self,
        name: str,
        value: Callable[[Served], np.ndarray],
        tolerance: float,
        both: bool = True,
        cut: float = 1.0,
    ) -> None:
        self.name = name
        self._value = value
        self._cut = cut
        self._sides = [_Side(1 + tolerance, 1)] + ([_Side(1 - tolerance, -1)] if both else [])
        self._seen: set[object] = set()
        self._sum, self._count = np.zeros(2), np.zeros(2, dtype=int)

    def observe(self, served: Served) -> np.ndarray:
        """Take in requests; see `Guard`."""
        value = self._value(served)
        known = np.flatnonzero(~np.isnan(value))
        at = known[first_of_units(served.unit[known], self._seen)]
        y, canary = value[at], served.canary[at]
        self._sum += np.bincount(canary, weights=y, minlength=2)
        self._count += np.bincount(canary, minlength=2)
        logs = [side.observe(y, canary, served.share[at], self._cut) for side in self._sides]
        evidence = np.logaddexp.reduce(logs, axis=0) - np.log(len(logs))
        path = np.concatenate([[-np.inf], evidence])
        return np.asarray(path[np.searchsorted(at, np.arange(len(served)), side="right")])

    def says(self) -> str:
        """What it has seen."""
        control, canary = self._sum / np.maximum(self._count, 1)
        return f"mean {canary:.4g} on the canary, {control:.4g} on the champion"


class _Side:
    """One direction of a mean guard, with what it carries from batch to batch."""

    def __init__(self, factor: float, sign: int) -> None:
        self.factor, self.sign = factor, sign
        self.most = self.sum = self.count = 0.0
        self.log = np.zeros(len(BETS))

    def observe(
        self, y: np.ndarray, canary: np.ndarray, share: np.ndarray, cut: float
    ) -> np.ndarray:
        if not len(y):
            return np.empty(0)
        y = np.where(canary, y, self.factor * y)
        if not self.count:
            self.most = float(np.quantile(y, cut))
            self.sum, self.count = float(np.minimum(y, self.most).sum()), float(len(y))
            return np.full(len(y), -np.inf)
        y = np.minimum(y, self.most)
        sums = self.sum + np.concatenate([[0.0], y.cumsum()])
        means = sums[:-1] / (self.count + np.arange(len(y)))
        factors = log_bet_factors(y, means, canary, share, self.most, self.sign)
        logs = self.log + factors.cumsum(axis=0)
        self.sum, self.count, self.log = float(sums[-1]), self.count + len(y), logs[-1]
        return np.asarray(np.logaddexp.reduce(logs, axis=1) - np.log(len(BETS)))


def standard_guards(slow: float = 1.5, shift: float = 0.2, loss: float = 0.1) -> list[Guard]:
    """Guards on errors, latency, the mean prediction and, as outcomes come, the mean loss.

    Args:
        slow: tolerated ratio of the shares of slow answers.
        shift: tolerated relative difference of the mean prediction. loss: of the mean loss.
    """
    return [
        EventGuard("errors", lambda served: served.failed > 0),
        LatencyGuard(tolerated=slow),
        MeanGuard("predictions", lambda served: served.prediction, shift, cut=0.99),
        MeanGuard("outcomes", lambda served: served.loss, loss, both=False),
    ]
