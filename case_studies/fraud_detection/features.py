"""The features of a payment: one definition for training and for serving.

What the request itself says (`request_columns`) and what the feature store adds (`WINDOWS`) are
joined in `assemble`, which takes columns of any length: the whole log, or one payment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.data import Window, window_features

from .simulator import CATEGORIES

CARD = (
    Window("card_n_1h", "card_id", 1),
    Window("card_n_24h", "card_id", 24),
    Window("card_n_7d", "card_id", 168),
    Window("card_cents_1h", "card_id", 1, "sum", "amount_cents"),
    Window("card_cents_24h", "card_id", 24, "sum", "amount_cents"),
    Window("card_cents_7d", "card_id", 168, "sum", "amount_cents"),
    Window("card_merchants_24h", "card_id", 24, "distinct", "merchant_id"),
)
LINKS = (
    Window("card_devices_7d", "card_id", 168, "distinct", "device_id"),
    Window("pair_n_7d", ("card_id", "device_id"), 168),
    Window("device_cards_24h", "device_id", 24, "distinct", "card_id"),
    Window("device_cards_7d", "device_id", 168, "distinct", "card_id"),
    Window("device_cents_24h", "device_id", 24, "sum", "amount_cents"),
)
WINDOWS = CARD + LINKS
PAYMENT = ["amount", "hour", "category", "abroad", "account_age_days", "ip_km"]
VELOCITY = [*PAYMENT, *[w.name for w in CARD], "times_usual"]
FEATURES = [*VELOCITY, *[w.name for w in LINKS]]
KEYS = ["time_h", "card_id", "device_id", "merchant_id", "amount_cents"]
"""What the feature store is told of a payment."""

Columns = Mapping[str, np.ndarray]


def batch(log: pd.DataFrame) -> pd.DataFrame:
    """Features of every payment of a log in order of time: float32, category as an int64 code."""
    return pd.DataFrame(assemble(request_columns(log), columns_of(window_features(log, WINDOWS))))


def columns_of(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """A frame as arrays by name."""
    return {str(name): frame[name].to_numpy() for name in frame}


def request_columns(log: pd.DataFrame) -> dict[str, np.ndarray]:
    """What the payments themselves say, with the log's faults repaired.

    A country in lower case is that country; a distance below 0 is a missing one.
    """
    merchant_country = log["merchant_country"].astype(str).str.upper().to_numpy()
    distance = log["ip_km"].to_numpy(np.float32)
    return {
        "amount": log["amount_cents"].to_numpy() / 100,
        "hour": log["time_h"].to_numpy() % 24,
        "category": pd.Categorical(log["category"], categories=CATEGORIES).codes,
        "abroad": merchant_country != log["card_country"].astype(str).to_numpy(),
        "account_age_days": log["account_age_days"].to_numpy(),
        "ip_km": np.where(distance < 0, np.nan, distance),
    }


def request_of(event: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The same for one payment as it comes in a request, without a frame."""
    distance = event["ip_km"]
    return {
        "amount": np.array([event["amount_cents"] / 100]),
        "hour": np.array([event["time_h"] % 24]),
        "category": np.array([CATEGORIES.index(event["category"])]),
        "abroad": np.array([event["merchant_country"].upper() != event["card_country"]]),
        "account_age_days": np.array([event["account_age_days"]]),
        "ip_km": np.array([np.nan if distance is None or distance < 0 else distance]),
    }


def assemble(request: Columns, windows: Columns) -> dict[str, np.ndarray]:
    """All `FEATURES` from what the request says and what the store knows."""
    usual = windows["card_cents_7d"] / np.maximum(windows["card_n_7d"], 1) / 100
    times_usual = np.where(windows["card_n_7d"] > 0, request["amount"] / np.maximum(usual, 1), 1.0)
    columns = {**request, **windows, "times_usual": times_usual}
    return {
        name: columns[name].astype(np.int64 if name == "category" else np.float32)
        for name in FEATURES
    }
