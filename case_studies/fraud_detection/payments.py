"""Payments in order of time, ready for models, and the days that they are learned from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mlsd_kit.data import split_by_time

from .vocabulary import DAYS

TRAIN_FROM, VALID_FROM, VALID_UNTIL, TEST_FROM = 7, 35, 42, 63
"""Days. A week warms the windows up; three weeks before the test wait for chargebacks."""


@dataclass(frozen=True)
class Payments:
    """Payments in order of time, ready for models.

    ``X`` (n, F): int64 codes and float32 numbers. ``y`` (n,): 1 for fraud, as it is known in the
    end. ``time_h`` (n,): hours from the start. ``amount`` (n,): the unit of the log's currency.
    ``today`` (n,): the score of what decides without a model. ``entity`` (n,): rows of the same
    entity are not independent. ``columns``: named sets of features, each a step of the ladder.
    """

    name: str
    X: pd.DataFrame
    y: np.ndarray
    time_h: np.ndarray
    amount: np.ndarray
    today: np.ndarray
    entity: np.ndarray
    columns: dict[str, list[str]]
    frame: pd.DataFrame

    def __len__(self) -> int:
        return len(self.y)

    @property
    def day(self) -> np.ndarray:
        """Whole days from the start, shape (n,)."""
        return (self.time_h // 24).astype(int)

    @property
    def features(self) -> list[str]:
        """The largest set of features."""
        return list(self.columns.values())[-1]

    def rows(self, keep: np.ndarray) -> Payments:
        """Some of the rows, given as positions or as a mask."""
        keep = np.flatnonzero(keep) if keep.dtype == bool else keep
        return Payments(
            self.name,
            self.X.iloc[keep].reset_index(drop=True),
            self.y[keep],
            self.time_h[keep],
            self.amount[keep],
            self.today[keep],
            self.entity[keep],
            self.columns,
            self.frame.iloc[keep].reset_index(drop=True),
        )

    def with_features(self, **more: np.ndarray) -> Payments:
        """The same payments with features replaced or, in the largest set, added."""
        last = [*self.columns][-1]
        added = [name for name in more if name not in self.features]
        columns = self.columns | {last: [*self.features, *added]}
        return replace(self, X=self.X.assign(**more), columns=columns)

    def days(self, first: int, last: int) -> Payments:
        """The payments from day ``first`` to before day ``last``."""
        return self.rows((self.day >= first) & (self.day < last))

    def parts(self) -> Parts:
        """Training, calibration and test, in order of time.

        Simulated: by day, with three weeks before the test in which nothing is used because the
        chargebacks are not there yet. The public table has two days: 60, 10 and 30 % of its rows.
        """
        if self.name == "simulated":
            return Parts(
                self.days(TRAIN_FROM, VALID_FROM),
                self.days(VALID_FROM, VALID_UNTIL),
                self.days(TEST_FROM, DAYS),
            )
        split = split_by_time(pd.DataFrame({"t": self.time_h}), "t", (0.6, 0.1, 0.3))
        return Parts(*(self.rows(part) for part in split))


@dataclass(frozen=True)
class Parts:
    """Payments to train on, to calibrate on, and to test on."""

    train: Payments
    valid: Payments
    test: Payments
