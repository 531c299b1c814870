"""What breaks, ages and changes: R5, R7 and R8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.practice.choices import Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "R5.culprit",
    hints=[
        "Compare each feature's distribution with that of the reference.",
        "The scores move because a feature moved: look for the cause, not the effect.",
        '`monitor.features()` has the index of each feature; the largest but "prediction".',
    ],
    also=["P7"],
)
def _culprit(before: pd.DataFrame, after: pd.DataFrame) -> Judge:
    """Name the feature that a fault has changed."""
    from scipy.stats import ks_2samp

    names = [str(n) for n in before if pd.api.types.is_numeric_dtype(before[n])]
    moved = {n: ks_2samp(before[n].dropna(), after[n].dropna()).statistic for n in names}
    right = max(moved, key=lambda name: moved[name])
    wrong = {
        name: f"{name} has moved by {moved[name]:.2f} (largest distance between the distribution "
        "functions): another has moved more."
        for name in names
        if name != right
    }
    for name in before:
        wrong.setdefault(str(name), f"{name} is a category, and its shares are as before.")
    del wrong[right]
    wrong["prediction"] = "The scores moved because a feature did: that is the effect."
    wrong["none"] = "One has moved far more than chance: look at the indices again."
    return Choice(right, wrong, f"Its distribution has moved by {moved[right]:.2f}.")


@exercise(
    "R7.longest",
    hints=[
        "With a retraining every k periods, the model's age runs from 0 to k - 1.",
        "What the schedule costs is the mean of the excess over these ages.",
        "Try k = 1, 2, …; keep the largest whose mean is within the limit.",
    ],
)
def _longest(excess: Sequence[float], limit: float) -> Judge:
    """Write the longest time between retrainings whose mean excess is within a limit."""

    def reference(excess: Any, limit: float) -> int:
        return max(k for k in range(1, len(excess) + 1) if np.mean(excess[:k]) <= limit)

    def last(excess: Any, limit: float) -> int:
        return max(k for k in range(1, len(excess) + 1) if excess[k - 1] <= limit)

    def total(excess: Any, limit: float) -> int:
        return max(k for k in range(1, len(excess) + 1) if np.sum(excess[:k]) <= limit)

    causes = {
        "That looks at the oldest age alone; before it the model was younger, and better.": last,
        "That adds the excess up; what the schedule costs is its mean over the ages.": total,
        "One too few: an age of k - 1 is the last before a retraining every k.": (
            lambda e, x: reference(e, x) - 1
        ),
        "One too many: with k + 1 the mean is above the limit already.": (
            lambda e, x: reference(e, x) + 1
        ),
    }
    given = [0.0, *map(float, list(excess)[1:])]
    inputs = [
        ([0.0, 0.01, 0.02, 0.03, 0.04, 0.05], 0.015),
        ([0.0, 0.002, 0.03, 0.05], 0.01),
        ([0.0, 0.01, 0.02, 0.04, 0.08], 0.021),
        (given, float(limit)),
    ]
    return Function(reference, inputs, causes=causes)


@exercise(
    "R8.objective",
    hints=[
        "Follow the label: who reads it, who is fitted to it, who is judged by it?",
        "The model's inputs are the same: what only knows the inputs stays.",
        "Five parts change.",
    ],
    also=["P9"],
)
def _objective() -> Judge:
    """Choose all that changes when the same features are to predict another, later event."""
    return Chosen(
        {
            "label": "it is another event, and it comes later",
            "model": "it is fitted to the label",
            "holdout": "its expected predictions are the new model's",
            "metrics": "the goal is another",
            "decision": "another event has another rate and other costs",
        },
        {
            "inputs": "the features are the same, and so are their names and types.",
            "requests": "who calls the service sends what it sent before.",
            "feature pipeline": "it computes features, and does not know the label.",
        },
    )
