"""What a monitor sees: a window of the traffic, and the labels that are known by its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Sample:
    """Rows as they were served, with their outcomes where these are known."""

    features: pd.DataFrame
    """(n, F)"""
    predictions: np.ndarray
    """(n,) probabilities"""
    labels: np.ndarray | None = None
    """(n,) 0 or 1"""

    def __post_init__(self) -> None:
        """Refuse lengths that differ."""
        lengths = {len(self.features), len(self.predictions)}
        if self.labels is not None:
            lengths.add(len(self.labels))
        if len(lengths) > 1:
            raise ValueError(f"features, predictions and labels differ in length: {lengths}")

    def __len__(self) -> int:
        return len(self.predictions)

    def take(self, rows: np.ndarray | slice) -> Sample:
        """Some of the rows, by position."""
        labels = None if self.labels is None else self.labels[rows]
        return Sample(self.features.iloc[rows], self.predictions[rows], labels)


def join_samples(parts: Sequence[Sample]) -> Sample:
    """Samples one after the other; labels only where all of them have some."""
    labels = [part.labels for part in parts if part.labels is not None]
    return Sample(
        pd.concat([part.features for part in parts]),
        np.concatenate([part.predictions for part in parts]),
        np.concatenate(labels) if len(labels) == len(parts) else None,
    )


@dataclass(frozen=True)
class Outcomes:
    """The rows predicted so far, in order of time, with their labels as known now."""

    sample: Sample
    """Its labels are 1 where the event is known, 0 where it has not happened *yet*."""
    time_h: np.ndarray
    """(n,) when each was predicted, ascending."""

    def between(self, start_h: float, end_h: float) -> Sample:
        """The rows predicted from ``start_h`` until before ``end_h``."""
        first, last = np.searchsorted(self.time_h, [start_h, end_h])
        return self.sample.take(slice(first, last))


@dataclass(frozen=True)
class Window:
    """A stretch of traffic."""

    start_h: float
    end_h: float
    rows: Sample
    """What was served in it; labels, if any, are not used: they come with ``outcomes``."""
    outcomes: Outcomes | None = None
    """All rows up to now with the labels known by ``end_h``; None where no labels are kept."""

    @property
    def features(self) -> pd.DataFrame:
        """(n, F) features as they were served."""
        return self.rows.features

    @property
    def predictions(self) -> np.ndarray:
        """(n,) probabilities given."""
        return self.rows.predictions

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def hour(self) -> float:
        """Hour of the day at its start, 0 to 24."""
        return self.start_h % 24


def cut_windows(
    rows: Sample, time_h: np.ndarray, hours: float, delay_h: np.ndarray | None = None
) -> list[Window]:
    """Cut a stream into windows of equal duration; one without rows is kept, for it says much.

    Args:
        rows: in order of time, with labels if outcomes are wanted.
        time_h: when each was predicted, ascending, shape (n,).
        hours: duration of a window.
        delay_h: how long after the prediction each event is known, shape (n,); 0 by default. Until
            then its row looks like one without an event.

    Raises:
        ValueError: when there are no rows, times do not ascend, or lengths differ.
    """
    times = np.asarray(time_h, dtype=float)
    if not len(rows) or times.shape != (len(rows),) or (np.diff(times) < 0).any():
        raise ValueError("windows need rows in order of time, with a time each")
    if hours <= 0:
        raise ValueError(f"a window's duration must be positive, not {hours}")
    known = times if delay_h is None else times + np.asarray(delay_h, dtype=float)
    first, last = np.floor(times[0] / hours), np.floor(times[-1] / hours)
    edges = hours * np.arange(first, last + 2)
    cuts = np.searchsorted(times, edges)
    windows = []
    for start, end, a, b in zip(edges, edges[1:], cuts, cuts[1:], strict=False):
        outcomes = None
        if rows.labels is not None:
            now = rows.take(slice(0, b))
            seen = np.where(known[:b] <= end, rows.labels[:b], 0)
            outcomes = Outcomes(replace(now, labels=seen), times[:b])
        windows.append(Window(float(start), float(end), rows.take(slice(a, b)), outcomes))
    return windows
