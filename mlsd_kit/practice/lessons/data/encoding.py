"""Names as numbers and as vectors: D8 and D9."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "D8.smooth",
    hints=[
        "Think of `strength` rows with the overall rate that every value is given in advance.",
        "Those rows add strength · rate positives and strength rows.",
        "`(positives + strength * rate) / (rows + strength)`.",
    ],
)
def smooth() -> Judge:
    """Code the smoothed rate of a value: few rows pull it to the overall rate."""
    return Function(
        lambda k, n, rate, m: (n * (k / n if n else 0) + m * rate) / (n + m),
        [(1, 1, 0.02, 20.0), (30, 1000, 0.02, 20.0), (0, 0, 0.02, 20.0), (2, 5, 0.5, 10.0)],
        causes={
            "The raw rate: a value seen once has 0 or 1, and one never seen has none.": (
                lambda k, n, rate, m: k / n if n else 0.0
            ),
            "One is added, not the overall rate: of rare events, rare values get too many.": (
                lambda k, n, rate, m: (k + 1) / (n + 2)
            ),
            "The overall rate has to be weighed with the strength.": lambda k, n, rate, m: (
                (k + rate) / (n + m)
            ),
            "The strength also counts as rows, below the line.": lambda k, n, rate, m: (
                (k + m * rate) / n if n else rate
            ),
        },
    )


@exercise(
    "D8.collisions",
    hints=[
        "Take one value. Each of the others falls into its bucket with probability 1 / buckets.",
        "It stays alone when none of the others does.",
        "`1 - (1 - 1 / buckets) ** (values - 1)`.",
    ],
)
def collisions(values: int, buckets: int) -> Judge:
    """Which share of the values shares its bucket with another value, on average?"""
    alone = (1 - 1 / buckets) ** (values - 1)
    return Number(
        1 - alone,
        rtol=0.02,
        causes={
            "That is the load, values per bucket; it can pass 1, and a share cannot.": values
            / buckets,
            "That is the share that stays alone.": alone,
            "That is the share of buckets that are used.": 1 - (1 - 1 / buckets) ** values
            if values < buckets / 50
            else 1 - buckets * (1 - (1 - 1 / buckets) ** values) / values,
            "That is the chance for two given values.": 1 / buckets,
        },
    )


@exercise(
    "D9.nearest",
    hints=[
        "Cosine: the dot product of vectors that have been brought to length one.",
        "The nearest to a vector is always itself: leave it out.",
        "`unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)`, "
        "`near = unit @ unit[i]`, `near[i] = -np.inf`, `near.argmax()`.",
    ],
)
def nearest() -> Judge:
    """Code `nearest(vectors, i)`: the row nearest to row i by cosine, other than i."""

    def by(vectors: np.ndarray, i: int, metric: str) -> int:
        index = NearestNeighbors(n_neighbors=1, metric=metric).fit(np.delete(vectors, i, axis=0))
        found = int(index.kneighbors(vectors[[i]], return_distance=False)[0, 0])
        return found + (found >= i)

    def dot(vectors: np.ndarray, i: int) -> int:
        scores = vectors @ vectors[i]
        scores[i] = -np.inf
        return int(scores.argmax())

    def farthest(vectors: np.ndarray, i: int) -> int:
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return int((unit @ unit[i]).argmin())

    points = np.array([[2.0, 0.1], [6.0, 0.5], [9.0, 9.0], [2.0, 1.0], [-4.0, 1.0]])
    return Function(
        lambda vectors, i: by(vectors, i, "cosine"),
        [(points, 0), (points, 3), (points, 4)],
        causes={
            "That is the row itself: leave it out.": lambda vectors, i: i,
            "Without bringing the vectors to length one, the long (frequent) ones win: that is the "
            "dot product.": dot,
            "That is the distance of the points; cosine compares directions.": lambda v, i: by(
                v, i, "euclidean"
            ),
            "That is the farthest one.": farthest,
        },
    )
