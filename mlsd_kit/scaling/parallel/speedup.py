"""What a further worker brings: Amdahl's law, the cost of an all-reduce, and the slowest worker."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import nnls


def amdahl_speedup(workers: float, serial: float) -> float:
    """Speed-up when a share of the work cannot be divided (Amdahl 1967): 1 / (s + (1 - s) / n).

    Args:
        workers: n, at least 1. serial: s, the share of one worker's time, between 0 and 1.

    >>> round(amdahl_speedup(16, 0.05), 2), amdahl_speedup(1e9, 0.25) > 3.99
    (9.14, True)
    """
    if workers < 1 or not 0 <= serial <= 1:
        raise ValueError(f"workers ≥ 1 and 0 ≤ serial ≤ 1, not {workers} and {serial}")
    return 1 / (serial + (1 - serial) / workers)


def serial_share(workers: int, speedup: float) -> float:
    """The serial share that a measured speed-up betrays (Karp and Flatt 1990).

    Above 1 where the workers together are slower than one; below 0 where they are more than n
    times as fast (caches).

    >>> serial_share(2, 1.6)
    0.25
    """
    if workers < 2 or speedup <= 0:
        raise ValueError(f"at least 2 workers and a speed-up > 0, not {workers} and {speedup}")
    return (1 / speedup - 1 / workers) / (1 - 1 / workers)


def all_reduce_bytes(size: float, workers: int) -> float:
    """Bytes that each worker sends in a ring all-reduce of ``size`` bytes: 2 (n - 1) / n · size.

    Each part travels n - 1 steps while it is summed and n - 1 steps while the sum is handed round
    (Patarasuk and Yuan 2009): nearly the same for 2 workers as for 1,000.

    >>> all_reduce_bytes(1000, 2), all_reduce_bytes(1000, 1)
    (1000.0, 0.0)
    """
    if workers < 1:
        raise ValueError(f"at least one worker, not {workers}")
    return 2 * (workers - 1) / workers * size


@dataclass(frozen=True)
class Link:
    """A connection between two workers: what every message costs, and what every byte costs."""

    latency_s: float
    bytes_per_s: float

    def all_reduce_s(self, size: float, workers: int) -> float:
        """Seconds of a ring all-reduce: 2 (n - 1) messages one after the other, and the bytes."""
        messages = 2 * (workers - 1)
        return messages * self.latency_s + all_reduce_bytes(size, workers) / self.bytes_per_s


def fit_link(sizes: Sequence[float], seconds: Sequence[float], workers: int = 2) -> Link:
    """The link that explains measured all-reduces best, by non-negative least squares.

    Args:
        sizes: bytes of each all-reduce. seconds: how long it took. workers: that took part.

    >>> link = fit_link([0, 1e6, 2e6], [0.002, 0.003, 0.004])
    >>> round(link.latency_s, 6), round(link.bytes_per_s)
    (0.001, 1000000000)
    """
    if len(sizes) < 2 or len(sizes) != len(seconds):
        raise ValueError("a size and a time for each of at least two all-reduces are needed")
    sent = [all_reduce_bytes(size, workers) for size in sizes]
    # Relative errors: without the weights only the largest would count.
    weights = 1 / np.asarray(seconds, dtype=float)
    design = np.column_stack([np.full(len(sizes), 2.0 * (workers - 1)), np.array(sent) / 1e9])
    (latency, per_gb), _ = nnls(design * weights[:, None], np.ones(len(sizes)))
    return Link(float(latency), 1e9 / per_gb if per_gb else math.inf)


@dataclass(frozen=True)
class StepCost:
    """The time of one synchronous step of data-parallel SGD on n workers.

    ``fixed_s + divided_s / n`` and an all-reduce of the gradient; every worker is assumed to have
    a core of its own and the same link.
    """

    divided_s: float
    """Gradient of the whole global batch on one worker."""
    gradient_bytes: float
    link: Link
    fixed_s: float = 0.0
    """What every worker does in full: update, dispatch."""

    def exchange_s(self, workers: int) -> float:
        """Seconds of the all-reduce; none with one worker."""
        return self.link.all_reduce_s(self.gradient_bytes, workers)

    def seconds(self, workers: int) -> float:
        """Seconds of a step."""
        return self.fixed_s + self.divided_s / workers + self.exchange_s(workers)

    def speedup(self, workers: int) -> float:
        """How many times as fast as one worker."""
        return self.seconds(1) / self.seconds(workers)

    def communication_share(self, workers: int) -> float:
        """Share of the step that is spent in the all-reduce."""
        return self.exchange_s(workers) / self.seconds(workers)

    def table(self, workers: Sequence[int]) -> pd.DataFrame:
        """Speed-up, efficiency and communication share for each number of workers."""
        rows = {
            n: {
                "speed-up": self.speedup(n),
                "efficiency": self.speedup(n) / n,
                "communication": self.communication_share(n),
            }
            for n in workers
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("workers")


def expected_slowest(times: Sequence[float], workers: int) -> float:
    """Mean of the slowest of n workers, each of whose times is drawn from those measured.

    Exact, from the order statistics of the sample: Σ t(i) · ((i/m)^n - ((i-1)/m)^n). A synchronous
    step takes as long as its slowest worker.

    >>> expected_slowest([1, 3], 1), expected_slowest([1, 3], 2)
    (2.0, 2.5)
    """
    if workers < 1 or len(times) == 0:
        raise ValueError("at least one worker and one time are needed")
    ordered = np.sort(np.asarray(times, dtype=float))
    steps = (np.arange(len(ordered) + 1) / len(ordered)) ** workers
    return float(ordered @ np.diff(steps))


def bubble_share(stages: int, micro_batches: int) -> float:
    """Share of its time that a pipeline of p stages idles: (p - 1) / (m + p - 1).

    Huang et al. 2019 (GPipe): it fills and empties once for each batch of m micro-batches.

    >>> bubble_share(4, 1), round(bubble_share(4, 29), 3)
    (0.75, 0.094)
    """
    if stages < 1 or micro_batches < 1:
        raise ValueError("at least one stage and one micro-batch are needed")
    return (stages - 1) / (micro_batches + stages - 1)
