"""The case's data: payments in order of time, simulated or from the public table.

`load` gives `Payments`: features as a model may see them, labels, amounts and times.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.cases import LearningTable
from mlsd_kit.data.sets import load_card_fraud
from mlsd_kit.errors import UserError

from . import adversary, architecture, exploring, leaks, money, rules
from .designs import NEW, age_groups, judged
from .detector import KINDS, Detector, fit_detector, pipeline
from .features import (
    FEATURES,
    KEYS,
    LINKS,
    PAYMENT,
    VELOCITY,
    WINDOWS,
    batch,
    request_columns,
    requests,
    stream,
)
from .fraudsters import Style
from .payments import TEST_FROM, TRAIN_FROM, VALID_FROM, VALID_UNTIL, Parts, Payments
from .simulator import World
from .trial import outcome, trial, trials
from .vocabulary import COUNTRIES, DAYS

__all__ = [
    "COUNTRIES", "DATASETS", "DAYS", "FEATURES", "KEYS", "LINKS", "NEW", "PAYMENT", "TEST_FROM",
    "TRAIN_FROM", "VALID_FROM", "VALID_UNTIL", "VELOCITY", "WINDOWS", "Detector", "Parts",
    "Payments", "Style", "World", "adversary", "age_groups", "architecture", "batch", "check_run",
    "exploring", "fit_detector", "from_log", "judged", "leaks", "learning_table", "load", "money",
    "outcome", "pipeline", "request_columns", "requests", "rules", "stream", "trial", "trials",
]  # fmt: skip

DATASETS = ("simulated", "card_fraud")
SMALLEST = 40_000
"""Payments that a run needs at least: 160 frauds at 0.4 %."""
FEWEST = 20
"""Frauds that the public table needs at least."""


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
    _check_rows(n_rows)
    if dataset == "simulated":
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
    for name, known in (("model", KINDS), ("dataset", DATASETS)):
        if parameters[name] not in known:
            raise UserError(f"{name}: {parameters[name]!r} is none of {', '.join(known)}")
    _check_rows(parameters["n_rows"])
    if not 0.001 <= parameters["fraud_share"] <= 0.02:
        raise UserError(f"fraud_share: {parameters['fraud_share']} is not from 0.001 to 0.02")
    if not 0 < parameters["explore_share"] <= 1:
        raise UserError(f"explore_share: {parameters['explore_share']} is not above 0 and up to 1")
    least = {"payments_per_s": 1, "cases_per_day": 1, "trials": 1, "latency_ms": 50}
    for name, value in least.items():
        if parameters[name] < value:
            raise UserError(f"{name}: {parameters[name]} is below {value}")
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
        rules.points(request_columns(log)),
        log["device_id"].to_numpy(),
        {"payment only": PAYMENT, "with velocity": VELOCITY, "with links": FEATURES},
        log,
    )


def learning_table(n_rows: int, seed: int) -> LearningTable:
    """Simulated payments for the lessons, as they were logged, with three of the store's windows.

    The costs are those of the mean fraud and of the mean honest payment, in euros.
    """
    _check_rows(n_rows)
    log = World(seed, n_cards=n_rows // 20).simulate(n_rows)
    ids = ["card_id", "device_id", "merchant_id"]
    kinds = ["category", "card_country", "merchant_country"]
    logged = log[["account_age_days", "ip_km"]]
    made = batch(log)[["amount", "hour", "card_n_24h", "device_cards_24h", "times_usual"]]
    X = pd.concat([log[ids + kinds], made.astype(float), logged.astype(float)], axis=1)
    y, amount = log["fraud"].to_numpy(np.int64), made["amount"].to_numpy(float)
    missed = float(money.let_through(amount[y == 1]).mean())
    wrong = float(money.turned_away(amount[y == 0]).mean())
    time_h, card = log["time_h"].to_numpy(), log["card_id"].to_numpy()
    return LearningTable(X, y, time_h, card, "payment", "fraud", missed, wrong)


def _check_rows(n_rows: int) -> None:
    if n_rows < SMALLEST:
        raise UserError(
            f"n_rows: {n_rows} payments hold too few frauds to learn from; at least {SMALLEST}"
        )


def _card_fraud(path: Path, n_rows: int) -> Payments:
    """The public table; without rules, the amount decides, and each row is an entity."""
    table = load_card_fraud(path, n_rows)
    if table["Class"].sum() < FEWEST:
        raise UserError(f"{path}: {table['Class'].sum()} frauds are too few to learn from")
    hours, amount = table["Time"].to_numpy() / 3600, table["Amount"].to_numpy()
    X = table.drop(columns=["Time", "Class"]).astype(np.float32)
    X["hour"] = (hours % 24).astype(np.float32)
    labels = table["Class"].to_numpy(np.int64)
    columns = {"amount and hour": ["Amount", "hour"], "all columns": [str(name) for name in X]}
    rows = np.arange(len(table))
    return Payments("card_fraud", X, labels, hours, amount, amount, rows, columns, table)
