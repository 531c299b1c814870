"""Caches that hold a number of keys, each with its rule of what to throw out."""

from __future__ import annotations

import heapq
from collections import Counter, OrderedDict
from collections.abc import Callable

import numpy as np


def _lru(keys: list[int], capacity: int) -> list[bool]:
    held: OrderedDict[int, None] = OrderedDict()
    hits = []
    for key in keys:
        hit = key in held
        hits.append(hit)
        if hit:
            held.move_to_end(key)
            continue
        if len(held) == capacity:
            held.popitem(last=False)
        held[key] = None
    return hits


def _fifo(keys: list[int], capacity: int) -> list[bool]:
    held: OrderedDict[int, None] = OrderedDict()
    hits = []
    for key in keys:
        hit = key in held
        hits.append(hit)
        if not hit:
            if len(held) == capacity:
                held.popitem(last=False)
            held[key] = None
    return hits


def _lfu(keys: list[int], capacity: int) -> list[bool]:
    """Counts every key since the beginning; one that is asked for less than all held stays out."""
    counts: Counter[int] = Counter()
    held: set[int] = set()
    order: list[tuple[int, int]] = []
    hits = []
    for key in keys:
        counts[key] += 1
        hit = key in held
        hits.append(hit)
        if hit:
            continue
        if len(held) == capacity:
            while order[0][0] < counts[order[0][1]]:
                stale = order[0][1]
                heapq.heapreplace(order, (counts[stale], stale))
            if order[0][0] > counts[key]:
                continue
            held.remove(heapq.heappop(order)[1])
        held.add(key)
        heapq.heappush(order, (counts[key], key))
    return hits


POLICIES: dict[str, Callable[[list[int], int], list[bool]]] = {
    "LRU": _lru, "FIFO": _fifo, "LFU": _lfu,
}  # fmt: skip
"""Name → rule: what was not used for longest, what came first, what was asked for least."""


def hit_rate(keys: np.ndarray, capacity: int, policy: str = "LRU", warm: int = 0) -> float:
    """Share of requests that a cache answers.

    Args:
        keys: what is asked for, in order, shape (n,).
        capacity: keys that the cache holds.
        policy: one of `POLICIES`.
        warm: first requests that fill the cache and are not counted.

    Raises:
        ValueError: for an unknown policy, a capacity below 1, or no request to count.

    >>> hit_rate(np.array([1, 2, 1, 3, 2]), capacity=2)
    0.2
    """
    if policy not in POLICIES:
        raise ValueError(f"policy: {policy!r} is none of {', '.join(POLICIES)}")
    if capacity < 1 or not 0 <= warm < len(keys):
        raise ValueError(f"capacity {capacity}, {len(keys)} requests, {warm} to warm up")
    return float(np.mean(POLICIES[policy](keys.tolist(), capacity)[warm:]))
