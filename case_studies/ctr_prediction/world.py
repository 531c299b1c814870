"""The case's data: one shape for simulated and for real click logs.

`load` gives `Clicks` for ``simulated``, ``open_bandit`` or ``criteo``: what a model may see as
integer codes (int64) and numbers (float32), the labels, and the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.cases import LearningTable
from mlsd_kit.data.sets import load_criteo, load_open_bandit
from mlsd_kit.errors import UserError

from . import architecture
from .auction import designs
from .funnel import by_size, score, scorer, two_towers
from .ranker import KINDS, ranker
from .simulator import AGE_BANDS, COUNTRIES, DAYS, Log, World

__all__ = [
    "COUNTRIES", "DATASETS", "DAYS", "LARGEST_BID", "Clicks", "Log", "World", "architecture",
    "by_size", "check_run", "codes", "designs", "fields", "inputs", "learning_table", "load",
    "numbers", "ranker", "score", "scorer", "two_towers",
]  # fmt: skip

DATASETS = ("simulated", "open_bandit", "criteo")
SMALLEST = 5_000
"""Rows that a run needs at least."""
LARGEST_BID = 50.0
"""Dollars; a bid above it was logged in cents."""


@dataclass(frozen=True)
class Clicks:
    """A click log in time order, ready for models.

    ``X`` (n, F) holds int64 codes and float32 numbers, ``y`` (n,) is 1 for a click, ``time_h``
    (n,) counts hours from the start, ``p_click`` (n,) is the true probability where it is known.
    """

    name: str
    X: pd.DataFrame
    y: np.ndarray
    time_h: np.ndarray
    p_click: np.ndarray | None = None
    frame: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    """The raw log."""

    def __len__(self) -> int:
        return len(self.y)

    def rows(self, keep: np.ndarray) -> Clicks:
        """Some of the rows, given as positions or as a mask."""
        keep = np.flatnonzero(keep) if keep.dtype == bool else keep
        return Clicks(
            self.name,
            self.X.iloc[keep].reset_index(drop=True),
            self.y[keep],
            self.time_h[keep],
            None if self.p_click is None else self.p_click[keep],
            self.frame.iloc[keep].reset_index(drop=True),
        )


def load(dataset: str, n_rows: int, seed: int = 0, path: str = "none") -> Clicks:
    """A click log: simulated, or real.

    Args:
        dataset: one of `DATASETS`.
        n_rows: rows to simulate, or at most to read.
        seed: of the simulation.
        path: the file, for ``criteo``.

    Raises:
        UserError: for an unknown name, too few rows, or data that cannot be read.
    """
    if n_rows < SMALLEST:
        raise UserError(
            f"n_rows: {n_rows} rows hold too few clicks to learn from; at least {SMALLEST}"
        )
    if dataset == "simulated":
        return from_log(World(seed).simulate(n_rows))
    if dataset == "open_bandit":
        return _open_bandit(n_rows)
    if dataset == "criteo":
        if path in ("", "none"):
            raise UserError("data_path: name the file in Criteo format, such as train.txt")
        return _criteo(Path(path), n_rows)
    raise UserError(f"dataset: {dataset!r} is none of {', '.join(DATASETS)}")


def check_run(parameters: Mapping[str, Any]) -> None:
    """Refuse what a run could not use, before it starts.

    Raises:
        UserError: for a wrong data set, model or size, or a file that cannot be read.
    """
    if parameters["model"] not in KINDS:
        raise UserError(f"model: {parameters['model']!r} is none of {', '.join(KINDS)}")
    first_rows = min(parameters["n_rows"], SMALLEST)
    load(parameters["dataset"], first_rows, parameters["seed"], parameters["data_path"])
    for name in ("requests_per_s", "candidates", "latency_ms", "catalogue", "trials"):
        if parameters[name] <= 0:
            raise UserError(f"{name}: {parameters[name]} has to be above 0")


def from_log(log: Log) -> Clicks:
    """Simulated impressions as `Clicks`."""
    frame = log.frame
    y = frame["clicked"].to_numpy(np.int64)
    return Clicks("simulated", inputs(frame), y, frame["time_h"].to_numpy(), log.p_click, frame)


def learning_table(n_rows: int, seed: int) -> LearningTable:
    """Simulated impressions for the lessons, as they were logged.

    The costs are assumptions: an ad that would have been clicked and is not shown loses its bid,
    one that is shown for nothing loses the place.
    """
    log = World(seed).simulate(n_rows)
    frame = log.frame
    ids = ["user_id", "ad_id", "advertiser_id"]
    kinds = ["country", "device", "category", "format"]
    numbers = ["age", "ad_age_days", "bid", "hour", "position"]
    X = pd.concat([frame[ids], frame[kinds], frame[numbers].astype(float)], axis=1)
    y, time_h = frame["clicked"].to_numpy(np.int64), frame["time_h"].to_numpy()
    group = frame["user_id"].to_numpy()
    return LearningTable(X, y, time_h, group, "impression", "click", 0.5, 0.005, log.p_click)


def _open_bandit(n_rows: int) -> Clicks:
    """Logged recommendations of a fashion shop under its random policy (Saito et al., 2020)."""
    frame = load_open_bandit("random", "all", with_item_features=True).head(n_rows)
    hours = (frame["timestamp"] - frame["timestamp"].min()).dt.total_seconds() / 3600
    users = [str(name) for name in frame if str(name).startswith("user_feature_")]
    X = pd.DataFrame(
        {
            "item": frame["item_id"].astype(np.int64),
            **{name: pd.factorize(frame[name])[0].astype(np.int64) for name in users},
            "hour": frame["timestamp"].dt.hour.astype(np.float32),
            "position": frame["position"].astype(np.float32),
        }
    )
    y = frame["click"].to_numpy(np.int64)
    return Clicks("open_bandit", X, y, hours.to_numpy(), frame=frame)


def _criteo(path: Path, n_rows: int) -> Clicks:
    """A file in the format of Criteo's display advertising challenge; its rows are in time order.

    It has no timestamps: the hours spread the rows evenly over the seven days that it covers.
    """
    frame = load_criteo(path, n_rows=n_rows)
    features = frame.drop(columns="label")
    X = pd.DataFrame(
        {
            name: values.astype(np.float32)
            if pd.api.types.is_numeric_dtype(values)
            else pd.util.hash_array(values.astype(str).to_numpy()).astype(np.int64) % 2**31
            for name, values in features.items()
        }
    )
    y = frame["label"].to_numpy(np.int64)
    return Clicks("criteo", X, y, np.linspace(0, 7 * 24, len(y)), frame=frame)


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
    return [str(name) for name in X if X[name].dtype == np.int64]


def numbers(X: pd.DataFrame) -> list[str]:
    """The columns of a model's inputs that are numbers."""
    return [str(name) for name in X if X[name].dtype == np.float32]


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
