"""What the columns are and what they tell: D1 and D2."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import mutual_info_score

from mlsd_kit.practice.choices import Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "D1.names",
    hints=[
        "A quantity can be added and averaged. What would the average of two of them mean?",
        "Look at the types and at the numbers of distinct values in the profile.",
        "They are the whole numbers (int64): ids of users, ads, cards, devices.",
    ],
)
def names(X: pd.DataFrame) -> Judge:
    """Which columns are names, although they are written as numbers?"""
    ids = [str(name) for name in X if X[name].dtype.kind == "i"]
    return Chosen(
        dict.fromkeys(ids, "its digits name something"),
        {
            str(name): "it is a quantity: twice as much means something there."
            if X[name].dtype.kind == "f"
            else "it is a category already, so nothing would take it for a number."
            for name in X
            if name not in ids
        },
    )


@exercise(
    "D2.bits",
    hints=[
        "From counts to shares first: p(x, y), and its sums over rows and over columns.",
        "Sum p(x, y) · log₂(p(x, y) / (p(x) p(y))) over the cells that are not empty.",
        "`p = counts / counts.sum()`, `both = p.sum(axis=1, keepdims=True) * p.sum(axis=0)`, then "
        "`(p[p > 0] * np.log2(p[p > 0] / both[p > 0])).sum()`.",
    ],
)
def bits() -> Judge:
    """Code the mutual information, in bits, of a table of counts (values × classes)."""

    def right(counts: np.ndarray) -> float:
        return float(mutual_info_score(None, None, contingency=counts) / np.log(2))

    def entropies(counts: np.ndarray) -> tuple[float, float, float]:
        p = counts / counts.sum()
        return _entropy(p.sum(axis=1)), _entropy(p.sum(axis=0)), _entropy(p.ravel())

    def unweighted(counts: np.ndarray) -> float:
        p = counts / counts.sum()
        ratio = p / (p.sum(axis=1, keepdims=True) * p.sum(axis=0))
        return float(np.log2(ratio[p > 0]).sum())

    return Function(
        right,
        [
            (np.array([[90, 10], [60, 40]]),),
            (np.array([[5, 0], [0, 5]]),),
            (np.array([[700, 3], [200, 9], [80, 8]]),),
        ],
        causes={
            "These are nats: the logarithm to base 2 gives bits.": lambda c: (
                right(c) * float(np.log(2))
            ),
            "Each logarithm has to be weighed by its cell's share p(x, y).": unweighted,
            "That is the entropy of both together; what they share is H(x) + H(y) − H(x, y).": (
                lambda c: entropies(c)[2]
            ),
            "That is the target's own entropy: what there is to know, not what the column tells.": (
                lambda c: entropies(c)[1]
            ),
        },
        rtol=1e-4,
    )


def _entropy(p: Any) -> float:
    p = np.asarray(p)[np.asarray(p) > 0]
    return float(-(p * np.log2(p)).sum())
