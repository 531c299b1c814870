"""Latencies of any number of requests in a fixed amount of memory, by slices of time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit

LOWEST = 1e-7
BINS_PER_UNIT = 400
BINS = 11_100
BATCHES = 20
CONFIDENCE = 0.95


class LatencyLog:
    """Histograms with logarithmic bins, one for each slice of time, and exact sums.

    A bin is 0.25 % wide and percentiles are interpolated inside it, so that they are off by less
    than that. What is below 0.1 µs counts as that, what is above 31 hours as that.

    Args:
        edges: times at which slices begin and the last one ends, shape (slices + 1,).
        warm: how many of the first slices are warm-up.
    """

    def __init__(self, edges: np.ndarray, warm: int) -> None:
        self.edges, self.warm = edges, warm
        slices = len(edges) - 1
        self.counts = np.zeros((slices, BINS), dtype=np.int64)
        self.sums = np.zeros(slices)
        self.most = 0.0
        self.least = np.inf

    def add(self, arrivals: Sequence[float], latencies: Sequence[float]) -> None:
        """Add requests by their arrival and latency in seconds, both of shape (n,)."""
        if not len(arrivals):
            return
        taken = np.array(latencies)
        slices = self.slice_of(arrivals)
        self.sums += np.bincount(slices, taken, len(self.sums))
        logs = np.log(np.maximum(taken, LOWEST) / LOWEST)
        bins = np.minimum((logs * BINS_PER_UNIT).astype(np.int64), BINS - 1)
        np.add.at(self.counts.ravel(), slices * BINS + bins, 1)
        measured = taken[slices >= self.warm]
        if len(measured):
            self.most = max(self.most, float(measured.max()))
            self.least = min(self.least, float(measured.min()))

    def slice_of(self, arrivals: Sequence[float]) -> np.ndarray:
        """Give the slices in which requests came, shape (n,)."""
        found = np.searchsorted(self.edges, np.array(arrivals), side="right") - 1
        return np.clip(found, 0, len(self.edges) - 2)

    def percentiles(self, counts: np.ndarray, percents: Sequence[float]) -> np.ndarray:
        """Interpolate percentiles of a histogram, shape (k,); NaN when it is empty."""
        total = counts.sum()
        if total == 0:
            return np.full(len(percents), np.nan)
        ends = np.cumsum(counts)
        ranks = np.array(percents) / 100 * total
        bins = np.minimum(np.searchsorted(ends, ranks), BINS - 1)
        inside = 1.0 - (ends[bins] - ranks) / np.maximum(counts[bins], 1)
        values = LOWEST * np.exp((bins + np.clip(inside, 0.0, 1.0)) / BINS_PER_UNIT)
        values = np.where(bins == 0, 0.0, values)
        clipped: np.ndarray = np.clip(values, self.least, self.most)
        return clipped

    @property
    def measured(self) -> np.ndarray:
        """The histogram of all that came after the warm-up, shape (bins,)."""
        total: np.ndarray = self.counts[self.warm :].sum(axis=0)
        return total

    def batches(self) -> tuple[np.ndarray, np.ndarray]:
        """Histograms, shape (batches, bins), and sums, shape (batches,), after the warm-up."""
        counts, sums = self.counts[self.warm :], self.sums[self.warm :]
        return counts.reshape(BATCHES, -1, BINS).sum(axis=1), sums.reshape(BATCHES, -1).sum(axis=1)


def half_width(values: np.ndarray) -> float:
    """Half of a 95 % interval of a mean from batch means, by Student's t; NaN for too few."""
    values = values[np.isfinite(values)]
    n = len(values)
    if n < 2:
        return float("nan")
    quantile = stdtrit(n - 1, (1 + CONFIDENCE) / 2)
    return float(quantile * values.std(ddof=1) / np.sqrt(n))
