"""Views of what a model uses: D6."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsd_kit.practice.choices import Choice
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "D6.additive",
    hints=[
        "SHAP values of a classifier are in log-odds, and they are relative to the base.",
        "Sum the row's values, add the base: that is the model's raw score.",
        "`1 / (1 + np.exp(-(shap.sum() + base)))`.",
    ],
)
def additive(shap: Sequence[float], base: float) -> Judge:
    """What probability does the model give a row with these SHAP values?"""
    score = float(np.sum(shap))

    def sigmoid(x: float) -> float:
        return float(1 / (1 + np.exp(-x)))

    return Number(
        sigmoid(score + base),
        rtol=0.005,
        causes={
            "That is the log-odds; the sigmoid turns them into a probability.": score + base,
            "The base is missing: the values say how the row differs from the average row.": (
                sigmoid(score)
            ),
            "That is the base alone, what the model says before it looks at the row.": sigmoid(
                base
            ),
            "That is the sum of the values alone, still in log-odds.": score,
            "exp gives the odds; the probability is odds / (1 + odds).": float(
                np.exp(score + base)
            ),
        },
    )


@exercise(
    "D6.twins",
    hints=[
        "Shuffle one of two columns that say the same. What does the model still have?",
        "Permutation asks what the model loses *without* a column; SHAP asks what it *used*.",
        "What is lost by shuffling one is small, for the other is still there.",
    ],
)
def twins() -> Judge:
    """Two columns carry the same signal. How does each view show their importance?"""
    return Choice(
        "permutation too low, shap shared",
        {
            "both too high": "Nothing is counted twice: SHAP values sum to the score, and "
            "shuffling one leaves the other.",
            "permutation shared, shap too low": "The other way round: SHAP divides among what was "
            "used, permutation measures what is lost.",
            "both right": "With a twin, what a column is worth has no single answer: alone it is "
            "worth all, beside its twin nearly nothing.",
        },
        "Shuffling one leaves its twin, so the loss is small; SHAP divides the credit by use.",
    )
