"""Bias and variance: M3."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "M3.read_curves",
    hints=[
        "Two gaps: floor to training loss, and training loss to validation loss.",
        "A large first gap is bias, a large second gap is variance.",
    ],
)
def read_curves(curves: Mapping[str, pd.DataFrame], floor: float) -> Judge:
    """For each curve: bias, variance, or at the floor?"""
    says = {
        "bias": "Its training loss is near the floor: nothing keeps it from expressing the data.",
        "variance": "Validation loss is near training loss: it did not learn the rows by heart.",
        "at the floor": "It is not at the floor: look how far the validation loss is above it.",
    }
    parts: dict[str, Judge] = {}
    for name, curve in curves.items():
        last = curve.iloc[-1]
        bias, variance = last["training"] - floor, last["validation"] - last["training"]
        small = max(bias, variance) < 0.03
        right = "at the floor" if small else "bias" if bias > variance else "variance"
        parts[name] = Choice(right, {word: why for word, why in says.items() if word != right})
    return All(parts)


@exercise(
    "M3.next_step",
    hints=[
        "Against variance: make the model see more, or allow it less.",
        "Three of them: one is about rows, two about what the model may do.",
    ],
)
def next_step() -> Judge:
    """Which of these help against variance?"""
    return Chosen(
        {
            "more training rows": "",
            "fewer leaves for each tree": "",
            "stop boosting earlier": "",
        },
        {
            "a wider network": "it can learn still more rows by heart.",
            "more trees of the same kind": "in boosting each tree fits what is left, noise too.",
            "train on the validation rows as well, and score them": "the score is then of rows "
            "that it knows, which hides variance instead of lessening it.",
            "crosses of all columns": "more columns with few rows each: that is against bias.",
        },
    )


@exercise(
    "M3.more_rows",
    hints=[
        "If the gap falls as one over the rows, rows times gap stays the same.",
        "n · gap = needed · target",
    ],
)
def more_rows(n: int, gap: float, target: float) -> Judge:
    """The gap falls as 1 / rows: how many rows for the target?"""
    causes = {
        "That is for a gap that falls as one over the square root of the rows.": (
            n * (gap / target) ** 2
        ),
        "Those are the further rows; asked is how many in all.": n * gap / target - n,
        "Upside down: a smaller gap needs more rows.": n * target / gap,
    }
    return Number(n * gap / target, causes=causes)
