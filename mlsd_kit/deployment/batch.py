"""Batch prediction: all rows at once, in chunks, as fast as one process can."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class BatchScores:
    """The predictions of a batch job, and what it took."""

    predictions: np.ndarray = field(repr=False, compare=False)
    seconds: float
    chunks: int

    @property
    def rows_per_second(self) -> float:
        """Throughput of the whole job."""
        return len(self.predictions) / self.seconds

    def table(self) -> pd.DataFrame:
        """One row with the figures."""
        figures = {
            "rows": len(self.predictions),
            "chunks": self.chunks,
            "seconds": self.seconds,
            "rows_per_second": self.rows_per_second,
        }
        return pd.DataFrame([figures], index=["batch"])


def score_batch(
    model: Any | Callable[[pd.DataFrame], np.ndarray],
    frame: pd.DataFrame,
    rows_per_chunk: int = 100_000,
) -> BatchScores:
    """Score a frame chunk by chunk, so that memory follows the chunk and not the job.

    Args:
        model: anything with ``predict_proba``, or a function from a frame to scores of shape (n,).
            Of a result of shape (n, 2) the second column is taken.
        frame: rows to score.
        rows_per_chunk: rows given to the model at a time.

    Raises:
        ValueError: when the frame is empty, the chunk is, or the model returns another shape.

    >>> score_batch(lambda chunk: chunk["x"].to_numpy(), pd.DataFrame({"x": [1, 2, 3]}), 2).chunks
    2
    """
    if rows_per_chunk < 1 or frame.empty:
        raise ValueError("score_batch needs at least one row, and chunks of at least one row")
    predict = getattr(model, "predict_proba", model)
    parts = []
    start = time.perf_counter()
    for first in range(0, len(frame), rows_per_chunk):
        chunk = frame.iloc[first : first + rows_per_chunk]
        scores = np.asarray(predict(chunk))
        if scores.ndim == 2 and scores.shape[1] == 2:
            scores = scores[:, 1]
        if scores.shape != (len(chunk),):
            raise ValueError(f"the model gave shape {scores.shape} for {len(chunk)} rows")
        parts.append(scores)
    return BatchScores(np.concatenate(parts), time.perf_counter() - start, len(parts))
