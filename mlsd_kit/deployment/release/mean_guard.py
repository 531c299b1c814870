"""A canary's guard on a mean, such as that of its predictions, and the usual set of guards."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mlsd_kit.deployment.release.evidence import log_mean_evidence
from mlsd_kit.deployment.release.guards import (
    ENOUGH,
    EventGuard,
    Guard,
    LatencyGuard,
    first_of_units,
)
from mlsd_kit.deployment.release.served import Served

SHARPEST = 20.0
"""Sum of squares at which the evidence is sharpest: that of 400 requests at 5 %, say."""


class MeanGuard:
    """Watches a mean: whether the canary's is above (1 + tolerance) of the champion's, or below.

    Steps are (y − mean so far) · (canary − share): without a difference they have no drift, at any
    share. The champion's y are multiplied by 1 ± tolerance, so that a tolerated difference is none.

    Args:
        name: of the guard. value: of each request, NaN where there is none, shape (n,).
        tolerance: relative difference of the means that is not worth a rollback.
        both: whether a lower mean counts too.
    """

    def __init__(
        self,
        name: str,
        value: Callable[[Served], np.ndarray],
        tolerance: float,
        both: bool = True,
    ) -> None:
        self.name = name
        self._value = value
        self._sides = [_Side(1 + tolerance, 1)] + ([_Side(1 - tolerance, -1)] if both else [])
        self._seen: set[object] = set()
        self._sum, self._count = np.zeros(2), np.zeros(2, dtype=int)

    def observe(self, served: Served) -> np.ndarray:
        """Take in requests; see `Guard`."""
        value = self._value(served)
        known = np.flatnonzero(~np.isnan(value))
        at = known[first_of_units(served.unit[known], self._seen)]
        y, canary = value[at], served.canary[at]
        before = self._count[1]
        self._sum += np.bincount(canary, weights=y, minlength=2)
        self._count += np.bincount(canary, minlength=2)
        logs = np.array([side.observe(y, canary, served.share[at]) for side in self._sides])
        evidence = np.logaddexp.reduce(logs, axis=0) - np.log(len(logs))
        evidence = np.where(before + canary.cumsum() >= ENOUGH, evidence, -np.inf)
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
        self.sum = self.count = self.total = self.variance = 0.0
        self.scale = 0.0

    def observe(self, y: np.ndarray, canary: np.ndarray, share: np.ndarray) -> np.ndarray:
        if not len(y):
            return np.empty(0)
        y = np.where(canary, y, self.factor * y)
        if not self.scale:  # the first batch only sets the unit, and the mean
            self.scale = float(y[~canary].std()) if (~canary).any() else 0.0
            self.sum, self.count = float(y.sum()), float(len(y))
            return np.full(len(y), -np.inf)
        sums, counts = self.sum + y.cumsum() - y, self.count + np.arange(len(y))
        steps = (y - sums / counts) * (canary - share) / self.scale
        self.sum, self.count = self.sum + float(y.sum()), self.count + len(y)
        totals, variances = self.total + steps.cumsum(), self.variance + (steps**2).cumsum()
        self.total, self.variance = float(totals[-1]), float(variances[-1])
        return log_mean_evidence(self.sign * totals, variances, SHARPEST)


def standard_guards(slow: float = 1.5, shift: float = 0.2, loss: float = 0.1) -> list[Guard]:
    """Guards on errors, latency, the mean prediction and, as outcomes come, the mean loss.

    Args:
        slow: tolerated ratio of the shares of slow answers.
        shift: tolerated relative difference of the mean prediction. loss: of the mean loss.
    """
    return [
        EventGuard("errors", lambda served: served.failed > 0),
        LatencyGuard(tolerated=slow),
        MeanGuard("predictions", lambda served: served.prediction, shift),
        MeanGuard("outcomes", lambda served: served.loss, loss, both=False),
    ]
