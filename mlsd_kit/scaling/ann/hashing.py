"""What locality-sensitive hashing promises: collisions by angle."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def signatures(vectors: np.ndarray, bits: int, seed: int = 0) -> np.ndarray:
    """On which side of random hyperplanes vectors, shape (n, d), lie: shape (n, bits), bool."""
    planes = np.random.default_rng(seed).standard_normal((vectors.shape[1], bits))
    return np.asarray(vectors @ planes > 0)


def collision_probability(cosine: ArrayLike) -> np.ndarray:
    """Probability that one bit agrees: 1 − θ/π, θ the angle (Charikar, STOC 2002, section 3).

    >>> collision_probability([1.0, 0.0, -1.0]).tolist()
    [1.0, 0.5, 0.0]
    """
    return 1 - np.arccos(np.clip(np.asarray(cosine, dtype=float), -1, 1)) / np.pi


def candidate_probability(cosine: ArrayLike, bits: int, tables: int) -> np.ndarray:
    """Probability that a pair shares its bucket in at least one of the tables.

    A bucket is one value of ``bits`` bits: 1 − (1 − p^bits)^tables (Indyk and Motwani, STOC 1998).

    >>> float(candidate_probability(0.0, bits=1, tables=2))
    0.75
    """
    if bits < 1 or tables < 1:
        raise ValueError("bits and tables must be at least 1")
    return 1 - (1 - collision_probability(cosine) ** bits) ** tables
