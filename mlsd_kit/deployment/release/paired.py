"""Compare the latency under two conditions in one run: blocks by turns, and an interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlsd_kit.deployment.loadtest import LoadResult


@dataclass(frozen=True)
class Paired:
    """Difference of the median latencies under two conditions, with its 95 % interval."""

    first_ms: float
    second_ms: float
    difference_ms: float
    low_ms: float
    high_ms: float
    errors: int
    """Requests that failed, under either condition."""


def paired_difference(
    first: Callable[[], LoadResult], second: Callable[[], LoadResult], pairs: int = 6
) -> Paired:
    """Measure two conditions by turns, and give the second's median latency less the first's.

    Blocks of a pair come one after the other, in turned order from pair to pair, so that what else
    the machine does strikes both; Student's t interval over the pairs.

    Args:
        first, second: each runs one block of load. pairs: of blocks, at least 2.
    """
    from scipy import stats

    if pairs < 2:
        raise ValueError(f"an interval needs at least 2 pairs, not {pairs}")
    medians, errors = np.empty((pairs, 2)), 0
    for pair in range(pairs):
        for side in (0, 1) if pair % 2 == 0 else (1, 0):
            result = (first, second)[side]()
            medians[pair, side] = result.p50_ms
            errors += result.errors
    gaps = medians[:, 1] - medians[:, 0]
    half = stats.t.ppf(0.975, pairs - 1) * gaps.std(ddof=1) / np.sqrt(pairs)
    mean = float(gaps.mean())
    sides = medians.mean(axis=0)
    return Paired(
        float(sides[0]), float(sides[1]), mean, float(mean - half), float(mean + half), errors
    )
