"""The funnel and approximate neighbours: S5 and S6."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "S5.millisecond",
    hints=[
        "A step that does not fit is out, and so is one that loses quality.",
        "Quality per millisecond tells with which step to begin, not where to end.",
        "Try the sets that fit, and take the one with the most quality.",
    ],
)
def millisecond(steps: pd.DataFrame, left_ms: float) -> Judge:
    """The steps to take with the milliseconds that are left."""
    quality, ms = steps["quality"], steps["ms"]
    sets = [
        list(some)
        for size in range(1, len(steps) + 1)
        for some in combinations(steps.index, size)
        if ms[list(some)].sum() <= left_ms + 1e-9
    ]
    best = max(sets, key=lambda some: (round(quality[some].sum(), 12), -ms[some].sum()))
    wrong = {name: _why_not(quality[name], ms[name], left_ms) for name in steps.index.drop(best)}
    return Chosen(dict.fromkeys(best, "it is worth its time"), wrong)


def _why_not(quality: float, ms: float, left_ms: float) -> str:
    if ms > left_ms:
        return f"its {ms:g} ms are more than is left, however much it would bring."
    if quality <= 0:
        return "it makes the whole worse, and that is not worth any time."
    return f"its {ms:g} ms buy more elsewhere: {quality / ms:.4f} per ms here."


@exercise(
    "S6.memory",
    hints=[
        "A graph keeps the vectors and, for each, the numbers of its neighbours.",
        "In the lowest layer, which holds all vectors, there are twice as many links as above.",
        "4 d + 2 · 4 · links bytes for the graph; one byte for each part of a product code.",
    ],
)
def memory(vectors: float, dimensions: int, links: int, parts: int) -> Judge:
    """GB of a graph and of product codes for so many vectors, as a dictionary."""
    giga = vectors / 1e9
    graph = Number(
        giga * np.dtype(np.float32).itemsize * (dimensions + 2 * links),
        rtol=0.04,
        causes={
            "Those are the bare vectors: the links are missing.": giga * 4 * dimensions,
            "Those are the links without the vectors that they lead to.": giga * 8 * links,
            "The lowest layer has twice as many links as M.": giga * 4 * (dimensions + links),
            "A float of the index takes 4 bytes, not 8.": giga * (8 * dimensions + 8 * links),
            "A link is a number of 4 bytes, not one byte.": giga * (4 * dimensions + 2 * links),
        },
    )
    code = Number(
        giga * parts,
        rtol=0.04,
        causes={
            "A part is one byte (one of 256 values), not a float of 4.": giga * 4 * parts,
            "Those are bits: 8 of them are a byte.": giga * 8 * parts,
            "Those are the vectors themselves; the code replaces them.": giga * 4 * dimensions,
            "One byte for each part, not for each dimension.": giga * dimensions,
        },
    )
    return All({"HNSW": graph, "PQ": code})


@exercise(
    "S6.index",
    hints=[
        "First the memory: bytes per vector times vectors against the machine.",
        "Then how many vectors are left to compare: a few thousand need no index at all.",
        "Only one keeps two billion vectors in tens of gigabytes and looks into few of them.",
    ],
)
def index() -> Judge:
    """The index for each of four situations, as a dictionary."""
    graph_too_big = "Two billion vectors alone are 1 TB of floats, and a graph keeps them all."
    return All(
        {
            "billions": Choice(
                "IVF-PQ",
                {
                    "exact": "1 TB of floats, compared with every query: neither memory nor time.",
                    "HNSW": graph_too_big,
                    "LSH": "32 bytes of bits would fit, but find less than 32 bytes of a learned "
                    "code, and all are compared: there are no cells.",
                },
                "24 bytes or so for each vector fit, and a query visits a few cells.",
            ),
            "fast": Choice(
                "HNSW",
                {
                    "exact": "50 million comparisons take a second, not a millisecond.",
                    "IVF-PQ": "It fits, but its codes do not reach 98 % without the vectors; and "
                    "there is memory for more.",
                    "LSH": "Comparing 50 million codes takes too long, and recall stays low.",
                },
                "400 bytes each are 20 GB, and the walk is short.",
            ),
            "rare filter": Choice(
                "exact",
                {
                    "HNSW": "The walk meets what may not be shown; at half a per cent it finds "
                    "little of what may.",
                    "IVF-PQ": "The cells visited hold hardly anything that passes.",
                    "LSH": "Its buckets hold hardly anything that passes.",
                },
                "5,000 vectors are compared in less than a tenth of a millisecond.",
            ),
            "audit": Choice(
                "exact",
                {
                    "HNSW": "None may be missed, and it promises nothing; 20 queries a day have "
                    "time.",
                    "IVF-PQ": "None may be missed, and codes confuse what is near.",
                    "LSH": "Its promise is a probability; none may be missed.",
                },
                "Time is there, recall is asked for.",
            ),
        }
    )


def _collisions(bits: int, tables: int, one_bit: float) -> float:
    """By the logarithm of the probability that no table has them together."""
    return -math.expm1(tables * math.log1p(-(one_bit**bits)))


def _angle(cosine: float) -> float:
    return math.atan2(math.sqrt(1 - cosine**2), cosine)


@exercise(
    "S6.collision",
    hints=[
        "One bit agrees with probability 1 − θ/π; θ is `np.arccos(cosine)`.",
        "All bits of a key agree with that to the power of `bits`.",
        "At least one table is one less no table: 1 − (1 − key)^tables.",
    ],
)
def collision() -> Judge:
    """The probability that a pair shares its key in at least one table, from its cosine."""
    inputs = [(0.8, 1, 1), (0.8, 8, 1), (0.8, 8, 10), (0.3, 4, 5), (-0.5, 2, 3)]
    mistakes: Mapping[str, object] = {
        "The cosine is not the probability: a bit agrees with 1 − θ/π.": (
            lambda c, b, t: 1 - (1 - max(c, 0.0) ** b) ** t
        ),
        "(1 + cosine) / 2 looks alike and is not it: the angle counts, 1 − θ/π.": (
            lambda c, b, t: 1 - (1 - ((1 + c) / 2) ** b) ** t
        ),
        "That is the probability that a bit *differs*, θ/π.": (
            lambda c, b, t: _collisions(b, t, _angle(c) / math.pi)
        ),
        "That is one table; with several, at least one must have them together.": (
            lambda c, b, t: (1 - _angle(c) / math.pi) ** b
        ),
        "That wants them together in *every* table; one is enough.": (
            lambda c, b, t: (1 - _angle(c) / math.pi) ** (b * t)
        ),
        "`bits` and `tables` have changed places: all bits of a key, any of the tables.": (
            lambda c, b, t: _collisions(t, b, 1 - _angle(c) / math.pi)
        ),
    }
    return Function(
        lambda c, b, t: _collisions(b, t, 1 - _angle(c) / math.pi),
        inputs,
        causes=mistakes,  # type: ignore[arg-type]
    )
