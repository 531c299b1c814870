"""What decides without a model: the first rung of the ladder, and the fallback."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .vocabulary import CATEGORIES

RESOLD = [CATEGORIES.index(name) for name in ("electronics", "gift cards", "travel")]
LARGE, FAR_KM, YOUNG_DAYS = 200.0, 100.0, 30.0
BLOCK_FROM, REVIEW_FROM = 3, 2
"""Broken rules."""


def points(request: Mapping[str, np.ndarray]) -> np.ndarray:
    """How many of five rules a payment breaks, shape (n,); from what the request says alone."""
    broken = (
        request["amount"] >= LARGE,
        np.isin(request["category"], RESOLD),
        np.nan_to_num(request["ip_km"]) >= FAR_KM,
        request["account_age_days"] < YOUNG_DAYS,
        request["abroad"],
    )
    return np.sum(broken, axis=0)


def by_rule(request: Mapping[str, np.ndarray]) -> np.ndarray:
    """``block``, ``review`` or ``allow`` for each payment, shape (n,)."""
    broken = points(request)
    return np.select([broken >= BLOCK_FROM, broken >= REVIEW_FROM], ["block", "review"], "allow")
