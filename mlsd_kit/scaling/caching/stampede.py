"""A hot key expires: who computes it again, how often, and how to do it once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import numpy as np

CURES = ("none", "single flight", "serve stale")


@dataclass(frozen=True)
class Stampede:
    """What came of the expiries of one key."""

    computations: int
    """How often the value was computed."""
    expiries: int
    """How often it had to be."""
    most_at_once: int
    """Computations that ran at the same time, at most."""
    waited: float
    """Share of requests that waited for a computation."""


def stampede(
    reads_per_s: float,
    compute_s: float,
    ttl_s: float,
    seconds: float,
    seed: int,
    cure: str = "none",
) -> Stampede:
    """Play Poisson requests for one key through a cache whose entry expires.

    ``none``: every request that finds no entry computes the value. ``single flight``: the first
    computes, those that come meanwhile wait for it. ``serve stale``: one computation runs in the
    background, and until it ends all get the old value (RFC 5861, stale-while-revalidate); only at
    the very beginning there is none, and all wait.

    Args:
        reads_per_s: requests. compute_s: what computing takes. ttl_s: from the end of computing.
        seconds: length of the play. seed: of the arrivals.
        cure: one of `CURES`.
    """
    if cure not in CURES:
        raise ValueError(f"cure: {cure!r} is none of {', '.join(CURES)}")
    rng = np.random.default_rng(seed)
    reads = np.sort(rng.uniform(0, seconds, rng.poisson(reads_per_s * seconds)))
    computations = expiries = most = waited = place = 0
    while place < len(reads):
        ready = reads[place] + compute_s
        until = int(np.searchsorted(reads, ready))
        meanwhile = until - place
        computing = meanwhile if cure == "none" else 1
        computations += computing
        most = max(most, computing)
        waited += 0 if cure == "serve stale" and expiries else meanwhile
        expiries += 1
        place = int(np.searchsorted(reads, ready + ttl_s))
    return Stampede(computations, expiries, most, waited / max(len(reads), 1))


class SingleFlight:
    """Lets the first caller of a key compute, and the others wait for its result.

    >>> SingleFlight().do("key", lambda: 42)
    42
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[Hashable, Future[Any]] = {}

    def do(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """The value of ``compute()``, computed by one of the callers that come meanwhile.

        Raises:
            Exception: what ``compute`` raises, for every caller that waited for it; the next caller
                computes anew.
        """
        with self._lock:
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flights[key] = Future()
        if not leads:
            return flight.result()
        try:
            flight.set_result(compute())
        except BaseException as error:
            flight.set_exception(error)
        finally:
            with self._lock:
                del self._flights[key]
        return flight.result()
