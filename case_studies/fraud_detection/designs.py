"""Decisions judged by the case's goal and guards."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlsd_kit.evaluation import error_rates_by_group

from .money import bills
from .payments import Payments

NEW_DAYS = 90
NEW, OLD = f"newcomers, below {NEW_DAYS} days", "older accounts"


def age_groups(payments: Payments) -> pd.Series:
    """Newcomers and others, shape (n,)."""
    young = payments.frame["account_age_days"].to_numpy() < NEW_DAYS
    return pd.Series(np.where(young, NEW, OLD), name="group")


def judged(payments: Payments, decisions: dict[str, np.ndarray]) -> pd.DataFrame:
    """The bill of each way to decide, and how unequal it is.

    Args:
        payments: simulated ones. decisions: name → what is blocked, bool, shape (n,).

    Returns:
        One row for each: its `bill`, and ``newcomers``: their share of honest payments blocked
        over that of all; 1 where nobody is blocked.
    """
    groups = age_groups(payments)
    table = bills(payments.y, payments.amount, decisions)
    table["newcomers"] = [
        error_rates_by_group(payments.y, blocked, groups)["ratio"].fillna(1.0)[NEW]
        for blocked in decisions.values()
    ]
    return table
