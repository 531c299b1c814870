"""Entries that expire: how often they answer, and how old the answer is."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TTLFigures:
    """What one key's cache entry with a time to live does."""

    hit_rate: float
    """Share of requests answered from the cache."""
    stale: float
    """Share of requests answered with a value that has changed at the origin since."""
    loads_per_s: float
    """Requests that reach the origin."""


def ttl_theory(reads_per_s: float, writes_per_s: float, ttl_s: float) -> TTLFigures:
    """Closed form for Poisson reads (rate λ) and changes (rate μ) of one key.

    An entry lives for T = ``ttl_s`` from the miss that loads it and answers λT requests meanwhile:
    hit rate λT / (1 + λT). A request at age a meets a value that has changed with probability
    1 − e^(−μa).

    >>> ttl_theory(reads_per_s=1, writes_per_s=0, ttl_s=9).hit_rate
    0.9
    """
    if min(reads_per_s, ttl_s) <= 0 or writes_per_s < 0:
        raise ValueError("reads and the time to live must be positive, changes not negative")
    cycle = 1 + reads_per_s * ttl_s
    changed = writes_per_s * ttl_s
    fresh_s = -np.expm1(-changed) / writes_per_s if writes_per_s else ttl_s
    stale = reads_per_s * (ttl_s - fresh_s) / cycle
    return TTLFigures(reads_per_s * ttl_s / cycle, float(stale), reads_per_s / cycle)


def simulate_ttl(
    reads_per_s: float, writes_per_s: float, ttl_s: float, seconds: float, seed: int
) -> TTLFigures:
    """The same by playing it through, request by request."""
    rng = np.random.default_rng(seed)
    reads = np.sort(rng.uniform(0, seconds, rng.poisson(reads_per_s * seconds)))
    writes = np.sort(rng.uniform(0, seconds, rng.poisson(writes_per_s * seconds)))
    loaded = np.array(loads(reads, ttl_s))
    from_load = loaded[np.searchsorted(loaded, reads, side="right") - 1]
    stale = np.searchsorted(writes, reads) > np.searchsorted(writes, from_load)
    return TTLFigures(1 - len(loaded) / len(reads), float(stale.mean()), len(loaded) / seconds)


def loads(reads: np.ndarray, ttl: float) -> list[float]:
    """Of sorted times of requests, shape (n,), those that find no entry alive and load one."""
    times = reads.tolist()
    found = []
    place = 0
    while place < len(times):
        found.append(times[place])
        place = bisect_left(times, times[place] + ttl, place)
    return found
