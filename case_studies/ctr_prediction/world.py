"""The case's data: one shape for simulated and for real click logs.

`load` gives a `Log` for ``simulated``, ``open_bandit`` or ``criteo``; `inputs` gives what a model
may see of it: integer codes for ids and categories, float32 for numbers, repaired where the raw
log is known to be wrong.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlsd_kit.errors import UserError

from .simulator import AGE_BANDS, COUNTRIES, DAYS, Log, World

__all__ = ["DAYS", "DATASETS", "Log", "World", "codes", "fields", "inputs", "load", "numbers"]

DATASETS = ("simulated", "open_bandit", "criteo")
LARGEST_BID = 50.0
"""Dollars; a bid above it was logged in cents."""


def inputs(frame: pd.DataFrame) -> pd.DataFrame:
    """What a model sees of simulated impressions: int64 codes and float32 numbers.

    Repairs on the way: a country in lower case is the country; a bid above `LARGEST_BID` dollars
    was logged in cents. A missing age stays missing (NaN).
    """
    band = np.searchsorted(AGE_BANDS, frame["age"].fillna(0).to_numpy(), side="right")
    device, category = _codes(frame["device"]), _codes(frame["category"])
    country = _codes(frame["country"]) % len(COUNTRIES)
    segment = band * 10 + device
    bid = frame["bid"].to_numpy()
    return pd.DataFrame(
        {
            "user": frame["user_id"].to_numpy(),
            "ad": frame["ad_id"].to_numpy(),
            "advertiser": frame["advertiser_id"].to_numpy(),
            "category": category,
            "format": _codes(frame["format"]),
            "country": country,
            "device": device,
            "segment": segment,
            "segment_category": segment * 100 + category,
            "age": frame["age"].to_numpy(np.float32),
            "ad_age_days": frame["ad_age_days"].to_numpy(np.float32),
            "bid": np.where(bid > LARGEST_BID, bid / 100, bid).astype(np.float32),
            "hour": frame["hour"].to_numpy(np.float32),
            "position": frame["position"].to_numpy(np.float32),
        }
    )


def _codes(labels: pd.Series) -> np.ndarray:
    return labels.cat.codes.to_numpy(np.int64)


def codes(X: pd.DataFrame) -> list[str]:
    """The columns of a model's inputs that are ids or categories."""
    return [name for name in X if X[name].dtype == np.int64]


def numbers(X: pd.DataFrame) -> list[str]:
    """The columns of a model's inputs that are numbers."""
    return [name for name in X if X[name].dtype == np.float32]


def fields(X: pd.DataFrame, bins: int = 10) -> pd.DataFrame:
    """Every input as a category, for models that know only categories.

    Numbers with few values keep them; the others go into fixed bins on a log scale, so that the
    same value has the same bin in every frame. NaN is a bin of its own.
    """
    columns = {name: X[name] for name in codes(X)}
    for name in numbers(X):
        values = X[name].to_numpy(np.float64)
        scaled = np.sign(values) * np.log2(1 + np.abs(values)) * bins / 4
        columns[name] = pd.Series(np.where(np.isnan(values), -999, np.round(scaled)).astype(int))
    return pd.DataFrame(columns)
