"""Hit rates without a simulation, for independent requests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq


def characteristic_time(popularity: np.ndarray, capacity: int) -> float:
    """Requests that a key stays in an LRU cache after its last use, to a good approximation.

    The t at which the expected number of different keys asked for, Σ 1 − e^(−pₖt), is the capacity
    (Che, Tung and Wang, "Hierarchical Web caching systems", IEEE JSAC 2002).

    Args:
        popularity: probabilities, shape (n,). capacity: below n.
    """
    return _time(popularity, capacity, lambda pt: -np.expm1(-pt))


def lru_hit_rate(popularity: np.ndarray, capacity: int) -> float:
    """Che's approximation of the hit rate of LRU: Σ pₖ (1 − e^(−pₖt)).

    >>> round(lru_hit_rate(np.full(1000, 0.001), 100), 3)
    0.1
    """
    if capacity >= len(popularity):
        return 1.0
    time = characteristic_time(popularity, capacity)
    return float(np.sum(popularity * -np.expm1(-popularity * time)))


def fifo_hit_rate(popularity: np.ndarray, capacity: int) -> float:
    """The same approximation for FIFO, where a use does not prolong a key's stay: pt / (1 + pt).

    Martina, Garetto and Leonardi, "A unified approach to the performance analysis of caching
    systems", INFOCOM 2014.
    """
    if capacity >= len(popularity):
        return 1.0

    def held(pt: np.ndarray) -> np.ndarray:
        return np.asarray(pt / (1 + pt))

    return float(np.sum(popularity * held(popularity * _time(popularity, capacity, held))))


def top_hit_rate(popularity: np.ndarray, capacity: int) -> float:
    """The hit rate of a cache that holds the most popular keys: the most without foresight.

    LFU comes to this when popularity never changes.
    """
    return float(np.sort(popularity)[::-1][:capacity].sum())


def _time(popularity: np.ndarray, capacity: int, held: Callable[[np.ndarray], np.ndarray]) -> float:
    if not 1 <= capacity < len(popularity):
        raise ValueError(f"a capacity of {capacity} for {len(popularity)} keys")

    def excess(time: float) -> float:
        return float(held(popularity * time).sum()) - capacity

    upper = float(capacity)
    while excess(upper) < 0:
        upper *= 2
    return float(brentq(excess, 0.0, upper))
