"""Independent random streams, one for each source of chance, drawn in blocks."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, repeat
from typing import Any, TypeAlias

import numpy as np

from mlsd_kit.design.schema import ServiceTime

Draw: TypeAlias = Callable[[], float]
BLOCK = 2048


class Streams:
    """Random streams by name: the same seed and name give the same numbers.

    So two designs see the same arrivals and, step by step, the same service times (common random
    numbers), and what is different between their results is less due to chance.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def rng(self, *name: str | int) -> np.random.Generator:
        """Give the generator of a name."""
        return np.random.default_rng([self.seed, zlib.crc32("\0".join(map(str, name)).encode())])

    def uniform(self, *name: str | int) -> Draw:
        """Give draws that are even between 0 and 1."""
        rng = self.rng(*name)
        return _draws(lambda: rng.random(BLOCK))

    def service(self, time: ServiceTime, mean: float, *name: str | int) -> Draw:
        """Give service times of a shape, with this mean in seconds."""
        rng = self.rng(*name)
        if mean == 0.0 or time.shape == "constant":
            return repeat(mean).__next__
        if time.shape == "exponential":
            return _draws(lambda: rng.exponential(mean, BLOCK))
        if time.shape == "measured":
            sample = np.array(time.sample)
            sample = sample * (mean / sample.mean())
            return _draws(lambda: rng.choice(sample, BLOCK))
        square = time.variation**2
        if time.shape == "lognormal":
            sigma = float(np.sqrt(np.log1p(square)))
            return _draws(lambda: rng.lognormal(np.log(mean) - sigma**2 / 2, sigma, BLOCK))
        return _draws(lambda: rng.gamma(1.0 / square, mean * square, BLOCK))

    def index(self, weights: Sequence[float], *name: str | int) -> Callable[[], int]:
        """Give draws of 0, 1, … with these weights."""
        rng, count = self.rng(*name), len(weights)
        shares = np.array(weights) / sum(weights)
        return _draws(lambda: rng.choice(count, BLOCK, p=shares))


def _draws(block: Callable[[], np.ndarray]) -> Callable[[], Any]:
    def blocks() -> Iterator[list[Any]]:
        while True:
            yield block().tolist()

    return chain.from_iterable(blocks()).__next__
