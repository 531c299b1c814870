"""What a release looks at: requests that were served, by canary or champion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Served:
    """Requests in order of time; every array has shape (n,), NaN where something is not known."""

    unit: np.ndarray
    """Who was assigned, such as the user's id."""
    canary: np.ndarray
    """Whether it went to the canary."""
    share: np.ndarray
    """Share of the units that the canary had then."""
    failed: np.ndarray
    """1 when the model that should have answered did not, else 0."""
    latency_s: np.ndarray
    """Of that model."""
    prediction: np.ndarray
    loss: np.ndarray
    """Of the prediction, once its outcome is known."""

    def __len__(self) -> int:
        return len(self.unit)

    def rows(self, keep: np.ndarray) -> Served:
        """Some of the rows."""
        return Served(**{name: values[keep] for name, values in vars(self).items()})


def served_from(records: Sequence[dict[str, Any]], salt: str, arm: str = "canary") -> Served:
    """The requests of one experiment, from lines of the decision log.

    A request that its model took for wrong counts as failed: another model answered it.

    Args:
        records: lines of the log. salt: of the experiment. arm: the canary's name.
    """
    rows = [record for record in records if record["salt"] == salt]
    canary = np.array([row["arm"] == arm for row in rows], dtype=bool)
    own = np.array([row["propensity"] for row in rows], dtype=float)
    failed = np.array([row["outcome"] != "answered" for row in rows], dtype=bool)
    seconds = np.array([row["model_ms"] for row in rows], dtype=float) / 1000
    p = np.array([np.nan if row["prediction"] is None else row["prediction"] for row in rows])
    return Served(
        unit=np.array([row["unit"] for row in rows]),
        canary=canary,
        share=np.where(canary, own, 1 - own),
        failed=failed.astype(float),
        latency_s=np.where(failed, np.nan, seconds),
        prediction=np.where(failed, np.nan, p.astype(float)),
        loss=np.full(len(rows), np.nan),
    )
