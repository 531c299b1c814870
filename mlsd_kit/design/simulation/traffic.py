"""When requests come: evenly at random, over a day, in a burst, or as a log says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from mlsd_kit.errors import UserError

BLOCK = 4096
STEPS_OF_DAY = 288
Windows: TypeAlias = Sequence[tuple[float, float, float]]
"""Times (from, to, factor): what comes in between is so many times as much."""


@dataclass(frozen=True)
class Poisson:
    """Requests that come independently of each other at a steady rate.

    ``rate``: requests/s; None takes the rate that the design requires.
    """

    rate: float | None = None

    def factors(self, span: float) -> Windows:
        """Where in ``span`` seconds the rate differs from its mean: nowhere."""
        return ()


@dataclass(frozen=True)
class Daily:
    """A day's curve, compressed into the simulated span.

    ``peak`` over mean rate: a sine wave that is lowest at the start and highest in the middle; or
    ``hourly``: factors for equal parts of the day, of which only the proportions count. ``rate``:
    the mean rate in requests/s; None takes the design's rate, which is that of the peak, over the
    peak's factor.
    """

    peak: float = 1.6
    hourly: tuple[float, ...] = ()
    rate: float | None = None

    def __post_init__(self) -> None:
        if self.hourly and (min(self.hourly) < 0 or sum(self.hourly) <= 0):
            raise UserError("Daily: 'hourly' needs factors of 0 or more that are not all 0")
        if not self.hourly and not 1 <= self.peak <= 2:
            raise UserError(
                f"Daily: 'peak' is {self.peak:g} times the mean; a sine wave has from 1 to 2, "
                "give 'hourly' factors for a sharper curve"
            )

    @property
    def curve(self) -> np.ndarray:
        """Rate over mean rate in equal parts of the day, shape (parts,)."""
        if self.hourly:
            return np.array(self.hourly) / np.mean(self.hourly)
        middles = (np.arange(STEPS_OF_DAY) + 0.5) / STEPS_OF_DAY
        return 1.0 - (self.peak - 1.0) * np.cos(2 * np.pi * middles)

    def factors(self, span: float) -> Windows:
        """The curve as windows over ``span`` seconds."""
        curve = self.curve
        edges = np.linspace(0.0, span, len(curve) + 1).tolist()
        return list(zip(edges[:-1], edges[1:], curve.tolist(), strict=True))


@dataclass(frozen=True)
class Burst:
    """A steady rate, ``factor`` times as much for ``for_`` seconds from second ``at`` on."""

    at: float
    for_: float
    factor: float
    rate: float | None = None

    def factors(self, span: float) -> Windows:
        """The burst as a window."""
        return [(self.at, self.at + self.for_, self.factor)]


@dataclass(frozen=True, eq=False)
class Replay:
    """Requests at given times, in seconds from the start, shape (n,); sorted when they are not."""

    times: Sequence[float] | np.ndarray

    @property
    def arrivals(self) -> np.ndarray:
        """The times in order, shape (n,), floats.

        Raises:
            UserError: when there are none, or some are negative or not numbers.
        """
        times = np.sort(np.asarray(self.times, dtype=float))
        if times.ndim != 1 or len(times) == 0 or not np.isfinite(times).all() or times[0] < 0:
            raise UserError("Replay: needs at least one time, in seconds from the start, all >= 0")
        return times


Traffic: TypeAlias = Poisson | Daily | Burst | Replay


def mean_rate(traffic: Traffic, required: float) -> float:
    """Give the rate in requests/s that a profile's factors multiply.

    Args:
        traffic: the profile.
        required: the rate that the design requires, at its peak.
    """
    if isinstance(traffic, Replay):
        times = traffic.arrivals
        return len(times) / max(float(times[-1]), 1e-9)
    if traffic.rate is not None:
        if traffic.rate <= 0:
            raise UserError(f"the rate of requests must be more than 0, got {traffic.rate:g}")
        return traffic.rate
    return required / float(traffic.curve.max()) if isinstance(traffic, Daily) else required


def poisson_times(
    rate: float, span: float, windows: Windows, rng: np.random.Generator
) -> Iterator[list[float]]:
    """Give endless blocks of arrival times of a Poisson process whose rate changes in steps.

    A process of rate 1 is stretched by the inverse of the expected count Λ(t), which is exact
    (Çinlar, Introduction to Stochastic Processes, 1975, chapter 4). After ``span`` the rate is
    the mean one.

    Args:
        rate: requests/s where no window says otherwise.
        span: simulated seconds.
        windows: factors on the rate; where they overlap they multiply.
        rng: where the randomness comes from.
    """
    ends = [end for start, stop, _ in windows for end in (start, stop) if 0 < end < span]
    edges = np.unique([0.0, *ends, span])
    middles = (edges[:-1] + edges[1:]) / 2
    rates = np.full(len(middles), rate)
    for start, stop, factor in windows:
        rates[(start < middles) & (middles < stop)] *= factor
    counts = np.concatenate([[0.0], np.cumsum(rates * np.diff(edges))])
    passed = 0.0
    while True:
        expected = passed + np.cumsum(rng.exponential(size=BLOCK))
        passed = float(expected[-1])
        times = np.interp(expected, counts, edges)
        late = expected > counts[-1]
        times[late] = span + (expected[late] - counts[-1]) / rate
        yield times.tolist()


def replayed_times(times: np.ndarray, windows: Windows, rng: np.random.Generator) -> list[float]:
    """Repeat or drop arrivals inside windows, so that so many times as many come.

    A factor of 2.5 makes each arrival two, or with even odds three; the copies come at random
    until the next arrival.
    """
    for start, stop, factor in windows:
        inside = (start <= times) & (times < stop)
        copies = np.ones(len(times), dtype=int)
        whole, rest = divmod(factor, 1.0)
        copies[inside] = int(whole) + (rng.random(int(inside.sum())) < rest)
        gaps = np.diff(times, append=times[-1])
        index = np.repeat(np.arange(len(times)), copies)
        first = np.diff(index, prepend=-1) > 0
        moved = times[index] + np.where(first, 0.0, rng.random(len(index)) * gaps[index])
        times = np.sort(moved)
    out: list[float] = times.tolist()
    return out
