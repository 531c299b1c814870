"""Learn from a stream: predict first, learn then, keep snapshots, stop at the gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mlsd_kit.deployment.online.gate import LossGate
from mlsd_kit.deployment.online.learner import OnlineLogistic
from mlsd_kit.deployment.online.snapshots import SnapshotStore

SMALLEST = 1e-6


@dataclass(frozen=True)
class Streamed:
    """What came of a stretch of stream."""

    p: np.ndarray
    """Prediction of each row before it was learned, shape (rows,); NaN after an alarm."""
    batches: pd.DataFrame
    """One row a batch: ``row`` where it begins, and its progressive ``loss``."""
    alarm: int | None
    """Row at which the batch begins that raised the alarm; it is not learned."""
    began: int | None
    """Row at which the gate thinks that the trouble began."""


def row_losses(y: ArrayLike, p: ArrayLike) -> np.ndarray:
    """Log loss of each row, with probabilities kept a millionth away from 0 and 1, shape (n,).

    >>> row_losses([1, 0], [0.5, 0.5]).round(3).tolist()
    [0.693, 0.693]
    """
    likely = np.asarray(p, dtype=float).clip(SMALLEST, 1 - SMALLEST)
    return -np.where(np.asarray(y) == 1, np.log(likely), np.log1p(-likely))


def learn_stream(
    model: OnlineLogistic,
    X: pd.DataFrame,
    y: ArrayLike,
    batch: int = 200,
    position: int = 0,
    store: SnapshotStore | None = None,
    every: int = 10,
    gate: LossGate | None = None,
) -> Streamed:
    """Progressive validation: each batch is predicted before the model learns from it.

    Every prediction is one of unseen data, so the losses need no holdout (Dawid, "Statistical
    Theory: The Prequential Approach", 1984).

    Args:
        model: it learns as the stream goes.
        X: the stream, in order of time. y: labels 0 or 1, known when the next batch begins.
        batch: rows that are predicted before they are learned.
        position: of the first row, counted over the whole stream; for the snapshots.
        store: where a snapshot is kept every ``every`` batches, and one before the first.
        gate: asked before each batch is learned; at its alarm the learning stops.
    """
    labels = np.asarray(y)
    if batch < 1 or every < 1 or labels.shape != (len(X),):
        raise ValueError(f"batches of {batch}, {len(X)} rows, labels of shape {labels.shape}")
    p, losses, alarm = np.full(len(X), np.nan), [], None
    begins = range(0, len(X), batch)
    for number, begin in enumerate(begins):
        rows = slice(begin, begin + batch)
        if store is not None and number % every == 0:
            store.save(model, position + begin)
        p[rows] = model.predict(X.iloc[rows])
        losses.append(float(row_losses(labels[rows], p[rows]).mean()))
        if gate is not None and gate.observe(losses[-1]):
            alarm = position + begin
            break
        model.learn(X.iloc[rows], labels[rows])
    at = [position + begin for begin in begins[: len(losses)]]
    began = None
    if alarm is not None and gate is not None:
        began = at[max(0, len(at) - (len(gate.sums) - gate.began))]
    return Streamed(p, pd.DataFrame({"row": at, "loss": losses}), alarm, began)


def retrained_predictions(
    fit: Callable[[slice], Callable[[pd.DataFrame], np.ndarray]],
    X: pd.DataFrame,
    time_h: ArrayLike,
    first: int,
    every_h: float,
) -> tuple[np.ndarray, int]:
    """Predict a stream by a model that is trained anew on all rows so far, at a fixed interval.

    Args:
        fit: given the rows to learn from, trains a model and returns its prediction function.
        X: all rows, in order of time. time_h: of each, in hours, shape (n,).
        first: row at which the predictions begin. every_h: hours between two trainings.

    Returns:
        Predictions of the rows from ``first``, and how often a model was trained.
    """
    hours = np.asarray(time_h, dtype=float)
    if not 0 < first < len(hours) or not every_h > 0:
        raise ValueError(f"begins at row {first} of {len(hours)}, every {every_h} h")
    window = ((hours[first:] - hours[first]) // every_h).astype(int)
    p, cuts = np.empty(len(window)), np.flatnonzero(np.diff(window, prepend=-1))
    for begin, end in zip(cuts, [*cuts[1:], len(window)], strict=True):
        predict = fit(slice(0, first + begin))
        p[begin:end] = predict(X.iloc[first + begin : first + end])
    return p, len(cuts)
