"""Which metric, calibration and lists: E1, E8 and E9."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.metrics import ndcg_score

from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge

METRIC_REASONS = {
    "the value of p is used, not only its order": "the decision multiplies it by money",
    "it punishes a confident mistake": "a probability near 0 or 1 that is wrong costs most",
    "the true probability minimises it": "it is a proper score",
}


@exercise(
    "E1.metric",
    hints=[
        "What of the prediction does the decision use: its side of a threshold, its order, "
        "or its value?",
        "p × money is compared with money, so a p that is twice too high is a wrong decision.",
        "Of the metrics only log loss, normalised entropy and MSE notice the value of p.",
    ],
    also=["E9"],
)
def metric() -> Judge:
    """Metric and reasons, for a decision that compares p times money with money."""
    return All(
        {
            "metric": Choice(
                "log loss",
                {
                    "accuracy": "At rare events saying no to all wins by accuracy.",
                    "F1": "F1 is of one threshold, and values both mistakes by a formula that "
                    "knows nothing of the costs.",
                    "AUC": "AUC sees only the order: multiply every p by ten and it stays.",
                    "NDCG": "NDCG sees only the order within a list, most of all at its top.",
                },
                "A proper score of the probability itself; normalised entropy is the same "
                "divided by that of the base rate.",
            ),
            "because": Chosen(
                METRIC_REASONS,
                {
                    "it does not depend on the base rate": "log loss falls with the base rate: "
                    "that is why it is divided by the base rate's entropy.",
                    "it is easy to explain": "nothing of the decision follows from that.",
                },
            ),
        }
    )


def _undo(p: float, weight: float) -> float:
    odds = p / (1 - p) / weight
    return odds / (1 + odds)


@exercise(
    "E9.undo",
    hints=[
        "Weighting the events by w multiplies the *odds* p / (1 − p) by w.",
        "Divide the odds by w, then go back from odds to a probability: o / (1 + o).",
        "p / (p + w (1 − p)).",
    ],
)
def undo() -> Judge:
    """The probability without the weight that the events had in training."""
    return Function(
        _undo,
        [(0.5, 65.0), (0.9, 65.0), (0.2, 1.0), (0.01, 10.0), (0.7, 3.5)],
        causes={
            "The probability is divided by w. It is the odds that w multiplies; for a small p "
            "the two are alike, for p = 0.9 they are not.": lambda p, weight: p / weight,
            "The wrong way: the events counted w times, so the probabilities are too high.": (
                lambda p, weight: _undo(p, 1 / weight)
            ),
            "Those are the odds; one step is missing: o / (1 + o).": lambda p, weight: (
                p / (1 - p) / weight
            ),
        },
    )


def _dcg(gains: Any, k: int, discount: Callable[[np.ndarray], np.ndarray]) -> float:
    first = np.asarray(gains, dtype=float)[:k]
    return float(first @ (1 / discount(np.arange(1, len(first) + 1))))


def _log2(rank: np.ndarray) -> np.ndarray:
    return np.asarray(np.log2(rank + 1))


def _ndcg(gains: Any, k: int, discount: Callable[[np.ndarray], np.ndarray] = _log2) -> float:
    return _dcg(gains, k, discount) / _dcg(sorted(gains, reverse=True), k, discount)


def _ndcg_by_sklearn(gains: Any, k: int) -> float:
    return float(ndcg_score([gains], [-np.arange(len(gains))], k=k))


@exercise(
    "E8.ndcg",
    hints=[
        "DCG adds gain / log2(rank + 1) over the first k ranks, counted from 1.",
        "The ideal is the same sum for the gains in the best order.",
        "The best order is of *all* gains, `sorted(gains, reverse=True)`, and only then cut at k.",
    ],
)
def ndcg() -> Judge:
    """NDCG at k of one list, from its gains in the order shown."""
    inputs = [
        ([0.0, 1.0, 0.0, 1.0], 4),
        ([0.0, 1.0, 0.0, 1.0, 1.0], 2),
        ([3.0, 0.0, 2.0, 1.0], 3),
        ([1.0, 0.0, 0.0], 3),
    ]
    return Function(
        _ndcg_by_sklearn,
        inputs,
        causes={
            "That is DCG: divide it by the DCG of the best order.": lambda g, k: _dcg(g, k, _log2),
            "The ideal is made of the first k gains only: a list that shows none of the good "
            "ones must not look perfect.": lambda g, k: (
                _dcg(g, k, _log2) / (_dcg(sorted(g[:k], reverse=True), k, _log2) or 1.0)
            ),
            "There is no discount: a good row at rank k is worth less than at rank 1.": (
                lambda g, k: _ndcg(g, k, np.ones_like)
            ),
            "The discount is 1 / rank; NDCG takes 1 / log2(rank + 1), which falls more slowly.": (
                lambda g, k: _ndcg(g, k, lambda rank: rank)
            ),
        },
    )
