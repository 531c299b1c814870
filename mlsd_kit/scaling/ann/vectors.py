"""Simulated vectors in clusters, for indexes to be compared on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class ClusteredVectors:
    """Unit vectors in clusters of unequal size. They are simulated, not a trained model's.

    Embeddings of real items lie in clusters too, which is what every index but the exact one lives
    on: on vectors without any structure, all points are nearly as far away as the nearest.

    Args:
        dimensions: d.
        clusters: how many; the sizes fall as rank^−0.7.
        spread: standard deviation within a cluster against that between them (1 on each axis).
        seed: of the centres and, with what is drawn, of the vectors.
    """

    dimensions: int = 64
    clusters: int = 500
    spread: float = 0.5
    seed: int = 0
    centres: np.ndarray = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.dimensions < 1 or self.clusters < 1 or self.spread <= 0:
            raise ValueError("dimensions, clusters and spread must be positive")
        rng = np.random.default_rng([self.seed, 0])
        shape = (self.clusters, self.dimensions)
        object.__setattr__(self, "centres", rng.standard_normal(shape, dtype=np.float32))

    def draw(self, count: int, stream: int = 1, among: range | None = None) -> np.ndarray:
        """Draw unit vectors, shape (count, d), float32.

        Args:
            count: how many.
            stream: number of the draw; the same number gives the same vectors.
            among: numbers of the clusters to draw from, the largest first; all by default.

        >>> ClusteredVectors(dimensions=8).draw(3).shape
        (3, 8)
        """
        rng = np.random.default_rng([self.seed, 1 + stream])
        chosen = np.array(among or range(self.clusters))
        size = np.arange(1, len(chosen) + 1) ** -0.7
        cluster = rng.choice(chosen, count, p=size / size.sum())
        vectors = rng.standard_normal((count, self.dimensions), dtype=np.float32)
        vectors *= np.float32(self.spread)
        vectors += self.centres[cluster]
        return unit(vectors)


def unit(vectors: np.ndarray) -> np.ndarray:
    """The vectors, shape (n, d), at length one: then cosine, inner product and distance agree.

    Raises:
        ValueError: for a vector of zeros.
    """
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not length.all():
        raise ValueError("a vector of zeros has no direction")
    return np.ascontiguousarray(vectors / length, dtype=np.float32)
