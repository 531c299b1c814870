"""The features of a payment: one definition for training and for serving.

What the request itself says (`request_columns`) and what the feature store adds (`WINDOWS`) are
joined in `assemble`. Both take columns of any length: the whole log, or one payment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.data import Window, WindowState, window_features

from .vocabulary import CATEGORIES

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
REQUEST = [
    "time_h", "amount_cents", "category", "card_country", "merchant_country", "account_age_days",
    "ip_km",
]  # fmt: skip
"""What the features of the request itself are made of."""

_CODES = {name: code for code, name in enumerate(CATEGORIES)}

Columns = Mapping[str, np.ndarray]


def batch(log: pd.DataFrame) -> pd.DataFrame:
    """Features of every payment of a log in order of time: float32, category as an int64 code."""
    return pd.DataFrame(assemble(request_columns(log), columns_of(window_features(log, WINDOWS))))


def one(payment: Mapping[str, Any], windows: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Features of one payment as it comes in a request, with the windows that the store knows."""
    known = {name: np.array([value]) for name, value in windows.items()}
    return assemble(request_of(payment), known)


def columns_of(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """A frame as arrays by name."""
    return {str(name): frame[name].to_numpy() for name in frame}


def request_of(payment: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """`request_columns` of one payment."""
    return request_columns({name: [payment[name]] for name in REQUEST})


def request_columns(payments: Mapping[str, Any] | pd.DataFrame) -> dict[str, np.ndarray]:
    """What payments themselves say, with the log's faults repaired.

    A country in lower case is that country; a distance below 0 is a missing one; an unknown
    category is -1.
    """
    merchant_country = np.strings.upper(np.asarray(payments["merchant_country"], dtype=str))
    distance = np.asarray(payments["ip_km"], dtype=np.float32)
    return {
        "amount": np.asarray(payments["amount_cents"]) / 100,
        "hour": np.asarray(payments["time_h"]) % 24,
        "category": np.array([_CODES.get(name, -1) for name in payments["category"]]),
        "abroad": merchant_country != np.asarray(payments["card_country"], dtype=str),
        "account_age_days": np.asarray(payments["account_age_days"]),
        "ip_km": np.where(distance < 0, np.nan, distance),
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


def stream(log: pd.DataFrame, warm_up: int) -> pd.DataFrame:
    """Features of a log's payments as the service makes them, one after the other.

    Args:
        log: in order of time.
        warm_up: payments at its start that only fill the windows.
    """
    state, rows = WindowState(WINDOWS), []
    for place, payment in enumerate(records(log)):
        if place >= warm_up:
            rows.append(one(payment, state.features(payment)))
        state.add(payment)
    return pd.DataFrame({name: np.concatenate([row[name] for row in rows]) for name in FEATURES})


def requests(log: pd.DataFrame) -> list[dict[str, Any]]:
    """Payments as they are sent to the service: JSON values, None where a number is missing."""
    rows = records(log[list(dict.fromkeys([*KEYS, *REQUEST]))])
    return [{k: None if v != v else v for k, v in row.items()} for row in rows]


def records(log: pd.DataFrame) -> list[dict[str, Any]]:
    """Each payment of a log as its values by name."""
    return [{str(name): value for name, value in row.items()} for row in log.to_dict("records")]
