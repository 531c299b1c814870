"""A fixed testing protocol: split, seeds, metrics and test, declared once for all runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mlsd_kit.errors import UserError
from mlsd_kit.evaluation.auc import Interval, auc_difference
from mlsd_kit.evaluation.decision import Decision, decide
from mlsd_kit.evaluation.intervals import difference_interval
from mlsd_kit.evaluation.metrics import find_metric


@dataclass(frozen=True)
class Protocol:
    """What every run of a comparison has in common.

    Times are hours; training rows come before ``train_until_h``, test rows at or after
    ``test_from_h``, and the rows between are for choosing. Runs of different protocols are not
    compared.

    >>> protocol = Protocol(10.0, 20.0, seeds=(1, 2), metrics=("AUC", "log loss"), primary="AUC")
    >>> protocol.test(np.array([5.0, 15.0, 25.0])).tolist()
    [False, False, True]
    >>> protocol.id == Protocol(10.0, 20.0, (1, 2), ("AUC", "log loss"), "AUC").id
    True
    """

    train_until_h: float
    test_from_h: float
    seeds: tuple[int, ...]
    metrics: tuple[str, ...]
    primary: str
    """The metric that decides."""
    margin: float = 0.0
    """A difference of the primary metric that is not worth a release."""
    confidence: float = 0.95
    draws: int = 200
    """Of the bootstrap, for a primary metric other than AUC."""

    def __post_init__(self) -> None:
        if self.train_until_h > self.test_from_h:
            raise UserError(
                f"test_from_h: {self.test_from_h} is before train_until_h {self.train_until_h}, "
                "so rows would be trained and tested on"
            )
        if not self.seeds:
            raise UserError("seeds: at least one")
        for name in (*self.metrics, self.primary):
            find_metric(name)
        if self.primary not in self.metrics:
            raise UserError(f"primary: {self.primary!r} is not among the metrics")

    @property
    def id(self) -> str:
        """A short name that is the same for equal protocols alone."""
        return digest(asdict(self))

    def train(self, time_h: np.ndarray) -> np.ndarray:
        """Mask of the rows to train on, shape (n,)."""
        return np.asarray(time_h) < self.train_until_h

    def choose(self, time_h: np.ndarray) -> np.ndarray:
        """Mask of the rows to choose on: settings, calibration, thresholds; shape (n,)."""
        return ~self.train(time_h) & ~self.test(time_h)

    def test(self, time_h: np.ndarray) -> np.ndarray:
        """Mask of the rows to test on, shape (n,)."""
        return np.asarray(time_h) >= self.test_from_h

    def score(self, y: np.ndarray, p: np.ndarray) -> dict[str, float]:
        """All metrics of one model's probabilities on the test rows."""
        return {name: find_metric(name)(y, p) for name in self.metrics}

    def decide(self, y: np.ndarray, new: np.ndarray, old: np.ndarray) -> Decision:
        """Compare two models by the primary metric on the same test rows.

        AUC by DeLong's interval, other metrics by bootstrap with the first seed.
        """
        metric = find_metric(self.primary)
        if self.primary == "AUC":
            difference: Interval = auc_difference(y, new, old, self.confidence)
        else:
            difference = difference_interval(
                y, new, old, metric, self.draws, self.seeds[0], self.confidence
            )
        return decide(difference, metric.higher_is_better, self.margin, self.confidence)


def digest(values: Mapping[str, Any]) -> str:
    """Eight hexadecimal digits of plain values, the same for equal ones in any order.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    text = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:8]
