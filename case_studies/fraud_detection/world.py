"""The case's data: payments in order of time, simulated or from the public table.

`load` gives `Payments`: features as a model may see them, labels, amounts and times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.data import split_by_time
from mlsd_kit.data.sets import load_card_fraud
from mlsd_kit.errors import UserError

from . import adversary, leaks, money, rules
from .detector import KINDS, Detector, fit_detector, pipeline
from .features import (
    FEATURES,
    KEYS,
    LINKS,
    PAYMENT,
    VELOCITY,
    WINDOWS,
    assemble,
    batch,
    columns_of,
    request_columns,
)  # fmt: skip
from .simulator import COUNTRIES, DAYS, Style, World

__all__ = [
    "COUNTRIES", "DATASETS", "DAYS", "FEATURES", "KEYS", "LINKS", "PAYMENT", "TEST_FROM",
    "TRAIN_FROM", "VALID_FROM", "VALID_UNTIL", "VELOCITY", "WINDOWS", "Detector", "Parts",
    "Payments", "Style", "World", "adversary", "assemble", "batch", "check_run", "columns_of",
    "fit_detector", "leaks", "load", "money", "pipeline", "request_columns", "rules",
]  # fmt: skip

DATASETS = ("simulated", "card_fraud")
SMALLEST = 60_000
"""Payments that a run needs at least: 240 frauds at 0.4 %."""
TRAIN_FROM, VALID_FROM, VALID_UNTIL, TEST_FROM = 7, 35, 42, 63
"""Days. A week warms the windows up; three weeks before the test wait for chargebacks."""


@dataclass(frozen=True)
class Payments:
    """Payments in order of time, ready for models.

    ``X`` (n, F): int64 codes and float32 numbers. ``y`` (n,): 1 for fraud, as it is known in the
    end. ``time_h`` (n,): hours from the start. ``amount`` (n,): the unit of the log's currency.
    ``columns``: named sets of features, each a step of the ladder.
    """

    name: str
    X: pd.DataFrame
    y: np.ndarray
    time_h: np.ndarray
    amount: np.ndarray
    columns: dict[str, list[str]]
    frame: pd.DataFrame

    def __len__(self) -> int:
        return len(self.y)

    @property
    def day(self) -> np.ndarray:
        """Whole days from the start, shape (n,)."""
        return (self.time_h // 24).astype(int)

    def rows(self, keep: np.ndarray) -> Payments:
        """Some of the rows, given as positions or as a mask."""
        keep = np.flatnonzero(keep) if keep.dtype == bool else keep
        return Payments(
            self.name,
            self.X.iloc[keep].reset_index(drop=True),
            self.y[keep],
            self.time_h[keep],
            self.amount[keep],
            self.columns,
            self.frame.iloc[keep].reset_index(drop=True),
        )

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


def load(
    dataset: str, n_rows: int, seed: int = 0, path: str = "none", fraud_share: float = 0.004
) -> Payments:
    """Payments, simulated or real.

    Args:
        dataset: one of `DATASETS`.
        n_rows: rows to simulate, or at most to read.
        seed: of the simulation.
        path: ``creditcard.csv``, for ``card_fraud``.
        fraud_share: of the simulation.

    Raises:
        UserError: for an unknown name, too few rows, or data that cannot be read.
    """
    if dataset == "simulated":
        if n_rows < SMALLEST:
            raise UserError(
                f"n_rows: {n_rows} payments hold too few frauds to learn from; at least {SMALLEST}"
            )
        return from_log(World(seed, fraud_share, n_cards=n_rows // 20).simulate(n_rows))
    if dataset == "card_fraud":
        if path in ("", "none"):
            raise UserError("data_path: name the public table's file, creditcard.csv")
        return _card_fraud(Path(path), n_rows)
    raise UserError(f"dataset: {dataset!r} is none of {', '.join(DATASETS)}")


def check_run(parameters: Mapping[str, Any]) -> None:
    """Refuse what a run could not use, before it starts.

    Raises:
        UserError: for a wrong data set, model, size or share, or a file that cannot be read.
    """
    if parameters["model"] not in KINDS:
        raise UserError(f"model: {parameters['model']!r} is none of {', '.join(KINDS)}")
    if parameters["dataset"] not in DATASETS:
        raise UserError(f"dataset: {parameters['dataset']!r} is none of {', '.join(DATASETS)}")
    if parameters["n_rows"] < SMALLEST:
        load("simulated", parameters["n_rows"])
    if not 0.001 <= parameters["fraud_share"] <= 0.02:
        raise UserError(f"fraud_share: {parameters['fraud_share']} is not from 0.001 to 0.02")
    if not 0 < parameters["explore_share"] <= 1:
        raise UserError(f"explore_share: {parameters['explore_share']} is not above 0 and up to 1")
    for name in ("payments_per_s", "cards", "latency_ms", "cases_per_day"):
        if parameters[name] <= 0:
            raise UserError(f"{name}: {parameters[name]} has to be above 0")
    if parameters["dataset"] == "card_fraud":
        load("card_fraud", parameters["n_rows"], path=parameters["data_path"])


def from_log(log: pd.DataFrame) -> Payments:
    """Simulated payments with their features."""
    return Payments(
        "simulated",
        batch(log),
        log["fraud"].to_numpy(np.int64),
        log["time_h"].to_numpy(),
        log["amount_cents"].to_numpy() / 100,
        {"payment only": PAYMENT, "with velocity": VELOCITY, "with links": FEATURES},
        log,
    )


def _card_fraud(path: Path, n_rows: int) -> Payments:
    table = load_card_fraud(path, n_rows)
    if table["Class"].sum() < 20:
        raise UserError(f"{path}: {table['Class'].sum()} frauds are too few to learn from")
    hours = table["Time"].to_numpy() / 3600
    X = table.drop(columns=["Time", "Class"]).astype(np.float32)
    X["hour"] = (hours % 24).astype(np.float32)
    return Payments(
        "card_fraud",
        X,
        table["Class"].to_numpy(np.int64),
        hours,
        table["Amount"].to_numpy(),
        {"all columns": list(X)},
        table,
    )
