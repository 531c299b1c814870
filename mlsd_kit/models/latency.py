"""How long a request waits for a model: calls with a request's rows, one after another."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd


def request_latency(
    models: Mapping[str, Any], X: pd.DataFrame, rows: int, calls: int = 40
) -> pd.DataFrame:
    """Milliseconds of a call of each fitted model with ``rows`` rows, in one process.

    A batch's time over its rows hides what every call costs anew, such as checking the input. The
    models take turns, so that what else the machine does falls on all of them.

    Args:
        models: name → fitted estimator with ``predict_proba``.
        X: rows to take a request's from, in turn.
        rows: of a request.
        calls: timed calls of each model.

    Returns:
        A row a model: ``median (ms)``, ``p95 (ms)``.
    """
    starts = [(i * rows) % max(len(X) - rows + 1, 1) for i in range(calls)]
    requests = [X.iloc[start : start + rows] for start in starts]
    for model in models.values():
        model.predict_proba(requests[0])
    times: dict[str, list[float]] = {name: [] for name in models}
    for request in requests:
        for name, model in models.items():
            start_s = time.perf_counter()
            model.predict_proba(request)
            times[name].append((time.perf_counter() - start_s) * 1e3)
    table = {name: np.quantile(taken, [0.5, 0.95]) for name, taken in times.items()}
    return pd.DataFrame(table, index=["median (ms)", "p95 (ms)"]).T.rename_axis("model")
