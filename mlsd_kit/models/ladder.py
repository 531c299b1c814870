"""A ladder of models from the simplest up: what each step gains, and what it costs."""

from __future__ import annotations

import pickle
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Rung:
    """A fitted model with its cost."""

    model: Any
    fit_seconds: float
    micros_per_row: float
    megabytes: float
    """Size of the pickled model."""
    p: np.ndarray
    """Probabilities of the positive class on the test rows, shape (n,)."""


def climb(
    models: Mapping[str, tuple[Any, pd.DataFrame, pd.DataFrame]], y: np.ndarray
) -> dict[str, Rung]:
    """Fit each model and score the test rows, taking the time of both.

    Args:
        models: name → estimator with ``predict_proba``, its training and its test inputs.
        y: training labels, shape (n,).
    """
    rungs = {}
    for name, (model, X, X_test) in models.items():
        start = time.perf_counter()
        model.fit(X, y)
        fitted = time.perf_counter()
        p = model.predict_proba(X_test)[:, 1]
        scored = time.perf_counter()
        rungs[name] = Rung(
            model,
            fitted - start,
            (scored - fitted) / len(X_test) * 1e6,
            len(pickle.dumps(model)) / 1e6,
            p,
        )
    return rungs


def cost_table(rungs: Mapping[str, Rung]) -> pd.DataFrame:
    """One row a model: seconds to fit, microseconds to score a row, megabytes."""
    rows = {
        name: {
            "fit (s)": rung.fit_seconds,
            "score (µs/row)": rung.micros_per_row,
            "size (MB)": rung.megabytes,
        }
        for name, rung in rungs.items()
    }
    return pd.DataFrame(rows).T.rename_axis("model")


def efficient(table: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Which rows no other row beats: none is as good in every column and better in one.

    Args:
        table: a row a model. columns: of it, such as a loss and a cost; less is better in each.

    >>> costs = pd.DataFrame({"loss": [3, 2, 2], "ms": [1, 5, 9]}, index=["rule", "linear", "deep"])
    >>> efficient(costs, ["loss", "ms"]).tolist()
    [True, True, False]
    """
    values = table[list(columns)].to_numpy(float)
    keep = [
        not any((other <= row).all() and (other < row).any() for other in values) for row in values
    ]
    return pd.Series(keep, index=table.index, name="efficient")
